"""The index of wordings: what it finds, when it is stale, and what a spoilt file or folder does (nothing)."""

from __future__ import annotations

import multiprocessing
import os
import random
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from builders import LETTER, Desk, a_letter, name_of
from openletter import Archive, records
from openletter.archive import ATTRIBUTES, Act, Repository
from openletter.records import Addressee, Letter, Signatory
from openletter.search import index as module
from openletter.search.folding import words
from openletter.search.index import Index
from openletter.search.shingles import MOST_ASKED, WINDOW, asked, of_record, shingles, winnowed
from test_archive import COMMITTER

MOST = 12


def folded(text: str) -> list[str]:
    return [word.folded for word in words(text)]


def chance(seed: object) -> random.Random:
    """The same at every run."""
    return random.Random(f"{seed}")  # noqa: S311


def prose(seed: object, length: int) -> str:
    """Words that are nobody's, the same at every run."""
    source = chance(seed)
    return " ".join(f"w{source.randrange(5000)}x" for _ in range(length))


def a_text(name: str, body: str, *, revision: int = 1, addressee: str = "Dana Whitlow") -> bytes:
    letter = Letter(
        letter=name,
        revision=revision,
        previous=None if revision == 1 else "sha256:" + "0" * 64,
        date="2026-03-02",
        language="en",
        addressees=(Addressee(name=addressee),),
        body=body,
        signatories=(Signatory(organization="alder.example", of=name_of("alder.example")),),
    )
    return letter.to_bytes()


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every index that a test opens is closed after it."""
    opened: list[Index] = []
    begin = Index.__init__

    def noted(self: Index, file: Path | None) -> None:
        begin(self, file)
        opened.append(self)

    monkeypatch.setattr(Index, "__init__", noted)
    yield
    for index in opened:
        index.__exit__(None, None, None)


def asked_of(file: Path, *commands: str) -> tuple[object, ...] | None:
    """Run commands in a database; the first row that the last one gives."""
    with closing(sqlite3.connect(file)) as database:
        for command in commands[:-1]:
            database.executescript(command)
        row: tuple[object, ...] | None = database.execute(commands[-1]).fetchone()
        database.commit()
    return row


class Shelf:
    """Letters by their ids, that count how often each is read."""

    def __init__(self, letters: Mapping[str, list[str]]) -> None:
        self.letters = {name: list(bodies) for name, bodies in letters.items()}
        self.read: list[str] = []

    @property
    def states(self) -> dict[str, str | None]:
        return {name: str(hash(tuple(bodies))) for name, bodies in self.letters.items()}

    def texts(self, name: str) -> dict[int, bytes]:
        self.read.append(name)
        return {n: a_text(name, body, revision=n) for n, body in enumerate(self.letters[name], 1)}

    def fill(self, index: Index) -> Index:
        index.update(self.states, self.texts)
        return index

    def reads(self) -> list[str]:
        found, self.read = self.read, []
        return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf({f"2026/letter-{n}": [prose(n, 300)] for n in range(30)})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "one.sqlite"


def first(index: Index, text: str) -> str | None:
    found = index.candidates(folded(text), MOST)
    return found[0][0] if found else None


# --- shingles ---------------------------------------------------------------------------------------------------------


def test_every_ten_words_in_a_row_keep_a_shingle_of_the_letter() -> None:
    row = folded(prose("winnowing", 400))
    kept = winnowed(shingles(row))
    assert all(kept & set(shingles(row[start : start + 10])) for start in range(len(row) - 9))
    assert len(kept) < 400 / 3


def test_a_shingle_is_the_same_in_every_process_and_in_every_case() -> None:
    assert shingles(["open", "the", "records"]) == [3685667686]
    assert shingles(folded("Open the RECORDS")) == shingles(folded("open the records"))


def test_characters_of_a_script_without_spaces_go_by_five() -> None:
    assert len(shingles(list("我们要求公开记录"))) == 4
    assert len(shingles(["我们", "要求", "公开"])) == 1


def test_a_text_of_less_than_three_words_has_no_shingle() -> None:
    assert shingles(["open", "it"]) == []
    assert winnowed([]) == set()
    assert winnowed([7, 3]) == {3}


def test_a_long_copy_asks_for_a_bounded_number_of_them() -> None:
    assert len(asked(folded(" ".join(f"w{n}" for n in range(200_000))))) <= MOST_ASKED


def test_of_a_record_its_words_are_taken_and_neither_its_keys_nor_its_ids() -> None:
    every, kept = of_record(a_text("2026/a", "We ask you to open the records."))
    assert every == set(shingles(folded("Dana Whitlow"))) | set(
        shingles(folded("We ask you to open the records. Alder Institute"))
    )
    assert kept <= every
    assert len(kept) <= WINDOW


def test_all_that_stands_before_the_body_is_kept() -> None:
    letter = replace(a_letter(), subject=prose("subject", 60), body=prose("body", 60))
    _, kept = of_record(letter.to_bytes())
    assert set(shingles(folded(letter.subject or ""))) <= kept
    assert not set(shingles(folded(letter.body))) <= kept


# --- what it finds ----------------------------------------------------------------------------------------------------


def test_a_whole_letter_a_quote_and_ten_words_find_their_letter(shelf: Shelf) -> None:
    index = shelf.fill(Index(None))
    for number in range(30):
        body = prose(number, 300).split(" ")
        for start, length in ((0, 300), (100, 40), (170, 10)):
            assert first(index, " ".join(body[start : start + length])) == f"2026/letter-{number}"


def test_a_letter_with_every_tenth_word_altered_is_found(shelf: Shelf) -> None:
    body = ["other" if place % 10 == 0 else word for place, word in enumerate(prose(4, 300).split(" "))]
    assert first(shelf.fill(Index(None)), " ".join(body)) == "2026/letter-4"


def test_nothing_is_near_a_text_that_shares_nothing(shelf: Shelf) -> None:
    index = shelf.fill(Index(None))
    assert index.candidates(folded("entirely different words stand in this text and nowhere else"), MOST) == ()
    assert index.candidates([], MOST) == ()
    assert index.candidates(["two", "words"], MOST) == ()


def test_of_letters_that_differ_in_the_addressee_alone_the_right_one_is_first() -> None:
    body = prose("campaign", 300)
    names = [f"{prose(n, 1)} {prose(-n, 1)} Commissioner of {prose(n * 7, 2)}" for n in range(40)]
    index = Index(None)
    index.update(
        {f"2026/to-{n}": None for n in range(40)},
        lambda name: {1: a_text(name, body, addressee=names[int(name.rpartition("-")[2])])},
    )
    for number in range(40):
        assert first(index, f"{names[number]}\n\n{body}") == f"2026/to-{number}"


def test_what_more_letters_share_than_are_weighed_is_found_all_the_same() -> None:
    body = prose("campaign", 100)
    index = Index(None)
    index.update({f"2026/to-{n}": None for n in range(300)}, lambda name: {1: a_text(name, body)})
    assert len(index.candidates(folded(body), MOST)) == MOST


def test_of_many_revisions_the_one_that_the_copy_is_comes_first() -> None:
    bodies = [prose("first", 300)]
    for number in range(1, 40):
        text = bodies[-1].split(" ")
        text[number * 7] = f"changed{number}"
        bodies.append(" ".join(text))
    index = Shelf({"2026/long": bodies}).fill(Index(None))
    for number in (1, 2, 17, 39, 40):
        whole = f"Dana Whitlow\n\n{bodies[number - 1]}\n\nAlder Institute"
        assert index.candidates(folded(whole), MOST)[0] == ("2026/long", number)


def test_of_a_quote_that_is_in_every_revision_the_newest_comes_first() -> None:
    base = prose("stays", 300)
    index = Shelf({"2026/a": [base, f"{base} more", f"{base} more and more"]}).fill(Index(None))
    quote = " ".join(base.split(" ")[40:80])
    assert index.candidates(folded(quote), MOST) == (("2026/a", 3), ("2026/a", 2), ("2026/a", 1))


@pytest.mark.parametrize("most", [1, 2, 5])
def test_there_are_never_more_than_asked_for(shelf: Shelf, most: int) -> None:
    shelf.letters = {name: [prose("same", 100)] * 4 for name in shelf.letters}
    assert len(shelf.fill(Index(None)).candidates(folded(prose("same", 100)), most)) == most


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE letter; --", '" OR 1=1', "% _ * NEAR(a b) AND NOT c:d ^e", "a\0b c\0d e\0f", "\ud800 \ud801 x"],
)
def test_no_words_of_a_copy_are_read_as_a_command(shelf: Shelf, text: str) -> None:
    index = shelf.fill(Index(None))
    assert index.candidates(text.split(" "), MOST) == ()
    assert first(index, prose(3, 300)) == "2026/letter-3"


# --- when it is stale -------------------------------------------------------------------------------------------------


def test_only_the_letter_that_changed_is_read_again(shelf: Shelf, file: Path) -> None:
    shelf.fill(Index(file))
    assert len(shelf.reads()) == 30
    shelf.fill(Index(file))
    assert shelf.reads() == []
    shelf.letters["2026/letter-7"].append(prose("new", 300))
    index = shelf.fill(Index(file))
    assert shelf.reads() == ["2026/letter-7"]
    assert index.candidates(folded(prose("new", 300)), MOST)[0] == ("2026/letter-7", 2)
    assert first(index, prose(7, 300)) == "2026/letter-7"
    shelf.fill(Index(file))
    assert shelf.reads() == []


def test_a_letter_that_was_only_signed_is_read_and_not_written_again(shelf: Shelf, file: Path) -> None:
    shelf.fill(Index(file))
    shelf.reads()
    states = shelf.states | {"2026/letter-3": "signed"}
    before = asked_of(file, "SELECT max(id) FROM letter")
    Index(file).update(states, shelf.texts)
    assert shelf.reads() == ["2026/letter-3"]
    Index(file).update(states, shelf.texts)
    assert shelf.reads() == []
    assert asked_of(file, "SELECT max(id) FROM letter") == before


def test_a_letter_without_a_state_is_read_each_time(shelf: Shelf, file: Path) -> None:
    for _ in range(2):
        Index(file).update(dict.fromkeys(shelf.letters), shelf.texts)
        assert len(shelf.reads()) == 30


def test_a_letter_that_is_gone_is_found_no_more(shelf: Shelf, file: Path) -> None:
    shelf.fill(Index(file))
    del shelf.letters["2026/letter-5"]
    index = shelf.fill(Index(file))
    assert first(index, prose(5, 300)) is None
    assert first(index, prose(6, 300)) == "2026/letter-6"


def test_an_index_of_which_most_is_outdated_is_made_small_again(
    shelf: Shelf, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SPARE", 10)
    for turn in range(6):
        for name in shelf.letters:
            shelf.letters[name] = [prose(f"{turn} {name}", 50)]
        shelf.fill(Index(file))
    assert (asked_of(file, "SELECT count(*) <= 100 FROM letter")) == (1,)
    assert first(Index(file), prose("5 2026/letter-9", 50)) == "2026/letter-9"


def test_what_stops_the_reading_leaves_the_index_as_it_was(shelf: Shelf, file: Path) -> None:
    shelf.fill(Index(file))

    def texts(name: str) -> dict[int, bytes]:
        if name == "2026/letter-9":
            raise KeyboardInterrupt
        return shelf.texts(name)

    changed = dict.fromkeys(shelf.letters, "changed")
    shelf.letters = {name: [prose("other", 40)] for name in shelf.letters}
    with pytest.raises(KeyboardInterrupt):
        Index(file).update(changed, texts)
    assert first(Index(file), prose(1, 300)) == "2026/letter-1"


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_is_the_users_alone(shelf: Shelf, file: Path) -> None:
    old = os.umask(0)
    try:
        index = shelf.fill(Index(file))
    finally:
        os.umask(old)
    assert index.kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_file_that_others_may_read_is_taken_back(shelf: Shelf, file: Path) -> None:
    shelf.fill(Index(file))
    file.chmod(0o666)
    assert Index(file).kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_name_of_the_file_is_that_of_the_real_path_and_of_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "link").symlink_to("archive")
    name = Index.file_in(tmp_path, tmp_path / "archive")
    assert name == Index.file_in(tmp_path, tmp_path / "link")
    assert name != Index.file_in(tmp_path, tmp_path / "other")
    assert len(name.stem) == 32


def damaged(file: Path) -> Iterator[tuple[str, bytes]]:
    """Ways in which the file of an index can be wrong."""
    data = file.read_bytes()
    yield "empty", b""
    yield "rubbish", b"rubbish" * 1000
    yield "head alone", data[:100]
    yield "cut in half", data[: len(data) // 2]
    yield "zeros inside", data[:4096] + bytes(len(data) - 4096)
    yield "noise inside", data[:4096] + chance(5).randbytes(len(data) - 4096)
    yield "noise in the schema", data[:200] + chance(6).randbytes(3896) + data[4096:]
    for start in range(4096, len(data), len(data) // 8):
        yield f"noise at {start}", data[:start] + chance(start).randbytes(4096) + data[start + 4096 :]


def test_a_damaged_file_is_made_again(shelf: Shelf, file: Path) -> None:
    shelf.fill(Index(file))
    for what, data in list(damaged(file)):
        file.write_bytes(data)
        with shelf.fill(Index(file)) as index:
            found = [first(index, prose(number, 300)) for number in range(30)]
        # Noise in a page that nobody asked for may stay, and so may a letter be missed; none is taken for another.
        assert all(name in {None, f"2026/letter-{number}"} for number, name in enumerate(found)), what
        if not what.startswith("noise"):
            assert None not in found, what
    file.unlink()


@pytest.mark.parametrize(
    "change",
    [
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 1",
        "CREATE TABLE more (x)",
        "CREATE TRIGGER t AFTER INSERT ON letter BEGIN DELETE FROM posting; END",
        "DROP TABLE revision",
        "DROP TABLE letter; CREATE VIEW letter AS SELECT 1 AS id, 'x' AS name, 'y' AS state, x'00' AS digest",
        "UPDATE letter SET name = x'00ff' WHERE id = 3",
        "UPDATE letter SET digest = 'text' WHERE id = 3",
        "UPDATE letter SET name = CAST(x'ff' AS TEXT) WHERE id = 3",
        "UPDATE revision SET added = x'010203' WHERE letter = 4",
        "UPDATE revision SET added = 'text' WHERE letter = 4",
        "UPDATE revision SET size = 'text' WHERE letter = 4",
        "UPDATE posting SET letter = 'text' WHERE letter = 4",
    ],
)
def test_a_foreign_or_an_older_file_is_made_again(shelf: Shelf, file: Path, change: str) -> None:
    shelf.fill(Index(file)).__exit__(None, None, None)
    asked_of(file, change, "SELECT 1")
    shelf.reads()
    with shelf.fill(Index(file)) as index:
        for number in range(30):
            assert first(index, prose(number, 300)) == f"2026/letter-{number}"
        assert index.kept
    assert len(shelf.reads()) == 30


@pytest.mark.parametrize("target", ["a-file", "nowhere", "/dev/null"])
def test_a_link_in_the_place_of_the_file_is_not_followed(shelf: Shelf, file: Path, target: str) -> None:
    file.parent.mkdir(mode=0o700)
    (file.parent / "a-file").write_text("the user's own")
    file.symlink_to(target)
    assert first(shelf.fill(Index(file)), prose(3, 300)) == "2026/letter-3"
    assert not file.is_symlink()
    assert (file.parent / "a-file").read_text() == "the user's own"
    assert not (file.parent / "nowhere").exists()


def test_a_file_that_has_another_name_too_is_not_written_to(shelf: Shelf, file: Path) -> None:
    file.parent.mkdir(mode=0o700)
    own = file.parent / "own"
    own.write_bytes(b"")
    file.hardlink_to(own)
    shelf.fill(Index(file))
    assert own.read_bytes() == b""
    assert file.stat().st_size


@pytest.mark.parametrize("spoil", ["link", "others", "file", "fifo"])
def test_without_a_folder_of_the_users_own_the_index_is_in_memory(shelf: Shelf, tmp_path: Path, spoil: str) -> None:
    folder = tmp_path / "cache"
    if spoil == "link":
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to("elsewhere")
    elif spoil == "others":
        folder.mkdir()
        folder.chmod(0o777)
    elif spoil == "file":
        folder.write_text("not a folder")
    else:
        os.mkfifo(folder)
    index = shelf.fill(Index(folder / "one.sqlite"))
    assert not index.kept
    assert first(index, prose(3, 300)) == "2026/letter-3"
    assert not (tmp_path / "elsewhere" / "one.sqlite").exists()


def test_a_folder_in_the_place_of_the_file_leaves_the_index_in_memory(shelf: Shelf, file: Path) -> None:
    file.mkdir(parents=True)
    index = shelf.fill(Index(file))
    assert not index.kept
    assert first(index, prose(3, 300)) == "2026/letter-3"


def test_an_index_on_a_full_disk_is_in_memory(shelf: Shelf, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own limit stands for the disk's: it is the same error."""
    settings = (*module._SETTINGS, "PRAGMA max_page_count = 6")
    monkeypatch.setattr(module, "_SETTINGS", settings)
    opened: list[str] = []
    connected = module._connected

    def watched(place: str) -> sqlite3.Connection:
        opened.append(place)
        if place == ":memory:":
            monkeypatch.setattr(module, "_SETTINGS", settings[:-1])
        return connected(place)

    monkeypatch.setattr(module, "_connected", watched)
    index = shelf.fill(Index(file))
    assert opened == [str(file), str(file), ":memory:"]
    assert not index.kept
    assert first(index, prose(3, 300)) == "2026/letter-3"


def test_a_database_that_another_process_keeps_is_not_waited_for_forever(
    shelf: Shelf, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    Index(file).__exit__(None, None, None)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        index = shelf.fill(Index(file))
        assert not index.kept
        assert first(index, prose(3, 300)) == "2026/letter-3"
        assert file.exists()
    finally:
        other.close()


def _work(file: Path, turn: int) -> list[str | None]:
    shelf = Shelf({f"2026/letter-{n}": [prose(n, 300)] for n in range(turn % 3, 30)})
    shelf.letters["2026/mine"] = [prose("mine", 60)]
    states: dict[str, str | None] = {name: f"{len(bodies)}" for name, bodies in shelf.letters.items()}
    with Index(file) as index:
        index.update(states, shelf.texts)
        return [first(index, prose(number, 300)) for number in range(5, 30)]


def test_processes_that_make_it_at_once_all_answer(file: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        answers = pool.starmap(_work, [(file, turn) for turn in range(12)])
    assert answers == [[f"2026/letter-{number}" for number in range(5, 30)]] * 12
    assert asked_of(file, "PRAGMA integrity_check") == ("ok",)


# --- the state of a letter in an archive ------------------------------------------------------------------------------


def stored(folder: Path, desk: Desk) -> Path:
    repository, _ = Repository.create(folder, COMMITTER)
    files = {f"archive/{LETTER}/{name}": data for name, data in desk.files.items()}
    repository.record(lambda _: Act(files=files, message="a letter"), COMMITTER)
    return folder


def test_in_git_a_letters_state_changes_with_each_file_of_it_and_with_nothing_else(tmp_path: Path) -> None:
    desk = Desk()
    desk.revise()
    path = stored(tmp_path / "git", desk)
    before = Archive.open(path)._snapshot().letter_state(LETTER)
    repository = Repository.open(path)
    repository.record(lambda _: Act(files={"archive/2026/other/0001.yaml": b"x"}, message="other"), COMMITTER)
    assert Archive.open(path)._snapshot().letter_state(LETTER) == before
    desk.sign("alder.example")
    files = {f"archive/{LETTER}/{name}": data for name, data in desk.files.items() if name.endswith(".sig")}
    repository.record(lambda _: Act(files=files, message="signed"), COMMITTER)
    after = Archive.open(path)._snapshot().letter_state(LETTER)
    assert before is not None
    assert after not in {None, before}
    assert Archive.open(path)._snapshot().letter_state("2026/nowhere") is None


def test_a_plain_folder_has_no_state_and_neither_has_what_is_not_recorded_yet(tmp_path: Path) -> None:
    desk = Desk()
    desk.revise()
    folder = tmp_path / "plain" / "archive" / "2026" / "open-water-record"
    folder.mkdir(parents=True)
    (tmp_path / "plain" / ".gitattributes").write_bytes(ATTRIBUTES)
    for name, data in desk.files.items():
        (folder / name).write_bytes(data)
    assert Archive.open(tmp_path / "plain")._snapshot().letter_state(LETTER) is None
    ahead = Archive.open(stored(tmp_path / "git", desk))._snapshot().with_files({f"archive/{LETTER}/0002.yaml": b""})
    assert ahead.letter_state(LETTER) is None


def test_a_letters_texts_are_read_without_its_signatures(tmp_path: Path) -> None:
    desk = Desk()
    desk.revise()
    desk.revise(body="Another text.")
    desk.sign("alder.example")
    desk.withdraw("alder.example", 1)
    snapshot = Archive.open(stored(tmp_path / "git", desk))._snapshot()
    texts = snapshot.letter_texts(LETTER)
    assert texts is not None
    assert sorted(texts.files) == ["0001.yaml", "0002.yaml"]
    assert texts.faults == ()
    assert isinstance(records.decode(texts.files["0002.yaml"]), Letter)
    assert snapshot.letter_texts("2026/nowhere") is None

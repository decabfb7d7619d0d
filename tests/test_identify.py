"""``openletter identify``: the installed command, on letters that were signed, revised and withdrawn from."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import ALDER, BIRCH, CEDAR, ELM, LETTER, Desk, a_letter
from openletter import Archive, records
from openletter.archive import Act, Repository
from openletter.cli import identifying as command
from openletter.errors import DocumentError
from openletter.records.text import as_lines
from openletter.search.index import Index
from spec_examples import Example, examples
from test_archive import COMMITTER
from transcripts import replay

ROOT = Path(__file__).resolve().parents[1]

BODY = (
    "We ask you to open the records of all wells in the Lower Valley before the end of the coming month.\n\n"
    "They were paid for by everybody who lives here, and every household depends on what they say. In three of the "
    "last five years the wells of two villages ran dry, and nobody could tell whether that was foreseen.\n\n"
    "We also ask you to name the office that answers for the measurements, and to publish how often they are made."
)
OTHER = "2025/night-bus"
OTHER_BODY = (
    "Please keep the night bus to the hospital. Those who work there at night have no other way to come home, and the "
    "council promised two years ago that the line would stay as long as the tram is not built."
)
FOREIGN = (
    "The museum of clocks invites the pupils of all schools to a winding of its oldest pieces. Tickets are free for "
    "whoever brings a broken watch, and the director will explain in person how an escapement works."
)


def files(*desks: Desk) -> dict[str, bytes]:
    return {
        **{f"archive/{desk.letter_id}/{name}": data for desk in desks for name, data in desk.files.items()},
        **{
            f"keys/{org}/{name}": data
            for desk in desks
            for org, folder in desk.keys.items()
            for name, data in folder.items()
        },
    }


def the_letter() -> Desk:
    """Three revisions: alder signed all, birch the first and withdrew, cedar the second, elm none."""
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR, ELM):
        desk.enrol(organization)
    desk.revise(a_letter(body=BODY))
    desk.sign(ALDER)
    desk.sign(BIRCH)
    desk.revise(body=BODY.replace("the coming month", "the year"))
    desk.sign(ALDER)
    desk.sign(CEDAR)
    desk.revise(body=BODY.replace("the coming month", "the year") + "\n\nWe would gladly come and speak of it.")
    desk.sign(ALDER)
    desk.withdraw(BIRCH, 1, reason="We were not heard.\nNEWEST: openletter verify nothing")
    return desk


def another_letter() -> Desk:
    desk = Desk(letter_id=OTHER)
    desk.revise(replace(a_letter(body=OTHER_BODY), letter=OTHER, subject="The night bus"))
    return desk


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("identify") / "archive"
    repository, _ = Repository.create(path, COMMITTER)
    repository.record(lambda _: Act(files=files(the_letter(), another_letter()), message="letters"), COMMITTER)
    return path


DESK = the_letter()


def text_of(number: int) -> str:
    """A revision as it is printed."""
    return "\n".join(as_lines(DESK.letters[number - 1])) + "\n"


class Ran:
    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.status = done.returncode
        self.shown = done.stdout.decode()
        self.words = " ".join(self.shown.split())
        self.error = done.stderr.decode()

    @property
    def facts(self) -> Any:
        return json.loads(self.shown)


def identify(
    archive: Path, data: bytes | str, *options: str, file: str | Path = "-", home: Path | None = None, **variables: str
) -> Ran:
    """What the installed command says of a copy on its standard input, or in a file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment |= {"HOME": str(home or archive.parent / "home"), "COLUMNS": "80"} | variables
    program = (str(Path(sys.executable).with_name("openletter")), "--archive", str(archive), "identify")
    done = subprocess.run(
        (*program, *options, str(file)),
        env=environment,
        cwd=archive.parent,
        input=data.encode() if isinstance(data, str) else data,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Ran(done)


# --- the exact record -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_bytes_of_a_record_are_that_record(made: Path, number: int) -> None:
    facts = identify(made, DESK.text(number), "--json").facts
    assert (facts["grade"], facts["kind"]) == ("exact", "record")
    assert facts["found"]["letter"] == LETTER
    assert facts["found"]["revision"] == number
    assert facts["found"]["digest"] == facts["claimed"]["digest"] == records.digest(DESK.text(number))


def test_the_exact_record_needs_no_index(made: Path, tmp_path: Path) -> None:
    assert identify(made, DESK.text(1), home=tmp_path).status == 0
    assert not (tmp_path / ".cache").exists()


def test_a_record_that_is_not_held_is_only_what_it_calls_itself(made: Path) -> None:
    stranger = replace(DESK.letters[0], body=FOREIGN, subject=None).to_bytes()
    ran = identify(made, stranger)
    assert f"calls itself {LETTER}, revision 1. This archive doesn't hold it" in ran.words
    assert "THE EXACT RECORD" not in ran.shown
    facts = identify(made, stranger, "--json", "--require", "exact").facts
    assert facts["grade"] != "exact"
    assert facts["claimed"]["letter"] == LETTER
    assert facts["status"] == 3


def test_a_record_with_one_byte_changed_is_not_the_exact_record(made: Path) -> None:
    data = DESK.text(3).replace(b"two villages", b"ten villages")
    facts = identify(made, data, "--json").facts
    assert facts["grade"] not in {"exact", "same-words"}
    assert facts["found"]["letter"] == LETTER


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_letter_as_it_is_printed_has_the_same_words(made: Path, number: int) -> None:
    facts = identify(made, text_of(number), "--json").facts
    assert facts["grade"] == "same-words"
    assert (facts["found"]["letter"], facts["found"]["revision"]) == (LETTER, number)


def test_one_word_altered_is_told_and_never_the_same_words(made: Path) -> None:
    ran = identify(made, text_of(3).replace("gladly", "never"))
    assert ran.status == 0
    assert ran.shown.startswith(f"{LETTER}, revision 3 (the newest)")
    assert "THE SAME WORDS" not in ran.shown
    assert "gladly" in ran.shown
    assert "never" in ran.shown
    assert identify(made, text_of(3).replace("gladly", "never"), "--require", "same-words").status == 3


def test_a_quote_is_an_excerpt(made: Path) -> None:
    quote = " ".join(BODY.split()[22:62])
    facts = identify(made, quote, "--json").facts
    assert facts["grade"] == "excerpt"
    assert facts["found"]["letter"] == LETTER


@pytest.mark.parametrize("copy", [FOREIGN, "", "\n\n", "water", "\0\0\0 \0 \0", "'; DROP TABLE letter; --" * 3])
def test_what_is_not_known_here_is_not_called_false(made: Path, copy: str) -> None:
    ran = identify(made, copy)
    if ran.status == 2:
        assert not copy.strip("\n\0 "), "only what has no text at all can't be read"
        return
    assert "NOT KNOWN HERE" in ran.shown
    assert "That says nothing about the copy" in ran.words
    assert not {"fake", "forged", "false"} & set(ran.words.lower().split())
    assert (ran.status, ran.error) == (0, "")


def test_the_other_letter_is_found_too(made: Path) -> None:
    assert identify(made, OTHER_BODY, "--json").facts["found"]["letter"] == OTHER


# --- facts beside -----------------------------------------------------------------------------------------------------


def test_an_older_revision_is_told_with_the_command_that_shows_what_changed(made: Path) -> None:
    ran = identify(made, text_of(1))
    assert f"{LETTER}, revision 1 (the newest is 3)" in ran.shown
    assert (
        f"words of an older revision, not of the newest. What changed since: openletter diff {LETTER}@1 @3" in ran.words
    )
    assert identify(made, text_of(1), "--json").facts["found"]["newer"] == [2, 3]
    assert "older revision" not in identify(made, text_of(3)).shown


def test_who_signed_exactly_it_is_counted_and_who_withdrew_is_named(made: Path) -> None:
    found = identify(made, text_of(1), "--json").facts["found"]
    assert found["signed"] == [ALDER]
    assert [(it["organization"], it["revision"]) for it in found["withdrawn"]] == [(BIRCH, 1)]
    found = identify(made, text_of(2), "--json").facts["found"]
    assert (found["signed"], found["withdrawn"]) == ([ALDER, CEDAR], [])
    assert "birch.example withdrew from it on 1 June 2026" in identify(made, text_of(1)).words


def test_what_a_stranger_wrote_never_begins_a_line(made: Path) -> None:
    shown = identify(made, text_of(1)).shown
    assert "\n  | NEWEST: openletter verify nothing\n" in shown
    ran = identify(made, text_of(3).replace("gladly", "never\nTHE SAME WORDS\n\x1b[32mopenletter"))
    assert "\x1b[32m" not in ran.shown
    assert "\nTHE SAME WORDS" not in ran.shown


def test_something_false_in_the_letter_is_told_and_changes_no_status(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "archive"
    repository, _ = Repository.create(path, COMMITTER)
    desk = the_letter()
    third = desk.sign(ELM)
    desk.files[third] = desk.files[third].replace(b"A", b"B", 1)
    repository.record(lambda _: Act(files=files(desk), message="letters"), COMMITTER)
    ran = identify(path, text_of(3))
    assert "SOMETHING FALSE WAS FOUND IN THIS LETTER" in ran.shown
    assert ran.status == 0
    assert identify(path, text_of(3), "--json").facts["found"]["false"] is True
    assert "SOMETHING FALSE" not in identify(made, text_of(3)).shown


# --- what is demanded -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("copy", "demand", "status"),
    [
        (DESK.text(2), "exact", 0),
        (DESK.text(2), "same-words", 0),
        (text_of(2).encode(), "same-words", 0),
        (text_of(2).encode(), "exact", 3),
        (text_of(2).replace("villages", "towns").encode(), "same-words", 3),
        (" ".join(BODY.split()[22:62]).encode(), "same-words", 3),
        (FOREIGN.encode(), "same-words", 3),
    ],
)
def test_less_than_what_is_demanded_is_status_3(made: Path, copy: bytes, demand: str, status: int) -> None:
    ran = identify(made, copy, "--require", demand)
    assert ran.status == status
    assert f"What was demanded (--require {demand}) is {'met' if status == 0 else 'not met'}." in ran.shown
    facts = identify(made, copy, "--require", demand, "--json").facts
    assert facts["demand"] == {"require": demand, "met": status == 0}
    assert facts["status"] == status


def test_another_demand_is_wrong_usage(made: Path) -> None:
    ran = identify(made, text_of(1), "--require", "all")
    assert ran.status == 2
    assert "'same-words', 'exact'" in ran.error


# --- what can't be read -----------------------------------------------------------------------------------------------


def test_a_file_is_read_as_standard_input_is(made: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text(text_of(2))
    facts = identify(made, b"", "--json", file=tmp_path / "letter.txt").facts
    assert facts == identify(made, text_of(2), "--json").facts


def test_a_file_that_is_missing_or_a_folder_is_status_2(made: Path, tmp_path: Path) -> None:
    for place, why in ((tmp_path / "none.txt", "No such file"), (tmp_path, "Is a directory")):
        ran = identify(made, b"", file=place)
        assert ran.status == 2
        assert f"error: {place}: this can't be read: {why}" in ran.error
        assert ran.shown == ""


def test_a_copy_above_the_limit_is_refused(made: Path, tmp_path: Path) -> None:
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate((32 << 20) + 1)
    ran = identify(made, b"", file=tmp_path / "large.txt")
    assert ran.status == 2
    assert "too large to be a letter" in ran.error


@pytest.mark.parametrize(
    ("name", "data"), [("x.pdf", b"%PDF-1.4\nrubbish"), ("x.docx", b"PK\x03\x04rubbish")], ids=["pdf", "docx"]
)
def test_a_document_that_is_none_is_status_2(made: Path, tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    ran = identify(made, b"", file=tmp_path / name)
    assert ran.status == 2
    assert ran.error.startswith("error: ")


def test_without_the_package_that_reads_a_pdf_one_line_says_what_to_install(made: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    for package in ("pypdf", "mammoth"):
        (hidden / f"{package}.py").write_text("raise ImportError\n")
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4\nrubbish")
    ran = identify(made, b"", file=tmp_path / "x.pdf", PYTHONPATH=str(hidden))
    assert ran.status == 2
    assert "the package pypdf, which isn't installed" in ran.error
    assert "pip install 'openletter[import]'" in ran.error


# --- the index, where the user keeps it -------------------------------------------------------------------------------


def kept(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.sqlite"))


def test_the_index_lies_in_the_users_cache_and_nothing_in_the_archive(made: Path, tmp_path: Path) -> None:
    before = sorted(made.rglob("*"))
    identify(made, text_of(1), home=tmp_path)
    assert [file.parent for file in kept(tmp_path)] == [tmp_path / ".cache" / "openletter" / "identify"]
    identify(made, text_of(1), home=tmp_path, XDG_CACHE_HOME=str(tmp_path / "other"))
    assert kept(tmp_path / "other")
    assert sorted(made.rglob("*")) == before


@pytest.mark.parametrize("value", ["", "relative", "../relative"])
def test_a_cache_folder_that_is_no_absolute_path_is_not_taken(made: Path, tmp_path: Path, value: str) -> None:
    identify(made, text_of(1), home=tmp_path, XDG_CACHE_HOME=value)
    assert kept(tmp_path / ".cache")
    assert not list(made.parent.parent.rglob("relative"))


def test_without_a_cache_that_can_be_written_the_answer_is_the_same(made: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for place in (tmp_path / "file", Path("/proc/nowhere"), Path("/dev/null")):
        ran = identify(made, text_of(1), "--json", XDG_CACHE_HOME=str(place))
        assert (ran.status, ran.error) == (0, "")
        assert ran.facts == identify(made, text_of(1), "--json").facts


def test_a_false_index_can_hide_a_letter_and_make_no_other_of_it(made: Path, tmp_path: Path) -> None:
    """Its names are exchanged, so that each text leads to the other letter, and to ones that don't exist."""
    identify(made, text_of(1), home=tmp_path)
    (file,) = kept(tmp_path)
    names = ("2031/nowhere", "../../../etc", "2025/x' OR 1=1", OTHER)
    for name in names:
        with closing(sqlite3.connect(file)) as database:
            rows = dict(database.execute("SELECT name, id FROM letter").fetchall())
            if name == OTHER:
                database.execute("UPDATE letter SET name = 'aside' WHERE name = ?", (OTHER,))
            database.execute("UPDATE letter SET name = ? WHERE name = ?", (name, LETTER))
            database.execute("UPDATE letter SET name = ? WHERE name = 'aside'", (LETTER,))
            # As if it were up to date.
            state = Archive.open(made)._snapshot()
            for letter in (LETTER, OTHER):
                database.execute("UPDATE letter SET state = ? WHERE name = ?", (state.letter_state(letter), letter))
            database.commit()
        assert rows
        facts = identify(made, text_of(1), "--json", home=tmp_path).facts
        assert facts["grade"] != "exact"
        assert facts["found"] is None or (
            facts["found"]["letter"] == LETTER and facts["found"]["revision"] == 1 and facts["grade"] == "same-words"
        )
        file.unlink()
        identify(made, text_of(1), home=tmp_path)


def test_an_index_follows_what_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    repository, _ = Repository.create(path, COMMITTER)
    assert "This archive holds no letter yet." in identify(path, text_of(1)).shown
    repository.record(lambda _: Act(files=files(another_letter()), message="one"), COMMITTER)
    assert "the one letter that this archive holds" in identify(path, text_of(1)).words
    repository.record(lambda _: Act(files=files(the_letter()), message="two"), COMMITTER)
    assert identify(path, text_of(1), "--json").facts["found"]["letter"] == LETTER


def test_a_plain_folder_is_searched_too_and_its_changes_are_seen(made: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(made, plain, ignore=shutil.ignore_patterns(".git"))
    assert identify(plain, text_of(2), "--json").facts["found"]["revision"] == 2
    shutil.rmtree(plain / "archive" / "2026")
    assert identify(plain, text_of(2), "--json").facts["grade"] == "not-known"
    assert identify(plain, OTHER_BODY, "--json").facts["found"]["letter"] == OTHER


def test_what_is_no_record_is_never_an_answer(tmp_path: Path) -> None:
    """The index reads any bytes; the answer, only records."""
    path = tmp_path / "archive"
    repository, _ = Repository.create(path, COMMITTER)
    spoilt = {
        "archive/2026/spoilt/0001.yaml": DESK.text(1).replace(b'date: "', b"date: '"),
        "archive/2026/misplaced/0001.yaml": DESK.text(1),
        "archive/2026/rubbish/0001.yaml": b"\xff\0" * 1000,
    }
    repository.record(lambda _: Act(files=spoilt, message="rubbish"), COMMITTER)
    ran = identify(path, text_of(1), "--json")
    assert (ran.status, ran.facts["grade"], ran.facts["letters"]) == (0, "not-known", 3)


def test_letters_of_the_largest_size_are_searched(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    repository, _ = Repository.create(path, COMMITTER)
    large = Desk(letter_id="2026/large")
    body = "\n".join(" ".join(f"word{n * 12 + k}" for k in range(12)) for n in range(6000))
    large.revise(replace(a_letter(body=body), letter="2026/large"))
    repository.record(lambda _: Act(files=files(large, another_letter()), message="large"), COMMITTER)
    quote = " ".join(f"word{n}" for n in range(50_000, 50_040))
    assert identify(path, quote, "--json").facts["found"]["letter"] == "2026/large"
    assert identify(path, body, "--json").facts["found"]["letter"] == "2026/large"


def test_in_python_the_index_is_in_memory_where_no_folder_is_given(made: Path) -> None:
    archive = Archive.open(made)
    found = archive.identify(text_of(2).encode())
    assert found.standing is not None
    assert (found.grade, found.standing.revision) == ("same-words", 2)
    with pytest.raises(DocumentError):
        archive.identify(b"%PDF-1.4\nrubbish", "x.pdf")


def test_one_archive_has_one_index_by_whatever_path_it_is_named(made: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(made)
    for path in (made, tmp_path / "link"):
        identify(path, text_of(1), home=tmp_path)
    assert kept(tmp_path) == [Index.file_in(tmp_path / ".cache" / "openletter" / "identify", made)]


def test_who_waits_for_more_than_a_second_sees_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter((0.0, 0.5, 0.9, 1.5))
    monkeypatch.setattr("openletter.cli.identifying.time.monotonic", lambda: next(clock))
    with ExitStack() as stack:
        progress = command._Progress(stack)
        progress(1, 9)
        progress(2, 9)
        assert capsys.readouterr().err == ""
        progress(3, 9)
        progress(9, 9)
    shown = capsys.readouterr()
    assert "Reading the letters; the next time only new ones" in shown.err
    assert shown.out == ""


# --- the worked examples of the spec ----------------------------------------------------------------------------------


EXAMPLES = [example for example in examples(ROOT / "spec" / "identify.md") if example.words == ["console", "identify"]]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 2


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example.line))
def test_an_example_of_the_spec_is_answered_as_it_says(example: Example, tmp_path: Path) -> None:
    """On the archive of this repository, in its own folder."""
    assert replay(example.content.decode(), tmp_path, ROOT) == example.content.decode()


# --- what is loaded ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("--help",), ("identify", "--help"), ("verify", LETTER)], ids=" ".join)
def test_nothing_but_identifying_loads_what_identifying_needs(made: Path, arguments: tuple[str, ...]) -> None:
    program = (
        "import contextlib, io, sys\nfrom openletter.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main()\n"
        "print(sorted(n for n in sys.modules if n.startswith(('sqlite3', 'openletter.search', 'openletter.intake'))))"
    )
    # Coverage has a database of its own, in SQLite.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    command = (sys.executable, "-c", program, "--archive", str(made), *arguments)
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60)
    assert done.stdout.decode().strip() == "[]"

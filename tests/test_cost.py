"""What an act costs, counted in objects of git: it is the same however many letters the archive holds.

How long it takes is measured by ``benchmarks/recording.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import ObjectType

from builders import ALDER, BIRCH, CEDAR, Desk, a_letter, key_of, name_of
from openletter import Archive, Committer, Identity, read_draft, sshsig
from openletter.archive import Act, Repository
from openletter.keys import PrivateKey, PublicKey
from openletter.records import organization as key_records

SOMEBODY = Identity(name="Somebody", email="somebody@alder.example", when=datetime(2026, 5, 14, 12, tzinfo=UTC))
COMMITTER = Committer(author=SOMEBODY, committer=SOMEBODY)
DRAFT = "{date: 2026-03-02, language: en, addressees: [{title: Commissioner}], body: Please open the records.}"
LETTER = "2025/letter-5"


class Counting(pygit2.OdbBackend):
    """The loose objects of a repository, counted as they are read and written, by their kind."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = pygit2.OdbBackendLoose(str(path / ".git" / "objects"), -1, False)
        self.sink = pygit2.Odb()
        self.sink.add_backend(self.source, 1)
        self.came: Counter[ObjectType] = Counter()
        self.written: Counter[ObjectType] = Counter()

    def read_cb(self, oid: pygit2.Oid) -> tuple[int, bytes]:
        kind, data = self.source.read(oid)
        self.came[ObjectType(kind)] += 1
        return kind, data

    def read_prefix_cb(self, oid: pygit2.Oid) -> tuple[int, bytes, pygit2.Oid]:
        kind, data = self.read_cb(oid)
        return kind, data, oid

    def read_header_cb(self, oid: pygit2.Oid) -> tuple[int, int]:
        return self.source.read_header(oid)

    def exists_cb(self, oid: pygit2.Oid) -> bool:
        return self.source.exists(oid)

    def exists_prefix_cb(self, oid: pygit2.Oid) -> pygit2.Oid:
        return self.source.exists_prefix(oid)

    def refresh_cb(self) -> None:
        self.source.refresh()

    def write_cb(self, oid: pygit2.Oid, data: bytes, kind: int) -> None:
        assert self.sink.write(kind, data) == oid
        self.written[ObjectType(kind)] += 1


def an_archive(path: Path, *, years: int = 1, letters: int, organizations: int = 3) -> Path:
    """An archive of some years up to 2025, each of a number of letters signed by alder."""
    repository, _ = Repository.create(path, COMMITTER)
    desk = Desk()
    names = (ALDER, BIRCH, CEDAR, *(f"tree-{number}.example" for number in range(organizations - 3)))
    for organization in names:
        desk.enrol(organization)
    files = {f"keys/{org}/{name}": data for org, folder in desk.keys.items() for name, data in folder.items()}
    for number in range(years * letters):
        letter = replace(a_letter(), letter=f"{2025 - number // letters}/letter-{number}")
        one = Desk(letter_id=letter.letter)
        one.revise(letter)
        one.sign(ALDER)
        files |= {f"archive/{letter.letter}/{name}": data for name, data in one.files.items()}
    repository.record(lambda _: Act(files=files, message="all"), COMMITTER)
    return path


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    room = tmp_path_factory.mktemp("cost")
    few, many = an_archive(room / "20", years=2, letters=10), an_archive(room / "400", years=20, letters=20)
    for path in (few, many):
        warm(path)
    return few, many


def secret() -> bytes:
    return bytes(32)


def warm(path: Path) -> None:
    """Keep the tree ids of all that is there: whoever signs first in an archive computes them."""
    head = str(pygit2.Repository(str(path)).head.target)
    assert Repository.open(path, secret).sightings([(head, "0" * 64)])


@pytest.fixture(autouse=True)
def nothing_is_remembered_by_git() -> Iterator[None]:
    pygit2.settings.enable_caching(False)
    yield
    pygit2.settings.enable_caching(True)


def cost(path: Path, act: Callable[[Archive], object]) -> tuple[Counter[ObjectType], Counter[ObjectType]]:
    """The objects that an act reads, and those that it writes, by kind."""
    git = pygit2.Repository(str(path))
    counting = Counting(path)
    odb = pygit2.Odb()
    odb.add_backend(counting, 1)
    git.set_odb(odb)
    act(Archive(Repository(git, secret), path))
    return counting.came, counting.written


def written(*, blobs: int, trees: int, commits: int = 1) -> Counter[ObjectType]:
    return Counter({ObjectType.BLOB: blobs, ObjectType.TREE: trees, ObjectType.COMMIT: commits})


def sign(archive: Archive) -> None:
    digest = archive.revision(LETTER).digest
    assert archive.sign(LETTER, 1, BIRCH, key_of(BIRCH), COMMITTER, digest=digest) is not None


def add(archive: Archive) -> None:
    archive.add("2025/new", read_draft(DRAFT.encode(), path="d"), COMMITTER, path="d")


def revise(archive: Archive) -> None:
    archive.revise(LETTER, read_draft(DRAFT.encode(), path="d"), COMMITTER, path="d")


def enrol(archive: Archive, organization: str = "elm.example", key: PrivateKey | None = None) -> None:
    key = key or key_of(organization)
    archive.add_organization(organization, name_of(organization), key, COMMITTER, date="2026-01-05")


# The folders on the way are the root, archive, the year and the letter; or the root, keys and the organization. After a
# signature comes the commit of its checkpoint: the root, archive, checkpoints and the organization.
@pytest.mark.parametrize(
    ("act", "blobs", "trees", "commits"), [(sign, 1 + 2, 4 + 4, 2), (add, 1, 4, 1), (revise, 1, 4, 1), (enrol, 3, 3, 1)]
)
def test_an_act_writes_the_folders_on_its_way_and_reads_no_more_among_many_letters(
    archives: tuple[Path, Path], act: Callable[[Archive], object], blobs: int, trees: int, commits: int
) -> None:
    (few_read, few_written), (many_read, many_written) = (cost(path, act) for path in archives)
    assert few_written == many_written == written(blobs=blobs, trees=trees, commits=commits)
    assert few_read == many_read


def test_a_tree_id_reads_only_what_changed_since_the_last_one(archives: tuple[Path, Path]) -> None:
    for path in archives:
        warm(path)
        repository, folder = Repository.open(path), f"archive/{LETTER}"
        present = repository.snapshot().letter(LETTER)
        assert present is not None
        act = Act(files={f"{folder}/0001.fir.example.0123456789abcdef.sig": b"new\n"}, message="new")
        recorded = repository.record(lambda _, act=act: act, COMMITTER)  # type: ignore[misc]
        assert recorded is not None

        def tree_id(archive: Archive, commit: str = recorded.commit) -> None:
            assert archive._repository is not None
            archive._repository.tree_id(commit)

        read, _ = cost(path, tree_id)
        # The commit; the root, archive, the year and the letter; the files of the letter. Some are looked at twice.
        assert read[ObjectType.TREE] == 4
        assert read[ObjectType.BLOB] == len(present.files) + 1
        assert read[ObjectType.COMMIT] <= 2


def test_recording_reads_the_folders_on_its_way(archives: tuple[Path, Path]) -> None:
    def record(archive: Archive) -> None:
        repository = archive._repository
        assert repository is not None
        act = Act(files={"archive/2025/recorded/0001.yaml": b"x\n"}, message="new")
        repository.record(lambda _: act, COMMITTER)

    few, many = (cost(path, record) for path in archives)
    assert few == many
    assert few[0][ObjectType.BLOB] == 0
    assert few[1] == written(blobs=1, trees=4)


def test_a_first_key_is_looked_for_in_names_and_no_record_of_others_is_read(tmp_path: Path) -> None:
    few, many = (an_archive(tmp_path / str(size), letters=1, organizations=size) for size in (5, 50))
    (few_read, _), (many_read, _) = cost(few, enrol), cost(many, enrol)
    assert few_read[ObjectType.BLOB] == many_read[ObjectType.BLOB] == 1  # .gitattributes
    # One listing for each organization: how many organizations there are is the one thing that counts.
    assert many_read[ObjectType.TREE] - few_read[ObjectType.TREE] == 45


# --- judging ---


def test_a_text_that_many_signed_is_digested_once() -> None:
    desk = Desk()
    desk.revise(body="long" * 1000)
    for number in range(20):
        desk.sign(f"tree-{number}.example")
    sshsig.signed_data.cache_clear()
    desk.judge()
    assert sshsig.signed_data.cache_info().misses == 1


def test_each_key_of_a_record_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def cost(keys: int) -> int:
        desk = Desk()
        desk.enrol(ALDER, *(key_of(ALDER, str(number)) for number in range(keys)))
        count = 0
        public = key_records._public

        def counted(line: str) -> PublicKey:
            nonlocal count
            count += 1
            return public(line)

        with monkeypatch.context() as patch:
            patch.setattr(key_records, "_public", counted)
            desk.keyring()
        return count

    # Once to see that it is a key, and once to have it.
    assert [cost(keys) for keys in (1, 9, 39)] == [4, 20, 80]

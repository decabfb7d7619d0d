"""Storage: what is read from git and from plain folders, and how acts are recorded (spec/archive.md)."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode

from openletter.archive import (
    ATTRIBUTES,
    Act,
    Committer,
    Identity,
    Repository,
    Snapshot,
    locate,
    open_plain,
)
from openletter.errors import (
    ActRefused,
    AttributesChanged,
    ForeignPath,
    Fork,
    NotAnArchive,
    StorageError,
    TooLarge,
)
from openletter.records.names import parse_checkpoint_file, parse_key_file, parse_letter_file
from tools import need

SPEC = Path(__file__).resolve().parents[1] / "spec" / "archive.md"
SOMEBODY = Identity(name="Somebody", email="somebody@alder.example", when=datetime(2026, 5, 14, 12, tzinfo=UTC))
COMMITTER = Committer(author=SOMEBODY, committer=SOMEBODY)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "letters", COMMITTER)[0]


def add(repository: Repository, **files: bytes) -> None:
    """Add files; in their names `__` stands for a slash and `_` for a dot."""
    paths = {name.replace("__", "/").replace("_", "."): data for name, data in files.items()}
    repository.record(lambda _: Act(files=paths, message="add"), COMMITTER)


def git(repository: Repository, *arguments: str) -> str:
    done = subprocess.run(
        [need("git"), *arguments], cwd=repository.path, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout


def plant(repository: Repository, path: str, mode: FileMode, oid: pygit2.Oid | None = None) -> Snapshot:
    """Commit an entry that honest programs don't write, straight into git's objects."""
    raw = pygit2.Repository(str(repository.path))
    oid = oid or raw.create_blob(b"planted\n")
    *folders, name = path.split("/")
    trees: list[pygit2.Tree | None] = [raw.head.peel(pygit2.Tree)]
    for folder in folders:
        above = trees[-1]
        trees.append(above[folder] if above is not None and folder in above else None)  # type: ignore[arg-type]
    for above, part in zip(reversed(trees), reversed([*folders, name]), strict=True):
        builder = raw.TreeBuilder(above) if above is not None else raw.TreeBuilder()
        builder.insert(part, oid, mode)
        oid, mode = builder.write(), FileMode.TREE
    author = pygit2.Signature("Mallory", "mallory@thief.example", 0, 0)
    raw.create_commit("HEAD", author, author, "plant", oid, [raw.head.target])
    return repository.snapshot()


# --- making an archive ---


def test_the_mark_is_what_the_spec_says() -> None:
    block = re.search(r"```gitattributes\n(.*?)```", SPEC.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    assert block[1].encode() == ATTRIBUTES


def test_init_makes_a_clean_marked_repository(repository: Repository) -> None:
    repository.snapshot().check_mark()
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "fsck", "--strict") == ""
    assert git(repository, "branch", "--show-current") == "main\n"


def test_init_twice_does_nothing(repository: Repository) -> None:
    before = git(repository, "rev-parse", "HEAD")
    assert Repository.create(repository.path, COMMITTER)[1] is None
    assert git(repository, "rev-parse", "HEAD") == before


def test_init_adds_the_mark_to_a_repository_that_has_other_files(tmp_path: Path) -> None:
    raw = pygit2.init_repository(str(tmp_path), initial_head="trunk")
    author = pygit2.Signature("A", "a@alder.example", 0, 0)
    builder = raw.TreeBuilder()
    builder.insert("README", raw.create_blob(b"hello\n"), FileMode.BLOB)
    raw.create_commit("HEAD", author, author, "begin", builder.write(), [])
    repository, recorded = Repository.create(tmp_path, COMMITTER)
    assert recorded is not None
    assert git(repository, "ls-tree", "--name-only", "HEAD").split() == [".gitattributes", "README"]


def test_init_refuses_a_repository_with_attributes_of_its_own(tmp_path: Path) -> None:
    raw = pygit2.init_repository(str(tmp_path), initial_head="main")
    author = pygit2.Signature("A", "a@alder.example", 0, 0)
    builder = raw.TreeBuilder()
    builder.insert(".gitattributes", raw.create_blob(b"* text=auto\n"), FileMode.BLOB)
    commit = raw.create_commit("HEAD", author, author, "begin", builder.write(), [])
    with pytest.raises(ActRefused, match=r"has a \.gitattributes of its own"):
        Repository.create(tmp_path, COMMITTER)
    assert raw.head.target == commit


def test_init_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("a file")
    with pytest.raises(ActRefused, match="this is a file"):
        Repository.create(tmp_path / "letters", COMMITTER)


# --- finding one ---


def test_an_archive_is_found_from_a_folder_inside_it(repository: Repository) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x\n")
    assert locate(repository.path / "archive" / "2026", upward=True) == (repository.path.resolve(), True)


def test_a_bare_repository_is_one(repository: Repository, tmp_path: Path) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x\n")
    git(repository, "clone", "--bare", "--quiet", ".", str(tmp_path / "bare.git"))
    folder, is_git = locate(tmp_path / "bare.git", upward=False)
    assert is_git
    bare = Repository.open(folder)
    assert bare.snapshot().letters() == ("2026/a",)
    add(bare, archive__2026__b__0001_yaml=b"y\n")
    assert bare.snapshot().letters() == ("2026/a", "2026/b")


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive, match="in this folder or above"):
        locate(tmp_path, upward=True)
    with pytest.raises(NotAnArchive, match="no such folder"):
        locate(tmp_path / "missing", upward=True)


def test_a_folder_that_is_named_is_meant_itself_and_none_above_it(repository: Repository) -> None:
    (repository.path / "plain").mkdir()
    with pytest.raises(NotAnArchive, match="this folder is no archive"):
        locate(repository.path / "plain", upward=False)


def test_a_repository_without_commit_or_without_mark_is_no_archive(tmp_path: Path) -> None:
    raw = pygit2.init_repository(str(tmp_path), initial_head="main")
    with pytest.raises(NotAnArchive, match="no commit yet"):
        Repository.open(tmp_path).snapshot()
    author = pygit2.Signature("A", "a@alder.example", 0, 0)
    raw.create_commit("HEAD", author, author, "begin", raw.TreeBuilder().write(), [])
    with pytest.raises(NotAnArchive, match=r"no \.gitattributes"):
        Repository.open(tmp_path).snapshot().check_mark()


def test_changed_attributes_are_told(repository: Repository) -> None:
    raw = pygit2.Repository(str(repository.path))
    add(repository, archive__2026__a__0001_yaml=b"x\n")
    builder = raw.TreeBuilder(raw.head.peel(pygit2.Tree))
    builder.insert(".gitattributes", raw.create_blob(ATTRIBUTES + b"archive/** export-ignore\n"), FileMode.BLOB)
    author = pygit2.Signature("Mallory", "mallory@thief.example", 0, 0)
    raw.create_commit("HEAD", author, author, "hide", builder.write(), [raw.head.target])
    with pytest.raises(AttributesChanged):
        repository.snapshot().check_mark()


# --- reading ---


@pytest.mark.parametrize(
    ("path", "mode", "what"),
    [
        ("archive/2026/a/0002.yaml", FileMode.LINK, "a symbolic link stands where a plain file is due"),
        ("archive/2026/a/0002.yaml", FileMode.BLOB_EXECUTABLE, "an executable file stands where"),
        ("archive/2026/a/notes.txt", FileMode.BLOB, "no file of a letter has such a name"),
        ("archive/2026/a/0002.yaml/x", FileMode.BLOB, "a folder stands where a plain file is due"),
        ("archive/2026/A/0001.yaml", FileMode.BLOB, "is no letter id"),
        ("archive/2026/con/0001.yaml", FileMode.BLOB, "Windows reserves"),
        ("archive/2026/loose.yaml", FileMode.BLOB, "a file has no place here"),
        ("archive/26/a/0001.yaml", FileMode.BLOB, "a folder here is a year or checkpoints"),
        ("archive/checkpoints/alder.example/x.yaml", FileMode.BLOB, "no file of a checkpoint"),
        ("archive/checkpoints/Alder/0001.yaml", FileMode.BLOB, "is no organization id"),
        ("keys/alder/0001.yaml", FileMode.BLOB, "is no organization id"),
        ("keys/loose", FileMode.BLOB, "a file has no place here"),
        ("keys/alder.example/0001.key", FileMode.BLOB, "no file of a key record"),
    ],
)
def test_what_is_outside_the_grammar_is_foreign(repository: Repository, path: str, mode: FileMode, what: str) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x\n")
    snapshot = plant(repository, path, mode)
    faults = [*snapshot.faults()]
    for checkpoints in snapshot.checkpoints().values():
        faults += checkpoints.faults
    for folder in (snapshot.letter("2026/a"), snapshot.keys("alder.example")):
        faults += folder.faults if folder is not None else ()
    (fault,) = faults
    assert type(fault) is ForeignPath
    assert what in fault.message
    assert fault.path is not None
    assert path.startswith(fault.path)


def test_a_submodule_is_foreign(repository: Repository) -> None:
    commit = pygit2.Repository(str(repository.path)).head.target
    assert isinstance(commit, pygit2.Oid)
    (fault,) = plant(repository, "archive/2026/a", FileMode.COMMIT, commit).faults()
    assert fault.message == "a submodule has no place here"


def test_a_file_too_large_is_not_read(repository: Repository) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x" * ((1 << 20) + 1))
    folder = repository.snapshot().letter("2026/a")
    assert folder is not None
    assert folder.files == {}
    assert [type(fault) for fault in folder.faults] == [TooLarge]


def test_the_work_tree_has_no_part_in_reading(repository: Repository) -> None:
    add(repository, archive__2026__a__0001_yaml=b"as recorded\n")
    (repository.path / "archive/2026/a/0001.yaml").write_bytes(b"as patched\n")
    folder = repository.snapshot().letter("2026/a")
    assert folder is not None
    assert folder.files == {"0001.yaml": b"as recorded\n"}


def test_a_plain_folder_reads_as_the_repository_does(repository: Repository, tmp_path: Path) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x\n", keys__alder_example__0001_yaml=b"y\n")
    plain = tmp_path / "plain"
    plain.mkdir()
    subprocess.run(f"git archive HEAD | tar -x -C {plain}", shell=True, cwd=repository.path, check=True, timeout=60)  # noqa: S602
    assert locate(plain / "archive", upward=True) == (plain.resolve(), False)
    ours, theirs = open_plain(plain), repository.snapshot()
    ours.check_mark()
    assert ours.commit is None
    assert ours.letters() == theirs.letters()
    assert ours.organizations() == theirs.organizations()
    assert ours.letter("2026/a") == theirs.letter("2026/a")
    assert ours.keys("alder.example") == theirs.keys("alder.example")
    assert ours.faults() == theirs.faults() == ()


def test_a_plain_folder_follows_no_link(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "0001.yaml").write_bytes(b"secret\n")
    root = tmp_path / "plain"
    (root / "archive" / "2026").mkdir(parents=True)
    (root / ".gitattributes").write_bytes(ATTRIBUTES)
    (root / "archive" / "2026" / "a").symlink_to(secret)
    (root / "archive" / "2026" / "b").mkdir()
    (root / "archive" / "2026" / "b" / "0001.yaml").symlink_to(secret / "0001.yaml")
    snapshot = open_plain(root)
    assert snapshot.letters() == ("2026/b",)
    assert [fault.message for fault in snapshot.faults()] == ["a symbolic link has no place here"]
    assert snapshot.letter("2026/a") is None
    folder = snapshot.letter("2026/b")
    assert folder is not None
    assert folder.files == {}
    assert folder.faults[0].message == "a symbolic link stands where a plain file is due"


def test_a_pipe_in_a_plain_folder_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "keys" / "alder.example").mkdir(parents=True)
    os.mkfifo(tmp_path / "keys" / "alder.example" / "0001.yaml")
    folder = open_plain(tmp_path).keys("alder.example")
    assert folder is not None
    assert folder.faults[0].message == "a special file stands where a plain file is due"


# --- recording ---


def test_an_act_is_one_commit_and_the_work_tree_is_clean_after_it(repository: Repository) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x\n", keys__alder_example__0001_yaml=b"y\n")
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "rev-list", "--count", "HEAD") == "2\n"
    assert (repository.path / "archive/2026/a/0001.yaml").read_bytes() == b"x\n"
    assert git(repository, "log", "-1", "--format=%an %ae %aI %s") == (
        "Somebody somebody@alder.example 2026-05-14T12:00:00+00:00 add\n"
    )
    mode = (repository.path / "archive/2026/a/0001.yaml").stat().st_mode
    assert not mode & (stat.S_IXUSR | stat.S_IWOTH)


def test_other_bytes_under_a_name_are_a_fork_and_nothing_is_recorded(repository: Repository) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x\n")
    before = git(repository, "rev-parse", "HEAD")
    with pytest.raises(Fork) as caught:
        add(repository, archive__2026__a__0001_yaml=b"z\n", archive__2026__b__0001_yaml=b"new\n")
    assert caught.value.path == "archive/2026/a/0001.yaml"
    assert git(repository, "rev-parse", "HEAD") == before
    assert not (repository.path / "archive/2026/b").exists()


def test_a_file_where_a_folder_is_due_is_a_fork(repository: Repository) -> None:
    plant(repository, "archive/2026/a", FileMode.BLOB)
    with pytest.raises(Fork, match="a file stands where a folder is due"):
        add(repository, archive__2026__a__0001_yaml=b"x\n")


def test_a_plan_with_nothing_to_do_records_nothing(repository: Repository) -> None:
    before = git(repository, "rev-parse", "HEAD")
    assert repository.record(lambda _: None, COMMITTER) is None
    assert git(repository, "rev-parse", "HEAD") == before


def test_a_plan_is_asked_again_where_somebody_was_faster(repository: Repository) -> None:
    asked: list[str | None] = []

    def plan(snapshot: Snapshot | None) -> Act:
        asked.append(snapshot.commit if snapshot is not None else None)
        if len(asked) == 1:
            add(Repository.open(repository.path), archive__2026__theirs__0001_yaml=b"theirs\n")
        return Act(files={"archive/2026/ours/0001.yaml": b"ours\n"}, message="ours")

    repository.record(plan, COMMITTER)
    assert len(asked) == len(set(asked)) == 2
    assert repository.snapshot().letters() == ("2026/ours", "2026/theirs")
    assert git(repository, "rev-list", "--count", "HEAD") == "3\n"


def test_many_who_record_at_once_all_land(repository: Repository) -> None:
    def one(number: int) -> None:
        act = Act(files={f"archive/2026/letter-{number}/0001.yaml": b"x\n"}, message=f"letter {number}")
        Repository.open(repository.path).record(lambda _: act, COMMITTER)

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(one, range(24)))
    assert len(repository.snapshot().letters()) == 24
    # Whoever was not the first has left a commit that nothing names.
    assert git(repository, "fsck", "--strict", "--no-dangling") == ""


def test_what_lies_in_the_work_tree_is_never_overwritten(repository: Repository) -> None:
    (repository.path / "archive/2026/a").mkdir(parents=True)
    mine = repository.path / "archive/2026/a/0001.yaml"
    mine.write_bytes(b"my notes\n")
    recorded = repository.record(lambda _: Act(files={"archive/2026/a/0001.yaml": b"x\n"}, message="add"), COMMITTER)
    assert recorded is not None
    assert recorded.not_checked_out == ("archive/2026/a/0001.yaml",)
    assert mine.read_bytes() == b"my notes\n"
    folder = repository.snapshot().letter("2026/a")
    assert folder is not None
    assert folder.files == {"0001.yaml": b"x\n"}


def test_no_link_in_the_work_tree_is_followed_when_writing(repository: Repository, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repository.path / "archive").symlink_to(outside)
    recorded = repository.record(lambda _: Act(files={"archive/2026/a/0001.yaml": b"x\n"}, message="add"), COMMITTER)
    assert recorded is not None
    assert recorded.not_checked_out
    assert list(outside.iterdir()) == []


def test_other_changes_in_work_tree_and_index_are_left_as_they_are(repository: Repository) -> None:
    (repository.path / "draft.yaml").write_text("mine\n")
    (repository.path / "staged.yaml").write_text("mine too\n")
    git(repository, "add", "staged.yaml")
    add(repository, archive__2026__a__0001_yaml=b"x\n")
    assert git(repository, "status", "--porcelain") == "A  staged.yaml\n?? draft.yaml\n"


def test_without_a_branch_nothing_is_recorded(repository: Repository) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    before = git(repository, "rev-parse", "HEAD")
    with pytest.raises(ActRefused, match="no branch is checked out"):
        add(repository, archive__2026__a__0001_yaml=b"x\n")
    assert git(repository, "rev-parse", "HEAD") == before


def test_a_branch_that_is_locked_is_a_clear_error_and_nothing_is_recorded(repository: Repository) -> None:
    before = git(repository, "rev-parse", "HEAD")
    lock = repository.path / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(StorageError, match="lock"):
        add(repository, archive__2026__a__0001_yaml=b"x\n")
    lock.unlink()
    assert git(repository, "rev-parse", "HEAD") == before
    assert git(repository, "status", "--porcelain") == ""


def test_a_missing_object_is_a_clear_error(repository: Repository) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x\n")
    blob = git(repository, "rev-parse", "HEAD:archive/2026/a/0001.yaml").strip()
    (repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(StorageError) as caught:
        Repository.open(repository.path).snapshot().letter("2026/a")
    assert caught.value.path == "archive/2026/a/0001.yaml"


# --- history ---


def test_arrivals_name_what_each_commit_brought(repository: Repository) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x\n")
    add(repository, archive__2026__b__0001_yaml=b"x\n")
    add(repository, archive__2026__a__0002_yaml=b"y\n")
    assert [(arrival.names, arrival.committer) for arrival in repository.arrivals("archive/2026/a")] == [
        (("0001.yaml",), "Somebody"),
        (("0002.yaml",), "Somebody"),
    ]


def test_a_merge_brings_nothing_that_its_sides_had(repository: Repository) -> None:
    add(repository, archive__2026__a__0001_yaml=b"x\n")
    git(repository, "switch", "--quiet", "-c", "side")
    add(repository, archive__2026__a__0002_yaml=b"side\n")
    git(repository, "switch", "--quiet", "main")
    add(repository, keys__alder_example__0001_yaml=b"main\n")
    git(repository, "-c", "user.name=M", "-c", "user.email=m@alder.example", "merge", "--quiet", "-m", "merge", "side")
    arrivals = repository.arrivals("archive/2026/a")
    assert [arrival.names for arrival in arrivals] == [("0001.yaml",), ("0002.yaml",)]


# --- the spec's own examples ---


def test_the_names_in_the_spec_are_as_it_says() -> None:
    parsers = {"letter": parse_letter_file, "key": parse_key_file, "checkpoint": parse_checkpoint_file}
    rows = re.findall(r"^\| (\w+) \| `([^`]+)` \| (yes|no) \|$", SPEC.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 20
    for folder, name, answer in rows:
        if answer == "yes":
            assert str(parsers[folder](name)) == name
        else:
            with pytest.raises(ForeignPath):
                parsers[folder](name)

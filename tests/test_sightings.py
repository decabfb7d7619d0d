"""What an archive says of a checkpoint, and an act of several commits (spec/history.md, spec/archive.md)."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode, ObjectType

from openletter.archive import Act, Repository
from openletter.archive.tree_ids import TreeIds
from openletter.errors import ActRefused, ForeignPath, Fork, StorageError, TooLarge
from openletter.records.sighting import Sighting, State
from test_archive import COMMITTER, git, plant

A, B = "archive/2026/a/0001.yaml", "archive/2026/b/0001.yaml"
KEY = "keys/alder.example/0001.yaml"
NO = frozenset[str]()


def put(repository: Repository, message: str = "add", **files: bytes) -> str:
    """Record files by the name of a constant here; the commit's id."""
    recorded = repository.record(
        lambda _: Act(files={globals()[name]: data for name, data in files.items()}, message=message), COMMITTER
    )
    assert recorded is not None
    return recorded.commit


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "letters", COMMITTER)[0]


@pytest.fixture
def three(repository: Repository) -> tuple[Repository, str, str, str]:
    """An archive, and three commits that added a key, a letter, and another letter."""
    return repository, put(repository, KEY=b"k\n"), put(repository, A=b"a\n"), put(repository, B=b"b\n")


def raw(repository: Repository) -> pygit2.Repository:
    return pygit2.Repository(str(repository.path))


def sight(repository: Repository, commit: str, tree: str = "0" * 64) -> State:
    return repository.sightings([(commit, tree)])[commit, tree].state


# --- what is in the history ---


def test_a_commit_with_its_tree_matches_and_holds_what_it_had(three: tuple[Repository, str, str, str]) -> None:
    repository, *commits = three
    claims = [(commit, repository.tree_id(commit)) for commit in commits]
    found = repository.sightings(claims, {A, B, KEY, "archive/2026/c/0001.yaml", "keys"})
    assert [found[claim] for claim in claims] == [
        Sighting(state=State.MATCHES, holds=frozenset({KEY})),
        Sighting(state=State.MATCHES, holds=frozenset({KEY, A})),
        Sighting(state=State.MATCHES, holds=frozenset({KEY, A, B})),
    ]


def test_a_commit_with_another_tree_differs_and_holds_nothing(three: tuple[Repository, str, str, str]) -> None:
    repository, first, second, _ = three
    claim = (second, repository.tree_id(first))
    assert repository.sightings([claim], {KEY})[claim] == Sighting(state=State.DIFFERS)


def test_a_true_and_a_false_claim_on_one_commit_are_told_apart(three: tuple[Repository, str, str, str]) -> None:
    repository, first, *_ = three
    true, false = (first, repository.tree_id(first)), (first, "0" * 64)
    found = repository.sightings([true, false, true])
    assert {claim: sighting.state for claim, sighting in found.items()} == {
        true: State.MATCHES,
        false: State.DIFFERS,
    }


def test_a_file_that_became_another_is_not_held(repository: Repository) -> None:
    first = put(repository, KEY=b"k\n", A=b"a\n")
    tree = repository.tree_id(first)
    git(repository, "rm", "-q", "--cached", A)
    (repository.path / A).write_bytes(b"changed\n")
    git(repository, "add", A)
    git(repository, *("-c", "user.name=x", "-c", "user.email=x"), "commit", "-qm", "rewritten")
    assert repository.sightings([(first, tree)], {KEY, A})[first, tree].holds == {KEY}


def test_a_file_that_was_executable_is_not_held(three: tuple[Repository, str, str, str]) -> None:
    repository, *_ = three
    blob = raw(repository).create_blob(b"a\n")
    plant(repository, A, FileMode.BLOB_EXECUTABLE, blob)
    odd = git(repository, "rev-parse", "HEAD").strip()
    plant(repository, A, FileMode.BLOB, blob)
    claim = (odd, repository.tree_id(odd))
    assert repository.sightings([claim], {A, B})[claim] == Sighting(state=State.MATCHES, holds=frozenset({B}))


def test_a_commit_of_a_branch_that_was_merged_is_in_the_history(three: tuple[Repository, str, str, str]) -> None:
    repository, first, *_ = three
    who = ("-c", "user.name=x", "-c", "user.email=x")
    git(repository, "switch", "-qc", "side", first)
    side = put(repository, "another", A=b"a\n")
    claim = (side, repository.tree_id(side))
    git(repository, "switch", "-q", "main")
    assert sight(repository, *claim) is State.ABSENT
    git(repository, *who, "merge", "-q", "-m", "merge", "side")
    assert sight(repository, *claim) is State.MATCHES


# --- what is not ---


def test_a_commit_that_lies_in_the_objects_and_in_no_history_is_absent(three: tuple[Repository, str, str, str]) -> None:
    repository, _, second, third = three
    claim = (third, repository.tree_id(third))
    git(repository, "reset", "-q", "--hard", second)
    assert raw(repository).get(third) is not None
    assert sight(repository, *claim) is State.ABSENT


def test_a_rewritten_history_lacks_the_commit(three: tuple[Repository, str, str, str]) -> None:
    repository, _, second, third = three
    claim = (third, repository.tree_id(third))
    git(repository, "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--amend", "-m", "the same files")
    assert repository.tree_id(git(repository, "rev-parse", "HEAD").strip()) == claim[1]
    assert sight(repository, *claim) is State.ABSENT
    assert sight(repository, second, repository.tree_id(second)) is State.MATCHES


@pytest.mark.parametrize("what", ["blob", "tree", "tag", "nothing", "64 digits"])
def test_what_is_no_commit_of_the_history_is_absent(what: str, three: tuple[Repository, str, str, str]) -> None:
    repository, first, *_ = three
    author = pygit2.Signature("Mallory", "mallory@thief.example", 0, 0)
    id_of: dict[str, Callable[[], object]] = {
        "blob": lambda: raw(repository).create_blob(b"a\n"),
        "tree": lambda: raw(repository)[first].peel(pygit2.Tree).id,
        "tag": lambda: raw(repository).create_tag("t", pygit2.Oid(hex=first), ObjectType.COMMIT, author, "t"),
        "nothing": lambda: "d" * 40,
        "64 digits": lambda: first + "0" * 24,
    }
    assert sight(repository, str(id_of[what]()), repository.tree_id(first)) is State.ABSENT


def test_a_commit_without_a_tree_id_is_claimed_falsely(three: tuple[Repository, str, str, str]) -> None:
    repository, first, *_ = three
    plant(repository, "archive/2026/sub", FileMode.COMMIT, pygit2.Oid(hex=first))
    odd = git(repository, "rev-parse", "HEAD").strip()
    with pytest.raises(ForeignPath):
        repository.tree_id(odd)
    assert sight(repository, odd) is State.DIFFERS


# --- what could not be established ---


def shallow(repository: Repository, folder: Path) -> Repository:
    git(repository, "clone", "-q", "--depth=1", f"file://{repository.path}", str(folder))
    return Repository.open(folder)


def test_in_a_shallow_clone_an_older_commit_is_unknown(three: tuple[Repository, str, str, str], tmp_path: Path) -> None:
    repository, first, _, third = three
    copy = shallow(repository, tmp_path / "copy")
    assert sight(copy, first, repository.tree_id(first)) is State.UNKNOWN
    assert sight(copy, third, repository.tree_id(third)) is State.MATCHES
    assert sight(copy, third) is State.DIFFERS


def test_a_file_that_calls_a_history_shallow_hides_none_of_it(three: tuple[Repository, str, str, str]) -> None:
    repository, first, _, third = three
    (repository.path / ".git" / "shallow").write_text(third + "\n")
    assert sight(Repository.open(repository.path), first, repository.tree_id(first)) is State.MATCHES


def test_with_a_commit_that_is_lost_what_is_not_found_is_unknown(three: tuple[Repository, str, str, str]) -> None:
    repository, first, second, _ = three
    (repository.path / ".git" / "objects" / second[:2] / second[2:]).unlink()
    assert sight(Repository.open(repository.path), first, repository.tree_id(first)) is State.UNKNOWN


def test_with_a_file_that_is_lost_the_tree_is_unknown(three: tuple[Repository, str, str, str]) -> None:
    repository, _, second, _ = three
    blob = str(pygit2.hash(b"a\n"))
    (repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert sight(Repository.open(repository.path), second) is State.UNKNOWN


def test_beyond_a_limit_the_tree_is_unknown(
    three: tuple[Repository, str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def of(_: TreeIds, __: pygit2.Oid) -> str:
        raise TooLarge("beyond")

    monkeypatch.setattr(TreeIds, "of", of)
    assert sight(three[0], three[1]) is State.UNKNOWN


def test_where_nothing_is_asked_nothing_is_read(three: tuple[Repository, str, str, str]) -> None:
    assert three[0].sightings([], {A}) == {}


def test_a_commit_whose_bytes_are_none_is_refused(three: tuple[Repository, str, str, str]) -> None:
    repository, first, *_ = three
    git_objects = raw(repository)
    odd = git_objects.odb.write(ObjectType.COMMIT, b"parent " + first.encode() + b"\n")
    (repository.path / ".git" / "refs" / "heads" / "main").write_text(f"{odd}\n")
    with pytest.raises((ForeignPath, StorageError)):
        Repository.open(repository.path).sightings([(first, "0" * 64)])


def test_many_checkpoints_cost_one_walk_and_shared_folders_are_read_once(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openletter.archive.objects import Objects

    commits = [put(repository, KEY=b"k\n")]
    for number in range(12):
        act = Act(files={f"archive/{2000 + number}/a/0001.yaml": b"%d\n" % number}, message="a")
        recorded = repository.record(lambda _, act=act: act, COMMITTER)  # type: ignore[misc]
        assert recorded is not None
        commits.append(recorded.commit)
    claims = [(commit, repository.tree_id(commit)) for commit in commits]
    seen: Counter[str] = Counter()
    read = Objects.read

    def counting(self: Objects, oid: pygit2.Oid, kind: ObjectType, path: str, most: int | None = None) -> bytes:
        seen[path] += 1
        return read(self, oid, kind, path, most)

    monkeypatch.setattr(Objects, "read", counting)
    found = Repository.open(repository.path).sightings(claims, [KEY])
    assert all(found[claim] == Sighting(state=State.MATCHES, holds=frozenset({KEY})) for claim in claims)
    assert seen["archive"] == 12  # they differ
    assert {seen[f"archive/{2000 + number}/a/0001.yaml"] for number in range(12)} == {1}
    assert seen[KEY] == 1
    assert seen["keys/alder.example"] == 2  # once for what HEAD has, once for all the others
    assert max(count for path, count in seen.items() if path.startswith("commit")) == 1


# --- a copy to keep ---


def test_what_is_kept_is_the_whole_history_newest_first(three: tuple[Repository, str, str, str]) -> None:
    repository, first, second, third = three
    kept = repository.keep("2026-05-14")
    root = git(repository, "rev-list", "--max-parents=0", "HEAD").strip()
    assert (kept.commit, kept.tree, kept.date) == (third, repository.tree_id(third), "2026-05-14")
    assert (kept.roots, kept.commits) == ((root,), (third, second, first, root))
    assert kept.complete


def test_of_a_merged_history_no_commit_stands_before_one_that_descends_from_it(
    three: tuple[Repository, str, str, str],
) -> None:
    repository, first, *_ = three
    who = ("-c", "user.name=x", "-c", "user.email=x")
    for side in ("one", "two"):
        git(
            repository, "switch", "-q", "--orphan" if side == "two" else "-c", side, *([first] if side == "one" else [])
        )
        git(repository, *who, "commit", "-q", "--allow-empty", "-m", side)
        git(repository, "switch", "-q", "main")
        git(repository, *who, "merge", "-q", "--allow-unrelated-histories", "-m", "merge", side)
    kept = repository.keep("2026-05-14")
    assert sorted(kept.commits) == sorted(git(repository, "rev-list", "HEAD").split())
    assert len(kept.roots) == 2
    for commit in kept.commits:
        parents = git(repository, "rev-parse", f"{commit}^@").split()
        assert all(kept.commits.index(parent) > kept.commits.index(commit) for parent in parents)


def test_a_long_history_is_cut_and_says_so(
    three: tuple[Repository, str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from openletter.archive import history

    monkeypatch.setattr(history, "MAX_COMMITS", 2)
    kept = three[0].keep("2026-05-14")
    assert kept.commits == (three[3], three[2])
    assert not kept.complete
    monkeypatch.setattr(history, "MAX_ROOTS", 0)
    with pytest.raises(ActRefused, match="begins with 1 commits"):
        three[0].keep("2026-05-14")


def test_a_shallow_clone_can_not_be_kept(three: tuple[Repository, str, str, str], tmp_path: Path) -> None:
    with pytest.raises(ActRefused) as caught:
        shallow(three[0], tmp_path / "copy").keep("2026-05-14")
    assert "--unshallow" in (caught.value.hint or "")


# --- an act of several commits ---


def two() -> Act:
    return Act(
        files={A: b"a\n"},
        message="first",
        then=lambda commit: Act(files={B: commit.encode() + b"\n"}, message="second"),
    )


def test_two_commits_of_one_act_come_in_one_step(repository: Repository) -> None:
    before = git(repository, "rev-parse", "HEAD").strip()
    moves = len(git(repository, "reflog", "main").splitlines())
    recorded = repository.record(lambda _: two(), COMMITTER)
    assert recorded is not None
    assert git(repository, "log", "--format=%s", f"{before}..").splitlines() == ["second", "first"]
    assert recorded.commit == git(repository, "rev-parse", "HEAD").strip()
    assert len(git(repository, "reflog", "main").splitlines()) == moves + 1
    first = git(repository, "rev-parse", "HEAD^")
    assert (repository.path / B).read_text() == first
    assert git(repository, "diff", "--name-only", f"{before}..HEAD^").split() == [A]
    assert git(repository, "status", "--porcelain") == ""


def test_where_the_second_can_not_be_made_neither_is_recorded(repository: Repository) -> None:
    before = git(repository, "rev-parse", "HEAD")

    def refuse(_: str) -> Act:
        raise ActRefused("no")

    def fork(_: str) -> Act:
        return Act(files={A: b"other\n"}, message="second")

    for then, error in ((refuse, ActRefused), (fork, Fork)):
        act = Act(files={A: b"a\n"}, message="first", then=then)
        with pytest.raises(error):
            repository.record(lambda _, act=act: act, COMMITTER)  # type: ignore[misc]
        assert git(repository, "rev-parse", "HEAD") == before
        assert git(repository, "status", "--porcelain") == ""
        assert not list((repository.path / ".git").glob("openletter-*"))


def test_where_another_commit_lands_in_between_all_is_computed_anew(repository: Repository) -> None:
    other = Repository.open(repository.path)
    asked: list[str] = []

    def then(commit: str) -> Act:
        if not asked:
            put(other, "in between", KEY=b"k\n")
        asked.append(commit)
        return Act(files={B: commit.encode() + b"\n"}, message="second")

    recorded = repository.record(lambda _: Act(files={A: b"a\n"}, message="first", then=then), COMMITTER)
    assert recorded is not None
    assert git(repository, "log", "--format=%s", "-4").splitlines()[:3] == ["second", "first", "in between"]
    assert len(asked) == 2
    assert git(repository, "show", f"HEAD:{B}").strip() == asked[1] == git(repository, "rev-parse", "HEAD^").strip()
    assert git(repository, "status", "--porcelain") == ""


def test_the_files_of_both_are_due_where_the_process_was_killed(repository: Repository) -> None:
    before = git(repository, "rev-parse", "HEAD").strip()
    recorded = repository.record(lambda _: two(), COMMITTER)
    assert recorded is not None
    git(repository, "read-tree", before)
    shutil.rmtree(repository.path / "archive")
    (repository.path / ".git" / f"openletter-{recorded.commit}-{before}-0123456789abcdef").touch()
    assert Repository.open(repository.path).finish().keys() == {recorded.commit}
    assert git(repository, "status", "--porcelain") == ""
    assert (repository.path / A).exists()
    assert (repository.path / B).exists()


def test_stock_git_finds_nothing_wrong_with_them(repository: Repository) -> None:
    repository.record(lambda _: two(), COMMITTER)
    done = subprocess.run(["git", "-C", repository.path, "fsck", "--strict"], check=True, capture_output=True)
    assert done.stdout == b""

"""The git repository of an archive: objects, refs and history.

Reading goes to git objects, never through the work tree, so no link, filter, hook or path trick is followed. Writing
adds: objects first, then one update of the branch that fails if somebody else was faster, then the work tree and the
index, for just the files added (``spec/archive.md``, "Reading" and "Recording").
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import sleep
from typing import Final, Self

import pygit2
from pygit2.enums import FileMode, ObjectType, SortMode

from openletter.archive.guard import check_file, check_folder, common_folder, open_guarded
from openletter.archive.index import add_to_index
from openletter.archive.layout import ATTRIBUTES, ATTRIBUTES_PATH
from openletter.archive.objects import Objects
from openletter.archive.plain import PlainFolder
from openletter.archive.snapshot import Snapshot
from openletter.archive.tree import GitTree, storage, text_of
from openletter.archive.worktree import write_new
from openletter.errors import ActRefused, Fork, InputError, Invalid, NotAnArchive, StorageError

_LINKS: Final = 6
"""How many names may lie between `HEAD` and its commit, as git has it."""
_REFERENCE: Final = 4096
"""The most bytes that the file of a branch may have."""

_ATTEMPTS: Final = 40
_PAUSE: Final = 0.002
"""Seconds by which each attempt waits longer than the one before: 1.6 in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who committed, and when: a claim that git keeps, and no evidence."""

    name: str
    email: str
    when: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Committer:
    """The author and the committer of a commit."""

    author: Identity
    committer: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What one commit adds: new files by path, and the sentence that says so."""

    files: Mapping[str, bytes]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What `Repository.record` did: the commit's id, and the paths that the work tree could not be given, and why."""

    commit: str
    not_checked_out: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A commit that brought files into a folder: what the archive says about when and by whom."""

    commit: str
    when: datetime | None
    committer: str
    names: tuple[str, ...]


class Repository:
    """The git repository of an archive."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._git = repository
        self._seen: Snapshot | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """The archive whose repository is at `path`, a work tree or a bare one; raises `NotAnArchive`."""
        with storage(str(path)):
            return cls(open_guarded(path))

    @classmethod
    def create(cls, path: Path, committer: Committer) -> tuple[Self, Recorded | None]:
        """Make a folder an archive: a git repository with the mark committed. Where it is one, nothing is done.

        Raises `ActRefused` where a file stands in the way, `StorageError` where writing fails.
        """
        if path.exists() and not path.is_dir():
            raise ActRefused("this is a file, and an archive is a folder", path=str(path), hint="name another place")
        for identity in (committer.author, committer.committer):
            _signature(identity)  # what can't be committed is refused before anything is made
        with storage(str(path)):
            if _is_repository(path):
                repository = cls(open_guarded(path))
                try:
                    repository.snapshot().check_mark()
                except NotAnArchive:
                    pass
                else:
                    return repository, None
            else:
                repository = cls(pygit2.init_repository(str(path), initial_head="main"))
        act = Act(files={ATTRIBUTES_PATH: ATTRIBUTES}, message="openletter: begin an archive of letters")
        try:
            return repository, repository.record(lambda _: act, committer)
        except Fork as error:
            raise ActRefused(
                "this git repository has a .gitattributes of its own, and an archive needs its fixed one",
                path=str(path),
                hint="make the archive in another folder",
            ) from error

    @property
    def path(self) -> Path:
        """The folder that a person would name: the work tree, or the bare repository itself."""
        return Path(self._git.workdir or self._git.path)

    def snapshot(self) -> Snapshot:
        """The state at the newest commit of the branch that is checked out; raises `NotAnArchive` where none is."""
        with storage(str(self.path)):
            head = self._head()
            if head is None:
                raise NotAnArchive(
                    "this git repository has no commit yet",
                    path=str(self.path),
                    hint="make it an archive with: openletter init FOLDER",
                )
            return self._snapshot_at(head)

    def _snapshot_at(self, head: pygit2.Oid) -> Snapshot:
        # What one act asks again and again is the same commit: its folders are read once.
        if self._seen is None or self._seen.commit != str(head):
            self._seen = Snapshot(GitTree(self._git, head), commit=str(head))
        return self._seen

    # --- writing ---

    def record(self, plan: Callable[[Snapshot | None], Act | None], committer: Committer) -> Recorded | None:
        """Add the files of an act in one commit, all or none; `None` where the plan finds nothing to do.

        `plan` sees the newest state (`None` before the first commit) and says what to add; it is asked again where
        somebody else's commit landed in between. Raises what `plan` raises, `Fork` where a path holds other bytes,
        `StorageError` where writing fails.
        """
        with storage(str(self.path)):
            branch = self._branch()
            for attempt in range(_ATTEMPTS):
                sleep(_PAUSE * attempt)
                head = self._head()
                act = plan(None if head is None else self._snapshot_at(head))
                if act is None:
                    return None
                root = None if head is None else self._git[head].peel(pygit2.Tree)
                blobs = {path: self._git.create_blob(data) for path, data in act.files.items()}
                tree = self._add(root, {tuple(path.split("/")): oid for path, oid in blobs.items()}, "")
                commit = self._git.create_commit(
                    None,
                    _signature(committer.author),
                    _signature(committer.committer),
                    act.message + "\n",
                    tree,
                    [] if head is None else [head],
                )
                if self._move(branch, head, commit, act.message):
                    return self._check_out(str(commit), act.files, blobs)
        raise StorageError(
            "others keep this branch busy, or a lock was left behind by a program that was stopped",
            path=str(self.path),
            hint=f"try again; if nobody else is at work, remove {branch}.lock in the git folder",
        )

    def _branch(self) -> str:
        head = self._git.lookup_reference("HEAD")
        if not isinstance(head.raw_target, bytes):
            raise ActRefused(
                "no branch is checked out here, so nothing can be recorded",
                path=str(self.path),
                hint="check one out, with: git switch main",
            )
        return head.raw_target.decode()

    def _head(self) -> pygit2.Oid | None:
        """The commit that `HEAD` names, through branches alone; `None` where the branch has none yet."""
        name = "HEAD"
        own, common = Path(self._git.path), common_folder(self._git)
        for _ in range(_LINKS):
            file = (own if name == "HEAD" else common) / name
            for folder in Path(name).parents:
                check_folder(common / folder)
            check_file(file, _REFERENCE)
            try:
                target = self._git.lookup_reference(name).raw_target
            except KeyError:
                return None
            if isinstance(target, pygit2.Oid):
                Objects(self._git).check(target, ObjectType.COMMIT, name)
                return target
            name = text_of(target)
            if not name.startswith("refs/") or ".." in name or "\0" in name:
                raise StorageError("it names no branch", path=str(file), hint="check one out, with: git switch main")
        raise StorageError("its branches name each other without end", path=str(own / "HEAD"), hint="take another copy")

    def _move(self, branch: str, before: pygit2.Oid | None, after: pygit2.Oid, message: str) -> bool:
        """Let the branch go from `before` to `after`; false where it no longer stood at `before`."""
        try:
            if before is None:
                self._git.create_reference_direct(branch, after, False, message=message)
            else:
                reference = self._git.lookup_reference(branch)
                if reference.target != before:
                    return False
                # libgit2 compares under the ref's lock with the target that this reference was read with.
                reference.set_target(after, message)
        except (pygit2.AlreadyExistsError, pygit2.GitError) as error:
            # Whoever holds the lock is about to move the branch, or has left it behind: try again, for a while.
            if self._head() == before and "lock" not in str(error):
                raise
            return False
        return True

    def _add(self, tree: pygit2.Tree | None, files: Mapping[tuple[str, ...], pygit2.Oid], path: str) -> pygit2.Oid:
        """Write the trees along the paths, and no others."""
        builder = self._git.TreeBuilder(tree) if tree is not None else self._git.TreeBuilder()
        deeper: dict[str, dict[tuple[str, ...], pygit2.Oid]] = {}
        for (name, *rest), oid in files.items():
            if rest:
                deeper.setdefault(name, {})[tuple(rest)] = oid
                continue
            present = tree[name] if tree is not None and name in tree else None
            if present is not None and (present.id != oid or present.filemode != FileMode.BLOB):
                raise Fork("other bytes are recorded under this name", path=f"{path}{name}")
            builder.insert(name, oid, FileMode.BLOB)
        for name, inner in deeper.items():
            subtree = tree[name] if tree is not None and name in tree else None
            if subtree is not None and not isinstance(subtree, pygit2.Tree):
                raise Fork("a file stands where a folder is due", path=f"{path}{name}")
            builder.insert(name, self._add(subtree, inner, f"{path}{name}/"), FileMode.TREE)
        return builder.write()

    def _check_out(self, commit: str, files: Mapping[str, bytes], blobs: Mapping[str, pygit2.Oid]) -> Recorded:
        """Give the work tree and the index the files added. The act is recorded already: nothing here undoes it."""
        if self._git.is_bare or self._git.workdir is None:
            return Recorded(commit=commit)
        failed: list[str] = []
        reason: str | None = None
        for path, data in files.items():
            try:
                write_new(Path(self._git.workdir), path, data)
            except OSError as error:
                failed.append(path)
                reason = error.strerror or str(error)
        for attempt in range(_ATTEMPTS):
            sleep(_PAUSE * attempt)
            try:
                add_to_index(self._git, blobs)
                break
            except (pygit2.GitError, OSError) as error:
                if "lock" not in str(error) or attempt == _ATTEMPTS - 1:
                    return Recorded(commit=commit, not_checked_out=tuple(files), reason=str(error))
        return Recorded(commit=commit, not_checked_out=tuple(failed), reason=reason)

    # --- history ---

    def arrivals(self, path: str) -> list[Arrival]:
        """The commits that brought files into a folder, oldest first."""
        with storage(path):
            head = self._head()
            if head is None:
                return []
            found: list[Arrival] = []
            self._check_history(head)
            for commit in self._git.walk(head, SortMode.TOPOLOGICAL | SortMode.REVERSE):
                names = self._names(commit, path)
                before = [self._names(parent, path) for parent in self._parents(commit)]
                new = {n: oid for n, oid in names.items() if all(old.get(n) != oid for old in before)}
                if new:
                    found.append(
                        Arrival(
                            commit=str(commit.id),
                            when=_when(commit),
                            committer=text_of(commit.committer.raw_name),
                            names=tuple(sorted(new)),
                        )
                    )
            return found

    def _parents(self, commit: pygit2.Commit) -> Iterator[pygit2.Commit]:
        for oid in commit.parent_ids:
            # The parent of a shallow clone's oldest commit isn't there.
            with suppress(KeyError):
                yield self._git[oid].peel(pygit2.Commit)

    def _names(self, commit: pygit2.Commit, path: str) -> dict[str, pygit2.Oid]:
        objects = Objects(self._git)
        objects.check(commit.tree_id, ObjectType.TREE, "")
        tree: pygit2.Object = commit.tree
        at = ""
        for part in path.split("/"):
            if not isinstance(tree, pygit2.Tree) or part not in tree or tree[part].type != ObjectType.TREE:
                return {}
            at = f"{at}/{part}".lstrip("/")
            objects.check(tree[part].id, ObjectType.TREE, at)
            tree = tree[part]
        return {text_of(entry.raw_name): entry.id for entry in tree} if isinstance(tree, pygit2.Tree) else {}

    def _check_history(self, head: pygit2.Oid) -> None:
        """Look at kind and size of every commit, before git's library reads them all."""
        objects = Objects(self._git)
        seen = {head}
        waiting = [head]
        while waiting:
            oid = waiting.pop()
            try:
                objects.check(oid, ObjectType.COMMIT, f"commit {oid}")
            except KeyError:
                continue  # the parent of a shallow clone's oldest commit isn't there
            parents = set(self._git[oid].peel(pygit2.Commit).parent_ids) - seen
            seen |= parents
            waiting += parents


def configured_identity(path: Path) -> tuple[str | None, str | None]:
    """``user.name`` and ``user.email`` of git's configuration as it holds at `path`, each where it is set."""
    with storage(str(path)):
        found: dict[str, str] = {}
        for config in _configurations(path):
            for key in ("user.name", "user.email"):
                if key in config and (value := config[key]):
                    found[key] = value
        return found.get("user.name"), found.get("user.email")


def _configurations(path: Path) -> Iterator[pygit2.Config]:
    """Git's configurations, the one that has the last word last."""
    if _is_repository(path):
        yield open_guarded(path).config
        return
    for level in (pygit2.Config.get_system_config, pygit2.Config.get_xdg_config, pygit2.Config.get_global_config):
        # A level that isn't there is an error to libgit2.
        with suppress(OSError):
            yield level()


def open_plain(path: Path) -> Snapshot:
    """The state of an archive in a plain folder; raises `NotAnArchive` where the mark is missing."""
    if not path.is_dir():
        raise NotAnArchive("there is no such folder", path=str(path))
    return Snapshot(PlainFolder(path), commit=None)


def locate(start: Path, *, upward: bool) -> tuple[Path, bool]:
    """The archive at `start`, or `upward` around it: its folder, and whether it is a git repository.

    A folder without git counts where it bears the mark of an archive. Raises `NotAnArchive`.
    """
    try:
        start = start.resolve(strict=True)
        found = start.is_dir()
    except (OSError, RuntimeError):
        found = False
    if not found:
        raise NotAnArchive("there is no such folder", path=str(start), hint="check the path")
    folders = (start, *start.parents) if upward else (start,)
    for folder in folders:
        if _is_repository(folder):
            return folder, True
    for folder in folders:
        with suppress(StorageError, Invalid):
            if PlainFolder(folder).read(ATTRIBUTES_PATH, len(ATTRIBUTES)) == ATTRIBUTES:
                return folder, False
    raise NotAnArchive(
        "there is no archive in this folder or above it" if upward else "this folder is no archive",
        path=str(start),
        hint="go into one, name one with openletter --archive PATH, or make one with openletter init FOLDER",
    )


def _is_repository(folder: Path) -> bool:
    if os.path.lexists(folder / ".git"):
        return True
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _when(commit: pygit2.Commit) -> datetime | None:
    """When a commit says it was made; `None` where it says nothing that a calendar has."""
    try:
        return datetime.fromtimestamp(commit.commit_time, timezone(timedelta(minutes=commit.commit_time_offset)))
    except (OverflowError, ValueError, OSError):
        return None


def _signature(identity: Identity) -> pygit2.Signature:
    offset = identity.when.utcoffset() or timedelta(0)
    try:
        return pygit2.Signature(
            identity.name, identity.email, int(identity.when.timestamp()), int(offset.total_seconds() // 60)
        )
    except (pygit2.GitError, ValueError, OverflowError) as error:
        raise InputError(
            f"git can't keep this committer: {identity.name!r} <{identity.email}>, {identity.when}",
            hint="set GIT_AUTHOR_NAME, GIT_COMMITTER_NAME and their dates, or git config user.name, to something usual",
        ) from error

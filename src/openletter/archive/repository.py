"""The git repository of an archive: objects, refs and history.

Reading goes to git objects, never through the work tree, so no link, filter, hook or path trick is followed. Writing
adds: objects first, then one update of the branch that fails if somebody else was faster, then the work tree and the
index, for just the files added (``spec/archive.md``, "Reading" and "Recording").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import sleep
from typing import Final, Self

import pygit2
from pygit2.enums import FileMode, SortMode

from openletter.archive.layout import ATTRIBUTES, ATTRIBUTES_PATH
from openletter.archive.plain import PlainFolder
from openletter.archive.snapshot import FILE, Entry, Snapshot
from openletter.archive.tree import GitTree, storage, text_of
from openletter.archive.worktree import write_new
from openletter.errors import ActRefused, Fork, InputError, NotAnArchive, StorageError

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

    @classmethod
    def open(cls, path: Path) -> Self:
        """The archive whose repository is at `path`, a work tree or a bare one; raises `NotAnArchive`."""
        try:
            repository = pygit2.Repository(str(path))
        except pygit2.GitError as error:
            if "owned by" in str(error) or "owner" in str(error):
                raise StorageError(
                    "git doesn't open a repository that belongs to another user",
                    path=str(path),
                    hint=f"if you trust it to be read: git config --global --add safe.directory {path.resolve()}",
                ) from error
            raise NotAnArchive(
                f"there is no git repository here that can be read ({error})",
                path=str(path),
                hint="make an archive with: openletter init FOLDER",
            ) from error
        return cls(repository)

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
                repository = cls(pygit2.Repository(str(path)))
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
            return Snapshot(GitTree(self._git, head), commit=str(head))

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
                act = plan(None if head is None else Snapshot(GitTree(self._git, head), commit=str(head)))
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
        return None if self._git.head_is_unborn else self._git.head.peel(pygit2.Commit).id

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
                index = self._git.index
                index.read()
                for path, oid in blobs.items():
                    index.add(pygit2.IndexEntry(path, oid, FileMode.BLOB))
                index.write()
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
        tree: pygit2.Object = commit.tree
        for part in path.split("/"):
            if not isinstance(tree, pygit2.Tree) or part not in tree:
                return {}
            tree = tree[part]
        return {text_of(entry.raw_name): entry.id for entry in tree} if isinstance(tree, pygit2.Tree) else {}


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
        yield pygit2.Repository(str(path)).config
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
        source = PlainFolder(folder)
        if any(entry == Entry(name=ATTRIBUTES_PATH, kind=FILE) for entry in source.list("") or ()) and (
            source.size(ATTRIBUTES_PATH) == len(ATTRIBUTES) and source.read(ATTRIBUTES_PATH) == ATTRIBUTES
        ):
            return folder, False
    raise NotAnArchive(
        "there is no archive in this folder or above it" if upward else "this folder is no archive",
        path=str(start),
        hint="go into one, name one with openletter --archive PATH, or make one with openletter init FOLDER",
    )


def _is_repository(folder: Path) -> bool:
    if (folder / ".git").exists():
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

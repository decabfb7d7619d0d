"""Two states beside each other, and the commits behind them (``spec/history.md``, "Comparing").

Everything is read from the bytes of git's objects: no list of a shallow clone's ends and no replacement hides a commit,
and a folder is entered only where two states have another id for it.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

import pygit2
from pygit2.enums import ObjectType

from openletter.archive.history import Link, link_of
from openletter.archive.layout import MAX_SIZES, MAX_STATE, MAX_STATE_ENTRIES
from openletter.archive.objects import Objects
from openletter.archive.plain import PlainFolder
from openletter.archive.snapshot import FILE, FOLDER
from openletter.archive.tree import parse_tree, storage
from openletter.errors import ForeignPath, Invalid, OpenletterError, TooLarge

Held = tuple[str, bytes]
"""What a state holds under a path: its kind, in words, and git's id of it."""

TOPS: Final = ("archive", "keys")
_DEEPEST: Final = 100
"""The most folders that may lie one in another."""
_KEPT_TREES: Final = 256
"""How many folders of one repository are kept in memory."""
_AUTHOR: Final = re.compile(rb"^author [^\n]*$", re.MULTILINE)
_NOTHING: Final[Mapping[str, Held]] = {}


class State(Protocol):
    """The folders of one state. Paths are relative, with slashes, and were built from names that `entries` gave."""

    def entries(self, path: str) -> Mapping[str, Held]:
        """The entries of a folder by name; empty where there is no such folder."""

    def read(self, path: str, most: int) -> bytes:
        """The bytes of a plain file; raises `TooLarge` where it has more than `most`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A path that two states don't hold alike: what each has there, `None` where it has nothing."""

    path: str
    ours: Held | None
    theirs: Held | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The commits that a commit reaches, itself included: their parents by id, and the parents that are not here."""

    parents: Mapping[str, tuple[str, ...]]
    missing: frozenset[str]

    @property
    def complete(self) -> bool:
        """Is every parent of every commit here?"""
        return not self.missing

    @property
    def roots(self) -> frozenset[str]:
        """The commits without parents."""
        return frozenset(commit for commit, parents in self.parents.items() if not parents)


class Commits:
    """The history of a repository from its newest commit, `head`, back."""

    def __init__(self, repository: pygit2.Repository, head: str) -> None:
        self._repository = repository
        self._objects = Objects(repository)
        self._trees: dict[bytes, Mapping[str, Held]] = {}
        self._authors: dict[str, bytes | None] = {}
        self.head = head

    def at(self, commit: str) -> Commits:
        """The history from an older commit back."""
        older = Commits(self._repository, commit)
        older._trees = self._trees
        return older

    def link(self, commit: str) -> Link:
        """One commit; raises `StorageError` where it isn't here, `ForeignPath` for what is none."""
        with storage(f"commit {commit}"):
            return link_of(self._objects, commit)

    def author(self, commit: str) -> bytes | None:
        """The line of a commit that names its author, with the second, as it stands."""
        if commit not in self._authors:
            with storage(f"commit {commit}"):
                data = self._objects.read(pygit2.Oid(hex=commit), ObjectType.COMMIT, f"commit {commit}")
            found = _AUTHOR.search(data.partition(b"\n\n")[0])
            self._authors[commit] = None if found is None else found[0]
        return self._authors[commit]

    @cached_property
    def reach(self) -> Reach:
        """All commits that `head` reaches."""
        return self.reach_from(self.head)

    def reach_from(self, start: str, known: Container[str] = (), most: int | None = None) -> Reach:
        """The commits that `start` reaches, itself first; those that are `known` are not entered and not told.

        Raises `TooLarge` where there are more than `most`.
        """
        parents: dict[str, tuple[str, ...]] = {}
        missing: set[str] = set()
        seen = {start}
        # Level by level: a line that goes on below what is known is not followed far.
        waiting = deque([start])
        while waiting:
            oid = waiting.popleft()
            if oid in known:
                continue
            with storage(f"commit {oid}"):
                try:
                    found = link_of(self._objects, oid)
                except KeyError:
                    missing.add(oid)
                    continue
            parents[oid] = found.parents
            if most is not None and len(parents) > most:
                raise TooLarge(f"more than {most} commits, and no more are looked at", path=f"commit {start}")
            new = [parent for parent in dict.fromkeys(found.parents) if parent not in seen]
            seen.update(new)
            waiting.extend(new)
        return Reach(parents=parents, missing=frozenset(missing))

    def has(self, commit: str) -> bool:
        """Is this commit in the repository, reached or not?"""
        with storage(f"commit {commit}"):
            try:
                link_of(self._objects, commit)
            except KeyError:
                return False
            return True

    def state(self, commit: str) -> GitState:
        """The state at a commit."""
        return GitState(self, self.link(commit).tree)

    def folder(self, oid: bytes, path: str) -> Mapping[str, Held]:
        """The entries of a folder, by its id. Folders that stay the same from commit to commit are read once."""
        found = self._trees.pop(oid, None)
        if found is None:
            with storage(path):
                found = parse_tree(self._objects.read(pygit2.Oid(raw=oid), ObjectType.TREE, path), path)
        self._trees[oid] = found
        if len(self._trees) > _KEPT_TREES:
            del self._trees[next(iter(self._trees))]
        return found

    def blob(self, oid: bytes, path: str, most: int) -> bytes:
        """The bytes of a file, by its id; raises `TooLarge` where it has more than `most`."""
        with storage(path):
            if (size := self._objects.size(pygit2.Oid(raw=oid))) > most:
                raise TooLarge(f"{size} bytes, and at most {most} are allowed", path=path)
            return self._objects.read(pygit2.Oid(raw=oid), ObjectType.BLOB, path)

    # --- who brought what ---

    def brought(self, commit: str) -> Iterator[tuple[str, Held]]:
        """What a commit holds and none of its parents holds so; nothing where a parent is missing."""
        parents = self.link(commit).parents
        if any(self._is_missing(parent) for parent in parents):
            return
        state = self.state(commit)
        before = [self.state(parent) for parent in parents]
        for found in differences(state, before[0] if before else NOTHING):
            if found.ours is not None and not any(holds(other, found.path, found.ours) for other in before[1:]):
                yield found.path, found.ours

    def bringers(self, wanted: Mapping[str, Held]) -> dict[str, str]:
        """For each path that `head` holds so, a commit that brought it: one whose parents don't hold it so."""
        found: dict[str, str] = {}
        waiting = {self.head: list(wanted)}
        while waiting:
            commit, paths = waiting.popitem()
            left = paths
            for parent in self.link(commit).parents:
                if not left or self._is_missing(parent):
                    continue
                state = self.state(parent)
                there = [path for path in left if holds(state, path, wanted[path])]
                if there:
                    waiting.setdefault(parent, []).extend(there)
                    left = [path for path in left if path not in there]
            found |= dict.fromkeys(left, commit)
        return found

    def removers(self, wanted: Mapping[str, Held], commits: Iterable[str]) -> dict[str, str]:
        """For each path, where there is one, a commit of these that doesn't hold it so though a parent of it did."""
        found: dict[str, str] = {}
        for commit in commits:
            if len(found) == len(wanted):
                break
            state = self.state(commit)
            gone = [path for path, held in wanted.items() if path not in found and not holds(state, path, held)]
            before = [self.state(p) for p in self.link(commit).parents if not self._is_missing(p)] if gone else []
            found |= {path: commit for path in gone if any(holds(other, path, wanted[path]) for other in before)}
        return found

    def _is_missing(self, commit: str) -> bool:
        return commit in self.reach.missing


class GitState:
    """A `State` of a git repository."""

    def __init__(self, commits: Commits, root: str) -> None:
        self._commits = commits
        self._root = bytes.fromhex(root)

    def entries(self, path: str) -> Mapping[str, Held]:
        oid = self._root
        at = ""
        for part in path.split("/") if path else ():
            kind, oid = self._commits.folder(oid, at).get(part, ("", b""))
            at = f"{at}/{part}" if at else part
            if kind != FOLDER:
                return _NOTHING
        return self._commits.folder(oid, path)

    def read(self, path: str, most: int) -> bytes:
        parent, _, name = path.rpartition("/")
        return self._commits.blob(self.entries(parent)[name][1], path, most)


class FolderState:
    """A `State` of a plain folder: its files are read, and get the ids that git gives to their bytes.

    The folders in it get an id that no other state has, so that they are entered.
    """

    def __init__(self, root: Path) -> None:
        self._source = PlainFolder(root)
        self._read = 0
        self._unlike = f"folder of {id(self)}".encode()

    def entries(self, path: str) -> Mapping[str, Held]:
        found: dict[str, Held] = {}
        for entry in self._source.list(path) or ():
            where = f"{path}/{entry.name}" if path else entry.name
            if entry.kind == FILE and path:
                data = self.read(where, MAX_SIZES.get(where[where.rfind(".") :], 1 << 20))
                self._read += len(data)
                if self._read > MAX_STATE:
                    raise TooLarge(f"the files of an archive may have {MAX_STATE} bytes together", path=where)
                # git's id of a file; what is said of SHA-1 is said in the spec.
                oid = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).digest()
                found[entry.name] = (entry.kind, oid)
            else:
                found[entry.name] = (entry.kind, self._unlike)
        return found

    def read(self, path: str, most: int) -> bytes:
        return self._source.read(path, most)

    def tree_id(self) -> str:
        """The SHA-256 tree id of ``archive`` and ``keys``, in hex; raises `ForeignPath` where something has none."""
        entries = self.entries("")
        return _sha256(b"tree", b"".join(self._tree_entry(top) for top in TOPS if top in entries)).hex()

    def _tree_entry(self, path: str) -> bytes:
        """The entry of a folder in the tree above it; nothing for an empty one, which git doesn't keep."""
        _check_depth(path)
        body = b""
        # Git sorts a folder as if its name ended in a slash.
        for name, (kind, _) in sorted(
            self.entries(path).items(), key=lambda e: (e[0] + "/" * (e[1][0] == FOLDER)).encode()
        ):
            where = f"{path}/{name}"
            if kind == FOLDER:
                body += self._tree_entry(where)
            elif kind == FILE:
                body += b"100644 " + name.encode() + b"\0" + _sha256(b"blob", self.read(where, 1 << 20))
            else:
                raise ForeignPath(f"{kind} has no SHA-256 id here", path=where)
        return b"40000 " + path.rpartition("/")[2].encode() + b"\0" + _sha256(b"tree", body) if body else b""


def _sha256(kind: bytes, data: bytes) -> bytes:
    return hashlib.sha256(b"%s %d\0" % (kind, len(data)) + data).digest()


def _check_depth(path: str) -> None:
    if path.count("/") >= _DEEPEST:
        raise TooLarge(f"more than {_DEEPEST} folders lie one in another", path=path.partition("/")[0])


class _Nothing:
    """The state before the first commit."""

    def entries(self, path: str) -> Mapping[str, Held]:  # noqa: ARG002  # as every state
        return _NOTHING

    def read(self, path: str, most: int) -> bytes:  # noqa: ARG002
        raise ForeignPath("there is nothing before the first commit", path=path)


NOTHING: Final = _Nothing()


def holds(state: State, path: str, held: Held) -> bool:
    """Does a state hold just this under a path?"""
    parent, _, name = path.rpartition("/")
    return state.entries(parent).get(name) == held


def differences(ours: State, theirs: State) -> Iterator[Difference]:
    """The paths under ``archive`` and ``keys`` that two states don't hold alike, folder by folder, sorted by name."""
    return _Walk().walk(ours, theirs)


def losses(ours: State, theirs: State) -> Iterator[Difference]:
    """The same, of those alone that the other holds: what one has lost, or holds otherwise.

    What only `ours` holds isn't looked into, and a folder of it that can't be read is a difference: so nobody hides a
    loss behind rubbish.
    """
    return _Walk(losses=True).walk(ours, theirs)


class _Walk:
    """Counts what is listed: one small folder can stand in a million places."""

    def __init__(self, *, losses: bool = False) -> None:
        self._listed = 0
        self._losses = losses

    def walk(self, ours: State, theirs: State) -> Iterator[Difference]:
        mine, yours = ours.entries(""), theirs.entries("")
        for top in TOPS:
            yield from self._entry(ours, theirs, top, mine.get(top), yours.get(top))

    def _folder(self, ours: State, theirs: State, whole: Difference) -> Iterator[Difference]:
        path = whole.path
        yours = theirs.entries(path)
        try:
            mine = ours.entries(path)
        except Invalid:
            if not self._losses:
                raise
            yield whole
            return
        self._listed += len(yours) if self._losses else len(mine) + len(yours)
        if self._listed > 2 * MAX_STATE_ENTRIES:
            raise TooLarge(f"the folders of an archive may have {MAX_STATE_ENTRIES} entries together", path=path)
        for name in sorted({name for name, _ in mine.items() ^ yours.items()}):
            yield from self._entry(ours, theirs, f"{path}/{name}", mine.get(name), yours.get(name))

    def _entry(
        self, ours: State, theirs: State, path: str, mine: Held | None, yours: Held | None
    ) -> Iterator[Difference]:
        if mine == yours or (self._losses and yours is None):
            return
        if {held[0] for held in (mine, yours) if held is not None} == {FOLDER}:
            _check_depth(path)
            yield from self._folder(ours, theirs, Difference(path=path, ours=mine, theirs=yours))
        else:
            yield Difference(path=path, ours=mine, theirs=yours)


def digest_of(state: State, path: str) -> str | None:
    """The SHA-256 of a plain file, ``sha256:`` and 64 hex digits; `None` where it is none, or too large to be read."""
    try:
        data = state.read(path, MAX_SIZES.get(path[path.rfind(".") :], 1 << 20))
    except (OpenletterError, KeyError):
        return None
    return "sha256:" + hashlib.sha256(data).hexdigest()

"""A history walked: each commit compared with every one of its parents (``spec/history.md``, "Audit").

The walk finds what was changed or removed, and what came in; whether what came in was valid is asked above. It
goes from `HEAD` backwards and keeps the ids of the commits that it has met, and the trees that it read last.
"""

from __future__ import annotations

import hashlib
import re
from binascii import unhexlify
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import pygit2
from pygit2.enums import ObjectType, SortMode

from openletter.archive.difference import Entry, Tree, differing
from openletter.archive.guard import check_file, common_folder
from openletter.archive.layout import (
    ATTRIBUTES,
    ATTRIBUTES_PATH,
    CHECKPOINTS,
    MAX_COMMIT,
    MAX_SIZES,
    MAX_STATE_ENTRIES,
    MAX_TREE,
    YEAR,
)
from openletter.archive.packed import Packed
from openletter.archive.snapshot import FILE, FOLDER, mistaken_for
from openletter.archive.tree import storage
from openletter.errors import AttributesChanged, ForeignPath, Fork, HistoryError, IdError, Invalid, TooLarge
from openletter.records.names import parse_letter_id, parse_organization_id

_COMMIT: Final = re.compile(
    rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)author [^\n]*\n"
    rb"(?:committer [^\n]*> (-?[0-9]{1,18}) [+-][0-9]{4}\n)?"
)
_PARENT: Final = len("parent \n") + 40
_MARK: Final = (FILE, hashlib.sha1(b"blob %d\0" % len(ATTRIBUTES) + ATTRIBUTES, usedforsecurity=False).digest())
_TOPS: Final = ("archive", "keys")
_KEPT: Final = 1 << 23
"""How many bytes of trees are kept, at least two trees in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """What lies under a path: its kind, "a file" or in other words, and its id in hex."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Something false that a commit did, at the path that `error` names: what was there by its parents, and what is."""

    commit: str
    error: Invalid
    before: tuple[There, ...] = ()
    after: There | None = None


class Arrived:
    """Files that a commit brought into one folder; others lie beside them."""

    def __init__(self, objects: Packed, tree: Tree, commit: str, folder: str, names: Sequence[str]) -> None:
        self._objects = objects
        self._tree = tree
        self.commit = commit
        self.folder = folder
        self.names = names

    def read(self, name: str) -> bytes | None:
        """The bytes of a file of the folder as it is at this commit; `None` where there is none.

        Raises `TooLarge`, `ForeignPath` for what is no file, `StorageError`.
        """
        entry = self._tree.get(name)
        if entry is None or entry[0] != FILE:
            return None
        path = f"{self.folder}/{name}"
        with storage(path):
            return self._objects.read(entry[1], ObjectType.BLOB, path, MAX_SIZES[name[name.rindex(".") :]])

    def listing(self) -> Iterable[str]:
        """The names of all plain files of the folder at this commit."""
        return (name for name, (kind, _) in self._tree.entries().items() if kind == FILE)


class _Commit(NamedTuple):
    """A commit, by the ids of 20 bytes, and the seconds since 1970 that it claims."""

    tree: bytes
    parents: list[bytes]
    time: int | None


class History:
    """The history of a commit, without what another one reaches; iterate to walk it, once.

    While it is walked, `commits` counts them, `roots` those without parents, `merges` those with several, and `cut`
    those whose parents a shallow clone lacks; `first` and `last` are the earliest and the latest time that one claims,
    in seconds since 1970. `met` says whether the walk came to the commit that was left out.
    """

    def __init__(self, repository: pygit2.Repository, head: pygit2.Oid, since: pygit2.Oid | None) -> None:
        self._repository = repository
        self._objects = Packed(repository)
        self._shallow = common_folder(repository) / "shallow"
        self._cut: frozenset[bytes] | None = None
        self._trees: OrderedDict[bytes, Tree] = OrderedDict()  # the first goes when there are too many
        self._size = 0
        self._looked = 0
        self._head = head.raw
        self._since = since.raw if since is not None else None
        self.commits = self.roots = self.merges = self.cut = 0
        self.first: int | None = None
        self.last: int | None = None
        self.met = False

    @property
    def head(self) -> str:
        """The commit that is walked from, in hex."""
        return self._head.hex()

    @property
    def since(self) -> str | None:
        """The commit that is left out, in hex."""
        return None if self._since is None else self._since.hex()

    def __iter__(self) -> Iterator[Wrong | Arrived]:
        with storage(""):
            seen = self._before(self._since)
            self.met = self._since in (None, self._head)
            head = self._head
            waiting = [] if head in seen else [head]
            met: dict[bytes, _Commit] = {}
            seen.update(waiting)
            while waiting:
                oid = waiting.pop()
                name = oid.hex()
                try:
                    commit = met.pop(oid) if oid in met else self._commit(oid)
                except Invalid as error:
                    yield Wrong(commit=name, error=error.at(path=""))
                    continue
                self._count(commit)
                known: list[_Commit] = []
                whole, cut = True, False
                for parent in dict.fromkeys(commit.parents):
                    self.met |= parent == self._since
                    try:
                        found = met.get(parent) or self._commit(parent)
                    except Invalid as error:
                        yield Wrong(commit=name, error=_unread(error, parent))
                        whole = False
                        continue
                    except KeyError:
                        if oid not in self._boundary():
                            raise
                        whole, cut = False, True
                        continue
                    known.append(found)
                    if parent not in seen:
                        seen.add(parent)
                        met[parent] = found
                        waiting.append(parent)
                self.cut += cut
                yield from self._compare(name, commit, known, whole=whole)

    def places(self) -> Mapping[str, int]:
        """The place of each commit, by its id in hex, in the order of `Repository.arrivals`; ask after the walk."""
        with storage(""):
            ordered = self._repository.walk(pygit2.Oid(raw=self._head), SortMode.TOPOLOGICAL | SortMode.REVERSE)
            return {str(commit.id): place for place, commit in enumerate(ordered)}

    # --- commits ---

    def _count(self, commit: _Commit) -> None:
        self.commits += 1
        self.roots += not commit.parents
        self.merges += len(commit.parents) > 1
        if commit.time is not None:
            self.first = commit.time if self.first is None else min(self.first, commit.time)
            self.last = commit.time if self.last is None else max(self.last, commit.time)

    def _commit(self, oid: bytes) -> _Commit:
        data = self._objects.read(oid, ObjectType.COMMIT, "", MAX_COMMIT)
        found = _COMMIT.match(data)
        if found is None:
            raise HistoryError("the bytes of this commit are not those of a git commit")
        tree, parents, time = found.groups()
        ids = [unhexlify(parents[at : at + 40]) for at in range(len("parent "), len(parents), _PARENT)]
        return _Commit(unhexlify(tree), ids, None if time is None else int(time))

    def _before(self, since: bytes | None) -> set[bytes]:
        """The commit that is left out, and all that it reaches, as far as they are here and can be read."""
        seen: set[bytes] = set()
        waiting = [] if since is None else [since]
        while waiting:
            oid = waiting.pop()
            if oid not in seen:
                seen.add(oid)
                with suppress(Invalid, KeyError):
                    waiting += self._commit(oid).parents
        return seen

    def _boundary(self) -> frozenset[bytes]:
        """The commits whose parents were left out when a shallow clone was made."""
        if self._cut is None:
            lines = self._shallow.read_bytes().split() if check_file(self._shallow, 1 << 26) else []
            self._cut = frozenset(bytes.fromhex(line.decode()) for line in lines if len(line) == 40)
        return self._cut

    # --- trees ---

    def _compare(
        self, name: str, commit: _Commit, parents: Sequence[_Commit], *, whole: bool
    ) -> Iterator[Wrong | Arrived]:
        """What a commit did; where not all its parents are `whole`ly known, nothing is said to have come in."""
        self._looked = 0
        try:
            trees = [parent.tree for parent in parents]
            if trees and all(tree == commit.tree for tree in trees):
                return
            if len(trees) == 1 and whole and (usual := self._usual(name, commit.tree, trees[0])) is not None:
                yield usual
                return
            for found in self._folder(name, "", commit.tree, trees):
                if whole or isinstance(found, Wrong):
                    yield found
        except TooLarge as error:
            yield Wrong(commit=name, error=error)

    def _usual(self, commit: str, now: bytes, before: bytes) -> Arrived | None:
        """What came in, where it is files in one folder and nothing else is different: all that a commit does, mostly.

        It says what `_folder` would say; `None` stands for anything else, which `_folder` looks at.
        """
        path = ""
        try:
            while True:
                tree = self._tree(now, path)
                gone, come = self._difference(tree, now, before, path)
                name = next(iter(come), "")
                kind, now = come.get(name, ("", b""))
                if len(come) == 1 and kind == FOLDER and _admits(path, name):
                    path = f"{path}/{name}" if path else name
                    if len(gone) == 1 and gone.get(name, ("", b""))[0] == FOLDER:
                        before = gone[name][1]
                        continue
                    if gone:
                        return None
                    # The folder is new. The first letter and the first key are looked at closely.
                    tree = self._tree(now, path)
                    come = tree.entries() if "/" in path else {}
                if gone or not come or not _holds_files(path) or any(kind != FILE for kind, _ in come.values()):
                    return None
                return Arrived(self._objects, tree, commit, path, sorted(come))
        except Invalid:
            return None

    def _folder(
        self, commit: str, path: str, now: bytes | None, was: Sequence[bytes | None]
    ) -> Iterator[Wrong | Arrived]:
        """Compare a folder, by the ids of its trees, with the one of each parent; `None` stands for no folder."""
        try:
            tree = self._tree(now, path) if now is not None else _EMPTY
            differences = self._differences(tree, now, was, path)
        except Invalid as error:
            yield Wrong(commit=commit, error=error.at(path=path))
            return
        names: set[str] = set()
        names.update(*(new for _, new in differences), *(old for old, _ in differences))
        self._looked += len(names)
        if self._looked > MAX_STATE_ENTRIES:
            raise TooLarge(f"a commit that touches more than {MAX_STATE_ENTRIES} entries is not read on", path=path)
        arrived: list[str] = []
        for name in sorted(names):
            after = next((new[name] for _, new in differences if name in new), None)
            # What is in neither answer is the same in both trees.
            before = [old.get(name) if name in old or name in new else after for old, new in differences] if was else ()
            if not path and name not in _TOPS:
                if (wrong := _top(name, after, before)) is not None:
                    yield _wrong(commit, wrong, after, before)
                continue
            if _admits(path, name) and any(entry is not None and entry[0] == FOLDER for entry in (after, *before)):
                where = f"{path}/{name}" if path else name
                inner, outer = _below(after), [_below(entry) for entry in before]
                # Where one parent has just this folder, and no other has another, there is nothing to find in it.
                if inner not in outer or any(entry is not None and entry != inner for entry in outer):
                    yield from self._folder(commit, where, inner, outer)
                after, before = _beside(after), [_beside(entry) for entry in before]
            if not any(before):
                if after is None:
                    continue
                if after[0] == FILE and _holds_files(path):
                    arrived.append(name)
                else:
                    yield _wrong(commit, _stranger(path, name, after[0]), after, before)
            elif (changed := _changed(f"{path}/{name}" if path else name, after, before)) is not None:
                yield _wrong(commit, changed, after, before)
        if not path and (unmarked := self._unmarked(tree, was)) is not None:
            yield Wrong(commit=commit, error=unmarked)
        if arrived:
            yield Arrived(self._objects, tree, commit, path, arrived)

    def _unmarked(self, root: Tree, was: Sequence[bytes | None]) -> Invalid | None:
        """What is wrong where letters or keys come into a history that had none, and the mark is not there."""
        if root.get(ATTRIBUTES_PATH) == _MARK or not any(map(root.get, _TOPS)):
            return None
        if any(any(map(self._tree(before, "").get, _TOPS)) for before in was if before is not None):
            return None
        return AttributesChanged("letters or keys came in without this file as it is fixed", path=ATTRIBUTES_PATH)

    def _differences(
        self, tree: Tree, now: bytes | None, was: Sequence[bytes | None], path: str
    ) -> list[tuple[Mapping[str, Entry], Mapping[str, Entry]]]:
        """For each parent, the entries that only it has, and those that only the commit has."""
        if not was:
            return [({}, tree.entries())]
        found: list[tuple[Mapping[str, Entry], Mapping[str, Entry]]] = []
        for before in was:
            if before == now:
                found.append(({}, {}))
            elif before is None:
                found.append(({}, tree.entries()))
            elif now is None:
                found.append((self._tree(before, path).entries(), {}))
            else:
                found.append(self._difference(tree, now, before, path))
        return found

    def _difference(
        self, tree: Tree, now: bytes, before: bytes, path: str
    ) -> tuple[Mapping[str, Entry], Mapping[str, Entry]]:
        """The entries that only the tree of id `before` has, and those that only `tree` has, whose id is `now`."""
        known = self._trees.get(before)
        # The walk goes backwards: the commit's own tree is the one that is known.
        other, new, old = differing(tree, known.data if known is not None else self._read(before, path), path)
        if known is None:
            # Where the history is a line, the newer one is not asked for again.
            if self._trees.pop(now, None) is not None:
                self._size -= len(tree.data)
            self._keep(before, other)
        return old, new

    def _read(self, oid: bytes, path: str) -> bytes:
        return self._objects.read(oid, ObjectType.TREE, path, MAX_TREE)

    def _tree(self, oid: bytes, path: str) -> Tree:
        found = self._trees.get(oid)
        if found is None:
            found = Tree(self._read(oid, path), path)
            self._keep(oid, found)
        else:
            self._trees.move_to_end(oid)
        return found

    def _keep(self, oid: bytes, tree: Tree) -> None:
        self._trees[oid] = tree
        self._size += len(tree.data)
        while self._size > _KEPT and len(self._trees) > 4:
            self._size -= len(self._trees.popitem(last=False)[1].data)


_EMPTY: Final = Tree(b"", "")


# --- entries ---


def _below(entry: Entry | None) -> bytes | None:
    """The id of a folder."""
    return entry[1] if entry is not None and entry[0] == FOLDER else None


def _beside(entry: Entry | None) -> Entry | None:
    """What is no folder."""
    return entry if entry is not None and entry[0] != FOLDER else None


@lru_cache(maxsize=1024)
def _admits(path: str, name: str) -> bool:
    """Does the grammar of names have a folder of this name in that folder?"""
    top, _, inner = path.partition("/")
    if not inner:
        if not top:
            return name in _TOPS
        return _is_organization(name) if top == "keys" else YEAR.fullmatch(name) is not None or name == CHECKPOINTS
    if top == "keys" or "/" in inner:
        return False
    if inner == CHECKPOINTS:
        return _is_organization(name)
    try:
        return bool(parse_letter_id(f"{inner}/{name}"))
    except IdError:
        return False


def _is_organization(name: str) -> bool:
    try:
        return bool(parse_organization_id(name))
    except IdError:
        return False


def _holds_files(path: str) -> bool:
    """Is this a folder of a letter, of key records or of checkpoints?"""
    return path.startswith("keys/") or path.count("/") == 2


def _stranger(path: str, name: str, kind: str) -> Invalid:
    """What is wrong with an entry that has no place where it came in."""
    where = f"{path}/{name}" if path else name
    if _holds_files(path):
        return ForeignPath(f"{kind} stands where a plain file is due", path=where)
    return ForeignPath(f"{kind} has no place here", path=where)


def _changed(path: str, after: Entry | None, before: Sequence[Entry | None]) -> Invalid | None:
    """What is wrong where something was there: it must be there as it was."""
    contents = {entry for entry in before if entry is not None}
    if contents == {after}:
        return None
    if after is None:
        return HistoryError("this was here before, and was removed", path=path)
    if len(contents) > 1:
        return Fork("the sides that are merged here have different contents for this path", path=path)
    return HistoryError("this was changed, and nothing in an archive ever is", path=path)


def _top(name: str, after: Entry | None, before: Sequence[Entry | None]) -> Invalid | None:
    """What is wrong with an entry beside the two folders."""
    if name == ATTRIBUTES_PATH:
        if _MARK in before and after != _MARK:
            return AttributesChanged(
                "this file is fixed, and it was removed" if after is None else "this file is fixed, and it was changed",
                path=name,
            )
        return None
    place = mistaken_for(name)
    if after is not None and not any(before) and place is not None:
        return ForeignPath(f"some file systems can't tell this name from {place}", path=name)
    return None


def _wrong(commit: str, error: Invalid, after: Entry | None, before: Sequence[Entry | None]) -> Wrong:
    there = [There(kind=kind, id=raw.hex()) for kind, raw in dict.fromkeys(filter(None, before))]
    return Wrong(
        commit=commit,
        error=error,
        before=tuple(there),
        after=There(kind=after[0], id=after[1].hex()) if after is not None else None,
    )


def _unread(error: Invalid, parent: bytes) -> Invalid:
    """A parent that is no commit, or none that can be read."""
    return HistoryError(
        f"what came before it, {parent.hex()[:12]}, can't be read as a commit: {error.message}", path=""
    )

"""Git trees, read from their bytes, and the failures of git and the file system as ours (``spec/archive.md``)."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pygit2
from pygit2.enums import ObjectType

from openletter.archive.layout import MAX_ENTRIES
from openletter.archive.objects import Objects
from openletter.archive.snapshot import FILE, FOLDER, Entry
from openletter.errors import ForeignPath, OpenletterError, StorageError, TooLarge

# Modes as they stand in a tree's bytes; what else stands there is no mode that git writes.
_KINDS: Final = {
    b"100644": FILE,
    b"40000": FOLDER,
    b"100755": "an executable file",
    b"120000": "a symbolic link",
    b"160000": "a submodule",
}
_ID_BYTES: Final = 20
_USUAL: Final = re.compile(rb"([0-7]{5,6}) ([^\0]{1,255})\0(.{20})", re.DOTALL)
_HINTS: Final = {
    errno.ENOSPC: "free some space on this disk and try again",
    errno.EDQUOT: "you have used up your share of this disk: free some space and try again",
    errno.EFBIG: "a file may not become so large here: raise the limit (ulimit -f) and try again",
    errno.EROFS: "this file system is read-only: work on a copy, such as a clone",
    errno.EACCES: "you have no right to do that here: ask its owner, or work in a clone of your own",
    errno.EPERM: "you have no right to do that here: ask its owner, or work in a clone of your own",
    errno.EWOULDBLOCK: "try again when it is done",
}
_DEEPEST: Final = 3
"""How many folders lie between the root and the deepest folder that holds records, and that folder."""
_REMEMBERED: Final = 6
"""How many folders are kept in memory: the ones from the root to a letter, and one more."""


class GitTree:
    """A `Source` over a git tree, read from its bytes: libgit2 would mend what is malformed, and hide it so."""

    def __init__(self, repository: pygit2.Repository, commit: pygit2.Oid) -> None:
        self._objects = Objects(repository)
        self._objects.check(commit, ObjectType.COMMIT, "HEAD")
        self._root = repository[commit].peel(pygit2.Commit).tree_id
        self._folders: dict[str, dict[str, tuple[str, bytes]] | None] = {}

    def list(self, path: str) -> list[Entry] | None:
        with storage(path):
            found = self._entries(path)
            return None if found is None else [Entry(name=name, kind=kind) for name, (kind, _) in sorted(found.items())]

    def size(self, path: str) -> int:
        with storage(path):
            return self._objects.size(self._id(path))

    def read(self, path: str, most: int) -> bytes:
        with storage(path):
            oid = self._id(path)
            if (size := self._objects.size(oid)) > most:
                raise TooLarge(f"{size} bytes, and at most {most} are allowed", path=path)
            return self._objects.read(oid, ObjectType.BLOB, path)

    def state(self, path: str) -> str | None:
        """The id of a folder in hex; `None` where there is none."""
        parent, _, name = path.rpartition("/")
        with storage(path):
            kind, raw = (self._entries(parent) or {}).get(name, ("", b""))
        return raw.hex() if kind == FOLDER else None

    def added(self, before: GitTree | None, path: str = "") -> Iterator[tuple[str, pygit2.Oid]]:
        """The plain files that are here and were not `before`; no folder of the same id is entered, and no deep one."""
        with storage(path):
            ours = self._entries(path) or {}
            theirs = (before._entries(path) or {}) if before is not None else {}
            for name, (kind, raw) in sorted(ours.items()):
                where = f"{path}/{name}" if path else name
                if theirs.get(name) == (kind, raw):
                    continue
                if kind == FOLDER and where.count("/") < _DEEPEST:
                    yield from self.added(before, where)
                elif kind == FILE and name not in theirs:
                    yield where, pygit2.Oid(raw=raw)

    def holds(self, path: str, oid: pygit2.Oid) -> bool:
        """Is there a plain file of this id?"""
        return self.file(path) == oid

    def file(self, path: str) -> pygit2.Oid | None:
        """The id of a plain file; `None` where there is none."""
        parent, _, name = path.rpartition("/")
        with storage(path):
            kind, raw = (self._entries(parent) or {}).get(name, ("", b""))
        return pygit2.Oid(raw=raw) if kind == FILE else None

    def folder(self, path: str) -> bytes | None:
        """The id of a folder; `None` where nothing stands there, `ForeignPath` where something else does."""
        parent, _, name = path.rpartition("/")
        with storage(path):
            kind, raw = (self._entries(parent) or {}).get(name, (None, None))
        if kind not in {FOLDER, None}:
            raise ForeignPath(f"{kind} stands where a folder is due", path=path)
        return raw

    def _entries(self, path: str) -> dict[str, tuple[str, bytes]] | None:
        if path in self._folders:
            found = self._folders.pop(path)
        else:
            oid: pygit2.Oid | None = self._root
            if path:
                parent, _, name = path.rpartition("/")
                kind, raw = (self._entries(parent) or {}).get(name, ("", b""))
                oid = pygit2.Oid(raw=raw) if kind == FOLDER else None
            found = None if oid is None else self._parse(oid, path)
        # The one that was used last stands last, and the first goes.
        self._folders[path] = found
        if len(self._folders) > _REMEMBERED:
            del self._folders[next(iter(self._folders))]
        return found

    def _parse(self, oid: pygit2.Oid, path: str) -> dict[str, tuple[str, bytes]]:
        return parse_tree(self._objects.read(oid, ObjectType.TREE, path), path)

    def _id(self, path: str) -> pygit2.Oid:
        parent, _, name = path.rpartition("/")
        return pygit2.Oid(raw=(self._entries(parent) or {})[name][1])


def parse_tree(data: bytes, path: str) -> dict[str, tuple[str, bytes]]:
    """The entries of a tree by name: kind and id.

    What git would not have written so gets a kind that says what is wrong. Raises `ForeignPath` for bytes that are no
    tree's, `TooLarge` for too many entries.
    """
    if (usual := usual_entries(data)) is not None:
        return usual
    entries: dict[str, tuple[str, bytes]] = {}
    latest = b""
    position = 0
    while position < len(data):
        if len(entries) == MAX_ENTRIES:
            raise TooLarge(f"more than {MAX_ENTRIES} entries, and no folder may have more", path=path)
        space = data.find(b" ", position)
        zero = data.find(b"\0", space)
        mode, raw = data[position:space], data[space + 1 : zero]
        position = zero + 1 + _ID_BYTES
        if space < 0 or zero < 0 or position > len(data):
            raise ForeignPath("the bytes of this folder are not those of a git tree", path=path)
        name = text_of(raw)
        what = kind_of(mode)
        # Git sorts a folder as if its name ended in a slash; two entries never compare as equal.
        place = raw + b"/" if mode == b"40000" else raw
        if name in entries:
            what = "one of two entries of one name"
        elif place <= latest:
            what = "an entry out of git's order"
        latest = max(latest, place)
        entries[name] = (what, data[zero + 1 : position])
    return entries


def usual_entries(data: bytes) -> dict[str, tuple[str, bytes]] | None:
    """The entries of a tree as git writes it, all at once; `None` where anything is unusual, to be looked at closely.

    A year has a thousand entries, and every act reads one: this takes a third of the time.
    """
    found = _USUAL.findall(data)
    if len(found) > MAX_ENTRIES:
        return None
    if sum(len(mode) + len(raw) for mode, raw, _ in found) + (2 + _ID_BYTES) * len(found) != len(data):
        return None
    places = [raw + b"/" if mode == b"40000" else raw for mode, raw, _ in found]
    entries = {text_of(raw): (kind_of(mode), oid) for mode, raw, oid in found}
    if len(entries) != len(found) or not all(map(bytes.__lt__, places, places[1:])):
        return None
    return entries


def kind_of(mode: bytes) -> str:
    """The kind of an entry in words, from its mode."""
    return _KINDS.get(mode) or f"an entry of mode {text_of(mode)[:20]}"


@contextmanager
def storage(path: str) -> Iterator[None]:
    """Turn what git and the file system raise into `StorageError`."""
    try:
        yield
    except OpenletterError:
        raise
    except OSError as error:
        message = f"the storage failed: {error.strerror or error}"
        where = error.filename if isinstance(error.filename, str) else path
        raise StorageError(message, path=where, hint=_HINTS.get(error.errno or 0) or _hint(error)) from error
    except MemoryError as error:
        hint = "the archive may be hostile: take another copy, with: git clone"
        raise StorageError("git makes more of this than the memory holds", path=path, hint=hint) from error
    except (pygit2.GitError, KeyError, ValueError) as error:
        if (cure := _hint(error)) is not None:
            raise StorageError(f"the storage failed: {error}", path=path, hint=cure) from error
        hint = "the repository may be damaged, or a partial clone: git fsck tells"
        raise StorageError(f"git can't do this: {error}", path=path, hint=hint) from error


def _hint(error: Exception) -> str | None:
    """The cure where git's library says in words what the system told it."""
    return next((cure for number, cure in _HINTS.items() if os.strerror(number) in str(error)), None)


def text_of(raw: bytes | None) -> str:
    """Bytes that should be UTF-8, with an escape for each that is not."""
    return (raw or b"").decode("utf-8", "backslashreplace")

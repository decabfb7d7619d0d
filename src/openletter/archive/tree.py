"""Git trees, read from their bytes, and the failures of git and the file system as ours (``spec/archive.md``)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pygit2
from pygit2.enums import ObjectType

from openletter.archive.snapshot import FILE, FOLDER, Entry
from openletter.errors import ForeignPath, OpenletterError, StorageError

# Modes as they stand in a tree's bytes; what else stands there is no mode that git writes.
_KINDS: Final = {
    b"100644": FILE,
    b"40000": FOLDER,
    b"100755": "an executable file",
    b"120000": "a symbolic link",
    b"160000": "a submodule",
}
_ID_BYTES: Final = 20


class GitTree:
    """A `Source` over a git tree, read from its bytes: libgit2 would mend what is malformed, and hide it so."""

    def __init__(self, repository: pygit2.Repository, commit: pygit2.Oid) -> None:
        self._odb = repository.odb
        self._root = repository[commit].peel(pygit2.Commit).tree_id
        self._folders: dict[str, dict[str, tuple[str, pygit2.Oid]] | None] = {}

    def list(self, path: str) -> list[Entry] | None:
        with storage(path):
            found = self._entries(path)
            return None if found is None else [Entry(name=name, kind=kind) for name, (kind, _) in sorted(found.items())]

    def size(self, path: str) -> int:
        with storage(path):
            return self._odb.read_header(self._id(path))[1]

    def read(self, path: str) -> bytes:
        with storage(path):
            kind, data = self._odb.read(self._id(path))
            if kind != ObjectType.BLOB:
                raise ForeignPath("git holds something else than a file under this file's id", path=path)
            return data

    def _entries(self, path: str) -> dict[str, tuple[str, pygit2.Oid]] | None:
        if path not in self._folders:
            oid: pygit2.Oid | None = self._root
            if path:
                parent, _, name = path.rpartition("/")
                kind, oid = (self._entries(parent) or {}).get(name, ("", None))
                oid = oid if kind == FOLDER else None
            self._folders[path] = None if oid is None else self._parse(oid, path)
        return self._folders[path]

    def _parse(self, oid: pygit2.Oid, path: str) -> dict[str, tuple[str, pygit2.Oid]]:
        """The entries of a tree by name. What git would not have written so gets a kind that says what is wrong."""
        kind, data = self._odb.read(oid)
        if kind != ObjectType.TREE:
            raise ForeignPath("git holds something else than a folder under this folder's id", path=path)
        entries: dict[str, tuple[str, pygit2.Oid]] = {}
        latest = b""
        position = 0
        while position < len(data):
            space = data.index(b" ", position)
            zero = data.index(b"\0", space)
            mode, raw = data[position:space], data[space + 1 : zero]
            position = zero + 1 + _ID_BYTES
            name = text_of(raw)
            what = _KINDS.get(mode, f"an entry of mode {text_of(mode)}")
            # Git sorts a folder as if its name ended in a slash; two entries never compare as equal.
            place = raw + b"/" if mode == b"40000" else raw
            if name in entries:
                what = "one of two entries of one name"
            elif place <= latest:
                what = "an entry out of git's order"
            latest = max(latest, place)
            entries[name] = (what, pygit2.Oid(raw=data[zero + 1 : position]))
        return entries

    def _id(self, path: str) -> pygit2.Oid:
        parent, _, name = path.rpartition("/")
        return (self._entries(parent) or {})[name][1]


@contextmanager
def storage(path: str) -> Iterator[None]:
    """Turn what git and the file system raise into `StorageError`."""
    try:
        yield
    except OpenletterError:
        raise
    except OSError as error:
        hints = {
            errno.ENOSPC: "free some space on this disk and try again",
            errno.EROFS: "this file system is read-only: work on a copy",
            errno.EACCES: "you have no right to do that here",
        }
        message = f"the storage failed: {error.strerror or error}"
        raise StorageError(message, path=path, hint=hints.get(error.errno or 0)) from error
    except (pygit2.GitError, KeyError, ValueError) as error:
        hint = "the repository may be damaged, or a partial clone: git fsck tells"
        raise StorageError(f"git can't do this: {error}", path=path, hint=hint) from error


def text_of(raw: bytes | None) -> str:
    """Bytes that should be UTF-8, with an escape for each that is not."""
    return (raw or b"").decode("utf-8", "backslashreplace")

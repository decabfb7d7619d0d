"""Git's objects as a long walk reads them: from packs first, each compared with its id here (``spec/archive.md``).

git's library compares an object with its id by an implementation of SHA-1 that takes twice as long as all else of
reading, and keeps what it read. A pack that is asked directly does neither, so the comparison is done here. What is in
no pack is read by `Objects`.
"""

from __future__ import annotations

import hashlib
from typing import Final

import pygit2
from pygit2.enums import ObjectType

from openletter.archive.guard import common_folder
from openletter.archive.objects import Objects
from openletter.errors import StorageError

_HEADS: Final = {
    int(ObjectType.BLOB): b"blob %d\0",
    int(ObjectType.TREE): b"tree %d\0",
    int(ObjectType.COMMIT): b"commit %d\0",
}
"""What stands before the bytes of an object where its id is computed."""


class Packed:
    """The objects of a repository by their ids of 20 bytes. Errors bear the `path` that is being read."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._objects = Objects(repository)
        packs = pygit2.OdbBackendPack(str(common_folder(repository) / "objects"))
        self._header, self._content = packs.read_header, packs.read

    def read(self, raw: bytes, kind: ObjectType, path: str, most: int) -> bytes:
        """The bytes of an object, at most so many.

        Raises `TooLarge`, `ForeignPath` where it is of another kind, `KeyError` where there is none, `StorageError`
        where its bytes are others than its id says.
        """
        oid = pygit2.Oid(raw=raw)
        try:
            found, size = self._header(oid)
        except KeyError:
            return self._objects.read(oid, kind, path, most)
        if found != kind or size > most:
            self._objects.check(oid, kind, path, most)  # it says what is wrong
        data = self._content(oid)[1]
        digest = hashlib.sha1(_HEADS[found] % size, usedforsecurity=False)
        digest.update(data)
        if digest.digest() != raw:
            raise StorageError(
                f"the object {raw.hex()} has other bytes than its id says",
                path=path or None,
                hint="the repository is damaged: git fsck tells; take another copy, with: git clone",
            )
        return data

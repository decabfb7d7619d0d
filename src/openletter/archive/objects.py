"""Git's objects, looked at before they are read: kind and size first (``spec/archive.md``, "Reading")."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pygit2
from pygit2.enums import ObjectType

from openletter.archive.guard import check_file, check_folder, common_folder
from openletter.archive.layout import MAX_COMMIT, MAX_TREE
from openletter.errors import ForeignPath, TooLarge

_NAMES: Final = {ObjectType.BLOB: "a file", ObjectType.TREE: "a folder", ObjectType.COMMIT: "a commit"}
_LIMITS: Final = {ObjectType.TREE: MAX_TREE, ObjectType.COMMIT: MAX_COMMIT}


class Objects:
    """The objects of a repository. Errors bear the `path` that is being read."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._odb = repository.odb
        self._folder = str(common_folder(repository) / "objects")

    def size(self, oid: pygit2.Oid) -> int:
        """The size of an object in bytes; raises `StorageError` for a link or a pipe in its place, `KeyError`."""
        return self._header(oid)[1]

    def _header(self, oid: pygit2.Oid) -> tuple[int, int]:
        name = str(oid)
        folder = f"{self._folder}/{name[:2]}"
        if not os.path.lexists(folder):
            return self._odb.read_header(oid)
        # An object of its own file: git's library would follow a link, and wait for a pipe.
        loose = Path(folder, name[2:])
        present = check_folder(loose.parent) and check_file(loose, 1 << 62)
        kind, size = self._odb.read_header(oid)
        if present:
            # Deflated, it is hardly larger than it says, or it says the wrong thing.
            check_file(loose, size + (size >> 8) + 4096)
        return kind, size

    def check(self, oid: pygit2.Oid, kind: ObjectType, path: str, most: int | None = None) -> None:
        """Raise `ForeignPath` for an object of another kind, `TooLarge` for one beyond `most`, or its kind's limit."""
        found, size = self._header(oid)
        if found != kind:
            raise ForeignPath(
                f"git holds something else than {_NAMES[kind]} under this {_NAMES[kind][2:]}'s id", path=path
            )
        most = _LIMITS.get(kind) if most is None else most
        if most is not None and size > most:
            raise TooLarge(f"{_NAMES[kind]} of {size} bytes, and at most {most} are allowed", path=path)

    def read(self, oid: pygit2.Oid, kind: ObjectType, path: str, most: int | None = None) -> bytes:
        """The bytes of an object; raises what `check` raises."""
        self.check(oid, kind, path, most)
        return self._odb.read(oid)[1]

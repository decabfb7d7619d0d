"""Files of an archive that travel without it, in one file (``spec/bundle.md``): they are read like a plain folder."""

from __future__ import annotations

from collections.abc import Mapping

from openletter.archive.snapshot import FILE, FOLDER, Entry, Snapshot
from openletter.errors import TooLarge


class _Carried:
    """A `Source` over files in memory, by their paths."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._folders: dict[str, dict[str, str]] = {"": {}}
        for path in files:
            kind = FILE
            while path:
                path, _, name = path.rpartition("/")  # noqa: PLW2901  # from the file up to the root
                self._folders.setdefault(path, {})[name] = kind
                kind = FOLDER

    def list(self, path: str) -> list[Entry] | None:
        found = self._folders.get(path)
        return None if found is None else [Entry(name=name, kind=kind) for name, kind in sorted(found.items())]

    def size(self, path: str) -> int:
        return len(self._files[path])

    def read(self, path: str, most: int) -> bytes:
        if len(data := self._files[path]) > most:
            raise TooLarge(f"{len(data)} bytes, and at most {most} are allowed", path=path)
        return data

    def state(self, path: str) -> str | None:  # noqa: ARG002  # files in memory are quickly read
        """No state of a folder is known without reading it."""
        return None


def open_carried(files: Mapping[str, bytes]) -> Snapshot:
    """The state of an archive that these files are, by paths in the grammar; nothing is read from anywhere else."""
    return Snapshot(_Carried(files), commit=None)

"""An archive as a plain folder without git, such as an unpacked tarball: it can be read, never written.

Every folder is opened without following links, and every file again, so nothing outside the folder is read.
"""

from __future__ import annotations

import os
import stat
from itertools import islice
from pathlib import Path

from openletter.archive.layout import MAX_ENTRIES
from openletter.archive.snapshot import FILE, FOLDER, Entry
from openletter.errors import ForeignPath, StorageError, TooLarge

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class PlainFolder:
    """A `Source` over a folder of the file system."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def list(self, path: str) -> list[Entry] | None:
        """The entries of a folder, sorted by name; `None` where there is no such folder, or a link to one."""
        try:
            folder = self._open(path, _FOLDER_FLAGS)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable(path, error) from error
        try:
            with os.scandir(folder) as found:
                entries = [Entry(name=_name(e.name), kind=_kind(e)) for e in islice(found, MAX_ENTRIES + 1)]
        except OSError as error:
            raise _unreadable(path, error) from error
        finally:
            os.close(folder)
        if len(entries) > MAX_ENTRIES:
            raise TooLarge(f"more than {MAX_ENTRIES} entries, and no folder may have more", path=path)
        return sorted(entries, key=lambda e: e.name)

    def size(self, path: str) -> int:
        """The size of a file in bytes."""
        try:
            file = self._open(path, _FILE_FLAGS)
        except OSError as error:
            raise _unreadable(path, error) from error
        try:
            return os.fstat(file).st_size
        finally:
            os.close(file)

    def read(self, path: str, most: int) -> bytes:
        """The bytes of a file; raises `TooLarge` where it has more than `most`, which it may have got since."""
        try:
            with os.fdopen(self._open(path, _FILE_FLAGS), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ForeignPath("this is no plain file", path=path)
                data = file.read(most + 1)
        except OSError as error:
            raise _unreadable(path, error) from error
        if len(data) > most:
            raise TooLarge(f"more than {most} bytes, and no more are allowed", path=path)
        return data

    def state(self, path: str) -> str | None:  # noqa: ARG002  # the size and the time of a file prove nothing
        """No state of a folder is known without reading it."""
        return None

    def _open(self, path: str, flags: int) -> int:
        """Open an entry step by step, so that no folder on the way is a link."""
        at = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        parts = path.split("/") if path else []
        if not parts:
            return at
        try:
            for part in parts[:-1]:
                deeper = os.open(part, _FOLDER_FLAGS, dir_fd=at)
                os.close(at)
                at = deeper
            return os.open(parts[-1], flags, dir_fd=at)
        finally:
            os.close(at)


def _name(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "a symbolic link"
    if entry.is_dir(follow_symlinks=False):
        return FOLDER
    return FILE if entry.is_file(follow_symlinks=False) else "a special file"


def _unreadable(path: str, error: OSError) -> StorageError:
    return StorageError(f"this can't be read: {error.strerror or error}", path=path)

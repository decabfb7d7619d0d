"""The folder that a site is written into: no link in it is followed, and nothing is touched that we didn't make."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from openletter.errors import ActRefused, StorageError
from openletter.site.manifest import NAME, is_inside

_MOST: Final = 1 << 30
_UNFINISHED: Final = ".unfinished"


class Output:
    """A folder of our own; raises `ActRefused` where the folder holds what we didn't make, `StorageError`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with _storage(folder):
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise ActRefused(
                    "a site is written into a folder, and this is none", path=str(folder), hint="name another"
                )
            begun = {
                NAME + _UNFINISHED
            }  # all that a build leaves which was killed while it marked the folder as its own
            if folder.is_dir() and self.read(NAME) is None and {it.name for it in folder.iterdir()} - begun:
                raise ActRefused(
                    "this folder is not empty, and holds no site that was made with openletter",
                    path=str(folder),
                    hint="name a new folder, or an empty one",
                )
            folder.mkdir(parents=True, exist_ok=True)

    def read(self, path: str) -> bytes | None:
        """A file; `None` where there is none, or something else."""
        try:
            with self._parent(path, make=False) as (at, name):
                descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
                with os.fdopen(descriptor, "rb") as opened:
                    return opened.read(_MOST) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
        except OSError:
            return None

    def holds(self, pages: Mapping[str, int]) -> bool:
        """Are these plain files all there, each of this size?"""
        by_folder: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for path, size in pages.items():
            by_folder[path.rpartition("/")[0]].append((path, size))
        for those in by_folder.values():
            try:
                with self._parent(those[0][0], make=False) as (at, _):
                    for path, size in those:
                        found = os.stat(path.rpartition("/")[2], dir_fd=at, follow_symlinks=False)
                        if not stat.S_ISREG(found.st_mode) or found.st_size != size:
                            return False
            except OSError:
                return False
        return True

    def write(self, path: str, data: bytes) -> None:
        """Put a file in its place, whole; what is there, a link too, is replaced."""
        with _storage(self.folder / path), self._parent(path, make=True) as (at, name):
            aside = name + _UNFINISHED
            with suppress(FileNotFoundError):
                os.unlink(aside, dir_fd=at)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(aside, flags, 0o666, dir_fd=at), "wb") as opened:
                opened.write(data)
            os.replace(aside, name, src_dir_fd=at, dst_dir_fd=at)

    def remove(self, path: str) -> None:
        """Take a page away, what a killed build left of it too, and the folders that are empty then."""
        for each in (path, path + _UNFINISHED):
            with suppress(OSError), self._parent(each, make=False) as (at, name):
                os.unlink(name, dir_fd=at)
        parent = path.rpartition("/")[0]
        while parent:
            try:
                with self._parent(parent, make=False) as (at, name):
                    os.rmdir(name, dir_fd=at)
            except OSError:
                return
            parent = parent.rpartition("/")[0]

    def add_line(self, path: str, line: str) -> None:
        """Put a line at the end of a file that is there; a link is not followed."""
        with _storage(self.folder / path), self._parent(path, make=False) as (at, name):
            flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            with os.fdopen(os.open(name, flags, dir_fd=at), "wb") as opened:
                opened.write(line.encode("ascii") + b"\n")

    @contextmanager
    def _parent(self, path: str, *, make: bool) -> Iterator[tuple[int, str]]:
        """The folder of a file, opened step by step so that no folder on the way is a link, and the file's name."""
        assert is_inside(path)  # noqa: S101  # paths are ours
        *folders, name = path.split("/")
        at = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for folder in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(folder, dir_fd=at)
                inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
                os.close(at)
                at = inner
            yield at, name
        finally:
            os.close(at)


@contextmanager
def _storage(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"the site can't be written: {error.strerror or error}", path=str(path), hint="check the path and the disk"
        ) from error

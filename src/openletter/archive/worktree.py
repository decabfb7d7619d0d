"""The work tree: it is given new files, through no link and over nothing (``spec/archive.md``, "Recording").

What is still due to it is kept as a note in the git folder: an empty file whose name tells the commits, locked while
its process lives.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import Final, Self

_NOTE: Final = re.compile(r"openletter-([0-9a-f]{40})-([0-9a-f]{40})-([0-9a-f]{16})")
_NO_COMMIT: Final = "0" * 40
"""Stands for the commit before the first, as in git."""


class Note:
    """That the files of an act are due: it stays until that is `done`, or void.

    `commit` is the act's last commit, `before` the one that its first stands on. `token` names the temporary files of
    the work tree that belong to it.
    """

    def __init__(self, file: Path, descriptor: int, commit: str, before: str | None, token: str) -> None:
        self._file = file
        self._descriptor = descriptor
        self.commit = commit
        self.before = before
        self.token = token

    @classmethod
    def create(cls, folder: Path, commit: str, before: str | None) -> Self:
        """Make a note in a git folder."""
        while True:
            token = secrets.token_hex(8)
            file = folder / f"openletter-{commit}-{before or _NO_COMMIT}-{token}"
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_same(file, descriptor):
                return cls(file, descriptor, commit, before, token)
            os.close(descriptor)  # another process took it for left behind, before it was locked

    @classmethod
    def left_behind(cls, folder: Path) -> Iterator[Self]:
        """The notes whose processes live no more. Each is to be closed."""
        for file in sorted(folder.iterdir()):
            found = _NOTE.fullmatch(file.name)
            if found is None:
                continue
            with suppress(OSError):
                descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    os.close(descriptor)
                    continue
                yield cls(file, descriptor, found[1], None if found[2] == _NO_COMMIT else found[2], found[3])

    def done(self) -> None:
        """Remove the note: nothing is due any more."""
        with suppress(OSError):
            self._file.unlink()

    def close(self) -> None:
        """Let go of the note."""
        os.close(self._descriptor)


@contextmanager
def locked(folder: Path, attempts: int, pause: float) -> Iterator[None]:
    """Keep others of us from working in a folder at once; the lock ends with the process. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for attempt in range(attempts):
            sleep(pause * attempt)
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
        else:
            raise BlockingIOError(errno.EWOULDBLOCK, "another openletter is at work in this folder")
        yield
    finally:
        os.close(descriptor)


def write_new(root: Path, path: str, data: bytes, token: str) -> None:
    """Write a new file below `root`, whole or not at all, through no link, and over nothing.

    `token` names the temporary file; one that an earlier process left under this name is removed.
    """
    *folders, name = path.split("/")
    if any(part in {"", ".", ".."} or part.casefold() == ".git" for part in (*folders, name)):
        raise OSError(errno.EINVAL, "no file of an archive has such a path", path)
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            with suppress(FileExistsError):
                os.mkdir(folder, dir_fd=at)  # pathlib knows no dir_fd
            deeper = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            os.close(at)
            at = deeper
        temporary = f".openletter-{token}"
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=at)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(temporary, flags, 0o666, dir_fd=at), "wb") as file:
                file.write(data)
            os.link(temporary, name, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
        except FileExistsError:
            if _read_below(at, name, len(data)) != data:
                raise
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=at)  # pathlib knows no dir_fd
    finally:
        os.close(at)


def _read_below(folder: int, name: str, size: int) -> bytes | None:
    """The bytes of a plain file, one more than `size` at the most; `None` where there is none."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
            return file.read(size + 1) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
    except OSError:
        return None


def _is_same(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(file.stat(follow_symlinks=False), os.fstat(descriptor))
    except FileNotFoundError:
        return False

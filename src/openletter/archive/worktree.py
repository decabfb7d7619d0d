"""The work tree: it is given new files, through no link and over nothing (``spec/archive.md``, "Recording")."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_new(root: Path, path: str, data: bytes) -> None:
    """Write a new file below `root`, whole or not at all, through no link, and over nothing."""
    *folders, name = path.split("/")
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            with suppress(FileExistsError):
                os.mkdir(folder, dir_fd=at)  # pathlib knows no dir_fd
            deeper = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            os.close(at)
            at = deeper
        temporary = f".openletter-{secrets.token_hex(8)}"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(temporary, flags, 0o666, dir_fd=at), "wb") as file:
                file.write(data)
            os.link(temporary, name, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
        except FileExistsError:
            if _read_below(at, name) != data:
                raise
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=at)  # pathlib knows no dir_fd
    finally:
        os.close(at)


def _read_below(folder: int, name: str) -> bytes | None:
    try:
        with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "rb") as file:
            return file.read()
    except OSError:
        return None

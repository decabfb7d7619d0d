"""The user's own secret, by which the program knows what it wrote itself (``spec/history.md``, "The cache").

It protects nothing but that. Where it is lost or can't be kept, work is done again, and nothing else happens.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

NAME: Final = "secret"
SIZE: Final = 32


def own_secret(folder: Path) -> bytes | None:
    """The secret in the user's state folder, 32 bytes, made where there is none.

    `None` where it can't be kept, or where it isn't the user's alone.
    """
    try:
        if not os.path.lexists(folder / NAME):
            _make(folder)
        return _read(folder / NAME)
    except OSError:
        return None


def _read(file: Path) -> bytes | None:
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        own = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
        data = opened.read(SIZE + 1) if own else b""
    return data if len(data) == SIZE else None


def _make(folder: Path) -> None:
    """Make a secret aside, and link it in its place: of two processes that do so at once, one is first."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = folder / f".{NAME}-{secrets.token_hex(8)}"
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(SIZE))
            opened.flush()
            os.fsync(descriptor)
        try:
            (folder / NAME).hardlink_to(aside)
        except FileExistsError:
            return
    finally:
        aside.unlink(missing_ok=True)

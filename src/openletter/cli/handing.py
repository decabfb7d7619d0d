"""Files that are handed out: written whole or not at all, never through a link, and over another only when told to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from openletter.cli import terminal
from openletter.errors import ActRefused, StorageError


def hand_out(file: Path, data: bytes, *, yes: bool) -> bool:
    """Write a file; whether it was: a person may want to keep what is there. Raises `ActRefused`, `StorageError`."""
    there = _regular(file)
    if there and not yes and not terminal.is_interactive():
        raise ActRefused("this file exists", path=str(file), hint="name another, or replace it with --yes")
    if there and not terminal.confirm(f"Replace {file}?", yes=yes):
        return False
    try:
        _write(file, data, replace=there)
    except OSError as error:
        raise StorageError(
            f"the file can't be written: {error.strerror}", path=str(file), hint="check the path"
        ) from error
    return True


def _regular(file: Path) -> bool:
    """Is a regular file there? Raises `ActRefused` where something else is: a link could lead to a file of the user."""
    try:
        mode = file.lstat().st_mode
    except OSError:
        return False
    if not stat.S_ISREG(mode):
        raise ActRefused(
            "a link is there, and it is not followed" if stat.S_ISLNK(mode) else "what is there is no regular file",
            path=str(file),
            hint="give another name with -o FILE",
        )
    return True


def _write(file: Path, data: bytes, *, replace: bool) -> None:
    """Make a new file, or put one in the place of another, never through a link."""
    target = file.with_name(f".{file.name}.{os.getpid()}.unfinished") if replace else file
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
        if replace:
            target.replace(file)
    except OSError:
        target.unlink(missing_ok=True)
        raise

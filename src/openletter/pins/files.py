"""Files of the user's configuration: read within bounds, and replaced whole or not at all (``spec/pins.md``)."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from openletter.errors import PinsError, StorageError

_NEW_FILE: Final = 0o600
_NEW_FOLDER: Final = 0o700


def read(file: Path, most: int, *, handed: bool = False) -> bytes | None:
    """The bytes of a file, `None` where nothing is there; raises `PinsError` where it is none to trust or to read.

    At most one byte more than `most` is read: whoever asks sees that it is too large. Links are followed. A file that
    was `handed` over, to be looked at, may be one that everybody can write to.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        if os.path.lexists(file):
            raise PinsError("this is a link that leads nowhere", path=str(file), hint="mend or remove it") from None
        return None
    except OSError as error:
        raise _unread(file, error) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            hint = "save it as a file first, and look at it" if handed else "put a plain file there, or nothing"
            raise PinsError("this is no plain file", path=str(file), hint=hint)
        if not handed:
            _check_writers(status, file)
            for folder in dict.fromkeys((file.parent, Path(os.path.realpath(file)).parent)):
                _check_writers(folder.stat(), folder)
        with os.fdopen(descriptor, "rb", closefd=False) as opened:
            return opened.read(most + 1)
    except OSError as error:
        raise _unread(file, error) from error
    finally:
        os.close(descriptor)


def _check_writers(status: os.stat_result, place: Path) -> None:
    """Refuse a file, or a folder that lets its files be replaced, where everybody may do so."""
    shared = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    if status.st_mode & stat.S_IWOTH and not shared:
        raise PinsError(
            "every user of this computer may write here, and so decide whom you trust",
            path=str(place),
            hint=f"look at what it says, then: chmod o-w {place}",
        )


def names(folder: Path) -> tuple[str, ...]:
    """The names in a folder, sorted; none where there is no folder. Raises `PinsError`."""
    try:
        return tuple(sorted(entry.name for entry in folder.iterdir()))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unread(folder, error) from error


def _unread(file: Path, error: OSError) -> PinsError:
    return PinsError(f"this can't be read: {error.strerror}", path=str(file), hint="mend that, or move it away")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time change what lies in a folder, which is made where there is none.

    The lock ends with the process. Raises `StorageError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_NEW_FOLDER)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unwritten(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace(file: Path, data: bytes) -> None:
    """Give a file these bytes, whole or not at all, for a caller that is `alone`; raises `StorageError`.

    They are written beside it, handed to the disk, and renamed over it. A link stays, and what it leads to is replaced.
    """
    target = Path(os.path.realpath(file))
    aside = target.with_name(f".{target.name}.unfinished")
    try:
        try:
            mode = stat.S_IMODE(target.stat().st_mode)
        except FileNotFoundError:
            mode = _NEW_FILE
        target.parent.mkdir(exist_ok=True, mode=_NEW_FOLDER)
        try:
            aside.unlink(missing_ok=True)  # what a killed process left
            _write(aside, data, mode)
            aside.replace(target)
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
        _hand_over(target.parent)
    except OSError as error:
        raise _unwritten(file, error) from error


def remove(file: Path) -> None:
    """Remove a file, for a caller that is `alone`; raises `StorageError`."""
    try:
        file.unlink(missing_ok=True)
        _hand_over(file.parent)
    except OSError as error:
        raise _unwritten(file, error) from error


def _write(file: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _NEW_FILE)
    with os.fdopen(descriptor, "wb") as opened:
        os.fchmod(opened.fileno(), mode)
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _hand_over(folder: Path) -> None:
    """Hand the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritten(file: Path, error: OSError) -> StorageError:
    return StorageError(
        f"this can't be written: {error.strerror}", path=str(file), hint="check the path, and whether the disk is full"
    )

"""Tree ids that were computed before, kept in the git folder (``spec/history.md``, "The cache").

A git folder may be a stranger's, so an entry is believed only with an authenticator under a secret of the user's own.
Whatever is wrong with the file makes computing slower, and nothing else.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

Secret = Callable[[], bytes | None]
"""Gives the user's secret, 32 bytes, when it is needed first; `None` where there is none, and so no cache."""

NAME: Final = "openletter.tree_ids"
ENTRY: Final = 64
"""The bytes of an entry: 16 that it is found by, 32 of the SHA-256 id, 16 of the authenticator."""
MAX_CACHE: Final = 1 << 25
"""The most bytes that the file may have; when it is full it is begun anew."""

_FOUND: Final = 16
_AUTHENTICATOR: Final = 48
_SAFE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class TreeCache:
    """SHA-256 ids by git's ids, both as raw bytes. Without a secret it remembers only as long as it lives."""

    def __init__(self, folder: Path, secret: Secret | None) -> None:
        self._file = folder / NAME
        self._ask = secret
        self._secret: bytes | None = None
        self._data = b""
        self._places: dict[bytes, int] | None = None
        self._known: dict[bytes, bytes] = {}
        self._new: list[bytes] = []

    def get(self, oid: bytes) -> bytes | None:
        """The SHA-256 id of an object; `None` where it isn't known, or where what is said of it isn't by us."""
        if (known := self._known.get(oid)) is not None:
            return known
        if self._places is None:
            self._places = self._load()
        if self._secret is None or (place := self._places.get(self._found_by(oid))) is None:
            return None
        found = self._data[place + _FOUND : place + _AUTHENTICATOR]
        if not hmac.compare_digest(self._authenticator(oid, found), self._data[place + _AUTHENTICATOR : place + ENTRY]):
            return None
        self._known[oid] = found
        return found

    def put(self, oid: bytes, found: bytes) -> None:
        """Remember the SHA-256 id of an object that was read."""
        self._known[oid] = found
        if self._secret is not None:
            self._new.append(self._found_by(oid) + found + self._authenticator(oid, found))

    def save(self) -> None:
        """Append what is new to the file; where that fails, it is left as it was."""
        new, self._new = self._new[-(MAX_CACHE // ENTRY) :], []
        if not new:
            return
        with suppress(OSError):
            file = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT | _SAFE, 0o666)
            try:
                # Whoever comes while another one writes loses what it would have kept.
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._append(file, b"".join(new))
            finally:
                os.close(file)

    def _append(self, file: int, data: bytes) -> None:
        # A link of another name could be a file of the user's that has nothing to do with this.
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            return
        whole = found.st_size - found.st_size % ENTRY
        before = whole if whole + len(data) <= MAX_CACHE else 0
        try:
            os.ftruncate(file, before)
            if os.write(file, data) != len(data):
                os.ftruncate(file, before)
        except OSError:
            with suppress(OSError):
                os.ftruncate(file, before)
            if before == 0:
                with suppress(OSError):
                    self._file.unlink()

    def _load(self) -> dict[bytes, int]:
        """The place of each entry; the last one of those that say the same."""
        self._secret = self._ask() if self._ask is not None else None
        if self._secret is None:
            return {}
        with suppress(OSError), os.fdopen(os.open(self._file, os.O_RDONLY | _SAFE), "rb") as file:
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode) and found.st_size <= MAX_CACHE:
                self._data = file.read(MAX_CACHE)
        data = self._data
        return {data[at : at + _FOUND]: at for at in range(0, len(data) - ENTRY + 1, ENTRY)}

    def _found_by(self, oid: bytes) -> bytes:
        return self._mac(b"find " + oid)[:_FOUND]

    def _authenticator(self, oid: bytes, found: bytes) -> bytes:
        return self._mac(b"tree " + oid + found)[: ENTRY - _AUTHENTICATOR]

    def _mac(self, data: bytes) -> bytes:
        assert self._secret is not None  # noqa: S101  # whoever calls this has looked
        return hmac.digest(self._secret, data, "sha256")

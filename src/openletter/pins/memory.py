"""What the user saw of archives before (``spec/history.md``, "Memory"): one file for each, in the user's state folder.

A file is read by one grammar and written whole or not at all. Nobody but the user's own programs writes there; what is
wrong with a file is told all the same, and is no verdict on any archive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from openletter.errors import PinsError
from openletter.pins import files

MAX_KNOWN: Final = 100_000
"""The most commits that are known of one archive; the newest are."""
MAX_FILES: Final = 1_000
"""The most archives that are remembered."""
_MAX_BYTES: Final = (MAX_KNOWN + 20) * 65
_HEAD: Final = 256
"""The bytes of a file that hold all but what is known."""

_NAME: Final = re.compile(r"([0-9a-f]{40})\.seen")
_FORMAT: Final = b"openletter memory/1\n"
_FIELDS: Final = re.compile(
    rb"openletter memory/1\nseen ([0-9]{4}-[0-9]{2}-[0-9]{2})\ncommit ([0-9a-f]{40})\ntree (-|[0-9a-f]{64})\n"
)
_KNOWN: Final = re.compile(rb"(?:[0-9a-f]{40}\n)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What was seen of an archive: by its root commit `root`, on a `day` (ISO 8601), at a commit.

    `tree` is the SHA-256 tree id of that commit, where it was computed. `known` are the commits of its history, itself
    first.
    """

    root: str
    day: str
    commit: str
    tree: str | None
    known: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """The file of it."""
        fields = f"seen {self.day}\ncommit {self.commit}\ntree {self.tree or '-'}\n".encode()
        return _FORMAT + fields + "".join(f"{commit}\n" for commit in self.known[:MAX_KNOWN]).encode()


def place(folder: Path, root: str) -> Path:
    """The file in which an archive is remembered."""
    return folder / f"{root}.seen"


def newest(folder: Path) -> Mapping[str, str]:
    """The root of each archive that is remembered, by the commit that was seen last; raises `PinsError`.

    A file that can't be read or says nothing is left out here; `recall` tells what is wrong with it.
    """
    found: dict[str, str] = {}
    for name in [name for name in files.names(folder) if _NAME.fullmatch(name)][:MAX_FILES]:
        with suppress(PinsError):
            fields = _FIELDS.match(files.read(folder / name, _HEAD) or b"")
            if fields is not None:
                found[fields[2].decode()] = name[:40]
    return found


def recall(folder: Path, root: str) -> Memory | None:
    """What was seen of the archive with this root; `None` where nothing was. Raises `PinsError`."""
    file = place(folder, root)
    data = files.read(file, _MAX_BYTES)
    if data is None:
        return None
    fields = _FIELDS.match(data)
    if fields is None or len(data) > _MAX_BYTES or not _KNOWN.fullmatch(data, fields.end()):
        raise PinsError("this file says nothing that is understood here", path=str(file), hint="move it away")
    day, commit, tree = (group.decode() for group in fields.groups())
    try:
        date.fromisoformat(day)
    except ValueError:
        raise PinsError("the day in this file is none", path=str(file), hint="move it away") from None
    known = tuple(data[fields.end() :].decode().split("\n")[:-1])
    if known[0] != commit:
        raise PinsError("the commit that was seen is not the first that is known", path=str(file), hint="move it away")
    return Memory(root=root, day=day, commit=commit, tree=None if tree == "-" else tree, known=known)


def remember(folder: Path, new: Memory, before: Memory | None) -> None:
    """Remember what was seen now in place of what was seen `before`; raises `PinsError` or `StorageError`.

    Where another process remembered something in between, that stays.
    """
    with files.alone(folder):
        if recall(folder, new.root) == before:
            files.replace(place(folder, new.root), replace(new, known=new.known[:MAX_KNOWN]).to_bytes())

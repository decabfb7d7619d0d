"""A folder of an archive as it was read: what crosses from storage to verification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openletter.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The files of one letter, or of one organization's key records.

    `path` is the folder's path in the archive. `files` maps each plain file's name to its bytes. `faults` are the
    entries that can't be read as records at all (links, folders, wrong modes, sizes out of bounds), each with its path.
    """

    path: str
    files: Mapping[str, bytes]
    faults: tuple[Invalid, ...] = ()

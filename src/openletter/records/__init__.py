"""Records: what an archive keeps, as frozen dataclasses that are valid from construction (``spec/records.md``).

Four kinds, told apart by the first line of their bytes. `decode` reads any of them, and proves what it read by writing
it again: bytes that are not exactly what the record writes are refused.
"""

from __future__ import annotations

import hashlib
from typing import Final

from openletter import canonical
from openletter.errors import NotCanonical, UnknownFormat
from openletter.records.checkpoint import Checkpoint
from openletter.records.folder import Folder
from openletter.records.letter import Addressee, Letter, Signatory
from openletter.records.organization import Key, Organization, Recovery
from openletter.records.withdrawal import Withdrawal

__all__ = [
    "Addressee",
    "Checkpoint",
    "Folder",
    "Key",
    "Letter",
    "Organization",
    "Record",
    "Recovery",
    "Signatory",
    "Withdrawal",
    "decode",
    "digest",
]

Record = Letter | Organization | Withdrawal | Checkpoint

_KINDS: Final[dict[str, type[Letter] | type[Organization] | type[Withdrawal] | type[Checkpoint]]] = {
    kind.FORMAT: kind for kind in (Letter, Organization, Withdrawal, Checkpoint)
}


def decode(data: bytes) -> Record:
    """The record that these bytes are; raises `CanonicalError` or `RecordError`."""
    document = canonical.load(data)
    first, kind = next(iter(document.items()))
    if first != "format" or not isinstance(kind, str) or kind not in _KINDS:
        known = ", ".join(sorted(_KINDS))
        raise UnknownFormat(f"the first line names no kind of record known here ({known})", line=1)
    record = _KINDS[kind].from_data(document)
    if record.to_bytes() != data:
        # No input is known to come here: `shape` has seen the order, `canonical.load` the spelling.
        raise NotCanonical("written again, this record gives other bytes")
    return record


def digest(data: bytes) -> str:
    """``sha256:`` and the 64 hex digits of the SHA-256 of these bytes: how one record names another."""
    return "sha256:" + hashlib.sha256(data).hexdigest()

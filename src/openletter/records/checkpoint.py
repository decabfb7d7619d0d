"""A checkpoint: "I saw this state of the archive", by an organization (``spec/records.md``, "checkpoint/1")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from openletter import canonical
from openletter.canonical import Value
from openletter.records import fields
from openletter.records.fields import Field

GRAMMAR: Final = (
    Field("format", fields.constant("checkpoint/1"), required=True),
    Field("organization", fields.organization_id, required=True),
    Field("date", fields.date, required=True),
    Field(
        "commit",
        fields.pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", "commit id of 40 or 64 hex digits"),
        required=True,
    ),
    Field("tree", fields.pattern(r"[0-9a-f]{64}", "SHA-256 tree id of 64 hex digits"), required=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint, valid from construction; `tree` is the SHA-256 git tree id of ``archive`` and ``keys``."""

    FORMAT: ClassVar[str] = "checkpoint/1"

    organization: str
    date: str
    commit: str
    tree: str

    def __post_init__(self) -> None:
        fields.check(self, GRAMMAR)

    @classmethod
    def from_data(cls, data: Mapping[str, Value]) -> Self:
        """A checkpoint out of the data of a canonical document; raises `RecordError` or `CanonicalError`."""
        fields.shape(data, GRAMMAR)
        return fields.from_data(cls, data, {})

    def to_data(self) -> dict[str, Value]:
        """The checkpoint's fields in their order, as `canonical.dump` writes them."""
        return fields.to_data(self)

    def to_bytes(self) -> bytes:
        """The canonical bytes: what is stored, digested and signed."""
        return canonical.dump(self.to_data())

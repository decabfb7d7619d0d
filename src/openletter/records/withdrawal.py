"""A withdrawal: an organization ends its support for a revision and every earlier one (``spec/records.md``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from openletter import canonical
from openletter.canonical import Value
from openletter.records import fields
from openletter.records.fields import Field

GRAMMAR: Final = (
    Field("format", fields.constant("withdrawal/1"), required=True),
    Field("letter", fields.letter_id, required=True),
    Field("revision", fields.number, required=True),
    Field("text", fields.digest, required=True),
    Field("organization", fields.organization_id, required=True),
    Field("date", fields.date, required=True),
    Field("reason", fields.text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A withdrawal, valid from construction; `text` is the digest of the revision that it names."""

    FORMAT: ClassVar[str] = "withdrawal/1"

    letter: str
    revision: int
    text: str
    organization: str
    date: str
    reason: str | None = None

    def __post_init__(self) -> None:
        fields.check(self, GRAMMAR)

    @classmethod
    def from_data(cls, data: Mapping[str, Value]) -> Self:
        """A withdrawal out of the data of a canonical document; raises `RecordError` or `CanonicalError`."""
        fields.shape(data, GRAMMAR)
        return fields.from_data(cls, data, {}, ("revision",))

    def to_data(self) -> dict[str, Value]:
        """The withdrawal's fields in their order, as `canonical.dump` writes them."""
        return fields.to_data(self)

    def to_bytes(self) -> bytes:
        """The canonical bytes: what is stored, digested and signed."""
        return canonical.dump(self.to_data())

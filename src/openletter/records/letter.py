"""A letter: one revision of its text, as printed (``spec/records.md``, "letter/1").

The names of the fields are those of letter-writing and of the TEI. Facts *about* a letter (who signed it, where it was
published, what became of it) are no part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from openletter import canonical
from openletter.canonical import Value
from openletter.errors import FieldConflict, MissingField
from openletter.records import fields
from openletter.records.fields import Field

_ADDRESSEE: Final = (
    Field("name", fields.line),
    Field("title", fields.line),
    Field("organization", fields.line),
    Field("address", fields.line, many=True),
)
_SIGNATORY: Final = (
    Field("organization", fields.organization_id),
    Field("name", fields.line),
    Field("title", fields.line),
    Field("of", fields.line),
)
GRAMMAR: Final = (
    Field("format", fields.constant("letter/1"), required=True),
    Field("letter", fields.letter_id, required=True),
    Field("revision", fields.number, required=True),
    Field("previous", fields.digest),
    Field("date", fields.date, required=True),
    Field("date_line", fields.line),
    Field("place", fields.line),
    Field("reference", fields.line),
    Field("language", fields.language, required=True),
    Field("sender", fields.text),
    Field("addressees", required=True, many=True, grammar=_ADDRESSEE),
    Field("subject", fields.line),
    Field("salutation", fields.text),
    Field("body", fields.text, required=True),
    Field("valediction", fields.text),
    Field("signatories", many=True, grammar=_SIGNATORY),
    Field("copies", fields.line, many=True),
    Field("translation_of", fields.digest),
    Field("note", fields.text),
)
FIELDS: Final = tuple(row.name for row in GRAMMAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """To whom the letter goes: a name, a title or an organization at least; `address` a line each."""

    name: str | None = None
    title: str | None = None
    organization: str | None = None
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Whom the letter lists as signing: a claim of the text, never a signature.

    `organization` is the organization's id; without it no signature can be matched to this entry. `of` is the
    organization's name as printed, `name` and `title` those of the person who signs for it.
    """

    organization: str | None = None
    name: str | None = None
    title: str | None = None
    of: str | None = None

    @property
    def printed(self) -> str:
        """The name that stands for this entry: the organization's as printed, else the person's."""
        return self.of or self.name or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One revision of a letter, valid from construction: it raises `RecordError` or `CanonicalError` with the field.

    `revision` counts from 1 to 9999. `previous` is the digest of the revision before (``sha256:`` and 64 hex digits),
    and absent in the first. `date` is ISO 8601; `date_line` is the date as printed. `language` is a BCP 47 tag.
    `body` is CommonMark. `translation_of` is the digest of the revision that this one translates.
    """

    FORMAT: ClassVar[str] = "letter/1"

    letter: str
    revision: int
    previous: str | None = None
    date: str
    date_line: str | None = None
    place: str | None = None
    reference: str | None = None
    language: str
    sender: str | None = None
    addressees: tuple[Addressee, ...]
    subject: str | None = None
    salutation: str | None = None
    body: str
    valediction: str | None = None
    signatories: tuple[Signatory, ...] = ()
    copies: tuple[str, ...] = ()
    translation_of: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        fields.check(self, GRAMMAR)
        if (self.previous is None) != (self.revision == 1):
            raise FieldConflict(
                "a first revision follows nothing" if self.previous else "a later revision names the one before it",
                field="previous",
            )
        for position, addressee in enumerate(self.addressees):
            if addressee.name is None and addressee.title is None and addressee.organization is None:
                raise MissingField("a name, a title or an organization is required", field=f"addressees[{position}]")
        for position, signatory in enumerate(self.signatories):
            if signatory.name is None and signatory.of is None:
                raise MissingField("name or of is required", field=f"signatories[{position}]")
        listed = [(p, s.organization) for p, s in enumerate(self.signatories) if s.organization is not None]
        seen: set[str] = set()
        for position, organization in listed:
            if organization in seen:
                raise FieldConflict(f"{organization} is listed twice", field=f"signatories[{position}].organization")
            seen.add(organization)

    @classmethod
    def from_data(cls, data: Mapping[str, Value]) -> Self:
        """A letter out of the data of a canonical document; raises `RecordError` or `CanonicalError`."""
        fields.shape(data, GRAMMAR)
        return fields.from_data(cls, data, {"addressees": Addressee, "signatories": Signatory}, ("revision",))

    def to_data(self) -> dict[str, Value]:
        """The letter's fields in their order, as `canonical.dump` writes them."""
        return fields.to_data(self)

    def to_bytes(self) -> bytes:
        """The canonical bytes: what is stored, digested and signed; raises `TooLarge` above 1 MiB."""
        return canonical.dump(self.to_data())

    @property
    def digest(self) -> str:
        """``sha256:`` and the SHA-256 of the canonical bytes."""
        return "sha256:" + hashlib.sha256(self.to_bytes()).hexdigest()

    def listed(self, organization: str) -> Signatory | None:
        """The entry among `signatories` with this organization's id."""
        return next((s for s in self.signatories if s.organization == organization), None)

    def same_wording(self, other: Letter) -> bool:
        """Are both equal without revision, previous, note and signatories?"""
        return _wording(self) == _wording(other)


def _wording(letter: Letter) -> Letter:
    return replace(letter, revision=1, previous=None, note=None, signatories=())

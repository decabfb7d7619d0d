"""A key record: which keys speak for an organization (``spec/records.md``, "organization/1")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final, Self

from openletter import canonical
from openletter.canonical import Value
from openletter.errors import FieldConflict, FieldValue, PublicKeyError
from openletter.keys import PublicKey
from openletter.records import fields
from openletter.records.fields import Field

BASES: Final = ("first", "rotation", "recovery")
STATUSES: Final = ("active", "retired", "compromised")


@lru_cache(maxsize=4096)
def _public(line: str) -> PublicKey:
    """The key in a line; that it is a sound point costs a modular power, so it is looked at once."""
    return PublicKey.from_line(line)


def _key_line(value: str) -> None:
    try:
        _public(value)
    except PublicKeyError as error:
        raise FieldValue(error.message, hint=error.hint) from error


_KEY: Final = (
    Field("key", _key_line, required=True),
    Field("status", fields.one_of(*STATUSES), required=True),
    Field("since", fields.date),
)
_RECOVERY: Final = (
    Field("threshold", fields.number, required=True),
    Field("organizations", fields.organization_id, required=True, many=True),
)
GRAMMAR: Final = (
    Field("format", fields.constant("organization/1"), required=True),
    Field("organization", fields.organization_id, required=True),
    Field("record", fields.number, required=True),
    Field("previous", fields.digest),
    Field("basis", fields.one_of(*BASES), required=True),
    Field("date", fields.date, required=True),
    Field("name", fields.line, required=True),
    Field("keys", required=True, many=True, grammar=_KEY),
    Field("recovery", grammar=_RECOVERY),
    Field("authorized_by", fields.digest, many=True),
    Field("note", fields.text),
)


class _Found:
    """Where a key record keeps a key that it has read."""

    __slots__ = ("_found",)

    _found: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(_Found):
    """A key: `key` is type, space and base64; `since` is the day from which a compromised one is doubted."""

    key: str
    status: str
    since: str | None = None

    @property
    def public(self) -> PublicKey:
        """The key itself."""
        try:
            return self._found
        except AttributeError:
            found = _public(self.key)
            object.__setattr__(self, "_found", found)
            return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Who may give an organization new keys when its own are lost: `threshold` of these organizations."""

    NUMBERS: ClassVar[tuple[str, ...]] = ("threshold",)

    threshold: int
    organizations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A key record, valid from construction: it raises `RecordError` or `CanonicalError` with the field.

    `record` counts from 1 to 9999, `previous` is the digest of the record before, absent in the first. `basis` says
    what makes this record valid: ``first``, ``rotation`` or ``recovery``. `authorized_by` are the digests of the key
    records, of other organizations, whose keys authorize a recovery or a change of `recovery`.
    """

    FORMAT: ClassVar[str] = "organization/1"

    organization: str
    record: int
    previous: str | None = None
    basis: str
    date: str
    name: str
    keys: tuple[Key, ...]
    recovery: Recovery | None = None
    authorized_by: tuple[str, ...] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        fields.check(self, GRAMMAR)
        first = self.record == 1
        if (self.previous is None) != first:
            raise FieldConflict(
                "a first record follows nothing" if self.previous else "a later record names the one before it",
                field="previous",
            )
        if (self.basis == "first") != first:
            raise FieldConflict("the first record, and no other, has the basis first", field="basis")
        fields.distinct([key.key for key in self.keys], "keys[{}].key", "listed")
        for position, key in enumerate(self.keys):
            if (key.since is not None) != (key.status == "compromised"):
                raise FieldConflict("a compromised key, and no other, says since when", field=f"keys[{position}].since")
        if first and not any(key.status == "active" for key in self.keys):
            raise FieldConflict("a first record has an active key", field="keys")
        if first and self.authorized_by:
            raise FieldConflict("a first record is authorized by nobody", field="authorized_by")
        fields.distinct(self.authorized_by, "authorized_by[{}]", "named")
        if self.recovery is not None:
            fields.distinct(self.recovery.organizations, "recovery.organizations[{}]", "named")
            if self.organization in self.recovery.organizations:
                raise FieldConflict("an organization can't recover itself", field="recovery.organizations")
            if self.recovery.threshold > len(self.recovery.organizations):
                raise FieldConflict("more organizations are needed than are named", field="recovery.threshold")

    @classmethod
    def from_data(cls, data: Mapping[str, Value]) -> Self:
        """A key record out of the data of a canonical document; raises `RecordError` or `CanonicalError`."""
        fields.shape(data, GRAMMAR)
        return fields.from_data(cls, data, {"keys": Key, "recovery": Recovery}, ("record",))

    def to_data(self) -> dict[str, Value]:
        """The record's fields in their order, as `canonical.dump` writes them."""
        return fields.to_data(self)

    def to_bytes(self) -> bytes:
        """The canonical bytes: what is stored, digested and signed; raises `TooLarge` above 1 MiB."""
        return canonical.dump(self.to_data())

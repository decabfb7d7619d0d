"""A kept checkpoint: a reader's own copy of what an archive was (``spec/history.md``, "A copy to keep").

No record of an archive: nobody signs it, and `records.decode` doesn't know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from openletter import canonical
from openletter.canonical import Value
from openletter.errors import FieldConflict, FieldValue, NotCanonical, UnknownFormat
from openletter.records import fields
from openletter.records.fields import Field

MAX_COMMITS: Final = 14_000
"""The most commits that are listed: with ids of 64 digits, what a canonical document holds."""
MAX_ROOTS: Final = 100
"""The most commits without parents that a history may have to be kept."""

_COMMIT: Final = fields.pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", "commit id of 40 or 64 hex digits")

GRAMMAR: Final = (
    Field("format", fields.constant("kept-checkpoint/1"), required=True),
    Field("date", fields.date, required=True),
    Field("commit", _COMMIT, required=True),
    Field("tree", fields.pattern(r"[0-9a-f]{64}", "SHA-256 tree id of 64 hex digits"), required=True),
    Field("roots", _COMMIT, required=True, many=True),
    Field("commits", _COMMIT, required=True, many=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheckpoint:
    """What an archive was, valid from construction.

    `tree` is the SHA-256 git tree id of ``archive`` and ``keys``. `roots` are the commits without parents, sorted;
    `commits` the ids of the history of `commit`, itself first, none before a descendant of it: the first `MAX_COMMITS`.
    """

    FORMAT: ClassVar[str] = "kept-checkpoint/1"

    date: str
    commit: str
    tree: str
    roots: tuple[str, ...]
    commits: tuple[str, ...]

    def __post_init__(self) -> None:
        fields.check(self, GRAMMAR)
        for name, values, most in (("roots", self.roots, MAX_ROOTS), ("commits", self.commits, MAX_COMMITS)):
            # Rule 1: at most so many.
            if len(values) > most:
                raise FieldValue(f"{len(values)} commits, and at most {most} may stand here", field=name)
            # Rule 2: ids of one repository have one length.
            for position, value in enumerate(values):
                if len(value) != len(self.commit):
                    raise FieldConflict(
                        f"an id of {len(value)} digits beside one of {len(self.commit)}", field=f"{name}[{position}]"
                    )
            # Rule 3: none is listed twice.
            fields.distinct(values, name + "[{}]", "listed")
        # Rule 4: the roots are sorted, and the list begins with the commit itself.
        if list(self.roots) != sorted(self.roots):
            raise FieldConflict("the roots are not sorted", field="roots")
        if self.commits[0] != self.commit:
            raise FieldConflict("the list of commits doesn't begin with the commit itself", field="commits[0]")

    @property
    def complete(self) -> bool:
        """Are all commits of the history listed? A list that was cut lacks a root, for that comes after all others."""
        return set(self.roots) <= set(self.commits)

    @classmethod
    def from_data(cls, data: Mapping[str, Value]) -> Self:
        """A kept checkpoint out of the data of a canonical document; raises `RecordError` or `CanonicalError`."""
        fields.shape(data, GRAMMAR)
        return fields.from_data(cls, data, {})

    def to_data(self) -> dict[str, Value]:
        """The fields in their order, as `canonical.dump` writes them."""
        return fields.to_data(self)

    def to_bytes(self) -> bytes:
        """The canonical bytes: at most 1 MiB."""
        return canonical.dump(self.to_data())


def decode_kept(data: bytes) -> KeptCheckpoint:
    """The kept checkpoint that these bytes are; raises `CanonicalError` or `RecordError`."""
    document = canonical.load(data)
    first, kind = next(iter(document.items()))
    if first != "format" or kind != KeptCheckpoint.FORMAT:
        raise UnknownFormat(f"the first line doesn't say {KeptCheckpoint.FORMAT}", line=1)
    kept = KeptCheckpoint.from_data(document)
    if kept.to_bytes() != data:
        # No input is known to come here, as in `records.decode`.
        raise NotCanonical("written again, this gives other bytes")
    return kept

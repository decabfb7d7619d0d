"""DER (ITU-T X.690), as far as a timestamp has it: one spelling of each value, read field by field.

Whatever is not the one spelling is a `TimestampError`. Only tags of one byte are known; a certificate is an element
like any other here, and what is in it is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from openletter.errors import TimestampError

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
OCTETS: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
UTF8: Final = 0x0C
TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31

# GeneralizedTime in its one spelling: to the second, or with a fraction that ends in no zero.
_TIME = re.compile(rb"([0-9]{14})(?:\.([0-9]*[1-9]))?Z")


@dataclass(frozen=True, slots=True)
class Element:
    """One value: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes


class Fields:
    """The elements of some content, taken one after the other; `end` says that there are no more."""

    def __init__(self, content: bytes, what: str) -> None:
        self._content = content
        self._at = 0
        self._what = what

    def take(self, *tags: int) -> Element:
        """The next element, which has one of these tags; any tag, where none is named."""
        found = self._next()
        if found is None or (tags and found.tag not in tags):
            raise TimestampError(f"it can't be read: {self._what} lacks a field, or has another in its place")
        self._at += len(found.whole)
        return found

    def take_optional(self, tag: int) -> Element | None:
        """The next element where it has this tag; else nothing is taken."""
        found = self._next()
        if found is None or found.tag != tag:
            return None
        self._at += len(found.whole)
        return found

    def rest(self) -> Iterator[Element]:
        """All elements that are left."""
        while self._at < len(self._content):
            yield self.take()

    def end(self) -> None:
        """Refuse what is left."""
        if self._at != len(self._content):
            raise TimestampError(f"it can't be read: something stands behind the last field of {self._what}")

    def _next(self) -> Element | None:
        content, at = self._content, self._at
        if at == len(content):
            return None
        end = at + 2
        if end > len(content):
            raise TimestampError(f"it can't be read: {self._what} ends in the middle")
        tag, length = content[at], content[at + 1]
        if tag & 0x1F == 0x1F:
            raise TimestampError(f"it can't be read: {self._what} has a tag of more than one byte")
        if length >= 0x80:
            end += length - 0x80
            if end > len(content):
                raise TimestampError(f"it can't be read: {self._what} ends in the middle")
            length = int.from_bytes(content[at + 2 : end])
            # No length but the shortest: not 0x80 (until further notice), none that begins with zero or needs no more.
            if length < 0x80 or content[at + 2] == 0:
                raise TimestampError(f"it can't be read: a length in {self._what} is not in its shortest form")
        if end + length > len(content):
            raise TimestampError(f"it can't be read: {self._what} ends in the middle")
        return Element(tag, content[end : end + length], content[at : end + length])


def inside(element: Element, what: str) -> Fields:
    """The fields of an element that is made of others."""
    return Fields(element.content, what)


def whole(data: bytes, tag: int, what: str) -> Fields:
    """The fields of the one element that these bytes are."""
    fields = Fields(data, what)
    only = fields.take(tag)
    fields.end()
    return inside(only, what)


def number(element: Element) -> int:
    """An integer, in as few bytes as it needs."""
    content = element.content
    if not content or (len(content) > 1 and content[0] in {0, 0xFF} and content[0] >> 7 == content[1] >> 7):
        raise TimestampError("it can't be read: a number is not in its shortest form")
    return int.from_bytes(content, signed=True)


def check_oid(element: Element) -> bytes:
    """The content of an object identifier, which is how identifiers are compared."""
    content = element.content
    starts = [0, *(at + 1 for at, byte in enumerate(content[:-1]) if byte < 0x80)]
    if not content or content[-1] >= 0x80 or any(content[at] == 0x80 for at in starts):
        raise TimestampError("it can't be read: an object identifier is malformed")
    return content


def time(element: Element) -> datetime:
    """A time in UTC; what is finer than a microsecond is rounded up, but for the last one of a second."""
    found = _TIME.fullmatch(element.content)
    if found is None:
        raise TimestampError("it can't be read: its time is malformed")
    fraction = (found[2] or b"").decode()
    try:
        second = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise TimestampError("it can't be read: its time is no time") from None
    finer = len(fraction) > 6
    return second.replace(microsecond=min(int(fraction[:6].ljust(6, "0")) + finer, 999_999))


def check_order(elements: list[bytes], what: str) -> None:
    """Refuse a set whose elements don't stand in the order of their bytes."""
    if elements != sorted(elements):
        raise TimestampError(f"it can't be read: {what} stand in another order than DER gives them")


def encode(tag: int, content: bytes) -> bytes:
    """An element of this tag and content."""
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content

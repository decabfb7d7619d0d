"""A revision as printed lines, each with the field that it is of, in the record's order or as a copy orders them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, NamedTuple

from openletter.records import Letter
from openletter.search.folding import Folded, fold

HEAD: Final = ("sender", "date", "reference", "addressees", "address", "subject", "salutation")
"""The groups before the body; a line of another group stands in the body or behind it."""
NAMED: Final = ("signatories", "addressees", "address", "sender", "copies")
"""The groups that name people: one of several lost is a difference, never an excerpt."""
_COLUMNS: Final = (2, 3, 4)


class Line(NamedTuple):
    """A line of a letter: its text, the field that it is of, and the group of fields that may be lacking as a whole.

    `entry` numbers the entries that may stand in another order: lines of one entry stay together.
    """

    text: str
    field: str
    group: str
    entry: int


@dataclass(frozen=True, slots=True)
class Printed:
    """A revision's lines, their text folded, and of each word the line that it is in."""

    lines: tuple[Line, ...]
    folded: Folded
    line_of: tuple[int, ...]
    """Of each word, the number of its line."""

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Printed:
        lines = tuple(lines)
        folded = fold("\n".join(line.text for line in lines))
        starts: list[int] = []
        place = 0
        for line in lines:
            starts.append(place)
            place += len(line.text) + 1
        return cls(lines, folded, tuple(bisect_right(starts, word.start) - 1 for word in folded.words))

    def words(self) -> list[str]:
        return [word.folded for word in self.folded.words]


def lines_of(letter: Letter) -> list[Line]:
    """The lines of a letter as `records.text.as_lines` orders them, without labels; the body is one."""
    out: list[Line] = []
    entry = 0

    def add(group: str, parts: Iterable[tuple[str, str | None]]) -> None:
        nonlocal entry
        entry += 1
        out.extend(
            Line(text, field, "address" if ".address" in field else group, entry)
            for field, text in parts
            if text is not None
        )

    add("sender", [("sender", letter.sender)])
    if letter.place is not None and not (letter.date_line and letter.place in letter.date_line):
        add("date", [("place", letter.place)])
    add("date", [("date_line" if letter.date_line else "date", letter.date_line or letter.date)])
    add("reference", [("reference", letter.reference)])
    for number, one in enumerate(letter.addressees):
        at = f"addressees[{number}]"
        parts = [(f"{at}.name", one.name), (f"{at}.title", one.title), (f"{at}.organization", one.organization)]
        add("addressees", [*parts, *((f"{at}.address", line) for line in one.address)])
    add("subject", [("subject", letter.subject)])
    add("salutation", [("salutation", letter.salutation)])
    add("body", [("body", letter.body)])
    add("valediction", [("valediction", letter.valediction)])
    for number, who in enumerate(letter.signatories):
        at = f"signatories[{number}]"
        add("signatories", [(f"{at}.name", who.name), (f"{at}.title", who.title), (f"{at}.of", who.of)])
    for number, copied in enumerate(letter.copies):
        add("copies", [(f"copies[{number}]", copied)])
    return out


def as_ordered_in(lines: Sequence[Line], copy: Sequence[str], body: tuple[int, int]) -> list[Line] | None:
    """The lines in the order in which `copy` has them, or nothing where that is the record's own.

    Entries that are there word for word are moved; the head is looked for before `body` (where the copy has that), the
    others behind it. Signatories in columns that were read line by line across are put so.
    """
    head = [line for line in lines if line.group in HEAD]
    middle = [line for line in lines if line.group == "body"]
    tail = [line for line in lines if line.group not in HEAD and line.group != "body"]
    ordered = _sorted(head, copy[: body[0]]) + middle + _sorted(tail, copy[body[1] :])
    signed = [line for line in tail if line.group == "signatories"]
    if signed and ordered == list(lines):
        rest = copy[body[1] :]
        places = _places(rest)
        for columns in _columns(signed):
            if _find([w for line in columns for w in _words(line)], rest, places):
                first = next(n for n, line in enumerate(ordered) if line.group == "signatories")
                return [*ordered[:first], *columns, *ordered[first + len(signed) :]]
    return None if ordered == list(lines) else ordered


def _words(line: Line) -> list[str]:
    return [word.folded for word in fold(line.text).words]


def _places(words: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        places.setdefault(word, []).append(number)
    return places


def _find(wanted: Sequence[str], words: Sequence[str], places: dict[str, list[int]]) -> list[int]:
    size = len(wanted)
    candidates = places.get(wanted[0], [])[:200] if wanted else []
    return [place for place in candidates if list(words[place : place + size]) == list(wanted)]


def _sorted(lines: list[Line], copy: Sequence[str]) -> list[Line]:
    entries: dict[int, list[Line]] = {}
    for line in lines:
        entries.setdefault(line.entry, []).append(line)
    places = _places(copy)
    used: set[int] = set()
    keyed: list[tuple[int, int, list[Line]]] = []
    last = -1
    for number, entry in enumerate(entries.values()):
        found = _find([w for line in entry for w in _words(line)], copy, places)
        if not found:  # an addressee without its address
            found = _find([w for line in entry if line.group != "address" for w in _words(line)], copy, places)
        place = next((one for one in found if one not in used), None)
        if place is not None:
            used.add(place)
            last = place
        keyed.append((last, number, entry))
    keyed.sort(key=lambda one: one[:2])
    return [line for _, _, entry in keyed for line in entry]


def _columns(lines: list[Line]) -> Iterable[list[Line]]:
    """The entries' lines as they are read across columns, filled row by row or column by column."""
    entries: dict[int, list[Line]] = {}
    for line in lines:
        entries.setdefault(line.entry, []).append(line)
    listed = list(entries.values())
    for count in _COLUMNS:
        if len(listed) < count:
            return
        by_row = [listed[at : at + count] for at in range(0, len(listed), count)]
        height = -(-len(listed) // count)
        by_column = [listed[at::height] for at in range(height)]
        for rows in (by_row, by_column):
            yield [line for row in rows for across in zip_longest(*row) for line in across if line is not None]
            yield [line for row in rows for entry in row for line in entry]

"""What changed between two revisions of a letter, by words.

Pure functions over two letters; how a change is shown is decided above. The work is bounded: where two texts are too
different to be compared word by word in reasonable time, the one is shown as replaced by the other. Words are aligned
by the greedy algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): its cost grows with
the difference, so that it can be cut off, while that of `difflib` is cubic for two texts that share their spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final, Literal
from unicodedata import category

from openletter.records.letter import FIELDS, Addressee, Letter, Signatory

Kind = Literal["same", "deleted", "inserted"]

_UNSPACED: Final = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
# Words, runs of space, single other characters; what `_UNSPACED` matches goes by the character.
_TOKEN: Final = re.compile(rf"{_UNSPACED}|[^\W_]+|\s+|.")
# A character of a script that writes no spaces between words: a word of its own.
_ALONE: Final = re.compile(_UNSPACED)
_JOINERS: Final = frozenset("\u200c\u200d")
_NOT_COMPARED: Final = frozenset({"format", "letter", "revision", "previous"})
_KEPT: Final = 0.7
"""How much must have stayed, for each letter that went or came, for a passage to be shown word by word."""
_PHRASE: Final = 25
"""So many letters are a phrase, and are shown word by word whatever stayed."""
_EFFORT: Final = 2_000_000
"""The steps that one comparison of two letters may take; a step is less than a microsecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A run of text that is in both, only in the older (`deleted`), or only in the newer (`inserted`)."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field that differs: `lines` of the text, each in parts; a line that is wholly `same` is context.

    At least one part is not `same`. Such a part is empty where nothing but the end of its line came or went.
    """

    field: str
    lines: tuple[tuple[Part, ...], ...]


def compare(older: Letter, newer: Letter) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order of the letter; empty where only number and predecessor do."""
    effort = _Effort(_EFFORT)
    changes: list[FieldChange] = []
    for field in FIELDS:
        if field in _NOT_COMPARED:
            continue
        old, new = getattr(older, field), getattr(newer, field)
        if old == new:
            continue
        before, after = _lines(old), _lines(new)
        if before == after:  # the same words in other places
            before, after = _labelled_lines(old), _labelled_lines(new)
        changes.append(FieldChange(field=field, lines=tuple(_compare_lines(before, after, effort))))
    return tuple(changes)


# --- a field as lines ---


def _lines(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return [line for item in value for line in _item_lines(item)]
    return str(value).split("\n")


def _item_lines(item: object) -> list[str]:
    if isinstance(item, Addressee):
        return [part for part in (item.name, item.title, item.organization, *item.address) if part is not None]
    if isinstance(item, Signatory):
        named = ", ".join(part for part in (item.name, item.title, item.of) if part is not None)
        return [f"{named} ({item.organization})" if item.organization else named]
    return [str(item)]


def _labelled_lines(items: Sequence[Addressee | Signatory]) -> list[str]:
    """Each part of each item with its number and name: no two values give the same."""
    lines: list[str] = []
    for number, item in enumerate(items, 1):
        for part in fields(item):
            lines += [f"{number}. {part.name}: {text}" for text in _lines(getattr(item, part.name))]
    return lines


# --- lines in parts ---


def _compare_lines(before: Sequence[str], after: Sequence[str], effort: _Effort) -> Iterator[tuple[Part, ...]]:
    for same, a, b in _runs(before, after, effort):
        olds, news = before[a], after[b]
        if same:
            for line in olds:
                yield (Part(kind="same", text=line),)
        elif len(olds) == len(news):
            for old, new in zip(olds, news, strict=True):
                yield (Part(kind="same", text=old),) if old == new else _compare_line(old, new, effort)
        elif not news:
            yield from ((Part(kind="deleted", text=line),) for line in olds)
        elif not olds:
            yield from ((Part(kind="inserted", text=line),) for line in news)
        else:
            parts = tuple(_compare_words("\n".join(olds), "\n".join(news), effort))
            if _reads_well(parts):
                yield from _split_lines(parts)
            else:
                yield from ((Part(kind="deleted", text=line),) for line in olds)
                yield from ((Part(kind="inserted", text=line),) for line in news)


def _compare_line(old: str, new: str, effort: _Effort) -> tuple[Part, ...]:
    parts = tuple(_compare_words(old, new, effort))
    return parts if _reads_well(parts) else tuple(_changed(old, new))


def _reads_well(parts: Sequence[Part]) -> bool:
    """Has enough stayed for a passage to be shown word by word? Else people read it better as replaced."""
    weights = {kind: sum(_weight(part.text) for part in parts if part.kind == kind) for kind in ("deleted", "inserted")}
    changed = max(weights.values())
    return changed <= _PHRASE or sum(_weight(part.text) for part in parts if part.kind == "same") >= _KEPT * changed


def _weight(text: str) -> int:
    """How many letters and digits."""
    return sum(map(str.isalnum, text))


def _compare_words(old: str, new: str, effort: _Effort) -> Iterator[Part]:
    before, after = _words(old), _words(new)
    deleted = inserted = ""
    runs = list(_runs(before, after, effort))
    for place, (same, a, b) in enumerate(runs):
        text = "".join(before[a])
        # What stands between two changes and holds no letter or digit goes with them: people read phrases, not words.
        between = 0 < place < len(runs) - 1 and not any(character.isalnum() for character in text)
        if same and not (between and "\n" not in text):
            yield from _changed(deleted, inserted)
            yield Part(kind="same", text=text)
            deleted = inserted = ""
        else:
            deleted += text
            inserted += "".join(after[b])
    yield from _changed(deleted, inserted)


def _changed(deleted: str, inserted: str) -> Iterator[Part]:
    if deleted:
        yield Part(kind="deleted", text=deleted)
    if inserted:
        yield Part(kind="inserted", text=inserted)


def _split_lines(parts: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    line: list[Part] = []
    for part in parts:
        first, *others = part.text.split("\n")
        if first:
            line.append(Part(kind=part.kind, text=first))
        for other in others:
            if all(shown.kind != part.kind for shown in line):
                line.append(Part(kind=part.kind, text=""))
            yield tuple(line)
            line = [Part(kind=part.kind, text=other)] if other else []
    yield tuple(line)


def _words(text: str) -> list[str]:
    """The text in words, runs of space and single other characters; a combining mark stays with what it marks."""
    cuts: list[int] = []
    before, after_mark = " ", False
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        mark = first in _JOINERS or category(first).startswith("M")
        inside = after_mark and (before in _JOINERS or (first.isalnum() and not _ALONE.match(first)))
        if before.isspace() or first.isspace() or not (mark or inside):
            cuts.append(token.start())
        before, after_mark = text[token.end() - 1], mark
    return [text[start:end] for start, end in pairwise([*cuts, len(text)])]


# --- the alignment of two sequences ---


class _Effort:
    """The steps that are left; no single alignment may take more than a quarter of them."""

    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps


def _runs(before: Sequence[str], after: Sequence[str], effort: _Effort) -> Iterator[tuple[bool, slice, slice]]:
    """Both sequences as runs, by turns the same in both (True) and different; together they cover them."""
    shorter = min(len(before), len(after))
    start = end = 0
    while start < shorter and before[start] == after[start]:
        start += 1
    while end < shorter - start and before[-1 - end] == after[-1 - end]:
        end += 1
    a_end, b_end = len(before) - end, len(after) - end
    common = [(0, 0, start)]
    if start < a_end and start < b_end:
        middle = _common(before[start:a_end], after[start:b_end], effort)
        common += [(start + a, start + b, length) for a, b, length in middle]
    common += [(a_end, b_end, end)]
    a = b = 0
    for a_next, b_next, length in common:
        if a < a_next or b < b_next:
            yield False, slice(a, a_next), slice(b, b_next)
        if length:
            yield True, slice(a_next, a_next + length), slice(b_next, b_next + length)
        a, b = a_next + length, b_next + length


def _common(a: Sequence[str], b: Sequence[str], effort: _Effort) -> list[tuple[int, int, int]]:
    """The runs that both have, each as its two beginnings and its length; none where finding them takes too long.

    Row d holds, for each diagonal k = x - y out of -d, -d + 2, ..., d, the furthest x that d edits reach on it.
    """
    most = effort.left // 4
    steps = 0
    rows: list[list[int]] = []
    while steps <= most:
        d = len(rows)
        row: list[int] = []
        for i in range(d + 1):
            k = 2 * i - d
            x = start = _entry(rows[-1], i) if rows else 0
            while x < len(a) and x - k < len(b) and a[x] == b[x - k]:
                x += 1
            steps += 1 + x - start
            row.append(x)
            if x >= len(a) and x - k >= len(b):
                effort.left -= steps
                return _traced(rows, i, x)
        rows.append(row)
    effort.left -= steps
    return []


def _entry(row: list[int], i: int) -> int:
    """Where diagonal i of the next row begins: one item of `a` left out, or one of `b`, whichever is further."""
    return max(row[i - 1] + 1 if i > 0 else 0, row[i] if i < len(row) else 0)


def _traced(rows: list[list[int]], i: int, x: int) -> list[tuple[int, int, int]]:
    """The runs on the way to the end, which lies behind the last row, on its diagonal i, at x."""
    common: list[tuple[int, int, int]] = []
    for d in range(len(rows), -1, -1):
        k = 2 * i - d
        start = _entry(rows[d - 1], i) if d else 0
        if x > start:
            common.append((start, start - k, x - start))
        if d:
            row = rows[d - 1]
            if i > 0 and row[i - 1] + 1 == start:
                i -= 1
            x = row[i]
    return common[::-1]

"""What changed between two revisions of a letter, by words.

Pure functions over two letters; how a change is shown is decided above. The work is bounded: where two texts are too
different to be compared word by word in reasonable time, the one is shown as replaced by the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from openletter.records.letter import FIELDS, Addressee, Letter, Signatory

Kind = Literal["same", "deleted", "inserted"]

# Words, runs of space, single other characters; scripts that write no spaces between words go by the character.
_TOKEN: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+|\s+|."
)
_NOT_COMPARED: Final = frozenset({"format", "letter", "revision", "previous"})
_MOST: Final = 4_000_000
"""The largest product of two lengths that is compared item by item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A run of text that is in both, only in the older (`deleted`), or only in the newer (`inserted`)."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field that differs: `lines` of the text, each in parts; a line that is wholly `same` is context."""

    field: str
    lines: tuple[tuple[Part, ...], ...]


def compare(older: Letter, newer: Letter) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order of the letter; empty where only number and predecessor do."""
    changes: list[FieldChange] = []
    for field in FIELDS:
        if field in _NOT_COMPARED:
            continue
        before, after = _lines(getattr(older, field)), _lines(getattr(newer, field))
        if before != after:
            changes.append(FieldChange(field=field, lines=tuple(_compare_lines(before, after))))
    return tuple(changes)


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


def _compare_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[Part, ...]]:
    for tag, a, b in _opcodes(before, after):
        if tag == "equal":
            for line in before[a]:
                yield (Part(kind="same", text=line),)
            continue
        olds, news = list(before[a]), list(after[b])
        if len(olds) == len(news):
            for old, new in zip(olds, news, strict=True):
                yield tuple(_compare_words(old, new))
        else:
            yield from _split_lines(_compare_words("\n".join(olds), "\n".join(news)))


def _compare_words(old: str, new: str) -> Iterator[Part]:
    a_words, b_words = _TOKEN.findall(old), _TOKEN.findall(new)
    edits = [(tag == "equal", "".join(a_words[a]), "".join(b_words[b])) for tag, a, b in _opcodes(a_words, b_words)]
    deleted = inserted = ""
    for place, (equal, before, after) in enumerate(edits):
        # What stands between two changes and holds no letter or digit goes with them: people read phrases, not words.
        between = 0 < place < len(edits) - 1 and not any(character.isalnum() for character in before)
        if not equal or (between and "\n" not in before):
            deleted, inserted = deleted + before, inserted + after
            continue
        yield from _changed(deleted, inserted)
        deleted = inserted = ""
        yield Part(kind="same", text=before)
    yield from _changed(deleted, inserted)


def _changed(deleted: str, inserted: str) -> Iterator[Part]:
    if deleted:
        yield Part(kind="deleted", text=deleted)
    if inserted:
        yield Part(kind="inserted", text=inserted)


def _split_lines(parts: Iterator[Part]) -> Iterator[tuple[Part, ...]]:
    line: list[Part] = []
    for part in parts:
        first, *others = part.text.split("\n")
        if first:
            line.append(Part(kind=part.kind, text=first))
        for other in others:
            yield tuple(line)
            line = [Part(kind=part.kind, text=other)] if other else []
    yield tuple(line)


def _opcodes(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, slice, slice]]:
    """The edits from the one sequence to the other, common ends trimmed first."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    if start:
        yield "equal", slice(0, start), slice(0, start)
    a_end, b_end = len(before) - end, len(after) - end
    if (a_end - start) * (b_end - start) > _MOST:
        yield "replace", slice(start, a_end), slice(start, b_end)
    else:
        matcher = SequenceMatcher(None, before[start:a_end], after[start:b_end], autojunk=False)
        for tag, a1, a2, b1, b2 in matcher.get_opcodes():
            yield tag, slice(start + a1, start + a2), slice(start + b1, start + b2)
    if end:
        yield "equal", slice(a_end, len(before)), slice(b_end, len(after))

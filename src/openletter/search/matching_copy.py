"""A copy made ready to be compared: page furniture taken out, words joined that a line end had broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from openletter.search.folding import Folded, Mark, Word

_NUMBER: Final = re.compile(
    r"[-–—\s]*(?P<said>page|p\.|seite|página|pagina|صفحة|第)?\s*(?P<number>[0-9]{1,4})"
    r"(?P<total>\s*(?:of|/|de|von|sur|من)\s*[0-9]{1,4})?\s*页?[-–—\s]*",
    re.I,
)
_NEAR: Final = 2
"""So many lines on each side of a page number or a page's end may be furniture, where they repeat."""
_HYPHENS: Final = "-‐‑\u00ad"


@dataclass(slots=True)
class Tokens:
    """Words of a text and the marks before each of them (and after the last), as both sides are compared."""

    text: str
    words: list[str]
    spans: list[tuple[int, int]]
    gaps: list[list[Mark]]
    optional: set[int] = field(default_factory=set)
    hyphenated: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, folded: Folded, removed: Sequence[tuple[int, int]] = ()) -> Tokens:
        """Without what lies in the spans `removed`, which are in order."""
        count = len(folded.words)
        kept = [n for n, word in enumerate(folded.words) if not _within(word, removed)] if removed else range(count)
        place_of = [0] * (count + 1)  # of each word, how many are kept before it
        for new, old in enumerate(kept):
            place_of[old + 1] = new + 1
        for old in range(1, count + 1):
            place_of[old] = max(place_of[old], place_of[old - 1])
        gaps: list[list[Mark]] = [[] for _ in range(len(kept) + 1)]
        for mark in folded.marks:
            if not removed or not _within(mark, removed):
                gaps[place_of[mark.before]].append(mark)
        words = [folded.words[n] for n in kept] if removed else folded.words
        numbered = folded.numbers | folded.addresses
        return cls(
            folded.text,
            [word[0] for word in words],
            [word[1:] for word in words],
            gaps,
            {place_of[n] for n in numbered if n < count and place_of[n + 1] > place_of[n]},
        )

    def joined_like(self, other: Sequence[str]) -> None:
        """Put words together that a hyphen at a line's end divides, where `other` has the whole and not the parts."""
        if not any(mark.joins for gap in self.gaps for mark in gap):
            return
        known, pairs = set(other), set(pairwise(other))
        words: list[str] = []
        spans: list[tuple[int, int]] = []
        gaps: list[list[Mark]] = []
        optional: set[int] = set()
        for number, (word, span) in enumerate(zip(self.words, self.spans, strict=True)):
            gap = self.gaps[number]
            breaks = len(gap) == 1 and gap[0].joins and self.text[gap[0].start] in _HYPHENS
            if words and breaks:
                whole = words[-1] + word
                apart = (words[-1], word) in pairs
                fits = whole in known and (not apart or (len(words) > 1 and (words[-2], whole) in pairs))
                if fits:
                    words[-1] = whole
                    spans[-1] = (spans[-1][0], span[1])
                    self.hyphenated.add(len(words) - 1)
                    continue
            if number in self.optional:
                optional.add(len(words))
            words.append(word)
            spans.append(span)
            gaps.append(gap)
        self.words, self.spans, self.gaps, self.optional = words, spans, [*gaps, self.gaps[-1]], optional

    def verbatim(self, start: int, end: int) -> str:
        """What stands in the text from word `start` to before `end`."""
        return self.text[self.spans[start][0] : self.spans[end - 1][1]] if start < end else ""


def _within(one: Word | Mark, spans: Sequence[tuple[int, int]]) -> bool:
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle][1] <= one.start:
            low = middle + 1
        else:
            high = middle
    return low < len(spans) and spans[low][0] <= one.start


def furniture(text: str) -> list[tuple[int, int]]:
    """The lines of a copy that are page furniture, as spans in order (``spec/identify.md``, "Furniture").

    Page numbers that count up from page to page, and lines beside two of them or beside two ends of pages that are
    the same. What stands behind all other lines is none, but for page numbers.
    """
    lines = [(start, end, text[start:end].strip()) for start, end in _lines(text)]
    filled = [number for number, line in enumerate(lines) if line[2]]
    shown = [lines[number] for number in filled]
    numbers = _page_numbers(shown)
    borders = {*numbers, *_page_ends(text, shown)}
    if not borders:
        return []
    inner = sorted(borders - {0, len(filled)})
    borders |= {0, len(filled)}
    beside: dict[tuple[str, bool], set[int]] = {}
    for border in sorted(borders):
        after = border + (border in numbers)
        for number in (*range(border - _NEAR, border), *range(after, after + _NEAR)):
            if 0 <= number < len(filled) and number not in numbers:
                beside.setdefault((shown[number][2], number < border), set()).add(number)
    found = set(numbers)
    for same in beside.values():
        if len(same) > 1:
            found |= same
    # Each page has lines of its own, or these are no pages.
    for start, end in pairwise([0, *inner, len(filled)]):
        own = sum(number not in found for number in range(start, end))
        if not own and any(number not in numbers for number in range(start, end)):
            return []
    # A name could be added below the list as the foot of a page.
    behind = len(filled) - 1
    while behind in found:
        if behind not in numbers:
            found.remove(behind)
        behind -= 1
    return [shown[number][:2] for number in sorted(found)]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    place = 0
    for line in text.splitlines(keepends=True):
        yield place, place + len(line)
        place += len(line)


def _page_numbers(lines: Sequence[tuple[int, int, str]]) -> set[int]:
    """The lines that are page numbers: 1, 2 … or 2, 3 …, at least two, and nothing else on the line."""
    found = [
        (number, match)
        for number, line in enumerate(lines)
        if len(line[2]) < 30 and (match := _NUMBER.fullmatch(line[2])) is not None
    ]
    values = [int(match["number"]) for _, match in found]
    if len(values) < 2 or values[0] not in (1, 2) or values != list(range(values[0], values[0] + len(values))):
        return set()
    kinds = Counter((bool(match["said"]), bool(match["total"])) for _, match in found)
    return {number for number, _ in found} if len(kinds) == 1 else set()


def _page_ends(text: str, lines: Sequence[tuple[int, int, str]]) -> Iterator[int]:
    """The numbers of the lines before which a page begins."""
    for number in range(1, len(lines)):
        if "\f" in text[lines[number - 1][0] : lines[number][0]]:
            yield number


def tokens(folded: Folded, spans: Sequence[tuple[int, int]], printed: Counter[str]) -> tuple[Tokens, list[str]]:
    """A copy without its furniture (`spans`), and that furniture; what is `printed` so often in the letter is none."""
    text = folded.text
    removed: list[tuple[int, int]] = []
    left = printed.copy()
    for start, end in spans:
        line = text[start:end].strip()
        if left[line] > 0:
            left[line] -= 1
            continue
        removed.append((start, end))
    told = list(dict.fromkeys(text[start:end].strip() for start, end in removed))
    return Tokens.of(folded, removed), told

"""One revision compared with one copy, word by word and mark by mark (``spec/identify.md``, "Grades")."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from openletter.search.folding import QUOTE, Mark
from openletter.search.matching_align import Block, align, slid, without_strays
from openletter.search.matching_copy import Tokens
from openletter.search.matching_parts import Printed

Kind = Literal["missing", "added", "changed", "punctuation"]
BEFORE: Final = "before"
AFTER: Final = "after"
_JUNCTION: Final = frozenset(",;:-|()/·")
_EDGE: Final = frozenset((QUOTE, "[", "]", "(", ")"))
_OPTIONAL_GROUPS: Final = ("date",)
_NEVER_AMID: Final = frozenset({"addressees", "signatories"})
"""Where these lack between words that the copy has, somebody took them out."""
_LABELS: Final = frozenset(
    tuple(label.split())
    for label in (
        *("re", "subject", "objet", "asunto", "betreff", "assunto", "oggetto", "onderwerp", "konu", "тема", "الموضوع"),
        *("विषय", "主 题", "主 題", "件 名", "cc", "c c", "copy", "copies", "copie", "kopie", "copia", "抄 送"),
    )
)
"""What stands before a subject or before those who get copies, where a colon follows it."""
_RULE: Final = re.compile(r"(?:\s*[-_*=~—–]){3,}\s*|--\s*")
_PROSE_WORDS: Final = 8
LEAST_RUN: Final = 4
"""So many words in a row, at least, speak for a copy being of this letter."""


@dataclass(frozen=True, slots=True)
class Change:
    """A difference: the words `a` of the revision and `b` of the copy (either may be empty), and their field."""

    kind: Kind
    field: str
    expected: str
    found: str
    words: int
    place: int


@dataclass(slots=True)
class Comparison:
    """What a revision and a copy have in common and what not.

    `before` and `after` are words of the copy outside of the letter; `apart` says that they clearly stand apart.
    `lacking` are groups of fields that are not in the copy at all, `first` and `last` the words of the revision that
    are there first and last, `cut` says that its body is there in part.
    """

    changes: list[Change] = field(default_factory=list)
    before: str = ""
    after: str = ""
    apart: bool = True
    lacking: tuple[str, ...] = ()
    cut: bool = False
    first: int = -1
    last: int = -1
    matched: int = 0
    body: int = 0
    body_runs: int = 0
    foreign: int = 0
    blocks: list[Block] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)

    @property
    def cost(self) -> int:
        """How many words and marks differ."""
        return sum(change.words for change in self.changes)


def compare(printed: Printed, record: Tokens, copy: Tokens, iso_date: str) -> Comparison:
    """The copy against one order of the revision's lines; `copy` has its broken words joined already."""
    blocks = without_strays(slid(align(record.words, copy.words), record.words, copy.words), printed.line_of)
    out = Comparison(blocks=blocks)
    matched = [False] * len(record.words)
    for block in blocks:
        matched[block.a : block.a + block.size] = [True] * block.size
    groups = [printed.lines[number].group for number in printed.line_of]
    out.matched = sum(block.size for block in blocks)
    for block in blocks:
        run = [n for n in range(block.a, block.a + block.size) if groups[n] == "body"]
        out.body += len(run)
        # A few words in a row are what any two texts share; characters of scripts without spaces count half.
        enough = len(run) >= LEAST_RUN * 2 or (len(run) >= LEAST_RUN and record.words[run[0]] < "\u0e00")
        out.body_runs += len(run) if enough else 0
    out.foreign = len(copy.words) - out.matched
    if not blocks:
        return out
    out.first, out.last = blocks[0].a, blocks[-1].a + blocks[-1].size - 1
    present = {groups[number] for number, here in enumerate(matched) if here}
    named = set(groups[out.first : out.last + 1]) & _NEVER_AMID
    absent = [group for group in dict.fromkeys(groups) if group not in present | named and group != "body"]
    walk = _Walk(printed, record, copy, iso_date, groups, set(absent), out)
    walk.run()
    absent = [group for group in absent if group not in walk.replaced]
    out.lacking = tuple(group for group in absent if group not in _OPTIONAL_GROUPS or iso_date == "")
    return out


class _Walk:
    def __init__(
        self,
        printed: Printed,
        record: Tokens,
        copy: Tokens,
        iso_date: str,
        groups: list[str],
        absent: set[str],
        out: Comparison,
    ) -> None:
        self.printed, self.record, self.copy = printed, record, copy
        self.groups, self.absent, self.out = groups, absent, out
        self.iso = iso_date.split("-") if iso_date else []
        self.replaced: set[str] = set()
        self.numbers = sorted(printed.folded.numbers)
        self.starts: list[int] = []
        place = 0
        for line in printed.lines:
            self.starts.append(place)
            place += len(line.text) + 1

    def run(self) -> None:
        out, blocks = self.out, self.out.blocks
        head, tail = blocks[0], blocks[-1]
        self._edge_missing(0, head.a)
        begin = self._labels(0, head.b, head.a)
        if begin:
            out.before = self.copy.verbatim(0, begin)
            out.apart &= self._apart_before(begin, head.b)
        self._edge_marks(front=True, alone=not begin)
        for number, block in enumerate(blocks):
            if number:
                before = blocks[number - 1]
                self._gap(before.a + before.size, block.a, before.b + before.size, block.b)
            for step in range(1, block.size):
                self._marks(block.a + step - 1, block.a + step, self.copy.gaps[block.b + step], block.b + step)
        end_a, end_b = tail.a + tail.size, tail.b + tail.size
        self._edge_missing(end_a, len(self.record.words))
        if end_b < len(self.copy.words):
            out.after = self.copy.verbatim(end_b, len(self.copy.words))
            out.apart &= self._apart_after(end_b)
        self._edge_marks(front=False, alone=end_b == len(self.copy.words))

    # --- words ---

    def _edge_missing(self, start: int, end: int) -> None:
        """Words of the revision before the first or behind the last that the copy has."""
        parts = [n for n in range(start, end) if self.groups[n] not in self.absent]
        cut = [n for n in parts if self.groups[n] == "body"]
        named = [n for n in parts if self.groups[n] != "body" and not self._may_lack(n)]
        if cut:
            self.out.cut = True
        self._missing(named)

    def _may_lack(self, number: int) -> bool:
        return self.groups[number] in self.absent

    def _droppable(self, number: int) -> bool:
        """A word that Markdown shows otherwise: the address of a link, the number of an entry in a list."""
        if number not in self.record.optional or self.groups[number] != "body":
            return False
        word = self.record.words[number]
        if not (word.isascii() and word.isdigit()) or number in self.printed.folded.addresses:
            return True
        place = bisect_left(self.numbers, number)
        return word == "1" or (place > 0 and self.record.words[self.numbers[place - 1]] == str(int(word) - 1))

    def _gap(self, a: int, a_end: int, b: int, b_end: int) -> None:
        wanted = [n for n in range(a, a_end) if not self._may_lack(n)]
        dropped = [n for n in wanted if self._droppable(n)]
        found_end = self._labels(b, b_end, a_end)
        if (
            self.iso
            and self.copy.words[b:found_end] == self.iso
            and self.groups[max(a - 1, 0)] in ("sender", "place", "date")
        ):
            found_end = b
        if b == found_end and len(dropped) == len(wanted):
            if dropped:
                self.out.dropped.add("lists and links")
            found_marks = list(self.copy.gaps[b])
            if b_end > b:  # a label, or the date as digits: what stands behind it divides
                found_marks += [m for m in self.copy.gaps[b_end] if m.folded not in {":", "."}]
            self._marks(a - 1, a_end, found_marks, b_end)
            return
        if b == found_end:
            self._missing(wanted)
            return
        found = self.copy.verbatim(b, found_end)
        if not wanted and a < a_end:  # other words in the place of a part that is lacking
            wanted = list(range(a, a_end))
            self.replaced |= {self.groups[number] for number in wanted}
        if not wanted:
            self._add("added", self._between(a - 1, a_end), "", found, found_end - b, a)
            return
        expected = self.record.verbatim(wanted[0], wanted[-1] + 1)
        words = max(len(wanted), found_end - b)
        self._add("changed", self._field_of(wanted[0], wanted[-1]), expected, found, words, a)

    def _missing(self, wanted: list[int]) -> None:
        """One difference for each run, entry by entry."""
        runs: list[list[int]] = []
        for number in wanted:
            line = self.printed.lines[self.printed.line_of[number]]
            if runs:
                before = self.printed.lines[self.printed.line_of[runs[-1][-1]]]
                if runs[-1][-1] == number - 1 and before.entry == line.entry:
                    runs[-1].append(number)
                    continue
            runs.append([number])
        for run in runs:
            expected = self.record.verbatim(run[0], run[-1] + 1)
            self._add("missing", self._field_of(run[0], run[-1]), expected, "", len(run), run[0])

    def _field_of(self, first: int, last: int) -> str:
        one = self.printed.lines[self.printed.line_of[first]]
        other = self.printed.lines[self.printed.line_of[last]]
        if one.field == other.field:
            return one.field
        if one.entry == other.entry:
            return one.field.partition(".")[0]
        return one.group if one.group == other.group else one.field.partition(".")[0]

    def _between(self, before: int, after: int) -> str:
        """The field that words between these two words of the revision stand in."""
        if before < 0:
            return BEFORE
        one = self.printed.lines[self.printed.line_of[before]]
        if after >= len(self.record.words):
            return AFTER
        other = self.printed.lines[self.printed.line_of[after]]
        if one is other:
            return one.field
        if "signatories" in (one.group, other.group):
            return "signatories"
        return one.group if one.group == other.group else f"{one.field.partition('.')[0]}"

    def _labels(self, b: int, b_end: int, a_end: int) -> int:
        """The end of the copy's words from `b` without a label before the word `a_end` (``Re:``, ``cc:``)."""
        if a_end >= len(self.record.words) or self.groups[a_end] not in ("subject", "copies"):
            return b_end
        if a_end and self.printed.line_of[a_end - 1] == self.printed.line_of[a_end]:
            return b_end
        if not any(mark.folded == ":" for mark in self.copy.gaps[b_end]):
            return b_end
        for size in (1, 2):
            label = tuple(word.casefold() for word in self.copy.words[max(b, b_end - size) : b_end])
            if b_end - size >= b and label in _LABELS:
                return b_end - size
        return b_end

    # --- what stands around ---

    def _apart_before(self, end: int, start: int) -> bool:
        """Is there a line alone between, or does a sentence of some length end before it?"""
        text = self.copy.text
        between = text[self.copy.spans[end - 1][1] : self.copy.spans[start][0]]
        if any(_RULE.fullmatch(line) for line in between.splitlines()[1:]):
            return True
        line = text[: self.copy.spans[end - 1][1]].splitlines()[-1]
        # The line as it stands, up to the end of its last word; what ends it comes behind.
        ended = between.lstrip("\"'”’»)").startswith((".", ":", "!", "?", "…", "。", "：", "।", "؟"))
        return ended and "\n" in between and len(line.split()) >= _PROSE_WORDS

    def _apart_after(self, start: int) -> bool:
        between = self.copy.text[self.copy.spans[start - 1][1] : self.copy.spans[start][0]]
        return any(_RULE.fullmatch(line) for line in between.splitlines()[1:])

    # --- marks ---

    def _line_span(self, word: int) -> tuple[int, int]:
        line = self.printed.line_of[word]
        return self.starts[line], self.starts[line] + len(self.printed.lines[line].text)

    def _marks(self, before: int, after: int, found: list[Mark], b: int) -> None:
        """The marks between two words of the revision that follow each other in the copy."""
        if after == before + 1:
            wanted = self.record.gaps[after]
            if not wanted and not found:
                return
        else:
            end, start = self._line_span(before)[1], self._line_span(after)[0]
            among = [mark for gap in self.record.gaps[before + 1 : after + 1] for mark in gap]
            same = self.printed.line_of[before] == self.printed.line_of[after]
            wanted = [mark for mark in among if same or mark.start < end or mark.start >= start]
        junction = self._is_junction(before, after)
        if not same_marks(wanted, found, junction):
            self._punctuation(before, after, b - 1, b)

    def _is_junction(self, before: int, after: int) -> bool:
        one, other = self.printed.line_of[before], self.printed.line_of[after]
        loose = {"body", "salutation", "valediction"}
        return one != other and not ({self.groups[before], self.groups[after]} <= loose)

    def _edge_marks(self, *, front: bool, alone: bool) -> None:
        """The marks before the first word that the copy has, or behind the last: those of its own line."""
        block = self.out.blocks[0 if front else -1]
        if front:
            number, place = block.a, block.b
            start = self._line_span(number)[0]
            wanted = [mark for mark in self.record.gaps[number] if mark.start >= start]
            text_start = self.copy.spans[place][0]
            found = [m for m in self.copy.gaps[place] if "\n" not in self.copy.text[m.end : text_start]]
            inner = number and self.printed.line_of[number - 1] == self.printed.line_of[number]
        else:
            number, place = block.a + block.size - 1, block.b + block.size - 1
            end = self._line_span(number)[1]
            wanted = [mark for mark in self.record.gaps[number + 1] if mark.start < end]
            text_end = self.copy.spans[place][1]
            found = [m for m in self.copy.gaps[place + 1] if "\n" not in self.copy.text[text_end : m.start]]
            last = number + 1 == len(self.record.words)
            inner = not last and self.printed.line_of[number + 1] == self.printed.line_of[number]
        if not alone and front:
            return
        if inner or self.out.cut:
            kept = [mark for mark in found if mark.folded not in _EDGE and not mark.optional]
            if [mark.folded for mark in kept[:3]] == ["."] * 3:
                kept = []
            needed = [mark.folded for mark in wanted if mark.folded not in _EDGE and not mark.optional]
            fits = front or [mark.folded for mark in kept] == needed[: len(kept)]
        else:
            loose = self.groups[number] not in ("body", "salutation", "valediction")
            fits = same_marks(wanted, found, loose) or same_marks(
                wanted, [m for m in found if m.folded != QUOTE], loose
            )
        if not fits:
            self._punctuation(number, number, place, place)

    def _punctuation(self, before: int, after: int, b: int, b_end: int) -> None:
        expected = self._around(self.record, before, after)
        found = self._around(self.copy, b, b_end)
        self._add("punctuation", self._field_of(before, after), expected, found, 1, before)

    @staticmethod
    def _around(side: Tokens, first: int, last: int) -> str:
        """These words with the marks that stand at them."""
        start, end = side.spans[first][0], side.spans[last][1]
        if first == last:
            start = min([start, *(mark.start for mark in side.gaps[first])])
            end = max([end, *(mark.end for mark in side.gaps[last + 1])])
        return side.text[start:end]

    def _add(self, kind: Kind, at: str, expected: str, found: str, words: int, place: int) -> None:
        self.out.changes.append(Change(kind, at, expected, found, words, place))


def same_marks(wanted: Sequence[Mark], found: Sequence[Mark], junction: bool) -> bool:
    """Are these marks equal but for those that Markdown hides, and (between lines) for those that divide lines?"""
    if [mark.folded for mark in wanted] == [mark.folded for mark in found]:
        return True
    if len(wanted) * len(found) > 10_000:
        return False
    reach = {0}  # how many of `found` are accounted for
    for mark in [*wanted, None]:
        more = set(reach)
        for reached in reach:
            place = reached
            while place < len(found) and (found[place].optional or (junction and found[place].folded in _JUNCTION)):
                place += 1
                more.add(place)
        reach = more
        if mark is None:
            return len(found) in reach
        step = {p + 1 for p in reach if p < len(found) and found[p].folded == mark.folded}
        reach = step | (reach if mark.optional else set())
        if not reach:
            return False
    return False

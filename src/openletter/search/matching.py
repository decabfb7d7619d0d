"""Which revision of which letter is this copy? Graded, with the words that differ (``spec/identify.md``, "Grades").

No copy with another word, name or mark is called the same words, and where nothing is found, that is all that is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from openletter.records import Letter
from openletter.search.folding import Folded, fold
from openletter.search.matching_compare import AFTER, BEFORE, Change, Comparison, compare
from openletter.search.matching_copy import Tokens, furniture, tokens
from openletter.search.matching_parts import Line, Printed, as_ordered_in, lines_of
from openletter.search.matching_typography import typography

LEAST_WORDS: Final = 12
"""A shorter part of a letter is not said to be an excerpt of it; characters of scripts without spaces count half."""
LEAST_SHARE: Final = 0.5
"""So much of the body, or of what the copy has beside names and addresses, is shared by a copy that is known."""
MOST_COMPARED: Final = 12
"""How many revisions are compared word by word: those that share most words."""
MOST_DIFFERENCES: Final = 50
MOST_SHOWN: Final = 1000
"""Characters of one difference, and of what stands around a letter."""


class Grade(StrEnum):
    """What a copy is; the order is that of ``spec/identify.md``."""

    SAME_WORDS = "same-words"
    CONTAINS = "contains"
    EXCERPT = "excerpt"
    DIFFERS = "differs"
    NOT_KNOWN = "not-known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A revision that a copy may be of; `withdrawn` are organizations that withdrew from it."""

    letter: str
    revision: int
    digest: str
    record: Letter
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the revision has (`expected`) and what the copy has (`found`), as they stand there.

    `kind` is ``missing``, ``added``, ``changed`` or ``punctuation``; `field` is the record's, or ``before`` or
    ``after`` for text that stands outside of the letter and not clearly apart from it.
    """

    field: str
    kind: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The best answer over the revisions that were given.

    `also` are other revisions with the same answer and no difference more. `typography` says what kinds of it differ.
    `around` is text of the copy outside of the letter, page furniture among it. `lacking` are groups of fields that
    the copy has not at all; `parts` the fields that it has, and `first` and `last` the words it begins and ends with.
    `excerpt` says that only a part of the letter is there, with differences or text around. `more` counts differences
    that are not listed.
    """

    grade: Grade
    known: Known | None = None
    also: tuple[Known, ...] = ()
    typography: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    excerpt: bool = False
    differences: tuple[Difference, ...] = ()
    more: int = 0

    @property
    def letter(self) -> str | None:
        """The letter's id."""
        return self.known.letter if self.known else None

    @property
    def revision(self) -> int | None:
        """The number of the revision."""
        return self.known.revision if self.known else None


class _Answer(NamedTuple):
    known: Known
    grade: Grade
    cost: int
    lacked: int
    comparison: Comparison
    printed: Printed
    copy: Tokens
    record: Tokens
    ordered: bool
    told: list[str]


def grade(copy: str, known: Sequence[Known]) -> Finding:
    """The best answer for this text over these revisions; which they are is the caller's choice.

    Time grows with the length of the copy and of the twelve revisions that share most words with it.
    """
    folded = fold(copy)
    if not folded.words:
        return Finding(grade=Grade.NOT_KNOWN)
    spans = furniture(copy)
    base = Tokens.of(folded)
    answers: list[_Answer] = []
    least: int | None = None
    for far, one, printed in _nearest(base.words, known):
        if least is not None and far > least:
            continue
        answer = _answer(one, printed, folded, base, spans)
        if answer.grade is Grade.SAME_WORDS:
            least = far  # what shares fewer words can't have the same
        if answer.grade is not Grade.NOT_KNOWN:
            answers.append(answer)
    if not answers:
        return Finding(grade=Grade.NOT_KNOWN)
    best = min(answers, key=_rank)
    # Of one letter, the newest revision with the same answer; which signatories one lacks is then no matter.
    same = [a for a in answers if a.grade is best.grade and a.cost == best.cost]
    same.sort(key=lambda a: (a.known.letter != best.known.letter, a.known.letter, -a.known.revision))
    chosen = same[0]
    also = tuple(a.known for a in same[1:]) if chosen.grade is not Grade.DIFFERS else ()
    return _finding(chosen, also)


def _rank(answer: _Answer) -> tuple[bool, int, bool, int, str, int]:
    return (
        answer.grade is Grade.DIFFERS,
        answer.cost,
        answer.grade is Grade.EXCERPT,
        answer.lacked,
        "".join(chr(0x10FFFF - ord(one)) for one in answer.known.record.date),
        -answer.known.revision,
    )


def _nearest(words: Sequence[str], known: Sequence[Known]) -> list[tuple[int, Known, Printed]]:
    """The revisions that share most words with a copy, as bags of words."""
    counted = Counter(words)
    found: list[tuple[int, int, Known, Printed]] = []
    for number, one in enumerate(known):
        printed = Printed.of(lines_of(one.record))
        own = Counter(printed.words())
        shared = sum(min(times, counted[word]) for word, times in own.items())
        if shared * 4 >= min(len(words), len(printed.line_of)):
            found.append((2 * shared - len(printed.line_of), -number, one, printed))
    found.sort(key=lambda item: item[:2], reverse=True)
    near = found[:MOST_COMPARED]
    return [(len(words) - score, one, printed) for score, _, one, printed in near]


def _answer(one: Known, printed: Printed, folded: Folded, base: Tokens, spans: Sequence[tuple[int, int]]) -> _Answer:
    record = one.record
    iso = "" if record.date_line else record.date
    own = Tokens.of(printed.folded)
    tokenized, told = replace(base, hyphenated=set()), list[str]()
    if spans:
        lines = Counter(piece.strip() for line in printed.lines for piece in line.text.split("\n"))
        tokenized, told = tokens(folded, spans, lines)
    tokenized.joined_like(own.words)
    first = compare(printed, own, tokenized, iso)
    answer = _graded(one, first, printed, tokenized, own, told, ordered=False)
    if answer.grade in (Grade.SAME_WORDS, Grade.CONTAINS) or not first.body or not _beside_body(first):
        return answer
    ordered = _ordered(printed, first, tokenized)
    if ordered is None:
        return answer
    again = Printed.of(ordered)
    own = Tokens.of(again.folded)
    second = compare(again, own, tokenized, iso)
    other = _graded(one, second, again, tokenized, own, told, ordered=True)
    return min(answer, other, key=lambda a: (_rank(a)[:4], a.ordered))


def _beside_body(found: Comparison) -> bool:
    """Does anything differ outside of the body, so that another order may explain it?"""
    return bool(found.before or found.after or any(change.field != "body" for change in found.changes))


def _ordered(printed: Printed, first: Comparison, copy: Tokens) -> list[Line] | None:
    places: list[int] = []
    for block in first.blocks:
        reach = range(block.a, block.a + block.size)
        inside = [n for n in reach if printed.lines[printed.line_of[n]].group == "body"]
        if inside:
            places += [block.b + inside[0] - block.a, block.b + inside[-1] - block.a]
    if not places:
        return None
    return as_ordered_in(printed.lines, copy.words, (min(places), max(places) + 1))


def _graded(
    one: Known, found: Comparison, printed: Printed, copy: Tokens, own: Tokens, told: list[str], *, ordered: bool
) -> _Answer:
    groups = [printed.lines[number].group for number in printed.line_of]
    part = found.cut or bool(found.lacking)
    around = bool(found.before or found.after)
    if not _is_known(found, groups, copy):
        grade = Grade.NOT_KNOWN
    elif found.changes or (around and (part or not found.apart)):
        grade = Grade.DIFFERS
    elif around:
        grade = Grade.CONTAINS
    elif part:
        grade = Grade.EXCERPT if _weight(copy.words) >= LEAST_WORDS else Grade.NOT_KNOWN
    else:
        grade = Grade.SAME_WORDS
    beside = len(fold(found.before).words) + len(fold(found.after).words) if grade is Grade.DIFFERS else 0
    lacked = sum(group in found.lacking for group in groups)
    return _Answer(one, grade, found.cost + beside, lacked, found, printed, copy, own, ordered, told)


def _is_known(found: Comparison, groups: list[str], copy: Tokens) -> bool:
    """Is enough of the letter's own body in the copy to say that it is a copy of it?"""
    if not found.body:
        return False
    clean = not found.changes and not found.before and not found.after
    if clean and not found.cut:
        return True
    of_copy = len(copy.words) - (found.matched - found.body)
    least = min(groups.count("body"), of_copy)
    return found.body_runs >= LEAST_SHARE * least


def _weight(words: Sequence[str]) -> float:
    return sum(0.5 if len(word) == 1 and word >= "\u0e00" else 1 for word in words)


def _finding(answer: _Answer, also: tuple[Known, ...]) -> Finding:
    found = answer.comparison
    kinds = set(found.dropped)
    if answer.told:
        kinds.add("page furniture")
    if answer.ordered:
        kinds.add("order of signatories" if _signatories_moved(answer) else "order of parts")
    typographic = typography(answer.record, answer.copy, found.blocks)
    changes = list(found.changes)
    around = [text for text in (found.before, found.after) if text]
    if answer.grade is Grade.DIFFERS:
        if found.before:
            changes.append(Change("added", BEFORE, "", found.before, 1, -1))
        if found.after:
            last = "signatories" if _ends_with_names(answer) else AFTER
            changes.append(Change("added", last, "", found.after, 1, len(answer.record.words)))
    changes.sort(key=lambda change: (_weight_of(change.field), change.place))
    part = found.cut or bool(found.lacking)
    groups = dict.fromkeys(answer.printed.lines[answer.printed.line_of[n]].group for n in _present(found))
    return Finding(
        grade=answer.grade,
        known=answer.known,
        also=also,
        typography=tuple(sorted({*typographic, *kinds})),
        around=tuple(_short(text) for text in [*around, *answer.told]),
        lacking=found.lacking,
        parts=tuple(groups),
        first=_short(answer.record.verbatim(found.first, min(found.first + 6, found.last + 1)), 100),
        last=_short(answer.record.verbatim(max(found.last - 5, found.first), found.last + 1), 100),
        excerpt=part,
        differences=tuple(
            Difference(field=c.field, kind=c.kind, expected=_short(c.expected), found=_short(c.found))
            for c in changes[:MOST_DIFFERENCES]
        ),
        more=max(0, len(changes) - MOST_DIFFERENCES),
    )


def _present(found: Comparison) -> list[int]:
    return [number for block in found.blocks for number in range(block.a, block.a + block.size)]


def _signatories_moved(answer: _Answer) -> bool:
    lines = answer.printed.lines
    signed = [line for line in lines if line.group == "signatories"]
    return signed != [line for line in lines_of(answer.known.record) if line.group == "signatories"]


def _ends_with_names(answer: _Answer) -> bool:
    last = answer.comparison.last
    return last >= 0 and answer.printed.lines[answer.printed.line_of[last]].group in ("signatories", "copies")


def _weight_of(field: str) -> int:
    if field.startswith("signatories"):
        return 0
    return 1 if field.startswith("addressees") or field == "address" else 2


def _short(text: str, most: int = MOST_SHOWN) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

"""Which revision is this copy? Over a corpus of letters and what becomes of them (``spec/identify.md``, "Grades")."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

from identify_corpus import altered, archive, faithful, letter, quote
from openletter.records.text import as_lines
from openletter.search.folding import words
from openletter.search.matching import Finding, Grade, Known, grade

CLEAN = {Grade.SAME_WORDS, Grade.CONTAINS, Grade.EXCERPT}


def chance(known: Known) -> random.Random:
    return random.Random(known.digest)  # noqa: S311


def candidates(text: str) -> list[Known]:
    """The revisions of the archive that share most words with a copy: a plain stand-in for the index."""
    here = Counter(word.folded for word in words(text))
    scored = [(sum((here & own).values()), place) for place, own in enumerate(_bags())]
    return [archive()[place] for _, place in sorted(scored, reverse=True)[:8]]


@cache
def _bags() -> tuple[Counter[str], ...]:
    return tuple(Counter(word.folded for word in words("\n".join(as_lines(one.record)))) for one in archive())


def found(text: str) -> Finding:
    return grade(text, candidates(text))


def names(answer: Finding, wanted: Known) -> bool:
    """Is this the revision, or another with the same words?"""
    return any(
        (one.letter, one.revision) == (wanted.letter, wanted.revision) for one in (answer.known, *answer.also) if one
    )


def told_as_such(answer: Finding, text: str) -> bool:
    """Are these the very words of the revision that was named?"""
    assert answer.known is not None
    return "".join("\n".join(as_lines(answer.known.record)).split()) == "".join(text.split())


def test_copies_with_the_same_words_are_said_to_have_the_same_words() -> None:
    wrong = []
    for known in archive():
        for what, text in faithful(known.record, chance(known)):
            answer = found(text)
            if answer.grade is not Grade.SAME_WORDS or not names(answer, known):
                wrong.append(
                    (known.letter, known.revision, what, answer.grade.value, answer.revision, answer.differences[:2])
                )
    assert wrong == []


def test_no_altered_copy_is_called_the_same_words_and_its_revision_is_named() -> None:
    clean, others, total = [], [], 0
    for known in archive():
        for what, text in altered(known.record, chance(known)):
            answer = found(text)
            total += 1
            # An altered copy of one revision may be a faithful one of another.
            if answer.grade in CLEAN and not (answer.grade is Grade.SAME_WORDS and told_as_such(answer, text)):
                clean.append((known.letter, known.revision, what, answer.grade.value, answer.revision))
            if not names(answer, known) and not (answer.known and told_as_such(answer, text)):
                others.append((known.letter, known.revision, what, answer.grade.value, answer.letter, answer.revision))
    assert clean == []
    assert {letter for letter, *_, named, _ in others if named != letter} == set()
    assert len(others) * 100 <= total, others


def test_a_quote_of_forty_words_is_an_excerpt_of_the_revision_that_has_it() -> None:
    wrong = []
    for known in archive():
        text = quote(known.record, chance(known))
        answer = found(text)
        if answer.grade is not Grade.EXCERPT or not names(answer, known):
            wrong.append((known.letter, known.revision, answer.grade.value, answer.letter, answer.differences[:2]))
    assert wrong == []


def test_a_foreign_letter_with_the_same_addressee_signatories_and_phrases_is_not_known() -> None:
    wrong = []
    for number in range(40):
        text = "\n".join(as_lines(letter(number, foreign=True)))
        answer = grade(text, archive())
        if answer.grade is not Grade.NOT_KNOWN:
            wrong.append((number, answer.grade.value, answer.letter, answer.revision))
    assert wrong == []

"""What a copy is called, and what it must never be called (``spec/identify.md``, "Grades")."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openletter.records import Addressee, Letter, Signatory
from openletter.records.text import as_lines
from openletter.search.matching import Finding, Grade, Known, grade

BODY = (
    "Since 1961 the Board has measured the forty wells of the valley; nobody may read what was measured.\n\n"
    "We re-sign what the government's office wrote in 2019 – “working papers” – and ask for *all* of it.\n"
    "Will you open the record, at a cost of 1,000 a year, before the end of June?\n\n"
    "1. Open the door.\n2. Mend the roof.\n\n"
    "We thank you, and see [our survey](https://alder.example/wells) for the rest of what we found."
)
LETTER = Letter(
    letter="2026/wells",
    revision=1,
    date="2026-03-02",
    date_line="2 March 2026",
    language="en",
    sender="Coalition for the Lower Valley",
    addressees=(
        Addressee(name="Dana Whitlow", title="Commissioner", organization="Water Board", address=("4 Mill Lane",)),
    ),
    subject="Open the wells",
    salutation="Dear Commissioner,",
    body=BODY,
    valediction="Respectfully,",
    signatories=(
        Signatory(name="Ida Marsh", title="Director", of="Alder Institute"),
        Signatory(name="Tomás Quill", title="Chair", of="Birch Alliance"),
        Signatory(name="Aylin Tarhan", title="Secretary General", of="Cedar Watch"),
        Signatory(name="Peter Osei", title="President", of="Dogwood Union"),
    ),
)
TEXT = "\n".join(as_lines(LETTER))


def known(letter: Letter) -> Known:
    return Known(letter=letter.letter, revision=letter.revision, digest=letter.digest, record=letter)


def found(copy: str, *others: Letter) -> Finding:
    return grade(copy, [known(LETTER), *(known(other) for other in others)])


@pytest.mark.parametrize(
    ("copy", "kind"),
    [
        (TEXT.replace("“", '"').replace("”", '"'), "quotes"),
        (TEXT.replace("–", "-"), "dashes"),
        (TEXT.replace("*all*", "all"), "emphasis"),
        (TEXT.replace("measured the", "meas-\nured the"), "hyphenation"),
        (TEXT.replace("office", "o\ufb03ce"), "form of characters"),
        (TEXT.replace("the Board", "the\u2003Board"), "spaces"),
        (TEXT.replace("Since 1961 ", "Since 1961\n"), "line ends"),
        (TEXT.replace("1. Open", "Open").replace("2. Mend", "Mend"), "lists and links"),
        (TEXT.replace("[our survey](https://alder.example/wells)", "our survey"), "lists and links"),
        (TEXT.replace("Ida Marsh\nDirector", "Ida Marsh, Director"), "punctuation"),
        ("\n".join(as_lines(replace(LETTER, signatories=LETTER.signatories[::-1]))), "order of signatories"),
    ],
)
def test_typography_alone_is_the_same_words_and_is_told(copy: str, kind: str) -> None:
    answer = found(copy)
    assert (answer.grade, answer.differences) == (Grade.SAME_WORDS, ())
    assert kind in answer.typography


@pytest.mark.parametrize(
    ("copy", "field", "kind", "words"),
    [
        (TEXT.replace("may read", "may not read"), "body", "added", "not"),
        (TEXT.replace("forty", "fourteen"), "body", "changed", "fourteen"),
        (TEXT.replace("1961", "1967"), "body", "changed", "1967"),
        (TEXT.replace("1,000", "1.000"), "body", "changed", "1.000"),
        (TEXT.replace("of June?", "of June."), "body", "punctuation", "June.\n\n1"),
        (TEXT.replace("you, and", "you and"), "body", "punctuation", "you and"),
        (TEXT.replace("2019 – “", "2019 “"), "body", "punctuation", "2019 “working"),
        (TEXT.replace("2 March", "3 March"), "date_line", "changed", "3"),
        (TEXT.replace("Dana", "Dora"), "addressees[0].name", "changed", "Dora"),
        (TEXT.replace("Ida", "Ada"), "signatories[0].name", "changed", "Ada"),
        (TEXT + "\n\nZelkova Front", "signatories", "added", "Zelkova Front"),
        (TEXT.replace("Ida Marsh", "Zelkova Front\n\nIda Marsh"), "signatories", "added", "Zelkova Front"),
        ("Zelkova Front\n" + TEXT, "before", "added", "Zelkova Front"),
        (TEXT.replace("wells of", "wells\n12\nof"), "body", "added", "12"),
        (TEXT.replace("\n2. Mend", "\n3. Mend"), "body", "changed", "3"),
        (TEXT.replace("Open the wells", "OPEN THE WELLS"), "subject", "changed", "Re: OPEN THE WELLS"),
        (TEXT.replace("1961", "\u202e1961"), "body", "added", "\u202e"),
        (TEXT.replace("alder.example/wells", "alder.example/walls"), "body", "changed", "walls"),
    ],
)
def test_what_was_altered_is_shown(copy: str, field: str, kind: str, words: str) -> None:
    answer = found(copy)
    assert answer.grade is Grade.DIFFERS
    assert [(d.field, d.kind, d.found) for d in answer.differences] == [(field, kind, words)]


def test_a_signatory_left_out_is_a_difference_and_no_excerpt() -> None:
    for place in range(4):
        rest = tuple(one for number, one in enumerate(LETTER.signatories) if number != place)
        answer = found("\n".join(as_lines(replace(LETTER, signatories=rest))))
        assert answer.grade is Grade.DIFFERS
        assert answer.differences[0].field == f"signatories[{place}]"
        assert answer.differences[0].kind == "missing"


def test_names_come_first_among_the_differences() -> None:
    copy = TEXT.replace("1961", "1967").replace("Dana", "Dora").replace("Ida", "Ada")
    assert [d.found for d in found(copy).differences] == ["Ada", "Dora", "1967"]


def test_two_columns_read_across_are_the_same_words_but_titles_that_changed_places_are_not() -> None:
    head = TEXT[: TEXT.index("Ida Marsh")]
    rows = [
        *("Ida Marsh   Tomás Quill", "Director   Chair", "Alder Institute   Birch Alliance"),
        *("Aylin Tarhan   Peter Osei", "Secretary General   President", "Cedar Watch   Dogwood Union"),
    ]
    answer = found(head + "\n".join(rows))
    assert (answer.grade, "order of signatories" in answer.typography) == (Grade.SAME_WORDS, True)
    rows[1] = "Chair   Director"
    assert found(head + "\n".join(rows)).grade is Grade.DIFFERS


def test_the_whole_letter_in_another_text_is_told_with_what_stands_around() -> None:
    answer = found("I was asked to send this letter on to everybody here.\n\n" + TEXT + "\n-- \nSent from afar")
    assert answer.grade is Grade.CONTAINS
    assert answer.around == ("I was asked to send this letter on to everybody here", "Sent from afar")


def test_furniture_of_pages_is_left_out_and_told() -> None:
    half = TEXT.index("We re-sign")
    copy = f"Joint letter\n{TEXT[:half]}\nPage 1 of 2\n\fJoint letter\n{TEXT[half:]}\nPage 2 of 2\n"
    answer = found(copy)
    assert (answer.grade, answer.differences) == (Grade.SAME_WORDS, ())
    assert answer.around == ("Joint letter", "Page 1 of 2", "Page 2 of 2")


def test_a_name_is_no_furniture_because_it_was_added_twice() -> None:
    for copy in (f"Zelkova Front\n1\n{TEXT}\nZelkova Front\n2\n", f"\fZelkova Front\n{TEXT}\n\fZelkova Front"):
        answer = found(copy)
        assert (answer.grade, answer.differences[0].field) == (Grade.DIFFERS, "signatories")
        assert answer.differences[0].found.startswith("Zelkova Front")


@pytest.mark.parametrize(("end", "last"), [("1", "2"), ("\f", "\f")])
def test_a_name_below_the_list_is_no_furniture_though_each_page_ends_with_it(end: str, last: str) -> None:
    lines = TEXT.split("\n")
    copy = "\n".join([*lines[:16], "Zelkova Front", end, *lines[16:], "Zelkova Front", last])
    answer = found(copy)
    assert answer.grade is Grade.DIFFERS
    assert any("Zelkova Front" in one.found for one in answer.differences if one.kind == "added")


def test_parts_that_a_copy_lacks_are_named() -> None:
    answer = found("\n".join(as_lines(replace(LETTER, sender=None, subject=None))))
    assert (answer.grade, answer.lacking) == (Grade.EXCERPT, ("sender", "subject"))


def test_a_letter_without_those_whom_it_addresses_differs() -> None:
    answer = found(TEXT.replace("Dana Whitlow\nCommissioner\nWater Board\n4 Mill Lane\n", ""))
    assert answer.grade is Grade.DIFFERS
    assert (answer.differences[0].kind, answer.differences[0].field) == ("missing", "addressees[0]")
    assert answer.differences[0].expected.startswith("Dana Whitlow")


def test_a_part_of_the_body_is_an_excerpt_and_an_altered_one_is_not() -> None:
    part = "the Board has measured the forty wells of the valley; nobody may read what was measured"
    answer = found(part)
    assert (answer.grade, answer.first[:9], answer.parts) == (Grade.EXCERPT, "the Board", ("body",))
    altered = found(part.replace("nobody", "everybody"))
    assert (altered.grade, altered.excerpt) == (Grade.DIFFERS, True)
    assert found("the forty wells of the valley").grade is Grade.NOT_KNOWN


def test_the_newest_revision_with_the_same_words_is_named_and_the_others_beside_it() -> None:
    second = replace(LETTER, revision=2, previous=LETTER.digest, signatories=LETTER.signatories[:3])
    assert found(TEXT, second).revision == 1
    answer = found(BODY, second)
    assert (answer.revision, [one.revision for one in answer.also]) == (2, [1])


def test_a_letter_that_shares_all_but_its_body_is_not_known() -> None:
    other = replace(
        LETTER, body="Close the harbour wall before winter, as twelve boats were lost there last year alone."
    )
    assert found("\n".join(as_lines(other))).grade is Grade.NOT_KNOWN
    assert found("").grade is Grade.NOT_KNOWN


WORDS = TEXT.split(" ")


@given(st.integers(0, len(WORDS) - 1), st.sampled_from(["x", "not", "7", "Zelkova"]), st.sampled_from("sid"))
def test_one_word_altered_inserted_or_deleted_is_never_the_same_words(place: int, word: str, how: str) -> None:
    pieces = list(WORDS)
    if how == "s":
        pieces[place] = word
    elif how == "i":
        pieces.insert(place, word)
    elif not any(c.isalnum() for c in pieces.pop(place)):
        return
    answer = found(" ".join(pieces))
    assert answer.grade is not Grade.SAME_WORDS
    assert answer.differences or answer.lacking or answer.around


@given(st.data())
def test_changes_of_typography_are_always_the_same_words(data: st.DataObject) -> None:
    ways = {
        " ": [" ", "\n", "\u00a0", "  ", " \u200b"],
        "–": ["–", "—", "-"],
        "“": ["“", '"', "«"],
        "'": ["'", "’"],
        "fi": ["\ufb01"],
        "á": ["a\u0301"],
        "*": ["", "*", "**"],
    }
    plain = TEXT.replace("\n1. ", "\n").replace("\n2. ", "\n")
    copy = "".join(data.draw(st.sampled_from(ways[c])) if c in ways else c for c in plain)
    assert found(copy).grade is Grade.SAME_WORDS

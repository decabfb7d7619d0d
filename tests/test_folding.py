"""What is equal after folding, and what never is (``spec/identify.md``, "Folding")."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openletter.search.folding import fold, words


def folded(text: str) -> list[str]:
    return [word.folded for word in words(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the office", "the o\ufb03ce"),
        ("café", "cafe\u0301"),
        ("isn't", "isn’t"),
        ("well known", "well\u00a0known"),
        ("well known", "well\n> known"),
        ("government", "govern\u00adment"),
        ("government", "gov\u200bernment"),
        ("very **much** so", "very much so"),
        ("un*believ*able", "unbelievable"),
        ("## Rivers", "Rivers"),
        ("- one\n- two", "• one\n• two"),
        ("２０１９", "2019"),
        ("سلام", "سـلام"),
        ("\ufefb", "لا"),
        ("ｶﾞ", "ガ"),
    ],
)
def test_typography_is_equal(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10²", "102"),
        ("1,000", "1.000"),
        ("1,000", "1000"),
        ("½", "12"),
        ("①", "1"),
        ("Us", "US"),
        ("resume", "résumé"),
        ("paypal", "pаypal"),
        ("5", "-5"),
        ("now here", "nowhere"),
        ("5%", "5"),
        ("中文", "文中"),
        ("٣", "3"),
        ("a+b", "a-b"),
    ],
)
def test_what_somebody_wrote_otherwise_is_never_equal(one: str, other: str) -> None:
    def both(text: str) -> tuple[list[str], list[str]]:
        return folded(text), [mark.folded for mark in fold(text).marks if not mark.optional]

    assert both(one) != both(other)


def test_scripts_without_spaces_are_words_by_character() -> None:
    assert folded("水的记录 open") == ["水", "的", "记", "录", "open"]
    assert len(folded("ภาษาไทย")) > 3


def test_no_word_hides_behind_a_fence() -> None:
    assert [word.folded for word in words("```never\nthe end\n```")] == ["never", "the", "end"]


def test_a_dash_within_a_sentence_is_a_mark_and_a_line_of_dashes_is_none() -> None:
    assert [mark.optional for mark in fold("agreed - not").marks] == [False]
    assert [mark.optional for mark in fold("agreed\n---\nnot").marks] == [True]


def test_a_link_loses_its_address_and_keeps_its_words() -> None:
    found = fold("see [the survey](https://alder.example/1) now")
    assert [w.folded for n, w in enumerate(found.words) if n not in found.addresses] == ["see", "the", "survey", "now"]


@given(st.text())
def test_words_stand_in_order_where_they_say(text: str) -> None:
    end = 0
    for word in words(text):
        assert end <= word.start < word.end <= len(text)
        assert word.folded
        end = word.end


@given(st.text(alphabet=st.characters(categories=["L", "N", "Zs", "P"])))
def test_composed_and_decomposed_are_equal(text: str) -> None:
    assert folded(unicodedata.normalize("NFC", text)) == folded(unicodedata.normalize("NFD", text))

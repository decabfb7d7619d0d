"""Sentences, paragraphs and escapes: a line break is put only where a CommonMark renderer shows the same text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from openletter.intake import blocks, body, sentences, tidying

COMMONMARK = MarkdownIt("commonmark")

# What makes up hostile Markdown: markers, brackets, entities, ends of sentences, words that begin one.
PIECES = (
    " ", " ", " ", "  ", "\n", "\n", "\n\n", "    ", ". ", "? ", "! ", '." ', ".” ", ".) ", ".* ", ".** ",
    "._ ", "a", "We", "He", "Ö", "1", "12", "1.", "2)", "-", "- ", "+ ", "* ", "*", "**", "***", "_", "__",
    "`", "``", "```", "~~~", "#", "# ", "## ", ">", "> ", "=", "===", "---", "[", "]", "](", ")", "(", "]:",
    "<", "</", "<a ", "<div>", "<!--", "-->", "<?", "?>", "<https://a.example/x", "/>", "&", "&amp;", "&#42;",
    ";", "\\", "\\\n", "  \n", '"', "'", "“", "”", "|", "!", "![", ":", "e.g.", "Mr.", "…", "\u00a0", "\u3000",
    "é",
)  # fmt: skip
NASTY = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def folded(text: str) -> str:
    return " ".join(text.split())


def rendered(markdown: str) -> str:
    return (
        folded(COMMONMARK.render(markdown)).replace(" <", "<").replace("<code> ", "<code>")
    )  # at tags, space is no word


def shown(markdown: str) -> str:
    """The text that a reader sees: the rendering without its tags, where raw HTML is shown as text."""
    return folded(html.unescape(re.sub(r"<[^>]*>", " ", MarkdownIt("commonmark", {"html": False}).render(markdown))))


# --- the same rendering --------------------------------------------------------------------------------------------


@settings(max_examples=1500)
@given(NASTY)
@example("A. <b>\nc</b> D. E")
@example("a `b. C` d. E")
@example('[a](/b "C. D") E. F')
@example("A `b  \nc` d")
@example("A. 1. B")
@example("A.  \n+ \nB")
@example("\\\n    ```")
@example("[a](<b\nC>) D. E")
def test_breaking_markdown_into_sentences_keeps_its_rendering(text: str) -> None:
    tidied = tidying.tidy(text, lines=True, markdown=True).text
    assert rendered(body.from_markdown(tidied)) == rendered(tidied)


@settings(max_examples=1500)
@given(NASTY)
@example("a  \nb")
@example("a\\   \nb")
@example("`a  \nb`")
@example("a\\ \nb")
@example("a  \n===")
@example("a  \nb  \n===")
@example("> a  \n> b")
@example("- a  \n  b  \n\n  c  ")
def test_tidying_markdown_keeps_its_rendering(text: str) -> None:
    # The first line's indentation and wide spaces are taken away, and are said to be: they are no part of this law.
    text = re.sub(r"[\u00a0\u3000]", "", text).lstrip(" \n")
    # What ends an HTML comment was decided anew by CommonMark 0.31.
    text = text.replace("<!--", "<!-")
    # A definition of a link may not hold a backslash where it held spaces: there the spaces go, and the remark says so.
    # So it is for what looks like a link's address, even where no link comes of it.
    text = text.replace("]:", "]").replace("](", "]")
    # Two empty lines end a list for markdown-it, as once they did.
    text = re.sub(r"\n(?: *\n){2,}", "\n\n", text)
    # Here markdown-it counts the first space to the backslash; CommonMark counts both to the line break.
    text = text.replace("\\  \n", "\\   \n")
    assert rendered(tidying.tidy(text, lines=True, markdown=True).text) == rendered(text)


@settings(max_examples=1500)
@given(NASTY)
@example("1. A\n2. B")
@example("* * *")
@example("a\n---")
@example("\\*")
@example("_a_b_")
@example("&amp; <b> [a](b) `c`")
def test_plain_text_reads_the_same_as_markdown(text: str) -> None:
    tidied = tidying.tidy(text, lines=True).text
    assert shown(body.from_plain(tidied)) == folded(tidied)


@settings(max_examples=500)
@given(NASTY)
def test_plain_text_becomes_paragraphs_alone(text: str) -> None:
    tokens = COMMONMARK.parse(body.from_plain(tidying.tidy(text, lines=True).text))
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    inline = {child.type for token in tokens for child in token.children or ()}
    assert inline <= {"text", "softbreak", "hardbreak", "text_special"}


@settings(max_examples=1500)
@given(NASTY)
@example("- a\nb\n\n  c")
@example("> a\nb\n> c")
@example("-\n\n  a")
@example("- a\n2. b")
@example("a\n2. b\n1. c")
@example("<div>\na\n\nb")
def test_paragraphs_are_those_of_a_commonmark_parser(text: str) -> None:
    text = (
        text.replace("]:", "").replace("\u00a0", "").replace("\u3000", "")
    )  # a definition is no paragraph to a parser
    expected: list[tuple[int, int, bool]] = []
    for token in COMMONMARK.parse(text):
        if token.type == "paragraph_open" and token.map:
            expected.append((token.map[0], token.map[1] - 1, token.level == 0))
    found = [(one.first, one.last, one.top) for one in blocks.paragraphs(text.split("\n")) if not one.heading]
    assert found == expected


# --- sentences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We wrote to you. You did not answer.", 2),
        ("The river rose on 3 July. It fell in 2019. We saw both.", 3),
        ("Was it read? Nobody knows! We ask again.", 3),
        ("Mr. Alder and Dr. Birch met Prof. Cedar of St. Elm.", 1),
        ("J. R. Alder spoke for the U.N. General Assembly, e.g. Dr. B. Elm.", 1),
        ("See art. 12, no. 5, p. 3 and vol. 2 of the record.", 1),
        ("The answer is no. We ask again.", 2),
        ("It costs 3.5 million. That is 1.200,5 too much.", 2),
        ('He said "it is over." We do not agree.', 2),
        ("She called it “a pause.” (It was none.) We waited.", 3),
        ("It was *respected in full.* While true, it is late.", 2),
        ("Il a dit « c'est fini. » Nous attendons.", 2),
        ("¿Quién decide? ¿Cuándo? Nadie responde.", 3),
        ("“Is it so?” he asked. We said no.", 2),
        ("Visit www.alder.example. Then write to us.", 2),
        ("We wait... And wait.", 1),
        ("هل هذا صحيح؟ نعم. شكرا", 3),
        ("これは手紙です。 読んでください。", 2),
        ("これは手紙です。読んでください。", 1),
        ("We ask three things. 1. Open the record. 2. Read it.", 1),
        ("We ask. - nothing else", 1),
        ("One two.\u00a0Three four.", 1),
    ],
)
def test_a_text_has_so_many_sentences(text: str, count: int) -> None:
    found = sentences.split(text)
    assert len(found) == count, found
    assert " ".join(found) == text


def test_a_german_ordinal_ends_no_sentence() -> None:
    text = "Wir trafen uns am 16. September. Es regnete."
    assert sentences.split(text, language="de") == ["Wir trafen uns am 16. September.", "Es regnete."]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join).map(folded))
def test_sentences_joined_again_are_the_text(text: str) -> None:
    assert " ".join(sentences.split(text)) == text


def test_nothing_is_split_in_code_links_and_tags() -> None:
    text = 'See `a. B` and <https://alder.example/a>, and [this](/x "One. Two"). Then go.'
    assert sentences.split(text, opaque=blocks.opaque(text)) == [text.removesuffix(" Then go."), "Then go."]


# --- bodies --------------------------------------------------------------------------------------------------------


def test_spaces_inside_of_a_link_are_no_hard_break() -> None:
    assert tidying.tidy('[a](/b  \n"c")', lines=True, markdown=True).text == '[a](/b\n"c")'


def test_lists_headings_quotes_and_code_stay_as_they_are() -> None:
    text = (
        "# A. B\n\n- One. Two.\n  Three.\n\n> Four. Five.\n\n```\nSix. Seven.\n```\n\n    Eight. Nine.\n\n| a. B | c |"
    )
    assert body.from_markdown(text) == text


def test_wrapped_lines_are_joined_and_hard_breaks_kept() -> None:
    text = "One two\nthree. Four\nfive.\\\nSix. Seven."
    assert body.from_markdown(text) == "One two three.\nFour five.\\\nSix.\nSeven."


def test_a_list_typed_in_plain_text_keeps_its_lines() -> None:
    assert (
        body.from_plain("We ask:\n- water\n- bread\nand salt. Now.")
        == "We ask:\\\n\\- water\\\n\\- bread and salt.\nNow."
    )


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("# 1", "\\# 1"),
        ("> a", "\\> a"),
        ("1. a", "1\\. a"),
        ("2) a", "2\\) a"),
        ("---", "\\---"),
        ("===", "\\==="),
        ("~~~", "\\~~~"),
        ("a * b * c", "a * b * c"),
        ("a *b* c", "a \\*b\\* c"),
        ("snake_case", "snake_case"),
        ("_a_", "\\_a\\_"),
        ("AT&T &amp; co", "AT&T \\&amp; co"),
        ("a < b <c>", "a < b \\<c>"),
        ("a \\ b \\* c", "a \\ b \\\\\\* c"),
        ("[sic]", "[sic]"),
        ("[a](b)", "\\[a](b)"),
    ],
)
def test_only_what_would_be_markup_is_escaped(plain: str, escaped: str) -> None:
    assert body.from_plain(plain) == escaped


def test_a_huge_paragraph_is_left_as_it_is() -> None:
    text = "<!-- " * 50_000 + "A. B"
    assert body.from_markdown(text) == text

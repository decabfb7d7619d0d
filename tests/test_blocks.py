"""The body of a letter as a tree: what CommonMark makes of it, with nothing hidden and nothing followed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openletter.rendering.blocks import (
    Block,
    CodeBlock,
    CodeSpan,
    Emphasis,
    Heading,
    Image,
    Inline,
    LineBreak,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Text,
    blocks,
)
from openletter.rendering.commonmark import MAX_BRACKETS, MAX_DEPTH, MAX_MARKED


def strings(part: Block | Inline) -> Iterator[str]:
    """Every string of a tree that whoever shows it shows."""
    match part:
        case Text(text) | CodeSpan(text):
            yield text
        case CodeBlock(text, info):
            yield info or ""
            yield text
        case Image(text, address, title):
            yield from (text, address, title or "")
        case Link(content, address, title):
            for inner in content:
                yield from strings(inner)
            yield from (address, title or "")
        case Paragraph(content) | Heading(_, content) | Emphasis(content) | Strong(content):
            for inner in content:
                yield from strings(inner)
        case Quote(quoted):
            for block in quoted:
                yield from strings(block)
        case List(items):
            for item in items:
                for block in item:
                    yield from strings(block)
        case LineBreak() | Rule():
            yield " "


def said(body: str) -> str:
    return "|".join(text for block in blocks(body) for text in strings(block) if text)


def depth(part: Block | Inline) -> int:
    match part:
        case Paragraph(content) | Heading(_, content) | Emphasis(content) | Strong(content) | Link(content):
            return 1 + max(map(depth, content), default=0)
        case Quote(content):
            return 1 + max(map(depth, content), default=0)
        case List(items):
            return 1 + max((depth(block) for item in items for block in item), default=0)
        case _:
            return 1


def test_each_kind_of_block_is_read() -> None:
    body = "# One *two*\n\nA\nb\\\nc `d` **e**\n\n> said\n\n- x\n- y\n\n3. z\n\n---\n\n```text\nf\n  g\n```"
    assert blocks(body) == (
        Heading(1, (Text("One "), Emphasis((Text("two"),)))),
        Paragraph((Text("A b"), LineBreak(), Text("c "), CodeSpan("d"), Text(" "), Strong((Text("e"),)))),
        Quote((Paragraph((Text("said"),)),)),
        List(((Paragraph((Text("x"),), close=True),), (Paragraph((Text("y"),), close=True),))),
        List(((Paragraph((Text("z"),), close=True),),), start=3),
        Rule(),
        CodeBlock("f\n  g", "text"),
    )


def test_a_link_keeps_its_address_and_its_title() -> None:
    assert blocks('[a](https://b.example/c "t") <https://b.example/> <x@b.example>') == (
        Paragraph(
            (
                Link((Text("a"),), "https://b.example/c", "t"),
                Text(" "),
                Link((Text("https://b.example/"),), "https://b.example/", None, shown=True),
                Text(" "),
                Link((Text("x@b.example"),), "mailto:x@b.example", None, shown=True),
            )
        ),
    )


@pytest.mark.parametrize(
    "body",
    [
        "[a](javascript:alert\\(1\\))",
        "[a](JaVaScRiPt:x)",
        "[a](data:text/html,x)",
        "[a](file:///etc/passwd)",
        "[a](/there)",
        "[a](#there)",
        "[a](vbscript:x)",
        "[a](//b.example)",
        "[a](https:b)",
        "[a](https:)",
        "![a](data:image/png;base64,AA)",
        "![a](picture.png)",
        "<javascript:alert>",
        "<ftp://b.example>",
    ],
)
def test_a_link_to_anywhere_else_is_text_as_it_stands(body: str) -> None:
    (paragraph,) = blocks(body)
    assert isinstance(paragraph, Paragraph)
    assert all(isinstance(part, Text) for part in paragraph.content)
    assert said(body).replace("\\", "") == body.replace("\\", "")


def test_raw_html_is_text() -> None:
    assert said("<script>x</script>") == "<script>x</script>"
    assert said("a <b onclick=x>c</b> <!-- d -->") == "a <b onclick=x>c</b> <!-- d -->"


def test_an_image_is_its_description_and_its_address() -> None:
    assert blocks('![a *b* c](https://d.example/e.png "f")') == (
        Paragraph((Image("a b c", "https://d.example/e.png", "f"),)),
    )


def test_a_definition_defines_and_is_seen() -> None:
    assert blocks('[a][1]\n\n[1]: https://b.example/ "hidden"\n[1]: https://other.example/') == (
        Paragraph((Link((Text("a"),), "https://b.example/", "hidden"),)),
        Paragraph((Text('[1]: https://b.example/ "hidden"'),)),
        Paragraph((Text("[1]: https://other.example/"),)),
    )


def test_an_entity_is_its_character_only_where_a_record_may_hold_that() -> None:
    assert said("R&amp;D &eacute; &#x202E;evil &#8238; &#10; &nosuch; &#0; &#xE000;") == (
        "R&D é &#x202E;evil &#8238; &#10; &nosuch; &#0; &#xE000;"
    )
    assert said('[a](https://b.example "x&#x202E;y")') == "a|https://b.example|x&#x202E;y"
    assert said("```x&#x202E;y\nz\n```") == "x&#x202E;y|z"


def test_an_address_is_never_decoded_into_other_characters() -> None:
    assert said("<https://b.example/%E2%80%AEx>").count("%E2%80%AE") == 2
    assert said("[a](https://bücher.example)") == "a|https://xn--bcher-kva.example"


def test_a_line_break_within_chinese_is_no_space() -> None:
    assert said("水是公共的。\n我们要求公布。") == "水是公共的。我们要求公布。"
    assert said("물은 공공의 것이다.\n우리는") == "물은 공공의 것이다. 우리는"
    assert said("water\n水") == "water 水"


@pytest.mark.parametrize("mark", ["> ", "- ", "1. ", ">"])
def test_what_is_nested_too_deep_is_text(mark: str) -> None:
    found = blocks(mark * 5000 + "the end")
    assert depth(found[0]) <= MAX_DEPTH + 2
    assert "the end" in said(mark * 5000 + "the end")


def test_emphasis_too_deep_loses_its_mark_and_no_word() -> None:
    (found,) = blocks("*" * 3000 + "a" + "*" * 3000)
    assert depth(found) <= MAX_DEPTH + 3
    assert said("*" * 3000 + "a" + "*" * 3000).strip("*") == "a"


def test_a_paragraph_that_cannot_be_read_within_bounds_is_text() -> None:
    long = "*a* " * (MAX_MARKED // 4 + 1)
    assert said(long) == long.strip()
    full = "[" * (MAX_BRACKETS + 1) + "*a*\nb"
    assert blocks(full) == (Paragraph((Text("[" * (MAX_BRACKETS + 1) + "*a*"), LineBreak(), Text("b"))),)


@given(st.text(alphabet="ab \n>-*_`[]()!<&;#1.\\:/~=+\"'", max_size=200))
def test_any_body_is_read_and_no_letter_of_it_is_lost(body: str) -> None:
    letters = [char for char in body if char in "ab"]
    found = [char for char in said(body) if char in "ab"]
    assert len(found) >= len(letters)

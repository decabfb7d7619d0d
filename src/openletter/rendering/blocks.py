"""The body of a letter as a tree of blocks, for whatever shows it (``spec/records.md``, "letter/1").

CommonMark, read so that nothing in a body is unseen where the tree is shown, and nothing is done but shown:

* raw HTML is text; an image is its description and its address; a link goes to ``https:``, ``http:`` or ``mailto:``,
  else it is text as it stands; whoever shows the tree shows addresses, titles and the word after a code fence too;
* a definition of a link (``[1]: https://…``) defines, and is a paragraph of its own text besides;
* an entity is the character that it names where a record may hold that character, else text as it stands;
* a single line break is a space, and between two characters of a script that is written without spaces nothing.

What is nested too deep is text as it stands, and so is a paragraph too long or too full of brackets to
be read for its marks: time and stack are bounded whatever the body. Every string of the tree is plain text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from openletter import canonical
from openletter.rendering import commonmark
from openletter.rendering.commonmark import MAX_DEPTH

if TYPE_CHECKING:
    from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they are; never empty, without line feeds."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Words that are stressed."""

    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that are stressed much."""

    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class CodeSpan:
    """Words that are to be taken as they are spelled."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a person may follow; `address` begins with ``https:``, ``http:`` or ``mailto:``, in ASCII.

    `shown` says whether the content is that address already, so that it need not be shown again.
    """

    content: tuple[Inline, ...]
    address: str
    title: str | None = None
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """An image, which nobody loads: its description (may be empty), and its address as of a link."""

    text: str
    address: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class LineBreak:
    """The line ends here."""


Inline: TypeAlias = Text | Emphasis | Strong | CodeSpan | Link | Image | LineBreak


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `close` is one in a tight list, with no space around it."""

    content: tuple[Inline, ...]
    close: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 6."""

    level: int
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody else said."""

    content: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class List:
    """A list; `start` is the number of its first item (0 to 999999999), or `None` for one without numbers."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines to be taken as they are, joined by line feeds; `info` is what stands after the fence, to be shown too."""

    text: str
    info: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block: TypeAlias = Paragraph | Heading | Quote | List | CodeBlock | Rule


def blocks(body: str) -> tuple[Block, ...]:
    """The blocks of a body in CommonMark; any text has some reading. Raises nothing but `MissingExtra`."""
    return _grow(commonmark.tokens(body))


def as_it_stands(text: str) -> tuple[Inline, ...]:
    """Plain text as inline content, each of its lines a line."""
    content: list[Inline] = []
    for place, line in enumerate(text.split("\n")):
        if place:
            content.append(LineBreak())
        if line:
            content.append(Text(line))
    return tuple(content)


# --- from tokens to the tree ---


def _grow(tokens: Sequence[Token]) -> tuple[Block, ...]:
    """The tree of a flat row of tokens, without recursion."""
    open_: list[list[Block]] = [[]]
    items: list[list[tuple[Block, ...]]] = []
    starts: list[int | None] = []
    for place, token in enumerate(tokens):
        here = open_[-1]
        match token.type:
            case "paragraph_open":
                here.append(Paragraph(_inline(tokens[place + 1]), close=token.hidden))
            case "heading_open":
                here.append(Heading(int(token.tag[1]), _inline(tokens[place + 1])))
            case "blockquote_open" | "list_item_open":
                open_.append([])
            case "blockquote_close":
                quoted = tuple(open_.pop())
                open_[-1].append(Quote(quoted))
            case "list_item_close":
                items[-1].append(tuple(open_.pop()))
            case "bullet_list_open" | "ordered_list_open":
                items.append([])
                starts.append(int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None)
            case "bullet_list_close" | "ordered_list_close":
                here.append(List(tuple(items.pop()), starts.pop()))
            case "fence" | "code_block":
                here.append(CodeBlock(token.content.removesuffix("\n"), _permitted(token.info.strip()) or None))
            case "hr":
                here.append(Rule())
    return tuple(open_[0])


def _inline(token: Token) -> tuple[Inline, ...]:
    """The content of a paragraph or heading."""
    if token.meta.get("as_it_stands"):
        return as_it_stands(token.content)
    children = token.children or []
    open_: list[list[Inline]] = [[]]
    begun: list[Token | None] = []
    for place, child in enumerate(children):
        here = open_[-1]
        match child.type:
            case "text" | "text_special" | "html_inline":
                _say(here, child.content)
            case "softbreak":
                _say(here, _space(children, place))
            case "hardbreak":
                here.append(LineBreak())
            case "code_inline":
                here.append(CodeSpan(child.content))
            case "image":
                title = str(child.attrs.get("title", ""))
                here.append(Image(_described(child), str(child.attrs["src"]), _permitted(title) or None))
            case "em_open" | "strong_open" | "link_open":
                # What is too deep is said all the same, with no mark of its own.
                begun.append(child if sum(one is not None for one in begun) < MAX_DEPTH else None)
                if begun[-1] is not None:
                    open_.append([])
            case "em_close" | "strong_close" | "link_close":
                opener = begun.pop()
                if opener is not None:
                    _close(opener, tuple(open_.pop()), open_[-1])
    return tuple(open_[0])


def _close(opener: Token, content: tuple[Inline, ...], here: list[Inline]) -> None:
    if opener.type == "em_open":
        here.append(Emphasis(content))
    elif opener.type == "strong_open":
        here.append(Strong(content))
    else:
        address, title = str(opener.attrs["href"]), _permitted(str(opener.attrs.get("title", "")))
        said = "".join(part.text for part in content if isinstance(part, Text | CodeSpan))
        shown = all(isinstance(part, Text | CodeSpan) for part in content) and said in {
            address,
            address.removeprefix("mailto:"),
        }
        here.append(Link(content, address, title or None, shown))


def _say(here: list[Inline], text: str) -> None:
    if not text:
        return
    if here and isinstance(here[-1], Text):
        text = here.pop().text + text  # type: ignore[union-attr]
    here.append(Text(text))


def _space(children: Sequence[Token], place: int) -> str:
    """What a single line break is: a space, or nothing within a script that is written without spaces."""
    before = next((c for c in map(_last, reversed(children[max(0, place - 8) : place])) if c), "")
    after = next((c for c in map(_first, children[place + 1 : place + 9]) if c), "")
    return "" if _without_spaces(before) and _without_spaces(after) else " "


def _first(token: Token) -> str:
    return token.content[:1]


def _last(token: Token) -> str:
    return token.content[-1:]


def _without_spaces(char: str) -> bool:
    """Chinese and Japanese, and the wide marks between; Korean has spaces."""
    return (
        bool(char)
        and unicodedata.east_asian_width(char) in "WF"
        and not unicodedata.name(char, "").startswith("HANGUL")
    )


def _described(image: Token) -> str:
    """An image's description, its marks left out."""
    said: list[str] = []
    left = list(reversed(image.children or []))
    while left:
        token = left.pop()
        if token.type == "image":
            left.extend(reversed(token.children or []))
            said.append(str(token.attrs["src"]) + " ")
        elif token.type in {"softbreak", "hardbreak"}:
            said.append(" ")
        elif token.type == "link_open":
            said.append(str(token.attrs["href"]) + " ")
        else:
            said.append(token.content)
    return "".join(said)


def _permitted(text: str) -> str:
    """Text with what a record may not hold (entities can name it) as its number."""
    return "".join(
        char if char != "\n" and canonical.permitted(char) else " " if char == "\n" else f"&#x{ord(char):X};"
        for char in text
    )

"""Hostile texts (``tests/xss``) in every field that a stranger fills, as pages show them; and what may stand there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, Desk
from openletter.records import Addressee, Letter, Signatory
from openletter.rendering import Html
from openletter.rendering.blocks import (
    Block,
    CodeBlock,
    CodeSpan,
    Emphasis,
    Heading,
    Image,
    Inline,
    Link,
    List,
    Paragraph,
    Quote,
    Strong,
    Text,
    blocks,
)
from openletter.rendering.differences import inline_html, side_by_side_html, signed_which_html
from openletter.rendering.letters import letter_html, record_html
from openletter.rendering.verdicts import signatories_html

FOLDER = Path(__file__).parent / "xss"
CASES = sorted(path.stem for path in FOLDER.glob("*.txt"))

ELEMENTS = frozenset(
    (
        *("article", "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "br", "bdi", "em", "strong"),
        *("code", "pre", "a", "small", "span", "blockquote", "hr"),
    )
)
"""What a letter may become."""
ATTRIBUTES = frozenset({"id", "class", "lang", "dir", "href", "rel", "start", "data-label"})
OURS = ELEMENTS | {
    *("section", "dl", "dt", "dd", "time", "details", "summary", "ins", "del"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
"""What we add round it."""
OUR_ATTRIBUTES = ATTRIBUTES | {
    *("data-organization", "data-verdict", "data-group", "aria-hidden", "datetime", "open"),
    *("role", "scope", "colspan", "aria-colspan"),
}
CLASSES = frozenset(
    (
        *("letter", "sender", "date", "reference", "addressees", "subject", "salutation", "body", "valediction"),
        *("signatories", "copies", "close", "wide", "info", "address", "title", "image"),
    )
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """What a case becomes: the letter, and each piece of a page that shows it."""

    letter: Letter
    article: Html
    pieces: tuple[Html, ...]


def text_of(case: str) -> str:
    """The text of a case."""
    return (FOLDER / f"{case}.txt").read_text("utf-8").removesuffix("\n")


def a_letter_of(text: str, **changes: object) -> Letter:
    """A letter with this text in each of its fields."""
    line = " ".join(text.split())
    fields: dict[str, object] = {
        "letter": "2026/open-water-record",
        "revision": 1,
        "date": "2026-03-02",
        "date_line": line,
        "place": "Place " + line,
        "reference": line,
        "language": "en",
        "sender": text,
        "addressees": (
            Addressee(name=line, title=line, organization=line, address=(line, line)),
            Addressee(organization=line),
        ),
        "subject": line,
        "salutation": text,
        "body": text,
        "valediction": text,
        "signatories": (
            *(Signatory(organization=one, name=line, title=line, of=line) for one in (ALDER, BIRCH, CEDAR)),
            Signatory(name=line),
        ),
        "copies": (line, line),
        "note": text,
    }
    return Letter(**(fields | changes))  # type: ignore[arg-type]


def render(case: str) -> Hostile:
    """A letter, its key records, a withdrawal and a file's name with the text of a case, and all that shows them."""
    text = text_of(case)
    line = " ".join(text.split())
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR, DOGWOOD):
        desk.enrol(organization, name=line + " on record")
    plain = desk.revise(a_letter_of("Plain words."))
    desk.sign(BIRCH)
    letter = desk.revise(a_letter_of(text))
    desk.sign(ALDER)
    desk.sign(DOGWOOD)
    desk.withdraw(BIRCH, 1, reason=text)
    desk.files[line.replace("/", "_")] = b""
    report = desk.judge()
    article = letter_html(letter)
    pieces = (
        article,
        record_html(letter),
        signatories_html(report, [line]),
        inline_html(plain, letter),
        side_by_side_html(letter, plain),
        signed_which_html(desk.judge(1), report),
    )
    return Hostile(letter, article, pieces)


# --- the words of a letter, told without HTML ---


def words_of(letter: Letter) -> str:
    """Every word that the page of a letter shows, in order, one space between."""
    lines: list[str | None] = [letter.sender]
    if letter.place is not None and not (letter.date_line and letter.place in letter.date_line):
        lines.append(letter.place)
    lines += [letter.date_line or letter.date, letter.reference]
    for addressee in letter.addressees:
        lines += [addressee.name, addressee.title, addressee.organization, *addressee.address]
    lines += [letter.subject, letter.salutation, *_told(blocks(letter.body)), letter.valediction]
    for signatory in letter.signatories:
        lines += [signatory.name, signatory.title, signatory.of]
    lines += letter.copies
    return one_spaced("\n".join(line for line in lines if line is not None))


def one_spaced(text: str) -> str:
    return " ".join(text.split())


def _told(tree: Sequence[Block]) -> Iterator[str]:
    for block in tree:
        match block:
            case Paragraph(content) | Heading(_, content):
                yield "".join(_said(content))
            case Quote(content):
                yield from _told(content)
            case List(items):
                for item in items:
                    yield from _told(item)
            case CodeBlock(text, info):
                yield from ([info] if info else [])
                yield text
            case _:
                pass


def _said(content: Sequence[Inline]) -> Iterator[str]:
    for one in content:
        match one:
            case Text(text) | CodeSpan(text):
                yield text
            case Emphasis(inner) | Strong(inner):
                yield from _said(inner)
            case Link(inner, address, title, shown):
                yield from _said(inner)
                yield from ([] if shown else [" ", address])
                yield from ([" ", title] if title else [])
            case Image(text, address, title):
                yield f"{text} {address}" + (f" {title}" if title else "")
            case _:
                yield "\n"


# --- HTML as a parser sees it ---


class Seen(HTMLParser):
    """The elements of some HTML with their attributes, and its text, a line for each block."""

    _BLOCKS = frozenset({"p", "div", "li", "br", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "summary"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.strange: list[str] = []
        self.said: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        assert len({name for name, _ in attrs}) == len(attrs), "an attribute twice"
        if tag in self._BLOCKS:
            self.said.append("\n")
        if tag not in {"br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "an element that closes another"
        if tag in self._BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)

    def handle_decl(self, decl: str) -> None:
        self.strange.append(decl)

    handle_pi = unknown_decl = handle_comment

    @property
    def text(self) -> str:
        return one_spaced("".join(self.said))

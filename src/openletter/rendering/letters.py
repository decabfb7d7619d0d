"""A letter as HTML, in the order in which it is read (``spec/records.md``, "letter/1").

Every word within ``<article id="letter">`` is the record's, and every printed word of the record is there, but for
the numbers of lists, which browsers show and do not tell. What is ours (labels) stands in attributes, and is shown by
the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from openletter.records import Addressee, Letter, Signatory
from openletter.records.text import dated
from openletter.rendering.assets import day_html, digest_html, lines_html, name_html
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
from openletter.rendering.directions import Direction, of_language, of_text
from openletter.rendering.html import EMPTY, Html, joined

_COPIES: Final = {"fr": "Copie :", "es": "C. c.:", "de": "Kopie:"}
_BREAK: Final = Html("<br>")


def letter_html(letter: Letter, *, level: int = 2, name: str | None = "letter") -> Html:
    """The letter as one element ``<article id="letter" lang dir>``; its subject is a heading of this level (1 to 5).

    The headings of its body follow below that. Where a page shows a second letter, that has another `name` (its id),
    or none. Raises `MissingExtra` where markdown-it is not installed.
    """
    way = of_language(letter.language)
    parts = [_block("sender", letter.sender), _dated(letter), _block("reference", letter.reference)]
    if letter.addressees:
        parts.append(
            Html('<div class="addressees">{}</div>').format(joined(_addressee(one) for one in letter.addressees))
        )
    if letter.subject is not None:
        parts.append(Html('<h{0} class="subject">{1}</h{0}>').format(level, name_html(letter.subject)))
    parts += [
        _block("salutation", letter.salutation),
        Html('<div class="body">{}</div>').format(_Body(way, level).html(blocks(letter.body))),
        _block("valediction", letter.valediction),
    ]
    if letter.signatories:
        listed = joined(_signatory(one) for one in letter.signatories)
        parts.append(Html('<ul class="signatories">{}</ul>').format(listed))
    if letter.copies:
        label = _COPIES.get(letter.language.partition("-")[0], "cc:")
        copies = joined(Html("<li>{}</li>").format(name_html(copy)) for copy in letter.copies)
        parts.append(Html('<ul class="copies" data-label="{}">{}</ul>').format(label, copies))
    named = Html(' id="{}"').format(name) if name is not None else EMPTY
    return Html('<article{} class="letter" lang="{}" dir="{}">{}</article>').format(
        named, letter.language, way, joined(parts)
    )


def record_html(letter: Letter) -> Html:
    """What a record says of the letter beside its printed words, its digest among it: a list of facts."""
    facts: list[tuple[str, Html]] = [
        ("Letter", name_html(letter.letter)),
        ("Revision", Html("{}").format(letter.revision)),
        ("Date", day_html(letter.date)),
        ("Language", Html("<code>{}</code>").format(letter.language)),
        ("SHA-256 of the record", digest_html(letter.digest)),
    ]
    if letter.previous is not None:
        facts.append((f"SHA-256 of revision {letter.revision - 1}", digest_html(letter.previous)))
    if letter.translation_of is not None:
        facts.append(("SHA-256 of what it translates", digest_html(letter.translation_of)))
    if letter.note is not None:
        facts.append(("What changed, by its own account", lines_html(letter.note)))
    rows = joined(Html("<div><dt>{}</dt><dd>{}</dd></div>").format(label, value) for label, value in facts)
    return Html('<dl class="record">{}</dl>').format(rows)


def _block(name: str, text: str | None) -> Html:
    return EMPTY if text is None else Html('<p class="{}">{}</p>').format(name, lines_html(text))


def _dated(letter: Letter) -> Html:
    return Html('<p class="date">{}</p>').format(_BREAK.join(name_html(line) for line in dated(letter)))


def _addressee(one: Addressee) -> Html:
    return _lines("p", (one.name, one.title, one.organization, *one.address))


def _signatory(one: Signatory) -> Html:
    return _lines("li", (one.name, one.title, one.of))


def _lines(element: str, lines: Iterable[str | None]) -> Html:
    shown = _BREAK.join(name_html(line) for line in lines if line is not None)
    return Html("<{0}>{1}</{0}>").format(element, shown)


class _Body:
    """The body of one letter; its headings never skip a level."""

    def __init__(self, way: Direction, level: int) -> None:
        self.way = way
        self.base = level
        self.level = level

    def html(self, tree: Sequence[Block]) -> Html:
        return joined(map(self.block, tree))

    def block(self, block: Block) -> Html:  # noqa: PLR0911 - one for each kind
        match block:
            case Paragraph(content, close):
                kind = Html(' class="close"') if close else EMPTY
                return Html("<p{}{}>{}</p>").format(kind, self.turned(content), self.inline(content))
            case Heading(level, content):
                self.level = max(self.base + 1, min(self.base + level, self.level + 1, 6))
                return Html("<h{0}{1}>{2}</h{0}>").format(self.level, self.turned(content), self.inline(content))
            case Quote(content):
                return Html("<blockquote>{}</blockquote>").format(self.html(content))
            case List(items, start):
                shown = joined(Html("<li>{}</li>").format(self.html(item)) for item in items)
                if start is None:
                    return Html("<ul>{}</ul>").format(shown)
                wide = Html(' class="wide"') if start + len(items) > 1000 else EMPTY
                first = Html(' start="{}"').format(start) if start != 1 else EMPTY
                return Html("<ol{}{}>{}</ol>").format(first, wide, shown)
            case CodeBlock(text, info):
                said = Html('<p class="info">{}</p>').format(name_html(info)) if info is not None else EMPTY
                return Html('{}<pre dir="auto"><code>{}</code></pre>').format(said, text)
            case Rule():
                return Html("<hr>")

    def turned(self, content: Sequence[Inline]) -> Html:
        """A direction of its own, where most of the letters run the other way."""
        way = of_text(words(content), self.way)
        return Html(' dir="{}"').format(way) if way != self.way else EMPTY

    def inline(self, content: Sequence[Inline]) -> Html:
        return joined(map(self.one, content))

    def one(self, one: Inline) -> Html:  # noqa: PLR0911 - one for each kind
        match one:
            case Text(text):
                return Html.escape(text)
            case Emphasis(content):
                return Html("<em>{}</em>").format(self.inline(content))
            case Strong(content):
                return Html("<strong>{}</strong>").format(self.inline(content))
            case CodeSpan(text):
                return Html("<code>{}</code>").format(text)
            case Link(content, address, title, shown):
                link = Html('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(
                    address, self.inline(content)
                )
                return joined((link, EMPTY if shown else _small("address", address), _small("title", title)))
            case Image(text, address, title):
                return Html('<span class="image">{}{}{}</span>').format(
                    name_html(text) if text else EMPTY, _small("address", address), _small("title", title)
                )
            case LineBreak():
                return _BREAK


def _small(kind: str, text: str | None) -> Html:
    return EMPTY if text is None else Html(' <small class="{}"><bdi>{}</bdi></small>').format(kind, text)


def words(content: Sequence[Inline]) -> str:
    """The words of inline content, without addresses."""
    said: list[str] = []
    for one in content:
        match one:
            case Text(text) | CodeSpan(text) | Image(text):
                said.append(text)
            case Emphasis(inner) | Strong(inner) | Link(inner):
                said.append(words(inner))
            case LineBreak():
                said.append("\n")
    return "".join(said)

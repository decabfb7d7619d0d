"""A letter's words as data for the page to print: blocks, lines and their directions (``packet/letter.typ``).

Every word stays a string: nothing here is ever read as Typst. What the arrays mean is said in ``letter.typ``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from openletter.errors import DocumentError
from openletter.records import Addressee, Letter, Signatory
from openletter.records.text import dated
from openletter.rendering import blocks as tree
from openletter.rendering import directions

Data = Any
"""What JSON can hold."""

MAX_BLOCKS: Final = 20_000
"""The most paragraphs, items and lines that are printed of one letter: with more, the pages would be beyond use."""

_LONG: Final = 400
"""An entry with more characters than that may break across pages."""
# What words are made of where lines break between words only: not in South East Asia, Tibet, China, Japan and Korea.
_JOINED: Final = (
    r"[^\s\u0e00-\u109f\u1780-\u17ff\u19e0-\u1aaf\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    r"\U0001f000-\U0003ffff]"
)
# Characters that are as wide as a word: a sentence in one, long dashes, cuneiform.
_WIDE: Final = r"[\ufdfd\u2e3a\u2e3b\U00012000-\U0001254f]"
_WORD: Final = re.compile(rf"{_JOINED}{{33,}}|{_JOINED}*{_WIDE}{_JOINED}*")
_NAME: Final = re.compile(rf"{_JOINED}{{25,}}|{_JOINED}*{_WIDE}{_JOINED}*")
_PIECE: Final = 16
_PIECE_OF_NAME: Final = 10
_COMMA: Final = {"ar": "، ", "fa": "، ", "ug": "، ", "ur": "، ", "ps": "، ", "sd": "، ", "zh": "，", "ja": "，"}


def direction(text: str) -> str | None:
    """``rtl`` or ``ltr``, by most of the letters; `None` where that leaves it to what is around."""
    found = directions.of_text(text, "ltr")
    return found if found == directions.of_text(text, "rtl") else None


def words(text: str, *, narrow: bool = False) -> list[Data]:
    """One line of text as inline content, in which no word is wider than the page, or where it is `narrow` a column."""
    parts: list[Data] = []
    place = 0
    for found in (_NAME if narrow else _WORD).finditer(text):
        if found.start() > place:
            parts.append(text[place : found.start()])
        parts.append(["cut", _pieces(found[0], _PIECE_OF_NAME if narrow else _PIECE)])
        place = found.end()
    if place < len(text):
        parts.append(text[place:])
    return parts


def _pieces(word: str, size: int) -> list[str]:
    """A long word in pieces, none of which begins with a mark that belongs to what is before it."""
    pieces: list[str] = []
    start, width = 0, 0
    for place, char in enumerate(word):
        if unicodedata.category(char).startswith("M") or char in "\u200c\u200d":
            continue
        wide = size if re.match(_WIDE, char) else 1
        if width and width + wide > size:
            pieces.append(word[start:place])
            start, width = place, 0
        width += wide
    return [*pieces, word[start:]]


def several_lines(text: str) -> list[Data]:
    """A text that keeps its lines, as paragraphs where an empty line is between."""
    return [["p", direction(part), _joined(words(line) for line in part.split("\n"))] for part in text.split("\n\n")]


def body(letter: Letter) -> list[Data]:
    """The blocks of a letter's body; raises `DocumentError` where they are too many to print, and `MissingExtra`."""
    found = tree.blocks(letter.body)
    if _size(found) > MAX_BLOCKS:
        raise DocumentError(
            f"the body has more than {MAX_BLOCKS} paragraphs, items and lines: that can't be printed",
            hint="read it with openletter show",
        )
    return _Blocks(1 if letter.subject is not None else 0).write(found)


class _Blocks:
    """The tree of a body as data; `above` is the level of the heading before."""

    def __init__(self, above: int) -> None:
        self.base = self.above = above

    def write(self, found: Iterable[tree.Block]) -> list[Data]:
        return [self._block(block) for block in found]

    def _block(self, block: tree.Block) -> Data:
        match block:
            case tree.Paragraph(content):
                return ["p", _direction(content), _inline(content)]
            case tree.Heading(level, content):
                # Readers of structure may not meet a level with none above it.
                self.above = min(level + self.base, self.above + 1, 6)
                return ["h", self.above, _direction(content), _inline(content)]
            case tree.Quote(content):
                return ["quote", self.write(content)]
            case tree.List(items, start):
                tight = all(getattr(inner, "close", True) for item in items for inner in item)
                return ["list", start, tight, [self.write(item) for item in items]]
            case tree.CodeBlock(text, info):
                return ["code", words(info) if info else None, [words(line) for line in text.split("\n")]]
            case tree.Rule():
                return ["rule"]


def _inline(content: Sequence[tree.Inline]) -> list[Data]:
    found: list[Data] = []
    for part in content:
        match part:
            case tree.Text(text):
                found += words(text)
            case tree.Emphasis(inner):
                found.append(["em", _inline(inner)])
            case tree.Strong(inner):
                found.append(["strong", _inline(inner)])
            case tree.CodeSpan(text):
                found.append(["code", words(text)])
            case tree.Link(inner, address, title, shown):
                told = None if shown else words(address.removeprefix("mailto:"))
                said = _inline(inner) or words(address)
                found.append(["link", address, told if inner else None, words(title) if title else None, said])
            case tree.Image(text, address, title):
                found.append(["image", words(text), words(address), words(title) if title else None])
            case tree.LineBreak():
                found.append(["br"])
    return found


def _direction(content: Sequence[tree.Inline]) -> str | None:
    return direction("".join(_letters(content)))


def _letters(content: Sequence[tree.Inline]) -> Iterator[str]:
    for part in content:
        match part:
            case tree.Text(text) | tree.CodeSpan(text) | tree.Image(text):
                yield text
            case tree.Emphasis(inner) | tree.Strong(inner) | tree.Link(inner):
                yield from _letters(inner)


def _size(found: Iterable[tree.Block]) -> int:
    size = 0
    left: list[tree.Block] = list(found)
    while left:
        size += 1
        block = left.pop()
        match block:
            case tree.Quote(content):
                left += content
            case tree.List(items):
                size += len(items)
                left += [inner for item in items for inner in item]
            case tree.CodeBlock(text):
                size += text.count("\n")
            case tree.Paragraph(content) | tree.Heading(_, content):
                size += sum(isinstance(part, tree.LineBreak) for part in content)
    return size


def _joined(rows: Iterable[list[Data]]) -> list[Data]:
    found: list[Data] = []
    for place, row in enumerate(rows):
        found += [["br"], *row] if place else row
    return found


def entry(rows: Iterable[str]) -> Data:
    """Lines that stand together, each with its own direction."""
    rows = list(rows)
    return {
        "lines": [[direction(row), words(row, narrow=True)] for row in rows],
        "long": sum(map(len, rows)) > _LONG or len(rows) > 12,
    }


def line(text: str) -> Data:
    """One line, with its direction."""
    return [direction(text), words(text)]


def _addressee(found: Addressee) -> Data:
    return entry(row for row in (found.name, found.title, found.organization, *found.address) if row is not None)


def _signatory(found: Signatory) -> Data:
    return entry(row for row in (found.name, found.title, found.of) if row is not None)


def letter_data(letter: Letter) -> Data:
    """The letter as it is printed, every field glyph for glyph; raises as `body` does."""
    rows = sum((text or "").count("\n") for text in (letter.sender, letter.salutation, letter.valediction, letter.note))
    rows += len(letter.copies) + 3 * len(letter.signatories)
    rows += sum(3 + len(addressee.address) for addressee in letter.addressees)
    if rows > MAX_BLOCKS:
        raise DocumentError(
            f"the letter has more than {MAX_BLOCKS} lines outside of its body: that can't be printed",
            hint="read it with openletter show",
        )
    comma = _COMMA.get(letter.language.split("-")[0], ", ")
    return {
        "sender": entry(letter.sender.split("\n")) if letter.sender else None,
        "place": words(comma.join(dated(letter))),
        "reference": line(letter.reference) if letter.reference else None,
        "addressees": [_addressee(addressee) for addressee in letter.addressees],
        "subject": line(letter.subject) if letter.subject else None,
        "salutation": several_lines(letter.salutation) if letter.salutation else None,
        "body": body(letter),
        "valediction": several_lines(letter.valediction) if letter.valediction else None,
        "signatories": [_signatory(signatory) for signatory in letter.signatories],
        "copies": [line(copy) for copy in letter.copies],
        "note": several_lines(letter.note) if letter.note else None,
    }

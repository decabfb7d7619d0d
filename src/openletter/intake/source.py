"""The text of a document: its bytes decoded, its lines as they are printed, in blocks between empty lines.

What is no text in UTF-8 is refused, with a way to make it one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Final

from openletter import canonical
from openletter.errors import DocumentError
from openletter.intake import body, tidying

MAX_BYTES: Final = canonical.MAX_BYTES
"""The most bytes that a document may have."""

_BOM = b"\xef\xbb\xbf"
# How files that are no text begin, what they are, and how their text is had.
_BINARY: Final = (
    (b"%PDF", "a PDF", "copy its text into a text file, and check it against the pages"),
    (b"PK\x03\x04", "a word processor's file or another archive", "save it as plain text (UTF-8) or Markdown"),
    (b"\xd0\xcf\x11\xe0", "a word processor's file", "save it as plain text (UTF-8) or Markdown"),
    (b"{\\rtf", "a rich text file", "save it as plain text (UTF-8) or Markdown"),
    (b"\xff\xfe", "UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 FILE > letter.txt"),
    (b"\xfe\xff", "UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 FILE > letter.txt"),
)
_PAGE = re.compile(rb"\s*<(?:!doctype html|html|\?xml)", re.I)
_MARKDOWN_NAME = re.compile(r".*\.(?:md|markdown|mdown|mkd)", re.I | re.S)
_TEXT_NAME = re.compile(r".*\.(?:txt|text)", re.I | re.S)
# What hardly anybody types but in Markdown: a heading, strong emphasis, a link, a line break by two spaces.
_MARKDOWN = re.compile(r"^#{1,6} \S|\*\*[^\s*][^*\n]*\*\*|\]\(https?:|\S  $", re.M)


def decode(data: bytes, name: str) -> str:
    """The text of this document, with plain line ends; raises `DocumentError`."""
    if len(data) > MAX_BYTES:
        raise DocumentError("the document has more than 1 MiB", path=name, hint="give the text of the letter alone")
    data = data.removeprefix(_BOM)
    for begin, what, hint in _BINARY:
        if data.startswith(begin):
            raise DocumentError(f"the document is {what}, not a text in UTF-8", path=name, hint=hint)
    if _PAGE.match(data):
        raise DocumentError("the document is a web page", path=name, hint="copy its text into a text file")
    if b"\0" in data:
        raise DocumentError("the document is no text", path=name, hint="save it as plain text (UTF-8) or Markdown")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            "the document is not UTF-8",
            path=name,
            line=data.count(b"\n", 0, error.start) + 1,
            hint=f"convert it, perhaps so: iconv -f WINDOWS-1252 -t UTF-8 {name} > letter.txt",
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    refused = tidying.first_refused(text)
    if refused is not None:
        raise DocumentError(
            f"a letter may not have the character {tidying.code_point(text[refused])}",
            path=name,
            line=text.count("\n", 0, refused) + 1,
            hint="delete it, or write it in another way",
        )
    if not text.strip(tidying.SPACES + "\n\t" + "".join(tidying.INVISIBLE)):
        raise DocumentError("the document is empty", path=name, hint="give the text of the letter")
    return text


def is_markdown(text: str, name: str) -> bool:
    """Is this Markdown, by the ending of its name or else by marks that hardly anybody types elsewhere?"""
    if _TEXT_NAME.fullmatch(name):
        return False
    return bool(_MARKDOWN_NAME.fullmatch(name) or _MARKDOWN.search(text))


# --- lines ---------------------------------------------------------------------------------------------------------

_HEADING = re.compile(r"#{1,6} +(.*?)(?: +#+)? *")
_RULE = re.compile(r"(?:[-=*_~–—] *){3,}")
_EMPHASIS = re.compile(r"(?<!\\)(\*\*\*|\*\*|\*|(?<!\w)(?:___|__|_))(?=\S)(.+?)(?<=[^\s\\])\1(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_MIN_PROSE: Final = 120  # characters of a block that is prose, whatever it ends in
_MIN_PROSE_WORDS: Final = 8  # words of a shorter block that ends as a sentence does
_SENTENCE_ENDS: Final = (".", "?", "!", "。", "؟", "۔", ".”", '."', ".’", ".»")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that is not empty."""

    row: int  # its place among the rows, from 0
    text: str  # without markup and space at its edges
    heading: bool = False


Block = list[Line]


def _plain(text: str) -> str:
    """A line of Markdown outside of the body, as it is printed: without emphasis, escapes and marks of a heading."""
    text = text.strip(" ")
    if body.hard_break(text):
        text = text[:-1].rstrip(" ")
    if heading := _HEADING.fullmatch(text):
        text = heading[1]
    previous = None
    while previous != text:
        previous, text = text, _EMPHASIS.sub(r"\2", text)
    text = _ESCAPE.sub(r"\1", text)
    return _ENTITY.sub(lambda found: _decoded(found[0]), text)


def _decoded(entity: str) -> str:
    char = unescape(entity)
    return char if all(canonical.permitted(one) and one not in "\n" for one in char) else entity


def is_prose(block: Sequence[Line]) -> bool:
    """Is this block a paragraph of sentences, rather than lines of an address or a list?"""
    text = " ".join(line.text for line in block)
    return len(text) >= _MIN_PROSE or (text.endswith(_SENTENCE_ENDS) and len(text.split()) >= _MIN_PROSE_WORDS)


def blocks(rows: Sequence[str], *, markdown: bool) -> list[Block]:
    """The blocks of rows between empty ones; rules are left aside, and what they underline is a heading."""
    found: list[Block] = []
    open_block = False
    for number, raw in enumerate(rows):
        bare = raw.strip(tidying.SPACES)
        if not bare:
            open_block = False
        elif _RULE.fullmatch(bare):
            if markdown and open_block and bare[0] in "=-":
                last = found[-1][-1]
                found[-1][-1] = Line(row=last.row, text=last.text, heading=True)
        else:
            text = _plain(bare) if markdown else bare
            line = Line(row=number, text=text, heading=markdown and bool(_HEADING.fullmatch(bare)))
            if not open_block:
                found.append([])
            found[-1].append(line)
            open_block = not line.heading
    return found

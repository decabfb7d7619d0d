"""The body of a letter as CommonMark: paragraphs with one sentence on a line (``docs/drafts.md``, "Import").

Markdown stays the Markdown that it is; plain text is escaped so that it reads as it stands. In both, the rendering is
that of the source but for the width of white space.
"""

from __future__ import annotations

import re

from openletter.intake import blocks, sentences

# A link's address in angle brackets may not hold a line break, so joining lines could make a link of it.
_ANGLED = re.compile(r"\]\(\s*<")
_TRAILING_BACKSLASHES = re.compile(r"\\+$")

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_TAG = re.compile(r"<[A-Za-z/!?]")
# Beginnings of a line that CommonMark takes for a block: what stands before the backslash, and where it goes.
_BLOCK_START = re.compile(
    r"(?=#{1,6}(?: |$)|>|[-+*](?: |$)|~~~|=+ *$|-+ *$|(?:- *){3,}$|(?:_ *){3,}$)|[0-9]{1,9}(?=[.)](?: |$))"
)
# A line of plain text that was typed as an item of a list.
_ITEM = re.compile(r"(?:[-+*•◦▪‣·–—]|\(?[0-9]{1,3}[.)]|\(?[a-zA-Z][.)]) ")


def from_markdown(text: str, *, language: str | None = None) -> str:
    """The same Markdown with one sentence on a line, in every paragraph outside of lists and quotes.

    Paragraphs with tables, definitions of links or footnotes stay as they are. `text` is tidied: no tabs, and hard
    breaks written as a backslash.
    """
    lines = text.split("\n")
    result: list[str] = []
    done = 0
    for paragraph in blocks.paragraphs(lines):
        if paragraph.heading or not paragraph.top:
            continue
        result += lines[done : paragraph.first]
        own = lines[paragraph.first : paragraph.last + 1]
        result += _one_sentence_a_line(own, language)
        done = paragraph.last + 1
    result += lines[done:]
    return "\n".join(result)


def _one_sentence_a_line(lines: list[str], language: str | None) -> list[str]:
    text = "\n".join(lines)
    if len(text) > blocks.MAX_PARAGRAPH or "|" in text or _ANGLED.search(text) or blocks.is_definition(text):
        return lines
    joined = lines[0].lstrip(" ")
    for line in lines[1:]:
        # Behind a hard break the indentation stays: without it the line might begin a block.
        joined += "\n" + line if hard_break(joined) else " " + line.lstrip(" ")
    opaque = blocks.opaque(joined)
    result: list[str] = []
    place = 0
    for line in joined.split("\n"):
        spans = [(first - place, last - place) for first, last in opaque]
        result += sentences.split(line, opaque=spans, language=language)
        place += len(line) + 1
    # A line that was joined behind a hard break may now begin a block; then the source's own lines are better.
    whole = blocks.Paragraph(first=0, last=len(result) - 1, top=True)
    return result if blocks.paragraphs(result) == [whole] else lines


def hard_break(line: str) -> bool:
    """Does this line of a paragraph end in a backslash that no other backslash escapes?"""
    found = _TRAILING_BACKSLASHES.search(line)
    return found is not None and len(found[0]) % 2 == 1


def from_plain(text: str, *, language: str | None = None) -> str:
    """Plain text as Markdown that reads the same: escaped, its paragraphs between empty lines, one sentence on a line.

    A line that was typed as an item of a list begins a line of its own.
    """
    result: list[str] = []
    for chunk in re.split(r"\n *(?:\n *)+", text.strip("\n ")):
        paragraph: list[str] = []
        for line in chunk.split("\n"):
            stripped = line.strip(" ")
            if paragraph and not _ITEM.match(stripped):
                paragraph[-1] += " " + stripped
            else:
                paragraph.append(stripped)
        links = "](" in chunk or "]:" in chunk
        rows = [
            [escape(sentence, links=links) for sentence in sentences.split(row, language=language)] for row in paragraph
        ]
        result.append("\\\n".join("\n".join(row) for row in rows))
    return "\n\n".join(result)


def escape(line: str, *, links: bool = True) -> str:
    """One line of plain text as a line of Markdown that reads the same; `links`: may a ``[`` begin a link here?"""
    result: list[str] = []
    for place, char in enumerate(line):
        before, behind = line[place - 1 : place], line[place + 1 : place + 2]
        markup = (
            char == "`"
            or (char == "\\" and (not behind or behind in _PUNCTUATION))
            or (char == "[" and links)
            or (char == "<" and _TAG.match(line, place))
            or (char == "&" and _ENTITY.match(line, place))
            or (char == "*" and not (before in ("", " ") and behind in ("", " ")))
            or (
                char == "_"
                and not ((before.isalnum() and behind.isalnum()) or (before in ("", " ") and behind in ("", " ")))
            )
        )
        result.append("\\" + char if markup else char)
    escaped = "".join(result)
    if start := _BLOCK_START.match(escaped):
        return escaped[: start.end()] + "\\" + escaped[start.end() :]
    return escaped

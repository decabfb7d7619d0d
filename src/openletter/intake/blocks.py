"""Where the paragraphs of a CommonMark text are, and which of their parts are opaque (``docs/drafts.md``, "Import").

This is the block structure of CommonMark 0.31 (its appendix, "A parsing strategy") without rendering: enough to know
where a line break may be put or changed so that the rendering stays the same. It expects text without tabs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

_MAX_DEPTH: Final = 50  # quotes and lists inside one another that are told apart
_MAX_INDENT: Final = 3  # a line indented further begins indented code
_MAX_LIST_PADDING: Final = 4  # more spaces behind a list marker belong to the content

MAX_PARAGRAPH: Final = 20_000
"""The most characters of a paragraph that is looked into; a longer one stays as it is."""

_HEADING = re.compile(r"#{1,6}(?: |$)")
_RULE = re.compile(r"(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
_SETEXT = re.compile(r"(?:=+|-+) *$")
# Three backticks or more with no backtick behind them on the line, or three tildes or more.
_FENCE = re.compile(r"(`{3,})(?!.*`)|(~{3,})")
_MARKER = re.compile(r"([*+-])|([0-9]{1,9})[.)]")

_ATTRIBUTE = r"""\s+[A-Za-z_:][A-Za-z0-9_.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?"""
_OPEN_TAG = rf"<[A-Za-z][A-Za-z0-9-]*(?:{_ATTRIBUTE})*\s*/?>"
_CLOSE_TAG = r"</[A-Za-z][A-Za-z0-9-]*\s*>"
_ELEMENTS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|"
    "menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|"
    "track|ul|source"
)
# The seven kinds of HTML blocks: how each begins, and how it ends (None: before an empty line).
_HTML: Final = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?:\s|>|$)", re.I),
        re.compile(r"</(?:script|pre|style|textarea)>", re.I),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(rf"</?(?:{_ELEMENTS})(?:\s|/?>|$)", re.I), None),
    (re.compile(rf"(?:{_OPEN_TAG}|{_CLOSE_TAG})\s*$"), None),
)

# Raw HTML inside a paragraph: tags, comments, processing instructions, declarations, CDATA; then autolinks.
_RAW = re.compile(
    rf"{_OPEN_TAG}|{_CLOSE_TAG}|<!--(?:>|->|.*?-->)|<\?.*?\?>|<![A-Za-z][^>]*>|<!\[CDATA\[.*?\]\]>"
    r"|<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>",
    re.S,
)
# What stands behind a link's text: "(", a destination, perhaps a title, ")".
_DESTINATION = re.compile(
    r"""\]\(\s*(?:<[^<>\n]*>|[^\s<][^\s]*?)?(?:\s+(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\((?:\\.|[^()\\])*\)))?\s*\)""",
    re.S,
)
_BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph: its first and last line, counted from 0; `top` where no quote or list holds it.

    With `heading` it is the text of a heading that a line of ``=`` or ``-`` underlines.
    """

    first: int
    last: int
    top: bool
    heading: bool = False


@dataclass(slots=True)
class _Container:
    width: int  # columns that a line needs to belong to a list item; 0 for a quote
    empty: bool = False  # a list item that holds nothing yet


class _Scanner:
    """The open blocks while lines go by, and the paragraphs found so far."""

    def __init__(self) -> None:
        self.containers: list[_Container] = []
        self.leaf = ""  # "", "paragraph", "fence", "html" or "code": what the innermost container has open
        self.fence = ""
        self.html_end: re.Pattern[str] | None = None
        self.first = 0
        self.found: list[Paragraph] = []

    def line(self, number: int, text: str) -> None:
        matched, rest = self._continue(text)
        whole = matched == len(self.containers)
        if whole and self._inside_leaf(rest):
            return
        paragraph = whole and self.leaf == "paragraph" and bool(rest.strip(" "))
        opened, rest, done = self._open(matched, rest, paragraph)
        if done:
            return
        blank = not rest.strip(" ")
        if not opened and not whole and not blank and self.leaf == "paragraph":
            self._extend(number)  # a lazy continuation line
            return
        if not opened and not whole:
            self._truncate(matched)
        if blank:
            if self.leaf == "paragraph":
                self.leaf = ""
        elif self.leaf == "paragraph":
            self._extend(number)
        else:
            self._add("paragraph")
            self.first = number
            self.found.append(Paragraph(first=number, last=number, top=not self.containers))

    def _continue(self, text: str) -> tuple[int, str]:
        """How many open containers this line continues, and what is left of it."""
        for position, container in enumerate(self.containers):
            stripped = text.lstrip(" ")
            indent = len(text) - len(stripped)
            if container.width == 0:
                if indent > _MAX_INDENT or not stripped.startswith(">"):
                    return position, text
                text = stripped[1:].removeprefix(" ")
            elif not stripped:
                if container.empty:
                    return position, text
            elif indent >= container.width:
                text = text[container.width :]
            else:
                return position, text
        return len(self.containers), text

    def _inside_leaf(self, rest: str) -> bool:
        """Does an open fence, HTML block or indented code take this line?"""
        stripped = rest.lstrip(" ")
        indent = len(rest) - len(stripped)
        if self.leaf == "fence":
            closing = stripped.rstrip(" ")
            if (
                indent <= _MAX_INDENT
                and closing
                and not closing.strip(self.fence[0])
                and len(closing) >= len(self.fence)
            ):
                self.leaf = ""
            return True
        if self.leaf == "html":
            if self.html_end is None:
                if stripped:
                    return True
                self.leaf = ""
            elif self.html_end.search(rest):
                self.leaf = ""
            return True
        if self.leaf == "code":
            if indent > _MAX_INDENT or not stripped:
                return True
            self.leaf = ""
        return False

    def _open(self, matched: int, rest: str, paragraph: bool) -> tuple[bool, str, bool]:
        """Open the blocks that begin on this line: whether any did, what is left, and whether a leaf took the rest."""
        opened = False
        while True:
            stripped = rest.lstrip(" ")
            indent = len(rest) - len(stripped)
            if not stripped or len(self.containers) > _MAX_DEPTH:
                return opened, rest, False
            if indent > _MAX_INDENT:
                if self.leaf == "paragraph":
                    return opened, rest, False
                self._truncate(matched, opened)
                self._add("code")
                return True, rest, True
            lazy = not opened and matched < len(self.containers) and self.leaf == "paragraph"
            if stripped.startswith(">"):
                self._truncate(matched, opened, leaf=True)
                self._contain(_Container(width=0))
                rest = stripped[1:].removeprefix(" ")
            elif self._leaf(stripped, matched, opened, paragraph, lazy):
                return True, rest, True
            elif marker := _item(stripped, paragraph):
                width, empty, rest = marker
                self._truncate(matched, opened, leaf=True)
                self._contain(_Container(width=indent + width, empty=empty))
            else:
                return opened, rest, False
            opened, paragraph = True, False

    def _leaf(self, text: str, matched: int, opened: bool, paragraph: bool, lazy: bool) -> bool:
        if _HEADING.match(text):
            self._truncate(matched, opened, leaf=True)
            self._add("")
            return True
        if fence := _FENCE.match(text):
            self._truncate(matched, opened, leaf=True)
            self._add("fence")
            self.fence = fence[1] or fence[2]
            return True
        for kind, (begin, end) in enumerate(_HTML, 1):
            if begin.match(text) and (kind < len(_HTML) or not (paragraph or lazy)):
                self._truncate(matched, opened, leaf=True)
                self._add("" if end is not None and end.search(text) else "html")
                self.html_end = end
                return True
        if paragraph and _SETEXT.match(text):
            self.found[-1] = replace(self.found[-1], heading=True)
            self.leaf = ""
            return True
        if _RULE.match(text):
            self._truncate(matched, opened, leaf=True)
            self._add("")
            return True
        return False

    def _truncate(self, matched: int, opened: bool = False, *, leaf: bool = False) -> None:
        """Close the containers that the line doesn't continue (once), and the open leaf with them."""
        if not opened and matched < len(self.containers):
            del self.containers[matched:]
            self.leaf = ""
        if leaf:
            self.leaf = ""

    def _contain(self, container: _Container) -> None:
        self._add("")
        self.containers.append(container)

    def _add(self, leaf: str) -> None:
        if self.containers:
            self.containers[-1].empty = False
        self.leaf = leaf

    def _extend(self, number: int) -> None:
        self.found[-1] = replace(self.found[-1], last=number)


def _item(text: str, paragraph: bool) -> tuple[int, bool, str] | None:
    """The list item that begins here: its width from the marker on, whether it is empty, and its content."""
    marker = _MARKER.match(text)
    if marker is None:
        return None
    behind = text[marker.end() :]
    content = behind.lstrip(" ")
    if behind and content == behind:
        return None
    if paragraph and (not content or (marker[2] is not None and int(marker[2]) != 1)):
        return None
    spaces = len(behind) - len(content)
    if not content or spaces > _MAX_LIST_PADDING:
        return marker.end() + 1, not content, behind[1:]
    return marker.end() + spaces, False, content


def paragraphs(lines: Sequence[str]) -> list[Paragraph]:
    """The paragraphs of a CommonMark text and its underlined headings, in order; definitions of links count as such."""
    scanner = _Scanner()
    for number, text in enumerate(lines):
        scanner.line(number, text)
    return scanner.found


def opaque(text: str) -> list[tuple[int, int]]:
    """The parts of a paragraph that are no prose: code spans, raw HTML, autolinks, addresses and titles of links."""
    found: list[tuple[int, int]] = []
    place = 0
    while place < len(text):
        char = text[place]
        end = place + 1
        if char == "\\":
            end = place + 2
        elif char == "`":
            end = _code_span(text, place, found)
        elif char in "<]" and (raw := (_RAW if char == "<" else _DESTINATION).match(text, place)):
            end = raw.end()
            found.append((place, end))
        place = end
    return found


def _code_span(text: str, place: int, found: list[tuple[int, int]]) -> int:
    opening = _BACKTICKS.match(text, place)
    if opening is None:
        return place + 1
    for closing in _BACKTICKS.finditer(text, opening.end()):
        if len(closing[0]) == len(opening[0]):
            found.append((place, closing.end()))
            return closing.end()
    return opening.end()


def is_definition(text: str) -> bool:
    """May this paragraph begin with a link reference definition (or a footnote)? Then its line breaks carry meaning."""
    return text.lstrip(" ").startswith("[") and "]:" in text

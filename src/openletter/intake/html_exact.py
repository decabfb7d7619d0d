"""The exact form of the pages that carry evidence, and what is taken out of them.

A page that carries evidence must say the same to us and to every browser, or else a browser could show and check one
letter while we check another. So nothing is forgiven here. A page is exact where

1. its bytes are UTF-8 without U+0000, without a carriage return and without U+001B, it begins with ``<!doctype html>``,
   and among its first 1,024 bytes it says ``<meta charset="utf-8">``; no other tag says a charset;
2. it has no comment, no other declaration, and no ``<`` that begins no tag;
3. an opening tag is ``<name attribute="value" attribute>``: names in small letters, one space before each attribute,
   values in double quotes, without ``<`` and ``>``, each ``&`` the begin of a reference that ``;`` ends, no attribute
   twice; a closing tag is ``</name>``;
4. elements stand at most 200 deep in each other; those that have content are closed in the order in which they were
   opened, void ones are never closed, and only void ones and pictures (``svg``) may end in ``/>``; there is
   one ``html``, and in it one ``head`` and one ``body`` at most, because browsers add the attributes of a second one
   to the first;
5. there is no element whose content browsers read by rules of its own (`_FOREIGN`), and inside of ``svg`` nothing but
   shapes (`_SHAPES`); a script holds no ``<!--`` and no ``<script``, a title no ``<``, a ``noscript`` nothing but text
   and a few tags without attributes.

The evidence must be a child of ``body`` or ``head``, or of plain boxes in it (`_BOXES`), and its id occurs once. What
a style sheet of the page hides, or a script changes, is not seen here: a page can't vouch for itself.
"""

from __future__ import annotations

import re
from typing import Final

from openletter.errors import DocumentError
from openletter.intake import plain
from openletter.intake.html_tokens import VOID, Token, tokens

_FOREIGN: Final = frozenset(
    "applet base embed frame frameset iframe isindex listing math noembed noframes object plaintext template textarea "
    "xmp".split()
)
_SHAPES: Final = frozenset(
    "circle clippath defs ellipse g line lineargradient mask path polygon polyline radialgradient rect stop symbol "
    "text title tspan use".split()
)
_ONCE: Final = {"html": "", "head": "html", "body": "html"}  # and in which element they stand
_BOXES: Final = frozenset({"html", "head", "body", "main", "div", "section"})
# What a letter is set in; where one of these stands in another, a browser moves and closes nothing.
_IN_ARTICLE: Final = frozenset(
    "a abbr address b bdi bdo blockquote br cite code dd del div dl dt em footer h1 h2 h3 h4 h5 h6 header hr i ins li "
    "ol p pre q s section small span strong sub sup table tbody td th thead time tr u ul wbr".split()
)
_ROWS: Final = {  # what may stand in the parts of a table and of a list, and nothing else but space
    "table": frozenset({"thead", "tbody"}),
    "thead": frozenset({"tr"}),
    "tbody": frozenset({"tr"}),
    "tr": frozenset({"td", "th"}),
}
_ONLY_IN: Final = {
    "thead": frozenset({"table"}),
    "tbody": frozenset({"table"}),
    "tr": frozenset({"thead", "tbody"}),
    "td": frozenset({"tr"}),
    "th": frozenset({"tr"}),
    "li": frozenset({"ol", "ul"}),
    "dt": frozenset({"dl"}),
    "dd": frozenset({"dl"}),
}
_ENDS_P: Final = frozenset(
    "address blockquote dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section table ul".split()
)
_DEEPEST: Final = 200
"""Browsers put what is nested deeper than some 500 elements elsewhere, each in its way."""
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

_VALUE = r'"[^"&<>]*(?:&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#x[0-9A-Fa-f]+);[^"&<>]*)*"'
_OPEN = re.compile(rf"<[a-z][a-z0-9]*(?: [a-zA-Z][a-zA-Z0-9:_-]*(?:={_VALUE})?)* ?/?>")
_ATTRIBUTE = re.compile(r" ([a-zA-Z][a-zA-Z0-9:_-]*)(?:=\"[^\"]*\")?")
_CLOSE = re.compile(r"</[a-z][a-z0-9]*>")
_DOCTYPE = re.compile(r"<!doctype html>", re.I)
_CHARSET = re.compile(rb'<meta charset="utf-8">', re.I)
_NOSCRIPT = re.compile(r"[^<]*(?:</?(?:b|br|code|div|em|i|p|span|strong)>[^<]*)*")
_SVG_NAME = re.compile(r"<(?:[a-z][A-Za-z0-9]*)")
_HIDING: Final = ("hidden", "style", "popover", "inert", "is", "slot")


def script(data: bytes, wanted: str) -> bytes | None:
    """The bytes inside of the one script with this id."""
    page = _Page(data, wanted)
    if page.place is None:
        return None
    tag = page.pieces[page.place]
    if tag.name != "script":
        raise _refused(f"what bears the id “{wanted}” is no script")
    page.only_in_boxes()
    inside = page.pieces[page.place + 1]
    return page.text[inside.start : inside.end].encode()


def article(data: bytes, wanted: str) -> list[Token] | None:
    """The pieces of the page inside of the one article with this id."""
    page = _Page(data, wanted)
    if page.place is None:
        return None
    tag = page.pieces[page.place]
    if tag.name != "article":
        raise _refused(f"what bears the id “{wanted}” is no article")
    page.only_in_boxes()
    for one in (*page.around, tag):
        _nothing_hides(one)
    inside: list[Token] = []
    stack: list[str] = []
    for piece in page.pieces[page.place + 1 :]:
        if piece.kind == "close" and not stack:
            break
        _keeps_its_place(piece, stack)
        if piece.kind == "open":
            _nothing_hides(piece)
            if piece.name not in VOID:
                stack.append(piece.name)
        elif piece.kind == "close":
            stack.pop()
        inside.append(piece)
    return inside


def _keeps_its_place(piece: Token, stack: list[str]) -> None:
    """Refuse what a browser would show elsewhere than where it stands in the page."""
    parent = stack[-1] if stack else ""
    if piece.kind in {"text", "raw"}:
        if parent in _ROWS and piece.text.strip(" \t\n\f"):
            raise _refused("words stand in a table, but in none of its cells")
        return
    if piece.kind != "open":
        return
    if piece.name not in _IN_ARTICLE:
        raise _refused(f"the article holds <{piece.name}>")
    if (
        piece.name not in _ROWS.get(parent, {piece.name})
        or parent not in _ONLY_IN.get(piece.name, {parent})
        or (piece.name in _ENDS_P and "p" in stack)
        or (piece.name in _HEADINGS and not _HEADINGS.isdisjoint(stack))
        or (piece.name == "a" and "a" in stack)
    ):
        raise _refused(f"<{piece.name}> stands where a browser would move it")


def _nothing_hides(tag: Token) -> None:
    for name in _HIDING:
        if name in tag.attributes:
            raise _refused(f"the attribute “{name}” could hide words of the article")


class _Page:
    """A page that was found to be exact, its pieces, and where the element with the wanted id begins."""

    def __init__(self, data: bytes, wanted: str) -> None:
        self.text = _decoded(data)
        self.pieces: list[Token] = []
        self.place: int | None = None
        self.around: tuple[Token, ...] = ()  # the elements that the wanted one stands in
        self.seen: set[str] = set()  # of the elements in `_ONCE`
        stack: list[Token] = []
        end = 0
        for piece in tokens(self.text):
            source = self.text[piece.start : piece.end]
            if piece.kind == "open":
                self._opens(piece, source, stack)
                if piece.attributes.get("id") == wanted:
                    if self.place is not None:
                        raise _refused(f"the id “{wanted}” occurs twice")
                    self.place, self.around = len(self.pieces), tuple(stack)
                if piece.name not in VOID and not source.endswith("/>"):
                    stack.append(piece)
                    if len(stack) > _DEEPEST:
                        raise _refused(f"elements stand in it more than {_DEEPEST} deep")
            elif piece.kind == "close":
                if not _CLOSE.fullmatch(source) and not (source[2:-1].isalnum() and _in_svg(stack)):
                    raise _refused(f"{plain.shown(source)} is no closing tag of the exact form")
                if not stack or stack.pop().name != piece.name:
                    raise _refused(f"</{piece.name}> closes what is not open")
            elif piece.kind == "raw":
                _raw(piece)
            elif piece.kind == "else" and (self.pieces or not _DOCTYPE.fullmatch(source)):
                raise _refused("it holds a comment or another declaration")
            self.pieces.append(piece)
            end = piece.end
        if end != len(self.text) or stack:
            raise _refused("a tag or an element of it never ends")

    def _opens(self, tag: Token, source: str, stack: list[Token]) -> None:
        foreign = _in_svg(stack)
        if not _OPEN.fullmatch(source if not foreign else _SVG_NAME.sub("<a", source, count=1)):
            raise _refused(f"{plain.shown(source)} is no tag of the exact form")
        names = [name.lower() for name in _ATTRIBUTE.findall(source)]
        if len(names) != len(set(names)):
            raise _refused(f"{plain.shown(source)} has an attribute twice")
        if tag.name in _FOREIGN or (foreign and tag.name not in _SHAPES):
            raise _refused(f"it holds <{tag.name}>, which browsers read in ways of their own")
        if source.endswith("/>") and tag.name not in VOID and (not foreign or tag.name == "title"):
            raise _refused(f"{plain.shown(source)} ends as only tags without content may")
        if tag.name in _ONCE:
            parent = stack[-1].name if stack else ""
            if parent != _ONCE[tag.name] or tag.name in self.seen:
                raise _refused(f"<{tag.name}> stands where a browser would move it")
            self.seen.add(tag.name)
        if tag.name == "meta" and not _CHARSET.fullmatch(source.encode()):
            said = " ".join((*tag.attributes, *tag.attributes.values())).lower()
            if "charset" in said or "content-type" in said:
                raise _refused("it says its charset twice")

    def only_in_boxes(self) -> None:
        """Refuse evidence that stands where browsers might not see it as we do."""
        for tag in self.around:
            if tag.name not in _BOXES:
                raise _refused(f"what it carries stands inside of <{tag.name}>")


def _decoded(data: bytes) -> str:
    if len(data) > plain.MAX_BYTES:
        raise _refused("it has more than 32 MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("it is not UTF-8") from None
    if any(char in text for char in "\0\r\x1b\ufeff"):
        raise _refused("it holds a character that browsers read in ways of their own")
    if not _DOCTYPE.match(text):
        raise DocumentError(
            "this is no page that carries evidence: it doesn't begin with <!doctype html>",
            hint="to find which letter it is a copy of: openletter identify FILE",
        )
    if not _CHARSET.search(data[:1024]):
        raise _refused('it doesn\'t say <meta charset="utf-8"> at its begin')
    return text


def _raw(piece: Token) -> None:
    text = piece.text.lower()
    if piece.name in {"script", "style"} and ("<!--" in text or "<script" in text):
        raise _refused(f"a {piece.name} in it holds what browsers read in ways of their own")
    if (piece.name == "title" and "<" in text) or (piece.name == "noscript" and not _NOSCRIPT.fullmatch(piece.text)):
        raise _refused(f"<{piece.name}> in it holds more than words")


def _in_svg(stack: list[Token]) -> bool:
    return any(tag.name == "svg" for tag in stack)


def _refused(why: str) -> DocumentError:
    return DocumentError(
        f"the page is not of the exact form that can be checked: {why}",
        hint="save the file again from where it was published, without opening it in an editor",
    )

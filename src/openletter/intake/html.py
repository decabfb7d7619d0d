"""The text of an HTML page, as a reader without style sheets would see it; and what our own pages carry, taken out.

`read` is for any page and forgives what browsers forgive. `article` and `script` are for pages that carry evidence, and
forgive nothing (`openletter.intake.html_exact`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from openletter.intake import html_exact, plain
from openletter.intake.html_tokens import RAW, VOID, Token, tokens

_PARAGRAPHS: Final = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend main menu nav ol optgroup option p pre search section "
    "select summary table tbody tfoot thead ul".split()
)
_LINES: Final = frozenset({"br", "li", "tr"})
_CELLS: Final = frozenset({"td", "th"})
# What is not there for a reader to read: without a word of it in the text, and without a remark.
_UNSEEN: Final = frozenset({"script", "style", "template", "title", "datalist", "rp"})
# What the text leaves out, by its kind.
_LEFT_OUT: Final = {
    **dict.fromkeys(("img", "svg", "picture", "canvas"), "picture"),
    **dict.fromkeys(("video", "audio"), "recording"),
    **dict.fromkeys(("iframe", "object", "embed", "frame", "noframes", "noembed"), "part loaded from elsewhere"),
    **dict.fromkeys(("math",), "formula"),
    **dict.fromkeys(("rt",), "gloss above the line"),
    **dict.fromkeys(("textarea", "input", "select"), "form field"),
}
# What is read as it stands, and is drawn otherwise.
_DRAWN: Final = {
    **dict.fromkeys(("s", "strike", "del"), "struck-through part"),
    "bdo": "part that is turned round",
}
# What ends when one of these begins, as browsers have it.
_ENDED_BY: Final = {
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"td", "th", "tr"}),
    "rt": frozenset({"rt", "rp"}),
    "rp": frozenset({"rt", "rp"}),
    "option": frozenset({"option"}),
}
_NOT_IN_P: Final = (_PARAGRAPHS | {"li"}) - {
    "caption",
    "option",
    "optgroup",
    "select",
    "legend",
    "body",
    "html",
    "tbody",
}
_TAG = re.compile(r"<[^<>]*>")
_WHITE = re.compile(r"[ \t\n\f\r]+")
_NO_DISPLAY = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\s*(?:!|;|$)", re.I)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.I)
_XML = re.compile(rb"\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})", re.I)

SPACE, TAB, LINE, PARAGRAPH = 1, 2, 3, 4
_BETWEEN: Final = ("", " ", "\t", "\n", "\n\n")


def read(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of this page, and sentences on what of it is not carried; raises `DocumentError`.

    Left out and told are pictures, what is loaded from elsewhere, and what the page itself hides (``hidden``, an inline
    ``display: none``, a closed ``dialog``). What a style sheet or a script would hide or add is not known here.
    """
    page, remarks = decode(data)
    text, dropped = words(tokens(page))
    return text, remarks + dropped


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The characters of a page: by its byte order mark, by what it says of itself in its first 4 KiB, else as UTF-8."""
    head = data[:4096]
    said = _META.search(head) or _XML.match(head)
    name = said[1].decode("ascii") if said else None
    # A page that can be searched for the word is not UTF-16, whatever it says (as browsers have it).
    return plain.decode(data, "utf-8" if name and name.lower().startswith("utf-16") else name)


def article(data: bytes, id: str) -> str | None:  # noqa: A002  # it is the name of the attribute
    """The text shown by the one ``<article>`` with this id in a page of ours; None where it has none.

    Raises `DocumentError` where the page is not of the exact form (`openletter.intake.html_exact`), holds the id twice,
    or could hide a part of the article or move it.
    """
    inside = html_exact.article(data, id)
    return None if inside is None else words(inside)[0]


def script(data: bytes, id: str) -> bytes | None:  # noqa: A002  # it is the name of the attribute
    """The content of the one ``<script>`` with this id in a page of ours, its very bytes; None where it has none.

    Raises `DocumentError` where the page is not of the exact form (`html_exact`) or holds the id twice.
    """
    return html_exact.script(data, id)


def skeleton(data: bytes) -> list[tuple[str, str, tuple[tuple[str, str], ...], str]]:
    """All of a page but the words between its tags: two pages with one skeleton show their words alike."""
    return [
        (piece.kind, piece.name, tuple(piece.attributes.items()), piece.text if piece.kind == "raw" else "")
        for piece in tokens(decode(data)[0])
        if piece.kind != "text"
    ]


def words(pieces: Iterable[Token]) -> tuple[str, tuple[str, ...]]:
    """The text of these pieces of a page, and sentences on what of it is not carried."""
    reader = _Reader()
    for piece in pieces:
        reader.take(piece)
    return plain.tidy("".join(reader.out)), reader.dropped()


class _Reader:
    """Takes the pieces of a page one by one; keeps which elements are open, and what they do to the text."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.between = 0  # the strongest break since the last word
        self.open: list[str] = []
        self.count: Counter[str] = Counter()
        self.lists: list[int | None] = []  # of each open list the number of the next item; None without numbers
        self.silent: int | None = None  # how many elements were open when one was met that is not shown
        self.reason = ""
        self.left_out: Counter[str] = Counter()
        self.hidden: list[str] = []
        self.drawn: Counter[str] = Counter()
        self.styled = False
        self.marked = False  # the mark of an item was written, and none of its words

    def take(self, piece: Token) -> None:
        if piece.kind == "open":
            self.begin(piece)
        elif piece.kind == "close":
            self.end(piece.name)
        elif piece.kind == "text":
            self.text(piece.text)
        elif piece.kind == "raw" and piece.name == "noscript":
            self.hide(_TAG.sub(" ", piece.text))

    def begin(self, tag: Token) -> None:
        name = tag.name
        self.styled = self.styled or _is_styled(tag)
        if self.silent is None and name in _DRAWN:
            self.drawn[_DRAWN[name]] += 1
        if name in _NOT_IN_P and self.count["p"]:
            self.end("p")
        while self.open and self.open[-1] in _ENDED_BY.get(name, ()):
            self.end(self.open[-1])
        self.breaks(name)
        if self.silent is None and name in _LEFT_OUT and not _is_button(tag):
            self.left_out[_LEFT_OUT[name]] += 1
        if name in VOID or name == "frame":
            return
        if self.silent is None:
            self.reason = _why_silent(tag)
            if self.reason:
                self.silent = len(self.open)
        self.open.append(name)
        self.count[name] += 1
        if name in {"ol", "ul", "menu"}:
            self.lists.append(_number(tag.attributes.get("start", "1")) if name == "ol" else None)
        elif name == "li":
            self.item(tag)

    def item(self, tag: Token) -> None:
        """The mark before an item of a list, as Markdown has it."""
        if not self.lists or self.silent is not None:
            return
        number = self.lists[-1]
        if number is not None:
            number = _number(tag.attributes["value"]) if "value" in tag.attributes else number
            self.lists[-1] = number + 1
        self.text("- " if number is None else f"{number}. ")
        self.marked = True

    def end(self, name: str) -> None:
        """The end of an element, and of all that is open inside of it."""
        if name in {"br", "p"} and not self.count[name]:
            self.breaks(name)  # browsers take it for a whole element
            return
        if not self.count[name]:
            return
        while True:
            last = self.open.pop()
            self.count[last] -= 1
            if last in {"ol", "ul", "menu"}:
                self.lists.pop()
            if self.silent is not None and len(self.open) <= self.silent:
                self.silent = None
            self.breaks(last)
            if last == name:
                return

    def breaks(self, name: str) -> None:
        if self.silent is not None or (self.marked and name != "li"):
            return
        if name == "br":
            self.flush()
            self.out.append("\n")
        elif name in _CELLS:
            self.between = max(self.between, TAB)
        elif name in _LINES:
            self.between = max(self.between, LINE)
        elif name in _PARAGRAPHS:
            self.between = max(self.between, PARAGRAPH)

    def flush(self) -> None:
        if self.out:
            self.out.append(_BETWEEN[self.between])
        self.between = 0

    def text(self, text: str) -> None:
        if self.silent is not None:
            if self.reason == "hidden":
                self.hide(text)
            return
        if text.strip():
            self.marked = False
        if self.count["pre"]:
            self.flush()
            self.out.append(text)
            return
        bare = _WHITE.sub(" ", text)
        if bare.startswith(" "):
            self.between = max(self.between, SPACE)
        if stripped := bare.strip(" "):
            self.flush()
            self.out.append(stripped)
            if bare.endswith(" "):
                self.between = SPACE

    def hide(self, text: str) -> None:
        if text.strip():
            self.hidden.append(text.strip())

    def dropped(self) -> tuple[str, ...]:
        told = list(plain.told((number, noun, " left out") for noun, number in sorted(self.left_out.items())))
        told += plain.told((number, noun, " read as if it were not") for noun, number in sorted(self.drawn.items()))
        if self.styled:
            told.append("style sheets and scripts of the page, which may hide words or show others, were not looked at")
        if self.hidden:
            told.append(f"what the page hides was left out: {plain.shown(' '.join(self.hidden[:20]))}")
        return tuple(told)


def _why_silent(tag: Token) -> str:
    """Why nothing inside of this element is read: it is hidden, it is not there to be read; empty where it is read."""
    given = tag.attributes
    if tag.name in _UNSEEN or tag.name in _LEFT_OUT or tag.name in RAW:
        return "unseen"
    if (
        "hidden" in given
        or _NO_DISPLAY.search(given.get("style", ""))
        or (tag.name == "dialog" and "open" not in given)
    ):
        return "hidden"
    return ""


def _is_styled(tag: Token) -> bool:
    """Does this bring a style or a script to the page?"""
    if tag.name == "link":
        return "stylesheet" in tag.attributes.get("rel", "").lower()
    if tag.name == "script":
        return tag.attributes.get("type", "").lower() in {"", "module", "text/javascript", "application/javascript"}
    return tag.name == "style" or "style" in tag.attributes


def _is_button(tag: Token) -> bool:
    return tag.name == "input" and tag.attributes.get("type", "").lower() in {"hidden", "submit", "button", "reset"}


def _number(said: str) -> int:
    return int(said) if re.fullmatch(r"-?[0-9]{1,9}", said.strip(), re.A) else 1

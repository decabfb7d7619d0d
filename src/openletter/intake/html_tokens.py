"""The tags and the text of an HTML page, found as browsers find them (WHATWG HTML, section 13.2.5, "Tokenization").

Python's own parser is not used: it takes time in the square of what hostile pages have, and it disagrees with browsers
on where comments and scripts end. Here every character is looked at a bounded number of times, and nothing recurses.

What of the standard is simplified: a script that holds ``<!--`` ends at its first ``</script`` all the same, and what
is inside of ``noscript`` is raw, as it is to a browser that runs scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from types import MappingProxyType
from typing import Final, NamedTuple

from openletter.errors import DocumentError

RAW: Final = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "textarea", "title"})
"""The elements whose content is text up to their end tag, whatever it looks like."""

VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
"""The elements that have no content and no end tag."""

MAX_PIECES: Final = 1_000_000
"""The most tags and comments, and the most attributes of one tag, that a page may have."""

_MARKUP = re.compile(r"<(?=[A-Za-z!?/])")
_NAME = re.compile(r"[^\t\n\f\r />]+")
_SPACE = re.compile(r"[\t\n\f\r /]*")
_ATTRIBUTE = re.compile(r"[^\t\n\f\r />=][^\t\n\f\r />=]*|=[^\t\n\f\r />=]*")
_EQUALS = re.compile(r"[\t\n\f\r ]*=[\t\n\f\r ]*")
_BARE = re.compile(r"[^\t\n\f\r >]*")
_COMMENT_END = re.compile(r"--!?>")
_ZEROS = re.compile(r"&#0+(?=[0-9])")
_TOO_LARGE = re.compile(r"&#[0-9]{8,}")  # for Unicode: U+FFFD is read
_LETTER = re.compile(r"[A-Za-z]")
_RAW_END: Final = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.I) for name in RAW}


class Token(NamedTuple):
    """A piece of a page, from `start` to `end`: ``text`` or ``raw`` (what is inside of `RAW`), ``open`` or ``close``
    (a tag), ``else`` (a comment, a doctype, what is no tag)."""

    kind: str
    start: int
    end: int
    name: str = ""  # of a tag, in small letters
    attributes: Mapping[str, str] = MappingProxyType({})  # of an opening tag: the first of each name, entities decoded
    text: str = ""  # entities decoded where the page has them decoded


def tokens(page: str) -> Iterator[Token]:
    """The pieces of this page, in order; what stands after a tag or comment that never ends is no piece of it."""
    at, pieces = 0, 0
    while at < len(page):
        markup = _MARKUP.search(page, at)
        start = markup.start() if markup else len(page)
        if start > at:
            yield Token("text", at, start, text=_unescaped(page[at:start]))
        if not markup:
            return
        pieces += 1
        if pieces > MAX_PIECES:
            raise DocumentError("the page has more than a million tags", hint="give the letter alone")
        closing = page[start + 1] == "/"
        if not _LETTER.match(page, start + 1 + closing):
            at = _end_of_else(page, start)
            yield Token("else", start, at)
            continue
        token = _tag(page, start, closing=closing)
        if token is None:
            return
        yield token
        at = token.end
        if token.kind == "open" and token.name in RAW:
            found = _RAW_END[token.name].search(page, at)
            end = found.start() if found else len(page)
            inside = page[at:end]
            yield Token("raw", at, end, token.name, text=_unescaped(inside) if token.name == "title" else inside)
            at = end
        elif token.kind == "open" and token.name == "plaintext":
            yield Token("text", at, len(page), text=page[at:])
            return


def _unescaped(text: str) -> str:
    """With references decoded; numbers of any length, which Python would refuse to read."""
    return unescape(_TOO_LARGE.sub("&#9999999", _ZEROS.sub("&#", text)))


def _end_of_else(page: str, at: int) -> int:
    if page.startswith("<!--", at):
        if page.startswith((">", "->"), at + 4):
            return page.index(">", at) + 1
        found = _COMMENT_END.search(page, at + 4)
        return found.end() if found else len(page)
    end = page.find(">", at)
    return len(page) if end < 0 else end + 1


def _tag(page: str, start: int, *, closing: bool) -> Token | None:
    """The tag that begins here; None where it never ends."""
    named = _NAME.match(page, start + 1 + closing)
    assert named is not None  # noqa: S101  # it begins with a letter
    at = named.end()
    attributes: dict[str, str] = {}
    for _ in range(MAX_PIECES):
        space = _SPACE.match(page, at)
        assert space is not None  # noqa: S101  # it matches nothing, too
        at = space.end()
        if at >= len(page):
            return None
        if page[at] == ">":
            kind = "close" if closing else "open"
            return Token(kind, start, at + 1, named[0].lower(), attributes)
        attribute = _ATTRIBUTE.match(page, at)
        assert attribute is not None  # noqa: S101  # any other character begins one
        at, value = attribute.end(), ""
        if equals := _EQUALS.match(page, at):
            at = equals.end()
            if at < len(page) and page[at] in "\"'":
                end = page.find(page[at], at + 1)
                if end < 0:
                    return None
                value, at = page[at + 1 : end], end + 1
            else:
                bare = _BARE.match(page, at)
                assert bare is not None  # noqa: S101  # it matches nothing, too
                value, at = bare[0], bare.end()
        attributes.setdefault(attribute[0].lower(), _unescaped(value))
    raise DocumentError("a tag of the page has more than a million attributes", hint="give the letter alone")

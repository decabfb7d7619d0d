"""CommonMark as tokens, read with bounded time and stack, so that nothing in a text goes unseen (``spec/records.md``).

What is read otherwise than CommonMark has it is said in `openletter.rendering.blocks`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html.entities import html5
from typing import TYPE_CHECKING, Final

from openletter import canonical
from openletter.errors import MissingExtra

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

MAX_DEPTH: Final = 12
"""The most levels of blocks, a quote being one and a list two, and the most links and emphases in one another."""

MAX_MARKED: Final = 32 * 1024
"""The most characters of one paragraph that are read for marks; a longer one is text as it stands."""

MAX_BRACKETS: Final = 32
"""The most square brackets of one paragraph that are open at once; with more, it is text as it stands."""


_ADDRESS: Final = re.compile(r"(?:https?://|mailto:)[^\s]", re.I)
_ENTITY: Final = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{0,31}));")
_BRACKET: Final = re.compile(r"\\.|[\[\]]", re.S)


def tokens(text: str) -> list[Token]:
    """The tokens of markdown-it for a text; a paragraph as it stands has ``meta["as_it_stands"]``."""
    return _reader().parse(text)


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise MissingExtra("site", "markdown-it-py") from None

    class Reader(MarkdownIt):
        def validateLink(self, url: str) -> bool:  # noqa: N802 - its name there
            return bool(_ADDRESS.match(url))

        def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - its name there
            return link

    reader = Reader("commonmark", {"html": False, "maxNesting": 1000})
    reference = next(rule.fn for rule in reader.block.ruler.__rules__ if rule.name == "reference")

    def definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if not reference(state, start, end, silent):
            return False
        if not silent:
            _push_as_it_stands(state, start, state.line)
        return True

    reader.block.ruler.at("reference", definition)
    reader.block.ruler.before("table", "too_deep", _too_deep)
    reader.inline.ruler.at("entity", _entity)
    reader.core.ruler.at("inline", _read_marks)
    return reader


def _too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A rule of blocks: what is nested too deep is a paragraph as it stands, to the end of what it is nested in."""
    if silent or state.level < MAX_DEPTH:
        return False
    _push_as_it_stands(state, start, end)
    state.line = end
    return True


def _push_as_it_stands(state: StateBlock, start: int, end: int) -> None:
    state.push("paragraph_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, end, state.blkIndent, False).strip()
    token.children = []
    token.meta["as_it_stands"] = True
    state.push("paragraph_close", "p", -1)


def _read_marks(state: StateCore) -> None:
    """A rule of the core: read the marks within paragraphs, where they can be read within bounds."""
    for token in state.tokens:
        if token.type != "inline" or token.meta.get("as_it_stands"):
            continue
        token.children = []
        if len(token.content) > MAX_MARKED or _brackets(token.content) > MAX_BRACKETS:
            token.meta["as_it_stands"] = True
        else:
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _brackets(text: str) -> int:
    """The most square brackets that are open at once."""
    now = most = 0
    for bracket in _BRACKET.findall(text):
        if bracket == "[":
            now += 1
            most = max(most, now)
        elif bracket == "]":
            now = max(0, now - 1)
    return most


def _entity(state: StateInline, silent: bool) -> bool:
    """A rule of inline content: an entity is its character, where a record may hold that."""
    found = _ENTITY.match(state.src, state.pos)
    if found is None:
        return False
    decimal, hexadecimal, name = found.groups()
    point = int(decimal or hexadecimal or "0", 10 if decimal else 16)
    named = html5.get(f"{name};", "") if name else chr(point) if point <= 0x10FFFF else ""
    if not named or not all(canonical.permitted(char) and char != "\n" for char in named):
        return False
    if not silent:
        state.push("text_special", "", 0).content = named
    state.pos = found.end()
    return True

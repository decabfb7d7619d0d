"""The words of a text: what a printer may change is equal, what an author wrote is not (``spec/identify.md``).

Folding is the same for a record and for a copy. Equal after folding: composed and decomposed characters, ligatures
and presentation forms, the kinds of apostrophe, invisible characters, the marks of Markdown. Never equal: two cases
of a letter, two digits, a letter and one that looks like it, a word and a word with other accents.
Between the words stand marks (punctuation); kinds of quotation mark are one mark, and so are kinds of dash.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import Final, NamedTuple
from unicodedata import category, decomposition, normalize


class Word(NamedTuple):
    """A word, number or symbol: `folded` is compared, ``text[start:end]`` is what stood there.

    In scripts that write no spaces between words, a character is a word.
    """

    folded: str
    start: int
    end: int


class Mark(NamedTuple):
    """A mark of punctuation before the word number `before`.

    `optional`: Markdown or a list, so that its loss changes nothing. `joins`: a hyphen at the end of a line or before
    a space, so that the words on both sides may be one.
    """

    folded: str
    start: int
    end: int
    before: int
    optional: bool = False
    joins: bool = False


class Folded(NamedTuple):
    """A text folded: its words and marks in order, and the places of words that Markdown may hide.

    `numbers` are those of an ordered list, `addresses` those of a link.
    """

    text: str
    words: tuple[Word, ...]
    marks: tuple[Mark, ...]
    numbers: frozenset[int]
    addresses: frozenset[int]


def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order, without punctuation; case is kept."""
    return fold(text).words


QUOTE: Final = '"'
DASH: Final = "-"
_QUOTES: Final = "\"'“”„‟‘’‚‛«»‹›「」『』〝〞〟＂＇´ʼ｢｣"
_APOSTROPHES: Final = "'’ʼ‘‛´＇"
_DASHES: Final = "-‐‑‒–—―−﹘﹣－⸺⸻"
_BULLETS: Final = "•‣◦▪▫●○■□⁃∙"
_MARKUP: Final = "*_`|\\"
_IN_NUMBERS: Final = ".,٫٬"
_HAN: Final = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3040-\u30fa\u30fc-\u318f\u31a0-\u31ff\u3400-\u9fff"
_UNSPACED: Final = re.compile(
    rf"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df{_HAN}\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d"
    r"\U00020000-\U0003ffff]"
)
_APART: Final = ("<super>", "<sub>", "<fraction>", "<circle>", "<square>")
_SYMBOLS_IN_PUNCTUATION: Final = "%&@#§†‡¶"
_MARKS_IN_SYMBOLS: Final = "<>"
_LINK: Final = re.compile(r"!?\[([^\[\]]{0,1000})\](\(\s*<?[^\s()<>]{0,2000}>?[^()\n]{0,200}\))")
_CHUNK: Final = re.compile(r"\S+")
_LIST_NUMBER: Final = re.compile(r"[0-9]{1,9}[.)]")
_RULE: Final = re.compile(r"([_*=#~])\1{2,}|`{3,}|\|?(?::?-+:?\|)+(?::?-+:?)?")
_LINE: Final = re.compile(r"-{3,}|:-+:?|-+:")
_HEADING: Final = re.compile(r"#{1,6}")
_LONG: Final = 200
"""A run without spaces that is longer is not remembered: it hardly comes twice."""


def fold(text: str) -> Folded:
    """The words and marks of a text; time and memory are in proportion to its length."""
    found: list[Word] = []
    marks: list[Mark] = []
    numbers: set[int] = set()
    at_start, last = True, 0
    for chunk in _CHUNK.finditer(text):
        start, end = chunk.span()
        raw = text[start:end]
        at_start = at_start or ((start - last > 1 or text[last] != " ") and _breaks(text[last:start]))
        last = end
        began = at_start
        if at_start:
            while raw.startswith(">"):  # quoted, as in mail
                raw, start = raw[1:], start + 1
            if not raw or _HEADING.fullmatch(raw):
                continue
            at_start = False
            if raw in _DASHES or raw in _BULLETS or raw in "*+·":
                marks.append(Mark(DASH, start, end, len(found), optional=True))
                at_start = True  # a number may follow
                continue
            if _LIST_NUMBER.fullmatch(raw):
                numbers.add(len(found))
                found.append(Word(raw[:-1], start, end - 1))
                marks.append(Mark(raw[-1], end - 1, end, len(found), optional=True))
                continue
        if _RULE.fullmatch(raw) or (began and _LINE.fullmatch(raw)):
            marks.append(Mark(DASH, start, end, len(found), optional=True))
            continue
        number = len(found)
        for kind, folded, first, behind in _tokens(raw) if len(raw) <= _LONG else _split(raw):
            if kind == "w":
                found.append(Word(folded, start + first, start + behind))
                continue
            joins = kind == "j" and behind == len(raw) and len(found) > number
            optional = kind == "o" or (kind == "j" and folded == "")
            if kind != "j" or joins or folded:
                marks.append(Mark(folded or DASH, start + first, start + behind, len(found), optional, joins))
    addresses = _links(text, found, marks) if "](" in text else frozenset()
    return Folded(text, tuple(found), tuple(marks), frozenset(numbers), addresses)


def _breaks(between: str) -> bool:
    return len(between.splitlines()) > 1 or between.endswith(("\n", "\r", "\f", "\v", "\x85", "\u2028", "\u2029"))


def _links(text: str, found: list[Word], marks: list[Mark]) -> frozenset[int]:
    """The words that are the address of a link; its marks become optional."""
    addresses: set[int] = set()
    word_starts = [word.start for word in found]
    mark_starts = [mark.start for mark in marks]
    for link in _LINK.finditer(text):
        first, behind = link.span(2)
        addresses.update(range(bisect_left(word_starts, first), bisect_left(word_starts, behind)))
        for begin, end in ((link.start(), link.start(1)), (link.end(1), behind)):
            for number in range(bisect_left(mark_starts, begin), bisect_left(mark_starts, end)):
                marks[number] = marks[number]._replace(optional=True)
    return frozenset(addresses)


# --- one run without spaces ---

_Token = tuple[str, str, int, int]
"""What it is (w: word, m: mark, o: optional mark, j: dash or soft hyphen), folded, and where it stands in the run."""


@lru_cache(maxsize=1 << 16)
def _tokens(raw: str) -> tuple[_Token, ...]:
    if raw.isascii() and raw.isalnum():
        return (("w", raw, 0, len(raw)),)
    return tuple(_split(raw))


def _split(raw: str) -> list[_Token]:  # noqa: PLR0915  # one branch for each sort of character
    out: list[_Token] = []
    start, kind = -1, ""  # the word that is open, and whether it is one of letters (L) or a character alone (U)
    end = 0

    def close() -> None:
        nonlocal start
        if start >= 0:
            out.append(("w", _folded(raw[start:end]), start, end))
            start = -1

    address = raw.startswith("<") and raw.find(">") > 1 and (":" in raw or "@" in raw)
    for place, character in enumerate(raw):
        sort = _sort(character)
        before = raw[place - 1] if place else ""
        after = raw[place + 1 : place + 2]
        if sort == "L":
            if start < 0 or kind != "L":
                close()
                start, kind = place, "L"
            end = place + 1
        elif sort == "C":  # a mark upon the character before
            if start < 0:
                start, kind = place, "L"
            end = place + 1
        elif sort == "U":
            close()
            start, end, kind = place, place + 1, "U"
        elif sort == "I":
            if character == "\u00ad" and place == len(raw) - 1 and start >= 0:
                close()
                out.append(("j", "", place, place + 1))
        elif sort == "X":
            close()
            out.append(("w", character, place, place + 1))
        elif start >= 0 and kind == "L" and _inside(character, before, after):
            end = place + 1
        elif sort in {"A", "Q"}:
            close()
            out.append(("m", QUOTE, place, place + 1))
        elif sort == "D":
            if before and _sort(before) == "D":
                if out and out[-1][0] == "j":  # a run of dashes is one
                    out[-1] = ("j", DASH, out[-1][2], place + 1)
                continue
            if after.isdigit() and (not before or not (before.isalnum() or _sort(before) in "CUPAQS")):
                close()
                start, end, kind = place, place + 1, "L"  # the sign of a number
                continue
            close()
            out.append(("j", DASH, place, place + 1))
        elif sort == "M":
            if (character == "*" and (len(raw) == 1 or (before.isdigit() and after.isdigit()))) or (
                character == "\\" and after and (after.isalnum() or not after.isascii())
            ):
                close()
                out.append(("w", character, place, place + 1))
            elif character in "_|":
                close()
        elif sort == "B":
            close()
            out.append(("o", DASH, place, place + 1))
        elif sort == "S":
            close()
            out.append(("w", _folded(character), place, place + 1))
        else:
            close()
            if character == "!" and after == "[":
                continue  # an image
            for one in _folded(character):
                out.append(("o" if address and character in "<>" else "m", one, place, place + 1))
    close()
    return out


def _inside(character: str, before: str, after: str) -> bool:
    """Does this belong to the word that it stands in: an apostrophe, the point of a number, emphasis of a part?"""
    if not after or _sort(after) not in "LC":
        return False
    if character in _APOSTROPHES:
        return True
    if character in _IN_NUMBERS:
        return before.isdigit() and after.isdigit()
    return character in "*\\" and not (before.isdigit() and after.isdigit())


@lru_cache(maxsize=1 << 14)
def _sort(character: str) -> str:  # noqa: PLR0911  # one return for each sort
    """L letter or digit, C combining, U unspaced, I invisible, X apart, A apostrophe, Q quote, D dash, M markup,
    B bullet, S symbol, P punctuation."""
    if character in _APOSTROPHES:
        return "A"
    for characters, sort in ((_QUOTES, "Q"), (_DASHES, "D"), (_BULLETS, "B"), (_MARKUP, "M")):
        if character in characters:
            return sort
    if character in _SYMBOLS_IN_PUNCTUATION:
        return "S"
    if character in _MARKS_IN_SYMBOLS:
        return "P"
    if decomposition(character).startswith(_APART):
        return "X"
    if "\u1160" <= character <= "\u11ff" or character in "\uff9e\uff9f":
        return "C"  # vowels and ends of Korean syllables; the voice marks of narrow kana
    if "\u1100" <= character < "\u1160":
        return "U"
    if character in "\u202d\u202e":
        return "S"  # what turns the order of characters round shows another text
    general = category(character)
    if character == "\u0640" or general in ("Cf", "Cc") or "\ufe00" <= character <= "\ufe0f":
        return "I"
    if general.startswith("M"):
        return "C"
    if _UNSPACED.match(character) and general[0] in "LN":
        return "U"
    return {"L": "L", "N": "L", "P": "P", "S": "S"}.get(general[0], "S")


@lru_cache(maxsize=1 << 16)
def _folded(raw: str) -> str:
    if raw.isascii() and raw.isalnum():
        return raw
    kept: list[str] = []
    for character in raw:
        sort = _sort(character)
        if sort == "A":
            kept.append("'")
        elif sort == "D":
            kept.append(DASH)
        elif sort not in "IM":
            kept.append(character)
    # A character that would bring a space with it (a free-standing accent) stays as it is.
    folded = "".join(one if " " in normalize("NFKC", one) else normalize("NFKC", one) for one in kept)
    return normalize("NFC", folded) or raw

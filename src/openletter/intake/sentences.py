"""Where one sentence ends and the next begins: rules of our own, which rather leave two sentences on one line.

A break is proposed only at a space that is there already, behind a full stop, question or exclamation mark, and before
a word that can begin a sentence and can't begin a block of CommonMark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# An end: the stop, then quotation marks, brackets and emphasis that close behind it.
# French sets a space inside its quotation marks: ". »" closes too.
_END = re.compile(
    r"(?P<stop>\.|(?<![!?])[!?]+|[。！？؟۔।॥։።])"
    r"(?P<close>(?:[\"'”’“»›)\]*_]|[ \u00a0\u202f][»›])*)"
    r"(?P<gap> +)"
)
# How the next sentence may begin: emphasis of one to three marks, quotation marks, brackets, then a letter or a number.
_BEGIN = re.compile(r"(?:\*{1,3}|_{1,3})?(?:[\"'“‘«‹„‚(¿¡]|[«‹][ \u00a0\u202f])*(?:\*{1,3}|_{1,3})?(?P<first>\w)")
# A number that CommonMark would take for a list item.
_LIST_NUMBER = re.compile(r"[0-9]{1,9}[.)](?: |$)")
# The word before a full stop.
_LAST_WORD = re.compile(r"(?P<word>[^\s\"'“”‘’«»(\[*_/]*)$")


# Letters in ones or twos with full stops between them: "U.N", "e.g", "Ph.D".
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")

# Shortened words that stand before a name or a number, and rather not at a sentence's end.
_ABBREVIATIONS: Final = _set(
    """
    mr mrs ms mx dr drs prof st ste messrs mme mmes mlle mgr hon rev fr gen col maj capt cpt lt sgt cmdr
    adm amb gov sen rep pres jr sr esq inc ltd co corp bros llc plc dept univ ave blvd rd mt ft vs v cf ca
    approx etc al ed eds e.g i.e viz resp jan feb mar apr jun jul aug sep sept oct nov dec janv févr juil déc
    ene abr ago dic sra srta dra drs ud uds vd vds lic ing arq hno hr fr frau dipl bzw usw vgl ggf evtl inkl
    bspw geb gest str nr abs bd hrsg ff vol
    """
)
# Shortened words only before a number: "no. 5", "art. 12", "p. 3"; elsewhere "no" ends a sentence as any word does.
_BEFORE_NUMBERS: Final = _set(
    """
    no nos nº n art arts artt para paras par pár sec secs p pp pág págs s fig figs vol vols ch chap chs núm num
    nr res
    """
)
_MAX_WORD: Final = 60  # characters before a stop that are looked at
_MAX_ORDINAL: Final = 2  # digits of a German ordinal, "16. September"


def split(text: str, *, opaque: Sequence[tuple[int, int]] = (), language: str | None = None) -> list[str]:
    """The sentences of a paragraph; joined by single spaces they are the text, but for the width of the gaps.

    `opaque` names the parts, from and to, in which nothing is split. `language` is a BCP 47 tag; it matters for German,
    where a number with a full stop is an ordinal.
    """
    pieces: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if _inside(end.start("gap"), opaque) or _inside(end.end("gap"), opaque):
            continue
        if _ends(text[start : end.start("stop")], end["stop"], text[end.end() :], language or "") and begins(
            text[end.end() :]
        ):
            pieces.append(text[start : end.start("gap")])
            start = end.end()
    pieces.append(text[start:])
    return pieces


def begins(rest: str) -> bool:
    """Can this text begin a sentence, and never a block of CommonMark?"""
    found = _BEGIN.match(rest)
    if found is None:
        return False
    first = found["first"]
    if first == "_" or first.islower():
        return False
    return not _LIST_NUMBER.match(rest)


def _inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(first < place < last for first, last in spans)


def _ends(before: str, stop: str, rest: str, language: str) -> bool:
    """Does this stop end a sentence that reads so before it and so behind it?"""
    if stop != ".":
        return True
    found = _LAST_WORD.search(before[-_MAX_WORD:])
    word = found["word"] if found else ""
    plain = word.strip("-–—,;").casefold()
    if not plain or before.endswith((".", "…")):
        return bool(before) and before[-1] in "\"'”’“»)]*_"
    if plain.isdecimal():
        leading = before[: len(before) - len(word)].rstrip(" ")
        at_start = not leading.strip("*_") or leading.endswith((".", "!", "?", ":", ";"))  # the number of an item
        ordinal = language.startswith("de") and len(plain) <= _MAX_ORDINAL
        return not at_start and not ordinal
    if _DOTTED.fullmatch(plain) or (len(plain) == 1 and plain.isalpha()):
        return False
    if plain in _BEFORE_NUMBERS and rest[:1].isdecimal():
        return False
    return plain not in _ABBREVIATIONS

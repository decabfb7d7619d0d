"""Shingles: short runs of words as numbers, by which a copy and a letter are seen to share text (``spec/identify.md``).

A shingle is three words in a row; where the first is a character of a script without spaces, five. Of a letter only
some are kept, the smallest of each eight in a row, so that a quote of ten words keeps one at least (S. Schleimer,
D. S. Wilkerson, A. Aiken, "Winnowing", 2003). Of what stands before the body all are kept: letters that share their
text differ in whom they address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from zlib import crc32

from openletter.search.folding import words

WINDOW: Final = 8
"""Of so many shingles in a row, one at least is kept."""
MOST_OF_HEAD: Final = 500
"""So many shingles of what stands before the body are all kept."""
MOST_ASKED: Final = 6_000
"""The most shingles that one copy asks for."""

_LEAST_UNSPACED: Final = "\u0e00"
_DROPPED: Final = re.compile(r"^(?:format|letter|revision|previous|date|language|translation_of): .*\n", re.MULTILINE)
_KEYS: Final = re.compile(
    r"^ {0,4}(?:- )?(?:date_line|place|reference|sender|addressees|subject|salutation|body|valediction|signatories"
    r"|copies|note|name|title|organization|address|of):(?: \|-$)?",
    re.MULTILINE,
)
_ID: Final = re.compile(r'^ {2,4}(?:- )?organization: "[a-z0-9.-]+"$', re.MULTILINE)


def shingles(folded: Sequence[str]) -> list[int]:
    """The shingles of folded words, in their order, each a number of 32 bits; the case of letters doesn't matter."""
    found = []
    folded = [word.casefold() for word in folded]
    last = len(folded)
    for start, word in enumerate(folded):
        end = start + (5 if len(word) == 1 and word >= _LEAST_UNSPACED else 3)
        if end > last:
            continue
        found.append(crc32(" ".join(folded[start:end]).encode("utf-8", "surrogatepass")))
    return found


def winnowed(row: Sequence[int]) -> set[int]:
    """The smallest of each `WINDOW` shingles in a row."""
    if len(row) <= WINDOW:
        return {min(row)} if row else set()
    return set(map(min, *(row[shift:] for shift in range(WINDOW))))


def asked(folded: Sequence[str]) -> list[int]:
    """The shingles of a copy to look for, at most `MOST_ASKED`, each once."""
    row = shingles(folded)
    if len(set(row)) <= MOST_ASKED:
        return list(dict.fromkeys(row))
    kept = sorted(winnowed(row))
    return kept[:: -(-len(kept) // MOST_ASKED)]


def of_record(data: bytes) -> tuple[set[int], set[int]]:
    """The shingles of a letter's record: all of them, and those that are kept.

    The bytes are read as text and need be no valid record: nothing is judged by what comes of them.
    """
    head, _, rest = data.decode("utf-8", "replace").partition("\nbody: ")
    text, _, names = rest.partition("\nsignatories:\n")
    before = shingles(_folded(_DROPPED.sub("", head)))
    after = shingles(_folded(f"{text}\n{_ID.sub('', names)}"))
    kept = {*before[:MOST_OF_HEAD], *winnowed(before[MOST_OF_HEAD:]), *winnowed(after)}
    return {*before, *after}, kept


def _folded(text: str) -> list[str]:
    return [word.folded for word in words(_KEYS.sub("", text))]

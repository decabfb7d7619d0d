"""What kinds of typography differ between words that are the same (``spec/identify.md``, "Grades")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from openletter.search.matching_align import Block
from openletter.search.matching_copy import Tokens

_QUOTES: Final = frozenset("\"'“”„‟‘’‚‛«»‹›「」『』〝〞〟＂＇´ʼ｢｣")
_DASHES: Final = frozenset("-‐‑‒–—―−﹘﹣－⸺⸻")
_MARKDOWN: Final = frozenset("*_`#>\\|[]•‣◦▪▫●○■□⁃∙+~<=")
_ENDS: Final = re.compile("[\n\r\f\v\x85\u2028\u2029]")


def typography(record: Tokens, copy: Tokens, blocks: Sequence[Block]) -> set[str]:
    """The kinds: quotes, dashes, spaces, line ends, emphasis, hyphenation, form of characters, punctuation."""
    kinds = {"hyphenation"} if copy.hyphenated else set()
    for block in blocks:
        for step in range(block.size):
            a, b = block.a + step, block.b + step
            one = record.text[slice(*record.spans[a])]
            two = copy.text[slice(*copy.spans[b])]
            if one != two and b not in copy.hyphenated:
                kinds |= _kinds(one, two)
            if step:
                before = record.text[record.spans[a - 1][1] : record.spans[a][0]]
                there = copy.text[copy.spans[b - 1][1] : copy.spans[b][0]]
                if before != there and not (before == "\n" and there.isspace() and _ENDS.search(there)):
                    kinds |= _kinds(before, there)
    return kinds


def _kinds(one: str, two: str) -> set[str]:
    kinds: set[str] = set()
    for characters, kind in ((_QUOTES, "quotes"), (_DASHES, "dashes"), (_MARKDOWN, "emphasis")):
        if [c for c in one if c in characters] != [c for c in two if c in characters]:
            kinds.add(kind)
    rest_one, rest_two = (
        "".join(c for c in text if c not in _QUOTES and c not in _DASHES and c not in _MARKDOWN) for text in (one, two)
    )
    if rest_one == rest_two:
        return kinds
    if bool(_ENDS.search(one)) != bool(_ENDS.search(two)) or len(_ENDS.findall(one)) != len(_ENDS.findall(two)):
        kinds.add("line ends")
    elif "".join(rest_one.split()) == "".join(rest_two.split()):
        kinds.add("spaces")
    if "".join(rest_one.split()) != "".join(rest_two.split()):
        kinds.add("form of characters" if any(not c.isascii() for c in rest_one + rest_two) else "punctuation")
    return kinds

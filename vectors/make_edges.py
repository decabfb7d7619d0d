"""Write the vectors of the repertoire: ``python vectors/make_edges.py [OUT]`` (OUT/repertoire, if given).

Nothing here imports openletter: the edges are read from ``spec/repertoire.txt``, and what is not in form C is told by
the character data of Python, which agree on permitted characters in every version since Unicode 14. Each file holds
many cases; ``vectors/README.md``, "Many cases in a file", says how they are run. Headers: ``expect`` (of each case),
``comment``, ``cases`` (how many) and ``document`` (where the character stands).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

from vectorfile import remove_stale, write

TABLE = Path(__file__).resolve().parent.parent / "spec" / "repertoire.txt"
LAST = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)
LINE_FEED = 0x0A

# How the document of a case is made: the character stands for {}. Nothing composes with U+002D.
WITHIN = 'a: "-{}-"'


def ranges() -> list[tuple[int, int]]:
    """The ranges of the table."""
    found = re.findall(r"^U\+([0-9A-F]+)(?:\.\.U\+([0-9A-F]+))?", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    return [(int(first, 16), int(last or first, 16)) for first, last in found]


def edges() -> tuple[list[int], list[int]]:
    """The first and last code point of each range but the line feed, and their neighbours outside, ascending."""
    inside = {point for span in ranges() for point in span}
    outside = {point for first, last in ranges() for point in (first - 1, last + 1) if 0 <= point <= LAST}
    return sorted(inside - {LINE_FEED}), sorted(outside | {0, LAST} - inside)


def groups() -> list[tuple[str, str, str, list[int]]]:
    """Name of the file, what is expected, comment, code points."""
    inside, outside = edges()
    composed = [point for point in inside if unicodedata.is_normalized("NFC", chr(point))]
    surrogates = [SURROGATES[0], 0xDBFF, 0xDC00, SURROGATES[-1]]
    planes = [plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)]
    steering = [point for point in (*range(0x20), *range(0x7F, 0xA0)) if point != LINE_FEED]
    hidden = [*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE03, 0xFE0E), *range(0xE0020, 0xE0080)]
    return [
        ("edges", "accept", "the first and the last character of each range of the table", composed),
        (
            "edges-not-normalized",
            "NotNormalized",
            "the first and the last character of each range, where form C writes it in another way",
            [point for point in inside if point not in composed],
        ),
        (
            "edges-outside",
            "ForbiddenText",
            "the neighbours of each range, outside of the table",
            [point for point in outside if point not in SURROGATES],
        ),
        ("controls", "ForbiddenText", "all controls but the line feed", steering),
        (
            "noncharacters",
            "ForbiddenText",
            "noncharacters of each plane, and of Arabic",
            [*range(0xFDD0, 0xFDF0), *planes],
        ),
        ("hidden", "ForbiddenText", "what turns the direction or hides: bidi, invisible operators, tags", hidden),
        ("surrogates", "NotUtf8", "surrogates in three bytes, as no UTF-8 has them", surrogates),
    ]


def main(arguments: list[str]) -> None:
    """Write all groups, and remove what is no longer one."""
    folder = (Path(arguments[0]) if arguments else Path(__file__).resolve().parent) / "repertoire"
    for name, expect, comment, points in groups():
        headers = {"expect": expect, "comment": comment, "cases": str(len(points)), "document": WITHIN}
        write(folder / f"{name}.vec", headers, "".join(f"U+{point:04X}\n" for point in points).encode())
    remove_stale(folder, {f"{name}.vec" for name, *_ in groups()})


if __name__ == "__main__":
    main(sys.argv[1:])

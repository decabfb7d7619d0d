"""Make the frozen table of permitted code points (``spec/canonical-yaml.md``, "Repertoire").

    python vectors/make_repertoire.py [ROOT]

writes ``src/openletter/canonical/repertoire.py`` and ``spec/repertoire.txt`` below ROOT (if not given, the
project). The table is made from the character data of Unicode 14.0.0, which CPython 3.11 carries; any other
version is refused. The table is frozen: this script shows how it came to be, and a test shows that it still
gives the same bytes.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

UNICODE = "14.0.0"

# General categories that are refused as a whole. The others are permitted, but for what is listed below.
REFUSED_CATEGORIES = {
    "Cc": "controls",
    "Cf": "format characters",
    "Cn": "unassigned code points and noncharacters",
    "Co": "private use",
    "Cs": "surrogates",
    "Zl": "line separator",
    "Zp": "paragraph separator",
}

# Default_Ignorable_Code_Point, as DerivedCoreProperties-14.0.0.txt lists it (UAX #44, section 5).
# `unicodedata` doesn't carry this property.
DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul choseong filler, jungseong filler
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian free variation selectors, vowel separator
    (0x200B, 0x200F),  # zero width space, non-joiner, joiner; left-to-right mark, right-to-left mark
    (0x202A, 0x202E),  # bidi embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, bidi isolates, deprecated format characters
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors 1 to 16
    (0xFEFF, 0xFEFF),  # zero width no-break space, the byte order mark
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xFFF0, 0xFFF8),  # unassigned
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D173, 0x1D17A),  # musical format controls
    (0xE0000, 0xE0FFF),  # tags, variation selectors 17 to 256, unassigned
)

# Visible in themselves, or blank, and refused for what they are.
REFUSED = (
    (0x2800, 0x2800),  # Braille pattern blank: looks like a space and is none
    (0xFFFC, 0xFFFD),  # object replacement, replacement character: something was lost before
    (0x16FE4, 0x16FE4),  # Khitan small script filler: blank
    (0x1D159, 0x1D159),  # musical symbol null notehead: blank
)

# Permitted although their category or property refuses them.
NEEDED = (
    (0x000A, 0x000A),  # line feed: structure, and the line ends of a block
    (0x034F, 0x034F),  # combining grapheme joiner: keeps an order of marks that NFC would change
    (0x0600, 0x0605),  # Arabic number signs and number marks: visible
    (0x061C, 0x061C),  # Arabic letter mark
    (0x06DD, 0x06DD),  # Arabic end of ayah: visible
    (0x070F, 0x070F),  # Syriac abbreviation mark: visible
    (0x0890, 0x0891),  # Arabic pound and piastre marks above: visible
    (0x08E2, 0x08E2),  # Arabic disputed end of ayah: visible
    (0x180B, 0x180F),  # Mongolian free variation selectors and vowel separator
    (0x200B, 0x200F),  # zero width space (Khmer, Lao, Myanmar, Thai), non-joiner, joiner; LRM, RLM
    (0xFE00, 0xFE02),  # variation selectors 1 to 3: CJK compatibility ideographs, Myanmar, Phags-pa
    (0xFE0E, 0xFE0F),  # variation selectors 15 and 16: text or emoji
    (0x110BD, 0x110BD),  # Kaithi number sign: visible
    (0x110CD, 0x110CD),  # Kaithi number sign above: visible
    (0xE0100, 0xE01EF),  # variation selectors 17 to 256: ideographs as people write them in their names
)


def points(ranges: Iterable[tuple[int, int]]) -> set[int]:
    """The code points of inclusive ranges."""
    return {point for first, last in ranges for point in range(first, last + 1)}


def permitted() -> Iterator[int]:
    """The permitted code points in ascending order."""
    refused = points(DEFAULT_IGNORABLE) | points(REFUSED)
    needed = points(NEEDED)
    for point in range(sys.maxunicode + 1):
        ordinary = unicodedata.category(chr(point)) not in REFUSED_CATEGORIES and point not in refused
        if ordinary or point in needed:
            yield point


def ranges(ascending: Iterable[int]) -> list[tuple[int, int]]:
    """The inclusive ranges that hold exactly these ascending code points."""
    found: list[tuple[int, int]] = []
    for point in ascending:
        if found and found[-1][1] == point - 1:
            found[-1] = (found[-1][0], point)
        else:
            found.append((point, point))
    return found


def name(point: int) -> str:
    """The Unicode name of a permitted code point, or what the line feed is called."""
    if 0x17000 <= point <= 0x18D08:  # CPython 3.11 leaves out names of this form (Unicode 14.0, rule NR2)
        return unicodedata.name(chr(point), f"TANGUT IDEOGRAPH-{point:04X}")
    return "LINE FEED" if point == 0x0A else unicodedata.name(chr(point))


def as_text(table: list[tuple[int, int]]) -> str:
    """``spec/repertoire.txt``."""
    lines = [
        "# The repertoire of openletter's canonical YAML: the code points that a record may hold.",
        f"# Made from Unicode {UNICODE} as spec/canonical-yaml.md says, and frozen. Ranges are inclusive.",
        f"# {len(table)} ranges, {sum(last - first + 1 for first, last in table)} code points.",
    ]
    for first, last in table:
        if first == last:
            lines.append(f"U+{first:04X}  # {name(first)}")
        else:
            lines.append(f"U+{first:04X}..U+{last:04X}  # {name(first)}..{name(last)}")
    return "\n".join(lines) + "\n"


def as_python(table: list[tuple[int, int]]) -> str:
    """``src/openletter/canonical/repertoire.py``."""
    lines = [
        '"""The code points that a record may hold: the table of ``spec/repertoire.txt``, frozen.',
        "",
        "Generated by ``vectors/make_repertoire.py``; not edited by hand.",
        '"""',
        "",
        f'UNICODE = "{UNICODE}"',
        "",
        "# Inclusive ranges, ascending, never adjacent.",
        "RANGES: tuple[tuple[int, int], ...] = (",
        *(f"    (0x{first:04X}, 0x{last:04X})," for first, last in table),
        ")",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> str | None:
    """Write both files; the message is the reason where nothing was written."""
    if unicodedata.unidata_version != UNICODE:
        return (
            f"error: this Python carries Unicode {unicodedata.unidata_version}, "
            f"and the table is made from {UNICODE}\nhint: run it with CPython 3.11"
        )
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    table = ranges(permitted())
    for path, content in (
        (root / "src" / "openletter" / "canonical" / "repertoire.py", as_python(table)),
        (root / "spec" / "repertoire.txt", as_text(table)),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Text as people type it, brought to the form that a record can keep (``spec/canonical-yaml.md``, "Text").

Only what carries no content is changed, and every change is told, so that nothing happens silently. What can't be told
apart from content is left as it is, for the record to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openletter import canonical
from openletter.intake import blocks, body

INVISIBLE: Final = {
    "\u00ad": "soft hyphens",
    "\u200b": "zero-width spaces",
    "\u2060": "word joiners",
    "\ufeff": "byte order marks",
}
"""The characters that carry no content: where a word might be broken, and where it may not."""

# Thai, Lao, Tibetan, Burmese, Khmer and Tai letters: their scripts write no spaces, and divide words by U+200B.
_UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf"
_NOISE = re.compile(rf"(?<![{_UNSPACED}])\u200b(?![{_UNSPACED}])")

SPACES: Final = "\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""The space characters of Unicode (category Zs): none of them can be seen at a line's end."""

_TAB: Final = 4  # columns of a tab stop in Markdown
_BLANK_END = re.compile(r"[ \t]*\t(?= *$)")  # a tab at a line's end breaks no line, as two spaces do
_OF_LINES: Final = frozenset("\t\n\r")

JOINED: Final = "joined several lines into one"
COMPOSED: Final = "composed letters and their accents (Unicode NFC)"
ESCAPED: Final = "doubled a backslash at the line's end"
HARD_BREAK: Final = "wrote a line break of two spaces as a backslash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """A tidied text; `changes` tells each change and its line, `origin` the line that each line came from (from 1)."""

    text: str
    changes: tuple[tuple[int, str], ...]
    origin: tuple[int, ...]


def first_refused(text: str) -> int | None:
    """Where the first character stands that no tidying makes a record's, None where there is none."""
    from unicodedata import normalize

    strange = {char for char in set(text) - INVISIBLE.keys() - _OF_LINES if not canonical.permitted(char)}
    refused = {char for char in strange if not all(map(canonical.permitted, normalize("NFC", char)))}
    return next((place for place, char in enumerate(text) if char in refused), None) if refused else None


def code_point(char: str) -> str:
    """A character for a message: its number, and its name where it has one."""
    from unicodedata import name

    known = name(char, "")
    return f"U+{ord(char):04X}" + (f" ({known})" if known else "")


def clean(line: str) -> tuple[str, list[str]]:
    """One line without invisible characters, carriage returns and tabs, and in NFC; and what was changed."""
    changes: list[str] = []
    if line.isascii() and "\t" not in line and "\r" not in line:
        return line, changes
    for char, name in INVISIBLE.items():
        bare = _NOISE.sub("", line) if char == "\u200b" else line.replace(char, "")
        if bare != line:
            line = bare
            changes.append(f"removed {name} (U+{ord(char):04X})")
    if "\r" in line:
        line = line.replace("\r", "")
        changes.append("removed carriage returns")
    if "\t" in line:
        line = _BLANK_END.sub("", line).expandtabs(_TAB)
        changes.append("replaced tabs by spaces")
    from unicodedata import is_normalized, normalize

    if not is_normalized("NFC", line):
        line = normalize("NFC", line)
        changes.append(COMPOSED)
    return line, changes


def tidy(text: str, *, lines: bool, markdown: bool = False) -> Tidied:
    """The text as a record can keep it: on one line, or with `lines` on several; `markdown` keeps hard breaks."""
    rows: list[str] = []
    changes: list[tuple[int, str]] = []
    for number, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        row, told = clean(raw)
        rows.append(row)
        changes += [(number, what) for what in told]
    if "\r" in text:
        changes.append((1, "made the line ends plain (LF)"))
    ends = _ends(rows) if markdown else dict[int, str]()
    kept: list[tuple[int, str]] = []
    for number, row in enumerate(rows, 1):
        bare = row.rstrip(SPACES)
        if number - 1 in ends:
            bare = ends[number - 1]
            changes.append((number, HARD_BREAK if row.endswith("  ") else ESCAPED))
        elif bare != row and bare:
            changes.append((number, "removed spaces at the line's end"))
        indent = bare[: len(bare) - len(bare.lstrip(SPACES))]
        if indent.strip(" "):
            bare = " " * indent.count(" ") + bare[len(indent) :]
            changes.append((number, "removed wide spaces at the line's start"))
        if bare or (kept and kept[-1][1]):
            kept.append((number, bare))
        elif kept:
            changes.append((number, "made several empty lines one"))
        elif len(rows) > 1:
            changes.append((number, "removed empty lines at the start"))
    while kept and not kept[-1][1]:
        changes.append((kept.pop()[0], "removed empty lines at the end"))
    return _joined(kept, changes, lines)


def _joined(kept: list[tuple[int, str]], changes: list[tuple[int, str]], lines: bool) -> Tidied:
    if kept and kept[0][1].startswith(" "):
        number, row = kept[0]
        kept[0] = number, row.lstrip(" ")
        changes.append((number, "removed spaces at the start"))
    if not lines and len(kept) > 1:
        number = kept[0][0]
        changes.append((number, JOINED))
        kept = [(number, " ".join(row.strip(" ") for _, row in kept if row))]
    text = "\n".join(row for _, row in kept)
    return Tidied(text=text, changes=tuple(sorted(changes)), origin=tuple(number for number, _ in kept))


def _broken(bare: str) -> str:
    """This text with a backslash that breaks the line behind it as two spaces did."""
    if body.hard_break(bare):
        return bare + "\\\\"  # the backslash that stood there stays one, and does not escape ours
    last = bare.rpartition(" ")[2]
    if not last.strip("*_"):  # marks that stand alone are no emphasis; beside a backslash they could be
        return bare[: len(bare) - len(last)] + "".join("\\" + mark for mark in last) + "\\"
    return bare + (" \\" if last.endswith(("*", "_")) else "\\")  # a mark of emphasis looks at what stands beside it


def _ends(rows: Sequence[str]) -> dict[int, str]:
    """The rows of Markdown paragraphs, counted from 0, whose spaces at the end mean something, written without them.

    Two spaces break the line; one keeps a backslash before it from breaking the line.
    """
    if not any(row.endswith(tuple(SPACES)) for row in rows):
        return {}
    found: dict[int, str] = {}
    for paragraph in blocks.paragraphs(rows):
        own = rows[paragraph.first : paragraph.last + 1]
        text = "\n".join(own)
        if len(text) > blocks.MAX_PARAGRAPH or blocks.is_definition(text):
            continue
        opaque = blocks.opaque(text)
        place = 0
        for number, row in enumerate(own[:-1], paragraph.first):
            place += len(row)
            bare = row.rstrip(SPACES)
            if bare != row and not any(first < place < last for first, last in opaque):
                if row.endswith("  "):
                    found[number] = _broken(bare)
                elif body.hard_break(bare):
                    found[number] = bare + "\\"
            place += 1
    return found


def summary(changes: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """One short remark for each kind of change, with the lines where it happened."""
    places: dict[str, list[int]] = {}
    for number, what in changes:
        places.setdefault(what, []).append(number)
    return tuple(f"{_lines(sorted(set(numbers)))}: {what}" for what, numbers in places.items())


_SHOWN: Final = 4  # line numbers that a remark lists


def _lines(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    shown = ", ".join(str(number) for number in numbers[:_SHOWN])
    more = len(numbers) - _SHOWN
    return f"lines {shown} and {more} more" if more > 0 else f"lines {shown}"

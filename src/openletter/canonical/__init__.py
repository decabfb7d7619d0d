"""Canonical YAML: the one spelling in which a record is stored (``spec/canonical-yaml.md``).

Owns the profile and nothing above it: which data there is, how it is written, and which text may stand in it.
Which fields a record has, and in which order, is for the floor above.

One rule stands behind all others: `load` accepts bytes only if `dump` of what it read gives the same bytes.
The reader is a strict line parser all the same, so that a refusal can say on which line, and what would be
right. Whatever the bytes, it raises nothing but `CanonicalError`, in time linear in their length.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final, TypeAlias

from openletter.canonical.repertoire import RANGES
from openletter.errors import CanonicalError, ForbiddenText, NotCanonical, NotNormalized, NotUtf8, TooLarge

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_KEY", "Value", "check_text", "dump", "load", "permitted"]

Value: TypeAlias = "str | dict[str, Value] | list[str] | list[dict[str, Value]]"

MAX_BYTES: Final = 1 << 20
"""The most bytes that a document may have."""

MAX_DEPTH: Final = 8
"""The most levels of maps and lists, the outermost map being the first."""

MAX_KEY: Final = 64
"""The most characters that a key may have; YAML readers give up on a key of more than 1024."""

# Spec, "Keys". Lower-case words joined by single low lines, so that none reads as a number.
_KEY = re.compile(r"[a-z]+(?:_[a-z]+)*")

# Words that some YAML readers take for something else than a string.
_NO_KEYS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))

# A map entry from its key on: key, colon, and either the end of the line or one space and something.
_ENTRY = re.compile(rf"({_KEY.pattern}):(?: (.+))?")

_BOM = b"\xef\xbb\xbf"

# The permitted code points below U+0080, as bytes: taken out of UTF-8, whole other characters remain.
_ASCII_TEXT = bytes((0x0A, *range(0x20, 0x7F)))

# Space characters: category Zs, and ZERO WIDTH SPACE, one in all but its category. None may stand at an edge.
_SPACES = frozenset(
    "\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u3000"
)

# What controls are called, which have no names of their own in Unicode.
_CONTROLS = {
    "\0": "NULL",
    "\t": "TAB",
    "\r": "CARRIAGE RETURN",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
    "\x85": "NEXT LINE",
}

_FIRST = tuple(first for first, _ in RANGES)


# --- text ---


def permitted(character: str) -> bool:
    """Tell whether one code point is in the repertoire; the line feed is. Spec, "Repertoire"."""
    point = ord(character)
    at = bisect_right(_FIRST, point) - 1
    return at >= 0 and point <= RANGES[at][1]


def check_text(text: str, *, lines: bool) -> None:
    """Check one string value; with `lines` it may have several lines, without it must be one. Spec, "Text".

    Raises `ForbiddenText` or `NotNormalized`; their `line` counts from 1 within the text.
    """
    if not text:
        raise ForbiddenText("the text is empty; where there is nothing to say, leave the field out")
    if not lines and "\n" in text:
        raise ForbiddenText("the text must be one line", line=1)
    _check_characters(text, text.encode("utf-8", "surrogatepass"))
    _check_edges(text.split("\n"))


def _check_characters(text: str, data: bytes) -> None:
    """Check the repertoire, then normalization form C; `data` is the same text in UTF-8."""
    strange = data.translate(None, _ASCII_TEXT).decode("utf-8", "surrogatepass")
    if not strange:
        return
    refused = {character for character in set(strange) if not permitted(character)}
    if refused:
        at = next(at for at, character in enumerate(text) if character in refused)
        raise ForbiddenText(
            f"a record may not have {_named(text[at])}, which is {_place(text, at)}", line=_line_of(text, at)
        )
    from unicodedata import is_normalized  # only here: most records are ASCII

    # Every permitted code point is assigned, so by Unicode's stability policy all versions agree on this.
    if is_normalized("NFC", text):
        return
    # A part of an NFC text is NFC, so the shortest beginning that isn't can be found by halving.
    good, bad = 0, len(text)
    while bad - good > 1:
        middle = (good + bad) // 2
        if is_normalized("NFC", text[:middle]):
            good = middle
        else:
            bad = middle
    raise NotNormalized(
        f"{_named(text[bad - 1])}, {_place(text, bad - 1)}, breaks Unicode normalization form C (NFC)",
        hint="write the text in its composed form",
        line=_line_of(text, bad - 1),
    )


def _check_edges(lines: list[str], first: int = 1) -> None:
    """Check where spaces and empty lines stand in a text of these lines, which are numbered from `first`."""
    above = ""
    for number, line in enumerate(lines, first):
        if not line:
            if number == first:
                raise ForbiddenText("a text may not begin with an empty line", line=number)
            if not above:
                raise ForbiddenText("a text may not have two empty lines in a row", line=number)
        elif line[-1] in _SPACES:
            raise ForbiddenText(f"a line may not end with {_named(line[-1])}", line=number)
        elif line[0] in _SPACES:
            indented = line.lstrip(" ")
            if number == first:
                raise ForbiddenText(f"a text may not begin with {_named(line[0])}", line=number)
            if indented[0] in _SPACES:
                raise ForbiddenText(
                    f"a line may be indented by U+0020 (SPACE) only, not by {_named(indented[0])}", line=number
                )
        above = line
    if not above:
        raise ForbiddenText("a text may not end with an empty line", line=first + len(lines) - 1)


def _named(character: str) -> str:
    """Name a character for a message: a reader may not see it."""
    from unicodedata import name  # only on the way to a refusal

    known = name(character, "") or _CONTROLS.get(character, "")
    return f"U+{ord(character):04X}" + (f" ({known})" if known else "")


def _place(text: str, at: int) -> str:
    return f"character {at - text.rfind(chr(10), 0, at)} of the line"


def _line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _needs_block(text: str) -> bool:
    """Tell whether a string can't stand verbatim in double quotes. Spec, "Strings"."""
    return "\n" in text or '"' in text or "\\" in text


# --- writing ---


def dump(data: Mapping[str, Value]) -> bytes:
    """Write a map as canonical YAML: the one spelling that `load` accepts for it. Keys keep their order.

    Raises `NotCanonical` for what is not in the data model, `ForbiddenText` or `NotNormalized` for a string
    that may not stand in a record, and `TooLarge` above `MAX_BYTES`. The first three carry the `field`, such
    as ``signatories[2].name`` (items count from 0); `line` is then the line within that string.
    """
    _check_map(data, "", 1)
    written = _write(data).encode()
    if len(written) > MAX_BYTES:
        raise TooLarge(f"{len(written)} bytes are more than the {MAX_BYTES} that a record may have")
    return written


def _check_map(data: object, field: str, depth: int) -> None:
    if not isinstance(data, Mapping):
        raise NotCanonical(f"{_kind(data)} stands where a map must", field=field or None)
    _check_size(len(data), depth, field)
    for key, value in data.items():
        if not isinstance(key, str):
            raise NotCanonical(f"a key must be a string, not {_kind(key)}", field=field or None)
        name = f"{field}.{key}" if field else key
        if reason := _why_no_key(key):
            raise NotCanonical(reason, field=name)
        if isinstance(value, str):
            _check_string(value, name)
        elif isinstance(value, list):
            _check_list(value, name, depth + 1)
        else:
            _check_map(value, name, depth + 1)


def _check_list(data: list[object], field: str, depth: int) -> None:
    _check_size(len(data), depth, field)
    strings = isinstance(data[0], str)
    for at, item in enumerate(data):
        name = f"{field}[{at}]"
        if isinstance(item, str) is not strings:
            raise NotCanonical("a list holds strings only or maps only", field=name)
        if isinstance(item, str):
            _check_string(item, name)
        else:
            _check_map(item, name, depth + 1)


def _check_size(entries: int, depth: int, field: str) -> None:
    if not entries:
        raise NotCanonical("empty; where there is nothing to say, leave the field out", field=field or None)
    if depth > MAX_DEPTH:
        raise NotCanonical(f"nested more than {MAX_DEPTH} levels deep", field=field)


def _check_string(text: str, field: str) -> None:
    if not text:
        raise NotCanonical("empty; where there is nothing to say, leave the field out", field=field)
    try:
        check_text(text, lines=True)
    except ForbiddenText as error:
        error.at(field=field)
        raise


def _why_no_key(key: str) -> str | None:
    """Why this can't be a key, or None. Spec, "Keys"."""
    if len(key) > MAX_KEY:
        return f"a key may have at most {MAX_KEY} characters"
    if not _KEY.fullmatch(key):
        return f"{_shown(key)} can't be a key: keys are lower-case letters a to z, in words joined by _"
    if key in _NO_KEYS:
        return f"{key!r} can't be a key: some YAML readers take it for a truth value or for nothing"
    return None


def _kind(data: object) -> str:
    return "an empty value" if data is None else f"a value of type {type(data).__name__}"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _write(data: Mapping[str, Value]) -> str:
    """Write checked data. Spec, "Writing"."""
    out: list[str] = []
    _write_map(data, 0, "", out)
    return "".join(out)


def _write_map(data: Mapping[str, Value], column: int, lead: str, out: list[str]) -> None:
    """Write a map whose keys stand at `column`; `lead` stands before the first: spaces, perhaps a dash."""
    indent = " " * column
    for key, value in data.items():
        out += (lead, key, ":")
        lead = indent
        if isinstance(value, str):
            _write_string(value, column + 2, out)
        elif isinstance(value, list):
            out.append("\n")
            for item in value:
                if isinstance(item, str):
                    out += (indent, "  -")
                    _write_string(item, column + 4, out)
                else:
                    _write_map(item, column + 4, indent + "  - ", out)
        else:
            out.append("\n")
            _write_map(value, column + 2, indent + "  ", out)


def _write_string(text: str, column: int, out: list[str]) -> None:
    """Write a string behind its key's colon or its dash; `column` is where the lines of a block begin."""
    if _needs_block(text):
        out.append(" |-\n")
        indent = " " * column
        for line in text.split("\n"):
            out += (indent, line, "\n") if line else ("\n",)
    else:
        out += (' "', text, '"\n')


# --- reading ---


def load(data: bytes) -> dict[str, Value]:
    """Read canonical YAML; keys keep their order. Spec, "Reading", whose steps are numbered here.

    Raises `TooLarge`, or with its `line` `NotUtf8`, `ForbiddenText`, `NotNormalized` or `NotCanonical`.
    """
    # 1. Size.
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{len(data)} bytes are more than the {MAX_BYTES} that a record may have")
    # 2. UTF-8.
    if data.startswith(_BOM):
        raise NotUtf8("the file begins with a byte order mark (U+FEFF); it must not", line=1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotUtf8(f"byte {error.start} (0x{data[error.start]:02X}) is not UTF-8", line=line) from None
    # 3. The repertoire, then 4. normalization: of the whole, for what stands between strings is ASCII.
    _check_characters(text, data)
    # 5. Lines.
    lines = text.split("\n")
    if lines[-1]:
        raise NotCanonical("the last line doesn't end in a line feed", line=len(lines))
    del lines[-1]
    if not lines:
        raise NotCanonical("the file is empty", line=1)
    # 6. The outermost map; it takes all lines.
    read = _Reader(lines).read_map(0, 1)
    # 7. The proof.
    if _write(read) != text:
        raise NotCanonical("these are not the bytes that this data is written as", line=1)
    return read


class _Reader:
    """Reads lines by recursive descent, bounded by `MAX_DEPTH`; `row` is the index of the next line."""

    __slots__ = ("lines", "row")

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.row = 0

    def read_map(self, column: int, depth: int) -> dict[str, Value]:
        """Read a map whose first key stands in this line at `column`, whatever stands before it."""
        self.check_depth(depth)
        result: dict[str, Value] = {}
        while True:
            line = self.lines[self.row]
            entry = _ENTRY.fullmatch(line, column)
            if entry is None:
                raise self.error(_why_no_entry(line[column:]))
            key, value = entry.groups()
            if key in result:
                raise self.error(f"the key {_shown(key)} stands here a second time")
            if len(key) > MAX_KEY or key in _NO_KEYS:
                raise self.error(_why_no_key(key) or "")
            if value is None:
                result[key] = self.read_nested(column + 2, depth + 1)
            else:
                result[key] = self.read_string(value, column + 2)
            if not self.next_at(column):
                return result

    def read_nested(self, column: int, depth: int) -> Value:
        """Read what a key with nothing behind its colon holds: a list or a map at `column` below."""
        self.row += 1
        if self.indent() != column:
            raise self.error(f"a key without a value holds a list or a map, indented by {column} spaces")
        if not self.lines[self.row].startswith("-", column):
            return self.read_map(column, depth)
        self.check_depth(depth)
        strings: list[str] = []
        maps: list[dict[str, Value]] = []
        while True:
            line = self.lines[self.row]
            if not line.startswith("- ", column):
                raise self.error("an item of a list begins with a dash and one space")
            is_string = line.startswith(('"', "|"), column + 2)
            if maps if is_string else strings:
                raise self.error("a list holds strings only or maps only")
            if is_string:
                strings.append(self.read_string(line[column + 2 :], column + 2))
            else:
                maps.append(self.read_map(column + 2, depth + 1))
            if not self.next_at(column):
                return strings or maps

    def read_string(self, value: str, column: int) -> str:
        """Read a string from what stands behind its key or dash, or, after ``|-``, from lines at `column`."""
        if value == "|-":
            return self.read_block(column)
        if not value.startswith('"'):
            raise self.error(f"{_shown(value)} is neither a string in double quotes nor the |- of a block")
        if len(value) == 1 or not value.endswith('"'):
            raise self.error("the line must end with the double quote that closes the string")
        text = value[1:-1]
        if not text:
            raise self.error("a string is not empty; where there is nothing to say, the key is left out")
        if _needs_block(text):
            raise self.error('a string with " or \\ in it is written as a |- block')
        self.row += 1
        if text[0] in _SPACES or text[-1] in _SPACES:
            _check_edges([text], self.row)
        return text

    def read_block(self, column: int) -> str:
        """Read the lines of a block, which are empty or indented to `column`."""
        self.row += 1
        first = self.row
        indent = " " * column
        lines: list[str] = []
        for at in range(first, len(self.lines)):
            line = self.lines[at]
            if not line or (line.startswith(indent) and len(line) > column):
                lines.append(line[column:])
            elif not line.strip(" "):
                raise ForbiddenText("the line has nothing but spaces", line=at + 1)
            else:
                break
        self.row = first + len(lines)
        if not lines:
            raise NotCanonical(f"a block has lines below it, indented by {column} spaces", line=first)
        if not lines[-1]:
            raise NotCanonical("an empty line stands behind the last line of a block", line=self.row)
        _check_edges(lines, first + 1)
        text = "\n".join(lines)
        if not _needs_block(text):
            raise NotCanonical('one line without " and \\ is written in double quotes', line=first)
        return text

    def indent(self) -> int:
        """The number of spaces before the next line's content; -1 where there is no next line."""
        if self.row == len(self.lines):
            return -1
        line = self.lines[self.row]
        return len(line) - len(line.lstrip(" "))

    def next_at(self, column: int) -> bool:
        """Tell whether the next line goes on at `column` (True) or ends what stands there (False)."""
        indent = self.indent()
        if indent > column:
            raise self.error(f"the line is indented by {indent} spaces, where {column} or fewer must stand")
        return indent == column

    def check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} levels deep")

    def error(self, message: str) -> CanonicalError:
        """A refusal that points to the line to read next."""
        return NotCanonical(message, line=min(self.row, len(self.lines) - 1) + 1)


def _why_no_entry(content: str) -> str:
    """Say what stands where a map's key must."""
    if not content:
        return "an empty line may stand only between the lines of a block"
    if content.startswith("#"):
        return "there are no comments in a record"
    if content.startswith(("---", "...", "%")):
        return "there are no document markers and directives in a record"
    if content.startswith("-"):
        return "a list can't stand here: it is indented by two spaces more than its key"
    return f"{_shown(content)} is neither a key, a colon, one space and a string, nor a key and a colon alone"

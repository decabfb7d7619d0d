"""Bytes of text, decoded; and the one form that text has when it leaves this room as a copy.

Nothing is normalized here: what is the same wording is decided where copies are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from openletter import canonical
from openletter.errors import DocumentError

MAX_BYTES: Final = 32 << 20
"""The most bytes that a document may have: 32 MiB."""

MAX_TEXT: Final = 4 << 20
"""The most characters of text that a document may have: 4 Mi. A letter has less than one."""

TOO_MUCH: Final = "give the letter alone, or copy its text into a text file"

_SHOWN: Final = 80  # characters of somebody's words that a sentence shows

# By the names that mails and pages give, the codecs that Python has for them. A page that says Latin-1 or ASCII is read
# as Windows-1252, as browsers do. No codec is looked up by another name: not all decode text.
_CHARSETS: Final = (
    (re.compile(r"utf-?8|unicode-1-1-utf-8"), "utf-8"),
    (re.compile(r"us-ascii|ascii|iso-?8859-1|latin-?1|l1|(?:windows-|cp-?|x-cp)1252|ansi_x3\.4-1968"), "cp1252"),
    (re.compile(r"utf-?16(?:le|be)?"), ""),
    (re.compile(r"iso-?8859-(?:[2-9]|1[013-6])"), ""),
    (re.compile(r"(?:windows-|cp)125[0-8]"), ""),
    (re.compile(r"koi8-[ru]|cp(?:437|850|852|855|866|932|949|950)"), ""),
    (re.compile(r"gb2312|gbk|gb18030|x-gbk|gb_2312-80"), "gb18030"),
    (re.compile(r"big5|big5-hkscs"), "big5hkscs"),
    (re.compile(r"shift[_-]jis|sjis|x-sjis|windows-31j"), "cp932"),
    (re.compile(r"euc-kr|ks_c_5601-1987|ksc5601"), "cp949"),
    (re.compile(r"euc-jp|iso-2022-jp|tis-620|windows-874"), ""),
    (re.compile(r"macintosh|x-mac-roman"), "mac-roman"),
)
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def charset(name: str) -> str | None:
    """The codec for this name of a charset; None for a name that is not known here."""
    name = name.strip(" \t\r\n'\"").lower()
    for pattern, codec in _CHARSETS:
        if pattern.fullmatch(name):
            return codec or {"windows-874": "cp874", "tis-620": "tis-620"}.get(name, name.replace("windows-", "cp"))
    return None


def decode(data: bytes, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The text of these bytes, and sentences on what could not be read.

    A byte order mark decides, then `declared` (a name of a charset), then UTF-8, and what is none of these is read as
    Windows-1252, which gives every byte a meaning: that is told.
    """
    codec = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    if codec is not None:
        return _lossy(data.removeprefix(next(mark for mark, _ in _MARKS if data.startswith(mark))), codec)
    if declared is not None and (known := charset(declared)) not in {None, "utf-8"}:
        assert known is not None  # noqa: S101  # for type checkers
        return _lossy(data, known)
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        if declared is not None and charset(declared) == "utf-8":
            return _lossy(data, "utf-8")
        text, lost = _lossy(data, "cp1252")
        return text, (
            "its encoding is not UTF-8 and not said: it was read as Windows-1252, so letters may be wrong",
            *lost,
        )


def _lossy(data: bytes, codec: str) -> tuple[str, tuple[str, ...]]:
    text = data.decode(codec, "replace")
    lost = text.count("\N{REPLACEMENT CHARACTER}")
    return text, (
        f"{many(lost, 'character')} could not be read: they are shown as \N{REPLACEMENT CHARACTER}",
    ) if lost else ()


def lines(text: str) -> str:
    """The text with plain line ends (LF), and refused where it is longer than `MAX_TEXT`."""
    if len(text) > MAX_TEXT:
        raise DocumentError("it has more than 4 million characters of text", hint=TOO_MUCH)
    return text.replace("\r\n", "\n").replace("\r", "\n")


_LINE = re.compile("[\v\x1c-\x1e\x85\u2028]")
_PARAGRAPH = re.compile("[\f\u2029]")
_NOTHING = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LONE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"(?<![ \t])[ \t]+\n")  # begun once in a run of blanks, or its time is the square of theirs
_GAP = re.compile(r"\n{3,}")


def tidy(text: str) -> str:
    """Text taken out of a document, with line ends LF and paragraphs divided by one empty line.

    Characters that nobody could see or save (controls, halves of a pair) are left out or become U+FFFD.
    """
    text = _PARAGRAPH.sub("\n\n", _LINE.sub("\n", lines(text)))
    text = _LONE.sub("\N{REPLACEMENT CHARACTER}", _NOTHING.sub("", text))
    return _GAP.sub("\n\n", _BLANKS.sub("\n", text + "\n")).strip("\n")


def many(number: int, noun: str) -> str:
    """A number and its noun: ``1 picture``, ``2 pictures``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def told(counts: Iterable[tuple[int, str, str]]) -> tuple[str, ...]:
    """A sentence for each of these that was met: how many, of what, and what became of them."""
    return tuple(f"{many(number, noun)}{rest}" for number, noun, rest in counts if number)


def shown(words: str) -> str:
    """Somebody's words in quotes for a sentence: one short line, without characters that a record could not have."""
    line = " ".join("".join(char if canonical.permitted(char) else " " for char in words[: 4 * _SHOWN]).split())
    return f"“{line[:_SHOWN]}…”" if len(line) > _SHOWN else f"“{line}”"

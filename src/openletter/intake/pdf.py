"""The text of a PDF, and the files attached to it, by pypdf."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from openletter.errors import DocumentError, MissingExtra
from openletter.intake import plain

if TYPE_CHECKING:
    from pypdf import PdfReader

_MOST_PAGES: Final = 2000
_MOST_CONTENT: Final = 16 << 20
"""The most bytes of drawing that a page may have, once inflated."""
_MOST_DRAWN: Final = 1 << 26
"""The most bytes of drawing that all pages may have together. What that takes in time isn't bounded by it."""
_MOST_ATTACHED: Final = 64 << 20
_MOST_FILES: Final = 20_000
_EDGE: Final = 3
"""So many lines at the top and at the bottom of a page may be furniture: what stands there on most pages alike."""
_AGAIN: Final = "print it into a new PDF, or copy the letter's text into a text file"
_NUMBER: Final = 60  # characters of the longest line that may be the number of a page
_DIGITS: Final = re.compile(r"\d+")
_PAGE: Final = re.compile(
    r"\W*(?:(?:page|seite|p\.|página|صفحة|第)\s*)?\d{1,4}\W*(?:(?:of|von|sur|de|/|من)\s*\d{1,4})?\W*(?:页)?", re.I
)


def read(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a PDF without what repeats at the edges of its pages, and sentences on that.

    Raises `DocumentError` for what is damaged, encrypted, or holds only pictures of text, and `MissingExtra`.
    """
    pages = _pages(data)
    furniture = _furniture(pages)
    left_out: Counter[str] = Counter()
    kept = ["\n".join(_without_furniture(page, furniture, left_out)) for page in pages]
    words = plain.tidy("\n\n".join(kept).replace("\xad\n", "").replace("\xad", ""))
    if not words:
        raise DocumentError(
            "this PDF holds pictures of pages, and no text", hint="have its text recognised first, or type the letter"
        )
    shown = [
        f"a line that repeats on its pages was left out: {plain.shown(line)}" for line, _ in left_out.most_common(5)
    ]
    return words, tuple(shown)


def text(data: bytes) -> str:
    """All text of a PDF in the order of its pages, nothing left out; raises `DocumentError`, `MissingExtra`."""
    return plain.tidy("\n\n".join("\n".join(page) for page in _pages(data)))


def attachments(data: bytes) -> Mapping[str, bytes]:
    """The files attached to a PDF, by name; raises `DocumentError` where two of one name differ, `MissingExtra`."""
    reader = _opened(data)
    found: dict[str, bytes] = {}
    left = _MOST_ATTACHED
    try:
        for attached in reader.attachment_list:
            content = bytes(attached.content)
            left -= len(content)
            if len(found) >= _MOST_FILES or left < 0:
                raise DocumentError("too much is attached to this PDF", hint=_AGAIN)
            if found.setdefault(attached.name, content) != content:
                raise DocumentError(
                    f"two different files named {plain.shown(attached.name)} are attached to this PDF",
                    hint="get it again from where it was published",
                )
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError("what is attached to this PDF can't be read", hint=_AGAIN) from error
    return found


def _opened(data: bytes) -> PdfReader:
    try:
        from pypdf import PdfReader
    except ImportError:
        raise MissingExtra("import", "pypdf") from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it thinks of a stranger's file is told by us
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError("this PDF is protected by a password", hint="save it without the password")
        if len(reader.pages) > _MOST_PAGES:
            raise DocumentError(f"this PDF has more than {_MOST_PAGES} pages", hint=plain.TOO_MUCH)
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError("this PDF can't be read: it is damaged", hint=_AGAIN) from error
    return reader


def _pages(data: bytes) -> list[list[str]]:
    """The lines of each page."""
    reader = _opened(data)
    pages: list[list[str]] = []
    left, drawn = plain.MAX_TEXT, 0
    try:
        for page in reader.pages:
            contents = page.get_contents()
            size = len(contents.get_data()) if contents is not None else 0
            drawn += size
            if size > _MOST_CONTENT or drawn > _MOST_DRAWN:
                raise DocumentError("a page of this PDF has too much on it", hint=_AGAIN)
            said = page.extract_text()
            left -= len(said)
            if left < 0:
                raise DocumentError("it has more than 4 million characters of text", hint=plain.TOO_MUCH)
            pages.append([line.strip() for line in plain.tidy(said).split("\n")])
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError("this PDF can't be read: a page of it is damaged", hint=_AGAIN) from error
    return pages


def _furniture(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """The lines, their numbers left open, that stand at the edge of most of the pages, at least two."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_open(line) for line in _edges(page) if line})
    return frozenset(line for line, times in seen.items() if times >= 2 and 2 * times > len(pages))


def _edges(page: Sequence[str]) -> list[str]:
    filled = [line for line in page if line]
    return filled[:_EDGE] + filled[_EDGE:][-_EDGE:]


def _open(line: str) -> str:
    return _DIGITS.sub("0", line)


def _is_number(line: str) -> bool:
    """Is this line the number of a page, and no more? A long one is not looked at: time would be its square."""
    return len(line) <= _NUMBER and _PAGE.fullmatch(line) is not None


def _without_furniture(page: Sequence[str], furniture: frozenset[str], left_out: Counter[str]) -> list[str]:
    """The lines of a page but for furniture at its edges: from each end on, up to the first line that is none."""
    lines = list(page)
    for end in (0, -1):
        seen = 0
        while lines and seen < _EDGE and (not lines[end] or _open(lines[end]) in furniture or _is_number(lines[end])):
            line = lines.pop(end)
            if line:
                seen += 1
                left_out[line if _open(line) not in furniture else _open(line)] += not _is_number(line)
    left_out += Counter()  # without what was not counted
    return lines

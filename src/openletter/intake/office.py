"""The text of a .docx document: its parts are looked at, then mammoth reads them."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from openletter.errors import DocumentError, MissingExtra
from openletter.intake import html, plain
from openletter.intake.html_tokens import tokens

_MOST_PARTS: Final = 5000
_MOST_INFLATED: Final = 64 << 20
"""The most bytes that the parts with text may have together, once inflated."""
_MAIN: Final = "word/document.xml"
_UNREADABLE: Final = "this .docx can't be read"
_AGAIN: Final = "open it in a word processor and save it again, or copy the letter's text into a text file"
_ENTITIES: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)
# What mammoth leaves out or decides, by the mark in the XML and the sentence about it.
_DECIDED: Final = (
    (rb"<w:(?:ins|moveTo)[ />]", "tracked insertion", ", read as if accepted"),
    (rb"<w:(?:del|moveFrom)[ />]", "tracked deletion", ", left out as if accepted"),
    (rb"<w:commentReference[ /]", "comment", " left out"),
    (rb"<(?:w:drawing|w:pict|wp:anchor)[ />]", "picture or drawing", " left out"),
    (rb"<m:oMath[ />]", "formula", " left out"),
)


def read(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a .docx, tables and footnotes with it, and sentences on what is not carried.

    Raises `DocumentError` for what is damaged, protected or made to be endless, `MissingExtra`.
    """
    parts = _parts(data)
    page = _as_html(parts)
    text, dropped = html.words(tokens(plain.lines(page)))
    told = plain.told((len(re.findall(mark, parts[_MAIN])), noun, rest) for mark, noun, rest in _DECIDED)
    headers = sum(bool(re.fullmatch(r"word/(?:header|footer)\d*\.xml", name)) for name in parts)
    return text, (*told, *plain.told([(headers, "header or footer", " left out")]), *dropped)


def _parts(data: bytes) -> dict[str, bytes]:
    """The parts of the document that hold XML, each bounded before it is inflated and while it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
            if len(listed) > _MOST_PARTS:
                raise DocumentError(f"{_UNREADABLE}: it has {len(listed)} parts", hint=_AGAIN)
            wanted = [part for part in listed if part.filename.endswith((".xml", ".rels"))]
            if sum(part.file_size for part in wanted) > _MOST_INFLATED:
                raise DocumentError(f"{_UNREADABLE}: it would have too many bytes once unpacked", hint=_AGAIN)
            found: dict[str, bytes] = {}
            left = _MOST_INFLATED
            for part in wanted:
                if part.filename in found:
                    raise DocumentError(f"{_UNREADABLE}: a part is in it twice", hint=_AGAIN)
                if part.flag_bits & 1:
                    raise DocumentError("this .docx is protected by a password", hint="save it without the password")
                with archive.open(part) as opened:
                    found[part.filename] = opened.read(left + 1)
                left -= len(found[part.filename])
                if left < 0:
                    raise DocumentError(f"{_UNREADABLE}: it has too many bytes once unpacked", hint=_AGAIN)
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError(f"{_UNREADABLE}: it is damaged", hint=_AGAIN) from error
    if _MAIN not in found:
        raise DocumentError("this is a packed file, and no .docx", hint=_AGAIN)
    for part_data in found.values():
        # What can name entities can be made to grow without end; and no word processor writes another encoding.
        if _ENTITIES.search(part_data) or part_data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in part_data[:100]:
            raise DocumentError(f"{_UNREADABLE}: it has declarations that no word processor writes", hint=_AGAIN)
    return found


def _as_html(parts: dict[str, bytes]) -> str:
    try:
        import mammoth
    except ImportError:
        raise MissingExtra("import", "mammoth") from None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    packed.seek(0)
    try:
        made = mammoth.convert_to_html(
            packed, convert_image=mammoth.images.img_element(lambda _: {"src": ""}), external_file_access=False
        )
    except Exception as error:
        raise DocumentError(f"{_UNREADABLE}: its parts don't fit together", hint=_AGAIN) from error
    return str(made.value)

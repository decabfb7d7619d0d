"""A copy of a letter as it arrives, in whatever form, as text; what the form could not carry over is told.

What a copy is, is seen by its first bytes; its name is a hint and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openletter.errors import DocumentError
from openletter.intake import html, mail, office, pdf, plain

_OLD_WORD: Final = b"\xd0\xcf\x11\xe0"
_ZIP: Final = b"PK\x03\x04"
_PDF: Final = b"%PDF-"
_PAGE: Final = (b"<!doctype html", b"<html", b"<?xml")
_MARKDOWN: Final = (".md", ".markdown")
_PAGES: Final = (".html", ".htm", ".xhtml")
_LITTLE: Final = 400
"""A mail of fewer characters is taken for the cover of what is attached to it."""
_BINARY: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The text of a copy, paragraphs divided by an empty line; `kind` is what it was.

    Kinds are ``text``, ``markdown``, ``html``, ``docx``, ``pdf`` and ``mail``. `dropped` are sentences on what is not
    in the text.
    """

    kind: str
    text: str
    dropped: tuple[str, ...] = ()


def read_copy(data: bytes, name: str = "") -> Copy:
    """The text of a document; raises `DocumentError` for what can't be read, `MissingExtra`.

    Sizes are bounded, of the document (32 MiB) and of what is in it, and so is memory. What a hostile PDF takes in time
    isn't: its reader draws what is on a page, and little can stand for much.
    """
    if len(data) > plain.MAX_BYTES:
        raise DocumentError("it has more than 32 MiB", hint=plain.TOO_MUCH)
    kind = _kind(data, name.lower())
    if kind == "mail":
        return _mail(data)
    if kind == "html":
        text, dropped = html.read(data)
    elif kind == "docx":
        text, dropped = office.read(data)
    elif kind == "pdf":
        text, dropped = pdf.read(data)
    else:
        text, dropped = plain.decode(data)
        text = plain.tidy(text)
    return Copy(kind=kind, text=text, dropped=dropped)


def _kind(data: bytes, name: str) -> str:
    head = data[:_BINARY].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data[:_BINARY].find(_PDF) >= 0 and (head.startswith(b"%pdf-") or name.endswith(".pdf")):
        return "pdf"
    if data.startswith(_ZIP):
        return "docx"
    if data.startswith(_OLD_WORD):
        raise DocumentError("this is a document of an old word processor (.doc)", hint="save it as .docx, or as text")
    if head.startswith(b"{\\rtf"):
        raise DocumentError("this is a document in RTF, which is not read here", hint="save it as .docx, or as text")
    if mail.looks_like(data) or (name.endswith(".eml") and b":" in data[:100]):
        return "mail"
    if head.startswith(_PAGE) or (name.endswith(_PAGES) and b"<" in data):
        return "html"
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        raise DocumentError(
            "this is no text, and no kind of document that is read here",
            hint="give it as text, Markdown, HTML, .docx, PDF or .eml",
        )
    return "markdown" if name.endswith(_MARKDOWN) else "text"


def _mail(data: bytes) -> Copy:
    """A mail, or the one document that it covers."""
    found = mail.read(data)
    documents = [one for one in found.attached if _is_document(one)]
    if len(documents) == 1 and len(found.text) < _LITTLE:
        only = documents[0]
        inner = read_copy(only.data, only.name)
        told = f"the mail was read for what is attached to it, {plain.shown(only.name)}; the mail itself was left out"
        return Copy(kind="mail", text=inner.text, dropped=(told, *inner.dropped))
    if not found.text:
        raise DocumentError("this mail holds no text", hint="give what is attached to it instead")
    return Copy(kind="mail", text=found.text, dropped=found.dropped)


def _is_document(attached: mail.Attached) -> bool:
    if attached.data.startswith((_ZIP, _PDF)):
        return True
    return attached.name.lower().endswith((".txt", *_MARKDOWN, *_PAGES)) and b"\0" not in attached.data

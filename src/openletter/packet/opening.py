"""A file that carries a letter with its evidence, opened: the bundle in it, and whether it shows what the record says.

What the bundle says of the letter is judged elsewhere (`openletter.api.bundles`). Here is asked whether the file round
it can be read in one way only, and whether its words are those of the record (``spec/bundle.md``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from openletter import records
from openletter.api.bundles import verify_bundle
from openletter.errors import BundleError, DocumentError, Invalid, MissingExtra, PageMismatch
from openletter.intake import html, pdf
from openletter.packet.names import flat_name
from openletter.records import Letter
from openletter.records import bundle as bundles
from openletter.records.bundle import Bundle
from openletter.records.names import RecordName, letter_folder

ELEMENT: Final = "bundle"
"""The id of the script element that holds the bundle in a page."""
ATTACHMENT: Final = "bundle.json"
_ARTICLE: Final = "letter"
_PDF: Final = b"%PDF-"
_OURS: Final = re.compile(r"keys_.+|\d{4}\..+\.(?:sig|yaml)|\d{4}\.yaml|archive_checkpoints_.+")
_MOST_SHOWN: Final = 60
# The scripts whose letters the readers of PDFs give back in order and each once.
_EXACT: Final = frozenset(
    ["LATIN", "GREEK", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "ETHIOPIC", "ARMENIAN", "GEORGIAN", "DIGIT"]
)


class Kind(StrEnum):
    """What kind of file carries a bundle."""

    HTML = "html"
    PDF = "pdf"
    JSON = "json"


class Shown(StrEnum):
    """Does a file show the words of the record? Told where that could be compared."""

    SAME_WORDS = "same-words"
    DIFFERS = "differs"
    NOT_COMPARED = "not-compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file's bundle. `as_made` says that the file is, byte for byte, what this version makes of that bundle.

    `mismatch` is there where `text_shown` is `Shown.DIFFERS`.
    """

    kind: Kind
    bundle: Bundle
    text_shown: Shown
    as_made: bool
    mismatch: PageMismatch | None = None


def open_file(data: bytes) -> Opened:
    """What a file carries, and whether it shows the same; it is known by its bytes, not by its name.

    Raises `DocumentError` for a file of no such kind, or one that can be read in more ways than one; `BundleError`;
    `MissingExtra` where a PDF is to be read.
    """
    if data.startswith(b"{"):
        return Opened(kind=Kind.JSON, bundle=bundles.decode(data), text_shown=Shown.NOT_COMPARED, as_made=True)
    return _pdf(data) if data.startswith(_PDF) else _page(data)


# --- a page ---


def _page(data: bytes) -> Opened:
    held = html.script(data, ELEMENT)
    if held is None:
        raise DocumentError(
            "this page carries no evidence", hint="to find which letter it is a copy of: openletter identify FILE"
        )
    bundle = bundles.decode(held)
    try:
        from openletter.packet import page

        made = page.render(bundle)
    except MissingExtra:
        return Opened(kind=Kind.HTML, bundle=bundle, text_shown=Shown.NOT_COMPARED, as_made=False)
    if made == data:
        return Opened(kind=Kind.HTML, bundle=bundle, text_shown=Shown.SAME_WORDS, as_made=True)
    ours, theirs = html.article(made, _ARTICLE), html.article(data, _ARTICLE)
    mismatch = _first_difference((ours or "").split(), (theirs or "").split())
    if mismatch is not None:
        return Opened(kind=Kind.HTML, bundle=bundle, text_shown=Shown.DIFFERS, as_made=False, mismatch=mismatch)
    # Another style sheet, another element, another attribute could show other words than those that stand in the page.
    if html.skeleton(made) != html.skeleton(data):
        return Opened(kind=Kind.HTML, bundle=bundle, text_shown=Shown.NOT_COMPARED, as_made=False)
    # All that draws is of this version, and some words round the letter are not: they were changed.
    mismatch = PageMismatch(
        "what the page says round the letter, of who signed it or of how to check it, was changed: it isn't what "
        "openletter makes of the evidence in it"
    )
    return Opened(kind=Kind.HTML, bundle=bundle, text_shown=Shown.DIFFERS, as_made=False, mismatch=mismatch)


def _first_difference(ours: list[str], theirs: list[str]) -> PageMismatch | None:
    for place in range(max(len(ours), len(theirs))):
        if ours[place : place + 1] != theirs[place : place + 1]:
            return PageMismatch(
                "the page shows another text than the record that is signed: "
                f"it says “{_words(theirs[place:])}” where the record says “{_words(ours[place:])}”"
            )
    return None


def _words(found: list[str]) -> str:
    text = " ".join(found[:8])
    return (text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…") or "nothing more"


# --- a PDF ---


def _pdf(data: bytes) -> Opened:
    attached = pdf.attachments(data)
    if ATTACHMENT not in attached:
        raise DocumentError(
            "this PDF carries no evidence", hint="to find which letter it is a copy of: openletter identify FILE"
        )
    bundle = bundles.decode(attached[ATTACHMENT])
    flat = {flat_name(path): content for path, content in bundle.files.items()}
    for name, content in attached.items():
        if name != ATTACHMENT and _OURS.fullmatch(name) and flat.get(name) != content:
            raise BundleError("a file attached to this PDF is not the one in its evidence", path=name)
    if _as_made(bundle, data):
        return Opened(kind=Kind.PDF, bundle=bundle, text_shown=Shown.SAME_WORDS, as_made=True)
    letter = _letter(bundle)
    try:
        exact = letter is not None and _is_exact(letter)
    except MissingExtra:
        exact = False
    if letter is None or not exact:
        return Opened(kind=Kind.PDF, bundle=bundle, text_shown=Shown.NOT_COMPARED, as_made=False)
    # That the words stand in it doesn't show that they are drawn: a PDF can hold words that nobody sees.
    mismatch = _lacking(letter, pdf.read(data)[0])
    shown = Shown.NOT_COMPARED if mismatch is None else Shown.DIFFERS
    return Opened(kind=Kind.PDF, bundle=bundle, text_shown=shown, as_made=False, mismatch=mismatch)


def _as_made(bundle: Bundle, data: bytes) -> bool:
    """Does this version, with the fonts that are here, make this very file? Where it can't, that is not known."""
    try:
        from openletter.packet import pdf as made

        return made.render(bundle, verify_bundle(bundle)) == data
    except Exception:  # noqa: BLE001  # a font that isn't here, a library that isn't: then the words are compared
        return False


def _letter(bundle: Bundle) -> Letter | None:
    path = f"{letter_folder(bundle.letter)}/{RecordName(number=bundle.revision)}"
    try:
        found = records.decode(bundle.files[path])
    except Invalid:
        return None
    return found if isinstance(found, Letter) else None


def _is_exact(letter: Letter) -> bool:
    text = "".join(_printed(letter))
    return all(_script(char) in _EXACT for char in set(text) if char.isalpha() and not char.isascii())


def _script(char: str) -> str:
    return unicodedata.name(char, "?").split(" ", 1)[0]


def _lacking(letter: Letter, text: str) -> PageMismatch | None:
    """What of the record doesn't stand in the text of a PDF, in order: each part with all of its letters and digits."""
    shown = _folded(text)
    at = 0
    for part in _printed(letter):
        wanted = _folded(part)
        found = shown.find(wanted, at)
        if found < 0:
            return PageMismatch(f"the PDF doesn't show what the record says: “{_words(part.split())}”")
        at = found + len(wanted)
    return None


def _printed(letter: Letter) -> Iterable[str]:
    from openletter.packet.pdf_printed import printed

    return (part for part in printed(letter) if _folded(part))


def _folded(text: str) -> str:
    """The letters and digits of a text, in order, as one reader of PDFs and another would both give them."""
    joined = text.replace("\u00ad\n", "").replace("\u00ad", "")
    return "".join(char for char in unicodedata.normalize("NFKC", joined) if char.isalnum())

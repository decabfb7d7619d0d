"""A letter to print, with its evidence attached: one PDF (``spec/bundle.md``, "In a PDF").

The page is set by Typst from ``letter.typ``, which takes all words as data and has no file, package or network to
reach. What is written is PDF/A-3 with PDF/UA-1: it has no glyph missing, says its language and order of reading, and
names what is attached. The same bundle and report, with the same fonts, give the same bytes: no clock is asked.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openletter import records
from openletter.errors import DocumentError, FontsMissing, InputError, MissingExtra, UnknownFormat
from openletter.packet import pdf_fonts, pdf_signed, pdf_text
from openletter.packet.names import flat_name
from openletter.packet.pdf_text import Data
from openletter.records import Letter
from openletter.records.names import RecordName, letter_folder
from openletter.rendering import directions
from openletter.reports.plain import digest_groups

if TYPE_CHECKING:
    from openletter.records.bundle import Bundle
    from openletter.verify import Report

ATTACHMENT: Final = "bundle.json"
MAX_HYPHENS: Final = 20_000
"""The most hyphens of a letter that are set apart from those of broken words; with more, no word is broken."""
_TRIES: Final = 4
STANDARDS: Final = ("a-3a", "ua-1")
_MISSING: Final = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_TYPES: Final = {".yaml": "application/yaml", ".sig": "text/plain", ".allowed_signers": "text/plain"}


def render(
    bundle: Bundle,
    report: Report,
    *,
    fonts: Sequence[Path] | None = None,
    base_url: str | None = None,
) -> bytes:
    """The PDF of a bundle's revision, with its verdicts as this report has them.

    `fonts` are folders to take fonts from instead of the system's; `base_url` is the address of a site that has the
    letter, for the QR code. Raises `FontsMissing`, `MissingExtra`, `DocumentError` where the letter is beyond printing,
    `InputError` for a strange address, and `Invalid` where the record is no letter.
    """
    path = f"{letter_folder(bundle.letter)}/{RecordName(number=bundle.revision)}"
    letter = records.decode(bundle.files[path])
    if not isinstance(letter, Letter):
        raise UnknownFormat(f"a letter is due here, and this is {letter.FORMAT}", path=path, line=1)
    judged = next((found for found in report.letters if found.letter == bundle.letter), None)
    if judged is None or judged.revision != bundle.revision:
        raise InputError(f"the report is not about revision {bundle.revision} of {bundle.letter}")
    digest = records.digest(bundle.files[path])
    code = pdf_signed.code_text(bundle.letter, bundle.revision, digest, base_url)
    signed = pdf_signed.signed_data(bundle, report, judged, digest, code)
    said = pdf_text.letter_data(letter)
    installed = _Fonts.of(None if fonts is None else tuple(map(str, fonts)))
    title = letter.subject or f"Letter {bundle.letter}"
    strings = json.dumps([said, signed, title], ensure_ascii=False)
    look = pdf_fonts.look(letter.language, set(strings), installed.families)
    data: dict[str, Data] = {
        "title": title,
        "description": f"{bundle.letter}, revision {bundle.revision}, {digest}",
        "date": [int(part) for part in letter.date.split("-")],
        "look": {
            "text": look.text,
            "page": look.page,
            "mono": look.mono,
            "leading": look.leading,
            "slanted": look.slanted,
            "hyphens": sum(map(strings.count, "-\u2010\u2011")) <= MAX_HYPHENS,
            "lang": letter.language.split("-")[0],
            "region": next((p for p in letter.language.split("-")[1:] if re.fullmatch("[A-Z]{2}", p)), None),
            "dir": directions.of_language(letter.language),
        },
        "footer": {
            "letter": f"{bundle.letter}, revision {bundle.revision}",
            "digest": "SHA-256 " + " ".join(digest_groups(digest).split(" ")[:4]) + " …",
        },
        "letter": said,
        "signed": {**signed, "code_picture": _code(code)},
        "files": list(_attached(bundle, path)),
    }
    own = frozenset(json.dumps([said, title], ensure_ascii=False))
    for _ in range(_TRIES):
        try:
            return _compiled(data, installed)
        except FontsMissing as error:
            # A stranger's name, that no font has, doesn't keep the letter from being printed; its number stands for it.
            strange = error.characters - own
            if not strange:
                raise
            data["signed"] = _numbered(data["signed"], strange)
    return _compiled(data, installed)


def _numbered(data: Data, strange: frozenset[str]) -> Data:
    """The same data with the numbers of these characters in their place."""
    if isinstance(data, str):
        return "".join(f"U+{ord(char):04X}" if char in strange else char for char in data)
    if isinstance(data, list):
        return [_numbered(part, strange) for part in data]
    if isinstance(data, dict):
        return {name: _numbered(part, strange) for name, part in data.items()}
    return data


def _attached(bundle: Bundle, record: str) -> list[Data]:
    """The bundle, and beside it each file of the letter's folder and of the key records, by their names."""
    folder = letter_folder(bundle.letter)
    files = [_file(ATTACHMENT, bundle.to_bytes(), "application/json", "data", "The evidence for openletter verify")]
    for path, content in bundle.files.items():
        if path.startswith((f"{folder}/", "keys/")):
            kind = next(kind for ending, kind in _TYPES.items() if path.endswith(ending))
            relationship = "source" if path == record else "data"
            name = flat_name(path)
            files.append(_file(name, content, kind, relationship, pdf_signed.described(path, folder)))
    return sorted(files, key=lambda file: str(file["name"]))


def _file(name: str, content: bytes, kind: str, relationship: str, description: str) -> dict[str, Data]:
    try:
        data: Data = content.decode("utf-8")
    except UnicodeDecodeError:
        data = list(content)
    return {"name": name, "data": data, "type": kind, "relationship": relationship, "description": description}


def _code(text: str) -> str:
    """A QR code as SVG, with the quiet zone that readers need."""
    try:
        import segno
    except ImportError:
        raise MissingExtra("pdf", "segno") from None
    return str(segno.make_qr(text, error="m").svg_inline(border=4, scale=1, omitsize=True))


class _Fonts:
    """The fonts that may be used, looked up once."""

    def __init__(self, folders: tuple[str, ...] | None) -> None:
        try:
            import typst
        except ImportError:
            raise MissingExtra("pdf", "typst") from None
        self.book: Any = typst.Fonts(
            include_system_fonts=folders is None, include_embedded_fonts=True, font_paths=list(folders or ())
        )
        self.families = frozenset(self.book.families())

    @staticmethod
    @lru_cache(maxsize=4)
    def of(folders: tuple[str, ...] | None) -> _Fonts:
        return _Fonts(folders)


def _compiled(data: Data, fonts: _Fonts) -> bytes:
    import typst

    source = resources.files("openletter.packet").joinpath("letter.typ").read_bytes()
    with tempfile.TemporaryDirectory(prefix="openletter-") as empty:
        try:
            return typst.compile(
                source,
                root=empty,
                package_path=empty,
                package_cache_path=empty,
                font_paths=fonts.book,
                ignore_system_fonts=True,
                format="pdf",
                sys_inputs={"data": json.dumps(data, ensure_ascii=False, separators=(",", ":"))},
                pdf_standards=list(STANDARDS),
                timestamp=0,
            )
        except typst.TypstError as error:
            told = f"{error.message}\n{error.diagnostic}"
            if "could not be displayed" in told:
                raise pdf_fonts.missing(map(pdf_fonts.unquoted, _MISSING.findall(told))) from None
            raise DocumentError(f"this letter can't be set as pages: {error.message}") from None

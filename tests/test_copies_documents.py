"""Documents as copies: a .docx and a PDF are read, what they can't carry over is told, and hostile ones are refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx
import pytest
import typst
from pypdf import PdfReader, PdfWriter

from openletter.errors import DocumentError
from openletter.intake import pdf
from openletter.intake.copies import read_copy

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?><Relationships '
    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Target="word/document.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)


def word(body: str, **parts: str) -> bytes:
    """A .docx with this body, in the words of its own XML."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/document.xml", f"<w:document {SPACE}><w:body>{body}</w:body></w:document>")
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return made.getvalue()


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def printed(source: str) -> bytes:
    """A PDF of this Typst."""
    made: bytes = typst.compile(source.encode())
    return made


# --- .docx ---


def test_a_document_with_headings_lists_and_a_table_of_signatories_is_read_in_order() -> None:
    document = docx.Document()
    document.add_heading("Open the records", 1)
    document.add_paragraph("We ask you to open the records.")
    document.add_paragraph("to publish the figures;", style="List Number")
    table = document.add_table(rows=1, cols=2)
    for cell, text in zip(table.rows[0].cells, ("Ida Marsh", "Tomás Quill"), strict=True):
        cell.text = text
    made = io.BytesIO()
    document.save(made)
    found = read_copy(made.getvalue(), "letter.docx")
    assert found.kind == "docx"
    words = found.text.split()
    assert " ".join(words).startswith("Open the records We ask you to open the records.")
    assert words.index("figures;") < words.index("Ida") < words.index("Tomás")


def test_tracked_changes_comments_and_pictures_are_told() -> None:
    body = (
        f"<w:p>{run('We ask')}<w:ins>{run(' again')}</w:ins><w:del><w:r><w:delText> kindly</w:delText></w:r></w:del>"
        '<w:r><w:commentReference w:id="1"/></w:r><w:r><w:pict/></w:r></w:p>'
    )
    found = read_copy(word(body))
    assert found.text == "We ask again"
    told = " ".join(found.dropped)
    for what in ("1 tracked insertion", "1 tracked deletion", "1 comment", "1 picture or drawing"):
        assert what in told


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: word('<!DOCTYPE a [<!ENTITY b "c">]><w:p/>'), "declarations"),
        (lambda: word("<w:p/>", **{"word__big.xml": "x" * (65 << 20)}), "too many bytes"),
        (lambda: word("<w:p/>", **{f"word__part{n}.xml": "" for n in range(6000)}), "parts"),
        (lambda: word("<w:p>" * 20_000 + "</w:p>" * 20_000), "fit together|damaged|too"),
        (lambda: word("<w:p/>")[:-30], "damaged"),
        (lambda: b"PK\x03\x04" + b"x" * 100, "damaged"),
    ],
)
def test_a_hostile_document_is_refused_with_its_reason(make: Callable[[], bytes], said: str) -> None:
    data = make()
    with pytest.raises(DocumentError, match=said) as refused:
        read_copy(data, "letter.docx")
    assert refused.value.hint


def test_what_a_part_declares_as_its_size_is_not_believed() -> None:
    data = bytearray(word("<w:p/>", **{"word__big.xml": "x" * (70 << 20)}))
    # Both headers of the part are made to say that it has one byte.
    size = (70 << 20).to_bytes(4, "little")
    assert data.count(size) == 2
    with pytest.raises(DocumentError):
        read_copy(bytes(data.replace(size, (1).to_bytes(4, "little"))), "letter.docx")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "old word processor"),
        (b"{\\rtf1 Dear all}", "RTF"),
        (b"\0\1\2" * 100, "no text"),
        (b"x" * ((32 << 20) + 1), "32 MiB"),
    ],
)
def test_what_is_not_read_here_is_refused_with_a_cure(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError, match=said) as refused:
        read_copy(data)
    assert refused.value.hint


# --- PDF ---

PAGES = """
#set page(width: 10cm, height: 8cm, header: [Coalition for the Valley], footer: context [Page #counter(page).display()])
Dear Commissioner, we ask you to open the records of the wells. #pagebreak()
They were paid for by everybody, and belong to everybody. #pagebreak()
Respectfully, Ida Marsh
"""


def test_what_repeats_at_the_edges_of_pages_is_left_out_and_told() -> None:
    found = read_copy(printed(PAGES), "letter.pdf")
    assert found.kind == "pdf"
    assert "Coalition" not in found.text
    assert "Page" not in found.text
    assert found.text.split()[0] == "Dear"
    assert found.text.split()[-1] == "Marsh"
    assert any("Coalition for the Valley" in told for told in found.dropped)
    assert "Coalition" in pdf.text(printed(PAGES))


def test_the_files_attached_to_a_pdf_are_given_by_name() -> None:
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(printed("A letter."))).pages:
        writer.add_page(page)
    writer.add_attachment("0001.yaml", b"one")
    writer.add_attachment("0002.yaml", b"two")
    made = io.BytesIO()
    writer.write(made)
    assert pdf.attachments(made.getvalue()) == {"0001.yaml": b"one", "0002.yaml": b"two"}
    writer.add_attachment("0001.yaml", b"another")
    made = io.BytesIO()
    writer.write(made)
    with pytest.raises(DocumentError, match="two different files named"):
        pdf.attachments(made.getvalue())


def encrypted() -> bytes:
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(printed("A letter."))))
    writer.encrypt("secret", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: printed("#rect()"), "no text"),
        (encrypted, "password"),
        (lambda: printed("A letter.")[:200], "damaged"),
        (lambda: b"%PDF-1.7\n" + b"1 0 obj\n" * 1000, "damaged"),
    ],
)
def test_a_pdf_that_gives_no_words_is_refused_with_its_reason(make: Callable[[], bytes], said: str) -> None:
    with pytest.raises(DocumentError, match=said) as refused:
        read_copy(make(), "letter.pdf")
    assert refused.value.hint

"""Copies of a letter in each form become the same words, and what is left out is told."""

from __future__ import annotations

import io
from email.message import EmailMessage

import pytest

from openletter.errors import DocumentError
from openletter.intake.copies import read_copy


def test_a_table_of_a_word_document_survives() -> None:
    docx = pytest.importorskip("docx")
    pytest.importorskip("mammoth")
    made = docx.Document()
    made.add_heading("On the river", 1)
    made.add_paragraph("We ask for clean water.")
    table = made.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Alder", "alder.example"
    packed = io.BytesIO()
    made.save(packed)
    copy = read_copy(packed.getvalue(), "a.docx")
    assert copy.kind == "docx"
    for words in ("On the river", "We ask for clean water.", "Alder", "alder.example"):
        assert words in copy.text


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
def test_a_mail_is_decoded_as_its_headers_say(encoding: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@alder.example", "b@birch.example", "Wasser"
    mail.set_content("Schöne Grüße\n", cte=encoding)
    copy = read_copy(mail.as_bytes())
    assert (copy.kind, copy.text) == ("mail", "Schöne Grüße")


def test_a_letter_that_begins_with_its_subject_is_no_mail() -> None:
    assert read_copy(b"Subject: Water\nDate: today\n\nWe ask.\n").kind == "text"


def test_text_that_is_not_utf8_is_read_and_told() -> None:
    copy = read_copy("Grüße".encode("cp1252"))
    assert copy.text == "Grüße"
    assert "Windows-1252" in copy.dropped[0]


def test_what_a_page_hides_is_left_out_and_told() -> None:
    copy = read_copy(b"<html><ol><li>One<li>Two</ol><p hidden>secret</p>")
    assert "1. One" in copy.text
    assert "secret" not in copy.text
    assert "secret" in copy.dropped[0]


def test_bytes_of_no_kind_are_refused() -> None:
    with pytest.raises(DocumentError, match="no text"):
        read_copy(b"\x01\0\0\0")

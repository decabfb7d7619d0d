"""Copies that went through real documents are still found (``spec/identify.md``, "Grades")."""

from __future__ import annotations

import io
from email.message import EmailMessage

import pytest

from identify_corpus import archive
from openletter.intake import copies
from openletter.records.text import as_lines
from openletter.search.matching import Grade, Known, grade


@pytest.fixture(params=range(0, len(archive()), 4))
def known(request: pytest.FixtureRequest) -> Known:
    found: Known = archive()[request.param]
    return found


def assert_same_words(data: bytes, name: str, known: Known) -> None:
    answer = grade(copies.read_copy(data, name).text, archive())
    assert (answer.letter, answer.grade, answer.differences) == (known.letter, Grade.SAME_WORDS, ())
    assert known in (answer.known, *answer.also)


def test_a_web_page(known: Known) -> None:
    from openletter.rendering.letters import letter_html

    page = f"<!doctype html><html><meta charset=utf-8><body>{letter_html(known.record)}</body></html>"
    assert_same_words(page.encode(), "letter.html", known)


def test_a_word_document(known: Known) -> None:
    import docx

    document = docx.Document()
    for line in as_lines(known.record):
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    assert_same_words(out.getvalue(), "letter.docx", known)


def test_a_mail(known: Known) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@alder.example", "b@birch.example", "A letter"
    mail.set_content("\n".join(as_lines(known.record)))
    assert_same_words(mail.as_bytes(), "letter.eml", known)


def test_a_pdf(known: Known) -> None:
    import typst

    if known.record.language not in {"en", "fr"}:
        pytest.skip("the order of characters that a PDF tells of other scripts is not that of the text")
    lines = [line.replace("\\", "\\\\").replace('"', '\\"') for line in as_lines(known.record)]
    shown = "\n\n".join(f'#text("{line}")' for line in lines if line)
    source = f'#set page(numbering: "1 / 1")\n#set text(hyphenate: true)\n#set par(justify: true)\n{shown}\n'
    assert_same_words(typst.compile(source.encode()), "letter.pdf", known)

"""Documents made to hurt: they are read, or refused with a reason, and never in the square of their size."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openletter.errors import DocumentError
from openletter.intake import html
from openletter.intake.copies import Copy, read_copy

EXACT = '<!doctype html><html><head><meta charset="utf-8"></head><body>'


def test_a_run_of_blanks_as_long_as_a_letter_is_read() -> None:
    assert read_copy(b"a" + b" " * 1_000_000 + b"x").text.endswith(" x")


def test_blanks_at_the_end_of_a_line_are_left_out() -> None:
    assert read_copy(b"one \t \ntwo\t\n\n\n\nthree").text == "one\ntwo\n\nthree"


@pytest.mark.parametrize(
    ("reference", "character"),
    [("9" * 5000, "\N{REPLACEMENT CHARACTER}"), ("0" * 5000 + "65", "A"), ("65", "A")],
)
def test_a_reference_by_a_number_of_any_length_is_decoded(reference: str, character: str) -> None:
    assert read_copy(f"<html><p>x&#{reference};y".encode()).text == f"x{character}y"


@pytest.mark.parametrize(("first", "nest"), [("", "<div>"), ("<svg>", "<g>")])
def test_an_exact_page_nested_deeper_than_browsers_go_is_refused(first: str, nest: str) -> None:
    with pytest.raises(DocumentError, match="more than 200 deep"):
        html.script((EXACT + first + nest * 100_000).encode(), "bundle")


def test_an_exact_page_nested_as_deep_as_allowed_is_read() -> None:
    nested = "<div>" * 190 + "</div>" * 190
    page = f'{EXACT}{nested}<script id="bundle">{{}}</script></body></html>'
    assert html.script(page.encode(), "bundle") == b"{}"


@pytest.mark.parametrize(
    "mail",
    [
        b"From: a@alder.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
        b"From: a@alder.example\nSubject: x\n"
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(1000)),
        b"From: a@alder.example\rTo: b\rContent-Type: multipart/mixed; boundary=b\r\r" + b"--b\r\rx\r" * 100_000,
    ],
    ids=["many", "deep", "many by CR"],
)
def test_a_mail_of_endless_parts_is_refused(mail: bytes) -> None:
    with pytest.raises(DocumentError, match="too many parts"):
        read_copy(mail, "a.eml")


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html>", b"From: a\nSubject: b\nContent-Type: "]),
    st.binary(max_size=300),
    st.sampled_from(["", "a.eml", "a.html", "a.pdf", "a.docx", "a.md"]),
)
def test_any_bytes_give_a_copy_or_a_reason(start: bytes, rest: bytes, name: str) -> None:
    with suppress(DocumentError):  # nothing else may be raised
        assert isinstance(read_copy(start + rest, name), Copy)


def test_a_mail_with_endless_parameters_is_refused() -> None:
    mail = b"From: a@alder.example\nTo: b\nContent-Type: text/plain" + b"; a=b" * 3000 + b"\n\nx"
    with pytest.raises(DocumentError, match="header of this mail is too long"):
        read_copy(mail)


def test_flowing_lines_are_joined_however_many() -> None:
    head = b"From: a@alder.example\nTo: b\nContent-Type: text/plain; format=flowed\n\n"
    assert read_copy(head + b"one \ntwo\nthree\n").text == "one two\nthree"
    assert len(read_copy(head + b"a \n" * 100_000).text) >= 199_999

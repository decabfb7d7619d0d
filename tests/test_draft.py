"""Drafts: ordinary YAML is read as it was typed, what is tidied is told, what can't be kept is refused."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openletter.canonical import Value, check_text, permitted
from openletter.errors import DraftError, ForbiddenText, UnknownName
from openletter.intake import draft
from openletter.records.letter import FIELDS

DIGEST = "sha256:" + "ab" * 32
MINIMAL = """\
date: 2026-05-14
language: en
addressees:
  - name: Irena Holm
body: |
  Open the records.
"""


def read(text: str) -> draft.Draft:
    return draft.read(text.encode(), path="d.yaml")


def refused(text: str | bytes) -> DraftError:
    with pytest.raises(DraftError) as caught:
        draft.read(text.encode() if isinstance(text, str) else text, path="d.yaml")
    assert caught.value.path == "d.yaml"
    assert caught.value.hint
    return caught.value


def letter(text: str, **given: Any) -> Any:
    arguments: dict[str, Any] = {"letter": "2026/x", "revision": 1, "previous": None, "path": "d.yaml"} | given
    return draft.to_letter(read(text), **arguments)


def not_a_letter(text: str, **given: Any) -> DraftError:
    with pytest.raises(DraftError) as caught:
        letter(text, **given)
    assert caught.value.path == "d.yaml"
    assert caught.value.hint
    return caught.value


# --- as typed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["2019-09-16", "no", "yes", "~", "null", "010", "1e3", "0x1F", "1_000", "3.0", ".inf", "true", "12:30:45", "=",
     "2019-09-16T10:00:00Z"],
)  # fmt: skip
def test_a_plain_scalar_is_the_text_that_was_typed(typed: str) -> None:
    assert read(f"note: {typed}\n").fields == {"note": typed}


@pytest.mark.parametrize(
    "text",
    [
        "subject: It's all\n",
        "subject: 'It''s all'\n",
        'subject: "It\'s all"\n',
        'subject: "It\\u0027s \\\n  all"\n',
        "subject: It's\n  all # comment\n",
        "subject: >\n  It's\n  all\n",
        "# a comment\n---\nsubject: It's all\n...\n",
        "%YAML 1.2\n---\nsubject: It's all\n",
        "{subject: It's all}\n",
        "? subject\n: It's all\n",
        '"subject": It\'s all\n',
    ],
)
def test_any_quoting_and_comments_are_welcome(text: str) -> None:
    found = read(text)
    assert found.fields == {"subject": "It's all"}
    assert found.remarks == ()


def test_keys_may_stand_in_any_order_and_come_out_in_the_order_of_a_letter() -> None:
    text = "signatories:\n- of: Elm\n  title: T\n  organization: elm.example\nbody: b\nlanguage: en\ndate: 2026-05-14\n"
    found = read(text).fields
    assert list(found) == ["date", "language", "body", "signatories"]
    assert found["signatories"] == [{"organization": "elm.example", "title": "T", "of": "Elm"}]


def test_every_field_and_container_knows_its_line() -> None:
    text = (
        "# top\ndate: 2026-05-14\naddressees:\n  - name: A\n    address:\n      - a\n      - b\n"
        "  - {title: T,\n     name: N}\n"
        "body: |\n  x\nsubject: s\n"
    )
    assert read(text).lines == {
        "date": 2,
        "addressees": 3,
        "addressees[0]": 4,
        "addressees[0].name": 4,
        "addressees[0].address": 5,
        "addressees[0].address[0]": 6,
        "addressees[0].address[1]": 7,
        "addressees[1]": 8,
        "addressees[1].title": 8,
        "addressees[1].name": 9,
        "body": 10,
        "subject": 12,
    }


# --- tidied, and told ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field", "value", "remark"),
    [
        ("\ufeffsubject: a\n", "subject", "a", "line 1: removed the byte order mark"),
        ("date: d\r\nsubject: a\r\n", "subject", "a", "line 1: made the line ends plain (LF)"),
        (
            "date: d\nsubject: cafe\u0301\n",
            "subject",
            "café",
            "line 2: composed letters and their accents (Unicode NFC)",
        ),
        ("subject: \u212b\n", "subject", "Å", "line 1: composed letters and their accents (Unicode NFC)"),
        ("subject: 'a\tb'\n", "subject", "a   b", "line 1: replaced tabs by spaces"),
        ("subject: a\u00adb\n", "subject", "ab", "line 1: removed soft hyphens (U+00AD)"),
        ("subject: a\u200bb\n", "subject", "ab", "line 1: removed zero-width spaces (U+200B)"),
        ("subject: a\u2060b\n", "subject", "ab", "line 1: removed word joiners (U+2060)"),
        ("subject: 'a\ufeffb'\n", "subject", "ab", "line 1: removed byte order marks (U+FEFF)"),
        ("subject: ' a'\n", "subject", "a", "line 1: removed spaces at the start"),
        ("subject: 'a '\n", "subject", "a", "line 1: removed spaces at the line's end"),
        ("subject: a\u00a0\n", "subject", "a", "line 1: removed spaces at the line's end"),
        ("subject: |\n  a\n  b\n", "subject", "a b", "line 2: joined several lines into one"),
        ("subject: 'a\\n'\n", "subject", "a\\n", None),
        ("note: |\n  a \n  b\n", "note", "a\nb", "line 2: removed spaces at the line's end"),
        ("note: |\n  a\n\n\n  b\n", "note", "a\n\nb", "line 4: made several empty lines one"),
        ("note: |2\n\n  a\n", "note", "a", "line 2: removed empty lines at the start"),
        ("note: |+\n  a\n\n", "note", "a", "line 3: removed empty lines at the end"),
        ("note: |\n  a\n  \u3000b\n", "note", "a\nb", "line 3: removed wide spaces at the line's start"),
        ("note: |\n  a\n    b\n", "note", "a\n  b", None),
        ('note: "a\\r\\nb"\n', "note", "a\nb", "line 1: made the line ends plain (LF)"),
        ("body: |\n  a\n", "body", "a", None),
        ("body: |-\n  a\n", "body", "a", None),
        ("body: |\n  a  \n  b\n", "body", "a\\\nb", "line 2: wrote a line break of two spaces as a backslash"),
        ("body: |\n  a  \n\n  b\n", "body", "a\n\nb", "line 2: removed spaces at the line's end"),
        ("body: |\n  # a  \n  b\n", "body", "# a\nb", "line 2: removed spaces at the line's end"),
        ("body: |\n  a `b  \n  c` d\n", "body", "a `b\nc` d", "line 2: removed spaces at the line's end"),
        ("sender: |\n  a  \n  b\n", "sender", "a\nb", "line 2: removed spaces at the line's end"),
    ],
)
def test_what_is_tidied_is_told_with_its_line(text: str, field: str, value: str, remark: str | None) -> None:
    found = read(text)
    assert found.fields[field] == value
    assert found.remarks == (() if remark is None else (remark,))


def test_a_script_without_spaces_keeps_its_zero_width_spaces() -> None:
    khmer = "\u179f\u17bd\u179f\u17d2\u178f\u17b8\u200b\u1796\u17b7\u1797\u1796"
    assert read(f"subject: {khmer}\n") == draft.Draft(fields={"subject": khmer}, lines={"subject": 1}, remarks=())


def test_a_change_on_many_lines_is_one_remark() -> None:
    found = read("note: |\n" + "  a \n" * 9)
    assert found.remarks == ("lines 2, 3, 4, 5 and 5 more: removed spaces at the line's end",)


# --- refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        (b"subject: a\nnote: \xff\n", "not UTF-8", 2),
        ("subject: a".encode("utf-16"), "UTF-16", None),
        (b"#" * (draft.MAX_BYTES + 1), "1 MiB", None),
        ("", "empty", 1),
        ("# nothing\n\n", "empty", 1),
        ("---\n", "empty", 1),
        ("{}\n", "empty", 1),
        ("just a text\n", "list of fields", 1),
        ("- a\n", "list of fields", 1),
        ("subject: a\n---\nsubject: b\n", "second document", 2),
        ("subject: a\ndate: b\nsubject: c\n", "here and in line 1", 3),
        ("signatories:\n  - of: a\n    of: b\n", "here and in line 2", 3),
        ("subject: a\nsubjet: b\n", 'no field "subjet"', 2),
        ("addressees:\n  - nam: b\n", 'no field "nam"', 2),
        ("subject: &a b\n", "anchors", 1),
        ("subject: a\nnote: *a\n", "references", 2),
        ("addressees: &a\n  - name: *a\n", "anchors", 1),
        ("subject: !!str a\n", "tags", 1),
        ("subject: ! a\n", "tags", 1),
        ("subject: !!python/object/apply:os.system [ls]\n", "tags", 1),
        ("<<: {subject: a}\n", "merge keys", 1),
        ("subject:\n", "nothing stands here", 1),
        ("subject: ''\n", "nothing stands here", 1),
        ("subject: '  '\n", "nothing stands here", 1),
        ("subject: '\u00a0'\n", "nothing stands here", 1),
        ("subject: '\u00ad'\n", "nothing stands here", 1),
        ("note: |\n\n\nsubject: a\n", "nothing stands here", 1),
        ("copies: []\n", "nothing stands here", 1),
        ("copies: [a, '']\n", "nothing stands here", 1),
        ("addressees: [{}]\n", "nothing stands here", 1),
        ("subject: [a]\n", "a text is due here, not a list", 1),
        ("subject:\n  a: b\n", "a text is due here, not a group", 2),
        ("copies: a\n", "a list is due here, not a text", 1),
        ("copies:\n  a: b\n", "a list is due here, not a group", 2),
        ("copies:\n  - a: b\n", "a text is due here, not a group", 2),
        ("copies:\n  - [a]\n", "a text is due here, not a list", 2),
        ("addressees:\n  - a\n", "a group of fields is due here, not a text", 2),
        ("addressees:\n  - - name: a\n", "a group of fields is due here, not a list", 2),
        ("addressees:\n  - address: a\n", "a list is due here, not a text", 2),
        ("? [subject]\n: a\n", "name of a field is a word", 1),
        ("? {a: b}\n: a\n", "name of a field is a word", 1),
        ("subject: a\n: b\n", "not in order", 2),
        ("'': b\n", 'no field ""', 1),
        ('subject: a\nnote: "\\UFFFFFFFF"\n', "no such character", 2),
        ('subject: a\nnote: "\\uD800"\n', "U+D800", 2),
        ("subject: a: b\n", "a colon stands in a text", 1),
        ("subject: a\n  b\n note: c\n", "indentation", 3),
        ("subject: 'a\nnote: b\n", "never closes", 1),
        ('subject: "a\nnote: b\n', "never closes", 1),
        ('subject: "a\\qb"\n', "backslash", 1),
        ('subject: "a" b\n', "not in order", 1),
        ("subject: @a\n", "can't begin with this character", 1),
        ("subject: a\n\tnote: b\n", "a tab stands", 2),
        ("\tsubject: a\n", "tab", 1),
        ("body: |\n  a\nb\n", "name and colon are missing", 3),
        ("subject: %a\n", "can't begin with this character", 1),
        ("subject: &\n", "& or *", 1),
        ("subject: a\nnote: b\u202ec\n", "U+202E", 2),
        ("subject: a\n# \u202e\n", "U+202E", 2),
        ("subject: a\u0000b\n", "U+0000", 1),
        ("subject: a\nnote: |\n  b\n  c\u2028d\n", "U+2028", 4),
        ("subject: a\n" + 'note: "\\u202e"\n', "U+202E", 2),
        ("date: a\n" + 'note: "\\u00ad\\ue000"\n', "U+E000", 2),
        ("subject: a\ue000\n", "U+E000", 1),
    ],
)
def test_what_is_no_draft_is_refused_with_its_line(text: str | bytes, why: str, line: int | None) -> None:
    error = refused(text)
    assert why in error.message
    assert error.line == line


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("subjet", "subject"),
        ("Subject", "subject"),
        ("date-line", "date_line"),
        ("adressee", "addressees"),
        ("signatory", "signatories"),
    ],
)
def test_an_unknown_field_is_met_with_the_nearest_known_one(name: str, meant: str) -> None:
    assert refused(f"{name}: a\n").hint == f"did you mean {meant}?"


def test_an_unknown_field_like_none_is_met_with_all_of_them() -> None:
    assert refused("zzz: a\n").hint == "the fields of a letter: " + ", ".join(FIELDS)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        "{a: " * 100_000,
        "- " * 300_000,
        "? " * 300_000,
        "addressees: " + "[" * 300_000,
        "addressees:\n  - name: " + "{a: " * 100_000,
        "a\n" * 300_000,
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
        '"' * 500_001,
        "!" * 500_000,
        "%" * 500_000,
        "subject: |" + "\n" * 900_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_draft_is_only_refused(text: str) -> None:
    refused(text)


@settings(max_examples=500, deadline=None)
@given(
    st.binary(max_size=80)
    | st.lists(st.sampled_from([*"abc:-?[]{}#&*!|>'\"%@`\\\n\n  \t,~.<=", "subject", ": ", "\n- "])).map(
        lambda one: "".join(one).encode()
    )
)
@example(b'"\\uD800": a')
@example(b'subject: "\\uD800"')
@example(b'subject: "\\UFFFFFFFF"')
def test_whatever_the_bytes_nothing_but_a_draft_error_is_raised(data: bytes) -> None:
    try:
        found = draft.read(data, path="d")
    except DraftError as error:
        assert error.hint  # noqa: PT017 (no other exception may pass)
        return
    for value in found.fields.values():
        if isinstance(value, str):
            check_text(value, lines=True)


def test_the_draft_on_the_page_for_people_becomes_a_letter_with_every_field() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "drafts.md").read_text("utf-8")
    example = re.search(r"```yaml\n(.*?)```", page, re.S)
    assert example is not None
    found = read(example[1])
    assert found.remarks == ()
    assert set(found.fields) == set(FIELDS) - {"format", "letter", "revision", "previous"}
    assert all(f"| `{name}`" in page for name in found.fields)
    assert letter(example[1], resolve=lambda _: DIGEST).note == "The third demand was taken out."


# --- to a letter ---------------------------------------------------------------------------------------------------


def test_a_draft_becomes_a_letter() -> None:
    found = letter(MINIMAL, letter="2026/records", revision=2, previous=DIGEST)
    assert (found.letter, found.revision, found.previous) == ("2026/records", 2, DIGEST)
    assert (found.date, found.body, found.addressees[0].name) == ("2026-05-14", "Open the records.", "Irena Holm")


def test_a_stored_record_is_a_draft_whose_own_place_is_replaced_and_told() -> None:
    stored = letter(MINIMAL, revision=2, previous=DIGEST).to_bytes().decode()
    found = read(stored)
    assert found.remarks == (
        "line 3: revision is set by the tool; what stands here is not used",
        "line 4: previous is set by the tool; what stands here is not used",
    )
    again = draft.to_letter(found, letter="2026/x", revision=3, previous="sha256:" + "cd" * 32, path="d.yaml")
    assert (again.revision, again.previous) == (3, "sha256:" + "cd" * 32)


@pytest.mark.parametrize(
    ("text", "why", "line", "field"),
    [
        ("format: letter/2\n" + MINIMAL, "letter/2", 1, "format"),
        ("letter: 2026/y\n" + MINIMAL, "2026/y", 1, "letter"),
        (MINIMAL.replace("2026-05-14", "14 May"), "no date", 1, "date"),
        (MINIMAL.replace("2026-05-14", "2026-02-30"), "no date", 1, "date"),
        (MINIMAL.replace("date: 2026-05-14\n", ""), "required", None, "date"),
        (MINIMAL.replace("en\n", "English\n"), "language tag", 2, "language"),
        (MINIMAL.replace("name", "address: [a]\n    #"), "required", 4, "addressees[0]"),
        (MINIMAL + "signatories:\n  - organization: a.example\n", "required", 8, "signatories[0]"),
        (
            MINIMAL + "signatories:\n  - of: A\n  - of: B\n    organization: B\n",
            "no organization id",
            10,
            "signatories[1].organization",
        ),
        (
            MINIMAL + "signatories:\n" + "  - organization: a.example\n    of: A\n" * 2,
            "twice",
            10,
            "signatories[1].organization",
        ),
        (MINIMAL + "translation_of: x\n", "no digest", 7, "translation_of"),
    ],
)  # fmt: skip
def test_what_is_no_letter_is_refused_with_line_and_field(text: str, why: str, line: int | None, field: str) -> None:
    error = not_a_letter(text)
    assert why in error.message
    assert (error.line, error.field) == (line, field)


def test_a_translation_may_be_named_as_people_name_it() -> None:
    asked: list[str] = []

    def resolve(name: str) -> str:
        asked.append(name)
        return DIGEST

    found = letter(MINIMAL + "translation_of: 2026/y@3\n", resolve=resolve)
    assert asked == ["2026/y@3"]
    assert found.translation_of == DIGEST


def test_a_digest_is_not_asked_about() -> None:
    def resolve(name: str) -> str:
        raise AssertionError(name)

    assert letter(MINIMAL + f"translation_of: {DIGEST}\n", resolve=resolve).translation_of == DIGEST


def test_a_translation_of_nothing_known_is_refused() -> None:
    def resolve(name: str) -> str:
        raise UnknownName(f"no {name} here", hint="list them")

    error = not_a_letter(MINIMAL + "translation_of: 2026/y@3\n", resolve=resolve)
    assert (error.message, error.hint, error.line, error.field) == (
        "no 2026/y@3 here",
        "list them",
        7,
        "translation_of",
    )


# --- writing -------------------------------------------------------------------------------------------------------


def test_a_written_draft_is_what_a_person_would_type() -> None:
    fields: dict[str, Any] = {
        "body": "One.\nTwo.\n\n  Three.",
        "date": "2026-05-14",
        "language": "no",
        "addressees": [{"name": "A: B", "address": ["12", "x"]}, {"organization": "C # D"}],
        "signatories": [{"of": "Elm", "organization": "elm.example"}],
    }
    comments = {
        "": "Fill in.\nAnd check.",
        "date": "which?",
        "subject": "none found",
        "addressees[1]": "one\ntwo",
        "addressees[1].title": "none",
        "signatories[0].of": "hm",
    }
    assert (
        draft.write(fields, comments=comments)
        == """\
# Fill in.
# And check.

# check: which?
date: 2026-05-14
language: "no"
addressees:
  - name: "A: B"
    address:
      - "12"
      - x
  # check: one
  #        two
  # check: title: none
  - organization: "C # D"
# check: subject: none found
body: |
  One.
  Two.

    Three.
signatories:
  - organization: elm.example
    # check: hm
    of: Elm
"""
    )


def test_a_comment_can_not_become_a_field() -> None:
    text = draft.write({"subject": "a"}, comments={"": "x\ry\u2028date: b", "subject": "z\x85note: c\u202e"})
    assert read(text).fields == {"subject": "a"}


CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")).filter(
    lambda char: permitted(char) and char != "\u200b"
)
NASTY = st.sampled_from(
    [*":#-?[]{}&*!|>'\"%@`\\,~. =", "é", "\u00a0", "نعم", "---", "...", "no", "2026-05-14", "<<", "0x1", "\u0085"[:0]]
)


def accepted(text: str, *, lines: bool) -> bool:
    try:
        check_text(text, lines=lines)
    except ForbiddenText:
        return False
    return True


PIECES = st.lists(CHARACTERS | NASTY, min_size=1, max_size=12)
LINE = PIECES.map("".join).filter(lambda text: accepted(text, lines=False))
TEXT = (
    st.lists(PIECES.map("".join) | st.just(""), min_size=1, max_size=4)
    .map("\n".join)
    .filter(lambda text: accepted(text, lines=True))
)


def a_map(*names: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    optional = dict.fromkeys(names, LINE) | more
    return st.fixed_dictionaries({}, optional=optional).filter(bool)


@st.composite
def letters(draw: st.DrawFn) -> dict[str, Value]:
    several = ("sender", "salutation", "body", "valediction", "note")
    chosen = {name: TEXT if name in several else LINE for name in FIELDS if name not in ("revision", "previous")}
    chosen["copies"] = st.lists(LINE, min_size=1, max_size=3)  # type: ignore[assignment]
    addressee = a_map("name", "title", "organization", address=st.lists(LINE, min_size=1, max_size=2))
    chosen["addressees"] = st.lists(addressee, min_size=1, max_size=2)  # type: ignore[assignment]
    chosen["signatories"] = st.lists(a_map("organization", "name", "title", "of"), min_size=1, max_size=2)  # type: ignore[assignment]
    fields = draw(a_map(**chosen))
    order = list(fields)
    random.Random(len(order)).shuffle(order)  # noqa: S311 (an order, no secret)
    return {name: fields[name] for name in order}


@settings(max_examples=400, deadline=None)
@given(
    letters(),
    st.dictionaries(st.sampled_from(["", *FIELDS, "addressees[0]", "signatories[0].of"]), st.text(max_size=20)),
)
def test_reading_a_written_draft_gives_its_fields_back(fields: dict[str, Value], comments: dict[str, str]) -> None:
    found = read(draft.write(fields, comments=comments))
    assert found.fields == fields
    assert found.remarks == ()

"""Records: what is made is valid, what is read is proved, and the page that defines them says the same as the code."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
from openletter import canonical, errors
from openletter.errors import (
    CanonicalError,
    FieldConflict,
    FieldOrder,
    FieldValue,
    ForbiddenText,
    Invalid,
    MissingField,
    NotCanonical,
    NotNormalized,
    RecordError,
    TooLarge,
    UnknownField,
    UnknownFormat,
)
from openletter.keys import SK_ED25519, PrivateKey, PublicKey
from openletter.records import (
    Addressee,
    Checkpoint,
    Key,
    Letter,
    Organization,
    Record,
    Recovery,
    Signatory,
    Withdrawal,
    checkpoint,
    decode,
    digest,
    letter,
    organization,
    withdrawal,
)
from openletter.records import fields as grammar
from openletter.records.fields import Field
from openletter.records.text import as_lines
from spec_examples import examples

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "spec" / "records.md"

KINDS: dict[type[Record], tuple[Field, ...]] = {
    Letter: letter.GRAMMAR,
    Organization: organization.GRAMMAR,
    Withdrawal: withdrawal.GRAMMAR,
    Checkpoint: checkpoint.GRAMMAR,
}
FIRST_KEY, SECOND_KEY, THIRD_KEY = strategies.key_lines()[:3]
A_DIGEST = "sha256:" + "0123456789abcdef" * 4

LETTER = Letter(
    letter="2026/open-water-record",
    revision=1,
    date="2026-05-14",
    language="en",
    addressees=(Addressee(name="Ms. Dana Whitlow"),),
    body="We ask you to open the records.",
)
KEYS = Organization(
    organization="alder.example",
    record=1,
    basis="first",
    date="2026-01-05",
    name="Alder Institute",
    keys=(Key(key=FIRST_KEY, status="active"), Key(key=SECOND_KEY, status="active")),
    recovery=Recovery(threshold=2, organizations=("birch.example", "cedar.example")),
)
LATER_KEYS = replace(KEYS, record=2, previous=A_DIGEST, basis="rotation")
WITHDRAWAL = Withdrawal(
    letter="2026/open-water-record", revision=1, text=A_DIGEST, organization="alder.example", date="2026-06-01"
)
CHECKPOINT = Checkpoint(organization="alder.example", date="2026-05-15", commit="4b" * 20, tree="6e" * 32)
ALL: tuple[Record, ...] = (LETTER, KEYS, LATER_KEYS, WITHDRAWAL, CHECKPOINT)


def vary(base: Any, **changes: Any) -> Any:
    """The same with changes that types may not allow."""
    return replace(base, **changes)


def refusal(make: Callable[..., object], *arguments: Any, **named: Any) -> tuple[type[Invalid], str | None]:
    """With which failure, and at which field, this is refused."""
    with pytest.raises(Invalid) as caught:
        make(*arguments, **named)
    return type(caught.value), caught.value.field


# --- laws --------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(strategies.records)
def test_what_is_written_reads_back(record: Record) -> None:
    data = record.to_bytes()
    assert decode(data) == record
    assert decode(data).to_bytes() == data
    assert data.startswith(f'format: "{record.FORMAT}"\n'.encode())


@settings(deadline=None, max_examples=50)
@given(strategies.records)
def test_any_yaml_reader_reads_the_same_data(record: Record) -> None:
    read = yaml.load(record.to_bytes(), Loader=yaml.BaseLoader)  # noqa: S506  # makes nothing but strings
    assert read == record.to_data()


@settings(deadline=None, max_examples=100)
@given(strategies.records, st.randoms(use_true_random=False))
def test_fields_in_any_other_order_are_refused(record: Record, dice: Any) -> None:
    data = record.to_data()
    names = list(data)
    shuffled = ["format", *dice.sample(names[1:], len(names) - 1)]
    if shuffled != names:
        document = canonical.dump({name: data[name] for name in shuffled})
        assert refusal(decode, document)[0] is FieldOrder


@settings(deadline=None, max_examples=100)
@given(strategies.records, st.data())
def test_a_byte_changed_is_another_record_or_none(record: Record, choice: st.DataObject) -> None:
    data = bytearray(record.to_bytes())
    place = choice.draw(st.integers(0, len(data) - 1))
    data[place] ^= choice.draw(st.integers(1, 255))
    try:
        other = decode(bytes(data))
    except (CanonicalError, RecordError):
        return
    assert other != record
    assert other.to_bytes() == bytes(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_one_of_two_failures(data: bytes) -> None:
    assert issubclass(refusal(decode, data)[0], CanonicalError | RecordError)


def _values() -> st.SearchStrategy[Any]:
    """Values that lie about a grammar: some are in it."""
    texts = st.one_of(
        st.sampled_from(
            [
                *("1", "01", "0", "10000", "2026-05-14", "2026-02-29", "0000-01-01", "en", "EN", "a.example", "2026/a"),
                *("sha256:" + "0" * 64, "0" * 64, "0" * 40, "x", "a\nb"),
                *("active", "retired", "compromised", "first", "rotation", "recovery"),
            ]
        ),
        st.sampled_from(strategies.key_lines()),
        strategies.lines,
    )
    return st.one_of(
        texts,
        st.lists(texts, min_size=1, max_size=2),
        st.lists(st.dictionaries(st.sampled_from(["name", "key", "status", "of"]), texts, min_size=1), min_size=1),
    )


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(ALL), st.data())
def test_the_constructor_refuses_exactly_what_reading_refuses(base: Record, choice: st.DataObject) -> None:
    name = choice.draw(st.sampled_from([field.name for field in fields(base)]))
    value = choice.draw(_values())
    data = base.to_data()
    data[name] = value
    ordered = {row.name: data[row.name] for row in KINDS[type(base)] if row.name in data}
    failure = _failure(type(base).from_data, ordered)
    if failure is None:
        read = type(base).from_data(ordered)
        assert vary(base, **{name: getattr(read, name)}) == read
        assert decode(read.to_bytes()) == read
        return
    # What has the shape of the field, the constructor refuses too, with the same failure.
    made = _as_argument(base, name, value)
    if made is not None:
        assert refusal(vary, base, **{name: made})[0] is failure


def _failure(make: Callable[..., object], *arguments: Any) -> type[Invalid] | None:
    try:
        make(*arguments)
    except Invalid as error:
        return type(error)
    return None


def _as_argument(base: Record, name: str, value: object) -> object:
    """The value as the constructor takes it, if it has the shape of the field."""
    row = next(row for row in KINDS[type(base)] if row.name == name)
    if row.grammar:
        return None
    if row.many:
        return tuple(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
    if row.check is grammar.number:
        return int(value) if isinstance(value, str) and re.fullmatch("0|[1-9][0-9]*", value) else None
    return value if isinstance(value, str) else None


def test_bytes_that_the_record_would_not_write_are_refused_by_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    data = WITHDRAWAL.to_bytes()
    monkeypatch.setattr(Withdrawal, "to_bytes", lambda _: data + b"x")
    assert refusal(decode, data) == (NotCanonical, None)


def test_fields_of_a_record_cannot_be_changed() -> None:
    for record in ALL:
        with pytest.raises(FrozenInstanceError):
            record.date = "2026-01-01"  # type: ignore[misc]


def test_digest_is_that_of_sha256_over_the_bytes() -> None:
    data = LETTER.to_bytes()
    assert digest(data) == LETTER.digest == "sha256:" + hashlib.sha256(data).hexdigest()


# --- the code and its tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_fields_of_the_class_are_those_of_its_grammar_in_the_same_order(kind: type[Record]) -> None:
    assert ["format", *(field.name for field in fields(kind))] == [row.name for row in KINDS[kind]]


@pytest.mark.parametrize(
    ("part", "name", "rows"),
    [
        (Addressee, "addressees", letter.GRAMMAR),
        (Signatory, "signatories", letter.GRAMMAR),
        (Key, "keys", organization.GRAMMAR),
        (Recovery, "recovery", organization.GRAMMAR),
    ],
)
def test_fields_of_a_part_are_those_of_its_grammar_in_the_same_order(
    part: type, name: str, rows: tuple[Field, ...]
) -> None:
    nested = next(row.grammar for row in rows if row.name == name)
    assert [field.name for field in fields(part)] == [row.name for row in nested]


# --- the spec ----------------------------------------------------------------------------------------------------

CHECKS: dict[str, grammar.Check] = {
    "line": grammar.line,
    "text": grammar.text,
    "number": grammar.number,
    "date": grammar.date,
    "digest": grammar.digest,
    "language": grammar.language,
    "letter id": grammar.letter_id,
    "organization id": grammar.organization_id,
}
PLURALS = {"lines": "line", "digests": "digest", "organization ids": "organization id"}
# The kinds of one field each, by a value that they admit and one that they don't.
OTHERS = {
    "key": (FIRST_KEY, FIRST_KEY + " comment"),
    "commit id": ("0" * 40, "0" * 41),
    "tree id": ("0" * 64, "0" * 40),
}


def tables() -> dict[str, list[list[str]]]:
    """The rows of the grammar tables of the spec, by the heading above them."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for text in SPEC.read_text().splitlines():
        if text.startswith("## "):
            heading = text.removeprefix("## ")
        elif text.startswith("| `") and "/1" in heading:
            found.setdefault(heading, []).append([cell.strip() for cell in text.strip("|").split("|")])
    return found


def flattened(rows: tuple[Field, ...], path: str = "") -> Iterator[tuple[str, Field]]:
    for row in rows:
        yield path + row.name, row
        yield from flattened(row.grammar, f"{path}{row.name}{'[]' if row.many else ''}.")


def test_the_spec_has_one_table_for_each_kind() -> None:
    assert list(tables()) == [kind.FORMAT for kind in KINDS]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_table_of_the_spec_says_what_the_grammar_of_the_code_says(kind: type[Record]) -> None:
    rows = tables()[kind.FORMAT]
    expected = list(flattened(KINDS[kind]))
    assert [name.strip("`") for name, *_ in rows] == [name for name, _ in expected]
    for (name, required, words, value, meaning), (_, row) in zip(rows, expected, strict=True):
        assert required == ("yes" if row.required else "no"), name
        assert meaning, name
        kind_of_item = words.removeprefix("list of ")
        assert words.startswith("list of ") is row.many, name
        if row.grammar:
            assert kind_of_item == ("maps" if row.many else "map"), name
            continue
        assert row.check is not None
        kind_of_value = PLURALS[kind_of_item] if row.many else kind_of_item
        admitted = re.findall("`([^`]+)`", value)
        if kind_of_value in CHECKS:
            assert row.check is CHECKS[kind_of_value], name
            assert not admitted, name
        elif kind_of_value in OTHERS:
            good, bad = OTHERS[kind_of_value]
            row.check(good)
            with pytest.raises(FieldValue):
                row.check(bad)
        else:
            assert kind_of_value == ("constant" if len(admitted) == 1 else "choice"), name
            for word in admitted:
                row.check(word)
            with pytest.raises(FieldValue, match=re.escape(f"this is none of {', '.join(admitted)}: ")):
                row.check(admitted[0] + "x")


EXAMPLES = [example for example in examples(SPEC) if example.words[:2] == ["yaml", "record"]]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line {example.line}")
def test_example_of_the_spec(example: Any) -> None:
    verdict, *field = example.words[2:]
    if verdict == "accept":
        assert decode(example.content).to_bytes() == example.content
        return
    assert refusal(decode, example.content) == (getattr(errors, verdict), field[0] if field else None)


def test_digests_that_the_spec_prints_are_those_of_its_examples() -> None:
    accepted = [example for example in EXAMPLES if example.words[2] == "accept"]
    printed = re.findall(r"^ {4}(sha256:.*)$", SPEC.read_text(), re.MULTILINE)
    assert printed == [digest(example.content) for example in accepted]
    assert {decode(example.content).FORMAT for example in accepted} == {kind.FORMAT for kind in KINDS}


def test_examples_of_the_spec_form_the_chains_that_it_tells_of() -> None:
    one, two, keys_one, keys_two, gone, _ = (decode(e.content) for e in EXAMPLES if e.words[2] == "accept")
    assert isinstance(one, Letter)
    assert isinstance(two, Letter)
    assert two.previous == one.digest
    assert two.same_wording(one)
    assert isinstance(keys_two, Organization)
    assert keys_two.previous == digest(keys_one.to_bytes())
    assert isinstance(gone, Withdrawal)
    assert gone.text == two.digest


def test_every_failure_of_a_record_has_an_example() -> None:
    shown = {example.words[2] for example in EXAMPLES}
    assert shown >= {error.__name__ for error in RecordError.__subclasses__()} | {"accept"}


def test_keys_of_the_spec_are_those_of_the_seeds_that_it_names() -> None:
    text = SPEC.read_text()
    for name in ("openletter vectors: alder", "openletter vectors: alder 2"):
        assert f"`{name}`" in text
        assert PrivateKey.from_seed(hashlib.sha256(name.encode()).digest()).public.line in text


# --- the grammar of each field, at its edges ---------------------------------------------------------------------

GOOD_DATES = ["0001-01-01", "9999-12-31", "2024-02-29", "2000-02-29", "2026-01-31"]
BAD_DATES = [
    *(
        "",
        "0000-01-01",
        "2026-02-29",
        "1900-02-29",
        "2026-02-30",
        "2026-04-31",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
    ),
    *("2026-1-1", "26-01-01", "20260101", "2026-W01-1", "2026-001", "2026-01", "2026/01/01", "2026-01-01T00:00:00"),
    *("2026-01-01Z", " 2026-01-01", "2026-01-01 ", "2026-01-01\n", "\n2026-01-01", "+2026-01-01", "-001-01-01"),
    *(
        "10000-01-01",
        "2026-01-0１",
        "٢٠٢٦-٠١-٠١",
        "２０２６-０１-０１",
        "२०२६-०१-०१",
        "2026‐01‐01",
        "2026–01–01",
        "today",
    ),
]
GOOD_DIGESTS = ["sha256:" + "0" * 64, A_DIGEST]
BAD_DIGESTS = [
    *("", "sha256:", "0" * 64, "sha256:" + "0" * 63, "sha256:" + "0" * 65, "sha256:" + "A" * 64, "SHA256:" + "a" * 64),
    *("sha512:" + "0" * 64, "sha256: " + "0" * 64, "sha256:" + "0" * 64 + "\n", "sha256:" + "g" * 64),
    *("sha256:" + "0" * 63 + "１", "sha256:" + "٠" * 64, "sha1:" + "0" * 40, "sha256:" + "0" * 64 + " "),
]
GOOD_LANGUAGES = ["en", "kmr", "no", "fr-CA", "zh-Hant", "zh-Hant-TW", "es-419", "sr-Latn-RS"]
BAD_LANGUAGES = [
    *("", "e", "engl", "EN", "En", "en-", "en_GB", "en-gb", "en-GBR", "en-1", "en-41", "en-4190", "zh-hant", "zh-HANT"),
    *("zh-TW-Hant", "en-x-a", "en-GB-oed", "i-klingon", "English", "en\n", " en", "en,fr", "ен", "en-４１９", "x-a"),
]
BAD_IDS = [
    *(
        "",
        "alder",
        "alder.",
        ".example",
        "Alder.example",
        "älder.example",
        "alder.example\n",
        " alder.example",
        "10.0.0.1",
    ),
    *(
        "alder..example",
        "-alder.example",
        "alder_x.example",
        "aux.example",
        "a" * 64 + ".example",
        "a." * 90 + "example",
    ),
    *("a." * 500_000 + "example", "аlder.example", "*.example", "alder.example/"),
]
GOOD_IDS = ["alder.example", "a.b", "xn--bouleau-9ya.example", "4.0.example", "a--b.example"]
BAD_LETTER_IDS = [
    *(
        "",
        "2026",
        "2026/",
        "/a",
        "226/a",
        "2026/A",
        "2026/a--b",
        "2026/-a",
        "2026/a-",
        "2026/a_b",
        "2026/a/b",
        "2026/..",
    ),
    *("2026/con", "2026/" + "a" * 81, "2026/" + "a" * 1_000_000, "２０２６/a", "2026/a\n", "2026/é", "2026/a@1"),
]
GOOD_LINES = ["x", '"', "\\", "a  b", "a\u00a0b", "# x", "- x", "---", "'", "é", "水", "👩\u200d🌾", "x" * 10_000]
BAD_LINES = [
    "a\nb",
    "a\n",
    "\n",
    " a",
    "a ",
    "\u00a0a",
    "a\u200b",
    "a\tb",
    "a\rb",
    "a\0",
    "\x1b[31m",
    "a\u202eb",
    "a\u2028b",
]
GOOD_TEXTS = [*GOOD_LINES, "a\nb", "a\n\nb", "a\n  b", 'a\n"b"']
BAD_TEXTS = [
    *(text for text in BAD_LINES if text != "a\nb"),
    "a\n\n\nb",
    "\na",
    "a\n\n",
    "a \nb",
    "a\n \nb",
    "a\u2066b",
]

Make = Callable[[Any], Record]


def _address(value: Any) -> Record:
    return replace(LETTER, addressees=(Addressee(name="x"), Addressee(name="x", address=("1 Mill Lane", value))))


def _addressee(name: str) -> Make:
    return lambda value: replace(LETTER, addressees=(replace(Addressee(name="x"), **{name: value}),))


def _signatory(name: str) -> Make:
    return lambda value: replace(LETTER, signatories=(replace(Signatory(name="x", of="y"), **{name: value}),))


def _field(base: Record, name: str) -> Make:
    return lambda value: replace(base, **{name: value})


def _compromised(value: Any) -> Record:
    return replace(KEYS, keys=(KEYS.keys[0], Key(key=SECOND_KEY, status="compromised", since=value)))


# Where it stands, how it is made with a value, what it admits, what not, and with which failures.
EDGES: list[tuple[str, Make, list[Any], list[Any], tuple[type[Invalid], ...]]] = [
    *(
        (name, _field(LETTER, name), GOOD_LINES, BAD_LINES, (ForbiddenText,))
        for name in ("date_line", "place", "reference", "subject")
    ),
    *(
        (name, _field(LETTER, name), GOOD_TEXTS, BAD_TEXTS, (ForbiddenText,))
        for name in ("sender", "salutation", "body", "valediction", "note")
    ),
    ("letter", _field(LETTER, "letter"), ["2026/a", "0000/0", "2026/" + "a" * 80], BAD_LETTER_IDS, (FieldValue,)),
    ("date", _field(LETTER, "date"), GOOD_DATES, BAD_DATES, (FieldValue,)),
    ("language", _field(LETTER, "language"), GOOD_LANGUAGES, BAD_LANGUAGES, (FieldValue,)),
    ("translation_of", _field(LETTER, "translation_of"), GOOD_DIGESTS, BAD_DIGESTS, (FieldValue,)),
    ("addressees[0].name", _addressee("name"), GOOD_LINES, BAD_LINES, (ForbiddenText,)),
    ("addressees[0].title", _addressee("title"), GOOD_LINES, BAD_LINES, (ForbiddenText,)),
    ("addressees[0].organization", _addressee("organization"), [*GOOD_LINES, "Not an id"], BAD_LINES, (ForbiddenText,)),
    ("addressees[1].address[1]", _address, GOOD_LINES, BAD_LINES, (ForbiddenText,)),
    ("signatories[0].organization", _signatory("organization"), GOOD_IDS, BAD_IDS, (FieldValue,)),
    ("signatories[0].name", _signatory("name"), GOOD_LINES, BAD_LINES, (ForbiddenText,)),
    ("signatories[0].title", _signatory("title"), GOOD_LINES, BAD_LINES, (ForbiddenText,)),
    ("signatories[0].of", _signatory("of"), GOOD_LINES, BAD_LINES, (ForbiddenText,)),
    ("copies[1]", lambda value: replace(LETTER, copies=("x", value)), GOOD_LINES, BAD_LINES, (ForbiddenText,)),
    ("organization", _field(KEYS, "organization"), GOOD_IDS, BAD_IDS, (FieldValue,)),
    ("date", _field(KEYS, "date"), GOOD_DATES, BAD_DATES, (FieldValue,)),
    ("name", _field(KEYS, "name"), GOOD_LINES, BAD_LINES, (ForbiddenText,)),
    (
        "basis",
        _field(LATER_KEYS, "basis"),
        ["rotation", "recovery"],
        ["", "Rotation", "other", "rotation "],
        (FieldValue,),
    ),
    ("previous", _field(LATER_KEYS, "previous"), GOOD_DIGESTS, BAD_DIGESTS, (FieldValue,)),
    (
        "keys[1].status",
        lambda value: replace(KEYS, keys=(KEYS.keys[0], Key(key=SECOND_KEY, status=value))),
        ["active", "retired"],
        ["", "Active", "revoked", "active\n", "none"],
        (FieldValue,),
    ),
    ("keys[1].since", _compromised, GOOD_DATES, BAD_DATES, (FieldValue,)),
    (
        "recovery.organizations[0]",
        lambda value: replace(KEYS, recovery=Recovery(threshold=1, organizations=(value, "fir.example"))),
        [name for name in GOOD_IDS if name != KEYS.organization],
        BAD_IDS,
        (FieldValue,),
    ),
    (
        "authorized_by[1]",
        lambda value: replace(LATER_KEYS, authorized_by=("sha256:" + "f" * 64, value)),
        GOOD_DIGESTS,
        BAD_DIGESTS,
        (FieldValue,),
    ),
    ("note", _field(KEYS, "note"), GOOD_TEXTS, BAD_TEXTS, (ForbiddenText,)),
    ("letter", _field(WITHDRAWAL, "letter"), ["2026/a"], BAD_LETTER_IDS, (FieldValue,)),
    ("text", _field(WITHDRAWAL, "text"), GOOD_DIGESTS, BAD_DIGESTS, (FieldValue,)),
    ("organization", _field(WITHDRAWAL, "organization"), GOOD_IDS, BAD_IDS, (FieldValue,)),
    ("date", _field(WITHDRAWAL, "date"), GOOD_DATES, BAD_DATES, (FieldValue,)),
    ("reason", _field(WITHDRAWAL, "reason"), GOOD_TEXTS, BAD_TEXTS, (ForbiddenText,)),
    ("organization", _field(CHECKPOINT, "organization"), GOOD_IDS, BAD_IDS, (FieldValue,)),
    ("date", _field(CHECKPOINT, "date"), GOOD_DATES, BAD_DATES, (FieldValue,)),
    (
        "commit",
        _field(CHECKPOINT, "commit"),
        ["0" * 40, "f" * 64],
        ["", "0" * 39, "0" * 41, "0" * 63, "0" * 65, "F" * 40, "0" * 40 + "\n", "HEAD", "٠" * 40],
        (FieldValue,),
    ),
    (
        "tree",
        _field(CHECKPOINT, "tree"),
        ["0" * 64],
        ["", "0" * 40, "0" * 63, "0" * 65, "F" * 64, "0" * 64 + "\n", "sha256:" + "0" * 64, "٠" * 64],
        (FieldValue,),
    ),
]


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge[0])
def test_value_in_the_grammar_of_its_field_is_admitted_and_reads_back(edge: Any) -> None:
    _, make, good, _, _ = edge
    for value in good:
        record = make(value)
        assert decode(record.to_bytes()) == record


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge[0])
def test_value_outside_the_grammar_of_its_field_is_refused_at_that_field(edge: Any) -> None:
    field, make, _, bad, failures = edge
    for value in bad:
        failure, where = refusal(make, value)
        assert failure in failures, value[:100]
        assert where == field, value[:100]


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge[0])
def test_text_that_is_not_normalized_or_empty_or_no_text_is_refused_in_every_field(edge: Any) -> None:
    field, make, _, _, failures = edge
    decomposed = refusal(make, "e\u0301")
    assert decomposed == ((NotNormalized if failures == (ForbiddenText,) else FieldValue), field)
    for value in ("", 1, True, 1.5, b"x", ["x"], {"x": "y"}, object()):
        assert refusal(make, value) == (FieldValue, field)


def test_every_field_that_holds_a_text_has_its_edges_tested() -> None:
    tested = {re.sub(r"\[\d+\]", "[]", edge[0]).removesuffix("[]") for edge in EDGES}
    texts = {
        name
        for rows in KINDS.values()
        for name, row in flattened(rows)
        if not row.grammar and row.check is not grammar.number
    }
    assert texts - tested == {"format", "keys[].key"}  # the one is tested by `decode`, the other below


NUMBERS: list[tuple[str, Make]] = [
    ("revision", lambda value: replace(LETTER, revision=value, previous=None if value == 1 else A_DIGEST)),
    ("revision", _field(WITHDRAWAL, "revision")),
    ("record", lambda value: replace(LATER_KEYS, record=value)),
    (
        "recovery.threshold",
        lambda value: replace(KEYS, recovery=Recovery(threshold=value, organizations=("fir.example",))),
    ),
]


@pytest.mark.parametrize(("field", "make"), NUMBERS)
def test_number_is_an_int_from_1_to_9999(field: str, make: Make) -> None:
    for value in (0, -1, 10_000, 10**5000, True, 1.0, "1", "x", b"1", (1,)):
        assert refusal(make, value) == (FieldValue, field)


@pytest.mark.parametrize(
    "spelled",
    ["0", "01", "0001", "10000", "-1", "+1", "1.0", "1e0", "1_0", "0x1", "one", "１", "١", "१", "¹", "𝟏", "1" * 5000],
)
@pytest.mark.parametrize(
    ("base", "place"),
    [(LETTER, ["revision"]), (KEYS, ["record"]), (KEYS, ["recovery", "threshold"]), (WITHDRAWAL, ["revision"])],
)
def test_number_spelled_in_another_way_is_refused_at_its_field(base: Record, place: list[str], spelled: str) -> None:
    data: Any = base.to_data()
    inner = data
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = spelled
    assert refusal(decode, canonical.dump(data)) == (FieldValue, ".".join(place))


def test_numbers_1_and_9999_are_admitted() -> None:
    assert replace(LETTER, revision=9999, previous=A_DIGEST).to_data()["revision"] == "9999"
    assert WITHDRAWAL.to_data()["revision"] == "1"


# --- containers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("copies", _field(LETTER, "copies")),
        ("addressees", _field(LETTER, "addressees")),
        ("signatories", _field(LETTER, "signatories")),
        ("addressees[0].address", _addressee("address")),
        ("keys", _field(KEYS, "keys")),
        ("authorized_by", _field(LATER_KEYS, "authorized_by")),
        ("recovery.organizations", lambda value: replace(KEYS, recovery=Recovery(threshold=1, organizations=value))),
    ],
)
def test_list_is_a_tuple_and_a_text_is_none(field: str, make: Make) -> None:
    for value in ("x", ["x"], {"x": "y"}, {"x"}, 1):
        assert refusal(make, value) == (FieldValue, field)


def test_empty_tuple_is_an_absent_field() -> None:
    assert "copies" not in LETTER.to_data()
    assert refusal(vary, LETTER, addressees=()) == (MissingField, "addressees")
    assert refusal(vary, KEYS, keys=()) == (MissingField, "keys")
    without = Recovery(threshold=1, organizations=())
    assert refusal(vary, KEYS, recovery=without) == (MissingField, "recovery.organizations")


@pytest.mark.parametrize("base", ALL, ids=lambda base: type(base).__name__)
def test_each_required_field_is_required_of_constructor_and_reader(base: Record) -> None:
    for row in KINDS[type(base)]:
        if not row.required or row.name == "format":
            continue
        assert refusal(vary, base, **{row.name: None}) == (MissingField, row.name)
        data = base.to_data()
        del data[row.name]
        assert refusal(decode, canonical.dump(data)) == (MissingField, row.name)


@pytest.mark.parametrize("base", ALL, ids=lambda base: type(base).__name__)
def test_field_of_another_name_is_unknown_wherever_it_stands(base: Record) -> None:
    data = base.to_data()
    for place in range(1, len(data) + 1):
        rows = list(data.items())
        rows.insert(place, ("unheard_of", "x"))
        assert refusal(decode, canonical.dump(dict(rows))) == (UnknownField, "unheard_of")


A_TEXT, A_MAP, TEXTS, MAPS = "x", {"x": "y"}, ["x"], [{"x": "y"}]


@pytest.mark.parametrize("base", ALL, ids=lambda base: type(base).__name__)
def test_value_of_another_shape_is_refused_at_its_field(base: Record) -> None:
    for row in KINDS[type(base)][1:]:
        wrong: list[tuple[Any, str]]
        if row.many:
            wrong = [(A_TEXT, row.name), (A_MAP, row.name), (TEXTS if row.grammar else MAPS, f"{row.name}[0]")]
        elif row.grammar:
            wrong = [(A_TEXT, row.name), (TEXTS, row.name), (MAPS, row.name)]
        else:
            wrong = [(A_MAP, row.name), (TEXTS, row.name), (MAPS, row.name)]
        for value, field in wrong:
            data = base.to_data() | {row.name: value}
            document = canonical.dump({name: data[name] for name in order_of(base) if name in data})
            assert refusal(decode, document) == (FieldValue, field)


def order_of(base: Record) -> list[str]:
    """The names of the fields of its kind, in their order."""
    return [row.name for row in KINDS[type(base)]]


@pytest.mark.parametrize("kind", ["letter/2", "letter/01", "letter", "Letter/1", "letter/1 x", "x", "١"])
def test_format_that_is_not_known_is_refused_on_the_first_line(kind: str) -> None:
    data = LETTER.to_data() | {"format": kind}
    with pytest.raises(UnknownFormat) as caught:
        decode(canonical.dump(data))
    assert (caught.value.line, caught.value.field) == (1, None)
    assert "letter/1" in caught.value.message


@pytest.mark.parametrize("value", [["letter/1"], {"a": "letter/1"}])
def test_format_that_is_no_text_is_refused(value: canonical.Value) -> None:
    assert refusal(decode, canonical.dump(LETTER.to_data() | {"format": value}))[0] is UnknownFormat


def test_record_of_one_kind_is_not_read_as_another() -> None:
    for base in ALL:
        for kind in KINDS:
            if kind is not type(base):
                assert refusal(kind.from_data, base.to_data())[0] in RecordError.__subclasses__()


def test_letter_above_1_mib_can_be_made_and_not_written() -> None:
    for excess in (0, 1):
        room = canonical.MAX_BYTES - len(LETTER.to_bytes()) + len(LETTER.body)
        record = replace(LETTER, body="x" * (room + excess))
        if excess:
            assert refusal(record.to_bytes)[0] is TooLarge
        else:
            assert decode(record.to_bytes()) == record


# --- the rules of letters ----------------------------------------------------------------------------------------


def test_first_revision_and_no_other_stands_alone() -> None:
    assert refusal(vary, LETTER, previous=A_DIGEST) == (FieldConflict, "previous")
    assert refusal(vary, LETTER, revision=2) == (FieldConflict, "previous")
    assert replace(LETTER, revision=2, previous=A_DIGEST).previous == A_DIGEST


def test_addressee_is_a_person_an_office_or_an_organization() -> None:
    for name in ("name", "title", "organization"):
        assert replace(LETTER, addressees=(vary(Addressee(), **{name: "x"}),))
    nobody = (Addressee(name="x"), Addressee(address=("1 Mill Lane",)))
    assert refusal(vary, LETTER, addressees=nobody) == (MissingField, "addressees[1]")


def test_signatory_has_a_name_to_print() -> None:
    for name in ("name", "of"):
        assert replace(LETTER, signatories=(Signatory(**{name: "x"}),)).signatories[0].printed == "x"
    nobody = (Signatory(of="x"), Signatory(organization="alder.example", title="Director"))
    assert refusal(vary, LETTER, signatories=nobody) == (MissingField, "signatories[1]")


def test_organization_is_listed_once_and_an_unnamed_signatory_as_often_as_printed() -> None:
    one, other = Signatory(organization="alder.example", of="x"), Signatory(organization="birch.example", of="x")
    unnamed = Signatory(of="x")
    assert replace(LETTER, signatories=(one, other, unnamed, unnamed)).listed("birch.example") == other
    assert LETTER.listed("birch.example") is None
    twice = (one, other, unnamed, replace(one, of="y"))
    assert refusal(vary, LETTER, signatories=twice) == (FieldConflict, "signatories[3].organization")


@pytest.mark.parametrize("name", [row.name for row in letter.GRAMMAR if row.name != "format"])
def test_wording_is_every_field_but_number_predecessor_note_and_signatories(name: str) -> None:
    other: dict[str, Any] = {
        "letter": "2026/other",
        "revision": 2,
        "date": "2026-05-15",
        "language": "fr",
        "addressees": (Addressee(name="Ms. Dana Whitlow", title="x"),),
        "signatories": (Signatory(of="x"),),
        "copies": ("x",),
        "translation_of": A_DIGEST,
        "previous": "sha256:" + "f" * 64,
    }
    base = replace(LETTER, revision=3, previous=A_DIGEST)
    changed = replace(base, **{name: other.get(name, "Something else.")})
    assert changed != base
    expected = name in ("revision", "previous", "note", "signatories")
    assert changed.same_wording(base) is expected
    assert base.same_wording(changed) is expected


@settings(deadline=None, max_examples=50)
@given(strategies.letters(), strategies.letters())
def test_wording_that_is_the_same_stays_so_whoever_joins(one: Letter, other: Letter) -> None:
    assert one.same_wording(one)
    moved = replace(
        one, revision=other.revision, previous=other.previous, note=other.note, signatories=other.signatories
    )
    assert one.same_wording(moved)
    assert moved.same_wording(one)
    assert one.same_wording(other) == other.same_wording(one)


@settings(deadline=None, max_examples=50)
@given(strategies.letters())
def test_printed_letter_holds_every_text_of_the_letter(made: Letter) -> None:
    printed = as_lines(made)
    texts = [made.sender, made.date_line, made.place, made.reference, made.subject, made.salutation, made.body]
    texts += [made.valediction, *made.copies]
    for addressee in made.addressees:
        texts += [addressee.name, addressee.title, addressee.organization, *addressee.address]
    for signatory in made.signatories:
        texts += [signatory.name, signatory.title, signatory.of]
    for text in texts:
        for line in (text or "").split("\n"):
            assert any(line in other for other in printed)
    assert made.date_line or made.date in printed
    assert all("\n" not in line for line in printed)
    assert printed[0]
    assert printed[-1]


def test_printed_letter_stands_in_the_order_in_which_it_is_read() -> None:
    made = replace(
        LETTER,
        sender="Forum\nAlderford",
        date_line="14 May 2026",
        place="Birchester",
        reference="LV 7",
        addressees=(Addressee(name="Ms. W", title="T", organization="O", address=("1", "2")), Addressee(name="N")),
        subject="Records",
        salutation="Dear Ms. W,",
        body="One.\n\nTwo.",
        valediction="Yours,",
        signatories=(Signatory(organization="alder.example", name="A", title="D", of="I"), Signatory(name="J")),
        copies=("C",),
        note="not printed",
    )
    assert as_lines(made) == [
        *(
            "Forum",
            "Alderford",
            "",
            "Birchester",
            "14 May 2026",
            "",
            "LV 7",
            "",
            "Ms. W",
            "T",
            "O",
            "1",
            "2",
            "",
            "N",
            "",
        ),
        *(
            "Re: Records",
            "",
            "Dear Ms. W,",
            "",
            "One.",
            "",
            "Two.",
            "",
            "Yours,",
            "",
            "A",
            "D",
            "I",
            "",
            "J",
            "",
            "cc: C",
        ),
    ]


def test_place_that_the_date_line_holds_is_printed_once() -> None:
    made = replace(LETTER, place="Alderford", date_line="Alderford, 14 May 2026")
    assert as_lines(made)[0] == "Alderford, 14 May 2026"
    assert sum("Alderford" in line for line in as_lines(made)) == 1


# --- the rules of key records ------------------------------------------------------------------------------------


def test_first_key_record_and_no_other_stands_alone() -> None:
    assert refusal(vary, KEYS, previous=A_DIGEST) == (FieldConflict, "previous")
    assert refusal(vary, LATER_KEYS, previous=None) == (FieldConflict, "previous")


def test_first_key_record_and_no_other_has_the_basis_first() -> None:
    assert refusal(vary, LATER_KEYS, basis="first") == (FieldConflict, "basis")
    for basis in ("rotation", "recovery"):
        assert refusal(vary, KEYS, basis=basis) == (FieldConflict, "basis")
        assert replace(LATER_KEYS, basis=basis)


def test_key_is_listed_once_whatever_its_status() -> None:
    twice = (KEYS.keys[0], KEYS.keys[1], Key(key=FIRST_KEY, status="retired"))
    assert refusal(vary, KEYS, keys=twice) == (FieldConflict, "keys[2].key")


def test_one_point_as_plain_and_as_hardware_key_is_two_keys() -> None:
    plain = next(PublicKey.from_line(line) for line in strategies.key_lines() if line.startswith("ssh-ed25519 "))
    hardware = PublicKey(algorithm=SK_ED25519, point=plain.point)
    both = tuple(Key(key=key.line, status="active") for key in (plain, hardware))
    assert [key.public for key in replace(KEYS, keys=both).keys] == [plain, hardware]


def test_compromised_key_and_no_other_says_since_when() -> None:
    def keys(status: str, since: str | None) -> tuple[Key, ...]:
        return (KEYS.keys[0], Key(key=SECOND_KEY, status=status, since=since))

    assert replace(KEYS, keys=keys("compromised", "2026-01-01"))
    assert refusal(vary, KEYS, keys=keys("compromised", None)) == (FieldConflict, "keys[1].since")
    for status in ("active", "retired"):
        assert replace(KEYS, keys=keys(status, None))
        conflict = (FieldConflict, "keys[1].since")
        assert refusal(vary, KEYS, keys=keys(status, "2026-01-01")) == conflict


def test_first_key_record_has_an_active_key_and_a_later_one_may_have_none() -> None:
    none = (Key(key=FIRST_KEY, status="retired"), Key(key=SECOND_KEY, status="compromised", since="2026-01-01"))
    assert refusal(vary, KEYS, keys=none) == (FieldConflict, "keys")
    assert replace(LATER_KEYS, keys=none)


def test_first_key_record_is_authorized_by_nobody_and_a_later_one_by_each_once() -> None:
    assert refusal(vary, KEYS, authorized_by=(A_DIGEST,)) == (FieldConflict, "authorized_by")
    assert replace(LATER_KEYS, authorized_by=(A_DIGEST,))
    twice = (A_DIGEST, "sha256:" + "f" * 64, A_DIGEST)
    assert refusal(vary, LATER_KEYS, authorized_by=twice) == (FieldConflict, "authorized_by[2]")


def test_recovery_takes_no_more_than_it_names_each_once_and_never_itself() -> None:
    def with_recovery(threshold: int, *names: str) -> Organization:
        return replace(KEYS, recovery=Recovery(threshold=threshold, organizations=names))

    assert with_recovery(1, "birch.example")
    assert with_recovery(2, "birch.example", "cedar.example")
    assert refusal(with_recovery, 3, "birch.example", "cedar.example") == (FieldConflict, "recovery.threshold")
    repeated = ("birch.example", "cedar.example", "birch.example")
    assert refusal(with_recovery, 2, *repeated) == (FieldConflict, "recovery.organizations[2]")
    itself = ("birch.example", "alder.example")
    assert refusal(with_recovery, 1, *itself) == (FieldConflict, "recovery.organizations")


def _line(kind: str, *parts: bytes) -> str:
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (kind.encode(), *parts))
    return f"{kind} {base64.b64encode(blob).decode()}"


HARDWARE_KEY = next(line for line in strategies.key_lines() if line.startswith("sk-"))
PLAIN_KEY = next(line for line in strategies.key_lines() if line.startswith("ssh-"))
P = 2**255 - 19
BAD_KEYS = {
    "not a public key: ": [
        *("x", PLAIN_KEY + " ada@alder.example", PLAIN_KEY + " ", " " + PLAIN_KEY, PLAIN_KEY.replace(" ", "  ")),
        *(PLAIN_KEY + "\n", "\n" + PLAIN_KEY, PLAIN_KEY.replace(" ", "\t"), "cert-authority " + PLAIN_KEY),
        *(PLAIN_KEY.split()[1], PLAIN_KEY.upper().replace(" ", "  "), "x" * 1_000_000, PLAIN_KEY[:-1] + "\u00e9"),
        *('alder.example namespaces="openletter" ' + PLAIN_KEY, PLAIN_KEY.replace("+", "-") + "_"),
    ],
    "base64 of the public key is broken": [PLAIN_KEY[:-1], PLAIN_KEY + "A", HARDWARE_KEY.rstrip("=")],
    "last digit of its base64": [
        HARDWARE_KEY[:-2] + chr(ord(HARDWARE_KEY[-2]) + 1) + "=",
        "sk-ssh-ed25519@openssh.com " + PLAIN_KEY.split()[1],
        "ssh-ed25519 " + HARDWARE_KEY.split()[1],
        "ssh-rsa " + PLAIN_KEY.split()[1],
    ],
    "is not used here": [
        _line("ssh-rsa", b"\1\0\1", b"\0" + b"\xc3" * 256),
        _line("ecdsa-sha2-nistp256", b"nistp256", b"\4" + b"x" * 64),
        _line("ssh-ed25519-cert-v01@openssh.com", b"x" * 32),
    ],
    "where 32 belong": [_line("ssh-ed25519", b"x" * 31), _line("ssh-ed25519", b"x" * 33), _line("ssh-ed25519", b"")],
    "after its end": [_line("ssh-ed25519", (4).to_bytes(32, "little"), b"")],
    "for the application": [_line("sk-ssh-ed25519@openssh.com", (4).to_bytes(32, "little"), b"ssh:work")],
    "of low order": [
        _line("ssh-ed25519", number.to_bytes(32, "little")) for number in (0, 1, P - 1, P, P + 1, 1 << 255 | 1)
    ],
    "canonical encoding": [_line("ssh-ed25519", (P + 3).to_bytes(32, "little"))],
    "not a point of the curve": [_line("ssh-ed25519", (2).to_bytes(32, "little"))],
}


@pytest.mark.parametrize(("reason", "line"), [(reason, line) for reason, lines in BAD_KEYS.items() for line in lines])
def test_key_in_another_spelling_or_of_another_kind_or_weak_is_refused(reason: str, line: str) -> None:
    with pytest.raises(FieldValue, match=re.escape(reason)) as caught:
        replace(KEYS, keys=(KEYS.keys[0], Key(key=line, status="active")))
    assert caught.value.field == "keys[1].key"
    assert len(caught.value.message) < 300


# --- messages and cost -------------------------------------------------------------------------------------------


def test_message_shows_a_hostile_value_cut_and_escaped() -> None:
    for hostile in ("\x1b[31m" + "x" * 1_000_000, "\u202e" + "x" * 1_000_000):
        with pytest.raises(FieldValue) as caught:
            replace(LETTER, date=hostile)
        assert len(caught.value.message) < 300
        assert hostile[0] not in caught.value.message


def test_a_thousand_signatories_with_the_longest_ids_are_read() -> None:
    many = tuple(
        Signatory(organization=f"{'a' * 63}.{'b' * 63}.x{number:039}.example", of="x") for number in range(1000)
    )
    data = replace(LETTER, signatories=many).to_bytes()
    assert isinstance(decode(data), Letter)


def test_records_are_imported_without_libraries() -> None:
    program = (
        "import sys, openletter.records, openletter.records.text\n"
        "heavy = {'cryptography', 'yaml', 'pygit2', 'click'} & {name.partition('.')[0] for name in sys.modules}\n"
        "print(*sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")

"""Ids and file names: what is in the grammar reads back as it was written, and nothing else is read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from openletter.errors import ForeignPath, IdError
from openletter.records import names
from openletter.records.names import (
    CheckpointName,
    CheckpointSignatureName,
    RecordName,
    SignatureName,
    SignersName,
    TimestampName,
    WithdrawalName,
    WithdrawalSignatureName,
    parse_checkpoint_file,
    parse_key_file,
    parse_letter_file,
    parse_letter_id,
    parse_number,
    parse_organization_id,
    parse_revision,
)

KEY = "9f2c0d1e2f3a4b5c"
ACT = "51d0c2b3a4958677"

# What is appended or put before must make any name foreign: white space, ends of lines, path tricks, look-alikes.
AROUND = (
    "\n",
    "\r",
    "\r\n",
    " ",
    "\t",
    "\0",
    "\u2028",
    "\u00a0",
    "\u200b",
    "\ufeff",
    "/",
    "\\",
    "~",
    ".",
    "..",
    "./",
    "%2e",
)
DIGITS = {"arabic": "١", "fullwidth": "１", "devanagari": "१", "superscript": "¹", "mathematical": "𝟏"}
DEVICES = ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]

# --- ids ---------------------------------------------------------------------------------------------------------


@given(strategies.letter_ids)
def test_letter_id_of_the_grammar_is_read_as_it_is(letter: str) -> None:
    assert parse_letter_id(letter) == letter
    assert parse_revision(letter) == (letter, None)


@given(strategies.letter_ids, st.integers(1, 9999))
def test_revision_of_the_grammar_is_read_as_id_and_number(letter: str, number: int) -> None:
    assert parse_revision(f"{letter}@{number}") == (letter, number)


@given(strategies.organization_ids)
def test_organization_id_of_the_grammar_is_read_as_it_is(organization: str) -> None:
    assert parse_organization_id(organization) == organization


@pytest.mark.parametrize(
    "letter",
    ["0000/a", "9999/0", "2026/" + "a" * 80, "2026/" + "a-" * 39 + "aa", "2026/con-1", "2026/com", "2026/com10"],
)
def test_letter_id_at_the_edge_of_the_grammar_is_read(letter: str) -> None:
    assert parse_letter_id(letter) == letter


LETTER_ID_REASONS = {
    "a year of four digits": [
        *("", "/", "2026", "226/a", "20266/a", "+026/a", "-026/a", "2o26/a", "open-water", "/2026/a", "a/2026"),
        *("archive/2026/a", "../2026/a", " 2026/a", "\n2026/a", "2026\\a", "2026／a", "0x7e/a"),
        *(digit * 4 + "/a" for digit in DIGITS.values()),
        *(f"202{digit}/a" for digit in DIGITS.values()),
    ],
    "lower-case letters a to z": [
        *("2026/", "2026/A", "2026/Open", "2026/a_b", "2026/a.b", "2026/a b", "2026/a/b", "2026/a/../b", "2026//a"),
        *(
            "2026/-",
            "2026/-a",
            "2026/a-",
            "2026/a--b",
            "2026/.",
            "2026/..",
            "2026/.git",
            "2026/a@1",
            "2026/~",
            "2026/*",
        ),
        *("2026/é", "2026/ß", "2026/а", "2026/ﬁ", "2026/ı", "2026/K", "2026/a\u0301"),
        *(f"2026/a{end}" for end in AROUND),
        *(f"2026/{digit}" for digit in DIGITS.values()),
    ],
    "more than 80 characters": ["2026/" + "a" * 81, "2026/" + "a" * 1_000_000],
    "Windows reserves": [f"2026/{device}" for device in DEVICES],
}


@pytest.mark.parametrize(
    ("reason", "letter"), [(reason, letter) for reason, letters in LETTER_ID_REASONS.items() for letter in letters]
)
def test_letter_id_outside_the_grammar_is_refused_with_the_reason(reason: str, letter: str) -> None:
    with pytest.raises(IdError, match=reason) as caught:
        parse_letter_id(letter)
    assert len(caught.value.message) < 300
    assert caught.value.hint is not None


LONGEST = f"{'a' * 63}.{'b' * 63}.{'c' * 44}.example"


@pytest.mark.parametrize(
    "organization",
    ["a.b", "0.b", "a-b.example", "a--b.example", "xn--bouleau-9ya.example", "a.4e", "con-a.example", "a.con", LONGEST],
)
def test_organization_id_at_the_edge_of_the_grammar_is_read(organization: str) -> None:
    assert parse_organization_id(organization) == organization


ORGANIZATION_ID_REASONS = {
    "is no organization id$": [
        *("", ".", "..", "alder", "alder.", ".alder", "alder..example", "alder.example.", ".alder.example"),
        *("Alder.example", "ALDER.EXAMPLE", "alder_institute.example", "alder institute.example", "-alder.example"),
        *("alder-.example", "alder.-example", "alder.example-", f"{'a' * 64}.example", "alder.123", "10.0.0.1", "a.0"),
        *("*.example", "alder.example:22", "ada@alder.example", "https://alder.example", "alder.example/x"),
        *("äldern.example", "аlder.example", "alder。example", "alder．example", "alder.e\u0301x", "alder.exaſt"),
        *(f"alder.example{end}" for end in AROUND),
        *(f"{start}alder.example" for start in AROUND),
        *(f"a{digit}.example" for digit in DIGITS.values()),
        "alder.example,birch.example",
        "!alder.example",
        "a." * 500_000,
    ],
    "more than 180 characters": [LONGEST.replace("c.", "cc."), "a." * 500_000 + "example"],
    "Windows reserves": [f"{device}.example" for device in DEVICES],
}


@pytest.mark.parametrize(
    ("reason", "organization"),
    [(reason, text) for reason, texts in ORGANIZATION_ID_REASONS.items() for text in texts],
)
def test_organization_id_outside_the_grammar_is_refused_with_the_reason(reason: str, organization: str) -> None:
    with pytest.raises(IdError, match=reason) as caught:
        parse_organization_id(organization)
    assert len(caught.value.message) < 300
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    "number",
    [
        *("", "0", "00", "01", "0001", "10000", "-1", "+1", "1.0", "1e3", "1_0", "0x1", "one", "1\n", " 1", "1 ", "@1"),
        *DIGITS.values(),
        *("1" + digit for digit in DIGITS.values()),
        "9" * 1_000_000,
    ],
)
def test_number_outside_the_grammar_is_refused(number: str) -> None:
    with pytest.raises(IdError, match="no revision number"):
        parse_number(number)
    with pytest.raises(IdError, match="no revision number"):
        parse_revision(f"2026/open-water-record@{number}")


@pytest.mark.parametrize("text", ["@1", "2026/@1", "2026/CON@1", "open-water-record@1"])
def test_revision_of_no_letter_is_refused_for_the_letter(text: str) -> None:
    with pytest.raises(IdError, match="no letter id"):
        parse_revision(text)


@given(st.text())
def test_any_text_is_an_id_or_an_id_error(text: str) -> None:
    for parse in (parse_letter_id, parse_organization_id):
        with contextlib.suppress(IdError):
            assert parse(text) == text


# --- files -------------------------------------------------------------------------------------------------------

Parse = Callable[[str], object]
PARSERS: tuple[Parse, ...] = (parse_letter_file, parse_key_file, parse_checkpoint_file)

_numbers = st.integers(1, 9999)
_orgs = strategies.organization_ids
_hex = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
_records = st.builds(RecordName, number=_numbers)
_signatures = st.builds(SignatureName, number=_numbers, organization=_orgs, key=_hex)
_letter_files = st.one_of(
    _records,
    _signatures,
    st.builds(WithdrawalName, number=_numbers, organization=_orgs, act=_hex),
    st.builds(WithdrawalSignatureName, number=_numbers, organization=_orgs, act=_hex, key=_hex),
)
_key_files = st.one_of(_records, _signatures, st.builds(SignersName, number=_numbers))
_checkpoint_files = st.one_of(
    st.builds(CheckpointName, act=_hex),
    st.builds(CheckpointSignatureName, act=_hex, key=_hex),
    st.builds(TimestampName, act=_hex, authority=_orgs),
)


@given(_letter_files)
def test_name_in_the_folder_of_a_letter_reads_back(name: names.LetterFile) -> None:
    assert parse_letter_file(str(name)) == name


@given(_key_files)
def test_name_in_the_folder_of_key_records_reads_back(name: names.KeyFile) -> None:
    assert parse_key_file(str(name)) == name


@given(_checkpoint_files)
def test_name_in_the_folder_of_checkpoints_reads_back(name: names.CheckpointFile) -> None:
    assert parse_checkpoint_file(str(name)) == name


@given(st.text(alphabet="0123456789abcdef.-_/yamlsigtrwdoe\n", max_size=60))
def test_whatever_is_read_is_written_as_it_was(text: str) -> None:
    for parse in PARSERS:
        with contextlib.suppress(ForeignPath):
            assert str(parse(text)) == text


def test_longest_name_fits_common_file_systems() -> None:
    name = WithdrawalSignatureName(number=9999, organization=LONGEST, act=ACT, key=KEY)
    assert len(str(name)) == 4 + 1 + 180 + len("_withdrawal.") + 16 + 1 + 16 + len(".sig") <= 255
    assert parse_letter_file(str(name)) == name


GOOD: dict[Parse, list[str]] = {
    parse_letter_file: [
        "0001.yaml",
        f"0003.alder.example.{KEY}.sig",
        f"0002.alder.example_withdrawal.{ACT}.yaml",
        f"0002.alder.example_withdrawal.{ACT}.{KEY}.sig",
    ],
    parse_key_file: ["9999.yaml", f"0001.birch.example.{KEY}.sig", "0001.allowed_signers"],
    parse_checkpoint_file: [f"{ACT}.yaml", f"{ACT}.{KEY}.sig", f"{ACT}.tsa.example.tsr"],
}
EACH_GOOD = [(parse, name) for parse, names_ in GOOD.items() for name in names_]


@pytest.mark.parametrize(("parse", "name"), EACH_GOOD)
def test_name_of_the_grammar_is_read(parse: Parse, name: str) -> None:
    assert str(parse(name)) == name


@pytest.mark.parametrize(("parse", "name"), EACH_GOOD)
@pytest.mark.parametrize("more", AROUND)
def test_name_with_anything_before_or_behind_it_is_foreign(parse: Parse, name: str, more: str) -> None:
    for other in (name + more, more + name):
        with pytest.raises(ForeignPath, match="no file of a"):
            parse(other)


@pytest.mark.parametrize(("parse", "name"), EACH_GOOD)
def test_name_with_one_character_in_another_case_is_foreign(parse: Parse, name: str) -> None:
    for place, character in enumerate(name):
        if character.isalpha():
            with pytest.raises(ForeignPath, match="no file of a"):
                parse(name[:place] + character.upper() + name[place + 1 :])


@pytest.mark.parametrize(("parse", "name"), EACH_GOOD)
def test_name_with_another_digit_than_ascii_is_foreign(parse: Parse, name: str) -> None:
    for place, character in enumerate(name):
        for digit in DIGITS.values():
            if character.isdigit():
                with pytest.raises(ForeignPath, match="no file of a"):
                    parse(name[:place] + digit + name[place + 1 :])


NO_FILE = "no file of a"
FOREIGN: dict[Parse, dict[str, list[str]]] = {
    parse_letter_file: {
        NO_FILE: [
            *("", ".", "..", ".git", ".gitattributes", "CON", "yaml", ".yaml", "1.yaml", "001.yaml", "00001.yaml"),
            *(
                "0001",
                "0001.",
                "0001.yml",
                "0001.YAML",
                "0001..yaml",
                "0001.yaml.sig",
                "0001.sig",
                "0001.txt",
                "-001.yaml",
            ),
            *("0001.allowed_signers", f"{ACT}.yaml", f"{ACT}.{KEY}.sig", f"0001..{KEY}.sig", f"0001.{KEY}.sig"),
            *(f"0001.alder.example.{KEY[1:]}.sig", f"0001.alder.example.0{KEY}.sig", f"0001.alder.example.{KEY}.pub"),
            *(f"0001.alder.example.{'g' * 16}.sig", f"0001.alder_x.example.{KEY}.sig", f"0001.alder example.{KEY}.sig"),
            *(f"0001.alder/example.{KEY}.sig", f"0001.alder\\example.{KEY}.sig", f"0001.äldern.example.{KEY}.sig"),
            *(f"0001.alder.example-withdrawal.{ACT}.yaml", f"0001.alder.example_withdrawal.{ACT}.sig"),
            *(f"0001.alder.example_withdrawal.{ACT[1:]}.yaml", f"0001.alder.example_withdrawal.{ACT}.{KEY}.yaml"),
            *("0001.alder.example_withdrawal.yaml", f"0001.alder.example_endorsement.{ACT}.yaml", f"0001.yaml_{ACT}"),
            *(f"0001.alder.example_withdrawal_withdrawal.{ACT}.yaml", f"0001._withdrawal.{ACT}.yaml", "0001:x.yaml"),
        ],
        "begin at 0001": [
            "0000.yaml",
            f"0000.alder.example.{KEY}.sig",
            f"0000.alder.example_withdrawal.{ACT}.yaml",
            f"0000.alder.example_withdrawal.{ACT}.{KEY}.sig",
        ],
        "no organization id": [
            *(
                f"0001.{org}.{KEY}.sig"
                for org in ("alder", "alder..example", "-alder.example", "alder.example-", "10.0.0.1")
            ),
            f"0001.{'a' * 64}.example.{KEY}.sig",
            f"0001.{'a.' * 90}example.{KEY}.sig",
            f"0001.alder_withdrawal.{ACT}.yaml",
            f"0001.alder_withdrawal.{ACT}.{KEY}.sig",
            f"0001.alder.example..{KEY}.sig",
            *(f"0001.{device}.example.{KEY}.sig" for device in DEVICES),
        ],
    },
    parse_key_file: {
        NO_FILE: [
            *(f"0001.alder.example_withdrawal.{ACT}.yaml", f"0001.alder.example_withdrawal.{ACT}.{KEY}.sig"),
            *(
                "0001.allowed_signers.sig",
                "0001.allowed-signers",
                "allowed_signers",
                "1.allowed_signers",
                "0001.signers",
            ),
            *(f"{ACT}.yaml", "0001.yml", ""),
        ],
        "begin at 0001": ["0000.yaml", "0000.allowed_signers", f"0000.alder.example.{KEY}.sig"],
        "no organization id": [f"0001.alder.{KEY}.sig", f"0001.aux.example.{KEY}.sig"],
    },
    parse_checkpoint_file: {
        NO_FILE: [
            *(
                "",
                "0001.yaml",
                f"{ACT[1:]}.yaml",
                f"0{ACT}.yaml",
                f"{ACT}.sig",
                f"{ACT}.tsr",
                f"{ACT}..tsr",
                f"{ACT}.tsa_x.tsr",
            ),
            *(f"0001.alder.example.{KEY}.sig", f"{ACT}.alder.example.{KEY}.sig", f"{ACT}.{KEY}.{KEY}.sig"),
        ],
        "no organization id": [
            f"{ACT}.tsa.tsr",
            f"{ACT}.-tsa.example.tsr",
            f"{ACT}.nul.example.tsr",
            f"{ACT}.{KEY}.tsr",
        ],
    },
}


@pytest.mark.parametrize(
    ("parse", "reason", "name"),
    [
        (parse, reason, name)
        for parse, reasons in FOREIGN.items()
        for reason, foreign in reasons.items()
        for name in foreign
    ],
)
def test_name_outside_the_grammar_is_foreign_with_the_reason(parse: Parse, reason: str, name: str) -> None:
    with pytest.raises(ForeignPath, match=reason):
        parse(name)


@pytest.mark.parametrize("parse", PARSERS)
def test_very_long_name_is_foreign_in_no_time(parse: Parse) -> None:
    for name in (
        "0" * 1_000_000,
        "0001." + "a." * 500_000 + f"{KEY}.sig",
        "0001." + "-" * 1_000_000,
        ACT + "." * 1_000_000,
    ):
        with pytest.raises(ForeignPath) as caught:
            parse(name)
        assert len(caught.value.message) < 300


def test_folders_are_those_of_the_layout() -> None:
    assert names.letter_folder("2026/open-water-record") == "archive/2026/open-water-record"
    assert names.key_folder("alder.example") == "keys/alder.example"

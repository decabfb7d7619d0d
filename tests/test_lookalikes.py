"""Names and ids that could deceive are pointed out, and change nothing else (spec/verification.md)."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ALDER, BIRCH, CEDAR, LETTER, Desk, a_desk, a_letter, key_of
from openletter.canonical import permitted
from openletter.records import Signatory
from openletter.records.confusables import LIKE
from openletter.records.lookalikes import Kind, Named, Remark, id_skeleton, name_skeleton, on_id, on_name, remarks
from test_attacks import forged, store
from transcripts import environment, furnish, run

MIXED = "\u0410lder Institute"
PUNYCODE = "xn--lder-43d.example"


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("Alder Institute", []),
        ("Tomás Ødegård – Straße", []),
        (MIXED, [Kind.MIXED]),
        ("\u039flive Congress", [Kind.MIXED]),
        ("Alder \u0410\u0421\u0415", [Kind.OTHER_SCRIPT]),
        ("\u0421\u043e\u0440\u043e\u0441", [Kind.OTHER_SCRIPT]),
        ("Фонд \u0421\u043e\u0440\u043e\u0441", []),
        ("Привет, мир", []),
        ("Ινστιτούτο Ελιάς", []),
        ("日本人権ソニーひろばNGO", []),
        ("한국NGO漢字", []),
        ("Al\u200cder", [Kind.INVISIBLE]),
        ("Alder\u200f", [Kind.INVISIBLE]),
        ("می\u200cخواهم", []),
        ("क्\u200dष", []),
        ("Alder ❤\ufe0f", []),
        ("שלום \u200fAlder", []),
    ],
)
def test_a_name_that_could_deceive_is_told_by_itself(name: str, kinds: list[Kind]) -> None:
    assert [remark.kind for remark in on_name(name)] == kinds


def test_a_remark_says_which_letter_it_is() -> None:
    assert [remark.message for remark in on_name(MIXED)] == [
        "this name mixes Latin and Cyrillic letters: “\u0410lder” (U+0410 for A)"
    ]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("alder.example", "a1der.example", True),
        ("alder.example", "aider.example", True),
        ("modern.example", "modem.example", True),
        ("willow.example", "vvi110w.example", True),
        ("al-der.example", "alder.example", True),
        ("alder.example", PUNYCODE, True),
        ("alder.example", "birch.example", False),
        ("alder.example", "alder.exampl.e", False),
    ],
)
def test_ids_that_look_alike_have_one_skeleton(one: str, other: str, alike: bool) -> None:
    assert (id_skeleton(one) == id_skeleton(other)) is alike


def test_an_internationalized_id_is_shown_with_what_it_stands_for() -> None:
    assert [remark.message for remark in on_id(PUNYCODE)] == [
        "xn--lder-43d in this id is an internationalized name: "
        "it stands for “\u0430lder” (U+0430), and looks like alder"
    ]


@given(st.from_regex(r"xn--[a-z0-9-]{0,58}[a-z0-9]", fullmatch=True))
def test_no_label_is_too_hostile_to_be_told(label: str) -> None:
    assert [remark.kind for remark in on_id(f"{label}.example")] == [Kind.INTERNATIONALIZED]
    assert id_skeleton(f"{label}.example").isprintable() is not None


@given(st.text(st.characters(codec="utf-8").filter(permitted), max_size=30))
def test_a_name_has_the_skeleton_of_its_normal_form_and_remarks_for_any_text(name: str) -> None:
    assert name_skeleton(name) == name_skeleton(unicodedata.normalize("NFC", name))
    assert all(remark.message for remark in on_name(name))


def test_what_the_table_holds_is_permitted_and_maps_to_one_letter_of_ascii() -> None:
    letters = "".join(LIKE.values())
    assert len(set(letters)) == len(letters)
    assert all(permitted(letter) and not letter.isascii() for letter in letters)
    assert all(len(plain) == 1 and plain.isascii() and plain.isalnum() for plain in LIKE)


def test_names_and_ids_are_compared_with_those_in_sight() -> None:
    found = remarks(
        [
            Named(organization=ALDER, names=("Alder Institute",)),
            Named(organization="birch.example", names=("\u0410lder Institute",)),
            Named(organization=None, names=("Alder\u200b Institute",)),
            Named(organization="elm.example", names=("Elm Congress",)),
        ],
        ["a1der.example", ALDER],
    )
    assert found[0] == (
        Remark(kind=Kind.ALIKE, message="this id looks like another one: a1der.example"),
        Remark(kind=Kind.ALIKE, message=f"birch.example has a name that looks the same: “{MIXED}”"),
        Remark(
            kind=Kind.ALIKE,
            message="a signatory without an id has a name that looks the same: “Alder\\u{200B} Institute”",
        ),
    )
    assert found[3] == ()


# --- where it is pointed out ---


def deceiving() -> Desk:
    """A letter that lists alder, an organization that looks like it, and one whose name is Cyrillic in part."""
    desk = Desk()
    for organization, name in ((ALDER, "Alder Institute"), ("a1der.example", "Willow Institute"), (BIRCH, MIXED)):
        desk.enrol(organization, name=name)
    desk.enrol(CEDAR)
    desk.revise(
        a_letter(
            signatories=(
                Signatory(organization="a1der.example", of="Willow Institute"),
                Signatory(organization=BIRCH, of=MIXED),
                Signatory(organization=PUNYCODE, of="Elm Congress"),
            )
        )
    )
    desk.sign(BIRCH)
    return desk


def test_every_command_that_shows_names_points_out_what_could_deceive(tmp_path: Path) -> None:
    furnish(tmp_path)
    (tmp_path / "a1der.key").write_bytes(key_of("a1der.example").to_openssh(None))
    (tmp_path / "a1der.key").chmod(0o600)
    desk = deceiving()
    forged(tmp_path / "a", desk)
    (tmp_path / "draft.yaml").write_text(
        f'language: en\ndate: "2026-01-01"\nbody: Open them.\naddressees: [{{name: A}}]\n'
        f"signatories: [{{organization: a1der.example, of: {MIXED}}}]\n",
        encoding="utf-8",
    )
    alike = "look twice: this id looks like another one: "
    mixed = "look twice: this name mixes Latin and Cyrillic letters: “\u0410lder” (U+0410 for A)"
    for command, expected in {
        f"verify {LETTER}": (alike, mixed, "look twice: xn--lder-43d in this id is an internationalized name"),
        f"sign {LETTER} --as a1der.example --key a1der.key": (alike, mixed),
        "keys list": (alike, mixed),
        "keys show a1der.example": (alike,),
        f"keys show {BIRCH}": (mixed,),
        "keys add aider.example --name 'Alder Institute' --key elm.key": (
            "look twice: this id looks like another one: a1der.example",
            f"{ALDER} has the same name",
        ),
        "add draft.yaml --letter 2026/other": (alike, mixed),
        f"revise {LETTER} draft.yaml": (alike, mixed),
    }.items():
        answer = " ".join(run(f"openletter --archive a {command}", tmp_path, tmp_path).replace("|", "").split())
        for text in expected:
            assert text in answer, (command, answer)


def test_a_remark_changes_no_verdict_and_no_status(tmp_path: Path) -> None:
    folder = store(deceiving(), tmp_path / "a")
    answer = json.loads(run(f"openletter --archive {folder} verify {LETTER} --json", tmp_path, tmp_path))
    assert (answer["status"], answer["faults"]) == (0, [])
    found = {one["organization"]: one for one in answer["letters"][0]["organizations"]}
    assert found[BIRCH]["verdict"] == "signed"
    assert [remark["kind"] for remark in found[BIRCH]["remarks"]] == ["mixed-scripts"]
    assert {remark["kind"] for remark in found[PUNYCODE]["remarks"]} == {"internationalized", "looks-alike"}
    keys = json.loads(run(f"openletter --archive {folder} keys list --json", tmp_path, tmp_path))
    assert {o["organization"]: [r["kind"] for r in o["remarks"]] for o in keys["organizations"]} == {
        "a1der.example": ["looks-alike"],
        ALDER: ["looks-alike", "looks-alike"],
        BIRCH: ["mixed-scripts", "looks-alike"],
        CEDAR: [],
    }


def test_an_honest_letter_bears_no_remark_and_does_not_load_the_table(tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    program = (
        "import sys; from openletter.cli import openletter\n"
        f"openletter.main(['--archive', {str(folder)!r}, 'verify', {LETTER!r}], standalone_mode=False)\n"
        "print('openletter.records.confusables' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "look twice" not in done.stdout
    assert done.stdout.endswith("\nFalse\n")

"""`openletter trust` and `keys publish`, where a transcript can't show it: refusals, questions, authorities."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from builders import ALDER, BIRCH, CEDAR, ELM, Desk, key_of
from openletter import records
from openletter.api import Archive
from openletter.cli import keyfiles
from openletter.errors import ActRefused, KeyFileError, UnknownName
from openletter.keys import SK_ED25519, PublicKey
from openletter.pins import read_authorities, read_pins
from openletter.records import Key, Organization
from openletter.records.organization import Recovery
from test_authorities import ROOT, a_root, pem
from typist import FIRST, NEW, NOW, SECOND, SHARED, Typist, a_house_of_keys, fingerprint, make


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("archive") / "letters", a_house_of_keys())


@pytest.fixture
def typed(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typist:
    return Typist.at(tmp_path, archive, monkeypatch, capsys)


# --- add --------------------------------------------------------------------------------------------------------------


def test_a_key_is_confirmed_after_a_yes_and_not_after_a_no(typed: Typist) -> None:
    said = typed("trust", "add", ALDER, fingerprint(key_of(ALDER)), answer="n")
    assert (said.status, said.out.splitlines()[-1]) == (0, "Nothing was changed.")
    assert not typed.config.exists()
    said = typed("trust", "add", ALDER, fingerprint(key_of(ALDER)), answer="y")
    assert said.status == 0
    assert "Did you compare it, and do you confirm this key for alder.example?" in said.err
    assert read_pins(typed.config).at(NOW) == {ALDER: {key_of(ALDER).public}}


def test_a_compromised_key_is_not_confirmed(typed: Typist) -> None:
    said = typed("trust", "add", BIRCH, fingerprint(SECOND), "--yes")
    assert said.status == 2
    assert "declared this key compromised, doubted from 1 April 2026 on" in said.err
    assert "hint: confirm its newer key" in said.err
    assert not typed.config.exists()


def test_a_key_that_two_organizations_list_is_not_confirmed(typed: Typist) -> None:
    said = typed("trust", "add", CEDAR, fingerprint(SHARED), "--yes")
    assert said.status == 2
    assert "this key is on the record of dogwood.example too: a key listed twice counts for neither" in said.err
    assert not typed.config.exists()


def test_a_retired_key_is_confirmed_for_what_was_signed_before(typed: Typist) -> None:
    said = typed("trust", "add", BIRCH, fingerprint(FIRST), "--yes")
    assert said.status == 0
    assert "The key was retired: it confirms what was signed before, and signs nothing new." in said.out
    assert read_pins(typed.config).at(NOW) == {BIRCH: {FIRST.public}}


def test_a_key_that_is_pinned_for_another_organization_is_not_confirmed(typed: Typist) -> None:
    typed.config.mkdir(parents=True)
    before = f"{ELM} {key_of(ALDER).public.line}\n"
    (typed.config / "allowed_signers").write_text(before)
    said = typed("trust", "add", ALDER, fingerprint(key_of(ALDER)), "--yes")
    assert said.status == 2
    assert "is pinned for elm.example already, and can't speak for alder.example too" in said.err
    assert (typed.config / "allowed_signers").read_text() == before


def test_a_file_of_pins_that_cannot_be_read_stops_every_command_with_file_line_and_cure(typed: Typist) -> None:
    typed.config.mkdir(parents=True)
    (typed.config / "allowed_signers").write_text("# mine\nwhat is this\n")
    for arguments in (
        ("trust", "add", ALDER, fingerprint(key_of(ALDER)), "--yes"),
        ("trust", "remove", ALDER, "--yes"),
        ("trust", "list"),
        ("trust", "list", "--json"),
    ):
        said = typed(*arguments)
        assert said.status == 2
        assert f'error: {typed.config / "allowed_signers"}:2: "what" is no organization id' in said.err
        assert "hint: begin the line with one organization's id" in said.err


def test_an_id_that_could_be_taken_for_another_is_pointed_out(typed: Typist, tmp_path: Path) -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.enrol("a1der.example")
    place = make(tmp_path / "alike", desk)
    said = typed("trust", "add", "a1der.example", fingerprint(key_of("a1der.example")), "--yes", place=place)
    assert said.status == 0
    assert "look twice: " in said.out
    typed.config.joinpath("allowed_signers").unlink()
    alone = Desk()
    alone.enrol("a1der.example")
    typed.config.joinpath("allowed_signers").write_text(f"{ALDER} {key_of(ALDER).public.line}\n")
    place = make(tmp_path / "alone", alone)
    said = typed("trust", "add", "a1der.example", fingerprint(key_of("a1der.example")), "--yes", place=place)
    assert "look twice: " in said.out


def test_that_something_is_false_in_the_key_records_is_said(typed: Typist, tmp_path: Path) -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.keys[ALDER]["0001.allowed_signers"] += b"# more\n"
    place = make(tmp_path / "spoilt", desk)
    said = typed("trust", "add", ALDER, fingerprint(key_of(ALDER)), "--yes", place=place)
    assert said.status == 0
    assert "Note: something is false in these key records." in said.err
    said = typed("keys", "publish", ALDER, place=place)
    assert said.status == 1
    assert "Note: something is false in these key records." in said.err


def test_an_organization_of_whose_records_none_counts_has_no_key_to_confirm(typed: Typist, tmp_path: Path) -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.keys[ALDER] = {name: data for name, data in desk.keys[ALDER].items() if not name.endswith(".sig")}
    place = make(tmp_path / "unsigned", desk)
    said = typed("trust", "add", ALDER, fingerprint(key_of(ALDER)), "--yes", place=place)
    assert said.status == 2
    assert "no key record of alder.example counts" in said.err
    with pytest.raises(ActRefused, match="counts"):
        Archive.open(place).key_record(ALDER)
    with pytest.raises(UnknownName):
        Archive.open(place).key_record(BIRCH)


def test_a_name_of_a_stranger_stands_behind_a_bar(typed: Typist, tmp_path: Path) -> None:
    desk = Desk()
    desk.enrol(ALDER, name="Confirmed: by all " * 20 + "x")
    said = typed("trust", "add", ALDER, fingerprint(key_of(ALDER)), "--yes", place=make(tmp_path / "loud", desk))
    assert sum(line.startswith("Confirmed: ") for line in said.out.splitlines()) == 1


# --- import -----------------------------------------------------------------------------------------------------------


def test_a_file_that_was_handed_over_keeps_its_limits_and_loses_its_other_purposes(
    typed: Typist, tmp_path: Path
) -> None:
    handed = tmp_path / "handed"
    line = key_of(ALDER).public.line
    handed.write_text(f'# theirs\n{ALDER} valid-before="20300101Z",namespaces="git,openletter" {line} theirs\n')
    said = typed("trust", "import", str(handed), "--yes", away=True)
    assert said.status == 0
    assert "until 1 January 2030, 00:00:00 UTC" in said.out
    assert (typed.config / "allowed_signers").read_text() == (
        f'{ALDER} namespaces="openletter",valid-before="20300101000000Z" {line}\n'
    )


def test_nothing_of_a_file_with_a_bad_line_is_taken_in(typed: Typist, tmp_path: Path) -> None:
    handed = tmp_path / "handed"
    handed.write_text(f"{ALDER} {key_of(ALDER).public.line}\n{BIRCH} cert-authority {FIRST.public.line}\n")
    said = typed("trust", "import", str(handed), "--yes", away=True)
    assert said.status == 2
    assert f"error: {handed}:2: cert-authority" in said.err
    assert not typed.config.exists()


def test_a_file_that_gives_a_pinned_key_to_another_is_refused_whole(typed: Typist, tmp_path: Path) -> None:
    handed = tmp_path / "handed"
    typed.config.mkdir(parents=True)
    (typed.config / "allowed_signers").write_text(f"{ALDER} {key_of(ALDER).public.line}\n")
    handed.write_text(f"{CEDAR} {key_of(CEDAR).public.line}\n{BIRCH} {key_of(ALDER).public.line}\n")
    said = typed("trust", "import", str(handed), "--yes", away=True)
    assert said.status == 2
    assert "is pinned for alder.example already" in said.err
    assert set(read_pins(typed.config).at(NOW)) == {ALDER}


def test_an_empty_file_has_nothing_to_take_in(typed: Typist, tmp_path: Path) -> None:
    (tmp_path / "handed").write_text("# nobody yet\n")
    said = typed("trust", "import", "handed", "--yes", away=True)
    assert (said.status, "Nothing was changed." in said.out) == (0, True)
    assert not typed.config.exists()


def test_a_comment_of_a_stranger_reaches_the_terminal_as_an_escape(typed: Typist, tmp_path: Path) -> None:
    (tmp_path / "handed").write_text(f"{ALDER} {key_of(ALDER).public.line} \x1b]0;known\x07\u202e\n")
    said = typed("trust", "import", "handed", away=True)
    assert "\\u{1B}" in said.out
    assert "\\u{202E}" in said.out
    assert "\x1b" not in said.out + said.err


def test_nothing_is_taken_in_after_a_no_and_a_hardware_key_is_called_one(typed: Typist, tmp_path: Path) -> None:
    hardware = PublicKey(algorithm=SK_ED25519, point=key_of(ALDER).public.point)
    (tmp_path / "handed").write_text(f"{ALDER} {hardware.line}\n")
    said = typed("trust", "import", "handed", away=True, answer="n")
    assert f"  {hardware.fingerprint}  new  (hardware key)\n" in said.out
    assert said.out.endswith("Nothing was changed.\n")
    assert not typed.config.exists()


def test_ids_that_look_alike_are_pointed_out_in_what_is_handed_over_and_in_the_own_list(
    typed: Typist, tmp_path: Path
) -> None:
    typed.confirm(f"{ALDER} {key_of(ALDER).public.line}")
    (tmp_path / "handed").write_text(f"a1der.example {FIRST.public.line}\n{CEDAR} {key_of(CEDAR).public.line}\n")
    said = typed("trust", "import", "handed", "--yes", away=True)
    assert said.out.startswith("a1der.example\n  look twice: ")
    assert said.out.count("look twice: ") == 1
    said = typed("trust", "list", away=True)
    assert said.out.count("look twice: ") == 2


# --- remove -----------------------------------------------------------------------------------------------------------


def test_one_key_of_several_is_taken_back_after_a_yes(typed: Typist) -> None:
    for key in (FIRST, NEW):
        typed("trust", "add", BIRCH, fingerprint(key), "--yes")
    said = typed("trust", "remove", BIRCH, fingerprint(FIRST), answer="n", away=True)
    assert said.out.endswith("Nothing was changed.\n")
    said = typed("trust", "remove", BIRCH, fingerprint(FIRST), "--yes", away=True)
    assert "Your list has one key of birch.example now." in said.out
    assert read_pins(typed.config).at(NOW) == {BIRCH: {NEW.public}}


# --- authorities ------------------------------------------------------------------------------------------------------


def test_an_authority_is_named_after_a_yes_with_what_its_certificate_says(typed: Typist, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    said = typed("trust", "authority", "add", "tsa.example", "root.pem", answer="n", away=True)
    assert said.out.endswith("Nothing was changed.\n")
    assert not typed.config.exists()
    said = typed("trust", "authority", "add", "tsa.example", "root.pem", answer="y", away=True)
    assert said.status == 0
    assert "  | A root\n  | from Jan  1 00:00:00 2020 GMT until Jan  1 00:00:00 2040 GMT\n" in said.out
    assert read_authorities(typed.config) == {"tsa.example": (ROOT,)}
    said = typed("trust", "authority", "add", "tsa.example", "root.pem", "--yes", away=True)
    assert "Nothing was changed." in said.out
    said = typed("trust", "list", away=True)
    assert "Time-stamping authorities that you name\ntsa.example\n  SHA-256 " in said.out


def test_a_second_root_is_shown_alone_and_stands_beside_the_first(typed: Typist, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    second = a_root("Another root")
    (tmp_path / "both.pem").write_bytes(pem(second) + pem(ROOT))
    typed("trust", "authority", "add", "tsa.example", "root.pem", "--yes", away=True)
    said = typed("trust", "authority", "add", "tsa.example", "both.pem", "--yes", away=True)
    assert ("  | Another root\n" in said.out, "  | A root\n" in said.out) == (True, False)
    assert read_authorities(typed.config) == {"tsa.example": (ROOT, second)}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pem(a_root(authority=False)), "certificate 1 is none of a certificate authority"),
        (pem(ROOT) + pem(b"\x30\x03\x02\x01\x00"), "certificate 2 can't be read"),
    ],
)
def test_what_is_no_root_is_named_for_nobody(typed: Typist, tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "root.pem").write_bytes(data)
    said = typed("trust", "authority", "add", "tsa.example", "root.pem", "--yes", away=True)
    assert said.status == 2
    assert why in said.err
    assert "hint: give the root certificate" in said.err
    assert not typed.config.exists()


def test_an_authority_is_removed_after_a_yes(typed: Typist, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    typed("trust", "authority", "add", "tsa.example", "root.pem", "--yes", away=True)
    said = typed("trust", "authority", "remove", "tsa.example", answer="n", away=True)
    assert said.out.endswith("Nothing was changed.\n")
    said = typed("trust", "authority", "remove", "tsa.example", "--yes", away=True)
    assert said.status == 0
    assert read_authorities(typed.config) == {}
    said = typed("trust", "authority", "remove", "tsa.example", "--yes", away=True)
    assert (said.status, "is no authority that you named" in said.err) == (2, True)


# --- publish ----------------------------------------------------------------------------------------------------------


def test_what_is_published_is_the_newest_derived_file_byte_for_byte(typed: Typist, archive: Path) -> None:
    said = typed("keys", "publish", BIRCH)
    assert said.status == 0
    assert said.out.encode() == (archive / "keys" / BIRCH / "0002.allowed_signers").read_bytes()
    assert [line.split(" ", 2)[2] for line in said.out.splitlines()] == [FIRST.public.line, NEW.public.line]
    assert "It belongs at https://birch.example/.well-known/openletter/allowed_signers" in said.err


def test_where_every_key_is_compromised_nothing_is_published(typed: Typist) -> None:
    said = typed("keys", "publish", ELM)
    assert (said.status, said.out) == (2, "")
    assert "every key of elm.example was declared compromised" in said.err


def test_a_record_that_waits_for_others_is_not_published(typed: Typist, tmp_path: Path) -> None:
    desk = Desk()
    desk.enrol(CEDAR)
    first = Organization(
        organization=ALDER,
        record=1,
        basis="first",
        date="2026-01-05",
        name="Alder Institute",
        keys=(Key(key=key_of(ALDER).public.line, status="active"),),
        recovery=Recovery(threshold=1, organizations=(CEDAR,)),
    )
    desk.record(first, (ALDER, key_of(ALDER)))
    new = key_of(ALDER, "new")
    waiting = replace(
        first,
        record=2,
        previous=records.digest(first.to_bytes()),
        basis="recovery",
        keys=(*first.keys, Key(key=new.public.line, status="active")),
        authorized_by=(records.digest(desk.keys[CEDAR]["0001.yaml"]),),
    )
    desk.record(waiting, (ALDER, new))
    place = make(tmp_path / "waiting", desk)
    said = typed("keys", "publish", ALDER, place=place)
    assert said.status == 0
    assert said.out.encode() == desk.keys[ALDER]["0001.allowed_signers"]
    assert "Note: record 2 waits for others to agree, and is not in it." in said.err
    said = typed("trust", "add", ALDER, fingerprint(new), "--yes", place=place)
    assert (said.status, "is not on the key record of alder.example" in said.err) == (2, True)


def test_a_file_is_replaced_after_a_yes_and_a_place_that_cannot_be_written_is_said(
    typed: Typist, tmp_path: Path
) -> None:
    assert typed("keys", "publish", ALDER, "-o", "signers").status == 0
    before = (tmp_path / "signers").read_bytes()
    said = typed("keys", "publish", BIRCH, "-o", "signers", answer="n")
    assert said.out == "Nothing was written.\n"
    assert (tmp_path / "signers").read_bytes() == before
    assert typed("keys", "publish", BIRCH, "-o", "signers", answer="y").status == 0
    assert (tmp_path / "signers").read_bytes() != before
    said = typed("keys", "publish", ALDER, "-o", "none/signers")
    assert (said.status, "can't be written" in said.err) == (2, True)


def test_keys_are_published_through_no_link_and_into_no_pipe(typed: Typist, tmp_path: Path) -> None:
    kept, gone = tmp_path / "kept", tmp_path / "gone"
    kept.write_bytes(b"mine")
    for name, target in (("to-kept", kept), ("to-gone", gone)):
        (tmp_path / name).symlink_to(target)
    os.mkfifo(tmp_path / "pipe")
    for name in ("to-kept", "to-gone", "pipe"):
        said = typed("keys", "publish", BIRCH, "-o", str(tmp_path / name), "--yes")
        assert said.status == 2
        assert "give another name" in said.err
    assert kept.read_bytes() == b"mine"
    assert not gone.exists()


def test_a_pipe_given_as_a_key_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(KeyFileError, match="no regular file"):
        keyfiles.read(tmp_path / "pipe")

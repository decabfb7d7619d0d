"""The commands on keys, as people type them: what each records is sound, and what can't be is refused with its cure."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Self

import pexpect
import pygit2
import pytest
from click.testing import CliRunner

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, ELM, LETTER, key_of, name_of, signed_by
from openletter import Archive, PrivateKey, Verdict
from openletter.archive import Act
from openletter.cli import openletter
from openletter.errors import (
    ActRefused,
    IdError,
    InputError,
    KeyFileError,
    OpenletterError,
    PassphraseError,
    UnknownName,
)
from openletter.keys import SK_ED25519, PublicKey
from openletter.records import Organization, Recovery
from openletter.reports import sentences
from openletter.verify import Evidence
from test_api import COMMITTER, DRAFT
from test_api import record as record_letter
from test_keys import container
from transcripts import environment

OLD, NEW = key_of(ALDER), key_of(ALDER, "new")
FINGERPRINT = OLD.public.fingerprint
NAMED = (BIRCH, CEDAR, DOGWOOD)
RECOVERY = f"--recovery {','.join(NAMED)} --threshold 2"
DAY = "2026-02-01"


def write_key(path: Path, key: PrivateKey, passphrase: bytes | None = None) -> None:
    """A private key file, and the public key beside it."""
    path.write_bytes(key.to_openssh(passphrase))
    path.chmod(0o600)
    path.with_name(path.name + ".pub").write_text(key.public.line + "\n")


class Desk:
    """A folder with an archive `letters`, and private keys of everybody beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = Archive.open(folder / "letters")

    @classmethod
    def furnished(cls, folder: Path) -> Self:
        """A new one: birch, cedar, dogwood and alder have a key, and alder names the others for recovery."""
        Archive.init(folder / "letters", COMMITTER)
        for organization in (ALDER, *NAMED, ELM):
            write_key(folder / organization.partition(".")[0], key_of(organization))
        for name, key in (("new", NEW), ("third", key_of(ALDER, "third")), ("thief", key_of("thief.example"))):
            write_key(folder / name, key)
        desk = cls(folder)
        for organization in NAMED:
            desk.enrol(organization)
        desk.enrol(ALDER, Recovery(threshold=2, organizations=NAMED))
        return desk

    def enrol(self, organization: str, recovery: Recovery | None = None) -> None:
        self.archive.add_organization(
            organization, name_of(organization), key_of(organization), COMMITTER, date="2026-01-05", recovery=recovery
        )

    def types(self, command: str) -> tuple[str, OpenletterError | None]:
        """What is answered to a command, on one line, and the error that it ends with."""
        result = CliRunner(env=environment(self.folder)).invoke(
            openletter, ["--archive", "letters", *shlex.split(command)]
        )
        error = result.exception if isinstance(result.exception, OpenletterError) else None
        if error is None:
            assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return " ".join(result.output.split()), error

    def does(self, command: str) -> str:
        """What is answered to a command on keys that records, after which all of the archive is sound."""
        before = self.commit()
        answer, error = self.types(f"keys {command} --yes")
        assert error is None, error
        assert self.commit() != before, answer
        assert self.archive.verify().false == ()
        return answer

    def refuses(self, command: str, kind: type[InputError] = ActRefused) -> str:
        """Why a command on keys is refused, with its cure; nothing is recorded."""
        before = self.commit()
        _, error = self.types(f"keys {command} --yes")
        assert error is not None
        assert type(error) is kind, error
        assert self.commit() == before
        assert error.hint, error
        return f"{error} -> {error.hint}"

    def commit(self) -> str:
        return str(pygit2.Repository(str(self.folder / "letters")).head.target)

    def statuses(self, organization: str = ALDER) -> list[str]:
        return [key.status for key in self.archive.organization(organization).keys]

    def newest(self, organization: str = ALDER) -> Organization:
        return self.archive.key_record(organization).record

    def plant(self, files: dict[str, bytes]) -> None:
        """Commit files as a stranger would who can write to the archive."""
        repository = pygit2.Repository(str(self.folder / "letters"))
        for path, data in files.items():
            file = self.folder / "letters" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            repository.index.add(path)
        repository.index.write()
        someone = pygit2.Signature("Mallory", "mallory@thief.example", 0, 0)
        parent = repository.head.target
        repository.create_commit("HEAD", someone, someone, "x", repository.index.write_tree(), [parent])


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every test begins with, made once."""
    return Desk.furnished(tmp_path_factory.mktemp("desk")).folder


@pytest.fixture
def desk(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk of one's own, at which commands are typed."""
    folder = shutil.copytree(furnished, tmp_path / "desk")
    monkeypatch.chdir(folder)
    return Desk(folder)


# --- the first record ---


def test_a_first_record_names_who_may_give_new_keys(desk: Desk) -> None:
    answer = desk.does(f'add {ELM} --name "Elm Congress" --key elm {RECOVERY}')
    assert desk.newest(ELM).recovery == Recovery(threshold=2, organizations=NAMED)
    assert f"by any two of {BIRCH}, {CEDAR}, {DOGWOOD} together" in answer
    assert "Note:" not in answer


def test_who_is_named_for_recovery_and_has_no_key_here_is_pointed_out(desk: Desk) -> None:
    answer = desk.does(f'add {ELM} --name "Elm Congress" --key elm --recovery {BIRCH},brich.example --threshold 1')
    assert "Note: brich.example has no key on record here yet, and can't agree to anything before" in answer
    assert "Note: one of them alone could take over the keys" in answer


@pytest.mark.parametrize(
    ("options", "kind", "why"),
    [
        (f"--recovery {BIRCH}", InputError, "belong together"),
        ("--threshold 1", InputError, "belong together"),
        (f"--recovery {BIRCH},{CEDAR} --threshold 3", InputError, "more organizations are needed than are named"),
        (f"--recovery {ELM} --threshold 1", InputError, "an organization can't recover itself"),
        (f"--recovery {BIRCH},{BIRCH} --threshold 1", InputError, "named"),
        ("--recovery Birch --threshold 1", IdError, "is no organization id"),
    ],
)
def test_a_recovery_that_can_not_be_is_refused(desk: Desk, options: str, kind: type[InputError], why: str) -> None:
    assert why in desk.refuses(f"add {ELM} --name Elm --key elm {options}", kind)


# --- rotate ---


def test_a_new_key_takes_the_place_of_the_one_that_signs(desk: Desk) -> None:
    answer = desk.does(f"rotate {ALDER} --key alder --new new")
    assert desk.statuses() == ["retired", "active"]
    assert f"{FINGERPRINT} was active; from now on retired" in answer
    assert f"{NEW.public.fingerprint} new: active" in answer
    record = desk.newest()
    assert record.basis == "rotation"
    assert record.recovery == Recovery(threshold=2, organizations=NAMED)
    assert desk.does(f"rotate {ALDER} --key new --new third")
    assert desk.statuses() == ["retired", "retired", "active"]


def test_the_old_key_can_stay_for_a_second_officer(desk: Desk) -> None:
    desk.does(f"rotate {ALDER} --key alder --new new --keep")
    assert desk.statuses() == ["active", "active"]


def test_each_record_has_its_keys_as_ssh_keygen_reads_them(desk: Desk) -> None:
    desk.does(f"rotate {ALDER} --key alder --new new")
    desk.does(f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key new")
    for number, listed in ((1, [OLD]), (2, [OLD, NEW]), (3, [NEW])):
        lines = (desk.folder / f"letters/keys/{ALDER}/{number:04}.allowed_signers").read_text()
        assert lines == "".join(f'{ALDER} namespaces="openletter" {key.public.line}\n' for key in listed)


def test_recovery_is_named_later_without_asking_anybody(desk: Desk) -> None:
    desk.does(f"rotate {BIRCH} --key birch --recovery {CEDAR},{DOGWOOD} --threshold 2")
    assert desk.newest(BIRCH).recovery == Recovery(threshold=2, organizations=(CEDAR, DOGWOOD))
    assert desk.statuses(BIRCH) == ["active"]


def test_the_same_recovery_in_another_order_asks_nobody(desk: Desk) -> None:
    again = f"--recovery {DOGWOOD},{CEDAR},{BIRCH} --threshold 2"
    desk.does(f"rotate {ALDER} --key alder --new new {again}")
    assert desk.newest().recovery == Recovery(threshold=2, organizations=NAMED)
    assert "nothing changes" in desk.refuses(f"rotate {ALDER} --key new {again}")


def test_a_change_of_recovery_waits_for_those_who_were_named(desk: Desk) -> None:
    desk.enrol(ELM)
    answer = desk.does(f"rotate {ALDER} --key alder --new new --recovery {ELM} --threshold 1")
    assert "Note: the new key waits too." in answer
    report = desk.archive.organization(ALDER)
    assert report.records == 1
    assert report.waiting is not None
    assert (report.waiting.organizations, report.waiting.agreed, report.waiting.threshold) == (NAMED, (), 2)
    assert f"openletter keys authorize {ALDER} --as {BIRCH}" in answer
    desk.does(f"authorize {ALDER} --as {BIRCH} --key birch")
    assert desk.statuses() == ["active"]
    answer = desk.does(f"authorize {ALDER} --as {CEDAR} --key cedar")
    assert f"Record 2 of {ALDER} has what it needs, and counts from now on." in answer
    assert desk.statuses() == ["retired", "active"]
    assert desk.newest().recovery == Recovery(threshold=1, organizations=(ELM,))


@pytest.mark.parametrize(
    ("command", "kind", "why"),
    [
        ("--key alder", InputError, "nothing is to change"),
        ("--key alder --keep", InputError, "nothing is to change"),
        (f"--key alder --keep {RECOVERY}", InputError, "--keep goes with --new"),
        (f"--key alder {RECOVERY}", ActRefused, "nothing changes"),
        ("--key new --new third", ActRefused, f"{NEW.public.fingerprint} is not on the record of {ALDER}"),
        ("--key birch --new new", ActRefused, f"is not on the record of {ALDER}"),
        ("--key alder --new alder", ActRefused, f"is on the record of {ALDER} already"),
        ("--key alder --new birch", ActRefused, f"on the record of {BIRCH}: a key listed twice counts for neither"),
        ("--key alder --new new.pub", KeyFileError, "this is a public key, and the private one belongs here"),
        ("--key alder --new nowhere", KeyFileError, "can't be read"),
        ('--key alder --new new --note " x"', InputError, "this note can't be recorded"),
        ("--new new", KeyFileError, "there is no key for alder.example in the usual place"),
    ],
)
def test_a_rotation_that_can_not_be_is_refused(desk: Desk, command: str, kind: type[InputError], why: str) -> None:
    assert why in desk.refuses(f"rotate {ALDER} {command}", kind)


def test_an_organization_without_a_record_has_nothing_to_rotate(desk: Desk) -> None:
    assert "openletter keys add" in desk.refuses(f"rotate {ELM} --key elm --new new", UnknownName)


def test_a_retired_key_rotates_nothing(desk: Desk) -> None:
    desk.does(f"rotate {ALDER} --key alder --new new")
    assert "is retired, and signs no key record any more" in desk.refuses(f"rotate {ALDER} --key alder --new third")
    assert "already, and a new one belongs here" in desk.refuses(f"rotate {ALDER} --key new --new alder")


def test_a_hardware_key_is_refused_as_a_file_with_what_to_do(desk: Desk) -> None:
    handle = PublicKey(algorithm=SK_ED25519, point=NEW.public.point)
    (desk.folder / "token").write_bytes(container(handle.blob))
    why = desk.refuses(f"rotate {ALDER} --key alder --new token", KeyFileError)
    assert "this is the handle of a hardware key" in why
    assert "ssh-keygen -Y sign" in why


def test_a_key_for_which_anybody_could_sign_is_no_new_key(desk: Desk) -> None:
    blob = bytearray(NEW.public.blob)
    blob[-32:] = bytes(32)
    (desk.folder / "weak").write_bytes(container(bytes(blob)))
    assert "damaged" in desk.refuses(f"rotate {ALDER} --key alder --new weak", KeyFileError)


def test_a_change_of_recovery_is_refused_where_too_few_could_agree(desk: Desk) -> None:
    desk.enrol(ELM, Recovery(threshold=2, organizations=(BIRCH, "gorse.example")))
    why = desk.refuses(f"rotate {ELM} --key elm --recovery {BIRCH} --threshold 1")
    assert "2 of the organizations that elm.example named for recovery must agree, and 1 could" in why
    assert "gorse.example" in why


def test_a_key_that_two_list_can_be_left_behind_by_either(desk: Desk) -> None:
    shared = key_of("shared")
    write_key(desk.folder / "shared", shared)
    record = desk.archive.preview_rotation(BIRCH, key_of(BIRCH).public, new=shared.public, date="2026-03-01")
    waiting = desk.archive.preview_rotation(ALDER, OLD.public, new=shared.public, date="2026-03-01")
    desk.archive.record_keys(record, key_of(BIRCH), shared, committer=COMMITTER)
    files = {
        f"keys/{ALDER}/0002.yaml": waiting.to_bytes(),
        f"keys/{ALDER}/0002.{ALDER}.{OLD.public.short}.sig": signed_by(OLD, waiting.to_bytes()),
        f"keys/{ALDER}/0002.{ALDER}.{shared.public.short}.sig": signed_by(shared, waiting.to_bytes()),
    }
    desk.plant(files)
    assert desk.archive.organization(ALDER).keys[1].shared_with == (BIRCH,)
    assert "counts for neither" in desk.refuses(f"vouch {CEDAR} --as {ALDER} --key shared")
    desk.does(f"rotate {ALDER} --key shared --new new")
    assert desk.statuses() == ["retired", "retired", "active"]


# --- retire ---


def test_what_a_retired_key_signed_stays_signed_and_it_signs_no_more(desk: Desk) -> None:
    record_letter(desk.archive, DRAFT)
    desk.types(f"sign {LETTER} --as {ALDER} --key alder --yes")
    desk.does(f"rotate {ALDER} --key alder --new new --keep")
    answer = desk.does(f"retire {ALDER} {FINGERPRINT} --key new")
    assert "What the key signed stays signed" in answer
    assert desk.statuses() == ["retired", "active"]
    assert verdict(desk) is Verdict.SIGNED
    _, error = desk.types(f"sign {LETTER} --as {ALDER} --key alder --yes")
    assert "is retired, and makes no new signatures" in str(error)


def test_an_organization_that_ends_can_retire_its_last_key_and_is_warned(desk: Desk) -> None:
    answer = desk.does(f"retire {ALDER} {FINGERPRINT} --key alder")
    assert f"Note: after this, {ALDER} has no active key." in answer
    assert f"New keys can then be given to it only by any two of {BIRCH}, {CEDAR}, {DOGWOOD} together." in answer
    assert desk.statuses() == ["retired"]
    assert f"openletter keys recover {ALDER}" in desk.refuses(f"rotate {ALDER} --key alder --new new")
    answer = desk.does(f"retire {BIRCH} {key_of(BIRCH).public.fingerprint} --key birch")
    assert "Nobody is named who could give it new ones: this is for an organization that ends" in answer


@pytest.mark.parametrize(
    ("fingerprint", "kind", "why"),
    [
        ("SHA256:abc", InputError, "this is no fingerprint"),
        (FINGERPRINT.removeprefix("SHA256:"), InputError, "this is no fingerprint"),
        (key_of(BIRCH).public.fingerprint, UnknownName, f"no key of {ALDER} has the fingerprint"),
    ],
)
def test_a_key_that_is_not_on_record_is_not_retired(
    desk: Desk, fingerprint: str, kind: type[InputError], why: str
) -> None:
    assert why in desk.refuses(f"retire {ALDER} {fingerprint} --key alder", kind)


def test_a_key_is_retired_once_and_a_compromised_one_never(desk: Desk) -> None:
    desk.does(f"rotate {ALDER} --key alder --new new")
    assert "is retired already" in desk.refuses(f"retire {ALDER} {FINGERPRINT} --key new")
    desk.does(f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key new")
    assert "is compromised already" in desk.refuses(f"retire {ALDER} {FINGERPRINT} --key new")


# --- compromise ---


def verdict(desk: Desk, organization: str = ALDER) -> Verdict:
    found = desk.archive.verify(LETTER).letters[0].organizations
    return next(item.verdict for item in found if item.organization == organization)


def test_whoever_declares_a_key_compromised_is_told_what_it_signed(desk: Desk) -> None:
    record_letter(desk.archive, DRAFT)
    record_letter(desk.archive, DRAFT.replace("Please", "We ask you to"))
    desk.types(f"sign {LETTER}@1 --as {ALDER} --key alder --yes")
    desk.types(f"sign {LETTER}@2 --as {ALDER} --key alder --yes")
    desk.types(f"withdraw {LETTER}@1 --as {ALDER} --key alder --yes")
    desk.does(f"rotate {ALDER} --key alder --new new --keep")
    answer = desk.does(f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key new")
    said = f"{LETTER}@1 the withdrawal from {LETTER}@1 {LETTER}@2 From now on"
    assert f"The key {FINGERPRINT} signed, in this archive: {said}" in answer
    assert "Note: such a withdrawal then ends nothing." in answer
    assert f"openletter withdraw LETTER --as {ALDER}" in answer
    assert "very key" not in answer
    assert "no active key" not in answer
    assert verdict(desk) is Verdict.UNPROVEN
    assert desk.archive.organization(ALDER).keys[0].since == DAY


def test_a_key_that_signed_nothing_is_said_to_have_signed_nothing(desk: Desk) -> None:
    record_letter(desk.archive, DRAFT)
    desk.types(f"sign {LETTER} --as {BIRCH} --key birch --yes")
    desk.does(f"rotate {ALDER} --key alder --new new --keep")
    answer = desk.does(f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key new")
    assert f"The key {FINGERPRINT} signed no letter in this archive that counts." in answer


def test_whoever_declares_the_only_key_compromised_with_itself_is_shown_the_better_way(desk: Desk) -> None:
    answer = desk.does(f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key alder")
    assert "you sign this with the very key that is in other hands" in answer
    assert f"openletter keys recover {ALDER} --new FILE --compromised {FINGERPRINT} --since {DAY}" in answer
    answer = desk.does(f"compromise {BIRCH} {key_of(BIRCH).public.fingerprint} --since {DAY} --key birch")
    assert f"record a new key first, and sign this with it: openletter keys rotate {BIRCH} --new FILE" in answer


def test_the_day_from_which_a_key_is_doubted_only_moves_back(desk: Desk) -> None:
    desk.does(f"rotate {ALDER} --key alder --new new")
    desk.does(f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key new")
    for day in (DAY, "2026-02-02"):
        why = desk.refuses(f"compromise {ALDER} {FINGERPRINT} --since {day} --key new")
        assert f"is doubted since {DAY} already" in why
    answer = desk.does(f"compromise {ALDER} {FINGERPRINT} --since 2026-01-31 --key new")
    assert "doubted since 31 January 2026; until now it was doubted since 1 February 2026" in answer


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-2-1", "this is no date"),
        ("2026-02-30", "this is no date"),
        ("yesterday", "this is no date"),
        ("9999-01-01", "is still to come"),
    ],
)
def test_a_day_that_is_none_or_still_to_come_is_refused(desk: Desk, day: str, why: str) -> None:
    assert why in desk.refuses(f"compromise {ALDER} {FINGERPRINT} --since {day} --key alder", InputError)


# --- recover and authorize ---


def test_new_keys_come_by_the_agreement_of_enough_others(desk: Desk) -> None:
    answer = desk.does(f"recover {ALDER} --new new")
    assert f"{FINGERPRINT} was active; from now on retired" in answer
    assert all(f"openletter keys authorize {ALDER} --as {other}" in answer for other in NAMED)
    assert desk.statuses() == ["active"]
    answer = desk.does(f"authorize {ALDER} --as {CEDAR} --key cedar")
    assert "Agreed so far: nobody." in answer
    assert f"{NEW.public.fingerprint} new: active" in answer
    assert "still waits: one more must agree" in answer
    answer = desk.does(f"authorize {ALDER} --as {BIRCH} --key birch")
    assert f"Agreed so far: {CEDAR}." in answer
    assert "has what it needs" in answer
    assert desk.statuses() == ["retired", "active"]
    assert "no key record of alder.example waits" in desk.refuses(f"authorize {ALDER} --as {DOGWOOD} --key dogwood")


def test_a_stolen_key_is_declared_in_the_same_act(desk: Desk) -> None:
    record_letter(desk.archive, DRAFT)
    desk.types(f"sign {LETTER} --as {ALDER} --key alder --yes")
    answer = desk.does(f"recover {ALDER} --new new --compromised {FINGERPRINT} --since {DAY}")
    assert f"The key {FINGERPRINT} signed, in this archive: {LETTER}@1 From now on these prove nothing" in answer
    for other in (BIRCH, CEDAR):
        desk.does(f"authorize {ALDER} --as {other} --key {other.partition('.')[0]}")
    assert desk.statuses() == ["compromised", "active"]
    assert desk.newest().keys[0].since == DAY


def test_several_stolen_keys_have_a_day_each(desk: Desk) -> None:
    desk.does(f"rotate {ALDER} --key alder --new third --keep")
    third = key_of(ALDER, "third").public.fingerprint
    both = f"--compromised {third} --since 2026-01-20 --compromised {FINGERPRINT} --since {DAY}"
    desk.does(f"recover {ALDER} --new new {both}")
    keys = desk.archive.waiting_record(ALDER).record.keys
    assert [(key.status, key.since) for key in keys] == [
        ("compromised", DAY),
        ("compromised", "2026-01-20"),
        ("active", None),
    ]


@pytest.mark.parametrize(
    ("command", "kind", "why"),
    [
        (f"{BIRCH} --new new", ActRefused, "names nobody who could give it new keys"),
        (f"{ALDER} --new alder", ActRefused, "already, and a new one belongs here"),
        (f"{ALDER} --new cedar", ActRefused, f"this key is on the record of {CEDAR}"),
        (f"{ALDER} --new new --compromised {FINGERPRINT}", InputError, "has a --since of its own"),
        (f"{ALDER} --new new --since {DAY}", InputError, "has a --since of its own"),
        (f"{ALDER} --new new --compromised {NEW.public.fingerprint} --since {DAY}", UnknownName, "no key of"),
        (f"{ELM} --new new", UnknownName, "has no key record"),
    ],
)
def test_a_recovery_that_can_not_be_asked_for_is_refused(
    desk: Desk, command: str, kind: type[InputError], why: str
) -> None:
    assert why in desk.refuses(f"recover {command}", kind)


def test_a_recovery_is_refused_where_too_few_could_agree(desk: Desk) -> None:
    for other in (CEDAR, DOGWOOD):
        name = other.partition(".")[0]
        desk.does(f"retire {other} {key_of(other).public.fingerprint} --key {name}")
    why = desk.refuses(f"recover {ALDER} --new new")
    assert "2 of the organizations that alder.example named for recovery must agree, and 1 could" in why
    assert f"ask these to record a key first: {CEDAR}, {DOGWOOD}" in why


def test_who_is_not_named_or_has_another_key_can_not_agree(desk: Desk) -> None:
    desk.enrol(ELM)
    assert "no key record of alder.example waits" in desk.refuses(f"authorize {ALDER} --as {BIRCH} --key birch")
    desk.does(f"recover {ALDER} --new new")
    assert f"{ELM} is not asked to agree" in desk.refuses(f"authorize {ALDER} --as {ELM} --key elm")
    assert f"{ALDER} is not asked to agree" in desk.refuses(f"authorize {ALDER} --as {ALDER} --key alder")
    assert f"is not on the record of {BIRCH}" in desk.refuses(f"authorize {ALDER} --as {BIRCH} --key cedar")


def test_a_key_that_is_newer_than_the_request_can_not_agree_to_it_and_neither_a_retired_one(desk: Desk) -> None:
    desk.does(f"recover {ALDER} --new new")
    desk.does(f"rotate {BIRCH} --key birch --new third")
    assert "is newer than the request" in desk.refuses(f"authorize {ALDER} --as {BIRCH} --key third")
    assert "is retired, and signs no more" in desk.refuses(f"authorize {ALDER} --as {BIRCH} --key birch")


def test_whoever_agreed_is_asked_nothing_again(desk: Desk) -> None:
    desk.does(f"recover {ALDER} --new new")
    desk.does(f"authorize {ALDER} --as {BIRCH} --key birch")
    before = desk.commit()
    answer, error = desk.types(f"keys authorize {ALDER} --as {BIRCH} --key birch")
    assert error is None
    assert "has agreed already, with this key. Nothing was changed." in answer
    assert desk.commit() == before


def test_who_agreed_or_vouched_is_known_without_its_public_key_file(desk: Desk) -> None:
    desk.does(f"vouch {ALDER} --as {BIRCH} --key birch")
    desk.does(f"recover {ALDER} --new new")
    desk.does(f"authorize {ALDER} --as {BIRCH} --key birch")
    (desk.folder / "birch.pub").unlink()
    before = desk.commit()
    for command in ("vouch", "authorize"):
        answer, error = desk.types(f"keys {command} {ALDER} --as {BIRCH} --key birch")
        assert error is None
        assert "already" in answer
    key = key_of(BIRCH)
    digest = desk.archive.waiting_record(ALDER).digest
    assert desk.archive.authorize(ALDER, BIRCH, key, COMMITTER, digest=digest) is None
    digest = desk.archive.key_record(ALDER).digest
    assert desk.archive.vouch(ALDER, BIRCH, key, COMMITTER, digest=digest, number=1) is None
    assert desk.commit() == before


def test_that_nobody_shall_be_named_any_more_is_shown_to_those_who_must_agree(desk: Desk) -> None:
    other = Recovery(threshold=1, organizations=(BIRCH,))
    record = desk.archive.preview_rotation(ALDER, OLD.public, recovery=other, date=DAY)
    desk.archive.record_keys(replace(record, recovery=None), OLD, committer=COMMITTER)
    answer = desk.does(f"authorize {ALDER} --as {BIRCH} --key birch")
    assert f"Until now new keys can be given to {ALDER} by any two of {BIRCH}, {CEDAR}, {DOGWOOD} together." in answer
    assert "From now on they can be given to it by nobody." in answer
    desk.does(f"authorize {ALDER} --as {CEDAR} --key cedar")
    assert desk.newest().recovery is None


def test_who_must_agree_is_told_of_an_agreement_by_a_key_that_was_stolen(desk: Desk) -> None:
    """A request may name an older record, and then an older key agrees: by the rules that counts, and it is said."""
    desk.does(f"recover {ALDER} --new new")
    desk.does(f"authorize {ALDER} --as {BIRCH} --key birch")
    assert desk.archive.agreed_by(ALDER) == {BIRCH: "active"}
    assert "Note:" not in desk.types(f"keys authorize {ALDER} --as {CEDAR} --key cedar")[0]
    desk.does(f"rotate {BIRCH} --key birch --new third")
    assert f"Note: {BIRCH} agreed by a key that is retired now" in asks(desk, CEDAR)
    answer = desk.does(f"compromise {BIRCH} {key_of(BIRCH).public.fingerprint} --since {DAY} --key third")
    assert f"Note: {ALDER} named {BIRCH} to agree to new keys. Whoever has this key could still agree" in answer
    assert f"Note: {BIRCH} agreed by a key that is compromised now: ask it whether it was" in asks(desk, CEDAR)
    rubbish = f"keys/{ALDER}/0002.{BIRCH}.{key_of(ALDER, 'third').public.short}.sig"
    desk.plant({rubbish: signed_by(key_of(ALDER, "third"), b"something else")})
    assert f"Note: {BIRCH} agreed by a key that is compromised now" in asks(desk, CEDAR)


def asks(desk: Desk, other: str) -> str:
    return desk.types(f"keys authorize {ALDER} --as {other} --key {other.partition('.')[0]}")[0]


def test_rubbish_in_the_place_of_an_agreement_is_refused(desk: Desk) -> None:
    desk.does(f"recover {ALDER} --new new")
    name = f"keys/{ALDER}/0002.{BIRCH}.{key_of(BIRCH).public.short}.sig"
    desk.plant({name: signed_by(key_of(BIRCH), b"something else")})
    assert "something else lies in the place of this signature" in desk.refuses(
        f"authorize {ALDER} --as {BIRCH} --key birch"
    )


def test_a_recovery_that_a_stranger_asks_for_changes_nothing_and_is_said_to_wait(desk: Desk) -> None:
    write_key(desk.folder / "mallory", key_of("mallory"))
    desk.does(
        f"recover {ALDER} --new mallory --note {shlex.quote('SIGNED THIS TEXT' + chr(10) + 'Yes, you can trust us.')}"
    )
    assert desk.statuses() == ["active"]
    shown = CliRunner(env=environment(desk.folder)).invoke(openletter, ["--archive", "letters", "keys", "show", ALDER])
    assert shown.exit_code == 0
    assert f"Key record 2 of {ALDER}, which gives it new keys without the old ones" in shown.output
    assert "a thief too" in shown.output
    assert f"\nopenletter keys authorize {ALDER} --as ORG\n" in shown.output
    result = CliRunner(env=environment(desk.folder)).invoke(
        openletter, shlex.split(f"--archive letters keys authorize {ALDER} --as {BIRCH} --key birch")
    )
    assert isinstance(result.exception, InputError)
    assert "  | SIGNED THIS TEXT\n  | Yes, you can trust us.\n" in result.output
    assert "\nSIGNED THIS TEXT" not in result.output
    assert "Ask\nwhether this is theirs" in result.output


def test_while_a_record_waits_no_other_is_recorded_and_it_can_be_taken_away_before_it_is_shared(desk: Desk) -> None:
    before = desk.commit()
    desk.does(f"recover {ALDER} --new third")
    for command in (
        f"rotate {ALDER} --key alder --new new",
        f"retire {ALDER} {FINGERPRINT} --key alder",
        f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key alder",
        f"recover {ALDER} --new new",
    ):
        why = desk.refuses(command)
        assert f"record 2 of {ALDER} waits for others to agree, and no other can be recorded before" in why
        assert f"openletter keys show {ALDER}" in why
    pygit2.Repository(str(desk.folder / "letters")).reset(pygit2.Oid(hex=before), pygit2.enums.ResetMode.HARD)
    desk.does(f"rotate {ALDER} --key alder --new new")
    assert desk.statuses() == ["retired", "active"]


def test_a_thief_who_rotates_and_changes_recovery_gets_neither(desk: Desk) -> None:
    desk.archive.add_organization("thief.example", "Thief", key_of("thief.example"), COMMITTER, date="2026-01-05")
    desk.does(f"rotate {ALDER} --key alder --new new --recovery thief.example --threshold 1")
    assert "is not asked to agree" in desk.refuses(f"authorize {ALDER} --as thief.example --key thief")
    assert desk.statuses() == ["active"]
    assert desk.newest().recovery == Recovery(threshold=2, organizations=NAMED)


def test_a_new_name_that_looks_like_anothers_is_pointed_out_before_anybody_agrees(desk: Desk) -> None:
    name = name_of(BIRCH).replace("c", "\u0441")
    record = replace(desk.archive.preview_recovery(ALDER, NEW.public, date=DAY), name=name)
    desk.archive.record_keys(record, NEW, committer=COMMITTER)
    answer = desk.does(f"authorize {ALDER} --as {BIRCH} --key birch")
    assert f"Its name, which was: | {name_of(ALDER)} will be: | {name} look twice: " in answer


# --- vouch ---


def test_another_organization_vouches_for_the_keys_that_it_checked(desk: Desk) -> None:
    desk.does(f"rotate {ALDER} --key alder --new new")
    answer = desk.does(f"vouch {ALDER} --as {BIRCH} --key birch")
    assert f"{FINGERPRINT} retired: nothing is said of it {NEW.public.fingerprint} active Others will rely" in answer
    old, new = desk.archive.organization(ALDER).keys
    assert (old.vouched_unpinned, new.vouched_unpinned) == ((), (BIRCH,))
    assert new.evidence is Evidence.RECORDED
    before = desk.commit()
    answer, error = desk.types(f"keys vouch {ALDER} --as {BIRCH} --key birch")
    assert error is None
    assert "has vouched already for record 2" in answer
    assert desk.commit() == before


def test_an_older_record_can_be_vouched_for(desk: Desk) -> None:
    desk.does(f"rotate {ALDER} --key alder --new new --keep")
    answer = desk.does(f"vouch {ALDER} --as {BIRCH} --key birch --record 1")
    assert "This is not its newest record; that is 2." in answer
    assert [key.vouched_unpinned for key in desk.archive.organization(ALDER).keys] == [(BIRCH,), ()]


@pytest.mark.parametrize("named", ["nothing", f"{BIRCH}/0001.allowed_signers", f"{ELM}/0001.yaml"])
def test_nobody_vouches_where_it_can_not_be_told_who_was_asked_to_agree(desk: Desk, named: str) -> None:
    desk.enrol(ELM)  # alder hasn't named it for recovery
    data = b"" if named == "nothing" else (desk.folder / "letters/keys" / named).read_bytes()
    record = desk.archive.preview_rotation(ALDER, OLD.public, new=NEW.public, date=DAY)
    unknown = replace(record, authorized_by=("sha256:" + hashlib.sha256(data).hexdigest(),))
    desk.archive.record_keys(unknown, OLD, NEW, committer=COMMITTER)
    why = desk.refuses(f"vouch {ALDER} --as {BIRCH} --key birch")
    assert f"record 2 of {ALDER} asked others to agree, by key records that are not here" in why
    desk.does(f"vouch {ALDER} --as {BIRCH} --key birch --record 1")


def test_the_record_that_waits_is_not_the_one_that_is_vouched_for(desk: Desk) -> None:
    desk.does(f"recover {ALDER} --new new")
    desk.does(f"vouch {ALDER} --as {BIRCH} --key birch")
    assert (desk.folder / f"letters/keys/{ALDER}/0001.{BIRCH}.{key_of(BIRCH).public.short}.sig").exists()
    waiting = desk.archive.organization(ALDER).waiting
    assert waiting is not None
    assert waiting.agreed == ()


def test_what_would_agree_or_say_nothing_is_no_vouching(desk: Desk) -> None:
    desk.enrol(ELM)
    desk.does(f"rotate {ALDER} --key alder --recovery {ELM} --threshold 1")
    for other in (BIRCH, CEDAR):
        desk.does(f"authorize {ALDER} --as {other} --key {other.partition('.')[0]}")
    why = desk.refuses(f"vouch {ALDER} --as {DOGWOOD} --key dogwood")
    assert f"record 2 of {ALDER} asked {DOGWOOD} to agree" in why
    desk.does(f"vouch {ALDER} --as {DOGWOOD} --key dogwood --record 1")
    desk.does(f"vouch {ALDER} --as {ELM} --key elm")
    desk.does(f"recover {ALDER} --new new")
    desk.does(f"authorize {ALDER} --as {ELM} --key elm")
    why = desk.refuses(f"vouch {ALDER} --as {BIRCH} --key birch")
    assert f"record 3 of {ALDER} is a recovery: nobody can vouch for it" in why
    desk.does(f"retire {ALDER} {NEW.public.fingerprint} --key new")
    assert "no key is active in record 4" in desk.refuses(f"vouch {ALDER} --as {BIRCH} --key birch")


@pytest.mark.parametrize(
    ("command", "kind", "why"),
    [
        (f"{ALDER} --as {ALDER} --key alder", ActRefused, "can't vouch for itself"),
        (f"{ALDER} --as {BIRCH} --key cedar", ActRefused, f"is not on the record of {BIRCH}"),
        (f"{ALDER} --as {ELM} --key elm", UnknownName, f"{ELM} has no key record"),
        (f"{ELM} --as {BIRCH} --key birch", UnknownName, f"{ELM} has no key record"),
        (f"{ALDER} --as {BIRCH} --key birch --record 2", UnknownName, "has no record 2 that counts"),
    ],
)
def test_a_vouching_that_can_not_be_is_refused(desk: Desk, command: str, kind: type[InputError], why: str) -> None:
    assert why in desk.refuses(f"vouch {command}", kind)


def test_an_id_that_looks_like_another_is_pointed_out_before_anybody_vouches_or_agrees(desk: Desk) -> None:
    key = key_of("a1der.example")
    write_key(desk.folder / "a1der", key)
    desk.archive.add_organization(
        "a1der.example",
        "Alder",
        key,
        COMMITTER,
        date="2026-01-05",
        recovery=Recovery(threshold=1, organizations=(BIRCH,)),
    )
    assert "look twice" in desk.does(f"vouch a1der.example --as {BIRCH} --key birch")
    desk.does("recover a1der.example --new new")
    assert "look twice" in desk.does(f"authorize a1der.example --as {BIRCH} --key birch")


# --- what became of each key ---


def test_it_is_told_by_which_record_a_key_came_was_retired_and_was_doubted(desk: Desk) -> None:
    desk.does(f"rotate {ALDER} --key alder --new new --keep")
    assert told(desk) == [None, "on record since record 2"]
    desk.does(f"retire {ALDER} {FINGERPRINT} --key new")
    assert told(desk) == ["retired by record 3", "on record since record 2"]
    desk.does(f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key new")
    doubted = (
        "declared by record {} to be in other hands: what it signed counts only where something shows that it is older"
    )
    assert told(desk)[0] == "retired by record 3; " + doubted.format(4)
    desk.does(f"compromise {ALDER} {NEW.public.fingerprint} --since {DAY} --key new")
    assert told(desk)[1] == "on record since record 2; " + doubted.format(5)


def told(desk: Desk) -> list[str | None]:
    return [sentences.key_history(key) for key in desk.archive.organization(ALDER).keys]


# --- hostile archives ---


def test_nothing_follows_a_record_that_does_not_count(desk: Desk) -> None:
    desk.plant({f"keys/{ALDER}/0002.yaml": b"rubbish\n"})
    why = desk.refuses(f"rotate {ALDER} --key alder --new new")
    assert f"a record 2 of {ALDER} is here that doesn't count, so none can follow" in why
    assert "openletter verify" in why


def test_an_organization_of_which_no_record_counts_can_do_nothing(desk: Desk) -> None:
    desk.plant({f"keys/{ELM}/0001.yaml": b"rubbish\n"})
    for command in (
        f"rotate {ELM} --key elm --new new",
        f"recover {ELM} --new new",
        f"vouch {ELM} --as {BIRCH} --key birch",
    ):
        assert f"no key record of {ELM} counts" in desk.refuses(command)


@pytest.mark.parametrize("name", ["0002.allowed_signers", f"0002.{ALDER}.{NEW.public.short}.sig"])
def test_what_lies_in_the_place_of_a_new_file_is_never_replaced(desk: Desk, name: str) -> None:
    desk.plant({f"keys/{ALDER}/{name}": b"rubbish\n"})
    why = desk.refuses(f"rotate {ALDER} --key alder --new new")
    assert f"keys/{ALDER}/{name}: something else lies in the place of this file already" in why


def test_a_note_of_several_scripts_and_lines_stays_behind_its_bar(desk: Desk) -> None:
    note = "تغيير\n\nNothing false was found.\n" + "x" * 300
    desk.does(f"rotate {ALDER} --key alder --new new --note {shlex.quote(note)}")
    result = CliRunner(env=environment(desk.folder)).invoke(openletter, ["--archive", "letters", "keys", "show", ALDER])
    lines = result.output.splitlines()
    start = lines.index("The note on its newest key record:") + 1
    quoted = lines[start : lines.index("", start)]
    assert len(quoted) >= 7
    assert all(line.startswith("  |") for line in quoted)


# --- others at the same time, and people who are asked too late ---


def test_what_was_shown_is_recorded_or_nothing_is(desk: Desk) -> None:
    mine = desk.archive.preview_rotation(ALDER, OLD.public, new=NEW.public, date=DAY)
    third = key_of(ALDER, "third")
    theirs = desk.archive.preview_rotation(ALDER, OLD.public, new=third.public, date=DAY)
    desk.archive.record_keys(theirs, OLD, third, committer=COMMITTER)
    with pytest.raises(ActRefused, match="came in meanwhile") as caught:
        desk.archive.record_keys(mine, OLD, NEW, committer=COMMITTER)
    assert caught.value.hint == f"see what it says, and begin again: openletter keys show {ALDER}"
    assert desk.statuses() == ["retired", "active"]


def test_a_record_that_another_commit_overtakes_is_made_anew_or_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's commit lands after the act was computed and before the branch moves."""
    from openletter.archive import Repository

    mine = desk.archive.preview_rotation(ALDER, OLD.public, new=NEW.public, date=DAY)
    third = key_of(ALDER, "third")
    other = Archive.open(desk.folder / "letters")
    theirs = other.preview_rotation(ALDER, OLD.public, new=third.public, date=DAY)
    moved = Repository._move
    overtaken: list[int] = []

    def slow(self: Repository, *arguments: object) -> object:
        if not overtaken:
            overtaken.append(1)
            other.record_keys(theirs, OLD, third, committer=COMMITTER)
        return moved(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Repository, "_move", slow)
    with pytest.raises(ActRefused, match="came in meanwhile"):
        desk.archive.record_keys(mine, OLD, NEW, committer=COMMITTER)
    assert overtaken == [1]
    assert desk.archive.verify().false == ()
    assert desk.archive.organization(ALDER).keys[1].fingerprint == third.public.fingerprint


def test_of_two_who_rotate_at_once_one_is_refused(desk: Desk) -> None:
    command = str(Path(sys.executable).with_name("openletter"))
    racing = [
        subprocess.Popen(
            [command, "--archive", "letters", "keys", "rotate", ALDER, "--key", "alder", "--new", new, "--yes"],
            env=environment(desk.folder) | {"COVERAGE_PROCESS_START": os.environ.get("COVERAGE_PROCESS_START", "")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for new in ("new", "third")
    ]
    answers = [process.communicate()[0].decode() for process in racing]
    assert sorted(process.returncode for process in racing) == [0, 2], answers
    late = next(answer for process, answer in zip(racing, answers, strict=True) if process.returncode == 2)
    assert "came in meanwhile" in late or "is retired, and signs no key record any more" in late
    assert desk.archive.organization(ALDER).records == 2
    assert desk.archive.verify().false == ()


def test_an_act_that_would_bring_a_fault_is_refused_before_it_is_written(desk: Desk) -> None:
    record = desk.archive.preview_rotation(ALDER, OLD.public, new=NEW.public, date=DAY)
    before = desk.commit()
    with pytest.raises(ActRefused, match="is new here and didn't sign this record"):
        desk.archive.record_keys(record, OLD, committer=COMMITTER)
    with pytest.raises(ActRefused, match="no key that was active in the record before signed this one"):
        desk.archive.record_keys(record, NEW, committer=COMMITTER)
    assert desk.commit() == before


def test_only_the_text_that_was_shown_is_signed_for_others(desk: Desk) -> None:
    with pytest.raises(ActRefused, match="is not the one that was shown"):
        desk.archive.vouch(ALDER, BIRCH, key_of(BIRCH), COMMITTER, digest="sha256:" + "0" * 64, number=1)
    desk.does(f"recover {ALDER} --new new")
    with pytest.raises(ActRefused, match="is not the one that was shown"):
        desk.archive.authorize(ALDER, BIRCH, key_of(BIRCH), COMMITTER, digest="sha256:" + "0" * 64)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (f"rotate {ALDER} --key locked --new new", "is retired, and signs no key record"),
        (f"retire {ALDER} {NEW.public.fingerprint} --key locked", "is retired, and signs no key record"),
        (
            f"compromise {ALDER} {NEW.public.fingerprint} --since {DAY} --key locked",
            "is retired, and signs no key record",
        ),
        (f"recover {ALDER} --new locked", "already, and a new one belongs here"),
        (f"vouch {BIRCH} --as {ALDER} --key locked", "is retired, and signs no more"),
        (f"add {ELM} --name Elm --key locked", f"on the record of {ALDER}"),
    ],
)
def test_what_can_be_refused_is_refused_before_a_passphrase_is_asked_for(desk: Desk, command: str, why: str) -> None:
    desk.does(f"rotate {ALDER} --key alder --new new")
    write_key(desk.folder / "locked", OLD, b"three wells")
    assert why in desk.refuses(command)
    (desk.folder / "locked.pub").unlink()
    desk.refuses(command, PassphraseError)


def test_whoever_has_agreed_types_no_passphrase_to_learn_it(desk: Desk) -> None:
    desk.does(f"recover {ALDER} --new new")
    desk.does(f"authorize {ALDER} --as {BIRCH} --key birch")
    write_key(desk.folder / "locked", key_of(BIRCH), b"three wells")
    answer, error = desk.types(f"keys authorize {ALDER} --as {BIRCH} --key locked")
    assert error is None
    assert "has agreed already" in answer
    write_key(desk.folder / "locked", key_of(ELM), b"three wells")
    assert "is not on the record of" in desk.refuses(f"authorize {ALDER} --as {BIRCH} --key locked")


ACTS = (
    f"add {ELM} --name Elm --key elm",
    f"rotate {ALDER} --key alder --new new",
    f"retire {ALDER} {FINGERPRINT} --key alder",
    f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key alder",
    f"recover {ALDER} --new new",
    f"vouch {ALDER} --as {BIRCH} --key birch",
    f"authorize {BIRCH} --as {CEDAR} --key cedar",
)


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """Somebody is asked to agree, too."""
    desk.does(f"rotate {BIRCH} --key birch --recovery {CEDAR} --threshold 1")
    desk.does(f"recover {BIRCH} --new third")
    return desk


@pytest.mark.parametrize("command", ACTS)
def test_without_a_yes_nothing_is_recorded(asked: Desk, command: str) -> None:
    before = asked.commit()
    answer, error = asked.types(f"keys {command}")
    assert isinstance(error, InputError)
    assert "nobody is here to answer" in str(error)
    assert "public and permanent" in answer
    assert asked.commit() == before


def on_a_terminal(desk: Desk, command: str) -> pexpect.spawn[bytes]:
    variables = {name: value for name, value in environment(desk.folder).items() if name != "COLUMNS"}
    program = str(Path(sys.executable).with_name("openletter"))
    return pexpect.spawn(
        program,
        ["--archive", "letters", "keys", *shlex.split(command)],
        cwd=str(desk.folder),
        env=variables | {"TERM": "xterm"},
        timeout=60,
        dimensions=(50, 100),
    )


@pytest.mark.parametrize("command", ACTS)
def test_whoever_says_no_has_recorded_nothing(asked: Desk, command: str) -> None:
    before = asked.commit()
    child = on_a_terminal(asked, command)
    child.expect(rb"\? \[y/N\]: ")
    child.sendline("n")
    child.expect(pexpect.EOF)
    assert b"Nothing was recorded." in (child.before or b"")
    child.close()
    assert child.exitstatus == 0
    assert asked.commit() == before


def test_both_keys_ask_for_their_passphrase_and_a_yes_records(desk: Desk) -> None:
    write_key(desk.folder / "alder", OLD, b"three wells")
    write_key(desk.folder / "new", NEW, b"four wells")
    child = on_a_terminal(desk, f"rotate {ALDER} --key alder --new new")
    for name, words in (("alder", "three wells"), ("new", "four wells")):
        child.expect_exact(f"Passphrase for {name}: ")
        child.sendline(words)
    child.expect(rb"\? \[y/N\]: ")
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert desk.statuses() == ["retired", "active"]
    assert desk.archive.verify().false == ()


# --- keygen in a place of one's own ---


def test_keygen_makes_a_second_key_where_it_is_told(desk: Desk) -> None:
    answer, error = desk.types(f"keygen {ALDER} -o second --no-passphrase")
    assert error is None
    assert f"openletter keys rotate {ALDER} --new FILE" in answer
    assert (desk.folder / "second").stat().st_mode & 0o777 == 0o600
    desk.does(f"rotate {ALDER} --key alder --new second")


def test_keygen_writes_over_nothing_and_into_no_work_tree(desk: Desk) -> None:
    (desk.folder / "half.pub").write_text("mine\n")
    (desk.folder / "link").symlink_to("nowhere")
    for place, kind, why in (
        ("alder", ActRefused, "something is there already"),
        ("half", ActRefused, "something is there already"),
        ("link", ActRefused, "something is there already"),
        ("letters/key", ActRefused, "lies in a git work tree"),
        ("letters/../letters/keys/key", ActRefused, "lies in a git work tree"),
        ("missing/key", KeyFileError, "the folder for this key is not there"),
    ):
        _, error = desk.types(f"keygen {ALDER} -o {place} --no-passphrase")
        assert type(error) is kind, (place, error)
        assert why in str(error)
        assert error.hint
    assert (desk.folder / "half.pub").read_text() == "mine\n"
    assert not (desk.folder / "missing").exists()


def test_a_place_that_keeps_no_links_is_told_as_such(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    _, error = desk.types(f"keygen {ALDER} -o second --no-passphrase")
    assert error is not None
    assert "some memory sticks" in (error.hint or "")
    assert not (desk.folder / "second").exists()


# --- before anything is written, the state as it would be is looked at ---


def test_a_state_with_more_files_is_read_as_it_would_be(desk: Desk) -> None:
    snapshot = desk.archive._snapshot()
    act = Act(files={f"keys/{ELM}/0001.yaml": b"new", f"keys/{ALDER}/0009.yaml": b"new"}, message="")
    ahead = snapshot.with_files(act.files)
    assert ahead.organizations() == (ALDER, BIRCH, CEDAR, DOGWOOD, ELM)
    assert ahead.key_file_names(ELM) == ("0001.yaml",)
    added = ahead.keys(ALDER)
    assert added is not None
    assert added.files["0009.yaml"] == b"new"
    assert set(added.files) == {*snapshot.key_file_names(ALDER), "0009.yaml"}
    assert ahead.keys("fir.example") is None
    assert ahead.letters() == snapshot.letters() == ()


def test_what_was_confirmed_is_not_said_to_be_known_only_from_here(desk: Desk) -> None:
    only = "known only from this archive: whoever runs it could have invented them"
    assert only in " ".join(desk.types(f"keys show {ALDER}")[0].split())
    pins = desk.folder / "home/.config/openletter"
    pins.mkdir(parents=True, exist_ok=True)
    (pins / "allowed_signers").write_text(f"{ALDER} {OLD.public.line}\n")
    desk.does(f"retire {ALDER} {OLD.public.fingerprint} --key alder")
    answer = " ".join(desk.types(f"keys show {ALDER}")[0].split())
    assert "confirmed by you" in answer
    assert only not in answer

"""The public API: the same acts and facts as the command line, as a library (openletter.Archive)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

import openletter
from builders import ALDER, BIRCH, CEDAR, LETTER, key_of, name_of
from openletter import (
    Archive,
    Committer,
    Demand,
    Identity,
    InputError,
    Invalid,
    OpenletterError,
    Verdict,
    read_draft,
)
from openletter.errors import (
    ActRefused,
    ChainError,
    DraftError,
    EmptyArchive,
    IdError,
    NotAnArchive,
    UnknownFormat,
    UnknownName,
)

SOMEBODY = Identity(name="Somebody", email="somebody@alder.example", when=datetime(2026, 5, 14, 12, tzinfo=UTC))
COMMITTER = Committer(author=SOMEBODY, committer=SOMEBODY)
DRAFT = """\
date: 2026-03-02
language: en
addressees: [{title: Commissioner}]
body: Please open the records.
signatories:
- {organization: alder.example, of: Alder Institute}
- {organization: birch.example, of: Birch Institute}
"""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made, recorded = Archive.init(tmp_path / "letters", COMMITTER)
    assert recorded is not None
    for organization in (ALDER, BIRCH):
        made.add_organization(organization, name_of(organization), key_of(organization), COMMITTER, date="2026-01-05")
    return made


def record(archive: Archive, text: str = DRAFT, letter: str = LETTER) -> openletter.Revision:
    draft = read_draft(text.encode(), path="draft.yaml")
    if letter in archive.letters():
        return archive.revise(letter, draft, COMMITTER, path="draft.yaml")[0]
    return archive.add(letter, draft, COMMITTER, path="draft.yaml")[0]


def sign(archive: Archive, organization: str, number: int = 1) -> None:
    digest = archive.revision(LETTER, number).digest
    assert archive.sign(LETTER, number, organization, key_of(organization), COMMITTER, digest=digest) is not None


def test_every_public_name_is_there_and_nothing_else_answers() -> None:
    for name in openletter.__all__:
        assert getattr(openletter, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        openletter.Nonsense  # noqa: B018


def test_recording_signing_and_verifying(archive: Archive) -> None:
    first = record(archive)
    sign(archive, ALDER)
    second = record(archive, DRAFT.replace("records", "whole record"))
    sign(archive, BIRCH, 2)
    assert second.letter.previous == first.digest
    assert archive.revisions(LETTER) == (1, 2)
    assert archive.revision(LETTER) == second
    report = archive.verify(LETTER)
    assert report.false == ()
    assert [v.verdict for v in report.letters[0].organizations] == [Verdict.SIGNED_EARLIER, Verdict.SIGNED]
    assert Demand.parse("all").unmet(report.letters[0])
    assert archive.signers(LETTER, 1) == (ALDER,)
    assert [(e.kind, e.revision, e.organization) for e in archive.history(LETTER)] == [
        ("revision", 1, None),
        ("signature", 1, ALDER),
        ("revision", 2, None),
        ("signature", 2, BIRCH),
    ]


def test_an_archive_is_opened_by_its_folder_and_found_from_inside(archive: Archive) -> None:
    record(archive)
    assert Archive.open(archive.path).letters() == (LETTER,)
    assert Archive.find(archive.path / "archive" / "2026").letters() == (LETTER,)
    with pytest.raises(NotAnArchive):
        Archive.open(archive.path / "archive")


def test_signing_twice_records_once(archive: Archive) -> None:
    digest = record(archive).digest
    sign(archive, ALDER)
    assert archive.sign(LETTER, 1, ALDER, key_of(ALDER), COMMITTER, digest=digest) is None


def test_another_text_than_the_one_shown_is_not_signed(archive: Archive) -> None:
    record(archive)
    with pytest.raises(ActRefused, match="not the one that was shown"):
        archive.sign(LETTER, 1, ALDER, key_of(ALDER), COMMITTER, digest="sha256:" + "0" * 64)


def test_a_withdrawal_is_of_the_text_that_was_shown_and_ends_support_for_it(archive: Archive) -> None:
    shown = record(archive)
    sign(archive, ALDER)
    with pytest.raises(ActRefused, match="not the one that was shown"):
        archive.withdraw(LETTER, 1, ALDER, key_of(ALDER), COMMITTER, digest="sha256:" + "0" * 64, date="2026-06-01")
    withdraw = partial(
        archive.withdraw, LETTER, 1, ALDER, key_of(ALDER), COMMITTER, digest=shown.digest, date="2026-06-01"
    )
    assert withdraw(reason="We were not asked.") is not None
    assert withdraw() is None
    report = archive.verify(LETTER).letters[0]
    (verdict,) = [v for v in report.organizations if v.organization == ALDER]
    assert verdict.verdict is Verdict.WITHDRAWN
    assert verdict.withdrawal is not None
    assert (verdict.withdrawal.date, verdict.withdrawal.reason) == ("2026-06-01", "We were not asked.")
    with pytest.raises(ActRefused, match="has withdrawn from revision 1"):
        archive.check_signable(LETTER, 1, ALDER, key_of(ALDER).public)


def test_a_key_must_be_on_the_record_of_who_signs(archive: Archive) -> None:
    digest = record(archive).digest
    with pytest.raises(ActRefused, match="is not on the record"):
        archive.sign(LETTER, 1, ALDER, key_of(BIRCH), COMMITTER, digest=digest)
    with pytest.raises(UnknownName, match="has no key record"):
        archive.sign(LETTER, 1, CEDAR, key_of(CEDAR), COMMITTER, digest=digest)


def test_a_key_of_another_organization_is_not_recorded_again(archive: Archive) -> None:
    with pytest.raises(ActRefused, match="counts for neither"):
        archive.add_organization(CEDAR, "Cedar Institute", key_of(ALDER), COMMITTER, date="2026-01-05")


def test_a_revision_that_changes_nothing_is_refused(archive: Archive) -> None:
    record(archive)
    with pytest.raises(ActRefused, match="nothing changes"):
        record(archive, DRAFT + "note: Only the note is new.\n")
    assert archive.revisions(LETTER) == (1,)


def test_a_new_signatory_is_a_revision_with_the_same_wording(archive: Archive) -> None:
    first = record(archive)
    second = record(archive, DRAFT + "- {of: Fir Society}\n")
    assert second.letter.same_wording(first.letter)


def test_a_translation_names_the_text_that_it_translates(archive: Archive) -> None:
    original = record(archive)
    french = DRAFT.replace("language: en", "language: fr") + f"translation_of: {LETTER}@1\n"
    assert record(archive, french, "2026/ouvrir-le-registre").letter.translation_of == original.digest
    with pytest.raises(OpenletterError, match="no letter 2026/no-such-letter"):
        record(archive, french.replace(LETTER, "2026/no-such-letter"), "2026/autre")


def test_what_is_not_there_is_said_and_what_is_near_is_named(archive: Archive) -> None:
    record(archive)
    with pytest.raises(UnknownName) as caught:
        archive.verify("2026/open-water-rekord")
    assert caught.value.hint == f"did you mean {LETTER}?"
    for act in (lambda: archive.revision(LETTER, 2), lambda: archive.verify(f"{LETTER}@2")):
        with pytest.raises(UnknownName, match="has no revision 2"):
            act()
    with pytest.raises(UnknownName):
        archive.organization(CEDAR)
    with pytest.raises(IdError):
        archive.revisions("nonsense")


def test_an_empty_archive_has_nothing_to_verify(tmp_path: Path) -> None:
    archive, _ = Archive.init(tmp_path / "letters", COMMITTER)
    with pytest.raises(EmptyArchive):
        archive.verify()


def test_a_plain_folder_is_read_and_refuses_to_record(archive: Archive, tmp_path: Path) -> None:
    import subprocess

    record(archive)
    plain = tmp_path / "plain"
    plain.mkdir()
    subprocess.run(f"git archive HEAD | tar -x -C {plain}", shell=True, cwd=archive.path, check=True, timeout=60)  # noqa: S602
    copy = Archive.open(plain)
    assert not copy.has_history
    assert copy.verify().commit is None
    assert copy.history(LETTER) == ()
    with pytest.raises(ActRefused, match="no git repository"):
        record(copy, DRAFT.replace("records", "whole record"))


def test_a_stored_text_that_is_not_a_letter_is_told_with_its_path(archive: Archive, tmp_path: Path) -> None:
    import subprocess

    record(archive)
    plain = tmp_path / "plain"
    plain.mkdir()
    subprocess.run(f"git archive HEAD | tar -x -C {plain}", shell=True, cwd=archive.path, check=True, timeout=60)  # noqa: S602
    path = plain / "archive" / LETTER / "0001.yaml"
    path.write_bytes((plain / "keys" / ALDER / "0001.yaml").read_bytes())
    with pytest.raises(UnknownFormat) as caught:
        Archive.open(plain).revision(LETTER)
    assert caught.value.path == f"archive/{LETTER}/0001.yaml"
    path.unlink()
    with pytest.raises(ChainError, match="no revision that can be read"):
        Archive.open(plain).revision(LETTER)


def test_failures_are_of_two_families() -> None:
    assert issubclass(DraftError, InputError)
    assert issubclass(ChainError, Invalid)
    assert not issubclass(Invalid, InputError)

"""What an archive verifies at one moment, years later, on a host that may lie: whole archives, through the API."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from builders import ALDER, BIRCH, CEDAR, LETTER, key_of, name_of
from openletter import Archive
from openletter.archive import Act, snapshot
from openletter.keys import PublicKey
from openletter.verify import Evidence, OrganizationVerdict, Outcome, Seen, Verdict
from test_api import COMMITTER, record, sign
from test_archive import git
from test_checkpoints import head, repository_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))

from make_timestamps import ROOT, info, timestamp

NEW = key_of(ALDER, "second")
PINS: dict[str, frozenset[PublicKey]] = {BIRCH: frozenset({key_of(BIRCH).public})}
AUTHORITIES = {"tsa.example": (ROOT.data,)}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Alder has signed a letter; cedar and birch have keys."""
    made, _ = Archive.init(tmp_path / "letters", COMMITTER)
    for organization in (ALDER, BIRCH, CEDAR):
        made.add_organization(organization, name_of(organization), key_of(organization), COMMITTER, date="2026-01-05")
    record(made)
    sign(made, ALDER)
    return made


def checkpoint(archive: Archive, organization: str, date: str, *, stamped: str | None = None) -> str:
    """An organization's checkpoint of what is there now; its path."""
    made = archive.preview_checkpoint(organization, key_of(organization).public, date=date)
    tokens = {"tsa.example": timestamp(info(made.to_bytes(), time=stamped.encode()))} if stamped else {}
    assert archive.checkpoint(made, key_of(organization), COMMITTER, tokens=tokens) is not None
    newest = set(archive._snapshot().checkpoints()[organization].files)
    (name,) = (n for n in newest if n.endswith(".yaml") and made.to_bytes() in _contents(archive, organization, n))
    return f"archive/checkpoints/{organization}/{name}"


def _contents(archive: Archive, organization: str, name: str) -> tuple[bytes, ...]:
    return (archive._snapshot().checkpoints()[organization].files[name],)


def compromise(archive: Archive, since: str) -> None:
    """Alder's first key gets into other hands: a new one first, then the declaration."""
    rotation = archive.preview_rotation(ALDER, key_of(ALDER).public, new=NEW.public, date="2026-08-01")
    archive.record_keys(rotation, key_of(ALDER), NEW, committer=COMMITTER)
    fingerprint = key_of(ALDER).public.fingerprint
    declared = archive.preview_compromise(ALDER, fingerprint, NEW.public, since=since, date="2026-08-02")
    archive.record_keys(declared, NEW, committer=COMMITTER)


def alder(archive: Archive, **trust: object) -> OrganizationVerdict:
    report = archive.verify(LETTER, **trust)  # type: ignore[arg-type]  # pins and authorities
    assert report.false == ()
    return next(v for v in report.letters[0].organizations if v.organization == ALDER)


# --- the age of a signature ---


def test_a_signature_that_a_trusted_organization_saw_before_outlives_its_key(archive: Archive) -> None:
    seen_in = checkpoint(archive, BIRCH, "2026-05-20")
    compromise(archive, "2026-06-01")
    assert alder(archive).verdict is Verdict.UNPROVEN
    found = alder(archive, pins=PINS)
    assert (found.verdict, found.evidence) == (Verdict.SIGNED, Evidence.RECORDED)
    assert found.signatures[0].seen == Seen(path=seen_in, day="2026-05-20", authority=None, organization=BIRCH)


def test_what_was_seen_only_after_the_key_was_doubted_is_disputed(archive: Archive) -> None:
    checkpoint(archive, BIRCH, "2026-06-01")
    compromise(archive, "2026-06-01")
    found = alder(archive, pins=PINS)
    assert (found.verdict, found.signatures[0].outcome) == (Verdict.DISPUTED, Outcome.DISPUTED)


def test_a_backdated_checkpoint_of_a_state_that_knows_better_shows_nothing(archive: Archive) -> None:
    compromise(archive, "2026-06-01")
    checkpoint(archive, BIRCH, "2026-01-06")
    assert alder(archive, pins=PINS).verdict is Verdict.UNPROVEN


def test_a_stranger_s_old_checkpoint_shows_nothing(archive: Archive) -> None:
    checkpoint(archive, CEDAR, "1999-01-01")
    compromise(archive, "2026-06-01")
    assert alder(archive, pins=PINS).verdict is Verdict.UNPROVEN


def test_a_timestamp_by_an_authority_that_is_named_shows_the_age_and_one_by_another_does_not(archive: Archive) -> None:
    checkpoint(archive, CEDAR, "1999-01-01", stamped="20260515100000Z")
    compromise(archive, "2026-06-01")
    assert alder(archive).verdict is Verdict.UNPROVEN
    assert alder(archive, authorities={"other.example": (ROOT.data,)}).verdict is Verdict.UNPROVEN
    found = alder(archive, authorities=AUTHORITIES)
    assert found.verdict is Verdict.SIGNED
    seen = found.signatures[0].seen
    assert seen is not None
    assert (seen.day, seen.authority) == ("2026-05-15", "tsa.example")


def test_a_signature_forged_with_the_stolen_key_after_the_checkpoint_is_no_older_for_it(archive: Archive) -> None:
    record(archive, letter="2026/other")
    checkpoint(archive, BIRCH, "2026-05-20")
    digest = archive.revision("2026/other", 1).digest
    archive.sign("2026/other", 1, ALDER, key_of(ALDER), COMMITTER, digest=digest)
    compromise(archive, "2026-06-01")
    report = archive.verify("2026/other", pins=PINS)
    assert [v.verdict for v in report.letters[0].organizations if v.organization == ALDER] == [Verdict.UNPROVEN]


def test_a_retired_keys_signature_that_was_seen_before_is_marked_so(archive: Archive) -> None:
    checkpoint(archive, BIRCH, "2026-05-20")
    rotation = archive.preview_rotation(ALDER, key_of(ALDER).public, new=NEW.public, date="2026-08-01")
    archive.record_keys(rotation, key_of(ALDER), NEW, committer=COMMITTER)
    assert [s.older_than_retirement for s in alder(archive).signatures] == [False]
    assert [s.older_than_retirement for s in alder(archive, pins=PINS).signatures] == [True]


# --- a history that lies ---


def test_a_history_from_which_a_checkpoints_commit_was_taken_is_said_to_be_rewritten(archive: Archive) -> None:
    checkpoint(archive, BIRCH, "2026-05-20")
    folder = repository_of(archive)
    assert archive.verify().false == ()
    # The host keeps every file, and makes one commit of them all.
    tree = git(folder, "rev-parse", "HEAD^{tree}").strip()
    squashed = git(
        folder, *["-c", "user.name=M", "-c", "user.email=m@m.example"], "commit-tree", tree, "-m", "all"
    ).strip()
    git(folder, "update-ref", "HEAD", squashed)
    again = Archive.open(archive.path)
    faults = again.verify().false
    assert {fault.error for fault in faults} == {"HistoryError"}
    assert all("either it was rewritten" in fault.message for fault in faults)
    assert [(f.path, f.error) for f in again.audit().faults] == [(f.path, f.error) for f in faults]
    # A letter is judged by its own files all the same.
    assert again.verify(LETTER).false == ()


def test_a_checkpoint_that_never_matched_is_its_organizations_own_false_statement(archive: Archive) -> None:
    from dataclasses import replace

    from openletter.api.checkpoints import checkpoint_act

    made = archive.preview_checkpoint(BIRCH, key_of(BIRCH).public, date="2026-05-20")
    act = checkpoint_act(replace(made, tree="0" * 64), key_of(BIRCH))
    repository_of(archive).record(lambda _: Act(files=act.files, message="a lie"), COMMITTER)
    (fault,) = archive.verify().false
    assert fault.error == "CheckpointMismatch"
    assert [(f.path, f.error, f.commit) for f in archive.audit().faults] == [(fault.path, fault.error, head(archive))]
    assert f"{BIRCH} signed what it never saw" in fault.message
    assert alder(archive, pins=PINS).verdict is Verdict.SIGNED


def test_a_shallow_clone_and_a_plain_folder_accuse_nobody_and_show_nothing(archive: Archive, tmp_path: Path) -> None:
    checkpoint(archive, BIRCH, "2026-05-20")
    compromise(archive, "2026-06-01")
    git(repository_of(archive), "clone", "-q", "--depth", "1", f"file://{archive.path}", str(tmp_path / "shallow"))
    shutil.copytree(archive.path, tmp_path / "plain", ignore=shutil.ignore_patterns(".git"))
    for name in ("shallow", "plain"):
        copy = Archive.open(tmp_path / name)
        assert copy.verify(pins=PINS).false == ()
        if copy.has_history:
            assert copy.audit().faults == ()
        assert alder(copy, pins=PINS).verdict is Verdict.UNPROVEN
        # It is said that something could show more, and not only that nothing does.
        assert len(copy.verify(LETTER, pins=PINS).unestablished) == 1


def test_a_witness_that_a_stranger_buries_is_read_or_it_is_said(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint(archive, BIRCH, "2026-05-20")
    compromise(archive, "2026-06-01")
    rubbish = {f"archive/checkpoints/{BIRCH}/{number:016x}.yaml": b"x" * 5000 for number in range(4)}
    repository_of(archive).record(lambda _: Act(files=rubbish, message="rubbish"), COMMITTER)
    monkeypatch.setattr(snapshot, "MAX_FOLDER", 10_000)
    assert alder(archive, pins=PINS).verdict is Verdict.SIGNED
    assert archive.verify(LETTER, pins=PINS).unestablished == (f"archive/checkpoints/{BIRCH}",)


def test_a_clone_shows_what_the_original_shows(archive: Archive, tmp_path: Path) -> None:
    checkpoint(archive, BIRCH, "2026-05-20")
    compromise(archive, "2026-06-01")
    git(repository_of(archive), "clone", "-q", str(archive.path), str(tmp_path / "clone"))
    copy = Archive.open(tmp_path / "clone")
    assert copy.verify(pins=PINS).false == ()
    assert alder(copy, pins=PINS).verdict is Verdict.SIGNED
    assert head(copy) == head(archive)

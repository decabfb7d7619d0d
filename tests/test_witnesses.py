"""How old a signature is shown to be; each rule alone (spec/trust.md, "Witnesses")."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import ALDER, BIRCH, CEDAR, Desk, key_folders, key_of, signed_by
from openletter import records
from openletter.keys import PublicKey
from openletter.records import Checkpoint, Folder, Key, Organization, Recovery
from openletter.verify import (
    CheckpointFinding,
    Declaration,
    Evidence,
    KeyStanding,
    LetterReport,
    Outcome,
    Sighting,
    State,
    Timestamp,
    Verdict,
    Witness,
    judge_checkpoints,
    judge_keys,
    judge_letter,
    paths_to_witness,
    weigh_checkpoints,
)

OLD, NEW = key_of(ALDER), key_of(ALDER, "second")
PINS: dict[str, frozenset[PublicKey]] = {BIRCH: frozenset({key_of(BIRCH).public})}
SIGNATURE = f"archive/2026/open-water-record/0001.{ALDER}.{OLD.public.short}.sig"
DECLARATION = f"keys/{ALDER}/0002.yaml"
SINCE = "2026-06-01"
PUPPET = "puppet.example"


def a_desk(status: str) -> Desk:
    """Alder signed with its old key, which a rotation then called `status`."""
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR):
        desk.enrol(organization)
    desk.revise()
    desk.sign(ALDER)
    first = records.decode(desk.keys[ALDER]["0001.yaml"])
    assert isinstance(first, Organization)
    old = Key(key=OLD.public.line, status=status, since=SINCE if status == "compromised" else None)
    two = replace(
        first,
        record=2,
        previous=records.digest(first.to_bytes()),
        basis="rotation",
        date="2026-06-15",
        keys=(old, Key(key=NEW.public.line, status="active")),
    )
    desk.record(two, (ALDER, OLD), (ALDER, NEW))
    return desk


def witness(day: str, *, by: str = BIRCH, holds: frozenset[str] = frozenset({SIGNATURE}), **changes: object) -> Witness:
    made = Witness(
        path=f"archive/checkpoints/{by}/77ab77ab77ab77ab.yaml",
        organization=by,
        date=day,
        signers=(key_of(by).public.fingerprint,),
        evidence=Evidence.PINNED,
        timestamps=(),
        holds=holds,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def judge(desk: Desk, *witnesses: Witness) -> LetterReport:
    folder = Folder(path=f"archive/{desk.letter_id}", files=desk.files)
    return judge_letter(desk.letter_id, folder, judge_keys(key_folders(desk.keys), PINS), None, witnesses)


def outcome(desk: Desk, *witnesses: Witness) -> tuple[Outcome, Verdict]:
    report = judge(desk, *witnesses)
    verdict = next(v for v in report.organizations if v.organization == ALDER)
    (signature,) = verdict.signatures
    return signature.outcome, verdict.verdict


# --- a compromised key ---


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((), (Outcome.UNPROVEN, Verdict.UNPROVEN)),
        ((witness("2026-05-31"),), (Outcome.VALID, Verdict.SIGNED)),
        ((witness(SINCE),), (Outcome.DISPUTED, Verdict.DISPUTED)),
        ((witness("2026-07-01"),), (Outcome.DISPUTED, Verdict.DISPUTED)),
        ((witness("2026-07-01"), witness("2026-05-31", by=CEDAR)), (Outcome.VALID, Verdict.SIGNED)),
    ],
    ids=["no witness", "the day before", "the very day", "after", "the earliest counts"],
)
def test_a_compromised_keys_signature_is_as_old_as_a_witness_shows(
    found: tuple[Witness, ...], said: tuple[Outcome, Verdict]
) -> None:
    assert outcome(a_desk("compromised"), *found) == said


def test_a_witness_that_knows_of_the_declaration_shows_nothing_older_than_it() -> None:
    backdated = witness("2026-01-01", holds=frozenset({SIGNATURE, DECLARATION}))
    assert outcome(a_desk("compromised"), backdated) == (Outcome.UNPROVEN, Verdict.UNPROVEN)


def test_a_witness_that_does_not_hold_the_signature_shows_nothing() -> None:
    other = witness("2026-01-01", holds=frozenset({f"archive/2026/open-water-record/0001.{BIRCH}.sig"}))
    assert outcome(a_desk("compromised"), other)[0] is Outcome.UNPROVEN


@pytest.mark.parametrize("evidence", [Evidence.VOUCHED, Evidence.RECORDED, None])
def test_the_testimony_of_an_organization_that_is_not_pinned_shows_nothing(evidence: Evidence | None) -> None:
    assert outcome(a_desk("compromised"), witness("1999-01-01", evidence=evidence))[0] is Outcome.UNPROVEN


def test_the_testimony_of_the_organization_itself_shows_nothing() -> None:
    assert outcome(a_desk("compromised"), witness("1999-01-01", by=ALDER))[0] is Outcome.UNPROVEN


def test_a_timestamp_shows_the_age_whoever_made_the_checkpoint() -> None:
    stamped = witness(
        "2027-01-01",
        by=ALDER,
        evidence=None,
        signers=(),
        timestamps=(Timestamp(authority="tsa.example", time="2026-05-31T23:59:59Z"),),
    )
    assert outcome(a_desk("compromised"), stamped) == (Outcome.VALID, Verdict.SIGNED)
    (signature,) = next(v for v in judge(a_desk("compromised"), stamped).organizations if v.listed).signatures
    assert signature.seen is not None
    assert (signature.seen.day, signature.seen.authority) == ("2026-05-31", "tsa.example")


def test_an_organization_that_regrets_can_make_its_signature_disputed_and_not_undo_it() -> None:
    desk = a_desk("compromised")
    two = records.decode(desk.keys[ALDER]["0002.yaml"])
    assert isinstance(two, Organization)
    old = replace(two.keys[0], since="1900-01-01")
    desk.record(replace(two, keys=(old, two.keys[1])), (ALDER, OLD), (ALDER, NEW))
    assert outcome(desk, witness("2026-04-01")) == (Outcome.DISPUTED, Verdict.DISPUTED)


def test_it_is_the_first_declaration_that_a_witness_must_not_know_of() -> None:
    desk = a_desk("compromised")
    two = records.decode(desk.keys[ALDER]["0002.yaml"])
    assert isinstance(two, Organization)
    earlier = Key(key=OLD.public.line, status="compromised", since="2026-05-20")
    three = replace(two, record=3, previous=records.digest(two.to_bytes()), keys=(earlier, two.keys[1]))
    desk.record(three, (ALDER, NEW))
    knows = witness("2026-05-01", holds=frozenset({SIGNATURE, DECLARATION}))
    assert outcome(desk, knows) == (Outcome.UNPROVEN, Verdict.UNPROVEN)


# --- a retired key ---


def test_a_retired_keys_signature_is_marked_unless_a_witness_knew_it_before() -> None:
    desk = a_desk("retired")
    for found, older in (
        ((), False),
        ((witness("2026-05-01"),), True),
        ((witness("2026-05-01", holds=frozenset({SIGNATURE, DECLARATION})),), False),
        ((witness("2026-06-14"),), True),
        ((witness("2026-06-15"),), False),
    ):
        verdict = next(v for v in judge(desk, *found).organizations if v.organization == ALDER)
        assert verdict.verdict is Verdict.SIGNED
        assert [s.older_than_retirement for s in verdict.signatures] == [older]


def test_a_state_that_the_retirement_was_left_out_of_shows_nothing_older_than_it() -> None:
    stamped = witness(
        "2026-01-01",
        by=CEDAR,
        evidence=None,
        timestamps=(Timestamp(authority="tsa.example", time="2026-07-01T09:00:00Z"),),
    )
    verdict = next(v for v in judge(a_desk("retired"), stamped).organizations if v.organization == ALDER)
    assert [s.older_than_retirement for s in verdict.signatures] == [False]


# --- a key that another organization lists too ---


def test_whoever_lists_anothers_key_makes_its_signatures_doubtful_and_no_worse_where_a_witness_stood_by() -> None:
    desk = a_desk("active")
    desk.enrol(PUPPET, OLD)
    brought = f"keys/{PUPPET}/0001.yaml"
    for found, said in (
        ((), (Outcome.UNPROVEN, Verdict.UNPROVEN)),
        ((witness("2026-05-01"),), (Outcome.DISPUTED, Verdict.DISPUTED)),
        ((witness("2026-05-01", holds=frozenset({SIGNATURE, brought})),), (Outcome.UNPROVEN, Verdict.UNPROVEN)),
    ):
        assert outcome(desk, *found) == said
    ring = judge_keys(key_folders(desk.keys))
    assert paths_to_witness(judge(desk), ring, old_keys_only=True) == {SIGNATURE, brought}


# --- a declaration that takes the consent of others ---


def test_a_witness_of_a_declaration_that_did_not_count_yet_does_not_know_of_it() -> None:
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR):
        desk.enrol(organization)
    desk.revise()
    desk.sign(ALDER)
    first = records.decode(desk.keys[ALDER]["0001.yaml"])
    assert isinstance(first, Organization)
    one = replace(first, recovery=Recovery(threshold=1, organizations=(CEDAR,)))
    desk.record(one, (ALDER, OLD))
    two = replace(
        one,
        record=2,
        previous=records.digest(one.to_bytes()),
        basis="recovery",
        keys=(Key(key=OLD.public.line, status="compromised", since=SINCE), Key(key=NEW.public.line, status="active")),
        authorized_by=(records.digest(desk.keys[CEDAR]["0001.yaml"]),),
    )
    desk.record(two, (ALDER, NEW))
    assert outcome(desk) == (Outcome.VALID, Verdict.SIGNED)
    desk.record(two, (CEDAR, key_of(CEDAR)))
    consent = f"keys/{ALDER}/0002.{CEDAR}.{key_of(CEDAR).public.short}.sig"
    assert outcome(desk, witness("2026-05-01", holds=frozenset({SIGNATURE, DECLARATION})))[0] is Outcome.VALID
    assert outcome(desk, witness("2026-07-01", holds=frozenset({SIGNATURE, DECLARATION})))[0] is Outcome.DISPUTED
    knows = witness("2026-05-01", holds=frozenset({SIGNATURE, DECLARATION, consent}))
    assert outcome(desk, knows)[0] is Outcome.UNPROVEN


# --- which files matter ---


def test_what_must_be_witnessed_is_the_signature_and_what_ended_its_key() -> None:
    desk = a_desk("compromised")
    ring = judge_keys(key_folders(desk.keys))
    assert paths_to_witness(judge(desk), ring, old_keys_only=True) == {SIGNATURE, DECLARATION}
    desk.sign(ALDER, key=NEW)
    fresh = f"archive/2026/open-water-record/0001.{ALDER}.{NEW.public.short}.sig"
    assert paths_to_witness(judge(desk), ring, old_keys_only=True) == {SIGNATURE, DECLARATION}
    assert paths_to_witness(judge(desk), ring, old_keys_only=False) == {SIGNATURE, DECLARATION, fresh}


# --- checkpoints weighed ---


def checkpoint(*signers: KeyStanding) -> CheckpointFinding:
    return CheckpointFinding(
        path=f"archive/checkpoints/{BIRCH}/77ab77ab77ab77ab.yaml",
        record=Checkpoint(organization=BIRCH, date="2026-05-01", commit="a" * 40, tree="b" * 64),
        signers=signers,
    )


def standing(**changes: object) -> KeyStanding:
    made = KeyStanding(
        organization=BIRCH,
        fingerprint=key_of(BIRCH).public.fingerprint,
        algorithm="ssh-ed25519",
        status="active",
        since=None,
        record=1,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_checkpoint_that_matches_is_a_witness_with_what_its_commit_held() -> None:
    sighting = Sighting(state=State.MATCHES, holds=frozenset({SIGNATURE}))
    witnesses, faults = weigh_checkpoints([(checkpoint(standing(evidence=Evidence.PINNED)), sighting)])
    assert faults == ()
    assert [(w.organization, w.date, w.evidence, w.holds) for w in witnesses] == [
        (BIRCH, "2026-05-01", Evidence.PINNED, frozenset({SIGNATURE}))
    ]


def test_a_checkpoint_of_one_organization_in_the_folder_of_another_is_no_word_of_either() -> None:
    made = Checkpoint(organization=BIRCH, date="2026-05-01", commit="a" * 40, tree="b" * 64).to_bytes()
    act = records.digest(made).removeprefix("sha256:")[:16]
    key = key_of(CEDAR)
    desk = a_desk("active")
    folder = Folder(
        path=f"archive/checkpoints/{CEDAR}",
        files={f"{act}.yaml": made, f"{act}.{key.public.short}.sig": signed_by(key, made)},
    )
    found, faults = judge_checkpoints(CEDAR, folder, judge_keys(key_folders(desk.keys)))
    assert (found, [fault.error for fault in faults]) == ((), ["MisplacedRecord"])


@pytest.mark.parametrize(
    ("state", "error"), [(State.DIFFERS, "CheckpointMismatch"), (State.ABSENT, "HistoryError"), (State.UNKNOWN, None)]
)
def test_what_the_history_says_against_a_checkpoint_is_a_fault_of_its_kind(state: State, error: str | None) -> None:
    witnesses, faults = weigh_checkpoints([(checkpoint(standing()), Sighting(state=state))])
    assert witnesses == ()
    assert [fault.error for fault in faults] == ([error] if error else [])


@pytest.mark.parametrize(
    "signers", [(), (standing(status="compromised", since=SINCE),), (standing(shared_with=(CEDAR,)),)]
)
@pytest.mark.parametrize("state", [State.DIFFERS, State.ABSENT])
def test_a_checkpoint_that_nobody_signed_accuses_nobody(signers: tuple[KeyStanding, ...], state: State) -> None:
    assert weigh_checkpoints([(checkpoint(*signers), Sighting(state=state))]) == ((), ())


@pytest.mark.parametrize(
    "signers", [(), (standing(status="compromised", since=SINCE),), (standing(shared_with=(CEDAR,)),)]
)
def test_a_checkpoint_signed_by_no_key_that_counts_has_no_evidence(signers: tuple[KeyStanding, ...]) -> None:
    (made,), _ = weigh_checkpoints([(checkpoint(*signers), Sighting(state=State.MATCHES))])
    assert (made.signers, made.evidence) == ((), None)


# --- who knows of a declaration ---


def test_a_witness_knows_of_a_record_with_as_much_consent_as_it_took_and_more_changes_nothing() -> None:
    made = Declaration(
        path=DECLARATION, consent=(frozenset({"b1", "b2"}), frozenset({"c"}), frozenset({"d"})), threshold=2
    )
    assert made.paths == {DECLARATION, "b1", "b2", "c", "d"}
    assert not made.known_to({DECLARATION})
    assert not made.known_to({DECLARATION, "b1", "b2"})
    assert made.known_to({DECLARATION, "b2", "c"})
    assert not made.known_to({"b1", "c", "d"})
    assert Declaration(path=DECLARATION).known_to({DECLARATION})

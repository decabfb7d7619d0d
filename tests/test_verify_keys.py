"""Key records judged: possession, chain, authority, recovery; each rule broken alone (spec/verification.md)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, Desk, a_desk, key_folders, key_of, signed_by
from openletter import records
from openletter.errors import ForeignPath
from openletter.keys import PrivateKey
from openletter.records import Key, Organization, Recovery
from openletter.verify import OrganizationReport, Verdict, Waiting, holders_in, judge_keys, needed

NEW = key_of(ALDER, "second")


def report(desk: Desk, organization: str = ALDER) -> OrganizationReport:
    return desk.keyring().reports[organization]


def why(desk: Desk, organization: str = ALDER) -> tuple[str, str]:
    (fault,) = report(desk, organization).faults
    return fault.error, fault.message


def active(key: PrivateKey) -> Key:
    return Key(key=key.public.line, status="active")


def retired(key: PrivateKey) -> Key:
    return Key(key=key.public.line, status="retired")


def first(desk: Desk, organization: str = ALDER) -> Organization:
    record = records.decode(desk.keys[organization]["0001.yaml"])
    assert isinstance(record, Organization)
    return record


def second(desk: Desk, **changes: object) -> Organization:
    """A rotation of alder's key, to be signed by the old and by the new one."""
    before = first(desk)
    record = replace(
        before,
        record=2,
        previous=records.digest(before.to_bytes()),
        basis="rotation",
        date="2027-01-05",
        keys=(retired(key_of(ALDER)), active(NEW)),
    )
    return replace(record, **changes)  # type: ignore[arg-type]


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR, DOGWOOD):
        desk.enrol(organization)
    return desk


def test_a_first_record_signed_by_its_key_counts(desk: Desk) -> None:
    found = report(desk)
    assert found.faults == ()
    assert (found.name, found.records) == ("Alder Institute", 1)
    assert [(key.fingerprint, key.status) for key in found.keys] == [(key_of(ALDER).public.fingerprint, "active")]


def test_a_key_that_did_not_sign_its_record_is_nobodys(desk: Desk) -> None:
    del desk.keys[ALDER][f"0001.{ALDER}.{key_of(ALDER).public.short}.sig"]
    error, message = why(desk)
    assert error == "ChainError"
    assert message.endswith("is new here and didn't sign this record")
    assert report(desk).keys == ()


def test_a_retired_or_compromised_key_that_is_new_must_sign_too(desk: Desk) -> None:
    desk.record(replace(first(desk), keys=(active(key_of(ALDER)), retired(NEW))), (ALDER, key_of(ALDER)))
    assert why(desk)[1].endswith("is new here and didn't sign this record")
    desk.record(replace(first(desk), keys=(active(key_of(ALDER)), retired(NEW))), (ALDER, NEW))
    assert report(desk).faults == ()


def test_anothers_signature_is_no_possession(desk: Desk) -> None:
    folder = desk.keys[ALDER]
    armored = folder.pop(f"0001.{ALDER}.{key_of(ALDER).public.short}.sig")
    folder[f"0001.{BIRCH}.{key_of(ALDER).public.short}.sig"] = armored
    assert why(desk)[0] == "ChainError"


def test_a_rotation_signed_by_the_old_key_and_the_new_one_counts(desk: Desk) -> None:
    desk.record(second(desk), (ALDER, key_of(ALDER)), (ALDER, NEW))
    found = report(desk)
    assert found.faults == ()
    assert [(key.fingerprint, key.status, key.record) for key in found.keys] == [
        (key_of(ALDER).public.fingerprint, "retired", 1),
        (NEW.public.fingerprint, "active", 2),
    ]


def test_a_rotation_without_the_old_key_does_not_count_and_the_record_before_still_does(desk: Desk) -> None:
    desk.record(second(desk), (ALDER, NEW))
    assert why(desk) == ("ChainError", "no key that was active in the record before signed this one")
    assert [key.status for key in report(desk).keys] == ["active"]


def test_a_rotation_signed_by_another_organizations_key_does_not_count(desk: Desk) -> None:
    desk.record(second(desk), (ALDER, key_of(BIRCH)), (ALDER, NEW))
    assert why(desk)[0] == "ChainError"


def test_a_retired_key_rotates_nothing(desk: Desk) -> None:
    two = second(desk)
    desk.record(two, (ALDER, key_of(ALDER)), (ALDER, NEW))
    third = key_of(ALDER, "third")
    three = replace(two, record=3, previous=records.digest(two.to_bytes()), keys=(*two.keys, active(third)))
    desk.record(three, (ALDER, key_of(ALDER)), (ALDER, third))
    assert why(desk) == ("ChainError", "no key that was active in the record before signed this one")


def test_a_key_left_out_is_taken_back(desk: Desk) -> None:
    desk.record(second(desk, keys=(active(NEW),)), (ALDER, key_of(ALDER)), (ALDER, NEW))
    assert "is left out" in why(desk)[1]


def test_nothing_lifts_a_status(desk: Desk) -> None:
    desk.record(second(desk), (ALDER, key_of(ALDER)), (ALDER, NEW))
    two = second(desk)
    desk.record(
        replace(two, record=3, previous=records.digest(two.to_bytes()), keys=(active(key_of(ALDER)), active(NEW))),
        (ALDER, NEW),
    )
    assert "from retired back to active" in why(desk)[1]


def test_the_day_of_a_compromise_can_only_become_earlier(desk: Desk) -> None:
    gone = Key(key=key_of(ALDER).public.line, status="compromised", since="2026-12-01")
    two = second(desk, keys=(gone, active(NEW)))
    desk.record(two, (ALDER, key_of(ALDER)), (ALDER, NEW))
    three = replace(two, record=3, previous=records.digest(two.to_bytes()))
    desk.record(replace(three, keys=(replace(gone, since="2026-12-02"), active(NEW))), (ALDER, NEW))
    assert "from a later day" in why(desk)[1]
    desk.record(replace(three, keys=(replace(gone, since="2026-11-30"), active(NEW))), (ALDER, NEW))
    assert report(desk).faults == ()


def test_a_record_that_names_another_as_the_one_before_does_not_count(desk: Desk) -> None:
    desk.record(second(desk, previous="sha256:" + "5" * 64), (ALDER, key_of(ALDER)), (ALDER, NEW))
    assert why(desk) == ("ChainError", "it names another record 1 as the one before it")


def test_a_gap_in_the_numbers_is_a_fault(desk: Desk) -> None:
    desk.record(second(desk, record=3), (ALDER, key_of(ALDER)), (ALDER, NEW))
    assert why(desk) == ("ChainError", "record 2 is missing")


def test_a_record_of_another_organization_is_misplaced_and_does_not_stand_in_for_the_original(desk: Desk) -> None:
    desk.record(second(desk), (ALDER, key_of(ALDER)), (ALDER, NEW))
    desk.keys["aaa.example"] = dict(desk.keys[ALDER])
    assert {fault.error for fault in report(desk, "aaa.example").faults} >= {"MisplacedRecord"}
    assert report(desk).faults == ()
    assert report(desk).records == 2


def test_rubbish_beside_a_record_is_a_fault_and_takes_nothing_from_it(desk: Desk) -> None:
    desk.keys[ALDER][f"0001.{BIRCH}.{key_of(BIRCH).public.short}.sig"] = signed_by(key_of(BIRCH), b"something else")
    assert why(desk)[0] == "SignatureMismatch"
    assert report(desk).records == 1


def test_derived_lines_are_checked_and_never_trusted(desk: Desk) -> None:
    desk.keys[ALDER]["0001.allowed_signers"] = desk.keys[BIRCH]["0001.allowed_signers"]
    assert why(desk)[0] == "DerivedMismatch"
    assert desk.keyring().standing(ALDER, key_of(BIRCH).public) is None


def test_a_name_outside_the_grammar_and_an_unreadable_entry_are_faults(desk: Desk) -> None:
    desk.keys[ALDER]["note.txt"] = b"x"
    folders = key_folders(desk.keys, {ALDER: ForeignPath("a symbolic link", path=f"keys/{ALDER}/0002.yaml")})
    faults = judge_keys(folders).reports[ALDER].faults
    assert [(fault.error, fault.path) for fault in faults] == [
        ("ForeignPath", f"keys/{ALDER}/0002.yaml"),
        ("ForeignPath", f"keys/{ALDER}/note.txt"),
    ]


def test_a_letter_is_no_key_record(desk: Desk) -> None:
    letters = a_desk()
    desk.keys[ALDER]["0002.yaml"] = letters.text(1)
    assert why(desk)[0] == "UnknownFormat"


# --- one key, two organizations ---


def test_a_key_that_two_organizations_list_counts_for_neither() -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.enrol(BIRCH, key_of(ALDER))
    desk.revise()
    desk.sign(ALDER)
    desk.sign(BIRCH)
    verdict = desk.verdict(ALDER)
    assert verdict.verdict is Verdict.UNPROVEN
    assert verdict.signatures[0].reason == f"the key is also listed by {BIRCH}, so it counts for neither"
    assert desk.verdict(BIRCH).verdict is Verdict.SIGNED


def test_a_stranger_who_lists_a_key_without_having_it_takes_nothing_from_its_owner() -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.enrol(BIRCH)
    thief = replace(first(desk, BIRCH), keys=(active(key_of(BIRCH)), active(key_of(ALDER))))
    desk.record(thief, (BIRCH, key_of(BIRCH)))
    desk.revise()
    desk.sign(ALDER)
    assert desk.verdict(ALDER).verdict is Verdict.SIGNED


def test_whose_records_are_needed_is_seen_from_names() -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.enrol(BIRCH, key_of(ALDER))
    desk.enrol(CEDAR)
    holders = holders_in({organization: tuple(files) for organization, files in desk.keys.items()})
    assert holders[key_of(ALDER).public.short] == {ALDER, BIRCH}
    assert needed(ALDER, key_folders(desk.keys)[ALDER], holders) - {ALDER} == {BIRCH}
    assert needed(CEDAR, key_folders(desk.keys)[CEDAR], holders) - {CEDAR} == set()


# --- old keys ---


def test_a_retired_keys_signature_stands_and_says_so() -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.revise()
    desk.sign(ALDER)
    desk.record(second(desk), (ALDER, key_of(ALDER)), (ALDER, NEW))
    verdict = desk.verdict(ALDER)
    assert verdict.verdict is Verdict.SIGNED
    assert verdict.signatures[0].key_status == "retired"


def test_a_compromised_keys_signature_proves_nothing_without_a_witness() -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.revise()
    desk.sign(ALDER)
    gone = Key(key=key_of(ALDER).public.line, status="compromised", since="2030-01-01")
    desk.record(second(desk, keys=(gone, active(NEW))), (ALDER, key_of(ALDER)), (ALDER, NEW))
    verdict = desk.verdict(ALDER)
    assert verdict.verdict is Verdict.UNPROVEN
    assert verdict.signatures[0].key_status == "compromised"


# --- recovery ---


def with_recovery(desk: Desk, threshold: int = 2) -> Organization:
    """Give alder a first record that birch, cedar and dogwood may recover."""
    record = replace(first(desk), recovery=Recovery(threshold=threshold, organizations=(BIRCH, CEDAR, DOGWOOD)))
    desk.record(record, (ALDER, key_of(ALDER)))
    return record


def recovery(desk: Desk, *authorities: str, **changes: object) -> Organization:
    before = first(desk)
    record = replace(
        before,
        record=2,
        previous=records.digest(before.to_bytes()),
        basis="recovery",
        keys=(Key(key=key_of(ALDER).public.line, status="retired"), active(NEW)),
        authorized_by=tuple(records.digest(desk.keys[org]["0001.yaml"]) for org in authorities),
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def test_a_recovery_at_its_threshold_counts(desk: Desk) -> None:
    with_recovery(desk)
    desk.record(recovery(desk, BIRCH, CEDAR), (ALDER, NEW), (BIRCH, key_of(BIRCH)), (CEDAR, key_of(CEDAR)))
    assert report(desk).faults == ()
    assert report(desk).records == 2


def test_a_recovery_below_its_threshold_does_not_count(desk: Desk) -> None:
    with_recovery(desk)
    desk.record(recovery(desk, BIRCH, CEDAR, DOGWOOD), (ALDER, NEW), (BIRCH, key_of(BIRCH)))
    found = report(desk)
    assert (found.records, [key.status for key in found.keys]) == (1, ["active"])
    assert found.faults == ()
    assert found.waiting == Waiting(
        path=f"keys/{ALDER}/0002.yaml",
        record=2,
        basis="recovery",
        threshold=2,
        organizations=(BIRCH, CEDAR, DOGWOOD),
        agreed=(BIRCH,),
    )
    assert desk.keyring().standing(ALDER, NEW.public) is None


def test_what_follows_a_record_that_waits_does_not_count(desk: Desk) -> None:
    with_recovery(desk)
    waits = recovery(desk, BIRCH, CEDAR)
    desk.record(waits, (ALDER, NEW))
    three = replace(waits, record=3, basis="rotation", previous=records.digest(waits.to_bytes()), authorized_by=())
    desk.record(three, (ALDER, NEW))
    assert why(desk) == ("ChainError", "record 2, which it follows, doesn't count")
    assert report(desk).waiting is not None


def test_a_record_that_waits_counts_with_the_last_consent(desk: Desk) -> None:
    with_recovery(desk)
    desk.record(recovery(desk, BIRCH, CEDAR), (ALDER, NEW), (BIRCH, key_of(BIRCH)))
    assert report(desk).waiting is not None
    desk.record(recovery(desk, BIRCH, CEDAR), (CEDAR, key_of(CEDAR)))
    assert (report(desk).waiting, report(desk).records) == (None, 2)


def test_a_record_without_its_own_new_keys_signature_waits_for_nobody(desk: Desk) -> None:
    with_recovery(desk)
    desk.record(recovery(desk, BIRCH, CEDAR), (BIRCH, key_of(BIRCH)))
    assert why(desk)[1].endswith("is new here and didn't sign this record")
    assert report(desk).waiting is None


def test_one_organization_with_two_keys_is_one_organization(desk: Desk) -> None:
    with_recovery(desk)
    other = key_of(BIRCH, "other")
    desk.enrol(BIRCH, other)
    desk.record(recovery(desk, BIRCH), (ALDER, NEW), (BIRCH, key_of(BIRCH)), (BIRCH, other))
    assert why(desk)[1].startswith("it names valid records of 1 of the organizations")
    desk.record(recovery(desk, BIRCH, CEDAR), (ALDER, NEW), (BIRCH, key_of(BIRCH)), (BIRCH, other))
    waiting = report(desk).waiting
    assert waiting is not None
    assert waiting.agreed == (BIRCH,)


def test_a_key_that_is_retired_in_the_record_named_consents_to_nothing(desk: Desk) -> None:
    old, fresh = key_of(BIRCH), key_of(BIRCH, "second")
    before = first(desk, BIRCH)
    two = replace(
        before,
        record=2,
        previous=records.digest(before.to_bytes()),
        basis="rotation",
        keys=(retired(old), active(fresh)),
    )
    desk.record(two, (BIRCH, old), (BIRCH, fresh))
    made = with_recovery(desk, threshold=1)
    record = replace(recovery(desk, BIRCH), previous=records.digest(made.to_bytes()))
    record = replace(record, authorized_by=(records.digest(two.to_bytes()),))
    desk.record(record, (ALDER, NEW), (BIRCH, old))
    assert report(desk).records == 1
    desk.record(record, (BIRCH, fresh))
    assert report(desk).records == 2


def test_an_authority_that_the_record_does_not_name_by_digest_does_not_count(desk: Desk) -> None:
    with_recovery(desk)
    desk.record(recovery(desk, BIRCH), (ALDER, NEW), (BIRCH, key_of(BIRCH)), (CEDAR, key_of(CEDAR)))
    assert why(desk)[0] == "ChainError"


def test_an_organization_that_was_not_named_for_recovery_does_not_count(desk: Desk) -> None:
    with_recovery(desk)
    desk.enrol("thief.example")
    desk.record(
        recovery(desk, BIRCH, "thief.example"),
        (ALDER, NEW),
        (BIRCH, key_of(BIRCH)),
        ("thief.example", key_of("thief.example")),
    )
    assert why(desk)[0] == "ChainError"


def test_without_named_organizations_nobody_can_recover(desk: Desk) -> None:
    desk.record(recovery(desk, BIRCH, CEDAR), (ALDER, NEW), (BIRCH, key_of(BIRCH)), (CEDAR, key_of(CEDAR)))
    assert why(desk) == ("ChainError", "the record before names nobody who could recover it")


def test_a_thief_with_the_key_cannot_put_his_own_into_recovery(desk: Desk) -> None:
    with_recovery(desk)
    stolen = second(desk, recovery=Recovery(threshold=1, organizations=("thief.example",)))
    desk.record(stolen, (ALDER, key_of(ALDER)), (ALDER, NEW))
    message = "it names valid records of 0 of the organizations named for recovery, and 2 must sign it"
    assert why(desk) == ("ChainError", message)
    puppet = key_of("thief.example")
    desk.enrol("thief.example")
    named = (records.digest(desk.keys["thief.example"]["0001.yaml"]),)
    desk.record(replace(stolen, authorized_by=named), (ALDER, key_of(ALDER)), (ALDER, NEW), ("thief.example", puppet))
    assert why(desk) == ("ChainError", message)


def test_an_authority_whose_own_record_does_not_count_authorizes_nothing(desk: Desk) -> None:
    with_recovery(desk)
    del desk.keys[CEDAR][f"0001.{CEDAR}.{key_of(CEDAR).public.short}.sig"]
    desk.record(recovery(desk, BIRCH, CEDAR), (ALDER, NEW), (BIRCH, key_of(BIRCH)), (CEDAR, key_of(CEDAR)))
    assert why(desk)[1].startswith("it names valid records of 1 of the organizations")

"""How a key is known: pins, rotation, recovery, vouching; each rule alone (spec/trust.md, "Evidence")."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, Desk, key_folders, key_of, signed_by
from openletter import records
from openletter.errors import InputError
from openletter.keys import PrivateKey, PublicKey
from openletter.records import Folder, Key, Organization, Recovery
from openletter.records.names import SignatureName
from openletter.verify import (
    Demand,
    Evidence,
    Keyring,
    KeyStanding,
    LetterReport,
    OrganizationReport,
    Trust,
    judge_keys,
    judge_letter,
)

OLD, NEW, THIRD = key_of(ALDER), key_of(ALDER, "second"), key_of(ALDER, "third")
PUPPET = "puppet.example"


def pins(*pairs: tuple[str, PrivateKey]) -> dict[str, frozenset[PublicKey]]:
    found: dict[str, frozenset[PublicKey]] = {}
    for organization, key in pairs:
        found[organization] = found.get(organization, frozenset()) | {key.public}
    return found


def keyring(desk: Desk, *pinned: tuple[str, PrivateKey]) -> Keyring:
    return judge_keys(key_folders(desk.keys), pins(*pinned))


def standing(desk: Desk, key: PrivateKey, *pinned: tuple[str, PrivateKey]) -> KeyStanding:
    found = keyring(desk, *pinned).standing(ALDER, key.public)
    assert found is not None
    return found


def report(desk: Desk, *pinned: tuple[str, PrivateKey]) -> OrganizationReport:
    return keyring(desk, *pinned).reports[ALDER]


def listed(**statuses: str) -> tuple[Key, ...]:
    keys = {"old": OLD, "new": NEW, "third": THIRD}
    return tuple(
        Key(
            key=keys[name].public.line,
            status=status,
            since="2026-12-01" if status == "compromised" else None,
        )
        for name, status in statuses.items()
    )


def record(desk: Desk, number: int, *signers: tuple[str, PrivateKey], **changes: object) -> Organization:
    """Store alder's next record, a rotation unless said otherwise."""
    before = records.decode(desk.keys[ALDER][f"{number - 1:04}.yaml"])
    assert isinstance(before, Organization)
    made = replace(
        before,
        record=number,
        previous=records.digest(before.to_bytes()),
        basis="rotation",
        authorized_by=(),
        **changes,  # type: ignore[arg-type]
    )
    desk.record(made, *signers)
    assert report(desk).faults == ()
    return made


def vouch(desk: Desk, organization: str, number: int = 1, key: PrivateKey | None = None) -> None:
    key = key or key_of(organization)
    name = SignatureName(number=number, organization=organization, key=key.public.short)
    desk.keys[ALDER][str(name)] = signed_by(key, desk.keys[ALDER][f"{number:04}.yaml"])


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR, DOGWOOD, PUPPET):
        desk.enrol(organization)
    return desk


# --- pins and rotation ---


def test_without_pins_a_key_is_known_only_from_the_archive(desk: Desk) -> None:
    assert standing(desk, OLD).evidence is Evidence.RECORDED


def test_a_pinned_key_is_pinned(desk: Desk) -> None:
    assert standing(desk, OLD, (ALDER, OLD)).evidence is Evidence.PINNED


def test_a_pin_of_the_key_for_another_organization_is_no_pin(desk: Desk) -> None:
    assert standing(desk, OLD, (BIRCH, OLD)).evidence is Evidence.RECORDED


def test_a_pin_leads_through_rotations(desk: Desk) -> None:
    record(desk, 2, (ALDER, OLD), (ALDER, NEW), keys=listed(old="retired", new="active"))
    record(desk, 3, (ALDER, NEW), (ALDER, THIRD), keys=listed(old="retired", new="retired", third="active"))
    for key in (NEW, THIRD):
        assert standing(desk, key, (ALDER, OLD)).evidence is Evidence.PINNED_THROUGH_ROTATION
    assert standing(desk, OLD, (ALDER, OLD)).evidence is Evidence.PINNED


def test_a_pinned_key_answers_for_the_older_keys_on_a_record_that_it_signed(desk: Desk) -> None:
    record(desk, 2, (ALDER, OLD), (ALDER, NEW), keys=listed(old="retired", new="active"))
    assert standing(desk, OLD, (ALDER, NEW)).evidence is Evidence.PINNED_THROUGH_ROTATION


def test_keys_that_signed_one_record_answer_for_each_other(desk: Desk) -> None:
    desk.enrol(ALDER, NEW)
    record(desk, 2, (ALDER, NEW), (ALDER, THIRD), keys=listed(old="active", new="retired", third="active"))
    assert standing(desk, THIRD, (ALDER, OLD)).evidence is Evidence.PINNED_THROUGH_ROTATION
    assert standing(desk, OLD, (ALDER, THIRD)).evidence is Evidence.PINNED_THROUGH_ROTATION


def test_a_compromised_key_is_answered_for_by_no_record(desk: Desk) -> None:
    record(desk, 2, (ALDER, OLD), (ALDER, NEW), keys=listed(old="compromised", new="active"))
    assert standing(desk, OLD, (ALDER, NEW)).evidence is Evidence.RECORDED


def test_that_the_verifier_confirmed_another_key_is_said(desk: Desk) -> None:
    stranger = key_of(ALDER, "the true one")
    assert report(desk, (ALDER, stranger)).confirmed_another
    assert not report(desk, (ALDER, stranger), (ALDER, OLD)).confirmed_another
    assert not report(desk).confirmed_another
    desk.revise()
    desk.sign(ALDER)
    folder = Folder(path=f"archive/{desk.letter_id}", files=desk.files)
    found = judge_letter(desk.letter_id, folder, keyring(desk, (ALDER, stranger)))
    assert [v.confirmed_another for v in found.organizations if v.organization == ALDER] == [True]


# --- recovery ---


def recovered(desk: Desk, *signers: tuple[str, PrivateKey], **statuses: str) -> None:
    """Give alder recovery by birch and cedar, then let them recover it."""
    first = records.decode(desk.keys[ALDER]["0001.yaml"])
    assert isinstance(first, Organization)
    had = [(ALDER, key) for key in (OLD, NEW, THIRD) if key.public in {listed.public for listed in first.keys}]
    desk.record(replace(first, recovery=Recovery(threshold=2, organizations=(BIRCH, CEDAR, DOGWOOD))), *had)
    before = records.decode(desk.keys[ALDER]["0001.yaml"])
    assert isinstance(before, Organization)
    desk.record(
        replace(
            before,
            record=2,
            previous=records.digest(before.to_bytes()),
            basis="recovery",
            keys=listed(**(statuses or {"old": "retired", "new": "active"})),
            authorized_by=tuple(records.digest(desk.keys[org]["0001.yaml"]) for org in (BIRCH, CEDAR)),
        ),
        (ALDER, NEW),
        (BIRCH, key_of(BIRCH)),
        (CEDAR, key_of(CEDAR)),
        *signers,
    )
    assert report(desk).records == 2


def test_a_recovery_breaks_the_line_from_a_pin_and_it_is_said(desk: Desk) -> None:
    recovered(desk)
    assert standing(desk, NEW, (ALDER, OLD)).evidence is Evidence.RECORDED
    assert standing(desk, OLD, (ALDER, OLD)).evidence is Evidence.PINNED
    assert report(desk, (ALDER, OLD)).recovered == 2
    assert report(desk).recovered is None


def test_a_pin_of_the_new_key_holds_after_a_recovery(desk: Desk) -> None:
    recovered(desk)
    record(desk, 3, (ALDER, NEW), (ALDER, THIRD), keys=listed(old="retired", new="retired", third="active"))
    assert standing(desk, THIRD, (ALDER, NEW)).evidence is Evidence.PINNED_THROUGH_ROTATION
    assert report(desk, (ALDER, NEW)).recovered is None
    assert standing(desk, THIRD, (ALDER, OLD)).evidence is Evidence.RECORDED
    assert report(desk, (ALDER, OLD)).recovered == 2


def test_a_rotation_after_a_recovery_is_answered_for_only_by_who_signed_it(desk: Desk) -> None:
    recovered(desk, old="active", new="active")
    record(desk, 3, (ALDER, NEW), (ALDER, THIRD), keys=listed(old="active", new="retired", third="active"))
    assert standing(desk, THIRD, (ALDER, OLD)).evidence is Evidence.RECORDED
    record(desk, 4, (ALDER, OLD), keys=listed(old="retired", new="retired", third="active"))
    assert standing(desk, THIRD, (ALDER, OLD)).evidence is Evidence.PINNED_THROUGH_ROTATION
    assert report(desk, (ALDER, OLD)).recovered is None


def test_a_pinned_key_that_signs_the_recovery_itself_answers_for_it(desk: Desk) -> None:
    recovered(desk, (ALDER, OLD), old="active", new="active")
    assert standing(desk, NEW, (ALDER, OLD)).evidence is Evidence.PINNED_THROUGH_ROTATION
    assert report(desk, (ALDER, OLD)).recovered is None


@pytest.mark.parametrize("status", ["retired", "compromised"])
def test_a_pinned_key_that_a_recovery_ends_does_not_answer_for_it(desk: Desk, status: str) -> None:
    recovered(desk, (ALDER, OLD), old=status, new="active")
    assert standing(desk, NEW, (ALDER, OLD)).evidence is Evidence.RECORDED


def test_a_key_that_the_pin_led_to_before_a_recovery_is_not_known_by_it_after(desk: Desk) -> None:
    desk.enrol(ALDER, THIRD)
    assert standing(desk, THIRD, (ALDER, OLD)).evidence is Evidence.PINNED_THROUGH_ROTATION
    recovered(desk, old="retired", third="active", new="active")
    record(desk, 3, (ALDER, THIRD), keys=listed(old="retired", third="active", new="retired"))
    for key in (THIRD, NEW):
        assert standing(desk, key, (ALDER, OLD)).evidence is Evidence.RECORDED


def test_a_key_speaks_only_in_the_name_of_its_organization(desk: Desk) -> None:
    recovered(desk, (BIRCH, OLD), old="active", new="active")
    assert standing(desk, NEW, (ALDER, OLD)).evidence is Evidence.RECORDED


def test_no_signature_on_a_recovery_vouches(desk: Desk) -> None:
    recovered(desk, (DOGWOOD, key_of(DOGWOOD)))
    found = standing(desk, NEW, (DOGWOOD, key_of(DOGWOOD)))
    assert (found.evidence, found.vouched_by, found.vouched_unpinned) == (Evidence.RECORDED, (), ())


def test_consent_to_a_recovery_vouches_for_nothing(desk: Desk) -> None:
    recovered(desk)
    found = standing(desk, NEW, (BIRCH, key_of(BIRCH)), (CEDAR, key_of(CEDAR)))
    assert (found.evidence, found.vouched_by, found.vouched_unpinned) == (Evidence.RECORDED, (), ())


def test_a_signature_that_authorizes_a_change_of_recovery_vouches_for_nothing(desk: Desk) -> None:
    first = records.decode(desk.keys[ALDER]["0001.yaml"])
    assert isinstance(first, Organization)
    desk.record(replace(first, recovery=Recovery(threshold=1, organizations=(BIRCH,))), (ALDER, OLD))
    before = records.decode(desk.keys[ALDER]["0001.yaml"])
    assert isinstance(before, Organization)
    two = replace(
        before,
        record=2,
        previous=records.digest(before.to_bytes()),
        basis="rotation",
        recovery=Recovery(threshold=1, organizations=(CEDAR,)),
        authorized_by=(records.digest(desk.keys[BIRCH]["0001.yaml"]),),
    )
    desk.record(two, (ALDER, OLD), (BIRCH, key_of(BIRCH)), (DOGWOOD, key_of(DOGWOOD)))
    found = standing(desk, OLD, (BIRCH, key_of(BIRCH)))
    assert report(desk).records == 2
    assert (found.vouched_by, found.vouched_unpinned) == ((), (DOGWOOD,))


def test_consent_does_not_turn_into_a_vouch_where_the_record_that_it_goes_by_is_left_out(desk: Desk) -> None:
    first = records.decode(desk.keys[ALDER]["0001.yaml"])
    birch = records.decode(desk.keys[BIRCH]["0001.yaml"])
    assert isinstance(first, Organization)
    assert isinstance(birch, Organization)
    later = replace(birch, record=2, previous=records.digest(birch.to_bytes()), basis="rotation")
    desk.record(later, (BIRCH, key_of(BIRCH)))
    one = replace(first, recovery=Recovery(threshold=1, organizations=(BIRCH, CEDAR)))
    desk.record(one, (ALDER, OLD))
    two = replace(
        one,
        record=2,
        previous=records.digest(one.to_bytes()),
        basis="rotation",
        recovery=None,
        authorized_by=(records.digest(later.to_bytes()), records.digest(desk.keys[CEDAR]["0001.yaml"])),
    )
    desk.record(two, (ALDER, OLD), (BIRCH, key_of(BIRCH)), (CEDAR, key_of(CEDAR)))
    for hidden in ((), ("0002.yaml",)):
        for name in hidden:
            del desk.keys[BIRCH][name]
        assert report(desk).records == 2
        found = standing(desk, OLD, (BIRCH, key_of(BIRCH)))
        assert (found.evidence, found.vouched_by, found.vouched_unpinned) == (Evidence.RECORDED, (), ())


# --- vouching ---


def test_an_organization_that_the_verifier_pins_vouches(desk: Desk) -> None:
    vouch(desk, BIRCH)
    found = standing(desk, OLD, (BIRCH, key_of(BIRCH)))
    assert (found.evidence, found.vouched_by) == (Evidence.VOUCHED, (BIRCH,))


def test_a_vouch_by_an_organization_that_is_not_pinned_is_told_and_lifts_nothing(desk: Desk) -> None:
    vouch(desk, PUPPET)
    found = standing(desk, OLD, (BIRCH, key_of(BIRCH)))
    assert (found.evidence, found.vouched_by, found.vouched_unpinned) == (Evidence.RECORDED, (), (PUPPET,))


def test_vouching_does_not_go_through_a_third(desk: Desk) -> None:
    vouch(desk, CEDAR)
    name = SignatureName(number=1, organization=BIRCH, key=key_of(BIRCH).public.short)
    desk.keys[CEDAR][str(name)] = signed_by(key_of(BIRCH), desk.keys[CEDAR]["0001.yaml"])
    assert standing(desk, OLD, (BIRCH, key_of(BIRCH))).evidence is Evidence.RECORDED


def test_a_vouch_is_for_the_keys_of_the_very_record(desk: Desk) -> None:
    vouch(desk, BIRCH)
    record(desk, 2, (ALDER, OLD), (ALDER, NEW), keys=listed(old="retired", new="active"))
    pin = (BIRCH, key_of(BIRCH))
    assert standing(desk, OLD, pin).evidence is Evidence.VOUCHED
    assert standing(desk, NEW, pin).evidence is Evidence.RECORDED
    vouch(desk, BIRCH, 2)
    assert standing(desk, NEW, pin).evidence is Evidence.VOUCHED


def test_a_vouch_on_a_later_record_is_not_for_a_key_that_it_calls_retired(desk: Desk) -> None:
    record(desk, 2, (ALDER, OLD), (ALDER, NEW), keys=listed(old="retired", new="active"))
    vouch(desk, BIRCH, 2)
    assert standing(desk, OLD, (BIRCH, key_of(BIRCH))).evidence is Evidence.RECORDED


def test_nobody_vouches_for_itself(desk: Desk) -> None:
    found = standing(desk, OLD, (BIRCH, key_of(BIRCH)))
    assert (found.vouched_by, found.vouched_unpinned) == ((), ())


def test_a_compromised_key_vouches_for_nothing(desk: Desk) -> None:
    vouch(desk, BIRCH)
    first = records.decode(desk.keys[BIRCH]["0001.yaml"])
    assert isinstance(first, Organization)
    fresh = key_of(BIRCH, "second")
    desk.record(
        replace(
            first,
            record=2,
            previous=records.digest(first.to_bytes()),
            basis="rotation",
            keys=(
                Key(key=key_of(BIRCH).public.line, status="compromised", since="2030-01-01"),
                Key(key=fresh.public.line, status="active"),
            ),
        ),
        (BIRCH, key_of(BIRCH)),
        (BIRCH, fresh),
    )
    found = standing(desk, OLD, (BIRCH, key_of(BIRCH)), (BIRCH, fresh))
    assert (found.evidence, found.vouched_by, found.vouched_unpinned) == (Evidence.RECORDED, (), ())


def test_a_key_that_two_organizations_list_vouches_for_nothing(desk: Desk) -> None:
    vouch(desk, BIRCH)
    desk.enrol(PUPPET, key_of(BIRCH))
    found = standing(desk, OLD, (BIRCH, key_of(BIRCH)))
    assert (found.evidence, found.vouched_by, found.vouched_unpinned) == (Evidence.RECORDED, (), ())


def test_a_vouch_with_a_key_that_its_organization_has_not_on_record_is_none(desk: Desk) -> None:
    vouch(desk, BIRCH, key=key_of(BIRCH, "elsewhere"))
    found = standing(desk, OLD, (BIRCH, key_of(BIRCH)), (BIRCH, key_of(BIRCH, "elsewhere")))
    assert (found.evidence, found.vouched_unpinned) == (Evidence.RECORDED, ())


def test_a_vouch_counts_alike_whichever_key_records_are_read(desk: Desk) -> None:
    """Alder's record names one of an organization that nobody named for recovery, and that no letter needs."""
    before = records.decode(desk.keys[ALDER]["0001.yaml"])
    assert isinstance(before, Organization)
    record = replace(
        before,
        record=2,
        previous=records.digest(before.to_bytes()),
        basis="rotation",
        authorized_by=(records.digest(desk.keys[PUPPET]["0001.yaml"]),),
    )
    desk.record(record, (ALDER, OLD), (BIRCH, key_of(BIRCH)))
    folders = key_folders(desk.keys)
    few = {organization: folders[organization] for organization in (ALDER, BIRCH)}
    for those in (folders, few):
        ring = judge_keys(those, pins((BIRCH, key_of(BIRCH))))
        found = ring.standing(ALDER, OLD.public)
        assert found is not None
        assert (ring.reports[ALDER].records, found.evidence, found.vouched_by) == (2, Evidence.RECORDED, ())
        assert ring.asked(ALDER, 2) is None


# --- demands ---


def letter(desk: Desk, *pinned: tuple[str, PrivateKey]) -> LetterReport:
    if not desk.letters:
        desk.revise()
        desk.sign(ALDER)
        desk.sign(BIRCH)
    folder = Folder(path=f"archive/{desk.letter_id}", files=desk.files)
    return judge_letter(desk.letter_id, folder, keyring(desk, *pinned))


def test_five_invented_endorsers_do_not_meet_a_demand_of_five() -> None:
    puppets = [f"puppet{number}.example" for number in range(5)]
    desk = Desk()
    for organization in (ALDER, *puppets):
        desk.enrol(organization)
    desk.revise()
    for organization in puppets:
        desk.sign(organization)
    assert Demand(count=5).unmet(letter(desk)) == (
        "signatures of 5 listed organizations are demanded over this text, and 0 did sign it",
    )


def test_evidence_that_is_too_weak_is_said(desk: Desk) -> None:
    vouch(desk, BIRCH)
    pin = (BIRCH, key_of(BIRCH))
    assert Trust.parse("pinned").unmet(letter(desk, pin)) == (
        f"{ALDER} signed this text, with a key confirmed only by {BIRCH}",
    )
    assert Trust.parse("vouched:1").unmet(letter(desk, pin)) == ()
    assert Trust.parse("vouched:2").unmet(letter(desk, pin)) == (
        f"{ALDER} signed this text, with a key confirmed only by {BIRCH}",
    )
    assert Trust.parse("recorded").unmet(letter(desk)) == ()
    assert Trust.parse("vouched:1").unmet(letter(desk)) == (
        f"{ALDER} signed this text, with a key known only from this archive",
        f"{BIRCH} signed this text, with a key known only from this archive",
    )


def test_a_count_counts_only_signatures_whose_keys_are_known_well_enough(desk: Desk) -> None:
    pin = (BIRCH, key_of(BIRCH))
    assert Demand(count=2).unmet(letter(desk, pin)) == ()
    assert Demand(count=2).unmet(letter(desk, pin), Trust.parse("pinned")) == (
        "signatures of 2 listed organizations are demanded over this text, and 1 did sign it with a key so known",
    )
    assert Demand(organizations=(ALDER, BIRCH)).unmet(letter(desk, pin), Trust.parse("pinned")) == (
        f"{ALDER} signed this text, with a key known only from this archive",
    )


def test_a_text_that_nobody_signed_meets_no_demand_of_evidence(desk: Desk) -> None:
    desk.revise()
    assert Trust.parse("recorded").unmet(letter(desk)) == ("no organization that this text lists has signed it",)


@pytest.mark.parametrize("text", ["", "pin", "vouched", "vouched:", "vouched:0", "vouched:-1", "vouched:1.0", "PINNED"])
def test_what_is_no_demand_of_evidence_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no evidence is called so"):
        Trust.parse(text)

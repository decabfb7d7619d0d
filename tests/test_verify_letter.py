"""A letter judged: each verdict, each fault and its type, one thing varied at a time (spec/verification.md)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, ELM, LETTER, Desk, a_desk, a_letter, key_of, signed_by
from openletter import records
from openletter.errors import InputError
from openletter.records import Signatory
from openletter.verify import Demand, Fault, Outcome, Verdict


def only(faults: tuple[Fault, ...]) -> Fault:
    assert len(faults) == 1, faults
    return faults[0]


def test_an_honest_letter_has_no_faults_and_every_organization_its_verdict() -> None:
    report = a_desk().judge()
    assert report.faults == ()
    assert report.revision == report.newest == report.newest_signed == 2
    assert {v.organization: v.verdict for v in report.organizations} == {
        ALDER: Verdict.SIGNED,
        BIRCH: Verdict.SIGNED_EARLIER,
        CEDAR: Verdict.NAMED,
        ELM: Verdict.NAMED,
        DOGWOOD: Verdict.ENDORSED,
    }


def test_verdicts_come_in_the_order_of_the_letter_and_endorsers_after_it() -> None:
    assert [v.organization for v in a_desk().judge().organizations] == [ALDER, BIRCH, CEDAR, ELM, DOGWOOD]


def test_a_signature_never_moves_to_a_later_revision() -> None:
    verdict = a_desk().verdict(BIRCH)
    assert (verdict.verdict, verdict.revision, verdict.same_wording) == (Verdict.SIGNED_EARLIER, 1, False)


def test_an_earlier_signature_on_the_same_words_is_still_an_earlier_one() -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.revise()
    desk.sign(ALDER)
    desk.revise(note="One more organization is listed.", signatories=(*a_letter().signatories, Signatory(of="Fir")))
    verdict = desk.verdict(ALDER)
    assert (verdict.verdict, verdict.same_wording) == (Verdict.SIGNED_EARLIER, True)


def test_judged_by_an_earlier_revision_a_later_signature_is_told_and_changes_nothing() -> None:
    desk = a_desk()
    del desk.files[str(desk.sign(ALDER, 1))]
    verdict = desk.verdict(ALDER, 1)
    assert (verdict.verdict, verdict.later) == (Verdict.NAMED, (2,))
    assert all(v.organization != DOGWOOD for v in desk.judge(1).organizations)


def test_a_printed_signatory_without_an_id_is_named_and_matches_nothing() -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.revise(replace(a_letter(), signatories=(Signatory(of="Alder Institute"),)))
    desk.sign(ALDER)
    printed, endorsed = desk.judge().organizations
    assert (printed.organization, printed.verdict, printed.printed) == (None, Verdict.NAMED, "Alder Institute")
    assert (endorsed.organization, endorsed.verdict) == (ALDER, Verdict.ENDORSED)


def test_the_name_on_the_key_record_stands_beside_the_printed_one() -> None:
    desk = Desk()
    desk.enrol(ALDER, name="Alder League")
    desk.revise()
    verdict = desk.verdict(ALDER)
    assert (verdict.printed, verdict.record_name) == ("Alder Institute", "Alder League")


# --- signatures that are false ---


def test_a_signature_over_other_bytes_is_invalid_and_takes_nothing_from_another_verdict() -> None:
    desk = a_desk()
    name = desk.sign(CEDAR)
    desk.files[name] = signed_by(key_of(CEDAR), b"other bytes")
    fault = only(desk.judge().faults)
    assert (fault.error, fault.path) == ("SignatureMismatch", f"archive/{LETTER}/{name}")
    assert desk.verdict(CEDAR).verdict is Verdict.INVALID
    assert desk.verdict(ALDER).verdict is Verdict.SIGNED


def test_a_signature_copied_to_another_revision_is_invalid_and_said_to_belong_where_it_was_made() -> None:
    desk = a_desk()
    old = desk.sign(BIRCH, 1)
    desk.files[old.replace("0001", "0002")] = desk.files[old]
    fault = only(desk.judge().faults)
    assert fault.error == "SignatureError"
    assert fault.message == "it was made for revision 1, not for revision 2"
    verdict = desk.verdict(BIRCH)
    assert verdict.verdict is Verdict.SIGNED_EARLIER
    assert [s.matches for s in verdict.signatures if s.outcome is Outcome.INVALID] == [1]


def test_another_organizations_signature_under_ones_own_id_is_unproven() -> None:
    desk = a_desk()
    stolen = desk.files[desk.sign(ALDER, 2)]
    desk.files[f"0002.{CEDAR}.{key_of(ALDER).public.short}.sig"] = stolen
    verdict = desk.verdict(CEDAR)
    assert verdict.verdict is Verdict.UNPROVEN
    assert verdict.signatures[0].reason == "the key is on no valid key record of this organization"
    assert desk.judge().faults == ()


def test_a_strangers_key_under_an_organizations_id_blocks_nothing() -> None:
    desk = a_desk()
    desk.sign(CEDAR)
    desk.sign(CEDAR, key=key_of("thief.example"))
    assert desk.verdict(CEDAR).verdict is Verdict.SIGNED


def test_a_signature_under_the_name_of_another_key_is_refused() -> None:
    desk = a_desk()
    name = desk.sign(CEDAR)
    desk.files[name.replace(key_of(CEDAR).public.short, "0" * 16)] = desk.files.pop(name)
    assert only(desk.judge().faults).error == "ArmorError"


def test_a_signature_for_a_revision_that_is_not_here_is_a_fault() -> None:
    desk = a_desk()
    desk.files[f"0003.{ALDER}.{key_of(ALDER).public.short}.sig"] = signed_by(key_of(ALDER), b"a lost text")
    fault = only(desk.judge().faults)
    assert (fault.error, fault.message) == ("SignatureMismatch", "there is no such revision here")


def test_rubbish_in_a_signature_file_is_a_fault_with_its_type() -> None:
    desk = a_desk()
    desk.files[f"0002.{CEDAR}.{key_of(CEDAR).public.short}.sig"] = b"rubbish\n"
    assert only(desk.judge().faults).error == "ArmorError"


# --- texts that are false ---


def test_a_patched_text_is_no_longer_signed() -> None:
    desk = a_desk()
    patched = desk.text(2).replace(b"everybody", b"nobody")
    desk.files["0002.yaml"] = patched
    report = desk.judge()
    assert {fault.error for fault in report.faults} == {"SignatureMismatch"}
    assert {v.verdict for v in report.organizations if v.organization == ALDER} == {Verdict.SIGNED_EARLIER}


def test_a_patched_earlier_text_breaks_the_chain() -> None:
    desk = a_desk()
    desk.files["0001.yaml"] = desk.text(1).replace(b"everybody", b"nobody")
    report = desk.judge()
    assert ("ChainError", f"archive/{LETTER}/0002.yaml") in {(f.error, f.path) for f in report.faults}
    assert [r.chained for r in report.revisions] == [True, False]


def test_a_missing_revision_breaks_the_chain() -> None:
    desk = a_desk()
    del desk.files["0001.yaml"]
    report = desk.judge()
    assert ("ChainError", "revision 1 is missing") in {(f.error, f.message) for f in report.faults}


def test_of_a_text_that_is_not_canonical_no_verdict_is_given() -> None:
    desk = a_desk()
    desk.files["0002.yaml"] = desk.text(2) + b"\n"
    report = desk.judge()
    assert "NotCanonical" in {fault.error for fault in report.faults}
    assert report.organizations == ()
    assert report.judged is not None
    assert report.judged.letter is None


@pytest.mark.parametrize(
    ("letter", "number"), [("2026/another-letter", 1), (LETTER, 2)], ids=["another letter", "another number"]
)
def test_a_letter_under_the_name_of_another_is_misplaced(letter: str, number: int) -> None:
    desk = Desk()
    desk.revise()
    previous = None if number == 1 else "sha256:" + "1" * 64
    desk.files["0001.yaml"] = replace(a_letter(), letter=letter, revision=number, previous=previous).to_bytes()
    assert only(desk.judge().faults).error == "MisplacedRecord"


def test_a_record_of_another_kind_is_no_letter() -> None:
    desk = a_desk()
    desk.files["0003.yaml"] = desk.keys[ALDER]["0001.yaml"]
    assert only(desk.judge().faults).error == "UnknownFormat"


def test_a_name_outside_the_grammar_is_foreign() -> None:
    desk = a_desk()
    desk.files["notes.txt"] = b"hello\n"
    fault = only(desk.judge().faults)
    assert (fault.error, fault.path) == ("ForeignPath", f"archive/{LETTER}/notes.txt")


def test_a_folder_without_revisions_is_a_fault() -> None:
    report = Desk().judge()
    assert only(report.faults).error == "ChainError"
    assert (report.revision, report.judged, report.newest) == (None, None, None)


# --- withdrawals ---


def test_a_withdrawal_ends_support_for_that_revision_and_every_earlier_one() -> None:
    desk = a_desk()
    desk.withdraw(ALDER, 2, reason="The board decided otherwise.")
    for revision in (1, 2):
        verdict = desk.verdict(ALDER, revision)
        assert verdict.verdict is Verdict.WITHDRAWN
        assert verdict.withdrawal is not None
        assert (verdict.withdrawal.revision, verdict.withdrawal.reason) == (2, "The board decided otherwise.")
    assert desk.judge().faults == ()


def test_a_signature_on_a_later_revision_renews_the_support() -> None:
    desk = a_desk()
    desk.withdraw(ALDER, 1)
    assert desk.verdict(ALDER, 2).verdict is Verdict.SIGNED
    assert desk.verdict(ALDER, 1).verdict is Verdict.WITHDRAWN


def test_after_a_withdrawal_an_earlier_signature_is_no_support_for_a_later_text() -> None:
    desk = a_desk()
    desk.withdraw(BIRCH, 1)
    assert desk.verdict(BIRCH, 2).verdict is Verdict.WITHDRAWN


def test_an_organization_that_never_signed_can_say_that_it_does_not_support_the_letter() -> None:
    desk = a_desk()
    desk.withdraw(CEDAR, 2)
    assert desk.verdict(CEDAR).verdict is Verdict.WITHDRAWN


def test_a_withdrawal_signed_by_another_ends_nothing() -> None:
    desk = a_desk()
    name = desk.withdraw(ALDER, 2, key=key_of(BIRCH))
    report = desk.judge()
    assert report.unsigned_withdrawals == (f"archive/{LETTER}/{name}",)
    assert desk.verdict(ALDER).verdict is Verdict.SIGNED


def test_a_withdrawal_without_a_signature_ends_nothing() -> None:
    desk = a_desk()
    name = desk.withdraw(ALDER, 2)
    for file in [file for file in desk.files if "_withdrawal" in file and file.endswith(".sig")]:
        del desk.files[file]
    assert desk.judge().unsigned_withdrawals == (f"archive/{LETTER}/{name}",)
    assert desk.verdict(ALDER).verdict is Verdict.SIGNED


def test_a_withdrawal_under_anothers_name_ends_nothing_even_where_that_one_signed_it() -> None:
    desk = a_desk()
    name = desk.withdraw(ALDER, 1)
    data, stem = desk.files.pop(name), name.removesuffix(".yaml")
    desk.files = {file: text for file, text in desk.files.items() if not file.startswith(stem)}
    moved = stem.replace(ALDER, BIRCH)
    desk.files[f"{moved}.yaml"] = data
    desk.files[f"{moved}.{key_of(BIRCH).public.short}.sig"] = signed_by(key_of(BIRCH), data)
    fault = next(fault for fault in desk.judge().faults if fault.path.endswith(".yaml"))
    assert (fault.error, fault.message) == (
        "MisplacedRecord",
        f"this is a withdrawal by {ALDER} from revision 1 of {LETTER}",
    )
    assert desk.verdict(BIRCH).verdict is Verdict.SIGNED_EARLIER


def test_a_withdrawal_replayed_onto_another_revision_is_refused() -> None:
    desk = a_desk()
    desk.withdraw(ALDER, 1)
    for file in [file for file in desk.files if "_withdrawal" in file]:
        desk.files["0002" + file[4:]] = desk.files.pop(file)
    assert {fault.error for fault in desk.judge().faults} == {"MisplacedRecord", "SignatureError"}
    assert desk.verdict(ALDER, 2).verdict is Verdict.SIGNED


def test_a_withdrawal_from_another_text_is_refused() -> None:
    desk = a_desk()
    desk.withdraw(ALDER, 2, text="sha256:" + "7" * 64)
    assert {fault.error for fault in desk.judge().faults} == {"ChainError", "SignatureError"}
    assert desk.verdict(ALDER).verdict is Verdict.SIGNED


def test_a_withdrawal_under_a_name_that_is_not_its_digest_is_refused() -> None:
    desk = a_desk()
    name = desk.withdraw(ALDER, 2)
    act = name.split(".")[-2]
    for file in [file for file in desk.files if act in file]:
        desk.files[file.replace(act, "0" * 16)] = desk.files.pop(file)
    assert {fault.error for fault in desk.judge().faults} == {"MisplacedRecord", "SignatureError"}


# --- demands ---


def test_every_listed_organization_by_id_and_none_printed_without() -> None:
    desk = a_desk()
    for organization in (BIRCH, CEDAR):
        desk.sign(organization)
    desk.enrol(ELM)
    assert list(Demand.parse("all").unmet(desk.judge())) == [f"{ELM} is listed and didn't sign this text"]
    desk.sign(ELM)
    assert not Demand.parse("all").unmet(desk.judge())
    desk.revise(signatories=(*a_letter().signatories, Signatory(of="Fir")))
    for organization in (ALDER, BIRCH, CEDAR, ELM):
        desk.sign(organization)
    assert len(Demand.parse("all").unmet(desk.judge())) == 1


def test_a_letter_that_lists_nobody_meets_no_demand_for_all() -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.revise(replace(a_letter(), signatories=()))
    desk.sign(ALDER)
    assert Demand.parse("all").unmet(desk.judge())


def test_endorsers_and_earlier_signers_do_not_count_towards_a_number() -> None:
    desk = a_desk()
    assert not Demand.parse("1").unmet(desk.judge())
    assert Demand.parse("2").unmet(desk.judge())


def test_named_organizations_must_be_listed_and_have_signed_this_text() -> None:
    desk = a_desk()
    assert not Demand.parse(ALDER).unmet(desk.judge())
    assert len(Demand.parse(f"{ALDER},{BIRCH},{DOGWOOD}").unmet(desk.judge())) == 2


@pytest.mark.parametrize("text", ["0", "00", "", "Alder", "alder.example,", "1 2", "٣"])
def test_a_demand_outside_its_grammar_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Demand.parse(text)


# --- what was signed as something else ---


def test_a_text_of_another_letter_in_this_folder_was_not_signed_as_a_revision_of_this_one() -> None:
    desk = a_desk()
    other = Desk(letter_id="2026/other", keys=desk.keys)
    other.files = {"0001.yaml": desk.text(1), **{n: f for n, f in desk.files.items() if n.startswith("0001.")}}
    two = a_letter(2, letter="2026/other", body="What nobody of them ever saw.")
    other.files["0002.yaml"] = replace(two, previous=records.digest(desk.text(1))).to_bytes()
    report = other.judge(2)
    assert [fault.error for fault in report.faults] == ["MisplacedRecord"]
    assert other.verdict(ALDER, 2).verdict is Verdict.NAMED
    assert report.newest_signed is None


def test_a_key_record_in_the_folder_of_a_letter_was_not_signed_as_a_revision() -> None:
    desk = a_desk()
    key = key_of(ALDER).public.short
    files = {name: data for name, data in desk.keys[ALDER].items() if name in {"0001.yaml", f"0001.{ALDER}.{key}.sig"}}
    two = a_letter(2, body="What alder never saw.")
    files["0002.yaml"] = replace(two, previous=records.digest(files["0001.yaml"])).to_bytes()
    desk.files = files
    assert [fault.error for fault in desk.judge(2).faults] == ["UnknownFormat"]
    assert desk.verdict(ALDER, 2).verdict is Verdict.NAMED

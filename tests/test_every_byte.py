"""Every byte counts: whatever is changed in a letter, a key record or a signature, it no longer counts as signed.

A change of one byte is tried at every place, none left out: each of the eight bits, the byte gone, and bytes put in
before it and at the end. Each changed file is judged as a stored one is, and the fault must name it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from builders import ALDER, BIRCH, LETTER, Desk, a_letter, key_folders, key_of, signed_by
from openletter import errors, records, sshsig
from openletter.errors import Invalid, SignatureMismatch
from openletter.records import Folder, Key, Organization, Recovery, Signatory, Withdrawal
from openletter.records.names import SignatureName, WithdrawalSignatureName
from openletter.verify import Fault, Keyring, Verdict, judge_keys, judge_letter
from openletter.verify.signatures import open_signature

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import read  # noqa: E402

RECORD = "0001.yaml"
SIGNERS = "0001.allowed_signers"
SIGNATURE = str(SignatureName(number=1, organization=ALDER, key=key_of(ALDER).public.short))


@cache
def desk() -> Desk:
    """A letter with a block, a list and a signatory, signed by alder, whose key record names a recovery."""
    made = Desk()
    made.record(
        Organization(
            organization=ALDER,
            record=1,
            basis="first",
            date="2026-01-05",
            name="Älder",
            keys=(Key(key=key_of(ALDER).public.line, status="active"),),
            recovery=Recovery(threshold=1, organizations=(BIRCH,)),
        ),
        (ALDER, key_of(ALDER)),
    )
    letter = a_letter(
        body="Open “the\n\n  records”.", signatories=(Signatory(organization=ALDER, of="Älder"),), copies=("Press",)
    )
    made.revise(letter)
    made.sign(ALDER)
    return made


# --- one byte ---


def bits(data: bytes) -> Iterator[bytes]:
    """Each bit of each byte turned."""
    for at, byte in enumerate(data):
        for bit in range(8):
            yield data[:at] + bytes([byte ^ 1 << bit]) + data[at + 1 :]


def deletions(data: bytes) -> Iterator[bytes]:
    """Each byte gone."""
    for at in range(len(data)):
        yield data[:at] + data[at + 1 :]


def insertions(data: bytes) -> Iterator[bytes]:
    """Before each byte and at the end: the neighbours doubled, and what means something to YAML, base64 or a tool."""
    for at in range(len(data) + 1):
        for put in {*b' \t\n\r\0a=-"#\x80\xef\xff', *data[at : at + 1], *data[at - 1 : at]}:
            yield data[:at] + bytes([put]) + data[at:]


CHANGES = (bits, deletions, insertions)
every_change = pytest.mark.parametrize("changes", CHANGES, ids=lambda it: it.__name__)

Changes = Callable[[bytes], Iterator[bytes]]


def changed(data: bytes, changes: Changes) -> set[bytes]:
    """The changed files, each once."""
    found = set(changes(data))
    assert data not in found
    return found


@pytest.mark.parametrize("data", [b"a", b"ab", b"aab"])
def test_no_place_is_left_out(data: bytes) -> None:
    assert changed(data, bits) >= {
        data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
        for at in range(len(data))
        for bit in (1, 2, 4, 8, 16, 32, 64, 128)
    }
    assert len(list(bits(data))) == len(changed(data, bits)) == 8 * len(data)
    assert len(list(deletions(data))) == len(data)
    assert changed(data, insertions) >= {data[:at] + b"\0" + data[at:] for at in range(len(data) + 1)}


def refusal(read: Callable[[bytes], object], data: bytes) -> str | None:
    """The type that refuses these bytes; anything but `Invalid` is let through, and fails the test."""
    try:
        read(data)
    except Invalid as error:
        kind = type(error)
    else:
        return None
    assert kind in vars(errors).values()
    return kind.__name__


def faults_of(faults: Sequence[Fault]) -> dict[str, set[str]]:
    """Which types of failure each file has."""
    found: dict[str, set[str]] = {}
    for fault in faults:
        found.setdefault(fault.path.rpartition("/")[2], set()).add(fault.error)
    return found


def read_record(data: bytes) -> None:
    """Read a record that is another than those of the desk, or refuse it."""
    record = records.decode(data)
    assert record.to_bytes() == data  # so two files are never read as one record


def read_signature(data: bytes) -> None:
    """Read a signature under the name of alder's, and verify it."""
    sshsig.verify(open_signature(data, key_of(ALDER).public.short), desk().files[RECORD])


@cache
def keyring() -> Keyring:
    """Alder's key, by its record."""
    return desk().keyring()


def judge(**files: bytes) -> tuple[Verdict | None, dict[str, set[str]]]:
    """What is said of alder, and the faults, where these files of the letter are others."""
    folder = Folder(path=f"archive/{LETTER}", files={**desk().files, **files})
    report = judge_letter(LETTER, folder, keyring())
    said = {it.organization: it.verdict for it in report.organizations}
    assert not {Verdict.SIGNED, Verdict.ENDORSED} & {verdict for org, verdict in said.items() if org != ALDER}
    return said.get(ALDER), faults_of(report.faults)


def test_the_letter_is_signed_as_it_stands() -> None:
    assert judge() == (Verdict.SIGNED, {})
    assert keyring().reports[ALDER].records == 1


def refused_letter(data: bytes) -> None:
    """See that alder has not signed this text, and that the faults say why."""
    verdict, faults = judge(**{RECORD: data})
    kind = refusal(read_record, data)
    assert verdict in {None, Verdict.INVALID}, data
    assert faults.pop(SIGNATURE) == {"SignatureMismatch"}
    if kind is not None:
        assert faults == {RECORD: {kind}}
        assert verdict is None
    else:  # another letter, which alder has not signed
        assert set(faults) <= {RECORD}
        assert faults.get(RECORD, set()) <= {"MisplacedRecord", "ChainError", "UnknownFormat"}


@every_change
def test_a_letter_with_another_byte_is_not_signed(changes: Changes) -> None:
    for data in changed(desk().files[RECORD], changes):
        refused_letter(data)


def refused_signature(data: bytes) -> None:
    """See that these bytes are no signature of alder's over the letter, and that the fault names the file."""
    kind = refusal(read_signature, data)
    assert kind is not None, data
    assert judge(**{SIGNATURE: data}) == (Verdict.INVALID, {SIGNATURE: {kind}})


@every_change
def test_a_signature_with_another_byte_is_none(changes: Changes) -> None:
    for data in changed(desk().files[SIGNATURE], changes):
        refused_signature(data)


@every_change
def test_a_hardware_signature_with_another_byte_is_none(changes: Changes) -> None:
    vector = read(VECTORS / "sshsig" / "hardware-good.vec")
    message = bytes.fromhex(vector.headers["message-hex"])
    sshsig.verify(sshsig.decode(vector.payload), message)
    for data in changed(vector.payload, changes):
        assert refusal(lambda it: sshsig.verify(sshsig.decode(it), message), data) is not None


def judge_record(**files: bytes) -> dict[str, set[str]]:
    """The faults of alder's key records, where these files are others; none of its keys may count."""
    report = judge_keys(key_folders({ALDER: {**desk().keys[ALDER], **files}})).reports[ALDER]
    assert (report.records, report.keys, report.name) == (0, (), None)
    return faults_of(report.faults)


def refused_record(data: bytes) -> None:
    """See that alder has no key by this record, and that the fault names it."""
    faults = judge_record(**{RECORD: data})
    kind = refusal(read_record, data)
    assert faults.pop(SIGNATURE) == {"SignatureMismatch"}
    assert faults.pop(SIGNERS, {"DerivedMismatch"}) == {"DerivedMismatch"}
    if kind is not None:
        assert faults == {RECORD: {kind}}
    else:  # another record, which its key has not signed
        assert set(faults) == {RECORD}
        assert faults[RECORD] <= {"MisplacedRecord", "ChainError", "UnknownFormat"}


@every_change
def test_a_key_record_with_another_byte_brings_no_key(changes: Changes) -> None:
    for data in changed(desk().keys[ALDER][RECORD], changes):
        refused_record(data)


@every_change
def test_a_key_record_whose_signature_has_another_byte_brings_no_key(changes: Changes) -> None:
    for data in changed(desk().keys[ALDER][SIGNATURE], changes):
        faults = judge_record(**{SIGNATURE: data})
        assert faults.keys() == {SIGNATURE, RECORD}
        assert faults[RECORD] == {"ChainError"}


@every_change
def test_a_list_of_signers_with_another_byte_is_told(changes: Changes) -> None:
    for data in changed(desk().keys[ALDER][SIGNERS], changes):
        folder = {**desk().keys[ALDER], SIGNERS: data}
        report = judge_keys(key_folders({ALDER: folder})).reports[ALDER]
        assert faults_of(report.faults) == {SIGNERS: {"DerivedMismatch"}}


@every_change
def test_a_withdrawal_with_another_byte_is_told_and_withdraws_nothing(changes: Changes) -> None:
    withdrawal = Withdrawal(
        letter=LETTER, revision=1, text=records.digest(desk().text(1)), organization=ALDER, date="2026-06-01"
    ).to_bytes()
    act = records.digest(withdrawal)[7:23]
    name = f"0001.{ALDER}_withdrawal.{act}.yaml"
    signature = str(WithdrawalSignatureName(number=1, organization=ALDER, act=act, key=key_of(ALDER).public.short))
    signed = signed_by(key_of(ALDER), withdrawal)
    folder = Folder(path="", files={**desk().files, name: withdrawal, signature: signed})
    assert judge_letter(LETTER, folder, keyring()).organizations[0].verdict is Verdict.WITHDRAWN
    for data in changed(withdrawal, changes):
        changed_folder = Folder(path="", files={**desk().files, name: data, signature: signed})
        report = judge_letter(LETTER, changed_folder, keyring())
        kind = refusal(read_record, data) or "MisplacedRecord"
        assert faults_of(report.faults) == {name: {kind}, signature: {"SignatureError"}}
        assert report.withdrawals == ()


# --- lines ---


@st.composite
def mangled(draw: st.DrawFn, files: Sequence[bytes]) -> bytes:
    """One of these files with lines moved, doubled, dropped or taken from another, or two of them as one."""
    data = draw(st.sampled_from(files))
    for _ in range(draw(st.integers(1, 3))):
        lines = data.splitlines(keepends=True) or [b"\n"]
        others = draw(st.sampled_from(files)).splitlines(keepends=True)
        at, to = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines)))
        from_ = draw(st.integers(0, len(others) - 1))
        match draw(st.sampled_from(["move", "double", "drop", "replace", "insert", "splice", "glue", "cut", "indent"])):
            case "move":
                line = lines.pop(at)
                lines.insert(to, line)
            case "double":
                lines.insert(to, lines[at])
            case "drop":
                del lines[at : at + draw(st.integers(1, 3))]
            case "replace":
                lines[at] = others[min(at, len(others) - 1)]
            case "insert":
                lines.insert(to, others[from_])
            case "splice":
                lines = [*lines[:to], *others[from_:]]
            case "glue":
                lines += [draw(st.sampled_from([b"", b"---\n", b"\n"])), *others]
            case "cut":
                data = b"".join(lines)
                other = b"".join(others)
                lines = [data[: draw(st.integers(0, len(data)))], other[draw(st.integers(0, len(other))) :]]
            case "indent":
                lines[at] = b"  " + lines[at]
        data = b"".join(lines)
    return data


def another_letter() -> bytes:
    """A letter that differs from that of the desk in lines that could be exchanged."""
    letter = a_letter(
        body="Close “the\n\n  records”.", subject="Nothing", signatories=(Signatory(organization=BIRCH, of="Birch"),)
    )
    return letter.to_bytes()


LETTERS = (desk().files[RECORD], another_letter())
SIGNATURES = (
    desk().files[SIGNATURE],
    signed_by(key_of(ALDER), another_letter()),
    signed_by(key_of(BIRCH), desk().files[RECORD]),
)
RECORDS = (desk().keys[ALDER][RECORD], desk().files[RECORD])


@given(mangled(LETTERS))
def test_a_letter_of_moved_lines_is_not_signed(data: bytes) -> None:
    assume(data != LETTERS[0])
    refused_letter(data)


@given(mangled(SIGNATURES))
def test_a_signature_of_the_lines_of_two_is_none(data: bytes) -> None:
    assume(data != SIGNATURES[0])
    refused_signature(data)


@given(mangled(RECORDS))
def test_a_key_record_of_moved_lines_brings_no_key(data: bytes) -> None:
    assume(data != RECORDS[0])
    refused_record(data)


@pytest.mark.parametrize("rows", range(1, 8))
def test_each_line_of_a_signature_exchanged_for_that_of_another_gives_none(rows: int) -> None:
    own, other = (data.splitlines(keepends=True) for data in SIGNATURES[:2])
    for at in range(len(own) - rows + 1):
        data = b"".join([*own[:at], *other[at : at + rows], *own[at + rows :]])
        if data != SIGNATURES[0]:
            assert refusal(lambda it: sshsig.verify(sshsig.decode(it), LETTERS[0]), data) is not None


def test_the_same_signature_over_another_letter_is_a_mismatch() -> None:
    with pytest.raises(SignatureMismatch):
        sshsig.verify(sshsig.decode(SIGNATURES[1]), LETTERS[0])

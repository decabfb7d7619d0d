"""What a key record says, in the making (``spec/records.md``, "organization/1").

Each function makes the next record out of the newest one that counts, or says why there can be none; each raises typed
errors. Which record is the newest, and who could agree to it, are questions to one state of an archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from openletter import records, sshsig
from openletter.api.stored import holders_of, keyring_for, require_organization
from openletter.archive import Act, Snapshot
from openletter.errors import ActRefused, InputError, Invalid, UnknownName
from openletter.keys import PrivateKey, PublicKey
from openletter.records import Key, Organization, Recovery
from openletter.records import fields as grammar
from openletter.records.names import (
    MAX_NUMBER,
    RecordName,
    SignatureName,
    SignersName,
    key_folder,
    parse_organization_id,
)
from openletter.verify import OrganizationReport, allowed_signers

_FINGERPRINT: Final = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A stored key record, and the exact bytes that it is (`digest` is ``sha256:`` and 64 hex digits)."""

    record: Organization
    data: bytes
    digest: str


# --- what is stored ---


def report_of(snapshot: Snapshot, organization: str) -> OrganizationReport:
    """An organization's key records, judged; raises `UnknownName` where it has none."""
    require_organization(snapshot, organization)
    return keyring_for(snapshot, [organization]).reports[organization]


def stored(snapshot: Snapshot, organization: str, number: int) -> KeyRecord:
    """A key record that was judged to count, or to wait."""
    folder = snapshot.keys(organization)
    data = folder.files[str(RecordName(number=number))] if folder is not None else b""
    record = records.decode(data)
    assert isinstance(record, Organization)  # noqa: S101  # whoever judged it has seen to that
    return KeyRecord(record=record, data=data, digest=records.digest(data))


def counting(snapshot: Snapshot, organization: str) -> KeyRecord:
    """An organization's newest record that counts; raises `UnknownName`, `ActRefused`."""
    report = report_of(snapshot, organization)
    if not report.records:
        raise ActRefused(
            f"no key record of {organization} counts",
            path=key_folder(organization),
            hint=f"see what is false, with: openletter keys show {organization}",
        )
    return stored(snapshot, organization, report.records)


def head(snapshot: Snapshot, organization: str) -> KeyRecord:
    """The record that the next one follows; raises `UnknownName`, and `ActRefused` where its place is not free."""
    newest = counting(snapshot, organization)
    number = newest.record.record + 1
    waiting = report_of(snapshot, organization).waiting
    if waiting is not None:
        raise ActRefused(
            f"record {waiting.record} of {organization} waits for others to agree, and no other can be recorded before",
            path=waiting.path,
            hint=f"see who is asked, and what to do if it is false: openletter keys show {organization}",
        )
    there = {str(RecordName(number=later)) for later in range(number, MAX_NUMBER + 1)}
    if there & set(snapshot.key_file_names(organization)):
        raise ActRefused(
            f"a record {number} of {organization} is here that doesn't count, so none can follow",
            path=f"{key_folder(organization)}/{RecordName(number=number)}",
            hint="see what is wrong with: openletter verify; then work in a clone of a sound copy",
        )
    if number > MAX_NUMBER:
        raise ActRefused(f"{organization} has {MAX_NUMBER} key records, and there can't be more")
    return newest


def named(snapshot: Snapshot, record: Organization, other: str) -> tuple[KeyRecord, ...]:
    """The records of another organization that count and that this record names in `authorized_by`."""
    report = report_of(snapshot, other)
    found = (stored(snapshot, other, number) for number in range(1, report.records + 1))
    return tuple(item for item in found if item.digest in record.authorized_by)


def authorities(snapshot: Snapshot, organization: str, recovery: Recovery) -> tuple[str, ...]:
    """The digests of the newest records of those who may agree; raises `ActRefused` where too few of them could."""
    reports = keyring_for(snapshot, recovery.organizations).reports
    able = [other for other in recovery.organizations if other in reports and speaks(reports[other])]
    if len(able) < recovery.threshold:
        unable = ", ".join(other for other in recovery.organizations if other not in able)
        raise ActRefused(
            f"{recovery.threshold} of the organizations that {organization} named for recovery must agree, and "
            f"{len(able)} could: the others have no key here that is active",
            hint=f"ask these to record a key first: {unable}",
        )
    return tuple(stored(snapshot, other, reports[other].records).digest for other in able)


def speaks(report: OrganizationReport) -> bool:
    """Has the organization a key that can sign now?"""
    return any(key.status == "active" and not key.shared_with for key in report.keys)


# --- what the next one says ---


def first(organization: str, name: str, key: PublicKey, date: str, recovery: Recovery | None) -> Organization:
    """An organization's first key record; raises `IdError`, `InputError`."""
    parse_organization_id(organization)
    try:
        return Organization(
            organization=organization,
            record=1,
            basis="first",
            date=date,
            name=name,
            keys=(Key(key=key.line, status="active"),),
            recovery=recovery,
        )
    except Invalid as error:
        raise _refusal(error) from error


def next_record(
    before: KeyRecord,
    keys: Iterable[Key],
    *,
    basis: str,
    date: str,
    recovery: Recovery | None,
    authorized_by: tuple[str, ...] = (),
    note: str | None = None,
) -> Organization:
    """The record after `before`; raises `InputError` for what can't be recorded."""
    try:
        return replace(
            before.record,
            record=before.record.record + 1,
            previous=before.digest,
            basis=basis,
            date=date,
            keys=tuple(keys),
            recovery=recovery,
            authorized_by=authorized_by,
            note=note,
        )
    except Invalid as error:
        raise _refusal(error) from error


def _refusal(error: Invalid) -> InputError:
    field = (error.field or "record").partition("[")[0]
    hints = {
        "name": "give the name on one line, without control characters or space at its ends",
        "note": "give the note without control characters, and without space at the ends of its lines",
        "recovery.threshold": "give a --threshold that is at most the number of organizations",
        "recovery.organizations": "name other organizations, each of them once",
    }
    return InputError(f"this {field} can't be recorded: {error.message}", hint=hints.get(field, error.hint))


def same(one: Recovery | None, other: Recovery | None) -> bool:
    """Do both name the same organizations and threshold, in whatever order?"""
    if one is None or other is None:
        return one is other
    return one.threshold == other.threshold and set(one.organizations) == set(other.organizations)


def check_signer(before: KeyRecord, key: PublicKey) -> None:
    """Raise `ActRefused` where this key can't sign the record after `before`."""
    organization = before.record.organization
    status = next((listed.status for listed in before.record.keys if listed.key == key.line), None)
    if status is None:
        raise ActRefused(
            f"the key {key.fingerprint} is not on the record of {organization}",
            hint=f"see which keys are, with: openletter keys show {organization}",
        )
    if status != "active":
        raise ActRefused(
            f"the key {key.fingerprint} of {organization} is {status}, and signs no key record any more",
            hint=f"sign with an active key, by --key FILE: openletter keys show {organization}; "
            f"if none is left: openletter keys recover {organization}",
        )


def check_new(snapshot: Snapshot, organization: str, key: PublicKey) -> None:
    """Raise `ActRefused` where a key is on record already, here or elsewhere."""
    for other in holders_of(snapshot, key):
        if other == organization:
            raise ActRefused(
                f"the key {key.fingerprint} is on the record of {organization} already, and a new one belongs here",
                hint=f"make one with: openletter keygen {organization} -o FILE",
            )
        raise ActRefused(
            f"this key is on the record of {other}: a key listed twice counts for neither",
            hint=f"make a key of its own with: openletter keygen {organization}",
        )


def find_key(before: KeyRecord, fingerprint: str) -> Key:
    """The key of a record by its fingerprint; raises `InputError`, `UnknownName`."""
    organization = before.record.organization
    hint = f"copy it as a whole from: openletter keys show {organization}"
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise InputError("this is no fingerprint: it is SHA256: and 43 characters after it", hint=hint)
    for key in before.record.keys:
        if key.public.fingerprint == fingerprint:
            return key
    raise UnknownName(f"no key of {organization} has the fingerprint {fingerprint}", hint=hint)


def retired(key: Key, organization: str) -> Key:
    """The key as it is once it is retired; raises `ActRefused` where it is no active one."""
    if key.status != "active":
        raise ActRefused(
            f"the key {key.public.fingerprint} of {organization} is {key.status} already",
            hint=f"see its keys with: openletter keys show {organization}",
        )
    return replace(key, status="retired")


def compromised(key: Key, organization: str, *, since: str, today: str) -> Key:
    """The key as it is once it is doubted from a day on; raises `InputError`, `ActRefused`."""
    try:
        grammar.date(since)
    except Invalid as error:
        raise InputError(error.message, hint="give the day as year, month and day: 2026-05-14") from error
    if since > today:
        raise InputError(f"{since} is still to come", hint="give the day from which its signatures are doubted")
    if key.since is not None and since >= key.since:
        raise ActRefused(
            f"the key {key.public.fingerprint} of {organization} is doubted since {key.since} already",
            hint="that day can be moved to an earlier one, and never to a later one",
        )
    return replace(key, status="compromised", since=since)


def recovered(before: KeyRecord, new: PublicKey, doubted: Mapping[str, str], *, today: str) -> tuple[Key, ...]:
    """The keys once a new one takes over: those in `doubted` (fingerprint, day) compromised, other old ones retired."""
    organization = before.record.organization
    days = {find_key(before, fingerprint).key: since for fingerprint, since in doubted.items()}
    keys: list[Key] = []
    for key in before.record.keys:
        if key.key in days:
            keys.append(compromised(key, organization, since=days[key.key], today=today))
        else:
            keys.append(replace(key, status="retired") if key.status == "active" else key)
    return (*keys, Key(key=new.line, status="active"))


# --- how it is recorded ---


def record_act(record: Organization, keys: Iterable[PrivateKey]) -> Act:
    """The commit of a key record: the record, its keys as ssh-keygen reads them, and a signature by each of `keys`."""
    data = record.to_bytes()
    folder, number, organization = key_folder(record.organization), record.record, record.organization
    files = {
        f"{folder}/{RecordName(number=number)}": data,
        f"{folder}/{SignersName(number=number)}": allowed_signers(record),
    }
    for key in keys:
        name = SignatureName(number=number, organization=organization, key=key.public.short)
        files[f"{folder}/{name}"] = sshsig.encode(sshsig.sign(key, data))
    what = "first key record" if record.basis == "first" else f"key record {number}, by {record.basis}"
    return Act(files=files, message=f"{organization}: {what}")


def check_act(snapshot: Snapshot, organization: str, act: Act) -> OrganizationReport:
    """How the key records are judged once the act is recorded; raises `ActRefused` where it would bring a fault."""
    there = {f"{key_folder(organization)}/{name}" for name in snapshot.key_file_names(organization)}
    for path in act.files:
        if path in there:
            raise ActRefused(
                "something else lies in the place of this file already",
                path=path,
                hint="this copy of the archive was tampered with or damaged: work in a clone of a sound one",
            )
    report = report_of(snapshot.with_files(act.files), organization)
    for fault in report.faults:
        if fault.path in act.files:
            raise ActRefused(
                f"this can't be recorded: {fault.message}",
                path=fault.path,
                hint=f"see what is here already, with: openletter keys show {organization}",
            )
    return report

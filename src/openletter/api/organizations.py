"""`Organizations`: the acts that say which keys speak for an organization, and what others say of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from openletter import sshsig
from openletter.api import keyacts
from openletter.api.acts import stands
from openletter.api.keyacts import KeyRecord
from openletter.api.opened import Opened, existing
from openletter.api.stored import keyring_for, letter_folder_of
from openletter.archive import Act, Committer, Recorded, Snapshot
from openletter.errors import ActRefused, UnknownName
from openletter.keys import PrivateKey, PublicKey
from openletter.records import Key, Organization, Recovery
from openletter.records.names import RecordName, SignatureName, key_folder, parse_organization_id
from openletter.records.organization import STATUSES
from openletter.verify import Outcome, SignatureFinding, allowed_signers, judge_letter


class Organizations(Opened):
    """Recording which keys speak for an organization."""

    # --- what is on record ---

    def key_record(self, organization: str, number: int | None = None) -> KeyRecord:
        """A key record that counts, the newest where none is named; raises `UnknownName`, `ActRefused`."""
        return _counting(self._snapshot(), organization, number)

    def published_keys(self, organization: str) -> bytes:
        """The file that the organization puts on its domain (``spec/pins.md``, "The published file").

        Raises what `key_record` raises, and `ActRefused` where every key was declared compromised.
        """
        data = allowed_signers(self.key_record(organization).record)
        if not data:
            raise ActRefused(
                f"every key of {organization} was declared compromised, and none is left to publish",
                hint="record a new one first; see openletter keys --help",
            )
        return data

    def waiting_record(self, organization: str) -> KeyRecord:
        """The key record that waits for others to agree; raises `UnknownName`, and `ActRefused` where none does."""
        return _waiting(self._snapshot(), organization)

    def agreed_by(self, organization: str) -> Mapping[str, str]:
        """Who has agreed to the record that waits, each with the status that its key has now (the best, of several)."""
        snapshot = self._snapshot()
        waiting = keyacts.report_of(snapshot, organization).waiting
        if waiting is None:
            return {}
        asked = keyacts.stored(snapshot, organization, waiting.record)
        found: dict[str, str] = {}
        for other in waiting.agreed:
            keys = keyacts.counting(snapshot, other).record.keys
            statuses = {key.status for key in keys if _signed(snapshot, asked, other, key.public)}
            found[other] = next(status for status in STATUSES if status in statuses)
        return found

    def named_by(self, organization: str) -> tuple[str, ...]:
        """The organizations that name this one for recovery, each in its newest record that counts, sorted."""
        snapshot = self._snapshot()
        reports = keyring_for(snapshot, snapshot.organizations()).reports
        records = (
            keyacts.stored(snapshot, other, report.records).record
            for other, report in sorted(reports.items())
            if report.records
        )
        return tuple(
            record.organization
            for record in records
            if record.recovery is not None and organization in record.recovery.organizations
        )

    def signatures_by(self, organization: str, fingerprint: str) -> tuple[tuple[str, SignatureFinding], ...]:
        """What an organization's key signed that counts now: letters and withdrawals, each with the letter's id."""
        snapshot = self._snapshot()
        key = keyacts.find_key(keyacts.counting(snapshot, organization), fingerprint).public
        keyring = keyring_for(snapshot, [organization])
        end = f".{key.short}.sig"
        found: list[tuple[str, SignatureFinding]] = []
        for letter in snapshot.letters():
            if not any(organization in name and name.endswith(end) for name in snapshot.letter_file_names(letter)):
                continue
            report = judge_letter(letter, letter_folder_of(snapshot, letter), keyring)
            found += (
                (letter, signature)
                for signature in sorted(report.signatures, key=lambda found: (found.revision, found.withdrawal))
                if signature.organization == organization
                and signature.key == fingerprint
                and signature.outcome is Outcome.VALID
            )
        return tuple(found)

    # --- the first record ---

    def add_organization(
        self,
        organization: str,
        name: str,
        key: PrivateKey,
        committer: Committer,
        *,
        date: str,
        recovery: Recovery | None = None,
    ) -> tuple[Organization, Recorded]:
        """Record an organization's first key record, signed by its key; `date` is ISO 8601.

        `recovery` says who may give it new keys when its own are lost. Raises `IdError`, `InputError` for what can't be
        recorded, `ActRefused` where the organization has a record or another one has this key.
        """
        record = keyacts.first(organization, name, key.public, date, recovery)

        def plan(snapshot: Snapshot | None) -> Act:
            _check_unknown(existing(snapshot), organization, key.public)
            return keyacts.record_act(record, [key])

        recorded = self._record(plan, committer)
        assert recorded is not None  # noqa: S101  # the plan always has something to do
        return record, recorded

    def preview_organization(
        self, organization: str, name: str, key: PublicKey, *, date: str, recovery: Recovery | None = None
    ) -> Organization:
        """What `add_organization` would record; raises what it would raise."""
        record = keyacts.first(organization, name, key, date, recovery)
        _check_unknown(self._snapshot(), organization, key)
        return record

    # --- the next record: first made, to be shown, then recorded as it was shown ---

    def preview_rotation(
        self,
        organization: str,
        signer: PublicKey,
        *,
        date: str,
        new: PublicKey | None = None,
        keep: bool = False,
        recovery: Recovery | None = None,
        note: str | None = None,
    ) -> Organization:
        """The next key record: with a new key, and the signing one retired unless `keep`; or with another `recovery`.

        Where those named for recovery change, those named before must agree: the record then waits for them. Raises
        `UnknownName`, `InputError`, `ActRefused`.
        """
        snapshot = self._snapshot()
        before = keyacts.head(snapshot, organization)
        keyacts.check_signer(before, signer)
        keys = list(before.record.keys)
        if new is not None:
            keyacts.check_new(snapshot, organization, new)
            if not keep:
                keys = [replace(key, status="retired") if key.key == signer.line else key for key in keys]
            keys.append(Key(key=new.line, status="active"))
        old = before.record.recovery
        if recovery is None or keyacts.same(recovery, old):
            if new is None:
                raise ActRefused(
                    f"nothing changes: this is what the record of {organization} says",
                    hint=f"see it with: openletter keys show {organization}",
                )
            recovery = old
        agree = old is not None and recovery != old
        return keyacts.next_record(
            before,
            keys,
            basis="rotation",
            date=date,
            recovery=recovery,
            authorized_by=keyacts.authorities(snapshot, organization, old) if agree and old is not None else (),
            note=note,
        )

    def preview_retirement(
        self, organization: str, fingerprint: str, signer: PublicKey, *, date: str, note: str | None = None
    ) -> Organization:
        """The next key record, by which a key signs no more; raises `UnknownName`, `InputError`, `ActRefused`."""
        before = keyacts.head(self._snapshot(), organization)
        keyacts.check_signer(before, signer)
        found = keyacts.find_key(before, fingerprint)
        changed = keyacts.retired(found, organization)
        keys = [changed if key is found else key for key in before.record.keys]
        return keyacts.next_record(
            before, keys, basis="rotation", date=date, recovery=before.record.recovery, note=note
        )

    def preview_compromise(
        self,
        organization: str,
        fingerprint: str,
        signer: PublicKey,
        *,
        since: str,
        date: str,
        note: str | None = None,
    ) -> Organization:
        """The next key record, by which a key is doubted from the day `since` on (ISO 8601, not after `date`).

        Raises `UnknownName`, `InputError`, `ActRefused`.
        """
        before = keyacts.head(self._snapshot(), organization)
        keyacts.check_signer(before, signer)
        found = keyacts.find_key(before, fingerprint)
        changed = keyacts.compromised(found, organization, since=since, today=date)
        keys = [changed if key is found else key for key in before.record.keys]
        return keyacts.next_record(
            before, keys, basis="rotation", date=date, recovery=before.record.recovery, note=note
        )

    def preview_recovery(
        self,
        organization: str,
        new: PublicKey,
        *,
        date: str,
        compromised: Mapping[str, str] | None = None,
        note: str | None = None,
    ) -> Organization:
        """The next key record, by which a new key takes the place of all that are active; it waits for others to agree.

        The old ones are retired; those in `compromised` (fingerprint, and from which day it is doubted) compromised.
        Raises `UnknownName`, `InputError`, `ActRefused` where nobody could agree.
        """
        snapshot = self._snapshot()
        before = keyacts.head(snapshot, organization)
        recovery = before.record.recovery
        if recovery is None:
            raise ActRefused(
                f"the record of {organization} names nobody who could give it new keys",
                hint="if one of its keys is left, sign with it: "
                f"openletter keys rotate {organization} --new FILE --key FILE; otherwise a new name is needed",
            )
        keyacts.check_new(snapshot, organization, new)
        return keyacts.next_record(
            before,
            keyacts.recovered(before, new, compromised or {}, today=date),
            basis="recovery",
            date=date,
            recovery=recovery,
            authorized_by=keyacts.authorities(snapshot, organization, recovery),
            note=note,
        )

    def record_keys(self, record: Organization, *keys: PrivateKey, committer: Committer) -> Recorded:
        """Record a key record as it was previewed, signed by each of `keys`.

        Raises `ActRefused` where another record came in since it was shown, where it would neither count nor wait, and
        where a new key is on record elsewhere.
        """
        organization = record.organization

        def plan(snapshot: Snapshot | None) -> Act:
            state = existing(snapshot)
            before = keyacts.head(state, organization)
            if record.previous != before.digest:
                raise ActRefused(
                    f"another key record of {organization} came in meanwhile: "
                    "what was shown doesn't follow from it any more",
                    hint=f"see what it says, and begin again: openletter keys show {organization}",
                )
            known = {key.key for key in before.record.keys}
            for key in record.keys:
                if key.key not in known:
                    keyacts.check_new(state, organization, key.public)
            act = keyacts.record_act(record, keys)
            keyacts.check_act(state, organization, act)
            return act

        recorded = self._record(plan, committer)
        assert recorded is not None  # noqa: S101  # the plan always has something to do
        return recorded

    # --- what one organization says of the keys of another ---

    def check_authorizable(self, organization: str, other: str, key: PublicKey) -> bool:
        """Raise what `authorize` would raise, without a private key; `False` where this key has agreed already."""
        snapshot = self._snapshot()
        return _authorizable(snapshot, _waiting(snapshot, organization), other, key)

    def authorize(
        self, organization: str, other: str, key: PrivateKey, committer: Committer, *, digest: str
    ) -> Recorded | None:
        """Record that `other` agrees to the key record of `organization` that waits; `None` where this key has agreed.

        `digest` is that of the record that was shown. Raises `UnknownName`, `ActRefused`.
        """

        def plan(snapshot: Snapshot | None) -> Act | None:
            state = existing(snapshot)
            waiting = _waiting(state, organization)
            if not _authorizable(state, waiting, other, key.public):
                return None
            return _signature(state, waiting, other, key, digest, "agrees to")

        return self._record(plan, committer)

    def check_vouchable(self, organization: str, other: str, key: PublicKey, number: int | None = None) -> bool:
        """Raise what `vouch` would raise, without a private key; `False` where this key has vouched already."""
        snapshot = self._snapshot()
        return _vouchable(snapshot, _counting(snapshot, organization, number), other, key)

    def vouch(
        self, organization: str, other: str, key: PrivateKey, committer: Committer, *, digest: str, number: int
    ) -> Recorded | None:
        """Record that `other` checked the keys of a record with their organization; `None` where this key has said so.

        `digest` is that of the record that was shown. Raises `UnknownName`, `ActRefused`.
        """

        def plan(snapshot: Snapshot | None) -> Act | None:
            state = existing(snapshot)
            record = _counting(state, organization, number)
            if not _vouchable(state, record, other, key.public):
                return None
            return _signature(state, record, other, key, digest, "vouches for")

        return self._record(plan, committer)


def _check_unknown(snapshot: Snapshot, organization: str, key: PublicKey) -> None:
    """Raise `ActRefused` where the organization has a key record, or another one has this key."""
    if str(RecordName(number=1)) in snapshot.key_file_names(organization):
        raise ActRefused(
            f"{organization} has a key record already", hint=f"see it with: openletter keys show {organization}"
        )
    keyacts.check_new(snapshot, organization, key)


def _counting(snapshot: Snapshot, organization: str, number: int | None) -> KeyRecord:
    newest = keyacts.counting(snapshot, organization)
    if number is None or number == newest.record.record:
        return newest
    if not 1 <= number < newest.record.record:
        raise UnknownName(
            f"{organization} has no record {number} that counts", hint=f"the newest is record {newest.record.record}"
        )
    return keyacts.stored(snapshot, organization, number)


def _waiting(snapshot: Snapshot, organization: str) -> KeyRecord:
    waiting = keyacts.report_of(snapshot, organization).waiting
    if waiting is None:
        raise ActRefused(
            f"no key record of {organization} waits for anybody",
            hint="either it has what it needs, or this copy of the archive is older than the request: "
            f"openletter keys show {organization}",
        )
    return keyacts.stored(snapshot, organization, waiting.record)


def _check_speaker(snapshot: Snapshot, other: str, key: PublicKey) -> None:
    """Raise where this key can't speak for the organization now; raises `UnknownName`, `ActRefused`."""
    keyacts.report_of(snapshot, other)
    standing = keyring_for(snapshot, [other]).standing(other, key)
    hint = f"see which keys are active, with: openletter keys show {other}"
    if standing is None:
        raise ActRefused(f"the key {key.fingerprint} is not on the record of {other}", hint=hint)
    if standing.status != "active":
        raise ActRefused(f"the key {key.fingerprint} of {other} is {standing.status}, and signs no more", hint=hint)
    if standing.shared_with:
        raise ActRefused(
            f"the key {key.fingerprint} is also on the record of {', '.join(standing.shared_with)}, "
            "so it counts for neither",
            hint=f"replace it with a key of its own: openletter keys rotate {other} --new FILE",
        )


def _authorizable(snapshot: Snapshot, waiting: KeyRecord, other: str, key: PublicKey) -> bool:
    record = waiting.record
    parse_organization_id(other)
    who = keyacts.report_of(snapshot, record.organization).waiting
    if who is None or other not in who.organizations:
        asked = ", ".join(who.organizations[:20]) if who is not None else "nobody"
        raise ActRefused(
            f"{other} is not asked to agree to record {record.record} of {record.organization}",
            hint=f"who is asked: {asked}",
        )
    _check_speaker(snapshot, other, key)
    if not any(
        listed.key == key.line and listed.status == "active"
        for naming in keyacts.named(snapshot, record, other)
        for listed in naming.record.keys
    ):
        raise ActRefused(
            f"the key {key.fingerprint} is newer than the request, which names an older key record of {other}",
            hint=f"sign with a key that was active then, or let {record.organization} ask anew",
        )
    return not _stands(snapshot, waiting, other, key)


def _vouchable(snapshot: Snapshot, found: KeyRecord, other: str, key: PublicKey) -> bool:
    record = found.record
    parse_organization_id(other)
    if other == record.organization:
        raise ActRefused(
            f"{other} can't vouch for itself", hint="name the organization that has checked these keys, with --as"
        )
    _check_speaker(snapshot, other, key)
    if record.basis == "recovery":
        raise ActRefused(
            f"record {record.record} of {record.organization} is a recovery: nobody can vouch for it, "
            "since a signature there means to agree to it",
            hint=f"vouch for its next record: {record.organization} makes one with openletter keys rotate",
        )
    if not any(listed.status == "active" for listed in record.keys):
        raise ActRefused(
            f"no key is active in record {record.record} of {record.organization}, so there is nothing to vouch for",
            hint=f"see its keys with: openletter keys show {record.organization}",
        )
    asked = keyring_for(snapshot, [record.organization]).asked(record.organization, record.record)
    if asked is None:
        raise ActRefused(
            f"record {record.record} of {record.organization} asked others to agree, by key records that are not here "
            "or not of those named for recovery: nobody can tell what a signature there would mean",
            hint="work in a newer copy of the archive, or vouch for an earlier record with --record N",
        )
    if other in asked:
        raise ActRefused(
            f"record {record.record} of {record.organization} asked {other} to agree: "
            "a signature of it there means that, and vouches for nothing",
            hint="vouch for an earlier record with --record N, or for the next one",
        )
    return not _stands(snapshot, found, other, key)


def _stands(snapshot: Snapshot, found: KeyRecord, other: str, key: PublicKey) -> bool:
    folder = snapshot.keys(found.record.organization)
    name = SignatureName(number=found.record.record, organization=other, key=key.short)
    return folder is not None and stands(folder, str(name), found.data, key)


def _signed(snapshot: Snapshot, found: KeyRecord, other: str, key: PublicKey) -> bool:
    with suppress(ActRefused):
        return _stands(snapshot, found, other, key)
    return False  # something else lies there, and is told as false elsewhere


def _signature(snapshot: Snapshot, found: KeyRecord, other: str, key: PrivateKey, digest: str, verb: str) -> Act:
    """The commit of another organization's signature over a key record; raises `ActRefused` where it isn't `digest`."""
    organization, number = found.record.organization, found.record.record
    if found.digest != digest:
        raise ActRefused(
            f"record {number} of {organization} is not the one that was shown",
            hint=f"look at it again: openletter keys show {organization}",
        )
    name = SignatureName(number=number, organization=other, key=key.public.short)
    act = Act(
        files={f"{key_folder(organization)}/{name}": sshsig.encode(sshsig.sign(key, found.data))},
        message=f"{organization}: {other} {verb} key record {number}",
    )
    keyacts.check_act(snapshot, organization, act)
    return act

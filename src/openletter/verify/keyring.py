"""Key records judged, and the keys that count (``spec/verification.md``, "Key records").

A record is judged once: by itself, by the record before it, and by the records of other organizations that it names by
digest. A digest can't be part of what it digests, so there are no circles, and the order of judging is that of a plain
depth-first walk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from types import MappingProxyType
from typing import Final

from openletter import keys, records
from openletter.errors import (
    ChainError,
    DerivedMismatch,
    ForeignPath,
    Invalid,
    MisplacedRecord,
    PublicKeyError,
    SignatureError,
    UnknownFormat,
)
from openletter.keys import PublicKey
from openletter.records import Folder, Organization
from openletter.records.names import RecordName, SignatureName, SignersName, parse_key_file
from openletter.records.organization import STATUSES
from openletter.verify.evidence import CONFIRMED, Link, Pins, standings
from openletter.verify.signatures import Matching, open_signature
from openletter.verify.verdicts import Declaration, Fault, KeyStanding, OrganizationReport, Waiting

_RANK: Final = {status: rank for rank, status in enumerate(STATUSES)}


@dataclass(slots=True)
class _Entry:
    """A key record on its way through the steps."""

    path: str
    number: int
    data: bytes
    record: Organization | None = None
    signers: set[tuple[str, PublicKey]] = field(default_factory=set)
    consent: dict[str, set[PublicKey]] = field(default_factory=dict)
    threshold: int = 0
    valid: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys that count, by organization. `standing` answers for the newest valid record of each."""

    reports: Mapping[str, OrganizationReport]
    _standings: Mapping[tuple[str, PublicKey], KeyStanding]
    _by_fingerprint: Mapping[tuple[str, str], KeyStanding]
    _asked: Mapping[tuple[str, int], frozenset[str] | None]

    def standing(self, organization: str, key: PublicKey) -> KeyStanding | None:
        """How a key stands in an organization's records; `None` where it is on none that is valid."""
        return self._standings.get((organization, key))

    def of(self, organization: str, fingerprint: str) -> KeyStanding | None:
        """The same, where nothing is known of a key but its fingerprint."""
        return self._by_fingerprint.get((organization, fingerprint))

    def asked(self, organization: str, record: int) -> frozenset[str] | None:
        """Those whose signature on a key record that counts authorizes, and vouches for nothing.

        `None` where that can't be told: then no signature on it vouches.
        """
        return self._asked.get((organization, record))


def holders_in(names: Mapping[str, tuple[str, ...]]) -> Mapping[str, set[str]]:
    """The organizations that may list a key, by the key as names of files have it (`PublicKey.short`).

    `names` are the names of the files in every organization's folder. A key that an organization lists has signed there
    (step 5), so that the name of its signature gives it away, and no file need be read.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for organization, listing in names.items():
        for name in listing:
            if name.endswith(".sig") and f".{organization}." in name:
                found[name.rsplit(".", 2)[-2]].add(organization)
    return found


def needed(organization: str, folder: Folder, holders: Mapping[str, set[str]]) -> set[str]:
    """The organizations whose key records it takes to judge these: a superset, from names and bytes alone.

    `holders` is what `holders_in` says; an organization without key records may be among those found.
    """
    found: set[str] = set()
    for name, data in folder.files.items():
        parsed = parse_key_file(name)
        if isinstance(parsed, SignatureName):
            found.add(parsed.organization)
            if parsed.organization == organization:
                found |= holders.get(parsed.key, set())
        elif isinstance(parsed, RecordName):
            try:
                record = records.decode(data)
            except Invalid:
                continue
            if isinstance(record, Organization) and record.recovery is not None:
                found.update(record.recovery.organizations)
    return found


def judge_keys(folders: Mapping[str, Folder], pins: Pins = MappingProxyType({})) -> Keyring:
    """Judge the key records of these organizations; each folder's own name is its key in `folders`.

    `pins` are the keys that the verifier has confirmed, by organization: how a key is known, never what counts.
    """
    return _Judge(folders).keyring(pins)


class _Judge:
    def __init__(self, folders: Mapping[str, Folder]) -> None:
        self.faults: dict[str, list[Fault]] = {organization: [] for organization in folders}
        self.waiting: dict[str, Waiting] = {}
        self.chains: dict[str, list[_Entry]] = {}
        self.by_digest: dict[str, tuple[str, _Entry]] = {}
        for organization, folder in folders.items():
            self.chains[organization] = self._read(organization, folder)
            for entry in self.chains[organization]:
                # A copy of a record under another's name is no record, and must not stand in for it.
                if entry.valid is None:
                    self.by_digest[records.digest(entry.data)] = (organization, entry)
        for organization in folders:
            self._settle(organization)
        for organization, folder in folders.items():
            self._check_derived(organization, folder)

    def _fault(self, organization: str, error: Invalid, path: str) -> None:
        self.faults[organization].append(Fault.of(error, path))

    # --- steps 1 to 4: each file by itself ---

    def _read(self, organization: str, folder: Folder) -> list[_Entry]:
        # Step 1: every name is in the grammar, and every entry a plain file.
        self.faults[organization] += [Fault.of(error, folder.path) for error in folder.faults]
        texts: dict[int, bytes] = {}
        signatures: list[tuple[SignatureName, bytes]] = []
        for name, data in sorted(folder.files.items()):
            try:
                parsed = parse_key_file(name)
            except ForeignPath as error:
                self._fault(organization, error, f"{folder.path}/{name}")
                continue
            if isinstance(parsed, RecordName):
                texts[parsed.number] = data
            elif isinstance(parsed, SignatureName):
                signatures.append((parsed, data))
        entries: list[_Entry] = []
        for number, data in sorted(texts.items()):
            path = f"{folder.path}/{RecordName(number=number)}"
            entry = _Entry(path=path, number=number, data=data)
            # Step 2: a key record, canonical, under its own name.
            try:
                entry.record = _decode(organization, number, data)
                # Step 3: numbers without gaps, each naming the bytes before it.
                previous = texts.get(number - 1)
                if number > 1 and (previous is None or entry.record.previous != records.digest(previous)):
                    raise ChainError(
                        f"record {number - 1} is missing"
                        if previous is None
                        else f"it names another record {number - 1} as the one before it"
                    )
            except Invalid as error:
                self._fault(organization, error, path)
                entry.valid = False
            entries.append(entry)
        # Step 4: the signatures. A wrong one is false, and takes nothing from the record.
        by_number = {entry.number: entry for entry in entries}
        matching = Matching(texts)
        for parsed, data in signatures:
            try:
                signature = open_signature(data, parsed.key)
                number = matching.match(signature, parsed.number)
                if number != parsed.number:
                    raise SignatureError(f"it was made for record {number}, not for record {parsed.number}")
                by_number[number].signers.add((parsed.organization, signature.key))
            except (SignatureError, PublicKeyError) as error:
                self._fault(organization, error, f"{folder.path}/{parsed}")
        return entries

    # --- steps 5 to 7: each record by those that it builds on ---

    def _settle(self, organization: str) -> None:
        waiting = list(reversed(self.chains[organization]))
        while waiting:
            entry = waiting[-1]
            if entry.valid is not None:
                waiting.pop()
                continue
            undecided = [other for other in self._builds_on(entry) if other.valid is None]
            if undecided:
                waiting += undecided
                continue
            waiting.pop()
            owner = entry.record.organization if entry.record else organization
            try:
                waits = self._authorize(owner, entry)
                entry.valid = waits is None
                if waits is not None:
                    self.waiting[owner] = waits
            except Invalid as error:
                self._fault(owner, error, entry.path)
                entry.valid = False

    def _builds_on(self, entry: _Entry) -> Iterator[_Entry]:
        if entry.record is None:
            return
        if (before := self._before(entry)) is not None:
            yield before
        yield from (authority for _, authority in self._named(entry))

    def _before(self, entry: _Entry) -> _Entry | None:
        if entry.record is None or entry.record.previous is None:
            return None
        return self.by_digest.get(entry.record.previous, (None, None))[1]

    def _authorize(self, organization: str, entry: _Entry) -> Waiting | None:
        """Raise where a record doesn't count; where it lacks nothing but others' consent, say what it waits for."""
        record = entry.record
        if record is None:
            raise ChainError("this record can't be read")
        before_entry = self._before(entry)
        before = before_entry.record if before_entry is not None else None
        if record.record > 1 and (before_entry is None or before is None or not before_entry.valid):
            raise ChainError(f"record {record.record - 1}, which it follows, doesn't count")
        known = {key.key: key for key in before.keys} if before is not None else {}
        # Step 5: whoever brings a key has it.
        for key in record.keys:
            if key.key not in known and (organization, key.public) not in entry.signers:
                raise ChainError(f"the key {key.public.fingerprint} is new here and didn't sign this record")
        # Step 6: nothing is taken back.
        listed = {key.key: key for key in record.keys}
        for line, key in known.items():
            now = listed.get(line)
            if now is None:
                raise ChainError(f"the key {key.public.fingerprint} of the record before is left out")
            if _RANK[now.status] < _RANK[key.status]:
                raise ChainError(f"the key {key.public.fingerprint} goes from {key.status} back to {now.status}")
            if key.since is not None and (now.since is None or now.since > key.since):
                raise ChainError(f"the key {key.public.fingerprint} is doubted from a later day than before")
        # Step 7: whoever had the say before agrees.
        if before is None:
            return None
        recovers = record.basis == "recovery" or (before.recovery is not None and record.recovery != before.recovery)
        if record.basis == "rotation" and not any(
            key.status == "active" and (organization, key.public) in entry.signers for key in before.keys
        ):
            raise ChainError("no key that was active in the record before signed this one")
        return self._consent(before, entry, record) if recovers else None

    def _named(self, entry: _Entry) -> Iterator[tuple[str, _Entry]]:
        """The records of other organizations that a record names in `authorized_by`, each with its organization."""
        for digest in entry.record.authorized_by if entry.record is not None else ():
            if digest in self.by_digest:
                yield self.by_digest[digest]

    def _authorizing(self, entry: _Entry) -> frozenset[str] | None:
        """The organizations that a record names by a record of theirs; `None` where it can't be told of one of these.

        Only the records of those are looked at whom this record or the one before names for recovery, and `needed` sees
        that they are here, whichever letter is judged.
        """
        before = self._before(entry)
        links = (entry, before) if before is not None else (entry,)
        recoveries = (link.record.recovery for link in links if link.record is not None)
        named = {organization for recovery in recoveries if recovery for organization in recovery.organizations}
        digests = entry.record.authorized_by if entry.record is not None else ()
        owners = [self.by_digest[digest][0] if digest in self.by_digest else None for digest in digests]
        found = frozenset(owner for owner in owners if owner is not None and owner in named)
        return found if all(owner in found for owner in owners) else None

    def _consent(self, before: Organization, entry: _Entry, record: Organization) -> Waiting | None:
        """What is lacking of the consent that this record takes; `None` where it has it all."""
        if before.recovery is None:
            raise ChainError("the record before names nobody who could recover it")
        able: set[str] = set()
        agreed: set[str] = set()
        for owner, authority in self._named(entry):
            if owner not in before.recovery.organizations or authority.record is None or not authority.valid:
                continue
            able.add(owner)
            active = {key.public for key in authority.record.keys if key.status == "active"}
            if signed := {key for key in active if (owner, key) in entry.signers}:
                agreed.add(owner)
                entry.consent.setdefault(owner, set()).update(signed)
        threshold = entry.threshold = before.recovery.threshold
        if len(agreed) >= threshold:
            return None
        if len(able) < threshold:
            raise ChainError(
                f"it names valid records of {len(able)} of the organizations named for recovery, and {threshold} must "
                "sign it"
            )
        return Waiting(
            path=entry.path,
            record=record.record,
            basis=record.basis,
            threshold=threshold,
            organizations=tuple(sorted(able)),
            agreed=tuple(sorted(agreed)),
        )

    # --- step 8 and the result ---

    def _check_derived(self, organization: str, folder: Folder) -> None:
        # Step 8: the derived files say what the records say.
        by_number = {entry.number: entry for entry in self.chains[organization]}
        for name, data in sorted(folder.files.items()):
            try:
                parsed = parse_key_file(name)
            except ForeignPath:
                continue
            entry = by_number.get(parsed.number)
            path = f"{folder.path}/{name}"
            if not isinstance(parsed, SignersName):
                continue
            if entry is None or entry.record is None or data != allowed_signers(entry.record):
                self._fault(organization, DerivedMismatch("it doesn't say what the key record says"), path)

    def keyring(self, pins: Pins) -> Keyring:
        """The keys that count, and how each is known."""
        chains: dict[str, tuple[Link, ...]] = {}
        for organization, chain in self.chains.items():
            whole = takewhile(lambda entry: entry.valid and entry.record is not None, chain)
            chains[organization] = tuple(
                Link(
                    record=entry.record,
                    signers=frozenset(entry.signers),
                    authorizing=self._authorizing(entry),
                    shows=_shows(entry),
                )
                for entry in whole
                if entry.record is not None
            )
        found, recovered = standings(chains, pins)
        reports: dict[str, OrganizationReport] = {}
        for organization, links in chains.items():
            newest = links[-1].record if links else None
            reports[organization] = OrganizationReport(
                organization=organization,
                name=newest.name if newest else None,
                records=newest.record if newest else 0,
                keys=tuple(found[organization, key.public] for key in newest.keys) if newest else (),
                faults=tuple(self.faults[organization]),
                waiting=self.waiting.get(organization),
                recovered=recovered.get(organization),
                confirmed_another=bool(pins.get(organization))
                and not any(
                    found[organization, key.public].evidence in CONFIRMED for key in (newest.keys if newest else ())
                ),
            )
        by_fingerprint = {(organization, key.fingerprint): key for (organization, _), key in found.items()}
        asked = {(org, link.record.record): link.authorizing for org, links in chains.items() for link in links}
        return Keyring(reports=reports, _standings=found, _by_fingerprint=by_fingerprint, _asked=asked)


def _shows(entry: _Entry) -> Declaration:
    """What shows that a record counts: it, and the consent of others that it took."""
    folder = entry.path.rpartition("/")[0]
    consent = (
        frozenset(f"{folder}/{SignatureName(number=entry.number, organization=org, key=key.short)}" for key in keys)
        for org, keys in sorted(entry.consent.items())
    )
    return Declaration(path=entry.path, consent=tuple(consent), threshold=entry.threshold)


def _decode(organization: str, number: int, data: bytes) -> Organization:
    record = records.decode(data)
    if not isinstance(record, Organization):
        raise UnknownFormat(f"a key record is due here, and this is {record.FORMAT}", line=1)
    if record.organization != organization or record.record != number:
        raise MisplacedRecord(f"this is record {record.record} of {record.organization}")
    return record


def allowed_signers(record: Organization) -> bytes:
    """The bytes of ``NNNN.allowed_signers`` beside this record: its keys but the compromised ones, in its order."""
    return keys.allowed_signers(record.organization, [key.public for key in record.keys if key.status != "compromised"])

"""A world of organizations and what the specification promises of it: the other side of ``test_trust_model.py``.

`World` knows what is real: who holds which private key, who made which signature, when, and what it was meant for.
`Model` says, from these facts and the names of the files that are shown, what may be said (``spec/trust.md``). It uses
nothing of `openletter.verify`: signatures are looked up among those that were really made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, LETTER, a_letter, key_of, name_of, signed_by
from openletter import records
from openletter.keys import PrivateKey, PublicKey
from openletter.records import Checkpoint, Folder, Key, Letter, Organization, Recovery, Withdrawal

PUPPET = "puppet.example"
HONEST = (ALDER, BIRCH, CEDAR, DOGWOOD)
ORGANIZATIONS = (*HONEST, PUPPET)
THIEF = "thief"
AUTHORITY = "tsa.example"
FOLDER = f"archive/{LETTER}"
LONG_AGO = "1900-01-01"


@dataclass(frozen=True)
class Deed:
    """A signature that somebody really made. `meant` is what for: possess, authorize, vouch, sign, withdraw, see."""

    tick: int
    day: str
    who: str
    meant: str


@dataclass(frozen=True)
class Commit:
    """A state that really was; `honest` says that the host had not put its hand to it."""

    number: int
    files: dict[str, bytes]
    honest: bool

    @property
    def id(self) -> str:
        return hashlib.sha1(f"commit {self.number}".encode(), usedforsecurity=False).hexdigest()

    @property
    def tree(self) -> str:
        return hashlib.sha256(f"tree {self.number}".encode()).hexdigest()


@lru_cache(maxsize=1000)
def data_of(record: Organization) -> bytes:
    """The bytes of a key record."""
    return record.to_bytes()


def next_of(record: Organization, **changes: object) -> dict[str, object]:
    """What the record after this one has in common with it, and what is changed."""
    kept: dict[str, object] = {
        "organization": record.organization,
        "record": record.record + 1,
        "previous": records.digest(data_of(record)),
        "basis": "rotation",
        "name": record.name,
        "keys": record.keys,
        "recovery": record.recovery,
    }
    return kept | changes


@dataclass
class World:
    """What is real, and the files that the host shows."""

    tick: int = 0
    days: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    shelf: dict[str, bytes] = field(default_factory=dict)
    holders: dict[PublicKey, set[str]] = field(default_factory=dict)
    privates: dict[PublicKey, PrivateKey] = field(default_factory=dict)
    stolen: dict[PublicKey, str] = field(default_factory=dict)
    spoiled: bool = False
    regrets: set[str] = field(default_factory=set)
    key_records: dict[bytes, Organization] = field(default_factory=dict)
    authors: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    checkpoints: dict[bytes, Checkpoint] = field(default_factory=dict)
    withdrawals: dict[bytes, Withdrawal] = field(default_factory=dict)
    letters: dict[bytes, Letter] = field(default_factory=dict)
    signatures: dict[bytes, tuple[PublicKey, bytes]] = field(default_factory=dict)
    deeds: dict[tuple[PublicKey, bytes], list[Deed]] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    stamps: dict[bytes, str] = field(default_factory=dict)
    agreed: set[tuple[str, bytes]] = field(default_factory=set)
    withdrew: set[tuple[str, bytes]] = field(default_factory=set)
    pins: dict[str, frozenset[PublicKey]] = field(default_factory=dict)

    @property
    def today(self) -> str:
        return (date(2026, 1, 1) + timedelta(days=self.days)).isoformat()

    def key(self, who: str) -> PrivateKey:
        """A key that nobody had before."""
        private = key_of(who, str(len(self.privates)))
        self.holders[private.public] = {who}
        self.privates[private.public] = private
        return private

    def holds(self, who: str, key: PublicKey) -> bool:
        return who in self.holders[key] or (who == PUPPET and THIEF in self.holders[key])

    def sign(self, who: str, key: PublicKey, data: bytes, meant: str) -> bytes:
        """Somebody really signs, with a key that it really holds."""
        assert self.holds(who, key)
        armored = signed_by(self.privates[key], data)
        self.signatures[armored] = (key, data)
        self.deeds.setdefault((key, data), []).append(Deed(self.tick, self.today, who, meant))
        return armored

    def publish(self, path: str, data: bytes) -> None:
        """A file comes into the archive, where none of that name is shown."""
        self.files.setdefault(path, data)
        if not self.spoiled:
            self.shelf.setdefault(path, data)

    # --- records ---

    def record(self, who: str, made: Organization, signers: Sequence[tuple[str, PublicKey]]) -> bytes:
        """Somebody makes a key record, signs it in these names, and publishes it if its place is free."""
        data = made.to_bytes()
        self.key_records[data] = made
        self.authors.setdefault(data, (self.tick, who))
        path = f"keys/{made.organization}/{made.record:04}.yaml"
        if self.files.get(path, data) == data:
            self.publish(path, data)
            for name, key in signers:
                self.sign_record(who, made, name, key, "possess")
        return data

    def sign_record(self, who: str, made: Organization, name: str, key: PublicKey, meant: str) -> None:
        data = made.to_bytes()
        path = f"keys/{made.organization}/{made.record:04}.{name}.{key.short}.sig"
        self.publish(path, self.sign(who, key, data, meant))

    def enrol(self, who: str, organization: str, keys: Sequence[PublicKey], recovery: Recovery | None) -> None:
        made = Organization(
            organization=organization,
            record=1,
            basis="first",
            date=self.today,
            name=name_of(organization),
            keys=tuple(Key(key=key.line, status="active") for key in keys),
            recovery=recovery,
        )
        self.record(who, made, [(organization, key) for key in keys])

    def revise(self) -> None:
        """The coordinator, who is honest, adds a revision."""
        number = len(self.letters) + 1
        before = list(self.letters)[-1] if self.letters else None
        previous = records.digest(before) if before else None
        letter = replace(a_letter(body=f"The text {number}."), revision=number, previous=previous)
        self.letters[letter.to_bytes()] = letter
        self.publish(f"{FOLDER}/{number:04}.yaml", letter.to_bytes())

    def text(self, number: int) -> bytes:
        return list(self.letters)[number - 1]

    def sign_letter(self, who: str, organization: str, number: int, key: PublicKey) -> None:
        text = self.text(number)
        if who == organization:
            self.agreed.add((organization, text))
        path = f"{FOLDER}/{number:04}.{organization}.{key.short}.sig"
        self.publish(path, self.sign(who, key, text, "sign"))

    def withdraw(self, who: str, organization: str, number: int, key: PublicKey) -> None:
        made = Withdrawal(
            letter=LETTER,
            revision=number,
            text=records.digest(self.text(number)),
            organization=organization,
            date=self.today,
        )
        data = made.to_bytes()
        if who == organization:
            self.withdrew.add((organization, data))
        self.withdrawals[data] = made
        stem = f"{FOLDER}/{number:04}.{organization}_withdrawal.{hashlib.sha256(data).hexdigest()[:16]}"
        self.publish(f"{stem}.yaml", data)
        self.publish(f"{stem}.{key.short}.sig", self.sign(who, key, data, "withdraw"))

    # --- history ---

    def commit(self, without: str | None = None) -> Commit:
        """A state gets into the history: what is shown now, or what the host leaves of it."""
        files = {path: data for path, data in self.files.items() if without is None or not path.startswith(without)}
        made = Commit(len(self.commits), files, honest=without is None and not self.spoiled)
        self.commits.append(made)
        return made

    def checkpoint(
        self, who: str, organization: str, key: PublicKey | None, commit: str, tree: str, day: str
    ) -> Checkpoint:
        made = Checkpoint(organization=organization, date=day, commit=commit, tree=tree)
        data = made.to_bytes()
        self.checkpoints[data] = made
        stem = f"archive/checkpoints/{organization}/{hashlib.sha256(data).hexdigest()[:16]}"
        self.publish(f"{stem}.yaml", data)
        if key is not None:
            self.publish(f"{stem}.{key.short}.sig", self.sign(who, key, data, "see"))
        return made

    def folder(self, path: str) -> Folder:
        inside = {p.removeprefix(path + "/"): data for p, data in self.files.items() if p.startswith(path + "/")}
        return Folder(path=path, files=inside)

    def folders(self, under: str) -> dict[str, Folder]:
        inside = [path.removeprefix(under + "/") for path in self.files if path.startswith(under + "/")]
        names = {path.partition("/")[0] for path in inside}
        return {name: self.folder(f"{under}/{name}") for name in names}


@dataclass(frozen=True)
class Standing:
    """What may be said of a key on an organization's newest record."""

    status: str
    since: str | None
    evidence: str
    vouched_by: frozenset[str]
    vouched_unpinned: frozenset[str]
    shared_with: frozenset[str]


@dataclass(frozen=True)
class Shown:
    """A day on which a witness showed a file."""

    day: str
    holds: frozenset[str]
    organization: str
    stamped: bool


class Model:
    """What may be said of the files of a world, by the facts."""

    def __init__(self, world: World, files: dict[str, bytes] | None = None) -> None:
        self.world = world
        self.files = world.files if files is None else files
        self.counted: dict[tuple[str, int], bool] = {}
        self._signed: dict[tuple[str, int], set[tuple[str, PublicKey]]] = {}
        self.named: dict[str, tuple[str, int]] = {}
        for organization in ORGANIZATIONS:
            for number, record in self._placed(organization):
                self.named[records.digest(data_of(record))] = (organization, number)
        self.chains = {organization: tuple(self._chain(organization)) for organization in ORGANIZATIONS}
        self._stand: dict[tuple[str, PublicKey], Standing] = {}
        self._shown: list[Shown] | None = None

    # --- which records count ---

    def _placed(self, organization: str) -> Iterator[tuple[int, Organization]]:
        """The records that lie where they belong and follow one another."""
        before: Organization | None = None
        for number in range(1, 100):
            data = self.files.get(f"keys/{organization}/{number:04}.yaml", b"")
            record = self.world.key_records.get(data)
            if record is None or record.organization != organization or record.record != number:
                return
            if before is not None and record.previous != records.digest(data_of(before)):
                return
            yield number, record
            before = record

    def record(self, organization: str, number: int) -> Organization:
        return self.world.key_records[self.files[f"keys/{organization}/{number:04}.yaml"]]

    def signers(self, record: Organization) -> set[tuple[str, PublicKey]]:
        """Who signed a record, by the signatures shown beside it that somebody really made over it."""
        place = (record.organization, record.record)
        if place in self._signed:
            return self._signed[place]
        found: set[tuple[str, PublicKey]] = set()
        start = f"keys/{record.organization}/{record.record:04}."
        for path, data in self.files.items():
            if not path.startswith(start) or not path.endswith(".sig"):
                continue
            name, _, short = path.removeprefix(start).removesuffix(".sig").rpartition(".")
            key, text = self.world.signatures.get(data, (None, b""))
            if key is not None and key.short == short and text == data_of(record):
                found.add((name, key))
        self._signed[place] = found
        return found

    def counts(self, organization: str, number: int) -> bool:
        """Does a placed record count?"""
        if (organization, number) not in self.counted:
            self.counted[organization, number] = self.sound(organization, number) and self._has_consent(
                organization, number
            )
        return self.counted[organization, number]

    def _has_consent(self, organization: str, number: int) -> bool:
        record = self.record(organization, number)
        if number == 1:
            return True
        before = self.record(organization, number - 1)
        return not self.needs_consent(record, before) or len(self.agreed(record, before)) >= self.threshold(before)

    def sound(self, organization: str, number: int) -> bool:
        """Does nothing lack in a placed record but the consent of others?"""
        record = self.record(organization, number)
        before = self.record(organization, number - 1) if number > 1 else None
        if before is not None and not self.counts(organization, number - 1):
            return False
        signers = self.signers(record)
        old = {key.public: key for key in before.keys} if before else {}
        new = {key.public: key for key in record.keys}
        if any(key not in old and (organization, key) not in signers for key in new):
            return False
        order = ["active", "retired", "compromised"]
        for public, key in old.items():
            if public not in new or order.index(new[public].status) < order.index(key.status):
                return False
            if key.since is not None and (new[public].since or "") > key.since:
                return False
        spoke = any(key.status == "active" and (organization, public) in signers for public, key in old.items())
        return record.basis != "rotation" or spoke

    @staticmethod
    def needs_consent(record: Organization, before: Organization) -> bool:
        changes = before.recovery is not None and record.recovery != before.recovery
        return record.basis == "recovery" or changes

    @staticmethod
    def threshold(before: Organization) -> int:
        return before.recovery.threshold if before.recovery else 10**6

    def able(self, record: Organization, before: Organization) -> dict[str, set[PublicKey]]:
        """Who may consent, each with the keys that may: those active in the records named that count."""
        found: dict[str, set[PublicKey]] = {}
        for digest in record.authorized_by:
            owner, number = self.named.get(digest, ("", 0))
            if before.recovery and owner in before.recovery.organizations and self.counts(owner, number):
                keys = {key.public for key in self.record(owner, number).keys if key.status == "active"}
                found.setdefault(owner, set()).update(keys)
        return found

    def agreed(self, record: Organization, before: Organization) -> set[str]:
        signers = self.signers(record)
        return {owner for owner, keys in self.able(record, before).items() if any((owner, k) in signers for k in keys)}

    def _chain(self, organization: str) -> Iterator[Organization]:
        for number, record in self._placed(organization):
            if not self.counts(organization, number):
                return
            yield record

    def waiting(self, organization: str) -> Organization | None:
        """The record that lacks nothing but consent."""
        chain = self.chains[organization]
        record = next((r for n, r in self._placed(organization) if n == len(chain) + 1), None)
        if record is None or not chain or not self.sound(organization, record.record):
            return None
        enough = len(self.able(record, chain[-1])) >= self.threshold(chain[-1])
        return record if enough and self.needs_consent(record, chain[-1]) else None

    # --- how a key is known ---

    def newest(self, organization: str) -> Organization | None:
        chain = self.chains.get(organization, ())
        return chain[-1] if chain else None

    def line(self, organization: str) -> set[PublicKey]:
        """The keys that the verifier's pins for an organization lead to, by records that count."""
        pinned = self.world.pins.get(organization, frozenset())
        reached: set[PublicKey] = set()
        before: dict[PublicKey, str] = {}
        for record in self.chains[organization]:
            now = {key.public: key.status for key in record.keys}
            if record.basis == "recovery":
                reached, judge = set(), dict(now)
            else:
                judge = {**now, **before}
            voices = {key for name, key in self.signers(record) if name == organization}
            if any(judge.get(key) == "active" for key in voices & (reached | pinned)):
                reached |= {key for key, status in now.items() if status != "compromised"}
            before = now
        return reached

    def shared(self, organization: str, key: PublicKey) -> frozenset[str]:
        return frozenset(
            other
            for other in ORGANIZATIONS
            if other != organization and (newest := self.newest(other)) and any(k.public == key for k in newest.keys)
        )

    def confirmed(self, organization: str, key: PublicKey) -> bool:
        """Does the key stand on the newest record, and go back to a pin?"""
        newest = self.newest(organization)
        if newest is None or all(k.public != key for k in newest.keys):
            return False
        return key in self.world.pins.get(organization, frozenset()) or key in self.line(organization)

    def speaks_for(self, organization: str, key: PublicKey) -> bool:
        """Does the key count, for what an organization says of others?"""
        newest = self.newest(organization)
        status = next((k.status for k in newest.keys if k.public == key), None) if newest else None
        return status in {"active", "retired"} and not self.shared(organization, key)

    def vouchers(self, organization: str, key: PublicKey) -> dict[str, bool]:
        found: dict[str, bool] = {}
        for record in self.chains[organization]:
            if record.basis == "recovery" or all((k.public, k.status) != (key, "active") for k in record.keys):
                continue
            asked = {self.named[digest][0] if digest in self.named else None for digest in record.authorized_by}
            for name, voice in self.signers(record):
                # Whose record isn't shown may be anybody's.
                if name == organization or name in asked or None in asked or not self.speaks_for(name, voice):
                    continue
                found[name] = found.get(name, False) or self.confirmed(name, voice)
        return found

    def standing(self, organization: str, key: PublicKey) -> Standing | None:
        place = (organization, key)
        newest = self.newest(organization)
        listed = next((k for k in newest.keys if k.public == key), None) if newest else None
        if listed is None:
            return None
        if place not in self._stand:
            vouchers = self.vouchers(organization, key)
            good = frozenset(name for name, confirmed in vouchers.items() if confirmed)
            evidence = "vouched" if good else "recorded"
            if key in self.line(organization):
                evidence = "pinned-through-rotation"
            if key in self.world.pins.get(organization, frozenset()):
                evidence = "pinned"
            self._stand[place] = Standing(
                status=listed.status,
                since=listed.since,
                evidence=evidence,
                vouched_by=good,
                vouched_unpinned=frozenset(vouchers) - good,
                shared_with=self.shared(organization, key),
            )
        return self._stand[place]

    # --- how old a signature is ---

    def witnesses(self) -> list[Shown]:
        """The states that checkpoints show, with the days that count."""
        if self._shown is None:
            self._shown = self._witnesses()
        return self._shown

    def _witnesses(self) -> list[Shown]:
        found: list[Shown] = []
        for path, data in self.files.items():
            made = self.world.checkpoints.get(data)
            commit = next((c for c in self.world.commits if made and c.id == made.commit), None)
            if made is None or commit is None or commit.tree != made.tree:
                continue
            stem = f"archive/checkpoints/{made.organization}/{hashlib.sha256(data).hexdigest()[:16]}"
            if path != f"{stem}.yaml":
                continue
            holds = frozenset(p for p, d in commit.files.items() if self.files.get(p) == d)
            if (stamp := self.world.stamps.get(data)) is not None:
                found.append(Shown(stamp, holds, made.organization, stamped=True))
            if any(
                self.speaks_for(made.organization, key) and self.confirmed(made.organization, key)
                for key in self._signers_of(stem, data)
            ):
                found.append(Shown(made.date, holds, made.organization, stamped=False))
        return found

    def _signers_of(self, stem: str, data: bytes) -> Iterator[PublicKey]:
        for path, armored in self.files.items():
            key, text = self.world.signatures.get(armored, (None, b""))
            if key is not None and text == data and path == f"{stem}.{key.short}.sig":
                yield key

    def knows(self, holds: frozenset[str], record: Organization) -> bool:
        """Does whoever saw these files know that the record counts, by it and as much consent as it takes?"""
        path = f"keys/{record.organization}/{record.record:04}"
        if f"{path}.yaml" not in holds or record.record == 1:
            return f"{path}.yaml" in holds
        before = self.record(record.organization, record.record - 1)
        if not self.needs_consent(record, before):
            return True
        signers = self.signers(record)
        seen = {
            owner
            for owner, keys in self.able(record, before).items()
            if any((owner, key) in signers and f"{path}.{owner}.{key.short}.sig" in holds for key in keys)
        }
        return len(seen) >= self.threshold(before)

    def days(self, path: str, organization: str, without: Sequence[Organization]) -> list[str]:
        """The days on which witnesses show the file, and none of these records."""
        return sorted(
            shown.day
            for shown in self.witnesses()
            if path in shown.holds
            and (shown.stamped or shown.organization != organization)
            and not any(self.knows(shown.holds, record) for record in without)
        )

    def first_with(self, organization: str, key: PublicKey, *statuses: str) -> Organization | None:
        return next(
            (r for r in self.chains[organization] if any(k.public == key and k.status in statuses for k in r.keys)),
            None,
        )

    def outcome(self, path: str, organization: str, key: PublicKey) -> tuple[str, bool]:
        """What is said of a true signature in an organization's name, and whether it is older than a retirement."""
        standing = self.standing(organization, key)
        if standing is None:
            return "unproven", False
        compromised = self.first_with(organization, key, "compromised")
        without = [compromised] if compromised else []
        if standing.shared_with:
            brought = [self.first_with(o, key, "active", "retired", "compromised") for o in standing.shared_with]
            days = self.days(path, organization, [*without, *(record for record in brought if record)])
            return ("disputed" if days else "unproven"), False
        if compromised:
            days = self.days(path, organization, without)
            if not days:
                return "unproven", False
            return ("valid" if days[0] < (standing.since or "") else "disputed"), False
        retired = self.first_with(organization, key, "retired")
        if retired is None:
            return "valid", False
        days = self.days(path, organization, [retired])
        return "valid", bool(days) and days[0] < retired.date

    # --- the letter ---

    def letter_signatures(self) -> Iterator[tuple[str, str, int, PublicKey, bytes]]:
        """The files that are true signatures by their names: path, organization, revision, key, and what is signed."""
        for path, armored in self.files.items():
            if not path.startswith(FOLDER + "/") or armored not in self.world.signatures:
                continue
            key, data = self.world.signatures[armored]
            number, _, rest = path.removeprefix(FOLDER + "/").partition(".")
            name, _, end = rest.removesuffix(".sig").rpartition(".")
            if end != key.short:
                continue
            if "_withdrawal." in name:
                organization, _, act = name.partition("_withdrawal.")
                made = self.world.withdrawals.get(data)
                here = self.files.get(f"{FOLDER}/{number}.yaml", b"")
                if (
                    self.files.get(f"{FOLDER}/{number}.{name}.yaml") == data
                    and made is not None
                    and hashlib.sha256(data).hexdigest()[:16] == act
                    and (made.organization, made.revision) == (organization, int(number))
                    and made.text == records.digest(here)
                ):
                    yield path, organization, int(number), key, data
            elif self.files.get(f"{FOLDER}/{number}.yaml") == data:
                yield path, name, int(number), key, data

    def said(self, number: int, listed: frozenset[str]) -> dict[str, str]:
        """The verdict on each organization over a revision that lies where it belongs, but for what is invalid."""
        signed: dict[str, set[int]] = {}
        ended: dict[str, int] = {}
        doubts: dict[str, set[str]] = {}
        for path, organization, revision, key, data in self.letter_signatures():
            outcome, _ = self.outcome(path, organization, key)
            if outcome != "valid":
                if revision <= number:
                    doubts.setdefault(organization, set()).add(outcome)
            elif data in self.world.withdrawals:
                ended[organization] = max(revision, ended.get(organization, 0))
            elif (letter := self.world.letters.get(data)) is not None and letter.revision == revision:
                signed.setdefault(organization, set()).add(revision)
        found: dict[str, str] = {}
        for organization in {*signed, *ended, *doubts, *listed}:
            alive = {r for r in signed.get(organization, ()) if ended.get(organization, 0) < r <= number}
            if number in alive:
                found[organization] = "signed" if organization in listed else "endorsed"
            elif alive:
                found[organization] = "signed-earlier"
            elif organization in ended:
                found[organization] = "withdrawn"
            else:
                doubt = doubts.get(organization, set())
                found[organization] = next((d for d in ("disputed", "unproven") if d in doubt), "named")
        return found

"""Small honest archives in memory, for tests to take and spoil, by fictional organizations."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from openletter import records, sshsig
from openletter.errors import Invalid
from openletter.keys import PrivateKey
from openletter.records import Addressee, Folder, Key, Letter, Organization, Signatory, Withdrawal
from openletter.records.names import RecordName, SignatureName, SignersName, WithdrawalName, WithdrawalSignatureName
from openletter.verify import Keyring, LetterReport, OrganizationVerdict, allowed_signers, judge_keys, judge_letter

LETTER = "2026/open-water-record"
ALDER, BIRCH, CEDAR, DOGWOOD, ELM = (f"{tree}.example" for tree in ("alder", "birch", "cedar", "dogwood", "elm"))


def key_of(organization: str, which: str = "") -> PrivateKey:
    """The key that tests give an organization: the same at every run."""
    return PrivateKey.from_seed(hashlib.sha256(f"openletter tests: {organization} {which}".encode()).digest())


def name_of(organization: str) -> str:
    """The name on an organization's key record."""
    return organization.partition(".")[0].capitalize() + " Institute"


def signed_by(key: PrivateKey, data: bytes) -> bytes:
    """The armored signature of a key over bytes."""
    return sshsig.encode(sshsig.sign(key, data))


def a_letter(revision: int = 1, **changes: object) -> Letter:
    """A short letter that lists alder, birch, cedar and elm by id."""
    base = Letter(
        letter=LETTER,
        revision=1,
        date="2026-03-02",
        language="en",
        addressees=(Addressee(name="Ms. Dana Whitlow", title="Commissioner"),),
        subject="Open the water records",
        body="We ask you to open the records.\n\nThey belong to everybody.",
        signatories=tuple(
            Signatory(organization=org, name=f"The head of {name_of(org)}", of=name_of(org))
            for org in (ALDER, BIRCH, CEDAR, ELM)
        ),
    )
    previous = None if revision == 1 else "sha256:" + "0" * 64
    return replace(base, revision=revision, previous=previous, **changes)  # type: ignore[arg-type]


@dataclass
class Desk:
    """A letter's folder and the key records round it, as they grow."""

    letter_id: str = LETTER
    letters: list[Letter] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def text(self, number: int) -> bytes:
        """The stored bytes of a revision."""
        return self.files[str(RecordName(number=number))]

    def revise(self, letter: Letter | None = None, **changes: object) -> Letter:
        """Store the next revision, chained to the one before."""
        number = len(self.letters) + 1
        previous = records.digest(self.letters[-1].to_bytes()) if self.letters else None
        base = letter or (self.letters[-1] if self.letters else a_letter())
        new = replace(base, revision=number, previous=previous, **changes)  # type: ignore[arg-type]
        self.letters.append(new)
        self.files[str(RecordName(number=number))] = new.to_bytes()
        return new

    def enrol(self, organization: str, *more: PrivateKey, name: str | None = None) -> None:
        """Store an organization's first key record, signed by all its keys."""
        keys = (key_of(organization), *more)
        self.record(
            Organization(
                organization=organization,
                record=1,
                basis="first",
                date="2026-01-05",
                name=name or name_of(organization),
                keys=tuple(Key(key=key.public.line, status="active") for key in keys),
            ),
            *((organization, key) for key in keys),
        )

    def record(self, record: Organization, *signers: tuple[str, PrivateKey]) -> bytes:
        """Store a key record and signatures over it."""
        folder = self.keys.setdefault(record.organization, {})
        data = record.to_bytes()
        folder[str(RecordName(number=record.record))] = data
        folder[str(SignersName(number=record.record))] = allowed_signers(record)
        for signer, key in signers:
            name = SignatureName(number=record.record, organization=signer, key=key.public.short)
            folder[str(name)] = signed_by(key, data)
        return data

    def sign(self, organization: str, number: int | None = None, key: PrivateKey | None = None) -> str:
        """Store a signature over a revision, the newest where none is named; its file's name."""
        number = number or len(self.letters)
        key = key or key_of(organization)
        name = str(SignatureName(number=number, organization=organization, key=key.public.short))
        self.files[name] = signed_by(key, self.text(number))
        return name

    def withdraw(self, organization: str, number: int, key: PrivateKey | None = None, **changes: object) -> str:
        """Store a signed withdrawal; its file's name."""
        key = key or key_of(organization)
        record = Withdrawal(
            letter=self.letter_id,
            revision=number,
            text=records.digest(self.text(number)),
            organization=organization,
            date="2026-06-01",
        )
        data = replace(record, **changes).to_bytes()  # type: ignore[arg-type]
        act = hashlib.sha256(data).hexdigest()[:16]
        name = str(WithdrawalName(number=number, organization=organization, act=act))
        self.files[name] = data
        signature = WithdrawalSignatureName(number=number, organization=organization, act=act, key=key.public.short)
        self.files[str(signature)] = signed_by(key, data)
        return name

    def keyring(self) -> Keyring:
        """The key records, judged."""
        return judge_keys(key_folders(self.keys))

    def judge(self, revision: int | None = None) -> LetterReport:
        """The letter, judged."""
        folder = Folder(path=f"archive/{self.letter_id}", files=self.files)
        return judge_letter(self.letter_id, folder, self.keyring(), revision)

    def verdict(self, organization: str, revision: int | None = None) -> OrganizationVerdict:
        """What is said of one organization."""
        return next(v for v in self.judge(revision).organizations if v.organization == organization)


def key_folders(
    keys: Mapping[str, Mapping[str, bytes]], faults: Mapping[str, Invalid] | None = None
) -> dict[str, Folder]:
    """Folders of key records, as storage hands them over."""
    return {
        organization: Folder(
            path=f"keys/{organization}",
            files=files,
            faults=tuple(error for org, error in (faults or {}).items() if org == organization),
        )
        for organization, files in keys.items()
    }


def a_desk() -> Desk:
    """Two revisions; alder signed both, birch the first, cedar nothing; dogwood, not named, the second."""
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR, DOGWOOD):
        desk.enrol(organization)
    desk.revise()
    desk.sign(ALDER)
    desk.sign(BIRCH)
    desk.revise(body="We ask you to open all the records.\n\nThey belong to everybody.")
    desk.sign(ALDER)
    desk.sign(DOGWOOD)
    return desk

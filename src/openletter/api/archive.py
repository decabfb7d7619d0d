"""`Archive`: open, read, verify, record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from openletter import records, sshsig
from openletter.api.acts import first_record, signed_with, withdrawal, withdrawal_act
from openletter.api.stored import (
    Revision,
    check_chain,
    holders_of,
    keyring_for,
    letter_folder_of,
    no_revision,
    numbers_in,
    require_organization,
    revision_in,
)
from openletter.archive import (
    Act,
    Arrival,
    Committer,
    Recorded,
    Repository,
    Snapshot,
    configured_identity,
    locate,
    open_plain,
)
from openletter.errors import (
    ActRefused,
    EmptyArchive,
    Invalid,
    NotAnArchive,
)
from openletter.keys import PrivateKey, PublicKey
from openletter.records import Letter, Organization, Withdrawal
from openletter.records.names import (
    MAX_NUMBER,
    RecordName,
    SignatureName,
    SignersName,
    key_folder,
    letter_folder,
    parse_letter_file,
    parse_letter_id,
    parse_organization_id,
    parse_revision,
)
from openletter.verify import (
    Fault,
    LetterReport,
    OrganizationReport,
    Report,
    Verdict,
    allowed_signers,
    judge_checkpoints,
    judge_letter,
    organizations_of,
)

if TYPE_CHECKING:
    from openletter.intake.draft import Draft

Progress = Callable[[int, int], None]
"""Called with how many letters are done, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that came into a letter's folder; `when` and `committer` are what the archive says of it, no evidence.

    `kind` is ``revision``, ``signature``, ``withdrawal`` or ``withdrawal-signature``.
    """

    path: str
    kind: str
    revision: int
    organization: str | None
    when: datetime | None
    committer: str
    commit: str


class Archive:
    """An archive of letters: a git repository, or a plain folder to read."""

    def __init__(self, repository: Repository | None, folder: Path) -> None:
        self._repository = repository
        self._folder = folder

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The archive at `path`; raises `NotAnArchive`, `AttributesChanged` or `StorageError`."""
        return cls._located(Path(path), upward=False)

    @classmethod
    def find(cls, start: str | Path = ".") -> Self:
        """The archive that holds the folder `start`, looking upward; raises what `open` raises."""
        return cls._located(Path(start), upward=True)

    @classmethod
    def _located(cls, start: Path, *, upward: bool) -> Self:
        folder, is_git = locate(start, upward=upward)
        archive = cls(Repository.open(folder) if is_git else None, folder)
        archive._snapshot().check_mark()
        return archive

    @classmethod
    def init(cls, path: str | Path, committer: Committer) -> tuple[Self, Recorded | None]:
        """Make `path` an archive; the second value is `None` where it was one. Raises `ActRefused`, `StorageError`."""
        repository, recorded = Repository.create(Path(path), committer)
        return cls(repository, repository.path), recorded

    @property
    def path(self) -> Path:
        """The archive's folder."""
        return self._repository.path if self._repository is not None else self._folder

    @property
    def has_history(self) -> bool:
        """Is it a git repository? A plain folder can be read and verified, and holds no history."""
        return self._repository is not None

    def configured_identity(self) -> tuple[str | None, str | None]:
        """Name and e-mail address that git's configuration gives to a committer, each where it is set."""
        return configured_identity(self.path)

    def _snapshot(self) -> Snapshot:
        return self._repository.snapshot() if self._repository is not None else open_plain(self._folder)

    # --- reading ---

    def letters(self) -> tuple[str, ...]:
        """The ids of all letters, sorted."""
        return self._snapshot().letters()

    def revision(self, letter: str, number: int | None = None) -> Revision:
        """A revision of a letter, the newest where none is named; raises `UnknownName` or `Invalid`."""
        return revision_in(letter_folder_of(self._snapshot(), letter), letter, number)

    def revisions(self, letter: str) -> tuple[int, ...]:
        """The numbers of a letter's revisions; raises `UnknownName`."""
        return numbers_in(letter_folder_of(self._snapshot(), letter))

    def organizations(self) -> Mapping[str, OrganizationReport]:
        """All organizations with key records, by id, judged."""
        snapshot = self._snapshot()
        return dict(sorted(keyring_for(snapshot, snapshot.organizations()).reports.items()))

    def organization_ids(self) -> tuple[str, ...]:
        """The ids of all organizations with key records, sorted; nothing of them is judged."""
        return self._snapshot().organizations()

    def organization(self, organization: str) -> OrganizationReport:
        """One organization's key records, judged; raises `UnknownName`."""
        snapshot = self._snapshot()
        require_organization(snapshot, organization)
        return keyring_for(snapshot, [organization]).reports[organization]

    def verify(self, *targets: str, progress: Progress | None = None) -> Report:
        """Verify letters (``YEAR/SLUG`` or ``YEAR/SLUG@N``), or the whole archive where none is named.

        A letter that is named is judged by its own files and by the key records of the organizations in it. Raises
        `IdError`, `UnknownName`, and `EmptyArchive` where a whole archive holds no letter and no key record.
        """
        snapshot = self._snapshot()
        whole = not targets
        wanted = list(dict.fromkeys(parse_revision(target) for target in targets)) or [
            (letter, None) for letter in snapshot.letters()
        ]
        faults = [Fault.of(error, "") for error in snapshot.faults()] if whole else []
        for organization, folder in snapshot.checkpoints().items() if whole else ():
            faults += judge_checkpoints(organization, folder)
        if whole and not wanted and not snapshot.organizations() and not faults:
            raise EmptyArchive(
                "this archive holds no letter yet",
                path=str(self.path),
                hint="write a draft and record it with: openletter add DRAFT --letter YEAR/NAME",
            )
        folders = {letter: letter_folder_of(snapshot, letter) for letter, _ in wanted} if not whole else {}
        involved = set(snapshot.organizations()) if whole else set()
        for folder in folders.values():
            involved |= organizations_of(folder)
        keyring = keyring_for(snapshot, involved)
        reports: list[LetterReport] = []
        for done, (letter, number) in enumerate(wanted):
            folder = folders.get(letter) or letter_folder_of(snapshot, letter)
            if number is not None and number not in numbers_in(folder):
                raise no_revision(folder, letter, number)
            reports.append(judge_letter(letter, folder, keyring, number))
            if progress is not None:
                progress(done + 1, len(wanted))
        return Report(
            commit=snapshot.commit,
            whole=whole,
            letters=tuple(reports),
            organizations=tuple(report for org, report in sorted(keyring.reports.items()) if org in involved),
            known=snapshot.organizations(),
            faults=tuple(faults),
        )

    def history(self, letter: str) -> tuple[Event, ...]:
        """What came into a letter's folder, oldest first, as the archive tells it; empty for a plain folder."""
        letter_folder_of(self._snapshot(), letter)
        if self._repository is None:
            return ()
        return tuple(
            event for arrival in self._repository.arrivals(letter_folder(letter)) for event in _events(letter, arrival)
        )

    # --- recording ---

    def add(self, letter: str, draft: Draft, committer: Committer, *, path: str) -> tuple[Revision, Recorded]:
        """Record a draft as revision 1 of a new letter; raises `DraftError`, `ActRefused`. `path` names the draft."""
        return self._record_letter(lambda snapshot: self._first(snapshot, letter, draft, path), "begins", committer)

    def preview_add(self, letter: str, draft: Draft, *, path: str) -> Letter:
        """What `add` would record; raises what it would raise."""
        return self._first(self._snapshot(), letter, draft, path)

    def revise(self, letter: str, draft: Draft, committer: Committer, *, path: str) -> tuple[Revision, Recorded]:
        """Record a draft as the next revision; raises `DraftError`, `ActRefused`, `UnknownName`, `Invalid`."""
        return self._record_letter(lambda snapshot: self._next(snapshot, letter, draft, path), "is revised", committer)

    def preview_revise(self, letter: str, draft: Draft, *, path: str) -> Letter:
        """What `revise` would record; raises what it would raise."""
        return self._next(self._snapshot(), letter, draft, path)

    def _first(self, snapshot: Snapshot, letter: str, draft: Draft, path: str) -> Letter:
        parse_letter_id(letter)
        if snapshot.letter(letter) is not None:
            raise ActRefused(
                f"{letter} exists already", hint=f"record the next revision with: openletter revise {letter} {path}"
            )
        return _to_letter(snapshot, draft, letter, 1, None, path)

    def _next(self, snapshot: Snapshot, letter: str, draft: Draft, path: str) -> Letter:
        folder = letter_folder_of(snapshot, letter)
        before = revision_in(folder, letter, None)
        check_chain(folder, letter, before.letter.revision)
        number = before.letter.revision + 1
        if number > MAX_NUMBER:
            raise ActRefused(f"{letter} has {MAX_NUMBER} revisions, and there can't be more")
        record = _to_letter(snapshot, draft, letter, number, before.digest, path)
        if record.same_wording(before.letter) and record.signatories == before.letter.signatories:
            raise ActRefused(
                f"nothing changes: this is what revision {before.letter.revision} of {letter} says",
                path=path,
                hint="edit the draft first; a revision is recorded for a change of its text or its signatories",
            )
        return record

    def signers(self, letter: str, number: int) -> tuple[str, ...]:
        """The organizations that signed a revision and stand behind it, sorted; raises `UnknownName`."""
        report = self.verify(f"{letter}@{number}").letters[0]
        standing = {Verdict.SIGNED, Verdict.ENDORSED}
        return tuple(sorted(v.organization for v in report.organizations if v.organization and v.verdict in standing))

    def sign(
        self, letter: str, number: int, organization: str, key: PrivateKey, committer: Committer, *, digest: str
    ) -> Recorded | None:
        """Record an organization's signature over a revision; `None` where the same one is there already.

        `digest` is that of the text that was shown to whoever signs: another text under that number is refused.
        Raises `UnknownName`, `ActRefused` (a key that isn't active on the organization's record), `Invalid`.
        """

        def plan(snapshot: Snapshot | None) -> Act | None:
            state = _existing(snapshot)
            self._check_signable(state, letter, number, organization, key.public)
            revision = revision_in(letter_folder_of(state, letter), letter, number)
            if revision.digest != digest:
                raise ActRefused("the text under this number is not the one that was shown")
            folder = letter_folder_of(state, letter)
            if signed_with(folder, letter, number, organization, key.public):
                return None
            name = SignatureName(number=number, organization=organization, key=key.public.short)
            armored = sshsig.encode(sshsig.sign(key, revision.data))
            return Act(
                files={f"{folder.path}/{name}": armored},
                message=f"{letter}: {organization} signs revision {number}",
            )

        return self._record(plan, committer)

    def check_signable(self, letter: str, number: int, organization: str, key: PublicKey) -> None:
        """Raise what `sign` would raise, without a private key."""
        self._check_signable(self._snapshot(), letter, number, organization, key)

    def signed_with(self, letter: str, number: int, organization: str, key: PublicKey) -> bool:
        """Has this organization signed this revision with this key?

        Raises `ActRefused` where something else lies under the name of that signature.
        """
        return signed_with(letter_folder_of(self._snapshot(), letter), letter, number, organization, key)

    def withdraw(
        self,
        letter: str,
        number: int,
        organization: str,
        key: PrivateKey,
        committer: Committer,
        *,
        digest: str,
        date: str,
        reason: str | None = None,
    ) -> Recorded | None:
        """Record that an organization ends its support for a revision and every earlier one; `None` where it has.

        `digest` is that of the text that was shown, `date` ISO 8601, `reason` its own words on one line or more.
        Raises `UnknownName`, `InputError`, `ActRefused` (a key that isn't active on the organization's record),
        `Invalid`.
        """

        def plan(snapshot: Snapshot | None) -> Act | None:
            state = _existing(snapshot)
            if number <= self._check_key(state, letter, number, organization, key.public):
                return None
            revision = revision_in(letter_folder_of(state, letter), letter, number)
            if revision.digest != digest:
                raise ActRefused("the text under this number is not the one that was shown")
            return withdrawal_act(withdrawal(revision, organization, date=date, reason=reason), key)

        return self._record(plan, committer)

    def preview_withdrawal(
        self, letter: str, number: int, organization: str, key: PublicKey, *, date: str, reason: str | None = None
    ) -> Withdrawal | None:
        """What `withdraw` would record, `None` where it would record nothing; raises what it would raise."""
        snapshot = self._snapshot()
        if number <= self._check_key(snapshot, letter, number, organization, key):
            return None
        revision = revision_in(letter_folder_of(snapshot, letter), letter, number)
        return withdrawal(revision, organization, date=date, reason=reason)

    def add_organization(
        self, organization: str, name: str, key: PrivateKey, committer: Committer, *, date: str
    ) -> tuple[Organization, Recorded]:
        """Record an organization's first key record, signed by its key; `date` is ISO 8601.

        Raises `IdError`, `InputError` for a name that can't be recorded, `ActRefused` where the organization has a
        record or another one has this key.
        """
        record = first_record(organization, name, key.public, date)
        data = record.to_bytes()

        def plan(snapshot: Snapshot | None) -> Act:
            _check_new(_existing(snapshot), organization, key.public)
            folder = key_folder(organization)
            signature = SignatureName(number=1, organization=organization, key=key.public.short)
            return Act(
                files={
                    f"{folder}/{RecordName(number=1)}": data,
                    f"{folder}/{signature}": sshsig.encode(sshsig.sign(key, data)),
                    f"{folder}/{SignersName(number=1)}": allowed_signers(record),
                },
                message=f"{organization}: first key record",
            )

        recorded = self._record(plan, committer)
        assert recorded is not None  # noqa: S101  # the plan always has something to do
        return record, recorded

    def preview_organization(self, organization: str, name: str, key: PublicKey, *, date: str) -> Organization:
        """What `add_organization` would record; raises what it would raise."""
        record = first_record(organization, name, key, date)
        _check_new(self._snapshot(), organization, key)
        return record

    def finish(self) -> tuple[Recorded, ...]:
        """Give the work tree what acts that were interrupted left due; what was done. Recording begins with it."""
        return () if self._repository is None else tuple(self._repository.finish().values())

    def _record(self, plan: Callable[[Snapshot | None], Act | None], committer: Committer) -> Recorded | None:
        if self._repository is None:
            raise ActRefused(
                "this is a plain folder, and only a git repository can record",
                path=str(self._folder),
                hint="work in a clone of the archive",
            )
        return self._repository.record(plan, committer)

    def _record_letter(
        self, plan: Callable[[Snapshot], Letter], verb: str, committer: Committer
    ) -> tuple[Revision, Recorded]:
        made: list[Revision] = []

        def act(snapshot: Snapshot | None) -> Act:
            record = plan(_existing(snapshot))
            data = record.to_bytes()
            made.append(Revision(letter=record, data=data, digest=records.digest(data)))
            return Act(
                files={f"{letter_folder(record.letter)}/{RecordName(number=record.revision)}": data},
                message=f"{record.letter}: {verb} (revision {record.revision})",
            )

        recorded = self._record(act, committer)
        assert recorded is not None  # noqa: S101  # the act always adds a file
        return made[-1], recorded

    def _check_signable(self, snapshot: Snapshot, letter: str, number: int, organization: str, key: PublicKey) -> None:
        if number <= (withdrawn := self._check_key(snapshot, letter, number, organization, key)):
            raise ActRefused(
                f"{organization} has withdrawn from revision {withdrawn} and every earlier one",
                hint="only a signature on a later revision renews its support",
            )

    def _check_key(self, snapshot: Snapshot, letter: str, number: int, organization: str, key: PublicKey) -> int:
        """Raise where this key may not speak for the organization; the highest revision that it withdrew from, or 0."""
        parse_organization_id(organization)
        require_organization(snapshot, organization)
        folder = letter_folder_of(snapshot, letter)
        revision_in(folder, letter, number)
        keyring = keyring_for(snapshot, [organization])
        check_chain(folder, letter, number)
        report = judge_letter(letter, folder, keyring)
        standing = keyring.standing(organization, key)
        if standing is None:
            raise ActRefused(
                f"the key {key.fingerprint} is not on the record of {organization}",
                hint=f"see which keys are, with: openletter keys show {organization}",
            )
        if standing.status != "active":
            raise ActRefused(
                f"the key {key.fingerprint} of {organization} is {standing.status}, and makes no new signatures",
                hint=f"sign with an active key: openletter keys show {organization}",
            )
        if standing.shared_with:
            raise ActRefused(
                f"the key {key.fingerprint} is also on the record of {', '.join(standing.shared_with)}, "
                "so it counts for neither",
            )
        return max((w.revision for org, w in report.withdrawals if org == organization), default=0)


def _check_new(snapshot: Snapshot, organization: str, key: PublicKey) -> None:
    """Raise `ActRefused` where the organization has a key record, or another one has this key."""
    if str(RecordName(number=1)) in snapshot.key_file_names(organization):
        raise ActRefused(
            f"{organization} has a key record already", hint=f"see it with: openletter keys show {organization}"
        )
    for other in holders_of(snapshot, key):
        raise ActRefused(
            f"this key is on the record of {other}: a key listed twice counts for neither",
            hint=f"make a key of its own with: openletter keygen {organization}",
        )


def _to_letter(snapshot: Snapshot, draft: Draft, letter: str, number: int, previous: str | None, path: str) -> Letter:
    from openletter.intake.draft import to_letter  # costs an import of PyYAML, which reading doesn't need

    def resolve(reference: str) -> str:
        original, revision = parse_revision(reference)
        return revision_in(letter_folder_of(snapshot, original), original, revision).digest

    return to_letter(draft, letter=letter, revision=number, previous=previous, path=path, resolve=resolve)


def _existing(snapshot: Snapshot | None) -> Snapshot:
    if snapshot is None:
        raise NotAnArchive("this git repository has no commit yet", hint="make it an archive with: openletter init")
    snapshot.check_mark()
    return snapshot


def _events(letter: str, arrival: Arrival) -> Iterable[Event]:
    kinds = {
        "RecordName": "revision",
        "SignatureName": "signature",
        "WithdrawalName": "withdrawal",
        "WithdrawalSignatureName": "withdrawal-signature",
    }
    for name in arrival.names:
        try:
            parsed = parse_letter_file(name)
        except Invalid:
            continue
        yield Event(
            path=f"{letter_folder(letter)}/{name}",
            kind=kinds[type(parsed).__name__],
            revision=parsed.number,
            organization=None if isinstance(parsed, RecordName) else parsed.organization,
            when=arrival.when,
            committer=arrival.committer,
            commit=arrival.commit,
        )

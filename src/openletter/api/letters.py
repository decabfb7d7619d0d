"""`Letters`: the acts that concern a letter: begin, revise, sign, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openletter import records, sshsig
from openletter.api.acts import signed_with, withdrawal, withdrawal_act
from openletter.api.checkpoints import Following, check_speaks, day_of
from openletter.api.opened import existing
from openletter.api.reading import Reading
from openletter.api.stored import (
    Revision,
    check_chain,
    keyring_for,
    letter_folder_of,
    require_organization,
    revision_in,
)
from openletter.archive import (
    Act,
    Committer,
    Recorded,
    Snapshot,
)
from openletter.errors import (
    ActRefused,
)
from openletter.keys import PrivateKey, PublicKey
from openletter.records import Letter, Withdrawal
from openletter.records.names import (
    MAX_NUMBER,
    RecordName,
    SignatureName,
    letter_folder,
    parse_letter_id,
    parse_organization_id,
    parse_revision,
)
from openletter.verify import (
    Verdict,
    judge_letter,
)

if TYPE_CHECKING:
    from openletter.intake.draft import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What `Letters.sign` recorded: the path of the checkpoint that came with it, or else why there is none."""

    recorded: Recorded
    checkpoint: str | None
    lacks: str | None


class Letters(Reading):
    """Recording letters, and what organizations say to them."""

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
    ) -> Signed | None:
        """Record an organization's signature over a revision; `None` where the same one is there already.

        With it comes that organization's checkpoint of the commit that holds it, signed by the same key and dated by
        the committer's day: both are recorded, or none. `digest` is that of the text that was shown to whoever signs:
        another text under that number is refused. Raises `UnknownName`, `ActRefused` (a key that isn't active on the
        organization's record), `Invalid`.
        """

        repository = self._recording()
        seen = Following(repository, organization, key, day_of(committer))

        def plan(snapshot: Snapshot | None) -> Act | None:
            state = existing(snapshot)
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
                then=seen,
            )

        recorded = repository.record(plan, committer)
        return None if recorded is None else Signed(recorded=recorded, checkpoint=seen.path, lacks=seen.lacks)

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
            state = existing(snapshot)
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

    def _record_letter(
        self, plan: Callable[[Snapshot], Letter], verb: str, committer: Committer
    ) -> tuple[Revision, Recorded]:
        made: list[Revision] = []

        def act(snapshot: Snapshot | None) -> Act:
            record = plan(existing(snapshot))
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
        check_speaks(keyring, organization, key)
        return max((w.revision for org, w in report.withdrawals if org == organization), default=0)


def _to_letter(snapshot: Snapshot, draft: Draft, letter: str, number: int, previous: str | None, path: str) -> Letter:
    from openletter.intake.draft import to_letter  # costs an import of PyYAML, which reading doesn't need

    def resolve(reference: str) -> str:
        original, revision = parse_revision(reference)
        return revision_in(letter_folder_of(snapshot, original), original, revision).digest

    return to_letter(draft, letter=letter, revision=number, previous=previous, path=path, resolve=resolve)

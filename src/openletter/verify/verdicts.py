"""What verification finds, as data (``spec/verification.md``, "Verdicts").

Everything here is a fact with its evidence; what to make of it (the words, the exit status) is decided above.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from openletter.errors import Invalid
from openletter.records import Letter
from openletter.records.sighting import State


class Verdict(StrEnum):
    """What can be said of one organization and one revision."""

    SIGNED = "signed"
    SIGNED_EARLIER = "signed-earlier"
    NAMED = "named"
    ENDORSED = "endorsed"
    WITHDRAWN = "withdrawn"
    DISPUTED = "disputed"
    UNPROVEN = "unproven"
    INVALID = "invalid"


class Outcome(StrEnum):
    """What can be said of one signature file."""

    VALID = "valid"
    DISPUTED = "disputed"
    UNPROVEN = "unproven"
    INVALID = "invalid"


class Evidence(StrEnum):
    """How a key is known to be the organization's (``spec/trust.md``), the strongest first."""

    PINNED = "pinned"
    PINNED_THROUGH_ROTATION = "pinned-through-rotation"
    VOUCHED = "vouched"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something false: `error` is the name of the class in `openletter.errors`, `path` a file or folder."""

    path: str
    error: str
    message: str
    line: int | None = None
    field: str | None = None

    @classmethod
    def of(cls, error: Invalid, path: str) -> Self:
        """The fault that an error reports."""
        return cls(
            path=error.path or path,
            error=type(error).__name__,
            message=error.message,
            line=error.line,
            field=error.field,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A record that counts: its path, and where that took consent, the paths of it by organization, and of how many."""

    path: str
    consent: tuple[frozenset[str], ...] = ()
    threshold: int = 0

    @property
    def paths(self) -> frozenset[str]:
        """The record, and all of the consent to it."""
        return frozenset({self.path}.union(*self.consent))

    def known_to(self, holds: Set[str], unshown: Set[str] = frozenset()) -> bool:
        """Does whoever holds these paths, and perhaps the `unshown` ones, know that the record counts?"""
        agreed = sum(not (paths.isdisjoint(holds) and paths.isdisjoint(unshown)) for paths in self.consent)
        return (self.path in holds or self.path in unshown) and agreed >= self.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStanding:
    """A key on an organization's record.

    `record` is the number of the record that brought it, `retired` and `compromised` those of the records that first
    said so. `vouched_by` are the organizations that vouch for it and that the verifier pins, `vouched_unpinned` those
    that vouch for it and that the verifier doesn't. `retired_on` is the day that the record that retired it claims.
    `doubted_by` is each record that speaks against it: what declared it compromised, or else
    retired it, and what lists it for another organization.
    """

    organization: str
    fingerprint: str
    algorithm: str
    status: str
    since: str | None
    record: int
    evidence: Evidence = Evidence.RECORDED
    shared_with: tuple[str, ...] = ()
    retired: int | None = None
    retired_on: str | None = None
    compromised: int | None = None
    doubted_by: tuple[Declaration, ...] = ()
    vouched_by: tuple[str, ...] = ()
    vouched_unpinned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A key record that lacks nothing but the consent of those named for recovery: it doesn't count until then.

    `organizations` are the ones that it names by a record of theirs and that may agree, `agreed` those of them that
    signed it validly; it takes `threshold` of them.
    """

    path: str
    record: int
    basis: str
    threshold: int
    organizations: tuple[str, ...]
    agreed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationReport:
    """An organization's key records: `name` and `keys` come from the newest valid one, `records` counts valid ones.

    `waiting` is a record after these that waits for others' consent. `recovered` is the number of the newest record
    that broke the line from a key that the verifier pins. `confirmed_another` says that the verifier pins a key of it,
    and that none of its keys is that one or follows from it.
    """

    organization: str
    name: str | None
    records: int
    keys: tuple[KeyStanding, ...]
    faults: tuple[Fault, ...]
    waiting: Waiting | None = None
    recovered: int | None = None
    confirmed_another: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """A time by an authority that the verifier names: what was stamped existed then. `time` is ISO 8601, in UTC."""

    authority: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A checkpoint that matches its commit, and which files of interest that commit held, byte for byte as now.

    `signers` are the fingerprints of the keys of `organization` that signed it validly and are no compromised ones;
    `evidence` is the strongest by which one of them is known. `date` is what it claims. `holds` are paths, and
    `unshown` those that it may hold or not.
    """

    path: str
    organization: str
    date: str
    signers: tuple[str, ...]
    evidence: Evidence | None
    timestamps: tuple[Timestamp, ...]
    holds: frozenset[str]
    unshown: frozenset[str] = frozenset()

    def knows_of(self, doubts: Iterable[Declaration]) -> bool:
        """May it know of one of these declarations? Of what isn't shown, it may."""
        return any(doubt.known_to(self.holds, self.unshown) for doubt in doubts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Since when a signature is shown to exist: `day` is ISO 8601; `authority`, or else `organization`, shows it."""

    path: str
    day: str
    authority: str | None
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFinding:
    """A signature file. `revision` is what its name says; `matches` is the revision that it was really made for.

    `withdrawal` says that what it signs is a withdrawal. `key` is known where the file could be read. `error` is the
    name of the class of the fault, where the signature is invalid. `seen` says since when it is shown to exist;
    `older_than_retirement` that it is shown to be older than the record that retired its key.
    """

    path: str
    organization: str
    revision: int
    outcome: Outcome
    withdrawal: bool = False
    key: str | None = None
    key_status: str | None = None
    evidence: Evidence | None = None
    matches: int | None = None
    error: str | None = None
    reason: str | None = None
    seen: Seen | None = None
    vouched_by: tuple[str, ...] = ()
    older_than_retirement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalFinding:
    """A signed withdrawal: support ended for `revision` and every earlier one; `date` and `reason` are claims."""

    path: str
    revision: int
    date: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationVerdict:
    """One organization and one revision, `judged`; `organization` is `None` for a printed signatory without an id.

    `revision` is the newest revision, up to the one judged, that it signed; `later` are the ones after it. `recovered`
    is the key record by which it recovered, where that broke the line from a key that the verifier pins;
    `confirmed_another` says that the verifier pins a key of it, and that none on record is that or follows from it.
    `same_wording` compares that revision with the one judged.
    """

    organization: str | None
    verdict: Verdict
    listed: bool
    judged: int
    printed: str | None = None
    person: str | None = None
    title: str | None = None
    record_name: str | None = None
    recovered: int | None = None
    confirmed_another: bool = False
    revision: int | None = None
    same_wording: bool | None = None
    later: tuple[int, ...] = ()
    signatures: tuple[SignatureFinding, ...] = ()
    withdrawal: WithdrawalFinding | None = None

    @property
    def rests_on(self) -> tuple[SignatureFinding, ...]:
        """The signatures that the verdict rests on."""
        if self.verdict in {Verdict.SIGNED, Verdict.ENDORSED, Verdict.SIGNED_EARLIER}:
            return tuple(
                s
                for s in self.signatures
                if s.outcome is Outcome.VALID and not s.withdrawal and s.revision == self.revision
            )
        if self.verdict is Verdict.WITHDRAWN and self.withdrawal is not None:
            number = self.withdrawal.revision
            return tuple(
                s for s in self.signatures if s.outcome is Outcome.VALID and s.withdrawal and s.revision == number
            )
        wanted = {Verdict.DISPUTED: Outcome.DISPUTED, Verdict.UNPROVEN: Outcome.UNPROVEN}.get(self.verdict)
        # What is over a later text is told, and no verdict on this one rests on it.
        upto = (s for s in self.signatures if s.revision <= self.judged)
        return tuple(s for s in upto if wanted is not None and s.outcome is wanted)

    @property
    def evidence(self) -> Evidence | None:
        """The strongest evidence of a key that the verdict rests on."""
        found = (s.evidence for s in self.rests_on if s.evidence is not None)
        return min(found, key=list(Evidence).index, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionFinding:
    """A revision's bytes: `letter` is there where they are canonical, `chained` where all up to it form a chain."""

    number: int
    digest: str
    letter: Letter | None
    chained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterReport:
    """One revision of a letter, judged. `revision` is `None` where the letter has none that can be read.

    `signatures` are all that lie in its folder, over any revision, and `withdrawals` all that are validly signed,
    each with its organization.
    """

    letter: str
    revision: int | None
    revisions: tuple[RevisionFinding, ...]
    organizations: tuple[OrganizationVerdict, ...]
    signatures: tuple[SignatureFinding, ...]
    withdrawals: tuple[tuple[str, WithdrawalFinding], ...]
    newest_signed: int | None
    unsigned_withdrawals: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def newest(self) -> int | None:
        """The number of the newest revision."""
        return self.revisions[-1].number if self.revisions else None

    @property
    def judged(self) -> RevisionFinding | None:
        """The revision that the verdicts are about."""
        return next((r for r in self.revisions if r.number == self.revision), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointReport:
    """A sound checkpoint, and what the history says of it.

    `signed` says that a key that counts and isn't compromised signed it; `timestamps` are those that count.
    """

    path: str
    organization: str
    date: str
    commit: str
    state: State
    signed: bool
    timestamps: tuple[Timestamp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole verification. `whole` says that no letter was named: then everything in the archive was judged.

    `checkpoints` are those that are sound, where everything was judged. `known` are the ids of all organizations with
    key records, judged or not: ids could be taken for one of them. `unestablished` are the paths of checkpoints, and of
    folders of them, that might show since when a signature exists, and could not be read or held against the history.
    """

    commit: str | None
    whole: bool
    letters: tuple[LetterReport, ...]
    organizations: tuple[OrganizationReport, ...]
    faults: tuple[Fault, ...]
    known: tuple[str, ...] = ()
    checkpoints: tuple[CheckpointReport, ...] = ()
    unestablished: tuple[str, ...] = ()

    @property
    def false(self) -> tuple[Fault, ...]:
        """Everything false that was found."""
        found = list(self.faults)
        for organization in self.organizations:
            found += organization.faults
        for letter in self.letters:
            found += letter.faults
        return tuple(found)

"""How old a signature is shown to be (``spec/trust.md``, "Witnesses").

Where the archive's history is looked at is above; here, what it says is weighed: bytes in, verdicts out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openletter.errors import CheckpointMismatch, HistoryError
from openletter.records import Checkpoint
from openletter.records.sighting import Sighting, State
from openletter.verify.evidence import CONFIRMED
from openletter.verify.keyring import Keyring
from openletter.verify.verdicts import (
    CheckpointReport,
    Declaration,
    Evidence,
    Fault,
    KeyStanding,
    LetterReport,
    Seen,
    Timestamp,
    Witness,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFinding:
    """A sound checkpoint in its place: the keys on record that signed it validly, and the timestamps that count."""

    path: str
    record: Checkpoint
    signers: tuple[KeyStanding, ...]
    timestamps: tuple[Timestamp, ...] = ()

    @property
    def counting(self) -> tuple[KeyStanding, ...]:
        """Those of the keys that count, and are not compromised."""
        return tuple(key for key in self.signers if key.status != "compromised" and not key.shared_with)

    def report(self, state: State) -> CheckpointReport:
        """The checkpoint, with what the history says of it."""
        return CheckpointReport(
            path=self.path,
            organization=self.record.organization,
            date=self.record.date,
            commit=self.record.commit,
            state=state,
            signed=bool(self.counting),
            timestamps=self.timestamps,
        )


def paths_to_witness(report: LetterReport, keyring: Keyring, *, old_keys_only: bool) -> frozenset[str]:
    """The files whose age matters to a letter's verdicts: its signatures, and what speaks against their keys."""
    paths: set[str] = set()
    for finding in report.signatures:
        standing = keyring.of(finding.organization, finding.key) if finding.key is not None else None
        if standing is None or (old_keys_only and not standing.doubted_by):
            continue
        paths.add(finding.path)
        paths.update(*(doubt.paths for doubt in standing.doubted_by))
    return frozenset(paths)


def weigh_checkpoints(
    pairs: Iterable[tuple[CheckpointFinding, Sighting]],
) -> tuple[tuple[Witness, ...], tuple[Fault, ...]]:
    """The checkpoints that are true, as witnesses, and what is false of the others."""
    witnesses: list[Witness] = []
    faults: list[Fault] = []
    for found, sighting in pairs:
        counting = found.counting
        organization = found.record.organization
        if sighting.state is State.MATCHES:
            witnesses.append(
                Witness(
                    path=found.path,
                    organization=organization,
                    date=found.record.date,
                    signers=tuple(key.fingerprint for key in counting),
                    evidence=min((key.evidence for key in counting), key=list(Evidence).index, default=None),
                    timestamps=found.timestamps,
                    holds=sighting.holds,
                    unshown=sighting.unshown,
                )
            )
        elif sighting.state is State.DIFFERS and counting:
            error = CheckpointMismatch(
                f"commit {found.record.commit[:12]} has another tree than this says: {organization} signed what it "
                "never saw"
            )
            faults.append(Fault.of(error, found.path))
        elif sighting.state is State.ABSENT and counting:
            lost = HistoryError(
                f"the history lacks commit {found.record.commit[:12]}: either it was rewritten after {organization} "
                f"saw it, or {organization} signed what it never saw"
            )
            faults.append(Fault.of(lost, found.path))
    return tuple(witnesses), tuple(faults)


def first_seen(
    path: str, organization: str, doubted_by: Sequence[Declaration], witnesses: Sequence[Witness]
) -> Seen | None:
    """The earliest day on which a witness shows that the file was there, and nothing of what speaks against its key."""
    found: list[tuple[str, int, Seen]] = []
    for witness in witnesses:
        if path not in witness.holds or witness.knows_of(doubted_by):
            continue
        for stamp in witness.timestamps:
            day = stamp.time[:10]
            seen = Seen(path=witness.path, day=day, authority=stamp.authority, organization=witness.organization)
            found.append((day, 0, seen))
        if witness.organization != organization and witness.evidence in CONFIRMED:
            seen = Seen(path=witness.path, day=witness.date, authority=None, organization=witness.organization)
            found.append((witness.date, 1, seen))
    return min(found, key=lambda item: item[:2], default=(None, None, None))[2]

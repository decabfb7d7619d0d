"""`Reading`: what an archive holds, verified, and how it came about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openletter.api.opened import Opened
from openletter.api.stored import (
    NO_AUTHORITIES,
    NO_PINS,
    Revision,
    keyring_for,
    letter_folder_of,
    no_revision,
    numbers_in,
    require_organization,
    revision_in,
)
from openletter.archive import (
    Arrival,
    Snapshot,
)
from openletter.errors import (
    EmptyArchive,
    Invalid,
    TooLarge,
)
from openletter.records.names import (
    RecordName,
    letter_folder,
    parse_letter_file,
    parse_revision,
)
from openletter.verify import (
    Authorities,
    CheckpointFinding,
    CheckpointReport,
    Fault,
    LetterReport,
    OrganizationReport,
    Pins,
    Report,
    Sighting,
    State,
    Witness,
    judge_checkpoints,
    judge_letter,
    organizations_of,
    paths_to_witness,
    weigh_checkpoints,
)

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


class Reading(Opened):
    """What is read of an archive; nothing here changes it."""

    def letters(self) -> tuple[str, ...]:
        """The ids of all letters, sorted."""
        return self._snapshot().letters()

    def revision(self, letter: str, number: int | None = None) -> Revision:
        """A revision of a letter, the newest where none is named; raises `UnknownName` or `Invalid`."""
        return revision_in(letter_folder_of(self._snapshot(), letter), letter, number)

    def revisions(self, letter: str) -> tuple[int, ...]:
        """The numbers of a letter's revisions; raises `UnknownName`."""
        return numbers_in(letter_folder_of(self._snapshot(), letter))

    def organizations(self, pins: Pins = NO_PINS) -> Mapping[str, OrganizationReport]:
        """All organizations with key records, by id, judged; `pins` are the keys that the verifier has confirmed."""
        snapshot = self._snapshot()
        return dict(sorted(keyring_for(snapshot, snapshot.organizations(), pins).reports.items()))

    def organization_ids(self) -> tuple[str, ...]:
        """The ids of all organizations with key records, sorted; nothing of them is judged."""
        return self._snapshot().organizations()

    def organization(self, organization: str, pins: Pins = NO_PINS) -> OrganizationReport:
        """One organization's key records, judged; raises `UnknownName`."""
        snapshot = self._snapshot()
        require_organization(snapshot, organization)
        return keyring_for(snapshot, [organization], pins).reports[organization]

    def verify(
        self,
        *targets: str,
        pins: Pins = NO_PINS,
        authorities: Authorities = NO_AUTHORITIES,
        progress: Progress | None = None,
    ) -> Report:
        """Verify letters (``YEAR/SLUG`` or ``YEAR/SLUG@N``), or the whole archive where none is named.

        A letter that is named is judged by its own files and by the key records of the organizations in it. `pins` are
        the keys that the verifier has confirmed, by organization, `authorities` the root certificates of those whose
        timestamps it believes. Raises `IdError`, `UnknownName`, and `EmptyArchive`
        where a whole archive holds no letter and no key record.
        """
        snapshot = self._snapshot()
        whole = not targets
        wanted = list(dict.fromkeys(parse_revision(target) for target in targets)) or [
            (letter, None) for letter in snapshot.letters()
        ]
        faults = [Fault.of(error, "") for error in snapshot.faults()] if whole else []
        folders = {letter: letter_folder_of(snapshot, letter) for letter, _ in wanted} if not whole else {}
        involved = dict.fromkeys(snapshot.organizations()) if whole else {}
        for folder in folders.values():
            involved |= organizations_of(folder)
        keyring = keyring_for(snapshot, involved, pins)
        reports: list[LetterReport] = []
        for done, (letter, number) in enumerate(wanted):
            folder = folders.get(letter) or letter_folder_of(snapshot, letter)
            if number is not None and number not in numbers_in(folder):
                raise no_revision(folder, letter, number)
            reports.append(judge_letter(letter, folder, keyring, number))
            if progress is not None:
                progress(done + 1, len(wanted))
        paths = {report.letter: paths_to_witness(report, keyring, old_keys_only=whole) for report in reports}
        witnesses, false, checkpoints, unestablished = self._witnesses(
            snapshot, pins, authorities, frozenset().union(*paths.values()), whole=whole
        )
        if whole:
            faults += false
            if not wanted and not snapshot.organizations() and not faults:
                raise EmptyArchive(
                    "this archive holds no letter yet",
                    path=str(self.path),
                    hint="write a draft and record it with: openletter add DRAFT --letter YEAR/NAME",
                )
        held = frozenset().union(*(witness.holds for witness in witnesses))
        for place, (letter, number) in enumerate(wanted):
            if not held.isdisjoint(paths[letter]):
                folder = folders.get(letter) or letter_folder_of(snapshot, letter)
                reports[place] = judge_letter(letter, folder, keyring, number, witnesses)
        return Report(
            commit=snapshot.commit,
            whole=whole,
            letters=tuple(reports),
            organizations=tuple(report for org, report in sorted(keyring.reports.items()) if org in involved),
            known=snapshot.organizations(),
            faults=tuple(faults),
            checkpoints=checkpoints if whole else (),
            unestablished=unestablished,
        )

    def _witnesses(
        self, snapshot: Snapshot, pins: Pins, authorities: Authorities, paths: frozenset[str], *, whole: bool
    ) -> tuple[tuple[Witness, ...], tuple[Fault, ...], tuple[CheckpointReport, ...], tuple[str, ...]]:
        """What checkpoints show of these files, what is false among them, what the history says of each.

        And the paths of what could not be established.
        """
        if not whole and not (paths and (pins or authorities)):
            return (), (), (), ()
        # Where letters are named, only what can be a witness matters: first those whom the reader has confirmed.
        try:
            readable = None if whole else [*sorted(pins), *(snapshot.checkpoint_organizations() if authorities else ())]
            folders = snapshot.checkpoints(readable)
        except Invalid as error:
            if whole:
                raise
            return (), (), (), (error.path or "archive/checkpoints",)
        keyring = keyring_for(snapshot, folders, pins)
        found: list[CheckpointFinding] = []
        faults: list[Fault] = []
        for organization, folder in folders.items():
            sound, false = judge_checkpoints(organization, folder, keyring, authorities)
            found += sound
            faults += false
        pairs = list(zip(found, self._sightings(found, paths), strict=True))
        witnesses, untrue = weigh_checkpoints(pairs)
        reports = tuple(it.report(sighting.state) for it, sighting in pairs)
        unread = {folder.path for folder in folders.values() if any(isinstance(it, TooLarge) for it in folder.faults)}
        unknown = {it.path for it in reports if it.state is State.UNKNOWN}
        return witnesses, (*faults, *untrue), reports, tuple(sorted(unread | unknown))

    def _untrue_checkpoints(self, snapshot: Snapshot) -> tuple[Fault, ...]:
        """The checkpoints, validly signed, that the history contradicts."""
        folders = snapshot.checkpoints()
        keyring = keyring_for(snapshot, folders)
        found = [item for org, folder in folders.items() for item in judge_checkpoints(org, folder, keyring)[0]]
        return weigh_checkpoints(zip(found, self._sightings(found, frozenset()), strict=True))[1]

    def _sightings(self, found: Sequence[CheckpointFinding], paths: frozenset[str]) -> Iterable[Sighting]:
        """What the history says of checkpoints, and which of these files their commits held."""
        if self._repository is None:
            return [Sighting(state=State.UNKNOWN) for _ in found]
        claims = [(finding.record.commit, finding.record.tree) for finding in found]
        seen = self._repository.sightings(claims, paths)
        return [seen[claim] for claim in claims]

    def history(self, letter: str) -> tuple[Event, ...]:
        """What came into a letter's folder, oldest first, as the archive tells it; empty for a plain folder."""
        letter_folder_of(self._snapshot(), letter)
        if self._repository is None:
            return ()
        return tuple(
            event for arrival in self._repository.arrivals(letter_folder(letter)) for event in _events(letter, arrival)
        )


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

"""What an archive holds now, and which of it a site has to make again: verdicts come from nothing but the archive.

A letter's pages are kept where nothing is different of what they are made of: its folder, those of the key records that
its verdicts read, the ids that could be taken for one in it, what came in when, what translates it, and this version.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from openletter.api import Archive
from openletter.api.surveying import CameIn
from openletter.errors import Invalid, UnknownName
from openletter.records import Checkpoint, Folder, decode
from openletter.records.lookalikes import id_skeleton
from openletter.records.names import (
    CheckpointName,
    key_folder,
    letter_folder,
    parse_checkpoint_file,
)
from openletter.site.limits import with_pages
from openletter.site.manifest import Manifest, made_of
from openletter.verify import OrganizationReport, Report

_TOGETHER = 200
"""How many letters are judged together: their key records are read once."""

Told = list[str | None]
"""A file that came in: its name, when, by whom, and the commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A checkpoint of the very commit that brought something into a letter's folder: its organization's own word."""

    organization: str
    date: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """A letter, with a report for each of its revisions, the oldest first (or one, where it has none).

    `came_in` tells of its files, by name; `known` are ids that one in it could be taken for; `records` counts the valid
    key records of organizations; `without_pages` are the revisions that no report is of (``limits``).
    """

    letter: str
    folder: Folder
    reports: tuple[Report, ...]
    came_in: Mapping[str, Told]
    seen: tuple[Seen, ...]
    known: tuple[str, ...]
    records: Mapping[str, int]
    without_pages: tuple[int, ...]


class Survey:
    """One state of an archive. `commit` is its id; reading it again later may find another state."""

    def __init__(self, archive: Archive, before: Manifest) -> None:
        self._archive = archive
        self.commit = archive.commit()
        self.letters = archive.letters()
        self.ids = archive.organization_ids()
        self.reports: Mapping[str, OrganizationReport] = archive.organizations()
        self._states = archive.states(self.letters, self.ids)
        self.arrivals = self._arrivals(before)
        self._seen = self._checkpoints()
        self._alike: defaultdict[str, set[str]] = defaultdict(set)
        for organization in self.ids:
            self._alike[id_skeleton(organization)].add(organization)
        self._sharing: defaultdict[str, set[str]] = defaultdict(set)
        for holders in archive.key_holders().values():
            for organization in holders if len(holders) > 1 else ():
                self._sharing[organization] |= holders

    def _arrivals(self, before: Manifest) -> dict[str, list[Told]]:
        """What came in, by folders, the oldest first; only what is new is looked for in the history."""
        found: dict[str, list[Told]] = {}
        try:
            new = self._archive.arrivals(before.commit)
            found = {folder: list(told) for folder, told in before.arrivals.items()} if before.commit else {}
        except (UnknownName, Invalid):
            new = self._archive.arrivals() if before.commit else ()
        for arrival in new:
            folder, _, name = arrival.path.rpartition("/")
            found.setdefault(folder, []).append(_told(name, arrival))
        return found

    def _checkpoints(self) -> Mapping[str, tuple[Seen, ...]]:
        """The checkpoints that name a commit which brought something in, by that commit."""
        found: defaultdict[str, list[Seen]] = defaultdict(list)
        for folder in self._archive.checkpoint_folders():
            for name, data in sorted(folder.files.items()):
                if not isinstance(parse_checkpoint_file(name), CheckpointName):
                    continue
                try:
                    record = decode(data)
                except Invalid:
                    continue
                if isinstance(record, Checkpoint):
                    found[record.commit].append(
                        Seen(organization=record.organization, date=record.date, path=f"{folder.path}/{name}")
                    )
        return {commit: tuple(seen) for commit, seen in found.items()}

    def made_of(self, letter: str, closure: Iterable[str], involved: Iterable[str]) -> str | None:
        """All that a letter's pages are made of, as one sum; `None` where its verdicts may read more than `closure`."""
        inside = set(closure)
        if any(not self._sharing[organization] <= inside for organization in inside if organization in self._sharing):
            return None
        return made_of(
            self._states.get(letter_folder(letter)),
            {organization: self._states.get(key_folder(organization)) for organization in sorted(inside)},
            self.known(involved),
            self.arrivals.get(letter_folder(letter), []),
            [[seen.organization, seen.date] for seen in self.seen(letter)],
        )

    def known(self, involved: Iterable[str]) -> tuple[str, ...]:
        """The ids that one of these could be taken for."""
        return tuple(sorted({other for one in involved for other in self._alike[id_skeleton(one)] if other != one}))

    def seen(self, letter: str) -> tuple[Seen, ...]:
        """The checkpoints of the commits that brought something into a letter's folder."""
        commits = dict.fromkeys(told[3] for told in self.arrivals.get(letter_folder(letter), []) if told[3])
        return tuple(seen for commit in commits for seen in self._seen.get(commit or "", ()))

    def closure(self, letter: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The organizations in a letter, and all whose key records its verdicts read."""
        involved = self._archive.involved(letter)
        return involved, tuple(sorted(self._archive.read_for(involved)))

    def facts(self, letters: Iterable[str]) -> Iterator[LetterFacts]:
        """These letters, judged."""
        wanted = list(letters)
        for start in range(0, len(wanted), _TOGETHER):
            yield from self._together(wanted[start : start + _TOGETHER])

    def _together(self, letters: list[str]) -> Iterator[LetterFacts]:
        targets = [
            f"{letter}@{number}" if number else letter
            for letter in letters
            for number in (self._with_pages(letter) or (0,))
        ]
        whole = self._archive.verify(*targets)
        by_letter: defaultdict[str, list[Report]] = defaultdict(list)
        reports = {one.organization: one for one in whole.organizations}
        for found in whole.letters:
            involved = self._archive.involved(found.letter)
            theirs = tuple(reports[one] for one in sorted(involved) if one in reports)
            by_letter[found.letter].append(replace(whole, letters=(found,), organizations=theirs))
        for letter in letters:
            involved = self._archive.involved(letter)
            shown = self._with_pages(letter)
            yield LetterFacts(
                letter=letter,
                folder=self._archive.letter_folder(letter),
                reports=tuple(by_letter[letter]),
                came_in={told[0] or "": told for told in self.arrivals.get(letter_folder(letter), [])},
                seen=self.seen(letter),
                known=(*self.known(involved), *involved),
                records={one: reports[one].records for one in involved if one in reports},
                without_pages=tuple(number for number in self._archive.revisions(letter) if number not in shown),
            )

    def _with_pages(self, letter: str) -> tuple[int, ...]:
        return with_pages(self._archive.revisions(letter), self._archive.letter_folder(letter))


def _told(name: str, arrival: CameIn) -> Told:
    when = arrival.when.isoformat() if arrival.when is not None else None
    return [name, when, arrival.committer, arrival.commit]

"""`Archive.bundle`: the evidence for a letter, in one file; `verify_bundle` judges it (``spec/bundle.md``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Self

from openletter import records
from openletter.api.reading import Reading
from openletter.api.stored import (
    NO_AUTHORITIES,
    NO_PINS,
    key_folders_for,
    letter_folder_of,
    no_revision,
    numbers_in,
    revision_in,
)
from openletter.api.witnessing import Candidate, candidates_of, chosen
from openletter.archive import Snapshot, open_carried
from openletter.errors import BundleError, Invalid
from openletter.records import Checkpoint, Folder
from openletter.records.bundle import Bundle
from openletter.records.lookalikes import id_skeleton
from openletter.records.names import letter_folder, parse_revision
from openletter.verify import (
    Authorities,
    CheckpointFinding,
    Fault,
    Pins,
    Proofs,
    Report,
    Sighting,
    State,
    holders_in,
    judge_checkpoints,
    judge_keys,
    judge_letter,
    needed,
    organizations_of,
    paths_to_witness,
)

MAX_WITNESSING: Final = 1 << 23
"""The most bytes of checkpoints, of what is needed to judge them, and of trees, that are put into a bundle."""
_MOST_PROVEN: Final = 500
_MOST_UNPROVEN: Final = 100
_MOST_FAULTS: Final = 100
_CHECKPOINTS: Final = "archive/checkpoints"


class Bundles(Reading):
    """What of an archive travels in one file."""

    @classmethod
    def of_bundle(cls, bundle: Bundle, path: Path | None = None) -> Self:
        """What a bundle out of the file `path` holds, read as a plain folder is; nothing in it was judged yet."""
        return cls(None, path or Path(), open_carried(bundle.files))

    def bundle(
        self,
        letter: str,
        number: int | None = None,
        *,
        proofs: bool = True,
        authorities: Authorities = NO_AUTHORITIES,
    ) -> Bundle:
        """The evidence for a revision of a letter, the newest where none is named.

        With `proofs`, checkpoints and trees that show since when its signatures exist; where not all have room, first
        those with a timestamp by one of `authorities`. Raises `IdError`, `UnknownName`, and `Invalid` where the letter
        can't be judged, or something lies there that can't travel.
        """
        letter, named = parse_revision(letter)
        number = named if number is None else number
        snapshot = self._snapshot()
        folder = letter_folder_of(snapshot, letter)
        if number is not None and number not in numbers_in(folder):
            raise no_revision(folder, letter, number)
        number = revision_in(folder, letter, number).letter.revision
        involved = organizations_of(folder)
        keys = key_folders_for(snapshot, involved)
        for each in (folder, *(keys[organization] for organization in involved if organization in keys)):
            if each.faults:
                raise BundleError(
                    f"{each.faults[0].message}: this can't travel, and without it less would be shown than the archive "
                    "shows",
                    path=each.faults[0].path or each.path,
                    hint=f"see openletter verify {letter}",
                )
        files = _files(folder, *keys.values())
        trees: dict[str, Sequence[bytes]] = {}
        if proofs:
            more, trees = self._witnessing(snapshot, letter, number, folder, keys, files, authorities)
            files |= more
        return Bundle(
            letter=letter,
            revision=number,
            files=dict(sorted(files.items())),
            trees=frozenset(body for bodies in trees.values() for body in bodies),
            known=_alike(involved, snapshot.organizations()),
        )

    def _witnessing(
        self,
        snapshot: Snapshot,
        letter: str,
        number: int,
        folder: Folder,
        keys: Mapping[str, Folder],
        files: Mapping[str, bytes],
        authorities: Authorities,
    ) -> tuple[dict[str, bytes], dict[str, Sequence[bytes]]]:
        """The files of checkpoints that matter and that it takes to judge them; the trees that show what they hold."""
        keyring = judge_keys(keys)
        report = judge_letter(letter, folder, keyring, number)
        paths = paths_to_witness(report, keyring, old_keys_only=False)
        try:
            folders = snapshot.checkpoints() if paths else {}
        except Invalid:
            return {}, {}
        records_of_theirs = key_folders_for(snapshot, folders)
        theirs = judge_keys(records_of_theirs)
        found = [
            finding
            for organization, each in folders.items()
            for finding in judge_checkpoints(organization, each, theirs, authorities)[0]
        ]
        pairs = list(zip(found, self._sightings(found, paths), strict=True))
        doubts = {
            finding.path: standing.doubted_by
            for finding in report.signatures
            if finding.key is not None and (standing := keyring.of(finding.organization, finding.key)) is not None
        }
        owners = {finding.path: finding.organization for finding in report.signatures}
        best = chosen(candidates_of(pairs, folders), doubts, owners)
        unknown = sorted(
            (finding for finding, sighting in pairs if sighting.state is State.UNKNOWN),
            key=lambda it: (it.record.date, it.path),
        )
        packing = _Packing(folders, records_of_theirs, files)
        interest = frozenset(path.rpartition("/")[0] for path in paths) | {folder.path}
        for candidate in best[:_MOST_PROVEN]:
            packing.add(candidate.finding, partial(self._proof, candidate, interest))
        for finding in unknown[:_MOST_UNPROVEN]:
            packing.add(finding, tuple)
        # What contradicts the newest state was seen of another one: it shows nothing of these files.
        whole = Bundle(letter=letter, revision=number, files={**files, **packing.files}, trees=packing.bodies)
        for path in dict(_left_out(whole)):
            packing.drop(path)
        return packing.files, packing.trees

    def _proof(self, candidate: Candidate, folders: Iterable[str]) -> Sequence[bytes]:
        assert self._repository is not None  # noqa: S101  # a plain folder has no history that a checkpoint matches
        return self._repository.proof(candidate.finding.record.commit, folders)


class _Packing:
    """Checkpoints on their way into a bundle, as many as have room."""

    def __init__(self, folders: Mapping[str, Folder], keys: Mapping[str, Folder], there: Mapping[str, bytes]) -> None:
        self._folders = folders
        self._keys = keys
        self._holders = holders_in({organization: tuple(folder.files) for organization, folder in keys.items()})
        self._there = there
        self._complete: set[str] = set()
        self._room = MAX_WITNESSING
        self._bodies: set[bytes] = set()
        self.files: dict[str, bytes] = {}
        self.trees: dict[str, Sequence[bytes]] = {}

    @property
    def bodies(self) -> frozenset[bytes]:
        """The bodies of all trees."""
        return frozenset(self._bodies)

    def add(self, finding: CheckpointFinding, proof: Callable[[], Sequence[bytes]]) -> None:
        """Put in a checkpoint and what it takes to judge it; its trees too, where these have room."""
        files = self._files_of(finding)
        size = sum(map(len, files.values()))
        if size > self._room:
            return
        self._room -= size
        self.files |= files
        bodies = proof()
        new = set(bodies) - self._bodies
        size = sum(map(len, new))
        if size <= self._room:
            self._room -= size
            self._bodies |= new
            self.trees[finding.path] = bodies

    def drop(self, path: str) -> None:
        """Leave a checkpoint out, with what lies beside it and its trees."""
        beside = path.removesuffix("yaml")
        self.files = {other: data for other, data in self.files.items() if not other.startswith(beside)}
        self.trees.pop(path, None)

    def _files_of(self, finding: CheckpointFinding) -> dict[str, bytes]:
        """The checkpoint, what lies beside it, and the key records that it takes to judge it, as far as they lack."""
        folder = self._folders[finding.record.organization]
        act = finding.path.rpartition("/")[2].removesuffix("yaml")
        files = {f"{folder.path}/{name}": data for name, data in folder.files.items() if name.startswith(act)}
        waiting = [finding.record.organization]
        while waiting:
            organization = waiting.pop()
            if organization in self._complete or organization not in self._keys:
                continue
            self._complete.add(organization)
            files |= _files(self._keys[organization])
            waiting += sorted(needed(organization, self._keys[organization], self._holders))
        return {path: data for path, data in files.items() if path not in self._there and path not in self.files}


class _Carried(Reading):
    """What a bundle holds, read as an archive is; its trees stand in for the history."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(None, Path(), open_carried(bundle.files))
        self._proofs = Proofs(bundle.entries, bundle.files)

    def _sightings(self, found: Sequence[CheckpointFinding], paths: frozenset[str]) -> Iterable[Sighting]:
        return self._proofs.sightings((finding.record.tree for finding in found), paths)


def verify_bundle(bundle: Bundle, pins: Pins = NO_PINS, authorities: Authorities = NO_AUTHORITIES) -> Report:
    """Judge a bundle as `Archive.verify` judges its revision, by nothing but its own bytes (``spec/bundle.md``).

    What is proven by its trees not to be all that there was is a fault; what travels without them is `unestablished`.
    """
    report = _Carried(bundle).verify(f"{bundle.letter}@{bundle.revision}", pins=pins, authorities=authorities)
    untold = dict.fromkeys(path for _, paths in _left_out(bundle) for path in paths)
    faults = tuple(
        Fault.of(
            BundleError("a checkpoint in this file saw something here that the file leaves out or has otherwise"), path
        )
        for path in islice(untold, _MOST_FAULTS)
    )
    unestablished = report.unestablished
    signed = any(signature.key_status is not None for letter in report.letters for signature in letter.signatures)
    if signed and (pins or authorities) and not any(path.startswith(_CHECKPOINTS) for path in bundle.files):
        unestablished = (_CHECKPOINTS,)
    return replace(report, known=bundle.known, faults=faults, unestablished=unestablished)


def _left_out(bundle: Bundle) -> Iterable[tuple[str, Sequence[str]]]:
    """The checkpoints whose trees hold what should have travelled and didn't, each with the paths of that."""
    if not bundle.trees:
        return
    folders = {path.removeprefix("keys/"): it for path, it in bundle.folders.items() if path.startswith("keys/")}
    holders = holders_in({organization: tuple(folder.files) for organization, folder in folders.items()})
    expected = {*folders, *organizations_of(bundle.folders[letter_folder(bundle.letter)])}
    for organization, folder in folders.items():
        expected |= needed(organization, folder, holders)
    proofs = Proofs(bundle.entries, bundle.files)
    organizations = sorted(expected)
    for path, data in sorted(bundle.files.items()):
        if not path.startswith(f"{_CHECKPOINTS}/") or not path.endswith(".yaml"):
            continue
        try:
            record = records.decode(data)
        except Invalid:
            continue
        if isinstance(record, Checkpoint) and (
            paths := tuple(proofs.left_out(record.tree, letter_folder(bundle.letter), organizations))
        ):
            yield path, paths


def _files(*folders: Folder) -> dict[str, bytes]:
    return {f"{folder.path}/{name}": data for folder in folders for name, data in folder.files.items()}


def _alike(organizations: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Those of the known ids that look like another one of these organizations."""
    looks: dict[str, set[str]] = {}
    for organization in organizations:
        looks.setdefault(id_skeleton(organization), set()).add(organization)
    return tuple(sorted(other for other in known if looks.get(id_skeleton(other), set()) - {other}))

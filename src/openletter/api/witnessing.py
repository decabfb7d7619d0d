"""Which checkpoints travel, for a verifier whose pins and authorities nobody knows (``spec/bundle.md``)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from openletter.errors import Invalid
from openletter.records import Folder
from openletter.records.names import TimestampName, parse_checkpoint_file
from openletter.verify import CheckpointFinding, Declaration, Sighting, State

_Voice = tuple[str, ...]
"""Who says when: an organization by one of its keys, or an authority by its certificates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A checkpoint that matches its commit. `says` is each day that it could show, and who would show it."""

    finding: CheckpointFinding
    holds: frozenset[str]
    says: tuple[tuple[str, _Voice], ...]


def candidates_of(
    pairs: Iterable[tuple[CheckpointFinding, Sighting]], folders: Mapping[str, Folder]
) -> tuple[Candidate, ...]:
    """The checkpoints that could be witnesses, with all who could speak by them."""
    found: list[Candidate] = []
    for finding, sighting in pairs:
        if sighting.state is not State.MATCHES or not sighting.holds:
            continue
        organization = finding.record.organization
        words = [(finding.record.date, ("word", organization, key.fingerprint)) for key in finding.counting]
        stamps = _stamps(finding, folders[organization])
        found.append(Candidate(finding=finding, holds=sighting.holds, says=(*words, *stamps)))
    return tuple(found)


def _stamps(finding: CheckpointFinding, folder: Folder) -> Iterable[tuple[str, _Voice]]:
    """The timestamps beside a checkpoint that are not false: whether they count is the verifier's."""
    from openletter.timestamps import Unknown, judge, token

    name = finding.path.rpartition("/")[2]
    for other, data in sorted(folder.files.items()):
        parsed = parse_checkpoint_file(other)
        if not isinstance(parsed, TimestampName) or f"{parsed.act}.yaml" != name:
            continue
        try:
            said = judge(data, folder.files[name], ())
            by = hashlib.sha256(b"".join(token.read(data).certificates)).hexdigest()
        except Invalid:
            continue
        if isinstance(said, Unknown):
            yield said.claimed[:10], ("stamp", parsed.authority, by)


def chosen(
    candidates: Sequence[Candidate], doubts: Mapping[str, Sequence[Declaration]], owners: Mapping[str, str]
) -> list[Candidate]:
    """Those whose word, or whose timestamp, is the first of its voice on some signature; the most telling first.

    `doubts` are the paths of signatures by keys on record, with what speaks against their keys, `owners` whose they
    are. Of each voice and signature it is the earliest that holds it, and the earliest that also doesn't know of what
    speaks against its key.
    """
    spoken = sorted((day, place, voice) for place, candidate in enumerate(candidates) for day, voice in candidate.says)
    signatures = frozenset(doubts)
    doubted = frozenset(path for path, found in doubts.items() if found)
    told: defaultdict[_Voice, set[str]] = defaultdict(set)
    told_clean: defaultdict[_Voice, set[str]] = defaultdict(set)
    worth: dict[int, tuple[int, int, int]] = {}
    for _, place, voice in spoken:
        candidate = candidates[place]
        holds = candidate.holds & signatures
        if voice[0] == "word":
            holds = frozenset(path for path in holds if owners[path] != voice[1])
        clean = {path for path in holds & doubted if not any(doubt.known_to(candidate.holds) for doubt in doubts[path])}
        new, new_clean = holds - told[voice], clean - told_clean[voice]
        if new or new_clean:
            told[voice] |= new
            told_clean[voice] |= new_clean
            stamps, old, all_ = worth.get(place, (0, 0, 0))
            worth[place] = (stamps + (voice[0] == "stamp"), old + len(new_clean), all_ + len(new))
    trusted = {place for place in worth if candidates[place].finding.timestamps}
    order = sorted(
        worth,
        key=lambda place: (
            place not in trusted,
            *(-count for count in (worth[place][1], worth[place][0], worth[place][2])),
            candidates[place].finding.record.date,
            candidates[place].finding.path,
        ),
    )
    return [candidates[place] for place in order]

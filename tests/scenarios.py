"""Scenarios of ``vectors/trust``, read and judged: what comes out, in lines of an answer (``vectors/README.md``)."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from openletter.keys import PublicKey, parse_public_key
from openletter.records import Folder
from openletter.verify import (
    CheckpointFinding,
    Demand,
    Fault,
    Keyring,
    LetterReport,
    OrganizationReport,
    Sighting,
    State,
    Timestamp,
    Trust,
    Witness,
    judge_checkpoints,
    judge_keys,
    judge_letter,
    organizations_of,
    weigh_checkpoints,
)

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import Vector  # noqa: E402


class Given(NamedTuple):
    """A scenario: the files of an archive by folder, and what the verifier brings."""

    folders: dict[str, Folder]
    pins: dict[str, frozenset[PublicKey]]
    sightings: dict[str, Sighting]
    timestamps: dict[str, tuple[Timestamp, ...]]
    answer: list[str]


def unpack(payload: bytes) -> dict[str, bytes]:
    """The parts of a payload by their names: ``NAME SP LENGTH LF BYTES LF``."""
    parts: dict[str, bytes] = {}
    while payload:
        head, _, rest = payload.partition(b"\n")
        name, length = head.decode().split(" ")
        parts[name], after, payload = rest[: int(length)], rest[int(length) : int(length) + 1], rest[int(length) + 1 :]
        assert after == b"\n"
    return parts


def given(parts: Mapping[str, bytes]) -> Given:
    lines = {name: parts[name].decode().splitlines() for name in ("pins", "sightings", "timestamps", "answer")}
    folders: dict[str, dict[str, bytes]] = {}
    for path, data in parts.items():
        if path not in lines:
            folder, _, name = path.rpartition("/")
            folders.setdefault(folder, {})[name] = data
    pins: dict[str, frozenset[PublicKey]] = {}
    for line in lines["pins"]:
        organization, _, key = line.split(" ", 2)
        pins[organization] = pins.get(organization, frozenset()) | {parse_public_key(key)}
    stamps: dict[str, tuple[Timestamp, ...]] = {}
    for line in lines["timestamps"]:
        path, authority, time = line.split(" ")
        stamps[path] = (*stamps.get(path, ()), Timestamp(authority=authority, time=time))
    return Given(
        folders={path: Folder(path=path, files=files) for path, files in folders.items()},
        pins=pins,
        sightings={
            path: Sighting(state=State(state), holds=frozenset(holds))
            for path, state, *holds in (line.split(" ") for line in lines["sightings"])
        },
        timestamps=stamps,
        answer=lines["answer"],
    )


def below(folders: Mapping[str, Folder], above: str) -> Iterator[tuple[str, Folder]]:
    return ((path.removeprefix(above), folder) for path, folder in folders.items() if path.startswith(above))


def judge(vector: Vector, scenario: Given) -> tuple[list[LetterReport], list[OrganizationReport], list[Fault]]:
    """What the functions of `verify` say, put together as the spec says."""
    judged = vector.headers["judge"]
    whole = judged == "archive"
    keyring = judge_keys(dict(below(scenario.folders, "keys/")), scenario.pins)
    witnesses, faults = weigh(scenario, keyring)
    letters = {
        path: folder for path, folder in below(scenario.folders, "archive/") if not path.startswith("checkpoints/")
    }
    wanted = list(letters) if whole else [judged.partition("@")[0]]
    number = None if whole or "@" not in judged else int(judged.partition("@")[2])
    involved = set(keyring.reports) if whole else {org for one in wanted for org in organizations_of(letters[one])}
    return (
        [judge_letter(one, letters[one], keyring, number, witnesses) for one in wanted],
        [report for organization, report in keyring.reports.items() if organization in involved],
        list(faults) if whole else [],
    )


def weigh(scenario: Given, keyring: Keyring) -> tuple[tuple[Witness, ...], list[Fault]]:
    findings: list[CheckpointFinding] = []
    faults: list[Fault] = []
    for organization, folder in below(scenario.folders, "archive/checkpoints/"):
        sound, false = judge_checkpoints(organization, folder, keyring)
        findings += [replace(one, timestamps=scenario.timestamps.get(one.path, ())) for one in sound]
        faults += false
    unknown = Sighting(state=State.UNKNOWN)
    witnesses, untrue = weigh_checkpoints((one, scenario.sightings.get(one.path, unknown)) for one in findings)
    return witnesses, [*faults, *untrue]


def listed(names: tuple[str, ...]) -> str:
    return ",".join(names) or "-"


def answer(
    vector: Vector, letters: list[LetterReport], organizations: list[OrganizationReport], faults: list[Fault]
) -> list[str]:
    """The lines of an answer (``vectors/README.md``)."""
    found = [*faults, *(one for letter in letters for one in letter.faults)]
    found += [one for report in organizations for one in report.faults]
    lines = [f"fault {one.path} {one.error}" for one in found]
    for report in organizations:
        for key in report.keys:
            by = f"{listed(key.vouched_by)} {listed(key.vouched_unpinned)}"
            lines.append(f"key {report.organization} {short(key.fingerprint)} {key.status} {key.evidence} {by}")
        if (waits := report.waiting) is not None:
            names = f"{listed(waits.organizations)} {listed(waits.agreed)}"
            lines.append(f"waiting {waits.path} {waits.threshold} {names}")
        if report.recovered is not None:
            lines.append(f"recovered {report.organization} {report.recovered}")
    for letter in letters:
        for said in letter.organizations:
            end = f"{said.verdict} {said.revision or '-'} {said.evidence or '-'}"
            lines.append(f"verdict {letter.letter} {said.organization or '-'} {end}")
        for signature in letter.signatures:
            if (seen := signature.seen) is not None:
                lines.append(f"seen {signature.path} {seen.day} {seen.authority or seen.organization}")
            if signature.older_than_retirement:
                lines.append(f"older {signature.path}")
    status = 1 if found else 0
    if {"require", "trust"} & vector.headers.keys():
        met = all(demanded(vector, letter) for letter in letters)
        lines.append("demand met" if met else "demand unmet")
        status = status or (0 if met else 3)
    return sorted([*lines, f"status {status}"])


def demanded(vector: Vector, letter: LetterReport) -> bool:
    trust = Trust.parse(vector.headers.get("trust", "recorded"))
    if "require" not in vector.headers:
        return not trust.unmet(letter)
    return not Demand.parse(vector.headers["require"]).unmet(letter, trust)


def short(fingerprint: str) -> str:
    """The key as names of files have it: the first digits of the digest that a fingerprint has in base64."""
    return base64.b64decode(fingerprint.removeprefix("SHA256:") + "=").hex()[:16]

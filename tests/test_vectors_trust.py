"""The vectors of trust: from each scenario comes just the answer that it says, in the functions and in the whole."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from openletter import Archive, errors
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

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import Vector, read  # noqa: E402

PATHS = sorted((VECTORS / "trust").glob("*.vec"))
MARK = (ROOT / ".gitattributes").read_bytes()


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
    involved = set(keyring.reports) if whole else set().union(*(organizations_of(letters[one]) for one in wanted))
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


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_from_a_scenario_comes_the_answer_that_it_says(path: Path) -> None:
    vector = read(path)
    scenario = given(unpack(vector.payload))
    assert answer(vector, *judge(vector, scenario)) == scenario.answer


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_an_archive_in_a_folder_gives_the_same_answer(path: Path, tmp_path: Path) -> None:
    # In a folder nothing of a checkpoint can be established; where that matters, the functions alone are asked.
    vector = read(path)
    parts = unpack(vector.payload)
    scenario = given(parts)
    if any(one.state is not State.UNKNOWN for one in scenario.sightings.values()):
        scenario.sightings.clear()
        scenario.timestamps.clear()
        expected = answer(vector, *judge(vector, scenario))
    else:
        expected = scenario.answer
    (tmp_path / ".gitattributes").write_bytes(MARK)
    for name, data in parts.items():
        if "/" in name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
    judged = vector.headers["judge"]
    report = Archive.open(tmp_path).verify(*([] if judged == "archive" else [judged]), pins=scenario.pins)
    assert answer(vector, list(report.letters), list(report.organizations), list(report.faults)) == expected


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_is_expected_is_the_first_fault_and_its_type_exists(path: Path) -> None:
    vector = read(path)
    faults = [line.split(" ") for line in given(unpack(vector.payload)).answer if line.startswith("fault ")]
    assert vector.expect == (faults[0][2] if faults else "accept")
    for _, _, error in faults:
        assert issubclass(getattr(errors, error), errors.Invalid)


def test_an_attack_has_an_honest_twin_whose_answer_is_another() -> None:
    vectors = {path.stem: read(path) for path in PATHS}
    attacks = {name: vector for name, vector in vectors.items() if "honest" in vector.headers}
    assert len(attacks) >= 40
    for vector in attacks.values():
        twin = vectors[vector.headers["honest"]]
        assert twin.expect == "accept"
        assert "honest" not in twin.headers
        for option in ("judge", "require"):
            assert twin.headers.get(option) == vector.headers.get(option)


def test_the_generator_makes_the_same_files_and_removes_others(tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "stale.vec").write_bytes(b"expect: accept\ncomment: no longer made\n\n")
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, VECTORS / "make_trust.py", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert made == {path.name: path.read_bytes() for path in PATHS}

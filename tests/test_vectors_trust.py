"""The vectors of trust: from each scenario comes just the answer that it says, in the functions and in the whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openletter import Archive, errors
from openletter.verify import State

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import read  # noqa: E402

from scenarios import answer, given, judge, unpack  # noqa: E402

PATHS = sorted((VECTORS / "trust").glob("*.vec"))
MARK = (VECTORS.parent / ".gitattributes").read_bytes()


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

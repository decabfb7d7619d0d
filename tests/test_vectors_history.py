"""The vectors of histories: stock git makes them, and sees in them what they say; so do audit and compare."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from openletter import Archive, errors
from openletter.api import compare
from tools import need
from transcripts import environment

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import Vector, read  # noqa: E402

PATHS = sorted((VECTORS / "history").glob("*.vec"))
AUDITS = [path for path in PATHS if read(path).headers["do"] == "audit a"]
COMPARES = [path for path in PATHS if read(path).headers["do"] == "compare a b"]


def git(folder: Path, *arguments: str | Path, given: bytes = b"") -> str:
    command = (need("git"), "-C", folder, *arguments)
    done = subprocess.run(command, input=given, env=environment(folder), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def made(vector: Vector, folder: Path) -> dict[str, int]:
    """Make the history of a vector in a bare repository of this folder; the marks of its commits by their ids."""
    git(folder, "init", "--quiet", "--bare", "--initial-branch=a", "made")
    git(
        folder,
        "--git-dir=made",
        "fast-import",
        "--quiet",
        "--done",
        f"--export-marks={folder}/marks",
        given=vector.payload,
    )
    lines = (folder / "marks").read_text().split("\n")[:-1]
    return {commit: int(mark.removeprefix(":")) for mark, commit in (line.split(" ") for line in lines)}


def copy(folder: Path, branch: str) -> Archive:
    """A repository with nothing but what this branch reaches."""
    git(folder, "clone", "--quiet", "--bare", "--single-branch", f"--branch={branch}", "made", branch)
    return Archive.open(folder / branch)


def faults(vector: Vector) -> list[tuple[str, int, str]]:
    found = vector.headers.get("faults")
    parts = (line.split(" ", 2) for line in found.split(", ")) if found else ()
    return [(error, int(mark), path) for error, mark, path in parts]


@pytest.mark.parametrize("path", AUDITS, ids=lambda path: path.stem)
def test_git_sees_a_change_just_where_the_vector_says_that_one_was_made(path: Path, tmp_path: Path) -> None:
    vector = read(path)
    marks = made(vector, tmp_path)
    log = git(tmp_path, "--git-dir=made", "log", "-m", "--no-renames", "--format=commit %H", "--name-status", "a")
    seen: set[tuple[int, str]] = set()
    mark = 0
    for line in log.splitlines():
        if commit := re.fullmatch(r"commit (\w+)", line):
            mark = marks[commit[1]]
        elif changed := re.fullmatch(r"[^A]\w*\t((?:archive|keys)/.*)", line):
            seen.add((mark, changed[1]))
    history = {"HistoryError", "Fork"}
    assert seen == {(mark, path) for error, mark, path in faults(vector) if error in history}


@pytest.mark.parametrize("path", COMPARES, ids=lambda path: path.stem)
def test_git_sees_the_difference_of_two_copies_that_the_vector_says(path: Path, tmp_path: Path) -> None:
    vector = read(path)
    made(vector, tmp_path)
    status = git(tmp_path, "--git-dir=made", "diff", "--no-renames", "--name-status", "a", "b", "--", "archive", "keys")
    kinds = {line[0] for line in status.splitlines()}
    by_content = {"": "same", "D": "a-ahead", "A": "b-ahead", "AD": "diverged", "M": "fork"}["".join(sorted(kinds))]
    roots = [set(git(tmp_path, "--git-dir=made", "rev-list", "--max-parents=0", side).split()) for side in "ab"]
    said = vector.headers["answer"]
    assert (said == "unrelated") == roots[0].isdisjoint(roots[1])
    # What contradicts without two contents is told by the commits: one made again, or one that removes.
    assert said == by_content or (said in {"removed", "rewritten", "unrelated"} and by_content != "fork")


@pytest.mark.parametrize("path", AUDITS, ids=lambda path: path.stem)
def test_an_audit_finds_the_faults_that_the_vector_says_and_no_others(path: Path, tmp_path: Path) -> None:
    vector = read(path)
    marks = made(vector, tmp_path)
    report = copy(tmp_path, "a").audit()
    assert [(fault.error, marks[fault.commit], fault.path) for fault in report.faults] == faults(vector)
    assert report.more == 0


@pytest.mark.parametrize("path", COMPARES, ids=lambda path: path.stem)
def test_two_copies_stand_to_each_other_as_the_vector_says(path: Path, tmp_path: Path) -> None:
    vector = read(path)
    made(vector, tmp_path)
    found = compare(copy(tmp_path, "a"), copy(tmp_path, "b"))
    assert (found.relation, found.relation.false) == (vector.headers["answer"], vector.headers["status"] == "1")
    if "path" in vector.headers:
        assert vector.headers["path"] in {proof.path for proof in found.proofs}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_is_expected_is_the_first_fault_and_its_type_exists(path: Path) -> None:
    vector = read(path)
    assert vector.expect == "accept" or issubclass(getattr(errors, vector.expect), errors.Invalid)
    assert vector.headers["status"] == ("0" if vector.expect == "accept" else "1")
    if vector.headers["do"] == "audit a":
        assert vector.expect == next((error for error, _, _ in faults(vector)), "accept")
    else:
        false = {"fork": "Fork", "removed": "HistoryError", "rewritten": "HistoryError", "unrelated": "HistoryError"}
        assert vector.expect == false.get(vector.headers["answer"], "accept")


def test_an_attack_has_an_honest_twin() -> None:
    vectors = {path.stem: read(path) for path in PATHS}
    attacks = [vector for vector in vectors.values() if "honest" in vector.headers]
    assert len(attacks) >= 12
    for vector in attacks:
        twin = vectors[vector.headers["honest"]]
        assert (twin.expect, twin.headers["do"]) == ("accept", vector.headers["do"])
        assert "honest" not in twin.headers


def test_the_generator_makes_the_same_files_and_removes_others(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    folder.mkdir()
    (folder / "stale.vec").write_bytes(b"expect: accept\ncomment: no longer made\n\n")
    clean = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, VECTORS / "make_history.py", tmp_path], check=True, env=clean)
    made_now = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert made_now == {path.name: path.read_bytes() for path in PATHS}

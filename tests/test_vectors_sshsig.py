"""The vectors of SSHSIG: each is judged as its ``expect:`` says, and the generator writes exactly these files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from openletter import errors, sshsig

VECTORS = Path(__file__).parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import Vector, read  # noqa: E402

PATHS = sorted((VECTORS / "sshsig").glob("*.vec"))


def judge(vector: Vector) -> str:
    """``accept``, or the exact type of the failure."""
    try:
        sshsig.verify(sshsig.decode(vector.payload), message(vector))
    except errors.Invalid as error:
        return type(error).__name__
    return "accept"


def message(vector: Vector) -> bytes:
    return bytes.fromhex(vector.headers.get("message-hex", ""))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_vector_is_judged_as_it_says(path: Path) -> None:
    vector = read(path)
    assert judge(vector) == vector.expect


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_expectation_names_a_failure_that_exists(path: Path) -> None:
    expect = read(path).expect
    assert expect == "accept" or issubclass(getattr(errors, expect), errors.Invalid)


def test_at_least_two_thirds_of_the_vectors_are_negative() -> None:
    expected = [read(path).expect for path in PATHS]
    assert len(expected) >= 45
    assert sum(expect != "accept" for expect in expected) >= len(expected) * 2 / 3


def test_every_failure_of_a_signature_has_a_vector() -> None:
    kinds = {error.__name__ for error in errors.SignatureError.__subclasses__()} | {"PublicKeyError", "WeakKey"}
    assert {read(path).expect for path in PATHS} == kinds | {"accept"}


def test_specification_lists_exactly_where_ssh_keygen_is_laxer() -> None:
    text = (VECTORS.parent / "spec" / "signatures.md").read_text()
    section = text.split("### Where stock tools are laxer")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    # In the last column, each pattern of names stands between backticks.
    patterns = [name for row in rows for name in re.findall("`(.+?)`", row.rpartition(" | ")[2])]
    lax = {
        path.stem
        for path in PATHS
        if read(path).expect != "accept" and read(path).headers.get("ssh-keygen") == "accepts"
    }
    assert [name for name in sorted(lax) if not any(fnmatchcase(name, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in lax)] == []


def test_accepted_vector_has_one_spelling() -> None:
    for path in PATHS:
        vector = read(path)
        if vector.expect == "accept":
            assert sshsig.encode(sshsig.decode(vector.payload)) == vector.payload, path.stem


def test_generator_writes_exactly_these_files(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, VECTORS / "make_sshsig.py", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in (tmp_path / "sshsig").iterdir()}
    assert made == {path.name: path.read_bytes() for path in (VECTORS / "sshsig").iterdir()}

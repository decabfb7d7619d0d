"""The vectors of records: each is judged as its ``expect:`` says, at the field that it names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openletter import canonical, errors, records

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import read  # noqa: E402

PATHS = sorted((VECTORS / "records").glob("*.vec"))
KINDS = {"letter/1", "organization/1", "withdrawal/1", "checkpoint/1"}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_vector_is_judged_as_it_says(path: Path) -> None:
    vector = read(path)
    if vector.expect == "accept":
        assert records.decode(vector.payload).to_bytes() == vector.payload
        assert records.digest(vector.payload) == vector.headers["digest"]
        return
    with pytest.raises(errors.Invalid) as caught:
        records.decode(vector.payload)
    assert type(caught.value) is getattr(errors, vector.expect)
    assert caught.value.field == vector.headers.get("field")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_is_no_record_but_canonical_is_refused_by_its_fields_alone(path: Path) -> None:
    # So each failure above the profile has its reason in the record, and none is a slip in the spelling.
    vector = read(path)
    if issubclass(getattr(errors, vector.expect, Exception), errors.RecordError) or "field" in vector.headers:
        assert canonical.dump(canonical.load(vector.payload)) == vector.payload


def test_there_are_enough_vectors_and_two_thirds_are_refused() -> None:
    refused = [path for path in PATHS if read(path).expect != "accept"]
    assert len(PATHS) >= 40
    assert len(refused) >= len(PATHS) * 2 / 3


def test_every_failure_of_a_record_has_a_vector_and_every_kind_is_accepted_in_one() -> None:
    vectors = [read(path) for path in PATHS]
    assert {vector.expect for vector in vectors} >= {error.__name__ for error in errors.RecordError.__subclasses__()}
    accepted = [canonical.load(vector.payload)["format"] for vector in vectors if vector.expect == "accept"]
    assert set(map(str, accepted)) == KINDS


def test_the_generator_makes_the_same_files_and_removes_others(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "stale.vec").write_bytes(b"expect: accept\ncomment: no longer made\n\n")
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, VECTORS / "make_records.py", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert made == {path.name: path.read_bytes() for path in PATHS}

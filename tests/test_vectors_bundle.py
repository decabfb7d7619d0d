"""The vectors of bundles, and the example of the specification: each is read as its ``expect:`` says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openletter.errors import BundleError
from openletter.records.bundle import decode
from spec_examples import Example, examples

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "vectors"
sys.path.insert(0, str(FOLDER))

from vectorfile import read  # noqa: E402

VECTORS = {path.stem: read(path) for path in sorted((FOLDER / "bundle").glob("*.vec"))}
EXAMPLES = [one for one in examples(ROOT / "spec" / "bundle.md") if one.words[:1] == ["bundle"]]


@pytest.mark.parametrize("name", VECTORS)
def test_vector_is_read_as_it_says(name: str) -> None:
    vector = VECTORS[name]
    if vector.expect == "accept":
        assert decode(vector.payload).to_bytes() == vector.payload
        return
    assert vector.expect == "BundleError"
    with pytest.raises(BundleError) as refused:
        decode(vector.payload)
    assert type(refused.value) is BundleError
    assert refused.value.field == vector.headers.get("field")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"line-{one.line}")
def test_example_of_the_specification_is_read_as_it_says(example: Example) -> None:
    data = example.content.removesuffix(b"\n")
    if example.words[1] == "accept":
        assert decode(data).to_bytes() == data
        return
    assert example.words[1] == "BundleError"
    with pytest.raises(BundleError):
        decode(data)


def test_the_specification_has_examples_of_both_kinds() -> None:
    assert {one.words[1] for one in EXAMPLES} == {"accept", "BundleError"}


def test_most_vectors_are_negative_and_but_for_the_sum_itself_their_sum_is_right() -> None:
    import hashlib

    bad = {name: vector for name, vector in VECTORS.items() if vector.expect != "accept"}
    assert len(bad) >= 90
    assert len(bad) < len(VECTORS)
    for name, vector in bad.items():
        right = vector.payload[-66:-2] == hashlib.sha256(vector.payload[:-77]).hexdigest().encode()
        assert right == (vector.headers.get("field") != "sha256"), name


def test_generator_writes_exactly_these_files(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, FOLDER / "make_bundle.py", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in (tmp_path / "bundle").iterdir()}
    assert made == {path.name: path.read_bytes() for path in (FOLDER / "bundle").iterdir()}

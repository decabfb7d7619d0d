"""The vectors of the repertoire: every case of a file is judged as the file says, and no edge is left out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from openletter import canonical, errors
from openletter.canonical.repertoire import RANGES

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import Vector, read  # noqa: E402

PATHS = sorted((VECTORS / "repertoire").glob("*.vec"))


def points(vector: Vector) -> list[int]:
    """The code points of the payload."""
    lines = vector.payload.decode("ascii").split("\n")
    assert lines.pop() == ""
    assert all(line == f"U+{int(line[2:], 16):04X}" for line in lines)
    return [int(line[2:], 16) for line in lines]


def judge(data: bytes) -> str:
    """``accept``, or the exact type of the failure."""
    try:
        assert canonical.dump(canonical.load(data)) == data
    except errors.CanonicalError as error:
        return type(error).__name__
    return "accept"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_case_of_the_vector_is_judged_as_it_says(path: Path) -> None:
    vector = read(path)
    found = points(vector)
    document = vector.headers["document"]
    documents = [document.replace("{}", chr(it)) + "\n" for it in found]
    judged = {judge(document.encode("utf-8", "surrogatepass")) for document in documents}
    assert len(set(found)) == len(found) == int(vector.headers["cases"])
    assert judged == {vector.expect}


def test_every_edge_of_the_table_has_its_case() -> None:
    cases = {path.stem: set(points(read(path))) for path in PATHS}
    inside = {point for span in RANGES for point in span} - {0x0A}
    outside = {point for first, last in RANGES for point in (first - 1, last + 1)}
    assert cases["edges"] | cases["edges-not-normalized"] == inside
    assert outside <= cases["edges-outside"] | cases["surrogates"]
    assert cases["edges-outside"] >= {0, 0x10FFFF}


def test_the_readme_shows_how_a_case_becomes_bytes() -> None:
    text = (VECTORS / "README.md").read_text(encoding="utf-8")
    shown = re.search(
        r"`U\+([0-9A-F]+)` in `document: (.+?)` is the bytes `([0-9A-F ]+)`, and the answer is `(\w+)`", text
    )
    assert shown
    data = (shown[2].replace("{}", chr(int(shown[1], 16))) + "\n").encode()
    assert data == bytes.fromhex(shown[3])
    assert judge(data) == shown[4]
    assert {read(path).headers["document"] for path in PATHS} == {shown[2]}


def test_the_generator_makes_the_same_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-B", VECTORS / "make_edges.py", tmp_path], check=True)
    made = {path.name: path.read_bytes() for path in (tmp_path / "repertoire").iterdir()}
    assert made == {path.name: path.read_bytes() for path in PATHS}

"""The vectors of canonical YAML: each is refused with exactly the failure that it names, or accepted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from openletter import canonical, errors

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
sys.path.insert(0, str(VECTORS))

import vectorfile  # noqa: E402

PATHS = sorted((VECTORS / "canonical").glob("*.vec"))


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_vector(path: Path) -> None:
    vector = vectorfile.read(path)
    if vector.expect == "accept":
        assert canonical.dump(canonical.load(vector.payload)) == vector.payload
        return
    expected = getattr(errors, vector.expect)
    with pytest.raises(errors.CanonicalError) as caught:
        canonical.load(vector.payload)
    assert type(caught.value) is expected


def test_there_are_enough_vectors_and_two_thirds_are_refused() -> None:
    refused = [path for path in PATHS if vectorfile.read(path).expect != "accept"]
    assert len(PATHS) >= 60
    assert len(refused) >= len(PATHS) * 2 / 3


def test_every_failure_of_the_format_has_a_vector() -> None:
    expected = {vectorfile.read(path).expect for path in PATHS} - {"accept"}
    assert expected == {"TooLarge", "NotUtf8", "NotCanonical", "ForbiddenText", "NotNormalized"}


def test_the_generator_makes_the_same_files_and_removes_others(tmp_path: Path) -> None:
    folder = tmp_path / "canonical"
    folder.mkdir()
    (folder / "stale.vec").write_bytes(b"expect: accept\ncomment: no longer made\n\n")
    subprocess.run([sys.executable, VECTORS / "make_canonical.py", tmp_path], check=True)
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert made == {path.name: path.read_bytes() for path in PATHS}


def test_a_vector_file_reads_back_as_it_was_written(tmp_path: Path) -> None:
    headers = {"expect": "accept", "comment": "é: with a colon", "message-hex": "00"}
    vectorfile.write(tmp_path / "a.vec", headers, b"\n\n\xff\r\n")
    assert vectorfile.read(tmp_path / "a.vec") == vectorfile.Vector(headers=headers, payload=b"\n\n\xff\r\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"expect: accept\ncomment: no empty line\n",
        b"expect: accept\n\nno comment",
        b"comment: no expect\n\n",
        b"expect: accept\ncomment: x\ncomment: twice\n\n",
        b"expect: accept\ncomment:no space\n\n",
    ],
)
def test_what_is_no_vector_file_is_not_read(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.vec").write_bytes(content)
    with pytest.raises(ValueError, match="header"):
        vectorfile.read(tmp_path / "a.vec")


@pytest.mark.parametrize("value", ["", " x", "x ", "x\ny"])
def test_a_header_that_would_not_read_back_is_not_written(value: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="header"):
        vectorfile.write(tmp_path / "a.vec", {"expect": value, "comment": "x"}, b"")
    assert list(tmp_path.iterdir()) == []

"""A reader's own copy of what an archive was (spec/history.md, "A copy to keep")."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openletter import canonical, errors, records
from openletter.errors import FieldConflict, FieldValue, Invalid, MissingField, UnknownFormat
from openletter.records.kept import MAX_COMMITS, MAX_ROOTS, KeptCheckpoint, decode_kept
from spec_examples import Example, examples
from strategies import dates

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))

from vectorfile import read

ROOT = Path(__file__).resolve().parents[1]
SPEC = ROOT / "spec" / "history.md"
FOLDER = ROOT / "vectors"
VECTORS = sorted((FOLDER / "kept").glob("*.vec"))
A, B, C = ("a" * 40, "b" * 40, "c" * 40)
KEPT = KeptCheckpoint(date="2026-05-14", commit=A, tree="d" * 64, roots=(B, C), commits=(A, C, B))
EXAMPLES = [example for example in examples(SPEC) if example.words[1:2] == ["kept"]]


@st.composite
def kept_checkpoints(draw: st.DrawFn) -> KeptCheckpoint:
    size = draw(st.sampled_from([20, 32]))
    ids = draw(st.lists(st.binary(min_size=size, max_size=size).map(bytes.hex), min_size=1, max_size=9, unique=True))
    roots = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True).map(sorted))
    tree = draw(st.binary(min_size=32, max_size=32)).hex()
    return KeptCheckpoint(date=draw(dates), commit=ids[0], tree=tree, roots=tuple(roots), commits=tuple(ids))


@given(kept_checkpoints())
def test_what_is_kept_is_read_again(kept: KeptCheckpoint) -> None:
    assert decode_kept(kept.to_bytes()) == kept


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line {example.line}")
def test_the_examples_of_the_spec_are_judged_as_it_says(example: Example) -> None:
    verdict, *field = example.words[2:]
    if verdict == "accept":
        assert decode_kept(example.content).to_bytes() == example.content
        return
    with pytest.raises(Invalid) as caught:
        decode_kept(example.content)
    assert type(caught.value) is getattr(errors, verdict)
    assert [caught.value.field] == field


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_vector_is_judged_as_it_says(path: Path) -> None:
    vector = read(path)
    if vector.expect == "accept":
        assert decode_kept(vector.payload).to_bytes() == vector.payload
        return
    with pytest.raises(Invalid) as caught:
        decode_kept(vector.payload)
    assert type(caught.value) is getattr(errors, vector.expect)
    assert caught.value.field == vector.headers.get("field")
    assert canonical.dump(canonical.load(vector.payload)) == vector.payload  # none is a slip in the spelling


def test_the_generator_makes_the_same_vectors(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, FOLDER / "make_kept.py", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert made == {path.name: path.read_bytes() for path in VECTORS}
    assert len(made) >= 25


def test_the_spec_has_examples_of_both_kinds() -> None:
    assert {example.words[2] for example in EXAMPLES} == {"accept", "FieldConflict"}


def test_the_largest_one_fits_a_canonical_document() -> None:
    ids = tuple(f"{number:064x}" for number in range(MAX_COMMITS))
    kept = replace(KEPT, commit=ids[0], roots=ids[:MAX_ROOTS], commits=ids)
    assert len(kept.to_bytes()) < canonical.MAX_BYTES
    assert decode_kept(kept.to_bytes()) == kept


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        (lambda: replace(KEPT, roots=()), MissingField, "roots"),
        (lambda: replace(KEPT, commits=()), MissingField, "commits"),
        (lambda: replace(KEPT, date="2026-02-30"), FieldValue, "date"),
        (lambda: replace(KEPT, commit="a" * 41), FieldValue, "commit"),
        (lambda: replace(KEPT, tree="d" * 40), FieldValue, "tree"),
        (lambda: replace(KEPT, commits=(A, "B" * 40)), FieldValue, "commits[1]"),
        (lambda: replace(KEPT, commits=(A, "b" * 64)), FieldConflict, "commits[1]"),
        (lambda: replace(KEPT, roots=("b" * 64,)), FieldConflict, "roots[0]"),
        (lambda: replace(KEPT, commits=(A, B, B)), FieldConflict, "commits[2]"),
        (lambda: replace(KEPT, roots=(C, B)), FieldConflict, "roots"),
        (lambda: replace(KEPT, commits=(B, A)), FieldConflict, "commits[0]"),
        (lambda: replace(KEPT, roots=tuple(f"{n:040x}" for n in range(MAX_ROOTS + 1))), FieldValue, "roots"),
        (lambda: replace(KEPT, commits=(A, *(f"{n:040x}" for n in range(MAX_COMMITS)))), FieldValue, "commits"),
    ],
)
def test_what_the_grammar_and_its_rules_exclude_is_refused(
    change: Callable[[], KeptCheckpoint], error: type[Invalid], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        change()
    assert (type(caught.value), caught.value.field) == (error, field)


def test_a_list_that_was_cut_lacks_a_root_and_says_so() -> None:
    assert KEPT.complete
    assert not replace(KEPT, commits=(A, C)).complete


def test_it_is_no_record_of_an_archive_and_no_record_is_one() -> None:
    with pytest.raises(UnknownFormat):
        records.decode(KEPT.to_bytes())
    checkpoint = records.Checkpoint(organization="alder.example", date="2026-05-14", commit=A, tree="d" * 64)
    with pytest.raises(UnknownFormat):
        decode_kept(checkpoint.to_bytes())

"""The page on security names only what is there: tests, vectors, benchmarks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| attack")
]


def functions_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_attack_has_a_consequence_and_something_that_shows_it(row: list[str]) -> None:
    attack, consequence, shown = row
    assert attack
    assert consequence
    named = re.findall(r"`([^`]+)`", shown)
    # Nothing but names in the last column, so that no claim stands beside them unseen.
    assert ", ".join(f"`{name}`" for name in named) == shown
    for name in named:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        if test:
            assert test in functions_in(ROOT / path), name


def test_the_page_has_its_tables() -> None:
    assert PAGE.count("| attack") == 9
    assert len(ROWS) > 40

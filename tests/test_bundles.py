"""What travels in one file is judged as the archive is (spec/bundle.md)."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from builders import LETTER
from bundle_worlds import ROOTS, by_chance, played
from openletter import Archive
from openletter.api.bundles import verify_bundle
from openletter.errors import Invalid
from openletter.records.bundle import decode
from openletter.reports import documents
from openletter.verify import Report

ROOT = Path(__file__).resolve().parents[1]
SEEDS = range(25)


def document(report: Report) -> dict[str, object]:
    """What is printed of a report as JSON, but for the commit."""
    return documents.report(report, require=None, trust=None, met=True, unmet=[], status=0) | {"commit": None}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_archive_of_this_repository_and_a_bundle_of_it_give_the_same_verdicts(number: int) -> None:
    archive = Archive.open(ROOT)
    bundle = decode(archive.bundle("2026/open-water-record", number).to_bytes())
    assert document(verify_bundle(bundle)) == document(archive.verify(f"2026/open-water-record@{number}"))


@pytest.mark.parametrize("seed", SEEDS)
def test_archives_by_chance_and_bundles_of_them_give_the_same_verdicts(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  # no secret
    with played():
        world = by_chance(tmp_path / "letters", seed)
        for number in world.revisions:
            try:
                bundle = world.archive.bundle(LETTER, number)
            except Invalid:
                # What can't be judged has no evidence: the archive says so too.
                assert world.archive.verify(f"{LETTER}@{number}").false
                continue
            assert decode(bundle.to_bytes()) == bundle
            for share in (0.0, 0.2, 0.6, 1.0):
                pins = world.pins(chance, share)
                for authorities in ({}, ROOTS, {"tsa.example": (b"another",)}):
                    ours = verify_bundle(bundle, pins, authorities)
                    theirs = world.archive.verify(f"{LETTER}@{number}", pins=pins, authorities=authorities)
                    if not any(path.startswith("archive/checkpoints/") for path in bundle.files):
                        ours = replace(ours, unestablished=())
                    assert document(ours) == document(theirs)

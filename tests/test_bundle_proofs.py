"""Trees in a bundle: what is left out of a file, or made up in it, never shows more than the whole file does."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from builders import ALDER, BIRCH
from bundle_worlds import ROOTS, World, by_chance, checkpoint, played, record
from openletter import Archive, Verdict
from openletter.api.bundles import verify_bundle
from openletter.archive import Repository
from openletter.errors import Invalid
from openletter.keys import parse_public_key
from openletter.records.bundle import Bundle, decode
from openletter.records.trees import blob_id, entry, parse_tree, tree_id
from openletter.verify import Report
from random_scenarios import LETTER
from test_archive import COMMITTER

sys.path.insert(0, str(Path(__file__).parents[1] / "vectors"))

from archivefiles import Archive as ArchiveFiles
from archivefiles import own

RANK = [
    Verdict.SIGNED,
    Verdict.ENDORSED,
    Verdict.SIGNED_EARLIER,
    Verdict.WITHDRAWN,
    Verdict.DISPUTED,
    Verdict.UNPROVEN,
    Verdict.INVALID,
    Verdict.NAMED,
]
SEEDS = (0, 2, 8, 11)
CHECKPOINTS = "archive/checkpoints/"


@cache
def bundles(seed: int) -> tuple[World, tuple[Bundle, ...]]:
    """A world by chance, and the bundles of its revisions that have trees."""
    with TemporaryDirectory() as folder, played():
        world = by_chance(Path(folder) / "letters", seed)
        found = []
        for number in world.revisions:
            try:
                found.append(world.archive.bundle(LETTER, number))
            except Invalid:
                continue
    return world, tuple(one for one in found if one.trees)


def every() -> Iterator[tuple[random.Random, World, Bundle]]:
    for seed in SEEDS:
        chance = random.Random(seed)  # noqa: S311  # no secret
        world, found = bundles(seed)
        for bundle in found:
            yield chance, world, bundle


def rank(report: Report) -> dict[str, int]:
    found = report.letters[0].organizations
    return {one.organization: RANK.index(one.verdict) for one in found if one.organization is not None}


def better(report: Report, whole: Report) -> list[str]:
    """The organizations that have a better verdict in one report than in another."""
    before = rank(whole)
    return [organization for organization, place in rank(report).items() if place < before[organization]]


def judged(bundle: Bundle, world: World, share: float = 1.0) -> Report:
    """By a verifier who believes the authorities, and has pinned this share of the keys."""
    return verify_bundle(bundle, world.pins(random.Random(0), share), ROOTS)  # noqa: S311  # no secret


def test_the_worlds_have_what_these_tests_are_about() -> None:
    verdicts, kinds = set(), set()
    with played():
        for _, world, bundle in every():
            for share in (0.0, 1.0):
                verdicts |= {one.verdict for one in judged(bundle, world, share).letters[0].organizations}
            kinds |= {path.rpartition(".")[2] for path in bundle.files if path.startswith(CHECKPOINTS)}
    assert {Verdict.SIGNED, Verdict.DISPUTED, Verdict.UNPROVEN} <= verdicts
    assert kinds == {"yaml", "sig", "tsr"}


def test_trees_that_are_left_out_never_better_a_verdict() -> None:
    worse = 0
    with played():
        for chance, world, bundle in every():
            share = chance.choice((0.0, 0.5, 1.0))
            whole = judged(bundle, world, share)
            trees = sorted(bundle.trees)
            fewer = [frozenset(trees) - {one} for one in chance.sample(trees, min(len(trees), 8))]
            fewer += [frozenset(chance.sample(trees, chance.randrange(len(trees)))) for _ in range(6)]
            for some in fewer:
                report = judged(replace(bundle, trees=some), world, share)
                assert better(report, whole) == []
                worse += rank(report) != rank(whole)
    assert worse > 0  # trees matter in these worlds


def test_a_tree_that_was_changed_is_another_tree() -> None:
    with played():
        for chance, world, bundle in every():
            whole = judged(bundle, world)
            trees = sorted(bundle.trees)
            for _ in range(5):
                tree = chance.choice(trees)
                entries = dict(parse_tree(tree))
                if not entries:
                    continue
                del entries[chance.choice(sorted(entries))]
                other = b"".join(entry(found.mode, name, found.id) for name, found in entries.items())
                assert tree_id(other) != tree_id(tree)
                report = judged(replace(bundle, trees=bundle.trees - {tree} | {other}), world)
                assert better(report, whole) == []


def test_checkpoints_and_stamps_that_are_left_out_never_better_a_verdict() -> None:
    with played():
        for chance, world, bundle in every():
            whole = judged(bundle, world)
            paths = [path for path in bundle.files if path.startswith(CHECKPOINTS)]
            for _ in range(6):
                kept = set(chance.sample(paths, chance.randrange(len(paths))))
                files = {p: d for p, d in bundle.files.items() if p not in paths or p in kept}
                assert better(judged(replace(bundle, files=files), world), whole) == []


def test_a_file_that_a_tree_gives_away_is_a_fault_where_it_lacks_or_is_another() -> None:
    tried = 0
    with played():
        for chance, world, bundle in every():
            assert [fault for fault in verify_bundle(bundle).faults if fault.error == "BundleError"] == []
            shown = {(name, held.id) for body in bundle.trees for name, held in parse_tree(body).items()}
            for path, data in chance.sample(sorted(bundle.files.items()), min(len(bundle.files), 12)):
                own = path == f"archive/{LETTER}/{bundle.revision:04}.yaml"
                if (
                    own
                    or path.startswith(CHECKPOINTS)
                    or (path.rpartition("/")[2].encode(), blob_id(data)) not in shown
                ):
                    continue
                for files in (
                    {p: d for p, d in bundle.files.items() if p != path},
                    dict(bundle.files) | {path: data + b"\n"},
                ):
                    report = judged(replace(bundle, files=files), world)
                    assert any(
                        fault.error == "BundleError" and path.startswith(fault.path or "?") for fault in report.faults
                    ), path
                    assert report.false
                    tried += 1
    assert tried > 20


def test_what_nothing_in_a_file_gives_away_is_not_found() -> None:
    """The limit that the specification states: less may be shown, and only an archive tells."""
    found = 0
    with played():
        for _, world, bundle in every():
            own = f"archive/{LETTER}/"
            files = {
                path: data
                for path, data in bundle.files.items()
                if path.startswith("keys/") or (path.startswith(own) and "withdrawal" not in path)
            }
            if len(files) == len([path for path in bundle.files if not path.startswith(CHECKPOINTS)]):
                continue
            report = judged(replace(bundle, files=files, trees=frozenset()), world)
            assert not [fault for fault in report.faults if fault.error == "BundleError"]
            assert not any(one.verdict is Verdict.WITHDRAWN for one in report.letters[0].organizations)
            found += 1
    assert found > 0


def test_a_tree_of_anything_but_an_archive_shows_nothing() -> None:
    with played():
        for _, world, bundle in every():
            whole = judged(bundle, world)
            roots = {
                body for body in bundle.trees if parse_tree(body).keys() <= {b"archive", b"keys"} and parse_tree(body)
            }
            report = judged(replace(bundle, trees=bundle.trees - roots), world)
            assert better(report, whole) == []
            checkpoints = {path for path in bundle.files if path.startswith(CHECKPOINTS) and path.endswith(".yaml")}
            assert set(report.unestablished) <= checkpoints


@pytest.mark.parametrize("seed", SEEDS)
def test_what_travels_reads_as_it_was_written(seed: int) -> None:
    for bundle in bundles(seed)[1]:
        assert decode(bundle.to_bytes()) == bundle


def stamped(folder: Path, *, after: bool) -> Bundle:
    """A letter signed by a key that was compromised later; what was stamped is the state before that, or `after`."""
    made = ArchiveFiles()
    made.enrol(ALDER)
    made.letter()
    made.sign(ALDER)
    repository, _ = Repository.create(folder, COMMITTER)
    seen = record(repository, made.files)
    old, new = own(ALDER), own(ALDER, "2")
    before = set(made.files)
    made.key_record(ALDER, 2, [(old, "compromised", "2026-06-01"), (new, "active")], (ALDER, new), (ALDER, old))
    later = record(repository, {path: data for path, data in made.files.items() if path not in before})
    commit = later if after else seen
    stamps = [("tsa.example", "2026-05-20", b"root")]
    record(repository, checkpoint(BIRCH, "2026-05-20", commit, repository.tree_id(commit), (), stamps))
    return Archive.open(folder).bundle(LETTER, 1)


def verdict_of(bundle: Bundle) -> Verdict:
    report = verify_bundle(bundle, {ALDER: frozenset({parse_public_key(own(ALDER, "2").line)})}, ROOTS)
    return next(one.verdict for one in report.letters[0].organizations if one.organization == ALDER)


def test_a_witness_that_may_know_of_a_declaration_counts_no_more_where_that_is_not_shown(tmp_path: Path) -> None:
    with played():
        clean = stamped(tmp_path / "before", after=False)
        knows = stamped(tmp_path / "after", after=True)
        assert verdict_of(clean) is Verdict.SIGNED
        assert verdict_of(knows) is not Verdict.SIGNED
        for bundle in (clean, knows):
            keys = next(body for body in bundle.trees if b"0001.allowed_signers" in body)
            assert (b"0002.yaml" in keys) == (bundle is knows)
            # Without the tree that shows whether the declaration was there, it may have been.
            assert verdict_of(replace(bundle, trees=bundle.trees - {keys})) is verdict_of(knows)
            for tree in bundle.trees:
                assert verdict_of(replace(bundle, trees=bundle.trees - {tree})) is verdict_of(knows)

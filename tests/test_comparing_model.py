"""`compare` says of any two small histories what a naive reading of stock git's own listings says (spec/history.md)."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pygit2
import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from openletter.api.comparing import Copy, Relation, compare_copies
from openletter.archive.comparing import Commits
from tools import need

PATHS = (
    "archive/2026/wells/0001.yaml",
    "archive/2026/wells/0001.alder.example.0123456789abcdef.sig",
    "archive/2026/rivers/0001.yaml",
    "archive/2025/rivers/0001.yaml",
    "keys/alder.example/0001.yaml",
    "keys/birch.example/0001.yaml",
)
BRANCHES = 4

Entry = tuple[str, str]


@dataclass
class World:
    """Branches of small histories in one store of objects, made by acts that people do, honest ones and others."""

    git: pygit2.Repository
    heads: list[str] = field(default_factory=list)
    clock: int = 0

    def commit(self, files: dict[str, str], parents: list[str], author: pygit2.Signature | None = None) -> str:
        self.clock += 1
        mine = pygit2.Signature("Somebody", "somebody@alder.example", 1_700_000_000 + self.clock, 0)
        tree = self.tree({tuple(path.split("/")): self.git.create_blob(text.encode()) for path, text in files.items()})
        made = self.git.create_commit(None, author or mine, mine, "act", tree, [pygit2.Oid(hex=p) for p in parents])
        return str(made)

    def tree(self, files: dict[tuple[str, ...], pygit2.Oid]) -> pygit2.Oid:
        builder = self.git.TreeBuilder()
        for name in {path[0] for path in files}:
            inner = {path[1:]: oid for path, oid in files.items() if path[0] == name}
            if () in inner:
                builder.insert(name, inner[()], pygit2.enums.FileMode.BLOB)
            else:
                builder.insert(name, self.tree(inner), pygit2.enums.FileMode.TREE)
        return builder.write()

    def files(self, commit: str) -> dict[str, str]:
        found: dict[str, str] = {}
        waiting = [("", self.git[commit].peel(pygit2.Tree))]
        while waiting:
            at, tree = waiting.pop()
            for entry in tree:
                if isinstance(entry, pygit2.Tree):
                    waiting.append((f"{at}{entry.name}/", entry))
                elif isinstance(entry, pygit2.Blob):
                    found[f"{at}{entry.name}"] = entry.data.decode()
        return found

    def line(self, commit: str, most: int) -> list[str]:
        """The newest commits of a branch by first parents, the newest first, without the last one."""
        found = [commit]
        while len(found) <= most and (parents := self.git[found[-1]].peel(pygit2.Commit).parent_ids):
            found.append(str(parents[0]))
        return found[:-1][:most]

    def do(self, act: tuple[str, int, int, int]) -> None:
        kind, one, other, which = act
        head, path = self.heads[one], PATHS[which % len(PATHS)]
        files = self.files(head)
        match kind:
            case "add" if path not in files:
                self.heads[one] = self.commit(files | {path: "the same"}, [head])
            case "add otherwise" if path not in files:
                self.heads[one] = self.commit(files | {path: f"by {one}"}, [head])
            case "clone":
                self.heads[other] = head
            case "merge" if self.heads[other] != head:
                self.heads[one] = self.commit(self.files(self.heads[other]) | files, [head, self.heads[other]])
            case "remove" if path in files and len(files) > 1:
                self.heads[one] = self.commit({p: text for p, text in files.items() if p != path}, [head])
            case "rebase":
                self.rebase(one, other, which + 1)
            case "squash" if line := self.line(head, which + 1):
                base = str(self.git[line[-1]].peel(pygit2.Commit).parent_ids[0])
                self.heads[one] = self.commit(files, [base])
            case "begin anew" if which == 0:
                self.heads[one] = self.commit(files, [])
            case "touch nothing":
                self.heads[one] = self.commit(files, [head])

    def rebase(self, one: int, other: int, most: int) -> None:
        at = self.heads[other]
        for commit in reversed(self.line(self.heads[one], most)):
            done = self.git[commit].peel(pygit2.Commit)
            before = self.files(str(done.parent_ids[0]))
            new = {path: text for path, text in self.files(commit).items() if path not in before}
            at = self.commit(new | self.files(at), [at], done.author)
        self.heads[one] = at


ACTS = st.tuples(
    st.sampled_from(
        ["add"] * 6
        + ["clone"] * 3
        + ["merge"] * 3
        + ["add otherwise", "remove", "rebase", "squash", "begin anew", "touch nothing"]
    ),
    st.integers(0, BRANCHES - 1),
    st.integers(0, BRANCHES - 1),
    st.integers(0, len(PATHS) - 1),
)


class Naive:
    """What stock git lists, and the rules of the page over sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listed: dict[str, set[tuple[str, Entry]]] = {}

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            (need("git"), "-C", str(self.folder), *arguments), capture_output=True, check=False, text=True
        )
        assert done.returncode in {0, 1}, done.stderr  # merge-base ends with 1 where there is none
        return done.stdout

    def files(self, commit: str) -> set[tuple[str, Entry]]:
        if commit not in self.listed:
            lines = (line.split("\t") for line in self.git("ls-tree", "-r", commit).splitlines())
            self.listed[commit] = {
                (path, (facts.split()[0], facts.split()[2]))
                for facts, path in lines
                if path.startswith(("archive/", "keys/"))
            }
        return self.listed[commit]

    def brought(self, commits: set[str]) -> dict[str, tuple[str, set[tuple[str, Entry]]]]:
        """For each commit its author line and what came with it."""
        found = {}
        for commit in commits:
            *parents, author = self.git("show", "-s", "--format=%P%n%an <%ae> %at", commit).split("\n")[:2]
            before = [self.files(parent) for parent in " ".join(parents).split()]
            found[commit] = (author, {held for held in self.files(commit) if not any(held in b for b in before)})
        return found

    def relation(self, a: str, b: str) -> Relation:  # noqa: PLR0911  # one for each step
        if a == b:
            return Relation.SAME
        ours, theirs = self.files(a), self.files(b)
        if any(path == other and held != kept for path, held in ours for other, kept in theirs):
            return Relation.FORK
        bases = [self.files(base) for base in self.git("merge-base", "--all", a, b).split()]
        if any(held in base for held in ours ^ theirs for base in bases):
            return Relation.REMOVED
        all_a, all_b = (set(self.git("rev-list", head).split()) for head in (a, b))
        twice = {held for held in ours & theirs if not any(held in base for base in bases)}
        if all_a - all_b and all_b - all_a and self.made_again(twice, all_a - all_b, all_b - all_a):
            return Relation.REWRITTEN
        if not all_a & all_b:
            return Relation.UNRELATED
        if ours == theirs:
            return Relation.SAME
        return Relation.A_AHEAD if ours > theirs else Relation.B_AHEAD if ours < theirs else Relation.DIVERGED

    def made_again(self, twice: set[tuple[str, Entry]], own_a: set[str], own_b: set[str]) -> bool:
        by_a, by_b = self.brought(own_a), self.brought(own_b)
        if any(one == other and new & old & twice for one, new in by_a.values() for other, old in by_b.values()):
            return True
        for these, those in ((by_a, by_b), (by_b, by_a)):
            there = {held for _, new in those.values() for held in new} & twice
            for _, new in these.values():
                if len(new & there) > 1 and not any(new & there <= old for _, old in those.values()):
                    return True
        return False


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Naive]:
    folder = tmp_path_factory.mktemp("world")
    return World(pygit2.init_repository(str(folder), bare=True)), Naive(folder)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(ACTS, min_size=2, max_size=16))
@example(acts=[("add", 0, 0, 1), ("add", 1, 0, 1)])  # both record the same
@example(acts=[("add", 0, 0, 1), ("clone", 0, 1, 0), ("squash", 0, 0, 0)])
@example(acts=[("add", 0, 0, 1), ("add", 0, 0, 2), ("clone", 0, 1, 0), ("squash", 0, 0, 1)])
@example(acts=[("add", 0, 0, 1), ("add", 1, 0, 2), ("clone", 0, 2, 0), ("rebase", 0, 1, 0), ("add", 2, 0, 3)])
@example(acts=[("add", 0, 0, 1), ("add", 1, 0, 2), ("merge", 0, 1, 0), ("merge", 1, 0, 0)])  # each merges the other
@example(acts=[("add", 0, 0, 1), ("clone", 0, 1, 0), ("add", 1, 0, 2), ("remove", 0, 0, 1)])
@example(acts=[("add otherwise", 0, 0, 1), ("add otherwise", 1, 0, 1)])
@example(acts=[("add", 0, 0, 1), ("begin anew", 1, 0, 0)])
def test_a_comparison_is_what_a_naive_reading_of_gits_listings_says(
    world: tuple[World, Naive], acts: list[tuple[str, int, int, int]]
) -> None:
    made, naive = world
    made.clock = 0
    made.heads = [made.commit({PATHS[0]: "the first"}, [])] * BRANCHES
    for act in acts:
        made.do(act)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        one, other = made.heads[first], made.heads[second]
        found = compare_copies(copy(made, one), copy(made, other))
        event(found.relation.value)
        assert found.relation == naive.relation(one, other)
        assert compare_copies(copy(made, other), copy(made, one)) == found.mirrored
        assert bool(found.proofs) == found.relation.false


def copy(made: World, head: str) -> Copy:
    commits = Commits(made.git, head)
    return Copy(state=commits.state(head), commits=commits, tree_id=str)

"""Two copies of an archive, or what was kept of one, compared (``spec/history.md``, "Comparing").

What both hold decides; commits only show what contradicts: that something was changed, taken away or made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from openletter.api.holdings import Holdings
from openletter.api.reading import Reading
from openletter.archive.comparing import NOTHING, Commits, FolderState, Held, State, differences, digest_of, holds
from openletter.records.kept import KeptCheckpoint

MAX_PROOFS: Final = 20
"""How many proofs are looked up and told; the others are counted."""
MAX_BASES: Final = 10_000
"""In how many of the newest commits that both hold it is looked up what was taken away."""


class Relation(StrEnum):
    """How two copies stand to each other."""

    SAME = "same"
    A_AHEAD = "a-ahead"
    B_AHEAD = "b-ahead"
    DIVERGED = "diverged"
    FORK = "fork"
    REMOVED = "removed"
    REWRITTEN = "rewritten"
    UNRELATED = "unrelated"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"

    @property
    def false(self) -> bool:
        """Does one contradict the other?"""
        return self in _FALSE

    @property
    def mirrored(self) -> Relation:
        """The same, seen from the other side."""
        return {Relation.A_AHEAD: Relation.B_AHEAD, Relation.B_AHEAD: Relation.A_AHEAD}.get(self, self)


_FALSE: Final = frozenset({Relation.FORK, Relation.REMOVED, Relation.REWRITTEN, Relation.UNRELATED, Relation.MISMATCH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What one side shows: the digest of what it holds (``sha256:`` and hex), the commit that did it, a tree id."""

    digest: str | None = None
    commit: str | None = None
    tree: str | None = None
    holds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One contradiction; `kind` names the step, `path` the file, `a` and `b` what each side shows.

    ``two-contents``: each holds another content, and a commit brought it. ``taken-away``: the side that holds nothing
    has taken it away by its commit, where that was found. ``made-again``: a commit of either brought it, in one act.
    ``joined``: so, where one of the two brought together what came by several in the other. ``absent``: the side with
    `holds` false has a complete history without the commit of the other. ``other-tree``: one commit, two trees.
    ``no-commit``: no commit is in both.
    """

    kind: str
    path: str | None = None
    a: Trace = field(default_factory=Trace)
    b: Trace = field(default_factory=Trace)

    @property
    def mirrored(self) -> Proof:
        """The same, seen from the other side."""
        return replace(self, a=self.b, b=self.a)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideReport:
    """One side: what it is, its newest commit, how many there are, and what it alone holds.

    `what` is ``git``, ``folder`` or ``kept``. `complete` is `None` where there is no history.
    """

    what: str
    commit: str | None
    commits: int | None
    complete: bool | None
    date: str | None
    only: Holdings


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two copies stand to each other, and what shows it.

    `content` and `history` say what could be compared. `parted` says that each is known to have commits of its own, and
    `cut` that there were more than `MAX_BASES` bases. `twice` counts the files that both hold alike and that came by
    one commit in the one and by another in the other.
    """

    relation: Relation
    a: SideReport
    b: SideReport
    proofs: tuple[Proof, ...] = ()
    more_proofs: int = 0
    content: bool = True
    history: bool = True
    twice: int = 0
    parted: bool = False
    cut: bool = False

    @property
    def mirrored(self) -> Comparison:
        """The same, seen from the other side."""
        return replace(
            self,
            relation=self.relation.mirrored,
            a=self.b,
            b=self.a,
            proofs=tuple(proof.mirrored for proof in self.proofs),
        )


TreeId = Callable[[str], str]
"""Gives the SHA-256 tree id of a commit, in hex; of a plain folder, whatever it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of an archive: its newest state, and where it is a git repository its commits and their tree ids."""

    state: State
    commits: Commits | None
    tree_id: TreeId

    def at(self, commit: str) -> Copy:
        """The same repository as it was at an older commit."""
        assert self.commits is not None  # noqa: S101  # only a git repository has one
        return replace(self, state=self.commits.state(commit), commits=self.commits.at(commit))


class Comparing(Reading):
    """Archives compared."""

    def copy(self) -> Copy:
        """What is compared of this archive: its newest state, and its history."""
        if self._repository is None:
            state = FolderState(self._folder)
            return Copy(state=state, commits=None, tree_id=lambda _: state.tree_id())
        commits = self._repository.commits()
        return Copy(state=commits.state(commits.head), commits=commits, tree_id=self._repository.tree_id)


def compare(a: Comparing | KeptCheckpoint, b: Comparing | KeptCheckpoint) -> Comparison:
    """Compare two archives, or what was kept of one; raises `Invalid` or `StorageError` where one can't be read."""
    if isinstance(a, KeptCheckpoint):
        return compare(b, a).mirrored if isinstance(b, Comparing) else _two_kept(a, b)
    if isinstance(b, KeptCheckpoint):
        return _with_kept(a.copy(), b)
    return compare_copies(a.copy(), b.copy())


# --- two copies ---


def compare_copies(a: Copy, b: Copy) -> Comparison:
    """Compare two copies (``spec/history.md``, "Two archives")."""
    found = _Found(a, b)
    # Step 1: one commit, one state.
    if a.commits is not None and b.commits is not None and a.commits.head == b.commits.head:
        whole = a.commits.reach.complete and b.commits.reach.complete
        return replace(found.comparison(Relation.SAME), history=whole)
    # Step 2: one path, two contents.
    conflicts = []
    for difference in differences(a.state, b.state):
        if difference.ours is not None and difference.theirs is not None:
            conflicts.append((difference.path, difference.ours, difference.theirs))
        elif difference.ours is not None:
            found.only_a[difference.path] = difference.ours
        elif difference.theirs is not None:
            found.only_b[difference.path] = difference.theirs
    if conflicts:
        return found.comparison(
            Relation.FORK, _forks(a, b, conflicts[:MAX_PROOFS]), max(0, len(conflicts) - MAX_PROOFS)
        )
    if a.commits is None or b.commits is None:
        return replace(found.comparison(found.by_content()), history=False)
    return _by_commits(found, a.commits, b.commits)


def _by_commits(found: _Found, a: Commits, b: Commits) -> Comparison:
    ours, theirs = a.reach, b.reach
    common = ours.parents.keys() & theirs.parents.keys()
    newest = _bases(common, a)
    cut = len(newest) > MAX_BASES
    bases: list[State] = [a.state(commit) for commit in newest[:MAX_BASES]]
    # In the order of the walk, so that a folder that stays the same is read once.
    own_a, own_b = ([commit for commit in side.parents if commit not in common] for side in (ours, theirs))
    parted = bool(own_a and own_b)
    # Step 3: what a commit of both held, and one has no more.
    gone = sorted(
        [(path, held, False) for path, held in found.only_a.items() if any(holds(base, path, held) for base in bases)]
        + [(path, held, True) for path, held in found.only_b.items() if any(holds(base, path, held) for base in bases)]
    )
    if gone:
        first = gone[:MAX_PROOFS]
        by_a = _removed(a, b, {path: held for path, held, taken_by_a in first if taken_by_a})
        by_b = _removed(b, a, {path: held for path, held, taken_by_a in first if not taken_by_a})
        removed = tuple(by_a[path] if path in by_a else by_b[path].mirrored for path, _, _ in first)
        return replace(
            found.comparison(Relation.REMOVED, removed, len(gone) - len(first)), history=not cut, parted=parted, cut=cut
        )
    if cut or not (ours.complete and theirs.complete):
        return replace(found.comparison(found.by_content()), history=False, parted=parted, cut=cut)
    # Step 4: what both hold alike, and no commit of both brought.
    twice: dict[str, Held] = {}
    if parted:
        since = _held_by_none(bases, found.a.state)
        twice = {path: held for path, held in since if path not in found.only_a}
    proofs = tuple(_made_again(a, own_a, b, own_b, twice)) if twice else ()
    if proofs:
        told = proofs[:MAX_PROOFS]
        return replace(found.comparison(Relation.REWRITTEN, told, len(proofs) - len(told)), twice=len(twice))
    # Step 5: no commit is in both.
    if not common:
        proof = Proof(kind="no-commit", a=Trace(commit=min(ours.roots)), b=Trace(commit=min(theirs.roots)))
        return replace(found.comparison(Relation.UNRELATED, (proof,)), twice=len(twice))
    # Step 6: what each holds.
    return replace(found.comparison(found.by_content()), twice=len(twice), parted=parted)


@dataclass(slots=True)
class _Found:
    """What is found of two copies, step by step."""

    a: Copy
    b: Copy
    only_a: dict[str, Held] = field(default_factory=dict)
    only_b: dict[str, Held] = field(default_factory=dict)

    def by_content(self) -> Relation:
        if self.only_a:
            return Relation.DIVERGED if self.only_b else Relation.A_AHEAD
        return Relation.B_AHEAD if self.only_b else Relation.SAME

    def comparison(self, relation: Relation, proofs: tuple[Proof, ...] = (), more: int = 0) -> Comparison:
        return Comparison(
            relation=relation,
            a=_side(self.a, self.only_a),
            b=_side(self.b, self.only_b),
            proofs=proofs,
            more_proofs=more,
        )


def _side(copy: Copy, only: Iterable[str]) -> SideReport:
    commits = copy.commits
    return SideReport(
        what="folder" if commits is None else "git",
        commit=None if commits is None else commits.head,
        commits=None if commits is None else len(commits.reach.parents),
        complete=None if commits is None else commits.reach.complete,
        date=None,
        only=Holdings.of(only),
    )


def _kept_side(kept: KeptCheckpoint) -> SideReport:
    return SideReport(
        what="kept",
        commit=kept.commit,
        commits=len(kept.commits),
        complete=kept.complete,
        date=kept.date,
        only=Holdings.of(()),
    )


def _bases(common: Iterable[str], a: Commits) -> list[str]:
    """The newest commits that both hold: those that no other one of them descends from."""
    left = set(common)
    for commit in common:
        left.difference_update(a.reach.parents[commit])
    return sorted(left)


def _held_by_none(bases: list[State], state: State) -> Iterator[tuple[str, Held]]:
    """What a state holds and none of these does."""
    for difference in differences(state, bases[0] if bases else NOTHING):
        held = difference.ours
        if held is not None and not any(holds(base, difference.path, held) for base in bases[1:]):
            yield difference.path, held


def _forks(a: Copy, b: Copy, conflicts: list[tuple[str, Held, Held]]) -> tuple[Proof, ...]:
    brought_a = a.commits.bringers({path: held for path, held, _ in conflicts}) if a.commits is not None else {}
    brought_b = b.commits.bringers({path: held for path, _, held in conflicts}) if b.commits is not None else {}
    return tuple(
        Proof(
            kind="two-contents",
            path=path,
            a=Trace(digest=digest_of(a.state, path), commit=brought_a.get(path), holds=True),
            b=Trace(digest=digest_of(b.state, path), commit=brought_b.get(path), holds=True),
        )
        for path, _, _ in conflicts
    )


def _removed(taker: Commits, holder: Commits, gone: Mapping[str, Held]) -> dict[str, Proof]:
    """The proofs that one has taken away what the other holds, by path."""
    own = (commit for commit in taker.reach.parents if commit not in holder.reach.parents)
    removers, bringers, state = taker.removers(gone, own), holder.bringers(gone), holder.state(holder.head)
    return {
        path: Proof(
            kind="taken-away",
            path=path,
            a=Trace(commit=removers.get(path)),
            b=Trace(digest=digest_of(state, path), commit=bringers[path], holds=True),
        )
        for path in gone
    }


def _made_again(
    a: Commits, own_a: Iterable[str], b: Commits, own_b: Iterable[str], twice: Mapping[str, Held]
) -> Iterator[Proof]:
    """The files that came by one act in one history and by the same act, made into another commit, in the other."""
    acts_a, acts_b = _acts(a, own_a, twice), _acts(b, own_b, twice)
    by_a, by_b = _by_path(acts_a), _by_path(acts_b)
    joined: dict[str, set[tuple[str, str]]] = {}
    for path, (one, other) in _joined(acts_a, by_b):
        joined.setdefault(path, set()).add((one, other))
    for path, (one, other) in _joined(acts_b, by_a):
        joined.setdefault(path, set()).add((other, one))
    for path in sorted(by_a.keys() & by_b.keys()):
        # Step 4a: the same act, told by the line of its author. Step 4b: several acts made one.
        again = {
            (one, other) for one in by_a[path] for other in by_b[path] if a.author(one) == b.author(other) is not None
        }
        if pairs := again or joined.get(path):
            one, other = min(pairs, key=sorted)
            kind = "made-again" if again else "joined"
            yield Proof(kind=kind, path=path, a=Trace(commit=one), b=Trace(commit=other))


def _acts(commits: Commits, own: Iterable[str], wanted: Mapping[str, Held]) -> dict[str, set[str]]:
    """What each of these commits brought of the files wanted."""
    found = ((commit, {p for p, held in commits.brought(commit) if wanted.get(p) == held}) for commit in own)
    return {commit: paths for commit, paths in found if paths}


def _by_path(acts: Mapping[str, set[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for commit, paths in acts.items():
        for path in paths:
            found.setdefault(path, set()).add(commit)
    return found


def _joined(acts: Mapping[str, set[str]], others: Mapping[str, set[str]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The files of commits that brought what no single commit of the other history brought together."""
    for commit, paths in sorted(acts.items()):
        theirs = [others[path] for path in sorted(paths) if path in others]
        if len(theirs) > 1 and not set.intersection(*theirs):
            yield from ((path, (commit, min(others[path]))) for path in sorted(paths & others.keys()))


# --- what was kept ---


def _with_kept(a: Copy, kept: KeptCheckpoint) -> Comparison:  # noqa: PLR0911  # one for each step
    """Compare a copy with what was kept of one (``spec/history.md``, "An archive and a kept checkpoint")."""
    found = _Found(a, a)

    def answer(relation: Relation, *proofs: Proof, content: bool = True, history: bool = True) -> Comparison:
        return replace(found.comparison(relation, proofs), b=_kept_side(kept), content=content, history=history)

    if a.commits is None:
        # A folder without git shows one thing: whether it is what was kept.
        alike = a.tree_id("") == kept.tree
        return answer(Relation.SAME if alike else Relation.UNKNOWN, content=alike, history=False)
    reach = a.commits.reach
    # Step 1: its commit is here, with the tree that was kept, and nothing of it was changed or taken away since.
    if kept.commit in reach.parents:
        if (tree := a.tree_id(kept.commit)) != kept.tree:
            here = Trace(commit=kept.commit, tree=tree, holds=True)
            there = Trace(commit=kept.commit, tree=kept.tree, holds=True)
            return answer(Relation.MISMATCH, Proof(kind="other-tree", a=here, b=there))
        return replace(compare_copies(a, a.at(kept.commit)), b=_kept_side(kept))
    # Step 2: the newest commit here was known when it was kept.
    if a.commits.head in kept.commits:
        return answer(Relation.B_AHEAD, content=False)
    # Step 3: a history that isn't whole, or a list that isn't, says no more.
    known = not reach.parents.keys().isdisjoint(kept.commits)
    if not reach.complete or not (kept.complete or known or reach.parents.keys().isdisjoint(kept.roots)):
        return answer(Relation.UNKNOWN, content=False, history=False)
    # Step 4: no beginning in common.
    if reach.parents.keys().isdisjoint(kept.roots):
        proof = Proof(kind="no-commit", a=Trace(commit=min(reach.roots)), b=Trace(commit=kept.roots[0]))
        return answer(Relation.UNRELATED, proof, content=False)
    # Step 5: a complete history without a commit that was seen.
    here = Trace(commit=a.commits.head, tree=a.tree_id(a.commits.head))
    proof = Proof(kind="absent", a=here, b=Trace(commit=kept.commit, tree=kept.tree, holds=True))
    return answer(Relation.REWRITTEN, proof, content=False)


def _two_kept(a: KeptCheckpoint, b: KeptCheckpoint) -> Comparison:  # noqa: PLR0911  # one for each step
    """Compare what was kept at two times, or by two people (``spec/history.md``, "Two kept checkpoints")."""

    def answer(relation: Relation, *proofs: Proof, content: bool = False, history: bool = True) -> Comparison:
        return Comparison(
            relation=relation, a=_kept_side(a), b=_kept_side(b), proofs=proofs, content=content, history=history
        )

    # Step 1: one commit has one tree.
    if a.commit == b.commit:
        if a.tree == b.tree:
            return answer(Relation.SAME, content=True)
        here, there = (Trace(commit=kept.commit, tree=kept.tree, holds=True) for kept in (a, b))
        return answer(Relation.MISMATCH, Proof(kind="other-tree", a=here, b=there))
    # Step 2: one was known when the other was kept.
    if b.commit in a.commits:
        return answer(Relation.A_AHEAD)
    if a.commit in b.commits:
        return answer(Relation.B_AHEAD)
    # Step 3: no beginning in common.
    if set(a.roots).isdisjoint(b.roots):
        return answer(
            Relation.UNRELATED, Proof(kind="no-commit", a=Trace(commit=a.roots[0]), b=Trace(commit=b.roots[0]))
        )
    # Step 4: a list that was cut may lack an older commit.
    if not (a.complete and b.complete) and set(a.commits).isdisjoint(b.commits):
        return answer(Relation.UNKNOWN, history=False)
    # Step 5: each was kept of a history that lacked the other's commit.
    return answer(Relation.DIVERGED)

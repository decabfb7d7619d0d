"""An archive beside what its reader saw of it before (``spec/history.md``, "Memory").

Reading the memory or writing it never makes a verification fail: what went wrong there is told in the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from openletter.api.comparing import MAX_PROOFS, Comparing, Copy, Proof, Relation, Trace, compare_copies
from openletter.archive.comparing import Commits, digest_of, losses
from openletter.errors import OpenletterError
from openletter.pins import memory
from openletter.pins.memory import Memory

MAX_COMMITS: Final = 1_000_000
"""How many commits are looked at to find what was seen before."""


MAX_ROOTS: Final = 100
"""For how many of its roots a history is remembered."""


class Past(StrEnum):
    """How an archive stands to what was seen of it before."""

    FIRST = "first"
    KEPT = "kept"
    OLDER = "older"
    ASIDE = "aside"
    CHANGED = "changed"
    UNKNOWN = "unknown"
    UNUSABLE = "unusable"


_WEIGHT: Final = (Past.KEPT, Past.UNKNOWN, Past.OLDER, Past.ASIDE, Past.CHANGED)
"""Of several answers the later one of these is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """How an archive stands to what was seen of it before: on a `day`, at a `commit`.

    ``first``: nothing was seen. ``kept``: all that was seen is still here. ``older``: this was known when that was
    seen. ``aside``: this history doesn't hold that commit. ``changed``: it contradicts, with `proofs`, in which `a` is
    what is here and `b` what was seen. ``unknown``: this is no whole history. ``unusable``: `problem` says why, as it
    does where nothing could be remembered. `file` is where it is remembered.
    """

    past: Past
    day: str | None = None
    commit: str | None = None
    proofs: tuple[Proof, ...] = ()
    more_proofs: int = 0
    file: Path | None = None
    problem: str | None = None


def remembered(archive: Comparing, folder: Path, today: str, *, whole: bool, sound: bool) -> Remembered:
    """Hold an archive against what was seen of it before, and remember what is seen today (ISO 8601), in `folder`.

    `whole` says that the whole archive was judged: then its SHA-256 tree id is remembered as well. What isn't `sound`
    is not remembered, nor is what is older, aside or changed.
    """
    copy = archive.copy()
    if copy.commits is None:
        return Remembered(past=Past.UNKNOWN)
    try:
        return _Looking(copy, copy.commits, folder, today, whole=whole, sound=sound).answer()
    except OpenletterError as error:
        return Remembered(past=Past.UNUSABLE, problem=_problem(error))


@dataclass(slots=True)
class _Known:
    """The commits that need not be looked at: those of each memory whose last commit was met."""

    folder: Path
    newest: Mapping[str, str]
    met: dict[str, Memory] = field(default_factory=dict)
    commits: set[str] = field(default_factory=set)

    def __contains__(self, commit: object) -> bool:
        root = self.newest.get(commit) if isinstance(commit, str) else None
        if root is not None and root not in self.met:
            found = memory.recall(self.folder, root)
            # Another process may have remembered a newer commit meanwhile, that isn't met here.
            if found is not None and found.commit == commit:
                self.met[root] = found
                self.commits.update(found.known)
        return commit in self.commits


class _Looking:
    def __init__(self, copy: Copy, commits: Commits, folder: Path, today: str, *, whole: bool, sound: bool) -> None:
        self._copy = copy
        self._commits = commits
        self._folder = folder
        self._today = today
        self._whole = whole
        self._sound = sound

    def answer(self) -> Remembered:
        known = _Known(self._folder, memory.newest(self._folder))
        reach = self._commits.reach_from(self._commits.head, known, MAX_COMMITS)
        # Step 1: what was seen last is here, and what came since lies on top of it.
        found = [(self._since(seen, tuple(reach.parents)), seen) for _, seen in sorted(known.met.items())]
        # Step 2: its roots say which archive it is, where that wasn't met.
        for root in sorted(reach.roots):
            if root in known.met or (seen := memory.recall(self._folder, root)) is None:
                continue
            if seen.commit in reach.parents:
                found.append((self._since(seen, tuple(reach.parents)), seen))
            else:
                found.append((self._not_met(seen, complete=reach.complete), seen))
        # A history that joins several archives is the worst that it is to any of them.
        answer = max((one for one, _ in found), key=lambda one: _WEIGHT.index(one.past), default=None)
        if answer is None:
            answer = Remembered(past=Past.FIRST if reach.complete and reach.roots else Past.UNKNOWN)
        # It is remembered for each of them: whoever serves one of these alone later is held to what was seen here.
        problems: list[str] = []
        for seen in (seen for _, seen in found):
            problems += self._keep(answer, seen.root, (*reach.parents, *seen.known), seen)
        for root in sorted(reach.roots - {seen.root for _, seen in found})[:MAX_ROOTS] if reach.complete else ():
            problems += self._keep(answer, root, tuple(reach.parents), None)
        return replace(answer, problem=problems[0]) if problems else answer

    def _not_met(self, seen: Memory, *, complete: bool) -> Remembered:
        # Step 3: this was known when that was seen.
        if self._commits.head in seen.known:
            return self._told(Past.OLDER, seen)
        if not complete:
            return self._told(Past.UNKNOWN, seen)
        # Step 4: what was seen is in no commit here.
        return self._aside(seen)

    def _told(self, past: Past, seen: Memory, proofs: tuple[Proof, ...] = (), more: int = 0) -> Remembered:
        file = memory.place(self._folder, seen.root)
        return Remembered(past=past, day=seen.day, commit=seen.commit, proofs=proofs, more_proofs=more, file=file)

    def _since(self, seen: Memory, new: tuple[str, ...]) -> Remembered:
        """What was seen is in this history: it must all be here still, unchanged."""
        if not self._commits.has(seen.commit):
            return self._told(Past.UNKNOWN, seen)
        then = self._commits.state(seen.commit)
        lost = [
            (found.path, found.ours, found.theirs)
            for found in losses(self._commits.state(self._commits.head), then)
            if found.theirs is not None
        ]
        if lost:
            told = lost[:MAX_PROOFS]
            by = self._commits.removers({path: held for path, _, held in told}, new)
            now = self._commits.state(self._commits.head)
            proofs = tuple(
                Proof(
                    kind="taken-away" if here is None else "two-contents",
                    path=path,
                    a=Trace(
                        digest=digest_of(now, path) if here is not None else None,
                        commit=by.get(path),
                        holds=here is not None,
                    ),
                    b=Trace(digest=digest_of(then, path), commit=seen.commit, holds=True),
                )
                for path, here, _ in told
            )
            return self._told(Past.CHANGED, seen, proofs, len(lost) - len(told))
        if self._whole and seen.tree is not None and (tree := self._copy.tree_id(seen.commit)) != seen.tree:
            ours, theirs = (Trace(commit=seen.commit, tree=one, holds=True) for one in (tree, seen.tree))
            return self._told(Past.CHANGED, seen, (Proof(kind="other-tree", a=ours, b=theirs),))
        return self._told(Past.KEPT, seen)

    def _aside(self, seen: Memory) -> Remembered:
        """What was seen is in no commit that this history holds; git may have its objects still."""
        if self._commits.has(seen.commit):
            found = compare_copies(self._copy, self._copy.at(seen.commit))
            if found.relation in {Relation.FORK, Relation.REMOVED}:
                return self._told(Past.CHANGED, seen, found.proofs, found.more_proofs)
        return self._told(Past.ASIDE, seen)

    def _keep(self, answer: Remembered, root: str, known: tuple[str, ...], before: Memory | None) -> list[str]:
        """Remember what is seen now, where it is what it should be; what hindered that."""
        if answer.past not in {Past.FIRST, Past.KEPT}:
            return []
        head = self._commits.head
        tree = before.tree if before is not None and before.commit == head else None
        today = before is not None and (before.commit, before.day) == (head, self._today)
        if not self._sound or (today and (tree is not None or not self._whole)):
            return []
        try:
            if self._whole and tree is None:
                tree = self._copy.tree_id(head)
            now = Memory(root=root, day=self._today, commit=head, tree=tree, known=known)
            memory.remember(self._folder, now, before)
        except OpenletterError as error:
            return [_problem(error)]
        return []


def _problem(error: OpenletterError) -> str:
    return f"{error}; {error.hint}" if error.hint else str(error)

"""Commits, read from their bytes, and what came with them (``spec/history.md``; ``spec/archive.md``, "Reading").

git's library takes a commit of a shallow clone for one without parents where a file of the git folder says so: whoever
must know what a history begins with reads it here.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

import pygit2
from pygit2.enums import ObjectType, SortMode

from openletter.archive.objects import Objects
from openletter.archive.tree import text_of
from openletter.errors import ActRefused, ForeignPath
from openletter.records.kept import MAX_COMMITS, MAX_ROOTS, KeptCheckpoint

# Git reads digits of an id in upper case too: what isn't in this form might have parents that aren't seen here.
_COMMIT: Final = re.compile(rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)author ")
_PARENT_LINE: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A commit as its bytes say: its id, its tree's, and those of its parents; in hex."""

    commit: str
    tree: str
    parents: tuple[str, ...]


def link_of(objects: Objects, commit: str) -> Link:
    """Read a commit; raises `ForeignPath`, `TooLarge`, and `KeyError` where it isn't there."""
    where = f"commit {commit}"
    data = objects.read(pygit2.Oid(hex=commit), ObjectType.COMMIT, where)
    found = _COMMIT.match(data)
    if found is None:
        raise ForeignPath("its bytes are not those of a git commit", path=where)
    parents = found[2]
    return Link(
        commit=commit,
        tree=found[1].decode(),
        parents=tuple(parents[at + 7 : at + 47].decode() for at in range(0, len(parents), _PARENT_LINE)),
    )


class Walk:
    """The commits from one back to the roots, each once, the newest first as far as one walk can tell.

    `complete` is false once a commit was missing, as the parent of a shallow clone's oldest one is.
    """

    def __init__(self, repository: pygit2.Repository, head: pygit2.Oid) -> None:
        self._objects = Objects(repository)
        self._head = str(head)
        self.complete = True

    def __iter__(self) -> Iterator[Link]:
        seen = {self._head}
        waiting = deque(seen)
        while waiting:
            commit = waiting.popleft()
            try:
                link = link_of(self._objects, commit)
            except KeyError:
                self.complete = False
                continue
            yield link
            new = [parent for parent in dict.fromkeys(link.parents) if parent not in seen]
            seen.update(new)
            waiting.extend(new)


def keep(repository: pygit2.Repository, head: pygit2.Oid, tree: str, date: str) -> KeptCheckpoint:
    """A reader's own copy of what an archive is at a commit; `tree` is its SHA-256 tree id."""
    walk = Walk(repository, head)
    links = {link.commit: link for link in walk}
    if not walk.complete:
        raise ActRefused(
            "the oldest commits are not in this copy, so what it begins with isn't known",
            path=repository.path,
            hint="get the whole history, with: git fetch --unshallow",
        )
    roots = sorted(link.commit for link in links.values() if not link.parents)
    if len(roots) > MAX_ROOTS:
        raise ActRefused(f"this history begins with {len(roots)} commits, and at most {MAX_ROOTS} can be kept")
    commits = _in_order(links, str(head))[:MAX_COMMITS]
    return KeptCheckpoint(date=date, commit=str(head), tree=tree, roots=tuple(roots), commits=tuple(commits))


def _in_order(links: dict[str, Link], head: str) -> list[str]:
    """The ids of a complete history, none before one that descends from it."""
    children = dict.fromkeys(links, 0)
    for link in links.values():
        for parent in dict.fromkeys(link.parents):
            children[parent] += 1
    ready = deque([head])
    found: list[str] = []
    while ready:
        commit = ready.popleft()
        found.append(commit)
        for parent in dict.fromkeys(links[commit].parents):
            children[parent] -= 1
            if not children[parent]:
                ready.append(parent)
    return found


# --- what came into a folder ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A commit that brought files into a folder: what the archive says about when and by whom."""

    commit: str
    when: datetime | None
    committer: str
    names: tuple[str, ...]


def arrivals(repository: pygit2.Repository, head: pygit2.Oid, path: str) -> list[Arrival]:
    """The commits that brought files into a folder, oldest first."""
    found: list[Arrival] = []
    objects = Objects(repository)
    for _ in Walk(repository, head):
        pass  # kind and size of every commit are looked at, before git's library reads them all
    for commit in repository.walk(head, SortMode.TOPOLOGICAL | SortMode.REVERSE):
        names = _names(objects, commit, path)
        before = [_names(objects, parent, path) for parent in _parents(repository, commit)]
        new = {n: oid for n, oid in names.items() if all(old.get(n) != oid for old in before)}
        if new:
            found.append(
                Arrival(
                    commit=str(commit.id),
                    when=_when(commit),
                    committer=text_of(commit.committer.raw_name),
                    names=tuple(sorted(new)),
                )
            )
    return found


def _parents(repository: pygit2.Repository, commit: pygit2.Commit) -> Iterator[pygit2.Commit]:
    for oid in commit.parent_ids:
        # The parent of a shallow clone's oldest commit isn't there.
        with suppress(KeyError):
            yield repository[oid].peel(pygit2.Commit)


def _names(objects: Objects, commit: pygit2.Commit, path: str) -> dict[str, pygit2.Oid]:
    objects.check(commit.tree_id, ObjectType.TREE, "")
    tree: pygit2.Object = commit.tree
    at = ""
    for part in path.split("/"):
        if not isinstance(tree, pygit2.Tree) or part not in tree or tree[part].type != ObjectType.TREE:
            return {}
        at = f"{at}/{part}".lstrip("/")
        objects.check(tree[part].id, ObjectType.TREE, at)
        tree = tree[part]
    return {text_of(entry.raw_name): entry.id for entry in tree} if isinstance(tree, pygit2.Tree) else {}


def told(repository: pygit2.Repository, commit: str) -> tuple[datetime | None, str]:
    """When a commit says that it was made, and by whom."""
    Objects(repository).check(oid := pygit2.Oid(hex=commit), ObjectType.COMMIT, commit)
    found = repository[oid].peel(pygit2.Commit)
    return _when(found), text_of(found.committer.raw_name)


def _when(commit: pygit2.Commit) -> datetime | None:
    """When a commit says it was made; `None` where it says nothing that a calendar has."""
    try:
        return datetime.fromtimestamp(commit.commit_time, timezone(timedelta(minutes=commit.commit_time_offset)))
    except (OverflowError, ValueError, OSError):
        return None

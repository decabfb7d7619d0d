"""What an archive says of a checkpoint: whether its commit is there, and what that held (``spec/history.md``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias

import pygit2
from pygit2.enums import FileMode, ObjectType

from openletter.archive.history import Walk
from openletter.archive.objects import Objects
from openletter.archive.tree import GitTree, storage
from openletter.archive.tree_ids import PARTS, TreeIds
from openletter.errors import ForeignPath, StorageError, TooLarge
from openletter.records.sighting import Sighting, State

Claim: TypeAlias = tuple[str, str]
"""What a checkpoint claims: the id of a commit, and the SHA-256 tree id, both in hex."""

# The paths of interest as a tree: a name leads to a folder, or to the id of the file that HEAD has there.
_Interest: TypeAlias = "dict[str, _Interest | pygit2.Oid]"
_NONE: Final[frozenset[str]] = frozenset()


def sightings(
    repository: pygit2.Repository,
    head: pygit2.Oid,
    tree_ids: TreeIds,
    claims: Iterable[Claim],
    interest: Collection[str] = (),
) -> Mapping[Claim, Sighting]:
    """Look for commits in the history of `head`: one walk, and the trees of those that were found."""
    claims = list(dict.fromkeys(claims))
    wanted = {commit for commit, _ in claims}
    trees: dict[str, str] = {}
    walk = Walk(repository, head)
    for link in walk if wanted else ():
        if link.commit in wanted:
            trees[link.commit] = link.tree
            if len(trees) == len(wanted):
                break
    missing = Sighting(state=State.ABSENT if walk.complete else State.UNKNOWN)
    holding = _Holding(repository, GitTree(repository, head), interest)
    found = {commit: _tree_id(tree_ids, commit) for commit in trees}
    return {
        (commit, tree): missing if commit not in trees else _sighting(holding, commit, tree, found[commit])
        for commit, tree in claims
    }


def _tree_id(tree_ids: TreeIds, commit: str) -> str | State:
    try:
        return tree_ids.of(pygit2.Oid(hex=commit))
    except ForeignPath:
        return State.DIFFERS  # such a commit has no tree id, whatever was claimed
    except (TooLarge, StorageError):
        return State.UNKNOWN


def _sighting(holding: _Holding, commit: str, claimed: str, found: str | State) -> Sighting:
    if isinstance(found, State):
        return Sighting(state=found)
    if found != claimed:
        return Sighting(state=State.DIFFERS)
    return Sighting(state=State.MATCHES, holds=holding.of(commit))


class _Holding:
    """Which paths of interest a commit has as `HEAD` has them. Folders that many commits share are looked at once.

    Only of commits that have a tree id: their trees are what git's library takes them for.
    """

    def __init__(self, repository: pygit2.Repository, head: GitTree, interest: Collection[str]) -> None:
        self._git = repository
        self._objects = Objects(repository)
        self._seen: dict[tuple[str, bytes], frozenset[str]] = {}
        self._interest: _Interest = {}
        for path in sorted(interest):  # a folder after the other, each read once
            if (oid := head.file(path)) is not None:
                *folders, name = path.split("/")
                place = self._interest
                for folder in folders:
                    inner = place.setdefault(folder, {})
                    assert isinstance(inner, dict)  # noqa: S101  # HEAD has a folder there
                    place = inner
                place[name] = oid

    def of(self, commit: str) -> frozenset[str]:
        with storage(f"commit {commit}"):
            root = GitTree(self._git, pygit2.Oid(hex=commit))
            return _NONE.union(
                *(self._in(part, root.folder(part), inner) for part in PARTS if (inner := self._interest.get(part)))
            )

    def _in(self, path: str, tree: bytes | None, interest: _Interest | pygit2.Oid) -> frozenset[str]:
        if tree is None or not isinstance(interest, dict):
            return _NONE
        if (path, tree) not in self._seen:
            oid = pygit2.Oid(raw=tree)
            self._objects.check(oid, ObjectType.TREE, path)
            folder = self._git[oid]
            assert isinstance(folder, pygit2.Tree)  # noqa: S101  # it was checked
            held: set[str] = set()
            for name, inner in interest.items():
                if name not in folder:
                    continue
                entry, where = folder[name], f"{path}/{name}"
                if isinstance(inner, dict):
                    if entry.filemode == FileMode.TREE:
                        held |= self._in(where, entry.id.raw, inner)
                elif entry.filemode == FileMode.BLOB and entry.id == inner:
                    held.add(where)
            self._seen[path, tree] = frozenset(held)
        return self._seen[path, tree]

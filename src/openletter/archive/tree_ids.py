"""SHA-256 ids of an archive's trees, as stock git computes them (``spec/history.md``, "Tree ids").

They are computed from the bytes of the objects, so git's own SHA-1 carries no weight: not but in the cache, which holds
what was computed on this machine before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

import pygit2
from pygit2.enums import ObjectType

from openletter.archive.layout import MAX_ENTRIES, MAX_FOLDER, MAX_STATE, MAX_STATE_ENTRIES
from openletter.archive.objects import Objects
from openletter.archive.tree import GitTree, storage, text_of
from openletter.archive.tree_cache import TreeCache
from openletter.errors import ForeignPath, TooLarge
from openletter.records.trees import FOLDER, blob_id, entry, tree_id

PARTS: Final = ("archive", "keys")
"""The entries that an archive consists of, in git's order."""
_MOST_ENTRIES: Final = 20 * MAX_STATE_ENTRIES
"""The most entries of trees that are hashed: those of one state, and of many older ones that differ from it little."""
_DEEPEST: Final = 100
"""The most folders that may lie one in another."""
_MANY: Final = 100
"""In a folder of more entries the ids of files are kept too: an organization's checkpoints all lie in one."""
_Tree = Callable[[bytes, str, int], bytes]
"""The SHA-256 id of a folder, by git's id of it, its path and its depth."""
# Modes as git writes them. A submodule is another repository's commit: it has no SHA-256 id here.
_ENTRY: Final = re.compile(rb"(100644|100755|120000|40000) ([^\0/]+)\0(.{20})", re.DOTALL)


class TreeIds:
    """Computes tree ids of a repository's commits. What one of these reads is limited, for all commits together."""

    def __init__(self, repository: pygit2.Repository, cache: TreeCache) -> None:
        self._git = repository
        self._objects = Objects(repository)
        self._cache = cache
        self._files: dict[bytes, bytes] = {}
        self._entries = 0
        self._bytes = 0

    def of(self, commit: pygit2.Oid) -> str:
        """The SHA-256 tree id, 64 hex digits, of the entries ``archive`` and ``keys`` of a commit.

        Raises `ForeignPath` where something has no such id, `TooLarge` where a limit of the spec is passed,
        `StorageError` where an object is missing.
        """
        with storage(str(commit)):
            return tree_id(self._root(commit, self._tree)).hex()

    def proof(self, commit: pygit2.Oid, folders: Iterable[str]) -> list[bytes]:
        """The bodies of the trees, by SHA-256 ids, from the tree id of a commit down to these folders, where they are.

        Raises what `of` raises.
        """
        bodies: list[bytes] = []
        names = [folder.split("/") for folder in folders]
        wanted = {"/".join(parts[:depth]) for parts in names for depth in range(1, len(parts) + 1)}

        def tree(oid: bytes, path: str, depth: int) -> bytes:
            if path in wanted:
                bodies.append(self._body(oid, path, depth, tree))
                return tree_id(bodies[-1])
            return self._tree(oid, path, depth)

        with storage(str(commit)):
            bodies.append(self._root(commit, tree))
        return bodies

    def _root(self, commit: pygit2.Oid, tree: _Tree) -> bytes:
        root = GitTree(self._git, commit)
        found = ((name, root.folder(name)) for name in PARTS)
        return b"".join(
            entry(FOLDER, name.encode(), tree(folder, name, 1)) for name, folder in found if folder is not None
        )

    def _tree(self, oid: bytes, path: str, depth: int) -> bytes:
        if (known := self._cache.get(oid)) is not None:
            return known
        found = tree_id(self._body(oid, path, depth, self._tree))
        self._cache.put(oid, found)
        return found

    def _body(self, oid: bytes, path: str, depth: int, tree: _Tree) -> bytes:
        if depth > _DEEPEST:
            raise TooLarge(f"more than {_DEEPEST} folders lie one in another", path=path)
        entries = _parse(self._objects.read(pygit2.Oid(raw=oid), ObjectType.TREE, path), path)
        self._entries += len(entries)
        if self._entries > _MOST_ENTRIES:
            raise TooLarge(f"more than {_MOST_ENTRIES} entries of folders are to be read for tree ids", path=path)
        many = len(entries) > _MANY
        body: list[bytes] = []
        for mode, name, inner in entries:
            where = f"{path}/{text_of(name)}"
            found = tree(inner, where, depth + 1) if mode == FOLDER else self._file(inner, where, many)
            body.append(entry(mode, name, found))
        return b"".join(body)

    def _file(self, oid: bytes, path: str, kept: bool) -> bytes:
        if (known := self._files.get(oid) or (self._cache.get(oid) if kept else None)) is not None:
            return known
        data = self._objects.read(pygit2.Oid(raw=oid), ObjectType.BLOB, path, most=MAX_FOLDER)
        self._bytes += len(data)
        if self._bytes > MAX_STATE:
            raise TooLarge(f"the files of an archive may have {MAX_STATE} bytes together", path=path)
        found = self._files[oid] = blob_id(data)
        if kept:
            self._cache.put(oid, found)
        return found


def _parse(data: bytes, path: str) -> list[tuple[bytes, bytes, bytes]]:
    """Mode, name and id of each entry of a tree that git could have written; raises `ForeignPath` for any other."""
    entries = _ENTRY.findall(data)
    if sum(len(mode) + len(name) for mode, name, _ in entries) + 22 * len(entries) != len(data):
        raise ForeignPath(
            "this folder has an entry that is no file, no link and no folder, so there is no SHA-256 id of it",
            path=path,
        )
    if len(entries) > MAX_ENTRIES:
        raise TooLarge(f"more than {MAX_ENTRIES} entries, and no folder may have more", path=path)
    # Git sorts a folder as if its name ended in a slash.
    places = [name + b"/" if mode == FOLDER else name for mode, name, _ in entries]
    if not all(map(bytes.__lt__, places, places[1:])) or len({name for _, name, _ in entries}) != len(entries):
        raise ForeignPath("the entries of this folder are not as git orders them, each once", path=path)
    return entries

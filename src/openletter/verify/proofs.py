"""What trees that travel along show of a checkpoint, without its commit (``spec/bundle.md``, "What trees show").

A checkpoint names a tree by its SHA-256 id, and that tree its folders by theirs: whoever has these objects sees what is
in them, and what isn't. What doesn't travel is neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from openletter.records.sighting import Sighting, State
from openletter.records.trees import FILE, FOLDER, Entry, blob_id

_PARTS: Final = frozenset({b"archive", b"keys"})
_Tree = Mapping[bytes, Entry]


class Proofs:
    """Trees by their ids, held against files that travel with them. Trees that many share are looked at once."""

    def __init__(self, trees: Mapping[bytes, _Tree], files: Mapping[str, bytes]) -> None:
        self._trees = trees
        self._ids: defaultdict[str, dict[bytes, bytes]] = defaultdict(dict)
        for path, data in files.items():
            folder, _, name = path.rpartition("/")
            self._ids[folder][name.encode()] = blob_id(data)
        self._held: dict[tuple[str, bytes], frozenset[str]] = {}
        self._left_out: dict[tuple[str, bytes], frozenset[str]] = {}

    def sightings(self, claims: Iterable[str], paths: Collection[str]) -> list[Sighting]:
        """What these trees, by their ids in hex, are shown to hold of these files, and of which nothing is shown."""
        interest: defaultdict[str, list[str]] = defaultdict(list)
        for path in paths:
            interest[path.rpartition("/")[0]].append(path)
        self._held.clear()
        return [self._sighting(bytes.fromhex(claim), interest) for claim in claims]

    def _sighting(self, root: bytes, interest: Mapping[str, list[str]]) -> Sighting:
        # Step 1: the tree itself is here, and is one of an archive.
        top = self._trees.get(root)
        if top is None or not top.keys() <= _PARTS or any(entry.mode != FOLDER for entry in top.values()):
            return Sighting(state=State.UNKNOWN)
        held: set[str] = set()
        unshown: set[str] = set()
        for folder, paths in interest.items():
            # Step 2: from each tree to the next, as far as they are here.
            found = self._folder(root, folder)
            if found is None:
                continue
            tree = self._trees.get(found)
            if tree is None:
                unshown.update(paths)
                continue
            # Step 3: a plain file of the same bytes is held; in a tree that is here, any other is not.
            if (folder, found) not in self._held:
                self._held[folder, found] = frozenset(path for path in paths if self._has(tree, folder, path))
            held |= self._held[folder, found]
        return Sighting(state=State.MATCHES, holds=frozenset(held), unshown=frozenset(unshown))

    def _has(self, tree: _Tree, folder: str, path: str) -> bool:
        name = path.rpartition("/")[2].encode()
        entry = tree.get(name)
        return entry is not None and entry.mode == FILE and entry.id == self._ids[folder].get(name)

    def _folder(self, root: bytes, path: str) -> bytes | None:
        """The id of a folder's tree, or of the first on the way to it that isn't here; `None` where there is none."""
        at = root
        for name in path.encode().split(b"/"):
            tree = self._trees.get(at)
            if tree is None:
                return at
            entry = tree.get(name)
            if entry is None or entry.mode != FOLDER:
                return None
            at = entry.id
        return at

    def left_out(self, claim: str, letter: str, organizations: Collection[str]) -> Iterator[str]:
        """The paths that a tree holds and that should have travelled, but didn't, or not with these bytes.

        These are the files of the folder `letter` and of those of key records that travel, and the folders of key
        records of these organizations. A folder whose tree isn't here is left alone.
        """
        root = bytes.fromhex(claim)
        for folder in (letter, *(f"keys/{organization}" for organization in organizations)):
            found = self._folder(root, folder)
            if found is None:
                continue
            if folder not in self._ids:
                if self._shown(root, folder):
                    yield folder
            elif found in self._trees:
                if (folder, found) not in self._left_out:
                    ids = self._ids[folder]
                    self._left_out[folder, found] = frozenset(
                        f"{folder}/{name.decode('ascii', 'backslashreplace')}"
                        for name, entry in self._trees[found].items()
                        if entry.mode != FILE or ids.get(name) != entry.id
                    )
                yield from sorted(self._left_out[folder, found])

    def _shown(self, root: bytes, folder: str) -> bool:
        """Is the tree here in which a folder stands?"""
        above = self._folder(root, folder.rpartition("/")[0])
        return above is not None and above in self._trees

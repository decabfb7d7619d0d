"""`Surveying`: a whole archive looked over at once, for what is made of all of it and made again where it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openletter.api.reading import Reading
from openletter.api.stored import key_folders_for, letter_folder_of
from openletter.archive import Arrived, Wrong
from openletter.errors import Invalid, UnknownName
from openletter.records import Folder
from openletter.records.names import key_folder, letter_folder
from openletter.verify import holders_in, needed, organizations_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """A file that came in: `when` and `committer` are what the archive says of it, no evidence."""

    path: str
    commit: str
    when: datetime | None
    committer: str


class Surveying(Reading):
    """What is asked of all letters at once."""

    def commit(self) -> str | None:
        """The id of the newest commit, in hex; `None` for a plain folder."""
        return self._snapshot().commit

    def arrivals(self, since: str | None = None) -> tuple[CameIn, ...]:
        """What came in since a commit, or ever, oldest first as `history` tells it; empty for a plain folder.

        Raises `UnknownName` where the history doesn't lead to `since` in one line, so that something may be missing or
        belong between what came in before.
        """
        if self._repository is None:
            return ()
        walk = self._repository.history(since)
        found = [brought for it in walk if (brought := _brought(it)) is not None]
        if not walk.met or (since is not None and walk.merges):
            raise UnknownName(f"the newest commit does not descend from {since} in one line")
        found.reverse()
        if walk.merges:
            places = walk.places()
            found.sort(key=lambda it: places.get(it[0], -1))
        told = {commit: self._repository.told(commit) for commit, _, _ in found}
        return tuple(
            CameIn(path=f"{folder}/{name}", commit=commit, when=told[commit][0], committer=told[commit][1])
            for commit, folder, names in found
            for name in names
        )

    def letter_folder(self, letter: str) -> Folder:
        """The files of a letter, as they are in the archive; raises `UnknownName`."""
        return letter_folder_of(self._snapshot(), letter)

    def key_files(self, organization: str) -> Mapping[str, bytes]:
        """The files of an organization's key records, by name, as they are in the archive."""
        folder = self._snapshot().keys(organization)
        return {} if folder is None else folder.files

    def read_for(self, organizations: Iterable[str]) -> frozenset[str]:
        """The organizations whose key records are read to judge these, those that have none yet among them."""
        snapshot = self._snapshot()
        wanted = tuple(organizations)
        folders = key_folders_for(snapshot, wanted)
        holders = self.key_holders()
        more = (needed(organization, folder, holders) for organization, folder in folders.items())
        return frozenset(wanted).union(folders, *more)

    def key_holders(self) -> Mapping[str, set[str]]:
        """The organizations that may list a key, by the key as names of files have it; no file is read."""
        snapshot = self._snapshot()
        return holders_in({name: snapshot.key_file_names(name) for name in snapshot.organizations()})

    def states(self, letters: Iterable[str], organizations: Iterable[str]) -> Mapping[str, str]:
        """What is another wherever anything in a folder is, by the folders' paths; nothing is judged."""
        snapshot = self._snapshot()
        found: dict[str, str] = {}
        for letter in letters:
            state = snapshot.letter_state(letter)
            found[letter_folder(letter)] = state if state is not None else _state(snapshot.letter(letter))
        for organization in organizations:
            state = snapshot.keys_state(organization)
            found[key_folder(organization)] = state if state is not None else _state(snapshot.keys(organization))
        return found

    def checkpoint_folders(self) -> tuple[Folder, ...]:
        """The files of all checkpoints; what can't be read is left out."""
        try:
            return tuple(self._snapshot().checkpoints().values())
        except Invalid:
            return ()

    def involved(self, letter: str) -> tuple[str, ...]:
        """The organizations in a letter: those that it lists, and those in the names of its files."""
        return tuple(organizations_of(letter_folder_of(self._snapshot(), letter)))


def _brought(found: Wrong | Arrived) -> tuple[str, str, Sequence[str]] | None:
    """The commit, the folder and the names of what came in; another file in the place of one came in as well."""
    if isinstance(found, Arrived):
        return found.commit, found.folder, found.names
    folder, _, name = (found.error.path or "").rpartition("/")
    if found.after is None or found.after.kind != "a file" or not folder or found.after in found.before:
        return None
    return found.commit, folder, [name]


def _state(folder: Folder | None) -> str:
    """The same for a folder without git, which is read for it."""
    sums = hashlib.sha256()
    for name, data in sorted(folder.files.items()) if folder is not None else ():
        sums.update(f"{name} {len(data)}\n".encode() + data)
    for fault in folder.faults if folder is not None else ():
        sums.update(f"{fault.path} {fault.message}\n".encode())
    return sums.hexdigest()

"""`Opened`: an archive that was found, its newest state, and the way by which an act gets into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from openletter.archive import (
    Act,
    Committer,
    Recorded,
    Repository,
    Secret,
    Snapshot,
    configured_identity,
    locate,
    open_plain,
)
from openletter.errors import (
    ActRefused,
    NotAnArchive,
)


class Opened:
    """An archive that is open: a git repository, or a plain folder to read, or the `state` that a file carries."""

    def __init__(self, repository: Repository | None, folder: Path, state: Snapshot | None = None) -> None:
        self._repository = repository
        self._folder = folder
        self._state = state

    @classmethod
    def open(cls, path: str | Path, *, secret: Secret | None = None) -> Self:
        """The archive at `path`; raises `NotAnArchive`, `AttributesChanged` or `StorageError`.

        `secret` gives 32 bytes that are the user's own, when they are needed: under them what was computed of the
        history is kept in the git folder, to be believed later. Without it nothing is kept.
        """
        return cls._located(Path(path), secret, upward=False)

    @classmethod
    def find(cls, start: str | Path = ".", *, secret: Secret | None = None) -> Self:
        """The archive that holds the folder `start`, looking upward; as `open`, and raises what it raises."""
        return cls._located(Path(start), secret, upward=True)

    @classmethod
    def _located(cls, start: Path, secret: Secret | None, *, upward: bool) -> Self:
        folder, is_git = locate(start, upward=upward)
        archive = cls(Repository.open(folder, secret) if is_git else None, folder)
        archive._snapshot().check_mark()
        return archive

    @classmethod
    def init(cls, path: str | Path, committer: Committer) -> tuple[Self, Recorded | None]:
        """Make `path` an archive; the second value is `None` where it was one. Raises `ActRefused`, `StorageError`."""
        repository, recorded = Repository.create(Path(path), committer)
        return cls(repository, repository.path), recorded

    @property
    def path(self) -> Path:
        """The archive's folder."""
        return self._repository.path if self._repository is not None else self._folder

    @property
    def has_history(self) -> bool:
        """Is it a git repository? A plain folder can be read and verified, and holds no history."""
        return self._repository is not None

    def configured_identity(self) -> tuple[str | None, str | None]:
        """Name and e-mail address that git's configuration gives to a committer, each where it is set."""
        return configured_identity(self.path)

    def _snapshot(self) -> Snapshot:
        if self._state is not None:
            return self._state
        return self._repository.snapshot() if self._repository is not None else open_plain(self._folder)

    def finish(self) -> tuple[Recorded, ...]:
        """Give the work tree what acts that were interrupted left due; what was done. Recording begins with it."""
        return () if self._repository is None else tuple(self._repository.finish().values())

    def _record(self, plan: Callable[[Snapshot | None], Act | None], committer: Committer) -> Recorded | None:
        return self._recording().record(plan, committer)

    def _recording(self) -> Repository:
        """The repository to record in; raises `ActRefused` for a plain folder."""
        if self._repository is None:
            raise ActRefused(
                "this is no git repository, and only one can record",
                path=str(self._folder),
                hint="work in a clone of the archive",
            )
        return self._repository


def existing(snapshot: Snapshot | None) -> Snapshot:
    if snapshot is None:
        raise NotAnArchive("this git repository has no commit yet", hint="make it an archive with: openletter init")
    snapshot.check_mark()
    return snapshot

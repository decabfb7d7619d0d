"""What a history says of a checkpoint: what crosses from storage to verification, as a `Folder` does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How an archive's history agrees with a checkpoint."""

    MATCHES = "matches"
    """Its commit is in the history, with the tree that it says."""
    DIFFERS = "differs"
    """Its commit is in the history with another tree: its organization signed what it never saw."""
    ABSENT = "absent"
    """The history is complete, and its commit isn't there: it was rewritten, or the commit never was in it."""
    UNKNOWN = "unknown"
    """It could not be established: part of the history is not here, or a limit was passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is said of one checkpoint. `holds` are the paths of interest that its commit had as the newest one has them.

    Where the state isn't `State.MATCHES`, `holds` is empty. `unshown` are those of which it can't be told, where
    less than the commit is here (``spec/bundle.md``).
    """

    state: State
    holds: frozenset[str] = frozenset()
    unshown: frozenset[str] = frozenset()

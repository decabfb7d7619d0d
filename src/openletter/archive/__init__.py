"""Storage: archives as git repositories, and as plain folders (``spec/archive.md``)."""

from __future__ import annotations

from openletter.archive.auditing import Arrived, History, There, Wrong
from openletter.archive.carried import open_carried
from openletter.archive.committer import Committer, Identity
from openletter.archive.finding import configured_identity, locate, open_plain
from openletter.archive.history import Arrival
from openletter.archive.layout import ATTRIBUTES, ATTRIBUTES_PATH
from openletter.archive.repository import (
    Act,
    Recorded,
    Repository,
)
from openletter.archive.sightings import Claim
from openletter.archive.snapshot import Snapshot
from openletter.archive.tree_cache import Secret

__all__ = [
    "ATTRIBUTES",
    "ATTRIBUTES_PATH",
    "Act",
    "Arrival",
    "Arrived",
    "Claim",
    "Committer",
    "History",
    "Identity",
    "Recorded",
    "Repository",
    "Secret",
    "Snapshot",
    "There",
    "Wrong",
    "configured_identity",
    "locate",
    "open_carried",
    "open_plain",
]

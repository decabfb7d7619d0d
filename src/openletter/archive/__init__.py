"""Storage: archives as git repositories, and as plain folders (``spec/archive.md``)."""

from __future__ import annotations

from openletter.archive.committer import Committer, Identity
from openletter.archive.finding import configured_identity, locate, open_plain
from openletter.archive.layout import ATTRIBUTES, ATTRIBUTES_PATH
from openletter.archive.repository import (
    Act,
    Arrival,
    Recorded,
    Repository,
)
from openletter.archive.snapshot import Snapshot

__all__ = [
    "ATTRIBUTES",
    "ATTRIBUTES_PATH",
    "Act",
    "Arrival",
    "Committer",
    "Identity",
    "Recorded",
    "Repository",
    "Snapshot",
    "configured_identity",
    "locate",
    "open_plain",
]

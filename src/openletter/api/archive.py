"""`Archive`: open, read, verify, record."""

from __future__ import annotations

from openletter.api.auditing import Auditing
from openletter.api.checkpoints import Checkpoints
from openletter.api.letters import Letters
from openletter.api.organizations import Organizations


class Archive(Letters, Organizations, Checkpoints, Auditing):
    """An archive of letters: a git repository, or a plain folder to read."""

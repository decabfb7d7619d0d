"""`Archive`: open, read, verify, record."""

from __future__ import annotations

from openletter.api.auditing import Auditing
from openletter.api.bundles import Bundles
from openletter.api.checkpoints import Checkpoints
from openletter.api.comparing import Comparing
from openletter.api.identifying import Identifying
from openletter.api.letters import Letters
from openletter.api.organizations import Organizations
from openletter.api.surveying import Surveying


class Archive(Letters, Organizations, Checkpoints, Auditing, Comparing, Bundles, Surveying, Identifying):
    """An archive of letters: a git repository, or a plain folder to read."""

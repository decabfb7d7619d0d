"""Exit status (``spec/verification.md``, "Exit status")."""

from __future__ import annotations

from typing import Final

FALSE: Final = 1
"""Something is false."""
UNUSABLE: Final = 2
"""Wrong usage, or input that can't be used; nothing was changed."""
NOT_MET: Final = 3
"""Intact, and a demand was not met."""
STOPPED: Final = 130
"""Stopped by the person, as shells say it: 128 and the number of SIGINT."""
UNREAD: Final = 141
"""Whoever read the output closed it, as shells say it: 128 and the number of SIGPIPE."""

"""The public API: an archive as a program uses it, where storage and verification meet.

>>> from openletter import Archive
>>> report = Archive.open("path/to/archive").verify("2026/open-water-record")
>>> [(verdict.organization, verdict.verdict) for verdict in report.letters[0].organizations]

Nothing here prints, asks, reads the clock or looks at the environment: who commits and what day it is are arguments.
"""

from __future__ import annotations

from openletter.api.archive import Archive
from openletter.api.auditing import AuditReport, HistoryFault
from openletter.api.comparing import Comparison, Relation, compare
from openletter.api.keyacts import KeyRecord
from openletter.api.letters import Signed
from openletter.api.reading import Event, Progress
from openletter.api.stored import Revision

__all__ = [
    "Archive",
    "AuditReport",
    "Comparison",
    "Event",
    "HistoryFault",
    "KeyRecord",
    "Progress",
    "Relation",
    "Revision",
    "Signed",
    "compare",
]

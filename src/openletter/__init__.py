"""openletter: joint letters, every revision of them, and the signature of every organization behind each.

The public API is what this module names. Importing it costs next to nothing: each name is loaded when it is first used.

* `Archive` opens, reads, verifies and records; `Revision`, `KeyRecord`, `Event` are what it holds (`openletter.api`);
* `Committer` and `Identity` say who commits (`openletter.archive`);
* `Letter`, `Addressee`, `Signatory`, `Organization`, `Recovery`, `Withdrawal`, `Checkpoint` are the records
  (`openletter.records`);
* `Report`, `LetterReport`, `OrganizationVerdict`, `Verdict`, `Demand` are what `Archive.verify` finds and what may be
  asked of it (`openletter.verify`);
* `PrivateKey`, `PublicKey`, `load_private_key` (`openletter.keys`); `read_draft` (`openletter.intake`);
* `OpenletterError`, `InputError`, `Invalid` are the families of failures (`openletter.errors`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openletter.api import Archive, Event, KeyRecord, Revision, Signed
    from openletter.archive import Committer, Identity
    from openletter.errors import InputError, Invalid, OpenletterError
    from openletter.intake.draft import read as read_draft
    from openletter.keys import PrivateKey, PublicKey, load_private_key
    from openletter.records import Addressee, Checkpoint, Letter, Organization, Recovery, Signatory, Withdrawal
    from openletter.verify import Demand, LetterReport, OrganizationVerdict, Report, Verdict

__all__ = [
    "Addressee",
    "Archive",
    "Checkpoint",
    "Committer",
    "Demand",
    "Event",
    "Identity",
    "InputError",
    "Invalid",
    "KeyRecord",
    "Letter",
    "LetterReport",
    "OpenletterError",
    "Organization",
    "OrganizationVerdict",
    "PrivateKey",
    "PublicKey",
    "Recovery",
    "Report",
    "Revision",
    "Signatory",
    "Signed",
    "Verdict",
    "Withdrawal",
    "__version__",
    "load_private_key",
    "read_draft",
]

__version__ = "0.1.0"

_ROOMS: Final = {
    "api": ("Archive", "Event", "KeyRecord", "Revision", "Signed"),
    "archive": ("Committer", "Identity"),
    "errors": ("InputError", "Invalid", "OpenletterError"),
    "keys": ("PrivateKey", "PublicKey", "load_private_key"),
    "records": ("Addressee", "Checkpoint", "Letter", "Organization", "Recovery", "Signatory", "Withdrawal"),
    "verify": ("Demand", "LetterReport", "OrganizationVerdict", "Report", "Verdict"),
}


def __getattr__(name: str) -> object:
    if name == "read_draft":
        return import_module("openletter.intake.draft").read
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f"openletter.{room}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

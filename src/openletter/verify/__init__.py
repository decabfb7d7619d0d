"""Verification: bytes in, verdicts out, without I/O (``spec/verification.md``).

Whether something is valid and whether it is enough are two questions: `judge_keys` and `judge_letter` answer the first,
`Demand` the second.
"""

from __future__ import annotations

from openletter.records.sighting import Sighting, State
from openletter.verify.checkpoints import Authorities, judge_checkpoints
from openletter.verify.demands import Demand, Trust
from openletter.verify.evidence import CONFIRMED, Pins
from openletter.verify.keyring import Keyring, allowed_signers, holders_in, judge_keys, needed
from openletter.verify.letters import judge_letter, organizations_of
from openletter.verify.proofs import Proofs
from openletter.verify.verdicts import (
    CheckpointReport,
    Declaration,
    Evidence,
    Fault,
    KeyStanding,
    LetterReport,
    OrganizationReport,
    OrganizationVerdict,
    Outcome,
    Report,
    RevisionFinding,
    Seen,
    SignatureFinding,
    Timestamp,
    Verdict,
    Waiting,
    WithdrawalFinding,
    Witness,
)
from openletter.verify.witnesses import (
    CheckpointFinding,
    paths_to_witness,
    weigh_checkpoints,
)

__all__ = [
    "CONFIRMED",
    "Authorities",
    "CheckpointFinding",
    "CheckpointReport",
    "Declaration",
    "Demand",
    "Evidence",
    "Fault",
    "KeyStanding",
    "Keyring",
    "LetterReport",
    "OrganizationReport",
    "OrganizationVerdict",
    "Outcome",
    "Pins",
    "Proofs",
    "Report",
    "RevisionFinding",
    "Seen",
    "Sighting",
    "SignatureFinding",
    "State",
    "Timestamp",
    "Trust",
    "Verdict",
    "Waiting",
    "WithdrawalFinding",
    "Witness",
    "allowed_signers",
    "holders_in",
    "judge_checkpoints",
    "judge_keys",
    "judge_letter",
    "needed",
    "organizations_of",
    "paths_to_witness",
    "weigh_checkpoints",
]

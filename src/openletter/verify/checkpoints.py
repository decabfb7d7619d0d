"""Checkpoints judged by themselves (``spec/verification.md``, "Checkpoints"): what they witness is another matter."""

from __future__ import annotations

from openletter import records, sshsig
from openletter.errors import Invalid, MisplacedRecord, SignatureError, UnknownFormat
from openletter.records import Checkpoint, Folder
from openletter.records.names import CheckpointName, CheckpointSignatureName, parse_checkpoint_file
from openletter.verify.signatures import open_signature
from openletter.verify.verdicts import Fault


def judge_checkpoints(organization: str, folder: Folder) -> tuple[Fault, ...]:
    """What is false among an organization's checkpoints and the signatures over them."""
    faults = [Fault.of(error, folder.path) for error in folder.faults]
    for name, data in sorted(folder.files.items()):
        try:
            parsed = parse_checkpoint_file(name)
            if isinstance(parsed, CheckpointName):
                _check_record(organization, parsed, data)
            elif isinstance(parsed, CheckpointSignatureName):
                _check_signature(folder, parsed, data)
        except Invalid as error:
            faults.append(Fault.of(error, f"{folder.path}/{name}"))
    return tuple(faults)


def _check_record(organization: str, name: CheckpointName, data: bytes) -> None:
    # Step 1: a checkpoint, canonical, under its own name.
    record = records.decode(data)
    if not isinstance(record, Checkpoint):
        raise UnknownFormat(f"a checkpoint is due here, and this is {record.FORMAT}", line=1)
    if record.organization != organization:
        raise MisplacedRecord(f"this is a checkpoint by {record.organization}")
    if not records.digest(data).startswith(f"sha256:{name.act}"):
        raise MisplacedRecord("its name isn't the beginning of its own SHA-256")


def _check_signature(folder: Folder, name: CheckpointSignatureName, data: bytes) -> None:
    # Step 2: each signature was made by the key in its name over the checkpoint in its name.
    record = folder.files.get(str(CheckpointName(act=name.act)))
    if record is None:
        raise SignatureError("the checkpoint that it signs is not here")
    sshsig.verify(open_signature(data, name.key), record)

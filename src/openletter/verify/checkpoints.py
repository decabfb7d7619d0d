"""Checkpoints judged by themselves (``spec/verification.md``, "Checkpoints"): `witnesses` weighs what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from openletter import records, sshsig
from openletter.errors import Invalid, MisplacedRecord, SignatureError, TimestampError, UnknownFormat
from openletter.records import Checkpoint, Folder
from openletter.records.names import CheckpointName, CheckpointSignatureName, TimestampName, parse_checkpoint_file
from openletter.verify.keyring import Keyring
from openletter.verify.signatures import open_signature
from openletter.verify.verdicts import Fault, KeyStanding, Timestamp
from openletter.verify.witnesses import CheckpointFinding

Authorities = Mapping[str, Sequence[bytes]]
"""The root certificates (DER) that the verifier names, by the name of the time-stamping authority."""


def judge_checkpoints(
    organization: str, folder: Folder, keyring: Keyring, authorities: Authorities = MappingProxyType({})
) -> tuple[tuple[CheckpointFinding, ...], tuple[Fault, ...]]:
    """An organization's sound checkpoints, with who signed them and when, and what is false among its files.

    Raises `PinsError` where a root certificate of the verifier's can't be read.
    """
    faults = [Fault.of(error, folder.path) for error in folder.faults]
    sound: dict[str, Checkpoint] = {}
    signers: dict[str, list[KeyStanding]] = {}
    stamps: dict[str, list[Timestamp]] = {}
    for name, data in sorted(folder.files.items()):
        try:
            parsed = parse_checkpoint_file(name)
            if isinstance(parsed, CheckpointName):
                sound[parsed.act] = _decode(organization, parsed, data)
            elif isinstance(parsed, CheckpointSignatureName):
                signature = _check_signature(folder, parsed, data)
                standing = keyring.standing(organization, signature.key)
                if standing is not None:
                    signers.setdefault(parsed.act, []).append(standing)
            elif (time := _check_timestamp(folder, parsed, data, authorities)) is not None:
                stamps.setdefault(parsed.act, []).append(Timestamp(authority=parsed.authority, time=time))
        except Invalid as error:
            faults.append(Fault.of(error, f"{folder.path}/{name}"))
    findings = tuple(
        CheckpointFinding(
            path=f"{folder.path}/{CheckpointName(act=act)}",
            record=record,
            signers=tuple(signers.get(act, ())),
            timestamps=tuple(stamps.get(act, ())),
        )
        for act, record in sorted(sound.items())
    )
    return findings, tuple(faults)


def _decode(organization: str, name: CheckpointName, data: bytes) -> Checkpoint:
    # Step 1: a checkpoint, canonical, under its own name.
    record = records.decode(data)
    if not isinstance(record, Checkpoint):
        raise UnknownFormat(f"a checkpoint is due here, and this is {record.FORMAT}", line=1)
    if record.organization != organization:
        raise MisplacedRecord(f"this is a checkpoint by {record.organization}")
    if not records.digest(data).startswith(f"sha256:{name.act}"):
        raise MisplacedRecord("its name isn't the beginning of its own SHA-256")
    return record


def _check_signature(folder: Folder, name: CheckpointSignatureName, data: bytes) -> sshsig.Signature:
    # Step 2: each signature was made by the key in its name over the checkpoint in its name.
    record = folder.files.get(str(CheckpointName(act=name.act)))
    if record is None:
        raise SignatureError("the checkpoint that it signs is not here")
    signature = open_signature(data, name.key)
    sshsig.verify(signature, record)
    return signature


def _check_timestamp(folder: Folder, name: TimestampName, data: bytes, authorities: Authorities) -> str | None:
    # Step 3: each timestamp was made over the checkpoint in its name. The time, where its authority is the verifier's.
    from openletter.timestamps import Stamped, judge  # few archives have any, and it is slow to load

    record = folder.files.get(str(CheckpointName(act=name.act)))
    if record is None:
        raise TimestampError("the checkpoint that it stamps is not here")
    found = judge(data, record, authorities.get(name.authority, ()))
    return found.time if isinstance(found, Stamped) else None

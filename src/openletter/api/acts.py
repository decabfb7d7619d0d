"""What an act adds, in the making: signatures and withdrawals.

Functions that say what to add, or why not, before the archive is asked to take it; each raises typed errors.
"""

from __future__ import annotations

from openletter import records, sshsig
from openletter.api.stored import Revision, revision_in
from openletter.archive import Act
from openletter.errors import ActRefused, InputError, Invalid, SignatureMismatch
from openletter.keys import PrivateKey, PublicKey
from openletter.records import Folder, Withdrawal
from openletter.records.names import (
    SignatureName,
    WithdrawalName,
    WithdrawalSignatureName,
    letter_folder,
)


def signed_with(folder: Folder, letter: str, number: int, organization: str, key: PublicKey) -> bool:
    name = str(SignatureName(number=number, organization=organization, key=key.short))
    return name in folder.files and stands(folder, name, revision_in(folder, letter, number).data, key)


def stands(folder: Folder, name: str, data: bytes, key: PublicKey) -> bool:
    """Does the signature of this key over these bytes lie under this name? Raises `ActRefused` for anything else."""
    armored = folder.files.get(name)
    if armored is None:
        return False
    try:
        signature = sshsig.decode(armored)
        sshsig.verify(signature, data)
        if signature.key != key:
            raise SignatureMismatch("it was made by another key")
    except Invalid as error:
        raise ActRefused(
            f"something else lies in the place of this signature: {error.message}",
            path=f"{folder.path}/{name}",
            hint="this copy of the archive was tampered with or damaged: sign in a clone of a sound one",
        ) from error
    return True


def withdrawal(revision: Revision, organization: str, *, date: str, reason: str | None) -> Withdrawal:
    """The record by which an organization ends its support for a revision; raises `InputError` for its reason."""
    try:
        return Withdrawal(
            letter=revision.letter.letter,
            revision=revision.letter.revision,
            text=revision.digest,
            organization=organization,
            date=date,
            reason=reason,
        )
    except Invalid as error:
        raise InputError(
            f"this {error.field} can't be recorded: {error.message}",
            hint=f"give the {error.field} without control characters, and without space at the ends of its lines",
        ) from error


def withdrawal_act(record: Withdrawal, key: PrivateKey) -> Act:
    """The commit of a withdrawal: the record, under its own digest, and the signature over it."""
    data = record.to_bytes()
    act = records.digest(data).removeprefix("sha256:")[:16]
    folder = letter_folder(record.letter)
    number, organization = record.revision, record.organization
    name = WithdrawalName(number=number, organization=organization, act=act)
    signature = WithdrawalSignatureName(number=number, organization=organization, act=act, key=key.public.short)
    return Act(
        files={
            f"{folder}/{name}": data,
            f"{folder}/{signature}": sshsig.encode(sshsig.sign(key, data)),
        },
        message=f"{record.letter}: {organization} withdraws from revision {number}",
    )

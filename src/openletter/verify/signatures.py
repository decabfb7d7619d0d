"""One signature file, judged by its bytes alone (``spec/verification.md``, steps 1 to 3 of "A signature file")."""

from __future__ import annotations

from openletter import sshsig
from openletter.errors import ArmorError, SignatureError, SignatureMismatch


def open_signature(data: bytes, key: str) -> sshsig.Signature:
    """Decode a signature file whose name says `key`; raises `SignatureError` or `PublicKeyError`."""
    # Step 1: the bytes are the one armored text of one SSHSIG, in our namespace, by a key that is no weak one.
    signature = sshsig.decode(data)
    # Step 2: the name says whose it is.
    if signature.key.short != key:
        raise ArmorError(f"the name of this file says key {key}, and the signature was made by {signature.key.short}")
    return signature


def match(signature: sshsig.Signature, number: int, texts: dict[int, bytes]) -> int:
    """The number of the text that this signature was made for: `number`, else another; raises `SignatureError`."""
    # Step 3: the signature was made by this key over these bytes.
    failure: SignatureError = SignatureMismatch("there is no such revision here")
    for candidate in sorted(texts, key=lambda other: (other != number, other)):
        try:
            sshsig.verify(signature, texts[candidate])
        except SignatureError as error:
            if candidate == number:
                failure = error
        else:
            return candidate
    raise failure

"""One signature file, judged by its bytes alone (``spec/verification.md``, "A signature file")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openletter import sshsig
from openletter.errors import ArmorError, SignatureError, SignatureMismatch

_TRIES: Final = 1000
"""How often, in one folder, a signature is tried on a record that its name doesn't say."""


def open_signature(data: bytes, key: str) -> sshsig.Signature:
    """Decode a signature file whose name says `key`; raises `SignatureError` or `PublicKeyError`."""
    # Step 1: the bytes are the one armored text of one SSHSIG, in our namespace, by a key that is no weak one.
    signature = sshsig.decode(data)
    # Step 2: the name says whose it is.
    if signature.key.short != key:
        raise ArmorError(f"the name of this file says key {key}, and the signature was made by {signature.key.short}")
    return signature


class Matching:
    """Finds the text that a signature was made for, among the records of one folder by number."""

    def __init__(self, texts: Mapping[int, bytes]) -> None:
        self._texts = texts
        self._tries = _TRIES

    def match(self, signature: sshsig.Signature, number: int) -> int:
        """The number of the text that it was made for: `number`, else another; raises `SignatureError`."""
        # Step 3: the signature was made by this key over these bytes.
        failure: SignatureError = SignatureMismatch("there is no such revision here")
        if number in self._texts:
            try:
                sshsig.verify(signature, self._texts[number])
            except SignatureError as error:
                failure = error
            else:
                return number
        for other in sorted(self._texts):
            if other == number or self._tries == 0:
                continue
            self._tries -= 1
            try:
                sshsig.verify(signature, self._texts[other])
            except SignatureError:
                continue
            return other
        raise failure

"""SSHSIG: OpenSSH's detached signatures (OpenSSH ``PROTOCOL.sshsig``), for letters and in one spelling only.

Implements ``spec/signatures.md``, "Decoding" and "Verification"; comments bear the numbers of its steps. What
`decode` accepts is byte for byte what ``ssh-keygen -Y sign -n openletter`` could have written. Where stock
tools are laxer, this module is strict: see "Where stock tools are laxer" there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from functools import lru_cache

from openletter.errors import (
    ArmorError,
    AuthenticatorError,
    BlobError,
    PublicKeyError,
    SignatureMismatch,
    UnknownAlgorithm,
    WrongNamespace,
)
from openletter.keys import (
    ED25519,
    RAW_SIGNATURE_LENGTH,
    SK_APPLICATION,
    SK_ED25519,
    PrivateKey,
    PublicKey,
    Wire,
    printable,
    wire_string,
)

NAMESPACE = "openletter"
HASH = "sha512"
MAX_ARMORED = 4096  # bytes; the longest that decodes has 363

_BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
_END = b"-----END SSH SIGNATURE-----\n"
_COLUMNS = 70
_MAGIC = b"SSHSIG"
_VERSION = 1
_RESERVED = b""

_ORDER = 2**252 + 27742317777372353535851937790883648493  # L of RFC 8032: the order of the base point
_USER_PRESENT = 0x01  # the bit of an authenticator's flags that says: someone touched it

_ALGORITHMS = (ED25519.encode("ascii"), SK_ED25519.encode("ascii"))
_FILE_HINT = "Take the file exactly as ssh-keygen wrote it: mail programs, editors and web forms change it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature as its file holds it, well formed but not yet checked against any message.

    `raw` is R and S of RFC 8032: 64 bytes, S below the group order. `flags` (0 to 255) and `counter` (0 to
    2^32 - 1) are what a hardware key signed along, and None for any other key. Raises `BlobError` for lengths
    and numbers out of these bounds, `SignatureMismatch` for an S that is not below the group order.
    """

    key: PublicKey
    raw: bytes
    flags: int | None = None
    counter: int | None = None

    def __post_init__(self) -> None:
        if len(self.raw) != RAW_SIGNATURE_LENGTH:
            raise BlobError(f"the signature has {len(self.raw)} bytes where {RAW_SIGNATURE_LENGTH} belong")
        if self.key.algorithm == SK_ED25519:
            if self.flags is None or self.counter is None:
                raise BlobError("a hardware key's signature lacks its flags or its counter")
            if not (0 <= self.flags < 2**8 and 0 <= self.counter < 2**32):
                raise BlobError("the flags or the counter of a hardware key's signature are out of bounds")
        elif self.flags is not None or self.counter is not None:
            raise BlobError("flags and counter belong to hardware keys only")
        if int.from_bytes(self.raw[32:], "little") >= _ORDER:
            raise SignatureMismatch("the second half of the signature is too large: its signer did not write it so")


# --- one spelling -----------------------------------------------------------------------------------------------------


def decode(armored: bytes) -> Signature:
    """The signature of a ``.sig`` file; `encode` gives the same bytes back.

    Raises `ArmorError`, `BlobError`, `WrongNamespace`, `UnknownAlgorithm`, `PublicKeyError`, `WeakKey` and,
    for an S that is not below the group order, `SignatureMismatch`. Nothing is verified yet.
    """
    wire = Wire(_unarmor(armored), BlobError, "the signature's blob")
    # 4. the frame
    if wire.take(len(_MAGIC), "magic") != _MAGIC:
        raise BlobError('the blob does not begin "SSHSIG"')
    version = wire.uint32("version")
    if version != _VERSION:
        raise BlobError(f"SSHSIG of version {version}; only version {_VERSION} is known")
    public = wire.string("public key")
    namespace = wire.string("namespace")
    reserved = wire.string("reserved field")
    hash_name = wire.string("hash algorithm")
    signed = wire.string("signature")
    wire.end()
    if reserved != _RESERVED:
        raise BlobError("the reserved field is not empty")
    # 5. the purpose
    if namespace != NAMESPACE.encode("ascii"):
        raise WrongNamespace(
            f'signed for the purpose {printable(namespace)}, not "{NAMESPACE}"',
            hint=f"Sign again: ssh-keygen -Y sign -n {NAMESPACE} -f KEY FILE",
        )
    # 6. the hash
    if hash_name != HASH.encode("ascii"):
        raise UnknownAlgorithm(
            f'signed with the hash {printable(hash_name)}, not "{HASH}"',
            hint=f"Sign again: ssh-keygen -Y sign -n {NAMESPACE} -O hashalg={HASH} -f KEY FILE",
        )
    # 7. the key
    key_type = Wire(public, PublicKeyError, "the public key").string("type")
    if key_type not in _ALGORITHMS:
        raise UnknownAlgorithm(
            f"signed by a key of the type {printable(key_type)}; only Ed25519 keys are used here",
            hint="Sign again with an Ed25519 key; openletter keygen ORG makes one.",
        )
    key = PublicKey.from_blob(public)
    # 8. the signature
    inner = Wire(signed, BlobError, "the signature")
    signature_type = inner.string("type")
    if signature_type != key_type:
        raise UnknownAlgorithm(f"a signature of the type {printable(signature_type)} by a key of another type")
    raw = inner.string("bytes")
    flags = counter = None
    if key.algorithm == SK_ED25519:
        flags = inner.take(1, "flags")[0]
        counter = inner.uint32("counter")
    inner.end()
    # 9. and 10. lengths, and S below the group order: the constructor's
    signature = Signature(key=key, raw=raw, flags=flags, counter=counter)
    # 11. one spelling
    if encode(signature) != armored:
        raise ArmorError("not the one spelling of this signature: other line lengths or base64", hint=_FILE_HINT)
    return signature


def encode(signature: Signature) -> bytes:
    """The signature armored as ssh-keygen armors: 70 columns, a line feed after every line."""
    algorithm = signature.key.algorithm.encode("ascii")
    inner = wire_string(algorithm) + wire_string(signature.raw)
    if signature.flags is not None and signature.counter is not None:
        inner += struct.pack(">BI", signature.flags, signature.counter)
    blob = (
        _MAGIC
        + struct.pack(">I", _VERSION)
        + wire_string(signature.key.blob)
        + wire_string(NAMESPACE.encode("ascii"))
        + wire_string(_RESERVED)
        + wire_string(HASH.encode("ascii"))
        + wire_string(inner)
    )
    digits = base64.b64encode(blob)
    lines = [digits[at : at + _COLUMNS] for at in range(0, len(digits), _COLUMNS)]
    return _BEGIN + b"".join(line + b"\n" for line in lines) + _END


def _unarmor(armored: bytes) -> bytes:
    """The bytes between the markers; line lengths and last bits are judged by the last step of `decode`."""
    # 1. the size
    if len(armored) > MAX_ARMORED:
        raise ArmorError(f"a signature file of {len(armored)} bytes; none has more than {MAX_ARMORED}")
    # 2. the markers
    if b"\r" in armored:
        raise ArmorError("the lines of the signature end with carriage returns", hint=_FILE_HINT)
    if not armored.startswith(_BEGIN):
        raise ArmorError('the signature does not begin "-----BEGIN SSH SIGNATURE-----"', hint=_FILE_HINT)
    if not armored.endswith(_END):
        raise ArmorError('the signature does not end "-----END SSH SIGNATURE-----" and a line feed', hint=_FILE_HINT)
    # 3. the base64
    try:
        return binascii.a2b_base64(armored[len(_BEGIN) : -len(_END)].replace(b"\n", b""), strict_mode=True)
    except binascii.Error as error:
        raise ArmorError(f"the signature is not base64: {error}", hint=_FILE_HINT) from None


# --- signing and verifying --------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def signed_data(message: bytes) -> bytes:
    """What the key signs for `message`: 102 bytes, which name purpose and hash and hold the SHA-512 of it.

    Thousands may have signed one long text: it is digested once for those that follow one another.
    """
    return (
        _MAGIC
        + wire_string(NAMESPACE.encode("ascii"))
        + wire_string(_RESERVED)
        + wire_string(HASH.encode("ascii"))
        + wire_string(hashlib.sha512(message).digest())
    )


def sign(key: PrivateKey, message: bytes) -> Signature:
    """Sign `message`: one key and message always give one signature, the one that ssh-keygen gives."""
    return Signature(key=key.public, raw=key.sign(signed_data(message)))


def verify(signature: Signature, message: bytes) -> None:
    """Return where the key in `signature` signed exactly `message`; whose key that is, is another question.

    Raises `AuthenticatorError` where a hardware key signed without a touch, `SignatureMismatch` where the key
    did not sign this.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    data = signed_data(message)
    # 1. what a hardware key signs instead
    if signature.flags is not None and signature.counter is not None:
        if not signature.flags & _USER_PRESENT:
            raise AuthenticatorError("the hardware key signed without being touched")
        application = hashlib.sha256(SK_APPLICATION.encode("ascii")).digest()
        data = application + struct.pack(">BI", signature.flags, signature.counter) + hashlib.sha256(data).digest()
    # 2. the equation of RFC 8032, without the cofactor
    try:
        Ed25519PublicKey.from_public_bytes(signature.key.point).verify(signature.raw, data)
    except InvalidSignature:
        raise SignatureMismatch("the signature was not made by this key over these bytes") from None

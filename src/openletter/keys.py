"""Ed25519 keys in the forms of OpenSSH: public keys, private key files, and the lines of ``allowed_signers``.

Implements ``spec/signatures.md``, "Public keys" and "allowed_signers". Two kinds of key are used and no more:
``ssh-ed25519`` (RFC 8709) and ``sk-ssh-ed25519@openssh.com`` (hardware keys, OpenSSH ``PROTOCOL.u2f``) with
the application ``ssh:``. A `PublicKey` is valid from construction: its point is canonical, on the curve and
not of low order. Nothing of the library ``cryptography`` is imported before a private key is used.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn, Self

from openletter.errors import Invalid, KeyFileError, PassphraseError, PublicKeyError, WeakKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = "ssh-ed25519"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
SK_APPLICATION = "ssh:"

POINT_LENGTH = 32
RAW_SIGNATURE_LENGTH = 64
SHORT_DIGITS = 16  # hex digits of the digest of a key that a file name holds

# --- the curve (RFC 8032, section 5.1) --------------------------------------------------------------------------------

_P = 2**255 - 19
_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
_Y_MASK = 2**255 - 1  # the lower 255 bits of a point's encoding are y, the highest is the sign of x
_Y_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022

# The y of the eight points whose order divides 8: no other point has one of these, whatever its sign of x.
_LOW_ORDER_Y = frozenset({0, 1, _P - 1, _Y_ORDER_8, _P - _Y_ORDER_8})


# A few keys make most signatures: a point that was found to be in order is not computed with again.
@lru_cache(maxsize=1024)
def _check_point(point: bytes) -> None:
    """Refuse 32 bytes that aren't the one encoding of a point of high order (`WeakKey`, `PublicKeyError`)."""
    y = int.from_bytes(point, "little") & _Y_MASK
    # x = 0, whose sign bit must be 0, occurs for y = 1 and y = -1 only: both are of low order.
    if y % _P in _LOW_ORDER_Y:
        raise WeakKey("the public key is a point of low order: anyone could make a signature that fits it")
    if y >= _P:
        raise WeakKey("the public key is not in its canonical encoding (y is not below 2^255 - 19)")
    # x^2 = (y^2 - 1) / (d y^2 + 1) has a root where the product of the two is a square (Euler's criterion).
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    if pow(u * v, (_P - 1) // 2, _P) != 1:
        raise PublicKeyError("the public key is not a point of the curve Ed25519")


# --- the wire format (RFC 4251, section 5) ----------------------------------------------------------------------------


def wire_string(value: bytes) -> bytes:
    """A length-prefixed string: uint32, big-endian, then the bytes."""
    return struct.pack(">I", len(value)) + value


class Wire:
    """Reads fields of the SSH wire format from bytes, in order; raises `error` where they do not fit.

    `what` names the whole in messages: "the public key".
    """

    __slots__ = ("_at", "_data", "_error", "_what")

    def __init__(self, data: bytes, error: type[Invalid], what: str) -> None:
        self._data = data
        self._at = 0
        self._error = error
        self._what = what

    def take(self, length: int, field: str) -> bytes:
        """The next `length` bytes."""
        end = self._at + length
        if end > len(self._data):
            raise self._error(f"{self._what} ends inside its {field}")
        value = self._data[self._at : end]
        self._at = end
        return value

    def uint32(self, field: str) -> int:
        """The next four bytes as a number, big-endian."""
        return int.from_bytes(self.take(4, field), "big")

    def string(self, field: str) -> bytes:
        """The next length-prefixed string."""
        return self.take(self.uint32(f"length of its {field}"), field)

    def end(self) -> None:
        """Refuse bytes that are left."""
        left = len(self._data) - self._at
        if left:
            raise self._error(f"{self._what} goes on for {left} bytes after its end")


def printable(name: bytes) -> str:
    """Bytes of a stranger's file as short printable ASCII in quotes, fit for a message."""
    shown = name[:64].decode("latin-1").encode("unicode_escape").decode("ascii")
    return f'"{shown}..."' if len(name) > 64 else f'"{shown}"'


# --- public keys ------------------------------------------------------------------------------------------------------

# The wire form of both kinds:
#   ssh-ed25519                  string type, string point (32 bytes)
#   sk-ssh-ed25519@openssh.com   string type, string point (32 bytes), string application

# A line: a type, one space, base64 with its padding.
_LINE = re.compile(r"([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An Ed25519 public key, valid from construction.

    `algorithm` is `ED25519` or `SK_ED25519` (whose application is always ``ssh:``), `point` the 32 bytes of
    RFC 8032. Raises `PublicKeyError` for another algorithm or length or a point off the curve, `WeakKey` for
    a point of low order or in a non-canonical encoding.
    """

    algorithm: str
    point: bytes

    def __post_init__(self) -> None:
        if self.algorithm not in (ED25519, SK_ED25519):
            raise PublicKeyError(f"a key of the type {printable(self.algorithm.encode())} is not used here")
        if len(self.point) != POINT_LENGTH:
            raise PublicKeyError(f"the public key has {len(self.point)} bytes where {POINT_LENGTH} belong")
        _check_point(self.point)

    @classmethod
    def from_blob(cls, blob: bytes) -> Self:
        """The key in SSH wire format; raises `PublicKeyError`, `WeakKey`."""
        wire = Wire(blob, PublicKeyError, "the public key")
        name = wire.string("type")
        if name not in (ED25519.encode(), SK_ED25519.encode()):
            raise PublicKeyError(f"a key of the type {printable(name)} is not used here")
        point = wire.string("point")
        if name == SK_ED25519.encode():
            application = wire.string("application")
            if application != SK_APPLICATION.encode():
                raise PublicKeyError(
                    f'the hardware key is for the application {printable(application)}, not "{SK_APPLICATION}"'
                )
        wire.end()
        return cls(algorithm=name.decode("ascii"), point=point)

    @classmethod
    def from_line(cls, line: str) -> Self:
        """The key as its type, one space and its base64, no more; raises `PublicKeyError`, `WeakKey`."""
        match = _LINE.fullmatch(line)
        if match is None:
            raise PublicKeyError("not a public key: a type, one space and base64")
        try:
            blob = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            raise PublicKeyError("the base64 of the public key is broken") from None
        key = cls.from_blob(blob)
        if key.line != line:
            raise PublicKeyError("the type of the public key or the last digit of its base64 contradicts its content")
        return key

    @property
    def blob(self) -> bytes:
        """The key in SSH wire format: 51 bytes, 74 for a hardware key."""
        blob = wire_string(self.algorithm.encode("ascii")) + wire_string(self.point)
        if self.algorithm == SK_ED25519:
            blob += wire_string(SK_APPLICATION.encode("ascii"))
        return blob

    @property
    def line(self) -> str:
        """Type, one space, base64; no comment."""
        return f"{self.algorithm} {base64.b64encode(self.blob).decode('ascii')}"

    @property
    def digest(self) -> str:
        """The SHA-256 of the blob: 64 hex digits, lower case."""
        return hashlib.sha256(self.blob).hexdigest()

    @property
    def short(self) -> str:
        """The first 16 hex digits of the digest, as names of files hold them."""
        return self.digest[:SHORT_DIGITS]

    @property
    def fingerprint(self) -> str:
        """The fingerprint as ``ssh-keygen -l`` prints it: ``SHA256:`` and base64 without padding."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")


_PUBLIC_HINT = 'Give a .pub file as ssh-keygen writes it: one line that begins "ssh-ed25519 AAAA".'


def parse_public_key(text: str) -> PublicKey:
    """The key of a ``.pub`` file: one line of type, base64 and perhaps a comment; raises `KeyFileError`."""
    if "PRIVATE KEY-----" in text:
        raise KeyFileError(
            "this is a private key, and a public one belongs here",
            hint="Give the file of the same name that ends .pub, and let nobody see this one.",
        )
    line = text.removesuffix("\n").removesuffix("\r")
    if line.splitlines() != [line]:
        raise KeyFileError("a public key file has one line, and this has none or several", hint=_PUBLIC_HINT)
    name, *rest = line.split(" ", 2)
    if name in _OTHER_TYPES:
        _refuse_type(name)
    try:
        return PublicKey.from_line(" ".join([name, *rest[:1]]))
    except WeakKey as error:
        raise KeyFileError(error.message, hint="Never use this key: ask whoever sent it for another.") from error
    except PublicKeyError as error:
        raise KeyFileError(error.message, hint=_PUBLIC_HINT) from error


# --- private keys -----------------------------------------------------------------------------------------------------

_NEW_KEY_HINT = "Use an Ed25519 key; openletter keygen ORG makes one."
_OTHER_TYPES = {
    "ssh-rsa": "an RSA key",
    "ssh-dss": "a DSA key",
    "ecdsa-sha2-nistp256": "an ECDSA key",
    "ecdsa-sha2-nistp384": "an ECDSA key",
    "ecdsa-sha2-nistp521": "an ECDSA key",
    "sk-ecdsa-sha2-nistp256@openssh.com": "an ECDSA hardware key",
    "ssh-ed25519-cert-v01@openssh.com": "a certificate, not a key",
}

# Rounds of the key derivation in files written here, as OpenSSH takes them since 9.4: to try a passphrase
# costs a good part of a second.
_KDF_ROUNDS = 24

_OPENSSH_MAGIC = b"openssh-key-v1\0"

# The type of a key, of those that are in use anywhere: ssh-ed25519, sk-ecdsa-sha2-nistp256@openssh.com.
_TYPE_NAME = re.compile(rb"[a-z0-9@.-]{1,64}")

# An OpenSSH private key: its two markers, base64 with white space between. Text around it is refused.
_OPENSSH_PEM = re.compile(
    rb"-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----"
)

# Any other PEM: the label between the markers says what it holds.
_OTHER_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")


class PrivateKey:
    """An Ed25519 private key in memory."""

    __slots__ = ("_key", "public")

    public: PublicKey

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(algorithm=ED25519, point=key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"<PrivateKey {self.public.fingerprint}>"

    @classmethod
    def generate(cls) -> Self:
        """A new key from the system's source of randomness."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The key of a seed of 32 bytes (RFC 8032, section 5.1.5), for tests and vectors."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        """The plain Ed25519 signature over `message`: 64 bytes, always the same for the same message."""
        return self._key.sign(message)

    def to_openssh(self, passphrase: bytes | None) -> bytes:
        """A private key file in OpenSSH's form, encrypted (AES-256-CTR, bcrypt) where a passphrase is given.

        It has no comment: ``ssh-keygen`` and ``ssh-add`` show the one of the ``.pub`` file.
        """
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            KeySerializationEncryption,
            NoEncryption,
            PrivateFormat,
        )

        encryption: KeySerializationEncryption = NoEncryption()
        if passphrase:
            builder = PrivateFormat.OpenSSH.encryption_builder()
            encryption = builder.kdf_rounds(_KDF_ROUNDS).build(passphrase)
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption)


def is_encrypted(data: bytes) -> bool:
    """Whether a private key file needs a passphrase; raises `KeyFileError` if it is of no use here."""
    cipher, _ = _private_header(data)
    return cipher != b"none"


def load_private_key(data: bytes, passphrase: bytes | None = None) -> PrivateKey:
    """The key of a private key file in OpenSSH's form; a passphrase that it doesn't need is ignored.

    Raises `PassphraseError` where the passphrase is missing or wrong, else `KeyFileError`.
    """
    cipher, public = _private_header(data)
    encrypted = cipher != b"none"
    if encrypted and not passphrase:
        raise PassphraseError("this private key is locked with a passphrase", hint="Type its passphrase.")
    from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        loaded = load_ssh_private_key(data.strip(), passphrase if encrypted else None)
    except UnsupportedAlgorithm as error:
        raise KeyFileError(
            "this private key is encrypted in a way that is not known here",
            hint="Encrypt it the usual way: ssh-keygen -p -Z aes256-ctr -f FILE",
        ) from error
    except (ValueError, TypeError, InvalidTag) as error:
        if encrypted:
            raise PassphraseError(
                "the passphrase doesn't open this private key",
                hint="Type it again; if it is surely right, the file is damaged: take it from your backup.",
            ) from error
        raise _damaged() from error
    key = PrivateKey(loaded) if isinstance(loaded, Ed25519PrivateKey) else None
    if key is None or key.public != public:
        # The public half is not the private one's: someone altered the file.
        raise _damaged()
    return key


def _private_header(data: bytes) -> tuple[bytes, PublicKey]:
    """Cipher and public key of a private key file, read without a passphrase; raises `KeyFileError`."""
    match = _OPENSSH_PEM.fullmatch(data.strip())
    if match is None:
        _refuse_file(data)
    try:
        blob = base64.b64decode(b"".join(match[1].split()), validate=True)
        wire = Wire(blob, PublicKeyError, "the private key")
        if wire.take(len(_OPENSSH_MAGIC), "magic") != _OPENSSH_MAGIC:
            raise _damaged()
        cipher = wire.string("cipher")
        wire.string("key derivation")
        wire.string("options of the key derivation")
        if wire.uint32("number of keys") != 1:
            raise KeyFileError("this file holds several private keys", hint="Give a file with one key.")
        public = wire.string("public key")
        name = _TYPE_NAME.fullmatch(Wire(public, PublicKeyError, "the public key").string("type"))
        if name is None:
            raise _damaged()
        algorithm = name[0].decode("ascii")
        if algorithm == SK_ED25519:
            raise KeyFileError(
                "this is the handle of a hardware key, and signing with one is not built in",
                hint="Sign with ssh-keygen -Y sign -n openletter -f FILE, and hand in what it writes.",
            )
        if algorithm != ED25519:
            _refuse_type(algorithm)
        return cipher, PublicKey.from_blob(public)
    except (binascii.Error, PublicKeyError) as error:
        raise _damaged() from error


def _refuse_type(name: str) -> NoReturn:
    found = _OTHER_TYPES.get(name, f"a key of the type {printable(name.encode())}")
    raise KeyFileError(f"this is {found}; only Ed25519 keys are used here", hint=_NEW_KEY_HINT)


def _refuse_file(data: bytes) -> NoReturn:
    """Say what a file is that is no private key in OpenSSH's form."""
    start = data.strip()
    if start.startswith((b"ssh-", b"ecdsa-", b"sk-")):
        raise KeyFileError(
            "this is a public key, and the private one belongs here",
            hint="Give the file of the same name without .pub.",
        )
    if start.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----"):
        raise _damaged()
    if start.startswith(b"PuTTY-User-Key-File-"):
        raise KeyFileError(
            "this is a private key in PuTTY's form",
            hint='In PuTTYgen: "Load", then "Conversions", "Export OpenSSH key (force new file format)".',
        )
    pem = _OTHER_PEM.match(start)
    if pem is None:
        raise KeyFileError("this is not a private key in OpenSSH's form", hint=_NEW_KEY_HINT)
    label = pem[1].decode("ascii")
    found = {
        "RSA PRIVATE KEY": "ssh-rsa",
        "EC PRIVATE KEY": "ecdsa-sha2-nistp256",
        "DSA PRIVATE KEY": "ssh-dss",
    }
    if label in found:
        _refuse_type(found[label])
    raise KeyFileError(f'this is a "{label}", not a private key in OpenSSH\'s form', hint=_NEW_KEY_HINT)


def _damaged() -> KeyFileError:
    return KeyFileError("this private key is damaged", hint="Take it from your backup.")


# --- allowed_signers --------------------------------------------------------------------------------------------------


def allowed_signers(organization: str, keys: Iterable[PublicKey]) -> bytes:
    """The lines by which ``ssh-keygen`` knows the keys of an organization, in the given order.

    `organization` is an id that has been checked: it is written as it is.
    """
    return "".join(f'{organization} namespaces="openletter" {key.line}\n' for key in keys).encode("ascii")

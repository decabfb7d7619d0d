"""What a timestamp proves of some bytes (``spec/timestamps.md``, "Judging" and "Whether it counts").

What is false in a timestamp is false whoever looks: that is a function of the timestamp and the bytes alone. Whether it
counts is the verifier's: it depends on the root certificates that the verifier names for its authority.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from openletter.errors import PinsError, TimestampError
from openletter.timestamps import der, token
from openletter.timestamps.token import CertificateId, Token

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
    from cryptography.x509 import Certificate, ExtensionType

E = TypeVar("E", bound="ExtensionType")

MAX_PATH: Final = 6
"""The most certificates from the signing one to a root, both counted."""

MAX_TRIALS: Final = 100
"""The most signatures of certificates that are looked at for one timestamp."""

_RSA: Final = bytes.fromhex("2a864886f70d010101")
_RSA_WITH: Final = {
    bytes.fromhex("2a864886f70d01010b"): "sha256",
    bytes.fromhex("2a864886f70d01010c"): "sha384",
    bytes.fromhex("2a864886f70d01010d"): "sha512",
}
_ECDSA_WITH: Final = {
    bytes.fromhex("2a8648ce3d040302"): "sha256",
    bytes.fromhex("2a8648ce3d040303"): "sha384",
    bytes.fromhex("2a8648ce3d040304"): "sha512",
}
_MIN_RSA: Final = 2048
_MAX_RSA: Final = 8192
_MAY_STAMP: Final = frozenset({"1.3.6.1.5.5.7.3.8", "2.5.29.37.0"})
"""Purposes of a CA: timestamps, or anything."""
_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_NO_ROOTS: Final = "you name no root certificate for its authority"
_NO_PATH: Final = "its certificates don't lead to one that you name for its authority and that was valid then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """The bytes existed at this time at the latest, says an authority that the verifier names: ISO 8601, in UTC."""

    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nothing false was found, and nothing can be said: `claimed` is a time that anybody could have written."""

    claimed: str
    reason: str


def judge(timestamp: bytes, data: bytes, roots: Sequence[bytes]) -> Stamped | Unknown:
    """What a stored timestamp says of these bytes, by the root certificates (DER) named for its authority.

    Raises `TimestampError` where the timestamp is false, whatever the roots; `PinsError` where a root can't be read.
    """
    anchors = [_root(it) for it in roots]
    return judge_read(token.read(timestamp), timestamp, data, anchors)


def judge_read(read: Token, timestamp: bytes, data: bytes, anchors: Sequence[Certificate]) -> Stamped | Unknown:
    """The same, of a timestamp that is read already, by roots that are."""
    # Step 8.
    if hashlib.new(read.hash_name, data).digest() != read.imprint:
        raise TimestampError("it was made for other bytes than these")
    # Step 9 to 13.
    with _others_errors("its certificate can't be read"):
        signer = _signing_certificate(read)
        _check_ids(signer, read)
        _check_purpose(signer)
        _check_signature(signer, read)
    if not _valid_at(signer, read.time):
        raise TimestampError("its certificate was not valid at the time that it gives")
    # Step 14 to 16.
    claimed = _iso(read.latest)
    if not anchors:
        return Unknown(claimed=claimed, reason=_NO_ROOTS)
    root = _Search(read, anchors).root(signer)
    if root is None:
        return Unknown(claimed=claimed, reason=_NO_PATH)
    if not _confirmed(timestamp, read, data, root):
        return Unknown(claimed=claimed, reason="a second program doesn't confirm it")
    return Stamped(time=claimed)


def _iso(time: datetime) -> str:
    # strftime writes years before 1000 in fewer digits.
    return time.replace(tzinfo=None).isoformat() + "Z"


def _root(data: bytes) -> Certificate:
    from cryptography import x509

    try:
        with _others_errors("unreadable"):
            return x509.load_der_x509_certificate(data)
    except TimestampError:
        raise PinsError(
            "one of the root certificates that you name for an authority can't be read",
            hint="take it anew from the authority, in DER",
        ) from None


@contextmanager
def _others_errors(message: str) -> Iterator[None]:
    """Whatever a library raises over strangers' bytes becomes a `TimestampError`; its warnings are for nobody."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (TimestampError, MemoryError):
        raise
    except Exception:  # noqa: BLE001  # libraries document no end of what they raise here
        raise TimestampError(message) from None


# --- the signing certificate ---


def _signing_certificate(read: Token) -> Certificate:
    # Step 9: the one whose issuer and number the signer names.
    from cryptography import x509

    found = [it for it in read.certificates if _issuer_and_number(it) == (read.issuer, read.serial)]
    if len(found) != 1:
        raise TimestampError(f"{len(found) or 'none'} of its certificates are those of its signer, and one must be")
    return x509.load_der_x509_certificate(found[0])


def _issuer_and_number(certificate: bytes) -> tuple[bytes, int]:
    signed = der.whole(certificate, der.SEQUENCE, "a certificate").take(der.SEQUENCE)
    fields = der.inside(signed, "a certificate")
    fields.take_optional(0xA0)  # the version
    number = der.number(fields.take(der.INTEGER))
    fields.take(der.SEQUENCE)  # the algorithm
    return fields.take(der.SEQUENCE).whole, number


def _check_ids(signer: Certificate, read: Token) -> None:
    # Step 10: the certificate is the very one that was signed with, not another of the same key.
    from cryptography.hazmat.primitives.serialization import Encoding

    data = signer.public_bytes(Encoding.DER)

    def names(it: CertificateId) -> bool:
        same = it.issuer is None or (it.issuer, it.serial) == (read.issuer, read.serial)
        return same and hashlib.new(it.hash_name, data, usedforsecurity=False).digest() == it.digest

    if not all(map(names, read.certificate_ids)):
        raise TimestampError("it was signed with another certificate than the one in it")


def _check_purpose(signer: Certificate) -> None:
    # Step 11: made to stamp times with, and for nothing else.
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise TimestampError("its certificate isn't one for timestamps: it names no purpose") from None
    if list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TimestampError("its certificate isn't one for timestamps and nothing else")
    if not purposes.critical:
        raise TimestampError("its certificate is for timestamps, and doesn't say that this must be minded (critical)")
    try:
        usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    other = (usage.key_encipherment, usage.data_encipherment, usage.key_agreement, usage.key_cert_sign, usage.crl_sign)
    if any(other) or not (usage.digital_signature or usage.content_commitment):
        raise TimestampError("its certificate isn't one for signatures and nothing else")


def _check_signature(signer: Certificate, read: Token) -> None:
    # Step 12: the content has the digest that is signed, and the signature holds.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    if hashlib.new(read.digest_name, read.content).digest() != read.content_digest:
        raise TimestampError("its signature is over another time or other bytes than it says")
    chosen = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[read.digest_name]
    key = signer.public_key()
    if not _strong(key):
        raise TimestampError("its authority's key is too weak, or of a kind that is not used here")
    try:
        if isinstance(key, rsa.RSAPublicKey) and (
            read.algorithm == _RSA or _RSA_WITH.get(read.algorithm) == read.digest_name
        ):
            key.verify(read.signature, read.attributes, padding.PKCS1v15(), chosen)
        elif isinstance(key, ec.EllipticCurvePublicKey) and _ECDSA_WITH.get(read.algorithm) == read.digest_name:
            key.verify(read.signature, read.attributes, ec.ECDSA(chosen))
        else:
            raise TimestampError("its signature is of a kind that is not used here, or not that of its certificate")
    except InvalidSignature:
        raise TimestampError("its signature is false") from None


def _strong(key: CertificatePublicKeyTypes) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    if isinstance(key, rsa.RSAPublicKey):
        return _MIN_RSA <= key.key_size <= _MAX_RSA
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name in _CURVES
    return isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey))


def _valid_at(certificate: Certificate, time: datetime) -> bool:
    return certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc


def _before_end(certificate: Certificate, time: datetime) -> bool:
    # RFC 5280 counts the last second in, and OpenSSL doesn't: in it, nothing is sure.
    return time < certificate.not_valid_after_utc


# --- whether it counts ---


class _Search:
    """A path of certificates from the signing one to a root; each step is a signature, and they are counted."""

    def __init__(self, read: Token, anchors: Sequence[Certificate]) -> None:
        self._time = read.time
        self._anchors = anchors
        self._others = [it for it in map(_readable, read.certificates) if it is not None]
        self._trials = MAX_TRIALS

    def root(self, certificate: Certificate, length: int = 1) -> Certificate | None:
        """The root that a certificate leads to, by issuers that were valid at the time; `None` where there is none."""
        # Step 15: no weak link, but for what a root says of itself.
        if length >= MAX_PATH or not _quietly(lambda: _before_end(certificate, self._time) and _soundly(certificate)):
            return None
        for anchor in self._anchors:
            if self._issued(certificate, anchor):
                return anchor
        for other in self._others:
            if other != certificate and self._issued(certificate, other):
                found = self.root(other, length + 1)
                if found is not None:
                    return found
        return None

    def _issued(self, certificate: Certificate, issuer: Certificate) -> bool:
        if not _quietly(lambda: _may_issue(issuer, self._time) and certificate.issuer == issuer.subject):
            return False
        if self._trials == 0:
            return False
        self._trials -= 1
        return _quietly(lambda: _signed_by(certificate, issuer))


def _quietly(says: Callable[[], bool]) -> bool:
    """What is said of a certificate; one that can't be read is one of which it can't."""
    try:
        with _others_errors("unreadable"):
            return says()
    except TimestampError:
        return False


def _readable(data: bytes) -> Certificate | None:
    """A certificate beside the signing one; one that can't be read leads nowhere."""
    from cryptography import x509

    try:
        with _others_errors("unreadable"):
            return x509.load_der_x509_certificate(data)
    except TimestampError:
        return None


def _signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    certificate.verify_directly_issued_by(issuer)  # raises where it wasn't
    return True


def _soundly(certificate: Certificate) -> bool:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    if certificate.signature_algorithm_oid in {x509.SignatureAlgorithmOID.ED25519, x509.SignatureAlgorithmOID.ED448}:
        return True
    return isinstance(certificate.signature_hash_algorithm, (hashes.SHA256, hashes.SHA384, hashes.SHA512))


def _may_issue(certificate: Certificate, time: datetime) -> bool:
    from cryptography import x509

    if not (_valid_at(certificate, time) and _before_end(certificate, time) and _strong(certificate.public_key())):
        return False
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    return (
        constraints is not None
        and constraints.ca
        and (usage is None or usage.key_cert_sign)
        and (purposes is None or bool(_MAY_STAMP & {it.dotted_string for it in purposes}))
    )


def _extension(certificate: Certificate, kind: type[E]) -> E | None:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _confirmed(timestamp: bytes, read: Token, data: bytes, root: Certificate) -> bool:
    """Step 16: another reader, with the rules of OpenSSL for certificates, comes to the same."""
    from rfc3161_client import VerifierBuilder, decode_timestamp_response

    def confirms() -> bool:
        response = decode_timestamp_response(timestamp)
        VerifierBuilder(roots=[root]).build().verify_message(response, data)
        same_time = response.tst_info.gen_time.replace(microsecond=0) == read.time.replace(microsecond=0)
        return same_time and response.as_bytes() == timestamp

    return _without_panic(confirms)


def readable_elsewhere(timestamp: bytes) -> bool:
    """Tell whether the other reader of step 16 can read a timestamp at all."""
    from rfc3161_client import decode_timestamp_response

    return _without_panic(lambda: decode_timestamp_response(timestamp).as_bytes() == timestamp)


def _without_panic(says: Callable[[], bool]) -> bool:
    """As `_quietly`; what is written in Rust may also end in a panic, which is no `Exception`."""
    try:
        return _quietly(says)
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            return False
        raise

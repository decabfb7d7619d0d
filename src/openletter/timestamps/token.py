"""A timestamp as read from its bytes (``spec/timestamps.md``, "Reading"): all that is in it, nothing proven yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from openletter.errors import TimestampError
from openletter.timestamps import der
from openletter.timestamps.der import Element, Fields, inside

MAX_BYTES: Final = 1 << 16
MAX_CERTIFICATES: Final = 16

_GRANTED: Final = 0
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_TST_INFO: Final = bytes.fromhex("2a864886f70d0109100104")
_CONTENT_TYPE: Final = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_SIGNING_CERTIFICATE: Final = bytes.fromhex("2a864886f70d010910020c")
_SIGNING_CERTIFICATE_V2: Final = bytes.fromhex("2a864886f70d010910022f")

HASHES: Final = {
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}
"""The hash functions of a timestamp, as `hashlib` names them."""

_EXPLICIT_0: Final = 0xA0
_EXPLICIT_1: Final = 0xA1


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateId:
    """What names the signing certificate below the signature: its digest, and its issuer and number where they are."""

    hash_name: str
    digest: bytes
    issuer: bytes | None
    serial: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A timestamp. `issuer` is the DER of a name; `attributes` are the bytes that the signature is over.

    `latest` is the time that it gives, and its accuracy, rounded up to the second: what was stamped is no younger.
    """

    hash_name: str
    imprint: bytes
    time: datetime
    latest: datetime
    nonce: int | None
    content: bytes
    certificates: tuple[bytes, ...]
    issuer: bytes
    serial: int
    digest_name: str
    content_digest: bytes
    certificate_ids: tuple[CertificateId, ...]
    attributes: bytes
    algorithm: bytes
    signature: bytes


def read(data: bytes) -> Token:
    """Read a ``TimeStampResp`` that grants one timestamp; raises `TimestampError`."""
    # Step 1.
    if len(data) > MAX_BYTES:
        raise TimestampError(f"it has more than {MAX_BYTES // 1024} KiB")
    # Step 3. (Step 2, the one spelling, is that of `der`.)
    response = der.whole(data, der.SEQUENCE, "the response")
    _check_status(response.take(der.SEQUENCE))
    token = response.take_optional(der.SEQUENCE)
    if token is None:
        raise TimestampError("the authority's answer holds no timestamp")
    response.end()
    return _token(inside(token, "the token"))


def _check_status(status: Element) -> None:
    fields = inside(status, "the status")
    number = der.number(fields.take(der.INTEGER))
    if number != _GRANTED:
        raise TimestampError(f"the authority did not grant it: its status is {number if 0 <= number < 100 else 'none'}")
    text = fields.take_optional(der.SEQUENCE)
    if text is not None:
        for line in inside(text, "the status").rest():
            if line.tag != der.UTF8 or not _is_utf8(line.content):
                raise TimestampError("it can't be read: the words of its status are no text")
    fields.end()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _token(fields: Fields) -> Token:
    # Step 4: signed data, whose content is a TSTInfo.
    if der.check_oid(fields.take(der.OID)) != _SIGNED_DATA:
        raise TimestampError("it is no timestamp: it holds something else than signed data")
    explicit = inside(fields.take(_EXPLICIT_0), "the token")
    fields.end()
    signed = inside(explicit.take(der.SEQUENCE), "the signed data")
    explicit.end()
    if der.number(signed.take(der.INTEGER)) != 3:
        raise TimestampError("it is no timestamp: its signed data are of another version than 3")
    algorithms = [it.whole for it in inside(signed.take(der.SET), "the signed data").rest()]
    der.check_order(algorithms, "the algorithms")
    hashes = {_hash(der.Fields(it, "the signed data").take(der.SEQUENCE)) for it in algorithms}
    content = _content(inside(signed.take(der.SEQUENCE), "the content"))
    certificates = _certificates(signed.take_optional(_EXPLICIT_0))
    signed.take_optional(_EXPLICIT_1)  # lists of what was revoked: nothing is made of them
    signers = list(inside(signed.take(der.SET), "the signed data").rest())
    signed.end()
    if len(signers) != 1 or signers[0].tag != der.SEQUENCE:
        raise TimestampError(f"it has {len(signers)} signers, and a timestamp has one")
    read = _signer(inside(signers[0], "the signer"), content, certificates)
    if read.digest_name not in hashes:
        raise TimestampError("its signer uses a hash function that isn't among those that it lists")
    return read


def _content(fields: Fields) -> bytes:
    if der.check_oid(fields.take(der.OID)) != _TST_INFO:
        raise TimestampError("it is no timestamp: what is signed is something else")
    explicit = inside(fields.take(_EXPLICIT_0), "the content")
    fields.end()
    content = explicit.take(der.OCTETS).content
    explicit.end()
    return content


def _certificates(found: Element | None) -> tuple[bytes, ...]:
    certificates = [] if found is None else list(inside(found, "the set of certificates").rest())
    if not certificates:
        raise TimestampError("the authority's certificate is not in it, so nobody could check it later")
    if len(certificates) > MAX_CERTIFICATES:
        raise TimestampError(f"it has more than {MAX_CERTIFICATES} certificates")
    if any(it.tag != der.SEQUENCE for it in certificates):
        raise TimestampError("it can't be read: one of its certificates is of another kind")
    der.check_order([it.whole for it in certificates], "its certificates")
    return tuple(it.whole for it in certificates)


def _signer(fields: Fields, content: bytes, certificates: tuple[bytes, ...]) -> Token:
    # Step 5: who signed, by issuer and number, with which functions.
    if der.number(fields.take(der.INTEGER)) != 1:
        raise TimestampError("its signer is named in another way than by issuer and number")
    name = inside(fields.take(der.SEQUENCE), "the signer")
    issuer, serial = name.take(der.SEQUENCE).whole, der.number(name.take(der.INTEGER))
    name.end()
    digest_name = _hash(fields.take(der.SEQUENCE))
    attributes = fields.take_optional(_EXPLICIT_0)
    if attributes is None:
        raise TimestampError("it has no signed attributes, so it doesn't say which certificate signed it")
    algorithm = _algorithm(fields.take(der.SEQUENCE))
    signature = fields.take(der.OCTETS).content
    unsigned = fields.take_optional(_EXPLICIT_1)
    fields.end()
    if unsigned is not None:
        list(_attributes(unsigned, "the unsigned attributes"))  # nothing is made of them
    # Step 6.
    values = _signed(attributes)
    if _one(values, _CONTENT_TYPE, der.OID, "a type of content").content != _TST_INFO:
        raise TimestampError("what was signed is said to be something else than a timestamp")
    # Step 7.
    info = _info(der.whole(content, der.SEQUENCE, "the timestamp"))
    return Token(
        hash_name=info.hash_name,
        imprint=info.imprint,
        time=info.time,
        latest=info.latest,
        nonce=info.nonce,
        content=content,
        certificates=certificates,
        issuer=issuer,
        serial=serial,
        digest_name=digest_name,
        content_digest=_one(values, _MESSAGE_DIGEST, der.OCTETS, "a digest").content,
        certificate_ids=_certificate_ids(values),
        attributes=der.encode(der.SET, attributes.content),
        algorithm=algorithm,
        signature=signature,
    )


def _attributes(found: Element, what: str) -> Iterator[tuple[bytes, Fields]]:
    """Attributes, each as its type and its values."""
    attributes = list(inside(found, what).rest())
    der.check_order([it.whole for it in attributes], what)
    for attribute in attributes:
        if attribute.tag != der.SEQUENCE:
            raise TimestampError(f"it can't be read: one of {what} is of another kind")
        fields = inside(attribute, what)
        kind, values = der.check_oid(fields.take(der.OID)), fields.take(der.SET)
        fields.end()
        der.check_order([it.whole for it in inside(values, what).rest()], what)
        yield kind, inside(values, what)


def _signed(found: Element) -> dict[bytes, Element]:
    """The signed attributes by type: each once, with one value."""
    signed: dict[bytes, Element] = {}
    for kind, values in _attributes(found, "the signed attributes"):
        if kind in signed:
            raise TimestampError("a signed attribute is there twice")
        signed[kind] = values.take()
        values.end()
    return signed


def _one(values: dict[bytes, Element], kind: bytes, tag: int, what: str) -> Element:
    if kind not in values or values[kind].tag != tag:
        raise TimestampError(f"its signed attributes lack {what}")
    return values[kind]


def _certificate_ids(values: dict[bytes, Element]) -> tuple[CertificateId, ...]:
    found = []
    for kind, version in ((_SIGNING_CERTIFICATE, 1), (_SIGNING_CERTIFICATE_V2, 2)):
        if kind in values:
            fields = inside(_one(values, kind, der.SEQUENCE, "the signing certificate"), "the signing certificate")
            ids = inside(fields.take(der.SEQUENCE), "the signing certificate")
            fields.take_optional(der.SEQUENCE)  # policies of the signer
            fields.end()
            found.append(_certificate_id(inside(ids.take(der.SEQUENCE), "the signing certificate"), version))
    if not found:
        raise TimestampError("its signed attributes don't say which certificate signed it")
    return tuple(found)


def _certificate_id(fields: Fields, version: int) -> CertificateId:
    hash_name = "sha1" if version == 1 else "sha256"
    algorithm = fields.take_optional(der.SEQUENCE) if version == 2 else None
    if algorithm is not None:
        hash_name = _hash(algorithm)
    digest = fields.take(der.OCTETS).content
    named = fields.take_optional(der.SEQUENCE)
    fields.end()
    issuer = serial = None
    if named is not None:
        both = inside(named, "the signing certificate")
        names = inside(both.take(der.SEQUENCE), "the signing certificate")
        issuer = names.take(0xA4).content  # the directoryName of GeneralName
        names.end()
        serial = der.number(both.take(der.INTEGER))
        both.end()
    return CertificateId(hash_name=hash_name, digest=digest, issuer=issuer, serial=serial)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Info:
    hash_name: str
    imprint: bytes
    time: datetime
    latest: datetime
    nonce: int | None


def _info(fields: Fields) -> _Info:
    if der.number(fields.take(der.INTEGER)) != 1:
        raise TimestampError("it is of another version than 1")
    der.check_oid(fields.take(der.OID))  # the authority's policy
    imprint = inside(fields.take(der.SEQUENCE), "the imprint")
    hash_name, digest = _hash(imprint.take(der.SEQUENCE)), imprint.take(der.OCTETS).content
    imprint.end()
    der.number(fields.take(der.INTEGER))  # its number
    time = der.time(fields.take(der.TIME))
    accuracy = fields.take_optional(der.SEQUENCE)
    ordering = fields.take_optional(der.BOOLEAN)
    if ordering is not None and ordering.content != b"\xff":
        raise TimestampError("it can't be read: what is false by default is left out")
    nonce = fields.take_optional(der.INTEGER)
    fields.take_optional(_EXPLICIT_0)  # the name that the authority gives to itself
    _check_extensions(fields.take_optional(_EXPLICIT_1))
    fields.end()
    try:
        latest = time + (_accuracy(accuracy) if accuracy is not None else timedelta())
        if latest.microsecond:
            latest = latest.replace(microsecond=0) + timedelta(seconds=1)
    except OverflowError:
        raise TimestampError("its time is beyond all calendars") from None
    return _Info(
        hash_name=hash_name,
        imprint=digest,
        time=time,
        latest=latest,
        nonce=der.number(nonce) if nonce is not None else None,
    )


def _accuracy(element: Element) -> timedelta:
    fields = inside(element, "the accuracy")
    seconds = fields.take_optional(der.INTEGER)
    parts = [der.number(seconds) if seconds is not None else 0]
    if parts[0] < 0:
        raise TimestampError("its accuracy is no span of time")
    for tag in (0x80, 0x81):
        part = fields.take_optional(tag)
        parts.append(der.number(part) if part is not None else 0)
        if part is not None and not 1 <= parts[-1] <= 999:
            raise TimestampError("its accuracy is no span of time")
    fields.end()
    return timedelta(seconds=parts[0], milliseconds=parts[1], microseconds=parts[2])


def _check_extensions(found: Element | None) -> None:
    """An extension that says that it must be understood isn't understood here."""
    if found is None:
        return
    for extension in inside(found, "the extensions").rest():
        if extension.tag != der.SEQUENCE:
            raise TimestampError("it can't be read: an extension is of another kind")
        fields = inside(extension, "an extension")
        der.check_oid(fields.take(der.OID))
        if fields.take_optional(der.BOOLEAN) is not None:
            raise TimestampError("it has an extension that must be understood, and none is understood here")
        fields.take(der.OCTETS)
        fields.end()


def _algorithm(element: Element) -> bytes:
    """The identifier of an algorithm; its parameters, where they are there, are empty."""
    fields = inside(element, "an algorithm")
    identifier = der.check_oid(fields.take(der.OID))
    empty = fields.take_optional(der.NULL)
    fields.end()
    if empty is not None and empty.content:
        raise TimestampError("it can't be read: an algorithm has parameters where it has none")
    return identifier


def _hash(element: Element) -> str:
    identifier = _algorithm(element)
    if identifier not in HASHES:
        raise TimestampError("it uses another hash function than SHA-256, SHA-384 and SHA-512")
    return HASHES[identifier]

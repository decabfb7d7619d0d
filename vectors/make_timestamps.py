"""Makes the vectors of timestamps: ``python vectors/make_timestamps.py [OUT]`` writes ``OUT/timestamps``.

Nothing here imports openletter, nor anything that knows certificates: keys, certificates and timestamps are made by
this file alone, from seeds that are the SHA-256 of ``openletter vectors: NAME``. So the same bytes come out every time.

Headers: ``expect`` (``accept`` or ``TimestampError``); ``comment``; ``data-hex``, the bytes that the timestamp lies
beside (absent where there are none); ``roots-hex``, the root certificates that the verifier names for its authority, in
DER, divided by spaces (absent where there are none). Where it is accepted, ``counts`` is ``yes`` or ``no``, and
``time`` the time that it gives. Where there are roots, ``openssl`` is ``accepts`` or ``refuses``: what
``openssl ts -verify`` of OpenSSL 3.0 says by these roots, and ``at`` what it is given as ``-attime``.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path

from vectorfile import remove_stale, write

# The checkpoint of spec/records.md.
DATA = b"""\
format: "checkpoint/1"
organization: "alder.example"
date: "2026-05-15"
commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
tree: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
"""

# --- DER --------------------------------------------------------------------------------------------------------------


def der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int, tag: int = 0x02) -> bytes:
    return der(tag, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def oid(text: str) -> bytes:
    first, second, *others = map(int, text.split("."))
    content = bytearray()
    for arc in (first * 40 + second, *others):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return der(0x06, bytes(content))


def sequence(*contents: bytes) -> bytes:
    return der(0x30, *contents)


def set_of(*contents: bytes) -> bytes:
    return der(0x31, *sorted(contents))


def octets(content: bytes) -> bytes:
    return der(0x04, content)


def bits(content: bytes, unused: int = 0) -> bytes:
    return der(0x03, bytes((unused,)), content)


NULL = der(0x05)
TRUE = der(0x01, b"\xff")
FALSE = der(0x01, b"\0")
HASHES = {
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
    "sha3_256": "2.16.840.1.101.3.4.2.8",
}
RSA = "1.2.840.113549.1.1.1"
RSA_WITH = {
    "sha1": "1.2.840.113549.1.1.5",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
ECDSA_WITH = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3"}
SIGNED_DATA = "1.2.840.113549.1.7.2"
PLAIN_DATA = "1.2.840.113549.1.7.1"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
ESS_V1 = "1.2.840.113549.1.9.16.2.12"
ESS_V2 = "1.2.840.113549.1.9.16.2.47"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
EMAIL = "1.3.6.1.5.5.7.3.4"
POLICY = "1.3.6.1.4.1.99999.1"


def algorithm(identifier: str, *parameters: bytes) -> bytes:
    return sequence(oid(identifier), *parameters)


def digest(name: str, data: bytes) -> bytes:
    return hashlib.new(name, data).digest()


# --- keys -------------------------------------------------------------------------------------------------------------


def seed(name: str) -> bytes:
    return hashlib.sha256(f"openletter vectors: {name}".encode()).digest()


def stream(name: str, length: int) -> Iterator[bytes]:
    """Endless strings of bytes of this length, by chance as far as anybody can tell, and always the same."""
    for number in count():
        yield hashlib.shake_256(seed(name) + number.to_bytes(4)).digest(length)


SMALL = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


def is_prime(n: int) -> bool:
    if any(n % small == 0 for small in SMALL):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in SMALL[:20]:
        value = pow(base, odd, n)
        if value in (1, n - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % n
            if value == n - 1:
                break
        else:
            return False
    return True


def prime(name: str, bits_: int) -> int:
    for data in stream(name, bits_ // 8):
        n = int.from_bytes(data) | 3 << bits_ - 2 | 1
        if is_prime(n) and n % 65537 != 1:
            return n
    raise AssertionError


# P-256 (FIPS 186-4, D.1.2.3), as numbers.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int]


def add(a: Point | None, b: Point | None) -> Point | None:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(scalar: int) -> Point:
    result: Point | None = None
    point: Point | None = BASE
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    assert result is not None
    return result


@dataclass(frozen=True)
class Key:
    """A key of no use, by its name: RSA of so many bits, or on P-256 where there are none."""

    name: str
    size: int | None = 2048

    @property
    def public(self) -> bytes:
        """Its SubjectPublicKeyInfo."""
        if self.size is None:
            x, y = times(int.from_bytes(seed(self.name)))
            curve = sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
            return sequence(curve, bits(b"\x04" + x.to_bytes(32) + y.to_bytes(32)))
        modulus = rsa(self.name, self.size)[0]
        return sequence(algorithm(RSA, NULL), bits(sequence(integer(modulus), integer(65537))))

    def sign(self, data: bytes, hash_name: str) -> bytes:
        hashed = digest(hash_name, data)
        if self.size is None:
            number = int.from_bytes(digest("sha256", seed(self.name) + data)) % N
            r = times(number)[0] % N
            s = pow(number, -1, N) * (int.from_bytes(hashed[:32]) + r * int.from_bytes(seed(self.name))) % N
            return sequence(integer(r), integer(s))
        modulus, p, q = rsa(self.name, self.size)
        info = sequence(algorithm(HASHES[hash_name], NULL), octets(hashed))
        padded = b"\0\1" + b"\xff" * (self.size // 8 - len(info) - 3) + b"\0" + info
        m_p, m_q = (pow(int.from_bytes(padded), pow(65537, -1, it - 1), it) for it in (p, q))
        signed = m_q + q * ((m_p - m_q) * pow(q, -1, p) % p)
        assert pow(signed, 65537, modulus) == int.from_bytes(padded)
        return signed.to_bytes(self.size // 8)

    def algorithm(self, hash_name: str) -> bytes:
        """The algorithm of its signatures, as a certificate names it."""
        if self.size is None:
            return algorithm(ECDSA_WITH[hash_name])
        return algorithm(RSA_WITH[hash_name], NULL)


@cache
def rsa(name: str, size: int) -> tuple[int, int, int]:
    """The modulus, and its two primes."""
    p, q = prime(f"{name} p", size // 2), prime(f"{name} q", size // 2)
    return p * q, p, q


# --- certificates -----------------------------------------------------------------------------------------------------


def name(text: str) -> bytes:
    return sequence(set_of(sequence(oid("2.5.4.3"), der(0x0C, text.encode()))))


def extension(identifier: str, critical: bool, value: bytes) -> bytes:
    return sequence(oid(identifier), TRUE if critical else b"", octets(value))


def purposes(*identifiers: str, critical: bool = True) -> bytes:
    return extension("2.5.29.37", critical, sequence(*map(oid, identifiers)))


def usage(bits_: int, unused: int, critical: bool = True) -> bytes:
    return extension("2.5.29.15", critical, bits(bytes((bits_,)), unused))


def constraints(*fields: bytes) -> bytes:
    return extension("2.5.29.19", True, sequence(*fields))


SIGNATURES, REPUDIATION, CERTIFICATES = usage(0x80, 7), usage(0xC0, 6), usage(0x06, 1)
ENCIPHERMENT = usage(0xA0, 5)
STAMPING = purposes(TIME_STAMPING)
AUTHORITY = (constraints(TRUE), CERTIFICATES)
SIGNER = (constraints(), SIGNATURES, STAMPING)


@dataclass(frozen=True)
class Certificate:
    """A certificate, and by which key it was signed."""

    subject: str
    key: Key
    issuer: str
    by: Key
    extensions: tuple[bytes, ...] = SIGNER
    serial: int = 4096
    since: str = "20260101000000Z"
    until: str = "20270101000000Z"
    hash_name: str = "sha256"

    @property
    def data(self) -> bytes:
        return certificate(self)


@cache
def certificate(it: Certificate) -> bytes:
    signed = sequence(
        der(0xA0, integer(2)) if it.extensions else b"",
        integer(it.serial),
        it.by.algorithm(it.hash_name),
        name(it.issuer),
        sequence(moment(it.since), moment(it.until)),
        name(it.subject),
        it.key.public,
        der(0xA3, sequence(*it.extensions)) if it.extensions else b"",
    )
    return sequence(signed, it.by.algorithm(it.hash_name), bits(it.by.sign(signed, it.hash_name)))


def moment(text: str) -> bytes:
    """A time as certificates have it: until 2049 with two digits of the year."""
    return der(0x17, text[2:].encode()) if text < "2050" else der(0x18, text.encode())


ROOT_KEY, MIDDLE_KEY, SIGNER_KEY, OTHER_KEY = Key("root"), Key("middle"), Key("authority"), Key("other root")
CURVE_KEY, SHORT_KEY = Key("authority on a curve", None), Key("short", 1024)


def root(**changes: object) -> Certificate:
    return replace(
        Certificate("Root", ROOT_KEY, "Root", ROOT_KEY, AUTHORITY, 1, "20200101000000Z", "20400101000000Z"),
        **changes,  # type: ignore[arg-type]  # fields of a certificate
    )


def middle(**changes: object) -> Certificate:
    return replace(
        Certificate("Middle", MIDDLE_KEY, "Root", ROOT_KEY, AUTHORITY, 2, "20200101000000Z", "20400101000000Z"),
        **changes,  # type: ignore[arg-type]
    )


def signer(**changes: object) -> Certificate:
    return replace(Certificate("Authority", SIGNER_KEY, "Root", ROOT_KEY), **changes)  # type: ignore[arg-type]


ROOT, OTHER = root(), root(subject="Other root", issuer="Other root", key=OTHER_KEY, by=OTHER_KEY)
SIGNER_CERTIFICATE = signer()
BELOW = signer(issuer="Middle", by=MIDDLE_KEY)  # below the certificate between

# --- timestamps -------------------------------------------------------------------------------------------------------


def info(
    data: bytes = DATA,
    *,
    version: int = 1,
    hash_name: str = "sha512",
    imprint: bytes | None = None,
    parameters: bytes = NULL,
    time: bytes = b"20260515100000Z",
    accuracy: bytes = b"",
    ordering: bytes = b"",
    nonce: bytes = integer(2**63 + 5),
    tsa: bytes = b"",
    extensions: bytes = b"",
    after: bytes = b"",
) -> bytes:
    hashed = digest(hash_name, data) if imprint is None else imprint
    return sequence(
        integer(version),
        oid(POLICY),
        sequence(algorithm(HASHES[hash_name], parameters), octets(hashed)),
        integer(7),
        der(0x18, time),
        accuracy,
        ordering,
        nonce,
        tsa,
        extensions,
        after,
    )


def attribute(identifier: str, *values: bytes) -> bytes:
    return sequence(oid(identifier), set_of(*values))


def ess_v1(cert: bytes, *after: bytes) -> bytes:
    return attribute(ESS_V1, sequence(sequence(sequence(octets(digest("sha1", cert)), *after))))


def ess_v2(cert: bytes, *after: bytes, hash_name: str = "sha256") -> bytes:
    named = b"" if hash_name == "sha256" else algorithm(HASHES[hash_name])
    return attribute(ESS_V2, sequence(sequence(sequence(named, octets(digest(hash_name, cert)), *after))))


def issuer_serial(issuer: str, serial: int) -> bytes:
    return sequence(sequence(der(0xA4, name(issuer))), integer(serial))


def attributes(
    content: bytes, cert: bytes, *, hash_name: str = "sha256", ess: tuple[bytes, ...] | None = None
) -> list[bytes]:
    return [
        attribute(CONTENT_TYPE, oid(TST_INFO)),
        attribute(MESSAGE_DIGEST, octets(digest(hash_name, content))),
        *((ess_v2(cert),) if ess is None else ess),
    ]


def timestamp(
    content: bytes | None = None,
    *,
    by: Certificate = SIGNER_CERTIFICATE,
    key: Key | None = None,
    others: tuple[Certificate, ...] = (),
    certificates: list[bytes] | None = None,
    hash_name: str = "sha256",
    signed: list[bytes] | None = None,
    signature: Callable[[bytes], bytes] = lambda it: it,
    signature_algorithm: bytes | None = None,
    digest_algorithm: bytes | None = None,
    signed_set: bytes | None = None,
    sid: bytes | None = None,
    signer_version: int = 1,
    unsigned: bytes = b"",
    signers: Callable[[bytes], bytes] = set_of,
    version: int = 3,
    algorithms: bytes | None = None,
    content_type: str = TST_INFO,
    content_field: bytes | None = None,
    crls: bytes = b"",
    token_type: str = SIGNED_DATA,
    status: bytes = sequence(integer(0)),  # bytes
    after: bytes = b"",
) -> bytes:
    """A response with a token; each part of it can be another."""
    content = info() if content is None else content
    cert = by.data
    key = key or by.key
    attributes_ = sorted(attributes(content, cert, hash_name=hash_name)) if signed is None else signed
    inner = b"".join(attributes_)
    if signature_algorithm is None:
        signature_algorithm = algorithm(RSA, NULL) if key.size else key.algorithm(hash_name)
    signer_info = sequence(
        integer(signer_version),
        sequence(name(by.issuer), integer(by.serial)) if sid is None else sid,
        digest_algorithm or algorithm(HASHES[hash_name], NULL),
        der(0xA0, inner) if signed_set is None else signed_set,
        signature_algorithm,
        octets(signature(key.sign(der(0x31, inner), hash_name))),
        unsigned,
    )
    if certificates is None:
        certificates = sorted([cert, *(it.data for it in others)])
    signed_data = sequence(
        integer(version),
        algorithms or set_of(algorithm(HASHES[hash_name], NULL)),
        sequence(oid(content_type), der(0xA0, octets(content)) if content_field is None else content_field),
        der(0xA0, *certificates) if certificates else b"",
        crls,
        signers(signer_info),
    )
    return sequence(status, sequence(oid(token_type), der(0xA0, signed_data)), after)


# --- vectors ----------------------------------------------------------------------------------------------------------

# What OpenSSL 3.0 accepts and this specification doesn't: spec/timestamps.md tells why.
LAX = frozenset(
    """
    accuracy-negative accuracy-thousand accuracy-zero attribute-type-missing attribute-type-other
    attributes-out-of-order certificate-ambiguous certificate-id-sha1-in-v2 certificate-id-twice
    certificate-purpose-twice certificate-short certificates-17 certificates-out-of-order extension-critical
    form-after form-digest-parameters form-length-indefinite form-length-long form-signer-version-3
    form-status-failure form-status-text-latin form-status-with-mods form-version-1 hashes-sha3 imprint-sha1
    imprint-sha224 imprint-sha3 ordering-false signature-other-hash signature-other-kind signature-pss
    signed-sha1 time-accuracy-endless time-comma time-day-30 time-local time-minute time-point time-second-60
    time-zero-behind time-zone unknown-between-purpose unknown-between-sha1 unknown-between-short
    unknown-path-too-long unknown-root-short unknown-signed-sha1 unsigned-attribute-order
    """.split()  # noqa: SIM905
)

TIME = "2026-05-15T10:00:00Z"
_vectors: dict[str, tuple[dict[str, str], bytes]] = {}


def vector(
    name_: str,
    comment: str,
    payload: bytes,
    *,
    time: str | None = None,
    counts: bool = True,
    roots: tuple[Certificate, ...] = (ROOT,),
    data: bytes = DATA,
) -> None:
    """Keep a vector: accepted where a time is named."""
    assert name_ not in _vectors, name_
    headers = {"expect": "accept" if time else "TimestampError", "comment": comment}
    if time:
        headers |= {"counts": "yes" if counts else "no", "time": time}
    if data:
        headers["data-hex"] = data.hex()
    if roots:
        headers["roots-hex"] = " ".join(it.data.hex() for it in roots)
        at = datetime.fromisoformat(time or TIME)
        headers["at"] = str(int(at.timestamp()))
        headers["openssl"] = "accepts" if (time and counts) or name_ in LAX else "refuses"
    _vectors[name_] = headers, payload


def good(name_: str, comment: str, payload: bytes, *, time: str = TIME, **more: object) -> None:
    vector(name_, comment, payload, time=time, **more)  # type: ignore[arg-type]


def unknown(name_: str, comment: str, payload: bytes, *, time: str = TIME, **more: object) -> None:
    vector(name_, comment, payload, time=time, counts=False, **more)  # type: ignore[arg-type]


def accepted() -> None:
    good("good", "A timestamp by an authority that a root issued.", timestamp())
    for hash_name in ("sha256", "sha384"):
        comment = f"The imprint is the {hash_name.upper()} of the bytes."
        good(f"good-imprint-{hash_name}", comment, timestamp(info(hash_name=hash_name)))
    for hash_name in ("sha384", "sha512"):
        good(f"good-signed-{hash_name}", f"Signed with {hash_name.upper()}.", timestamp(hash_name=hash_name))
    good(
        "good-algorithm-with-hash",
        "The algorithm of the signature names its hash too.",
        timestamp(signature_algorithm=SIGNER_KEY.algorithm("sha256")),
    )
    curve = signer(key=CURVE_KEY)
    good("good-ecdsa", "Signed with ECDSA on P-256.", timestamp(by=curve))
    good("good-hash-without-parameters", "A hash without NULL.", timestamp(info(parameters=b"")))
    cert = SIGNER_CERTIFICATE.data
    named = sequence(algorithm(HASHES["sha256"]), octets(digest("sha256", cert)))
    written = attribute(ESS_V2, sequence(sequence(named)))
    for name_, comment, ess in (
        ("v1", "The certificate is named by its SHA-1.", (ess_v1(cert),)),
        ("both", "The certificate is named in both ways.", (ess_v1(cert), ess_v2(cert))),
        ("sha512", "The certificate is named by its SHA-512.", (ess_v2(cert, hash_name="sha512"),)),
        ("default", "The certificate is named by its SHA-256, said so.", (written,)),
        ("issuer", "The certificate is named by issuer and number too.", (ess_v2(cert, issuer_serial("Root", 4096)),)),
    ):
        good(f"good-certificate-id-{name_}", comment, timestamp(signed=sorted(attributes(info(), cert, ess=ess))))
    more = [*attributes(info(), cert), attribute(SIGNING_TIME, der(0x17, b"991231235959Z"))]
    good("good-other-attribute", "Another time in an attribute is not the time.", timestamp(signed=sorted(more)))
    good("good-without-nonce", "Without a nonce.", timestamp(info(nonce=b"")))
    good("good-ordering", "With ordering.", timestamp(info(ordering=TRUE)))
    good("good-name", "The authority names itself.", timestamp(info(tsa=der(0xA0, der(0xA4, name("Authority"))))))
    good(
        "good-extension",
        "An extension that need not be understood.",
        timestamp(info(extensions=der(0xA1, extension("1.3.6.1.4.1.99999.2", False, NULL)))),
    )
    text = sequence(integer(0), sequence(der(0x0C, "Jawohl – granted".encode())))
    good("good-status-text", "Words beside the status.", timestamp(status=text))
    unsigned = der(0xA1, attribute("1.3.6.1.4.1.99999.3", NULL))
    good("good-unsigned-attribute", "An attribute that nobody signed.", timestamp(unsigned=unsigned))
    good("good-certificates-more", "Certificates that nobody needs.", timestamp(others=(ROOT, OTHER, middle())))
    good("good-root-inside", "The root is in it too.", timestamp(others=(ROOT,)))
    good("good-certificate-between", "A certificate between.", timestamp(by=BELOW, others=(middle(),)))
    for name_, purpose in (("stamping", TIME_STAMPING), ("any", "2.5.29.37.0")):
        between = middle(extensions=(*AUTHORITY, purposes(EMAIL, purpose)))
        comment = f"A certificate between, its purposes: {name_}, and mail."
        good(f"good-between-{name_}", comment, timestamp(by=BELOW, others=(between,)))
    good("good-two-roots", "Two roots are named, one of them its own.", timestamp(), roots=(OTHER, ROOT))
    good("good-without-usage", "The certificate has no keyUsage.", timestamp(by=signer(extensions=(STAMPING,))))
    both = signer(extensions=(constraints(), REPUDIATION, STAMPING))
    good("good-usage-both", "The certificate is for nonRepudiation too.", timestamp(by=both))
    for name_, comment, accuracy, time in (
        ("accuracy-second", "To the second.", sequence(integer(1)), "2026-05-15T10:00:01Z"),
        ("accuracy-thousandths", "To half a second.", sequence(integer(500, 0x80)), "2026-05-15T10:00:01Z"),
        ("accuracy-millionth", "To a millionth.", sequence(integer(1, 0x81)), "2026-05-15T10:00:01Z"),
        ("accuracy-day", "To a day.", sequence(integer(86400)), "2026-05-16T10:00:00Z"),
        ("accuracy-empty", "An accuracy that says nothing.", sequence(), TIME),
        (
            "accuracy-all",
            "To a second, 999 thousandths and 999 millionths.",
            sequence(integer(1), integer(999, 0x80), integer(999, 0x81)),
            "2026-05-15T10:00:02Z",
        ),
    ):
        good(f"good-{name_}", comment, timestamp(info(accuracy=accuracy)), time=time)
    for name_, comment, written, time in (
        ("fraction", "A fraction of a second.", b"20260515095959.5Z", TIME),
        ("fraction-long", "A fraction finer than a microsecond.", b"20260515100000.0000001Z", "2026-05-15T10:00:01Z"),
        ("leap-day", "On a leap day.", b"20240229120000Z", "2024-02-29T12:00:00Z"),
    ):
        old = signer(since="20240101000000Z")
        good(f"good-{name_}", comment, timestamp(info(time=written), by=old), time=time)
    expired = signer(since="20200101000000Z", until="20210101000000Z")
    old_root = root(since="20190101000000Z", until="20220101000000Z")
    good(
        "good-expired-since",
        "All certificates have expired since, and were valid at its time.",
        timestamp(info(time=b"20200601000000Z"), by=expired),
        time="2020-06-01T00:00:00Z",
        roots=(old_root,),
    )
    for name_, comment, written in (
        ("first-second", "In the first second of its certificate.", b"20260101000000Z"),
        ("last-second-but-one", "A second before its certificate ends.", b"20261231235959Z"),
    ):
        day, second = written[:8].decode(), written[8:14].decode()
        iso = f"{day[:4]}-{day[4:6]}-{day[6:]}T{second[:2]}:{second[2:4]}:{second[4:]}Z"
        good(f"good-{name_}", comment, timestamp(info(time=written)), time=iso)
    far = signer(until="21000101000000Z")
    late = root(until="21000101000000Z")
    good(
        "good-far-future",
        "A time far in the future: there is no clock here.",
        timestamp(info(time=b"20990101000000Z"), by=far),
        time="2099-01-01T00:00:00Z",
        roots=(late,),
    )


def uncounted() -> None:
    """Nothing is false in these, and nothing can be said."""
    unknown("unknown-no-roots", "No root is named for this authority.", timestamp(), roots=())
    unknown("unknown-other-root", "The root that is named is another authority's.", timestamp(), roots=(OTHER,))
    forged = root(key=OTHER_KEY, by=OTHER_KEY)
    unknown(
        "unknown-own-root",
        "A root of the same name as the one that is named, made by somebody else, is in it.",
        timestamp(by=signer(by=OTHER_KEY), others=(forged,)),
    )
    lone = Certificate("Authority", SIGNER_KEY, "Authority", SIGNER_KEY)
    unknown("unknown-self-signed", "The authority vouches for itself.", timestamp(by=lone))
    unknown("unknown-between-missing", "The certificate between is not in it.", timestamp(by=BELOW))
    for name_, comment, between in (
        ("expired", "The certificate between had expired by then.", middle(until="20260401000000Z")),
        ("early", "The certificate between was not valid yet.", middle(since="20260601000000Z")),
        ("no-authority", "The certificate between is none of a CA.", middle(extensions=(constraints(), CERTIFICATES))),
        (
            "no-constraints",
            "The certificate between doesn't say that it is of a CA.",
            middle(extensions=(CERTIFICATES,)),
        ),
        (
            "no-signing",
            "The certificate between is not for signing others.",
            middle(extensions=(constraints(TRUE), SIGNATURES)),
        ),
        (
            "critical",
            "The certificate between has a critical extension that nobody knows.",
            middle(extensions=(*AUTHORITY, extension("1.3.6.1.4.1.99999.4", True, NULL))),
        ),
        ("other-key", "The certificate between is of another key.", middle(key=OTHER_KEY)),
        ("other-issuer", "The certificate between was signed by another.", middle(by=OTHER_KEY)),
    ):
        unknown(f"unknown-between-{name_}", comment, timestamp(by=BELOW, others=(between,)))
    for name_, comment, between in (
        ("sha1", "The certificate between is signed with SHA-1.", middle(hash_name="sha1")),
        ("short", "The certificate between is of a short key.", middle(key=SHORT_KEY)),
    ):
        below = signer(issuer="Middle", by=between.key)
        unknown(f"unknown-between-{name_}", comment, timestamp(by=below, others=(between,)))
    web = middle(extensions=(*AUTHORITY, purposes("1.3.6.1.5.5.7.3.1", critical=False)))
    comment = "The certificate between is of a CA for web servers and nothing else."
    unknown("unknown-between-purpose", comment, timestamp(by=BELOW, others=(web,)))
    sha1 = signer(hash_name="sha1")
    unknown("unknown-signed-sha1", "Its certificate is signed with SHA-1.", timestamp(by=sha1))
    for name_, comment, changes in (
        ("root-expired", "The root had expired by then.", {"until": "20260401000000Z"}),
        ("root-early", "The root was not valid yet.", {"since": "20260601000000Z"}),
        ("root-no-authority", "The root is none of a CA.", {"extensions": (constraints(), CERTIFICATES)}),
        ("root-other-key", "The root is of another key.", {"key": OTHER_KEY, "by": OTHER_KEY}),
    ):
        unknown(f"unknown-{name_}", comment, timestamp(), roots=(root(**changes),))
    unknown(
        "unknown-last-second",
        "In the second in which its certificate ends: some call that expired.",
        timestamp(info(time=b"20270101000000Z")),
        time="2027-01-01T00:00:00Z",
    )
    short = root(key=SHORT_KEY, by=SHORT_KEY)
    comment = "The root is of a short key."
    unknown("unknown-root-short", comment, timestamp(by=signer(by=SHORT_KEY)), roots=(short,))
    none_below = root(extensions=(constraints(TRUE, integer(0)), CERTIFICATES))
    unknown(
        "unknown-path-length",
        "The root allows no certificate between.",
        timestamp(by=BELOW, others=(middle(),)),
        roots=(none_below,),
    )
    chain = [middle(subject=f"Middle {n}", issuer=f"Middle {n - 1}", by=MIDDLE_KEY, serial=n) for n in range(2, 6)]
    chain = [middle(subject="Middle 1"), *chain]
    for length, say in ((4, good), (5, unknown)):
        below = signer(issuer=f"Middle {length}", by=MIDDLE_KEY)
        payload = timestamp(by=below, others=tuple(chain[:length]))
        if say is good:
            good("good-path-longest", "A path of six certificates.", payload)
        else:
            unknown("unknown-path-too-long", "A path of seven certificates.", payload)
    circle = (
        middle(subject="Middle 1", issuer="Middle 2", by=MIDDLE_KEY),
        middle(subject="Middle 2", issuer="Middle 1", by=MIDDLE_KEY),
    )
    below = signer(issuer="Middle 1", by=MIDDLE_KEY)
    unknown("unknown-circle", "Two certificates that issued each other.", timestamp(by=below, others=circle))


def false_bytes() -> None:
    """Over other bytes, or with another time than was signed."""
    vector("bytes-other", "Over other bytes.", timestamp(), data=DATA + b"\n")
    vector("bytes-none", "Over other bytes, and they are none.", timestamp(), data=b"")
    for name_, comment, content in (
        ("imprint-short", "An imprint that is too short.", info(imprint=digest("sha512", DATA)[:-1])),
        ("imprint-long", "An imprint that is too long.", info(imprint=digest("sha512", DATA) + b"\0")),
        ("imprint-empty", "An imprint that is empty.", info(imprint=b"")),
        ("imprint-of-other-hash", "An imprint of another hash than it names.", info(imprint=digest("sha256", DATA))),
        ("imprint-sha3", "An imprint of SHA-3.", info(hash_name="sha3_256")),
        ("imprint-sha224", "An imprint of SHA-224.", info(hash_name="sha224")),
        ("imprint-sha1", "An imprint of SHA-1.", info(hash_name="sha1")),
        ("imprint-parameters", "A hash with parameters.", info(parameters=integer(1))),
        ("version-2", "A TSTInfo of version 2.", info(version=2)),
        ("after-info", "Something behind the last field of the TSTInfo.", info(after=NULL)),
        (
            "extension-critical",
            "An extension that must be understood.",
            info(extensions=der(0xA1, extension("1.3.6.1.4.1.99999.2", True, NULL))),
        ),
        ("time-local", "A time without a zone.", info(time=b"20260515100000")),
        ("time-zone", "A time in another zone.", info(time=b"20260515100000+0200")),
        ("time-minute", "A time without seconds.", info(time=b"202605151000Z")),
        ("time-zero-behind", "A fraction that ends in zero.", info(time=b"20260515100000.50Z")),
        ("time-point", "A point without a fraction.", info(time=b"20260515100000.Z")),
        ("time-comma", "A comma for a point.", info(time=b"20260515100000,5Z")),
        ("time-day-30", "On the 30th of February.", info(time=b"20260230100000Z")),
        ("time-second-60", "In a leap second.", info(time=b"20260630235960Z")),
        ("time-accuracy-endless", "An accuracy beyond all calendars.", info(accuracy=sequence(integer(10**30)))),
        ("accuracy-negative", "An accuracy below zero.", info(accuracy=sequence(integer(-1)))),
        ("accuracy-thousand", "An accuracy of 1000 thousandths.", info(accuracy=sequence(integer(1000, 0x80)))),
        ("accuracy-zero", "An accuracy of 0 thousandths.", info(accuracy=sequence(integer(0, 0x80)))),
        ("ordering-false", "What is false by default is written.", info(ordering=FALSE)),
    ):
        vector(name_, comment, timestamp(content))
    other, cert = info(time=b"20250515100000Z"), SIGNER_CERTIFICATE.data
    vector(
        "time-changed",
        "Another time than was signed, its digest in the attributes too.",
        timestamp(other, signature=lambda _: SIGNER_KEY.sign(der(0x31, *sorted(attributes(info(), cert))), "sha256")),
    )
    vector(
        "content-changed",
        "Another time than was signed, and the attributes as they were.",
        timestamp(other, signed=sorted(attributes(info(), cert))),
    )
    expired = signer(until="20260501000000Z")
    vector("certificate-expired", "Its certificate had expired by then.", timestamp(by=expired))
    early = signer(since="20260601000000Z")
    vector("certificate-early", "Its certificate was not valid yet.", timestamp(by=early))


def false_certificates() -> None:
    """By a certificate that is not one for timestamps, or is another than the one that is signed."""
    other_purposes = (
        ("purpose-missing", "No extKeyUsage.", (constraints(), SIGNATURES)),
        ("purpose-not-critical", "Not critical.", (constraints(), SIGNATURES, purposes(TIME_STAMPING, critical=False))),
        ("purpose-other", "Of mail.", (constraints(), SIGNATURES, purposes(EMAIL))),
        ("purpose-more", "Of timestamps and of mail.", (constraints(), SIGNATURES, purposes(TIME_STAMPING, EMAIL))),
        ("purpose-any", "Of anything.", (constraints(), SIGNATURES, purposes("2.5.29.37.0"))),
        ("purpose-and-any", "Of timestamps and of anything.", (SIGNATURES, purposes(TIME_STAMPING, "2.5.29.37.0"))),
        ("purpose-twice", "Of timestamps, twice.", (SIGNATURES, purposes(TIME_STAMPING, TIME_STAMPING))),
        ("usage-encipherment", "For enciphering too.", (constraints(), ENCIPHERMENT, STAMPING)),
        ("usage-certificates", "For signing certificates.", (constraints(TRUE), CERTIFICATES, STAMPING)),
        ("extension-twice", "With an extension twice.", (SIGNATURES, STAMPING, STAMPING)),
    )
    for name_, comment, extensions in other_purposes:
        payload = timestamp(by=signer(extensions=extensions))
        vector(f"certificate-{name_}", f"Its certificate: {comment}", payload)
    vector("certificate-version-1", "Its certificate has no extensions.", timestamp(by=signer(extensions=())))
    vector("certificate-short", "Its key is of 1024 bits.", timestamp(by=signer(key=SHORT_KEY)))
    cert, other = SIGNER_CERTIFICATE.data, signer(serial=4097).data
    for name_, comment, ess in (
        ("missing", "No certificate is named.", ()),
        ("other", "Another certificate is named.", (ess_v2(other),)),
        ("other-v1", "Another certificate is named, by its SHA-1.", (ess_v1(other),)),
        ("one-other", "Two are named, and one is another.", (ess_v1(cert), ess_v2(other))),
        ("issuer", "Another issuer is named.", (ess_v2(cert, issuer_serial("Other", 4096)),)),
        ("number", "Another number is named.", (ess_v2(cert, issuer_serial("Root", 4097)),)),
        ("sha1-in-v2", "Named by its SHA-1, in V2.", (ess_v2(cert, hash_name="sha1"),)),
        ("twice", "Named twice in one way.", (ess_v2(cert), ess_v2(cert))),
    ):
        payload = timestamp(signed=sorted(attributes(info(), cert, ess=ess)))
        vector(f"certificate-id-{name_}", comment, payload)
    vector("certificates-none", "It holds no certificate.", timestamp(certificates=[]))
    vector("certificates-others", "It holds another's certificate.", timestamp(certificates=[ROOT.data]))
    replaced = signer(extensions=(constraints(), SIGNATURES, STAMPING), until="20280101000000Z")
    vector(
        "certificate-replaced",
        "In place of its certificate another of the same key, issuer and number, valid for longer.",
        timestamp(certificates=[replaced.data]),
    )
    vector(
        "certificate-ambiguous",
        "Two certificates of one issuer and number.",
        timestamp(certificates=sorted([cert, replaced.data])),
    )
    unordered = sorted([cert, ROOT.data], reverse=True)
    vector("certificates-out-of-order", "Certificates out of order.", timestamp(certificates=unordered))
    for name_, comment, algorithms in (
        ("none", "It lists no hash.", set_of()),
        ("other", "It lists another hash than its signer's.", set_of(algorithm(HASHES["sha512"], NULL))),
        ("sha3", "It lists SHA-3 too.", set_of(algorithm(HASHES["sha256"]), algorithm(HASHES["sha3_256"]))),
    ):
        vector(f"hashes-{name_}", comment, timestamp(algorithms=algorithms))
    both = set_of(algorithm(HASHES["sha256"]), algorithm(HASHES["sha512"]))
    good("good-hashes-two", "It lists another hash too.", timestamp(algorithms=both))
    for name_, comment, unsigned in (
        ("form", "An unsigned attribute that has not the form of one.", sequence(NULL)),
        ("order", "Unsigned attributes out of order.", attribute(SIGNING_TIME, NULL) + attribute(CONTENT_TYPE, NULL)),
    ):
        vector(f"unsigned-attribute-{name_}", comment, timestamp(unsigned=der(0xA1, unsigned)))
    many = sorted(middle(serial=n, key=SIGNER_KEY).data for n in range(16))
    vector("certificates-17", "It holds 17 certificates.", timestamp(certificates=sorted([cert, *many])))
    beside = timestamp(certificates=sorted([cert, sequence(integer(1))]))
    vector("certificate-rubbish-beside", "Beside its certificate something that is none.", beside)
    vector("certificate-rubbish", "Its certificate is none.", timestamp(certificates=[sequence(cert)]))


def false_signatures() -> None:
    cert = SIGNER_CERTIFICATE.data

    def with_attributes(*ones: bytes) -> bytes:
        return timestamp(signed=sorted(ones))

    plain = attributes(info(), cert)
    type_, hashed, ess = plain
    vector(
        "signature-flipped",
        "A bit of the signature turned.",
        timestamp(signature=lambda it: it[:-1] + bytes([it[-1] ^ 1])),
    )
    vector("signature-empty", "No signature.", timestamp(signature=lambda _: b""))
    vector("signature-zero", "A signature of zero.", timestamp(signature=lambda it: bytes(len(it))))
    vector("signature-zero-before", "A zero before the signature.", timestamp(signature=lambda it: b"\0" + it))
    vector("signature-other-key", "By another key.", timestamp(key=OTHER_KEY))
    vector(
        "signature-other-kind",
        "Called ECDSA, and of RSA.",
        timestamp(signature_algorithm=CURVE_KEY.algorithm("sha256")),
    )
    vector(
        "signature-pss",
        "Called RSA-PSS.",
        timestamp(signature_algorithm=algorithm("1.2.840.113549.1.1.10", sequence())),
    )
    vector(
        "signature-other-hash",
        "Called SHA-512, and of SHA-256.",
        timestamp(signature_algorithm=SIGNER_KEY.algorithm("sha512")),
    )
    zero = sequence(integer(0), integer(0))
    curve = signer(key=CURVE_KEY)
    vector("signature-ecdsa-zero", "R and S are 0.", timestamp(by=curve, signature=lambda _: zero))
    vector("signed-sha1", "Signed with SHA-1.", timestamp(hash_name="sha1"))
    vector(
        "signed-over-content",
        "No signed attributes.",
        timestamp(signed_set=b"", signature=lambda _: SIGNER_KEY.sign(info(), "sha256")),
    )
    empty = timestamp(signed=[])
    vector("attributes-none", "The signed attributes are none.", empty)
    vector("attribute-type-missing", "No type of content.", with_attributes(hashed, ess))
    vector(
        "attribute-type-other",
        "Another type of content.",
        with_attributes(attribute(CONTENT_TYPE, oid(PLAIN_DATA)), hashed, ess),
    )
    vector("attribute-digest-missing", "No digest of the content.", with_attributes(type_, ess))
    vector(
        "attribute-digest-other",
        "Another digest of the content.",
        with_attributes(type_, attribute(MESSAGE_DIGEST, octets(bytes(32))), ess),
    )
    vector(
        "attribute-digest-two",
        "Two digests.",
        with_attributes(type_, attribute(MESSAGE_DIGEST, octets(digest("sha256", info())), octets(bytes(32))), ess),
    )
    vector(
        "attribute-twice",
        "A digest twice.",
        with_attributes(type_, hashed, attribute(MESSAGE_DIGEST, octets(bytes(32))), ess),
    )
    vector("attributes-out-of-order", "Signed attributes out of order.", timestamp(signed=sorted(plain, reverse=True)))


def false_forms() -> None:
    """What is no response with one timestamp in it, in its one spelling."""
    whole = timestamp()
    for name_, comment, payload in (
        ("empty", "No bytes.", b""),
        ("nul", "A zero.", b"\0"),
        ("text", "A page.", b"<!doctype html>\n"),
        ("token-alone", "A token without the response around it.", whole[9:]),
        ("after", "A zero behind the end.", whole + b"\0"),
        ("cut", "The last byte is missing.", whole[:-1]),
        ("cut-half", "The second half is missing.", whole[: len(whole) // 2]),
        ("after-token", "Something behind the token.", timestamp(after=NULL)),
        ("too-large", "More than 64 KiB.", timestamp(unsigned=der(0xA1, octets(bytes(1 << 16))))),
        ("status-with-mods", "Granted with modifications.", timestamp(status=sequence(integer(1)))),
        ("status-rejection", "Not granted, and a token all the same.", timestamp(status=sequence(integer(2)))),
        ("status-alone", "Not granted.", sequence(sequence(integer(2)))),
        ("status-granted-alone", "Granted, and no token.", sequence(sequence(integer(0)))),
        (
            "status-failure",
            "Granted, with a reason for the failure.",
            timestamp(status=sequence(integer(0), bits(b"\x20", 5))),
        ),
        (
            "status-text-latin",
            "Words that are no UTF-8.",
            timestamp(status=sequence(integer(0), sequence(der(0x0C, b"\xe9")))),
        ),
        ("status-long", "A status in two bytes.", timestamp(status=sequence(der(0x02, b"\0\0")))),
        ("type-other", "Something else than signed data.", timestamp(token_type=PLAIN_DATA)),
        ("content-other", "Signed data of something else.", timestamp(content_type=PLAIN_DATA)),
        ("content-missing", "Signed data without content.", timestamp(content_field=b"")),
        ("version-1", "Signed data of version 1.", timestamp(version=1)),
        ("signer-version-3", "A signer of version 3.", timestamp(signer_version=3)),
        ("signer-key-id", "A signer named by its key.", timestamp(sid=der(0x80, bytes(20)), signer_version=3)),
        ("signer-other-number", "A signer with another number.", timestamp(sid=sequence(name("Root"), integer(4097)))),
        ("signer-other-issuer", "A signer of another issuer.", timestamp(sid=sequence(name("Other"), integer(4096)))),
        ("signers-none", "No signer.", timestamp(signers=lambda _: set_of())),
        ("signers-two", "The signer twice.", timestamp(signers=lambda it: set_of(it, it))),
        (
            "digest-parameters",
            "A hash with parameters.",
            timestamp(digest_algorithm=algorithm(HASHES["sha256"], integer(1))),
        ),
        ("length-long", "A length in more bytes than it needs.", b"\x30\x83\x00" + whole[2:]),
        ("length-indefinite", "A length until further notice.", b"\x30\x80" + whole[4:] + b"\0\0"),
        ("length-endless", "A length beyond the end.", b"\x30\x84\xff\xff\xff\xff" + whole[4:]),
    ):
        vector(f"form-{name_}", comment, payload)


GROUPS = (accepted, uncounted, false_bytes, false_certificates, false_signatures, false_forms)


def main(arguments: list[str]) -> None:
    """Write all vectors, and remove what is no longer one."""
    out = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    for group in GROUPS:
        group()
    for name_, (headers, payload) in _vectors.items():
        write(out / "timestamps" / f"{name_}.vec", headers, payload)
    remove_stale(out / "timestamps", {f"{name_}.vec" for name_ in _vectors})


if __name__ == "__main__":
    main(sys.argv[1:])

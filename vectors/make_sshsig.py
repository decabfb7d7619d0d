"""Makes the vectors of SSHSIG: ``python vectors/make_sshsig.py [OUT]`` writes ``OUT/sshsig``, else ``vectors/sshsig``.

Nothing here imports openletter: blobs, armor, hardware keys and weak keys are made by this file alone, from seeds that
are the SHA-256 of ``openletter vectors: NAME``. So the same bytes come out every time.

Headers: ``expect`` (``accept``, or the type of the failure), ``comment``, ``message-hex`` (the signed bytes; absent
where there are none), and where stock OpenSSH can be asked, ``key`` (the line of a public key) and ``ssh-keygen``
(``accepts`` or ``refuses``): what ``ssh-keygen -Y verify -n openletter`` of OpenSSH 9.2 says where that key is the
allowed one.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from vectorfile import remove_stale, write

MESSAGE = b"The wells belong to all who drink from them.\n"

# --- Ed25519 as numbers (RFC 8032), for what no library makes ---------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SIGN = 1 << 255
Y_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826

Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, P) % P
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P
    return x, y


def times(scalar: int, point: Point) -> Point:
    result = (0, 1)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def root(y: int) -> int:
    """The even x of the point with this y."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square
    return x if x % 2 == 0 else P - x


BASE = (root(4 * pow(5, -1, P) % P), 4 * pow(5, -1, P) % P)
ORDER_8 = (root(Y_ORDER_8), Y_ORDER_8)


def encode(point: Point) -> bytes:
    return number(point[1] | (point[0] & 1) << 255)


def number(value: int) -> bytes:
    return value.to_bytes(32, "little")


def challenge(r: bytes, a: bytes, data: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + a + data).digest(), "little") % L


# --- keys -------------------------------------------------------------------------------------------------------------


def seed(name: str) -> bytes:
    return hashlib.sha256(f"openletter vectors: {name}".encode()).digest()


def string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def mpint(value: int) -> bytes:
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


@dataclass(frozen=True)
class Key:
    """An Ed25519 key; with an application, one that a hardware key holds."""

    name: str
    application: bytes | None = None

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(seed(self.name))

    @property
    def type(self) -> bytes:
        return b"ssh-ed25519" if self.application is None else b"sk-ssh-ed25519@openssh.com"

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def blob(self) -> bytes:
        return key_blob(self.point, self.application)

    @property
    def scalar(self) -> int:
        half = bytearray(hashlib.sha512(seed(self.name)).digest()[:32])
        half[0] &= 248
        half[31] = half[31] & 127 | 64
        return int.from_bytes(half, "little")


def key_blob(point: bytes, application: bytes | None = None) -> bytes:
    if application is None:
        return string(b"ssh-ed25519") + string(point)
    return string(b"sk-ssh-ed25519@openssh.com") + string(point) + string(application)


def line(blob: bytes) -> str:
    """A blob as the line of a public key."""
    length = int.from_bytes(blob[:4], "big")
    return f"{blob[4 : 4 + length].decode('ascii')} {base64.b64encode(blob).decode('ascii')}"


ALDER = Key("alder")
BIRCH = Key("birch")
HARDWARE = Key("alder hardware", b"ssh:")

# --- signatures -------------------------------------------------------------------------------------------------------

PRESENT, VERIFIED = 0x01, 0x04


def signed_data(
    message: bytes = MESSAGE,
    *,
    namespace: bytes = b"openletter",
    reserved: bytes = b"",
    hash_name: bytes = b"sha512",
) -> bytes:
    digest = hashlib.new(hash_name.decode("ascii").lower() or "sha512", message).digest()
    return b"SSHSIG" + string(namespace) + string(reserved) + string(hash_name) + string(digest)


def hardware_data(data: bytes, flags: int, counter: int, application: bytes = b"ssh:") -> bytes:
    """What a hardware key signs (OpenSSH PROTOCOL.u2f)."""
    statement = struct.pack(">BI", flags, counter)
    return hashlib.sha256(application).digest() + statement + hashlib.sha256(data).digest()


def plain(raw: bytes) -> bytes:
    return string(b"ssh-ed25519") + string(raw)


def hardware(raw: bytes, flags: int, counter: int) -> bytes:
    return string(b"sk-ssh-ed25519@openssh.com") + string(raw) + struct.pack(">BI", flags, counter)


def touch(data: bytes, flags: int = PRESENT, counter: int = 7, application: bytes = b"ssh:") -> bytes:
    """A software authenticator."""
    raw = HARDWARE.private.sign(hardware_data(data, flags, counter, application))
    return hardware(raw, flags, counter)


def build(
    signature: bytes,
    *,
    magic: bytes = b"SSHSIG",
    version: int = 1,
    key: bytes = ALDER.blob,
    namespace: bytes = b"openletter",
    reserved: bytes = b"",
    hash_name: bytes = b"sha512",
) -> bytes:
    frame = magic + struct.pack(">I", version) + string(key) + string(namespace)
    return frame + string(reserved) + string(hash_name) + string(signature)


BEGIN, END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"


def armor(blob: bytes, columns: int = 70) -> bytes:
    digits = base64.b64encode(blob)
    lines = [digits[at : at + columns] + b"\n" for at in range(0, len(digits), columns)]
    return BEGIN + b"".join(lines) + END


RAW = ALDER.private.sign(signed_data())
BLOB = build(plain(RAW))
GOOD = armor(BLOB)
HARDWARE_BLOB = build(touch(signed_data()), key=HARDWARE.blob)
HARDWARE_GOOD = armor(HARDWARE_BLOB)  # its base64 ends with padding; that of GOOD doesn't

# --- the vectors -----------------------------------------------------------------------------------------------------

_vectors: dict[str, tuple[dict[str, str], bytes]] = {}


def vector(
    name: str,
    expect: str,
    comment: str,
    payload: bytes,
    *,
    message: bytes = MESSAGE,
    key: bytes | None = ALDER.blob,
    lax: bool = False,
) -> None:
    """Add one vector.

    `key` is the key that is allowed when ssh-keygen is asked, None where it isn't asked; `lax` says that it accepts
    what openletter refuses.
    """
    assert name not in _vectors, name
    headers = {"expect": expect, "comment": comment}
    if message:
        headers["message-hex"] = message.hex()
    if key is not None:
        headers |= {"key": line(key), "ssh-keygen": "accepts" if lax or expect == "accept" else "refuses"}
    _vectors[name] = headers, payload


def good() -> None:
    def signed(name: str, comment: str, message: bytes, key: Key = ALDER) -> None:
        payload = armor(build(plain(key.private.sign(signed_data(message))), key=key.blob))
        vector(name, "accept", comment, payload, message=message, key=key.blob)

    signed("good", "A plain signature.", MESSAGE)
    signed("good-other-key", "The same text, another key.", MESSAGE, BIRCH)
    signed("good-empty", "An empty message.", b"")
    signed("good-one-byte", "A message of one zero byte.", b"\0")
    signed("good-all-bytes", "A message of all 256 bytes: none is converted.", bytes(range(256)))
    signed("good-crlf", "A message with CRLF line ends, signed as it is.", MESSAGE.replace(b"\n", b"\r\n"))
    signed("good-no-newline", "A message without a line feed at its end.", MESSAGE.rstrip())
    signed("good-block", "A message of 128 bytes, one block of SHA-512.", b"x" * 128)
    signed("good-long", "A message of 3006 bytes.", b"The river is low.\n" * 167)

    neutral = encode((0, 1))
    s = challenge(neutral, ALDER.point, signed_data()) * ALDER.scalar % L
    comment = "R is the neutral point. Only the holder of the key can make it (and gives the key away by it)."
    vector("good-r-of-low-order", "accept", comment, armor(build(plain(neutral + number(s)))))

    key, raw = mixed_order(fitting=True)
    comment = "The key has a component of order 8, and the equation holds without the cofactor."
    vector("good-mixed-order", "accept", comment, armor(build(plain(raw), key=key)), key=key)
    key, raw = mixed_order(fitting=False)
    comment = "The key has a component of order 8, and the equation holds with the cofactor only."
    vector("bad-mixed-order", "SignatureMismatch", comment, armor(build(plain(raw), key=key)), key=key)


def mixed_order(*, fitting: bool) -> tuple[bytes, bytes]:
    """A key whose point is the sum of one of prime order and one of order 8, and a signature by it."""
    point = encode(add(times(ALDER.scalar, BASE), ORDER_8))
    for nonce in range(1, 1000):
        r = encode(times(nonce, BASE))
        h = challenge(r, point, signed_data())
        if (h % 8 == 0) == fitting:
            return key_blob(point), r + number((nonce + h * ALDER.scalar) % L)
    raise AssertionError


def armors() -> None:
    def bad(name: str, comment: str, payload: bytes, *, key: bytes = ALDER.blob, lax: bool = False) -> None:
        assert payload not in {GOOD, HARDWARE_GOOD}
        vector(f"armor-{name}", "ArmorError", comment, payload, key=key, lax=lax)

    body = GOOD[len(BEGIN) : -len(END)]
    first, second, *rest = body.splitlines(keepends=True)
    others = b"".join(rest)

    bad("empty", "No bytes at all.", b"")
    bad("text-before", "A line of text before the signature.", b"Dear all,\n" + GOOD)
    bad("text-after", "A line of text after the signature.", GOOD + b"Yours, Alder\n", lax=True)
    bad("two-signatures", "Two signatures in one file.", GOOD + GOOD, lax=True)
    bad("space-before", "A space before the signature.", b" " + GOOD)
    bad("byte-order-mark", "A byte order mark before the signature.", b"\xef\xbb\xbf" + GOOD)
    bad("nul-at-end", "A zero byte after the signature.", GOOD + b"\0", lax=True)

    bad("crlf", "CRLF at every line's end.", GOOD.replace(b"\n", b"\r\n"))
    bad("crlf-inside", "CRLF at one line's end.", BEGIN + first[:-1] + b"\r\n" + second + others + END, lax=True)
    bad("cr", "CR in place of every LF.", GOOD.replace(b"\n", b"\r"))
    bad("no-newline-at-end", "The last line feed is missing.", GOOD[:-1], lax=True)
    bad("two-newlines-at-end", "One line feed too many at the end.", GOOD + b"\n", lax=True)
    bad("empty-line-before", "An empty line before the signature.", b"\n" + GOOD)
    bad("empty-line-first", "An empty line after the first marker.", BEGIN + b"\n" + body + END, lax=True)
    bad("empty-line-inside", "An empty line inside.", BEGIN + first + b"\n" + second + others + END, lax=True)
    bad("empty-line-last", "An empty line before the last marker.", BEGIN + body + b"\n" + END, lax=True)

    bad("columns-64", "Lines of 64 columns.", armor(BLOB, 64), lax=True)
    bad("columns-76", "Lines of 76 columns.", armor(BLOB, 76), lax=True)
    bad("one-line", "All base64 in one line.", armor(BLOB, 1000), lax=True)
    bad("space-at-line-end", "A space at a line's end.", BEGIN + first[:-1] + b" \n" + second + others + END, lax=True)
    bad("indented", "A line indented by a tab.", BEGIN + first + b"\t" + second + others + END, lax=True)
    bad("quoted", "Quoted as in a reply.", b"".join(b"> " + x for x in GOOD.splitlines(keepends=True)))

    bad("no-begin-marker", "The first marker is missing.", body + END)
    bad("no-end-marker", "The last marker is missing.", BEGIN + body)
    bad("marker-on-line", "The last marker follows the base64 on its line.", BEGIN + body[:-1] + END)
    bad("lower-case-marker", "Markers in lower case.", BEGIN.lower() + body + END.lower())
    bad("other-marker", "The markers of another program.", GOOD.replace(b"SSH SIG", b"PGP SIG"))

    assert b"/" in body or b"+" in body
    bad("url-safe", "The URL-safe alphabet of base64.", BEGIN + body.replace(b"+", b"-").replace(b"/", b"_") + END)
    bad("digit-missing", "The last digit of the base64 is missing.", BEGIN + body[:-2] + b"\n" + END)
    bad("padding-needless", "Padding where none belongs.", BEGIN + body[:-1] + b"==\n" + END)

    padded = HARDWARE_GOOD[: -len(END)]
    assert padded.endswith(b"w==\n")  # the last digit, w, has four unused bits, all zero; those of x are not
    key = HARDWARE.blob
    bad("trailing-bits", "The unused bits of the last digit are not zero.", padded[:-4] + b"x==\n" + END, key=key)
    bad("padding-missing", "No padding where it belongs.", padded[:-3] + b"\n" + END, key=key)
    bad("padding-short", "One = where two belong.", padded[:-2] + b"\n" + END, key=key)

    long = armor(build(plain(RAW), namespace=b"openletter" * 300))
    bad("too-large", f"{len(long)} bytes, more than 4096.", long)


def armors_with_more() -> None:
    """Armor with more in it than belongs there, or less, or in another coding."""

    def bad(name: str, comment: str, payload: bytes, *, lax: bool = False) -> None:
        assert payload != GOOD
        vector(f"armor-{name}", "ArmorError", comment, payload, lax=lax)

    body = GOOD[len(BEGIN) : -len(END)]
    first, second, *rest = body.splitlines(keepends=True)
    others = b"".join(rest)

    bad("columns-1", "Lines of one column.", armor(BLOB, 1), lax=True)
    bad("columns-69", "Lines of 69 columns.", armor(BLOB, 69), lax=True)
    bad("columns-71", "Lines of 71 columns.", armor(BLOB, 71), lax=True)
    bad("lines-uneven", "A short line first.", BEGIN + first[:9] + b"\n" + first[9:] + second + others + END, lax=True)
    bad("text-inside", "A line of text between the lines.", BEGIN + first + b"Dear all,\n" + second + others + END)
    bad("header", "A header, as other programs write one.", BEGIN + b"Comment: alder\n\n" + body + END)
    bad("checksum", "A checksum, as other programs write one.", BEGIN + body + b"=aB3d\n" + END)
    bad("begin-twice", "The first marker twice.", BEGIN + GOOD)
    bad("end-twice", "The last marker twice.", GOOD + END, lax=True)
    bad("space-behind-begin", "A space behind the first marker.", BEGIN[:-1] + b" \n" + body + END)
    bad("space-behind-end", "A space behind the last marker.", GOOD[:-1] + b" \n", lax=True)
    bad("cr-at-end", "CRLF behind the last marker.", GOOD[:-1] + b"\r\n", lax=True)
    bad("cr-behind-begin", "CRLF behind the first marker.", BEGIN[:-1] + b"\r\n" + body + END)
    bad("nul-inside", "A zero byte between the lines.", BEGIN + first + b"\0" + second + others + END)
    bad("form-feed-inside", "A form feed between the lines.", BEGIN + first + b"\f" + second + others + END, lax=True)
    bad("accent-inside", "A byte above 0x7F in the base64.", BEGIN + first[:-1] + b"\xe9\n" + second + others + END)
    bad("padding-inside", "Padding after the first line.", BEGIN + first[:-3] + b"==\n" + second + others + END)
    bad("bare-base64", "The base64 without markers.", body)
    bad("bare-blob", "The blob without base64.", BLOB)
    bad("utf-16", "UTF-16.", GOOD.decode().encode("utf-16-le"))
    bad("dashes-missing", "Markers with four dashes.", GOOD.replace(b"-----", b"----"))
    comment = "The blob in hexadecimal digits, which are digits of base64 too."
    vector("armor-hexadecimal", "BlobError", comment, BEGIN + BLOB.hex().encode() + b"\n" + END)


def blobs() -> None:
    def bad(name: str, comment: str, blob: bytes, *, lax: bool = False) -> None:
        vector(f"blob-{name}", "BlobError", comment, armor(blob), lax=lax)

    bad("empty", "Markers around nothing.", b"")
    bad("magic-other", "Another magic.", build(plain(RAW), magic=b"SSHSIH"))
    bad("magic-lower-case", "The magic in lower case.", build(plain(RAW), magic=b"sshsig"))
    bad("version-0", "Version 0.", build(plain(RAW), version=0), lax=True)
    bad("version-2", "Version 2.", build(plain(RAW), version=2))
    bad("version-little-endian", "Version 1, its bytes in the other order.", build(plain(RAW), version=1 << 24))

    ends = {"magic": 6, "version": 10, "key": 65, "namespace": 79, "reserved": 83, "hash": 93, "signature": 180}
    assert ends["signature"] == len(BLOB)
    for field, end in ends.items():
        bad(f"cut-in-{field}", f"Cut one byte before the end of the field {field}.", BLOB[: end - 1])
    bad("cut-after-hash", "Cut after the field hash.", BLOB[: ends["hash"]])
    bad("bytes-after", "A zero byte after the last field.", BLOB + b"\0")

    signed = ALDER.private.sign(signed_data(reserved=b"later"))
    bad("reserved-signed", "The reserved field is not empty, signed so.", build(plain(signed), reserved=b"later"))
    comment = "The reserved field is not empty, signed as empty."
    bad("reserved-added", comment, build(plain(RAW), reserved=b"later"), lax=True)

    huge = b"\xff\xff\xff\xff"
    bad("length-of-key", "The length of the key is 2^32 - 1.", BLOB[:10] + huge + BLOB[14:])
    bad("length-of-namespace", "The length of the namespace is 2^32 - 1.", BLOB[:65] + huge + BLOB[69:])
    bad("length-of-signature", "The length of the signature is 2^32 - 1.", BLOB[:93] + huge + BLOB[97:])
    more = bytes([BLOB[96] + 1])
    bad("length-one-more", "The length of the signature is one too large.", BLOB[:96] + more + BLOB[97:])

    bad("signature-empty", "The field signature is empty.", build(b""))
    bad("signature-bytes-after", "A zero byte after the inner signature.", build(plain(RAW) + b"\0"))
    bad("signature-cut", "The inner signature ends one byte early.", build(plain(RAW)[:-1]))
    bad("signature-without-type", "64 bytes in place of the inner signature.", build(RAW))
    bad("raw-0", "An inner signature of no bytes.", build(plain(b"")))
    bad("raw-63", "An inner signature of 63 bytes.", build(plain(RAW[:-1])))
    bad("raw-65", "An inner signature of 65 bytes.", build(plain(RAW + b"\0")))
    bad("raw-32", "S alone.", build(plain(RAW[32:])))
    bad("raw-twice", "The inner signature twice.", build(plain(RAW + RAW)))
    bad("raw-zero-first", "A zero byte before the inner signature.", build(plain(b"\0" + RAW)))
    bad("raw-hexadecimal", "The inner signature in hexadecimal digits.", build(plain(RAW.hex().encode())))
    bad("raw-base64", "The inner signature in base64.", build(plain(base64.b64encode(RAW))))
    integers = [b"\2\x21\0" + half for half in (RAW[:32], RAW[32:])]
    bad("raw-der", "The inner signature as two numbers in DER.", build(plain(b"\x30\x46" + b"".join(integers))))
    numbers = b"".join(mpint(int.from_bytes(half, "little")) for half in (RAW[:32], RAW[32:]))
    bad("raw-numbers", "The inner signature as two numbers of SSH.", build(plain(numbers)))
    bad("raw-message", "The signed bytes behind the inner signature.", build(plain(RAW + signed_data())))
    bad("length-little-endian", "The length of the key, its bytes in the other order.", swapped(10))
    bad("length-of-hash", "The length of the hash is 2^32 - 1.", BLOB[:83] + huge + BLOB[87:])
    bad("length-of-reserved", "The length of the reserved field is 2^32 - 1.", BLOB[:79] + huge + BLOB[83:])
    bad("length-of-raw", "The length of the inner signature is 2^32 - 1.", BLOB[:112] + huge + BLOB[116:])
    bad("length-one-less", "The length of the signature is one too small.", BLOB[:96] + b"\x52" + BLOB[97:])
    bad("magic-missing", "No magic.", BLOB[6:])
    bad("magic-twice", "The magic twice.", BLOB[:6] + BLOB)
    bad("version-largest", "Version 2^32 - 1.", build(plain(RAW), version=2**32 - 1))
    bad("reserved-nul", "The reserved field is one zero byte.", build(plain(RAW), reserved=b"\0"), lax=True)
    bad("two", "A second blob after the first.", BLOB + BLOB)


def swapped(at: int) -> bytes:
    """The good blob with four of its bytes in the other order."""
    return BLOB[:at] + BLOB[at : at + 4][::-1] + BLOB[at + 4 :]


def purposes() -> None:
    for name, namespace, comment in [
        ("file", b"file", "Signed as a file."),
        ("git", b"git", "Signed as a commit of git."),
        ("empty", b"", "Signed for no purpose."),
        ("upper-case", b"Openletter", "An upper-case letter in the namespace."),
        ("longer", b"openletter2", "A longer namespace that begins the same."),
        ("shorter", b"openlette", "A shorter namespace that begins the same."),
        ("space", b"openletter ", "A space at the end of the namespace."),
        ("address", b"openletter@alder.example", "The namespace with a domain."),
        ("cyrillic", "\u043epenletter".encode(), "U+043E, which looks like o, in the namespace."),
        ("ssh", b"ssh", "Signed as a login."),
        ("newline", b"openletter\n", "A line feed at the end of the namespace."),
        ("nul", b"openletter\0", "A zero byte at the end of the namespace, signed so."),
    ]:
        raw = ALDER.private.sign(signed_data(namespace=namespace))
        vector(f"namespace-{name}", "WrongNamespace", comment, armor(build(plain(raw), namespace=namespace)))

    comment = "A zero byte at the end of the namespace, signed without it."
    payload = armor(build(plain(RAW), namespace=b"openletter\0"))
    vector("namespace-nul-added", "WrongNamespace", comment, payload, lax=True)

    raw = ALDER.private.sign(signed_data(namespace=b"file"))
    comment = "Signed as a file, the namespace in the blob changed afterwards."
    vector("namespace-changed", "SignatureMismatch", comment, armor(build(plain(raw))))


def algorithms() -> None:
    def bad(name: str, comment: str, blob: bytes, *, key: bytes | None = ALDER.blob, lax: bool = False) -> None:
        vector(name, "UnknownAlgorithm", comment, armor(blob), key=key, lax=lax)

    for name, hash_name, comment, lax in [
        ("sha256", b"sha256", "SHA-256 in place of SHA-512, signed so.", True),
        ("sha1", b"sha1", "SHA-1, signed so.", False),
        ("upper-case", b"SHA512", "The name of the hash in upper case, signed so.", False),
        ("empty", b"", "No name of a hash, signed so.", False),
        ("sha384", b"sha384", "SHA-384, signed so.", False),
        ("sha224", b"sha224", "SHA-224, signed so.", False),
        ("sha3-512", b"sha3_512", "SHA3-512, signed so.", False),
        ("blake2b", b"blake2b", "BLAKE2b, signed so.", False),
        ("md5", b"md5", "MD5, signed so.", False),
    ]:
        raw = ALDER.private.sign(signed_data(hash_name=hash_name))
        bad(f"hash-{name}", comment, build(plain(raw), hash_name=hash_name), lax=lax)
    comment = "A zero byte at the end of the name of the hash, signed without it."
    bad("hash-nul-added", comment, build(plain(RAW), hash_name=b"sha512\0"), lax=True)

    for name, hash_name, comment in [
        ("hyphen", b"sha-512", "A hyphen in the name of the hash, signed without it."),
        ("space", b"sha512 ", "A space at the end of the name of the hash, signed without it."),
        ("two", b"sha512,sha256", "Two names of hashes, signed with the first."),
        ("shorter", b"sha51", "The name of the hash without its last digit, signed with it."),
    ]:
        bad(f"hash-{name}", comment, build(plain(RAW), hash_name=hash_name))

    key, signature = rsa_signature()
    bad("key-rsa", "An RSA key of 2048 bits; the signature is right.", build(signature, key=key), key=key, lax=True)
    key, signature = ecdsa_signature()
    bad("key-ecdsa", "An ECDSA key on P-256; the signature is right.", build(signature, key=key), key=key, lax=True)
    key = string(b"ssh-dss") + b"".join(mpint(value) for value in (23, 11, 4, 9))
    signature = string(b"ssh-dss") + string(bytes(40))
    bad("key-dss", "A DSA key; its numbers are of no use.", build(signature, key=key), key=None)
    kind = string(b"sk-ecdsa-sha2-nistp256@openssh.com")
    key = kind + string(b"nistp256") + string(b"\4" + bytes(64)) + string(b"ssh:")
    signature = kind + string(mpint(1) + mpint(1)) + struct.pack(">BI", PRESENT, 7)
    bad("key-hardware-ecdsa", "An ECDSA hardware key; its numbers are of no use.", build(signature, key=key), key=None)
    comment = "A certificate for the key, by the key; the signature is right."
    bad("key-certificate", comment, build(plain(RAW), key=certificate()), key=None)
    key = string(b"ssh-ed448") + string(bytes(57))
    bad("key-ed448", "An Ed448 key.", build(string(b"ssh-ed448") + string(bytes(114)), key=key), key=None)

    for name, kind, comment, lax in [
        ("upper-case", b"SSH-ED25519", "The type of the key in upper case.", False),
        ("empty", b"", "A key without a type.", False),
        ("nul", b"ssh-ed25519\0", "A zero byte at the end of the type of the key.", True),
        ("domain", b"ssh-ed25519@openssh.com", "A domain behind the type of the key.", False),
        ("shorter", b"ssh-ed2551", "The type of the key without its last digit.", False),
    ]:
        bad(f"key-type-{name}", comment, build(plain(RAW), key=string(kind) + string(ALDER.point)), lax=lax)

    for name, kind, comment, lax in [
        ("rsa", b"rsa-sha2-512", "An Ed25519 key, a signature of the type rsa-sha2-512.", False),
        ("empty", b"", "An Ed25519 key, a signature without a type.", False),
        ("nul", b"ssh-ed25519\0", "A zero byte at the end of the type of the signature.", True),
        ("upper-case", b"SSH-ED25519", "An Ed25519 key, the type of the signature in upper case.", False),
        ("certificate", b"ssh-ed25519-cert-v01@openssh.com", "The type of the signature is a certificate's.", False),
        ("webauthn", b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "The type of a browser's signature.", False),
    ]:
        bad(f"type-{name}", comment, build(string(kind) + string(RAW)), lax=lax)
    comment = "An Ed25519 key, a signature of the type of a hardware key."
    bad("type-hardware", comment, build(hardware(RAW, PRESENT, 7)))
    signature = plain(HARDWARE.private.sign(signed_data()))
    comment = "A hardware key, a signature of the type ssh-ed25519."
    bad("type-not-hardware", comment, build(signature, key=HARDWARE.blob), key=HARDWARE.blob)


def rsa_signature() -> tuple[bytes, bytes]:
    def prime(name: str, offset: int) -> int:
        digits = b"".join(seed(f"{name} {part}") for part in range(4))
        return (int.from_bytes(digits, "big") | 3 << 1022 | 1) + offset

    p, q, e = prime("rsa p", 354), prime("rsa q", 104), 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    raw = numbers.private_key().sign(signed_data(), padding.PKCS1v15(), hashes.SHA512())
    return string(b"ssh-rsa") + mpint(e) + mpint(p * q), string(b"rsa-sha2-512") + string(raw)


def ecdsa_signature() -> tuple[bytes, bytes]:
    """A signature on P-256 with the nonce 1: repeatable, and as good as published for the key."""
    order = ec.SECP256R1().group_order
    scalar = int.from_bytes(seed("ecdsa"), "big") % order
    point = ec.derive_private_key(scalar, ec.SECP256R1()).public_key().public_numbers()
    r = ec.derive_private_key(1, ec.SECP256R1()).public_key().public_numbers().x % order
    s = (int.from_bytes(hashlib.sha256(signed_data()).digest(), "big") + r * scalar) % order
    octets = b"\4" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    kind = string(b"ecdsa-sha2-nistp256")
    return kind + string(b"nistp256") + string(octets), kind + string(mpint(r) + mpint(s))


def certificate() -> bytes:
    """An OpenSSH certificate of a user (PROTOCOL.certkeys), signed by the key that it certifies."""
    body = string(b"ssh-ed25519-cert-v01@openssh.com") + string(seed("certificate nonce")) + string(ALDER.point)
    body += struct.pack(">QI", 1, 1) + string(b"alder") + string(string(b"alder.example"))
    body += struct.pack(">QQ", 0, 2**64 - 1) + string(b"") + string(b"") + string(b"") + string(ALDER.blob)
    return body + string(plain(ALDER.private.sign(body)))


def public_keys() -> None:
    kind = string(b"ssh-ed25519")
    for name, comment, key in [
        ("empty", "An empty field for the key.", b""),
        ("cut-in-type", "The key ends inside its type.", ALDER.blob[:10]),
        ("cut", "The key ends one byte early.", ALDER.blob[:-1]),
        ("bytes-after", "A zero byte after the key.", ALDER.blob + b"\0"),
        ("point-31", "A point of 31 bytes.", kind + string(ALDER.point[:-1])),
        ("point-33", "A point of 33 bytes.", kind + string(ALDER.point + b"\0")),
        ("line", "The key as a line of text.", line(ALDER.blob).encode()),
        ("off-curve", "y = 2: no point of the curve has it.", key_blob(number(2))),
    ]:
        vector(f"key-{name}", "PublicKeyError", comment, armor(build(plain(RAW), key=key)))


def weak() -> None:
    """Keys for which a signature can be made without a private key, and other spellings of points."""
    for name, y in {
        "y-0": 0,
        "y-0-negative": SIGN,
        "y-1": 1,
        "y-1-negative": SIGN | 1,
        "y-minus-1": P - 1,
        "y-minus-1-negative": SIGN | P - 1,
        "order-8-a": Y_ORDER_8,
        "order-8-a-negative": SIGN | Y_ORDER_8,
        "order-8-b": P - Y_ORDER_8,
        "order-8-b-negative": SIGN | P - Y_ORDER_8,
        "y-p": P,
        "y-p-negative": SIGN | P,
        "y-p-plus-1": P + 1,
        "y-p-plus-1-negative": SIGN | P + 1,
    }.items():
        point = number(y)
        fits = "every message" if (y & ~SIGN) % P == 1 else "this message, made without a private key"
        payload = armor(build(plain(forge(point, signed_data())), key=key_blob(point)))
        comment = f"A key of low order. The signature fits {fits}."
        vector(f"weak-{name}", "WeakKey", comment, payload, key=key_blob(point), lax=True)

    neutral = number(1)
    key = key_blob(neutral)
    payload = armor(build(plain(forge(neutral, signed_data())), key=key))
    comment, message = "The signature of weak-y-1 again, for another message.", b"We withdraw everything.\n"
    vector("weak-other-message", "WeakKey", comment, payload, message=message, key=key, lax=True)
    key = key_blob(neutral, b"ssh:")
    raw = forge(neutral, hardware_data(signed_data(), PRESENT, 7))
    payload = armor(build(hardware(raw, PRESENT, 7), key=key))
    vector("weak-hardware", "WeakKey", "A hardware key of low order.", payload, key=key, lax=True)

    for name, y, comment in [
        ("y-p-plus-2", P + 2, "y = p + 2: not canonical, and not on the curve either."),
        ("y-p-plus-3", P + 3, "A key of high order, its y written as p + 3."),
        ("y-p-plus-18", SIGN | P + 18, "A key of high order, its y written as p + 18, the largest."),
    ]:
        vector(f"weak-{name}", "WeakKey", comment, armor(build(plain(RAW), key=key_blob(number(y)))), key=None)


def forge(point: bytes, data: bytes) -> bytes:
    """A signature by a key of low order: R is S times the base point, where the challenge cancels the key."""
    r: Point = (0, 1)
    for s in range(1, 1000):
        r = add(r, BASE)
        if point == number(1) or challenge(encode(r), point, data) % 8 == 0:
            return encode(r) + number(s)
    raise AssertionError


def mismatches() -> None:
    def bad(name: str, comment: str, raw: bytes, *, message: bytes = MESSAGE, lax: bool = False) -> None:
        vector(f"bad-{name}", "SignatureMismatch", comment, armor(build(plain(raw))), message=message, lax=lax)

    def flipped(at: int, bit: int) -> bytes:
        return RAW[:at] + bytes([RAW[at] ^ bit]) + RAW[at + 1 :]

    s = int.from_bytes(RAW[32:], "little")
    bad("s-plus-l", "S + L in place of S.", RAW[:32] + number(s + L), lax=True)
    bad("s-plus-2l", "S + 2L in place of S.", RAW[:32] + number(s + 2 * L))
    bad("s-is-l", "S = L.", RAW[:32] + number(L))
    bad("s-largest", "S = 2^256 - 1.", RAW[:32] + number(2**256 - 1))
    bad("s-negated", "L - S in place of S.", RAW[:32] + number(L - s))
    bad("s-flipped", "One bit of S changed.", flipped(32, 1))
    bad("r-flipped", "One bit of R changed.", flipped(0, 1))
    bad("r-sign", "The sign bit of R changed.", flipped(31, 0x80))
    bad("halves-swapped", "S and R in place of R and S.", RAW[32:] + RAW[:32])
    bad("zero", "64 zero bytes.", bytes(64))
    r = number(P + 1)
    fitting = challenge(r, ALDER.point, signed_data()) * ALDER.scalar % L
    bad("r-not-canonical", "R is the neutral point, its y written as p + 1.", r + number(fitting))

    bad("signer-other", "Signed by another key.", BIRCH.private.sign(signed_data()))
    comment, payload = "Another key in the blob.", armor(build(plain(RAW), key=BIRCH.blob))
    vector("bad-key-other", "SignatureMismatch", comment, payload, key=BIRCH.blob)

    bad("message-flipped", "One bit of the message changed.", RAW, message=bytes([MESSAGE[0] ^ 1]) + MESSAGE[1:])
    bad("message-cut", "The message without its last line feed.", RAW, message=MESSAGE[:-1])
    bad("message-crlf", "The message with CRLF.", RAW, message=MESSAGE.replace(b"\n", b"\r\n"))
    bad("message-empty", "No message.", RAW, message=b"")
    bare = ALDER.private.sign(MESSAGE)
    bad("signed-bare", "The message itself was signed, not what SSHSIG signs for it.", bare)
    digest = ALDER.private.sign(hashlib.sha512(MESSAGE).digest())
    bad("signed-digest", "Only the SHA-512 of the message was signed.", digest)


# --- what other readers of Ed25519 have got wrong ---------------------------------------------------------------------

SMALL = [times(k, ORDER_8) for k in range(8)]  # the points of low order; the k-th is k times the one of order 8


def numbered() -> Iterator[bytes]:
    """Messages, as many as a search needs."""
    return (f"Well {number} is dry.\n".encode() for number in count(1))


def negative(point: Point) -> Point:
    return P - point[0], point[1]


def cofactors() -> None:
    """Points of low order in key and R, where readers with and without the cofactor part ways."""
    scalar, mixed = ALDER.scalar, encode(add(times(ALDER.scalar, BASE), ORDER_8))
    key = key_blob(mixed)

    def mixing(*, fitting: bool, least: int) -> tuple[bytes, bytes]:
        """A signature by the mixed key, with R of mixed order too (`least` 1), or of low order (`least` 0)."""
        for message in numbered():
            for k in range(least, 8):
                r = encode(add(times(7 * least, BASE), SMALL[k]))
                h = challenge(r, mixed, signed_data(message))
                if ((k + h) % 8 == 0) == fitting and h % 8:
                    return message, r + number((7 * least + h * scalar) % L)
        raise AssertionError

    for name, expect, fitting, least, comment in [
        ("good-mixed-order-r-low", "accept", True, 0, "Key of mixed order, R of low order; no cofactor needed."),
        ("good-mixed-order-both", "accept", True, 1, "Key and R of mixed order; no cofactor needed."),
        (
            "bad-mixed-order-r-low",
            "SignatureMismatch",
            False,
            0,
            "Key of mixed order, R of low order; cofactor needed.",
        ),
        ("bad-mixed-order-both", "SignatureMismatch", False, 1, "Key and R of mixed order; cofactor needed."),
    ]:
        message, raw = mixing(fitting=fitting, least=least)
        vector(name, expect, comment, armor(build(plain(raw), key=key)), message=message, key=key)

    for k, order in ((4, 2), (2, 4), (6, 4), (1, 8), (3, 8), (5, 8), (7, 8)):
        r = encode(SMALL[k])
        raw = r + number(challenge(r, ALDER.point, signed_data()) * scalar % L)
        comment = f"R is a point of order {order}; the equation holds with the cofactor only."
        vector(f"bad-r-of-order-{order}-{k}", "SignatureMismatch", comment, armor(build(plain(raw))))
        r = encode(add(times(7, BASE), SMALL[k]))
        raw = r + number((7 + challenge(r, ALDER.point, signed_data()) * scalar) % L)
        comment = f"R has a component of order {order}; the equation holds with the cofactor only."
        vector(f"bad-r-mixed-order-{order}-{k}", "SignatureMismatch", comment, armor(build(plain(raw))))

    # R that spells the neutral point otherwise, hashed as it stands or as it should be.
    right = encode(SMALL[0])
    for name, y in {"p-plus-1": P + 1, "p-plus-1-negative": SIGN | P + 1, "1-negative": SIGN | 1}.items():
        for hashed, r in (("", number(y)), ("-hashed-canonical", right)):
            if (name, hashed) == ("p-plus-1", ""):
                continue  # the vector bad-r-not-canonical
            raw = number(y) + number(challenge(r, ALDER.point, signed_data()) * scalar % L)
            comment = f"R is the neutral point, its y written otherwise ({name}){', hashed as 1' if hashed else ''}."
            vector(f"bad-r-{name}{hashed}", "SignatureMismatch", comment, armor(build(plain(raw))))

    # Keys of low order, for which anyone signs with S = 0, or with any S and an R of mixed order.
    for name, s in (("s-0", 0), ("r-mixed", 7)):
        point = encode(ORDER_8)
        for message in numbered():
            h = challenge(r := encode(add(times(s, BASE), SMALL[3])), point, signed_data(message))
            if (3 + h) % 8 == 0:
                break
        comment = f"A key of order 8 and an R with a component of order 8; S is {s}."
        payload = armor(build(plain(r + number(s)), key=key_blob(point)))
        vector(f"weak-{name}", "WeakKey", comment, payload, message=message, key=key_blob(point), lax=True)
    for message in numbered():
        h = challenge(r := encode(BASE), number(0), signed_data(message))
        if h % 4 == 0:
            break
    key = key_blob(number(P))
    comment = "A key of order 4, its y written as p, hashed as 0."
    payload = armor(build(plain(r + number(1)), key=key))
    vector("weak-hashed-canonical", "WeakKey", comment, payload, message=message, key=key)


def special_numbers() -> None:
    """S and R out of bounds, at their edges, or of special form; right signatures with numbers at the edges."""

    def bad(name: str, comment: str, raw: bytes, *, lax: bool = False) -> None:
        vector(f"bad-{name}", "SignatureMismatch", comment, armor(build(plain(raw))), lax=lax)

    r, s = RAW[:32], int.from_bytes(RAW[32:], "little")
    for k in range(3, 16):
        bad(f"s-plus-{k}l", f"S + {k}L in place of S.", r + number(s + k * L))
    for name, value in {
        "0": 0,
        "1": 1,
        "2": 2,
        "l-minus-2": L - 2,
        "l-minus-1": L - 1,
        "l-plus-1": L + 1,
        "l-plus-2": L + 2,
        "2l": 2 * L,
        "8l": 8 * L,
        "15l": 15 * L,
        "2-252": 2**252,
        "2-252-minus-1": 2**252 - 1,
        "2-253": 2**253,
        "2-253-minus-1": 2**253 - 1,
        "2-254": 2**254,
        "2-255": 2**255,
        "2-255-minus-1": 2**255 - 1,
        "p": P,
        "p-minus-1": P - 1,
    }.items():
        bad(f"s-is-{name}", f"S is {name}, where 2-n is the power and l is L; R is kept.", r + number(value))
    for bit in (252, 253, 254, 255):
        bad(f"s-bit-{bit}", f"The bit {bit} of S changed.", r + number(s ^ 1 << bit))
    bad("s-big-endian", "S with its highest byte first.", r + RAW[32:][::-1])
    bad("big-endian", "R and S with their highest bytes first.", r[::-1] + RAW[32:][::-1])
    bad("reversed", "The 64 bytes in the other order.", RAW[::-1])

    places = {
        "0": 0,
        "0-negative": SIGN,
        "1": 1,
        "2": 2,
        "minus-1": P - 1,
        "p": P,
        "p-plus-1": P + 1,
        "p-minus-2": P - 2,
        "l": L,
        "2-255-minus-1": 2**255 - 1,
        "all-ones": 2**256 - 1,
        "base": int.from_bytes(encode(BASE), "little"),
        "base-negative": int.from_bytes(encode(negative(BASE)), "little"),
        "key": int.from_bytes(ALDER.point, "little"),
    }
    for name, value in places.items():
        bad(f"r-is-{name}", f"R is {name}; S is kept.", number(value) + RAW[32:])
        for special in (0, 1, L - 1):
            if (value, special) == (0, 0):
                continue  # the vector bad-zero
            shown = "l-minus-1" if special > 1 else special
            bad(f"r-is-{name}-s-is-{shown}", f"R is {name} and S is {shown}.", number(value) + number(special))
    bad("all-ones", "64 bytes 0xFF.", b"\xff" * 64)
    bad("r-negated", "-R in place of R, and -S in place of S.", bytes([*r[:31], r[31] ^ 0x80]) + number(L - s))

    for name, nonce in {"one": 1, "two": 2, "minus-one": L - 1, "2-252": 2**252}.items():
        point = encode(times(nonce, BASE))
        raw = point + number((nonce + challenge(point, ALDER.point, signed_data()) * ALDER.scalar) % L)
        comment = f"The secret number of the signature is {name}: R is that many times the base point."
        vector(f"good-nonce-{name}", "accept", comment, armor(build(plain(raw))))
    found: list[tuple[int, int, bytes]] = []
    point_at: Point = (0, 1)
    for nonce in range(1, 1500):
        point_at = add(point_at, BASE)
        encoded = encode(point_at)
        h = challenge(encoded, ALDER.point, signed_data())
        found.append(((nonce + h * ALDER.scalar) % L, h, encoded))
    for name, (s, _, encoded) in {
        "s-smallest": min(found),
        "s-largest": max(found),
        "h-smallest": min(found, key=lambda it: it[1]),
        "h-largest": max(found, key=lambda it: it[1]),
        "r-smallest": min(found, key=lambda it: it[2][::-1]),
        "r-largest": max(found, key=lambda it: it[2][::-1]),
        "s-most-ones": max(found, key=lambda it: it[0].bit_count()),
        "s-fewest-ones": min(found, key=lambda it: it[0].bit_count()),
    }.items():
        letter, what = name.split("-", 1)
        comment = f"Of 1499 signatures, the one whose {letter} is of the {what}, where h is the hash as a number."
        if what in {"smallest", "largest"}:
            comment = f"Of 1499 signatures, the one with the {what} {letter}, where h is the hash as a number."
        vector(f"good-{name}", "accept", comment, armor(build(plain(encoded + number(s)))))


def hardware_numbers() -> None:
    """What a hardware key could have signed instead of what it must sign, and numbers out of bounds."""
    data = signed_data()
    raw = HARDWARE.private.sign(hardware_data(data, PRESENT, 7))
    statement = struct.pack(">BI", PRESENT, 7)
    for name, signed in {
        "application-not-hashed": b"ssh:" + statement + hashlib.sha256(data).digest(),
        "data-not-hashed": hashlib.sha256(b"ssh:").digest() + statement + data,
        "without-application": statement + hashlib.sha256(data).digest(),
        "without-statement": hashlib.sha256(b"ssh:").digest() + hashlib.sha256(data).digest(),
        "statement-last": hashlib.sha256(b"ssh:").digest() + hashlib.sha256(data).digest() + statement,
        "counter-first": hashlib.sha256(b"ssh:").digest() + struct.pack(">IB", 7, 1) + hashlib.sha256(data).digest(),
        "counter-little-endian": hashlib.sha256(b"ssh:").digest()
        + struct.pack("<BI", PRESENT, 7)
        + hashlib.sha256(data).digest(),
        "message-for-data": hardware_data(MESSAGE, PRESENT, 7),
        "sha512": hashlib.sha512(b"ssh:").digest() + statement + hashlib.sha512(data).digest(),
    }.items():
        inner = hardware(HARDWARE.private.sign(signed), PRESENT, 7)
        comment = f"The hardware key signed other bytes than it must: {name}."
        payload = armor(build(inner, key=HARDWARE.blob))
        vector(f"hardware-signed-{name}", "SignatureMismatch", comment, payload, key=HARDWARE.blob)
    for name, changed in {
        "s-is-l": raw[:32] + number(L),
        "s-is-0": raw[:32] + number(0),
        "r-flipped": bytes([raw[0] ^ 1]) + raw[1:],
        "zero": bytes(64),
        "halves-swapped": raw[32:] + raw[:32],
    }.items():
        payload = armor(build(hardware(changed, PRESENT, 7), key=HARDWARE.blob))
        vector(f"hardware-{name}", "SignatureMismatch", f"A hardware key: {name}.", payload, key=HARDWARE.blob)
    for flags in (0x02, 0x08, 0x40, 0x80):
        payload = armor(build(touch(data, flags), key=HARDWARE.blob))
        comment = f"Only the flag 0x{flags:02x} set, and not that of presence."
        name = f"hardware-flag-{flags:02x}-untouched"
        vector(name, "AuthenticatorError", comment, payload, key=HARDWARE.blob, lax=True)
        payload = armor(build(touch(data, PRESENT | flags), key=HARDWARE.blob))
        vector(f"hardware-flag-{flags:02x}", "accept", f"Touched; 0x{flags:02x} set too.", payload, key=HARDWARE.blob)
    for name, application in {
        "upper-case": b"SSH:",
        "without-colon": b"ssh",
        "space": b"ssh: ",
        "longer": b"ssh:openletter",
        "slash": b"ssh://",
    }.items():
        key = key_blob(HARDWARE.point, application)
        payload = armor(build(touch(data, application=application), key=key))
        comment = f"For the application {application.decode().strip()}, {name}, signed so."
        # ssh-keygen asks nothing of it but what its key files can hold: a name that begins "ssh:".
        vector(f"hardware-application-{name}", "PublicKeyError", comment, payload, key=key, lax=True)


def hardware_keys() -> None:
    data = signed_data()
    s_plus_l = HARDWARE.private.sign(hardware_data(data, PRESENT, 7))
    s_plus_l = s_plus_l[:32] + number(int.from_bytes(s_plus_l[32:], "little") + L)
    signature = touch(data)
    raw = HARDWARE.private.sign(hardware_data(data, PRESENT, 7))
    untouched = HARDWARE.private.sign(hardware_data(data, 0, 7))
    elsewhere = HARDWARE.private.sign(hardware_data(data, PRESENT, 7, b"ssh:work"))

    for name, expect, comment, inner, lax in [
        ("good", "accept", "A hardware key, touched.", signature, False),
        ("verified", "accept", "Touched, and the user verified.", touch(data, PRESENT | VERIFIED), False),
        ("other-flags", "accept", "Touched; all other flags set too.", touch(data, 0xFF), False),
        ("counter-zero", "accept", "The counter is 0: some hardware doesn't count.", touch(data, counter=0), False),
        ("counter-largest", "accept", "The counter is 2^32 - 1.", touch(data, counter=2**32 - 1), False),
        ("untouched", "AuthenticatorError", "No flag set: nobody touched it.", touch(data, 0), True),
        ("verified-untouched", "AuthenticatorError", "Verified, and not present.", touch(data, VERIFIED), True),
        ("all-but-touched", "AuthenticatorError", "All flags set but that of presence.", touch(data, 0xFE), True),
        ("counter-changed", "SignatureMismatch", "The counter changed.", hardware(raw, PRESENT, 8), False),
        ("flags-changed", "SignatureMismatch", "A flag set afterwards.", hardware(raw, PRESENT | VERIFIED, 7), False),
        ("touch-added", "SignatureMismatch", "Presence set afterwards.", hardware(untouched, PRESENT, 7), False),
        ("signed-elsewhere", "SignatureMismatch", "Made for ssh:work.", hardware(elsewhere, PRESENT, 7), False),
        ("signed-plain", "SignatureMismatch", "Signed as by a key in a file.", touch_plain(data), False),
        ("s-plus-l", "SignatureMismatch", "S + L in place of S.", hardware(s_plus_l, PRESENT, 7), True),
        ("flags-missing", "BlobError", "The signature ends before the flags.", signature[:-5], False),
        ("counter-missing", "BlobError", "The signature ends before the counter.", signature[:-4], False),
        ("counter-cut", "BlobError", "The counter has three bytes.", signature[:-1], False),
        ("bytes-after", "BlobError", "A zero byte after the counter.", signature + b"\0", False),
        ("raw-63", "BlobError", "An inner signature of 63 bytes.", hardware(raw[:-1], PRESENT, 7), False),
    ]:
        payload = armor(build(inner, key=HARDWARE.blob))
        vector(f"hardware-{name}", expect, comment, payload, key=HARDWARE.blob, lax=lax)

    for name, application, signed, comment, lax in [
        ("other", b"ssh:work", b"ssh:work", "For the application ssh:work.", True),
        ("web", b"https://alder.example", b"https://alder.example", "For a web site.", True),
        ("empty", b"", b"", "For no application.", True),
        ("nul", b"ssh:\0", b"ssh:\0", "A zero byte at the end of the application, signed so.", False),
        ("nul-added", b"ssh:\0", b"ssh:", "A zero byte at the end of the application, signed without it.", True),
    ]:
        key = key_blob(HARDWARE.point, application)
        payload = armor(build(touch(data, application=signed), key=key))
        allowed = HARDWARE.blob if b"\0" in application else key
        vector(f"hardware-application-{name}", "PublicKeyError", comment, payload, key=allowed, lax=lax)
    comment, payload = "The key has no application.", armor(build(signature, key=HARDWARE.blob[:-8]))
    vector("hardware-application-missing", "PublicKeyError", comment, payload, key=HARDWARE.blob)


def touch_plain(data: bytes) -> bytes:
    return hardware(HARDWARE.private.sign(data), PRESENT, 7)


GROUPS = (
    good,
    armors,
    armors_with_more,
    blobs,
    purposes,
    algorithms,
    public_keys,
    weak,
    mismatches,
    cofactors,
    special_numbers,
    hardware_keys,
    hardware_numbers,
)


def main(arguments: list[str]) -> None:
    """Write all vectors, and remove what is no longer one."""
    out = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    for group in GROUPS:
        group()
    for name, (headers, payload) in _vectors.items():
        write(out / "sshsig" / f"{name}.vec", headers, payload)
    remove_stale(out / "sshsig", {f"{name}.vec" for name in _vectors})


if __name__ == "__main__":
    main(sys.argv[1:])

"""Keys in the forms of OpenSSH: which are read, which are refused and why, and what is said about them."""

from __future__ import annotations

import base64
import hashlib
import struct
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st

from openletter.errors import BlobError, KeyFileError, PassphraseError, PublicKeyError, WeakKey
from openletter.keys import (
    ED25519,
    SK_ED25519,
    PrivateKey,
    PublicKey,
    Wire,
    allowed_signers,
    is_encrypted,
    load_private_key,
    parse_public_key,
    printable,
    wire_string,
)

ALDER = PrivateKey.from_seed(hashlib.sha256(b"openletter tests: alder").digest())
BIRCH = PrivateKey.from_seed(hashlib.sha256(b"openletter tests: birch").digest())
HARDWARE = PublicKey(algorithm=SK_ED25519, point=BIRCH.public.point)

# RFC 8032, section 7.1, TEST 1.
RFC_SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
RFC_POINT = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

seeds = st.binary(min_size=32, max_size=32)
public_keys = st.builds(
    lambda algorithm, seed: PublicKey(algorithm=algorithm, point=PrivateKey.from_seed(seed).public.point),
    st.sampled_from([ED25519, SK_ED25519]),
    seeds,
)

# --- points -----------------------------------------------------------------------------------------------------------

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
Y_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SIGN = 2**255
LOW_ORDER = [
    y | sign for y in (0, 1, P - 1, Y_ORDER_8, P - Y_ORDER_8, P, P + 1) for sign in (0, SIGN)
]  # all 14 encodings


def double(point: tuple[int, int]) -> tuple[int, int]:
    x, y = point
    product = D * x * x * y * y % P
    return 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P


def judge(encoding: int) -> type[Exception] | None:
    """The same verdict as `PublicKey`, by computing the point and eight times it."""
    y = encoding % SIGN
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    on_curve = x * x % P == square
    if on_curve and double(double(double((x, y % P)))) == (0, 1):
        return WeakKey
    if y >= P:
        return WeakKey
    return None if on_curve else PublicKeyError


encodings = st.one_of(
    st.integers(0, 2**256 - 1),
    st.builds(lambda y, sign: y | sign, st.integers(P - 3, SIGN - 1), st.sampled_from([0, SIGN])),
    st.integers(0, 40),
)


@given(encodings)
@example(int.from_bytes(RFC_POINT, "little"))
def test_point_is_judged_as_by_computing_it(encoding: int) -> None:
    found: type[Exception] | None = None
    try:
        PublicKey(algorithm=ED25519, point=encoding.to_bytes(32, "little"))
    except PublicKeyError as error:
        found = type(error)
    assert found is judge(encoding)


@pytest.mark.parametrize("encoding", LOW_ORDER, ids=hex)
@pytest.mark.parametrize("algorithm", [ED25519, SK_ED25519])
def test_point_of_low_order_is_refused_in_any_encoding(algorithm: str, encoding: int) -> None:
    assert judge(encoding) is WeakKey
    with pytest.raises(WeakKey, match="low order"):
        PublicKey(algorithm=algorithm, point=encoding.to_bytes(32, "little"))


@pytest.mark.parametrize("encoding", [P + 3, SIGN + P + 3, P + 18, P + 2])
def test_y_not_below_p_is_refused(encoding: int) -> None:
    with pytest.raises(WeakKey, match="canonical encoding"):
        PublicKey(algorithm=ED25519, point=encoding.to_bytes(32, "little"))


def test_y_of_no_point_is_refused_as_no_key_rather_than_a_weak_one() -> None:
    with pytest.raises(PublicKeyError, match="not a point") as caught:
        PublicKey(algorithm=ED25519, point=(2).to_bytes(32, "little"))
    assert type(caught.value) is PublicKeyError


# --- public keys ------------------------------------------------------------------------------------------------------


def test_key_of_the_rfc_has_the_forms_that_openssh_gives_it() -> None:
    key = PrivateKey.from_seed(RFC_SEED).public
    assert key.algorithm == ED25519
    assert key.point == RFC_POINT
    assert key.blob == b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + RFC_POINT
    assert key.line == "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
    assert key.digest == hashlib.sha256(key.blob).hexdigest()
    assert key.short == key.digest[:16]
    assert key.fingerprint == "SHA256:" + base64.b64encode(bytes.fromhex(key.digest)).decode().rstrip("=")


def test_blob_of_a_hardware_key_ends_with_its_application() -> None:
    head = b"\0\0\0\x1ask-ssh-ed25519@openssh.com\0\0\0\x20"
    assert HARDWARE.blob == head + HARDWARE.point + b"\0\0\0\x04ssh:"


def test_key_and_hardware_key_of_one_point_are_two_keys() -> None:
    plain = BIRCH.public
    assert plain != HARDWARE
    assert plain.short != HARDWARE.short
    assert len({plain, HARDWARE, PublicKey(algorithm=ED25519, point=plain.point)}) == 2


@given(public_keys)
def test_key_survives_its_blob_its_line_and_its_file(key: PublicKey) -> None:
    assert PublicKey.from_blob(key.blob) == key
    assert PublicKey.from_line(key.line) == key
    assert parse_public_key(f"{key.line} a comment\n") == key


@given(st.binary(max_size=90))
def test_blob_that_is_accepted_has_one_spelling(blob: bytes) -> None:
    try:
        key = PublicKey.from_blob(blob)
    except PublicKeyError:
        return
    assert key.blob == blob


@pytest.mark.parametrize("key", [ALDER.public, HARDWARE], ids=["plain", "hardware"])
def test_blob_cut_anywhere_is_refused(key: PublicKey) -> None:
    for length in range(len(key.blob)):
        with pytest.raises(PublicKeyError, match="ends inside its"):
            PublicKey.from_blob(key.blob[:length])


@pytest.mark.parametrize("key", [ALDER.public, HARDWARE], ids=["plain", "hardware"])
def test_blob_with_a_byte_after_it_is_refused(key: PublicKey) -> None:
    with pytest.raises(PublicKeyError, match="goes on for 1 bytes"):
        PublicKey.from_blob(key.blob + b"\0")


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_point_of_another_length_is_refused(length: int) -> None:
    blob = wire_string(b"ssh-ed25519") + wire_string(bytes(length))
    with pytest.raises(PublicKeyError, match=f"has {length} bytes where 32 belong"):
        PublicKey.from_blob(blob)


@pytest.mark.parametrize("application", [b"", b"ssh", b"ssh:work", b"SSH:", b"ssh:\0", b"https://alder.example"])
def test_hardware_key_for_another_application_is_refused(application: bytes) -> None:
    blob = wire_string(SK_ED25519.encode()) + wire_string(HARDWARE.point) + wire_string(application)
    with pytest.raises(PublicKeyError, match="for the application"):
        PublicKey.from_blob(blob)


@pytest.mark.parametrize(
    "name", ["ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519-cert-v01@openssh.com", "", "SSH-ED25519"]
)
def test_key_of_another_type_is_refused(name: str) -> None:
    with pytest.raises(PublicKeyError, match="is not used here"):
        PublicKey.from_blob(wire_string(name.encode()) + wire_string(ALDER.public.point))
    with pytest.raises(PublicKeyError, match="is not used here"):
        PublicKey(algorithm=name, point=ALDER.public.point)


def test_type_of_a_strangers_key_is_made_safe_before_it_is_shown() -> None:
    with pytest.raises(PublicKeyError) as caught:
        PublicKey.from_blob(wire_string(b"\x1b[2J\xff" * 30))
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_short_name_is_shown_as_it_is() -> None:
    assert printable(b"ssh-rsa") == '"ssh-rsa"'
    assert printable(b"x" * 65) == '"' + "x" * 64 + '..."'


def refused_lines() -> dict[str, str]:
    line = ALDER.public.line
    name, digits = line.split(" ")
    hardware_name, hardware_digits = HARDWARE.line.split(" ")
    unpadded = base64.b64encode(ALDER.public.blob[:-1]).decode()
    return {
        "empty": "",
        "comment": f"{line} alder",
        "space after": f"{line} ",
        "space before": f" {line}",
        "two spaces": f"{name}  {digits}",
        "tab": f"{name}\t{digits}",
        "newline": f"{line}\n",
        "type alone": name,
        "base64 alone": digits,
        "wrong type": f"{hardware_name} {digits}",
        "wrong type of hardware": f"{name} {hardware_digits}",
        "upper-case type": f"{name.upper()} {digits}",
        "options": f'namespaces="openletter" {line}',
        "url-safe": f"{name} {digits[:-4]}-_-_",
        "digit missing": line[:-1],
        "padding added": f"{line}=",
        "cut blob": f"{name} {unpadded}",
    }


@pytest.mark.parametrize("case", refused_lines())
def test_line_in_another_spelling_is_refused(case: str) -> None:
    with pytest.raises(PublicKeyError) as caught:
        PublicKey.from_line(refused_lines()[case])
    assert type(caught.value) is PublicKeyError


def test_line_whose_unused_bits_are_set_is_refused() -> None:
    digits = HARDWARE.line
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert digits.endswith("=")
    bare = digits.rstrip("=")
    other = bare[:-1] + alphabet[alphabet.index(bare[-1]) + 1] + "=" * (len(digits) - len(bare))
    with pytest.raises(PublicKeyError, match="last digit"):
        PublicKey.from_line(other)


# --- public key files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["", "\n", "\r\n", " alder\n", " alder of the valley\r\n", " \n"])
def test_public_key_file_may_have_a_comment_and_a_line_end(end: str) -> None:
    assert parse_public_key(ALDER.public.line + end) == ALDER.public


def refused_files() -> dict[str, tuple[str, str]]:
    line = ALDER.public.line
    rsa = "ssh-rsa AAAAB3NzaC1yc2E= someone"
    weak = base64.b64encode(wire_string(b"ssh-ed25519") + wire_string((1).to_bytes(32, "little"))).decode()
    return {
        "empty": ("", "one line"),
        "only a newline": ("\n", "one line"),
        "two keys": (f"{line}\n{line}\n", "one line"),
        "empty line": (f"{line}\n\n", "one line"),
        "line separator": (f"{line}\u2028x", "one line"),
        "options": (f"restrict {line}\n", "not a public key"),
        "space before": (f" {line}\n", "not a public key"),
        "prose": ("Dear all,", "not a public key"),
        "broken base64": (f"{line[:-1]}\n", "broken"),
        "rsa": (rsa, "an RSA key"),
        "ecdsa": ("ecdsa-sha2-nistp256 AAAA", "an ECDSA key"),
        "certificate": ("ssh-ed25519-cert-v01@openssh.com AAAA", "a certificate"),
        "low order": (f"ssh-ed25519 {weak}", "low order"),
        "private key": (ALDER.to_openssh(None).decode(), "private key"),
    }


@pytest.mark.parametrize("case", refused_files())
def test_public_key_file_of_no_use_is_refused_with_a_cure(case: str) -> None:
    text, reason = refused_files()[case]
    with pytest.raises(KeyFileError, match=reason) as caught:
        parse_public_key(text)
    assert type(caught.value) is KeyFileError
    assert caught.value.hint


# --- private keys -----------------------------------------------------------------------------------------------------


def test_signature_is_that_of_the_rfc() -> None:
    signature = PrivateKey.from_seed(RFC_SEED).sign(b"")
    assert signature.hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")
    assert len(signature) == 64


def test_two_generated_keys_differ() -> None:
    assert PrivateKey.generate().public != PrivateKey.generate().public


def test_representation_of_a_private_key_shows_its_public_half_only() -> None:
    assert repr(ALDER) == f"<PrivateKey {ALDER.public.fingerprint}>"


@pytest.mark.parametrize("passphrase", [None, b""], ids=["none", "empty"])
def test_private_key_survives_its_file(passphrase: bytes | None) -> None:
    data = ALDER.to_openssh(passphrase)
    assert data.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert not is_encrypted(data)
    assert load_private_key(data).public == ALDER.public


def test_encrypted_private_key_opens_with_its_passphrase_only() -> None:
    data = ALDER.to_openssh("löwe".encode())
    assert is_encrypted(data)
    assert load_private_key(data, "löwe".encode()).sign(b"x") == ALDER.sign(b"x")
    with pytest.raises(PassphraseError, match="locked with a passphrase") as needed:
        load_private_key(data)
    with pytest.raises(PassphraseError, match="doesn't open") as wrong:
        load_private_key(data, b"lowe")
    assert needed.value.hint
    assert wrong.value.hint


def test_passphrase_that_is_not_needed_is_ignored() -> None:
    assert load_private_key(ALDER.to_openssh(None), b"passphrase").public == ALDER.public


def test_white_space_around_a_private_key_and_crlf_in_it_do_no_harm() -> None:
    data = b"\n " + ALDER.to_openssh(None).replace(b"\n", b"\r\n") + b"\n"
    assert load_private_key(data).public == ALDER.public


def container(public: bytes, *, cipher: bytes = b"none", number: int = 1, private: bytes = bytes(8)) -> bytes:
    """A private key file with any content (OpenSSH PROTOCOL.key)."""
    kdf = (b"none", b"") if cipher == b"none" else (b"bcrypt", wire_string(bytes(16)) + struct.pack(">I", 1))
    blob = b"openssh-key-v1\0" + wire_string(cipher) + wire_string(kdf[0]) + wire_string(kdf[1])
    blob += struct.pack(">I", number) + wire_string(public) + wire_string(private)
    return pem(blob)


def pem(blob: bytes, label: str = "OPENSSH PRIVATE KEY") -> bytes:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(blob).decode()}-----END {label}-----\n".encode()


def private_part(key: PrivateKey, public: PublicKey) -> bytes:
    """The private part of an unencrypted file: the seed of one key beside the public half of any."""
    seed = hashlib.sha256(b"openletter tests: alder").digest()
    assert PrivateKey.from_seed(seed).public == key.public
    body = bytes(8) + wire_string(b"ssh-ed25519") + wire_string(public.point) + wire_string(seed + public.point)
    body += wire_string(b"")
    return body + bytes(range(1, 1 + -len(body) % 8))


def unfit_files() -> dict[str, tuple[bytes, str]]:
    good = ALDER.to_openssh(None)
    elliptic = ec.derive_private_key(7, ec.SECP256R1())
    blob = base64.b64decode(b"".join(good.splitlines()[1:-1]))
    elliptic_public = elliptic.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    swapped = private_part(ALDER, BIRCH.public)
    return {
        "empty": (b"", "not a private key"),
        "prose": (b"Dear all,\n", "not a private key"),
        "binary": (bytes(range(256)), "not a private key"),
        "public key": (ALDER.public.line.encode(), "this is a public key"),
        "public hardware key": (HARDWARE.line.encode(), "this is a public key"),
        "public ecdsa key": (elliptic_public, "this is a public key"),
        "ecdsa in openssh's form": (
            elliptic.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
            "an ECDSA key",
        ),
        "ecdsa in pem": (
            elliptic.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
            "an ECDSA key",
        ),
        "pkcs 8": (elliptic.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), '"PRIVATE KEY"'),
        "encrypted pkcs 8": (pem(b"x", "ENCRYPTED PRIVATE KEY"), '"ENCRYPTED PRIVATE KEY"'),
        "rsa in pem": (pem(b"x", "RSA PRIVATE KEY"), "an RSA key"),
        "dsa in pem": (pem(b"x", "DSA PRIVATE KEY"), "a DSA key"),
        "rsa in openssh's form": (container(wire_string(b"ssh-rsa")), "an RSA key"),
        "certificate": (pem(b"x", "CERTIFICATE"), '"CERTIFICATE"'),
        "putty": (b"PuTTY-User-Key-File-3: ssh-ed25519\n", "PuTTY"),
        "hardware": (container(HARDWARE.blob), "handle of a hardware key"),
        "unheard-of": (container(wire_string(b"ssh-ed448")), '"ssh-ed448"'),
        "two keys": (container(ALDER.public.blob, number=2), "several"),
        "cut": (good[:-20], "damaged"),
        "line missing": (b"".join(line for i, line in enumerate(good.splitlines(keepends=True)) if i != 2), "damaged"),
        "magic": (pem(b"openssh-key-v2\0" + blob[15:]), "damaged"),
        "cut blob": (pem(blob[:60]), "damaged"),
        "weak key": (container(wire_string(b"ssh-ed25519") + wire_string((1).to_bytes(32, "little"))), "damaged"),
        "nothing in the private part": (container(ALDER.public.blob), "damaged"),
        "another public half outside": (
            container(BIRCH.public.blob, private=private_part(ALDER, ALDER.public)),
            "damaged",
        ),
        "another public half throughout": (container(BIRCH.public.blob, private=swapped), "damaged"),
        "text around": (b"My key:\n" + good, "not a private key"),
    }


@pytest.mark.parametrize("case", unfit_files())
def test_private_key_file_of_no_use_is_refused_with_a_cure(case: str) -> None:
    data, reason = unfit_files()[case]
    with pytest.raises(KeyFileError, match=reason) as caught:
        load_private_key(data, b"passphrase")
    assert type(caught.value) is KeyFileError
    assert caught.value.hint


def test_file_made_for_these_tests_loads_where_both_halves_agree() -> None:
    data = container(ALDER.public.blob, private=private_part(ALDER, ALDER.public))
    assert load_private_key(data).public == ALDER.public


def test_type_of_an_encrypted_key_is_refused_before_a_passphrase_is_asked_for() -> None:
    data = container(wire_string(b"ssh-rsa"), cipher=b"aes256-ctr")
    with pytest.raises(KeyFileError, match="an RSA key") as caught:
        is_encrypted(data)
    assert type(caught.value) is KeyFileError


def test_unknown_cipher_is_named_as_the_reason() -> None:
    data = container(ALDER.public.blob, cipher=b"chacha20-poly1305@openssh.com")
    assert is_encrypted(data)
    with pytest.raises(KeyFileError, match="encrypted in a way") as caught:
        load_private_key(data, b"passphrase")
    assert type(caught.value) is KeyFileError
    assert "aes256-ctr" in (caught.value.hint or "")


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_lines_of_allowed_signers_are_exact_and_in_the_given_order() -> None:
    expected = (
        f'alder.example namespaces="openletter" {HARDWARE.line}\n'
        f'alder.example namespaces="openletter" {ALDER.public.line}\n'
    )
    assert allowed_signers("alder.example", [HARDWARE, ALDER.public]) == expected.encode()
    assert allowed_signers("alder.example", []) == b""


def test_wire_reads_in_order_and_names_what_is_missing() -> None:
    wire = Wire(b"ab\0\0\0\1\0\0\0\2cd", BlobError, "the thing")
    assert wire.take(2, "head") == b"ab"
    assert wire.uint32("number") == 1
    assert wire.string("name") == b"cd"
    wire.end()
    with pytest.raises(BlobError, match="the thing ends inside its length of its tail"):
        wire.string("tail")


def test_reading_public_keys_does_not_import_cryptography() -> None:
    program = (
        "import sys; from openletter import keys, sshsig;"
        f"keys.parse_public_key({ALDER.public.line!r});"
        "print([name for name in sys.modules if name.startswith('cryptography')])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"

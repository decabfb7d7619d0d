"""ssh-keygen and OpenSSL agree with keys and signatures here, and are laxer only where the vectors say so."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openletter.errors import KeyFileError, PassphraseError
from openletter.keys import PrivateKey, allowed_signers, is_encrypted, load_private_key, parse_public_key
from openletter.sshsig import decode, encode, sign, signed_data, verify
from tools import need

VECTORS = Path(__file__).parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import read  # noqa: E402

ALDER = PrivateKey.from_seed(hashlib.sha256(b"openletter tests: alder").digest())
BIRCH = PrivateKey.from_seed(hashlib.sha256(b"openletter tests: birch").digest())
MESSAGE = b"The wells belong to all who drink from them.\n"
MESSAGES = [b"", b"\0", MESSAGE, MESSAGE.rstrip(), MESSAGE.replace(b"\n", b"\r\n"), bytes(range(256)) * 4096]


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a program with no way to ask anyone anything."""
    return subprocess.run(arguments, input=stdin, capture_output=True, check=False)


def ok(*arguments: str | Path, stdin: bytes = b"") -> str:
    """What a program prints, which must succeed."""
    done = run(*arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def write(path: Path, data: bytes) -> Path:
    """A file that only its owner may read, as ssh-keygen demands of keys."""
    path.write_bytes(data)
    path.chmod(0o600)
    return path


@pytest.fixture
def ssh_keygen() -> str:
    return need("ssh-keygen")


@pytest.fixture
def signers(tmp_path: Path) -> Path:
    return write(tmp_path / "0001.allowed_signers", allowed_signers("alder.example", [BIRCH.public, ALDER.public]))


# --- signatures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", MESSAGES, ids=len)
def test_signature_is_byte_for_byte_that_of_ssh_keygen(ssh_keygen: str, tmp_path: Path, message: bytes) -> None:
    key = write(tmp_path / "key", ALDER.to_openssh(None))
    ok(ssh_keygen, "-Y", "sign", "-n", "openletter", "-f", key, write(tmp_path / "0001.yaml", message))
    theirs = (tmp_path / "0001.yaml.sig").read_bytes()
    assert encode(sign(ALDER, message)) == theirs
    verify(decode(theirs), message)


@pytest.mark.parametrize("message", MESSAGES, ids=len)
def test_ssh_keygen_verifies_the_signature(ssh_keygen: str, tmp_path: Path, signers: Path, message: bytes) -> None:
    signature = write(tmp_path / "0001.sig", encode(sign(ALDER, message)))
    check = (ssh_keygen, "-Y", "verify", "-f", signers, "-n", "openletter", "-s", signature)
    said = ok(*check, "-I", "alder.example", stdin=message)
    assert f'Good "openletter" signature for alder.example with ED25519 key {ALDER.public.fingerprint}' in said
    assert run(*check, "-I", "alder.example", stdin=message + b"\n").returncode != 0
    assert run(*check, "-I", "birch.example", stdin=message).returncode != 0


def test_allowed_signers_hold_for_our_namespace_only(ssh_keygen: str, tmp_path: Path, signers: Path) -> None:
    key = write(tmp_path / "key", ALDER.to_openssh(None))
    ok(ssh_keygen, "-Y", "sign", "-n", "file", "-f", key, write(tmp_path / "m", MESSAGE))
    check = (ssh_keygen, "-Y", "verify", "-I", "alder.example", "-n", "file", "-s", tmp_path / "m.sig")
    free = write(tmp_path / "free", f"alder.example {ALDER.public.line}\n".encode())
    ok(*check, "-f", free, stdin=MESSAGE)
    assert run(*check, "-f", signers, stdin=MESSAGE).returncode != 0


def test_ssh_keygen_finds_whose_key_it_is(ssh_keygen: str, tmp_path: Path, signers: Path) -> None:
    ours = write(tmp_path / "ours.sig", encode(sign(BIRCH, MESSAGE)))
    assert ok(ssh_keygen, "-Y", "find-principals", "-f", signers, "-s", ours) == "alder.example\n"
    strangers = write(tmp_path / "strangers.sig", encode(sign(PrivateKey.from_seed(bytes(32)), MESSAGE)))
    assert run(ssh_keygen, "-Y", "find-principals", "-f", signers, "-s", strangers).returncode != 0


@pytest.mark.parametrize("path", sorted((VECTORS / "sshsig").glob("*.vec")), ids=lambda path: path.stem)
def test_ssh_keygen_says_of_the_vector_what_its_header_says(ssh_keygen: str, tmp_path: Path, path: Path) -> None:
    vector = read(path)
    if "ssh-keygen" not in vector.headers:
        assert vector.expect != "accept"
        return
    organization = "alder.example"
    line = f'{organization} namespaces="openletter" {vector.headers["key"]}\n'
    allowed = write(tmp_path / "allowed_signers", line.encode())
    signature = write(tmp_path / "sig", vector.payload)
    message = bytes.fromhex(vector.headers.get("message-hex", ""))
    check = (ssh_keygen, "-Y", "verify", "-f", allowed, "-I", organization, "-n", "openletter", "-s", signature)
    done = run(*check, stdin=message)
    assert vector.headers["ssh-keygen"] == ("accepts" if done.returncode == 0 else "refuses"), done.stderr.decode()


def test_openssl_verifies_the_raw_signature_over_the_signed_data(tmp_path: Path) -> None:
    openssl = need("openssl")
    point = Ed25519PublicKey.from_public_bytes(ALDER.public.point)
    key = write(tmp_path / "key.pem", point.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for message in MESSAGES:
        raw = write(tmp_path / "raw", sign(ALDER, message).raw)
        check = (openssl, "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key, "-sigfile", raw, "-in")
        ok(*check, write(tmp_path / "data", signed_data(message)))
        assert run(*check, write(tmp_path / "data", signed_data(message + b"x"))).returncode != 0


# --- keys -------------------------------------------------------------------------------------------------------------


def test_ssh_keygen_reads_the_private_key(ssh_keygen: str, tmp_path: Path) -> None:
    plain = write(tmp_path / "plain", ALDER.to_openssh(None))
    assert ok(ssh_keygen, "-y", "-P", "", "-f", plain).strip() == ALDER.public.line
    locked = write(tmp_path / "locked", ALDER.to_openssh(b"three wells"))
    assert ok(ssh_keygen, "-y", "-P", "three wells", "-f", locked).strip() == ALDER.public.line
    assert run(ssh_keygen, "-y", "-P", "two wells", "-f", locked).returncode != 0


def test_fingerprint_is_that_of_ssh_keygen(ssh_keygen: str, tmp_path: Path) -> None:
    file = write(tmp_path / "key.pub", f"{ALDER.public.line} alder\n".encode())
    assert ok(ssh_keygen, "-l", "-f", file).split()[1] == ALDER.public.fingerprint


@pytest.mark.parametrize("passphrase", [None, b"three wells"], ids=["open", "locked"])
def test_key_of_ssh_keygen_loads(ssh_keygen: str, tmp_path: Path, passphrase: bytes | None) -> None:
    words = (passphrase or b"").decode()
    ok(ssh_keygen, "-q", "-t", "ed25519", "-N", words, "-C", "a comment", "-f", tmp_path / "key")
    data = (tmp_path / "key").read_bytes()
    assert is_encrypted(data) == (passphrase is not None)
    key = load_private_key(data, passphrase)
    assert key.public == parse_public_key((tmp_path / "key.pub").read_text())
    verify(sign(key, MESSAGE), MESSAGE)


@pytest.mark.parametrize("cipher", ["aes256-cbc", "aes256-gcm@openssh.com"])
def test_key_under_another_cipher_loads_and_refuses_a_wrong_passphrase(
    ssh_keygen: str, tmp_path: Path, cipher: str
) -> None:
    ok(ssh_keygen, "-q", "-t", "ed25519", "-N", "three wells", "-Z", cipher, "-f", tmp_path / "key")
    data = (tmp_path / "key").read_bytes()
    assert load_private_key(data, b"three wells").public == parse_public_key((tmp_path / "key.pub").read_text())
    with pytest.raises(PassphraseError, match="doesn't open"):
        load_private_key(data, b"two wells")


def test_key_under_a_cipher_that_is_not_known_here_is_refused_with_the_cure(ssh_keygen: str, tmp_path: Path) -> None:
    cipher = "chacha20-poly1305@openssh.com"
    ok(ssh_keygen, "-q", "-t", "ed25519", "-N", "three wells", "-Z", cipher, "-f", tmp_path / "key")
    with pytest.raises(KeyFileError, match="encrypted in a way") as caught:
        load_private_key((tmp_path / "key").read_bytes(), b"three wells")
    assert "ssh-keygen -p -Z aes256-ctr" in (caught.value.hint or "")
    change = ("-p", "-Z", "aes256-ctr", "-P", "three wells", "-N", "three wells", "-f", tmp_path / "key")
    ok(ssh_keygen, *change)
    load_private_key((tmp_path / "key").read_bytes(), b"three wells")


@pytest.mark.parametrize(
    ("kind", "form", "found"),
    [
        (("rsa", "-b", "2048"), "RFC4716", "an RSA key"),
        (("rsa", "-b", "2048"), "PEM", "an RSA key"),
        (("rsa", "-b", "2048"), "PKCS8", '"PRIVATE KEY"'),
        (("ecdsa",), "RFC4716", "an ECDSA key"),
        (("ecdsa",), "PEM", "an ECDSA key"),
    ],
)
def test_other_keys_of_ssh_keygen_are_refused_by_their_name(
    ssh_keygen: str, tmp_path: Path, kind: tuple[str, ...], form: str, found: str
) -> None:
    ok(ssh_keygen, "-q", "-t", *kind, "-m", form, "-N", "", "-f", tmp_path / "key")
    with pytest.raises(KeyFileError, match=found) as private:
        load_private_key((tmp_path / "key").read_bytes())
    assert type(private.value) is KeyFileError
    assert "Ed25519" in (private.value.hint or "")
    with pytest.raises(KeyFileError, match="only Ed25519 keys"):
        parse_public_key((tmp_path / "key.pub").read_text())

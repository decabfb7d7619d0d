"""The time-stamping authorities that a verifier names: certificates in PEM, in files named for their hosts."""

from __future__ import annotations

import base64
import datetime
import os
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from openletter.errors import PinsError, UnknownName
from openletter.pins import add_authority, read_authorities, read_certificates, remove_authority
from openletter.pins.authorities import MAX_AUTHORITIES, MAX_BYTES, MAX_CERTIFICATES, certificates
from tools import need

HOST = "tsa.example"


def a_root(name: str = "A root", *, authority: bool = True) -> bytes:
    """A certificate that signs itself, in DER."""
    key = Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"-")[:32])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(2040, 1, 1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    return builder.sign(key, None).public_bytes(Encoding.DER)


def pem(der: bytes) -> bytes:
    """A block as OpenSSL writes it."""
    digits = base64.encodebytes(der).replace(b"\n", b"")
    lines = b"\n".join(digits[start : start + 64] for start in range(0, len(digits), 64))
    return b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n-----END CERTIFICATE-----\n"


ROOT, SECOND = a_root(), a_root("Another root")


def test_where_nothing_is_named_nothing_is_read_and_nothing_made(tmp_path: Path) -> None:
    assert read_authorities(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_root_that_is_named_is_read_again_and_openssl_reads_the_file(tmp_path: Path) -> None:
    file = add_authority(tmp_path / "openletter", HOST, [ROOT])
    add_authority(tmp_path / "openletter", HOST, [SECOND, ROOT])
    add_authority(tmp_path / "openletter", "b.example", [SECOND])
    assert read_authorities(tmp_path / "openletter") == {"b.example": (SECOND,), HOST: (ROOT, SECOND)}
    shown = subprocess.run(
        (need("openssl"), "x509", "-in", file, "-noout", "-subject"), capture_output=True, text=True, check=True
    )
    assert "A root" in shown.stdout
    assert file.read_bytes() == pem(ROOT) + pem(SECOND)


def test_an_authority_that_is_removed_is_read_no_more(tmp_path: Path) -> None:
    add_authority(tmp_path, HOST, [ROOT])
    remove_authority(tmp_path, HOST)
    assert read_authorities(tmp_path) == {}
    with pytest.raises(UnknownName, match=r"tsa\.example is no authority that you named"):
        remove_authority(tmp_path, HOST)


def test_a_file_that_can_not_be_used_can_still_be_removed(tmp_path: Path) -> None:
    place = tmp_path / "authorities"
    place.mkdir()
    (place / f"{HOST}.pem").symlink_to("gone")
    with pytest.raises(PinsError, match="leads nowhere"):
        read_authorities(tmp_path)
    remove_authority(tmp_path, HOST)
    assert read_authorities(tmp_path) == {}


def test_text_around_the_certificates_means_nothing_and_one_that_stands_twice_is_one() -> None:
    data = b"Root of \xe9 authority\r\n" + pem(ROOT).replace(b"\n", b"\r\n") + b"\nand\n" + pem(SECOND) + pem(ROOT)
    assert certificates(data, "root.pem") == (ROOT, SECOND)


REFUSED = {
    "nothing": (b"", "no certificate here", None),
    "text alone": (b"see https://tsa.example\n", "no certificate here", None),
    "DER": (ROOT, "certificate in DER", None),
    "a private key": (b"\n-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", "is no certificate", 2),
    "a trusted certificate": (pem(ROOT).replace(b"N CERT", b"N TRUSTED CERT"), "is no certificate", 1),
    "a private key beside": (
        pem(ROOT) + b"-----BEGIN EC PRIVATE KEY-----\n",
        "is no certificate",
        pem(ROOT).count(b"\n") + 1,
    ),
    "no end": (pem(ROOT)[:-30], "doesn't end", 1),
    "other characters": (pem(ROOT).replace(b"\nM", b"\n*", 1), "base64 of this certificate is broken", 1),
    "no padding": (pem(b"\x30\x01\x00").replace(b"MAEA", b"MAE"), "base64 of this certificate is broken", 1),
    "cut short": (pem(ROOT[:-3]), "is not whole", 1),
    "more behind it": (pem(ROOT + b"\0"), "is not whole", 1),
    "no SEQUENCE": (pem(b"\x31\x00"), "is not whole", 1),
    "a length that isn't told": (pem(b"\x30\x80\x00\x00"), "is not whole", 1),
    "a length that is too long a word": (pem(b"\x30\x81\x01\x00"), "is not whole", 1),
    "a length of five bytes": (pem(b"\x30\x85\x01\x00\x00\x00\x00"), "is not whole", 1),
    "an empty block": (b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "is not whole", 1),
    "too many": (b"".join(pem(a_root(str(n))) for n in range(MAX_CERTIFICATES + 1)), "more than 32", None),
    "too large": (b" " * (MAX_BYTES + 1), "larger than 256 KiB", None),
}


@pytest.mark.parametrize(("data", "why", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_list_of_certificates_is_refused_with_a_cure(data: bytes, why: str, line: int | None) -> None:
    with pytest.raises(PinsError, match=why) as caught:
        certificates(data, "root.pem")
    assert caught.value.path == "root.pem"
    assert caught.value.hint
    if line is not None:
        assert caught.value.line == line


@given(st.binary(max_size=300))
def test_whatever_is_given_is_read_or_refused(data: bytes) -> None:
    for text in (data, b"-----BEGIN CERTIFICATE-----" + data, pem(data)):
        try:
            found = certificates(text, "x")
        except PinsError:
            continue
        assert all(der[0] == 0x30 for der in found)


def test_only_names_that_end_pem_are_read_and_each_is_a_host(tmp_path: Path) -> None:
    place = tmp_path / "authorities"
    add_authority(tmp_path, HOST, [ROOT])
    (place / "README").write_text("mine")
    (place / ".tsa.example.pem.unfinished").write_text("half")
    (place / ".pem").write_text("hidden")
    assert read_authorities(tmp_path) == {HOST: (ROOT,)}
    (place / "Root.pem").write_bytes(pem(ROOT))
    with pytest.raises(PinsError, match="is not named for a host") as caught:
        read_authorities(tmp_path)
    assert caught.value.path == str(place / "Root.pem")


def test_no_more_authorities_are_read_than_the_limit(tmp_path: Path) -> None:
    place = tmp_path / "authorities"
    place.mkdir()
    (place / "base").write_bytes(pem(ROOT))
    for number in range(MAX_AUTHORITIES + 1):
        os.link(place / "base", place / f"tsa-{number}.example.pem")
    with pytest.raises(PinsError, match="more than 1000 authorities"):
        read_authorities(tmp_path)


def test_no_more_certificates_are_added_than_can_be_read(tmp_path: Path) -> None:
    add_authority(tmp_path, HOST, [a_root(str(number)) for number in range(MAX_CERTIFICATES)])
    before = (tmp_path / "authorities" / f"{HOST}.pem").read_bytes()
    with pytest.raises(PinsError, match="more than 32"):
        add_authority(tmp_path, HOST, [ROOT])
    assert (tmp_path / "authorities" / f"{HOST}.pem").read_bytes() == before


def test_a_folder_in_the_place_of_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "authorities").write_text("a file")
    with pytest.raises(PinsError, match="can't be read"):
        read_authorities(tmp_path)


def test_a_file_that_was_handed_over_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    assert read_certificates(tmp_path / "root.pem") == (ROOT,)
    with pytest.raises(PinsError, match="no such file"):
        read_certificates(tmp_path / "none.pem")

"""ssh-keygen judges keys over time as we do, by the newest allowed_signers of an organization and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from builders import ALDER, BIRCH, CEDAR, LETTER, key_of
from openletter import PrivateKey
from test_api import DRAFT
from test_api import record as record_letter
from test_key_commands import DAY, FINGERPRINT, NEW, OLD, Desk, desk, furnished
from tools import need

__all__ = ["desk", "furnished"]


def accepts(desk: Desk, signers: str, organization: str, signature: str) -> bool:
    """Does ssh-keygen accept a signature over the record that its name says, by these allowed signers?"""
    path = Path("letters") / signature
    record = path.with_name(path.name[:4] + ".yaml")
    done = subprocess.run(
        [
            need("ssh-keygen"),
            "-Y",
            "verify",
            "-f",
            f"letters/{signers}",
            "-I",
            organization,
            "-n",
            "openletter",
            "-s",
            path,
        ],
        cwd=desk.folder,
        input=(desk.folder / record).read_bytes(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode == 0) == (b'Good "openletter" signature for' in done.stdout), done
    return done.returncode == 0


def letter(key: PrivateKey) -> str:
    return f"archive/{LETTER}/0001.{ALDER}.{key.public.short}.sig"


def of_keys(number: int, signer: str, key: PrivateKey) -> str:
    return f"keys/{ALDER}/{number:04}.{signer}.{key.public.short}.sig"


@pytest.fixture
def signed(desk: Desk) -> Desk:
    """Alder has signed a letter with its first key, and has a second one."""
    record_letter(desk.archive, DRAFT)
    desk.types(f"sign {LETTER} --as {ALDER} --key alder --yes")
    desk.does(f"rotate {ALDER} --key alder --new new --keep")
    desk.types(f"sign {LETTER} --as {ALDER} --key new --yes")
    return desk


def test_ssh_keygen_accepts_active_and_retired_keys_and_refuses_a_compromised_one(signed: Desk) -> None:
    signers = f"keys/{ALDER}/{{:04}}.allowed_signers"
    assert accepts(signed, signers.format(1), ALDER, letter(OLD))
    assert not accepts(signed, signers.format(1), ALDER, letter(NEW))
    assert accepts(signed, signers.format(2), ALDER, letter(OLD))
    assert accepts(signed, signers.format(2), ALDER, letter(NEW))
    signed.does(f"retire {ALDER} {FINGERPRINT} --key new")
    assert accepts(signed, signers.format(3), ALDER, letter(OLD))
    signed.does(f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key new")
    assert not accepts(signed, signers.format(4), ALDER, letter(OLD))
    assert accepts(signed, signers.format(4), ALDER, letter(NEW))


def test_the_file_is_empty_where_every_key_is_compromised_and_ssh_keygen_accepts_nothing(desk: Desk) -> None:
    record_letter(desk.archive, DRAFT)
    desk.types(f"sign {LETTER} --as {ALDER} --key alder --yes")
    desk.does(f"compromise {ALDER} {FINGERPRINT} --since {DAY} --key alder")
    assert (desk.folder / f"letters/keys/{ALDER}/0002.allowed_signers").read_bytes() == b""
    assert not accepts(desk, f"keys/{ALDER}/0002.allowed_signers", ALDER, letter(OLD))


def test_ssh_keygen_accepts_every_signature_over_a_key_record(signed: Desk) -> None:
    signed.does(f"vouch {ALDER} --as {BIRCH} --key birch")
    signed.does(f"recover {ALDER} --new third")
    signed.does(f"authorize {ALDER} --as {CEDAR} --key cedar")
    own, third = f"keys/{ALDER}/{{:04}}.allowed_signers", key_of(ALDER, "third")
    assert accepts(signed, own.format(1), ALDER, of_keys(1, ALDER, OLD))
    assert accepts(signed, own.format(1), ALDER, of_keys(2, ALDER, OLD))
    assert accepts(signed, own.format(2), ALDER, of_keys(2, ALDER, NEW))
    assert accepts(signed, own.format(3), ALDER, of_keys(3, ALDER, third))
    assert not accepts(signed, own.format(2), ALDER, of_keys(3, ALDER, third))
    assert accepts(signed, f"keys/{BIRCH}/0001.allowed_signers", BIRCH, of_keys(2, BIRCH, key_of(BIRCH)))
    assert accepts(signed, f"keys/{CEDAR}/0001.allowed_signers", CEDAR, of_keys(3, CEDAR, key_of(CEDAR)))
    assert len(list((signed.folder / f"letters/keys/{ALDER}").glob("*.sig"))) == 6


def test_a_signature_that_ssh_keygen_made_agrees_and_vouches(signed: Desk) -> None:
    """Whoever signs with stock tools, hands the file in and lets another record it, says the same."""
    signed.does(f"recover {ALDER} --new third")
    record = signed.folder / f"letters/keys/{ALDER}/0003.yaml"
    for name in ("birch", "cedar"):
        copy = signed.folder / "copy"
        copy.write_bytes(record.read_bytes())
        subprocess.run(
            [need("ssh-keygen"), "-Y", "sign", "-n", "openletter", "-f", name, copy],
            cwd=signed.folder,
            capture_output=True,
            check=True,
        )
        made = copy.with_name("copy.sig")
        signed.plant({of_keys(3, f"{name}.example", key_of(f"{name}.example")): made.read_bytes()})
        made.unlink()
    assert signed.archive.verify().false == ()
    assert signed.statuses() == ["retired", "retired", "active"]

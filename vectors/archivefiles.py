"""Small archives as paths and bytes, for the generators of ``trust`` and ``history``: records, signatures, checkpoints.

Nothing here imports openletter. Private keys are the SHA-256 of ``openletter vectors: NAME``, so the same bytes come
out every time; anyone can sign with them, and they speak for nobody.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LETTER = "2026/open-water-record"
FOLDER = f"archive/{LETTER}"


def digest(data: bytes) -> str:
    """``sha256:`` and the SHA-256 of bytes, as records name each other."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tree(name: str) -> str:
    """The id of the organization that a tree gives its name."""
    return f"{name}.example"


def string(value: bytes) -> bytes:
    """Bytes behind their length, as SSH writes them."""
    return struct.pack(">I", len(value)) + value


@dataclass(frozen=True)
class Key:
    """An Ed25519 key by the name that its seed is made of."""

    name: str

    @property
    def blob(self) -> bytes:
        """The public key as SSH encodes it."""
        return string(b"ssh-ed25519") + string(_private(self.name).public_key().public_bytes_raw())

    @property
    def line(self) -> str:
        """The public key as records write it."""
        return f"ssh-ed25519 {base64.b64encode(self.blob).decode()}"

    @property
    def short(self) -> str:
        """The key as names of files have it."""
        return hashlib.sha256(self.blob).hexdigest()[:16]

    def sign(self, data: bytes) -> bytes:
        """The armored SSHSIG over bytes."""
        head = string(b"openletter") + string(b"") + string(b"sha512")
        signed = b"SSHSIG" + head + string(hashlib.sha512(data).digest())
        signature = string(b"ssh-ed25519") + string(_private(self.name).sign(signed))
        blob = b"SSHSIG" + struct.pack(">I", 1) + string(self.blob) + head + string(signature)
        digits = base64.b64encode(blob).decode()
        lines = [digits[at : at + 70] for at in range(0, len(digits), 70)]
        text = "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])
        return text.encode()


@cache
def _private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"openletter vectors: {name}".encode()).digest())


def own(organization: str, which: str = "") -> Key:
    """The key of an organization, the first or another; its seed's name has no ``.example``."""
    return Key(f"{organization.removesuffix('.example')} {which}".strip())


Signer = tuple[str, Key]
Listed = tuple[Key, str] | tuple[Key, str, str]


@dataclass
class Archive:
    """The files of an archive as they grow, and what was made in it, by its names."""

    files: dict[str, bytes] = field(default_factory=dict)

    def digest(self, path: str) -> str:
        """The digest of a file."""
        return digest(self.files[path])

    # --- key records ---

    def key_record(
        self,
        organization: str,
        number: int,
        keys: Sequence[Listed],
        *signers: Signer,
        basis: str | None = None,
        recovery: tuple[int, Sequence[str]] | None = None,
        authorized_by: Sequence[str] = (),
        date: str | None = None,
    ) -> str:
        """Store a key record, what derives from it, and signatures over it; its path."""
        path = f"keys/{organization}/{number:04}.yaml"
        lines = ['format: "organization/1"', f'organization: "{organization}"', f'record: "{number}"']
        if number > 1:
            lines.append(f'previous: "{self.digest(f"keys/{organization}/{number - 1:04}.yaml")}"')
        lines += [
            f'basis: "{basis or ("first" if number == 1 else "rotation")}"',
            f'date: "{date or f"2026-0{number}-05"}"',
            f'name: "{printed_name(organization)}"',
            "keys:",
        ]
        for key, status, *since in keys:
            lines += [f'  - key: "{key.line}"', f'    status: "{status}"', *(f'    since: "{day}"' for day in since)]
        if recovery is not None:
            lines += ["recovery:", f'  threshold: "{recovery[0]}"', "  organizations:"]
            lines += [f'    - "{other}"' for other in recovery[1]]
        if authorized_by:
            lines += ["authorized_by:", *(f'  - "{one}"' for one in authorized_by)]
        self.files[path] = ("\n".join(lines) + "\n").encode()
        self.files[f"keys/{organization}/{number:04}.allowed_signers"] = "".join(
            f'{organization} namespaces="openletter" {key.line}\n'
            for key, status, *_ in keys
            if status != "compromised"
        ).encode()
        for signer, key in signers:
            self.sign_record(organization, number, signer, key)
        return path

    def enrol(self, *organizations: str, recovery: tuple[int, Sequence[str]] | None = None) -> None:
        """Store the first key record of each, with its own key."""
        for organization in organizations:
            key = own(organization)
            self.key_record(organization, 1, [(key, "active")], (organization, key), recovery=recovery)

    def sign_record(self, organization: str, number: int, signer: str, key: Key) -> str:
        """Store a signature over a key record; its path."""
        path = f"keys/{organization}/{number:04}.{signer}.{key.short}.sig"
        self.files[path] = key.sign(self.files[f"keys/{organization}/{number:04}.yaml"])
        return path

    # --- letters ---

    def letter(
        self,
        number: int = 1,
        listed: Sequence[str | tuple[str | None, str]] = (tree("alder"), tree("birch")),
        body: str = "We ask you to open the water records.",
        letter: str = LETTER,
    ) -> str:
        """Store a revision; `listed` are ids, or pairs of an id (or none) and the name that is printed."""
        path = f"archive/{letter}/{number:04}.yaml"
        lines = ['format: "letter/1"', f'letter: "{letter}"', f'revision: "{number}"']
        if number > 1:
            lines.append(f'previous: "{self.digest(f"archive/{letter}/{number - 1:04}.yaml")}"')
        lines += ['date: "2026-05-14"', 'language: "en"', "addressees:", '  - name: "Ms. Dana Whitlow"']
        lines.append(f'body: "{body}"')
        if listed:
            lines.append("signatories:")
        for one in listed:
            organization, printed = (one, printed_name(one)) if isinstance(one, str) else one
            fields = [f'organization: "{organization}"'] if organization else []
            fields.append(f'of: "{printed}"')
            lines += [("  - " if at == 0 else "    ") + text for at, text in enumerate(fields)]
        self.files[path] = ("\n".join(lines) + "\n").encode()
        return path

    def sign(self, organization: str, number: int = 1, key: Key | None = None, letter: str = LETTER) -> str:
        """Store a signature over a revision; its path."""
        key = key or own(organization)
        path = f"archive/{letter}/{number:04}.{organization}.{key.short}.sig"
        self.files[path] = key.sign(self.files[f"archive/{letter}/{number:04}.yaml"])
        return path

    def withdraw(self, organization: str, number: int = 1, key: Key | None = None, text: str | None = None) -> str:
        """Store a withdrawal that `key` signed, and the signature; the path of the signature."""
        key = key or own(organization)
        data = withdrawal(organization, number, text or self.digest(f"{FOLDER}/{number:04}.yaml"))
        act = hashlib.sha256(data).hexdigest()[:16]
        stem = f"{FOLDER}/{number:04}.{organization}_withdrawal.{act}"
        self.files[f"{stem}.yaml"] = data
        self.files[f"{stem}.{key.short}.sig"] = key.sign(data)
        return f"{stem}.{key.short}.sig"

    # --- checkpoints ---

    def checkpoint(self, organization: str, date: str, *keys: Key) -> str:
        """Store a checkpoint of a commit and a tree that are made up, signed by these keys; its path."""
        commit = hashlib.sha256(f"commit of {date}".encode()).hexdigest()[:40]
        root = hashlib.sha256(f"tree of {date}".encode()).hexdigest()
        data = "\n".join(
            [
                'format: "checkpoint/1"',
                f'organization: "{organization}"',
                f'date: "{date}"',
                f'commit: "{commit}"',
                f'tree: "{root}"',
                "",
            ]
        ).encode()
        stem = f"archive/checkpoints/{organization}/{hashlib.sha256(data).hexdigest()[:16]}"
        self.files[f"{stem}.yaml"] = data
        for key in keys:
            self.files[f"{stem}.{key.short}.sig"] = key.sign(data)
        return f"{stem}.yaml"


def withdrawal(organization: str, number: int, text: str) -> bytes:
    """A withdrawal from a revision of the letter; `text` is the digest of that revision."""
    lines = ['format: "withdrawal/1"', f'letter: "{LETTER}"', f'revision: "{number}"', f'text: "{text}"']
    return "\n".join([*lines, f'organization: "{organization}"', 'date: "2026-06-01"', ""]).encode()


def printed_name(organization: str) -> str:
    """The name of an organization in its own words."""
    return organization.removesuffix(".example").replace("-", " ").title() + " Institute"

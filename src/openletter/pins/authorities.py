"""The time-stamping authorities that the verifier names: root certificates by host (``spec/pins.md``, "Authorities").

Certificates go in and out as DER. That a block is one whole DER value is seen here; what it is worth is judged where a
timestamp is.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from openletter.errors import IdError, PinsError, UnknownName
from openletter.pins import files
from openletter.records.names import parse_organization_id

MAX_BYTES: Final = 1 << 18
MAX_CERTIFICATES: Final = 32
MAX_AUTHORITIES: Final = 1000
FOLDER: Final = "authorities"

_SUFFIX: Final = ".pem"
_BLOCK: Final = "-----BEGIN "
_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----"
_HINT: Final = "give the authority's root certificate in PEM: text between BEGIN CERTIFICATE and END CERTIFICATE"


def read_authorities(folder: Path) -> Mapping[str, tuple[bytes, ...]]:
    """The root certificates (DER) by host, out of a configuration folder; none is empty. Raises `PinsError`."""
    place = folder / FOLDER
    found: dict[str, tuple[bytes, ...]] = {}
    for name in files.names(place):
        if not name.endswith(_SUFFIX) or name.startswith("."):
            continue
        try:
            host = parse_organization_id(name.removesuffix(_SUFFIX))
        except IdError as error:
            raise PinsError(
                "this file is not named for a host",
                path=str(place / name),
                hint="name it as the authority's host, in lower case, such as tsa.example.pem, or move it away",
            ) from error
        if len(found) == MAX_AUTHORITIES:
            raise PinsError(
                f"more than {MAX_AUTHORITIES} authorities are named", path=str(place), hint="keep those that you need"
            )
        data = files.read(place / name, MAX_BYTES)
        if data is not None:
            found[host] = certificates(data, str(place / name))
    return found


def add_authority(folder: Path, host: str, roots: Sequence[bytes]) -> Path:
    """Name these root certificates (DER) for a host beside those that it has; where they stand now.

    Raises `PinsError` where what stands there can't be read or would be too much, `StorageError`.
    """
    file = _file(folder, host)
    with files.alone(folder):
        known = read_authorities(folder)
        data = "".join(_pem(root) for root in dict.fromkeys((*known.get(host, ()), *roots))).encode("ascii")
        certificates(data, str(file))
        files.replace(file, data)
    return file


def check_authority(folder: Path, host: str) -> None:
    """Raise `UnknownName` where a host isn't named; what its file says is not looked at."""
    if not os.path.lexists(_file(folder, host)):
        raise UnknownName(f"{host} is no authority that you named", hint="see openletter trust list")


def remove_authority(folder: Path, host: str) -> None:
    """Name a host no more; raises `UnknownName` where it isn't named, `StorageError`."""
    with files.alone(folder):
        check_authority(folder, host)
        files.remove(_file(folder, host))


def _file(folder: Path, host: str) -> Path:
    return folder / FOLDER / f"{host}{_SUFFIX}"


def read_certificates(file: Path) -> tuple[bytes, ...]:
    """The certificates (DER) of a file that somebody handed over; raises `PinsError`, where there is none too."""
    data = files.read(file, MAX_BYTES, handed=True)
    if data is None:
        raise PinsError("there is no such file", path=str(file), hint="check the path")
    return certificates(data, str(file))


def certificates(data: bytes, path: str) -> tuple[bytes, ...]:
    """The certificates in PEM, as DER, each once; raises `PinsError` where there is none or anything else."""
    if len(data) > MAX_BYTES:
        raise PinsError(f"this is larger than {MAX_BYTES >> 10} KiB", path=path, hint=_HINT)
    if data[:1] == b"\x30":
        raise PinsError(
            "this is a certificate in DER", path=path, hint=f"write it in PEM: openssl x509 -inform der -in {path}"
        )
    text = data.decode("latin-1")
    found: list[bytes] = []
    end = 0
    while (start := text.find(_BLOCK, end)) >= 0:
        line = text.count("\n", 0, start) + 1
        end = text.find(_END, start)
        if not text.startswith(_BEGIN, start):
            raise PinsError("this block is no certificate", path=path, line=line, hint=_HINT)
        if end < 0:
            raise PinsError("this certificate doesn't end", path=path, line=line, hint=_HINT)
        if len(found) == MAX_CERTIFICATES:
            raise PinsError(f"more than {MAX_CERTIFICATES} certificates stand here", path=path, line=line, hint=_HINT)
        try:
            der = base64.b64decode("".join(text[start + len(_BEGIN) : end].split()), validate=True)
        except (binascii.Error, ValueError):
            raise PinsError("the base64 of this certificate is broken", path=path, line=line, hint=_HINT) from None
        if not _is_whole(der):
            raise PinsError("this certificate is not whole", path=path, line=line, hint=_HINT)
        found.append(der)
    if not found:
        raise PinsError("there is no certificate here", path=path, hint=_HINT)
    return tuple(dict.fromkeys(found))


def _is_whole(der: bytes) -> bool:
    """Is it one SEQUENCE of DER, from its first byte to its last?"""
    if len(der) < 2 or der[0] != 0x30:
        return False
    size = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + size], "big") if size else der[1]
    minimal = size == 0 or (1 <= size <= 4 and length >= max(0x80, 1 << 8 * (size - 1)))
    return der[1] != 0x80 and minimal and len(der) == 2 + size + length


def _pem(der: bytes) -> str:
    digits = base64.b64encode(der).decode("ascii")
    lines = [digits[start : start + 64] for start in range(0, len(digits), 64)]
    return "\n".join([_BEGIN, *lines, _END]) + "\n"

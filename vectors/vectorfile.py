"""Test vector files: header lines, one empty line, then the bytes under test (``vectors/README.md``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# A header line: a name of lower-case letters, digits and hyphens, a colon, one space, something.
HEADER = re.compile(r"([a-z][a-z0-9-]*): (\S(?:.*\S)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One test vector: its headers in their order, and the bytes under test."""

    headers: dict[str, str]
    payload: bytes

    @property
    def expect(self) -> str:
        """``accept``, or the name of the exception class that must be raised."""
        return self.headers["expect"]


def read(path: Path) -> Vector:
    """Read a vector file; `ValueError` where it isn't one."""
    head, empty_line, payload = path.read_bytes().partition(b"\n\n")
    headers: dict[str, str] = {}
    for line in head.decode().split("\n"):
        header = HEADER.fullmatch(line)
        if header is None or header[1] in headers:
            raise ValueError(f"{path}: not a header line, or one too many: {line!r}")
        headers[header[1]] = header[2]
    if not empty_line or not {"expect", "comment"} <= headers.keys():
        raise ValueError(f"{path}: no empty line behind the headers, or no expect or comment among them")
    return Vector(headers=headers, payload=payload)


def write(path: Path, headers: Mapping[str, str], payload: bytes) -> None:
    """Write a vector file that `read` reads back; `ValueError`, and no file, where the headers don't allow that."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    for line in lines:
        if not HEADER.fullmatch(line):
            raise ValueError(f"{path}: not a header line: {line!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join(lines).encode() + b"\n\n" + payload)


def remove_stale(folder: Path, kept: set[str]) -> None:
    """Remove the vector files of a folder whose names are not among those that a generator has just written."""
    for path in folder.glob("*.vec"):
        if path.name not in kept:
            path.unlink()

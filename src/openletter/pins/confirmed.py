"""The user's own file of pins, in the configuration folder (``spec/pins.md``, "Where")."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from openletter.errors import PinsError
from openletter.pins import files
from openletter.pins.lines import MAX_BYTES, Pins

NAME: Final = "allowed_signers"


def read_pins(folder: Path) -> Pins:
    """The pins of a configuration folder, none where there is no file; raises `PinsError`."""
    file = folder / NAME
    return Pins.parse(files.read(file, MAX_BYTES) or b"", str(file))


def change_pins(folder: Path, change: Callable[[Pins], Pins]) -> Pins:
    """Change the pins of a configuration folder, one process at a time; what they are then.

    `change` gets the pins as they are. Raises `PinsError`, `StorageError`, and what `change` raises: then nothing is
    written.
    """
    with files.alone(folder):
        before = read_pins(folder)
        after = change(before)
        if after.data != before.data:
            files.replace(folder / NAME, after.data)
    return after


def read_handed(file: Path) -> Pins:
    """A file of pins that somebody handed over, to be looked at; raises `PinsError`, where there is none too."""
    data = files.read(file, MAX_BYTES, handed=True)
    if data is None:
        raise PinsError("there is no such file", path=str(file), hint="check the path")
    return Pins.parse(data, str(file))

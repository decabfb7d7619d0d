"""The user's own pins, authorities and memory: files outside of any archive (``spec/trust.md``, ``spec/pins.md``)."""

from __future__ import annotations

from openletter.pins.authorities import (
    add_authority,
    check_authority,
    read_authorities,
    read_certificates,
    remove_authority,
)
from openletter.pins.confirmed import change_pins, read_handed, read_pins
from openletter.pins.lines import Pin, Pins

__all__ = [
    "Pin",
    "Pins",
    "add_authority",
    "change_pins",
    "check_authority",
    "read_authorities",
    "read_certificates",
    "read_handed",
    "read_pins",
    "remove_authority",
]

"""The stock programs that tests compare with: present, or the test is skipped; demanded where REQUIRE_INTEROP=1."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest


def need(program: str) -> str:
    """The path of a program; without it the test skips, or fails where interoperability is demanded."""
    found = shutil.which(program)
    if found is None:
        _missing(program)
    return found


def need_library(library: str, *command: str, folder: Path | None = None) -> None:
    """A library of another language, there where this command succeeds in this folder; without it as `need`."""
    need(command[0])
    if not _succeeds(command, folder):
        _missing(library)


@cache
def _succeeds(command: tuple[str, ...], folder: Path | None) -> bool:
    return not subprocess.run(command, check=False, capture_output=True, cwd=folder).returncode


def _missing(what: str) -> NoReturn:
    if os.environ.get("REQUIRE_INTEROP") == "1":
        pytest.fail(f"{what} is not installed, and REQUIRE_INTEROP=1 demands it")
    pytest.skip(f"{what} is not installed")

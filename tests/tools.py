"""The stock programs that tests compare with: present, or the test is skipped; demanded where REQUIRE_INTEROP=1."""

from __future__ import annotations

import os
import shutil

import pytest


def need(program: str) -> str:
    """The path of a program; without it the test skips, or fails where interoperability is demanded."""
    found = shutil.which(program)
    if found is None:
        if os.environ.get("REQUIRE_INTEROP") == "1":
            pytest.fail(f"{program} is not installed, and REQUIRE_INTEROP=1 demands it")
        pytest.skip(f"{program} is not installed")
    return found

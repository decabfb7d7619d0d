"""How tests run here: hypothesis without a stop-watch, and tests of time only where no line is measured."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says nothing on a machine that does other things too. In CI a run is like the one before.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests of time where coverage counts every line: it makes some of them ten times slower."""
    if os.environ.get("COVERAGE_RUN"):
        for item in items:
            if item.get_closest_marker("timing") is not None:
                item.add_marker(pytest.mark.skip(reason="measured by coverage, which takes its time"))

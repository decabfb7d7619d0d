"""How tests run here: hypothesis without a stop-watch, and nobody's own files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# How long an example takes says nothing on a machine that does other things too. In CI a run is like the one before.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
# Where it is enough to know that something fails.
settings.register_profile("first-failure", settings.get_profile("house"), phases=[Phase.generate])
settings.load_profile("house")


@pytest.fixture(autouse=True, scope="session")
def no_state_of_the_developers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a command remembers, it remembers in a folder of the run."""
    folder = tmp_path_factory.mktemp("state")
    os.environ["XDG_STATE_HOME"] = str(folder)
    return folder

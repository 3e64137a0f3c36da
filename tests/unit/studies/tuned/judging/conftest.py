"""The planted world that all tests of this room share."""

from __future__ import annotations

import pytest
from tests.planted_encoders import World, plant


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return plant(tmp_path_factory.mktemp("world"))

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

NAME = "semascope_test_served_models"  # tests are no package: this is how they share a module
if NAME not in sys.modules:
    _spec = importlib.util.spec_from_file_location(NAME, Path(__file__).with_name("served_models.py"))
    sys.modules[NAME] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[NAME])


@pytest.fixture
def model(tmp_path):
    """A model file of ten examples on the hash encoder."""
    return sys.modules[NAME].new_model(tmp_path / "model.zip")

"""A model file has one writer at a time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from semascope.cli.sole_writer import sole_writer
from semascope.errors import ConfigError

HOLD = """
import sys, time, pathlib
from semascope.cli.sole_writer import sole_writer
with sole_writer(pathlib.Path(sys.argv[1])):
    print("in", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_refused_until_the_first_is_gone(tmp_path):
    pytest.importorskip("fcntl")
    model = tmp_path / "deep" / "model.zip"
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(model)], stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"in\n"
        with (
            pytest.raises(ConfigError, match=r"another semascope learn is at work on .*model\.zip"),
            sole_writer(model),
        ):
            pytest.fail("two writers")
    finally:
        child.kill()  # kill -9: nothing is tidied up
        child.wait()
    with sole_writer(model):
        pass
    assert not list(model.parent.iterdir())


def test_another_model_is_free(tmp_path):
    with sole_writer(tmp_path / "a.zip"), sole_writer(tmp_path / "b.zip"):
        assert len(list(tmp_path.iterdir())) == 2  # a lock each

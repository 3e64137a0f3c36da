"""Names of spaces: short, and different."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError
from semascope.maps.naming import short_names, space_name


def test_a_folder_is_called_by_what_tells_it_from_the_others(tmp_path, monkeypatch):
    for path in ("one/tuned", "two/tuned", "two/base", "minilm"):
        (tmp_path / path).mkdir(parents=True)
    one, two, base = (str(tmp_path / path) for path in ("one/tuned", "two/tuned", "two/base"))
    assert short_names(["minilm", one]) == {"minilm": "minilm", one: "tuned"}
    assert short_names([one, two, base]) == {one: "one/tuned", two: "two/tuned", base: "base"}
    monkeypatch.chdir(tmp_path / "one")
    assert short_names(["./tuned/", "hash:8"]) == {"./tuned/": "tuned", "hash:8": "hash:8"}
    with pytest.raises(ConfigError, match=r"'tuned' and '\./tuned' are the same folder; leave one out"):
        short_names(["tuned", "./tuned"])
    assert short_names(["minilm"]) == {"minilm": "minilm"}  # the packaged one, whatever lies beside


def test_a_name_holds_what_differs():
    several = {"encoders": 2, "instructions": 2, "dims": 1}
    assert space_name("minilm", "topic", None, **several) == "minilm, topic"
    assert space_name("minilm", "topic", None, encoders=1, instructions=1, dims=1) == "topic"
    assert space_name("minilm", "default", 64, encoders=1, instructions=1, dims=2) == "64 dims"
    assert space_name("minilm", "default", None, encoders=2, instructions=1, dims=1) == "minilm"

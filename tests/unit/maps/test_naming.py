"""Names of spaces: what differs stands in them."""

from __future__ import annotations

from semascope.maps.spaces.naming import space_name


def test_a_name_holds_what_differs():
    several = {"encoders": 2, "instructions": 2, "dims": 1}
    assert space_name("minilm", "topic", None, **several) == "minilm, topic"
    assert space_name("minilm", "topic", None, encoders=1, instructions=1, dims=1) == "topic"
    assert space_name("minilm", "default", 64, encoders=1, instructions=1, dims=2) == "64 dims"
    assert space_name("minilm", "default", None, encoders=2, instructions=1, dims=1) == "minilm"

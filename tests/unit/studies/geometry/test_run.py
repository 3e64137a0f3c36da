"""What the numbers of a geometry do not depend on."""

import numpy as np

from semascope import describe_geometry


def test_hubness_is_of_ten_neighbours_whatever_k_is():
    rows = np.random.default_rng(1).standard_normal((120, 12))
    found = [
        describe_geometry({"a": rows}, remedy="none", store=None, k=k).spaces["a"].shape.measured["hubness"]
        for k in (1, 3, 10)
    ]
    assert found[0] == found[1] == found[2]
    assert found[0].note == ""


def test_fewer_neighbours_than_were_asked_for_are_said():
    rows = np.random.default_rng(2).standard_normal((40, 12))

    def titles(k):
        return [note.title for note in describe_geometry({"a": rows}, remedy="none", store=None, k=k).notes]

    said = "19 neighbours are looked at, not 1,000, which would be half of the 40 texts or more"
    assert said in titles(1000)
    assert not any("looked at" in title for title in titles(19))

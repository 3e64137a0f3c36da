"""What the numbers of a geometry do not depend on."""

import numpy as np

from semascope import describe_geometry
from semascope.geometry.halves import draw_halves


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


def test_a_number_does_not_leave_its_range_by_rounding():
    """A squared distance of copies may come out as -3e-7, a share as 1 + 1e-16."""
    for n in (40, 2):  # with an interval, and where there are too few texts for one
        halves = draw_halves(n)
        spread = np.zeros(len(halves))
        assert halves.estimate(-2.93e-7, spread, least=0.0, most=4.0).value == 0
        assert halves.estimate(1 + 1e-12, spread, least=0.0, most=1.0).value == 1
        assert halves.estimate(0.25, spread, least=0.0, most=1.0).value == 0.25
        assert np.isnan(halves.estimate(float("nan"), spread, least=0.0).value)


def test_without_a_column_of_groups_what_counts_as_one_is_a_set_of_copies():
    rng = np.random.default_rng(1)
    rows = np.repeat(rng.standard_normal((60, 6)), 2, axis=0)
    codes = np.repeat(rng.integers(0, 2, 60), 2)
    given = {"labels": codes, "remedy": "centre", "store": None}
    copies = describe_geometry({"a": rows, "b": rows[:, ::-1] + 0.0}, **given)
    assert "sets of copies" in copies.probed.family.test and "group" not in copies.probed.family.test
    task = copies.remedied.spaces["a"].tasks[0]
    assert "sets of copies" in task.family.test and "group" not in task.family.interval
    few = describe_geometry({"a": np.repeat(rng.standard_normal((3, 6)), 40, axis=0)}, **given)
    assert (
        few.spaces["a"].shape.measured["alignment"].estimate.reason
        == "3 sets of copies are too few for an interval"
    )
    grouped = describe_geometry({"a": rows, "b": rows[:, ::-1] + 0.0}, groups=np.arange(120) // 2, **given)
    assert "groups" in grouped.probed.family.test
    assert grouped.probed.accuracies["a"].value == copies.probed.accuracies["a"].value

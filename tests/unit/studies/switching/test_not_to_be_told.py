"""Spaces of which a careless answer would be "switch": tight groups, all vectors alike, few rows."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import semascope as sm
from semascope.stats.measures import measure_named
from semascope.studies.switching.deciding import decide
from semascope.studies.switching.evidence.judging import standing


@pytest.fixture
def ask(tmp_path):
    """Asks about two arrays of texts that say nothing."""

    def call(old, new, *, columns=None, **settings):
        texts = [f"the tide of day {row} stands at {row * row} feet" for row in range(len(old))]
        table = sm.Table.from_columns({"text": texts, **(columns or {})}, source="tides.csv")
        return sm.may_switch(old, new, table, text="text", store=tmp_path / "store", **settings)

    return call


def groups(rng, n=200, within=0.01):
    """Two far groups; what lies inside them is drawn anew at every call."""
    side = np.where(np.arange(n) % 2, 1.0, -1.0)[:, None]
    return side * np.ones((1, 24)) + within * rng.standard_normal((n, 24))


@pytest.mark.parametrize("within", [0.003, 0.03])
def test_tight_groups_whose_insides_are_unrelated_cannot_be_told(ask, within):
    rng = np.random.default_rng(0)
    found = ask(groups(rng, within=within), groups(rng, within=within))
    assert found.exit_code == 3
    assert found.neighborhoods.overlap.estimate.value < 0.2
    assert found.reencoding.needed
    assert "rounding" not in " ".join(found.headline)


def test_a_target_inside_tight_groups_is_not_settled_by_cosines(ask):
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((60, 24))
    side = np.where(np.arange(60) % 2, 1.0, -1.0)[:, None]
    old, new = side + 0.01 * noise, side + 0.01 * rng.standard_normal((60, 24))
    what = ["up" if value > 0 else "down" for value in noise[:, 0] - noise[:, 1]]
    found = ask(old, new, columns={"what": what}, target="what")
    assert not found.cosines.rounding
    assert found.exit_code == 3 or found.judged[0].stands is False


def test_tight_groups_that_are_rounded_or_turned_pass(ask):
    rng = np.random.default_rng(2)
    old = groups(rng)
    turn = np.linalg.qr(rng.standard_normal((24, 24)))[0]
    for new in (old.astype(np.float16), old @ turn, -old, 7.5 * old):
        found = ask(old, new)
        assert found.exit_code == 0, found.headline
    assert not ask(old, old.astype(np.float16)).reencoding.needed


@pytest.mark.parametrize("n", [12, 40, 200])
@pytest.mark.parametrize("within", [1.0, 0.03, 0.001, 0.0001])
def test_unrelated_cones_cannot_be_told(ask, n, within):
    rng = np.random.default_rng(3)
    found = ask(*(1 + within * rng.standard_normal((n, 24)) for _ in range(2)))
    assert found.exit_code == 3
    assert found.reencoding.needed


def test_a_new_space_in_which_all_are_alike_is_refused(ask):
    rng = np.random.default_rng(4)
    vectors = rng.standard_normal((80, 16))
    found = ask(vectors, np.ones((80, 16)))
    assert (found.answer, found.exit_code) == ("do not switch", 1)
    assert (
        found.headline[0]
        == "Do not switch: all vectors of NEW array are the same, so it tells no two texts apart."
    )
    assert found.reencoding.needed
    judged = ask(vectors, np.ones((80, 16)), columns={"score": vectors[:, 0].tolist()}, target="score")
    assert judged.exit_code == 1


def test_an_old_space_in_which_all_are_alike_says_nothing_of_neighbours(ask):
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((160, 16))
    found = ask(np.ones((160, 16)), vectors)
    assert found.exit_code == 3
    assert "all vectors of OLD array are the same" in found.headline[0]
    assert not any("stay" in sentence for sentence in found.headline)
    assert [note.title for note in found.notes if note.level == "warning"] == [
        "All vectors of OLD array are the same"
    ]
    better = ask(np.ones((160, 16)), vectors, columns={"score": vectors[:, 0].tolist()}, target="score")
    assert (better.exit_code, better.judged[0].verdict.word) == (0, "better")


def open_verdict(verdict):
    """The verdict as few rows give it: nothing is shown."""
    return replace(verdict, word="unresolved", low=-0.2, high=0.2, low90=-0.16, high90=0.16)


def test_classes_that_few_rows_answer_alike_are_open_unless_the_vectors_are_the_same(ask):
    rng = np.random.default_rng(6)
    label = np.arange(40) % 2
    old = rng.standard_normal((40, 16)) + 8 * np.where(label, 1, -1)[:, None] * np.eye(16)[0]
    new = rng.standard_normal((40, 16)) + 8 * np.where(label, 1, -1)[:, None] * np.eye(16)[0]
    names = {"what": [f"sort {value}" for value in label]}
    other = ask(old, new, columns=names, target="what")
    (task,) = other.judged
    stands, _ = standing(open_verdict(task.verdict), measure_named("accuracy"), learnt=True)
    assert stands is None
    few = [replace(task, verdict=open_verdict(task.verdict), stands=stands)]
    near, margin = other.neighborhoods, 0.02
    assert decide(few, near, other.cosines, margin=margin) == "cannot be told"
    turned = old @ np.linalg.qr(rng.standard_normal((16, 16)))[0]
    for same in (turned, old.astype(np.float16)):
        found = ask(old, same, columns=names, target="what")
        assert found.exit_code == 0
        assert decide(few, found.neighborhoods, found.cosines, margin=margin) == "switch"


def test_what_settles_an_open_task_is_said(ask, monkeypatch):
    """Of two precisions it is the cosines, not the task."""
    from semascope.studies.switching.evidence import judging

    whole = judging.one_family

    def few(families):
        return [{name: open_verdict(each) for name, each in found.items()} for found in whole(families)]

    monkeypatch.setattr(judging, "one_family", few)
    rng = np.random.default_rng(7)
    vectors = rng.standard_normal((60, 16))
    columns = {"what": ["up" if value > 0 else "down" for value in vectors[:, 0]]}
    found = ask(vectors, vectors.astype(np.float16), columns=columns, target="what")
    assert [task.stands for task in found.judged] == [None]
    assert found.headline[0] == (
        "Switch: every cosine is the same in NEW array as in OLD array but for rounding, and so are the neighbours."
    )
    other = ask(vectors, vectors + rng.standard_normal(vectors.shape), columns=columns, target="what")
    assert other.exit_code == 3


def test_standing_needs_the_worse_end_inside_the_margin():
    verdict = SimpleNamespace(
        word="unresolved", reason="", low90=-0.03, high90=0.01, margin=0.02, difference=-0.01
    )
    assert standing(verdict, measure_named("accuracy"), learnt=True)[0] is None
    verdict.low90 = -0.019
    assert standing(verdict, measure_named("accuracy"), learnt=True)[0] is True

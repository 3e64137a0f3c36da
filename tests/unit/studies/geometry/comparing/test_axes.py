"""Axes of worlds whose answer is known: one, reversed, two at a right angle, at 60 degrees, and two that go together."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.studies.geometry.comparing.axes import judge_axes
from semascope.studies.geometry.telling.axes import axes_sentences


def world(kind, *, n=500, d=16, noise=1.0, seed=0, together=0.6):
    """Scores that lines through a space give, with noise; ``correlated`` are two axes whose values go together."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) / np.sqrt(np.arange(1, d + 1))
    x /= x[:, 1].std()
    x[:, 2] /= x[:, 2].std()
    if kind == "correlated":
        x[:, 2] = together * x[:, 1] + np.sqrt(1 - together**2) * x[:, 2]
    one, two = np.eye(d)[1], np.eye(d)[2]
    second = {
        "one": one,
        "reversed": -one,
        "right": two,
        "sixty": 0.5 * one + np.sqrt(0.75) * two,
        "correlated": two,
    }[kind]
    first = x @ one + noise * rng.standard_normal(n)
    return x.astype(np.float32), first, x @ second + noise * rng.standard_normal(n)


def judged(kind, *, classes=False, components=None, **more):
    x, first, second = world(kind, **more)
    second = (second > 0).astype(float) if classes else second
    return judge_axes({"s": x}, {"anger": first, "joy": second}, components=components)[0]


@pytest.mark.parametrize(
    ("kind", "word", "angle", "common"),
    [
        ("one", "one", 0, 1),
        ("reversed", "one", 180, -1),
        ("right", "two", 90, 0),
        ("sixty", "two", 60, 0.5),
        ("correlated", "two", 90, 0.6),
    ],
)
def test_a_known_answer_is_found(kind, word, angle, common):
    axes = judged(kind).spaces["s"]
    assert axes.word == word
    assert axes.angle.low - 12 <= angle <= axes.angle.high + 12  # a penalty pulls correlated ones together
    assert abs(axes.angle.value - angle) < 25
    assert axes.in_common.value == pytest.approx(common, abs=0.15)


def test_one_axis_with_a_noisy_score_of_two_classes_is_one():
    """However noisy and coarse a score is, it is on the axis: what one direction lacks in sharpness is allowed for."""
    rng = np.random.default_rng(3)
    x, first, _ = world("one", n=1500, noise=0.4, seed=3)
    coarse = (x[:, 1] + 0.8 * rng.standard_normal(1500) > 0).astype(float)
    found = judge_axes({"s": x}, {"anger": first, "joy": coarse})[0]
    axes = found.spaces["s"]
    assert found.measures == ("Spearman", "AUC")
    assert axes.word == "one"
    assert axes.reliability[1].value < axes.reliability[0].value  # the coarse one is less sure
    assert axes.cross[0].value == pytest.approx(axes.own[1].value, abs=0.03)


def test_the_labels_own_correlation_stands_beside_the_probes():
    found = judged("correlated")
    assert found.correlation.value == pytest.approx(found.plain[0].value)
    assert 0.1 < found.plain[0].value < found.spaces["s"].cross[0].value < found.spaces["s"].own[1].value
    assert any("does not make" in said for said in axes_sentences(found, "s"))


def test_words_hold_over_many_worlds():
    """One axis is not called two, nor two at a right angle one."""
    words = {
        kind: [judged(kind, n=200, d=8, seed=seed).spaces["s"].word for seed in range(3)]
        for kind in ("one", "right")
    }
    assert words["one"].count("two") == 0
    assert words["right"].count("one") == 0
    assert words["right"].count("two") == 3


def test_a_score_that_the_space_does_not_hold_cannot_be_told():
    x, first, _ = world("one")
    noise = np.random.default_rng(5).standard_normal(len(x))
    axes = judge_axes({"s": x}, {"anger": first, "noise": noise})[0].spaces["s"]
    assert axes.word == "open"
    assert "'noise' is not shown to read it" in axes.reason
    assert axes.own[0].above_floor
    assert not axes.own[1].above_floor


def test_shuffled_scores_point_nowhere():
    x, first, second = world("right")
    order = np.random.default_rng(1).permutation(len(x))
    axes = judge_axes({"s": x}, {"anger": first[order], "joy": second[order]})[0].spaces["s"]
    floor = axes.agreement.floor
    assert floor.low < axes.agreement.value < floor.high
    assert floor.value == pytest.approx(0, abs=0.1)


def test_every_pair_in_every_space_on_the_texts_that_have_both():
    x, first, second = world("right", n=300)
    first = first.copy()
    first[:20] = np.nan
    found = judge_axes({"s": x, "half": x[:, :8]}, {"a": first, "b": second, "c": first + second})
    assert [(each.first, each.second, each.texts) for each in found] == [
        ("a", "b", 280),
        ("a", "c", 280),
        ("b", "c", 280),
    ]
    assert list(found[0].spaces) == ["s", "half"]
    assert found[0].spaces["half"].word == "two"


def test_groups_widen_the_floor_and_stay_together():
    x, first, second = world("one", n=400)
    components = np.repeat(np.arange(50), 8)
    alone = judge_axes({"s": x}, {"a": first, "b": second})[0].spaces["s"]
    grouped = judge_axes({"s": x}, {"a": first, "b": second}, components=components)[0].spaces["s"]
    assert grouped.own[0].floor.high > 2 * alone.own[0].floor.high
    assert grouped.word in ("one", "open")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"n": 30}, "30 texts, or groups of them, have both scores; 40 or more are needed"),
        ({"components": np.repeat(np.arange(20), 25)}, "20 texts, or groups of them"),
    ],
)
def test_too_few_texts_cannot_tell(change, why):
    found = judged("one", **change)
    assert why in found.why_not
    assert not found.spaces
    assert axes_sentences(found, "s") == [
        f"Whether 'anger' and 'joy' are one axis cannot be told: {found.why_not}."
    ]


def test_constants_cannot_tell():
    x, first, _ = world("one")
    found = judge_axes({"s": x}, {"anger": first, "joy": np.ones(len(x))})[0]
    assert found.why_not == "'joy' is the same for every text"
    same = judge_axes({"s": np.ones((500, 3))}, {"anger": first, "joy": first})[0]
    assert same.spaces["s"].word == "open"
    assert same.spaces["s"].reason == "all vectors of a space are the same"


def test_what_cannot_be_used_is_refused():
    x, first, _ = world("one")
    with pytest.raises(ConfigError, match="1 score is given"):
        judge_axes({"s": x}, {"anger": first})
    with pytest.raises(DataError, match=r"score 'joy' has shape \(3,\) for 500 texts"):
        judge_axes({"s": x}, {"anger": first, "joy": np.ones(3)})

"""From verdicts to "it stands", "it does not" and "open"."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from semascope.data.splits import Split
from semascope.stats.measures import get_measure
from semascope.stats.results import Verdict
from semascope.studies.switching.asking.targets import Target
from semascope.studies.switching.evidence.judging import judge_tasks, learns, needed, standing, worst_gain
from semascope.studies.switching.evidence.prediction import Prediction
from semascope.studies.switching.result import NEW, OLD

MAE, ACCURACY = get_measure("mae", "regression"), get_measure("accuracy", "classification")


def verdict(word, difference=0.0, half=0.03, *, margin=0.05, n=100, gain=None, **more):
    values = {
        "word": word,
        "difference": difference,
        "gain": difference if gain is None else gain,
        "low": difference - 1.2 * half,
        "high": difference + 1.2 * half,
        "low90": difference - half,
        "high90": difference + half,
        "p": 0.3,
        "p_holm": 0.3,
        "margin": margin,
        "n": n,
    }
    return Verdict(**values | more)


@pytest.mark.parametrize(
    ("found", "learnt", "stands"),
    [
        (verdict("better", 0.2), True, True),
        (verdict("better", 0.2), False, True),  # what OLD cannot, NEW may
        (verdict("worse", -0.2), True, False),
        (verdict("worse", -0.2), False, False),
        (verdict("equivalent"), True, True),
        (verdict("equivalent"), False, None),
        (verdict("unresolved", 0.03, 0.05), True, True),  # -.02 is inside
        (verdict("unresolved", 0.03, 0.05), False, None),
        (verdict("unresolved", -0.03, 0.05), True, None),  # -.08 is not
        (verdict("unresolved", 0.0, 0.05), True, None),  # -.05 is the margin itself
        (verdict("unresolved", 0.03, 0.05, reason="only 4 held-out rows; a claim needs 5"), True, None),
        (verdict("unresolved", math.nan, math.nan), True, None),
    ],
)
def test_what_stands(found, learnt, stands):
    assert standing(found, ACCURACY, learnt=learnt, floor_of="chance")[0] is stands


def test_an_error_is_turned():
    found = verdict("unresolved", -0.03, 0.05, gain=0.03)  # less error: a gain
    assert worst_gain(found, MAE) == pytest.approx(-0.02)
    assert standing(found, MAE, learnt=True)[0] is True
    assert (
        standing(replace(found, difference=0.03, gain=-0.03, low90=-0.02, high90=0.08), MAE, learnt=True)[0]
        is None
    )


def test_why_is_said_where_the_word_does_not_say_it():
    assert standing(verdict("equivalent"), ACCURACY, learnt=False, floor_of="chance")[1].startswith(
        "OLD is not shown to be better than chance"
    )
    assert standing(verdict("unresolved", 0.03, 0.05), ACCURACY, learnt=True)[1] == (
        "better or equivalent: worse by the margin it is not"
    )
    assert (
        standing(verdict("unresolved", reason="one row decides"), ACCURACY, learnt=True)[1]
        == "one row decides"
    )
    assert standing(verdict("equivalent"), ACCURACY, learnt=True)[1] == ""


def test_rows_that_would_settle_it():
    found = verdict("unresolved", 0.0, 0.1, margin=0.05, n=100)
    spread = 0.1 / 1.6449 * 10
    assert needed(found, ACCURACY) == math.ceil(((1.6449 + 0.8416) * spread / 0.05) ** 2)
    assert needed(replace(found, rows_needed=300), ACCURACY) == 300
    assert needed(replace(found, rows_needed=3_000), ACCURACY) < 1_000
    assert (
        needed(replace(found, gain=-0.06, difference=-0.06), ACCURACY) is None
    )  # beyond the margin: more will not help
    assert needed(replace(found, gain=-0.06, rows_needed=50), ACCURACY) == 101  # never fewer than there are


def task(truth, *, kind="regression", n_train=50):
    n = len(truth)
    classes = ("a", "b") if kind == "classification" else ()
    target = Target(name="score", kind=kind, classes=classes, truth=np.asarray(truth, dtype=np.float64))
    split = Split(train=np.arange(n_train), test=np.arange(n_train, n))
    measure = ACCURACY if classes else MAE
    return Prediction.of(target, split, np.arange(n), measure=measure, seed=1)


def test_learning_is_shown_or_not():
    rng = np.random.default_rng(0)
    one = task(rng.standard_normal(150))
    good, noise = one.truth + 0.1, rng.standard_normal(len(one.truth))
    floor = one.floor(None)
    assert learns(one, good, floor)
    assert not learns(one, noise, floor)
    assert not learns(one, floor, floor)


def test_a_correlation_is_learnt_where_its_interval_is_above_0():
    rng = np.random.default_rng(0)
    one = replace(task(rng.standard_normal(150)), measure=get_measure("spearman", "regression"))
    floor = one.floor(None)
    assert learns(one, one.truth + 0.1 * rng.standard_normal(100), floor)
    assert not learns(one, rng.standard_normal(100), floor)


def test_holm_goes_over_all_tasks():
    rng = np.random.default_rng(3)
    one = task(rng.standard_normal(250))
    old = one.truth + rng.standard_normal(200)
    new = one.truth + 0.82 * (old - one.truth) + 0.2 * rng.standard_normal(200)
    answers, floor = {OLD: old, NEW: new}, one.floor(None)
    (alone,) = judge_tasks([one], [answers], [floor], [True], margin=0.01)
    many = judge_tasks([one] * 4, [answers] * 4, [floor] * 4, [True] * 4, margin=0.01)
    assert [each.verdict.p_holm for each in many] == pytest.approx([min(4 * alone.verdict.p, 1)] * 4)


def test_what_is_told_of_a_task():
    rng = np.random.default_rng(0)
    one = task(rng.standard_normal(150))
    off = 0.1 + 0.02 * rng.standard_normal(100)
    answers = {OLD: one.truth + off, NEW: one.truth + off + 0.001 * rng.standard_normal(100)}
    (found,) = judge_tasks([one], [answers], [one.floor(None)], [True], margin=None)
    assert (found.name, found.head, found.trained, found.judged) == ("score", "ridge", 50, 100)
    assert found.verdict.word == "equivalent"
    assert found.stands is True
    assert found.values[OLD].value == pytest.approx(float(np.abs(off).mean()))
    assert found.floor == pytest.approx(float(np.abs(one.truth - np.median(one.target.truth[:50])).mean()))
    assert found.floor_of == "always answering the median"
    assert found.needed is None


def test_the_floor_of_classes_names_the_class():
    truth = np.array([0.0, 1.0, 1.0, 1.0, 0.0] * 20)
    one = task(truth, kind="classification")
    assert one.floor_of == "always answering “b”"
    assert set(one.floor(None)) == {1.0}


def test_a_mean_is_the_floor_of_squares():
    one = replace(task(np.arange(100.0)), measure=get_measure("mse", "regression"))
    assert one.floor_of == "always answering the mean"
    assert set(one.floor(None)) == {24.5}


def test_heads_learn_from_so_many_rows_at_most(monkeypatch):
    from semascope.studies.switching.evidence import prediction

    monkeypatch.setattr(prediction, "_MOST", 20)
    one = task(np.arange(100.0))
    assert one.trained == 20
    assert set(one.train) <= set(range(50))

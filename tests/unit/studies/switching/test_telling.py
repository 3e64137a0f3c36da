"""What the answer says of the smallest way of keeping vectors, and of neighbours that tie."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import semascope as sm
from semascope.reports.switching.page import render_switch
from semascope.stats.results import Estimate
from semascope.studies.switching.result import NEW, OLD, Judged, StoredAs
from semascope.studies.switching.telling import worse_than_whole


def estimate(value):
    return Estimate(value=value, low=value - 0.3, high=value + 0.3, n=100)


def task(measure="mae", name="y", margin=0.06):
    return Judged(
        name=name,
        kind="regression" if measure == "mae" else "classification",
        measure=measure,
        head="ridge",
        trained=100,
        judged=100,
        values={OLD: estimate(1.5), NEW: estimate(1.16)},
        floor=2.0,
        floor_of="always answering the median",
        verdict=SimpleNamespace(margin=margin, word="better"),
        stands=True,
        why="",
    )


def form(value, name="binary", task_name="y"):
    return StoredAs(
        name=name,
        dims=8,
        bytes_searched=1.0,
        bytes_kept=0.0,
        overlap=estimate(0.5),
        verdicts={},
        values={task_name: value},
        stands=True,
    )


def test_a_form_that_stands_and_is_much_worse_than_float32_says_so():
    assert (
        worse_than_whole([task()], form(1.47), form(1.16)) == "worse than float32 on “y” (MAE 1.47, not 1.16)"
    )


@pytest.mark.parametrize(
    ("measure", "value", "whole", "said"),
    [
        ("mae", 1.21, 1.16, False),  # by less than the margin
        ("mae", 1.23, 1.16, True),
        ("mae", 1.0, 1.16, False),  # better
        ("accuracy", 0.7, 0.8, True),
        ("accuracy", 0.9, 0.8, False),
    ],
)
def test_worse_is_by_the_margin_and_on_the_side_of_the_measure(measure, value, whole, said):
    assert bool(worse_than_whole([task(measure)], form(value), form(whole))) is said


def test_without_a_task_nothing_is_worse():
    assert worse_than_whole([], form(1.0), form(1.0)) == ""


def test_the_page_says_what_bits_lose_beside_that_they_stand(tmp_path):
    """OLD reads next to nothing of the score: bits of NEW are still better than it, and far from NEW's float32."""
    rng = np.random.default_rng(0)
    new = rng.standard_normal((240, 8))
    old = new.copy()
    old[:, 0] = 0.15 * new[:, 0] + rng.standard_normal(240)
    score = (3 * new[:, 0]).round(3).tolist()
    texts = [f"the tide of day {row} is {row * row} feet" for row in range(240)]
    table = sm.Table.from_columns({"text": texts, "score": score})
    found = sm.may_switch(old, new, table, text="text", target="score", store=tmp_path)
    forms = {each.name.split(",")[0]: each for each in found.storage}
    assert forms["binary"].stands
    lost = forms["binary"].values["score"] - forms["float32"].values["score"]
    assert lost > found.judged[0].verdict.margin
    page = render_switch(found)
    assert page.count("worse than float32 on “score” (MAE ") == 1  # of int8 and float16 nothing is said
    assert "the truth is " in page

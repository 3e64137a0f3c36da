"""Sentences of numbers: the number, its floor, and what it does not mean."""

import numpy as np
import pytest

from semascope.geometry.columns.explaining import explained_by
from semascope.geometry.halves import draw_halves
from semascope.geometry.measured import Measured
from semascope.geometry.shape.describing import describe_shape
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.geometry.shape.undefined import undefined
from semascope.stats.results import Estimate
from semascope.studies.geometry.telling.numbers import (
    sentence_of,
    sentence_of_explained,
    sentence_of_outlying,
)


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high, n=100)


def cosine(value=0.0468, low=0.0450, high=0.0486, **kwargs):
    return Measured(
        name="mean cosine",
        estimate=estimate(value, low, high),
        floor=estimate(0.0, -0.001, 0.001),
        null="isotropic data of the same n and d",
        **kwargs,
    )


def test_a_mean_cosine_in_words():
    assert sentence_of(cosine()) == (
        "Two texts drawn by chance have a cosine of 0.047 (0.045 to 0.049) on average, and vectors spread evenly to all sides"
        " would have 0.000: it says from where cosines start to count, and a low value is no sign of quality."
    )


def test_no_interval_and_a_note():
    told = sentence_of(cosine(low=np.nan, high=np.nan, note="on 10 texts"))
    assert "a cosine of 0.0468 on average" in told
    assert told.endswith("no sign of quality (on 10 texts).")


def test_no_number_has_a_reason():
    told = sentence_of(undefined("IsoScore", "all vectors are equal", n=9))
    assert told == "IsoScore cannot be given: all vectors are equal."


def test_every_number_has_a_sentence_with_its_value_and_floor():
    rng = np.random.default_rng(1)
    rows = isotropic_rows(200, 12, rng)
    shape = describe_shape(rows, halves=draw_halves(200), codes=rng.integers(0, 3, 200))
    openings = {sentence_of(each)[:25] for each in shape.measured.values()}
    assert len(openings) == len(shape.measured)
    for each in shape.measured.values():
        told = sentence_of(each)
        assert told.endswith(".")
        assert " to " in told  # the interval
        assert "evenly" in told or "shuffled" in told  # the floor
        assert ":" in told  # what it does not mean
        assert "nan" not in told and "–" not in told


def test_a_share_is_told_in_percent():
    first = Measured(
        name="share of the first component",
        estimate=estimate(0.0387, 0.0370, 0.0403),
        floor=estimate(0.0047, 0.0046, 0.0048),
        null="isotropic",
    )
    assert "holds 3.9 % (3.7 to 4.0 %) of how they differ" in sentence_of(first)
    assert "would have 0.5 % in one" in sentence_of(first)


def test_pairs_and_labels_are_told_apart():
    def told(null):
        return sentence_of(
            Measured(
                name="alignment", estimate=estimate(0.5, 0.4, 0.6), floor=estimate(1.9, 1.8, 2.0), null=null
            )
        )

    assert told("shuffled pairs").startswith("A text and its partner lie 0.5 (0.4 to 0.6) apart")
    assert told("shuffled labels").startswith("Two texts of one label lie 0.5 (0.4 to 0.6) apart")
    assert "shuffled labels 1.9" in told("shuffled labels")


def test_dims_that_stand_out_are_named():
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((200, 30))
    rows[:, 3] += 8
    told = sentence_of_outlying(describe_shape(unit(rows), halves=draw_halves(200)).outlying)
    assert told.startswith("Dim 3 carries 10")
    assert "%) of the mean cosine; without it the mean cosine is" in told
    assert "where as many dims drawn by chance leave" in told


def test_no_dims_stand_out():
    rows = isotropic_rows(200, 30, np.random.default_rng(3))
    told = sentence_of_outlying(describe_shape(rows, halves=draw_halves(200)).outlying)
    assert told.startswith("No few dims stand out:")
    assert "of 30 carry half of the squared length of the vectors, and the largest, dims " in told
    assert "; without them the mean cosine is" in told


def test_what_columns_explain():
    rng = np.random.default_rng(4)
    languages = rng.integers(0, 2, 300)
    rows = rng.standard_normal((300, 20))
    rows[:, 0] += 6 * languages
    columns = {
        "language": [("en", "de")[code] for code in languages],
        "month": [f"month {code}" for code in rng.integers(0, 12, 300)],
        "id": [str(row) for row in range(300)],
    }
    found = explained_by(unit(rows), columns, halves=draw_halves(300))
    told = sentence_of_explained(found["language"])
    assert told.startswith("'language' explains ")
    assert "where the same values shuffled explain 0.3 %, and of component 1 alone it explains 86 %" in told
    assert told.endswith("which this cannot tell apart.")
    assert f"beyond chance it is {100 * found['language'].adjusted.value:.0f} % (" in told
    assert sentence_of_explained(found["month"]).endswith("that is no clear difference.")
    assert sentence_of_explained(found["id"]) == (
        "How much 'id' explains cannot be given: every text has a value of its own."
    )
    assert "Beyond what a shuffled column would" in sentence_of(found["language"].adjusted)
    assert sentence_of(found["language"].share).startswith("The column explains")


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (0.005, 0.004, 0.006, "more than chance and still little"),
        (0.0001, 0.0001, 0.0002, "less than chance gives"),
    ],
)
def test_little_and_less_than_chance(value, low, high, verdict):
    rows = unit(np.random.default_rng(5).standard_normal((40, 4)))
    found = explained_by(rows, {"x": ["a", "b"] * 20}, halves=draw_halves(40))["x"]
    adjusted = Measured(
        name=found.adjusted.name,
        estimate=estimate(value, low, high),
        floor=estimate(0.001, 0.0005, 0.0015),
        null="",
    )
    from dataclasses import replace

    assert verdict in sentence_of_explained(replace(found, adjusted=adjusted))


def test_many_values_are_judged_by_what_they_explain_beyond_chance():
    rng = np.random.default_rng(6)
    sources = rng.integers(0, 300, 3000)
    means = 0.097 * rng.standard_normal((300, 64))
    rows = unit(means[sources] + rng.standard_normal((3000, 64)))
    columns = {"source": [f"source {code}" for code in sources]}
    found = explained_by(rows, columns, halves=draw_halves(3000))["source"]
    assert found.share.value > 0.1 > 0.01 > found.adjusted.value
    told = sentence_of_explained(found)
    assert "partly by it" not in told
    assert "beyond chance it is 0.8 % (0.5 to 1.2 %)" in told
    assert told.endswith("which is more than chance and still little.")


def test_a_number_without_words_is_named():
    other = Measured(
        name="overlap", estimate=estimate(0.5, 0.4, 0.6), floor=estimate(0.1, 0.0, 0.2), null="chance"
    )
    assert sentence_of(other) == "Overlap is 0.5 (0.4 to 0.6), and chance would have 0.1."


def test_a_narrow_interval_is_written_with_ends_that_differ_and_noise_as_nothing():
    assert "0.1642 (0.1640 to 0.1644)" in sentence_of(cosine(value=0.16423, low=0.16401, high=0.16444))
    assert "a cosine of 0.000 (−0.001 to 0.001) on average" in sentence_of(
        cosine(value=-6.33e-5, low=-0.0009, high=0.0008)
    )
    assert "e−" not in sentence_of(cosine(value=1.45e-8, low=0.0, high=3e-8))

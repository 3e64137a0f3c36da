"""Probes: fitted on training rows alone, judged on the others, beside what chance gives."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.studies.geometry.judging.probe import hits_by_chance, judge_probes, probe_predictions
from semascope.studies.geometry.judging.sides import split_labels

NAMES = ["tide", "wind", "moon"]


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def world(n=120, scale=3.0, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.arange(n) % 3)
    noise = rng.standard_normal((n, 6))
    return {"none": unit(noise), "told": unit(noise + scale * np.eye(3, 6)[codes])}, codes


def probed(spaces, codes, components=None, **kwargs):
    components = np.arange(len(codes)) if components is None else components
    return judge_probes(spaces, codes, NAMES, label="subject", components=components, **kwargs)


def test_a_space_that_tells_the_labels_is_better():
    spaces, codes = world()
    found = probed(spaces, codes)
    assert found.family.verdicts["told"].word == "better"
    assert found.family.baseline == "none"
    assert found.accuracies["told"].above_floor is True
    assert found.accuracies["told"].value > 0.8
    assert found.accuracies["none"].above_floor is None
    assert (found.trained_on, found.held_out, found.labels) == (84, 36, 3)


def test_held_out_rows_never_fit():
    spaces, codes = world()
    sides = split_labels(codes, NAMES, np.arange(120), label="subject", test_size=0.3, seed=42)
    odd = codes.copy()
    odd[sides.test] = (odd[sides.test] + 1) % 3  # other truths leave the predictions as they are
    before = probe_predictions(spaces["told"], codes, sides, seed=42)
    np.testing.assert_array_equal(probe_predictions(spaces["told"], odd, sides, seed=42), before)
    assert (before == codes[sides.test]).mean() > 0.8


def test_copies_count_as_one_and_do_not_leak():
    rng = np.random.default_rng(0)
    vectors = np.repeat(
        unit(rng.standard_normal((40, 30))), 4, axis=0
    )  # each row four times, labels at random
    codes = np.repeat(rng.integers(3, size=40), 4)
    found = probed({"a": vectors}, codes, np.repeat(np.arange(40), 4))
    assert found.accuracies["a"].value < 0.7  # a copy in training would give 1
    leaky = probed({"a": vectors}, codes)
    assert leaky.accuracies["a"].value > 0.9
    assert "groups" in found.accuracies["a"].estimate.method


def test_labels_that_cannot_be_split_are_not_probed():
    spaces, codes = world(12)
    found = probed(spaces, codes)
    assert found.reason == "12 rows with such a label; a split needs 20"
    assert (found.family, found.accuracies) == (None, {})
    with pytest.raises(DataError, match="'none' has 12 rows for 11 labels"):
        probed(spaces, codes[:11])


def test_rows_without_a_label_take_no_part():
    spaces, codes = world()
    some = codes.copy()
    some[:30] = -1
    found = probed(spaces, some)
    assert found.trained_on + found.held_out == 90


def test_constant_vectors_are_told_no_better_than_by_the_commonest_label():
    _, codes = world()
    codes[:60] = 0
    found = probed({"flat": np.tile(np.float32([0.6, 0.8]), (120, 1))}, codes)
    held = found.accuracies["flat"]
    assert held.value == pytest.approx(held.floor.value)  # always the same label: shuffling changes nothing
    assert held.floor.low == pytest.approx(held.floor.high)


@pytest.mark.parametrize("labels", [2, 5])
def test_the_floor_is_that_of_permutations(labels):
    rng = np.random.default_rng(labels)
    truth, predicted = rng.integers(labels, size=80), rng.integers(labels, size=80) // 2
    shuffled = np.array([(rng.permutation(truth) == predicted).mean() for _ in range(4_000)])
    floor = hits_by_chance(truth, predicted)
    assert floor.value == pytest.approx(shuffled.mean(), abs=0.003)
    assert floor.high - floor.value == pytest.approx(1.96 * shuffled.std(), rel=0.05)

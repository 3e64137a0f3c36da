"""Remedies judged by tasks: fitted on training rows, right where the answer is planted."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.geometry.remedies.fitting import fit_remedy
from semascope.stats.holm import holm
from semascope.studies.geometry.judging import mending
from semascope.studies.geometry.judging.remedied import NOTHING
from semascope.studies.geometry.judging.remedies import best_remedy, judge_remedies, refit
from semascope.studies.geometry.judging.sides import split_labels
from semascope.studies.geometry.judging.tasks import LabelTask, SearchTask

NAMES = ["tide", "wind", "moon", "sun"]


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def healthy(n=200, seed=0):
    """Labels along orthogonal directions about the origin: nothing to mend."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.arange(n) % 4)
    signs = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])[codes]
    return unit(3.0 * np.hstack([signs, np.zeros((n, 4))]) + 0.4 * rng.standard_normal((n, 6))), codes


def drowned(n=240, seed=0):
    """Labels in two small dimensions beside two that vary twenty times as much."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.arange(n) % 4)
    signal = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])[codes] + 0.3 * rng.standard_normal((n, 2))
    return unit(np.hstack([20.0 * rng.standard_normal((n, 2)), signal])), codes


def task(vectors, codes, components=None, **others):
    components = np.arange(len(codes)) if components is None else components
    return LabelTask(
        label="subject", vectors={"a": vectors, **others}, codes=codes, names=NAMES, components=components
    )


@pytest.fixture(scope="module")
def found():
    vectors, codes = drowned()
    return judge_remedies(labels=task(vectors, codes), remedies=["centre", "whiten"])


def test_a_remedy_that_helps_is_better(found):
    space = found.spaces["a"]
    assert space.verdicts("whiten")["kNN"].word == "better"
    assert space.verdicts("centre")["kNN"].word != "better"
    assert best_remedy(space) == "whiten"
    assert [result.task for result in space.tasks] == ["probe", "kNN"]
    assert list(space.task("kNN").scores) == [NOTHING, "centre", "whiten"]
    assert space.task("retrieval") is None


def test_scores_and_verdicts_stand_on_the_same_rows(found):
    for result in found.spaces["a"].tasks:
        before, after = result.scores[NOTHING], result.scores["whiten"]
        assert result.family.verdicts["whiten"].difference == pytest.approx(after.value - before.value)
        assert before.n == after.n == result.held_out == 72
        assert result.fitted_on == 168


def test_remedies_are_fitted_on_training_rows_alone(monkeypatch):
    vectors, codes = drowned(80)
    given = []

    def fit(name, rows):
        given.append(rows)
        return fit_remedy(name, rows)

    monkeypatch.setattr(mending, "fit_remedy", fit)
    judge_remedies(labels=task(vectors, codes), remedies=["centre"])
    sides = split_labels(codes, NAMES, np.arange(80), label="subject", test_size=0.3, seed=42)
    np.testing.assert_array_equal(given[0], vectors[sides.train])


def test_where_nothing_is_to_mend_nothing_is_better():
    vectors, codes = healthy()
    space = judge_remedies(labels=task(vectors, codes)).spaces["a"]
    for name in ("centre", "standardise", "all-but-the-top", "whiten"):
        assert {verdict.word for verdict in space.verdicts(name).values()} <= {
            "equivalent",
            "unresolved",
            "worse",
        }
    for verdict in space.verdicts(
        "centre"
    ).values():  # 72 rows, on which hardly an answer changes, say no more than that
        assert abs(verdict.difference) <= 1 / 72
        assert verdict.word == "unresolved"
        assert verdict.high90 - verdict.low90 >= 2 * 0.99 * (1 - 0.05 ** (1 / 72))
    assert best_remedy(space) is None


def test_taking_the_labels_directions_away_is_worse():
    vectors, codes = healthy()
    space = judge_remedies(labels=task(vectors, codes), remedies=["all-but-the-top:2"]).spaces["a"]
    assert {verdict.word for verdict in space.verdicts("all-but-the-top:2").values()} == {"worse"}


def planted_search(n=160, seed=0):
    """Queries find their document by six small dimensions; two large ones drown them."""
    rng = np.random.default_rng(seed)
    meaning = rng.standard_normal((n, 6))
    sides = [
        unit(np.hstack([15.0 * rng.standard_normal((n, 2)), meaning + 0.3 * rng.standard_normal((n, 6))]))
        for _ in range(2)
    ]
    return SearchTask(queries={"a": sides[0]}, documents={"a": sides[1]})


def test_retrieval_judges_on_held_out_queries():
    found = judge_remedies(search=planted_search(), remedies=["centre", "whiten"])
    result = found.spaces["a"].task("retrieval")
    assert result.family.verdicts["whiten"].word == "better"
    assert result.family.verdicts["centre"].word in ("equivalent", "unresolved")
    assert result.measure == "nDCG@10"
    assert (result.held_out, result.fitted_on) == (80, 160)
    assert result.scores["whiten"].value > result.scores[NOTHING].value + 0.2
    assert best_remedy(found.spaces["a"]) == "whiten"


def test_p_is_corrected_over_all_comparisons_of_a_space():
    vectors, codes = drowned(160)
    found = judge_remedies(
        labels=task(vectors, codes), search=planted_search(), remedies=["centre", "whiten"]
    )
    space = found.spaces["a"]
    assert [result.task for result in space.tasks] == ["probe", "kNN", "retrieval"]
    verdicts = [verdict for name in found.remedies for verdict in space.verdicts(name).values()]
    made = [verdict for verdict in verdicts if verdict.is_comparison]
    assert len(made) >= 3
    np.testing.assert_allclose(
        [verdict.p_holm for verdict in made], holm(np.array([verdict.p for verdict in made])), rtol=1e-12
    )


def test_one_task_that_cannot_be_judged_is_said():
    vectors, _ = drowned(160)
    found = judge_remedies(
        labels=task(vectors, np.zeros(160, dtype=np.int64)), search=planted_search(), remedies=["centre"]
    )
    assert [result.task for result in found.spaces["a"].tasks] == ["retrieval"]
    assert found.notes == ("Not judged by one task: 'subject' has only one label.",)


def test_nothing_to_judge_by():
    assert judge_remedies().reason == "neither labels, pairs nor judgements were given"
    vectors, _ = drowned(40)
    found = judge_remedies(labels=task(vectors, np.full(40, -1)))
    assert (found.reason, found.spaces) == ("'subject' has no label", {})


def test_a_remedy_that_cannot_be_fitted_is_left_out_and_said():
    _, codes = drowned(60)
    flat = np.tile(np.float32([0.6, 0.8]), (60, 1))
    space = judge_remedies(labels=task(flat, codes), remedies=["centre"]).spaces["a"]
    assert "all the same" in space.unfitted["centre"]
    assert space.verdicts("centre") == {}
    assert list(space.task("kNN").scores) == [NOTHING]


def test_fewer_rows_than_dims():
    rng = np.random.default_rng(0)
    codes = np.arange(40) % 4
    vectors = unit(np.eye(4, 120)[codes] + 0.1 * rng.standard_normal((40, 120)))
    space = judge_remedies(labels=task(vectors, codes)).spaces["a"]
    assert space.unfitted == {}
    assert space.task("kNN").scores["whiten"].value > 0.5


def test_remedies_are_named_once_and_known():
    vectors, codes = drowned(40)
    with pytest.raises(ConfigError, match="remedy 'whiten' is named twice"):
        judge_remedies(labels=task(vectors, codes), remedies=["whiten", "whiten"])
    with pytest.raises(ConfigError, match="did you mean centre"):
        judge_remedies(labels=task(vectors, codes), remedies=["center"])
    with pytest.raises(DataError, match="'a' has 40 rows for 39 labels"):
        judge_remedies(labels=task(vectors, codes[:39]))


def test_what_is_kept_is_fitted_on_all_rows():
    vectors, _ = drowned(60)
    kept = refit("whiten", vectors)
    assert (kept.fitted_on, kept.digest) == (60, fit_remedy("whiten", vectors).digest)

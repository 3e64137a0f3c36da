"""Scores outside what was learnt from are said, cut or not."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from semascope.errors import ArtifactError
from semascope.learner.example import RankingExample
from semascope.learner.learner import ValueLearner
from semascope.learner.learnt_range import learnt_range, outside_learnt
from semascope.probes.artifact import save_artifact
from semascope.probes.card import Card, TargetCard
from semascope.probes.ridge import RidgeHead

COMMON = ("--text", "text", "--store", "store")


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def write(path, texts):
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


@pytest.fixture
def learner(tmp_path):
    """Thirty examples on 16 dims at a small alpha: what it says of other texts runs far beyond the examples."""
    learner = ValueLearner(encoder="hash:16", cache_dir=tmp_path / "store", ridge_alpha=0.01, target="stars")
    rng = np.random.default_rng(0)
    learner.add_training_examples(
        RankingExample(f"text {place}", float(score)) for place, score in enumerate(rng.uniform(1, 5, 30))
    )
    with pytest.warns(UserWarning):
        learner.train()
    learner.save_model(tmp_path / "model.zip")
    return learner


def test_a_model_says_which_scores_lie_outside_and_does_not_cut_them(shell, learner):
    new = write(shell.folder / "new.jsonl", [f"other {place}" for place in range(60)])
    scores = learner.predict_many([f"other {place}" for place in range(60)])
    low, high = min(learner.training_scores), max(learner.training_scores)
    outside = int(((scores < low) | (scores > high)).sum())
    assert 0 < outside < 60
    said = f"{outside} of 60 scores of 'stars' lie outside {low:g} to {high:g}, the range that was learnt from; they were not cut"
    for verb in ("score", "rank"):
        assert shell(verb, "model.zip", new, *COMMON) == 0
        assert said in shell.err
        assert "learnt from" not in shell.out
    assert float(rows_of(shell.out)[0]["score"]) == pytest.approx(scores.max())
    best = write(shell.folder / "best.jsonl", [f"other {int(scores.argmax())}"])
    assert shell("score", "model.zip", best, *COMMON) == 0
    assert "1 of 1 score of 'stars' lies outside" in shell.err
    assert shell("explain", "model.zip", best, *COMMON) == 0
    assert "It is above every score that was learnt from" in shell.out
    assert shell("explain", "model.zip", best, *COMMON, "--json") == 0
    why = json.loads(shell.out)[0]["explanation"]
    assert (why["lowest"], why["highest"]) == (low, high)
    assert why["score"] > high


def test_nothing_is_said_where_all_lie_inside(shell, learner):
    middle = write(shell.folder / "middle.jsonl", learner.training_texts[:5])
    inside = learner.predict_many(learner.training_texts[:5])
    assert min(learner.training_scores) < inside.min() < inside.max() < max(learner.training_scores)
    for verb in ("score", "rank", "explain"):
        assert shell(verb, "model.zip", middle, *COMMON) == 0
        assert "learnt from" not in shell.err + shell.out


def test_the_scorer_of_a_study_cuts_and_says_so_and_ranks_uncut(shell):
    """By hand: the head answers ten times the first number of a vector, and 1 to 5 was learnt."""
    from semascope.encoders.hashing import HashEncoder
    from semascope.probes.card import encoder_fields

    head = RidgeHead(alphas=(1.0,), target_names=("stars",))
    head.coef_, head.intercept_ = np.zeros((1, 8)), np.zeros(1)
    head.coef_[0, 0] = 10.0
    head.maps_ = [None]
    head.choices, head.notes = {"alpha": {"stars": 1.0}, "edge": {}}, []
    encoder = HashEncoder(8)
    card = Card(
        **encoder_fields(encoder), dim=8, kind="regression", head="ridge", targets=(TargetCard(name="stars", low=1.0, high=5.0),)
    )  # fmt: skip
    save_artifact(shell.folder / "winner", card, head)
    texts = [f"text {place}" for place in range(20)]
    raw = 10 * encoder.encode(texts)[:, 0]
    outside = int(((raw < 1) | (raw > 5)).sum())
    assert 0 < outside < 20
    new = write(shell.folder / "new.jsonl", texts)
    assert shell("score", "winner", new, *COMMON) == 0
    np.testing.assert_allclose(
        [float(row["predicted_stars"]) for row in rows_of(shell.out)], np.clip(raw, 1, 5)
    )
    said = f"{outside} of 20 scores of 'stars' lie outside 1 to 5, the range that was learnt from; they were"
    assert f"{said} cut to it" in shell.err
    assert shell("rank", "winner", new, *COMMON) == 0
    np.testing.assert_allclose([float(row["score"]) for row in rows_of(shell.out)], -np.sort(-raw))
    assert f"{said} not cut to it" in shell.err


def test_a_score_that_a_map_to_medians_brings_inside_was_not_cut(tmp_path):
    stars = TargetCard(name="stars", low=1.0, high=5.0)
    raw, written = np.array([[6.0], [5.5], [3.0], [np.nan]]), np.array([[5.0], [4.0], [3.0], [np.nan]])
    (said,) = outside_learnt(tmp_path, [stars], raw, written=written)
    assert said.startswith("1 of 3 scores of 'stars' lies outside 1 to 5")
    assert not outside_learnt(tmp_path, [stars], raw[2:], written=written[2:])


def test_the_range_of_saved_models(tmp_path, learner):
    known = (min(learner.training_scores), max(learner.training_scores))
    assert learnt_range(tmp_path / "model.zip") == known
    learner.add_training_example("kept for the next training", 99.0)
    learner.save_model(tmp_path / "later.zip")
    assert learnt_range(tmp_path / "later.zip") == known  # nothing was fitted on it
    (tmp_path / "none.zip").write_bytes(b"nothing")
    with pytest.raises(ArtifactError):
        learnt_range(tmp_path / "none.zip")

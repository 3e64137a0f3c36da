"""``/v1/score``, ``/v1/rank`` and ``/v1/explain``: what they answer is what the library says, in the shapes that are promised."""

from __future__ import annotations

import httpx
import numpy as np
import pytest
from tests.running_service import (
    EXAMPLES,
    make_classifier,
    make_constant,
    make_learner,
    running,
    service_of,
)

from semascope.encoders.hashing import HashEncoder
from semascope.learner.learner import ValueLearner
from semascope.probes.scorer import Scorer

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")
TEXTS = ["high tide", " ", "the tide is low", "something else altogether"]
MANY = {f"water of day {day}": float(day % 7) for day in range(30)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def client(folder):
    make_learner(folder / "model.zip")
    make_learner(folder / "many.zip", examples=MANY)
    make_classifier(folder / "classes")
    make_constant(folder / "constant")
    service = service_of(*(folder / name for name in ("model.zip", "many.zip", "classes", "constant")))
    with running(service) as address, httpx.Client(base_url=address) as client:
        yield client


def library(folder, name="model.zip") -> ValueLearner:
    learner = ValueLearner(encoder=HashEncoder(16), cache_dir=folder / "store")
    learner.load_model(folder / name)
    return learner


def said(answer, status):
    assert answer.status_code == status, answer.text
    return answer.json()["error"]["message"]


def test_scores_of_a_learner_are_those_of_the_library(client, folder):
    answer = client.post("/v1/score", json={"texts": TEXTS}).json()
    learner = library(folder)
    found = [result["scores"] and result["scores"]["score"] for result in answer["results"]]
    wanted = [learner.predict(text) if text.strip() else None for text in TEXTS]
    assert found == wanted
    assert answer["results"][1] == {
        "scores": None,
        "class": None,
        "probabilities": None,
        "interval": None,
        "truncated": False,
        "reason": "the text is empty",
    }
    del answer["results"]
    assert answer == {
        "model": "model",
        "kind": "regression",
        "targets": ["score"],
        "classes": [],
        "notes": [],
        "usage": {"tokens": sum(HashEncoder(16).count_tokens([text for text in TEXTS if text.strip()]))},
    }


def test_many_texts_are_scored_as_few_are(client, folder):
    texts = [f"water number {place}" for place in range(100)]
    answer = client.post("/v1/score", json={"texts": texts}).json()
    found = [result["scores"]["score"] for result in answer["results"]]
    assert found == library(folder).predict_many(texts).tolist()


def test_intervals_of_a_learner(client, folder):
    answer = client.post("/v1/score/many", json={"texts": TEXTS, "coverage": 0.8}).json()
    learner = library(folder, "many.zip")
    for text, result in zip(TEXTS, answer["results"], strict=True):
        if not text.strip():
            assert result["interval"] is None
            continue
        wanted = learner.predict_interval(text, 0.8)
        assert result["scores"] == {"score": wanted.score}
        assert result["interval"] == {"low": wanted.low, "high": wanted.high, "coverage": 0.8, "note": ""}


def test_an_interval_without_ends_has_nulls_and_says_why(client):
    answer = client.post("/v1/score", json={"texts": ["high tide"], "coverage": 0.9}).json()
    interval = answer["results"][0]["interval"]
    assert (interval["low"], interval["high"]) == (None, None)
    assert interval["note"] == "a coverage of 0.9 needs at least 9 different examples and has 6"
    assert answer["notes"] == [interval["note"]]


def test_only_empty_texts_and_none_at_all(client):
    for coverage in ({}, {"coverage": 0.5}):
        answer = client.post("/v1/score", json={"texts": ["", "\n"]} | coverage).json()
        assert [result["reason"] for result in answer["results"]] == ["the text is empty"] * 2
        assert client.post("/v1/score", json={"texts": []} | coverage).json()["results"] == []
    assert client.post("/v1/rank", json={"texts": []}).json()["ranking"] == []


def test_scores_beyond_what_was_learnt_are_noted(folder):
    learner = ValueLearner(encoder=HashEncoder(16), cache_dir=folder / "store", ridge_alpha=0.001)
    for text, score in MANY.items():
        learner.add_training_example(text, score)
    learner.train()
    learner.save_model(folder / "steep.zip")
    texts = [f"another water, of night {night}" for night in range(100)]
    scores = learner.predict_many(texts)
    outside = int(((scores < 0) | (scores > 6)).sum())
    assert outside > 1
    note = f"{outside} of 100 scores of 'score' lie outside 0 to 6, the range that was learnt from; they were not cut to it"
    with running(service_of(folder / "steep.zip")) as address, httpx.Client(base_url=address) as client:
        for path in ("/v1/score", "/v1/rank"):
            assert client.post(path, json={"texts": texts}).json()["notes"] == [note]
        text = texts[int(scores.argmax())]
        explained = client.post("/v1/explain", json={"text": text}).json()
        assert explained["score"] == scores.max()
        assert "above every score that was learnt from" in explained["outside"]


def test_classes_have_probabilities_and_no_scores(client, folder):
    answer = client.post("/v1/score/classes", json={"texts": TEXTS}).json()
    scores = Scorer.load(folder / "classes", encoder=HashEncoder(16)).score(TEXTS)
    assert (answer["kind"], answer["classes"]) == ("classification", ["low", "high"])
    for place, result in enumerate(answer["results"]):
        assert result["scores"] is None
        assert result["class"] == (scores.labels[place] or None)
        if place == 1:
            assert result["probabilities"] is None
        else:
            assert list(result["probabilities"]) == ["low", "high"]
            np.testing.assert_allclose(list(result["probabilities"].values()), scores.probabilities[place])


def test_a_scorer_without_an_encoder(client):
    answer = client.post("/v1/score/constant", json={"texts": ["a", ""]}).json()
    assert [result["scores"] for result in answer["results"]] == [{"stars": 3.0}, None]
    assert answer["usage"] == {"tokens": 0}


def test_a_ranking(client, folder):
    texts = ["the tide is low", "", "the tide is high", "the tide is low"]
    answer = client.post("/v1/rank", json={"texts": texts}).json()
    learner = library(folder)
    low, high = learner.predict(texts[0]), learner.predict(texts[2])
    assert answer == {
        "model": "model",
        "ranking": [
            {"index": 2, "text": texts[2], "score": high, "value": high},
            {"index": 0, "text": texts[0], "score": low, "value": low},  # ties keep their order
            {"index": 3, "text": texts[3], "score": low, "value": low},
        ],
        "left_out": [{"index": 1, "reason": "the text is empty"}],
        "notes": [],
    }
    top = client.post("/v1/rank/model", json={"texts": texts, "top": 1, "target": "score"}).json()
    assert top["ranking"] == answer["ranking"][:1]


def test_a_ranking_by_a_class(client):
    body = {"texts": list(EXAMPLES), "class": "high"}
    ranking = client.post("/v1/rank/classes", json=body).json()["ranking"]
    results = client.post("/v1/score/classes", json={"texts": list(EXAMPLES)}).json()["results"]
    wanted = sorted((result["probabilities"]["high"] for result in results), reverse=True)
    assert [each["score"] for each in ranking] == wanted


def test_the_short_forms(client, folder):
    learner = library(folder)
    assert client.post("/predict", json={"text": "high tide"}).json() == {
        "text": "high tide",
        "score": learner.predict("high tide"),
    }
    texts = ["the tide is low", "the tide is high"]
    ranked = [{"text": text, "score": score} for text, score in learner.rank_texts(texts)]
    assert client.post("/rank", json={"texts": texts}).json() == ranked
    assert "the text is empty" in said(client.post("/predict", json={"text": " "}), 400)
    message = said(client.post("/rank", json={"texts": ["the tide is low", "\n"]}), 400)
    assert message.startswith("texts[1] is empty; ")


@pytest.mark.parametrize(
    ("make", "has"),
    [
        (make_classifier, "tells classes apart (low, high)"),
        (lambda path: make_constant(path, targets=("taste", "looks")), "has several targets (taste, looks)"),
    ],
)
def test_the_short_forms_refuse_what_has_no_one_score(tmp_path, make, has):
    """A number of a class would pass for a score, and the first of two targets for the only one."""
    make(tmp_path / "first")
    with (
        running(service_of(tmp_path / "first")) as address,
        httpx.Client(base_url=address) as client,
    ):
        for path, body in (("/predict", {"text": "high tide"}), ("/rank", {"texts": ["high tide"]})):
            message = said(client.post(path, json=body), 400)
            assert message == (
                f"'first' is asked for a score, and {has}; this route answers for a scorer of one target; ask /v1/score or /v1/rank"
            )


def test_an_explanation_is_that_of_the_library(client, folder):
    body = {"text": "the tide is high today", "coverage": 0.8, "neighbours": 2, "pulls": 3}
    answer = client.post("/v1/explain/many", json=body).json()
    found = library(folder, "many.zip").explain(body["text"], 0.8, neighbours=2, pulls=3)
    assert answer.pop("model") == "many"
    assert answer.pop("notes") == []
    interval = answer.pop("interval")
    assert interval.pop("sentence") == found.sentence
    assert interval == {"low": found.interval.low, "high": found.interval.high, "coverage": 0.8, "note": ""}
    near, pull = found.neighbours[0], found.pulls[0]
    assert answer["neighbours"][0] == {
        "row": near.row,
        "text": near.text,
        "score": near.score,
        "similarity": near.similarity,
    }
    assert answer["pulls"][0] == {
        "row": pull.row,
        "text": pull.text,
        "score": pull.score,
        "weight": pull.weight,
        "pull": pull.pull,
    }
    assert (len(answer["neighbours"]), len(answer["pulls"])) == (2, 3)
    pulls = sum(each["pull"] for each in answer["pulls"])
    assert answer["base"] + pulls + answer["others_pull"] == pytest.approx(answer["score"])
    assert {name: answer[name] for name in ("text", "score", "lowest", "highest", "others", "outside")} == {
        "text": body["text"],
        "score": found.score,
        "lowest": 0.0,
        "highest": 6.0,
        "others": 27,
        "outside": found.outside,
    }


def test_the_first_learner_explains_where_none_is_named(folder):
    make_constant(folder / "first")
    make_learner(folder / "second.zip")
    with (
        running(service_of(folder / "first", folder / "second.zip")) as address,
        httpx.Client(base_url=address) as client,
    ):
        assert client.post("/v1/explain", json={"text": "high tide"}).json()["model"] == "second"
        assert client.post("/v1/score", json={"texts": ["high tide"]}).json()["model"] == "first"


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("score/constant", {"texts": ["a"], "coverage": 0.9}, 400, "'constant' is a scorer (mean) without examples"),
        ("score", {"texts": ["a"], "coverage": 1.0}, 400, "coverage is 1.0; it must be a number above 0 and below 1"),
        ("score", {"texts": ["a"], "coverage": "0.9"}, 400, 'coverage is "0.9"; it must be a valid number'),
        ("score", {"texts": ["a"], "coverge": 0.9}, 400, "coverge is no field of this request"),
        ("score", {"texts": "a"}, 400, 'texts is "a"; it must be a valid list'),
        ("score", {"texts": ["a", 1]}, 400, "texts[1] is 1; it must be a valid string"),
        ("score", {}, 400, "texts is missing"),
        ("score/nobody", {"texts": ["a"]}, 404, "'nobody' is asked for as scorer or learner; known are model, many,"),
        ("score", {"texts": ["a"] * 2_049}, 413, "texts holds 2,049; at most 2,048"),
        ("score", {"texts": ["a" * 200_001]}, 413, "one of 200,001 characters"),
        ("rank", {"texts": ["a"], "class": "low"}, 400, "this scorer is a regression; name a target"),
        ("rank", {"texts": ["a"], "target": "other"}, 400, "'other' as target was given to rank by; known are score"),
        ("rank/classes", {"texts": ["a"]}, 400, "no class was given to rank by; known are low, high"),
        ("rank", {"texts": ["a"], "top": 0}, 400, "top is 0; it must be greater than or equal to 1"),
        ("explain/classes", {"text": "a"}, 400, "'classes' is a scorer (logistic) without examples"),
        ("explain", {"text": "\u200b"}, 400, "the text is empty"),
        ("explain", {"text": "a", "pulls": -1}, 400, "pulls is -1"),
        ("explain", {"text": "a", "coverage": 0}, 400, "coverage is 0.0; it must be"),
        ("explain/nobody", {"text": "a"}, 404, "'nobody' is asked for"),
    ],
)  # fmt: skip
def test_what_is_refused(client, path, body, status, message):
    assert message in said(client.post(f"/v1/{path}", json=body), status)


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("v1/score/constant", {"texts": ["a"], "coverage": 0.9}, "coverage"),
        ("v1/score", {"texts": ["a"], "coverage": 2}, "coverage"),
        ("v1/score", {"texts": ["a"] * 2_049}, "texts"),
        ("v1/score", {"texts": ["a" * 200_001]}, "texts"),
        ("v1/rank", {"texts": ["a"], "target": "other"}, "target"),
        ("v1/rank", {"texts": ["a"], "class": "low"}, "class"),
        ("v1/rank/classes", {"texts": ["a"]}, "class"),
        ("v1/rank/classes", {"texts": ["a"], "target": "water"}, "target"),
        ("v1/explain", {"text": " "}, "text"),
        ("v1/explain", {"text": "a" * 200_001}, "text"),
        ("v1/explain", {"text": "a", "coverage": 0}, "coverage"),
        ("predict", {"text": " "}, "text"),
        ("predict", {"text": "a" * 200_001}, "text"),
        ("rank", {"texts": ["a", ""]}, "texts"),
        ("v1/learn", {"text": "a"}, "score"),
        ("v1/search", {"q": "a"}, "q"),
    ],
)
def test_the_field_that_is_to_blame_is_named(client, path, body, param):
    assert client.post(f"/{path}", json=body).json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("score/model", {"txts": ["a"]}, "txts is no field of this request; known are texts, coverage; use one of these, or leave it out; "),
        ("score", {"texts": ["a"], "coverge": 0.9}, "coverge is no field of this request; known are coverage, texts; use one of"),
        ("score/model", {"texts": ["a"], "q": 1}, "q is no field of this request; known are texts, coverage; use one of these, or"),
        ("rank", {"texts": ["a"], "Class": "low"}, "Class is no field of this request; known are class, "),
        ("learn", {"examples": [{"text": "a", "score": 1, "scor": 1}]}, "examples[0].scor is no field of this request; known are score, "),
        ("learn/model", {"examples": []}, "examples is an empty list; it must have at least 1 item; correct it;"),
    ],
)  # fmt: skip
def test_fields_that_there_are_not_are_told_with_those_that_there_are(client, path, body, message):
    assert said(client.post(f"/v1/{path}", json=body), 400).startswith(message)


@pytest.mark.parametrize("path", ["learn", "forget", "suggest"])
def test_learning_is_off_unless_asked_for(client, path):
    bodies = {"learn": {"text": "a", "score": 1}, "forget": {"text": "a"}, "suggest": {"texts": ["a"]}}
    assert "learning is off in this service" in said(client.post(f"/v1/{path}", json=bodies[path]), 403)


def test_a_learner_that_only_answers_leaves_the_model_to_others(client, folder):
    learner = library(folder)
    learner.save_model(folder / "model.zip")  # nobody holds it
    assert client.get("/v1/models").json()["data"][0]["learn"] is False


def test_no_text_of_a_request_is_remembered(folder):
    make_learner(folder / "kept.zip")
    service = service_of(folder / "kept.zip")
    model = service.learner()._model()
    before = len(model.source.memory), len(model.examples.known)
    with running(service) as address, httpx.Client(base_url=address) as client:
        texts = [f"text {place}" for place in range(500)]
        client.post("/v1/score", json={"texts": texts, "coverage": 0.5})
        client.post("/v1/rank", json={"texts": texts})
        client.post("/v1/explain", json={"text": "text of its own"})
    assert (len(model.source.memory), len(model.examples.known)) == before

"""Learning over HTTP: many clients at once, repeats, what is undone, what is refused, and full disks."""

from __future__ import annotations

import asyncio
import errno
import os
import random
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
from tests.running_service import EXAMPLES, make_constant, make_learner, running, service_of

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError
from semascope.learner import suggested
from semascope.learner.learner import ValueLearner
from semascope.learner.model_file import load_learner

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")


@pytest.fixture
def model(tmp_path):
    return make_learner(tmp_path / "model.zip")


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """For what changes nothing: one service for all of it."""
    model = make_learner(tmp_path_factory.mktemp("taught") / "model.zip")
    with running(service_of(model, learn=True)) as address, httpx.Client(base_url=address) as client:
        yield client, model


@pytest.fixture
def client(model):
    with running(service_of(model, learn=True)) as address, httpx.Client(base_url=address) as client:
        yield client


def post(client, path, status=200, headers=None, **body):
    answer = client.post(f"/v1/{path}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    found = answer.json()
    return found if status == 200 else found["error"]


def score(client, text):
    return post(client, "score", texts=[text])["results"][0]["scores"]["score"]


def retrained(model, examples):
    """A learner that was fitted on these as a whole."""
    learner = ValueLearner(encoder=HashEncoder(16), cache_dir=model.parent / "other")
    for text, value in examples:
        learner.add_training_example(text, value)
    learner.train()
    return learner


def kept(model):
    return [(each.text, each.score) for each in load_learner(model).examples]


def test_an_example_is_learnt_and_forgotten_exactly(client, model):
    text = "spring tide"
    before = score(client, text)
    assert post(client, "learn", text=text, score=9.5, metadata={"by": "Ada"}) == {
        "model": "model",
        "examples": 7,
        "learnt": 1,
        "repeated": False,
        "notes": [],
    }
    wanted = retrained(model, [*EXAMPLES.items(), (text, 9.5)]).predict(text)
    assert score(client, text) == pytest.approx(wanted, rel=1e-9)
    assert abs(wanted - before) > 0.1
    assert load_learner(model).examples[-1].metadata == {"by": "Ada"}  # on the disk, before any fold
    assert post(client, "forget", text=text) == {
        "model": "model",
        "examples": 6,
        "forgotten": 1,
        "repeated": False,
    }
    assert score(client, text) == pytest.approx(before, rel=1e-9)
    assert client.get("/v1/models").json()["data"][0]["examples"] == 6


def test_the_field_that_is_to_blame_is_named(taught):
    client, _ = taught
    assert post(client, "forget", 400, text="nobody has it")["param"] == "text"
    assert post(client, "learn", 400, text=" ", score=1)["param"] == "text"
    assert (
        post(client, "learn", 400, examples=[{"text": "a", "score": 1}, {"text": "", "score": 1}])["param"]
        == "examples"
    )
    assert post(client, "learn", 400, text="a", score=1, request_id="x" * 201)["param"] == "request_id"


def test_several_are_learnt_as_a_whole_or_not_at_all(client, model):
    examples = [{"text": f"day {day}", "score": day} for day in range(3)]
    assert post(client, "learn", examples=examples)["learnt"] == 3
    bad = [{"text": "good", "score": 1}, {"text": "bad", "score": 1e300}]
    assert "example 1: the score is 1e+300" in post(client, "learn", 400, examples=bad)["message"]
    empty = [{"text": "good", "score": 1}, {"text": " ", "score": 1}]
    assert "text 1 is empty" in post(client, "learn", 400, examples=empty)["message"]
    assert kept(model) == [*EXAMPLES.items(), ("day 0", 0.0), ("day 1", 1.0), ("day 2", 2.0)]


def test_a_score_far_from_all_so_far_is_learnt_and_said(client):
    far = "lies far outside 1 to 9, the scores so far; forget takes it back"
    assert post(client, "learn", text="a", score=13)["notes"] == []  # half of the range beyond it
    post(client, "forget", text="a")
    assert post(client, "learn", text="b", score=800, request_id="one")["notes"] == [f"800 {far}"]
    assert post(client, "learn", text="b", score=800, request_id="one")["notes"] == []  # nothing was learnt
    post(client, "forget", text="b")
    both = [{"text": "c", "score": 5}, {"text": "d", "score": -1e6}, {"text": "e", "score": 14}]
    assert post(client, "learn", examples=both)["notes"] == [
        "\N{MINUS SIGN}1,000,000 and 14 lie far outside 1 to 9, the scores so far; forget takes them back"
    ]


def test_no_score_is_far_from_a_single_one(tmp_path):
    model = make_learner(tmp_path / "model.zip", examples={"a": 3.0, "b": 3.0})
    with running(service_of(model, learn=True)) as address, httpx.Client(base_url=address) as client:
        assert post(client, "learn", text="c", score=800)["notes"] == []


def test_another_score_of_a_text_is_learnt_and_said(client, model):
    text = "slack water"
    assert post(client, "learn", text=text, score=5)["notes"] == []  # the same score
    both = "the same text has the score 5 already; both are kept; forget removes both"
    assert post(client, "learn", text=text, score=3.5)["notes"] == [both]
    assert post(client, "learn", examples=[{"text": "new", "score": 3}, {"text": text, "score": 4}])[
        "notes"
    ] == ["examples[1]: the same text has the scores 3.5 and 5 already; all are kept; forget removes all"]
    assert post(client, "forget", text=text)["forgotten"] == 4
    assert post(client, "learn", text=text, score=1)["notes"] == []
    many = [{"text": each, "score": 0.5} for each in (*EXAMPLES, text)]
    assert post(client, "learn", examples=many)["notes"][5:] == [
        "2 more of the texts have another score already"
    ]


def test_a_repeat_under_the_same_id_gets_the_first_answer(client, model):
    first = post(client, "learn", text="a", score=1.0, request_id="one")
    post(client, "learn", text="b", score=2.0)
    for more in ({"request_id": "one"}, {"headers": {"Idempotency-Key": "one"}}):
        assert post(client, "learn", text="a", score=1.0, **more) == first | {"repeated": True}
    gone = post(client, "forget", text="a", headers={"Idempotency-Key": "two"})
    assert post(client, "forget", text="a", request_id="two") == gone | {"repeated": True}
    both = [{"text": "c", "score": 1}, {"text": "d", "score": 1}]
    post(client, "learn", examples=both, request_id="three")
    assert post(client, "learn", examples=both, request_id="three")["repeated"]
    assert [text for text, _ in kept(model)] == [*EXAMPLES, "b", "c", "d"]


def test_one_id_for_two_requests_is_a_conflict(client, model):
    post(client, "learn", text="a", score=1.0, request_id="one")
    for path, body in (
        ("learn", {"text": "a", "score": 2.0}),
        ("learn", {"text": "a", "score": 1.0, "metadata": {"by": "Ada"}}),
        ("learn", {"examples": [{"text": "a", "score": 1.0}, {"text": "b", "score": 1.0}]}),
        ("forget", {"text": "a"}),
    ):
        error = post(client, path, 409, request_id="one", **body)
        assert error["message"].startswith("request_id 'one' was used for another request")
        assert (error["type"], error["code"]) == ("invalid_request_error", "request_id_used")
    assert len(kept(model)) == 7


def test_ids_outlive_the_service(model):
    with running(service_of(model, learn=True)) as address, httpx.Client(base_url=address) as client:
        post(client, "learn", text="a", score=1.0, request_id="one")
    with running(service_of(model, learn=True)) as address, httpx.Client(base_url=address) as client:
        assert post(client, "learn", text="a", score=1.0, request_id="one")["repeated"]
    assert len(kept(model)) == 7


def test_many_clients_teach_at_once(client, model):
    wishes = [(f"wave {place}", float(place % 9), f"id {place}") for place in range(64)]
    asked = wishes * 3
    random.Random(0).shuffle(asked)
    limits = httpx.Limits(max_connections=64)

    with httpx.Client(base_url=client.base_url, limits=limits) as shared, ThreadPoolExecutor(64) as pool:

        def ask(wish):
            text, value, request_id = wish
            return post(shared, "learn", text=text, score=value, request_id=request_id)

        answers = list(pool.map(ask, asked))
    assert sum(not answer["repeated"] for answer in answers) == 64
    assert sorted(answer["examples"] for answer in answers if not answer["repeated"]) == list(range(7, 71))
    first = {request_id: answer["examples"] for (*_, request_id), answer in zip(asked, answers, strict=True)}
    order = sorted(wishes, key=lambda wish: first[wish[2]])
    assert kept(model) == [*EXAMPLES.items(), *((text, value) for text, value, _ in order)]
    learner = retrained(model, kept(model))
    texts = [text for text, *_ in wishes]
    found = [result["scores"]["score"] for result in post(client, "score", texts=texts)["results"]]
    np.testing.assert_allclose(found, learner.predict_many(texts), rtol=1e-8)


def test_one_after_the_other_stays_in_order(client, model):
    for place in range(30):
        assert post(client, "learn", text=f"step {place}", score=place)["examples"] == 7 + place
    assert kept(model)[6:] == [(f"step {place}", float(place)) for place in range(30)]


def test_an_answer_is_of_one_line_while_others_teach(client):
    """All texts are the same, so a mixture of two lines would give two scores."""
    texts = ["slack water"] * 40  # so many that a thread scores them
    with ThreadPoolExecutor(1) as pool:
        teaching = pool.submit(
            lambda: [post(client, "learn", text="slack water", score=place % 10) for place in range(100)]
        )
        seen = set()
        while not teaching.done():
            results = post(client, "score", texts=texts, coverage=0.5)["results"]
            [only] = {result["scores"]["score"] for result in results}
            [(low, high)] = {(each["interval"]["low"], each["interval"]["high"]) for each in results}
            assert low + high == pytest.approx(2 * only)
            seen.add(only)
    assert len(seen) > 1


def test_what_was_suggested_is_remembered_on_the_disk(client, model):
    texts = ["a ship", " ", "the tide is high", "a lighthouse", "a ship"]
    found = post(client, "suggest", texts=texts, n=2)
    assert found["model"] == "model"
    assert [texts[each["index"]] for each in found["suggestions"]] == [
        each["text"] for each in found["suggestions"]
    ]
    assert len(found["suggestions"]) == 2
    named = {each["text"] for each in found["suggestions"]}
    assert set(load_learner(model).suggested) == named
    post(client, "learn", text=found["suggestions"][0]["text"], score=4)
    result = post(client, "score", texts=["a boat"], coverage=0.5)["results"][0]
    assert "the coverage is not promised: examples were chosen by suggest" in result["interval"]["note"]


def test_a_model_remembers_so_many_suggestions_and_promises_nothing_behind_them(client, model, monkeypatch):
    monkeypatch.setattr(suggested, "MOST", 3)
    for text in ("a ship", "a lighthouse", "a gull"):
        post(client, "suggest", texts=[text])
    assert set(load_learner(model).suggested) == {"a ship", "a lighthouse", "a gull"}
    result = post(client, "score", texts=["a boat"], coverage=0.5)["results"][0]
    assert "promised" not in result["interval"]["note"]
    post(client, "suggest", texts=["a boat"])
    assert load_learner(model).suggested == (suggested.MANY,)  # on the disk, before any fold
    result = post(client, "score", texts=["a boat"], coverage=0.5)["results"][0]
    assert "the coverage is not promised: examples were chosen by suggest" in result["interval"]["note"]
    before = {path: path.read_bytes() for path in model.parent.iterdir() if path.is_file()}
    post(client, "suggest", texts=["a pier"])
    after = {path: path.read_bytes() for path in model.parent.iterdir() if path.is_file()}
    assert [path for path in after if path.suffix == ".journal" and after[path] != before.get(path)] == []
    assert load_learner(model).suggested == (suggested.MANY,)


def test_suggestions_of_few_or_no_texts(client, model):
    assert post(client, "suggest", texts=[])["suggestions"] == []
    assert post(client, "suggest", texts=["", " "])["suggestions"] == []
    assert post(client, "suggest", texts=["", "a ship"], n=10)["suggestions"] == [
        {"index": 1, "text": "a ship"}
    ]
    assert load_learner(model).suggested == ("a ship",)


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("learn", {"text": "a"}, "score is missing; text and score are needed, or examples"),
        ("learn", {"score": 1}, "text is missing"),
        ("learn", {}, "text is missing"),
        ("learn", {"text": "a", "score": "1"}, 'score is "1"; it must be a valid number'),
        ("learn", {"text": "a", "score": True}, "score is true"),
        ("learn", {"text": "a", "score": 1e31}, "the score is 1e+31; it must be a finite number"),
        ("learn", {"text": "", "score": 1}, "text 0 is empty"),
        ("learn", {"text": "a", "score": 1, "request_id": "i" * 201}, "200 characters at most"),
        ("learn", {"text": "a", "score": 1, "request_id": 1}, "request_id is 1; it must be a valid string"),
        ("learn", {"text": "a", "score": 1, "metadata": [1]}, "metadata is a list of 1"),
        ("learn", {"examples": []}, "examples is an empty list; it must have at least 1 item; correct it"),
        ("learn", {"examples": [{"text": "a"}]}, "examples[0].score is missing"),
        ("learn", {"text": "b", "examples": [{"text": "a", "score": 1}]}, "one form is accepted"),
        ("forget", {"text": "nobody said this"}, "no example has the text 'nobody said this'"),
        ("suggest", {"texts": ["a"], "n": 0}, "n is 0"),
        ("suggest", {"texts": ["a"], "n": 101}, "n is 101"),
    ],
)
def test_what_is_refused(taught, path, body, message):
    client, model = taught
    assert message in post(client, path, 400, **body)["message"]
    assert len(kept(model)) == 6


def test_an_id_in_the_body_and_another_in_the_header(taught):
    client, _ = taught
    error = post(client, "learn", 400, {"Idempotency-Key": "b"}, text="a", score=1, request_id="a")
    assert error["message"] == (
        "request_id is 'a' and Idempotency-Key 'b'; a request has one id; leave one of them out"
    )


def test_the_last_text_stays(client):
    for text in list(EXAMPLES)[1:]:
        post(client, "forget", text=text)
    assert (
        "this is the only text that is left"
        in post(client, "forget", 400, text=next(iter(EXAMPLES)))["message"]
    )


def test_a_scorer_learns_nothing(tmp_path, model):
    make_constant(tmp_path / "constant")
    with (
        running(service_of(tmp_path / "constant", model, learn=True)) as address,
        httpx.Client(base_url=address) as client,
    ):
        message = post(client, "learn/constant", 400, text="a", score=1)["message"]
        assert "is a scorer (mean) without examples" in message
        assert "'x' is asked for" in post(client, "learn/x", 404, text="a", score=1)["message"]


def test_learning_without_a_learner_does_not_start(tmp_path):
    make_constant(tmp_path / "constant")
    said = r"--learn is on, and served are constant \(scorer\), hash:16 \(encoder\); only a learner learns; "
    with pytest.raises(ConfigError, match=said):
        service_of(tmp_path / "constant", "hash:16", learn=True)


def test_a_full_disk_is_said_and_nothing_is_learnt(client, model, monkeypatch):
    before = score(client, "a")
    write = os.pwrite

    def full(handle, data, place):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    answer = client.post("/v1/learn", json={"text": "a", "score": 9, "request_id": "one"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("server_error", "not_learnt")
    assert error["message"].startswith(
        "nothing was learnt: .model.zip.journal cannot be written (No space left"
    )
    assert post(client, "suggest", 503, texts=["a"])["code"] == "not_learnt"
    assert score(client, "a") == before
    monkeypatch.setattr(os, "pwrite", write)
    assert not post(client, "learn", text="a", score=9, request_id="one")["repeated"]
    assert kept(model)[6:] == [("a", 9.0)]


def test_the_model_belongs_to_the_service_until_it_stops(model):
    with running(service_of(model, learn=True)):
        with pytest.raises(ConfigError, match="another semascope learn or serve is at work"):
            service_of(model, learn=True)
        service_of(model)  # may read it
    service = service_of(model, learn=True)
    asyncio.run(service.learner().stop())  # which never started
    asyncio.run(service_of(model, learn=True).learner().stop())


def test_the_first_of_several_learners_is_taught(model):
    other = make_learner(model.with_name("other.zip"))
    with running(service_of(model, other, learn=True)) as address, httpx.Client(base_url=address) as client:
        assert post(client, "learn", text="a", score=1)["model"] == "model"
        assert post(client, "learn/other", text="b", score=1)["model"] == "other"
        assert post(client, "forget/other", text="b")["examples"] == 6
        assert post(client, "suggest/other", texts=["c"])["model"] == "other"
    assert [len(kept(path)) for path in (model, other)] == [7, 6]

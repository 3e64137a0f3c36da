"""What an answer says beside its numbers: one score for one text whichever route is asked, and notes on what they hide."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from tests.running_service import make_classifier, make_index, make_learner, make_words, running, service_of

from semascope.encoders import loading
from semascope.encoders.hashing import HashEncoder

TEXTS = ["lovely crossing", "locked gate", "the late ferry", "locked late", "dog"]


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    path = make_words(tmp_path_factory.mktemp("words") / "words")
    with running(service_of(path)) as address, httpx.Client(base_url=address) as client:
        yield client


class ShortSighted(HashEncoder):
    """Reads four words of a text."""

    def __init__(self, dim=16, *, name=""):
        super().__init__(dim, name=name)
        self.max_tokens = 4
        self.space = replace(self.space, max_tokens=4)
        self.fingerprint = f"{self.space.digest}-float32"


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    folder = tmp_path_factory.mktemp("short")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "HashEncoder", ShortSighted)
        make_learner(folder / "model.zip", encoder=ShortSighted())
        make_classifier(folder / "classes", encoder=ShortSighted())
        service = service_of(folder / "model.zip", folder / "classes", learn=True)
        with running(service) as address, httpx.Client(base_url=address) as client:
            yield client


def post(client, path, **body):
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_text_has_one_score_on_all_routes_and_what_ranks_stands_beside_it(words):
    answer = post(words, "/v1/rank", texts=TEXTS)
    scored = post(words, "/v1/score", texts=TEXTS)
    alone = [post(words, "/predict", text=text)["score"] for text in TEXTS]
    assert [each["scores"]["urgency"] for each in scored["results"]] == alone
    assert [each["score"] for each in answer["ranking"]] == [
        alone[each["index"]] for each in answer["ranking"]
    ]
    assert post(words, "/rank", texts=TEXTS) == [
        {"text": each["text"], "score": each["score"]} for each in answer["ranking"]
    ]
    values = [each["value"] for each in answer["ranking"]]
    assert values == sorted(values, reverse=True)
    assert [each["score"] for each in answer["ranking"]][:2] == [2.0, 2.0]  # both are cut
    assert values[0] > values[1] > 2.0  # and still in order: the first is late as well
    assert answer["ranking"][0]["text"] == "locked late"
    assert answer["notes"] == scored["notes"]
    assert (
        "of 'urgency' lie outside 0 to 2, the range that was learnt from; they were cut to it"
        in answer["notes"][0]
    )


def test_texts_of_which_the_words_are_all_unknown_are_named(words):
    texts = ["locked", "", "\u6f22\u5b57 zzqq", "zzqq locked", "qqq"]
    note = "tfidf has learnt no word of 2 texts (rows 2, 4): all such texts get one score, which says nothing of them"
    for path in ("/v1/score", "/v1/rank"):
        assert post(words, path, texts=texts)["notes"][-1] == note
    assert post(words, "/v1/score", texts=["ferry"])["notes"] == []


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    path = make_index(tmp_path_factory.mktemp("indexes") / "idx")
    with running(service_of(path)) as address, httpx.Client(base_url=address) as client:
        yield client


def refused(client, path, status, **body):
    answer = client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (
            "score",
            {"texts": ["a"]},
            "no scorer or learner is served here; name one at the start: semascope serve RUN",
        ),
        (
            "explain",
            {"text": "a"},
            "no learner is served here; name one at the start: semascope serve MODEL, which",
        ),
        ("learn", {"text": "a", "score": 1}, "no learner is served here; "),
        (
            "score/idx",
            {"texts": ["a"]},
            "'idx' is asked for as scorer or learner, and is an index, which POST /v1/search asks;",
        ),
        (
            "rank/idx",
            {"texts": ["a"]},
            "and is an index, which POST /v1/search asks; none is served here; GET /v1/models lists what is",
        ),
    ],
)
def test_what_is_not_served_is_said_with_what_is(index, path, body, message):
    assert message in refused(index, f"/v1/{path}", 404, **body)["message"]


def test_a_service_of_words_has_no_index_and_no_learner(words):
    said = (
        "no index is served here; name one at the start: semascope serve FOLDER, which semascope index wrote"
    )
    assert refused(words, "/v1/search", 404, query="a")["message"] == said
    assert (
        "is asked for as index, and is a scorer, which POST /v1/score asks"
        in (refused(words, "/v1/search/words", 404, query="a")["message"])
    )
    assert "no learner is served here" in refused(words, "/v1/explain", 404, text="a")["message"]


LONG = "this text has more words than four"
ONE = "1 of 3 texts is longer than hash:16 reads (4 tokens): its end was not read"
TWO = "2 of 3 texts are longer than hash:16 reads (4 tokens): their ends were not read"
ALONE = "the text is longer than hash:16 reads (4 tokens): its end was not read"


@pytest.mark.parametrize("path", ["score", "rank", "score/classes", "rank/classes"])
def test_texts_that_were_not_read_whole_are_counted_in_a_note(short, path):
    by = {"class": "high"} if path == "rank/classes" else {}
    assert post(short, f"/v1/{path}", texts=["high tide", LONG, ""], **by)["notes"] == [ONE]
    assert post(short, f"/v1/{path}", texts=[LONG, LONG, "a"], **by)["notes"] == [TWO]
    assert post(short, f"/v1/{path}", texts=["high tide"], **by)["notes"] == []


def test_reasons_and_examples_of_a_text_that_was_not_read_whole_say_so(short):
    assert post(short, "/v1/explain", text=LONG)["notes"] == [ALONE]
    assert post(short, "/v1/learn", text=LONG, score=5)["notes"] == [ALONE]


def test_the_short_forms_say_it_in_a_header(short):
    for path, body, count in (
        ("/predict", {"text": LONG}, "1"),
        ("/predict", {"text": "high tide"}, None),
        ("/rank", {"texts": [LONG, "a", LONG]}, "2"),
        ("/rank", {"texts": ["a"]}, None),
    ):
        assert short.post(path, json=body).headers.get("x-semascope-truncated") == count

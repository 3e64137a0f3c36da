"""What an answer says beside its numbers: one score for one text whichever route is asked, and notes on what they hide."""

from __future__ import annotations

import httpx
import pytest
from tests.running_service import make_words, running, service_of

TEXTS = ["lovely crossing", "locked gate", "the late ferry", "locked late", "dog"]


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    path = make_words(tmp_path_factory.mktemp("words") / "words")
    with running(service_of(path)) as address, httpx.Client(base_url=address) as client:
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

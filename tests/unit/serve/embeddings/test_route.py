"""``/v1/embeddings`` and ``/v1/models`` against the encoders themselves."""

import base64

import numpy as np
import pytest
from starlette.testclient import TestClient

from semascope.embedding.path import embed
from semascope.embedding.width import cut
from semascope.encoders.loading import load_encoder
from semascope.encoders.templates import write_prompt
from semascope.probes.card import Card, TargetCard, encoder_fields
from semascope.probes.head import make_head
from semascope.probes.scorer import Scorer
from semascope.serve.app import build_app
from semascope.serve.served.opening import read_wanted
from semascope.serve.service import Service
from semascope.serve.settings import ServeSettings

SENTENCE = "Judge the weather"
TEXTS = ["low tide", "the storm\nat night", "Hochwasser um zwölf", "low tide"]


@pytest.fixture(scope="module")
def e5(make_tiny, tmp_path_factory):
    """Two layers of random weights in a folder whose name gives it the prompts of E5."""
    return make_tiny(tmp_path_factory.mktemp("e5") / "multilingual-e5-small", "bert")


@pytest.fixture(scope="module")
def scorers(tmp_path_factory):
    """A model on the first 6 dims of hashed vectors, and one without vectors."""
    folder = tmp_path_factory.mktemp("scorers")
    encoder = load_encoder("hash:16")
    rows = embed([f"tide {n}" for n in range(40)], encoder=encoder, instruction=SENTENCE, dim=6).vectors
    shared = {"kind": "regression", "targets": (TargetCard(name="stars"),)}
    head = make_head("ridge", kind="regression", measure="mae").fit(rows, rows[:, :1])
    card = Card(**encoder_fields(encoder), sentence=SENTENCE, dim=6, head="ridge", **shared)
    Scorer(card, head, encoder=encoder).save(folder / "weather")
    flat = make_head("median", kind="regression", measure="mae").fit(np.zeros((40, 1)), rows[:, :1])
    none = Card(encoder="", space={}, precision="", fingerprint="", dim=1, head="median", **shared)
    Scorer(none, flat).save(folder / "flat")
    return folder


@pytest.fixture(scope="module")
def client(e5, scorers):
    wanted = ["hash:16", f"e5={e5}", f"weather={scorers / 'weather'}", f"flat={scorers / 'flat'}"]
    service = Service([read_wanted(each) for each in wanted], ServeSettings(most_texts=50))
    with TestClient(build_app(service)) as found:
        yield found


def asked(client, **body):
    return client.post("/v1/embeddings", json=body)


def rows(client, **body):
    answer = asked(client, **body)
    assert answer.status_code == 200, answer.text
    return np.array([item["embedding"] for item in answer.json()["data"]], dtype=np.float32)


def error(client, status, **body):
    answer = asked(client, **body)
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


def by_hand(encoder, **prompt):
    family = encoder.space.template
    return encoder.encode([write_prompt(text, family=family, **prompt) for text in TEXTS])


def near(found, known):
    """Whether all rows point the same way."""
    assert found.shape == known.shape
    return float((found * known).sum(axis=1).min()) > 1 - 1e-5


def test_the_whole_answer_in_the_shape_of_openai(client):
    answer = asked(client, input=TEXTS, model="hash:16").json()
    assert list(answer) == ["object", "data", "model", "usage"]
    assert (answer["object"], answer["model"]) == ("list", "hash:16")
    assert [item["index"] for item in answer["data"]] == [0, 1, 2, 3]
    assert answer["usage"] == {"prompt_tokens": 11, "total_tokens": 11, "truncated_texts": 0}  # 2 + 4 + 3 + 2
    found = np.array([item["embedding"] for item in answer["data"]], dtype=np.float32)
    assert np.array_equal(found, load_encoder("hash:16").encode(TEXTS))


def test_base64_is_the_same_numbers(client):
    data = asked(client, input=TEXTS, model="hash:16", encoding_format="base64").json()["data"]
    found = [np.frombuffer(base64.b64decode(item["embedding"]), dtype="<f4") for item in data]
    assert np.array_equal(np.array(found), load_encoder("hash:16").encode(TEXTS))


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ({"model": "e5"}, None),
        ({"model": "e5?none"}, None),
        ({"model": "e5?query"}, "query"),
        ({"model": "e5?document"}, "document"),
        ({"model": "e5", "input_type": "search_document"}, "document"),
        ({"model": "e5?document", "input_type": "passage"}, "document"),
    ],
)
def test_roles_are_written_as_the_template_has_them(client, e5, said, role):
    encoder = load_encoder(str(e5), device="cpu")
    assert encoder.space.template == "e5"
    found = rows(client, input=TEXTS, **said)
    assert near(found, by_hand(encoder, role=role))
    assert not near(found, by_hand(encoder, role="document" if role != "document" else "query"))


def test_an_instruction_that_the_encoder_was_not_trained_for_is_written_and_said(client, e5):
    encoder = load_encoder(str(e5), device="cpu")
    answer = asked(client, input=TEXTS, model="e5", instruction=SENTENCE).json()
    found = np.array([item["embedding"] for item in answer["data"]], dtype=np.float32)
    assert near(found, by_hand(encoder, instruction=SENTENCE))
    assert any("was not trained to follow instructions" in note for note in answer["notes"])


def test_a_preset_stands_for_its_sentence(client):
    sentence = "Identify the topic or theme of the given text"
    named = rows(client, input=TEXTS, model="hash:16", instruction="topic")
    assert np.array_equal(named, rows(client, input=TEXTS, model="hash:16", instruction=sentence))


def test_documents_carry_no_instruction_and_that_is_said(client):
    answer = asked(client, input="ebb", model="e5?document", instruction=SENTENCE).json()
    assert "documents carry no instruction" in answer["notes"][0]
    assert answer["data"] == asked(client, input="ebb", model="e5?document").json()["data"]


def test_a_cut_row_has_unit_length_again(client):
    found = rows(client, input=TEXTS, model="hash:16", dimensions=3)
    assert np.array_equal(found, cut(load_encoder("hash:16").encode(TEXTS), 3))


def test_a_model_embeds_as_it_has_learnt_to(client):
    known = embed(TEXTS, encoder=load_encoder("hash:16"), instruction=SENTENCE, dim=6).vectors
    for more in ({}, {"instruction": SENTENCE}, {"dimensions": 6}, {"input_type": "none"}):
        assert np.array_equal(rows(client, input=TEXTS, model="weather", **more), known)
    narrow = rows(client, input=TEXTS, model="weather", dimensions=2)
    assert np.abs(narrow - cut(known, 2)).max() < 1e-6


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"instruction": "Another"}, "instruction"),
        ({"input_type": "query"}, "input_type"),
        ({"dimensions": 7}, "dimensions"),
    ],
)
def test_a_model_embeds_in_no_other_way(client, more, param):
    assert error(client, 400, input="ebb", model="weather", **more)["param"] == param


def test_a_model_without_vectors_has_none_to_give(client):
    said = error(client, 400, input="ebb", model="flat")
    assert (
        "without vectors" in said["message"] and "what embeds here is hash:16, e5, weather" in said["message"]
    )


@pytest.mark.parametrize("name", ["text-embedding-3-small", "E5", "e5 ", "?query", "", "nobody?query"])
def test_another_name_is_no_model(client, name):
    said = error(client, 404, input="ebb", model=name)
    assert (said["type"], said["code"]) == ("not_found_error", "model_not_found")
    assert "what embeds here is hash:16, e5, weather" in said["message"]


def test_long_texts_are_cut_and_that_is_said(client, e5):
    long = "the tide tables of the harbour " * 9
    answer = asked(client, input=["ebb", long], model="e5")
    body = answer.json()
    assert answer.headers["x-semascope-truncated"] == "1" and body["usage"]["truncated_texts"] == 1
    encoder = load_encoder(str(e5), device="cpu")
    count = sum(encoder.count_tokens([f"query: {text}" for text in ("ebb", long)]))
    assert body["usage"]["prompt_tokens"] == count  # before the cut
    assert "input[1] has" in body["notes"][0] and "the end was not read" in body["notes"][0]


def test_long_texts_are_refused_where_that_is_asked_for(client):
    long = "the tide tables of the harbour " * 9
    said = error(client, 400, input=["ebb", *[long] * 7], model="e5", truncate=False)
    assert (said["param"], said["code"]) == ("input", "context_length_exceeded")
    assert "input[5] has" in said["message"] and "input[6]" not in said["message"]
    assert "2 more are too long" in said["message"]
    assert rows(client, input=["ebb"], model="e5", truncate=False).shape == (1, 16)


def test_ids_of_the_models_own_tokenizer(client, e5):
    text = "the tide tables of the harbour"
    ids = load_encoder(str(e5), device="cpu")._tokens.ids([text])[0]
    known = rows(client, input=text, model="e5?query")
    assert np.array_equal(rows(client, input=ids, model="e5?query", tokenizer="e5"), known)
    assert np.array_equal(rows(client, input=[ids], model="e5?query", tokenizer="e5"), known)
    assert "does not say whose" in error(client, 400, input=[ids], model="e5")["message"]


def test_ids_that_stand_for_nothing_are_an_empty_text(client, e5):
    frame = load_encoder(str(e5), device="cpu")._tokens.ids([""])
    assert "input[0] is empty" in error(client, 400, input=frame, model="e5", tokenizer="e5")["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": []}, "input"),
        ({"input": ["ebb", " "]}, "input"),
        ({}, "input"),
        ({"input": "ebb", "model": 3}, "model"),
        ({"input": "ebb", "dimensions": 17}, "dimensions"),
        ({"input": "ebb", "dimensions": 0}, "dimensions"),
        ({"input": "ebb", "dimensions": True}, "dimensions"),
        ({"input": "ebb", "encoding_format": "int8"}, "encoding_format"),
        ({"input": "ebb", "instruction": "x" * 2001}, "instruction"),
        ({"input": "ebb", "instructions": "x"}, "instructions"),
    ],
)
def test_what_cannot_be_used_names_the_field(client, body, param):
    said = error(client, 400, **{"model": "hash:16", **body})
    assert (said["type"], said["param"]) == ("invalid_request_error", param)


def test_more_than_are_accepted(client):
    for texts in (["ebb"] * 51, [[1]] * 51):
        assert (
            "at most 50" in error(client, 413, input=texts, model="hash:16", tokenizer="hash:16")["message"]
        )


def test_what_clients_of_openai_send_besides(client):
    answer = asked(client, input="ebb", model="hash:16", user="u", dimensions=None, priority=1).json()
    assert "ignored: 'priority'" in answer["notes"][0] and "'user'" not in answer["notes"][0]


def test_all_models_and_each_by_its_name(client):
    found = client.get("/v1/models").json()
    assert found["object"] == "list"
    told = {item["id"]: item for item in found["data"]}
    assert {name: item["kind"] for name, item in told.items()} == {
        "hash:16": "encoder", "e5": "encoder", "weather": "scorer", "flat": "scorer",
    }  # fmt: skip
    for name, item in told.items():
        assert (item["object"], item["owned_by"]) == ("model", "semascope") and item[
            "created"
        ] > 1_700_000_000
        assert client.get(f"/v1/models/{name}").json() == item
    e5 = told["e5"]
    assert (e5["dim"], e5["max_tokens"], e5["template"], e5["licence"]) == (16, 24, "e5", "mit")
    assert e5["tells_roles_apart"] and not told["hash:16"]["tells_roles_apart"]
    weather = told["weather"]
    assert (weather["dim"], weather["instruction"], weather["input_type"]) == (6, SENTENCE, "none")
    assert weather["targets"] == ["stars"]
    assert "dim" not in told["flat"]


def test_no_path_of_the_machine_is_told(client, e5):
    assert str(e5.parent) not in client.get("/v1/models").text


def test_a_model_that_is_not_there(client):
    answer = client.get("/v1/models/nobody/large")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"
    assert "served are hash:16, e5" in answer.json()["error"]["message"]


def test_an_answer_of_many_numbers(scorers):
    """Enough of them that another thread writes them."""
    service = Service([read_wanted("hash:1024")], ServeSettings())
    texts = [f"tide {number}" for number in range(40)]
    with TestClient(build_app(service)) as wide:
        assert np.array_equal(
            rows(wide, input=texts, model="hash:1024"), load_encoder("hash:1024").encode(texts)
        )

"""The OpenAPI document of this repository is the service's own, is the same whatever is served, and its examples work."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.running_service import make_classifier, make_learner, service_of

from semascope.retrieval.indexes.index import Index
from semascope.serve.app import build_guarded
from semascope.serve.guarding.tokens import Tokens

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENT = json.loads((DOCS / "openapi.json").read_text(encoding="utf8"))
OPERATIONS = [
    (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def body_of(operation):
    """The schema of its body."""
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name]


EXAMPLES = [
    pytest.param(path, example, id=f"{path}-{number}")
    for method, path, operation in OPERATIONS
    if method == "post" and "{name}" not in path
    for number, example in enumerate(body_of(operation)["examples"])
]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    index = Index.create(folder / "texts", encoder="hash:16")
    index.add(["dogs sail on deck", "a hat was found"], ids=["dogs", "hats"], columns={"lang": ["en", "en"]})
    artifacts = [make_learner(folder / "model"), make_classifier(folder / "water"), folder / "texts"]
    service = service_of(*artifacts, "minilm=hash:16", learn=True)
    service.load()
    with TestClient(build_guarded(service, Tokens()), base_url="http://127.0.0.1") as asks:
        yield asks


def test_the_document_is_what_the_routes_say():
    spec = importlib.util.spec_from_file_location("make_openapi", DOCS / "make_openapi.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    written = (DOCS / "openapi.json").read_text(encoding="utf8")
    assert written == maker.page(), "run: python docs/make_openapi.py"


def test_the_document_is_the_same_whatever_is_served(client):
    assert client.get("/openapi.json").json() == DOCUMENT


def test_every_route_is_told_in_words_and_has_a_name_of_its_own():
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    for method, path, operation in OPERATIONS:
        assert " " in operation["summary"], f"{method} {path}: {operation['summary']}"
        assert not operation["summary"].endswith("."), path


def test_every_route_says_which_token_it_asks_for():
    asked = {path: [list(each) for each in operation["security"]] for _, path, operation in OPERATIONS}
    assert asked["/healthz"] == asked["/readyz"] == []
    assert asked["/v1/score"] == asked["/metrics"] == [["reading"], ["learning"], []]
    for path in ("/v1/learn", "/v1/learn/{name}", "/v1/forget", "/v1/suggest"):
        assert asked[path] == [["learning"], []]
    assert set(DOCUMENT["components"]["securitySchemes"]) == {"reading", "learning"}


@pytest.mark.parametrize(("path", "example"), EXAMPLES)
def test_an_example_can_be_sent_as_it_is(client, path, example):
    answer = client.post(path, json=example)
    assert answer.status_code == 200, answer.text

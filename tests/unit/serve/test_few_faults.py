"""No body makes more than a few reports of what is wrong with it, however much it holds: each takes microseconds."""

from __future__ import annotations

import inspect

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from tests.running_service import service_of

from semascope.serve.app import _routers
from semascope.serve.embeddings.inputs import read_input
from semascope.serve.refusals import FieldRefused
from semascope.serve.routes.bodies import Body

MANY = 1_000
WRONG = [[0] * MANY, [None] * MANY, [{}] * MANY, [[]] * MANY, [{f"a{number}": 0 for number in range(MANY)}]]


def models() -> list[type[BaseModel]]:
    """The body of every route."""
    found = set()
    for router in _routers(service_of("hash:16")):
        for route in router.routes:
            if isinstance(route, APIRoute) and "POST" in route.methods:
                found.add(inspect.get_annotations(route.endpoint, eval_str=True)["body"])
    return sorted(found, key=lambda model: model.__qualname__ + model.__module__)


FIELDS = [(model, field.alias or name) for model in models() for name, field in model.model_fields.items()]


def faults(model, given) -> int:
    try:
        model.model_validate(given)
    except ValidationError as error:
        return error.error_count()
    return 0


def test_the_bodies_of_all_routes_are_looked_at():
    assert {"ScoreBody", "LearnBody", "SearchBody", "EmbeddingsBody"} <= {
        model.__name__ for model in models()
    }


@pytest.mark.parametrize(
    ("model", "field"), FIELDS, ids=[f"{model.__name__}.{field}" for model, field in FIELDS]
)
def test_a_long_list_of_what_is_wrong_is_a_few_faults(model, field):
    assert all(faults(model, {field: wrong}) < 10 for wrong in WRONG)


@pytest.mark.parametrize(
    "model", [each for each in models() if issubclass(each, Body)], ids=lambda model: model.__name__
)
def test_fields_without_end_are_one_fault(model):
    assert faults(model, WRONG[-1][0]) == 1


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ([1] * MANY + ["a", None], "input[1000] is a string"),
        ([[1] * MANY + ["a", None]], "input[0][1000] is a string"),
        ([True, 1], "input[0] is true"),
        ([[1, None, True]], "input[0][1] is null"),
        (["a", None, 1], "input[1] is null"),
    ],
)
def test_the_first_that_is_of_another_kind_is_named(given, place):
    with pytest.raises(FieldRefused) as raised:
        read_input(given)
    assert str(raised.value).startswith(place)

"""What nobody thinks of: requests made out of the service's own document, right and wrong ones, over a socket.

``benchmarks/fuzz_service.py`` does the same for as long as one likes.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS
from tests.running_service import make_classifier, make_index, make_learner, running, service_of

# Texts that say nothing, names that nobody has and the like are refused though they are well formed.
_NOT_ASKED = ["positive_data_acceptance"]
_EXAMPLES = 12


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    artifacts = [
        make_learner(folder / "model"),
        make_classifier(folder / "water"),
        make_index(folder / "texts"),
        "hash:16",
    ]
    with running(service_of(*artifacts, learn=True)) as found:
        yield found


def test_every_route_answers_as_its_document_says_whatever_is_sent(address):
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    excluded = CHECKS.get_by_names(_NOT_ASKED)
    asked = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in schemathesis.GenerationMode:
            if mode.is_negative and operation.method == "get":
                continue  # nothing can be wrong with a request that holds nothing

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=_EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
            )
            def ask(case):
                case.call_and_validate(base_url=address, excluded_checks=excluded)

            ask()
            asked.add(operation.path)
    assert {"/predict", "/rank", "/v1/score", "/v1/learn", "/v1/search", "/v1/embeddings"} <= asked

"""What a service counts, as Prometheus reads it."""

import json
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families
from tests.running_service import make_learner, running, service_of


def get(address, path):
    with urllib.request.urlopen(f"{address}{path}", timeout=20) as answer:
        return answer.read().decode()


def post(address, path, body):
    request = urllib.request.Request(
        f"{address}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def numbers(text):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_texts_and_refusals_are_counted_by_route_and_nothing_by_what_strangers_try(tmp_path):
    with running(service_of(make_learner(tmp_path / "model"), "hash:16", most_texts=4)) as address:
        assert post(address, "/rank", {"texts": ["ebb", "flood", "slack"]}) == 200
        assert post(address, "/predict", {"text": "ebb"}) == 200
        assert post(address, "/predict", {"texts": "ebb"}) == 400
        assert post(address, "/rank", {"texts": ["ebb"] * 5}) == 413
        for number in range(5):
            assert post(address, f"/admin{number}.php", {}) == 404
        found = numbers(get(address, "/metrics"))
    assert found["semascope_requests_total", "/predict", "200"] == 1
    assert found["semascope_requests_total", "/predict", "400"] == 1
    assert found["semascope_requests_total", "404", "unknown"] == 5
    assert found["semascope_refusals_total", "413"] == 1
    assert found["semascope_request_seconds_count", "/rank"] == 2
    assert found["semascope_encoded_texts_total",] == 4
    assert found["semascope_batch_texts_sum",] == 4
    assert 1 <= found["semascope_batch_texts_count",] <= 4
    assert found["semascope_encoded_tokens_total",] >= 4
    assert found["semascope_active_requests",] == 1  # this one
    assert found["semascope_waiting_texts", "hash:16 (float32)"] == 0
    assert found["semascope_waiting_tokens", "hash:16 (float32)"] == 0

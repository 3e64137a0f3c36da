"""What a service counts, as Prometheus reads it."""

import time

from prometheus_client.parser import text_string_to_metric_families
from tests.running_service import connected, get, make_learner, running, service_of, status_of


def numbers(text):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_texts_and_refusals_are_counted_by_route_and_nothing_by_what_strangers_try(tmp_path):
    with running(service_of(make_learner(tmp_path / "model"), "hash:16", most_texts=4)) as address:
        assert status_of(address, "/rank", {"texts": ["ebb", "flood", "slack"]}) == 200
        assert status_of(address, "/predict", {"text": "ebb"}) == 200
        assert status_of(address, "/predict", {"texts": "ebb"}) == 400
        assert status_of(address, "/rank", {"texts": ["ebb"] * 5}) == 413
        for number in range(5):
            assert status_of(address, f"/admin{number}.php", {}) == 404
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


def test_what_bodies_hold_and_may_hold_is_told(tmp_path):
    service = service_of(make_learner(tmp_path / "model"), most_memory=5_000)
    head = b"POST /rank HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n"
    with running(service) as address:
        with connected(address) as unfinished:
            unfinished.sendall(head + b" " * 1_500)
            while not service.memory.held:
                time.sleep(0.005)
            during = numbers(get(address, "/metrics"))
        while service.memory.held:  # until the server has seen that the client is gone
            time.sleep(0.005)
        after = numbers(get(address, "/metrics"))
    assert during["semascope_held_bytes",] == 1_500
    assert after["semascope_held_bytes",] == 0
    assert during["semascope_held_max_bytes",] == 5_000

"""The numbers of a service, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """Counters and histograms of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "semascope_requests", "Requests answered", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "semascope_request_seconds",
            "From the first byte of a request to the answer",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._batch_texts = Histogram(
            "semascope_batch_texts", "Texts computed together", buckets=_TEXTS, registry=self.registry
        )
        self._batch_seconds = Histogram(
            "semascope_batch_seconds", "Computing a batch", buckets=_SECONDS, registry=self.registry
        )
        self._texts = Counter("semascope_encoded_texts", "Texts computed", registry=self.registry)
        self._tokens = Counter("semascope_encoded_tokens", "Tokens computed", registry=self.registry)

    def batch(self, *, texts: int, tokens: int, seconds: float) -> None:
        """A batch is computed."""
        self._batch_texts.observe(texts)
        self._batch_seconds.observe(seconds)
        self._texts.inc(texts)
        self._tokens.inc(tokens)

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)

"""Ask a running service for scores with intervals, for reasons, and for vectors; nothing but Python is needed.

    semascope serve model.zip minilm                                    # in another window; model.zip: semascope learn
    python examples/ask_a_service.py "We are locked out!" "Lovely crossing."

A token, where the service has one, is taken from SEMASCOPE_TOKEN. What can be asked: docs/service.md.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request
from array import array
from typing import Any

TRIES = 5
TEXTS = (
    "We are locked out and the boat is leaving!",
    "Is the 12:45 on time?",
    "Lovely crossing last summer.",
)


class Service:
    """What a service answers; a full one is asked again when it says."""

    def __init__(self, address: str, token: str | None) -> None:
        self.address = address.rstrip("/")
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, route: str, body: dict[str, Any] | None = None) -> Any:
        """The answer to ``body``, or to a GET without one; one that is refused ends the program with what is wrong with it."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + route, data, self.headers)
        for tries_left in reversed(range(TRIES)):
            try:
                with urllib.request.urlopen(request, timeout=150) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                seconds = error.headers.get("Retry-After")
                if seconds is None or not tries_left:
                    sys.exit(f"error: {json.load(error)['error']['message']}")
                time.sleep(float(seconds))
        return None

    def first(self, kind: str) -> str | None:
        """The first name of this kind that the service has."""
        models = self.ask("/v1/models")["data"]
        return next((model["id"] for model in models if model["kind"] == kind), None)


def show_scores(service: Service, learner: str, texts: list[str]) -> None:
    answer = service.ask(f"/v1/score/{learner}", {"texts": texts, "coverage": 0.9})
    target = answer["targets"][0]
    print(f"{target} by {learner}, and where 90 of 100 new scores lie")
    for text, result in zip(texts, answer["results"], strict=True):
        if result["scores"] is None:
            print(f"     -                    {text!r}: {result['reason']}")
            continue
        low, high = result["interval"]["low"], result["interval"]["high"]
        ends = f"{'' if low is None else f'{low:.2f}':>6} to {'' if high is None else f'{high:.2f}':>6}"
        print(f"{result['scores'][target]:6.2f}  {ends}  {text}")


def show_reasons(service: Service, learner: str, text: str) -> None:
    why = service.ask(f"/v1/explain/{learner}", {"text": text, "neighbours": 2, "pulls": 0})
    print(f"\nlike “{text}”")
    for example in why["neighbours"]:
        print(f"{example['score']:6.2f}  cosine {example['similarity']:.2f}  {example['text']}")


def show_cosines(service: Service, encoder: str, texts: list[str]) -> None:
    body = {"model": encoder, "input": texts, "encoding_format": "base64"}
    rows = [vector(item["embedding"]) for item in service.ask("/v1/embeddings", body)["data"]]
    print(f"\ncosines by {encoder}, {len(rows[0])} dims")
    for row, text in zip(rows, texts, strict=True):  # rows have unit length
        cosines = [sum(a * b for a, b in zip(row, other, strict=True)) for other in rows]
        print(" ".join(f"{cosine:6.2f}" for cosine in cosines), "", text)


def vector(written: str) -> array[float]:
    """The numbers that base64 of little-endian float32 holds."""
    numbers = array("f", base64.b64decode(written))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("texts", nargs="*", default=TEXTS)
    parser.add_argument("--address", default="http://127.0.0.1:8080")
    arguments = parser.parse_args()
    texts = list(arguments.texts)

    service = Service(arguments.address, os.environ.get("SEMASCOPE_TOKEN"))
    if learner := service.first("learner"):
        show_scores(service, learner, texts)
        show_reasons(service, learner, texts[0])
    if encoder := service.first("encoder") or service.first("learner"):
        show_cosines(service, encoder, [text for text in texts if text.strip()])


if __name__ == "__main__":
    main()

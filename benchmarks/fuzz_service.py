"""Requests that nobody thinks of, made out of the service's own document, for as long as one likes.

Command: python benchmarks/fuzz_service.py [--examples N] [--seed N]
A service with a learner that learns, a classifier, an index and an encoder, all small, answers on a free port of the
loopback. schemathesis sends right and wrong requests to every route and holds each answer against the document: status,
form, headers, and that nothing wrong was accepted. Prints a line for each route; ends with 1 at the first fault.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.checks import CHECKS

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.running_service import make_classifier, make_index, make_learner, running, service_of
from tests.unit.serve.test_fuzzed import NOT_ASKED, aimed


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=int, default=1_000, metavar="N", help="of each route and sort")
    parser.add_argument("--seed", type=int, default=42, metavar="N")
    asked = parser.parse_args()
    print(f"command: python benchmarks/fuzz_service.py --examples {asked.examples} --seed {asked.seed}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        artifacts = [
            make_learner(folder / "model"),
            make_classifier(folder / "water"),
            make_index(folder / "texts"),
            "hash:16",
        ]
        with running(service_of(*artifacts, learn=True)) as address:
            return fuzz(address, examples=asked.examples, start=asked.seed)


def fuzz(address: str, *, examples: int, start: int) -> int:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    excluded = CHECKS.get_by_names(NOT_ASKED)
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in schemathesis.GenerationMode:
            if mode.is_negative and operation.method == "get":
                continue
            statuses: Counter[int] = Counter()

            @seed(start)
            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
            )
            def ask(case: schemathesis.Case) -> None:
                case = case if mode.is_negative else aimed(case)  # noqa: B023
                answer = case.call_and_validate(base_url=address, excluded_checks=excluded)
                statuses[answer.status_code] += 1  # noqa: B023 - called within the round that made it

            began = time.perf_counter()
            try:
                ask()
            except Exception as fault:
                print(f"{operation.method.upper()} {operation.path}, {mode.value}: {fault}")
                return 1
            told = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
            seconds = time.perf_counter() - began
            print(f"{operation.method.upper()} {operation.path}, {mode.value}: {told} in {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

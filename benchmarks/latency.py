"""Milliseconds for one short text at a time, as a service or a keystroke needs it, beside sentence-transformers.

Command: python benchmarks/latency.py [--encoder NAME] [--rounds N] [--texts N] [--candidates a,b] [--tweets-file FILE]
One process a candidate, of which one computes at any time; every round sends each the same different texts, one by one.
Shares are taken within a round and their median is printed. Linux only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from encoding import PROGRAM, chosen
from encoding_bars import BASE, met
from encoding_texts import add_files, read_texts
from semascope.cli.processor import choose_kernels
from semascope.encoders.loading import load_encoder
from semascope.encoders.local import LocalEncoder
from semascope.encoders.precision import resolve_precision
from semascope.encoders.templates import write_prompt
from workers import Worker, in_turn, print_head, print_others, print_table, ratio

CANDIDATES = (BASE, "st-bfloat16", "plain-float32", "plain-bfloat16", "packed-float32", "packed-bfloat16")
TAKEN = (BASE, "packed-float32", "packed-bfloat16")
MOST = 0.4  # of the base's p50 and p95, asked of the precision that "auto" takes, for MiniLM


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--candidates", default=",".join(TAKEN), help="separated by commas")
    parser.add_argument("--encoder", default="minilm", help="minilm, e5-small-q4 or a folder")
    add_files(parser, "tweets")
    settings = parser.parse_args()
    names = chosen(parser, settings.candidates, CANDIDATES)
    if BASE not in names:
        names.insert(0, BASE)
    every = read_texts(settings.tweets_file, "--tweets-file")
    texts = list(dict.fromkeys(text for text in every if text.strip()))[: settings.texts]
    encoder = load_encoder(settings.encoder, device="cpu")
    if not isinstance(encoder, LocalEncoder):
        parser.error(f"encoder is {settings.encoder!r}; one with weights in a folder is needed")
    prompts = [write_prompt(text, family=encoder.space.template) for text in texts]
    auto = f"packed-{resolve_precision('auto', 'cpu')}"
    choose_kernels()  # for all workers, as the command line does for itself
    print_head()
    print(
        f"{encoder.name}: {len(texts)} different texts, one at a time; {settings.rounds} rounds; precision auto is {auto}"
        " here\n"
    )
    p50: dict[str, list[float]] = {name: [] for name in names}
    p95: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "spec.json")
        given = {"folder": str(encoder.checkpoint.folder), "works": {"tweets": prompts}}
        spec.write_text(json.dumps(given), encoding="utf8")
        workers = {name: Worker(name, [sys.executable, PROGRAM, name, spec]) for name in names}
        for worker in workers.values():
            worker.ask(work="tweets", one_by_one=True)  # warms up on every shape
        for round_number in range(settings.rounds):
            for name in in_turn(names, round_number):
                each = np.array(workers[name].ask(work="tweets", one_by_one=True)["each"]) * 1e3
                p50[name].append(float(np.percentile(each, 50)))
                p95[name].append(float(np.percentile(each, 95)))
        rows = [
            (
                name,
                f"{statistics.median(p50[name]):.2f}",
                f"{statistics.median(p95[name]):.2f}",
                f"{ratio(p50[name], p50[BASE]):.2f}",
                f"{ratio(p95[name], p95[BASE]):.2f}",
                f"{workers[name].loaded_bytes / 1e6:,.0f}",
                f"{workers[name].peak_bytes() / 1e6:,.0f}",
            )
            for name in names
        ]
        print_table(
            ("candidate", "p50 ms", "p95 ms", "share of p50", "share of p95", "loaded MB", "peak MB"), rows
        )
        print(f"\nshare: of {BASE} in the same round, median; a small one is fast")
        print_others(list(workers.values()))
        for worker in workers.values():
            worker.stop()
    if auto not in names or settings.encoder != "minilm":
        return 0
    shares = (ratio(p50[auto], p50[BASE]), ratio(p95[auto], p95[BASE]))
    print(
        f"asked: {auto} at most {MOST} of {BASE}: p50 {met(shares[0] <= MOST)}, p95 {met(shares[1] <= MOST)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

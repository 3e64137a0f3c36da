"""Publish, review or reject: a quality score with a threshold, and an interval that says where a person must look.

    python examples/content_quality.py --output runs/quality

A text is published when its whole interval lies above the threshold, and rejected when it lies below. Between the two
the model does not know enough, and a person decides. ``--coverage`` sets how careful that is: at 0.8 about one text in
ten falls below its interval and one in ten above.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import semascope as sm

ANSWERS = Path(__file__).parent / "data" / "answers.csv"
NEW = (
    "To change the language, open Settings, choose General and then Language. Pick one from the list and press Save. "
    "The app restarts by itself.",
    "Unplug the machine, wait one minute, and plug it in again. Then hold the green button for five seconds. If the "
    "light stays red, write to us with the serial number.",
    "lol no idea, ask someone who cares",
    "You can try to change the plan in the settings.",
    "CALL NOW best offers cheap cheap cheap!!!",
    "The ticket is valid for two hours from the first stamp, and you may change trains as often as you like.",
    "It should work in most cases, more or less.",
    "Refunds take five working days. You will receive an e-mail when the money has been sent.",
)


def read_answers(path: Path) -> list[sm.RankingExample]:
    with path.open(encoding="utf8", newline="") as file:
        return [sm.RankingExample(row["answer"], float(row["quality"])) for row in csv.DictReader(file)]


def decide(low: float, high: float, threshold: float) -> str:
    if low >= threshold:
        return "publish"
    return "reject" if high < threshold else "review"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path(), help="folder for the model and the vectors")
    parser.add_argument(
        "--threshold", type=float, default=5.5, help="quality from which an answer is good enough"
    )
    parser.add_argument("--coverage", type=float, default=0.8, help="share of scores that intervals hold")
    given = parser.parse_args()

    learner = sm.ValueLearner(
        encoder="minilm", cache_dir=given.output / "vectors", ridge_alpha=0.1, target="quality"
    )
    learner.add_training_examples(read_answers(ANSWERS))
    metrics = learner.train()
    print(f"trained on {metrics['n']:.0f} answers, R2 {metrics['loo_r2']:.2f}")
    print(f"publish from {given.threshold:g}; intervals hold {given.coverage:.0%} of the scores\n")
    for text, quality in learner.rank_texts(list(NEW)):
        found = learner.predict_interval(text, coverage=given.coverage)
        word = decide(found.low, found.high, given.threshold)
        print(f"{word:8} {quality:5.1f}  [{found.low:5.1f}, {found.high:5.1f}]  {text[:60]}")
    learner.save_model(given.output / "model.zip")


if __name__ == "__main__":
    main()

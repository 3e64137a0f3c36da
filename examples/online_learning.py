"""Learn one text at a time: the error on held-out texts falls as scores come in, and a slip can be forgotten.

    python examples/online_learning.py --output runs/online

Every update gives exactly the model that a full refit on all examples would give, at a cost that does not grow with
their number.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

import semascope as sm

REVIEWS = Path(__file__).parent / "data" / "reviews.csv"
HELD_OUT = 47
SHOWN = (1, 5, 10, 20, 40, 80, 120)  # updates after which the error is printed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path(), help="folder for the model and the vectors")
    output = parser.parse_args().output

    with REVIEWS.open(encoding="utf8", newline="") as file:
        rows = [(row["review"], float(row["stars"])) for row in csv.DictReader(file)]
    held_out, stream = rows[:HELD_OUT], rows[HELD_OUT:]
    held_texts, held_stars = [text for text, _ in held_out], np.array([stars for _, stars in held_out])

    learner = sm.ValueLearner(encoder="minilm", cache_dir=output / "vectors", ridge_alpha=0.3, target="stars")
    print(f"mean error on {HELD_OUT} held-out reviews, in stars")
    for seen, (text, stars) in enumerate(stream, start=1):
        learner.update(text, stars)
        if seen in SHOWN:
            error = float(np.abs(learner.predict_many(held_texts) - held_stars).mean())
            print(f"after {seen:3} updates  {error:.2f}  {'#' * round(20 * error)}")

    slip = "Superb, flawless, I recommend it warmly to everybody."
    before = learner.predict(slip)
    learner.update(slip, 1.0)  # a slip of the finger: it should have been a 5
    wrong = learner.predict(slip)
    learner.forget(slip)
    print(f"\na slip: {before:.2f} before, {wrong:.2f} with it, {learner.predict(slip):.2f} once forgotten")
    learner.save_model(output / "model.zip")


if __name__ == "__main__":
    main()

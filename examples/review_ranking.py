"""Rank reviews: learn from a CSV of reviews with stars, rank new ones, keep the model in one file.

python examples/review_ranking.py --output runs/reviews
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import semascope as sm

REVIEWS = Path(__file__).parent / "data" / "reviews.csv"
NEW = (
    "An ordinary umbrella. It does the job on a calm day.",
    "The blender leaked all over the kitchen and the motor burned out on day two.",
    "Lovely soft scarf, warm and light. I wear it every day and get compliments.",
    "The umbrella turned inside out in the first breeze and two ribs snapped. Rubbish.",
    "The blender is superb: smooth soup in a minute and easy to clean.",
    "The scarf is nice and warm, a little shorter than I hoped.",
)


def read_reviews(path: Path) -> list[sm.RankingExample]:
    with path.open(encoding="utf8", newline="") as file:
        return [sm.RankingExample(row["review"], float(row["stars"])) for row in csv.DictReader(file)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path(), help="folder for the model and the vectors")
    output = parser.parse_args().output

    learner = sm.ValueLearner(encoder="minilm", cache_dir=output / "vectors", target="stars")
    learner.add_training_examples(read_reviews(REVIEWS))
    learner.optimize_hyperparameters([0.03, 0.1, 0.3, 1, 3, 10])
    metrics = learner.train()
    print(f"trained on {metrics['n']:.0f} reviews, alpha {metrics['ridge_alpha']:g}")
    print(f"R2 of each review predicted from all others: {metrics['loo_r2']:.2f}")
    print(f"squared error in cross-validation: {metrics['cv_mse_mean']:.2f}")

    print("\nnew reviews, best first")
    for text, stars in learner.rank_texts(list(NEW)):
        print(f"{stars:5.2f}  {text}")

    path = learner.save_model(output / "model.zip")
    again = sm.ValueLearner(encoder="minilm", cache_dir=output / "vectors")
    again.load_model(path)
    same = again.rank_texts(list(NEW)) == learner.rank_texts(list(NEW))
    print(f"\nsaved as {path.name}; loaded again, it ranks {'the same' if same else 'otherwise'}")


if __name__ == "__main__":
    main()

"""Re-rank search results by what people clicked: "query | title | snippet", scored by click-through.

    python examples/search_reranking.py --output runs/search

A result shown twelve times says little about its click-through, so results with few impressions are left out, and the
rest is smoothed towards the overall rate.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import semascope as sm

LOG = Path(__file__).parent / "data" / "search_log.csv"
ENOUGH = 100  # impressions below which a click-through is mostly luck
PRIOR = 50  # impressions of the overall rate that are added to each result
QUERY = "sharpen a kitchen knife"
RESULTS = (  # in the order of the old ranking
    ("Knife sale, all knives must go", "Order now, today only, free shipping on everything."),
    ("Log in to the knife forum", "Only members can read this thread. Register."),
    (
        "Sharpen a kitchen knife on a stone, step by step",
        "Angle, pressure and the burr, explained with photos.",
    ),
    ("knife?? (locked)", "0 replies. Closed as duplicate."),
    (
        "How to keep knives sharp: a short guide",
        "What a steel does, when to use a stone, and how to test the edge.",
    ),
)


def as_text(query: str, title: str, snippet: str) -> str:
    return f"{query} | {title} | {snippet}"


def read_clicks(path: Path) -> tuple[list[sm.RankingExample], int]:
    """Examples with the smoothed click-through in percent, and how many results were left out."""
    with path.open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    seen = [row for row in rows if int(row["impressions"]) >= ENOUGH]
    overall = sum(int(row["clicks"]) for row in seen) / sum(int(row["impressions"]) for row in seen)
    examples = [
        sm.RankingExample(
            as_text(row["query"], row["title"], row["snippet"]),
            100 * (int(row["clicks"]) + PRIOR * overall) / (int(row["impressions"]) + PRIOR),
            {"impressions": int(row["impressions"])},
        )
        for row in seen
    ]
    return examples, len(rows) - len(seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path(), help="folder for the model and the vectors")
    output = parser.parse_args().output

    examples, left_out = read_clicks(LOG)
    learner = sm.ValueLearner(
        encoder="minilm", cache_dir=output / "vectors", ridge_alpha=0.1, target="click-through"
    )
    learner.add_training_examples(examples)
    print(f"trained on {len(examples)} results; {left_out} with under {ENOUGH} impressions left out")
    print(f"R2 of each result predicted from all others: {learner.train()['loo_r2']:.2f}")

    texts = {as_text(QUERY, title, snippet): rank for rank, (title, snippet) in enumerate(RESULTS, start=1)}
    print(f"\n{QUERY}\n new  old  expected click-through")
    for rank, (text, rate) in enumerate(learner.rank_texts(list(texts)), start=1):
        print(f"{rank:4} {texts[text]:4}  {rate:5.1f} %  {RESULTS[texts[text] - 1][0]}")
    learner.save_model(output / "model.zip")


if __name__ == "__main__":
    main()

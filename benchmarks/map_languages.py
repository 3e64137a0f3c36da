"""Whether languages mix in each of two or more encoders, and which tells a label across them: the table of docs/maps.md.

Command: python benchmarks/map_languages.py [--encoder NAME ...] [--pairs N] [--tweets N] [--part sample|pairs|tweets]
Three parts: the packaged sample (category across languages), the first sentences of N pairs of stsb-multi-mt in four
languages (is the nearest text its own translation?), and N tweets of SemEval-2023 task 9. Layouts are PCA: no number of
the table depends on the picture. Vectors come from the store of this user where it has them.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from encoding_texts import SHARED
from semascope.data.sample_texts import sample_path
from semascope.maps.plan import MapPlan
from semascope.maps.run import run_map
from semascope.store.place import default_store
from semascope.store.vectors import VectorStore
from semascope.words.numbers import percent

SENTENCES, TWEETS = SHARED / "stsb_multi_mt_pairs.jsonl", SHARED / "mint_tweet_intimacy.jsonl"


def translations(file: Path, pairs: int) -> list[dict[str, str]]:
    """Rows of the first sentences of so many test pairs, those that stand in every language and differ in English."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for line in file.read_text(encoding="utf8").splitlines():
        row = json.loads(line)
        if row["split"] == "test":
            found[row["id"]][row["lang"]] = row["text_a"]
    languages = {lang for texts in found.values() for lang in texts}
    distinct = {
        texts["en"]: pair for pair, texts in sorted(found.items(), reverse=True) if texts.keys() == languages
    }
    chosen = sorted(distinct.values())
    random.Random(0).shuffle(chosen)
    return [
        {"pair": pair, "lang": lang, "text": text}
        for pair in chosen[:pairs]
        for lang, text in found[pair].items()
    ]


def show(title: str, store: VectorStore, **settings: Any) -> None:
    """One map's numbers, a line a space."""
    plan = MapPlan.from_mapping({"text": "text", "layout": "pca", "precision": "float32", **settings})
    record = run_map(plan, store=store).record
    mixing, judged = record["mixing"], record["judged_across"] or record["judged"]
    print(f"\n{title}: {record['texts']:,} texts")
    if judged:
        print(f"  always naming the most frequent {judged['label']}: {100 * judged['most_frequent']:.1f} %")
    if mixing:
        print(f"  of the same {mixing['column']} by chance: {percent(mixing['by_chance'], space=' ')}")
    for panel in record["panels"]:
        words = (
            [f"of the same {mixing['column']} {percent(mixing['same'][panel['name']], space=' ')}"]
            if mixing
            else []
        )
        for key, verdict, name in (
            ("knn_accuracy_across", "verdict_across", "across"),
            ("knn_accuracy", "verdict", "all"),
        ):
            if found := panel.get(key):
                low, high = 100 * found["low"], 100 * found["high"]
                words.append(
                    f"{name} {percent(found['value'], space=' ')} ({low:.0f} to {high:.0f}) {panel[verdict]['word']}"
                )
        print(f"  {panel['name']:16} {'; '.join(words)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoder", action="append")
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--tweets", type=int, default=1_500)
    parser.add_argument("--store", type=Path, help="vector store; that of this user unless named")
    parser.add_argument("--part", choices=["sample", "pairs", "tweets"], action="append")
    given = parser.parse_args()
    encoders = given.encoder or ["minilm", "e5-small-q4"]
    store = VectorStore(given.store) if given.store else default_store()
    parts = given.part or ["sample", "pairs", "tweets"]
    if "sample" in parts:
        show(
            "sample, category across lang",
            store,
            data=sample_path(),
            label="category",
            across="lang",
            encoder=encoders,
        )
    if "pairs" in parts:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "pairs.jsonl"
            rows = translations(SENTENCES, given.pairs)
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
            show(
                "translations, the nearest",
                store,
                data=file,
                label="pair",
                across="lang",
                k=1,
                encoder=encoders,
            )
    if "tweets" in parts:
        tweets = {"data": TWEETS, "limit": given.tweets, "encoder": encoders}
        show("tweets, mixing", store, across="lang", **tweets)
        show("tweets, language", store, label="lang", **tweets)


if __name__ == "__main__":
    main()

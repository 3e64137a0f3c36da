"""The two rules of choosing on real files: what each advises, what that loses and what it costs.

    python benchmarks/choice_real.py studies FOLDER --store STORE --encoder minilm --encoder e5-small-q4 [--limit 1000]
    python benchmarks/choice_real.py samples FOLDER --store STORE --encoder minilm --encoder e5-small-q4 [--draws 40]

``studies`` runs a study of each file under both rules (the cells once) and prints what is advised, its held-out measure and
its seconds per 1,000 texts. ``samples`` draws small training sides from each file, lets the rule choose on them, and measures
the cells on all other rows, which is nearly the truth: what the cheaper advice loses beside the best of the training rows, and
what other rules would.

Files in FOLDER (those that are missing are left out) are public data that is no part of this repository.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from choice import RULES
from semascope.data.splits import make_split
from semascope.embedding.path import embed
from semascope.encoders.loading import load_encoder
from semascope.probes.head import make_head
from semascope.reports.run import run_study
from semascope.stats.measures import default_measure
from semascope.store.speeds import Speeds
from semascope.store.vectors import VectorStore
from semascope.studies.choice import Choice, advise
from semascope.studies.heads.asking.rows import Rows, load_rows
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.computing.fit import comparable, fit_cell
from semascope.studies.heads.computing.folded import to_table
from semascope.studies.heads.judging.choosing import choose_head
from semascope.words.numbers import fixed, seconds

FILES = {
    "reviews_food_clothing.jsonl": ("text", "rating"),
    "readmepp_readability.jsonl": ("text", "readability"),
    "mint_tweet_intimacy.jsonl": ("text", "intimacy"),
    "article_scores.jsonl": ("text", "innovation_quality"),
    "openstax_passages.jsonl": ("text", "subject"),
    "newsgroups20.jsonl": ("text", "label"),
}
SIZES = (60, 100, 150, 250, 400, 1000)


def asked(path: Path, settings: argparse.Namespace, **more: Any) -> Study:
    text, target = FILES[path.name]
    grid = {
        "encoder": settings.encoder,
        "head": settings.head,
        "precision": "float32",
        "limit": settings.limit,
    }
    return Study.from_mapping({"data": path, "text": text, "target": target, **grid, **more})


def studies(path: Path, settings: argparse.Namespace) -> None:
    for rule in ("best", "cheapest"):
        study = asked(path, settings, choose=rule, repeats=1)
        found = run_study(study, output=settings.output / path.stem, store=VectorStore(settings.store))
        cell = next(one for one in found.cells if one.id == found.winner)
        cost = found.choice.by_cell[cell.id].seconds
        figure = f"{fixed(cell.estimate.value, 3)} ({fixed(cell.estimate.low, 3)} to {fixed(cell.estimate.high, 3)})"
        print(
            f"| {path.stem}, {found.rows_train:,} to train | {rule} | {cell.label} | {found.measure} {figure} | {seconds(cost)} |",
            flush=True,
        )


class Bench:
    """One file: its rows, what each cell reads, and what that costs."""

    def __init__(self, path: Path, settings: argparse.Namespace) -> None:
        self.rows = load_rows(asked(path, settings, repeats=1))
        self.measure = default_measure(self.rows.kind)
        store = VectorStore(settings.store)
        texts = np.array(self.rows.texts, dtype=np.object_)
        constants = ("mean", "median") if self.rows.kind == "regression" else ("majority",)
        plain = "ridge" if self.rows.kind == "regression" else "logistic"
        self.cells: dict[str, tuple[str, str, Any, float]] = {
            head: ("", head, np.zeros((len(texts), 1), dtype=np.float32), 0.0) for head in constants
        } | {"tfidf": ("", "tfidf", texts, 0.0)}
        for name in settings.encoder:
            encoder = load_encoder(name, precision=settings.precision)
            embedded = embed(self.rows.texts, encoder=encoder, store=store)
            account = embedded.account
            if account.encoded:
                Speeds(store.root).note(
                    encoder.fingerprint, tokens=account.encoded_tokens, seconds=account.encode_seconds
                )
            speed = Speeds(store.root).of(encoder.fingerprint)
            cost = 1000 * account.read_tokens / account.rows / speed if speed else np.nan
            for head in settings.head or [plain]:
                self.cells[f"{Path(name).name} · {head}"] = (name, head, embedded.vectors, cost)

    def sampled(self, rng: np.random.Generator, size: int) -> Rows:
        """The rows with a training side of about ``size``, components whole, all others held out."""
        seed = int(rng.integers(2**31))
        split = make_split(
            self.rows.components, strata=self.rows.strata, test_size=1 - size / len(self.rows), seed=seed
        )
        return replace(self.rows, split=split)

    def one(self, rows: Rows, seed: int) -> tuple[Choice, dict[str, float]]:
        """How the cells stand on the training side, and what each truly reaches: its measure on all other rows."""
        records, tables, true = {}, {}, {}
        for label, (encoder, head, read, cost) in self.cells.items():
            fitted = fit_cell(
                read, rows, factory=lambda head=head: self._head(head), measure=self.measure, seed=seed
            )
            test = rows.split.test
            training = rows.truth[rows.split.train]
            seen = comparable(fitted.predictions, fitted.unmapped, training, self.measure)
            true[label] = float(self.measure.of(rows.truth[test, 0], seen[:, 0]))
            tables[label] = to_table(fitted.folded, rows, cell=label)
            costs = {
                "encode_seconds_per_1000": cost,
                "predict_seconds_per_1000": 1000 * fitted.predict_seconds / len(test),
            }
            cell = {"encoder": encoder, "sentence": "", "long": "truncate", "head": head}
            records[label] = {"cell": cell, "selection": fitted.selection, "costs": costs}
        study = Study.from_mapping({"data": "x", "text": "x", "target": list(rows.targets)})
        return choose_head(study, rows, self.measure, records, tables, baseline=next(iter(records))), true

    def _head(self, name: str) -> Any:
        rows = self.rows
        return make_head(
            name,
            kind=rows.kind,
            measure=self.measure.name,
            target_names=rows.targets,
            n_classes=len(rows.classes) or None,
        )


def advised_by(rule: Callable[[float, float], float], choice: Choice) -> str:
    """What another limit on how far behind a cell may be would have advised."""
    found = [
        one if one.cell == choice.best else replace(one, allowed=rule(choice.margin, one.error))
        for one in choice.standings
    ]
    return advise(found, best=choice.best)


def samples(path: Path, settings: argparse.Namespace) -> None:
    bench, rng = Bench(path, settings), np.random.default_rng(7)
    measure = bench.measure
    for size in SIZES:
        if size > len(bench.rows) / 2:
            continue
        own: list[float] = []
        lost: dict[str, list[tuple[float, float]]] = {rule: [] for rule in RULES}
        dear: list[float] = []
        for seed in range(settings.draws):
            choice, true = bench.one(bench.sampled(rng, size), seed)
            best = true[choice.best]
            margin = measure.margin_around(None, np.array([best]))
            own.append(measure.gain(true[measure.best(true)] - best) / margin)
            dear.append(choice.by_cell[choice.best].seconds)
            for rule, limit in RULES.items():
                cell = advised_by(limit, choice)
                lost[rule].append((measure.gain(best - true[cell]) / margin, choice.by_cell[cell].seconds))
        told = [_told(np.array(lost[rule]), np.array(dear)) for rule in RULES]
        print(
            f"| {path.stem} | {size:,} | {np.mean(own):.2f} / {np.quantile(own, 0.95):.1f} | {' | '.join(told)} |",
            flush=True,
        )


def _told(found: np.ndarray, dear: np.ndarray) -> str:
    """Margins lost beside the best on the training rows: mean / 95th percentile / share over one; how often another cell."""
    lost, other = found[:, 0], found[:, 1] != dear
    return (
        f"{lost.mean():.2f} / {np.quantile(lost, 0.95):.1f} / {100 * np.mean(lost > 1):.0f} %"
        f" / another in {100 * np.mean(other):.0f} %"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["studies", "samples"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", action="append", required=True)
    parser.add_argument(
        "--head", action="append", default=[], help="studies: all unless named; samples: ridge or logistic"
    )
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=Path("runs/choice"), help="run folders of the studies")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--file", action="append", choices=list(FILES), help="only these")
    settings = parser.parse_args()
    print(f"python {' '.join(sys.argv)}\n")
    if settings.what == "studies":
        print("| file | rule | advised | held out (95 % interval) | 1,000 texts |\n|---|---|---|---|---|")
    else:
        print(
            f"| file | training rows | the best itself | {' | '.join(RULES)} |\n|---|---|---|{'---|' * len(RULES)}"
        )
    for name in settings.file or FILES:
        if (settings.folder / name).exists():
            (studies if settings.what == "studies" else samples)(settings.folder / name, settings)


if __name__ == "__main__":
    main()

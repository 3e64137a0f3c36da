"""The default study on real files: every packaged encoder, every head, the words alone; one Markdown table.

    python benchmarks/real_studies.py [--files FOLDER] [--only reviews,tweets] [--output FOLDER]

Each study is the command line as a user types it, in a process of its own with an empty store; seconds are those of the
whole command. The files are public data that is not part of this repository (``--files``); any table with such columns
will do. Everything is printed from the study's own record (``--json``).
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semascope.encoders.precision import processor_cores, processor_name
from semascope.stats.measures import measure_named
from semascope.words.numbers import between, fixed, p_value, seconds

DECIMALS = 3
ARTICLE_SCORES = (
    "climate_impact_potential", "technical_credibility", "economic_viability", "deployment_readiness",
    "systemic_impact", "justice_equity", "innovation_quality", "evidence_strength",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One study."""

    name: str
    file: str
    target: tuple[str, ...]
    flags: tuple[str, ...] = ()
    words: str  # what the texts and the target are

    def command(self, files: Path, output: Path) -> list[str]:
        """What a user types, after ``semascope``."""
        targets = [part for name in self.target for part in ("--target", name)]
        where = ["--store", str(output / "store" / self.name), "--output", str(output / self.name)]
        return ["study", str(files / self.file), "--text", "text", *targets, *self.flags, *where, "--json"]


STUDIES = (
    Asked(
        name="reviews", file="reviews_food_clothing.jsonl", target=("rating",), words="reviews, rating 1-5"
    ),
    Asked(
        name="readability",
        file="readmepp_readability.jsonl",
        target=("readability",),
        flags=("--slice", "lang"),
        words="sentences, readability 1-6 (English, French)",
    ),
    Asked(
        name="tweets",
        file="mint_tweet_intimacy.jsonl",
        target=("intimacy",),
        flags=("--slice", "lang", "--limit", "3000"),
        words="tweets, intimacy 1-5 (six languages)",
    ),
    Asked(
        name="articles",
        file="article_scores.jsonl",
        target=ARTICLE_SCORES,
        words="abstracts, eight scores 0-10",
    ),
    Asked(
        name="passages",
        file="openstax_passages.jsonl",
        target=("subject",),
        words="textbook passages, subject",
    ),
    Asked(
        name="newsgroups",
        file="newsgroups20.jsonl",
        target=("label",),
        flags=("--split-column", "split"),
        words="newsgroup posts, 20 groups",
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", default=",".join(asked.name for asked in STUDIES))
    parser.add_argument("--output", type=Path, default=None, help="keep the runs there")
    settings = parser.parse_args()
    wanted = settings.only.split(",")
    unknown = set(wanted) - {asked.name for asked in STUDIES}
    if unknown:
        parser.error(
            f"--only names {', '.join(sorted(unknown))}; known: {', '.join(a.name for a in STUDIES)}"
        )
    print(
        f"python {shlex.join(sys.argv)}\n{processor_name()}, {processor_cores()} cores, Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as scratch:
        output = settings.output or Path(scratch)
        done = [(asked, *run(asked, settings.files, output)) for asked in STUDIES if asked.name in wanted]
    print_table(done)
    for asked, result, _ in done:
        print(f"\n**{asked.words}** (`{asked.file}`{flags_of(asked)})\n")
        print("\n".join(f"- {sentence}" for sentence in result["headline"]))


def run(asked: Asked, files: Path, output: Path) -> tuple[dict[str, Any], float]:
    """The record of the study and the seconds of the whole command."""
    command = [sys.executable, "-m", "semascope", *asked.command(files, output)]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{shlex.join(command)}\n{done.stderr}")
    elapsed = time.perf_counter() - began
    print(f"{asked.name}: {elapsed:.0f} s", file=sys.stderr)
    return json.loads(done.stdout), elapsed


def flags_of(asked: Asked) -> str:
    return f", {shlex.join(asked.flags)}" if asked.flags else ""


def print_table(done: list[tuple[Asked, dict[str, Any], float]]) -> None:
    titles = (
        "texts, target", "rows, judged", "advised", "held out (95 %)", "against the baseline", "each encoder's best",
        "words alone", "constant", "s for 1,000 texts", "seconds",
    )  # fmt: skip
    print(f"\n| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    for asked, result, elapsed in done:
        print(f"| {' | '.join([asked.words, *row(result), f'{elapsed:.0f}'])} |")


def row(result: dict[str, Any]) -> list[str]:
    """Figures of one study: those of the repeated splits where they lead."""
    cells = {cell["id"]: cell for cell in result["cells"]}
    advised, best = cells[result["winner"]], cells[result["choice"]["best"]]
    value, low, high = figures(advised)
    held = f"{result['measure']} {fixed(value, DECIMALS)} ({between(low, high, DECIMALS)})"
    encoders = list(dict.fromkeys(cell["encoder"] for cell in cells.values() if cell["encoder"]))
    measure = measure_named(result["measure"])
    tops = []
    for encoder in encoders:
        of = [cell for cell in cells.values() if cell["encoder"] == encoder]
        top = min(of, key=lambda cell: measure.loss(cell["selection"]))
        tops.append(f"{encoder} · {top['head']} {fixed(figures(top)[0], DECIMALS)}")
    constants = [cell for cell in cells.values() if not cell["encoder"] and cell["head"] != "tfidf"]
    constant = min(constants, key=lambda cell: measure.loss(cell["selection"]))
    words = next(cell for cell in cells.values() if cell["head"] == "tfidf")
    shown = advised["label"] + ("" if advised is best else f" ({best['label']} did best in training)")
    cost = seconds(per_thousand(advised))
    if advised is not best:
        cost += f" against {seconds(per_thousand(best))}"
    return [
        f"{result['rows_total']:,}, {result['rows_judged']:,}",
        shown,
        held,
        verdict_words(result, advised),
        ", ".join(tops),
        fixed(figures(words)[0], DECIMALS),
        f"{constant['head']} {fixed(figures(constant)[0], DECIMALS)}",
        cost,
    ]


def figures(cell: dict[str, Any]) -> tuple[float, float, float]:
    """The measure with its interval, over the repeats where there are some."""
    of = cell["repeat"]
    if of:
        return tuple(_number(of[key]) for key in ("mean", "low", "high"))  # type: ignore[return-value]
    return tuple(_number(cell["estimate"][key]) for key in ("value", "low", "high"))  # type: ignore[return-value]


def verdict_words(result: dict[str, Any], cell: dict[str, Any]) -> str:
    """The verdict of the advised cell with its difference and p."""
    family = result["repeat_family"] or result["family"]
    verdict = family["verdicts"][cell["id"]]
    if verdict["word"] == "baseline":
        return "it is the baseline"
    measure, targets = measure_named(result["measure"]), len(result["targets"])
    change = measure.change(
        _number(verdict["difference"]), decimals=DECIMALS, shares=measure.in_shares(targets)
    )
    return f"{verdict['word']} ({change}, p {p_value(_number(verdict['p_holm']))})"


def per_thousand(cell: dict[str, Any]) -> float:
    """Seconds to encode and score 1,000 texts."""
    costs = cell["costs"]
    return _number(costs["encode_seconds_per_1000"]) + _number(costs["predict_seconds_per_1000"])


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


if __name__ == "__main__":
    main()

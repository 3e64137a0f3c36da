"""The seam of studies/task.py: a kind of study that knows no head, no encoder and no table of rows goes through it whole.

Queries and documents; a cell ranks the documents of a query by a rule on their words; the score of a query is the reciprocal
rank of its one right document. Half of the queries choose, the others judge.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from semascope.errors import ConfigError
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.reports.page import render_study, write_page
from semascope.stats.measure import Measure
from semascope.stats.results import Estimate
from semascope.stats.scores import judge_scores
from semascope.studies.choosing import Candidate, choose, score_errors
from semascope.studies.folder import RunFolder
from semascope.studies.result import CellResult, Note, StudyResult
from semascope.studies.run import complete
from semascope.studies.task import CellValues, Computed, Records

RECIPROCAL_RANK = Measure(
    name="mrr", short="MRR", long="mean reciprocal rank", lower_is_better=False, ends=(0.0, 1.0), is_mean=True
)
WORDS = [f"word{number}" for number in range(40)]


@dataclass(frozen=True)
class Query:
    text: str
    documents: Sequence[str]  # the right one first
    author: str


def queries(count: int = 80) -> list[Query]:
    """A right document shares two of four words with its query, a wrong one each by chance."""
    rng = np.random.default_rng(3)
    found = []
    for number in range(count):
        words = rng.choice(WORDS, 4, replace=False)
        right = [*words[:2], *rng.choice(WORDS, 6)]
        wrong = [" ".join(rng.choice(WORDS, 8)) for _ in range(9)]
        found.append(Query(" ".join(words), [" ".join(right), *wrong], author=f"a{number % 20}"))
    return found


RULES: dict[str, Callable[[str, str], float]] = {
    "length": lambda query, document: len(document),
    "first word": lambda query, document: float(query.split()[0] in document.split()),
    "shared words": lambda query, document: float(len(set(query.split()) & set(document.split()))),
    "shared, slowly": lambda query, document: float(len(set(query.split()) & set(document.split()))),
}
SECONDS = {"length": 0.1, "first word": 0.2, "shared words": 1.0, "shared, slowly": 60.0}


def reciprocal_ranks(rule: str, asked: Sequence[Query]) -> np.ndarray:
    """(m,) from plain values; ties count as lost."""
    scores = [[RULES[rule](query.text, document) for document in query.documents] for query in asked]
    return np.array([1 / (1 + sum(other >= row[0] for other in row[1:])) for row in scores])


@dataclass(frozen=True)
class Ranking:
    """The task: what studies/task.py asks for, and no more."""

    asked: Sequence[Query]
    rules: Sequence[str] = tuple(RULES)
    digest: str = "d1"
    computed: list[str] = field(default_factory=list)
    fails: str = ""
    kind: str = "study"
    tables: Sequence[str] = ("held_out", "choosing")

    @property
    def frozen(self) -> Mapping[str, Any]:
        return {"measure": "mrr", "data_digest": self.digest}

    def meeting(self, records: Records) -> Ranking:
        unknown = [record["rule"] for record in records.values() if record["rule"] not in RULES]
        if unknown:
            raise ConfigError(f"rule {unknown[0]!r} is not known")
        return self

    def written(self) -> str:
        return yaml.safe_dump({"rules": list(self.rules)})

    def opening(self, records: Records, *, progress: Any) -> Iterator[str]:
        yield f"{len(self.asked)} queries, {len(self.rules) - len(records)} cells left"

    def narrowed(self, records: Records, folder: RunFolder, **told: Any) -> Ranking:
        return self

    def batches(self, records: Records) -> list[list[str]]:
        return [[rule] for rule in self.rules if rule not in records]

    def asks(self, batch: Sequence[str]) -> list[str]:
        return []

    def compute(
        self, batch: Sequence[str], records: Records, *, starting: Callable[[str], None], progress: Any
    ) -> Iterator[CellValues]:
        for rule in batch:
            starting(rule)
            if rule == self.fails:
                raise KeyboardInterrupt
            self.computed.append(rule)
            half = len(self.asked) // 2
            sides = {"choosing": self.asked[:half], "held_out": self.asked[half:]}
            yield CellValues(
                record={"id": rule, "rule": rule, "costs": {"seconds": SECONDS[rule]}},
                tables={
                    name: pa.table({"cell": [rule] * len(side), "score": reciprocal_ranks(rule, side)})
                    for name, side in sides.items()
                },
            )

    def conclude(self, computed: Computed, *, folder: Path, command: str) -> StudyResult:
        half = len(self.asked) // 2
        authors = [query.author for query in self.asked]
        held_out, choosing = (
            {cell: table["score"].to_numpy() for cell, table in computed.tables[name].items()}
            for name in ("held_out", "choosing")
        )
        family = judge_scores(
            held_out, baseline="length", measure=RECIPROCAL_RANK, groups=authors[half:], unit="query"
        )
        choice = choose(
            [
                Candidate(cell=cell, value=float(values.mean()), reads="vectors", seconds=SECONDS[cell])
                for cell, values in choosing.items()
            ],
            rule="cheapest",
            measure=RECIPROCAL_RANK,
            margin=None,
            errors=score_errors(choosing, groups=authors[:half]),
            otherwise="length",
        )
        cells = [
            CellResult(
                id=cell,
                label=cell,
                selection=float(choosing[cell].mean()),
                estimate=Estimate(value=float(scores.mean()), low=np.nan, high=np.nan, n=half),
                measures={"mrr": float(scores.mean())},
                verdict=family.verdicts[cell],
            )
            for cell, scores in held_out.items()
        ]
        return StudyResult(
            name="queries",
            folder=str(folder),
            measure="mrr",
            headline=[f"Use {choice.advised} & rank <well>."],
            cells=cells,
            family=family,
            choice=choice,
            winner=choice.advised,
            notes=[Note(level="info", title="20 authors", text="Their queries stay together.")],
            settings={"rules": list(self.rules)},
            made={"cells computed now": computed.new, "command": command},
        )

    def hand_over(self, finished: StudyResult, place: Path, *, progress: Any) -> None:
        place.mkdir(exist_ok=True)
        (place / "rule.json").write_text(json.dumps(finished.winner))


def own_section(result: StudyResult) -> Section:
    return Section(
        id="queries", title="Queries", nav="Queries", body=element("p", f"{len(result.cells)} rules")
    )


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def test_it_is_computed_judged_chosen_handed_over_and_shown(folder):
    said, steps = [], []
    result = complete(
        Ranking(queries()),
        folder,
        say=said.append,
        progress=lambda step: steps.append((step.stage, step.done, step.total)),
        finish=lambda found: write_page(
            render_study(found, about="ranking", sections=[own_section(found)]), folder.report
        ),
        command="rank",
    )
    assert said == ["80 queries, 4 cells left"]
    assert steps[:3] == [("fitting length", 0, 4), ("fitting length", 1, 4), ("fitting first word", 1, 4)]
    assert result.family.verdicts["shared words"].word == "better"
    assert result.family.verdicts["shared words"].groups == 20
    assert "query" in result.family.test or "groups" in result.family.test
    assert (result.choice.best, result.winner) == (
        "shared words",
        "shared words",
    )  # a sixtieth of the slow one's cost
    assert json.loads((folder.winner / "rule.json").read_text()) == "shared words"
    whole = pq.read_table(folder.predictions)
    assert whole.num_rows == 4 * 40
    page = folder.report.read_text()
    assert "Use shared words &amp; rank &lt;well&gt;." in page
    for part in ('id="queries"', 'id="notes"', 'id="making"', "20 authors", "cells computed now"):
        assert part in page


def test_without_sections_of_its_own_the_page_shows_the_verdicts(folder):
    result = complete(Ranking(queries()), folder)
    page = render_study(result, about="ranking", measure=RECIPROCAL_RANK)
    assert ">MRR<" in page
    assert (
        page.count('class="chip better"')
        == sum(v.word == "better" for v in result.family.verdicts.values())
        > 0
    )
    assert "Holm-corrected over 3 comparisons" in page


def test_the_advised_cell_is_the_cheapest_that_is_not_behind(folder):
    result = complete(Ranking(queries(), rules=("length", "shared, slowly", "shared words")), folder)
    assert result.choice.best == "shared, slowly"  # the first of two equals
    assert result.winner == "shared words"
    assert result.choice.by_cost


def test_it_goes_on_where_it_was_stopped_and_grows(folder, tmp_path):
    killed = Ranking(queries(), rules=("length", "first word", "shared words"), fails="shared words")
    with pytest.raises(KeyboardInterrupt):
        complete(killed, folder)
    assert not folder.predictions.exists()
    again = Ranking(queries(), rules=("length", "first word", "shared words"))
    result = complete(again, folder)
    assert again.computed == ["shared words"]
    assert result.made["cells computed now"] == 1
    whole = complete(Ranking(queries(), rules=again.rules), RunFolder(tmp_path / "whole"))
    assert repr(whole.family) == repr(result.family)
    grown = Ranking(queries())
    complete(grown, folder)
    assert grown.computed == ["shared, slowly"]


def test_another_study_is_refused(folder):
    complete(Ranking(queries()), folder)
    with pytest.raises(ConfigError, match="holds another study: the data file or its columns are others"):
        complete(Ranking(queries(), digest="d2"), folder)


def test_the_shell_imports_no_head():
    """What a kind of study needs must be had without the heads; probes may only be asked for its threads."""
    code = (
        "import sys, semascope.studies.run, semascope.studies.folder, semascope.studies.choosing, semascope.studies.result,"
        " semascope.reports.page\n"
        "print([m for m in sys.modules if m.startswith(('semascope.studies.heads', 'semascope.reports.heads',"
        " 'semascope.encoders', 'semascope.probes')) and m not in ('semascope.probes', 'semascope.probes.threads')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

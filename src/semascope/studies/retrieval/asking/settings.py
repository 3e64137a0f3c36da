"""What a study of retrieval asks: its file, validated. Flags of the command line have the same names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from semascope.data.settings_file import Names, Seed, Settings, Widths, as_list
from semascope.errors import ConfigError
from semascope.retrieval.cutting.passages import PassageLength
from semascope.retrieval.disturbing import read_way
from semascope.retrieval.measuring.measures import QueryMeasure  # noqa: TC001 - pydantic resolves the annotations of a model
from semascope.retrieval.measuring.naming import DEFAULT, query_measure
from semascope.studies.retrieval.asking.given import GivenRun
from semascope.types import Precision, Rule  # noqa: TC001 - pydantic reads them
from semascope.words import settings
from semascope.words.settings import GRID, JUDGED, ROLES, Setting


def _mean_measure(name: str) -> str:
    """The name as it is written here; refuses what is no mean."""
    measure = query_measure(name)
    if not measure.is_mean:
        raise ConfigError(
            f"measure {measure.name!r} is no mean over queries, and verdicts are about means; take {DEFAULT}"
        )
    return measure.name


def _ways(given: list[str]) -> list[str]:
    """Ways to disturb, also where commas part them."""
    return list(dict.fromkeys(read_way(one) for written in given for one in written.split(",")))


def _column(says: str) -> Setting:
    return Setting(takes="COLUMN", says=says, panel=ROLES)


class RetrievalStudy(Settings):
    """Everything that can change a number of a study of retrieval."""

    what = "study file"
    needs = "a study of retrieval needs data"

    data: Path  # folder of a collection, or table of pairs
    query: Annotated[
        str | None, _column("In a table of pairs, the column of the query; without it the data is a folder")
    ] = None
    document: Annotated[str | None, _column("Its column of the document that answers the query")] = None
    grade: Annotated[
        str | None, _column("Its column of how well the document does so, 0 or more; none: it does")
    ] = None
    qrels: Annotated[
        list[Path],
        BeforeValidator(as_list),
        Setting(
            takes="FILE",
            says="Judgements beside those of the folder; the name of a file is its split",
            panel=ROLES,
        ),
    ] = Field(default=[])
    slice: Annotated[
        str | None,
        _column(
            "Of the documents, their topic: the report says where documents of another one stand above the right one"
        ),
    ] = None
    encoder: Annotated[
        Names,
        replace(
            settings.ENCODER,
            takes="[NAME=]ENCODER",
            says="minilm, a folder, a hub id, api:PROVIDER/MODEL, hash:16; bm25 or bm25:k1=0.9,b=0.4;"
            " hybrid:minilm+bm25 by ranks, hybrid:minilm+bm25,way=sum by scores",
            by_default="all packaged ones",
        ),
    ] = Field(default=[])
    instruction: Annotated[
        Names,
        BeforeValidator(lambda given: as_list(given) or ["default"]),
        replace(settings.INSTRUCTION, says="Of queries alone: a preset or your own sentence"),
    ] = Field(default=["default"])
    long: Annotated[Names, BeforeValidator(lambda given: as_list(given) or ["truncate"]), settings.LONG] = (
        Field(default=["truncate"])
    )
    dim: Annotated[Widths, replace(settings.DIM, by_default="each encoder's full width")] = Field(default=[])
    passage: Annotated[
        Names,
        BeforeValidator(lambda given: [str(one) if isinstance(one, int) else one for one in as_list(given)]),
        AfterValidator(lambda given: [PassageLength.read(one).label for one in given]),
        Setting(
            takes="TOKENS[/OVERLAP]",
            says="Cut documents into passages of so many tokens, beside whole ones; a document counts as its best passage",
            panel=GRID,
        ),
    ] = Field(default=[])
    run: Annotated[
        list[GivenRun],
        BeforeValidator(lambda given: [GivenRun.read(one) for one in as_list(given)]),
        PlainSerializer(lambda given: [one.written() for one in given]),
        Setting(
            takes="[NAME=]FILE",
            says="What another system found: a TREC run, judged beside the cells",
            panel=GRID,
        ),
    ] = Field(default=[])
    no_bm25: Annotated[
        bool, Setting(says="Leave BM25 out: the first cell is then what others are held against", panel=GRID)
    ] = False
    measure: Annotated[
        str,
        AfterValidator(_mean_measure),
        Setting(takes="NAME", says="nDCG@10, R@100, P@5, RR@10, AP, Success@1, ...", panel=JUDGED),
    ] = DEFAULT
    margin: Annotated[
        float | None,
        Field(gt=0, lt=1),
        Setting(says="Differences smaller than this count as none", panel=JUDGED, by_default="0.02 or less"),
    ] = None
    ask: Annotated[
        bool,
        Setting(
            says="Judge on the terminal what can still change a difference; every answer is saved, the same command goes on",
            panel=JUDGED,
        ),
    ] = False
    judge: Annotated[
        Path | None,
        Setting(
            takes="FILE",
            says="Judgements by a machine (query, document, grade), corrected by those of a person that --ask brings",
            panel=JUDGED,
        ),
    ] = None
    choose: Annotated[
        Rule,
        Setting(
            says="What to advise: the cheapest cell not clearly behind the best on the choosing queries, or the best",
            panel=JUDGED,
        ),
    ] = "cheapest"
    perturb: Annotated[
        Names,
        AfterValidator(_ways),
        Setting(
            takes="WAY",
            says="Ask the same queries disturbed: typos, case, accents, or column:NAME of rewritten ones",
            panel=JUDGED,
        ),
    ] = Field(default=[])
    seed: Annotated[Seed, settings.SEED] = 42
    limit: Annotated[
        int | None,
        Field(ge=2),
        replace(settings.LIMIT, says="Ask a random sample of N judged queries; all documents stay"),
    ] = None
    precision: Annotated[Precision, settings.PRECISION] = "auto"

    @model_validator(mode="after")
    def _both_columns(self) -> Self:
        if (self.query is None) != (self.document is None):
            given, missing = ("query", "document") if self.document is None else ("document", "query")
            raise ConfigError(
                f"{given} is given and {missing} is not; a table of pairs needs both columns, a folder none; add --{missing}"
            )
        if self.grade is not None and self.query is None:
            raise ConfigError(
                "grade is given without query and document; it is a column of a table of pairs; add --query and --document"
            )
        if self.qrels and self.query is not None:
            raise ConfigError(
                "qrels is given beside query and document; a table of pairs holds its own judgements; leave out one of them"
            )
        return self

    @property
    def judged_here(self) -> bool:
        """Whether judgements are asked for, or come from a machine, instead of the collection alone."""
        return self.ask or self.judge is not None

    @property
    def measured_by(self) -> QueryMeasure:
        """The measure that verdicts are about."""
        return query_measure(self.measure)

    def digest(self) -> str:
        """Eight digits that tell this study from others: of all that changes a number."""
        values = self.model_dump(mode="json", exclude={"choose", "ask", "judge"})
        values |= {"data": str(self.data.resolve()), "qrels": self._judgements()}
        if self.judged_here:  # one folder, whoever judges
            values["judged_here"] = True
        return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=4).hexdigest()

    def to_yaml(self, **resolved: Any) -> str:
        """The study file that gives these settings again from any working directory."""
        values = self.model_dump(mode="json") | {
            "data": str(self.data.resolve()),
            "qrels": self._judgements(),
            "judge": None if self.judge is None else str(self.judge.expanduser().resolve()),
        }
        values |= resolved
        return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)

    def _judgements(self) -> list[str]:
        return [str(path.expanduser().resolve()) for path in self.qrels]

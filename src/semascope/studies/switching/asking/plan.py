"""What somebody asks who may switch: settings, validated; the flags of the command line have the same names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from semascope.data.settings_file import Names, Seed, Settings, as_list
from semascope.errors import ConfigError
from semascope.types import Precision, Quoting  # noqa: TC001 - pydantic reads it
from semascope.words import settings
from semascope.words.settings import COMPUTED, JUDGED, ROLES, Setting

MARGIN = 0.02  # of a share of neighbours, where none was asked for


def _column(says: str) -> Setting:
    return Setting(takes="COLUMN", says=says, panel=ROLES)


def _queries(side: str) -> Setting:
    return Setting(
        takes="FILE",
        says=f"Of a collection whose documents' vectors are the file {side}, the vectors of its queries",
        panel=ROLES,
    )


def _of(setting: Setting, side: str, *, by_default: str = "") -> Setting:
    return replace(setting, says=f"{setting.says}, of {side}", by_default=by_default)


class SwitchPlan(Settings):
    """Everything that can change an answer to "may I switch?"."""

    what = "switch file"
    needs = "it needs old, new and data"

    old: str  # an encoder, or a file of vectors of the rows of ``data``
    new: str
    data: Path  # table of texts, folder of a collection, or table of pairs
    text: Annotated[Names, settings.TEXT] = Field(default=[])
    target: Annotated[
        Names, _column("Column to predict: heads of both spaces are judged on the same rows")
    ] = Field(default=[])
    group: Annotated[str | None, _column("Rows of one group stay on one side of the split")] = None
    quoting: Annotated[Quoting, settings.QUOTING] = "auto"
    query: Annotated[str | None, _column("In a table of pairs, the column of the query")] = None
    document: Annotated[str | None, _column("Its column of the document that answers the query")] = None
    grade: Annotated[
        str | None, _column("Its column of how well the document does so, 0 or more; none: it does")
    ] = None
    qrels: Annotated[
        list[Path],
        BeforeValidator(as_list),
        Setting(takes="FILE", says="Judgements beside those of the folder", panel=ROLES),
    ] = Field(default=[])
    old_dim: Annotated[int | None, Field(ge=1), _of(settings.DIM, "OLD", by_default="its full width")] = None
    new_dim: Annotated[int | None, Field(ge=1), _of(settings.DIM, "NEW", by_default="its full width")] = None
    old_queries: Annotated[Path | None, _queries("OLD")] = None
    new_queries: Annotated[Path | None, _queries("NEW")] = None
    old_instruction: Annotated[str, _of(settings.INSTRUCTION, "OLD")] = "default"
    new_instruction: Annotated[str, _of(settings.INSTRUCTION, "NEW")] = "default"
    old_precision: Annotated[Precision, _of(settings.PRECISION, "OLD")] = "auto"
    new_precision: Annotated[Precision, _of(settings.PRECISION, "NEW")] = "auto"
    measure: Annotated[
        Names,
        Setting(
            takes="NAME",
            says="What tasks are judged by: mae, accuracy, nDCG@10 and others; one each for numbers, classes, queries",
            panel=JUDGED,
        ),
    ] = Field(default=[])
    margin: Annotated[
        float | None,
        Field(gt=0, lt=1),
        Setting(
            takes="X",
            says="Differences smaller than this count as none: of a measure or a share of neighbours as they are, of an"
            " error as a share of OLD's",
            panel=JUDGED,
            by_default="0.02 or less, of an error 0.05",
        ),
    ] = None
    k: Annotated[
        int, Field(ge=1), Setting(takes="N", says="Neighbours of a text that are compared", panel=JUDGED)
    ] = 10
    test_size: Annotated[
        float,
        Field(gt=0, lt=1),
        Setting(
            takes="SHARE", says="Share of the rows that judges; the others train the heads", panel=JUDGED
        ),
    ] = 0.5
    limit: Annotated[int | None, Field(ge=2), settings.LIMIT] = None
    seed: Annotated[Seed, settings.SEED] = 42
    price: Annotated[float | None, Field(gt=0, allow_inf_nan=False), settings.PRICE] = None
    device: Annotated[str, replace(settings.DEVICE, panel=COMPUTED)] = "auto"
    trust_remote_code: Annotated[bool, settings.TRUST_REMOTE_CODE] = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.query is None) != (self.document is None):
            given, missing = ("query", "document") if self.document is None else ("document", "query")
            raise ConfigError(
                f"{given} is given and {missing} is not; a table of pairs needs both columns, a folder none; add --{missing}"
            )
        if self.is_pairs and (self.text or self.target):
            given = "text" if self.text else "target"
            raise ConfigError(
                f"{given} and query are given; a file is a table of texts or one of pairs; leave one of them out"
            )
        both = [name for name in self.target if name in self.text]
        if both:
            raise ConfigError(
                f"column {both[0]!r} is a text and a target; a head would read its own answer; name it once"
            )
        return self

    @property
    def is_pairs(self) -> bool:
        """Whether the file is a table of pairs of a query and a document."""
        return self.query is not None

    @property
    def overlap_margin(self) -> float:
        """How much less than 1 a share of common neighbours may be and still count as all."""
        return MARGIN if self.margin is None else self.margin

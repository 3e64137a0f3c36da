"""What a mining asks: its settings, validated; a YAML file and the flags of the command line have the same names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field

from semascope.data.settings_file import Names, Seed, Settings, as_list
from semascope.encoders.instructions import parse_instruction
from semascope.errors import ConfigError
from semascope.tuning.contrastive.mining_settings import Choice, Mining
from semascope.types import Precision  # noqa: TC001 - pydantic reads it
from semascope.words import settings
from semascope.words.settings import JUDGED, ROLES, Setting

MINED = "What is taken"
_USUAL = Mining()


def _column(says: str) -> Setting:
    return Setting(takes="COLUMN", says=says, panel=ROLES)


def _taken(says: str, takes: str | None = None) -> Setting:
    return Setting(takes=takes, says=says, panel=MINED)


class MinePlan(Settings):
    """Everything that can change which hard negatives are found."""

    what = "mining file"
    needs = "a mining needs data"

    data: Path  # folder of a collection, or table of pairs
    query: Annotated[
        str | None, _column("In a table of pairs, the column of the query; without it the data is a folder")
    ] = None
    document: Annotated[str | None, _column("Its column of the document that answers the query")] = None
    grade: Annotated[
        str | None,
        _column("Its column of how well the document does so; at 0 it does not, and no pair is made"),
    ] = None
    split_column: Annotated[
        str | None, _column("Its column of the split of each pair, such as train and test")
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
    split: Annotated[
        Names,
        Setting(
            takes="NAME",
            says="Split whose pairs get hard negatives; what the others ask for is none",
            panel=ROLES,
            by_default="train where there is one, else all",
        ),
    ] = Field(default=[])
    encoder: Annotated[str, replace(settings.ENCODER, by_default="the packaged one")] = ""
    instruction: Annotated[
        str, replace(settings.INSTRUCTION, says="Of queries alone: a preset or your own sentence")
    ] = "default"
    count: Annotated[int, _taken("Hard negatives of a pair, at most", "N")] = _USUAL.count
    depth: Annotated[int, _taken("Best documents by vectors, and by words, that are looked at", "N")] = (
        _USUAL.depth
    )
    skip: Annotated[
        int, _taken("Best documents of each that are passed over, as they may answer unmarked", "N")
    ] = _USUAL.skip
    margin: Annotated[
        float, _taken("How much farther from the query than the answer one must be, in cosine", "COSINE")
    ] = _USUAL.margin
    relative: Annotated[
        float, _taken("The same as a share of the answer's similarity; both add up", "SHARE")
    ] = _USUAL.relative
    choice: Annotated[
        Choice, _taken("Among those that may be taken: at random, or the best ranks first, which are harder")
    ] = _USUAL.choice
    no_bm25: Annotated[bool, _taken("Look by vectors alone")] = False
    limit: Annotated[
        int | None,
        Field(ge=1),
        replace(settings.LIMIT, says="Mine for a random sample of N pairs; all documents stay"),
    ] = None
    seed: Annotated[Seed, replace(settings.SEED, panel=JUDGED)] = 42
    precision: Annotated[Precision, settings.PRECISION] = "auto"
    device: Annotated[str, settings.DEVICE] = "auto"
    trust_remote_code: Annotated[bool, settings.TRUST_REMOTE_CODE] = False

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Self:
        """As for all settings; what does not go together is refused, and so is a value that cannot be used."""
        plan = super().from_mapping(values)
        if (plan.query is None) != (plan.document is None):
            given, missing = ("query", "document") if plan.document is None else ("document", "query")
            raise ConfigError(
                f"{given} is given and {missing} is not; a table of pairs needs both columns, a folder none; add --{missing}"
            )
        for name in ("grade", "split_column"):
            if plan.query is None and getattr(plan, name) is not None:
                flag = name.replace("_", "-")
                raise ConfigError(
                    f"{flag} is given without query and document; it is a column of a table of pairs; add --query and --document"
                )
        if plan.qrels and plan.query is not None:
            raise ConfigError(
                "qrels is given beside query and document; a table of pairs holds its own judgements; leave out one of them"
            )
        assert plan.mining and plan.sentence is not None
        return plan

    @property
    def mining(self) -> Mining:
        """Which candidates are taken."""
        return Mining(
            count=self.count,
            depth=self.depth,
            skip=self.skip,
            margin=self.margin,
            relative=self.relative,
            choice=self.choice,
        )

    @property
    def sentence(self) -> str:
        """Of the instruction of queries; "" for none."""
        return parse_instruction(self.instruction).sentence

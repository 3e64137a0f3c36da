"""What a tuning asks: its settings, validated; a YAML file and the flags of the command line have the same names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from semascope.data.settings_file import Names, Seed, Settings, as_list
from semascope.encoders.catalogue import default_encoder
from semascope.encoders.instructions import parse_instruction
from semascope.errors import ConfigError
from semascope.retrieval.measuring.naming import DEFAULT, query_measure
from semascope.studies.tuned.judging.general import GeneralSet
from semascope.tuning.contrastive.mining_settings import Mining
from semascope.tuning.recipe import NetworkRecipe
from semascope.types import Precision  # noqa: TC001 - pydantic reads it
from semascope.words import settings
from semascope.words.settings import JUDGED, OUTPUT, ROLES, TRAINED, Setting

_MINED = {"choice": "first", "margin": 0.05}
"""How hard negatives are chosen: drawn at random among a hundred most are easy (docs/mining.md)."""
_OF_PAIRS = {
    "mine": 0,
    "mining": {},
    "divide": "query",
    "time": None,
    "both": True,
    "shared": True,
    "hardness": 0.0,
    "too_near": None,
}
"""Settings that only pairs have, and what each is unless it is given."""
EPOCHS = {"pairs": 3, "labels": 5}


def _column(says: str) -> Setting:
    return Setting(takes="COLUMN", says=says, panel=ROLES)


def _shares(given: Any) -> Any:
    """``main=0.5`` as flags have it, or a mapping."""
    if isinstance(given, dict):
        return given
    found = {}
    for written in as_list(given):
        role, equals, share = str(written).rpartition("=")
        try:
            found[role] = float(share)
        except ValueError:
            equals = ""
        if not equals or not role:
            raise ConfigError(
                f"share is {written!r}; it must be ROLE=SHARE; write for example main=0.5"
            ) from None
    return found


class TunePlan(NetworkRecipe, Settings):
    """Everything that can change a number of a tuning."""

    what = "tuning file"
    needs = "a tuning needs data, and query and document, or text and label"

    data: Path  # table of pairs or of labelled texts, or a folder with queries and judgements
    query: Annotated[
        str | None,
        _column(
            "In a table of pairs, the column of the query; a folder with queries and judgements has none"
        ),
    ] = None
    document: Annotated[str | None, _column("Its column of the document that answers the query")] = None
    grade: Annotated[
        str | None,
        _column("Its column of how well the document does so: 0 is a wrong answer, others weigh pairs"),
    ] = None
    negative: Annotated[
        Names, _column("Its column of a wrong answer to the query, or of a list of them: triplets")
    ] = Field(default=[])
    qrels: Annotated[
        list[Path],
        BeforeValidator(as_list),
        Setting(
            takes="FILE",
            says="Judgements beside those of the folder; the name of a file is its split",
            panel=ROLES,
        ),
    ] = Field(default=[])
    text: Annotated[Names, settings.TEXT] = Field(default=[])
    label: Annotated[
        str | None,
        _column("What texts are of: those of one label shall lie together; instead of query and document"),
    ] = None
    role: Annotated[
        str | None,
        _column("What each pair is to the study, such as main, soft, hard: batches hold set shares of each"),
    ] = None
    share: Annotated[
        Annotated[dict[str, float], BeforeValidator(_shares)],
        Setting(
            takes="ROLE=SHARE",
            says="Share of a role in every batch",
            panel=ROLES,
            by_default="as the rows have it",
        ),
    ] = Field(default={})
    repeat: bool = (
        False  # whether a role that has too few rows for its share stands in several batches of an epoch
    )
    group: Annotated[
        str | None, _column("What belongs together, such as a paper or its authors: it stays on one side")
    ] = None
    divide: Annotated[
        Literal["query", "document", "time"],
        Setting(
            says="What is kept apart: queries; queries and all documents that answer them; or older and newer ones by --time",
            panel=JUDGED,
        ),
    ] = "query"
    time: Annotated[str | None, _column("When a pair is from: the newest ones judge")] = None

    encoder: Annotated[
        str,
        replace(
            settings.ENCODER,
            says="What is tuned: minilm, e5-small-q4, a folder or a hub id",
            panel=TRAINED,
            by_default="the packaged default",
        ),
    ] = ""
    instruction: Annotated[
        str, replace(settings.INSTRUCTION, says="Of queries: a preset or your own sentence", panel=TRAINED)
    ] = "default"

    batch: Annotated[
        int,
        Field(ge=2, le=65_536),
        Setting(
            takes="N", says="Pairs, or texts, that are contrasted with each other in a step", panel=TRAINED
        ),
    ] = 64
    mini_batch: Annotated[
        int | None,
        Field(ge=1),
        Setting(
            takes="TOKENS",
            says="Tokens that go through the network at once: memory, and numbers by rounding and dropout alone",
            panel=TRAINED,
            by_default="4,096; 32,768 on a GPU",
        ),
    ] = None
    accumulate: int = Field(
        default=1, ge=1
    )  # batches that are one step: of an in-batch loss, one larger batch
    epochs: Annotated[
        int | None,
        Field(ge=1, le=1000),
        Setting(takes="N", says="Passes over all rows, at most", panel=TRAINED, by_default="3; 5 of labels"),
    ] = None
    steps: Annotated[
        int | None, Field(ge=1), Setting(takes="N", says="Steps instead of epochs", panel=TRAINED)
    ] = None
    patience: Annotated[int, Field(ge=1)] = (
        3  # looks without a better measure on the choosing queries before it ends
    )
    look_every: Annotated[int | None, Field(ge=1)] = (
        None  # steps between two looks; None: an epoch, 50 at most
    )
    look_documents: Annotated[int, Field(ge=2)] = (
        500  # that the choosing queries are asked of in a look, at most
    )
    temperature: Annotated[
        float, Field(gt=0, le=10), Setting(takes="NUMBER", says="Cosines are divided by it", panel=TRAINED)
    ] = 0.05
    both: bool = True  # whether a document shall find its query too
    hardness: Annotated[float, Field(ge=0, le=10)] = 0.0  # how much more the nearer wrong answers count
    too_near: Annotated[float | None, Field(ge=0, le=2)] = (
        None  # a wrong answer nearer than the right one by more is none
    )
    shared: bool = True  # whether hard negatives of one query are wrong answers to the others too
    widths: Annotated[
        list[Annotated[int, Field(ge=1)]],
        BeforeValidator(as_list),
        Setting(takes="DIM", says="Widths that shall do well too (Matryoshka)", panel=TRAINED),
    ] = Field(default=[])
    mine: Annotated[
        int,
        Field(ge=0, le=100),
        Setting(
            takes="N",
            says="Hard negatives of each pair, mined from BM25 and the encoder as it is",
            panel=TRAINED,
        ),
    ] = 0
    mining: dict[str, Any] = Field(
        default={}
    )  # depth, skip, margin, relative, choice: as ``semascope mine`` has them

    test_size: Annotated[
        float,
        Field(gt=0, lt=1),
        Setting(takes="SHARE", says="Share of the queries, or texts, that judge", panel=JUDGED),
    ] = 0.2
    choosing: Annotated[float, Field(gt=0, lt=1)] = 0.1  # share of all queries that say when to stop
    measure: Annotated[
        str,
        AfterValidator(lambda name: query_measure(name).name),
        Setting(takes="NAME", says="nDCG@10, R@100, RR@10, Success@1, ...", panel=JUDGED),
    ] = DEFAULT
    margin: Annotated[
        float | None,
        Field(gt=0, lt=1),
        Setting(says="Differences smaller than this count as none", panel=JUDGED, by_default="0.02 or less"),
    ] = None
    final: Annotated[
        bool,
        Setting(
            says="Train once more in the end, on all pairs or texts, those that judged too, for as long as did best: final/, which"
            " nobody judges",
            panel=TRAINED,
        ),
    ] = False
    general: Annotated[
        list[GeneralSet],
        BeforeValidator(lambda given: [GeneralSet.read(one) for one in as_list(given)]),
        PlainSerializer(lambda given: [one.written() for one in given]),
        Setting(
            takes="SET",
            says="A set of another kind, on which nothing should have been forgotten: FOLDER, FILE,query=COLUMN,document=COLUMN,"
            " FILE,text=COLUMN,target=COLUMN or FILE,left=COLUMN,right=COLUMN,score=COLUMN",
            panel=JUDGED,
            by_default="the packaged sample",
        ),
    ] = Field(default=[])
    seed: Annotated[Seed, settings.SEED] = 42
    limit: Annotated[
        int | None, Field(ge=2), replace(settings.LIMIT, says="Use a random sample of N pairs or texts")
    ] = None
    precision: Annotated[Precision, settings.PRECISION] = "auto"
    name: Annotated[
        str, Setting(takes="NAME", says="What the tuned encoder is called in tables", panel=OUTPUT)
    ] = "tuned"

    @field_validator("instruction")
    @classmethod
    def _known(cls, written: str) -> str:
        parse_instruction(written)
        return written

    @field_validator("name")
    @classmethod
    def _a_name(cls, written: str) -> str:
        if not written.strip() or "=" in written or "/" in written:
            raise ConfigError(
                f"name is {written!r}; it must be a word without = and /; write for example ours"
            )
        return written

    @model_validator(mode="after")
    def _one_flavour(self) -> Self:
        pairs = [name for name in ("query", "document", "grade", "negative", "qrels") if getattr(self, name)]
        if self.label is not None and pairs:
            raise ConfigError(
                f"label is given beside {pairs[0]}; texts of one label are drawn together, or queries to their documents; leave"
                " out one"
            )
        of_pairs = [name for name, usual in _OF_PAIRS.items() if getattr(self, name) != usual]
        if self.label is not None and of_pairs:
            raise ConfigError(
                f"{of_pairs[0]} is given beside label; it is about queries and their documents, and every text of another label is a wrong"
                f" answer; leave out {of_pairs[0]}"
            )
        if (self.query is None) != (self.document is None):
            given, missing = ("query", "document") if self.document is None else ("document", "query")
            raise ConfigError(
                f"{given} is given and {missing} is not; a table of pairs needs both columns, a folder none; add --{missing}"
            )
        in_table = [name for name in ("grade", "negative") if getattr(self, name)]
        if in_table and self.query is None:
            raise ConfigError(
                f"{in_table[0]} is given without query and document; it is a column of a table of pairs, and a folder's judgements hold"
                f" its grades; add --query and --document, or leave out --{in_table[0]}"
            )
        if self.qrels and self.query is not None:
            raise ConfigError(
                "qrels is given beside query and document; a table of pairs holds its own judgements; leave out one of them"
            )
        if self.label is not None and not self.text:
            raise ConfigError("label is given and text is not; labelled texts need both columns; add --text")
        if self.text and self.label is None:
            raise ConfigError(
                "text is given and label is not; labelled texts need both; add --label, or --query and --document for pairs"
            )
        if self.label is not None and (self.role or self.share):
            raise ConfigError(
                "label and role are given; labels are the roles of labelled texts; leave out --role and --share"
            )
        if self.share and self.role is None:
            raise ConfigError(
                "share is given and role is not; shares are of roles, which a column names; add --role, or leave out --share"
            )
        return self

    @model_validator(mode="after")
    def _judged(self) -> Self:
        if (self.divide == "time") != (self.time is not None):
            raise ConfigError(
                f"divide is {self.divide!r} and time is {self.time!r}; dividing by time needs its column, and no other division has one;"
                " give --divide time and --time COLUMN"
            )
        if self.epochs is not None and self.steps is not None:
            raise ConfigError("epochs and steps are given; one says how long it takes; leave out the other")
        if self.test_size + self.choosing >= 1:
            raise ConfigError(
                f"test_size is {self.test_size:g} and choosing {self.choosing:g}; nothing is left to learn from; lower one"
            )
        if not query_measure(self.measure).is_mean:
            raise ConfigError(
                f"measure {self.measure!r} is no mean over queries, and verdicts are about means; take {DEFAULT}"
            )
        self.mined_by()
        return self

    @property
    def flavour(self) -> Literal["pairs", "labels"]:
        """What is learnt from."""
        return "pairs" if self.label is None else "labels"

    @property
    def base(self) -> str:
        """What is tuned."""
        return self.encoder or default_encoder()

    @property
    def sentence(self) -> str:
        """Of the instruction of queries; "" for none."""
        return parse_instruction(self.instruction).sentence

    @property
    def effective_batch(self) -> int:
        """Rows that are contrasted with each other in a step."""
        return self.batch * self.accumulate

    def mined_by(self) -> Mining | None:
        """How hard negatives are mined; None where none are asked for.

        Raises
        ------
        ConfigError
            For a setting that there is not.
        """
        known = {"depth", "skip", "margin", "relative", "choice"}
        odd = sorted(self.mining.keys() - known)
        if odd:
            raise ConfigError(
                f"setting {odd[0]!r} of mining is unknown; known are {', '.join(sorted(known))}; remove it"
            )
        return Mining(**{**_MINED, **self.mining, "count": self.mine}) if self.mine else None

    def steps_of(self, a_epoch: int) -> int:
        """How many steps there are at most."""
        return self.steps or a_epoch * (self.epochs or EPOCHS[self.flavour])

    def round_of(self, a_epoch: int) -> int:
        """Steps between two looks."""
        return self.look_every or min(a_epoch, 50)

    def deciding(self) -> dict[str, Any]:
        """Plain values that decide every step of the training and which look is kept, beside the data, its judgements and the encoder."""
        unasked = {"data", "qrels", "encoder", "general", "margin", "merge", "name", "mini_batch", "final"}
        if self.flavour == "labels":
            unasked.add("measure")  # of a search
        return self.model_dump(mode="json", exclude=unasked)

    def digest(self) -> str:
        """Eight digits that tell this tuning from others."""
        values = self.model_dump(mode="json") | {"data": str(self.data.resolve())}
        return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=4).hexdigest()

    def to_yaml(self, **resolved: Any) -> str:
        """The file that gives these settings again from any working directory."""
        values = self.model_dump(mode="json") | {"data": str(self.data.expanduser().resolve()), **resolved}
        values["qrels"] = [str(path.expanduser().resolve()) for path in self.qrels]
        values["general"] = [one.written() | {"data": str(one.path.resolve())} for one in self.general]
        return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)

"""What a study asks: the study file, validated. Flags of the command line have the same names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from semascope.data.settings_file import Names, Seed, Settings, Widths, as_list, read_settings
from semascope.studies.heads.asking.beside import AnswerColumns, Bands, Reference
from semascope.tuning.recipe import Tuned
from semascope.types import Kind, Precision, Quoting, Rule
from semascope.words import settings
from semascope.words.settings import GRID, JUDGED, ROLES, Setting


def _or(default: str) -> Any:
    """Takes an empty list as ``default`` alone."""
    return AfterValidator(lambda names: names or [default])


def _column(says: str, *, by_default: str = "") -> Setting:
    return Setting(takes="COLUMN", says=says, panel=ROLES, by_default=by_default)


def _judged(takes: str | None, says: str, *, by_default: str = "") -> Setting:
    return Setting(takes=takes, says=says, panel=JUDGED, by_default=by_default)


ADDED = ("tuned", "vectors", "predictions", "curve")
"""Cells beside the grid: a study without any is called as it was before there were such cells."""
COMPUTES_NOTHING = ("choose", "keep", "reference", "bands", "price")
"""What is said of the cells, and no part of what a study is called."""
Columns = Annotated[Names, Field(min_length=1)]
AskedKind = Annotated[Kind | None, BeforeValidator(lambda value: None if value == "auto" else value)]


def _in_another_unit(asked: object, written: object) -> bool:
    """Whether the margins of two measures by name, both known, are a share of an error here and a difference there."""
    from semascope.stats.measures import all_measures

    known = {
        one.name: one.lower_is_better for kind in get_args(Kind) for one in all_measures(kind, positive=0)
    }
    turned = [known[name] for name in (asked, written) if isinstance(name, str) and name in known]
    return len(set(turned)) > 1


class Study(Settings):
    """Everything that can change a number of a study; nothing that cannot.

    Empty lists and None take the default that is described; what was taken is written to ``study.yaml`` in the run folder.
    """

    what = "study file"
    needs = "a study needs data, text and target"

    data: Path  # table of texts
    text: Annotated[Columns, settings.TEXT]
    target: Annotated[Columns, _column("Column to predict")]
    quoting: Annotated[Quoting, settings.QUOTING] = "auto"
    group: Annotated[str | None, _column("Rows of one group stay on one side of every split")] = None
    slice: Annotated[Names, _column("Report results for each value of this column")] = Field(default=[])
    split_column: Annotated[str | None, _column("Column with a split of your own: train, val, test")] = None
    language_column: Annotated[
        str | None,
        _column(
            "Column with the language of each row", by_default="the column lang or language, else a detector,"
        ),
    ] = None
    # Without one: SEMASCOPE_ENCODER, or every packaged one that is installed
    encoder: Annotated[Names, replace(settings.ENCODER, by_default="all packaged ones")] = Field(default=[])
    instruction: Annotated[Names, _or("default"), settings.INSTRUCTION] = Field(default=["default"])
    long: Annotated[Names, _or("truncate"), settings.LONG] = Field(default=["truncate"])
    dim: Annotated[Widths, replace(settings.DIM, by_default="each encoder's full width")] = Field(default=[])
    head: Annotated[
        Names, Setting(takes="NAME", says="ridge, logistic, mlp, boosting, ...", by_default="all", panel=GRID)
    ] = Field(default=[])
    tuned: Annotated[
        list[Tuned],
        BeforeValidator(lambda given: [Tuned.read(one) for one in as_list(given)]),
        PlainSerializer(lambda given: [one.written() for one in given]),
        Setting(
            takes="MODEL[,SETTING=VALUE...]",
            says="A network tuned on the training rows: minilm; minilm,lora=16; minilm,epochs=6,name=longer",
            panel=GRID,
        ),
    ] = Field(default=[])
    predictions: Annotated[
        list[AnswerColumns],
        BeforeValidator(lambda given: [AnswerColumns.read(one) for one in as_list(given)]),
        PlainSerializer(lambda given: [one.written() for one in given]),
        Setting(
            takes="NAME=COLUMN",
            says="A column of the file that is judged like a cell: human=second_reader; of several targets human=COLUMN+COLUMN",
            panel=GRID,
        ),
    ] = Field(default=[])
    vectors: Annotated[
        Names,
        Setting(
            takes="NAME=FILE",
            says="Vectors that were computed elsewhere, as an encoder of that name: .npy, .npz, .parquet, .arrow",
            panel=GRID,
        ),
    ] = Field(default=[])
    kind: Annotated[
        AskedKind,
        _judged(
            "auto|regression|classification",
            "auto: numbers are a regression; strings, and one target of two numbers, a classification",
        ),
    ] = None
    headline: Annotated[
        str | None, _judged("COLUMN=VALUE", "Rows that the answer is about", by_default="all")
    ] = None
    positive: Annotated[str | None, _judged("CLASS", "Class whose F1 is reported")] = None
    measure: Annotated[
        str | None,
        _judged("NAME", "mae, mse, rmse, r2, spearman; accuracy, macro_f1, f1", by_default="mae or accuracy"),
    ] = None
    baseline: Annotated[
        str | None,
        _judged(
            "CELL",
            "Cell that the others are compared with",
            by_default="ridge or logistic on the first encoder without instruction",
        ),
    ] = None
    reference: Annotated[
        list[Reference],
        BeforeValidator(lambda given: [Reference.read(one) for one in as_list(given)]),
        PlainSerializer(lambda given: [one.written() for one in given]),
        _judged(
            "[NAME=]NUMBER",
            "A published figure without its rows, in the unit of the measure: 0.68; BERT=0.68",
        ),
    ] = Field(default=[])
    bands: Annotated[
        Bands | None,
        BeforeValidator(Bands.read),
        PlainSerializer(lambda given: given and given.written()),
        _judged(
            "A,B",
            "Two values of the measure between which the advised frozen cell is called partial; beyond them it is none, or closes the gap",
        ),
    ] = None
    margin: Annotated[
        float | None,
        Field(gt=0, allow_inf_nan=False),
        _judged(
            None,
            "Differences smaller than this count as none: a share of the baseline's error, or a difference for measures in [0, 1]",
        ),
    ] = None  # None: see docs/verdicts.md
    choose: Annotated[
        Rule,
        _judged(
            None,
            "What to advise: the cheapest cell not clearly behind the best on the training rows, or the best",
        ),
    ] = "cheapest"
    keep: Annotated[
        Literal["winner", "all"],
        Setting(
            takes="winner|all",
            says="What to keep as scorers: the advised cell, or every cell beside its predictions (cells/NAME/scorer)",
            panel=settings.OUTPUT,
        ),
    ] = "winner"
    test_size: Annotated[float, Field(gt=0, lt=1), _judged(None, "Share of rows to hold out")] = 0.2
    repeats: Annotated[
        int | None,
        Field(ge=1),
        _judged(
            "R",
            "Repeat the split R times, for claims about the recipe; 15 where fewer than 300 rows are held out",
        ),
    ] = None
    curve: Annotated[
        Widths,
        _judged("N", "Training rows to learn from beside all of them: what fewer reach, and what more would"),
    ] = Field(default=[])
    race: Annotated[
        bool,
        Setting(
            says="Race the cells on samples of the training rows: what falls behind is not encoded further",
            panel=settings.COMPUTED,
        ),
    ] = False
    race_confidence: Annotated[
        float,
        Field(gt=0.5, lt=1),
        Setting(
            takes="P",
            says="That a cell is not left behind by one that it is better than by more than the margin",
            panel=settings.COMPUTED,
        ),
    ] = 0.95
    seed: Annotated[Seed, settings.SEED] = 42
    limit: Annotated[int | None, Field(ge=1), settings.LIMIT] = None
    precision: Annotated[Precision, settings.PRECISION] = "auto"
    price: Annotated[float | None, Field(gt=0, allow_inf_nan=False), settings.PRICE] = None

    @classmethod
    def from_yaml(cls, path: Path, **overrides: Any) -> Self:
        """As for all settings. What means something else beside ``overrides`` goes or keeps its meaning.

        Where they name encoders or vectors, the file's baseline keeps the one that it was written for. Its own files of
        vectors are looked up beside it, as its data is. With a measure whose margin
        is in another unit than that of the file's measure (a share of an error, a difference) the file's margin goes.
        """
        # late: the help of the flags needs no encoders
        from semascope.studies.encoder_names import GIVEN, ask_given, with_source

        file = read_settings(path, what=cls.what)
        listed = as_list(file.get("vectors"))
        given = [ask_given(one, beside=path.parent) for one in listed if isinstance(one, str)]
        if len(given) == len(listed) > 0:
            file["vectors"] = [one.replace(f"={GIVEN}", "=", 1) for one in given]
        # A list that goes takes with it what the baseline's encoder is read from.
        for lost in ("encoder", "vectors"):
            if lost in overrides:
                sources = given if lost == "vectors" else file.get("encoder")
                file["baseline"] = with_source(file.get("baseline"), sources)
        if _in_another_unit(overrides.get("measure"), file.get("measure")):
            file["margin"] = None  # 5 % of an error is no 0.05 of a correlation
        return cls.from_mapping({**file, **overrides})

    def digest(self) -> str:
        """Eight hexadecimal digits of the settings, for the name of the run folder.

        Without ``choose``, ``keep``, ``reference``, ``bands`` and ``price``, which compute nothing: another rule finds the
        same cells; and without the race, which computes fewer of them.
        """
        from semascope.encoders.catalogue import (  # late: the help of the flags needs no encoders
            ask,
            from_anywhere,
        )
        from semascope.encoders.naming import write_asked
        from semascope.studies.encoder_names import ask_given

        left_out = {*COMPUTES_NOTHING, "race", "race_confidence"}
        values = self.model_dump(mode="json", exclude=left_out) | {"data": str(self.data.resolve())}
        # One folder in two spellings is one encoder, and one spelling in two places may be two.
        values["encoder"] = [
            write_asked(one.name or one.source, one.source) for one in map(ask, self.encoder)
        ]
        values["vectors"] = [ask_given(one) for one in self.vectors]
        values["tuned"] = [one | {"model": from_anywhere(one["model"])} for one in values["tuned"]]
        values = {name: value for name, value in values.items() if value or name not in ADDED}
        return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=4).hexdigest()

    def to_yaml(self) -> str:
        """The study file that gives these settings again."""
        values = self.model_dump(mode="json") | {"data": str(self.data.resolve())}
        return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)

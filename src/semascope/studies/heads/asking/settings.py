"""What a study asks: the study file, validated. Flags of the command line have the same names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, get_args

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from semascope.data.settings_file import Names, Widths, first_problem, read_settings
from semascope.encoders.catalogue import ask
from semascope.encoders.naming import write_asked
from semascope.errors import ConfigError
from semascope.stats.measures import all_measures
from semascope.studies.encoder_names import with_source
from semascope.types import Kind, Precision, Quoting, Rule


def _or(default: str) -> Any:
    """Takes an empty list as ``default`` alone."""
    return AfterValidator(lambda names: names or [default])


Columns = Annotated[Names, Field(min_length=1)]
AskedKind = Annotated[Kind | None, BeforeValidator(lambda value: None if value == "auto" else value)]


def _in_another_unit(asked: object, written: object) -> bool:
    """Whether the margins of two measures by name, both known, are a share of an error here and a difference there."""
    known = {
        one.name: one.lower_is_better for kind in get_args(Kind) for one in all_measures(kind, positive=0)
    }
    turned = [known[name] for name in (asked, written) if isinstance(name, str) and name in known]
    return len(set(turned)) > 1


class Study(BaseModel):
    """Everything that can change a number of a study; nothing that cannot.

    A list may be written as a single value. Empty lists and None take the default that is described; what was taken is
    written to ``study.yaml`` in the run folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path  # table of texts
    text: Columns  # joined by a newline
    target: Columns  # what the heads learn
    quoting: Quoting = "auto"  # of CSV and TSV: whether quotation marks enclose cells or are letters
    kind: AskedKind = (
        None  # None or "auto": numbers are a regression; strings, and one target of two numbers, classes
    )
    # The grid
    encoder: Names = []  # a name, a folder, NAME=FOLDER; empty: SEMASCOPE_ENCODER, or every packaged one that is installed
    instruction: Annotated[Names, _or("default")] = ["default"]  # NAME or NAME=SENTENCE
    long: Annotated[Names, _or("truncate")] = ["truncate"]
    dim: Widths = []  # empty: each encoder's full width
    head: Names = []  # empty: all
    # Roles of columns
    group: str | None = None  # rows with one value stay on one side of every split
    slice: Names = []  # results for each value
    split_column: str | None = None  # a given split: train, val, test
    language_column: str | None = None  # None: a column named lang or language, else a detector
    # How it is judged
    headline: str | None = None  # COLUMN=VALUE: the rows that the answer speaks about; None: all
    positive: str | None = None  # class whose F1 is reported
    measure: str | None = None  # None: mae or accuracy
    baseline: str | None = (
        None  # a cell's name; None: ridge or logistic on the first encoder without instruction
    )
    margin: float | None = Field(
        default=None, gt=0
    )  # share of the baseline's error; for other measures a difference; None: see docs/verdicts.md
    choose: Rule = (
        "cheapest"  # what is advised of the cells that are not clearly behind the best; or the best itself
    )
    test_size: float = Field(default=0.2, gt=0, lt=1)
    repeats: int | None = Field(
        default=None, ge=1
    )  # splits; above 1 the verdict is about the recipe; None: 15 where fewer than 300 rows are held out, else 1
    seed: int = Field(default=42, ge=0)
    limit: int | None = Field(default=None, ge=1)  # a seeded sample of the rows
    precision: Precision = "auto"

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Study:
        """The study of ``values``; every problem is one ``ConfigError`` that names the field."""
        try:
            return cls(**values)
        except ValidationError as error:
            needs = "a study needs data, text and target"
            raise ConfigError(first_problem(error, cls.model_fields, needs=needs)) from None

    @classmethod
    def from_yaml(cls, path: Path, **overrides: Any) -> Study:
        """The study of a YAML file; a relative ``data`` is looked up beside the file.

        ``overrides`` win over the file, as a flag wins over a setting. With a measure whose margin is in another unit than that
        of the file's measure (a share of an error, a difference) the file's margin goes too.
        """
        values = read_settings(path, what="study file")
        if (
            "encoder" in overrides
        ):  # the file's list goes, and with it what its baseline's encoder is read from
            values["baseline"] = with_source(values.get("baseline"), values.get("encoder"))
        if _in_another_unit(overrides.get("measure"), values.get("measure")):
            values["margin"] = None  # 5 % of an error is no 0.05 of a correlation
        return cls.from_mapping({**values, **overrides})

    def digest(self) -> str:
        """Eight hexadecimal digits of the settings, for the name of the run folder.

        Without ``choose``, which computes nothing: another rule finds the same cells.
        """
        values = self.model_dump(mode="json", exclude={"choose"}) | {"data": str(self.data.resolve())}
        # One folder in two spellings is one encoder, and one spelling in two places may be two.
        values["encoder"] = [
            write_asked(one.name or one.source, one.source) for one in map(ask, self.encoder)
        ]
        return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=4).hexdigest()

    def to_yaml(self) -> str:
        """The study file that gives these settings again."""
        values = self.model_dump(mode="json") | {"data": str(self.data.resolve())}
        return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)

"""What a study asks: the study file, validated. Flags of the command line have the same names."""

from __future__ import annotations

import hashlib
import json
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from semascope.errors import ConfigError
from semascope.types import Kind, Precision


def _as_list(value: Any) -> Any:
    """A single value or None as a list; a value given twice counts once."""
    if value is None:
        return []
    if isinstance(value, str | int):
        return [value]
    if isinstance(value, list | tuple):
        return [one for place, one in enumerate(value) if one not in value[:place]]
    return value


def _or(default: str) -> Any:
    """Takes an empty list as ``default`` alone."""
    return AfterValidator(lambda names: names or [default])


Names = Annotated[list[str], BeforeValidator(_as_list)]
Columns = Annotated[Names, Field(min_length=1)]
Widths = Annotated[list[Annotated[int, Field(ge=1)]], BeforeValidator(_as_list)]
AskedKind = Annotated[Kind | None, BeforeValidator(lambda value: None if value == "auto" else value)]


class Study(BaseModel):
    """Everything that can change a number of a study; nothing that cannot.

    A list may be written as a single value. Empty lists and None take the default that is described; what was taken is
    written to ``study.yaml`` in the run folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path  # table of texts
    text: Columns  # joined by a newline
    target: Columns  # what the heads learn
    kind: AskedKind = None  # None or "auto": numbers are a regression, strings a classification
    # The grid
    encoder: Names = []  # empty: the packaged MiniLM, or SEMASCOPE_ENCODER
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
    )  # share of the baseline's error; for measures in [0, 1] a difference
    test_size: float = Field(default=0.2, gt=0, lt=1)
    repeats: int = Field(default=1, ge=1)  # splits; above 1 the verdict also speaks about the recipe
    seed: int = Field(default=42, ge=0)
    limit: int | None = Field(default=None, ge=1)  # a seeded sample of the rows
    precision: Precision = "auto"

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Study:
        """The study of ``values``; every problem is one ``ConfigError`` that names the field."""
        try:
            return cls(**values)
        except ValidationError as error:
            raise ConfigError(_first_problem(error)) from None

    @classmethod
    def from_yaml(cls, path: Path, **overrides: Any) -> Study:
        """The study of a YAML file; a relative ``data`` is looked up beside the file.

        ``overrides`` win over the file, as a flag wins over a setting.
        """
        try:
            values = yaml.safe_load(path.read_text(encoding="utf8"))
        except FileNotFoundError:
            raise ConfigError(f"study file {path} does not exist; give the path of a YAML file") from None
        except OSError as error:
            raise ConfigError(
                f"study file {path} cannot be read ({error.strerror}); give the path of a YAML file"
            ) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"study file {path} is not YAML ({' '.join(str(error).split())}); mend it"
            ) from None
        if not isinstance(values, dict):
            raise ConfigError(
                f"study file {path} holds no settings; it must be a mapping such as 'text: body'; mend it"
            )
        if isinstance(values.get("data"), str):
            values["data"] = path.parent / Path(values["data"]).expanduser()  # an absolute one stays
        return cls.from_mapping({**values, **overrides})

    def digest(self) -> str:
        """Eight hexadecimal digits of the settings, for the name of the run folder."""
        values = self.model_dump(mode="json") | {"data": str(self.data.resolve())}
        return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=4).hexdigest()

    def to_yaml(self) -> str:
        """The study file that gives these settings again."""
        values = self.model_dump(mode="json") | {"data": str(self.data.resolve())}
        return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"]) or "study"
    if problem["type"] == "extra_forbidden":
        near = get_close_matches(field, Study.model_fields, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "remove it"
        return f"setting {field!r} is unknown; known are {', '.join(Study.model_fields)}; {hint}"
    if problem["type"] == "missing":
        return f"setting {field!r} is missing; a study needs data, text and target; add it"
    flag = field.partition(".")[0].replace("_", "-")
    return f"{flag} is {problem['input']!r}; {problem['msg'][:1].lower()}{problem['msg'][1:]}; change it"

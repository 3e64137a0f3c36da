"""What cells are held against that a study does not compute: columns of answers, published figures, bands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from semascope.data.settings_file import first_problem
from semascope.errors import ConfigError
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.measure import Measure

Model = TypeVar("Model", bound=BaseModel)

PUBLISHED = "published"
"""What a reference is called that has no name."""


def _listed(given: Any) -> Any:
    """A single name as a list; one that is given twice answers for two targets."""
    return [given] if isinstance(given, str) else given


class AnswerColumns(BaseModel):
    """Columns of the file that answer as a cell does: a second reader, last year's system.

    Written as a flag, ``NAME=COLUMN``; with several targets ``NAME=COLUMN+COLUMN`` in their order, as one name stands for
    one cell whatever it answers. A column whose name has a plus in it is written as a mapping where there are several.

    Examples
    --------
    >>> AnswerColumns.read("human=second reader").columns
    ['second reader']
    >>> AnswerColumns.read({"name": "human", "columns": ["joy+", "fear"]}).written()
    {'name': 'human', 'columns': ['joy+', 'fear']}
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    columns: Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]  # one a target

    @classmethod
    def read(cls, written: Any) -> Self:
        """The columns of a flag, a mapping or of themselves.

        Raises
        ------
        ConfigError
            For what is neither.
        """
        if isinstance(written, str):
            name, given, columns = written.partition("=")
            if not (given and name.strip() and columns.strip()):
                raise ConfigError(
                    f"predictions is {written!r}; it must be NAME=COLUMN; write for example human=second_reader"
                )
            written = {"name": name.strip(), "columns": columns.strip().split("+")}
        return _read(cls, written, what="predictions", example="{name: human, columns: [second_reader]}")

    def written(self) -> str | dict[str, Any]:
        """As a study file has them."""
        plain = not any("+" in column or column != column.strip() for column in self.columns)
        if plain and "=" not in self.name and self.name == self.name.strip():
            return f"{self.name}={'+'.join(self.columns)}"
        return {"name": self.name, "columns": list(self.columns)}

    def of(self, targets: int) -> list[str]:
        """The column of each target; what was parted at a plus is one name where there is one target.

        Raises
        ------
        ConfigError
            When there are more or fewer columns than targets.
        """
        if targets == 1:
            return ["+".join(self.columns)]
        if len(self.columns) != targets:
            raise ConfigError(
                f"predictions {self.name!r} names {count(len(self.columns), 'column')} for {targets} targets; it needs one for each,"
                f" in their order; write for example {self.name}=COLUMN+COLUMN"
            )
        return list(self.columns)


class Reference(BaseModel):
    """A figure that stands somewhere without the rows that it was measured on. Written ``0.68``, or ``NAME=0.68``.

    Examples
    --------
    >>> Reference.read(0.68).name, Reference.read("BERT 2021=.7").value
    ('published', 0.7)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)] = PUBLISHED
    value: Annotated[float, Field(allow_inf_nan=False)]  # of the study's measure

    @classmethod
    def read(cls, written: Any) -> Self:
        """The figure of a flag, a number, a mapping or of itself.

        Raises
        ------
        ConfigError
            For what is none of them.
        """
        if isinstance(written, str | int | float) and not isinstance(written, bool):
            name, _, number = str(written).rpartition("=")
            value = _number(number)
            if value is None:
                raise ConfigError(
                    f"reference is {written!r}; it must be a number, or NAME=NUMBER; write for example 0.68"
                )
            written = {"name": name.strip() or PUBLISHED, "value": value}
        return _read(cls, written, what="reference", example="{name: BERT, value: 0.68}")

    def written(self) -> float | dict[str, Any]:
        """As a study file has it."""
        return self.value if self.name == PUBLISHED else {"name": self.name, "value": self.value}


class Bands(BaseModel):
    """Two values of the measure that part "none", "partial" and "closes the gap". Written ``0.75,0.85``, in either order.

    Examples
    --------
    >>> Bands.read("0.85, 0.75").written()
    [0.75, 0.85]
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: Annotated[float, Field(allow_inf_nan=False)]
    high: Annotated[float, Field(allow_inf_nan=False)]

    @classmethod
    def read(cls, written: Any) -> Self | None:
        """The bands of a flag, a list of two numbers or of themselves; None where there are none.

        Raises
        ------
        ConfigError
            For what is no two different numbers.
        """
        if written is None or isinstance(written, cls):
            return written
        parts = written.split(",") if isinstance(written, str) else written
        parts = parts if isinstance(parts, list | tuple) else [parts]
        found = [_number(part) for part in parts]
        numbers = sorted({one for one in found if one is not None})
        if len(parts) != 2 or len(numbers) != 2:
            raise ConfigError(
                f"bands is {written!r}; it must be two different values of the measure; write for example 0.75,0.85"
            )
        return cls(low=numbers[0], high=numbers[1])

    def written(self) -> list[float]:
        """As a study file has them."""
        return [self.low, self.high]


def check_figures(references: Sequence[Reference], bands: Bands | None, measure: Measure) -> None:
    """Refuse figures that the measure cannot be, and two of one name.

    Raises
    ------
    ConfigError
        With what the measure can be.
    """
    names = [one.name for one in references]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"two references are called {name!r}; each needs a name of its own; write for example BERT=0.68"
            )
    given = [("reference", one.value) for one in references]
    given += [("bands", number) for number in (bands.written() if bands else [])]
    least, most = measure.ends
    for setting, number in given:
        if not least <= number <= most:
            whole = f"between {least:g} and {most:g}"
            if not math.isfinite(least - most):
                whole = f"{least:g} or more" if math.isfinite(least) else f"{most:g} or less"
            raise ConfigError(
                f"{setting} is {number:g}; {measure.long} is {whole}; give it in the unit of the measure"
            )


def _read(model: type[Model], written: Any, *, what: str, example: str) -> Model:
    if isinstance(written, model):
        return written
    if not isinstance(written, dict):
        raise ConfigError(f"{what} is {written!r:.80}; it is written as {example}; change it")
    try:
        return model(**written)
    except ValidationError as error:
        said = first_problem(error, model.model_fields, needs=f"it is written as {example}")
        raise ConfigError(f"{what} is {written!r:.120}: {said}") from None


def _number(written: Any) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(written, bool):
        return None
    try:
        value = float(written)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None

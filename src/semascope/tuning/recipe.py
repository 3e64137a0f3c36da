"""How a network is tuned: one line of a study, written as a flag or as a mapping."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from semascope.data.settings_file import Names, first_problem
from semascope.errors import ConfigError

RANK = 16
"""Of an adapter that is asked for without a rank."""
RATES = {"all": 5e-5, "lora": 5e-4}
"""Learning rates of the network's weights: an adapter starts from nothing and learns in larger steps."""

Pooling = Literal["own", "mean", "last", "cls"]


class Tuned(BaseModel):
    """One tuned cell: a network, what of it is trained, and for how long.

    Written as a flag, ``minilm,lora=16,epochs=3``: the model first, then settings with their values; ``lora`` alone takes
    rank 16.

    Examples
    --------
    >>> Tuned.read("minilm,lora,rate=3e-4").label
    'minilm lora'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Annotated[str, Field(min_length=1)]  # what ``load_encoder`` takes
    name: str = ""  # of the cell; "" names it after the model and what is trained
    lora: Annotated[int, Field(ge=0, le=1024)] = 0  # rank of the adapters; 0 trains the network itself
    alpha: Annotated[float | None, Field(gt=0)] = None  # an adapter counts alpha / rank; twice the rank
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05  # of what goes into an adapter
    layers: Names = Field(default=[])  # modules that get an adapter; none named: every linear layer
    words: bool = False  # whether the table of token vectors is trained too
    pooling: Pooling = "own"  # how token vectors become one; own: the checkpoint's
    tokens: Annotated[int | None, Field(ge=8)] = None  # read of a text, at most; the encoder's limit, and 256
    rate: Annotated[float | None, Field(gt=0, le=1)] = None  # the largest step of the network's weights
    head_rate: Annotated[float, Field(gt=0, le=1)] = 2e-3
    decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of the steps in which the rate rises
    epochs: Annotated[int, Field(ge=1, le=1000)] = 4  # at most
    patience: Annotated[int, Field(ge=1)] = 2  # epochs without a better measure on the inner rows
    batch: Annotated[int, Field(ge=1, le=4096)] = 16  # texts a step
    init: Literal["ridge", "zero"] = "ridge"  # where the head starts: a linear model on the frozen vectors
    balance: bool = False  # whether classes weigh alike, whatever their shares
    refit: bool = True  # whether all training rows are trained on in the end, for as long as did best
    merge: bool = True  # whether adapters are kept merged into the network, or alone
    curve: bool = False  # whether it is trained on fewer rows, too, where the study asks what they reach

    @model_validator(mode="after")
    def _adapters(self) -> Self:
        if not self.lora and (self.layers or self.alpha is not None):
            raise ValueError("alpha and layers are about adapters; add lora, or leave them out")
        if not self.lora and not self.merge:
            raise ValueError("merge=no keeps the adapters alone; add lora, or leave it out")
        if self.curve and not self.refit:
            raise ValueError(
                "curve says what fewer rows reach, and without refit the model itself learns from two thirds of them; leave out one"
            )
        if self.lora and self.words:
            raise ValueError("words trains the table of token vectors, and lora leaves the network as it is")
        return self

    @classmethod
    def read(cls, written: Any) -> Self:
        """The settings of a flag, a mapping or of themselves.

        Raises
        ------
        ConfigError
            For a setting that there is not or a value that it cannot have.
        """
        if isinstance(written, cls):
            return written
        values = _flag(written) if isinstance(written, str) else written
        if not isinstance(values, dict):
            raise ConfigError(
                f"tuned is {written!r:.80}; it must be a model with settings; write for example minilm,lora=16,epochs=3"
            )
        if isinstance(values.get("lora"), bool):  # as the flag: asked for without a rank, or not at all
            values = {**values, "lora": RANK if values["lora"] else 0}
        try:
            return cls(**values)
        except ValidationError as error:
            problem = error.errors()[0]
            if problem["type"] == "value_error":
                raise ConfigError(f"tuned is {written!r}; {problem['ctx']['error']}") from None
            said = first_problem(error, cls.model_fields, needs="a tuned cell needs a model")
            raise ConfigError(f"tuned is {written!r:.120}: {said}") from None

    @property
    def label(self) -> str:
        """What the cell is called."""
        return self.name or f"{_short(self.model)} {'lora' if self.lora else 'tuned'}"

    @property
    def step(self) -> float:
        """The largest learning rate of the network's weights."""
        return self.rate or RATES["lora" if self.lora else "all"]

    @property
    def scale(self) -> float:
        """What an adapter's product is multiplied with."""
        return (self.alpha or 2 * self.lora) / self.lora if self.lora else 1.0

    @property
    def keeps_adapter(self) -> bool:
        """Whether what is kept is the adapter alone."""
        return bool(self.lora) and not self.merge

    def written(self) -> dict[str, Any]:
        """The settings that are not their defaults, as a study file has them."""
        return self.model_dump(mode="json", exclude_defaults=True)


def _short(model: str) -> str:
    """The last part of a hub id or a folder."""
    return model.rstrip("/").rpartition("/")[2] or model


def _flag(written: str) -> dict[str, Any]:
    model, *settings = written.split(",")
    values: dict[str, Any] = {"model": model.strip()}
    for setting in settings:
        key, given, value = setting.partition("=")
        key = key.strip()
        if key in values:
            raise ConfigError(f"tuned is {written!r}: {key!r} is given twice; leave one of them out")
        values[key] = value.strip() if given else True
    if isinstance(values.get("layers"), str):
        values["layers"] = values["layers"].split("+")
    return values

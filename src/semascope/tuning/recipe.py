"""How a network is tuned: one line of a study, written as a flag or as a mapping."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from semascope.data.settings_file import Names  # noqa: TC001 - pydantic resolves it
from semascope.data.settings_in_a_word import SettingsInAWord, settings_of
from semascope.errors import ConfigError
from semascope.words.settings import TRAINED, Setting

RANK = 16
"""Of an adapter that is asked for without a rank."""
RATES = {"all": 5e-5, "lora": 5e-4}
"""Learning rates of the network's weights: an adapter starts from nothing and learns in larger steps."""

Pooling = Literal["own", "mean", "last", "cls", "weightedmean"]


class NetworkRecipe(BaseModel, ABC):
    """What of a network is trained, how it reads, and how far the steps go."""

    lora: Annotated[
        int,
        Field(ge=0, le=1024),
        Setting(takes="RANK", says="Train adapters of this rank; 0 trains the network itself", panel=TRAINED),
    ] = 0
    alpha: Annotated[float | None, Field(gt=0)] = None  # an adapter counts alpha / rank; twice the rank
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05  # of what goes into an adapter
    layers: Names = Field(default=[])  # modules that get an adapter; none named: every linear layer
    words: bool = False  # whether the table of token vectors is trained too
    pooling: Annotated[
        Pooling, Setting(says="How token vectors become one; own: the checkpoint's", panel=TRAINED)
    ] = "own"
    tokens: Annotated[
        int | None,
        Field(ge=8),
        Setting(
            takes="N",
            says="Tokens read of a text, at most",
            panel=TRAINED,
            by_default="the encoder's limit, and 256",
        ),
    ] = None
    rate: Annotated[
        float | None,
        Field(gt=0, le=1),
        Setting(
            takes="NUMBER",
            says="The largest step of the network's weights",
            panel=TRAINED,
            by_default="5e-5, and 5e-4 of adapters",
        ),
    ] = None
    decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of the steps in which the rate rises
    merge: bool = True  # whether adapters are kept merged into the network, or alone

    @model_validator(mode="after")
    def _adapters(self) -> Self:
        if not self.lora and (self.layers or self.alpha is not None):
            raise ValueError("alpha and layers are about adapters; add lora, or leave them out")
        if not self.lora and not self.merge:
            raise ValueError("merge=no keeps the adapters alone; add lora, or leave it out")
        if self.lora and self.words:
            raise ValueError("words trains the table of token vectors, and lora leaves the network as it is")
        return self

    @field_validator("lora", mode="before")
    @classmethod
    def _rank(cls, given: Any) -> Any:
        """As a flag: asked for without a rank, or not at all."""
        return (RANK if given else 0) if isinstance(given, bool) else given

    @property
    @abstractmethod
    def base(self) -> str:
        """What ``load_encoder`` takes for what is tuned, as messages show it."""

    def told(self) -> dict[str, Any]:
        """What the folder that is kept says of it: no path of this machine."""
        return self.model_dump(mode="json")

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


class Tuned(NetworkRecipe, SettingsInAWord):
    """One tuned cell: a network, what of it is trained, and for how long.

    Written as a flag, ``minilm,lora=16,epochs=3``: the model first, then settings with their values; ``lora`` alone takes
    rank 16.

    Examples
    --------
    >>> Tuned.read("minilm,lora,rate=3e-4").label
    'minilm lora'
    """

    what = "tuned"
    needs = "a tuned cell needs a model"
    kind = "a model with settings"
    example = "minilm,lora=16,epochs=3"

    model: Annotated[str, Field(min_length=1)]  # what ``load_encoder`` takes
    name: str = ""  # of the cell; "" names it after the model and what is trained
    head_rate: Annotated[float, Field(gt=0, le=1)] = 2e-3
    epochs: Annotated[int, Field(ge=1, le=1000)] = 4  # at most
    patience: Annotated[int, Field(ge=1)] = 2  # epochs without a better measure on the inner rows
    batch: Annotated[int, Field(ge=1, le=4096)] = 16  # texts a step
    init: Literal["ridge", "zero"] = "ridge"  # where the head starts: a linear model on the frozen vectors
    balance: bool = False  # whether classes weigh alike, whatever their shares
    refit: bool = True  # whether all training rows are trained on in the end, for as long as did best
    curve: bool = False  # whether it is trained on fewer rows, too, where the study asks what they reach

    @model_validator(mode="after")
    def _fewer_rows(self) -> Self:
        if self.curve and not self.refit:
            raise ValueError(
                "curve says what fewer rows reach, and without refit the model itself learns from two thirds of them; leave out one"
            )
        return self

    @classmethod
    def from_word(cls, written: str) -> dict[str, Any]:
        """The model, and the settings behind the first comma."""
        model, _, listed = written.partition(",")
        settings = settings_of(listed, written=written, bare=True)
        if "model" in settings:
            raise ConfigError(
                f"{written!r}: the model stands before the first comma; write for example {cls.example}"
            )
        values: dict[str, Any] = {"model": model.strip(), **settings}
        if isinstance(values.get("layers"), str):
            values["layers"] = values["layers"].split("+")
        return values

    @property
    def label(self) -> str:
        """What the cell is called."""
        return self.name or f"{_short(self.model)} {'lora' if self.lora else 'tuned'}"

    @property
    def base(self) -> str:
        """The model as it was written."""
        return self.model


def _short(model: str) -> str:
    """The last part of a hub id or a folder."""
    return model.rstrip("/").rpartition("/")[2] or model

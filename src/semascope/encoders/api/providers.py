"""Providers of embeddings: what the packaged table and the user's own say of their addresses, limits and prices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date  # noqa: TC003 - pydantic resolves it
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from semascope.data.settings_file import first_problem, read_settings
from semascope.encoders.api.addresses import host_of, read_address
from semascope.encoders.api.environment import from_environment
from semascope.encoders.api.settings import DEFAULT_BATCH, Encoding
from semascope.errors import ConfigError

VARIABLE = "SEMASCOPE_PROVIDERS"
FILE = "providers.yaml"
PACKAGED = Path(__file__).with_name(FILE)
"""The packaged table; laid over itself it changes nothing."""
_VARIABLE = re.compile(r"([A-Z_][A-Z0-9_]*)?")

Whole = Annotated[int, Field(ge=1, strict=True)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _check_variable(name: str) -> str:
    """The name of a variable itself; what is none may be the key, and is not shown."""
    if not _VARIABLE.fullmatch(name):
        raise ConfigError(
            "key is no name of an environment variable (it is not shown here); accepted are capitals, digits and _, such as"
            " OPENAI_API_KEY; the key itself stands in the variable or in .env, never here"
        )
    return name


Variable = Annotated[str, AfterValidator(_check_variable)]


class Part(BaseModel):
    """A part of the table; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(Part):
    """What one request and one minute may hold; None for what is not known to have a limit."""

    inputs: Whole = DEFAULT_BATCH  # texts a request
    input_tokens: Whole | None = None  # tokens of a text; a model's own limit comes first
    request_tokens: Whole | None = None
    requests_per_minute: Rate | None = None
    tokens_per_minute: Rate | None = None
    burst_requests: Rate | None = None  # that may come at once; None: a second's worth


class Model(Part):
    """One model of a provider; a field that is not known is None or empty."""

    id: str
    dim: Whole | None = None  # of a row, unless another width is asked for; None: one request tells
    dims: tuple[Whole, ...] = ()  # widths on offer through ``dimensions``; empty: not on offer
    max_tokens: Whole | None = None  # of a text
    price: Price | None = None  # of a million tokens
    currency: str = ""  # of the price
    hub_id: str = ""  # whose weights these are: OWNER/NAME; "" not known
    dated: date | None = None  # when price and limits were looked up; None: with the provider
    source: str = ""  # address of the page that states them; "": the provider's

    @model_validator(mode="after")
    def _priced(self) -> Self:
        if self.price is not None and not self.currency:
            raise ConfigError(
                f"model {self.id!r} has a price and no currency; a price needs one, such as USD; add currency"
            )
        return self


class Provider(Part):
    """One provider: where it is, what it allows, and what it offers."""

    name: str
    base_url: Annotated[str, AfterValidator(lambda url: read_address(url, what="base_url"))]
    key: Variable = ""  # name of the environment variable with the key; "" for none
    needs_key: bool = True  # whether it answers nobody without one; of a provider with ``key``
    hosts: frozenset[str] = (
        frozenset()
    )  # that may get that key, as ``host_of`` writes them; base_url's is one
    limits: Limits = Limits()
    encodings: tuple[Encoding, ...] = ()  # the first is asked for; empty: none is
    models: Mapping[str, Model] = {}
    wire: Literal["openai"] = "openai"  # what its requests and answers look like
    dated: date | None = None
    source: str = ""

    def model(self, model_id: str) -> Model:
        """What the table says of a model; of one that it lacks, the id alone."""
        return self.models.get(model_id) or Model(id=model_id)

    def at(self, url: str) -> Provider:
        """The same provider at another address.

        Limits stay. Prices do not, the key still belongs to the hosts of the table, and whether one is needed there
        nobody has said.
        """
        if not url or url == self.base_url:
            return self
        unpriced = {"price": None, "currency": ""}
        models = {name: model.model_copy(update=unpriced) for name, model in self.models.items()}
        needs_key = self.needs_key and host_of(url) in self.hosts
        return self.model_copy(update={"base_url": url, "models": models, "needs_key": needs_key})


def read_providers(own: Path | None = None) -> Mapping[str, Provider]:
    """Every provider by its name: the packaged table with the user's own laid over it.

    Parameters
    ----------
    own
        The user's table; ``PACKAGED`` takes the packaged one alone, None the file that ``SEMASCOPE_PROVIDERS`` names, else ``providers.yaml`` in the user's
        configuration folder, where there is one.

    Raises
    ------
    ConfigError
        When the own table cannot be read or used: names the file, the provider and the field.
    """
    table = _packaged()
    path = own_table() if own is None else own
    given = read_settings(path, what="table of providers") if path else {}
    for name, fields in given.items():
        table[name] = _laid_over(table.get(name, {}), fields)
    return {name: _provider(name, fields, path) for name, fields in table.items()}


def find_provider(table: Mapping[str, Provider], name: str, url: str) -> Provider:
    """The provider that a name of an encoder stands for, at its address.

    Parameters
    ----------
    name, url
        Of an ``ApiName``: a provider that the table lacks has an address.
    """
    if name in table:
        return table[name].at(url)
    variable = f"{name.replace('-', '_').upper()}_API_KEY"
    # Nobody but the command line has named its host, so no host stands here.
    return Provider.model_construct(
        name=name,
        base_url=read_address(url),
        key=variable if variable[0].isalpha() else f"_{variable}",
        needs_key=False,
        hosts=frozenset(),
        limits=Limits(),
        encodings=("float",),
        models={},
        wire="openai",
        dated=None,
        source="",
    )


def own_table() -> Path | None:
    """The user's own table where none was given in Python: by the environment, or in its usual place."""
    if named := from_environment(VARIABLE):
        return Path(named).expanduser()
    from platformdirs import user_config_path

    usual = user_config_path("semascope", appauthor=False) / FILE
    return usual if usual.is_file() else None


def _packaged() -> dict[Any, Any]:
    return read_settings(PACKAGED, what="table of providers")


def _laid_over(below: Any, above: Any) -> Any:
    """Field by field: mappings are merged, all else is replaced."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{name: _laid_over(below.get(name), value) for name, value in above.items()}}


def _provider(name: Any, fields: Any, path: Path | None) -> Provider:
    where = f"provider {name!r} of the table of providers {path}" if path else f"provider {name!r}"
    if not isinstance(name, str) or not isinstance(fields, Mapping):
        raise ConfigError(
            f"{where} is {fields!r:.80}; it must be a mapping such as 'base_url: ...'; change it"
        )
    models = fields.get("models")
    if isinstance(models, Mapping):
        fields = {**fields, "models": {model: _named("id", model, each) for model, each in models.items()}}
    try:
        found = Provider(**_named("name", name, fields))
    except (ValidationError, TypeError) as error:
        raise ConfigError(f"{where}: {_problem(error)}") from None
    return found.model_copy(update={"hosts": found.hosts | {host_of(found.base_url)}})


def _named(field: str, name: Any, fields: Any) -> Any:
    """Fields with what the table's key says; one that is given again is refused as unknown."""
    if not isinstance(fields, Mapping):
        return fields
    return {
        **{"given " + field if key == field else key: value for key, value in fields.items()},
        field: name,
    }


def _problem(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):  # a field whose name is no text
        return f"its fields cannot be read ({error}); a field's name is a text; change it"
    return first_problem(error, Provider.model_fields, needs="a provider needs base_url")

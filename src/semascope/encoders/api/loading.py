"""An encoder behind an API out of its name, the table of providers and the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.encoders.api.addresses import host_of
from semascope.encoders.api.counting import find_counter
from semascope.encoders.api.encoder import ApiEncoder
from semascope.encoders.api.keys import find_key
from semascope.encoders.api.line import line_to
from semascope.encoders.api.name import read_api_name
from semascope.encoders.api.providers import find_provider, read_providers
from semascope.encoders.api.reading import Reading
from semascope.encoders.api.sending import Asking
from semascope.encoders.api.session import current
from semascope.encoders.api.settings import DEFAULT_BATCH
from semascope.encoders.catalogue import family_of, find_entry
from semascope.encoders.long import check_long
from semascope.encoders.protocol import UNLIMITED
from semascope.encoders.templates import get_template
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from semascope.encoders.api.providers import Limits, Model
    from semascope.encoders.api.settings import ApiSettings

_SHARE = 0.01  # of a minute's tokens, in one request
_LARGE_SHARE = 0.2  # where few requests are allowed
_MANY_REQUESTS = 200  # a minute: twice as many as requests of that share


def load_api_encoder(
    name: str,
    *,
    called: str = "",
    template: str | None = None,
    long: str = "truncate",
    settings: ApiSettings | None = None,
    key: SecretStr | str | None = None,
) -> ApiEncoder:
    """The encoder that ``api:PROVIDER/MODEL[@URL]`` stands for; nothing is sent yet.

    Without a key that it needs it can be looked at, and raises ``NotServed`` when it is asked.

    Parameters
    ----------
    name
        As a user writes it.
    called
        What the encoder is called; "" for the name itself.
    template
        Template family; None takes that of the model's line in the catalogue, or of its name.
    settings
        Of the requests; None takes what this process has settled.
    key
        For this very address; None looks in the environment and in ``.env``.

    Raises
    ------
    ConfigError
        For a name, a setting or a key that cannot be used.
    """
    settings = settings or current().settings
    providers = read_providers(settings.providers)
    read = read_api_name(name, known=providers)
    if read.provider in providers and read.url == providers[read.provider].base_url:
        read = replace(read, url="")  # the same model by its shorter name: its rows are paid for once
    provider = find_provider(providers, read.provider, read.url)
    model = provider.model(read.model)
    found = find_key(provider, host_of(provider.base_url), settings=settings, given=key)
    current().asked.add(provider.base_url)
    limits = provider.limits
    family, how = _family(model, read.model, template)
    reading = Reading(
        counter=find_counter(model.hub_id, settings.tokenizer),
        limit=model.max_tokens or limits.input_tokens,
        family=family,
        long=check_long(long),
    )
    listed = find_entry(model.hub_id) if model.hub_id else None
    return ApiEncoder(
        name=called or name,
        source=str(read),
        line=line_to(
            provider.base_url,
            read.model,
            key=found.key,
            limits=limits,
            settings=settings,
            margin=0.0 if reading.counter.exact else 0.25,
        ),
        asking=Asking(
            name=called or name,
            model=read.model,
            encoding=settings.encoding or next(iter(provider.encodings), None),
            dimensions=_dimensions(settings.dimensions, model, name),
            width=settings.dimensions or model.dim,
            without_key=found.why,
            learn=reading.counter.learn,
        ),
        reading=reading,
        batch_size=min(settings.batch_size or DEFAULT_BATCH, limits.inputs)
        if settings.batch_size is None
        else settings.batch_size,
        request_tokens=_request_tokens(limits, settings),
        max_tokens=reading.limit or UNLIMITED,
        template=family,
        long=long,
        languages=frozenset(listed.languages) if listed and listed.languages is not None else None,
        stated=(how, *reading.stated),
        price=model.price,
        currency=model.currency,
        widths=model.dims,
        key_origin=found.origin,
        # A study whose other encoders can be asked goes on without it: it refuses when vectors are needed.
        refusal=f"encoder {called or name!r} cannot be asked: {found.why}" if found.missing else "",
    )


def _request_tokens(limits: Limits, settings: ApiSettings) -> int | None:
    """Tokens of a request, at most: as the provider says, and few enough that the end of a minute holds no gap of that size.

    A request of 1.6 % of a minute's tokens loses that much of the rate. Where few requests are allowed, smaller ones would lose
    more.
    """
    requests = settings.requests_per_minute or limits.requests_per_minute
    tokens = settings.tokens_per_minute or limits.tokens_per_minute
    if tokens is None:
        return limits.request_tokens
    few = requests is not None and requests < _MANY_REQUESTS
    return max(
        1, min(limits.request_tokens or round(tokens), round((_LARGE_SHARE if few else _SHARE) * tokens))
    )


def _dimensions(asked: int | None, model: Model, name: str) -> int | None:
    """The width to ask for; the full one is not asked for."""
    if asked is None or asked == model.dim:
        return None
    if model.dim is not None and asked not in model.dims:
        offered = ", ".join(map(str, model.dims)) or "none but its own"
        raise ConfigError(
            f"dimensions is {asked} for encoder {name!r}; on offer are {offered}; choose one, or cut the rows with --dim"
        )
    return asked


def _family(model: Model, written: str, asked: str | None) -> tuple[str, str]:
    """Template family, and the sentence that states where it comes from."""
    if asked is not None:
        return get_template(asked).family, f"template family {asked}: as asked"
    entry = find_entry(model.hub_id or written)
    if entry is not None:
        return entry.template, f"template family {entry.template}: from the catalogue"
    family = family_of(model.hub_id or written)
    if family == "plain":
        return family, "template family plain: the model is not in the catalogue, and its name says nothing"
    return family, f"template family {family}: by the model's name; it is not in the catalogue"

"""Providers and their models described: as values, and as facts in the words of a reader. Nothing is asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.encoders.api.addresses import host_of
from semascope.encoders.api.keys import find_key
from semascope.encoders.api.name import OPENING, read_api_name
from semascope.encoders.api.providers import find_provider, read_providers
from semascope.encoders.api.session import current
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.encoders.api.providers import Model, Provider


def known_providers() -> Mapping[str, Provider]:
    """Those of the packaged table and the user's own, as this process has settled it."""
    return read_providers(current().settings.providers)


def model_values(provider: Provider, model: Model) -> dict[str, Any]:
    """What the table says of a model, and whether it may be asked from here."""
    dated = model.dated or provider.dated
    return {
        "name": f"{OPENING}{provider.name}/{model.id}",
        "place": "api",
        "address": provider.base_url,
        "key": provider.key,
        "key_is_set": has_key(provider),
        "dim": model.dim,
        "dims": list(model.dims),
        "max_tokens": model.max_tokens or provider.limits.input_tokens,
        "price": model.price,
        "currency": model.currency,
        "limits": provider.limits.model_dump(),
        "weights": model.hub_id,
        "dated": dated.isoformat() if dated else "",
        "source": model.source or provider.source,
    }


def model_facts(source: str) -> dict[str, Any]:
    """The same of one encoder for a reader: a name of a fact, and its words."""
    providers = known_providers()
    read = read_api_name(source, known=providers)
    provider = find_provider(providers, read.provider, read.url)
    model = provider.model(read.model)
    limits = provider.limits
    dated = model.dated or provider.dated
    rates = [
        *([f"{limits.requests_per_minute:,.0f} requests"] if limits.requests_per_minute else []),
        *([f"{limits.tokens_per_minute:,.0f} tokens"] if limits.tokens_per_minute else []),
    ]
    request = [f"{limits.inputs:,} texts"]
    request += [f"{limits.request_tokens:,} tokens"] if limits.request_tokens else []
    return {
        "address": provider.base_url,
        "key": key_words(provider),
        "widths on offer": ", ".join(map(str, model.dims)) or "none but its own",
        "a request": f"{' and '.join(request)} at most",
        "a minute": f"{' and '.join(rates)} at most" if rates else "no limit is known",
        "price": price_words(model),
        "weights": model.hub_id or "not known",
        "looked up": f"{dated}, {model.source or provider.source}"
        if dated
        else "not: the table does not have it",
    }


def has_key(provider: Provider) -> bool:
    """Whether a key is at hand that its own address may get; True where none is needed."""
    if not provider.key:
        return True
    try:
        return find_key(provider, host_of(provider.base_url), settings=current().settings).key is not None
    except ConfigError:  # one that no header can carry
        return False


def key_words(provider: Provider) -> str:
    """Which variable holds the key, and whether it is set."""
    if not provider.key:
        return "none is needed"
    return f"{provider.key}, {'set' if has_key(provider) else 'not set, or not for this address'}"


def price_words(model: Model) -> str:
    """Money of a million tokens."""
    return "not known" if model.price is None else f"{model.price:g} {model.currency} a million tokens"

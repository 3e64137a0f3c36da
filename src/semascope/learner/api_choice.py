"""Which encoder behind an API the arguments ``api_key`` and ``base_url`` of a learner stand for.

A key is worth money, so it is never tried on a provider to see whether it fits: where the arguments do not say whose it is,
they are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.api.addresses import host_of, read_address
from semascope.encoders.api.name import is_api, read_api_name
from semascope.encoders.api.providers import find_provider, read_providers
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.encoders.api.providers import Provider

DEFAULT_PROVIDER = "openrouter"
"""Whose spelling the learner's default model has; a key that is given beside it is one of theirs."""
ELSEWHERE = "server"
"""What the provider of an address is called that the table does not know."""


def api_name(model_name: str, *, chat_model: str, stands_for: str, base_url: str | None) -> str:
    """The name of the encoder that is meant.

    Parameters
    ----------
    model_name
        As the provider writes it, or ``api:PROVIDER/MODEL[@URL]``.
    chat_model, stands_for
        The learner's default, which makes no vectors, and the hub id of the weights that are used for it.
    base_url
        Address; None where a key alone was given.

    Raises
    ------
    ConfigError
        When a model is on offer at several providers, or at none, and no address says which; and for two addresses.

    Examples
    --------
    >>> api_name("text-embedding-3-small", chat_model="", stands_for="", base_url=None)
    'api:openai/text-embedding-3-small'
    """
    if is_api(model_name):
        if base_url is not None and read_api_name(model_name, known=None).url != read_address(base_url):
            raise ConfigError(
                f"model_name is {model_name!r} and base_url was given too; accepted is one address, behind @ in the name or as base_url"
                " beside the model's own name; leave one out"
            )
        return model_name
    providers = read_providers()
    is_default = model_name.casefold() == chat_model.casefold()
    if base_url is not None:
        return _at(
            read_address(base_url, what="base_url"), model_name, providers, stands_for if is_default else ""
        )
    if is_default:
        return f"api:{DEFAULT_PROVIDER}/{_model_of(providers[DEFAULT_PROVIDER], stands_for)}"
    offering = [name for name, provider in providers.items() if model_name in provider.models]
    if len(offering) != 1:
        found = f"{', '.join(offering)} offer it" if offering else "the table of providers has no such model"
        raise ConfigError(
            f"api_key was given with model_name {model_name!r}, and {found}; whose key it is must be said; give base_url, or"
            f" model_name='api:PROVIDER/{model_name}'"
        )
    return f"api:{offering[0]}/{model_name}"


def host_asked(name: str) -> str:
    """Host of the address that a name of an encoder behind an API stands for, as ``host_of`` writes it."""
    providers = read_providers()
    read = read_api_name(name, known=providers)
    return host_of(find_provider(providers, read.provider, read.url).base_url)


def _at(address: str, model_name: str, providers: Mapping[str, Provider], stands_for: str) -> str:
    """The name of a model at an address, which may be a provider's own."""
    for name, provider in providers.items():
        if provider.base_url == address:
            return f"api:{name}/{_model_of(provider, stands_for) if stands_for else model_name}"
    return f"api:{ELSEWHERE}/{stands_for or model_name}@{address}"


def _model_of(provider: Provider, hub_id: str) -> str:
    """The provider's own id of the model with these weights."""
    return next((model.id for model in provider.models.values() if model.hub_id == hub_id), hub_id)

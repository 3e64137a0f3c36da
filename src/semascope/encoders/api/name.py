"""Names of encoders behind an API: ``api:PROVIDER/MODEL`` and ``api:PROVIDER/MODEL@URL``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from semascope.encoders.api.addresses import read_address
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection

OPENING = "api:"
FORM = "api:PROVIDER/MODEL or api:PROVIDER/MODEL@URL"
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_-]*")
# Ids of models may hold an @ themselves (@cf/baai/bge-m3), so an address is known by its scheme.
_ADDRESS = re.compile(r"@(?=[a-zA-Z][a-zA-Z0-9+.-]*://)")


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiName:
    """A model of a provider, and where its server is when that is not the provider's own address.

    Examples
    --------
    >>> str(ApiName(provider="mine", model="e5", url="http://localhost:8080/v1"))
    'api:mine/e5@http://localhost:8080/v1'
    """

    provider: str  # in lower case
    model: str  # as the provider writes it, slashes included
    url: str = ""  # as ``read_address`` gives it; "" for the provider's own

    def __str__(self) -> str:
        return f"{OPENING}{self.provider}/{self.model}{'@' if self.url else ''}{self.url}"


def is_api(source: str) -> bool:
    """Whether what a user wrote for an encoder names one behind an API.

    Examples
    --------
    >>> is_api("api:openai/text-embedding-3-small"), is_api("minilm")
    (True, False)
    """
    return source.startswith(OPENING)


def read_api_name(written: str, *, known: Collection[str] | None) -> ApiName:
    """What a name of an encoder behind an API stands for.

    Parameters
    ----------
    written
        ``api:PROVIDER/MODEL[@URL]``.
    known
        Providers of the table; any other one needs the address. None: which ones there are is not asked.

    Raises
    ------
    ConfigError
        For another form, an unknown provider without an address, and an address that is none or that holds a password.

    Examples
    --------
    >>> name = read_api_name("api:siliconflow/Qwen/Qwen3-Embedding-0.6B", known=["siliconflow"])
    >>> name.provider, name.model, name.url
    ('siliconflow', 'Qwen/Qwen3-Embedding-0.6B', '')
    """
    before, url = _apart(written.removeprefix(OPENING))
    shown = f"{OPENING}{before}{'@...' if url is not None else ''}"  # an address may hold a password
    provider, _, model = before.partition("/")
    provider = provider.strip().lower()
    if not is_api(written) or not _PROVIDER.fullmatch(provider) or not _can_be_model(model):
        raise ConfigError(f"encoder is {shown!r:.200}; accepted is {FORM}; {_example(provider, known or ())}")
    address = "" if url is None else read_address(url, what=f"the address of encoder {shown!r:.200}")
    if not address and known is not None and provider not in known:
        raise ConfigError(
            f"encoder is {shown!r:.200}, and the table has no provider {provider!r}; known are {', '.join(sorted(known))};"
            f" {_hint(provider, model, known)}"
        )
    return ApiName(provider=provider, model=model, url=address)


def is_moved(weights: str, others: str) -> bool:
    """Whether two spaces' ``weights`` are one model of one provider, by name, at two addresses.

    Examples
    --------
    >>> is_moved("api:mine/e5@http://a/v1", "api:mine/e5@http://b/v1"), is_moved("api:mine/e5", "api:mine/bge@http://b/v1")
    (True, False)
    """
    if weights == others or not (is_api(weights) and is_api(others)):
        return False
    (one, _, asked), (other, _, asked_too) = weights.partition(" "), others.partition(" ")
    first, second = (read_api_name(name, known=None) for name in (one, other))
    return (first.provider, first.model, asked) == (second.provider, second.model, asked_too)


def with_address(name: str, url: str, *, known: Collection[str] | None = None) -> str:
    """The name of the same model at another address: what ``--base-url`` makes of it.

    Examples
    --------
    >>> with_address("api:mine/e5", "http://localhost:8080/v1/", known=[])
    'api:mine/e5@http://localhost:8080/v1'
    """
    before, old = _apart(name)
    if old is not None:
        raise ConfigError(
            f"encoder {before + '@...'!r:.200} has an address already, and another one was given; accepted is one; leave one out"
        )
    return str(read_api_name(f"{name}@{read_address(url, what='base-url')}", known=known))


def _apart(written: str) -> tuple[str, str | None]:
    """What stands before the address, and the address; None where there is none."""
    found = _ADDRESS.search(written)
    return (written[: found.start()], written[found.end() :]) if found else (written, None)


def _can_be_model(model: str) -> bool:
    return bool(model) and model.isprintable() and not any(sign.isspace() for sign in model)


def _example(provider: str, known: Collection[str]) -> str:
    if provider in known:
        return f"give a model, as in {OPENING}{provider}/MODEL"
    return f"write for example {OPENING}openai/text-embedding-3-small"


def _hint(provider: str, model: str, known: Collection[str]) -> str:
    near = get_close_matches(provider, known, n=1)
    own = (
        f"a server of your own needs its address, as in {OPENING}{provider}/{model}@http://localhost:8080/v1"
    )
    return f"did you mean {near[0]!r}? {own}" if near else own

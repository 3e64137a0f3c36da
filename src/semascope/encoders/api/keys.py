"""Which key goes to which host: a key of the environment only to hosts that its provider or the command line names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Self

from pydantic import SecretStr

from semascope.encoders.api.environment import DOTENV, from_dotenv, from_environment
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.encoders.api.providers import Provider
    from semascope.encoders.api.settings import ApiSettings


class ApiKey(SecretStr):
    """A key that shows itself nowhere, and that cannot be written: a pickle would hold it in clear."""

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            "a key of an API cannot be written or sent to another process; find it there again by its variable"
        )

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundKey:
    """The key for a host, where there is one that may go there."""

    key: ApiKey | None
    origin: str = ""  # where it came from: a variable's name, or "given"
    why: str = (
        ""  # why there is none, in a sentence without a full stop; "" where there is one or none is needed
    )
    missing: bool = False  # whether the provider answers nobody without one, and there is none


def find_key(
    provider: Provider, host: str, *, settings: ApiSettings, given: SecretStr | str | None = None
) -> FoundKey:
    """The key that requests to ``host`` carry.

    Parameters
    ----------
    provider
        By the table; its ``hosts`` may get the key of its variable.
    host
        Of the address that is asked, as ``host_of`` writes it.
    settings
        Their ``trusted_hosts`` may get that key too.
    given
        In Python, for this very address: it goes there.

    Raises
    ------
    ConfigError
        When a key holds what a header cannot carry; the key is not shown.
    """
    if given is not None:
        text = given.get_secret_value() if isinstance(given, SecretStr) else given
        return FoundKey(key=_checked(text, "the key that was given"), origin="given")
    if not provider.key:
        return FoundKey(key=None)
    trusted = {host, f"{provider.name}@{host}"} & settings.trusted_hosts
    may_go = host in provider.hosts or bool(trusted)
    text = from_environment(provider.key) or from_dotenv(provider.key)
    if text and may_go:
        return FoundKey(key=_checked(text, f"the key in {provider.key}"), origin=provider.key)
    return FoundKey(
        key=None,
        why=_withheld(provider, host) if text else _not_set(provider, may_go, host),
        missing=provider.needs_key,
    )


def as_key(given: SecretStr | str | None) -> ApiKey | None:
    """A key that was given in Python; None for none, and for an empty one."""
    text = given.get_secret_value() if isinstance(given, SecretStr) else given
    return _checked(text, "api_key") if text else None


def _checked(text: str, what: str) -> ApiKey:
    """A key that a header can carry: one word of visible ASCII."""
    key = text.strip()
    if not key:
        reason = "is empty"
    elif any(sign in key for sign in "\r\n"):
        reason = "holds a line break"
    elif any(sign.isspace() for sign in key):
        reason = "holds a space"
    elif not key.isascii() or not key.isprintable():
        reason = "holds a character that is no visible ASCII"
    else:
        return ApiKey(key)
    raise ConfigError(
        f"{what} {reason} (it is not shown here); accepted is one word of visible ASCII; set it again"
    )


def _withheld(provider: Provider, host: str) -> str:
    named = f"{', '.join(sorted(provider.hosts))} alone" if provider.hosts else "no host"
    return (
        f"{provider.key} is set and was not sent to {host}: the table of providers names {named} for provider"
        f" {provider.name!r}; where {host} may have it, give the address on the command line (--base-url), or put it into your"
        " own table"
    )


def _not_set(provider: Provider, may_go: bool, host: str) -> str:
    needs = f"provider {provider.name!r} needs a key" if provider.needs_key else f"no key was sent to {host}"
    wanted = f"{needs}: {provider.key} is neither in the environment nor in {DOTENV}"
    return f"{wanted}; set it" if may_go else wanted

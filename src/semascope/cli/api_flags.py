"""Flags about encoders behind an API: the same on every command that takes an encoder, and settled once for it."""

from __future__ import annotations

import inspect
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from semascope.cli.flags import GIVEN
from semascope.cli.options import option_of
from semascope.words.settings import Setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.encoders.api.session import Session

PANEL = "Encoders behind an API"
_FLAGS: dict[str, tuple[Any, Any, Setting]] = {
    "base_url": (
        str | None,
        None,
        Setting(
            takes="URL",
            says="Address of an OpenAI-compatible server, for api: encoders whose names have none; it may get the provider's key",
            panel=PANEL,
        ),
    ),
    "providers": (
        Path | None,
        None,
        Setting(
            takes="FILE",
            says="Your table of providers, laid over the packaged one",
            panel=PANEL,
            by_default="the one that SEMASCOPE_PROVIDERS names",
        ),
    ),
    "max_cost": (
        float | None,
        None,
        Setting(
            takes="MONEY",
            says="Spend no more: refuses an estimate above it, and stops when the bill reaches it",
            panel=PANEL,
        ),
    ),
    "yes": (bool, False, Setting(says="Do not ask for confirmation", panel=PANEL)),
}
"""By name: type, default and words of each flag."""
_ENCODERS = ("encoder", "old", "new", "name", "parity")  # what holds names that were typed
_TYPED_ADDRESS = re.compile(r"api:([\w-]+)/\S*?@([a-zA-Z][a-zA-Z0-9+.-]*://[^\s,+]*)")


class AsksApis(TyperCommand):
    """A command that may ask encoders behind an API."""

    def get_params(self, ctx: Any) -> Any:
        """Its own parameters, and those flags that it does not have itself."""
        own = super().get_params(ctx)
        taken = {each.name for each in own}
        return [*own, *(option for option in _options() if option.name not in taken)]

    def invoke(self, ctx: Any) -> Any:
        """Run it with what the flags say settled for the whole process."""
        from semascope.encoders.api.session import session

        kept = {each.name for each in self.params}  # what the command itself takes
        given = {
            option.name: ctx.params.get(option.name)
            if option.name in kept
            else ctx.params.pop(option.name, None)
            for option in _options()
        }
        typed = list(_typed(ctx.params, ctx.meta.get(GIVEN, {})))
        with session(settled(typed, **given)) as now:
            done = super().invoke(ctx)
            if now.base_url and not now.asked:
                print(
                    "warning: --base-url was given, and no encoder behind an API was asked", file=sys.stderr
                )
            return done


def settled(
    typed: Sequence[str],
    *,
    base_url: str | None = None,
    providers: Path | None = None,
    max_cost: float | None = None,
    yes: bool = False,
) -> Session:
    """What the flags say, for the whole command.

    Parameters
    ----------
    typed
        Encoders that were named on the command line, as they were written there. Their addresses may get a key of the
        environment: whoever can write the command line has it anyway.

    Raises
    ------
    ConfigError
        For an address that is none, and for one beside encoders of which none is behind an API.
    """
    from semascope.encoders.api.addresses import host_of, read_address
    from semascope.encoders.api.session import Session
    from semascope.encoders.api.settings import ApiSettings
    from semascope.errors import ConfigError

    address = read_address(base_url, what="--base-url") if base_url else ""
    behind = [name for name in typed if "api:" in name]
    if address and typed and not behind:
        raise ConfigError(
            f"--base-url is {address!r}, and no encoder behind an API is named, but {', '.join(typed)}; accepted is api:PROVIDER/MODEL;"
            " name one, such as api:mine/MODEL, or leave --base-url out"
        )
    hosts = {host_of(address)} if address else set()
    for name in behind:
        hosts |= {
            f"{provider.lower()}@{host_of(read_address(found))}"
            for provider, found in _TYPED_ADDRESS.findall(name)
        }
    return Session(
        settings=ApiSettings(trusted_hosts=frozenset(hosts), providers=providers),
        base_url=address,
        max_cost=max_cost,
        yes=bool(yes),
    )


def settled_flags() -> list[str]:
    """The flags that settle the same in another process of this command; none of them is secret."""
    from semascope.encoders.api.session import current

    now = current()
    written = {"base_url": now.base_url, "providers": now.settings.providers, "max_cost": now.max_cost}
    given = [
        (f"--{name.replace('_', '-')}", str(value))
        for name, value in written.items()
        if value not in (None, "")
    ]
    return [word for pair in given for word in pair] + (["--yes"] if now.yes else [])


def _typed(*given: dict[str, Any]) -> Iterable[str]:
    """Encoders among the values of flags and arguments."""
    for values in given:
        for name in _ENCODERS:
            value = values.get(name) or ()
            yield from (value,) if isinstance(value, str) else filter(None, map(str, value))


@cache
def _options() -> tuple[Any, ...]:
    """The options, as typer makes them of a function with these parameters."""

    def flags(**given: Any) -> None: ...

    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[kind, option_of(setting, name)],
        )
        for name, (kind, default, setting) in _FLAGS.items()
    ]
    flags.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flags.__annotations__ = {each.name: each.annotation for each in parameters}
    made = typer.Typer(add_completion=False)
    made.command()(flags)
    return tuple(typer.main.get_command(made).params)

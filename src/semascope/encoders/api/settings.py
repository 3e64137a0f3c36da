"""How an API is asked: nothing here but ``dimensions`` changes a row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

Encoding = Literal["float", "base64"]
DEFAULT_BATCH = 32
"""Texts a request where neither the settings nor the table of providers say how many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiSettings:
    """Settings of the requests to one API.

    Raises
    ------
    ConfigError
        For a number that is not positive or not finite, and an encoding that is none.

    Examples
    --------
    >>> ApiSettings(max_concurrent=4).timeout
    60.0
    """

    batch_size: int | None = None  # texts a request, at most; None: the provider's, else DEFAULT_BATCH
    max_concurrent: int = 10  # requests at once, at most
    requests_per_minute: float | None = None  # None: the provider's
    tokens_per_minute: float | None = None  # None: the provider's
    timeout: float = 60.0  # s, of one request
    max_retries: int = 6  # of one request; 0 for none
    dimensions: int | None = None  # width that is asked for; None: the model's own
    encoding: Encoding | None = None  # of the rows in an answer; None: by the provider
    # Hosts that the command line named, as ``addresses.host_of`` writes them, or PROVIDER@HOST for that provider's key alone:
    # they may get a key of the environment.
    trusted_hosts: frozenset[str] = frozenset()
    providers: Path | None = None  # the user's own table, laid over the packaged one
    tokenizer: Path | None = (
        None  # the model's own, a folder or a tokenizer.json; None: by the table, else an estimate
    )

    def __post_init__(self) -> None:
        for name in ("batch_size", "max_concurrent", "dimensions"):
            _check_whole(name, getattr(self, name), least=1)
        _check_whole("max_retries", self.max_retries, least=0)
        for name in ("requests_per_minute", "tokens_per_minute", "timeout"):
            _check_positive(name, getattr(self, name))
        if self.encoding not in (None, *get_args(Encoding)):
            raise ConfigError(
                f"encoding is {self.encoding!r}; accepted are {' and '.join(get_args(Encoding))}; choose one, or leave it out"
            )


def _check_whole(name: str, value: object, *, least: int) -> None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
        raise ConfigError(f"{name} is {value!r}; it must be a whole number of {least} or more; change it")


def _check_positive(name: str, value: object) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and (not is_number or not math.isfinite(value) or value <= 0):  # type: ignore[arg-type,operator]
        raise ConfigError(f"{name} is {value!r}; it must be a finite number above 0; change it")

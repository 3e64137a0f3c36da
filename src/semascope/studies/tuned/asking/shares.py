"""Shares of queries or texts that are asked for on each side."""

from __future__ import annotations

from semascope.errors import ConfigError


def check_shares(test_size: float, choosing: float, what: str) -> None:
    """Refuse shares that leave one of three sides nothing.

    Raises
    ------
    ConfigError
        For a share of 0 or less, and two that take all.
    """
    for name, share in (("test_size", test_size), ("choosing", choosing)):
        if not 0 < share < 1:
            raise ConfigError(
                f"{name} is {share}; it must be above 0 and below 1, a share of the {what}; give for example 0.1"
            )
    if test_size + choosing >= 1:
        raise ConfigError(
            f"test_size is {test_size} and choosing {choosing}, which leaves nothing to learn from; together they must be below 1;"
            " lower one"
        )

"""What the colourings of a map are called: each by a name of its own, also beside those that the map makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

CHANGE = "neighbourhood change"


def predicted_name(target: str) -> str:
    """Of what ridge says about a column."""
    return f"{target}: predicted"


def residual_name(target: str) -> str:
    """Of how far off that is."""
    return f"{target}: residual"


def check_names(names: Iterable[str]) -> None:
    """Refuse names that a reader would take for each other, or for the change that the map adds.

    Parameters
    ----------
    names
        Of all colourings but the change.

    Examples
    --------
    >>> check_names(["topic", "stars", predicted_name("stars")])
    """
    taken = {_alike(CHANGE)}
    for name in names:
        if _alike(name) in taken:
            raise ConfigError(
                f"two colourings of the map would be called {name!r}; it makes predictions, residuals and "
                f"{CHANGE!r} itself; rename the column or leave it out"
            )
        taken.add(_alike(name))


def _alike(name: str) -> str:
    return " ".join(name.casefold().split())

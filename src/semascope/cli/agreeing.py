"""Whether somebody at the terminal agrees to what a command will cost."""

from __future__ import annotations

import sys

import typer

from semascope.errors import ConfigError


def agrees(cost: str) -> bool:
    """What somebody at the terminal says.

    Parameters
    ----------
    cost
        What would be sent and what it costs, a sentence.

    Raises
    ------
    ConfigError
        Where nobody is there: then nothing is sent that costs so much.
    """
    if not sys.stdin.isatty():
        raise ConfigError(
            f"{cost.rstrip('.')}, and nobody is at a terminal to agree to that; none of them was sent; add --yes to agree, or --max-cost MONEY"
            " to set a limit"
        )
    from semascope.words.progress import nothing_drawn  # late: it draws with rich

    with nothing_drawn():
        return typer.confirm(f"{cost} Send them?", err=True)

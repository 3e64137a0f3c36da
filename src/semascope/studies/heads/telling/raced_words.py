"""A race in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.words.numbers import count, percent, seconds

if TYPE_CHECKING:
    from semascope.studies.heads.result import HeadsResult
    from semascope.studies.racing import Fall, Raced

SHORT = 1.0  # seconds below which nothing is said of them


def race_words(raced: Raced) -> str:
    """Who fell, at how many rows, and what that saved."""
    race = raced.race
    raced_cells = [cell for cell in race.lanes if cell not in race.free]
    sizes = [heat.units for heat in race.heats]
    where = f"samples of {sizes[0]:,} to {sizes[-1]:,}" if len(sizes) > 1 else f"a sample of {sizes[0]:,}"
    opening = f"{count(len(raced_cells), 'cell')} raced on {where} of the {race.units:,} training rows"
    fell = [fall for fall in raced.fallen if fall.cell in race.falls]
    if not fell:
        return f"{opening}; none was left behind."
    found = f"{opening}; {count(len(fell), 'cell')} {'was' if len(fell) == 1 else 'were'} left behind."
    if math.isnan(raced.saved):
        return f"{found} That left out their fits alone: the store had all vectors."
    if raced.saved <= 0:
        return f"{found} That left out their fits alone: of every encoder a cell is left."
    took = raced.saved_seconds
    time = f", {seconds(took)} of computing" if math.isfinite(took) and took >= SHORT else ""
    return f"{found} That left out {percent(raced.saved)} of the texts to encode{time}."


def race_in_the_answer(raced: Raced | None, judged: int) -> str:
    """What a reader of the answer alone must know of a race; empty where nothing fell."""
    if raced is None or not raced.fallen:
        return ""
    last = max(fall.units for fall in raced.fallen)
    one = len(raced.fallen) == 1
    return (
        f"{count(len(raced.fallen), 'cell')} more {'was' if one else 'were'} left behind in a race, on samples of at most {last:,}"
        f" training rows, and {'is' if one else 'are'} not called worse; the answer speaks of the {judged:,} that were computed whole."
    )


def how_it_raced(result: HeadsResult) -> str:
    """What a fall means, and what it does not."""
    confidence = float(result.settings["race_confidence"])
    cheaper = (
        "by more than the margin if it costs less"
        if result.choice.rule == "cheapest"
        else "at all if it costs less"
    )
    return (
        "Each sample holds the one before and twice as many rows; cells are fitted out of fold on it. A cell is left behind by another"
        f" one when it is shown to be behind it, {cheaper}, or when it costs no less and is shown not to be better by more than the"
        f" margin. Shown: with {percent(confidence)} confidence for each cell, over all samples and all others; and its learning curve,"
        " carried on to all training rows and lowered by half a standard error, does not bring it back. Cells that were left behind are"
        " not called worse: no held-out row judged them."
    )


def why(fall: Fall) -> str:
    """Which of the two it was."""
    return "behind" if fall.least > 0 else "costs no less, and is not better by more than the margin"


def fallen_words(fall: Fall) -> str:
    """What stands in place of a verdict."""
    return f"left behind at {fall.units:,} rows"


def by_fall(raced: Raced) -> list[Fall]:
    """The last to fall first."""
    return sorted(raced.fallen, key=lambda fall: (-fall.units, fall.behind))

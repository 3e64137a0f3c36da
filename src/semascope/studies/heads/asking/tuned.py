"""The models that a study tunes, checked before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.extras import require
from semascope.tuning.start import Start

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.settings import Study
    from semascope.tuning.recipe import Tuned

FEWEST_TO_TUNE = 60
"""Training rows of every target below which nothing is tuned: a third of them could not say when to stop."""


def load_tuned(
    study: Study, rows: Rows, load: Callable[..., Encoder], *, trust_remote_code: bool
) -> dict[str, tuple[Tuned, Start]]:
    """Recipe and start of every tuned model, by the name of its cell.

    Raises
    ------
    ConfigError
        For a model that cannot be tuned.
    DataError
        With too few training rows, or a class that the rows to be learnt from lack.
    """
    if not study.tuned:
        return {}
    require("torch", purpose="a tuned model")
    known = np.isfinite(rows.truth[rows.split.train]).sum(axis=0)
    for target, values in zip(rows.targets, known.tolist(), strict=True):
        if values < FEWEST_TO_TUNE:
            raise DataError(
                f"target {target!r} has {values} values among the training rows; a network is tuned on {FEWEST_TO_TUNE} or more,"
                " a third of which say when to stop; label more rows, or leave out --tuned"
            )
    found = {}
    for recipe in study.tuned:
        if recipe.lora:
            require("peft", purpose="tuning with lora")
        if recipe.balance and rows.kind == "regression":
            raise ConfigError(
                f"tuned model {recipe.label!r} is to balance classes, and the study learns numbers; leave out balance"
            )
        encoder = load(recipe.model, called=recipe.label)
        found[recipe.label] = recipe, Start.of(encoder, recipe, trust_remote_code=trust_remote_code)
    return found

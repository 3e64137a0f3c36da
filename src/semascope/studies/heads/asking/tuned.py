"""The models that a study tunes, checked before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.seen import SEEN, read_seen
from semascope.data.splits import make_folds
from semascope.encoders.catalogue import from_anywhere
from semascope.encoders.naming import folder_of
from semascope.errors import ConfigError, DataError
from semascope.extras import require
from semascope.studies.heads.asking.rows import SELECTION_FOLDS
from semascope.studies.heads.asking.seen_rows import SeenBefore
from semascope.tuning.start import Start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from semascope.encoders.protocol import Encoder
    from semascope.studies.folder import RunFolder
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.settings import Study
    from semascope.studies.task import Records
    from semascope.tuning.recipe import Tuned

FEWEST_TO_TUNE = 60
"""Training rows of every target below which nothing is tuned: a third of them could not say when to stop."""


def from_any_directory(study: Study) -> Study:
    """The study whose tuned models mean the same from any working directory: folders by their whole paths."""
    tuned = [one.model_copy(update={"model": from_anywhere(one.model)}) for one in study.tuned]
    return study.model_copy(update={"tuned": tuned})


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
    _check_folds(study, rows)
    found = {}
    for recipe in study.tuned:
        if recipe.lora:
            require("peft", purpose="tuning with lora")
        if recipe.balance and rows.kind == "regression":
            raise ConfigError(
                f"tuned model {recipe.label!r} is to balance classes, and the study learns numbers; leave out balance"
            )
        if recipe.curve and not study.curve:
            raise ConfigError(
                f"tuned model {recipe.label!r} is to have a learning curve, and the study names no numbers of rows; name some,"
                " each about twice the one before (--curve 100 --curve 200 --curve 400), or leave out curve"
            )
        encoder = load(recipe.model, called=recipe.label)
        found[recipe.label] = recipe, Start.of(encoder, recipe, trust_remote_code=trust_remote_code)
    return found


def seen_before(tuned: Mapping[str, tuple[Tuned, Start]]) -> list[SeenBefore]:
    """What the models that are tuned were tuned on before; those that were not are left out."""
    found = [SeenBefore(name=name, seen=start.encoder.seen) for name, (_, start) in tuned.items()]
    return [one for one in found if len(one.seen)]


def seen_recorded(study: Study, folder: RunFolder, records: Records) -> list[SeenBefore]:
    """The same of a finished study, from the folders of its cells: no model need be there.

    Cells from before that was kept there are asked of the folder that they were tuned from, if it is there.
    """
    found = []
    for recipe in study.tuned:
        place, record = folder.of_cell(recipe.label), records.get(recipe.label)
        if record is None:
            continue
        base = folder_of(record["source"])
        seen = read_seen(place if base is None or (place / SEEN).is_file() else base)
        found.append(SeenBefore(name=recipe.label, seen=seen))
    return [one for one in found if len(one.seen)]


def _check_folds(study: Study, rows: Rows) -> None:
    """Refuse rows of which the fold that watches would be one text or group: its halves choose for one another."""
    train = rows.split.train
    strata = rows.strata[train] if rows.strata is not None else None
    components = rows.components[train]
    folds = make_folds(components, strata=strata, folds=SELECTION_FOLDS, seed=study.seed)
    apart = min(len(np.unique(components[folds == fold])) for fold in range(SELECTION_FOLDS))
    if apart < 2:
        raise DataError(
            f"a third of the training rows, which says when to stop, would be one group; a network is tuned where each third holds"
            f" two or more groups{f' of {study.group!r}' if study.group else ''}; take more rows, or leave out --tuned"
        )

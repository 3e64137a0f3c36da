"""What an ensemble says of texts besides their scores: errors that it would have made, intervals, reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError
from semascope.learner.explanation import explain_prediction
from semascope.learner.intervals import intervals
from semascope.learner.training import components_of
from semascope.probes.ensemble_head import average
from semascope.types import silent

if TYPE_CHECKING:
    from semascope.learner.explanation import Explanation
    from semascope.learner.intervals import Interval
    from semascope.learner.members import Team
    from semascope.types import Floats


def left_out(team: Team, weights: Floats, out_of_fold: Floats) -> tuple[Floats, tuple[int, ...] | None]:
    """(n,) residuals of the ensemble on examples not seen, and labels equal for copies of one text; None without copies.

    Parameters
    ----------
    weights
        (k,) of the members.
    out_of_fold
        (n,) residuals of the last training, for an ensemble that is not all ridge: a ridge leaves one out.
    """
    ridges = team.ridges()
    if ridges is not None:
        parts = [fit.left_out for fit in ridges]
        return average([part.residuals for part in parts], weights), parts[0].labels
    texts = team.fits()[0].texts
    if len(out_of_fold) != len(texts):
        raise ConfigError("the ensemble's errors are not known; its members were trained apart; call train()")
    components = components_of(texts)
    copies = len(np.unique(components)) < len(components)
    return out_of_fold, tuple(components.tolist()) if copies else None


def team_intervals(
    team: Team, predictions: Floats, weights: Floats, out_of_fold: Floats, *, coverage: float
) -> tuple[Interval, ...]:
    """One interval for each of (m,) predictions of the ensemble."""
    residuals, labels = left_out(team, weights, out_of_fold)
    found = intervals(
        predictions,
        residuals,
        coverage=coverage,
        method="loo",
        labels=labels,
        chosen_by_suggestion=team.was_guided(),
    )
    if team.ridges() is not None:
        return found
    said = "from out-of-fold errors, by members fitted on fewer examples"
    return tuple(replace(each, note="; ".join(filter(None, (each.note, said)))) for each in found)


def team_explanation(
    team: Team, text: str, weights: Floats, interval: Interval, *, neighbours: int, pulls: int
) -> Explanation:
    """Why a text gets the score of the interval, by members that are all ridge; see ``Ensemble.explain``."""
    fits, first = team.ridges() or [], team.readers()
    rows = [model.source.vectors([text], silent) for model in team.models]
    shares = [fit.ridge.hat_rows(row.astype(np.float64))[0] for fit, row in zip(fits, rows, strict=True)]
    return explain_prediction(
        text,
        np.concatenate([rows[place][0] for place in first]),
        prediction=interval.score,
        hat_row=average(shares, weights),
        texts=fits[0].texts,
        vectors=np.hstack([fits[place].vectors for place in first]),
        scores=fits[0].scores,
        interval=interval,
        neighbours=neighbours,
        pulls=pulls,
    )


def team_weights(team: Team, weights: Floats) -> Floats:
    """(d,) weights of the dimensions in the prediction of members that are all ridge on the same vectors.

    Raises
    ------
    ConfigError
        When the members read vectors of several spaces.
    """
    ridges, spaces = team.ridges() or [], len(team.readers())
    if spaces > 1:
        raise ConfigError(
            f"plot_weights was asked of an ensemble whose members read vectors of {spaces} spaces; their dimensions have"
            " nothing in common; plot the weights of one member"
        )
    return average([fit.line.coef_ for fit in ridges], weights)

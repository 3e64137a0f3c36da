"""Several learners as one: the weighted mean of what they predict, with intervals from errors that none of them has seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.data.text_checks import check_texts
from semascope.errors import ArtifactError, ConfigError, DataError
from semascope.files import beside, put_folder
from semascope.learner.answers.intervals import intervals
from semascope.learner.learner import ValueLearner
from semascope.learner.ranking import Ranks
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.learner.answers.intervals import Interval
    from semascope.learner.ridge.left_out import LeftOut
    from semascope.types import Floats, Progress

_WEIGHTS = "ensemble.json"


class EnsembleLearner(Ranks):
    """The weighted mean of learners that are trained already, each by its own ``train`` or ``update``.

    Parameters
    ----------
    learners
        One or more, of any encoder, instruction, width and alpha.
    weights
        One number of 0 or more for each learner, brought to a sum of 1; None for equal ones.

    Attributes
    ----------
    learners
        The learners; train and correct them themselves.
    weights
        (k,) of the k learners, summing to 1.

    Examples
    --------
    >>> import tempfile
    >>> learners = [ValueLearner(encoder=name, cache_dir=tempfile.mkdtemp()) for name in ("hash:4", "hash:8")]
    >>> for learner in learners:
    ...     learner.update("clear and short", 8.0)
    ...     learner.update("long and vague", 2.0)
    >>> both = EnsembleLearner(learners, weights=[3, 1])
    >>> both.predict("clear") == 0.75 * learners[0].predict("clear") + 0.25 * learners[1].predict("clear")
    True
    """

    def __init__(self, learners: Sequence[ValueLearner], *, weights: Sequence[float] | None = None) -> None:
        if not learners:
            raise ConfigError("learners is empty; an ensemble needs one learner or more; give a list of them")
        self.learners = tuple(learners)
        k = len(self.learners)
        self.weights: Floats = check_weights([1.0] * k if weights is None else weights, k)

    def predict_many(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """(n,) scores of n texts: the weighted mean of what the learners predict."""
        texts = check_texts(texts)
        return average([each.predict_many(texts, progress=progress) for each in self.learners], self.weights)

    def predict_interval(self, text: str, coverage: float = 0.9) -> Interval:
        """Where the score of a text is expected to lie, with a chance of ``coverage``; see ``predict_intervals``."""
        return self.predict_intervals([text], coverage)[0]

    def predict_intervals(self, texts: Sequence[str], coverage: float = 0.9) -> tuple[Interval, ...]:
        """One interval for each text, from how far each example lies from what the ensemble says without it.

        Parameters
        ----------
        coverage
            Share of new texts whose score is to lie inside, above 0 and below 1.

        Raises
        ------
        DataError
            When the learners were not trained on the same examples in the same order.

        Notes
        -----
        A ridge says exactly what it would predict for an example (and its copies) if it had not seen it. The weighted
        mean of that is what the ensemble would predict, because its weights do not depend on the examples.
        """
        parts = [_left_out(learner) for learner in self.learners]
        known = parts[0][0]
        if any(other != known for other, _, _ in parts):
            counts = ", ".join(str(len(examples)) for examples, _, _ in parts)
            raise DataError(
                f"the learners were trained on different examples ({counts} of them); intervals need the same ones in the"
                " same order; train all of them on the same"
            )
        return intervals(
            self.predict_many(texts, progress=silent),
            average([part.residuals for _, part, _ in parts], self.weights),
            coverage=coverage,
            method="loo",
            labels=parts[0][1].labels,
            chosen_by_suggestion=any(guided for _, _, guided in parts),
        )

    def save(self, folder: str | Path) -> Path:
        """Write a folder: the model file of each learner and the weights; an earlier ensemble there is replaced as a whole.

        Raises
        ------
        ArtifactError
            When something else lies there.
        DataError
            When the folder cannot be written.
        """
        place = Path(folder)
        if place.exists() and not (place / _WEIGHTS).is_file():
            raise ArtifactError(
                f"{place} exists and is no ensemble; it is not overwritten; choose another name"
            )
        try:
            self._write(place)
        except OSError as error:
            raise DataError(
                f"{place} cannot be written ({error.strerror or error}); choose another folder"
            ) from error
        return place

    def _write(self, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = beside(place)
        partial.mkdir()
        try:
            for number, learner in enumerate(self.learners):
                learner.save_model(partial / _file_of(number))
            (partial / _WEIGHTS).write_text(json.dumps({"weights": self.weights.tolist()}), encoding="utf8")
            put_folder(partial, place)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    @classmethod
    def load(cls, folder: str | Path, *, make: Callable[[], ValueLearner] = ValueLearner) -> Self:
        """The ensemble that ``save`` wrote.

        Parameters
        ----------
        make
            Makes a learner, which then takes over a saved one: it decides on ``cache_dir``, precision, device, and on the
            class where the vectors are made by one of your own.

        Raises
        ------
        ArtifactError
            When the folder holds no whole ensemble, or an encoder is not found unchanged.
        """
        place = Path(folder)
        try:
            weights = json.loads((place / _WEIGHTS).read_text(encoding="utf8"))["weights"]
            check_weights(weights, len(weights))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArtifactError(
                f"{place} holds no ensemble ({type(error).__name__}: {error}); it must be a folder that"
                " EnsembleLearner.save wrote"
            ) from error
        learners = [make() for _ in weights]
        for number, learner in enumerate(learners):
            learner.load_model(place / _file_of(number))
        return cls(learners, weights=weights)


def _file_of(number: int) -> str:
    """Name of a learner's model file in the folder."""
    return f"learner_{number}.zip"


def _left_out(learner: ValueLearner) -> tuple[list[tuple[str, float]], LeftOut, bool]:
    """The examples of a learner's fit, its errors on them when it has not seen them, and whether one was suggested."""
    core = learner._core
    with core.lock:
        fit = core.fitted()
        return list(zip(fit.texts, fit.scores.tolist(), strict=True)), fit.left_out, core.was_guided()


def average(predictions: Sequence[Floats], weights: Floats) -> Floats:
    """Weighted mean of k arrays of one shape.

    Parameters
    ----------
    predictions
        k arrays, one or more.
    weights
        (k,) summing to 1. Where all are equal, the sum is divided by k: the bits of a plain mean.

    Examples
    --------
    >>> average([np.array([1.0, 4.0]), np.array([3.0, 8.0])], np.array([0.25, 0.75]))
    array([2.5, 7. ])
    """
    equal = bool((weights == weights[0]).all())
    factors = np.ones(len(weights)) if equal else weights
    total: Floats = factors[0] * predictions[0]
    for factor, prediction in zip(factors[1:], predictions[1:], strict=True):  # in order: np.mean may pair
        total = total + factor * prediction
    return total / len(weights) if equal else total


def check_weights(weights: Sequence[float], members: int) -> Floats:
    """(k,) weights brought to a sum of 1.

    Raises
    ------
    ConfigError
        For another number of them than members, one that is negative or not finite, or none above 0.

    Examples
    --------
    >>> check_weights([3, 1], 2)
    array([0.75, 0.25])
    """
    try:
        given = np.array(weights, dtype=np.float64)
    except (TypeError, ValueError):
        given = np.full(1, np.nan)
    if given.ndim != 1 or not np.isfinite(given).all() or (given < 0).any():
        raise ConfigError(f"weights are {weights!r}; they must be numbers of 0 or more; give one a member")
    if len(given) != members:
        raise ConfigError(
            f"{len(given)} weights for {members} members; there must be one a member; add or drop some"
        )
    if not given.any():
        raise ConfigError(f"weights are {weights!r}; one at least must be above 0; or give weights='equal'")
    # as they are, so that weights which come back from a file keep their bits
    if abs(given.sum() - 1) < 1e-12:
        return given
    largest = given.max()  # divided out first: the sum of huge weights is no number
    shares: Floats = (given / largest) / (given / largest).sum()
    return shares

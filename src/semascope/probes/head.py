"""The one surface that every head keeps, and the list of the heads there are.

A head turns vectors into answers: numbers for a regression, classes with probabilities for a classification. Those of
``TEXT_HEADS`` turn texts into answers.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
from typing import TYPE_CHECKING, Any, Protocol, Self

from semascope.errors import ConfigError
from semascope.stats.measures import get_measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.types import Array, Floats, Ints, Kind, Vectors

HEADS: dict[Kind, dict[str, str]] = {
    "regression": {
        "mean": "semascope.probes.baseline:MeanHead",
        "median": "semascope.probes.baseline:MedianHead",
        "tfidf": "semascope.probes.tfidf:TfidfHead",
        "ridge": "semascope.probes.ridge:RidgeHead",
        "mlp": "semascope.probes.mlp:MLPHead",
        "boosting": "semascope.probes.boosting:BoostingHead",
    },
    "classification": {
        "majority": "semascope.probes.baseline:MajorityHead",
        "tfidf": "semascope.probes.tfidf:TfidfHead",
        "logistic": "semascope.probes.logistic:LogisticHead",
        "mlp": "semascope.probes.mlp:MLPHead",
        "boosting": "semascope.probes.boosting:BoostingHead",
    },
}
"""Where each head lives, by kind and name; imported when it is asked for, because scikit-learn is slow to import."""

TUNED = "tuned"
"""The head of a tuned network: trained with it, so that no study can ask for it alone."""

TEXT_HEADS = frozenset({"tfidf"})
"""Heads that read the texts themselves: where others take (n, d) vectors they take (n,) texts."""


class Head(Protocol):
    """A small model on frozen vectors, or on texts (``TEXT_HEADS``). n rows, d dim, t targets, c classes.

    Every implementation keeps these promises, checked in ``tests/unit/probes/test_head_contract.py``: what it
    chooses (alpha, epochs, rounds) it chooses on the rows it is given, rows of one component never stand on two
    sides of an inner split, the final fit uses all rows, equal seeds give equal predictions, and
    ``from_state(*state())`` predicts the same bits.

    A head whose predictions pass through a map that makes ties also has ``predict_unmapped``, which ranks; one that reads
    texts ``unknown_places``, those of texts of which it knows nothing.
    """

    kind: Kind
    name: str
    choices: dict[str, Any]  # after fit: what was chosen, JSON-able
    notes: list[str]  # after fit: sentences that the reader of the report should see

    def fit(
        self, vectors: Vectors, targets: Array, *, components: Ints | None = None, seed: int = 42
    ) -> Self:
        """The head itself, fitted.

        Parameters
        ----------
        vectors
            (n, d), finite, used as they are; (n,) texts for a head of ``TEXT_HEADS``.
        targets
            Regression: (n, t) float64, NaN where a target is missing. Classification: (n,) class indices.
        components
            (n,) labels; rows with the same label (duplicates, a group) stay on one side of every inner split.
            None means that every row is its own.
        seed
            Of everything random inside.
        """
        ...

    def predict(self, vectors: Vectors) -> Array:
        """(n, t) float64 for a regression, (n,) class indices for a classification."""
        ...

    def predict_proba(self, vectors: Vectors) -> Floats:
        """(n, c) probabilities; classification only."""
        ...

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Arrays and JSON-able settings from which ``from_state`` makes an equal head.

        The settings may hold ``files``, a mapping of file name to text, which an artifact writes as files.
        """
        ...

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """The head that ``state`` was taken from, ready to predict."""
        ...


def head_class(name: str, kind: Kind) -> type[Any]:
    """The class of the head called ``name``.

    Raises
    ------
    ConfigError
        When there is no such head of that kind; the message names those that there are.
    """
    known = HEADS[kind] | {TUNED: "semascope.probes.tuned_head:TunedHead"}
    if name not in known:
        raise _unknown(name, kind)
    module, _, attribute = known[name].partition(":")
    found: type[Any] = getattr(importlib.import_module(module), attribute)
    return found


def make_head(
    name: str,
    *,
    kind: Kind,
    measure: str,
    target_names: Sequence[str] = (),
    n_classes: int | None = None,
    positive: int | None = None,
    threads: int = 1,
) -> Head:
    """An unfitted head.

    Parameters
    ----------
    name
        One of ``HEADS[kind]``.
    kind
        What it predicts.
    measure
        Name of the reported measure (``mae``, ``accuracy``, ...): everything chosen inside is chosen by it.
    target_names
        Names of the t targets, used in notes; empty means ``target 0``, ``target 1``, ...
    n_classes
        c, for a classification; None takes the largest class index seen in ``fit``.
    positive
        Class index that the measure ``f1`` speaks about; None for every other measure.
    threads
        For boosting only, which starts its own threads; they change no prediction.

    Raises
    ------
    ConfigError
        Unknown head, or unknown measure.
    MissingExtra
        ``boosting`` without LightGBM.
    """
    found = head_class(name, kind)
    offered: dict[str, Any] = {
        "kind": kind,
        "measure": get_measure(measure, kind, positive=positive).name,
        "target_names": tuple(target_names),
        "n_classes": n_classes,
        "positive": positive,
        "threads": threads,
    }
    taken = inspect.signature(found).parameters  # a head takes the settings that concern it
    head: Head = found(**{setting: value for setting, value in offered.items() if setting in taken})
    return head


def predict_both(head: Head, vectors: Vectors) -> tuple[Array, Array]:
    """Predictions as from ``predict``, and what ranks, as from ``predict_unmapped``; once where they are the same."""
    predicted = head.predict(vectors)
    return predicted, predict_unmapped(head, vectors) if hasattr(head, "predict_unmapped") else predicted


def predict_unmapped(head: Head, vectors: Vectors) -> Array:
    """(n, t) what ranks: predictions before any map that makes ties. Those of ``predict`` where a head has no map."""
    unmapped: Array = getattr(head, "predict_unmapped", head.predict)(vectors)
    return unmapped


def head_bytes(head: Head) -> int:
    """Bytes of what a fitted head knows: its arrays, and the texts of its files (words, trees)."""
    arrays, settings = head.state()
    files: Mapping[str, str] = settings.get("files", {})
    return sum(array.nbytes for array in arrays.values()) + sum(len(text.encode()) for text in files.values())


def _unknown(name: str, kind: Kind) -> ConfigError:
    others = {head for heads in HEADS.values() for head in heads}
    near = difflib.get_close_matches(name, sorted(others), n=1)
    if name in others:
        other = next(each for each, heads in HEADS.items() if name in heads)
        hint = f"{name!r} is one for a {other}"
    else:
        hint = f"did you mean {near[0]!r}?" if near else "choose one of these"
    return ConfigError(f"head is {name!r}; for a {kind} it must be one of {', '.join(HEADS[kind])}; {hint}")

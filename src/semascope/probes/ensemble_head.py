"""Several heads as one: the average of their predictions, equal or weighted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from semascope.errors import ConfigError
from semascope.probes.head import TEXT_HEADS, head_class, make_head, predict_unmapped
from semascope.probes.inputs import check_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.probes.head import Head
    from semascope.types import Array, Floats, Ints, Kind, Vectors

HEADS = ("ridge", "mlp")


class EnsembleHead(BaseEstimator):  # type: ignore[misc]
    """Averages the predictions of several regression heads. k members, n rows, d dims, t targets.

    Parameters
    ----------
    heads
        Names of the members, one or more; none of them an ensemble.
    weights
        k weights, 0 or more, brought to a sum of 1; empty for equal ones.
    measure
        Measure by which each member chooses its settings.
    target_names
        Names of the t targets, for notes; empty numbers them.

    Attributes
    ----------
    members_
        k fitted heads.
    weights_
        (k,) summing to 1.
    choices, notes
        Those of the members, under their place and name.
    """

    kind: Kind = "regression"
    name = "ensemble"

    def __init__(
        self,
        *,
        heads: tuple[str, ...] = HEADS,
        weights: tuple[float, ...] = (),
        measure: str = "mae",
        target_names: tuple[str, ...] = (),
    ) -> None:
        self.heads = heads
        self.weights = weights
        self.measure = measure
        self.target_names = target_names

    def fit(
        self, vectors: Vectors, targets: Array, *, components: Ints | None = None, seed: int = 42
    ) -> Self:
        """The head itself, each member fitted on all rows; see ``Head.fit``."""
        vectors = check_vectors(vectors)
        self._check_heads()
        members = [
            make_head(name, kind=self.kind, measure=self.measure, target_names=self.target_names)
            for name in self.heads
        ]
        check_weights(self.weights or (1.0,) * len(members), len(members))
        for member in members:
            member.fit(vectors, targets, components=components, seed=seed)
        return self._put_together(members)

    def predict(self, vectors: Vectors) -> Floats:
        """(n, t) weighted averages, not clipped to any range."""
        return self._average(vectors, lambda member, rows: member.predict(rows))

    def predict_unmapped(self, vectors: Vectors) -> Floats:
        """(n, t) weighted averages of what ranks in each member."""
        return self._average(vectors, predict_unmapped)

    def _average(self, vectors: Vectors, of: Callable[[Head, Vectors], Floats]) -> Floats:
        vectors = check_vectors(vectors)
        return average([of(member, vectors) for member in self.members_], self.weights_)

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Arrays and files of all members, each under its member's number; see ``Head.state``."""
        arrays: dict[str, Array] = {}
        files: dict[str, str] = {}
        members = []
        for number, member in enumerate(self.members_):
            own, settings = member.state()
            arrays |= {f"{number}.{name}": array for name, array in own.items()}
            files |= {f"member_{number}_{name}": text for name, text in settings.get("files", {}).items()}
            rest = {name: value for name, value in settings.items() if name != "files"}
            members.append({"head": member.name, "settings": rest})
        return arrays, {"params": self.get_params(), "members": members, "files": files}

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """See ``Head.from_state``."""
        params = dict(settings["params"])
        params |= {name: tuple(params[name]) for name in ("heads", "weights", "target_names")}  # JSON: lists
        head = cls(**params)
        members = []
        for number, each in enumerate(settings["members"]):
            if each["head"] != head.heads[number]:
                raise ConfigError(f"member {number} is {each['head']!r}; the ensemble names {head.heads}")
            found = head_class(each["head"], cls.kind)
            own = _under(f"{number}.", arrays)
            files = _under(f"member_{number}_", settings.get("files", {}))
            members.append(found.from_state(own, each["settings"] | {"files": files}))
        return head._put_together(members)

    def _put_together(self, members: Sequence[Head]) -> Self:
        self._check_heads()
        if len(members) != len(self.heads):
            raise ConfigError(
                f"members are {len(members)} and heads {len(self.heads)}; there must be one for each"
            )
        self.weights_ = check_weights(self.weights or (1.0,) * len(members), len(members))
        self.members_ = list(members)
        named = [
            (f"{number} {member.name}", member) for number, member in enumerate(members)
        ]  # two members may be of one name
        self.choices: dict[str, Any] = {called: member.choices for called, member in named}
        self.notes: list[str] = [f"{called}: {note}" for called, member in named for note in member.notes]
        return self

    def _check_heads(self) -> None:
        if not self.heads:
            raise ConfigError(
                "heads is empty; an ensemble needs one member or more; name for example 'ridge'"
            )
        if self.name in self.heads:
            raise ConfigError(
                f"heads are {', '.join(self.heads)}; an ensemble cannot hold an ensemble; name its members instead"
            )
        for words in TEXT_HEADS.intersection(self.heads):
            raise ConfigError(
                f"heads are {', '.join(self.heads)}; {words} reads texts and the others vectors; leave it out"
            )


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
    if (
        abs(given.sum() - 1) < 1e-12
    ):  # as they are, so that weights which come back from a file keep their bits
        return given
    largest = given.max()  # divided out first: the sum of huge weights is no number
    shares: Floats = (given / largest) / (given / largest).sum()
    return shares


def _under(prefix: str, named: Mapping[str, Any]) -> dict[str, Any]:
    """What has names that start with ``prefix``, without it."""
    return {name.removeprefix(prefix): value for name, value in named.items() if name.startswith(prefix)}

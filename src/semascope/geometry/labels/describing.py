"""How labels lie in each space: neighbours' votes, silhouette, cosines, and what differs from the first space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.geometry.halves import Halves
    from semascope.geometry.labels.labelled import Labelled
    from semascope.types import Ints, Progress, Vectors


def describe_labels(
    spaces: Mapping[str, Vectors],
    nearest: Mapping[str, Ints],
    codes: Ints,
    names: Sequence[str],
    *,
    label: str,
    halves: Halves,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Labelled:
    """The numbers of every space, each with an interval and a floor, and verdicts against the first space."""
    raise NotImplementedError

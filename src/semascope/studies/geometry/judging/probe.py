"""A logistic probe of every space: how well a line through it tells the labels of rows that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.geometry.judging.probed import Probed
    from semascope.types import Ints, Progress, Vectors


def judge_probes(
    spaces: Mapping[str, Vectors],
    codes: Ints,
    names: Sequence[str],
    *,
    label: str,
    components: Ints,
    test_size: float = 0.3,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Probed:
    """The accuracy of a probe in every space on the same held-out rows, and its verdict against the first space's."""
    raise NotImplementedError

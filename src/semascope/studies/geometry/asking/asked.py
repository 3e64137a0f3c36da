"""What a geometry looks at: texts, the spaces they are put into, and all that goes with each text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.maps.contents import Labels
    from semascope.studies.result import Note
    from semascope.types import Floats, Ints, Vectors

LENGTH = "text length"
"""What the share that the number of characters explains is called."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Searched:
    """Queries, what they are to find, and where both lie in every space."""

    query_ids: tuple[str, ...]
    query_texts: Sequence[str]
    queries: Mapping[str, Vectors]  # by space: (q, d)
    documents: Mapping[str, Vectors]  # by space: (m, d)
    grades: Mapping[int, Mapping[int, float]]  # by query: its judged documents, above 0 relevant
    of_pairs: bool  # whether query i is the other text of row i


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asked:
    """n texts in every space; what belongs to a text stands in its place everywhere."""

    name: str  # of the data file
    texts: Sequence[str]
    rows: Ints  # (n,) of each text in its file
    spaces: Mapping[str, Vectors]  # (n, d) of unit length; the first is what the others are held against
    captions: Mapping[str, str]  # of each space: its instruction's sentence, or what else made it
    kinds: Ints  # (n,) equal where texts have equal vectors in every space
    encoders: Mapping[str, str] = field(default_factory=dict)  # what each is read from, by its name
    made_by: Mapping[str, str] = field(default_factory=dict)  # by space: its encoder
    widths: Mapping[str, int] = field(default_factory=dict)  # by space: of a cut row; none where it is whole
    labels: Labels | None = None
    groups: Sequence[str] | None = None
    columns: Mapping[str, Labels | Floats] = field(default_factory=dict)  # whose share of a space is measured
    targets: Mapping[str, Floats] = field(default_factory=dict)
    paired: Ints = field(
        default_factory=lambda: np.empty(0, dtype=np.int64)
    )  # (p,) texts that have another one
    pairs: Mapping[str, Vectors] = field(default_factory=dict)  # by space: (p, d) of these others
    searched: Searched | None = None
    notes: Sequence[Note] = ()
    untrained: Sequence[str] = ()  # sentences: encoders that were not trained for the instructions given

    @property
    def codes(self) -> Ints:
        """(n,) label of each text; -1 where it has none, everywhere without labels."""
        return np.full(len(self.texts), -1) if self.labels is None else self.labels.codes

"""What a finished geometry hands to its page and its caller: plain values and arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.geometry.columns.explaining import Explained
    from semascope.geometry.labels.labelled import Labelled
    from semascope.geometry.shape.describing import Shape
    from semascope.studies.geometry.asking.asked import Asked
    from semascope.studies.geometry.comparing.asked_for import Together
    from semascope.studies.geometry.judging.probed import Probed
    from semascope.studies.geometry.judging.remedied import Remedied
    from semascope.studies.result import Note


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OneSpace:
    """One space by itself."""

    name: str
    caption: str  # its instruction's sentence, or what else made it
    shape: Shape
    explained: Mapping[str, Explained]  # by column: how much of the space it explains


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRemedy:
    """A remedy that was kept, as an encoder."""

    remedy: str
    space: str
    fitted_on: int  # rows
    folder: str  # an encoder for any other command
    sentence: str  # loud where it is worse or unresolved; "" where it is better or equivalent


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GeometryResult:
    """A finished geometry: n texts in one space or several; the first is what the others are held against."""

    name: str  # of the data file
    folder: str = ""  # where it lies; "" before it was written
    headline: Sequence[str]  # the answer in sentences, most important first
    spaces: Mapping[str, OneSpace]
    labelled: Labelled | None = None  # None without labels
    probed: Probed | None = None
    remedied: Remedied | None = None  # None where nothing was judged
    together: Together
    kept: KeptRemedy | None = None
    notes: Sequence[Note]
    looked_for: Sequence[str] = ()
    settings: Mapping[str, Any]
    made: Mapping[str, Any]
    asked: Asked = field(repr=False)  # the texts and their vectors

    @property
    def texts(self) -> int:
        """How many were looked at."""
        return len(self.asked.texts)

    @property
    def first(self) -> OneSpace:
        """The space that the others are held against."""
        return next(iter(self.spaces.values()))

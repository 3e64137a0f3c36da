"""What an answered "may I switch?" hands to its page and its caller: plain values, bounded, with the texts that they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from semascope.store.speeds import OVER_API
from semascope.words.money import money
from semascope.words.numbers import fixed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.geometry.measured import Measured
    from semascope.stats.results import Estimate, Verdict
    from semascope.studies.result import Note
    from semascope.studies.retrieval.telling.shown import Pair

Answer = Literal["switch", "do not switch", "cannot be told"]
EXIT: Mapping[Answer, int] = {"switch": 0, "do not switch": 1, "cannot be told": 3}
"""What the command line ends with; 2 is bad input, as everywhere."""
OLD, NEW = "old", "new"
"""What the two are called among scores and figures, whatever their names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SideTold:
    """One of the two spaces."""

    name: str
    source: str  # what reads it again
    dims: int
    arithmetic: str  # "float32"; "" for a file of vectors, of which nobody knows
    instruction: str  # the sentence before each text; "" without one
    space: str  # digest of all that decides where a text lies; of a file that of its bytes
    is_file: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A text whose neighbours are others now."""

    row: int  # of the file
    text: str  # shortened
    kept: float  # share of its neighbours in OLD that it has in NEW
    old: Sequence[str]  # the nearest texts in either space, shortened, nearest first
    new: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CosinesApart:
    """How far apart the cosines of the same pair are in the two spaces."""

    mean: float
    most: float
    spread: float  # standard deviation of OLD's cosines of different texts: what a difference is held against
    # of a text as most are: how far apart the two cosines of its near pairs are, as a share of how far these pairs lie apart in OLD
    near: float
    tied: float  # share of neighbours that stay, those that change places with ties counted as staying
    # so little, near and far, that NEW is OLD, rounded or turned: nothing that rests on cosines changes but ties
    rounding: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighborhoods:
    """How much of what is near stays near."""

    unit: str  # "text", or "document" of a collection
    k: int
    texts: int  # that there are
    asked: int  # whose neighbours were looked at
    overlap: Measured  # share of a text's k nearest in OLD that are among its k nearest in NEW
    # by OLD's cosine, how much nearer OLD's own k nearest are than NEW's, on average: 0 where all that changed are ties
    given_up: float
    moved: Sequence[Moved]  # those that kept least
    note: str = ""  # where not all texts were compared


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One task, judged in both spaces on the same rows or queries."""

    name: str  # of the column; "queries"
    kind: Literal["regression", "classification", "queries"]
    measure: str
    head: str  # "ridge"; "" for queries
    trained: int  # rows that the head learnt from; 0 for queries
    judged: int  # rows or queries
    values: Mapping[str, Estimate]  # by ``OLD`` and ``NEW``
    floor: float  # what an answer without any text reaches
    floor_of: str  # "always answering “staff”", "a random order"
    verdict: Verdict  # of NEW against OLD, Holm over all tasks
    # True: equivalent or better; False: worse; None: neither is shown
    stands: bool | None
    why: str  # how that follows where the word of the verdict does not say it; else ""
    needed: int | None = (
        None  # rows or queries that would judge it, about, where it is open and that can be told
    )

    @property
    def unit(self) -> str:
        """What is judged on."""
        return "query" if self.kind == "queries" else "row"


@dataclass(frozen=True, kw_only=True, slots=True)
class RowChange:
    """A held-out text whose prediction got better or worse."""

    row: int
    text: str
    target: str
    truth: str
    old: str  # what the head of either space says
    new: str
    better: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAs:
    """NEW's vectors kept in a smaller way."""

    name: str  # "int8", "half the width: 192 dims"
    dims: int
    bytes_searched: float  # of a vector, that every search reads
    bytes_kept: float  # besides, to rescore what was found; 0 where nothing is
    overlap: Estimate  # share of the neighbours of NEW's float32 that a search in it finds
    verdicts: Mapping[str, Verdict]  # by task, against OLD
    values: Mapping[str, float]  # by task, the measure
    stands: bool | None  # whether all tasks stand; without a task whether the overlap does

    @property
    def bytes_whole(self) -> float:
        """All that is kept of a vector."""
        return self.bytes_searched + self.bytes_kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """How long texts take to encode on this machine, or over an API."""

    side: str
    device: str
    seconds_per_million: float  # of texts as long as these; NaN where nobody knows
    money_per_million: float  # NaN without a price
    tokens: float  # of a text, on average, as the encoder counts them
    tried: int  # texts that were encoded to know it; of an API 0 where its rates tell it
    currency: str = ""  # of what a provider charges; "" of the price of an hour, which has none

    @property
    def where(self) -> str:
        """In words."""
        return "over its API" if self.device == OVER_API else "on this machine"

    @property
    def money(self) -> str:
        """Of a million texts, in words; a dash where it is not known."""
        if self.currency:
            return money(self.money_per_million, self.currency)
        return fixed(self.money_per_million, 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reencoding:
    """What must be encoded again, and what that takes."""

    needed: bool
    why: str  # a sentence
    one_space: bool  # vectors of OLD and of NEW may lie side by side
    texts: int  # of the file, that must be; 0 where none must
    tokens: int
    speeds: Mapping[str, Speed]
    seconds: float  # for the texts of the file; NaN where nobody knows


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """Where a cosine of OLD lies in NEW. NaN where too few pairs are near it."""

    old: float
    new: float  # mean of NEW's cosine over pairs with this one in OLD, by the map
    low: float  # 90 % of single pairs, of the other half of the texts
    high: float
    off: float  # the map less what the other half of the texts gives there
    pairs: int  # of the other half, near this cosine
    as_many: float  # cosine of NEW that as many pairs reach as reach this one in OLD
    passing: int  # pairs of the other half that reach it in OLD
    agree: float  # share of the pairs that reach either of the two that reach both


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """A map from cosines of OLD to cosines of NEW."""

    between: str  # "two texts", "a query and a document"
    levels: Sequence[Level]
    # the map at rising cosines of OLD: that cosine, NEW's, and where nine in ten pairs of the other half lie
    curve: Sequence[tuple[float, float, float, float]]
    error: (
        float  # mean distance of the map from NEW's mean over cosines of OLD, on the other half of the texts
    )
    least: float  # cosines of OLD that the map was fitted on
    most: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SwitchResult:
    """The answer, and what it rests on."""

    name: str  # of the data
    folder: str
    answer: Answer
    headline: Sequence[str]  # the answer in sentences, most important first
    old: SideTold
    new: SideTold
    margin: float | None  # as it was asked for
    neighborhoods: Neighborhoods
    found: Neighborhoods | None  # of queries: what they find; None without any
    cosines: CosinesApart
    judged: Sequence[Judged]  # none where neither targets nor judgements were given
    rows: Sequence[RowChange]
    queries: Pair | None  # gained and lost, by name
    storage: Sequence[StoredAs]
    reencoding: Reencoding
    thresholds: Thresholds | None
    notes: Sequence[Note]
    looked_for: Sequence[str]
    settings: Mapping[str, Any]
    made: Mapping[str, Any]

    @property
    def exit_code(self) -> int:
        """0 for switch, 1 for do not switch, 3 where it cannot be told."""
        return EXIT[self.answer]

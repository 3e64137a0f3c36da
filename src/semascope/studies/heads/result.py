"""What a finished study of heads hands to its report and its caller: plain values."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from semascope.studies.result import CellResult, StudyResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.stats.calibration import Band, Line, Stated
    from semascope.stats.one_sample import OneSample
    from semascope.stats.results import Estimate, Family, Verdict
    from semascope.studies.choice import Reads
    from semascope.types import Array, Floats, Ints, Kind, Mask

BandWord: TypeAlias = Literal["none", "partial", "closes the gap"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """What a cell costs. Seconds are wall time, fitting and predicting on this machine; NaN where nothing was measured."""

    # from the last time these texts were really encoded; NaN when all came from a foreign store
    encode_seconds_per_1000: float
    fit_seconds: float  # fitting the head on the training rows
    predict_seconds_per_1000: float  # head only
    tokens: int
    truncated_rows: int
    tokens_lost_share: float  # of all tokens, in [0, 1]
    dim: int
    split_rows: int = 0  # rows read in several windows
    windows: int = 0  # of those rows
    unknown_rows: int = 0  # rows of which the vocabulary holds nothing; 0 where the encoder does not tell
    unknown_share: float = 0.0  # of the tokens read, those that the vocabulary lacks, in [0, 1]
    encoded_on: str = (
        ""  # what was timed: "cpu", "cuda elsewhere" for another machine; "" where nothing says it
    )
    # of the weights that scoring needs, encoder's and head's, as they are held; NaN where that is not known, and of a cell
    # that was computed before this was noted
    memory_bytes: float = math.nan
    # of vectors behind an API: what this study was billed for them, shared by all cells on them; None where nobody is paid
    bill: Mapping[str, Any] | None = None
    charge_per_million: float = (
        math.nan
    )  # that a provider takes for a million texts like these; NaN where no price is known
    currency: str = ""  # of the charge


@dataclass(frozen=True, kw_only=True, slots=True)
class WayResult:
    """One cell of a recipe whose long texts are read in several ways, against the one that truncates them."""

    cell: str  # its id
    way: str  # "truncate", "head-tail", "chunk"
    over_estimate: Estimate | None  # on the held-out rows over the limit; None when they are too few
    over: Verdict | None  # on the same rows; word "baseline" for the cell that truncates
    everything: Verdict  # on all held-out rows


@dataclass(frozen=True, kw_only=True, slots=True)
class LongTexts:
    """What truncation costs one recipe: encoder, instruction, width and head."""

    encoder: str
    limit: int  # tokens that the encoder reads at once
    rows: int  # held-out rows
    over: int  # of them, over the limit
    truncated: str  # id of the cell that truncates
    ways: Sequence[WayResult]  # that one first


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceResult:
    """One cell on the held-out rows of one slice, with its verdict against the baseline on the same rows."""

    column: str  # "lang"
    value: str  # "en"
    n: int
    estimate: Estimate
    verdict: Verdict | None  # None for the baseline itself or when too few rows
    repeat: RepeatResult | None = None  # over the repeated splits that hold out rows of it, three or more


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetResult:
    """One cell on one target."""

    target: str
    n: int
    estimate: Estimate
    verdict: Verdict | None
    measures: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class RepeatResult:
    """One cell over repeated splits: a claim about the recipe, not about one fitted head."""

    repeats: int
    mean: float
    low: float  # 95 % interval of the mean of the measure (Nadeau-Bengio)
    high: float
    values: Sequence[float]  # the measure in each repeat
    verdict: Verdict | None
    n: int = 0  # held-out rows of one repeat, on average


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePoint:
    """One cell that learnt from fewer training rows, over several draws of them."""

    rows: int
    mean: float  # of the measure over the draws; the plain mean over several targets
    low: float  # 95 % interval over the held-out rows; NaN where the measure is no mean, or there are several targets
    high: float
    draws: Sequence[float]


@dataclass(frozen=True, kw_only=True, slots=True)
class LeakResult:
    """One cell on the held-out rows of a given split that also stand in training; no other figure counts them."""

    leaked: int
    on_leaked: Estimate
    on_all: Estimate  # clean and leaked rows together: what a study that did not look would say
    verdict_on_leaked: Verdict
    verdict_on_all: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadResult(CellResult):
    """One cell of the grid: encoder x instruction x long-text way x dim x head."""

    reads: Reads
    encoder: str  # "" where it looks at no vector
    instruction: str  # its name; "default" means none
    sentence: str  # the instruction itself, "" for none
    long: str
    dim: int
    head: str
    targets: Sequence[TargetResult] = ()
    slices: Sequence[SliceResult] = ()
    repeat: RepeatResult | None = None
    leak: LeakResult | None = None
    curve: Sequence[CurvePoint] = ()  # ascending; empty where none was asked for
    costs: Costs


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldOut:
    """The held-out rows, for pictures and error analysis; none that leaked. m rows, t targets."""

    rows: Ints  # (m,) row numbers of the file, counted from 0
    texts: Sequence[str]
    truth: Array  # (m, t) float64, NaN where a target is missing; class index for a classification (t = 1)
    predictions: Mapping[str, Array]  # by cell id, same shape
    probabilities: Mapping[str, Floats]  # by cell id, (m, c); empty for a regression
    languages: Sequence[str]  # "" where unknown
    tokens: Ints  # (m,) tokens of the winner's prompt (the baseline's when the winner reads nothing)
    over_limit: Mask  # (m,) rows that are longer than this encoder reads at once
    long: str = "truncate"  # what it does with them
    slices: Mapping[str, Sequence[str]]  # by slice column


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """The best answer that reads no text, against every cell that reads one."""

    cell: str  # id of the constant that did best on the training rows
    head: str  # "mean", "median", "majority"
    answers: Mapping[str, float | str]  # by target, what it always answers
    shares: Mapping[str, float]  # by target, the share of the training rows that have exactly this value
    verdicts: Mapping[str, Verdict]  # by id of every cell that reads texts; a Holm family of their own
    ranker: str = ""  # id of the cell that ranked the training rows best; empty for a classification
    ranking: Estimate | None = None  # its Spearman correlation on the held-out rows
    ranks: bool = False  # whether it ranks both sides: beyond noise in training, an interval above 0 on the held-out rows

    def beaten_by(self, cell: str) -> bool:
        """Whether a cell is shown to be better."""
        return cell in self.verdicts and self.verdicts[cell].word == "better"

    @property
    def beaten(self) -> bool:
        """Whether any cell is."""
        return any(verdict.word == "better" for verdict in self.verdicts.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceResult:
    """A published figure, and every cell against it: unpaired, as its rows are not known."""

    name: str
    value: float  # in the unit of the measure
    cells: Mapping[str, OneSample]  # by cell id


@dataclass(frozen=True, kw_only=True, slots=True)
class BandResult:
    """Which of three bands of the measure a frozen cell lies in with its whole interval."""

    low: float  # the two thresholds
    high: float
    cell: str  # id of the advised cell, or of the best frozen one where that is tuned
    value: float
    word: BandWord | Literal["unresolved"]
    possible: Sequence[BandWord]  # the bands that the interval touches; empty where there is no interval
    reason: str = ""  # why there is none


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspect:
    """A row whose label no good cell agrees with."""

    row: int  # of the file, counted from 0
    text: str
    target: str
    truth: float  # as labelled; class index for a classification
    predictions: Mapping[str, float]  # of every good cell, by id
    how_far: float  # mean errors that the nearest cell is away; of classes, the number of cells that agree
    held_out: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """Whether a cell's predictions of one target come true on the held-out rows that the answer speaks about."""

    cell: str  # its id
    target: str
    n: int  # such rows with a true value
    bands: Sequence[Band] = ()  # empty where there are too few rows
    line: Line | None = None  # of numbers
    stated: Stated | None = None  # of classes


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A question that many ask of such a study, answered by a verdict on the held-out rows."""

    question: str
    answer: str
    verdict: Verdict | None  # not corrected over the questions; None where no verdict stands behind it


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadsResult(StudyResult):
    """A finished study of heads."""

    kind: Kind
    targets: Sequence[str]
    classes: Sequence[str]  # class names in index order; empty for a regression
    cells: Sequence[HeadResult]  # in plan order
    repeat_family: Family | None
    heldout_best: str  # cell id with the best held-out estimate, only to be compared with the winner
    rows_total: int
    rows_train: int
    rows_test: int
    rows_judged: int  # held-out rows that the headline speaks about; none that leaked
    held_out: HeldOut
    guess: Guess | None = None  # the best answer that reads no text, against the cells that do
    columns: Mapping[str, Verdict] = field(
        default_factory=dict
    )  # columns of the file against the advised cell, by cell id; a Holm family of their own
    references: Sequence[ReferenceResult] = ()  # published figures
    bands: BandResult | None = None  # None where none were asked for
    calibration: Sequence[Calibration] = ()  # of the advised cell, then of the baseline
    suspects: Sequence[Suspect] = ()  # labels to check by hand, the clearest first
    answers: Sequence[Answer] = ()  # to questions that the study's cells can answer
    price: float | None = None  # money for an hour of the machine that scores, as the user gave it
    long_texts: Sequence[LongTexts] = ()  # empty unless long texts are read in several ways

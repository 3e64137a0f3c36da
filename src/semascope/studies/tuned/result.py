"""What a finished tuning hands to its page and its caller: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.result import Note
    from semascope.studies.tuned.judging.forgetting import Forgot
    from semascope.studies.tuned.judging.picturing import Pictured
    from semascope.studies.tuned.judging.searched import Searched
    from semascope.studies.tuned.judging.separation import Separation
    from semascope.studies.tuned.training.train import Trained
    from semascope.tuning.contrastive.poolings import ComparedPoolings


@dataclass(frozen=True, kw_only=True, slots=True)
class SidesTold:
    """Who learnt, chose and judged: queries, or texts."""

    how: str  # "given", "query", "document", "time", "label"
    learning: int
    choosing: int
    estimating: int
    seen: int  # estimating ones that training has seen, its base's included, or a relevant document of which
    left_out: Mapping[str, int]  # why, and how many
    seen_by_base: int = 0  # of the seen ones: those of which the base had been tuned on a text


@dataclass(frozen=True, kw_only=True, slots=True)
class MinedTold:
    """What mining came to."""

    pairs: int
    found: int  # hard negatives
    empty: int  # pairs for which there was none
    answering: int  # candidates that answer the query, or nearly repeat what does
    too_near: int  # candidates left out by a margin


@dataclass(frozen=True, kw_only=True, slots=True)
class TuneResult:
    """A finished tuning. ``encoder`` is the folder of an encoder like any other."""

    name: str  # of the data
    folder: str
    encoder: str
    flavour: Literal["pairs", "labels"]
    base: str  # name of what was tuned
    tuned: str  # name of what came out
    headline: Sequence[str]
    sides: SidesTold
    trained: Trained
    forgot: Sequence[Forgot]
    notes: Sequence[Note]
    settings: Mapping[str, Any]
    made: Mapping[str, Any]
    searched: Searched | None = None  # of pairs
    separation: Separation | None = None  # of labels
    mined: MinedTold | None = None
    final: str = ""  # folder of what learnt from all rows in the end; "" where that was not asked for
    poolings: ComparedPoolings | None = None  # of the frozen network, where nobody had said which
    pictured: Pictured | None = None  # of labels: the judging texts before and after
    width: int = 0  # numbers of a vector; 0 where nobody said
    lengths: Sequence[str] = ()  # tokens of what is read, a histogram in lines
    looked_for: Sequence[str] = field(default_factory=tuple)

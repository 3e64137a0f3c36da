"""What a tuning leads to: the tuned encoder or its base, alone, beside words or neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.studies.tuned.judging.searched import Part, Searched
    from semascope.studies.tuned.judging.separation import Separation
    from semascope.studies.tuned.training.train import Trained

_HYBRID = "hybrid:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """What to use."""

    tuned: bool  # whether the tuned encoder is advised before its base
    cell: str = ""  # what to search with, named as in ``Searched.cells``; "" of labels


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """The cells of ``Searched`` by what they are made of."""

    words: str  # "" where words were not searched with
    base: str
    tuned: str
    base_both: str  # with words; "" likewise
    tuned_both: str

    @classmethod
    def of(cls, searched: Searched) -> Ways:
        """In the order in which they were searched."""
        encoders = (searched.base, searched.tuned)
        others = [cell for cell in searched.cells if cell not in encoders]
        both = [cell for cell in others if cell.startswith(_HYBRID)]
        words = [cell for cell in others if not cell.startswith(_HYBRID)]
        return cls(
            words=words[0] if words else "",
            base=searched.base,
            tuned=searched.tuned,
            base_both=both[0] if len(both) == len(encoders) else "",
            tuned_both=both[1] if len(both) == len(encoders) else "",
        )


def leading(searched: Searched) -> Part:
    """The queries that decide: those whose documents training has not seen; where all were seen, those."""
    return searched.part("unseen") or searched.part("seen") or searched.parts[-1]


def kept_look(trained: Trained) -> float:
    """The measure of the choosing side at the step that is kept; that before training where nothing was looked at."""
    if not trained.looks:
        return trained.before
    place = max(-(-trained.kept_step // trained.a_round), 1) - 1
    return trained.looks[min(place, len(trained.looks) - 1)]


def choosing_side(trained: Trained, searched: Searched | None) -> tuple[float, float]:
    """The measure of the choosing side before and after: of queries over all documents, else of the looks."""
    if searched is not None and searched.choosing:
        return searched.choosing[searched.base], searched.choosing[searched.tuned]
    return trained.before, kept_look(trained)


def look_is_better(trained: Trained, searched: Searched | None = None) -> bool:
    """Whether the choosing side is better off with what is kept than with the base."""
    before, after = choosing_side(trained, searched)
    return after > before


def advice_of(trained: Trained, searched: Searched | None, separation: Separation | None) -> Advice:
    """The tuned encoder where it is shown to be better and the choosing side does not speak against it; else its base.

    Which way of searching: for the base by verdicts on all queries. For the tuned encoder by values, as nothing else stands beside
    it: words are added, or taken alone, where that is more by the margin than the encoder alone.
    """
    looked = look_is_better(trained, searched)
    if searched is None:
        whole = None if separation is None else separation.part("all")
        knn = None if whole is None else whole.numbers.get("knn")
        return Advice(
            tuned=looked and knn is not None and knn.verdict is not None and knn.verdict.word == "better"
        )
    tuned = looked and leading(searched).verdict.word == "better"
    ways = Ways.of(searched)
    return Advice(tuned=tuned, cell=_by_values(searched, ways) if tuned else _by_verdicts(searched, ways))


def _by_values(searched: Searched, ways: Ways) -> str:
    part = leading(searched)
    values = {cell: part.values[cell].value for cell in (ways.words, ways.tuned_both) if cell}
    best = max(values, key=lambda cell: values[cell], default=ways.tuned)
    ahead = values.get(best, 0.0) - part.values[ways.tuned].value
    return best if ahead > part.verdict.margin else ways.tuned


def _by_verdicts(searched: Searched, ways: Ways) -> str:
    beside = searched.beside
    others = [cell for cell in (ways.words, ways.base_both) if cell]
    better = [cell for cell in others if beside[cell].word == "better"]
    if better:
        return max(better, key=lambda cell: beside[cell].gain)
    return ways.words if ways.words and beside[ways.words].word == "equivalent" else ways.base

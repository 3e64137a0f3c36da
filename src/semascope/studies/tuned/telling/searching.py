"""What the judging queries say, in words: unseen documents first, then seen ones, then words beside vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.retrieval.telling.told import relative
from semascope.studies.tuned.telling.advice import Ways, leading, look_is_better
from semascope.studies.tuned.telling.differences import BESIDE, decimals_of, figures, would_tell
from semascope.words.numbers import fixed

if TYPE_CHECKING:
    from semascope.studies.tuned.judging.searched import Part, Searched
    from semascope.studies.tuned.telling.advice import Advice
    from semascope.studies.tuned.training.train import Trained

_OPENINGS = {
    "better": "Tuning paid: ",
    "equivalent": "Nothing was gained: ",
    "worse": "Do not use it: ",
    "unresolved": "No gain is shown: ",
}


def answer(searched: Searched, trained: Trained) -> str:
    """The verdict on the queries that decide."""
    part, seen = leading(searched), searched.part("seen")
    verdict, decimals = part.verdict, decimals_of(part.values.values())
    opening = _OPENINGS[verdict.word]
    if verdict.word == "better" and not look_is_better(trained, searched):
        opening = ""
    if part.name == "unseen" and verdict.word != "better" and _is_better(seen):
        opening = "Do not use it: " if verdict.word == "worse" else _only_of_seen(verdict.word)
    before, after = (fixed(part.values[cell].value, decimals) for cell in (searched.base, searched.tuned))
    told = figures(verdict, decimals, corrected=_corrected(searched))
    where = f"on {which(part)}"
    if not opening:
        where = f"O{where[1:]}"
    share = relative(verdict, part.values[searched.base].value)
    return (
        f"{opening}{where}, {searched.tuned} is {share}{BESIDE[verdict.word]} {searched.base}"
        f" ({searched.measure} {after} against {before}: {told}){would_tell(verdict, 'queries', such=True)}."
    )


def _only_of_seen(word: str) -> str:
    gained = "nothing was gained" if word == "equivalent" else "no gain is shown"
    return f"A gain is shown on documents that were trained on, and {gained} on others: "


def of_seen(searched: Searched) -> str:
    """The queries whose documents stood in training, where others lead; what is not known where all of them did."""
    part = searched.part("seen")
    if part is None:
        return ""
    if leading(searched) is part:
        return (
            "Every judging query asks for a document that stood in training: nothing is known of other documents"
            " (--divide document keeps some apart)."
        )
    decimals = decimals_of(part.values.values())
    told = figures(part.verdict, decimals, corrected=_corrected(searched))
    memory = ": that may be memory" if part.verdict.word == "better" else ""
    return f"On {which(part)} it is {BESIDE[part.verdict.word]} {searched.base} ({told}){memory}."


def which(part: Part) -> str:
    """The queries of a part, in words."""
    if part.name == "all":
        return f"all {part.queries:,} judging queries" if part.queries > 1 else "the one judging query"
    whose = {
        "unseen": "whose documents training has not seen",
        "seen": "whose document stood in training",
    }[part.name]
    return f"the {part.queries:,} queries {whose}" if part.queries > 1 else f"the one query {whose}"


def how_to_search(searched: Searched, advice: Advice) -> str:
    """Vectors, words or both; "" where words were not searched with and the tuned encoder is advised."""
    ways = Ways.of(searched)
    if not ways.words:
        return "" if advice.tuned else f"Keep {searched.base}."
    if not advice.tuned:
        return _with_base(searched, advice, ways)
    part = leading(searched)
    decimals = decimals_of(part.values.values())
    value = {cell: fixed(estimate.value, decimals) for cell, estimate in part.values.items()}
    alone, words, both = ways.tuned, ways.words, ways.tuned_both
    if advice.cell == both:
        return f"Search with {both}: {value[both]} there, where {alone} alone comes to {value[alone]} and {words} to {value[words]}."
    if advice.cell == words:
        together = f" and both together to {value[both]}" if both else ""
        return (
            f"Words do better still: {words} comes to {value[words]} there, {alone} to {value[alone]}{together}; search with"
            f" {words}."
        )
    together = f", and both together to {value[both]}" if both else ""
    return f"Search with {alone} alone: {words} comes to {value[words]} there{together}."


def _with_base(searched: Searched, advice: Advice, ways: Ways) -> str:
    whole = searched.part("all") or leading(searched)
    decimals = decimals_of(whole.values.values())
    if advice.cell == ways.base:
        value = {cell: fixed(estimate.value, decimals) for cell, estimate in whole.values.items()}
        others = f"{ways.words} ({value[ways.words]}) is not shown to be better"
        if ways.base_both:
            others = f"neither {ways.words} ({value[ways.words]}) nor both together ({value[ways.base_both]}) is shown to be better"
        return f"Keep {ways.base}: over {which(whole)} it comes to {value[ways.base]}, and {others}."
    verdict = searched.beside[advice.cell]
    told = figures(verdict, decimals, corrected=True)
    cheap = ", and runs no network" if verdict.word == "equivalent" else ""
    return f"Search with {advice.cell}: over {which(whole)} it is {BESIDE[verdict.word]} {ways.base} ({told}){cheap}."


def _is_better(part: Part | None) -> bool:
    return part is not None and part.verdict.word == "better"


def _corrected(searched: Searched) -> bool:
    """Whether Holm's correction of the parts went over two."""
    return searched.part("unseen") is not None and searched.part("seen") is not None

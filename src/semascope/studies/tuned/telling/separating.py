"""How labels lie after a tuning, in words: who finds a label first, and cosines that rose without that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.tuned.telling.advice import look_is_better
from semascope.studies.tuned.telling.differences import figures, would_tell
from semascope.words.numbers import count, fixed

if TYPE_CHECKING:
    from semascope.studies.tuned.judging.separation import BeforeAfter, Part, Separation
    from semascope.studies.tuned.training.train import Trained

DECIMALS = 3
_OPENINGS = {
    "better": ("Tuning paid: ", "better than"),
    "equivalent": ("Nothing was gained: ", "no better and no worse than"),
    "worse": ("Do not use it: ", "worse than"),
}


def answer(separation: Separation, base: str, trained: Trained) -> str:
    """The neighbours' vote on all judging texts."""
    part = separation.part("all")
    knn = None if part is None else part.numbers.get("knn")
    if part is None or knn is None or knn.verdict is None:
        why = part.reason if part is not None else ""
        return f"Whether {separation.label} is told better than by {base} could not be judged{f': {why}' if why else ''}."
    told = _told(knn, corrected=len(separation.parts) > 1)
    texts = f"on {count(part.texts, 'text')} that {'was' if part.texts == 1 else 'were'} not trained on"
    word = knn.verdict.word
    if word == "unresolved":
        return (
            f"No gain is shown: whether neighbours tell {separation.label} better than those of {base} cannot be told"
            f" {texts} ({told}){would_tell(knn.verdict, 'texts', such=True)}."
        )
    opening, beside = _OPENINGS[word]
    if word == "better" and not look_is_better(trained):
        opening = ""
    said = f"neighbours tell {separation.label} {beside} those of {base} {texts} ({told})."
    return f"{opening}{said}" if opening else f"{said[0].upper()}{said[1:]}"


def of_new_labels(separation: Separation) -> str:
    """The texts of labels that training has not met; "" where there are none that can be judged."""
    part = separation.part("unseen")
    knn = None if part is None else part.numbers.get("knn")
    if part is None or knn is None or knn.verdict is None:
        return ""
    word = knn.verdict.word
    said = {
        "better": "they do too",
        "worse": "they tell it worse",
        "equivalent": "they tell it no better and no worse",
        "unresolved": "that is not settled",
    }[word]
    if word == "better" and (whole := separation.part("all")) is not None and _word(whole) != "better":
        said = "they tell it better"
    told = _told(knn, corrected=len(separation.parts) > 1)
    return (
        f"Among the {count(part.texts, 'text')} of {count(part.labels, 'label')} that training has not met {said} ({told})"
        f"{would_tell(knn.verdict, 'texts')}."
    )


def cosines_alone(separation: Separation) -> str:
    """That cosines rose and nobody finds a label more often; "" where that is not so."""
    part = separation.part("all")
    if part is None or _word(part) in ("", "better"):
        return ""
    silhouette = part.numbers.get("silhouette")
    if silhouette is None or silhouette.verdict is None or silhouette.verdict.word != "better":
        return ""
    return (
        f"The silhouette rose from {fixed(silhouette.before.value, DECIMALS)} to {fixed(silhouette.after.value, DECIMALS)} although no"
        f" text is shown to find its {separation.label} more often: higher cosines without a shown gain."
    )


def _word(part: Part) -> str:
    knn = part.numbers.get("knn")
    return "" if knn is None or knn.verdict is None else knn.verdict.word


def _told(knn: BeforeAfter, *, corrected: bool) -> str:
    assert knn.verdict is not None
    after, before = fixed(knn.after.value, DECIMALS), fixed(knn.before.value, DECIMALS)
    return f"kNN accuracy {after} against {before}: {figures(knn.verdict, DECIMALS, corrected=corrected)}"

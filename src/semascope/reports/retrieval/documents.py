"""How a document is shown: what is known of its relevance by shape and word, its title, the words that it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import element, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.retrieval.telling.shown import Listed, Span

STANDING = {"relevant": "●", "unjudged": "○", "not relevant": "×"}
KEY = "● relevant, × judged and not relevant, ○ never judged, which counts as wrong."


def standing(grade: float | None) -> str:
    """What the judgements say of a document."""
    if grade is None:
        return "unjudged"
    return "relevant" if grade > 0 else "not relevant"


def sign(grade: float | None) -> Markup:
    """The same as a sign, with its word for who cannot see it."""
    word = standing(grade)
    return element(
        "span", STANDING[word], class_=f"standing {word.replace(' ', '-')}", title=word, role="img", aria_label=word
    )  # fmt: skip


def listed(one: Listed) -> Markup:
    """A document in a list."""
    title = element("span", one.title, class_="title", title=one.document, dir="auto")
    return element("li", sign(one.grade), " ", title, class_=standing(one.grade).replace(" ", "-"))


def listed_words(found: Sequence[Listed]) -> str:
    """A list on one line."""
    if not found:
        return "nothing was found"
    return "; ".join(f"{one.rank} {STANDING[standing(one.grade)]} {one.title}" for one in found)


def rank_words(rank: int | None) -> str:
    """Where the first relevant document stands."""
    return (
        "no relevant document among those kept" if rank is None else f"first relevant document at rank {rank}"
    )


def marked(text: str, marks: Sequence[Span]) -> Markup:
    """The text with words marked."""
    parts, last = [], 0
    for start, end in marks:
        parts += [safe(text[last:start]), element("mark", text[start:end])]
        last = end
    return Markup().join([*parts, safe(text[last:])])

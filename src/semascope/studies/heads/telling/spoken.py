"""Heads and cells as a sentence names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.studies.heads.result import HeadResult

HEADS = {
    "ridge": "a linear model",
    "logistic": "a linear model",
    "mlp": "a two-layer network",
    "boosting": "boosted trees",
    "tfidf": "a linear model on the words themselves (TF-IDF), without an encoder",
}
"""What a head is, for a reader who does not know its name."""

CONSTANTS = {"mean": "the mean", "median": "the median", "majority": "the commonest class"}


def made_of(cell: HeadResult) -> str:
    """The cell's parts, for a reader who does not know their names."""
    if not cell.encoder:
        return HEADS.get(cell.head, "a constant that reads no text")
    instruction = (
        "no instruction" if cell.instruction == "default" else f"the instruction “{cell.instruction}”"
    )
    head = HEADS.get(cell.head, cell.head)
    return f"{head} on vectors of {cell.encoder} with {instruction}, {cell.dim} dims"

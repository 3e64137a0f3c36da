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

READS = {
    "nothing": "reads no text",
    "words": "reads the words, no vectors",
    "given": "vectors computed elsewhere",
    "texts": "a whole network, trained on the training rows",
    "column": "a column of the file",
}
"""What a cell without an encoder's vectors is, beside its label."""

CONSTANTS = {"mean": "the mean", "median": "the median", "majority": "the commonest class"}


def made_of(cell: HeadResult) -> str:
    """The cell's parts, for a reader who does not know their names."""
    if cell.reads in ("texts", "column"):
        return READS[cell.reads]
    if cell.reads == "given":
        return f"{HEADS.get(cell.head, cell.head)} on the vectors {cell.encoder}, which were computed elsewhere, {cell.dim} dims"
    if cell.reads != "vectors":
        return HEADS.get(cell.head, "a constant that reads no text")
    instruction = (
        "no instruction" if cell.instruction == "default" else f"the instruction “{cell.instruction}”"
    )
    head = HEADS.get(cell.head, cell.head)
    return f"{head} on vectors of {cell.encoder} with {instruction}, {cell.dim} dims"

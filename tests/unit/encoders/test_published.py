"""Published checks: texts to the byte, and a verdict that can go both ways.

Only MiniLM's weights can be had here; the others are played by an encoder whose rows have exactly the published
similarities.
"""

from __future__ import annotations

import numpy as np
import pytest

from semascope.encoders.catalogue import find_entry
from semascope.encoders.checks.published import CHECKS, find_check, run_check
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.protocol import Space

TASK = "Given a web search query, retrieve relevant passages that answer the query"
QWEN3 = find_check("Qwen/Qwen3-Embedding-0.6B")


class Played:
    """Rows whose similarities are a given matrix: queries are mixtures of documents that stand at right angles."""

    def __init__(self, check, similarities, *, precision="float32"):
        family = find_entry(check.hub_id).template
        self.space = Space(
            weights="", tokenizer="", pooling="", normalised=True, max_tokens=512, template=family
        )
        self.fingerprint = f"{self.space.digest}-{precision}"
        queries, documents = check.prompts(family)
        q, m = similarities.shape
        self._rows = {prompt: row for prompt, row in zip(documents, np.eye(m, m + q), strict=True)}
        for number, (prompt, near) in enumerate(zip(queries, similarities, strict=True)):
            row = np.zeros(m + q)
            row[:m] = near
            row[m + number] = np.sqrt(max(0, 1 - near @ near))
            self._rows.setdefault(prompt, row)

    def encode(self, prompts):
        return np.stack([self._rows[prompt] for prompt in prompts]).astype(np.float32)


def test_qwen3_prompts_are_those_of_its_card_to_the_byte():
    queries, documents = QWEN3.prompts("qwen3")
    assert queries == [
        f"Instruct: {TASK}\nQuery:What is the capital of China?",
        f"Instruct: {TASK}\nQuery:Explain gravity",
    ]
    assert documents == [
        "The capital of China is Beijing.",
        "Gravity is a force that attracts two bodies towards each other. It gives weight to physical objects and is"
        " responsible for the movement of planets around the sun.",
    ]
    assert QWEN3.expected == ((0.7646, 0.1414), (0.1355, 0.6000))


def test_e5_instruct_has_a_blank_after_query_and_bge_m3_writes_nothing():
    e5, bge = find_check("intfloat/multilingual-e5-large-instruct"), find_check("BAAI/bge-m3")
    assert e5.prompts("e5-instruct")[0][0] == f"Instruct: {TASK}\nQuery: how much protein should a female eat"
    assert bge.prompts("plain") == (list(bge.queries), list(bge.documents))


def test_prompts_of_the_families_with_a_prompt_for_each_task():
    gemma, moe = find_check("google/embeddinggemma-300m"), find_check("nomic-ai/nomic-embed-text-v2-moe")
    gte = find_check("Alibaba-NLP/gte-modernbert-base")
    queries, documents = gemma.prompts("gemma")
    assert queries == ["task: search result | query: Which planet is known as the Red Planet?"]
    assert documents[1].startswith("title: none | text: Mars, known for")
    assert moe.prompts("nomic") == (["search_document: Hello!"], ["search_document: ¡Hola!"])
    assert gte.prompts("plain") == (list(gte.queries), list(gte.documents))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.hub_id)
def test_a_check_is_sound(check):
    assert find_entry(check.hub_id).hub_id == check.hub_id
    assert np.array(check.expected).shape == (len(check.queries), len(check.documents))
    assert find_check(check.hub_id.upper()) is check
    assert check.source


@pytest.mark.parametrize(
    "check", [c for c in CHECKS if c.queries != c.documents], ids=lambda check: check.hub_id
)
def test_the_published_matrix_holds_and_another_does_not(check):
    expected = np.array(check.expected)
    found = run_check(check, Played(check, expected))
    assert found.holds
    np.testing.assert_allclose(found.found, expected, atol=1e-6)
    wrong = expected.copy()
    wrong[-1, 0] += 0.01
    found = run_check(check, Played(check, wrong))
    assert not found.holds
    assert found.difference == pytest.approx(0.01, abs=1e-6)
    assert found.threshold == "0.005 at most, because rows are computed in float32"
    coarse = run_check(check, Played(check, wrong, precision="bfloat16"))
    assert coarse.holds
    assert coarse.threshold == "0.02 at most, because rows are computed in bfloat16"


def test_rows_that_are_not_finite_fail():
    encoder = Played(QWEN3, np.array(QWEN3.expected))
    for row in encoder._rows.values():
        row[0] = np.nan
    found = run_check(QWEN3, encoder)
    assert np.isnan(found.difference)
    assert not found.holds


@pytest.mark.parametrize(("precision", "within"), [("float32", 1e-4), ("bfloat16", 5e-3)])
@pytest.mark.parametrize("engine", ["packed", "plain"])
def test_minilm_gives_its_published_similarities(precision, within, engine):
    """The real weights: the published digits are four, and float32 agrees to all of them."""
    encoder = load_encoder("minilm", precision=precision, device="cpu", engine=engine)
    found = run_check(find_check(encoder.listed.hub_id), encoder)
    assert found.holds
    assert found.difference < within


def test_a_model_without_published_numbers_has_no_check():
    assert find_check("intfloat/e5-large-v2") is None
    assert find_check("") is None


def test_the_hash_encoder_fails_minilms_check():
    assert not run_check(find_check("sentence-transformers/all-MiniLM-L6-v2"), HashEncoder(384)).holds

"""Rows that are mended on their way out of the one path: the store keeps those of the base."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.embedding.stored import fill_store, stored_vectors
from semascope.embedding.width import cut
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.remedied.encoder import RemediedEncoder
from semascope.encoders.remedied.remedy import Remedy
from semascope.errors import EncoderError
from semascope.store.vectors import VectorStore

DRAW = np.random.default_rng(1)
WHITEN = Remedy(
    name="whiten",
    mean=DRAW.standard_normal(8).astype(np.float32) / 9,
    matrix=DRAW.standard_normal((8, 8)).astype(np.float32),
    fitted_on=30,
)
TEXTS = ["ebb", "flow", "ebb", "slack"]


class Counting(HashEncoder):
    """Remembers every prompt that it was asked for, and does not say that its rows are mended."""

    def __init__(self):
        super().__init__(8)
        self.asked = []

    def encode(self, prompts):
        self.asked += prompts
        return super().encode(prompts)


@pytest.fixture
def store(tmp_path):
    return VectorStore(tmp_path / "store")


@pytest.fixture
def encoder():
    return RemediedEncoder(Counting(), WHITEN)


def test_what_the_base_encoded_is_not_encoded_again(store, encoder):
    base = embed(TEXTS, encoder=encoder.base, store=store)
    encoder.base.asked.clear()
    found = embed(TEXTS, encoder=encoder, store=store)
    assert encoder.base.asked == []
    assert (found.account.hits, found.account.encoded) == (3, 0)
    np.testing.assert_array_equal(found.vectors, WHITEN.apply(base.vectors))


def test_what_is_encoded_for_a_remedy_is_there_for_the_base_and_for_other_remedies(store, encoder):
    embed(TEXTS, encoder=encoder, store=store)
    encoder.base.asked.clear()
    base = embed(TEXTS, encoder=encoder.base, store=store)
    centre = RemediedEncoder(encoder.base, replace(WHITEN, matrix=None, name="centre"))
    centred = embed(TEXTS, encoder=centre, store=store)
    assert encoder.base.asked == []
    np.testing.assert_array_equal(base.vectors, HashEncoder(8).encode(TEXTS))
    np.testing.assert_array_equal(centred.vectors, centre.encode(TEXTS))
    assert [info.fingerprint for info in store.info()] == [encoder.base.fingerprint]


def test_without_a_store_rows_are_the_same(encoder, store):
    rows = encoder.encode(TEXTS)
    np.testing.assert_array_equal(embed(TEXTS, encoder=encoder).vectors, rows)
    np.testing.assert_array_equal(embed(TEXTS, encoder=encoder, store=store).vectors, rows)


def test_the_remedy_comes_at_full_width_and_then_the_cut(encoder, store):
    expected = cut(WHITEN.apply(HashEncoder(8).encode(TEXTS)), 3)
    np.testing.assert_array_equal(embed(TEXTS, encoder=encoder, dim=3, store=store).vectors, expected)
    kept, found = stored_vectors([*TEXTS, "new"], encoder=encoder, dim=3, store=store)
    assert found.tolist() == [True, True, True, True, False]
    np.testing.assert_array_equal(kept, np.vstack([expected, np.zeros(3)]))


def test_a_store_is_filled_with_rows_of_the_base(encoder, store):
    account = fill_store(TEXTS, encoder=encoder, store=store)
    assert account.encoded == 3
    assert stored_vectors(TEXTS, encoder=encoder.base, store=store)[1].all()


def test_no_texts_give_no_rows(encoder, store):
    assert embed([], encoder=encoder, store=store).vectors.shape == (0, 8)
    assert stored_vectors([], encoder=encoder, store=store)[0].shape == (0, 8)


def test_a_text_that_is_the_mean_itself_is_named(store):
    mean = HashEncoder(8).encode(["flow"])[0]
    encoder = RemediedEncoder(Counting(), Remedy(name="centre", mean=mean, matrix=None, fitted_on=1))
    with pytest.raises(
        EncoderError,
        match=r"'hash:8-centre' leaves no direction to 2 rows, the first is row 7: .* or take the encoder without the remedy",
    ):
        embed(["ebb", "flow", "flow"], encoder=encoder, store=store, numbers=[5, 7, 9])
    assert stored_vectors(["ebb"], encoder=encoder, store=store)[1].all()
    with pytest.raises(EncoderError, match="the first is row 1"):
        stored_vectors(["ebb", "flow"], encoder=encoder, store=store)


def test_the_canary_in_the_store_is_that_of_the_base(tiny_kept, store):
    encoder = load_encoder(str(tiny_kept), precision="float32", device="cpu")
    embed(TEXTS, encoder=encoder, store=store)
    (canary,) = store.canaries()
    assert canary.fingerprint == encoder.base.fingerprint
    assert canary.encoder["name"] == encoder.base.source

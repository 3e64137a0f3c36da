"""Batches of texts of like length."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semascope.tuning.batches import POOL, length_batches

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=200).map(np.array)


@given(lengths, st.integers(1, 17), st.integers(0, 5))
def test_every_text_stands_in_one_batch_and_no_batch_is_larger(of, batch, epoch):
    found = length_batches(of, batch=batch, seed=[1, epoch])
    assert sorted(np.concatenate(found).tolist()) == list(range(len(of)))
    assert max(map(len, found)) <= batch
    assert len(found) == -(-len(of) // batch)  # as many steps as an epoch is said to have


def test_little_is_padded_and_an_epoch_is_in_another_order():
    of = np.random.default_rng(0).integers(5, 200, 40 * POOL)
    first, second = (length_batches(of, batch=8, seed=[7, epoch]) for epoch in (0, 1))
    assert sum(len(part) * of[part].max() for part in first) < 1.06 * of.sum()
    assert [part.tolist() for part in first] != [part.tolist() for part in second]
    longest = [int(of[part].max()) for part in first]
    assert longest != sorted(longest)  # nor are all long texts learnt first
    assert longest != sorted(longest, reverse=True)
    again = length_batches(of, batch=8, seed=[7, 0])
    assert [part.tolist() for part in first] == [part.tolist() for part in again]

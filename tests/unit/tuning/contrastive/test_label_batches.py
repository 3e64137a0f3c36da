"""Batches of labelled texts: every row once, copies apart, and mates of a label wherever there are any."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.errors import ConfigError, DataError
from semascope.tuning.contrastive.label_batches import TOGETHER, plan_label_batches


@st.composite
def tables(draw):
    n = draw(st.integers(2, 80))
    labels = np.array(draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)))
    groups = np.array(draw(st.lists(st.integers(0, n), min_size=n, max_size=n)))
    return labels, groups, draw(st.integers(2, 20)), draw(st.integers(0, 5))


@given(tables())
def test_rows_stand_once_and_copies_apart(table):
    labels, groups, batch, epoch = table
    plan = plan_label_batches(labels, groups, batch=batch, seed=(3,))
    dealt = plan.epoch(epoch)
    rows = np.concatenate(dealt)
    assert len(np.unique(rows)) == len(rows)
    for part in dealt:
        assert len(np.unique(groups[part])) == len(part)
    # a row is left out only where its group has more rows than there are batches
    crowded = {group for group, count in Counter(groups.tolist()).items() if count > plan.a_epoch}
    assert {int(groups[row]) for row in np.setdiff1d(np.arange(len(labels)), rows)} <= crowded
    assert len(dealt) == plan.a_epoch and all(map(len, dealt))


@given(tables())
def test_texts_without_copies_meet_others_of_their_label(table):
    labels, _, batch, epoch = table
    plan = plan_label_batches(labels, np.arange(len(labels)), batch=batch, seed=(3,))
    dealt = plan.epoch(epoch)
    assert sum(map(len, dealt)) == len(labels)
    common = Counter(labels.tolist())
    for part in dealt:
        here = Counter(labels[part].tolist())
        assert all(here[label] > 1 for label in here if common[label] > 1)
    assert max(map(len, dealt)) - min(map(len, dealt)) <= TOGETHER + 1


def test_many_labels_in_small_batches():
    """77 labels of 10 texts in batches of 32: drawn at random, two thirds of the texts would meet none of their label."""
    labels = np.repeat(np.arange(77), 10)
    plan = plan_label_batches(labels, np.arange(770), batch=32, seed=(1,))
    mates = [np.mean(np.bincount(labels[part])[labels[part]] - 1) for part in plan.epoch(0)]
    assert plan.a_epoch == 24 and min(mates) >= 1
    assert np.mean([len(part) for part in plan.epoch(0)]) == pytest.approx(32, abs=0.5)


def test_it_goes_on_where_it_was_stopped_and_differs_by_epoch():
    labels = np.arange(40) % 5
    plan = plan_label_batches(labels, np.arange(40), batch=8, seed=(1,))
    whole, later = plan.from_step(0), plan.from_step(7)
    steps = [next(whole).tolist() for _ in range(12)]
    assert [next(later).tolist() for _ in range(5)] == steps[7:]
    assert sorted(map(tuple, steps[:5])) != sorted(map(tuple, steps[5:10]))


def test_bad_input():
    with pytest.raises(ConfigError, match="2 or more"):
        plan_label_batches(np.arange(3), np.arange(3), batch=1, seed=(1,))
    with pytest.raises(DataError, match="each row needs one of each"):
        plan_label_batches(np.arange(3), np.arange(2), batch=2, seed=(1,))

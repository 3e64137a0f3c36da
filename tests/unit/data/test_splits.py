import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.data.splits import (
    Split,
    by_appearance,
    given_split,
    group_labels,
    join_components,
    leaked_rows,
    make_folds,
    make_split,
)
from semascope.errors import ConfigError, DataError

labels = st.lists(st.integers(-2, 12), min_size=8, max_size=80).map(np.array)
seeds = st.integers(0, 2**32 - 1)
shares = st.floats(0.05, 0.95)


def of_length(values, n):
    return np.resize(np.array(values), n)


@st.composite
def rows(draw):
    components = draw(labels)
    strata = draw(st.one_of(st.none(), st.lists(st.integers(-1, 3), min_size=1, max_size=7)))
    return components, None if strata is None else of_length(strata, len(components))


@settings(max_examples=60, deadline=None)
@given(rows(), shares, seeds)
def test_a_split_is_disjoint_covers_all_and_tears_no_component(data, share, seed):
    components, strata = data
    whole = by_appearance(components)
    if whole.max() == 0:
        return
    split = make_split(components, strata=strata, test_size=share, seed=seed)
    assert sorted([*split.train, *split.test]) == list(range(len(components)))
    assert len(split.train) and len(split.test)
    assert not set(whole[split.train]) & set(whole[split.test])
    assert leaked_rows(components, split).tolist() == []
    again = make_split(components, strata=strata, test_size=share, seed=seed)
    assert again.test.tolist() == split.test.tolist()
    # other names for the same components and classes
    renamed = 1000 - 3 * whole
    classes = None if strata is None else 50 - 7 * strata
    assert (
        make_split(renamed, strata=classes, test_size=share, seed=seed).test.tolist() == split.test.tolist()
    )


@settings(max_examples=60, deadline=None)
@given(labels, shares, seeds)
def test_the_held_out_side_is_as_large_as_components_allow(components, share, seed):
    whole = by_appearance(components)
    if whole.max() == 0:
        return
    n, largest = len(whole), np.bincount(whole).max()
    split = make_split(components, strata=None, test_size=share, seed=seed)
    asked = min(max(round(n * share), 1), n - 1)
    assert abs(len(split.test) - asked) <= largest
    if largest == 1:
        assert len(split.test) == asked


def test_components_of_many_sizes_still_reach_the_size_exactly():
    components = np.repeat(np.arange(12), [9, 8, 7, 6, 5, 4, 3, 2, 2, 2, 1, 1])  # 50 rows
    for seed in range(20):
        assert len(make_split(components, strata=None, test_size=0.2, seed=seed).test) == 10


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(2, 30), min_size=2, max_size=6), shares, seeds)
def test_strata_keep_their_shares_and_are_on_both_sides(sizes, share, seed):
    strata = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    split = make_split(np.arange(len(strata)), strata=strata, test_size=share, seed=seed)
    held_out = np.bincount(strata[split.test], minlength=len(sizes))
    assert (held_out >= 1).all() and (held_out < sizes).all()
    asked = np.clip(np.array(sizes) * share, 1, np.array(sizes) - 1)
    assert (np.abs(held_out - asked) < 1 + 1e-9).all()


def test_a_large_component_does_not_overshoot_its_class_while_single_rows_fill_it():
    components = np.r_[np.zeros(8, int), np.arange(1, 43)]
    strata = np.r_[np.zeros(25, int), np.ones(25, int)]
    for seed in range(10):
        split = make_split(components, strata=strata, test_size=0.2, seed=seed)
        assert np.bincount(strata[split.test]).tolist() == [5, 5]


def test_a_class_of_two_components_is_on_both_sides_one_of_one_is_not_torn():
    strata = np.array([0] * 40 + [1, 1] + [2, 2, 2])
    components = np.r_[np.arange(42), 50, 50, 50]
    for seed in range(10):
        split = make_split(components, strata=strata, test_size=0.1, seed=seed)
        assert 1 in strata[split.test] and 1 in strata[split.train]


def test_seeds_differ():
    tests = {tuple(make_split(np.arange(50), strata=None, test_size=0.2, seed=s).test) for s in range(5)}
    assert len(tests) == 5


def test_one_component_cannot_be_split():
    with pytest.raises(DataError, match=r"all rows \(4\) belong together .* a split needs two components"):
        make_split(np.zeros(4, int), strata=None, test_size=0.2, seed=1)
    for share in (0, 1, -0.1, 1.5):
        with pytest.raises(ConfigError, match=f"test_size is {share}; it must be above 0 and below 1"):
            make_split(np.arange(4), strata=None, test_size=share, seed=1)


@settings(max_examples=60, deadline=None)
@given(rows(), st.integers(2, 6), seeds)
def test_folds_cover_all_and_tear_no_component(data, folds, seed):
    components, strata = data
    whole = by_appearance(components)
    m = whole.max() + 1
    if m < folds:
        with pytest.raises(
            DataError,
            match=rf"form {m} component{'s' if m > 1 else ''} \(.*; {folds} folds need at least {folds}",
        ):
            make_folds(components, strata=strata, folds=folds, seed=seed)
        return
    fold = make_folds(components, strata=strata, folds=folds, seed=seed)
    assert set(fold) == set(range(folds))
    assert all(len(set(fold[whole == c])) == 1 for c in range(m))
    renamed = make_folds(99 - 2 * whole, strata=strata, folds=folds, seed=seed)
    assert fold.tolist() == renamed.tolist()
    assert fold.tolist() == make_folds(components, strata=strata, folds=folds, seed=seed).tolist()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=12, max_size=90).map(np.array), st.integers(2, 6), seeds)
def test_folds_of_single_rows_are_even_in_size_and_in_every_class(strata, folds, seed):
    fold = make_folds(np.arange(len(strata)), strata=strata, folds=folds, seed=seed)
    assert np.ptp(np.bincount(fold, minlength=folds)) <= 1
    for c in set(strata):
        assert np.ptp(np.bincount(fold[strata == c], minlength=folds)) <= 1


def test_folds_of_sorted_rows_are_shuffled():
    fold = make_folds(np.arange(1000), strata=None, folds=5, seed=1)
    centres = [np.flatnonzero(fold == f).mean() for f in range(5)]
    assert (
        max(abs(c - 499.5) for c in centres) < 100
    )  # sd of such a mean is about 18; unshuffled blocks are 400 off


def test_folds_of_large_components_are_balanced():
    components = np.repeat(np.arange(9), [20, 15, 15, 10, 10, 10, 10, 5, 5])  # 100 rows
    sizes = np.bincount(make_folds(components, strata=None, folds=5, seed=0))
    assert sizes.tolist() == [20] * 5
    with pytest.raises(ConfigError, match="folds is 1; it must be 2 or more"):
        make_folds(components, strata=None, folds=1, seed=0)


def test_given_split_reads_its_words():
    words = [
        "train",
        "TEST",
        " val ",
        "dev",
        "valid",
        "validation",
        "Training",
        "heldout",
        "held-out",
        "testing",
    ]
    split = given_split(words)
    assert split.test.tolist() == [1, 7, 8, 9]
    assert split.train.tolist() == [0, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("word", ["tset", "", "0"])
def test_given_split_names_another_word_and_its_row(word):
    with pytest.raises(
        DataError, match=f"the split column says '{word}' in row 7 .*accepted are train, training"
    ):
        given_split(["train", word], rows=np.array([3, 7]))
    with pytest.raises(DataError, match="in row 1 "):
        given_split(["train", word])


def test_given_split_needs_both_sides():
    with pytest.raises(DataError, match="leaves the held-out side empty"):
        given_split(["train", "dev"])
    with pytest.raises(DataError, match="leaves the training side empty"):
        given_split(["test"])


def test_group_labels():
    assert group_labels(["b", "a", " ", "b", ""]).tolist() == [0, 1, -1, 0, -1]


def test_join_components_by_hand():
    # rows 0-1 by the first, 1-3 by the second, 4 alone in both (negative), 2-5 by the first
    joined = join_components(np.array([0, 0, 1, 2, -1, 1]), np.array([3, 8, -1, 8, -1, 9]))
    assert joined.tolist() == [0, 0, 1, 0, 2, 1]
    assert join_components(np.array([-1, -1])).tolist() == [0, 1]
    assert join_components(np.array([], int)).tolist() == []


@settings(max_examples=40, deadline=None)
@given(labels, st.lists(st.integers(-1, 6), min_size=1, max_size=20))
def test_join_components_is_the_finest_join(first, second):
    second = of_length(second, len(first))
    joined = join_components(first, second)
    # reference: pass the smallest label along until nothing changes
    slow = np.arange(len(first))
    changed = True
    while changed:
        changed = False
        for labeling in (first, second):
            for label in set(labeling[labeling >= 0]):
                members = labeling == label
                if len(set(slow[members])) > 1:
                    slow[members] = slow[members].min()
                    changed = True
    assert joined.tolist() == by_appearance(slow).tolist()


def test_leaked_rows():
    split = Split(train=np.array([0, 1, 4]), test=np.array([2, 3, 5]))
    assert leaked_rows(np.array([0, 1, 1, 2, 3, 0]), split).tolist() == [2, 5]
    assert leaked_rows(np.full(6, -1), split).tolist() == []


def test_a_hundred_thousand_rows_are_split_in_a_moment():
    from time import perf_counter

    strata = np.random.default_rng(0).integers(0, 20, 100_000)
    started = perf_counter()
    split = make_split(np.arange(100_000), strata=strata, test_size=0.2, seed=1)
    make_folds(np.arange(100_000), strata=strata, folds=5, seed=1)
    assert len(split.test) == 20_000
    assert perf_counter() - started < 15  # about 1 s on one core; quadratic work would take minutes

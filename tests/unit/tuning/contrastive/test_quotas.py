"""Batches by role: quotas, groups, each row once, the same from any step; what cannot be filled, by exhaustive search."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from semascope.errors import ConfigError, DataError
from semascope.tuning.contrastive.quotas import largest_batch, plan_batches
from semascope.tuning.contrastive.rows import RoleRows, natural_shares, quota_counts

ROLES = ["main", "soft", "hard"]


@st.composite
def tables(draw):
    """Rows in small groups, single roles and mixed, some groups with more rows than an epoch has batches."""
    n = draw(st.integers(3, 60))
    groups = draw(st.lists(st.integers(0, draw(st.integers(1, 60))), min_size=n, max_size=n))
    roles = draw(st.lists(st.sampled_from(ROLES), min_size=n, max_size=n))
    lengths = draw(st.lists(st.integers(1, 50), min_size=n, max_size=n))
    return RoleRows(roles=roles, groups=np.array(groups), lengths=np.array(lengths))


@st.composite
def pair_tables(draw):
    """Rows of a query and a document each, of which either stands in several."""
    n = draw(st.integers(3, 60))
    groups = [
        draw(st.lists(st.integers(0, draw(st.integers(2, 40))), min_size=n, max_size=n)) for _ in range(2)
    ]
    roles = draw(st.lists(st.sampled_from(ROLES[: draw(st.integers(1, 3))]), min_size=n, max_size=n))
    lengths = draw(st.lists(st.integers(1, 50), min_size=n, max_size=n))
    return RoleRows(roles=roles, groups=np.array(groups).T, lengths=np.array(lengths))


def planned(rows, **options):
    """A plan, or None where no batch can be filled."""
    shares = {role: share for role, share in zip(ROLES, (2, 1, 1), strict=True) if role in rows.roles}
    try:
        return plan_batches(rows, shares, **({"batch": 4, "seed": (3,)} | options))
    except ConfigError as error:
        assert "can be filled" in str(error) or "every batch" in str(error)
        return None


def assert_kept(plan, batches, *, once=True):
    rows = plan.rows
    for batch in batches:
        assert Counter(rows.roles[row] for row in batch) == plan.counts
        for column in rows.groups.reshape(len(rows.groups), -1).T:
            assert len(set(column[batch].tolist())) == len(batch)
    uses = Counter(np.concatenate(batches).tolist())
    assert not once or max(uses.values()) == 1


@given(rows=tables() | pair_tables(), batch=st.integers(3, 6), number=st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_every_batch_has_its_quotas_no_group_twice_and_every_row_once(rows, batch, number):
    plan = planned(rows, batch=batch)
    assume(plan is not None)
    batches = plan.epoch(number)
    assert len(batches) == plan.a_epoch
    assert_kept(plan, batches)


@given(rows=tables() | pair_tables(), batches=st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_rows_that_may_repeat_keep_quotas_and_groups_too(rows, batches):
    plan = planned(rows, repeat=True, batches=batches)
    assume(plan is not None)
    assert len(plan.epoch(1)) == batches
    assert_kept(plan, plan.epoch(1), once=False)


def can_be_filled(rows, counts, batches):
    """By trying every way, on few rows."""
    wanted = [role for role, count in counts.items() for _ in range(count)]
    options = [
        choice
        for choice in itertools.combinations(range(len(rows.roles)), len(wanted))
        if sorted(rows.roles[row] for row in choice) == sorted(wanted)
        and len(set(rows.groups[list(choice)].tolist())) == len(choice)
    ]

    def fill(left, used):
        return not left or any(
            fill(left - 1, used | set(choice)) for choice in options if not used & set(choice)
        )

    return fill(batches, set())


@given(
    rows=st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 4)), min_size=2, max_size=9),
    counts=st.sampled_from([{"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 2}]),
)
@settings(max_examples=150, deadline=None)
def test_as_many_batches_are_filled_as_can_be(rows, counts):
    roles, groups = zip(*rows, strict=True)
    assume(set(counts) <= set(roles))
    rows = RoleRows(roles=roles, groups=np.array(groups), lengths=np.ones(len(roles), dtype=int))
    try:
        plan = plan_batches(rows, counts, batch=sum(counts.values()), seed=(1,))
        found = plan.a_epoch
        assert_kept(plan, plan.epoch(0))
    except ConfigError:
        found = 0
    assert found == 0 or can_be_filled(rows, counts, found)
    assert not can_be_filled(rows, counts, found + 1)


@given(rows=tables() | pair_tables(), step=st.integers(0, 40), seed=st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_from_any_step_it_goes_on_as_if_it_had_never_stopped(rows, step, seed):
    plan, again = planned(rows, seed=(seed,)), planned(rows, seed=(seed,))
    assume(plan is not None)
    whole = list(itertools.islice(plan.from_step(0), step + 5))
    resumed = list(itertools.islice(again.from_step(step), 5))
    assert [batch.tolist() for batch in whole[step:]] == [batch.tolist() for batch in resumed]


def planted(n=4_000, *, seed=0):
    rng = np.random.default_rng(seed)
    return RoleRows(
        roles=rng.choice(["main", "soft", "hard", "cross"], n, p=[0.4, 0.3, 0.2, 0.1]).tolist(),
        groups=rng.integers(0, n * 2 // 3, n),
        lengths=rng.lognormal(4, 0.6, n).astype(int) + 1,
    )


SHARES = {"main": 0.4, "soft": 0.2, "hard": 0.2, "cross": 0.2}


def test_lengths_in_a_batch_are_alike():
    plan = plan_batches(planted(), SHARES, batch=20, seed=(1,))
    batches = plan.epoch(0)
    lengths = plan.rows.lengths
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    rng = np.random.default_rng(0)
    shuffled = rng.permutation(np.concatenate(batches)).reshape(-1, 20)
    at_random = sum(len(batch) * lengths[batch].max() for batch in shuffled)
    whole = lengths[np.concatenate(batches)].sum()
    assert padded / whole < 1.25
    assert at_random / whole > 2


def test_epochs_differ_and_rows_that_waited_come_in():
    plan = plan_batches(planted(), SHARES, batch=20, seed=(1,))
    assert plan.epoch(0)[0].tolist() != plan.epoch(1)[0].tolist()
    assert plan.epoch(0)[0].tolist() == plan.epoch(0)[0].tolist()
    other = plan_batches(planted(), SHARES, batch=20, seed=(2,))
    assert plan.epoch(0)[0].tolist() != other.epoch(0)[0].tolist()
    filled = {role.role: role for role in plan.filling()}
    assert filled["cross"].used > 0.98
    assert filled["soft"].used < 0.5
    seen = np.unique(np.concatenate([np.concatenate(plan.epoch(number)) for number in range(12)]))
    assert len(seen) > 0.98 * len(plan.rows.roles)


def test_a_group_larger_than_the_epoch_gives_one_row_a_batch():
    groups = np.array([0] * 50 + list(range(1, 31)))
    rows = RoleRows(roles=["main"] * 80, groups=groups, lengths=np.ones(80, dtype=int))
    plan = plan_batches(rows, {"main": 1.0}, batch=4, seed=(1,))
    # E batches of 4 hold E rows of the large group at most: 4 E <= E + 30, so E is 10.
    assert plan.a_epoch == 10
    assert_kept(plan, plan.epoch(0))
    assert all((rows.groups[batch] == 0).sum() == 1 for batch in plan.epoch(0))


def test_rows_repeat_evenly():
    rows = RoleRows(roles=["main"] * 40 + ["hard"] * 3, groups=np.arange(43), lengths=np.arange(43) + 1)
    plan = plan_batches(rows, {"main": 1, "hard": 1}, batch=4, seed=(1,), repeat=True)
    assert plan.a_epoch == 20
    uses = Counter(np.concatenate(plan.epoch(0)).tolist())
    assert [uses[row] for row in range(40)] == [1] * 40
    assert sorted(uses[row] for row in (40, 41, 42)) == [13, 13, 14]
    assert plan.filling()[1].used == pytest.approx(40 / 3)


def test_largest_remainders_by_hand():
    # Hamilton of 10: exact 4.1, 3.3, 2.6, so one row is left, for the last.
    assert quota_counts({"a": 41, "b": 33, "c": 26}, batch=10) == {"a": 4, "b": 3, "c": 3}
    assert quota_counts({"a": 0.1, "b": 0.2, "c": 0.7}, batch=10) == {"a": 1, "b": 2, "c": 7}
    assert quota_counts({"a": 1, "b": 1, "c": 1}, batch=8) == {"a": 3, "b": 3, "c": 2}


@given(
    shares=st.dictionaries(st.text(max_size=3), st.floats(0.01, 5), min_size=1, max_size=6),
    batch=st.integers(1, 500),
)
def test_quotas_sum_to_the_batch_and_stay_within_a_row_of_the_share(shares, batch):
    try:
        counts = quota_counts(shares, batch=batch)
    except ConfigError:
        assert batch * min(shares.values()) / sum(shares.values()) < 1
        return
    assert sum(counts.values()) == batch
    for role, count in counts.items():
        assert count > 0
        assert abs(count - batch * shares[role] / sum(shares.values())) < 1 + 1e-6


def test_natural_shares():
    assert natural_shares(["b", "a", "b", "b"]) == {"a": 0.25, "b": 0.75}


def some(*, main=12, hard=3, groups=None):
    n = main + hard
    return RoleRows(
        roles=["main"] * main + ["hard"] * hard,
        groups=np.arange(n) if groups is None else np.array(groups),
        lengths=np.ones(n, dtype=int),
    )


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (
            some(),
            {"batch": 8},
            "role 'hard' has 3 rows of 3 documents, of which 1 batches can hold 3, .* a share of 0.5 of 8 rows needs 4, and a share"
            " of 0.375 can be filled; lower its share, or take smaller batches, of 7 rows"
            " at most$",
        ),
        (
            some(),
            {"batch": 2, "batches": 5},
            "of which 5 batches can hold 3, .* needs 5, and it cannot stand in every batch; lower its share, or the batches, or let"
            " rows repeat$",
        ),
        (
            some(groups=[*range(12), 20, 20, 20]),
            {"batch": 4},
            "role 'hard' has 3 rows of 1 documents, of which 1 batches can hold 1",
        ),
        (
            some(groups=[*range(12), 20, 20, 20]),
            {"batch": 4, "repeat": True},
            "of which 1 batches can hold 1, .* a share of 0.25 can be filled",
        ),
        (some(main=1, hard=1, groups=[0, 0]), {"batch": 2}, "no two of one document in a batch"),
        (some(), {"batch": 1}, "role 'hard' has a share of 0.5, less than a row of a batch of 1"),
        (some(), {"batch": 0}, "a batch is to have 0 rows"),
        (some(), {"batch": 2, "batches": 0}, "an epoch is to have 0 batches"),
    ],
)
def test_shares_that_cannot_be_filled(rows, options, message):
    with pytest.raises(ConfigError, match=message):
        plan_batches(rows, {"main": 0.5, "hard": 0.5}, **({"seed": (1,)} | options))


@given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 6)), min_size=1, max_size=14),
    most=st.integers(1, 16),
)
def test_the_largest_batch_can_be_filled_and_of_one_role_no_larger_one_can(rows, most):
    given_rows = RoleRows(
        roles=[role for role, _ in rows],
        groups=np.array([group for _, group in rows]),
        lengths=np.ones(len(rows), dtype=int),
    )
    shares = natural_shares(given_rows.roles)
    found = largest_batch(given_rows, shares, most=most)
    assert 0 <= found <= most
    if found:
        plan_batches(given_rows, shares, batch=found, seed=(1,))
    if len(shares) == 1:
        assert found == min(most, len({group for _, group in rows}))


def test_bad_shares_and_rows():
    with pytest.raises(
        ConfigError, match="role 'soft' has a share and no rows; the rows have the roles 'hard', 'main'"
    ):
        plan_batches(some(), {"main": 1, "soft": 1}, batch=2, seed=(1,))
    with pytest.raises(ConfigError, match="role 'main' has a share of 0"):
        quota_counts({"main": 0}, batch=2)
    with pytest.raises(ConfigError, match="no role has a share"):
        quota_counts({}, batch=2)
    with pytest.raises(DataError, match="2 roles, 1 groups and 2 lengths"):
        RoleRows(roles=["a", "b"], groups=np.zeros(1), lengths=np.ones(2))


@pytest.mark.parametrize("seed", range(3))
def test_many_rows_of_few_groups_take_paths_and_stay_right(seed):
    """Groups nearly as large as the epoch has batches: the dealt batches hold many twice, and every exchange is needed."""
    rng = np.random.default_rng(seed)
    sizes, batch = 30, 10
    groups = np.repeat(np.arange(batch + 1), sizes)
    roles = np.where(rng.random(len(groups)) < 0.6, "main", "hard").tolist()
    rows = RoleRows(roles=roles, groups=groups, lengths=rng.integers(1, 90, len(groups)))
    plan = plan_batches(rows, {"main": 0.6, "hard": 0.4}, batch=batch, seed=(seed,))
    assert plan.a_epoch >= sizes - 4
    assert_kept(plan, plan.epoch(0))


def many_to_many(*, queries, documents, each, seed=0):
    """Every query has some of the documents for its answers."""
    rng = np.random.default_rng(seed)
    of_query = np.repeat(np.arange(queries), each)
    of_document = np.concatenate([rng.choice(documents, each, replace=False) for _ in range(queries)])
    n = len(of_query)
    return RoleRows(
        roles=[""] * n,
        groups=np.stack([of_query, of_document], axis=1),
        lengths=rng.integers(1, 90, n),
    )


@pytest.mark.parametrize(("queries", "documents", "each"), [(150, 300, 10), (200, 300, 2), (80, 60, 9)])
def test_what_hangs_together_in_chains_fills_batches_all_the_same(queries, documents, each):
    """Of these pairs nearly all are one component, of which a batch could hold one."""
    rows = many_to_many(queries=queries, documents=documents, each=each)
    assert largest_batch(rows, {"": 1.0}, most=48) == 48
    plan = plan_batches(rows, {"": 1.0}, batch=48, seed=(1,))
    assert plan.a_epoch >= 0.85 * (queries * each // 48)
    for number in range(3):
        assert len(plan.epoch(number)) == plan.a_epoch
        assert_kept(plan, plan.epoch(number))


@given(
    pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=14),
    most=st.integers(1, 8),
)
def test_the_largest_batch_of_pairs_is_the_largest_matching(pairs, most):
    rows = RoleRows(roles=[""] * len(pairs), groups=np.array(pairs), lengths=np.ones(len(pairs), dtype=int))
    graph = csr_array((np.ones(len(pairs)), np.array(pairs).T), shape=(6, 6))
    matched = int((maximum_bipartite_matching(graph) >= 0).sum())
    assert largest_batch(rows, {"": 1.0}, most=most) == min(most, matched)


def test_a_column_that_another_one_implies_changes_nothing():
    both = planted()
    groups = np.stack([both.groups, np.arange(len(both.groups))], axis=1)
    beside = RoleRows(roles=both.roles, groups=groups, lengths=both.lengths)
    plans = [plan_batches(rows, SHARES, batch=20, seed=(1,)) for rows in (both, beside)]
    assert plans[0].a_epoch == plans[1].a_epoch
    assert np.array_equal(np.concatenate(plans[0].epoch(1)), np.concatenate(plans[1].epoch(1)))


def test_two_queries_or_documents_in_every_pair_fill_no_batch():
    rows = RoleRows(roles=[""] * 3, groups=np.array([[0, 0], [0, 1], [0, 2]]), lengths=np.ones(3, dtype=int))
    assert largest_batch(rows, {"": 1.0}, most=8) == 1
    rows = RoleRows(
        roles=[""] * 4, groups=np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), lengths=np.ones(4, dtype=int)
    )
    with pytest.raises(
        ConfigError, match=r"of 2 and 2 queries and documents, .* can hold 2, no two of one query"
    ):
        plan_batches(rows, {"": 1.0}, batch=3, seed=(1,))


@pytest.mark.parametrize("rare", [["soft"] * 2, ["soft"] * 2 + ["hard"] * 3, ["soft"] * 7])
def test_roles_too_rare_for_every_batch_are_dealt_with_the_most_frequent_one(rare):
    roles = ["main"] * (400 - len(rare)) + rare
    rows = RoleRows(roles=roles, groups=np.arange(400), lengths=np.ones(400, dtype=int))
    shares = natural_shares(roles)
    assert largest_batch(rows, shares, most=64) == 64
    plan = plan_batches(rows, shares, batch=64, seed=(1,))
    assert plan.a_epoch >= 6 if len(rare) < 7 else plan.counts == {"main": 63, "soft": 1}
    assert_kept(plan, plan.epoch(0))
    if len(rare) < 7:
        (pool,) = plan.filling()
        assert set(pool.role.split(" + ")) == set(roles) and pool.rows == 400
    with pytest.raises(ConfigError, match="less than a row of a batch of 64"):
        plan_batches(rows, {"main": 0.999, "soft": 0.001}, batch=64, seed=(1,))

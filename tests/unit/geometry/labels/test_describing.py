"""Labels in spaces: right where the answer is known, with floors, and clear about what cannot be told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.geometry.halves import draw_halves
from semascope.geometry.labels.describing import describe_labels
from semascope.geometry.labels.numbers import floor_of, texts_looked_at
from semascope.geometry.labels.separating import judge_spaces
from semascope.neighbors import top_k

NAMES = ["tide", "wind", "moon"]


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def neighbors(spaces):
    return {
        name: top_k(vectors, vectors, min(30, max(len(vectors) - 1, 1)), exclude_self=True).indices
        for name, vectors in spaces.items()
    }


def world(n=120, *, scale=3.0, d=6, seed=0):
    """A space where labels say nothing, and one where they do."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.arange(n) % 3)
    noise = rng.standard_normal((n, d))
    return {"none": unit(noise), "told": unit(noise + scale * np.eye(3, d)[codes])}, codes


def described(spaces, codes, names=NAMES, **kwargs):
    kwargs = {"label": "subject", "halves": draw_halves(len(codes), draws=20)} | kwargs
    return describe_labels(spaces, neighbors(spaces), np.asarray(codes), names, **kwargs)


@pytest.fixture(scope="module")
def found():
    return described(*world())


def test_a_space_that_tells_the_labels_is_better_at_everything(found):
    assert {name: family.verdicts["told"].word for name, family in found.families.items()} == {
        "knn": "better",
        "silhouette": "better",
        "gap": "better",
    }
    assert list(found.families) == ["knn", "silhouette", "gap"]
    told = found.spaces["told"]
    for number in (told.knn, told.silhouette, told.within, told.gap):
        assert number.above_floor is True
        assert number.null == "shuffled labels"
    assert told.across.above_floor is False
    assert found.reason == ""
    assert (found.k, found.texts, found.largest) == (10, 120, 1 / 3)


def test_where_labels_say_nothing_numbers_are_those_of_shuffled_ones(found):
    none = found.spaces["none"]
    for number in (none.knn, none.silhouette, none.within, none.across, none.gap):
        assert number.floor.low - 0.02 < number.value < number.floor.high + 0.02
        assert number.above_floor is None


def test_the_gap_is_how_much_shorter_distances_are_within_and_its_floor_is_0(found):
    for space in found.spaces.values():
        far, near = 1 - space.across.value, 1 - space.within.value
        assert space.gap.value == pytest.approx(1 - near / far)
        assert space.gap.floor.value == 0
        assert space.within.floor.value == space.across.floor.value
        assert "distance" in space.gap.note


def test_the_vote_is_that_of_judge_spaces(found):
    spaces, codes = world()
    accuracies, family = judge_spaces(neighbors(spaces), codes, k=10)
    for name, space in found.spaces.items():
        assert space.knn.value == accuracies[name].value
        assert (space.votes == codes).mean() == pytest.approx(space.knn.value)
    assert found.families["knn"].verdicts["told"].difference == family.verdicts["told"].difference


def test_the_table_has_each_label_with_its_own_numbers(found):
    _, codes = world()
    told = found.spaces["told"]
    assert sorted(row.name for row in told.labels) == sorted(NAMES)
    for row in told.labels:
        own = codes == NAMES.index(row.name)
        assert row.texts == own.sum()
        assert row.accuracy.value == pytest.approx((told.votes[own] == codes[own]).mean())
        assert row.accuracy.low <= row.accuracy.value <= row.accuracy.high
        assert row.nearest in NAMES
        assert row.nearest != row.name
        assert row.nearest_cosine < row.within


def test_confusions_name_rows_that_were_voted_so(found):
    _, codes = world()
    none = found.spaces["none"]
    assert none.confusions
    for one in none.confusions:
        for row in one.rows:
            assert NAMES[codes[row]] == one.label
            assert NAMES[none.votes[row]] == one.voted


def test_texts_without_a_label_neither_vote_nor_count():
    spaces, codes = world()
    some = codes.copy()
    some[::4] = -1
    part = described(spaces, some)
    kept = np.flatnonzero(some >= 0)
    alone = described(
        {name: vectors[kept] for name, vectors in spaces.items()},
        codes[kept],
        halves=draw_halves(len(kept), draws=20),
    )
    for name in spaces:
        assert part.spaces[name].knn.value == alone.spaces[name].knn.value
        assert part.spaces[name].gap.value == pytest.approx(alone.spaces[name].gap.value)
        assert (part.spaces[name].votes[::4] == -1).all()
        for one in part.spaces[name].confusions:
            assert all(some[row] == NAMES.index(one.label) for row in one.rows)
    assert part.texts == len(kept)
    assert part.notes == ("30 of 120 texts have no label and have no vote.",)


def test_the_same_space_twice_is_equivalent():
    spaces, codes = world()
    families = described({"a": spaces["told"], "b": spaces["told"]}, codes).families
    assert {family.verdicts["b"].word for family in families.values()} == {"equivalent"}


def test_the_same_seed_gives_the_same_numbers(found):
    again = described(*world())
    assert again.spaces["told"].silhouette == found.spaces["told"].silhouette
    assert again.families == found.families


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ([-1] * 12, "'subject' has no label"),
        ([1] * 12, "'subject' has only one label"),
        ([-1] * 10 + [0, 1], "too few texts have a label"),
        ([-1] * 9 + [0, 1, 2], "no label of 'subject' has two texts"),
    ],
)
def test_labels_that_tell_nothing_say_why(codes, why):
    spaces, _ = world(12)
    found = described(spaces, codes)
    assert (found.reason, found.spaces, found.families, found.k) == (why, {}, {}, 0)
    assert math.isnan(found.largest)


def test_no_text_at_all():
    assert described({"a": np.empty((0, 4), dtype=np.float32)}, np.empty(0, dtype=np.int64)).reason == (
        "'subject' has no label"
    )


@pytest.mark.parametrize("n", [3, 4, 5, 9, 14])
def test_few_texts_give_numbers_and_no_false_words(n):
    spaces, codes = world(n)
    found = described(spaces, codes % 2, NAMES[:2])
    assert found.k == min((n - 1) // 2, 10)
    for family in found.families.values():
        assert family.verdicts["told"].word in ("unresolved", "equivalent", "better")
    assert 0 <= found.spaces["told"].knn.value <= 1
    if n < 4:
        assert found.families["gap"].verdicts["told"].reason == "3 texts are too few for an interval"
        assert found.spaces["told"].gap.estimate.reason == "3 texts are too few for an interval"
    if n == 4:
        assert found.families["silhouette"].verdicts["told"].reason == "only 4 texts; a claim needs 5"


def test_a_label_of_one_text_is_named_and_has_no_number_within():
    spaces, codes = world()
    codes = codes.copy()
    codes[7] = 3
    found = described(spaces, codes, [*NAMES, "sun"])
    row = found.spaces["told"].labels[-1]
    assert (row.name, row.texts, row.accuracy.value) == ("sun", 1, 0.0)
    assert math.isnan(row.within)
    assert math.isnan(row.accuracy.low)
    assert row.accuracy.reason == "only 1 of its texts; an interval needs 5"
    assert found.notes[0].startswith("1 label has one text (sun)")


def test_a_space_whose_vectors_are_all_the_same_is_left_out():
    spaces, codes = world()
    flat = unit(np.ones((120, 6)))
    found = described({"flat": flat, **spaces}, codes)
    assert list(found.spaces) == ["none", "told"]
    assert found.families["knn"].baseline == "none"
    assert found.notes == (
        "All vectors are the same in flat: no text is nearer than another, so no label is told there.",
    )
    assert described({"flat": flat}, codes).reason == "all vectors are the same in every space"


def test_fewer_texts_than_dims():
    spaces, codes = world(24, d=200, scale=30.0)
    found = described(spaces, codes)
    assert found.families["gap"].verdicts["told"].word == "better"


def test_rows_that_do_not_belong_together_are_refused():
    spaces, codes = world(12)
    lists = neighbors(spaces)
    halves = draw_halves(12)
    with pytest.raises(DataError, match="space 'none' has 12 vectors and neighbours of 12 for 11 labels"):
        describe_labels(spaces, lists, codes[:11], NAMES, label="subject", halves=halves)
    with pytest.raises(DataError, match="space 'told' has 12 vectors and neighbours of none for 12 labels"):
        describe_labels(spaces, {"none": lists["none"]}, codes, NAMES, label="subject", halves=halves)
    with pytest.raises(DataError, match="codes go from 0 to 2 for 2 labels"):
        describe_labels(spaces, lists, codes, NAMES[:2], label="subject", halves=halves)
    with pytest.raises(DataError, match="there is no space"):
        describe_labels({}, {}, codes, NAMES, label="subject", halves=halves)


@pytest.mark.parametrize("centre", [None, 0.3])
def test_a_floor_holds_95_of_100_draws(centre):
    held = []
    for seed in range(300):
        draws = np.random.default_rng(seed).normal(0.3, 0.05, 21)
        floor = floor_of(draws[:-1], n=100, centre=centre)
        held.append(floor.low <= draws[-1] <= floor.high)
    assert 0.92 < np.mean(held) < 0.98
    assert floor_of(np.array([0.1, np.nan]), n=5) is None


def test_silhouettes_of_halves_look_at_fewer_texts_where_all_cost_too_much():
    assert len(texts_looked_at(1_000, 20, 384, 60, seed=0)) == 1_000
    rows = texts_looked_at(100_000, 5_000, 384, 60, seed=0)
    assert len(rows) == 8_680
    assert (np.diff(rows) > 0).all()
    assert len(texts_looked_at(100_000, 100_000, 1024, 60, seed=0)) == 2_000


def test_a_direction_that_all_texts_share_changes_no_gap():
    rng = np.random.default_rng(4)
    codes = np.arange(160) % 4
    apart = rng.standard_normal((4, 16))[codes] + 0.8 * rng.standard_normal((160, 16))
    apart /= np.linalg.norm(
        apart, axis=1, keepdims=True
    )  # or rows of other lengths would turn by other angles
    cone = np.concatenate([apart, np.full((160, 1), 4.0)], axis=1)
    spaces = {name: unit(rows) for name, rows in {"apart": apart, "cone": cone}.items()}
    nearest = {name: top_k(rows, rows, 30, exclude_self=True).indices for name, rows in spaces.items()}
    told = describe_labels(
        spaces, nearest, codes, "abcd", label="kind", halves=draw_halves(160, seed=1), seed=1
    )
    apart_told, cone_told = told.spaces["apart"], told.spaces["cone"]
    # (1 + 16) / 17 of every distance: cosines of unit rows behind a shared 4 are (16 + cosine) / 17
    assert cone_told.within.value == pytest.approx((16 + apart_told.within.value) / 17, abs=1e-5)
    assert cone_told.gap.value == pytest.approx(apart_told.gap.value, abs=1e-4)
    assert told.families["gap"].verdicts["cone"].word == "equivalent"


def grouped_by_chance(seed=0, groups=40, per=8):
    """Copies, or documents, whose labels are drawn: a text's own group knows its label, no other does."""
    rng = np.random.default_rng(seed)
    spaces = {"s": unit(np.repeat(rng.standard_normal((groups, 16)), per, axis=0) + 1e-3)}
    return spaces, np.repeat(rng.integers(0, 2, groups), per), np.repeat(np.arange(groups), per)


def test_a_text_is_not_told_by_its_own_group():
    spaces, codes, together = grouped_by_chance()
    halves = draw_halves(len(codes), groups=together, draws=20)
    leaking = described(spaces, codes, halves=halves).spaces["s"].knn
    told = described(spaces, codes, halves=halves, components=together).spaces["s"].knn
    assert leaking.value > 0.95  # what None says of such texts
    assert told.value < 0.75
    assert told.floor.low <= told.value <= told.floor.high
    assert told.floor.high - told.floor.low > 0.2  # 40 groups, not 320 texts


def test_floors_move_whole_groups():
    """Labels that mean nothing beyond their groups are above no floor, in no number."""
    above = []
    for seed in range(6):
        spaces, codes, together = grouped_by_chance(seed)
        space = described(spaces, codes, components=together).spaces["s"]
        above += [
            number.above_floor is True for number in (space.knn, space.silhouette, space.within, space.gap)
        ]
    assert sum(above) <= 3


def test_a_group_that_leaves_no_voter():
    spaces, codes, _ = grouped_by_chance(groups=10, per=4)
    found = described(spaces, codes, components=np.zeros(40, dtype=int))
    assert "belong together" in found.reason
    lone = np.repeat([0, 1], 20)
    assert "texts of two groups" in described(spaces, lone, components=lone).reason


def test_a_large_group_is_told_by_the_few_others():
    """30 of 34 texts belong together: four others vote for each, and a label of one group is never right."""
    rng = np.random.default_rng(3)
    spaces = {"s": unit(rng.standard_normal((34, 6)))}
    codes = np.repeat([0, 1, 2], [30, 2, 2])
    found = described(spaces, codes, components=np.maximum(np.arange(34) - 29, 0))
    votes = found.spaces["s"].votes
    assert set(votes[:30].tolist()) <= {1, 2}
    assert any(
        "in one group of texts alone" in note and "'" not in note.split("(")[0] for note in found.notes
    )
    assert sum(one.texts for one in found.spaces["s"].confusions if one.label == NAMES[0]) == 30


def test_components_of_single_texts_change_nothing():
    spaces, codes = world()
    alone = described(spaces, codes, components=np.arange(len(codes))[::-1])
    plain_found = described(spaces, codes)
    assert alone.families == plain_found.families
    assert alone.spaces["told"].gap == plain_found.spaces["told"].gap


@pytest.mark.parametrize(("n", "told"), [(20, False), (40, False), (41, True)])
def test_few_texts_have_no_interval_of_votes(n, told):
    found = described(*world(n=n))
    verdict = found.families["knn"].verdicts["told"]
    assert np.isfinite(verdict.low) == np.isfinite(found.spaces["told"].knn.estimate.low) == told
    if not told:
        assert verdict.word == "unresolved"
        assert "needs more than" in verdict.reason

"""What moves between spaces, on neighbours whose answer is known."""

from __future__ import annotations

import numpy as np

from semascope.maps.change import changing_regions, neighborhood_change, overlaps
from semascope.maps.labelling import make_labels

FIRST = np.array([[1, 2], [0, 2], [0, 1], [4, 5]])
SECOND = np.array([[1, 3], [2, 0], [3, 4], [4, 5]])  # shares 1, 2, 0 and 2 of 2


def test_change_is_against_the_first_space_and_a_mean_over_the_others():
    np.testing.assert_allclose(neighborhood_change([FIRST, SECOND]), [0.5, 0, 1, 0])
    np.testing.assert_allclose(neighborhood_change([FIRST, SECOND, FIRST]), [0.25, 0, 0.5, 0])
    assert np.isnan(neighborhood_change([FIRST])).all()
    assert not len(neighborhood_change([]))


def test_overlaps_of_every_two_spaces():
    np.testing.assert_allclose(
        overlaps([FIRST, SECOND, FIRST]), [[1, 0.625, 1], [0.625, 1, 0.625], [1, 0.625, 1]]
    )


def planted(seed: int = 0):
    """200 texts in four corners; in one of them neighbourhoods change by 0.9, elsewhere by 0.1."""
    rng = np.random.default_rng(seed)
    corner = np.repeat(np.arange(4), 50)
    places = np.array([[0, 0], [0, 9], [9, 0], [9, 9]])[corner] + rng.standard_normal((200, 2))
    change = np.where(corner == 2, 0.9, 0.1) + rng.uniform(-0.05, 0.05, 200)
    return corner, places, change


def test_the_corner_that_changes_is_found_and_named_by_its_label():
    corner, places, change = planted()
    labels = make_labels("kind", [f"k{kind}" for kind in corner])
    found = changing_regions(change, places, ["a"] * 200, labels)
    assert found[0].stands_out
    assert set(found[0].rows) <= set(np.flatnonzero(corner == 2))
    assert found[0].words.endswith("texts, all k2")
    assert len(found) == 1  # its label and its cluster are the same region; the other corners change less


def test_without_labels_words_name_the_region():
    corner, places, change = planted()
    texts = ["harbour tide and sail" if kind == 2 else "engine oil and gear" for kind in corner]
    found = changing_regions(change, places, texts, None)
    assert {"“harbour”", "“sail”", "“tide”"} <= set(found[0].words.replace(",", "").split())
    assert "and”" not in found[0].words


def test_noise_does_not_stand_out():
    rng = np.random.default_rng(7)
    standing = 0
    for seed in range(30):
        corner, places, _ = planted(seed)
        change = np.clip(rng.normal(0.5, 0.2, 200), 0, 1)
        labels = make_labels("kind", corner.tolist())
        standing += any(region.stands_out for region in changing_regions(change, places, ["a"] * 200, labels))
    assert standing <= 2


def test_no_change_has_no_regions():
    corner, places, _ = planted()
    labels = make_labels("kind", corner.tolist())
    assert changing_regions(np.zeros(200), places, ["a"] * 200, labels) == ()
    assert changing_regions(np.ones(200), places, ["a"] * 200, labels) == ()
    assert changing_regions(np.full(200, np.nan), places, ["a"] * 200, labels) == ()


def test_texts_without_a_place_belong_to_labels_only():
    corner, places, change = planted()
    places[corner == 2] = np.nan
    labels = make_labels("kind", corner.tolist())
    found = changing_regions(change, places, ["a"] * 200, labels)
    np.testing.assert_array_equal(found[0].rows, np.flatnonzero(corner == 2))
    assert all(np.isfinite(places[region.rows]).all() for region in found[1:])


def test_texts_at_one_place_make_no_warning(recwarn):
    change = np.linspace(0, 1, 200)
    changing_regions(change, np.zeros((200, 2)), ["a"] * 200, None)
    assert not recwarn.list

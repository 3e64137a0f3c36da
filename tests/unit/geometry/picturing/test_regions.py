"""Which groups of texts change most, on changes whose answer is known."""

from __future__ import annotations

import numpy as np

from semascope.geometry.picturing.regions import changing_regions, places_by_code


def planted(seed: int = 0):
    """200 texts in four corners; in one of them neighbourhoods change by 0.9, elsewhere by 0.1."""
    rng = np.random.default_rng(seed)
    corner = np.repeat(np.arange(4), 50)
    places = np.array([[0, 0], [0, 9], [9, 0], [9, 9]])[corner] + rng.standard_normal((200, 2))
    change = np.where(corner == 2, 0.9, 0.1) + rng.uniform(-0.05, 0.05, 200)
    return corner, places, change


def test_the_corner_that_changes_is_found_and_named_by_its_label():
    corner, places, change = planted()
    found = changing_regions(change, places, places_by_code(corner, 4))
    assert found[0].stands_out
    assert set(found[0].rows) <= set(np.flatnonzero(corner == 2))
    assert len(found) == 1  # its label and its cluster are the same region; the other corners change less


def test_noise_does_not_stand_out():
    rng = np.random.default_rng(7)
    standing = 0
    for seed in range(30):
        corner, places, _ = planted(seed)
        change = np.clip(rng.normal(0.5, 0.2, 200), 0, 1)
        standing += any(
            region.stands_out for region in changing_regions(change, places, places_by_code(corner, 4))
        )
    assert standing <= 2


def test_no_change_has_no_regions():
    corner, places, _ = planted()
    assert changing_regions(np.zeros(200), places, places_by_code(corner, 4)) == ()
    assert changing_regions(np.ones(200), places, places_by_code(corner, 4)) == ()
    assert changing_regions(np.full(200, np.nan), places, places_by_code(corner, 4)) == ()


def test_texts_without_a_place_belong_to_labels_only():
    corner, places, change = planted()
    places[corner == 2] = np.nan
    found = changing_regions(change, places, places_by_code(corner, 4))
    np.testing.assert_array_equal(found[0].rows, np.flatnonzero(corner == 2))
    assert all(np.isfinite(places[region.rows]).all() for region in found[1:])


def test_texts_at_one_place_make_no_warning(recwarn):
    change = np.linspace(0, 1, 200)
    changing_regions(change, np.zeros((200, 2)), [])
    assert not recwarn.list

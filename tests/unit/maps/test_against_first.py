"""Every space of a map against the first: the numbers of the geometry, on the page, in the record and in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.geometry.comparing.cka import debiased_cka
from semascope.geometry.comparing.products import Centred
from semascope.geometry.halves import draw_halves
from semascope.maps.build import build_contents
from semascope.maps.laying_out.layout import LayoutSettings
from semascope.maps.measuring.each_space import MapSettings
from semascope.neighbors import top_k
from semascope.spaces.preparing import Space

N = 150
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, 8))
NEAR = X[:, :5] + 0.3 * RNG.standard_normal((N, 5))
OTHER = RNG.standard_normal((N, 6))


def build(**spaces):
    settings = MapSettings(layout=LayoutSettings(method="pca"))
    given = [Space(name=name, vectors=vectors) for name, vectors in spaces.items()]
    return build_contents([f"text {i}" for i in range(N)], np.arange(N), given, settings=settings)


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def fact(built, panel, name):
    return next(found for found in built.contents.panels[panel].facts if found.name.startswith(name))


def test_the_record_has_both_with_intervals_and_a_floor():
    built = build(first=X, near=NEAR, other=OTHER)
    overlap = built.record["overlap"]
    assert overlap["first"] == "first"
    assert list(overlap["against_first"]) == ["near", "other"]
    near, other = (overlap["against_first"][name] for name in ("near", "other"))
    lists = [top_k(unit(each), unit(each), 10, exclude_self=True).indices for each in (X, NEAR)]
    shared = np.mean([len({*a} & {*b}) / 10 for a, b in zip(*lists, strict=True)])
    assert near["neighbors_shared"]["estimate"]["value"] == pytest.approx(shared)
    assert near["neighbors_shared"]["floor"]["value"] == 10 / 149
    want = debiased_cka(Centred.of(unit(X)), Centred.of(unit(NEAR)), draw_halves(N, seed=42)).estimate
    found = near["debiased_cka"]["estimate"]
    assert (found["value"], found["low"]) == pytest.approx((want.value, want.low))
    assert other["neighbors_shared"]["estimate"]["low"] < 10 / 149
    assert near["neighbors_shared"]["estimate"]["low"] > near["neighbors_shared"]["floor"]["high"]


def test_the_facts_under_a_panel_have_the_intervals():
    built = build(first=X, near=NEAR)
    shared, cka = fact(built, 1, "neighbours shared with first"), fact(built, 1, "debiased CKA with first")
    assert shared.interval.startswith("95 % .")
    assert shared.reason == "of the 10 nearest texts in full dimension; by chance .07"
    assert cka.interval.startswith("95 % .")
    assert cka.reason == "of all distances, in full dimension; by chance .00"
    assert not [found for found in built.contents.panels[0].facts if "first" in found.name]


def test_a_sentence_for_each_other_space():
    built = build(first=X, near=NEAR, other=OTHER)
    near, other = built.contents.against
    assert near.startswith("'near' shares .")
    assert "of the 10 nearest texts with 'first' (95 % ." in near
    assert "by chance .07); debiased CKA ." in near
    assert near.endswith("by chance .00).")
    assert other.startswith("'other' shares .")
    assert all(page.against == () for page in built.alone)


def test_a_copy_is_told_as_one():
    found = build(first=X, copy=X.copy()).record["overlap"]["against_first"]["copy"]
    assert found["neighbors_shared"]["estimate"]["value"] == 1
    assert found["debiased_cka"]["estimate"]["value"] == pytest.approx(1)


def test_one_space_and_spaces_without_vectors_are_held_against_nothing():
    assert build(first=X).contents.against == ()
    assert build(first=X).record["overlap"] is None
    flat = build(first=X, flat=np.ones((N, 3)))
    assert flat.contents.against == ()

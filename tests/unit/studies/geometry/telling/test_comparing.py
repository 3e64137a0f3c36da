"""Sentences about two spaces, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semascope.geometry.comparing.shared_neighbors import ChangedText
from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate
from semascope.studies.geometry.comparing.compared import PairCompared
from semascope.studies.geometry.telling.comparing import changed_sentences, pair_sentences


def measured(value, low=np.nan, high=np.nan, floor=None, reason=""):
    estimate = Estimate(value=value, low=low, high=high, n=100, reason=reason)
    chance = None if floor is None else Estimate(value=floor, low=floor - 0.01, high=floor + 0.01, n=100)
    return Measured(name="", estimate=estimate, floor=chance)


PAIR = PairCompared(
    first="old",
    second="new",
    texts=100,
    k=10,
    widths=(8, 4),
    share=measured(0.62, 0.6, 0.64, 0.1),
    jaccard=measured(0.5),
    cka=measured(0.83, 0.82, 0.84, 0.0),
    procrustes=measured(0.18, 0.17, 0.19, 0.87),
    changed=(ChangedText(place=3, shared=0.2, first=(1, 2, 4), second=(5, 1, 2)),),
)


def test_what_is_shared_and_what_is_left():
    assert pair_sentences(PAIR) == [
        "'new' keeps 62 % of the 10 nearest texts that texts have in 'old' (95 % 60 to 64 %; by chance 10 %).",
        "Over all distances, the large ones first, their debiased CKA is .83 (95 % .82 to .84; by chance 0).",
        "Turned and scaled to lie over 'old' as well as it can, 'new' leaves 18 % of its variance; texts in another order"
        " leave 87 %.",
    ]


@pytest.mark.parametrize(
    ("change", "first"),
    [
        (
            {"share": measured(0.11, 0.09, 0.13, 0.1)},
            "'new' is not shown to share more with 'old' than chance would: 11 % of the 10 nearest texts (95 % 9 to 13 %; by"
            " chance 10 %).",
        ),
        (
            {"share": measured(0.62, floor=0.1)},  # without an interval nothing is shown
            "'new' is not shown to share more with 'old' than chance would: 62 % of the 10 nearest texts (by chance 10 %).",
        ),
        (
            {"share": measured(1.0, 1.0, 1.0, 0.1), "procrustes": measured(1e-9)},
            "'old' and 'new' are one space turned: every text has the same 10 nearest texts in both.",
        ),
        (
            {"share": measured(1.0, 1.0, 1.0, 0.1), "k": 1},
            "'old' and 'new' differ in no neighbour: every text has the same nearest text in both.",
        ),
        (
            {"share": measured(np.nan, reason="2 texts are too few")},
            "What 'old' and 'new' share cannot be told: 2 texts are too few.",
        ),
        (
            {"share": measured(0.999, 0.998, 1.0, 0.001)},
            "'new' keeps over 99 % of the 10 nearest texts that texts have in 'old' (95 % over 99 % to 100 %; by chance under"
            " 1 %).",
        ),
    ],
)
def test_the_first_sentence(change, first):
    assert pair_sentences(replace(PAIR, **change))[0] == first


def test_what_is_undefined_is_not_said():
    nothing = measured(np.nan, reason="all the same")
    assert len(pair_sentences(replace(PAIR, cka=nothing, procrustes=nothing))) == 1


def test_texts_that_changed_are_named_with_what_only_one_space_has():
    texts = [f"text\n number  {place} " + 30 * "long " for place in range(6)]
    said = changed_sentences(PAIR, texts)[0]
    assert said.startswith("“text number 3 long")
    assert "…” (row 3) keeps 2 of its 10 nearest: what only one has is in 'old' “text number 4 long" in said
    assert "in 'new' “text number 5 long" in said
    assert changed_sentences(PAIR) == [
        "Row 3 keeps 2 of its 10 nearest: what only one has is in 'old' row 4; in 'new' row 5."
    ]
    none = replace(PAIR, changed=(replace(PAIR.changed[0], shared=0.0, second=(7, 8, 9)),))
    assert changed_sentences(none)[0].startswith("Row 3 keeps none of its 10 nearest: ")

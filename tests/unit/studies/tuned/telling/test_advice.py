"""What is advised after a tuning, from planted verdicts."""

from __future__ import annotations

import pytest

from semascope.studies.tuned.telling.advice import advice_of, kept_look, look_is_better


@pytest.mark.parametrize(
    ("looks", "kept", "better"), [((0.71, 0.74, 0.73), 0.74, True), ((0.70,), 0.70, False), ((), 0.70, False)]
)
def test_the_kept_look_is_held_against_the_base(tunings, looks, kept, better):
    course = tunings.trained(looks=looks)
    assert kept_look(course) == kept and look_is_better(course) == better


def test_a_last_round_that_is_short_counts(tunings):
    course = tunings.trained(looks=(0.71, 0.74), a_round=8, steps=10, kept_step=10)
    assert kept_look(course) == 0.74


@pytest.mark.parametrize(
    ("unseen", "seen", "tuned"),
    [("better", "worse", True), ("unresolved", "better", False), ("worse", "better", False)],
)
def test_unseen_documents_decide(tunings, unseen, seen, tuned):
    parts = [
        tunings.part(name, 50, tunings.verdict(word, 0.05))
        for name, word in (("unseen", unseen), ("seen", seen), ("all", seen))
    ]
    assert advice_of(tunings.trained(), tunings.searched(*parts), None).tuned == tuned


def test_seen_ones_decide_where_there_are_no_others(tunings):
    parts = [tunings.part(name, 50, tunings.verdict("better", 0.05)) for name in ("seen", "all")]
    assert advice_of(tunings.trained(), tunings.searched(*parts), None).tuned
    assert not advice_of(tunings.trained(before=0.9), tunings.searched(*parts), None).tuned


def test_of_labels_the_vote_decides_and_not_the_silhouette(tunings):
    gained = tunings.of_labels("all", tunings.verdict("better", 0.05))
    only_cosines = tunings.of_labels(
        "all", tunings.verdict("unresolved", 0.0), silhouette=tunings.verdict("better", 0.1)
    )
    assert advice_of(tunings.trained(), None, tunings.separated(gained)).tuned
    assert not advice_of(tunings.trained(), None, tunings.separated(only_cosines)).tuned
    assert not advice_of(tunings.trained(), None, None).tuned

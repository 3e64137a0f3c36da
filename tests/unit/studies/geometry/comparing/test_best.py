"""Which space tells labels best: known worlds, and what looking for the leader costs."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.maps.contents import Labels
from semascope.studies.geometry.comparing.best import judge_best, nearest_listed
from semascope.studies.geometry.telling.comparing import best_sentence

NAMES = ("x", "y", "z")


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def world(*apart, n=240, seed=0):
    """One space for each: how far the labels lie apart in it."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 3, n)
    spaces = {
        f"s{place}": unit(each * np.eye(3)[codes] @ np.eye(3, 6) + rng.standard_normal((n, 6)))
        for place, each in enumerate(apart)
    }
    return spaces, Labels(name="kind", codes=codes, names=NAMES)


def judged(spaces, labels, **more):
    nearest = {name: nearest_listed(each, 10) for name, each in spaces.items()}
    return judge_best(spaces, nearest, labels, **more)


def test_the_leader_is_judged_against_all_others():
    best, why_not = judged(*world(1.0, 4.0, 1.2))
    assert why_not == ""
    assert best.leader == "s1"
    assert set(best.behind) == {"s0", "s2"}
    assert best.is_best
    assert list(best.accuracies) == ["s0", "s1", "s2"]
    assert best_sentence(best, what="instruction").startswith("'s1' separates the texts by kind best: its 10")


def test_a_copy_is_level():
    spaces, labels = world(1.5, n=150)
    best, _ = judged({**spaces, "copy": spaces["s0"].copy()}, labels)
    assert (best.leader, best.level, best.is_best) == ("s0", ("copy",), False)
    assert best_sentence(best).startswith("Every space separates the texts by kind equally well")


def test_behind_and_level_are_said_apart():
    spaces, labels = world(4.0, 0.5, n=150)
    best, _ = judged({**spaces, "copy": spaces["s0"].copy()}, labels)
    assert (best.behind, best.level) == (("s1",), ("copy",))
    said = best_sentence(best)
    assert said.startswith("'s0' leads in separating the texts by kind: its 10 nearest")
    assert "'s1' does worse and 'copy' is equivalent (against " in said


def test_nothing_between_spaces_that_are_equally_good():
    best, _ = judged(*world(1.5, 1.5, n=120))
    assert best.open
    assert not best.is_best
    assert best_sentence(best).startswith(
        "Which space separates the texts by kind best cannot be told from these 120 texts"
    )


def test_looking_for_the_leader_is_paid_for():
    """Three equal spaces: a leader is seldom called better than one of the others, though it was chosen by the numbers."""
    called = [bool(judged(*world(1.5, 1.5, 1.5, n=90, seed=seed))[0].behind) for seed in range(12)]
    assert sum(called) <= 1


def test_texts_without_a_label_neither_vote_nor_count():
    spaces, labels = world(2.0, 2.0)
    codes = labels.codes.copy()
    codes[::2] = -1
    best, _ = judged(spaces, Labels(name="kind", codes=codes, names=NAMES))
    assert best.texts == 120
    half = {name: each[1::2] for name, each in spaces.items()}
    want, _ = judged(half, Labels(name="kind", codes=codes[1::2], names=NAMES))
    assert best.accuracies == want.accuracies


def test_one_space_is_told_without_a_judgement():
    best, _ = judged(*world(2.0))
    assert not best.is_best
    assert best_sentence(best).startswith(
        "In 's0', the only space, the 10 nearest neighbours name the right kind for"
    )


def test_sentences_about_untrained_encoders_follow():
    best, _ = judged(*world(1.0, 4.0))
    said = "minilm was not trained to follow instructions: what they change is not what they ask for."
    assert best_sentence(best, what="instruction", untrained=[said]).endswith(f". {said}")


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ([0] * 30, "only one label"),
        ([-1] * 30, "no label"),
        (list(range(30)), "no label of 'kind' has two texts"),
    ],
)
def test_labels_that_tell_nothing_say_why(codes, why):
    spaces = {"a": unit(np.random.default_rng(0).standard_normal((30, 3)))}
    best, why_not = judged(
        spaces, Labels(name="kind", codes=np.array(codes), names=tuple(map(str, range(30))))
    )
    assert best is None
    assert why in why_not


def test_spaces_whose_vectors_are_all_the_same_take_no_part():
    spaces, labels = world(2.0)
    flat = np.ones((240, 2), dtype=np.float32)
    best, _ = judged({"flat": flat, **spaces}, labels)
    assert list(best.accuracies) == ["s0"]
    assert judged({"flat": flat}, labels) == (None, "all vectors of a space are the same")

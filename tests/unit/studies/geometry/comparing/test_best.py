"""Which space tells labels best: known worlds, and what looking for the leader costs."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.geometry.halves import draw_halves
from semascope.geometry.labels.describing import describe_labels
from semascope.maps.contents import Labels
from semascope.studies.geometry.comparing.best import judge_best, nearest_listed
from semascope.studies.geometry.telling.separating import best_sentence

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
    assert best_sentence(best, what="instruction").startswith(
        "By their neighbours, 's1' separates the texts by kind best: its 10"
    )


def test_a_copy_is_level():
    spaces, labels = world(1.5, n=150)
    best, _ = judged({**spaces, "copy": spaces["s0"].copy()}, labels)
    assert (best.leader, best.level, best.is_best) == ("s0", ("copy",), False)
    assert best_sentence(best).startswith(
        "By their neighbours, every space separates the texts by kind equally well"
    )


def test_behind_and_level_are_said_apart():
    spaces, labels = world(4.0, 0.5, n=150)
    best, _ = judged({**spaces, "copy": spaces["s0"].copy()}, labels)
    assert (best.behind, best.level) == (("s1",), ("copy",))
    said = best_sentence(best)
    assert said.startswith("By their neighbours, 's0' leads in separating the texts by kind: its 10 nearest")
    assert "'s1' does worse and 'copy' is equivalent (against " in said


def test_nothing_between_spaces_that_are_equally_good():
    best, _ = judged(*world(1.5, 1.5, n=120))
    assert best.open
    assert not best.is_best
    assert best_sentence(best).startswith(
        "By their neighbours, which space separates the texts by kind best cannot be told from these 120 texts"
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
    value, chance = best.accuracies["s0"].value, best.floors["s0"].value
    assert 0.3 < chance < 0.36  # three labels, about as frequent
    assert best_sentence(best) == (
        f"In 's0', the 10 nearest neighbours name the right kind for {value:.0%} of 240 texts (shuffled labels: {chance:.0%};"
        f" always naming the most frequent: {best.largest:.0%}).".replace("%", " %")
    )


@pytest.mark.parametrize("spaces", [1, 2])
def test_labels_that_no_neighbour_knows_are_no_merit_of_any_space(spaces):
    """The labels are random and one space is the other one turned: equal, and worth nothing."""
    rng = np.random.default_rng(3)
    rows, codes = unit(rng.standard_normal((300, 12))), rng.integers(0, 2, 300)
    turned = unit(rows @ np.linalg.qr(rng.standard_normal((12, 12)))[0])
    best, _ = judged(
        dict(list({"a": rows, "turned": turned}.items())[:spaces]),
        Labels(name="kind", codes=codes, names=("x", "y")),
    )
    assert not best.is_above_chance
    assert best_sentence(best).startswith("Neighbours are not shown to tell kind better than chance in ")
    assert "equally well" not in best_sentence(best)


def test_the_floor_is_that_of_the_table():
    spaces, labels, together = grouped(5)
    codes = labels.codes.copy()
    codes[:20] = -1
    labels = Labels(name="kind", codes=codes, names=NAMES)
    nearest = {name: nearest_listed(each, 10) for name, each in spaces.items()}
    shared = {"halves": draw_halves(len(codes), groups=together, draws=20), "components": together}
    best, _ = judge_best(spaces, nearest, labels, **shared)
    table = describe_labels(spaces, nearest, codes, NAMES, label="kind", **shared)
    assert best.floors == {name: space.knn.floor for name, space in table.spaces.items()}


def test_few_random_labels_are_called_known():
    """At 5 % for one side of two ranges that must not meet: hardly ever."""
    known = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rows = {"a": unit(rng.standard_normal((90, 6)))}
        best, _ = judged(rows, Labels(name="kind", codes=rng.integers(0, 3, 90), names=NAMES))
        known += best.is_above_chance
    assert known <= 2


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


def grouped(seed, *, groups=40, per=5):
    """Two spaces of documents whose passages lie together; labels are drawn for each document."""
    rng = np.random.default_rng(seed)
    together = np.repeat(np.arange(groups), per)
    codes = rng.integers(0, 3, groups)[together]
    spaces = {
        name: unit(
            rng.standard_normal((groups, 8))[together] + 0.7 * rng.standard_normal((len(codes), 8)) + told
        )
        for name, told in (("a", 0.0), ("b", 0.5 * np.eye(3, 8)[codes]))
    }
    return spaces, Labels(name="kind", codes=codes, names=NAMES), together


@pytest.mark.parametrize(("seed", "missing"), [(0, 0), (1, 0), (2, 30)])
def test_the_answer_is_that_of_the_table(seed, missing):
    spaces, labels, together = grouped(seed)
    codes = labels.codes.copy()
    codes[:missing] = -1
    labels = Labels(name="kind", codes=codes, names=NAMES)
    nearest = {name: nearest_listed(each, 10) for name, each in spaces.items()}
    shared = {"halves": draw_halves(len(codes), groups=together, draws=20), "components": together}
    best, _ = judge_best(spaces, nearest, labels, **shared)
    table = describe_labels(spaces, nearest, codes, NAMES, label="kind", **shared)
    ours = best.family.verdicts["b" if best.leader == "a" else "a"]
    theirs = table.families["knn"].verdicts["b"]
    turned = {"better": "worse", "worse": "better"}
    if best.leader == "b":
        assert ours.word == turned.get(theirs.word, theirs.word)
        assert (ours.low, ours.high) == pytest.approx((-theirs.high, -theirs.low))
    else:
        assert ours.word == theirs.word
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert ours.p == pytest.approx(theirs.p)
    assert ours.margin == theirs.margin
    assert best.accuracies == {name: space.knn.estimate for name, space in table.spaces.items()}


def test_a_group_does_not_tell_itself():
    spaces, labels, together = grouped(3)
    nearest = {name: nearest_listed(each, 10) for name, each in spaces.items()}
    leaking, _ = judge_best(spaces, nearest, labels)
    told, _ = judge_best(spaces, nearest, labels, components=together)
    assert leaking.accuracies["a"].value > told.accuracies["a"].value + 0.2
    alone, why_not = judge_best(spaces, nearest, labels, components=np.zeros(len(together), dtype=int))
    assert alone is None
    assert "belong together" in why_not


@pytest.mark.parametrize("seed", range(6))
def test_where_the_first_space_leads_the_sentence_says_what_the_table_says(seed):
    spaces, labels = world(1.6, 1.3, 1.2, 1.25, n=400, seed=seed)
    best, _ = judged(spaces, labels)
    words = {name: verdict.word for name, verdict in best.family.verdicts.items()}
    if best.leader == "s0":  # in most of these worlds
        assert set(best.behind) == {name for name, word in words.items() if word == "worse"}
    else:  # it was chosen: what Holm calls worse may be open
        assert set(best.behind) <= {name for name, word in words.items() if word == "worse"}

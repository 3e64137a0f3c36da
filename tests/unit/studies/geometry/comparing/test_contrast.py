"""Families whose difference is known: topics alone, or something that their labels share."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from semascope.maps.contents import Labels
from semascope.stats.results import Estimate
from semascope.studies.geometry.comparing import contrast
from semascope.studies.geometry.comparing.contrast import _Asked, _measured, _Probe, judge_contrast
from semascope.studies.geometry.comparing.families import parse_families
from semascope.studies.geometry.telling.contrast import contrast_headline, contrast_sentences, heard

EIGHT = ["p=p.*", "t=t.*"]


def world(shared, *, per=40, labels=8, d=24, seed=0, topics=3.0):
    """Labels with centres of their own; ``shared`` moves those of a family the same way."""
    rng = np.random.default_rng(seed)
    centres = topics * rng.standard_normal((labels, d)) / np.sqrt(d / 2)
    centres[:, 0] += shared * np.where(np.arange(labels) < labels // 2, 1, -1)
    codes = np.repeat(np.arange(labels), per)
    x = centres[codes] + rng.standard_normal((labels * per, d))
    half = labels // 2
    names = tuple([f"p.{i}" for i in range(half)] + [f"t.{i}" for i in range(half)])
    unit = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    return unit, Labels(name="group", codes=codes, names=names)


def judged(x, labels, written=EIGHT, **more):
    return judge_contrast({"s": x}, labels, parse_families(written, labels.names), **more)


def test_topics_alone_are_called_topics():
    found = judged(*world(0))
    space = found.spaces["s"]
    assert space.auc.above_floor
    assert space.auc.value > 0.9
    assert heard(space) == "topics"
    low, high = space.regrouped.low, space.regrouped.high
    assert low < space.auc.value < high + 0.02  # any families of these labels do as well
    said = contrast_sentences(found)
    assert "hears topics" in said[1]
    assert "was not measured" in said[-1]
    (first,) = contrast_headline(found)  # both halves: without the second, any two families "are told apart"
    assert first.startswith("In 's' a linear probe tells 'p' from 't' on held-out texts (AUC ")
    assert (
        ", but is not shown to hear more than topics: families dealt at random from the same labels reach "
        in first
    )


def test_what_labels_share_is_heard_on_labels_that_were_not_seen():
    found = judged(*world(2))
    space = found.spaces["s"]
    assert heard(space) == "more"
    assert space.unseen.above_floor
    assert space.unseen_p == pytest.approx(1 / 35)
    assert space.unseen.floor.method == "34 ways of dealing the labels"
    assert "not only their single topics" in contrast_sentences(found)[1]
    assert ", and also labels that it has not seen (AUC " in contrast_headline(found)[0]


def test_topics_are_rarely_taken_for_more():
    calls = [heard(judged(*world(0, per=15, d=12, seed=seed)).spaces["s"]) for seed in range(4)]
    assert calls.count("more") <= 1


def test_noise_is_not_told_apart():
    x, labels = world(0)
    noise = np.random.default_rng(0).standard_normal(x.shape).astype(np.float32)
    found = judged(noise, labels)
    assert heard(found.spaces["s"]) == "nothing"
    said = contrast_sentences(found)
    assert "is not shown to tell 'p' from 't'" in said[0]
    assert len(said) == 2


@pytest.mark.parametrize(
    ("written", "answer", "words"),
    [
        (["p=p.0", "t=t.*"], "one", "With one group in 'p', it cannot be told whether 's' hears more"),
        (["p=p.0,p.1", "t=t.0,t.1"], "few", "With 4 values of group it cannot be told"),
    ],
)
def test_few_labels_cannot_tell(written, answer, words):
    found = judged(*world(2), written)
    assert heard(found.spaces["s"]) == answer
    assert contrast_sentences(found)[1].startswith(words)
    assert "it cannot be told whether it hears more than" in contrast_headline(found)[0]
    assert found.left_out > 0


def test_spaces_are_judged_against_the_first():
    x, labels = world(0, topics=1.5)
    noise = np.random.default_rng(0).standard_normal(x.shape).astype(np.float32)
    families = parse_families(EIGHT, labels.names)
    found = judge_contrast({"s": x, "again": x.copy(), "noise": noise}, labels, families)
    for family in (found.probes, found.voters):
        assert {name: verdict.word for name, verdict in family.verdicts.items()} == {
            "s": "baseline",
            "again": "equivalent",
            "noise": "worse",
        }
    assert "worse in 'noise'" in contrast_sentences(found)[-2]
    assert contrast_headline(found)[-1] == "In 'noise' it is not shown to tell them."


def test_held_out_texts_are_scored_by_probes_that_did_not_see_them_or_their_copies():
    """A space that only knows each pair of copies by heart tells nothing, where copies stay on one side."""
    rng = np.random.default_rng(1)
    x = np.repeat(rng.standard_normal((60, 200)), 2, axis=0).astype(np.float32)
    labels = Labels(name="group", codes=np.repeat(rng.integers(0, 2, 60), 2), names=("p", "t"))
    leaking = judged(x, labels, ["p=p", "t=t"]).spaces["s"]
    whole = judged(x, labels, ["p=p", "t=t"], components=np.repeat(np.arange(60), 2)).spaces["s"]
    assert leaking.auc.value > 0.9
    assert whole.auc.above_floor is not True
    assert whole.auc.floor.high > leaking.auc.floor.high


def test_the_floor_of_an_accuracy_holds_19_of_20_orders():
    rng = np.random.default_rng(2)
    truth, told = np.repeat([0, 1], [40, 160]), rng.integers(0, 2, 200)
    nothing = Estimate(value=0.5, low=0.4, high=0.6, n=200)
    floor = _measured("", nothing, told, truth).floor
    hits = [(rng.permutation(truth) == told).mean() for _ in range(500)]
    assert np.mean(hits) == pytest.approx(floor.value, abs=0.005)
    assert 0.92 <= np.mean([floor.low <= hit <= floor.high for hit in hits]) <= 0.98


def test_families_that_are_too_small_say_why():
    x, labels = world(0, per=4)
    found = judged(x, labels, ["p=p.0,p.1", "t=t.*"])
    assert found.why_not == "family 'p' has 8 texts; 10 or more are needed"
    assert contrast_sentences(found) == [f"Whether 'p' and 't' differ cannot be told: {found.why_not}."]
    grouped = judged(x, labels, components=np.repeat(np.arange(8), 4) // 2)
    assert "too few groups" in grouped.why_not


def test_the_auc_is_that_of_scikit_learn_with_the_first_family_upwards():
    x, labels = world(1)
    sides = labels.codes < 4
    asked = _Asked.of(sides, labels.codes, np.arange(len(x)), seed=42)
    scores = _Probe.of(x, asked).scores
    assert judged(x, labels).spaces["s"].auc.value == pytest.approx(roc_auc_score(sides, scores))


def test_verdicts_on_probes_are_as_wide_as_probes_of_halves_say():
    x, labels = world(0, per=12, d=12, topics=1.0)
    y, _ = world(0, per=12, d=12, topics=1.0, seed=0)
    y = y + 0.35 * np.random.default_rng(5).standard_normal(y.shape)
    families = parse_families(EIGHT, labels.names)
    found = judge_contrast({"s": x, "y": y.astype(np.float32)}, labels, families)
    assert found.probes.test.endswith("widened by half-samples for neighbours in common")
    sides = (labels.codes < 4).astype(np.int64)
    together = np.arange(len(sides))
    asked = _Asked.of(sides == 1, labels.codes, together, seed=42)
    probes = [_Probe.of(each, asked) for each in (x, y.astype(np.float32))]
    hits = [((probe.scores < 0) == (sides == 0)).astype(float) for probe in probes]
    over = (probes[1].over_halves - probes[0].over_halves).std(ddof=1)
    assert np.isfinite(over)
    verdict = found.probes.verdicts["y"]
    half = (verdict.high - verdict.low) / 2
    assert half >= 1.96 * 0.97 * max(over, (hits[1] - hits[0]).std() / len(sides) ** 0.5)


def test_equal_spaces_are_seldom_better_or_worse_for_probes(monkeypatch):
    monkeypatch.setattr(contrast, "_regrouped", lambda *_: np.empty(0))
    words = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        codes = np.repeat(np.arange(2), 60)
        spaces = {
            name: (0.5 * np.eye(2, 8)[codes] + rng.standard_normal((120, 8))).astype(np.float32)
            for name in "ab"
        }
        labels = Labels(name="group", codes=codes, names=("p", "t"))
        found = judge_contrast(spaces, labels, parse_families(["p=p", "t=t"], labels.names))
        words.append(found.probes.verdicts["b"].word)
    assert sum(word in ("better", "worse") for word in words) <= 1


def test_passages_of_a_document_do_not_vote_for_each_other():
    rng = np.random.default_rng(1)
    x = np.repeat(rng.standard_normal((40, 12)), 3, axis=0).astype(np.float32)
    labels = Labels(name="group", codes=np.repeat(rng.integers(0, 2, 40), 3), names=("p", "t"))
    leaking = judged(x, labels, ["p=p", "t=t"], k=2).spaces["s"]
    whole = judged(x, labels, ["p=p", "t=t"], k=2, components=np.repeat(np.arange(40), 3)).spaces["s"]
    assert leaking.votes.value > 0.95
    assert whole.votes.value < 0.8

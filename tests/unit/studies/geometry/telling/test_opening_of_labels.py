"""What the opening says of labels: neighbours, a probe that sees what they do not, and chance."""

from __future__ import annotations

import numpy as np

from semascope.reports.geometry.run import describe_geometry


def hidden(n=600, d=40, seed=0):
    """Labels along one direction of little variance among many: a linear probe finds it, neighbours hardly do."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, n)
    rows = rng.standard_normal((n, d))
    told = rows.copy()
    told[:, 0] = 0.55 * (2 * codes - 1) + 0.25 * rng.standard_normal(n)
    return rows, told, [f"c{code}" for code in codes]


def test_a_probe_that_is_clear_stands_in_the_sentence_of_the_vote():
    noise, told, labels = hidden()
    found = describe_geometry({"noise": noise, "told": told}, labels=labels, remedy="none", store=None)
    probed = found.probed
    assert probed.family.verdicts["told"].word == "better"
    (said,) = [
        sentence
        for sentence in found.headline
        if "by a logistic probe, 'told' is better than 'noise'" in sentence
    ]
    values = [f"{probed.accuracies[name].value:.0%}".replace("%", " %") for name in ("told", "noise")]
    assert f"({values[0]} against {values[1]})" in said
    assert said.startswith("By their neighbours, ")


def test_random_labels_are_told_by_nothing():
    rng = np.random.default_rng(7)
    rows = rng.standard_normal((200, 10))
    labels = [f"c{code}" for code in rng.integers(0, 2, 200)]
    turned = rows @ np.linalg.qr(rng.standard_normal((10, 10)))[0]
    for spaces in ({"a": rows}, {"a": rows, "turned": turned}):
        found = describe_geometry(spaces, labels=labels, remedy="none", store=None)
        assert found.headline[0].startswith("Neighbours are not shown to tell label better than chance in ")
        assert not any("separates" in sentence for sentence in found.headline)


def test_one_space_says_how_much_its_neighbours_know():
    rng = np.random.default_rng(2)
    codes = np.arange(120) % 4
    rows = 2 * rng.standard_normal((4, 12))[codes] + rng.standard_normal((120, 12))
    found = describe_geometry({"a": rows}, labels=codes, remedy="none", store=None)
    knn = found.labelled.spaces["a"].knn
    assert found.headline[0].startswith(
        f"In 'a', the 10 nearest neighbours name the right label for {knn.value:.0%} of 120 texts (shuffled labels: "
        f"{knn.floor.value:.0%};".replace("%", " %")
    )


def test_no_two_sentences_of_an_opening_begin_alike():
    rng = np.random.default_rng(5)
    codes = np.arange(160) % 2
    spaces = {f"s{place}": 2 * np.eye(2, 12)[codes] + rng.standard_normal((160, 12)) for place in range(5)}
    found = describe_geometry(spaces, labels=codes, remedy=["centre", "whiten"], compare=True, store=None)
    starts = [" ".join(sentence.split()[:3]) for sentence in found.headline]
    assert len(set(starts)) == len(starts)
    assert sum(sentence.startswith("No remedy") for sentence in found.headline) <= 1
    assert not any(
        "'s4' keeps" in sentence for sentence in found.headline
    )  # three pairs are said, one more is counted

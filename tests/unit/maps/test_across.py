"""Whether spaces mix the values of a column, in planted worlds: languages apart and topics within, or topics across."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.errors import ConfigError
from semascope.geometry.labels.mixing import nearest_across
from semascope.maps.build import build_contents
from semascope.maps.colouring.labelling import make_labels
from semascope.maps.laying_out.layout import LayoutSettings
from semascope.maps.laying_out.layout_cache import LayoutCache
from semascope.maps.measuring.each_space import MapSettings
from semascope.maps.plan import MapPlan
from semascope.spaces.preparing import Space

N = 240
RNG = np.random.default_rng(4)
TOPICS, LANGS = np.arange(N) % 3, np.arange(N) // 3 % 2
TOPIC = make_labels("topic", [f"t{code}" for code in TOPICS])
LANG = make_labels("lang", [f"l{code}" for code in LANGS])
NOISE = RNG.standard_normal((2, N, 16))
# In the first, each language has directions of its own for the topics; in the second, all share them.
FALLS_APART = np.eye(16)[6 * LANGS + TOPICS] * 6 + np.eye(16)[14 + LANGS] * 12 + NOISE[0]
MIXES = np.eye(16)[TOPICS] * 6 + NOISE[1]
TEXTS = [f"text {number}" for number in range(N)]
SETTINGS = MapSettings(layout=LayoutSettings(method="pca"))


def build(*spaces: tuple[str, np.ndarray], labels=TOPIC, across=LANG, **more):
    built = build_contents(
        TEXTS, np.arange(N), [Space(name=name, vectors=vectors) for name, vectors in spaces],
        labels=labels, across=across, **({"settings": SETTINGS} | more),
    )  # fmt: skip
    json.dumps(built.record, allow_nan=False)
    return built


def facts(panel) -> dict:
    return {fact.name: fact for fact in panel.facts}


def test_a_space_that_mixes_languages_tells_the_topic_across_them():
    built = build(("apart", FALLS_APART), ("mixed", MIXES))
    apart, mixed = (facts(panel) for panel in built.contents.panels)
    assert (apart["kNN accuracy"].value, mixed["kNN accuracy"].value) == ("1.00", "1.00")
    # all are right in both, so that nothing is too small to matter, and 240 texts are no proof for others
    assert mixed["kNN accuracy"].verdict == "unresolved"
    assert (apart["kNN accuracy across lang"].verdict, mixed["kNN accuracy across lang"].verdict) == (
        "",
        "better",
    )
    assert "10 nearest of 240 texts with a label and another lang" in apart["kNN accuracy across lang"].reason
    assert apart["neighbours of the same lang"].value == "1.00"
    assert "by chance .50" in mixed["neighbours of the same lang"].reason
    for record, vectors in zip(built.record["panels"], (FALLS_APART, MIXES), strict=True):
        unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        hits = [
            np.bincount(TOPICS[near], minlength=3)[topic] > 5
            for near, topic in zip(nearest_across(unit, LANGS, 10), TOPICS, strict=True)
        ]
        within_ties = np.mean(
            [
                np.bincount(TOPICS[near], minlength=3).max() == np.bincount(TOPICS[near], minlength=3)[topic]
                for near, topic in zip(nearest_across(unit, LANGS, 10), TOPICS, strict=True)
            ]
        )
        assert np.mean(hits) <= record["knn_accuracy_across"]["value"] <= within_ties
    assert built.record["judged_across"]["across"] == "lang"
    assert built.record["mixing"]["by_chance"] == pytest.approx(119 / 239)
    assert built.contents.sentence.startswith(
        "Across lang, 'mixed' separates the texts by topic better than 'apart': its 10 nearest neighbours of another lang name"
        " the right topic for "
    )
    words = "; 100 % of the 10 nearest neighbours are of the text's own lang in 'apart', "
    assert words in built.contents.sentence
    assert "% in 'mixed', by chance 50 %; " in built.contents.sentence
    assert [each.name for each in built.contents.colourings] == ["topic", "lang", "neighbourhood change"]


def test_spaces_that_mix_alike_are_told_so():
    built = build(("one", MIXES), ("two", MIXES))
    assert facts(built.contents.panels[1])["kNN accuracy across lang"].verdict == "equivalent"
    assert built.contents.sentence.startswith(
        "Nothing stands out: across lang, all spaces separate the texts by topic"
    )


def test_the_page_of_one_space_says_its_own_numbers():
    apart, mixed = build(("apart", FALLS_APART), ("mixed", MIXES)).alone
    assert apart.sentence.startswith(
        "Across lang, in 'apart' the 10 nearest neighbours of another lang name the right topic for "
    )
    assert (
        "; 100 % of the 10 nearest neighbours are of the text's own lang in 'apart', by chance 50 %; "
        in apart.sentence
    )
    assert "'apart'" not in mixed.sentence
    assert facts(mixed.panels[0])["kNN accuracy across lang"].verdict == ""


def test_a_region_is_named_by_the_column_that_tells_most():
    moved = np.where((LANGS == 1)[:, None], NOISE[1], FALLS_APART)
    built = build(("apart", FALLS_APART), ("moved", moved))
    assert any("all l1" in region.sentence for region in built.contents.regions)


def test_values_without_a_label_mix_all_the_same():
    built = build(("apart", FALLS_APART), ("mixed", MIXES), labels=None)
    assert "neighbours of the same lang" in facts(built.contents.panels[0])
    assert built.record["judged_across"] is None
    assert built.contents.sentence.startswith(
        "100 % of the 10 nearest neighbours are of the text's own lang in 'apart', "
    )
    nearest = build(
        ("apart", FALLS_APART), labels=None, settings=MapSettings(layout=LayoutSettings(method="pca"), k=1)
    )
    assert (
        nearest.contents.sentence
        == "The nearest neighbour is of the text's own lang for 100 % in 'apart', by chance 50 %."
    )


def test_texts_without_a_value_neither_vote_nor_count():
    some = make_labels("lang", [f"l{code}" if number % 5 else None for number, code in enumerate(LANGS)])
    built = build(("apart", FALLS_APART), ("mixed", MIXES), across=some)
    assert (
        built.record["mixing"]["texts"]
        == built.record["judged_across"]["texts"]
        == int((some.codes >= 0).sum())
    )
    kept = np.flatnonzero(some.codes >= 0)
    alone = build_contents(
        [TEXTS[row] for row in kept], np.arange(len(kept)), [Space(name="apart", vectors=FALLS_APART[kept]), Space(name="mixed", vectors=MIXES[kept])],
        labels=make_labels("topic", [f"t{code}" for code in TOPICS[kept]]),
        across=make_labels("lang", [f"l{code}" for code in LANGS[kept]]), settings=SETTINGS,
    )  # fmt: skip
    assert built.record["mixing"] == alone.record["mixing"]
    values = [
        [panel["knn_accuracy_across"]["value"] for panel in each.record["panels"]] for each in (built, alone)
    ]
    assert values[0] == values[1]


@pytest.mark.parametrize(
    ("across", "labels", "why"),
    [
        (make_labels("lang", ["en"] * N), TOPIC, "kNN accuracy across lang: 'lang' has only one label."),
        (LANG, make_labels("topic", ["one"] * N), "kNN accuracy across lang: 'topic' has only one label."),
        (make_labels("lang", ["fr", *["en"] * (N - 1)]), TOPIC, "kNN accuracy across lang: too few texts have a label and another lang than most"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_said(across, labels, why):
    built = build(("apart", FALLS_APART), ("mixed", MIXES), across=across, labels=labels)
    assert any(line.startswith(why) for line in built.contents.absent)
    assert built.record["judged_across"] is None


def test_a_label_of_one_language_only_is_noted():
    topic = make_labels("topic", ["only" if row == 1 else f"t{code}" for row, code in enumerate(TOPICS)])
    built = build(("apart", FALLS_APART), ("mixed", MIXES), labels=topic)
    assert (
        "1 label stands in one lang only, where no neighbour of another lang can name it right."
        in built.contents.notes
    )


def test_fewer_neighbours_where_few_are_of_another_value():
    few = make_labels("lang", ["fr"] * 8 + ["en"] * (N - 8))
    assert (
        build(("apart", FALLS_APART), ("mixed", MIXES), across=few).record["judged_across"]["neighbors"] == 4
    )


def test_the_neighbours_of_other_values_are_kept(tmp_path, monkeypatch):
    cache = LayoutCache(tmp_path)
    first = build(("apart", FALLS_APART), ("mixed", MIXES), cache=cache)
    monkeypatch.setattr("semascope.geometry.labels.mixing.top_k", None)
    assert build(("apart", FALLS_APART), ("mixed", MIXES), cache=cache).record == first.record


def test_a_label_is_not_judged_across_itself():
    with pytest.raises(ConfigError, match="label and across are both 'lang'"):
        MapPlan.from_mapping({"data": "a.csv", "text": "text", "label": "lang", "across": "lang"})

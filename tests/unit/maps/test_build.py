"""Maps of planted worlds: verdicts, sentences and what bad input becomes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.maps.build import build_contents
from semascope.maps.colouring.labelling import make_labels
from semascope.maps.contents import Numbers
from semascope.maps.laying_out.layout import LayoutSettings
from semascope.maps.laying_out.layout_cache import LayoutCache
from semascope.maps.measuring import each_space, found_neighbors
from semascope.maps.measuring.each_space import MapSettings
from semascope.spaces.preparing import Space

N = 240
RNG = np.random.default_rng(0)
KINDS = np.repeat(np.arange(3), N // 3)
LABELS = make_labels("kind", [f"k{kind}" for kind in KINDS])
APART = np.eye(16)[KINDS] * 6 + RNG.standard_normal((N, 16))  # labels separate
MIXED = RNG.standard_normal((N, 16))  # they do not
LOST = np.where((KINDS == 1)[:, None], MIXED, APART)  # one label is scattered
TEXTS = [f"text {i}" for i in range(N)]


def build(*spaces: Space, texts=TEXTS, rows=None, layout="pca", **given):
    settings = given.pop("settings", MapSettings(layout=LayoutSettings(method=layout)))
    rows = np.arange(len(texts)) if rows is None else rows
    built = build_contents(texts, rows, spaces, settings=settings, **given)
    json.dumps(built.record, allow_nan=False)  # map.json can always be written
    return built


def space(name: str, vectors: np.ndarray) -> Space:
    return Space(name=name, caption=f"about {name}", vectors=vectors)


def fact(built, panel: int, name: str):
    return next(found for found in built.contents.panels[panel].facts if found.name.startswith(name))


def test_a_space_that_separates_is_better_and_leads_the_sentence():
    built = build(space("plain", MIXED), space("topic", APART), labels=LABELS)
    assert fact(built, 0, "kNN accuracy").verdict == ""
    assert fact(built, 1, "kNN accuracy").verdict == "better"
    assert "against 'plain'" in fact(built, 1, "kNN accuracy").reason
    assert built.contents.sentence.startswith("'topic' separates the texts by kind better than 'plain'")
    assert built.record["judged"]["test"].startswith("McNemar mid-p over 240 rows")


def test_a_space_of_which_nothing_can_be_told_is_not_called_no_better():
    unresolved = APART[:N].copy()
    unresolved[:6] = np.random.default_rng(3).standard_normal((6, APART.shape[1]))
    built = build(space("it's (a; b", APART), space("odd", unresolved), space("lost", LOST), labels=LABELS)
    verdicts = [fact(built, panel, "kNN accuracy").verdict for panel in (1, 2)]
    assert verdicts == ["unresolved", "worse"]
    finding = built.contents.finding
    assert finding.headline.startswith(
        'No space is shown to separate the texts by kind better than "it\'s (a; b" ('
    )
    assert finding.standfirst.startswith("'lost' does worse, and of 'odd' it cannot be told; 'lost' keeps ")
    whole = f"{finding.headline[:-1]}; {finding.standfirst}"
    assert built.record["sentence"] == built.contents.sentence == whole


def test_the_first_space_can_be_the_best_and_what_is_scattered_is_named():
    built = build(space("topic", APART), space("other", LOST), labels=LABELS)
    assert fact(built, 1, "kNN accuracy").verdict == "worse"
    assert built.contents.sentence.startswith("'topic' separates the texts by kind best")
    assert "what moves most is 80 texts, all k1" in built.contents.sentence
    np.testing.assert_array_equal(built.contents.regions[0].rows, np.flatnonzero(KINDS == 1))
    assert built.record["regions"][0]["stands_out"]


def test_identical_spaces_are_equivalent_and_nothing_stands_out():
    built = build(space("a", APART), space("b", 3 * APART), labels=LABELS)
    assert fact(built, 1, "kNN accuracy").verdict == "equivalent"
    assert fact(built, 1, "neighbours shared").value == "1.00"
    assert built.contents.sentence.startswith(
        "Nothing stands out: all spaces separate the texts by kind equally"
    )
    assert "same neighbours in all spaces" in built.contents.sentence
    assert built.contents.regions == ()
    first, second = (panel.coordinates for panel in built.contents.panels)
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_chance_is_unresolved_and_nothing_stands_out():
    built = build(
        space("a", MIXED), space("b", np.random.default_rng(8).standard_normal((N, 16))), labels=LABELS
    )
    assert fact(built, 1, "kNN accuracy").verdict == "unresolved"
    assert "texts would tell" in fact(built, 1, "kNN accuracy").reason
    assert built.contents.sentence.startswith("Nothing stands out: no difference")


def test_one_space_has_facts_and_no_verdict():
    built = build(space("a", APART), labels=LABELS)
    assert built.contents.sentence.startswith("In 'a' the 10 nearest neighbours name the right kind for")
    assert [found.name for found in built.contents.panels[0].facts] == [
        "trustworthiness",
        "neighbours kept",
        "kNN accuracy",
    ]
    assert [colour.name for colour in built.contents.colourings] == ["kind"]
    assert built.contents.notes == ()


def test_colours_stand_in_order_and_change_is_the_last():
    number = Numbers(name="length", values=np.arange(N, dtype=float))
    built = build(space("a", APART), space("b", LOST), labels=LABELS, colors=[number])
    assert [colour.name for colour in built.contents.colourings] == ["kind", "length", "neighbourhood change"]
    change = built.contents.colourings[-1].values
    assert change[KINDS == 1].mean() > 0.8 > 0.2 > change[KINDS != 1].mean()
    assert built.record["change"]["mean"] == pytest.approx(change.mean())


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_shared_start_makes_panels_of_the_same_space_identical(method):
    some = slice(0, N, 6)
    settings = MapSettings(layout=LayoutSettings(method=method, perplexity=5))
    built = build(space("a", APART[some]), space("b", APART[some]), texts=TEXTS[some], settings=settings)
    first, second = (panel.coordinates for panel in built.contents.panels)
    np.testing.assert_allclose(first, second, atol=1e-9)
    shared = any("starts from the principal components of 'a'" in note for note in built.contents.notes)
    assert shared == (method == "tsne")


def test_independent_layouts_have_no_shared_start():
    some = slice(0, N, 6)
    settings = MapSettings(layout=LayoutSettings(method="tsne", perplexity=5), independent=True)
    built = build(space("a", APART[some]), space("b", LOST[some]), texts=TEXTS[some], settings=settings)
    assert not any("start" in note for note in built.contents.notes)
    assert any("lie over 'a'" in note for note in built.contents.notes)


def test_rows_without_a_direction_are_left_out_of_all_panels_and_named():
    broken = APART.copy()
    broken[[3, 9], 0] = [np.nan, np.inf]
    zero = MIXED.copy()
    zero[100] = 0
    built = build(space("a", broken), space("b", zero), labels=LABELS, rows=np.arange(N) + 1000)
    assert len(built.contents.texts) == N - 3
    assert not {1003, 1009, 1100} & set(built.contents.rows.tolist())
    assert built.contents.texts[3] == "text 4"
    assert built.contents.colourings[0].codes.shape == (N - 3,)
    assert (
        "2 texts are left out: the vector in 'a' is not finite or is zero (rows 1003, 1009)."
        in built.contents.notes
    )
    assert (
        "1 text is left out: the vector in 'b' is not finite or is zero (row 1100)." in built.contents.notes
    )


def test_no_usable_row_is_an_error_that_names_the_space():
    with pytest.raises(
        DataError, match=r"no text has a usable vector .*'b' is not finite or is zero \(rows 0, 1"
    ):
        build(space("a", APART), space("b", np.full((N, 4), np.nan)))


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 10])
@pytest.mark.parametrize("layout", ["pca", "tsne"])
def test_few_texts(rows, layout):
    built = build(
        space("a", APART[:rows]), space("b", MIXED[:rows]), texts=TEXTS[:rows], layout=layout,
        labels=make_labels("kind", [i % 2 for i in range(rows)]),
    )  # fmt: skip
    k = {1: 0, 2: 0, 3: 1, 4: 1, 5: 2, 10: 4}[rows]
    for panel in built.contents.panels:
        assert panel.coordinates.shape == (rows, 2)
        assert np.isfinite(panel.coordinates).all()
        assert panel.neighbors.shape == (rows, k)
    assert any("instead of 10" in note for note in built.contents.notes)
    assert (fact(built, 0, "trustworthiness").value == "") == (rows < 3)
    if rows == 3:
        assert fact(built, 1, "kNN accuracy").verdict == "unresolved"  # fewer than 5 rows bear no claim


def test_no_texts_and_no_spaces():
    with pytest.raises(DataError, match="there are no texts"):
        build(space("a", APART[:0]), texts=[])
    with pytest.raises(ConfigError, match="there is no space"):
        build()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["one"] * N, "'kind' has only one label"),
        ([None] * N, "'kind' has no label"),
        (list(range(N)), "no label of 'kind' has two texts"),
    ],
)
def test_labels_that_cannot_be_judged(values, why):
    built = build(space("a", APART), space("b", MIXED), labels=make_labels("kind", values))
    found = fact(built, 1, "kNN accuracy")
    assert (found.value, found.verdict, found.reason) == ("", "", why)
    assert f"kNN accuracy: {why}." in built.contents.absent
    assert built.record["judged"] is None


def test_missing_labels_neither_vote_nor_count():
    values = [f"k{kind}" for kind in KINDS]
    values[::4] = [None] * len(values[::4])
    built = build(space("a", APART), labels=make_labels("kind", values))
    kept = np.arange(N) % 4 != 0
    alone = build(space("a", APART[kept]), texts=[t for t, k in zip(TEXTS, kept, strict=True) if k],
                  labels=make_labels("kind", [v for v in values if v]))  # fmt: skip
    assert built.record["panels"][0]["knn_accuracy"] == alone.record["panels"][0]["knn_accuracy"]
    assert "60 texts have no kind; they neither vote nor count in the accuracy." in built.contents.notes


def test_a_label_with_one_member_and_200_labels():
    values = ["alone", *[f"l{i % 199}" for i in range(N - 1)]]
    built = build(space("a", APART), space("b", MIXED), labels=make_labels("kind", values))
    assert len(built.contents.colourings[0].names) == 200
    assert any("one text only, which no neighbour can name right" in note for note in built.contents.notes)


def test_one_copy_is_told_in_the_singular():
    copied = [TEXTS[0], *TEXTS[:-1]]
    told = "1 of 240 texts is a copy of another; copies are each other's neighbours and lift the accuracy."
    assert told in build(space("a", APART), texts=copied).contents.notes


def test_constant_vectors_share_one_place_and_are_named():
    built = build(space("a", APART), space("flat", np.ones((N, 3))), labels=LABELS)
    assert np.ptp(built.contents.panels[1].coordinates, axis=0).max() == 0
    assert "All vectors in 'flat' are the same; they share one place." in built.contents.notes
    assert built.contents.panels[1].neighbors is None
    assert (
        fact(built, 1, "trustworthiness").reason == "all vectors are the same; no text is nearer than another"
    )
    assert fact(built, 0, "kNN accuracy").value != ""
    assert "equally well" not in built.contents.sentence
    alone = build(space("flat", np.ones((N, 3))), labels=LABELS).contents
    assert alone.sentence == f"{N} texts in one layout, and all their vectors are the same."
    assert alone.absent[0].startswith(
        "Trustworthiness, nearest neighbours and kNN accuracy of every space: all vectors"
    )
    first = build(space("flat", np.ones((N, 3))), space("a", APART), labels=LABELS)
    assert np.ptp(first.contents.panels[1].coordinates, axis=0).min() > 0


def test_duplicated_texts_are_counted():
    built = build(space("a", APART[np.arange(N) // 2]), texts=[TEXTS[i // 2] for i in range(N)])
    assert any(note.startswith("120 of 240 texts are copies") for note in built.contents.notes)
    assert (built.contents.panels[0].neighbors != np.arange(N)[:, None]).all()


def test_coordinates_alone_claim_nothing_in_full_dimension():
    places = RNG.standard_normal((N, 2))
    turned = places @ np.array([[0.0, 2.0], [-2.0, 0.0]]) + 5
    places[5] = np.nan
    places[6, 1] = np.inf
    built = build(Space(name="a", coordinates=places), Space(name="b", coordinates=turned), labels=LABELS)
    first, second = built.contents.panels
    assert first.neighbors is None
    assert [panel.facts for panel in built.contents.panels] == [(), ()]
    assert np.isnan(first.coordinates[[5, 6]]).all()
    np.testing.assert_allclose(second.coordinates[7:], places[7:], atol=1e-9)
    assert built.contents.sentence.endswith(
        "texts in 2 layouts that were given; without vectors nothing can be measured about them."
    )
    assert [colour.name for colour in built.contents.colourings] == ["kind"]
    assert any("only coordinates were given" in line for line in built.contents.absent)
    assert any(line.startswith("What moved") for line in built.contents.absent)


def test_coordinates_beside_vectors():
    built = build(
        Space(name="drawn", coordinates=APART[:, :2]), space("a", MIXED), space("b", APART), labels=LABELS
    )
    assert fact(built, 0, "kNN accuracy").value == ""
    assert fact(built, 2, "kNN accuracy").verdict == "better"
    assert "against 'a'" in fact(built, 2, "kNN accuracy").reason
    assert built.contents.absent[0].startswith(
        "Trustworthiness, nearest neighbours and kNN accuracy of 'drawn'"
    )


@pytest.mark.parametrize(
    ("spaces", "error", "message"),
    [
        ([space("a", APART), space("a", MIXED)], ConfigError, "two spaces are called 'a'"),
        ([Space(name="a")], ConfigError, "has neither of vectors and coordinates"),
        ([Space(name="a", vectors=APART, coordinates=APART[:, :2])], ConfigError, "has both of vectors"),
        ([space("a", APART[1:])], DataError, "has 239 rows for 240 texts"),
        ([space("a", APART[:, 0])], DataError, r"has shape \(240,\)"),
        ([space("a", APART.astype(str))], DataError, "it must be numbers of shape"),
        ([Space(name="a", coordinates=APART)], DataError, r"numbers of shape \(texts, 2\)"),
    ],
)
def test_spaces_are_checked(spaces, error, message):
    with pytest.raises(error, match=message):
        build(*spaces)


def test_colours_and_rows_are_checked():
    with pytest.raises(DataError, match=r"numbers 'x' have shape \(3,\) for 240 texts"):
        build(space("a", APART), colors=[Numbers(name="x", values=np.zeros(3))])
    many = make_labels("x", [f"l{row}" for row in range(70_000)])
    with pytest.raises(DataError, match="labels 'x' have 70,000 values; a page has room for 65,535"):
        build(space("a", np.ones((70_000, 2))), texts=["a"] * 70_000, labels=many)
    with pytest.raises(DataError, match=r"labels 'x' have shape \(2,\)"):
        build(space("a", APART), labels=make_labels("x", [1, 2]))
    with pytest.raises(DataError, match="240 texts and 3 rows"):
        build(space("a", APART), rows=[1, 2, 3])
    with pytest.raises(ConfigError, match="k is 0"):
        MapSettings(k=0)


def test_sampling_is_stated_with_its_interval():
    settings = MapSettings(layout=LayoutSettings(method="pca"), sample=100)
    built = build(space("a", APART), settings=settings)
    found = fact(built, 0, "trustworthiness")
    assert found.interval.startswith("95 % ")
    assert "100 of 240 texts drawn" in found.reason
    assert any("estimated from 100 of 240 texts, drawn with seed 42" in note for note in built.contents.notes)


def test_vectors_of_any_length_and_type_give_the_same_map():
    a = build(space("a", APART), labels=LABELS)
    b = build(space("a", (APART * np.linspace(0.1, 50, N)[:, None]).astype(np.float32)), labels=LABELS)
    np.testing.assert_allclose(a.contents.panels[0].coordinates, b.contents.panels[0].coordinates, atol=1e-5)
    assert a.contents.sentence == b.contents.sentence


def test_a_second_run_computes_neither_layout_nor_neighbours(tmp_path, monkeypatch):
    cache = LayoutCache(tmp_path)
    spaces = space("a", APART), space("b", LOST)
    first = build(*spaces, labels=LABELS, cache=cache)
    monkeypatch.setattr(each_space, "draw", None)
    monkeypatch.setattr(found_neighbors, "top_k", None)
    again = build(*spaces, labels=LABELS, cache=cache)
    for one, other in zip(first.contents.panels, again.contents.panels, strict=True):
        np.testing.assert_array_equal(one.coordinates, other.coordinates)
        np.testing.assert_array_equal(one.neighbors, other.neighbors)
    assert first.record == again.record
    with pytest.raises(TypeError):
        build(space("a", APART), space("b", MIXED), cache=cache)  # other vectors: computed


def test_progress_names_every_stage():
    steps = []
    build(space("a", APART), labels=LABELS, progress=steps.append)
    stages = list(dict.fromkeys(step.stage for step in steps))
    assert stages == ["neighbours in a", "laying out a", "checking a", "judging the labels"]
    assert all(0 <= step.done <= step.total for step in steps)


# Copies


def test_which_of_many_copies_is_near_says_nothing():
    """60 copies of one text: every one of them has more copies than neighbours are listed."""
    n = 5_003  # copies at the end of a block and inside it differ in the last bit of their products
    rng = np.random.default_rng(3)
    texts = [f"text {i}" for i in range(n)]
    copies = rng.choice(n, 60, replace=False)
    spaces = []
    for name in ("a", "b"):
        vectors = rng.standard_normal((n, 48)).astype(np.float32)
        vectors[copies] = vectors[copies[0]]
        spaces.append(space(name, vectors))
    for copy in copies:
        texts[copy] = "the same"
    built = build(*spaces, texts=texts)
    assert (built.contents.colourings[-1].values[copies] == 0).all()
    assert np.median(built.contents.colourings[-1].values) == 1
    places = np.random.default_rng(1).standard_normal((300, 2))
    places[:60] = [3.0, 4.0]
    faithful = np.column_stack([places, np.full(300, 1e-3)])  # nearly flat: PCA draws it as it is
    faithful[:, :2] /= np.linalg.norm(faithful[:, :2], axis=1, keepdims=True)
    drawn = build(space("a", faithful), texts=texts[:300])
    assert drawn.record["panels"][0]["neighbors_kept"] > 0.99
    assert drawn.record["panels"][0]["trustworthiness"]["value"] > 0.999


# One space by itself


def test_the_page_of_one_space_says_what_holds_for_it():
    built = build(space("plain", MIXED), space("topic", APART), labels=LABELS)
    plain, topic = built.alone
    shares = [panel["knn_accuracy"]["value"] for panel in built.record["panels"]]
    for page, name, share in zip((plain, topic), ("plain", "topic"), shares, strict=True):
        assert page.sentence == (
            f"In '{name}' the 10 nearest neighbours name the right kind for {100 * share:.0f} % of the texts."
        )
        assert [panel.name for panel in page.panels] == [name]
        assert [found.name for found in page.panels[0].facts] == [
            "trustworthiness",
            "neighbours kept",
            "kNN accuracy",
        ]
        assert page.panels[0].facts[2].verdict == ""
        assert page.regions == () and [colour.name for colour in page.colourings] == ["kind"]
        np.testing.assert_array_equal(page.rows, built.contents.rows)
    np.testing.assert_array_equal(topic.panels[0].coordinates, built.contents.panels[1].coordinates)
    linked, alone = fact(built, 1, "kNN accuracy"), topic.panels[0].facts[2]
    assert (linked.value, linked.interval) == (alone.value, alone.interval)
    assert "'plain'" not in alone.reason


def test_the_page_of_a_space_that_cannot_be_measured_says_why():
    built = build(
        Space(name="drawn", coordinates=APART[:, :2]), space("flat", np.ones((N, 3))), space("a", APART),
        labels=LABELS,
    )  # fmt: skip
    drawn, flat, a = built.alone
    assert drawn.sentence.endswith(
        "in one layout that was given; without vectors nothing can be measured about them."
    )
    assert any("only coordinates were given" in line for line in drawn.absent)
    assert flat.sentence.endswith("in one layout, and all their vectors are the same.")
    assert a.sentence.startswith("In 'a' the 10 nearest") and a.absent == ()
    assert not any("'flat'" in note for note in a.notes)


# Places


def test_texts_without_a_place_are_counted_and_a_panel_without_any_is_refused():
    places = RNG.standard_normal((N, 2))
    some = places.copy()
    some[[1, 2, 3], 0] = np.nan
    built = build(Space(name="all", coordinates=places), Space(name="some", coordinates=some))
    assert "3 of 240 texts have no place in 'some'." in built.contents.notes
    half = places.copy()
    half[::2, 0], half[1::2, 1] = np.nan, np.inf
    with pytest.raises(DataError, match="space 'half' places no text"):
        build(Space(name="all", coordinates=places), Space(name="half", coordinates=half))

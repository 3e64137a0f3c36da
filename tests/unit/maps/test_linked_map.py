"""A map in one call, and what it hands out: a frame, files, figures."""

from __future__ import annotations

import html
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import semascope as sm
from semascope.errors import ConfigError, DataError, MissingExtra
from semascope.maps.contents import Finding, Labels, MapContents, Numbers, Panel
from semascope.maps.drawing.palette import LIGHT_HUES
from semascope.maps.linked_map import LinkedMap
from semascope.maps.writing import file_names
from semascope.spaces.preparing import Space
from semascope.store.vectors import VectorStore

TIDES = [f"The tide at {place} is {height} at {hour}." for place in ("Dover", "Brest", "Bergen", "Porto", "Cork") for height in ("high", "low") for hour in ("six", "noon", "nine")]  # fmt: skip
LABELS = [text.split()[3] for text in TIDES]
HEIGHTS = [len(text) % 7 + 0.5 for text in TIDES]
EVIL = "</script><img src=x onerror=alert(1)> $x^2$ \u202e\"quoted\" & 'so'"


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def rows() -> sm.Table:
    return sm.Table.from_columns({"text": TIDES, "label": LABELS, "height": HEIGHTS})


@pytest.fixture(scope="module")
def tides(store, rows) -> LinkedMap:
    return sm.build_map(
        rows, label="label", color=["height"], encoder=["hash:32", "hash:64", "hash:8"], layout="pca", store=store
    )  # fmt: skip


def drawn_by_hand(
    n: int, colouring: Labels | Numbers | None, *, name: str = "first", text: str = "a text"
) -> LinkedMap:
    """Two panels of known places; on the second one text has none."""
    places = np.random.default_rng(3).normal(size=(n, 2))
    gap = places.copy()
    gap[0] = np.nan
    contents = MapContents(
        title=name, finding=Finding(first=""), texts=[text] * n, rows=np.arange(n) + 100,
        panels=(Panel(name=name, caption=text, coordinates=places), Panel(name="second", caption="", coordinates=gap)),
        colourings=() if colouring is None else (colouring,),
    )  # fmt: skip
    spaces = tuple(Space(name=panel.name, coordinates=panel.coordinates) for panel in contents.panels)
    return LinkedMap(contents=contents, alone=(), record={}, spaces=spaces)


def same(one: LinkedMap, other: LinkedMap, label: str = "label") -> bool:
    """Whether two maps are equal when ``label`` is what the other one calls its labels."""
    assert one.contents.texts == other.contents.texts
    assert one.contents.sentence.replace("label", label) == other.contents.sentence
    for mine, theirs in zip(one.contents.panels, other.contents.panels, strict=True):
        np.testing.assert_array_equal(mine.coordinates, theirs.coordinates)
        np.testing.assert_array_equal(mine.neighbors, theirs.neighbors)
        assert (mine.name, [fact.value for fact in mine.facts]) == (
            theirs.name,
            [fact.value for fact in theirs.facts],
        )
    np.testing.assert_array_equal(one.contents.colourings[0].codes, other.contents.colourings[0].codes)
    return True


# build_map


def test_sequences_a_table_and_a_file_give_one_map(tmp_path, store, rows):
    given_with = {"encoder": ["hash:32", "hash:64"], "layout": "pca", "store": store}
    path = tmp_path / "tides.jsonl"
    path.write_text(
        "".join(
            json.dumps({"text": text, "label": label}) + "\n"
            for text, label in zip(TIDES, LABELS, strict=True)
        )
    )
    from_file = sm.build_map(path, label="label", **given_with)
    assert same(from_file, sm.build_map(str(path), label=LABELS, **given_with), "label_")
    assert same(from_file, sm.build_map(rows, label="label", **given_with))
    assert same(from_file, sm.build_map(TIDES, label=np.array(LABELS), **given_with))
    assert from_file.contents.title == "tides.jsonl"


def test_a_limit_draws_the_same_rows_of_all(tmp_path, store, rows):
    given_with = {"encoder": "hash:32", "layout": "pca", "store": store, "limit": 12}
    path = tmp_path / "tides.jsonl"
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in zip(TIDES, LABELS, strict=True)))  # fmt: skip
    from_file = sm.build_map(path, label="label", **given_with)
    assert len(from_file.contents.texts) == 12
    assert same(from_file, sm.build_map(path, label=LABELS, **given_with), "label_")
    assert same(from_file, sm.build_map(TIDES, label=LABELS, **given_with))
    assert [TIDES[row] for row in from_file.contents.rows] == list(from_file.contents.texts)


def test_vectors_and_layouts_are_kept_where_told_and_progress_is_heard(tmp_path):
    steps = []
    kept = VectorStore(tmp_path / "kept")
    sm.build_map(TIDES, encoder="hash:32", layout="pca", store=kept, progress=steps.append)
    assert list((tmp_path / "kept" / "layouts").glob("*.npz"))
    assert steps


def test_it_prints_nothing_and_writes_where_told(tmp_path, store, capsys):
    sm.build_map(TIDES, encoder="hash:32", layout="pca", store=store, output=tmp_path / "out")
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "out" / "visualizations" / "multitask_comparison.html").exists()


@pytest.mark.parametrize(
    ("data", "changed", "message"),
    [
        ([], {}, "no texts"),
        (["a", None], {}, r"text 1 \(counted from 0\) is None"),
        (["a", "b"], {"text": ["title", "body"]}, "a list of texts is one column"),
        (["a", "b"], {"label": ["x"]}, "label has 1 values for 2 rows"),
        (["a", "b"], {"label": "place"}, "place"),
        (["a", "b"], {"layout": "circle"}, "layout is 'circle'"),
        (["a", "b"], {"limit": 0}, "limit is 0"),
        ("no/such/file.jsonl", {}, "no/such/file.jsonl"),
    ],
)
def test_what_cannot_be_used_is_said(data, changed, message, tmp_path):
    with pytest.raises((ConfigError, DataError), match=message):
        sm.build_map(data, **{"encoder": "hash:16", "layout": "pca", "store": tmp_path, **changed})


def test_a_given_label_does_not_hide_a_column_of_that_name(store):
    table = sm.Table.from_columns({"text": TIDES, "label": HEIGHTS})
    found = sm.build_map(table, label=LABELS, color="label", encoder="hash:32", layout="pca", store=store)
    assert [each.name for each in found.contents.colourings] == ["label_", "label"]
    assert set(found.contents.colourings[0].names) == set(LABELS)


def test_further_labels_fit_when_a_text_has_no_place(store, monkeypatch):
    def cut_and_lose_one(vectors, dim):
        lost = vectors.copy()
        lost[4] = 0
        return lost

    monkeypatch.setattr("semascope.spaces.sources.cut", cut_and_lose_one)
    table = sm.Table.from_columns({"text": TIDES, "place": LABELS})
    found = sm.build_map(table, color="place", encoder="hash:32", layout="pca", store=store)
    assert found.contents.rows.tolist() == [row for row in range(len(TIDES)) if row != 4]
    (labels,) = found.contents.colourings
    assert [labels.names[code] for code in labels.codes] == [*LABELS[:4], *LABELS[5:]]
    assert "place" in found.html


# The frame of a notebook


def test_the_frame_is_sandboxed_and_nothing_gets_out_of_it():
    names = (EVIL, "b")
    labels = Labels(name=EVIL, codes=np.arange(9) % 2, names=names)
    found = drawn_by_hand(9, labels, name=EVIL, text=EVIL)
    frame = found._repr_html_()
    match = re.fullmatch(
        r'<iframe sandbox="([^"]*)" srcdoc="([^"]*)" style="[^"]*" title="[^"]*"></iframe>', frame
    )
    assert match, "the page ends its attribute early"
    assert set(match[1].split()) == {"allow-scripts", "allow-downloads"}  # no allow-same-origin
    assert html.unescape(match[2]) == found.html
    assert "<" not in match[2] and ">" not in match[2]
    assert "<img src=x" not in found.html


# Files


def test_all_files_are_written(tides, tmp_path):
    page = tides.save(tmp_path)
    assert page.read_text(encoding="utf8") == tides.html
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    names = ["hash_32", "hash_64", "hash_8"]
    assert written == {
        "visualizations/multitask_comparison.html", "visualizations/map.json",
        *(f"visualizations/{name}_embeddings.html" for name in names),
        *(f"embeddings/{name}.npy" for name in [*names, "rows"]),
    }  # fmt: skip
    assert np.load(tmp_path / "embeddings" / "hash_64.npy").shape == (len(TIDES), 64)
    assert json.loads((tmp_path / "visualizations" / "map.json").read_text())["texts"] == len(TIDES)


def test_odd_names_stay_in_the_folder_and_overwrite_nothing(tides, tmp_path):
    odd = ["../../etc/passwd", "/root/a\x00b", "..", "a/b", "a_b", "A?B", "名" * 300, "C:\\x", "rows"]
    spaces = tuple(replace(tides.spaces[0], name=name) for name in odd)
    panels = tuple(replace(tides.contents.panels[0], name=name) for name in odd)
    folder = tmp_path / "inner" / "out"
    contents = replace(tides.contents, panels=panels)
    alone = tuple(replace(contents, panels=(panel,)) for panel in panels)
    replace(tides, spaces=spaces, contents=contents, alone=alone).save(folder)
    assert len(list((folder / "embeddings").iterdir())) == len(odd) + 1
    assert len(list((folder / "visualizations").iterdir())) == len(odd) + 2
    everything = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.parent.parent == folder for path in everything)


@settings(max_examples=60)
@given(st.lists(st.text(max_size=80), max_size=8))
def test_any_names_give_plain_and_different_files(names):
    files = file_names(names)
    assert len({name.casefold() for name in files}) == len(names)
    for name in files:
        assert Path(name).name == name and name not in (".", "..") and "\\" not in name and "\x00" not in name
        assert len(f"{name}_embeddings.html".encode()) <= 255


# matplotlib


def points(axes) -> np.ndarray:
    """All places drawn, sorted."""
    found = np.concatenate(
        [np.asarray(each.get_offsets()) for each in axes.collections] or [np.empty((0, 2))]
    )
    return found[np.lexsort(found.T)]


def test_the_figure_has_the_panels_with_their_points(tides):
    figure = tides.figure()
    assert [axes.get_label() for axes in figure.axes] == [panel.name for panel in tides.contents.panels]
    for axes, panel in zip(figure.axes, tides.contents.panels, strict=True):
        np.testing.assert_array_equal(points(axes), panel.coordinates[np.lexsort(panel.coordinates.T)])
    assert figure.get_figwidth() == 7.2
    (legend,) = figure.legends
    assert {words.get_text() for words in legend.get_texts()} == set(LABELS)


def test_a_unit_is_as_long_upwards_as_sideways_and_all_panels_have_one_scale(tides, caplog):
    figure = tides.figure()
    figure.savefig(io.BytesIO())
    assert not caplog.records  # matplotlib says there what it could not do
    scales = []
    for axes in figure.axes:
        inches = axes.get_window_extent()
        scales += [np.ptp(axes.get_xlim()) / inches.width, np.ptp(axes.get_ylim()) / inches.height]
        drawn = points(axes)
        assert axes.get_xlim()[0] < drawn[:, 0].min() and drawn[:, 0].max() < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < drawn[:, 1].min() and drawn[:, 1].max() < axes.get_ylim()[1]
    np.testing.assert_allclose(scales, scales[0])


def test_its_colours_are_those_of_the_page(tides):
    """The hue of a label is its rank by frequency; ranks break ties by the order of names."""
    from matplotlib.colors import to_hex

    names = tides.contents.colourings[0].names
    hue = {(x, y): LIGHT_HUES[names.index(label)] for (x, y), label in zip(tides.contents.panels[0].coordinates.tolist(), LABELS, strict=True)}  # fmt: skip
    (collection,) = tides.figure().axes[0].collections
    for place, colour in zip(collection.get_offsets(), collection.get_facecolors(), strict=True):
        assert to_hex(colour) == hue[tuple(np.asarray(place).tolist())]


def test_numbers_get_a_colour_bar_and_panels_can_be_chosen(tides):
    figure = tides.figure(["hash:8", "hash:32"], color="height")
    assert [axes.get_label() for axes in figure.axes] == ["hash:8", "hash:32", "colour bar"]
    assert figure.axes[2].get_xlim() == (min(HEIGHTS), max(HEIGHTS))
    for chosen in ({"panels": ["nothing"]}, {"panels": []}, {"color": "depth"}):
        for make in (tides.figure, tides.to_plotly):
            with pytest.raises(ConfigError, match="name one"):
                make(**chosen)


@pytest.mark.parametrize("colouring", [
    None,
    Labels(name=EVIL, codes=np.array([-1] + [0, 1] * 12), names=(EVIL, "_hidden")),
    Labels(name="many", codes=np.arange(25), names=tuple(f"label {n}" for n in range(25))),
    Labels(name="none", codes=np.full(25, -1), names=()),
    Numbers(name="none", values=np.full(25, np.nan)),
    Numbers(name="same", values=np.ones(25)),
    Numbers(name="$off$", values=np.linspace(-1, 3, 25), diverging=True, note="a note"),
])  # fmt: skip
def test_odd_colours_and_words_are_drawn_and_places_that_are_missing_are_not(colouring, tmp_path):
    found = drawn_by_hand(25, colouring, name=EVIL, text=EVIL)
    figure = found.figure()
    assert [len(points(axes)) for axes in figure.axes[:2]] == [25, 24]
    figure.savefig(tmp_path / "drawn.svg")
    if isinstance(colouring, Labels):
        listed = [words.get_text() for words in figure.legends[0].get_texts()]
        assert len(listed) == len(set(colouring.codes.tolist()))
    traces = found.to_plotly().data
    assert sum(len(trace.x) for trace in traces) == 49


def test_hundreds_of_labels_leave_a_legend_that_fits():
    labels = Labels(
        name="many", codes=np.arange(400) % 200, names=tuple(f"label number {n}" for n in range(200))
    )
    figure = drawn_by_hand(400, labels).figure()
    listed = [words.get_text() for words in figure.legends[0].get_texts()]
    assert len(listed) == 40 and listed[-1] == "161 more"
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0


def test_figures_are_saved_by_their_ending_and_repeat_to_the_byte(tides, tmp_path):
    for ending, first in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        one = tides.save_figure(tmp_path / "new" / f"one.{ending}")
        other = tides.save_figure(tmp_path / f"other.{ending}")
        assert one.read_bytes().startswith(first)
        assert one.read_bytes() == other.read_bytes()
    with pytest.raises(ConfigError, match=r"endings are \.png, \.svg, \.pdf"):
        tides.save_figure(tmp_path / "one.gif")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        tides.save_figure(tmp_path / "file" / "one.png")


def test_marks_become_pixels_above_five_thousand(tmp_path):
    few, many = drawn_by_hand(2_000, None), drawn_by_hand(3_000, None)
    small = few.save_figure(tmp_path / "few.svg").read_text()
    large = many.save_figure(tmp_path / "many.svg").read_text()
    assert small.count("<use") > 3_999 and "<image" not in small
    assert large.count("<use") < 1_000 and large.count("<image") == 2


# Plotly


def test_plotly_traces_carry_the_same_places_and_rows(tides):
    figure = tides.to_plotly()
    names = tides.contents.colourings[0].names
    assert len(figure.data) == len(tides.contents.panels) * len(names)
    for at, panel in enumerate(tides.contents.panels):
        axis = "x" if at == 0 else f"x{at + 1}"
        seen = 0
        for trace in (each for each in figure.data if (each.xaxis or "x") == axis):
            rows = np.asarray(trace.customdata)
            assert {LABELS[row] for row in rows} == {trace.name}
            np.testing.assert_array_equal(np.stack([trace.x, trace.y], axis=1), panel.coordinates[rows])
            assert trace.legendgroup.endswith(trace.name) and trace.showlegend == (at == 0)
            assert [text.replace("<br>", " ") for text in trace.text] == [TIDES[row] for row in rows]
            seen += len(rows)
        assert seen == len(TIDES)
    assert figure.layout.xaxis2.matches == "x" and figure.layout.yaxis2.matches == "y"


def test_plotly_numbers_share_one_colour_axis(tides):
    figure = tides.to_plotly("hash:64", color="height")
    (trace,) = figure.data
    np.testing.assert_array_equal(trace.marker.color, HEIGHTS)
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (min(HEIGHTS), max(HEIGHTS))


def test_plotly_gets_no_markup_and_no_latex_from_texts():
    labels = Labels(name=EVIL, codes=np.zeros(9, dtype=int), names=(EVIL,))
    figure = drawn_by_hand(9, labels, name=EVIL, text=EVIL * 100).to_plotly()
    shown = [
        *figure.data[0].text,
        figure.data[0].name,
        figure.data[0].hovertemplate,
        figure.layout.title.text,
    ]
    shown += [each.text for each in figure.layout.annotations] + [figure.layout.legend.title.text]
    assert sum("img src=x" in words for words in shown) == len(shown) - 1  # the second panel has a plain name
    for words in shown:
        assert set(re.findall(r"<[^>]*>", words)) <= {"<br>", "<b>", "</b>", "<sub>", "</sub>", "<i>", "</i>", "<extra>", "</extra>"}  # fmt: skip
        assert "$" not in words and len(words) < 600


@pytest.mark.parametrize(
    ("hidden", "make", "line"),
    [
        (
            "plotly",
            "to_plotly",
            r"a Plotly figure needs the extra 'plotly'; .* pip install 'semascope\[plotly\]'",
        ),
        ("matplotlib", "figure", r"a figure needs the extra 'maps'; .* pip install 'semascope\[maps\]'"),
    ],
)
def test_a_missing_package_says_how_to_get_it(tides, monkeypatch, hidden, make, line):
    monkeypatch.setattr("semascope.extras.is_installed", lambda package: package != hidden)
    with pytest.raises(MissingExtra, match=line):
        getattr(tides, make)()

"""The page as a file: what is packed comes out again, nothing in it can run, and odd contents stand."""

import base64
import gzip
import json
import re
import struct
import zlib
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from semascope.maps.contents import Fact, Finding, Labels, MapContents, Numbers, Panel, Region
from semascope.maps.drawing.packing import (
    BLOCK,
    LONGEST,
    STEPS,
    boxes,
    pack_codes,
    pack_coordinates,
    pack_neighbors,
    pack_numbers,
    pack_rows,
    pack_texts,
)
from semascope.maps.drawing.page import render

HOSTILE = "</script><script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"


def contents(n=5, spaces=1, **changes):
    rng = np.random.default_rng(0)
    given = {
        "title": "A map",
        "finding": Finding(first="nothing stands out"),
        "texts": [f"text {i}" for i in range(n)],
        "rows": np.arange(n),
        "panels": tuple(
            Panel(name=f"space {p}", caption="", coordinates=rng.normal(size=(n, 2))) for p in range(spaces)
        ),
    }
    return MapContents(**{**given, **changes})


def block(page, name):
    return re.search(rf'<script type="[^"]*" id="{name}">(.*?)</script>', page, flags=re.DOTALL)[1]


def unpacked(packed, box, n):
    raw = base64.b64decode(packed)
    upper = np.frombuffer(raw[: 4 * n], dtype="<u2").reshape(n, 2).astype(np.int64)
    lower = np.frombuffer(raw[4 * n :], dtype=np.uint8).astype(np.int64)
    steps = upper * 16 + np.stack([lower >> 4, lower & 15], axis=1)
    places = steps / STEPS * box[2] + np.array(box[:2])
    places[(steps == STEPS + 1).all(axis=1)] = np.nan
    return places


@settings(deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(-1e6, 1e6)))
def test_coordinates_come_back_to_a_millionth_of_the_map(coordinates):
    [box] = boxes([coordinates])
    back = unpacked(pack_coordinates(coordinates, box), box, len(coordinates))
    assert np.abs(back - coordinates).max() <= 0.51 * box[2] / STEPS + 1e-9


def test_a_text_without_a_place_comes_back_as_nan():
    coordinates = np.array([[0.0, 0.0], [np.nan, 1.0], [4.0, np.inf], [2.0, 2.0]])
    [box] = boxes([coordinates])
    assert box == (0.0, 0.0, 2.0)
    back = unpacked(pack_coordinates(coordinates, box), box, 4)
    assert np.isnan(back[1:3]).all()
    np.testing.assert_allclose(back[[0, 3]], coordinates[[0, 3]])


def test_layouts_that_lie_on_each_other_share_a_box_and_others_do_not():
    square = np.array([[0.0, 0.0], [10.0, 10.0]])
    assert boxes([square, square + 1]) == [(0.0, 0.0, 11.0)] * 2
    assert boxes([square, square + 100]) == [(0.0, 0.0, 10.0), (100.0, 100.0, 10.0)]
    nowhere = np.full((2, 2), np.nan)
    assert boxes([square, nowhere])[0] == (0.0, 0.0, 10.0)


def test_one_place_for_all_is_the_middle_of_its_box():
    assert boxes([np.full((3, 2), 7.0)]) == [(6.5, 6.5, 1.0)]


@pytest.mark.parametrize("n", [1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
def test_texts_come_back_block_by_block(n):
    texts = [f"Gezeiten 潮 {i}" for i in range(n)]
    lengths, packed = pack_texts(texts)
    assert sum(lengths) == len(packed)
    ends = np.cumsum([0, *lengths])
    back = []
    for start, end in pairwise(ends):
        back += gzip.decompress(base64.b64decode(packed[start:end])).decode("utf-8").split("\0")
    assert back == texts


def test_odd_texts_are_made_readable_and_long_ones_are_cut_with_a_count():
    _, packed = pack_texts(["a\0b", "c\ud800", "", "x" * (LONGEST + 1234)])
    back = gzip.decompress(base64.b64decode(packed)).decode("utf-8").split("\0")
    assert back[:3] == ["a␀b", "c\ufffd", ""]
    assert back[3].endswith("… (1,234 more characters are not on this page)")


def test_codes_take_two_bytes_only_where_one_is_too_small():
    packed = pack_codes(np.array([-1, 0, 253]))
    assert packed["width"] == 1
    assert list(base64.b64decode(packed["data"])) == [0, 1, 254]
    packed = pack_codes(np.array([-1, 0, 300]))
    assert packed["width"] == 2
    assert np.frombuffer(base64.b64decode(packed["data"]), "<u2").tolist() == [0, 1, 301]


@pytest.mark.parametrize(
    ("values", "width"),
    [([0.5, np.nan, 2024.0], 4), ([16_777_217.0], 8), ([0.1], 8), ([1e300, np.inf], 8), ([], 4)],
)
def test_numbers_come_back_to_the_last_digit(values, width):
    packed = pack_numbers(np.array(values))
    assert packed["width"] == width
    back = np.frombuffer(base64.b64decode(packed["data"]), f"<f{width}").astype(float)
    np.testing.assert_array_equal(back, values)


def test_rows_that_follow_each_other_are_only_their_start():
    assert pack_rows(np.arange(7, 12)) == {"start": 7}
    packed = pack_rows(np.array([3, 1, 2**40]))
    assert np.frombuffer(base64.b64decode(packed["data"]), "<f8").tolist() == [3, 1, 2**40]


def test_a_neighbour_takes_at_most_four_characters():
    neighbors = np.array([[1, 2, -1], [0, 2, 1]])
    packed = pack_neighbors(neighbors, 3)
    assert np.frombuffer(base64.b64decode(packed["data"]), "<u2").tolist() == [1, 2, 65_535, 0, 2, 1]
    wide = pack_neighbors(np.array([[99_999, -1, 65_536]]), 100_000)
    raw = np.frombuffer(base64.b64decode(wide["data"]), np.uint8).reshape(3, 3).astype(int)
    assert (raw @ [1, 256, 65_536]).tolist() == [99_999, 2**24 - 1, 65_536]
    assert len(wide["data"]) == 4 * 3


def test_the_policy_allows_nothing_but_the_page_itself():
    page = render(contents())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src &#39;none&#39;")
    assert "unsafe" not in policy and "http" not in policy
    assert not re.search(r"<[^>]*\s(style|on\w+)=", re.sub(r"(?s)<script.*?</script>", "", page))


@pytest.mark.parametrize(
    "where", ["title", "finding", "notes", "absent", "command", "texts", "panel", "region", "label"]
)
def test_a_hostile_text_never_becomes_markup(where):
    kwargs = {where: HOSTILE} if where in ("title", "command") else {}
    if where == "finding":
        kwargs = {"finding": Finding(first=HOSTILE, rest=HOSTILE)}
    if where in ("notes", "absent"):
        kwargs = {where: (HOSTILE,)}
    if where == "texts":
        kwargs = {"texts": [HOSTILE] * 5}
    if where == "panel":
        fact = Fact(name=HOSTILE, value=HOSTILE, interval=HOSTILE, reason=HOSTILE)
        kwargs = {
            "panels": (Panel(name=HOSTILE, caption=HOSTILE, coordinates=np.zeros((5, 2)), facts=(fact,)),)
        }
    if where == "region":
        kwargs = {"regions": (Region(sentence=HOSTILE, rows=np.array([1])),)}
    if where == "label":
        kwargs = {
            "colourings": (Labels(name=HOSTILE, codes=np.zeros(5, np.int64), names=(HOSTILE,), note=HOSTILE),)
        }
    page = render(contents(**kwargs))
    assert page.count("<script") == 5
    assert page.count("<img") == 1  # the still picture
    assert "pwned = 1</script>" not in page


def test_what_a_fact_says_stands_under_its_panel():
    facts = (
        Fact(name="kNN accuracy", value=".81", interval="95 % .78 to .84", verdict="better"),
        Fact(name="neighbours kept", value="", reason="needs vectors"),
    )
    panel = Panel(name="topic", caption="Identify the topic", coordinates=np.zeros((2, 2)), facts=facts)
    page = render(replace(contents(n=2), panels=(panel,)))
    for words in (
        "kNN accuracy",
        ".81",
        "95 % .78 to .84",
        "#icon-better",
        "needs vectors",
        "Identify the topic",
    ):
        assert words in page


def test_what_a_number_stands_on_is_in_the_table_and_not_under_the_panel():
    fact = Fact(name="kNN accuracy", value=".81", reason="10 nearest of 800 texts")
    panel = Panel(name="topic", caption="", coordinates=np.zeros((2, 2)), facts=(fact,))
    page = render(replace(contents(n=2), panels=(panel, replace(panel, name="bare", facts=()))))
    assert page.count("10 nearest of 800 texts") == 1
    table = page[page.index('<section class="numbers">') :]
    assert re.search(
        r'<th scope="row">topic</th><td>.*?\.81.*?10 nearest of 800 texts.*?</td></tr>', table, re.S
    )
    assert '<th scope="row">bare</th><td></td></tr>' in table


def test_a_finding_stands_in_large_type_and_its_rest_below():
    page = render(contents(finding=Finding(first="'a; b' leads", rest="79 % of 'c' move; d stays")))
    assert re.search(
        '<h1>&#39;a; b&#39; leads\\.</h1>\\s*<p class="standfirst">79\u00a0% of &#39;c&#39; move; d stays\\.</p>',
        page,
    )


def test_regions_are_said_to_stand_out_only_where_one_does():
    region = Region(sentence="two texts", rows=np.array([0, 1]))
    said = "None of them moves much more than the rest."
    assert said in render(contents(regions=(region, region)))
    assert said not in render(contents(regions=(region, replace(region, stands_out=True))))
    assert said not in render(contents())


def test_the_whole_caption_stands_in_the_table_too():
    fact = Fact(name="kNN accuracy", value=".81")
    panel = replace(contents().panels[0], caption="a sentence too long for a phone", facts=(fact,))
    table = render(contents(panels=(panel,))).split('class="numbers"')[1]
    assert "<small>a sentence too long for a phone</small></th>" in table


def test_notes_beyond_three_unfold():
    page = render(contents(notes=tuple(f"note {i}" for i in range(5))))
    shown, folded = page.split("<details>")[0], page.split("<details>")[1].split("</details>")[0]
    assert [f"note {i}" in shown for i in range(5)] == [True] * 3 + [False] * 2
    assert "2 more notes" in folded and "note 3" in folded and "note 4" in folded


def test_the_still_picture_is_a_png_that_holds_its_points():
    page = render(contents(n=1))
    picture = base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', page)[1])
    width, height = struct.unpack(">II", picture[16:24])
    data = b""
    at = 8
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        name, body = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        assert struct.unpack(">I", picture[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + body)
        data += body if name == b"IDAT" else b""
        at += 12 + length
    pixels = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, width + 1)[:, 1:]
    rows, columns = np.nonzero(pixels)
    assert abs(rows.mean() - height / 2) < 1 and abs(columns.mean() - width / 2) < 1


@pytest.mark.parametrize(
    "odd",
    [
        {"n": 1},
        {"n": 40, "spaces": 16},
        {"n": 3, "colourings": (Numbers(name="x", values=np.full(3, np.nan)),)},
        {"n": 3, "colourings": (Numbers(name="x", values=np.ones(3), diverging=True),)},
        {"n": 3, "colourings": (Labels(name="x", codes=np.full(3, -1), names=()),)},
        {
            "n": 400,
            "colourings": (Labels(name="x", codes=np.arange(400) % 200, names=tuple(map(str, range(200)))),),
        },
    ],
)
def test_odd_contents_are_a_page(odd):
    page = render(contents(**odd))
    data = json.loads(block(page, "data"))
    assert data["n"] == odd["n"]
    assert len(data["panels"]) == odd.get("spaces", 1)


def test_a_map_without_any_place_is_a_page():
    panel = Panel(name="a", caption="", coordinates=np.full((5, 2), np.nan))
    assert json.loads(block(render(replace(contents(), panels=(panel,))), "data"))["panels"][0]["placed"] == 0

"""The linked page as people use it: in Chromium, with real mouse, wheel, keys and fingers."""

import base64
import csv
import io
import time
from dataclasses import replace

import numpy as np
import pytest

from semascope.maps.contents import Fact, Finding, Labels, MapContents, Numbers, Panel, Region
from semascope.maps.drawing.packing import boxes
from semascope.maps.drawing.page import render
from semascope.maps.drawing.palette import LIGHT_DIVERGING, LIGHT_HUES, LIGHT_MISSING, LIGHT_SEQUENTIAL

pytestmark = [pytest.mark.browser, pytest.mark.long]

HOSTILE = (
    "</script><script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 2'>",
    "<svg onload='window.pwned = 3'></svg>",
    "שלום עולם, right to left",
    "x" * 60_000,
    "",
    "lone \ud800 surrogate and NUL \x00",
    '=HYPERLINK("http://evil")',
)
# Chromium's own remarks about drawing without a GPU; they are not the page's.
OF_THE_DRIVER = ("GL Driver Message", "software WebGL")


def made(n=300, panels=4, texts=None, **changes):
    rng = np.random.default_rng(7)
    group = rng.integers(0, 3, n)
    centres = np.array([[0, 0], [6, 0], [3, 6]])
    spaces = []
    for p in range(panels):
        coordinates = centres[(group + p) % 3] + rng.normal(size=(n, 2))
        apart = ((coordinates[:, None] - coordinates[None]) ** 2).sum(axis=-1) if n <= 1_000 else None
        neighbors = None if apart is None or n < 8 else np.argsort(apart, axis=1)[:, 1:6]
        fact = Fact(
            name="kNN accuracy", value=".81", interval="95 % .78 to .84", verdict="better" if p else ""
        )
        spaces.append(
            Panel(
                name=f"space {p}",
                caption="a sentence",
                coordinates=coordinates,
                neighbors=neighbors,
                facts=(fact,),
            )
        )
    values = rng.normal(size=n)
    values[0] = np.nan
    given = {
        "title": "A map of texts",
        "finding": Finding(first="space 1 separates the labels best", rest="nothing moves"),
        "texts": texts or [f"text {i} about {['tides', 'paper', 'glass'][g]}" for i, g in enumerate(group)],
        "rows": np.arange(n) * 3 + 100,
        "panels": tuple(spaces),
        "colourings": (
            Labels(name="topic", codes=group, names=("tides", "paper", "glass")),
            Numbers(name="residual", values=values, note="out of fold", diverging=True),
        ),
        "regions": (Region(sentence="These moved", rows=np.array([3, 5, 8])),),
        "notes": ("A note",),
        "absent": ("Nothing about time",),
        "command": "semascope map texts.csv",
    }
    return MapContents(**{**given, **changes})


class Reader:
    """A page, and a hand on the mouse, the keys and the glass."""

    def __init__(self, browser, folder):
        self.browser, self.path, self.contents = browser, folder / "map.html", None

    def open(self, contents, *, fragment="", width=1360, dark=False, ratio=1, touch=False):
        self.contents = contents
        self.path.write_text(render(contents), encoding="utf-8")
        return self.again(fragment=fragment, width=width, dark=dark, ratio=ratio, touch=touch)

    def again(self, *, fragment="", width=1360, dark=False, ratio=1, touch=False):
        driver = self.browser.driver
        driver.get("about:blank")
        driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": touch, "maxTouchPoints": 2})
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        size = {"width": width, "height": 900, "deviceScaleFactor": ratio, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get_log("browser")
        driver.get_log("performance")
        driver.get(self.path.as_uri() + fragment)
        self.settle()
        return self

    def run(self, script, *arguments):
        return self.browser.run("const m = window.semascopeMap; " + script, *arguments)

    def wait(self, condition, seconds=5):
        end = time.monotonic() + seconds
        while not (value := self.run(f"return {condition}")):
            assert time.monotonic() < end, f"never: {condition}"
            time.sleep(0.02)
        return value

    def settle(self):
        self.wait("m.drawn() > 0 && !m.waiting()")

    def console(self):
        return [line for line in self.browser.console() if not any(each in line for each in OF_THE_DRIVER)]

    def show(self, panel):
        self.run("m.panels[arguments[0]].plot.scrollIntoView({block: 'center', behavior: 'instant'})", panel)
        time.sleep(0.05)

    def corner(self, panel):
        return self.run(
            "const p = m.panels[arguments[0]].plot, r = p.getBoundingClientRect();"
            "return [r.left + p.clientLeft, r.top + p.clientTop, r.width, r.height]",
            panel,
        )

    def place(self, panel, item):
        """Where a text is in the window."""
        left, top, *_ = self.corner(panel)
        x, y = self.run("return m.screenPlace(m.panels[arguments[0]], arguments[1])", panel, item)
        return left + x, top + y

    def mouse(self, kind, x, y, *, keys=0, button="left", clicks=0, held=True, **more):
        buttons = {"left": 1, "middle": 4}[button] if held and kind != "mouseReleased" else 0
        self.browser.driver.execute_cdp_cmd(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": x, "y": y, "modifiers": keys, "button": button if held else "none",
             "buttons": buttons, "clickCount": clicks, **more},
        )  # fmt: skip

    def move(self, x, y):
        self.mouse("mouseMoved", x, y, held=False)

    def click(self, x, y, *, keys=0, clicks=1):
        self.move(x, y)
        self.mouse("mousePressed", x, y, keys=keys, clicks=clicks)
        self.mouse("mouseReleased", x, y, keys=keys, clicks=clicks)

    def drag(self, points, *, keys=0, button="left"):
        self.move(*points[0])
        self.mouse("mousePressed", *points[0], keys=keys, button=button, clicks=1)
        for point in points[1:]:
            self.mouse("mouseMoved", *point, keys=keys, button=button)
        self.mouse("mouseReleased", *points[-1], keys=keys, button=button, clicks=1)

    def wheel(self, x, y, turn):
        self.mouse("mouseWheel", x, y, held=False, deltaX=0, deltaY=turn)

    def press(self, key, *, keys=0):
        code = {
            "Enter": 13,
            "Escape": 27,
            "Tab": 9,
            "ArrowLeft": 37,
            "ArrowUp": 38,
            "ArrowRight": 39,
            "ArrowDown": 40,
        }
        event = {
            "key": key,
            "code": key,
            "windowsVirtualKeyCode": code.get(key, ord(key[0].upper())),
            "modifiers": keys,
        }
        if len(key) == 1:
            event["text"] = key
        elif key == "Enter":
            event["text"] = "\r"
        self.browser.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", **event})
        event.pop("text", None)
        self.browser.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def touch(self, kind, points):
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        self.browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def press_button(self, selector):
        """A click of the mouse in its middle."""
        x, y = self.run(
            "const n = document.querySelector(arguments[0]);"
            "n.scrollIntoView({block: 'center', behavior: 'instant'}); const r = n.getBoundingClientRect();"
            "return [r.left + r.width / 2, r.top + r.height / 2]",
            selector,
        )
        self.click(x, y)

    @property
    def selected(self):
        return self.run("return m.state.selectedItems")

    def set_tool(self, tool):
        self.run("document.querySelector('.tool.' + arguments[0]).click()", tool)


def downloaded(target):
    """The file, once the browser has written it."""
    end = time.monotonic() + 5
    while not target.exists():
        assert time.monotonic() < end, f"never saved: {target.name}"
        time.sleep(0.05)
    return target


def picture(source):
    """(height, width, 3) colours of a PNG, from a path or bytes."""
    from matplotlib.image import imread

    shown = imread(source if not isinstance(source, bytes) else io.BytesIO(source))
    return np.round(shown[..., :3] * 255).astype(np.uint8)


@pytest.fixture
def page(browser, tmp_path):
    reader = Reader(browser, tmp_path)
    yield reader
    browser.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


SHIFT, ALT = 8, 1


def brute_force(points, corners):
    """Places of the points inside a polygon: even-odd rule, point by point, in float64."""
    inside = []
    for i, (x, y) in enumerate(points):
        odd = False
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                odd = not odd
        if odd:
            inside.append(i)
    return inside


def on_screen(page, panel):
    """Where every text of a panel is in the window, from the coordinates that went into the page."""
    left, top, _, _ = page.corner(panel)
    width, height = page.run("const r = m.panels[arguments[0]].rect; return [r.width, r.height]", panel)
    view = page.run("return m.state.views[arguments[0]]", panel)
    found = boxes([each.coordinates for each in page.contents.panels])
    every = [
        (each.coordinates - own[:2]) / own[2] for each, own in zip(page.contents.panels, found, strict=True)
    ]
    wide, tall = (
        max(np.nanmax(np.abs(places[:, axis] - 0.5), initial=0.05) * 2 for places in every) for axis in (0, 1)
    )
    unit = min(width / wide, height / tall) * 0.93 * view["zoom"]
    places = every[panel]
    x = page.run("return m.screenPlace(m.panels[arguments[0]], 0)", panel)[
        0
    ]  # the plot's border is not in its middle
    shift = x - (width / 2 + (places[0, 0] - view["x"]) * unit)
    assert abs(shift) < 0.01
    return np.stack(
        [
            left + width / 2 + (places[:, 0] - view["x"]) * unit,
            top + height / 2 - (places[:, 1] - view["y"]) * unit,
        ],
        1,
    )


def lasso_points(page, panel, turns=18, reach=0.3):
    left, top, width, height = page.corner(panel)
    angles = np.linspace(0, 2 * np.pi, turns, endpoint=False)
    radius = reach * min(width, height) * (1 + 0.35 * np.sin(3 * angles))
    x = np.round(left + width * 0.45 + radius * np.cos(angles))
    y = np.round(top + height * 0.5 + radius * np.sin(angles))
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_lasso_selects_what_a_brute_force_finds(page, ratio):
    page.open(made(), ratio=ratio)
    page.show(1)
    points = lasso_points(page, 1)
    want = brute_force(on_screen(page, 1), points)
    page.drag(points)
    assert 20 < len(want) < 280
    assert page.selected == want
    assert (
        page.run("return document.querySelector('.selection h2').textContent")
        == f"{len(want)} texts selected"
    )
    assert page.console() == []


def test_shift_adds_and_alt_subtracts(page):
    page.open(made())
    page.show(0)
    big, small = lasso_points(page, 0), lasso_points(page, 0, reach=0.15)
    screen = on_screen(page, 0)
    want, part = set(brute_force(screen, big)), set(brute_force(screen, small))
    assert part and want - part
    page.drag(big)
    page.drag(small, keys=ALT)
    assert set(page.selected) == want - part
    page.drag(small, keys=SHIFT)
    assert set(page.selected) == want | part


def test_a_box_selects_in_all_panels_after_zooming(page):
    page.open(made())
    page.show(0)
    left, top, width, height = page.corner(0)
    page.wheel(left + width / 2, top + height / 2, -300)
    page.settle()
    page.set_tool("box")
    page.drag([(left + 80, top + 60), (left + 100, top + 100), (left + 350, top + 260)])
    screen = on_screen(page, 0)
    want = np.flatnonzero(
        (screen[:, 0] >= left + 80)
        & (screen[:, 0] <= left + 350)
        & (screen[:, 1] >= top + 60)
        & (screen[:, 1] <= top + 260)
    )
    assert len(want) > 5
    assert page.selected == want.tolist()


def test_hover_rings_the_text_in_every_panel_and_shows_its_row(page):
    page.open(made())
    page.show(0)
    item = 17
    screen = on_screen(page, 0)
    near = int(np.argmin(((screen - screen[item]) ** 2).sum(axis=1)))
    assert near == item
    page.move(*page.place(0, item))
    page.wait("!document.querySelector('.card').hidden")
    card = page.run("return document.querySelector('.card').textContent")
    assert f"row {100 + 3 * item}" in card
    assert page.contents.texts[item] in card
    rings = page.run(
        "return m.panels.map(p => { const r = p.ring.getBoundingClientRect(), b = p.plot.getBoundingClientRect();"
        "return p.ring.hidden ? null : [r.left + r.width / 2 - b.left - 1, r.top + r.height / 2 - b.top - 1]; })"
    )
    places = page.run(f"return m.panels.map(p => m.screenPlace(p, {item}))")
    np.testing.assert_allclose(rings, places, atol=0.2)
    page.move(5, 5)
    page.wait("document.querySelector('.card').hidden")


def test_a_card_stays_at_its_text_while_the_page_scrolls(page):
    page.open(made(), width=412, touch=True)
    page.show(0)
    time.sleep(0.2)
    page.touch("touchStart", [page.place(0, 33)])
    page.touch("touchEnd", [])
    page.wait("!document.querySelector('.card').hidden")
    item = page.run("return m.state.hovered")
    card = "const r = document.querySelector('.card').getBoundingClientRect(); return [r.left, r.top]"
    before, at = page.run(card), page.place(0, item)
    page.run("scrollBy({top: -30, behavior: 'instant'})")
    time.sleep(0.2)
    np.testing.assert_allclose(
        np.subtract(page.run(card), before), np.subtract(page.place(0, item), at), atol=1
    )
    page.run("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    page.wait("document.querySelector('.card').hidden")


def test_a_click_selects_one_text_and_shows_its_neighbours_in_each_space(page):
    page.open(made())
    page.show(2)
    page.click(*page.place(2, 40))
    assert page.selected == [40]
    page.wait("document.querySelectorAll('.nearest-column').length === 4")
    rows = page.run(
        "return [...document.querySelectorAll('.nearest-column')].map(c => [...c.querySelectorAll('li .row')].map(r => r.textContent))"
    )
    want = [[f"row {100 + 3 * int(j)}" for j in panel.neighbors[40]] for panel in page.contents.panels]
    assert rows == want
    assert page.run("return m.panels.map(p => p.lines.querySelectorAll('circle').length)") == [5, 5, 5, 5]
    page.press("Escape")
    page.press("Escape")
    page.wait("m.state.pinned === -1 && m.state.selectedItems.length === 0")


def test_the_wheel_zooms_where_the_pointer_is_and_a_double_click_shows_the_whole_map(page):
    page.open(made())
    page.show(0)
    time.sleep(0.3)
    x, y = page.place(0, 12)
    page.wheel(x, y, -400)
    page.settle()
    np.testing.assert_allclose(page.place(0, 12), (x, y), atol=0.5)
    zooms = page.run("return m.state.views.map(v => v.zoom)")
    assert zooms[0] > 1.5 and len(set(zooms)) == 1
    page.run("document.getElementById('shared').click()")  # free
    page.wheel(x, y, -400)
    page.settle()
    zooms = page.run("return m.state.views.map(v => v.zoom)")
    assert zooms[0] > zooms[1] == zooms[2]
    page.run("m.select([1, 2, 3], 'replace')")
    left, top, *_ = page.corner(0)
    page.click(left + 4, top + 4)
    page.click(left + 4, top + 4, clicks=2)
    page.wait("m.state.views[0].zoom === 1")
    assert page.selected == [1, 2, 3]  # the clicks of a double click select nothing


def test_a_drag_with_the_move_tool_moves_the_map_with_the_pointer(page):
    page.open(made())
    page.show(0)
    left, top, *_ = page.corner(0)
    page.run("m.setView(0, {x: 0.5, y: 0.5, zoom: 4})")
    page.set_tool("move")
    x, y = page.place(0, 9)
    page.drag([(left + 100, top + 100), (left + 120, top + 110), (left + 160, top + 140)])
    np.testing.assert_allclose(page.place(0, 9), (x + 60, y + 40), atol=0.5)
    assert page.selected == []


def test_fingers_pinch_tap_and_draw(page):
    page.open(made(), width=412, touch=True, ratio=2)
    page.show(0)
    left, top, width, height = page.corner(0)
    middle = (left + width / 2, top + height / 2)
    page.touch("touchStart", [(middle[0] - 20, middle[1]), (middle[0] + 20, middle[1])])
    for apart in (25, 32, 40):
        page.touch("touchMove", [(middle[0] - apart, middle[1]), (middle[0] + apart, middle[1])])
    page.touch("touchEnd", [])
    page.wait("m.state.views[0].zoom > 1")
    assert page.run("return m.state.views[3].zoom") == pytest.approx(2, rel=0.05)
    page.run("m.setView(0, {x: 0.5, y: 0.5, zoom: 1})")
    page.settle()
    page.touch("touchStart", [page.place(0, 33)])
    page.touch("touchEnd", [])
    page.wait("m.state.selectedItems.length === 1")
    page.set_tool("lasso")
    points = lasso_points(page, 0)
    want = brute_force(on_screen(page, 0), points)
    page.touch("touchStart", [points[0]])
    for point in points[1:]:
        page.touch("touchMove", [point])
    page.touch("touchEnd", [])
    page.wait("m.state.selectedItems.length > 1")
    assert len(set(page.selected) ^ set(want)) <= 3  # Chromium joins the moves of a finger


def test_words_are_searched_without_case_and_order(page):
    page.open(made(n=1_203))
    page.run("document.querySelector('.search-input').focus()")
    for letter in "GLASS 12":
        page.press(letter)
    want = [i for i, text in enumerate(page.contents.texts) if "glass" in text and "12" in text]
    page.wait(f"m.state.selectedItems.length === {len(want)}")
    assert page.selected == want
    assert page.run("return document.querySelector('.found').textContent") == f"{len(want):,}"


def test_the_legend_hides_and_isolates(page):
    page.open(made())
    codes = page.contents.colourings[0].codes
    page.press_button('.label[data-code="1"]')
    page.settle()
    time.sleep(0.3)  # the browser tells the new row that the pointer is on it
    assert (
        page.run("return m.state.highlighted") is None
    )  # the pointer is still there: what is left must not fade
    page.show(0)
    points = lasso_points(page, 0)
    page.drag(points)
    want = [i for i in brute_force(on_screen(page, 0), points) if codes[i] != 1]
    assert page.selected == want
    page.press_button('.only[data-code="2"]')
    assert page.run("return [...m.state.hidden].sort()") == [0, 1]
    page.press_button(".legend-foot .all")
    assert page.run("return m.state.hidden.size") == 0


def pixels(page, places):
    """Colours of the window at places in CSS pixels, from a picture of the screen."""
    shot = page.browser.driver.execute_cdp_cmd("Page.captureScreenshot", {})["data"]
    return page.browser.driver.execute_async_script(
        """const [shot, places, done] = arguments, picture = new Image();
        picture.onload = () => {
          const pen = Object.assign(document.createElement("canvas"), {width: picture.width, height: picture.height}).getContext("2d", {willReadFrequently: true});
          pen.drawImage(picture, 0, 0);
          const ratio = picture.width / innerWidth;
          done(places.map(([x, y]) => [...pen.getImageData(x * ratio, y * ratio, 1, 1).data].slice(0, 3)));
        };
        picture.src = "data:image/png;base64," + shot;""",
        shot,
        places,
    )


@pytest.mark.parametrize("ratio", [1, 2])
def test_every_panel_draws_every_text_at_its_place_in_the_colour_of_its_label(page, ratio):
    names = ("a", "b", "c")
    codes = np.repeat([0, 1, 2], [14, 13, 13])
    page.open(made(n=40, colourings=(Labels(name="topic", codes=codes, names=names),)), ratio=ratio)
    page.run("for (const p of m.panels) p.names.remove()")
    hues = [
        [int(hue[i : i + 2], 16) for i in (1, 3, 5)]
        for hue in page.run("return m.data.themes.light.hues")[:3]
    ]
    for panel in range(4):
        page.show(panel)
        time.sleep(0.2)
        screen = on_screen(page, panel)
        apart = np.linalg.norm(screen[:, None] - screen[None], axis=-1) + 1e9 * np.eye(40)
        alone = np.flatnonzero(apart.min(axis=1) > 12)
        assert len(alone) > 15
        seen = np.array(pixels(page, screen[alone].tolist()))
        assert np.abs(seen - np.array(hues)[codes[alone]]).max() < 40  # nearly opaque on white
        # a little beside each mark there is paper
        beside = np.array(pixels(page, (screen[alone] + (0, 7)).tolist()))
        assert (beside > 240).all(axis=1).mean() > 0.9


@pytest.mark.parametrize("diverging", [False, True])
def test_numbers_are_drawn_in_the_colour_of_their_place_on_the_ramp(page, diverging):
    values = np.linspace(-3, 5, 40)
    values[7] = np.nan
    page.open(made(n=40, colourings=(Numbers(name="x", values=values, diverging=diverging),)))
    page.show(0)
    time.sleep(0.2)
    screen = on_screen(page, 0)
    apart = np.linalg.norm(screen[:, None] - screen[None], axis=-1) + 1e9 * np.eye(40)
    alone = np.flatnonzero(apart.min(axis=1) > 12)
    assert len(alone) > 15
    there = np.sort(values[np.isfinite(values)])
    low, high = there[[round(0.02 * 38), round(0.98 * 38)]]
    if diverging:
        low, high = -max(-low, high), max(-low, high)
    ramp = np.array(
        [tuple(bytes.fromhex(hue[1:])) for hue in (LIGHT_DIVERGING if diverging else LIGHT_SEQUENTIAL)]
    )
    share = np.clip((values[alone] - low) / (high - low), 0, 1) * 6
    want = np.stack([np.interp(share, range(7), ramp[:, channel]) for channel in range(3)], axis=1)
    want[np.isnan(share)] = tuple(bytes.fromhex(LIGHT_MISSING[1:]))
    seen = np.array(pixels(page, screen[alone].tolist()))
    assert np.abs(seen - (0.92 * want + 0.08 * 255)).max() < 12  # marks are a little clear


def test_names_stand_in_their_clusters_while_the_map_is_far_out(page):
    given = made(n=600)
    codes = given.colourings[0].codes.copy()
    codes[:6] = 3  # six texts of any place: their name would stand anywhere
    names = ("tides", "paper", "glass", "scattered", "none")
    page.open(replace(given, colourings=(Labels(name="topic", codes=codes, names=names),)))
    shown = """return m.panels.map(p => [...p.names.querySelectorAll('.name:not(.off)')].map(n => {
      const r = n.getBoundingClientRect(); return [n.textContent, r.left + r.width / 2, r.top + r.height / 2, r.width, r.height]; }))"""
    for panel in range(4):
        page.show(panel)
        found = page.run(shown)[panel]
        assert sorted(name for name, *_ in found) == ["glass", "paper", "tides"]
        screen = on_screen(page, panel)
        for name, x, y, *_ in found:
            cluster = screen[codes == names.index(name)]
            assert (np.abs(np.median(cluster, axis=0) - (x, y)) < cluster.std(axis=0)).all()
    page.run("m.setView(0, {x: 0.5, y: 0.5, zoom: 6})")
    page.settle()
    assert page.run("return m.panels.every(p => p.names.hidden)")


def test_names_that_would_lie_on_each_other_are_left_out(page):
    n = 2_000
    names = tuple(f"a name of many letters {i}" for i in range(40))
    page.open(made(n=n, panels=2, colourings=(Labels(name="x", codes=np.arange(n) % 40, names=names),)))
    spots = np.random.default_rng(4).normal(size=(40, 2)) * 3
    near = spots[np.arange(n) % 40] + np.random.default_rng(5).normal(size=(n, 2)) * 0.05
    panels = tuple(replace(panel, coordinates=near) for panel in page.contents.panels)
    page.open(replace(page.contents, panels=panels))
    boxes_ = page.run(
        "return [...m.panels[0].names.querySelectorAll('.name:not(.off)')].map(n => {"
        "const r = n.getBoundingClientRect(), p = m.panels[0].plot.getBoundingClientRect();"
        "return [r.left, r.top, r.right, r.bottom, p.left, p.top, p.right, p.bottom]; })"
    )
    assert len(boxes_) > 5
    for i, (left, top, right, bottom, *plot) in enumerate(boxes_):
        assert left >= plot[0] and top >= plot[1] and right <= plot[2] and bottom <= plot[3]
        for other in boxes_[:i]:
            assert not (left < other[2] and other[0] < right and top < other[3] - 2 and other[1] + 2 < bottom)


def test_a_print_holds_every_panel(page):
    page.open(made())
    page.browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        seen = "return [...document.querySelectorAll(arguments[0])].map(n => n.checkVisibility({visibilityProperty: true}))"
        assert page.run(seen, ".still") == [True] * 4
        assert not any(page.run(seen, ".toolbar, .side, #canvas, .theme"))
    finally:
        page.browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_the_state_is_in_the_address_and_comes_back(page):
    page.open(made())
    page.run(
        "m.select([3, 4, 5, 90], 'replace'); m.pin(90); m.setView(0, {x: 0.4, y: 0.6, zoom: 3});"
        "document.querySelector('.choice').value = 1; document.querySelector('.choice').dispatchEvent(new Event('change'))"
    )
    page.wait("location.hash.includes('p=90')")
    time.sleep(0.4)
    fragment = page.run("return location.hash")
    page.again(fragment=fragment)
    assert page.selected == [3, 4, 5, 90]
    assert page.run("return [m.state.pinned, m.state.colouring, m.state.views[2].zoom]") == [90, 1, 3]
    page.again(fragment="#c=99&h=x&v=a,b&s=zzzzzz.-1.5&p=-7&q=")
    assert page.run("return [m.state.pinned, m.state.colouring, m.state.selectedItems.length]") == [-1, 0, 0]
    assert page.console() == []


def test_all_that_was_set_comes_back_from_the_address_and_nothing_else(page):
    page.open(made())
    page.run(
        "document.querySelector('.label[data-code=\"1\"]').click(); document.getElementById('shared').click()"
    )
    page.run("m.setView(1, {x: 0.4, y: 0.6, zoom: 3})")
    page.set_tool("box")
    page.run("document.querySelector('.search-input').focus()")
    for letter in "glass 12":
        page.press(letter)
    page.wait("location.hash.includes('q=')")
    time.sleep(0.4)
    fragment, selected = page.run("return location.hash"), page.selected
    assert len(selected) > 1 and "s=" not in fragment  # the words bring the selection back
    page.again(fragment=fragment)
    page.wait(f"m.state.selectedItems.length === {len(selected)}")
    assert page.selected == selected
    state = "return [[...m.state.hidden], m.state.shared, m.state.tool, m.state.views.map(v => v.zoom), document.querySelector('.search-input').value]"
    assert page.run(state) == [[1], False, "box", [1, 3, 1, 1], "glass 12"]
    page.run("location.hash = '#s=3'")
    page.wait("m.state.selectedItems.length === 1")
    assert page.run(state) == [[], True, "lasso", [1, 1, 1, 1], ""]
    assert page.selected == [3]
    assert page.console() == []


def test_a_number_of_found_texts_stands_only_while_they_are_selected(page):
    page.open(made())
    page.run("document.querySelector('.search-input').focus()")
    for letter in "tides":
        page.press(letter)
    page.wait("document.querySelector('.found').textContent !== ''")
    page.show(0)
    page.click(*page.place(0, 17))
    assert page.run("return document.querySelector('.found').textContent") == ""
    page.wait("location.hash.includes('s=') && !location.hash.includes('q=')")


def test_a_selection_too_long_for_the_address_is_said(page):
    page.open(made(n=6_000, panels=1, regions=()))
    unkept = "return document.querySelector('.unkept').checkVisibility()"
    page.run("m.select(Array.from({length: 6000}, (_, i) => i), 'replace')")
    assert page.run(unkept) is False  # one run of texts is short
    page.run("m.select(Array.from({length: 3000}, (_, i) => 2 * i), 'replace')")
    assert page.run(unkept) is True
    time.sleep(0.5)
    assert "s=" not in page.run("return location.hash")


def test_items_in_an_address_come_back(page):
    page.open(made(n=5, panels=1, regions=()))
    for items in ([], [0], [0, 1, 2], [5, 7, 8, 9, 300], list(range(0, 900, 7))):
        assert page.run("return m.pure.readItems(m.pure.writeItems(arguments[0]), 1000)", items) == items


def test_the_selection_is_saved_as_csv(page, tmp_path):
    texts = [*HOSTILE, 'a "quoted", text\nof two lines']
    page.open(made(n=len(texts), texts=texts))
    page.browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    page.run("m.select([0, 3, 5, 7, 8], 'replace')")
    page.press_button(".part-tools .link")
    target = downloaded(tmp_path / "a-map-of-texts-selection.csv")
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")  # spreadsheets know UTF-8 by it
    table = list(csv.reader(io.StringIO(target.read_text(encoding="utf-8-sig"), newline="")))
    assert table[0] == ["row", "topic", "residual", "text"]
    assert [row[0] for row in table[1:]] == ["100", "109", "115", "121", "124"]
    assert table[1][3] == HOSTILE[0]
    assert table[1][2] == ""  # NaN
    assert table[4][3] == "'" + HOSTILE[7]  # a spreadsheet must not run it
    assert table[5][3] == texts[8]
    assert [float(row[2]) for row in table[2:]] == page.contents.colourings[1].values[[3, 5, 7, 8]].tolist()


def test_no_cell_of_a_csv_is_a_formula(page):
    signs = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\n=1", "＝1", "＋1", "－1", "＠A", "-"]
    names = tuple(f"{sign} label" for sign in signs)
    page.open(
        made(
            n=len(signs),
            texts=signs,
            regions=(),
            colourings=(Labels(name="=topic", codes=np.arange(len(signs)), names=names),),
        )
    )
    page.run("m.select([...m.data.panels.keys(), ...Array(arguments[0]).keys()], 'replace')", len(signs))
    written = page.browser.driver.execute_async_script(
        "const done = arguments[0]; window.semascopeMap.csvOfSelection().then(done)"
    )
    table = list(csv.reader(io.StringIO(written, newline="")))
    assert table[0] == ["row", "'=topic", "text"]
    assert [row[2] for row in table[1:]] == [f"'{sign}" for sign in signs]
    assert [row[1] for row in table[1:]] == [f"'{name}" for name in names]


def test_numbers_keep_all_their_digits(page):
    numbers = np.array(
        [1_700_000_000_123.0, 16_777_217.0, 2024.0, -9_007_199_254_740_991.0, 1234.5678, 0.1, 0.0]
    )
    texts = [f"text {i}" for i in range(len(numbers))]
    page.open(made(n=7, texts=texts, regions=(), colourings=(Numbers(name="id", values=numbers),)))
    page.run("m.select([0, 1, 2, 3, 4, 5, 6], 'replace'); m.pin(1)")
    shown = page.run(
        "return [...document.querySelectorAll('.entry')].map(n => n.querySelector('.value').textContent)"
    )
    assert shown == ["1700000000123", "16777217", "2024", "−9007199254740991", "1234.57", "0.1", "0"]
    page.wait("document.querySelector('.pair bdi')")
    assert page.run("return document.querySelector('.pair bdi').textContent") == "16777217"
    ends = page.run("return [...document.querySelectorAll('.ends span')].map(n => n.textContent)")
    assert [ends[0], ends[2]] == ["−9007199254740991", "1700000000123"]
    written = page.browser.driver.execute_async_script(
        "const done = arguments[0]; window.semascopeMap.csvOfSelection().then(done)"
    )
    table = list(csv.reader(io.StringIO(written, newline="")))
    assert [float(row[1]) for row in table[1:]] == numbers.tolist()


def test_the_panels_are_saved_as_a_png(page, tmp_path):
    page.open(made())
    page.browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    before = pixels(page, [page.place(0, item) for item in range(40)])
    page.press_button(".png")
    sheet = picture(downloaded(tmp_path / "a-map-of-texts.png"))
    plan = page.run("return m.planSheet()")
    assert sheet.shape[:2] == (round(plan["height"] * 2), round(plan["width"] * 2))
    codes = page.contents.colourings[0].codes
    hues = [
        [int(hue[i : i + 2], 16) for i in (1, 3, 5)]
        for hue in page.run("return m.data.themes.light.hues")[:3]
    ]
    ranks = np.argsort(np.argsort(-np.bincount(codes), kind="stable"))
    for panel in range(4):
        left = 32 + panel % 2 * (plan["panelWidth"] + 24)
        top = plan["top"] + panel // 2 * (plan["panelHeight"] + 24 + 42)
        # its name and caption stand above it
        head = sheet[round(2 * top) : round(2 * top + 72), round(2 * left) : round(2 * left + 160)]
        assert (head < 120).all(axis=-1).sum() > 200
        places = np.array(
            page.run(f"return Array.from({{length: 300}}, (_, i) => m.screenPlace(m.panels[{panel}], i))")
        )
        at = np.round(2 * (places + np.array([left, top + 42]))).astype(int)
        drawn = sheet[at[:, 1], at[:, 0]].astype(int)
        like = np.abs(drawn - np.array(hues)[ranks[codes]]).max(axis=1) < 40
        assert like.mean() > 0.6  # others lie under a mark or a name
    legend = sheet[round(2 * plan["legendTop"]) :].reshape(-1, 3).astype(int)
    for hue in hues:
        assert (np.abs(legend - hue).max(axis=1) < 3).sum() > 100
    page.settle()
    assert pixels(page, [page.place(0, item) for item in range(40)]) == before  # the window is as it was
    assert page.console() == []


def test_a_png_shows_what_numbers_the_colours_stand_for(page):
    page.open(made(colourings=made().colourings[::-1]))
    sheet = page.run(
        "const p = m.planSheet(), s = m.sheetOf(); return [s.toDataURL(), p.legendTop, s.width / p.width]"
    )
    shown = picture(base64.b64decode(sheet[0].split(",")[1]))
    bar = shown[round((sheet[1] + 27) * sheet[2]), round(33 * sheet[2]) : round(290 * sheet[2])].astype(int)
    ramp = page.run("return m.data.themes.light.diverging")
    want = [[int(hue[i : i + 2], 16) for i in (1, 3, 5)] for hue in (ramp[0], ramp[3], ramp[-1])]
    np.testing.assert_allclose(bar[[0, len(bar) // 2, -1]], want, atol=8)


def test_the_keyboard_walks_selects_zooms_and_lets_go(page):
    page.open(made())
    page.show(0)
    page.run("m.panels[0].plot.focus()")
    page.press("ArrowRight")
    first = page.wait("m.state.hovered >= 0 && [m.state.hovered]")[0]
    page.press("ArrowRight")
    second = page.run("return m.state.hovered")
    coordinates = page.contents.panels[0].coordinates
    assert second != first and coordinates[second, 0] > coordinates[first, 0]
    spoken = f"Row {page.contents.rows[second]}, "
    page.wait(f"document.getElementById('announcer').textContent.startsWith('{spoken}')")
    page.press("Enter")
    assert page.selected == [second]
    page.press("ArrowUp")
    page.press("Enter", keys=SHIFT)
    assert len(page.selected) == 2
    assert page.run("return document.getElementById('announcer').textContent") == "2 texts selected"
    page.press("0")
    page.press("Escape")
    page.press("Escape")
    assert page.selected == []
    assert page.console() == []


def test_the_keyboard_zooms_to_a_text_and_selects_what_is_around_it(page):
    page.open(made())
    page.show(0)
    page.run("m.panels[0].plot.focus()")
    page.press("ArrowRight")
    page.press("ArrowRight")
    item = page.run("return m.state.hovered")
    before = page.place(0, item)
    for _ in range(3):
        page.press("+")
    page.settle()
    assert page.run("return m.state.views[0].zoom") == pytest.approx(1.5**3)
    assert page.run("return m.state.hovered") == item
    np.testing.assert_allclose(page.place(0, item), before, atol=0.5)
    left, top, *_ = page.corner(0)
    width, height = page.run("const r = m.panels[0].rect; return [r.width, r.height]")
    screen = on_screen(page, 0) - (left, top)
    seen = np.flatnonzero(((screen >= 0) & (screen <= (width, height))).all(axis=1))
    assert item in seen and len(seen) < 200
    page.press("a")
    assert page.selected == seen.tolist()
    page.press("0")
    page.press("a", keys=ALT)
    assert page.selected == []
    assert page.console() == []


def test_the_tab_key_reaches_everything_and_shows_where_it_is(page):
    page.open(made())
    page.run("m.select([1, 2], 'replace'); m.pin(1); document.activeElement.blur(); scrollTo(0, 0)")
    page.wait("document.querySelectorAll('.nearest-column li button').length === 20")
    want = page.run(
        "return [...document.querySelectorAll('button, input, select, a, summary, [tabindex]')]"
        ".filter(n => !n.disabled && n.tabIndex >= 0 && n.checkVisibility()).length"
    )
    reached = []
    for _ in range(want):
        page.press("Tab")
        reached.append(
            page.run(
                "const n = document.activeElement, s = getComputedStyle(n);"
                "const name = n.getAttribute('aria-label') || (n.labels && n.labels[0] && n.labels[0].textContent) || n.textContent.trim();"
                "return [n.className || n.id || n.tagName, name, s.outlineStyle !== 'none' || s.boxShadow !== 'none']"
            )
        )
    names = {what for what, *_ in reached}
    assert {"search-input", "tool lasso", "shared", "link png", "choice", "only", "region", "theme"} <= names
    assert sum(what.startswith("plot") for what, *_ in reached) == 4
    assert [each for each in reached if not each[1] or not each[2]] == []  # a name, and a visible focus


def test_the_keyboard_shows_and_hides_a_label(page):
    page.open(made())
    page.run("document.querySelector('.choice').focus()")
    page.press("Tab")
    assert page.run("return document.activeElement.dataset.code") == page.run(
        "return String(m.colourings[0].ranked[0])"
    )
    assert page.run(
        "return m.state.highlighted === m.colourings[0].ranked[0]"
    )  # its texts stand out while it is looked at
    page.press("Enter")
    assert page.run("return [m.state.hidden.size, m.state.highlighted]") == [1, None]
    page.press("Enter")
    assert page.run("return m.state.hidden.size") == 0
    assert page.run("return document.activeElement.className") == "label"  # the focus stays where it was


def test_fingers_add_and_take_away(page):
    page.open(made(), width=412, touch=True, ratio=2)

    def tap(x, y):
        page.touch("touchStart", [(x, y)])
        page.touch("touchEnd", [])
        time.sleep(0.4)  # two taps at once are a double tap

    def choose(how):
        page.run("document.querySelector('.toolbar').scrollIntoView({behavior: 'instant'})")
        tap(*page.run(
            "const r = document.querySelector('.tool.' + arguments[0]).getBoundingClientRect();"
            "return [r.left + r.width / 2, r.top + r.height / 2]", how))  # fmt: skip
        page.wait(f"m.state.how === '{how}'")
        page.show(0)

    page.show(0)
    page.run("m.setView(0, {x: 0.5, y: 0.5, zoom: 3})")
    page.settle()
    screen = on_screen(page, 0)
    left, top, width, height = page.corner(0)
    apart = np.linalg.norm(screen[:, None] - screen[None], axis=-1) + 1e9 * np.eye(len(screen))
    inside = ((screen > (left + 9, top + 9)) & (screen < (left + width - 9, top + height - 9))).all(axis=1)
    first, second = np.flatnonzero(inside & (apart.min(axis=1) > 4))[:2].tolist()
    tap(*page.place(0, first))
    assert page.selected == [first]
    choose("add")
    tap(*page.place(0, second))
    assert page.selected == sorted([first, second])
    choose("subtract")
    tap(*page.place(0, first))
    assert page.selected == [second]
    assert page.console() == []


def test_a_region_is_one_click_away(page):
    page.open(made())
    page.press_button(".region")
    assert page.selected == [3, 5, 8]
    assert page.run("return document.querySelector('.region').getAttribute('aria-pressed')") == "true"


def test_the_list_holds_only_rows_that_are_seen(page):
    page.open(made(n=5_000, panels=1, regions=()))
    page.run("m.select(Array.from({length: 5000}, (_, i) => i), 'replace')")
    assert 0 < page.run("return document.querySelectorAll('.entry').length") < 40
    page.run("document.querySelector('.list').scrollTop = 1e9")
    page.wait("document.querySelector('.entry:last-child .text').textContent.startsWith('text 4999')")


def test_hostile_texts_are_shown_and_never_run(page):
    names = tuple(f"{text[:200]}{i}" for i, text in enumerate(HOSTILE))
    page.open(
        made(
            n=len(HOSTILE),
            texts=list(HOSTILE),
            title=HOSTILE[0],
            finding=Finding(first=HOSTILE[1], rest=HOSTILE[0]),
            notes=HOSTILE[:3],
            regions=(Region(sentence=HOSTILE[0], rows=np.arange(8)),),
            colourings=(Labels(name=HOSTILE[1], codes=np.arange(8), names=names, note=HOSTILE[0]),),
        )
    )
    page.run("m.select([0,1,2,3,4,5,6,7], 'replace')")
    for item in range(8):
        page.run("m.pin(arguments[0]); m.hover(arguments[0], 0)", item)
        time.sleep(0.05)
    page.run("m.pin(4)")
    page.wait("document.querySelector('#nearest .more-count')")
    assert page.run("return document.querySelector('#nearest .more-count').textContent").endswith(
        "more characters"
    )
    page.run("m.pin(3)")
    page.wait("document.querySelector('#nearest .text').textContent.startsWith('שלום')")
    assert page.run("return getComputedStyle(document.querySelector('#nearest .text')).direction") == "rtl"
    assert "(empty text)" in page.run("return document.querySelector('.list').textContent")
    assert page.run("return window.pwned") is None
    assert page.run("return document.images.length") == 4
    assert page.run("return document.scripts.length") == 5
    assert page.console() == []


@pytest.mark.parametrize("panels", [1, 4, 16])
def test_the_page_never_scrolls_sideways(page, panels):
    page.open(made(panels=panels))
    for width in (1360, 768, 412):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        page.browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        page.settle()
        # A window is told of its new size by the browser's own clock: the page follows then, and must come to rest.
        deadline = time.monotonic() + 3
        while page.run("return document.documentElement.scrollWidth") > width and time.monotonic() < deadline:
            time.sleep(0.05)
        page.settle()
        assert page.run("return document.documentElement.scrollWidth") <= width
        wide = page.run(
            "return [...document.querySelectorAll('main *')].filter(n => !n.closest('.plot, #canvas')"
            " && n.getBoundingClientRect().right > innerWidth + 1).map(n => n.className)"
        )
        assert wide == []
        drawn = page.run(
            "const r = m.panels[0].rect; return [r.width, m.panels[0].plot.getBoundingClientRect().width]"
        )
        assert drawn[0] == drawn[1]  # what is drawn follows the window
    assert page.console() == []


@pytest.mark.parametrize(
    "odd",
    [
        "one",
        "no labels",
        "no place",
        "half a place",
        "one spot",
        "200 labels",
        "sixteen",
        "missing labels",
        "one label",
    ],
)
def test_odd_maps_open_and_answer(page, odd):
    n = 1 if odd == "one" else 250
    given = made(n=n, panels=16 if odd == "sixteen" else 2, regions=())
    place = given.panels[0].coordinates.copy()
    if odd == "no place":
        place[:] = np.nan
    if odd == "half a place":
        place[::2] = np.nan
    if odd == "one spot":
        place[:] = 3.0
    changes = {}
    if odd == "no labels":
        changes["colourings"] = ()
    if odd == "200 labels":
        names = tuple(f"label {i}" for i in range(200))
        changes["colourings"] = (Labels(name="many", codes=np.arange(n) % 200, names=names),)
    if odd == "one label":
        changes["colourings"] = (Labels(name="x", codes=np.zeros(n, dtype=np.int64), names=("a",)),)
    if odd == "missing labels":
        changes["colourings"] = (Labels(name="x", codes=np.where(np.arange(n) % 2, 0, -1), names=("a",)),)
    first = Panel(name="first", caption="", coordinates=place)
    page.open(replace(given, panels=(first, *given.panels[1:]), **changes))
    page.show(0)
    left, top, width, height = page.corner(0)
    page.move(left + width / 2, top + height / 2)
    page.drag(
        [
            (left + 3, top + 3),
            (left + width - 5, top + 3),
            (left + width - 5, top + height - 5),
            (left + 3, top + height - 5),
        ]
    )
    there = np.flatnonzero(np.isfinite(place).all(axis=1))
    assert page.selected == there.tolist()
    if odd == "200 labels":
        assert page.run("return document.querySelectorAll('.legend li').length") == 12
        page.run("document.querySelector('.legend-foot .next').click()")
        assert page.run("return document.querySelector('.legend-foot span').textContent") == "13–24 of 200"
    if odd == "one spot":
        page.move(left + width / 2, top + height / 2)
        page.wait("document.querySelector('.card').textContent.includes('and 249 more here')")
    unplaced = page.run("return [...document.querySelectorAll('.unplaced')].map(n => n.textContent)")
    assert unplaced == ([f"{n - len(there)} texts have no place here"] if len(there) < n else [])
    if odd == "one label":
        assert page.run("return document.querySelectorAll('.legend li').length") == 1
        assert page.run("return document.querySelectorAll('.only').length") == 0  # from nothing else
    if odd == "half a place":
        page.run("m.hover(0, 1)")
        assert page.run("return [m.panels[0].nowhere.hidden, m.panels[1].nowhere.hidden]") == [False, True]
    assert page.console() == []


def test_without_webgl2_there_is_a_message_and_a_still_picture(page):
    driver = page.browser.driver
    script = driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": "HTMLCanvasElement.prototype.getContext = () => null"},
    )["identifier"]
    try:
        page.path.write_text(render(made()), encoding="utf-8")
        driver.get_log("browser")
        driver.get(page.path.as_uri())
        assert "WebGL2" in page.run("return document.getElementById('warning').textContent")
        assert page.run(
            "return [...document.querySelectorAll('.still')].every(i => i.checkVisibility({visibilityProperty: true}) && i.naturalWidth > 0)"
        )
        page.run("document.querySelector('.region').click()")
        assert page.selected == [3, 5, 8]
        assert page.console() == []
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script})


def test_without_scripts_there_is_a_message_and_a_still_picture(page, browser):
    page.path.write_text(render(made()), encoding="utf-8")
    browser.open(page.path, scripts=False)
    assert browser.run("return typeof window.semascopeMap") == "undefined"
    assert "Scripts are off" in browser.run("return document.querySelector('noscript').textContent")
    seen = "return [...document.querySelectorAll(arguments[0])].map(n => n.checkVisibility({visibilityProperty: true}) && n.getBoundingClientRect().height > 50)"
    assert browser.run(seen, ".still") == [True] * 4
    assert (
        browser.run("return [...document.querySelectorAll('.needs-scripts')].some(n => n.checkVisibility())")
        is False
    )
    # the picture holds every mark in the colour of its label
    shot = browser.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})["data"]
    colours = {tuple(colour) for colour in picture(base64.b64decode(shot)).reshape(-1, 3).tolist()}
    assert {tuple(bytes.fromhex(hue[1:])) for hue in LIGHT_HUES[:3]} <= colours


def test_a_lost_drawing_comes_back(page):
    page.open(made())
    page.show(0)
    time.sleep(0.2)
    places = [page.place(0, item) for item in range(0, 300, 7)]
    before = pixels(page, places)
    page.run(
        "window.lost = document.getElementById('canvas').getContext('webgl2').getExtension('WEBGL_lose_context'); lost.loseContext()"
    )
    page.wait("!document.documentElement.classList.contains('live')")
    warning = "return document.getElementById('warning').checkVisibility() && document.getElementById('warning').textContent"
    assert "stopped drawing" in page.run(warning)
    assert page.run(
        "return [...document.querySelectorAll('.still')].every(n => n.checkVisibility({visibilityProperty: true}))"
    )
    page.run("m.select([7, 14], 'replace'); m.select([], 'replace')")  # the page goes on
    page.run("lost.restoreContext()")
    page.wait("document.documentElement.classList.contains('live')")
    page.settle()
    page.show(0)
    time.sleep(0.2)
    assert page.run(warning) is False
    assert pixels(page, [page.place(0, item) for item in range(0, 300, 7)]) == before
    page.click(*page.place(0, 14))
    assert len(page.selected) == 1
    assert [line for line in page.console() if "CONTEXT_LOST" not in line] == []


def test_what_has_not_changed_is_not_drawn_again(page):
    page.open(made())
    time.sleep(0.4)
    assert page.run("return m.drawn()") == 1  # opened
    page.run("m.panels[0].plot.scrollIntoView({block: 'start', behavior: 'instant'})")
    time.sleep(0.2)
    drawn = page.run("return m.drawn()")
    page.run("scrollBy({top: 20, behavior: 'instant'})")  # the same panels are in the window
    time.sleep(0.2)
    assert page.run("return m.drawn()") == drawn


def test_panels_that_a_taller_window_shows_are_drawn(page):
    page.open(made(panels=6), width=412)  # as wide as before: only the window's height changes
    page.run("for (const p of m.panels) p.names.remove(); scrollTo(0, 0)")
    page.settle()
    size = {"width": 412, "height": 3000, "deviceScaleFactor": 1, "mobile": True}
    page.browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.wait("innerHeight === 3000")
    time.sleep(0.3)
    page.settle()
    for panel in range(6):
        seen = np.array(pixels(page, [page.place(panel, item) for item in range(30)]))
        assert (seen.min(axis=1) < 235).mean() > 0.7


def test_the_page_asks_for_nothing_but_itself(page, browser):
    page.open(made())
    page.run("m.select([1, 2], 'replace'); m.pin(1)")
    time.sleep(0.3)
    assert [
        url for url in browser.requests() if not url.startswith(("blob:", "about:", page.path.as_uri()))
    ] == []


def test_a_script_put_into_the_page_is_refused(page):
    page.path.write_text(
        render(made()).replace("</main>", "<script>window.pwned = 9</script></main>"), encoding="utf-8"
    )
    page.again()
    assert page.run("return window.pwned") is None
    assert any("Content Security Policy" in line for line in page.console())


def test_the_theme_changes_the_marks_too(page):
    page.open(made())
    before = page.run("return m.drawn()")
    page.run("document.querySelector('.theme').click()")
    page.wait(f"m.drawn() > {before}")
    assert page.run("return document.documentElement.dataset.theme") == "dark"
    hues = page.run(
        "return [...document.querySelectorAll('.legend .swatch path')].map(p => p.getAttribute('fill'))"
    )
    assert hues == page.run("return m.data.themes.dark.hues.slice(0, 3)")


def test_pure_functions_agree_with_python(page):
    page.open(made(n=5, panels=1, regions=()))
    rng = np.random.default_rng(3)
    points = rng.random((500, 2)).astype(np.float32)
    corners = rng.random((9, 2))
    got = page.run(
        "return m.pure.insidePolygon(Float32Array.from(arguments[0]), arguments[1])",
        points.ravel().tolist(),
        corners.tolist(),
    )
    assert got == brute_force(points.astype(float), corners.tolist())
    for x, y in rng.random((20, 2)):
        near = page.run(
            "const p = Float32Array.from(arguments[0]); return m.pure.nearestItem(m.pure.gridOf(p), p, arguments[1], arguments[2], 0.1, () => true)",
            points.ravel().tolist(), x, y,
        )  # fmt: skip
        apart = ((points - (x, y)) ** 2).sum(axis=1)
        assert near == (int(apart.argmin()) if apart.min() < 0.01 else -1)
    assert page.run("return m.pure.foundIn('Red tide\\0red\\0tide RED\\0', ['red', 'tide'])") == [0, 2]
    assert page.run("return m.pure.wordsOf('Red  \"two words\"')") == ["red", "two words"]
    assert page.run(
        "return ['a', 'a,b', '-3.5', '-x', '@y', '\\r=1', '+1.5e-3', '-1+1'].map(m.pure.csvCell)"
    ) == [
        "a",
        '"a,b"',
        "-3.5",
        "'-x",
        "'@y",
        '"\'\r=1"',
        "+1.5e-3",
        "'-1+1",
    ]
    assert page.run("return m.pure.cut('ab\\ud83d\\ude00', 3)") == {"text": "ab", "more": 2}

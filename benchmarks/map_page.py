"""How fast the linked page is, in headless Chromium with software rendering, beside its size.

    python benchmarks/map_page.py                         # 4 x 100,000 points, texts of 60 characters
    python benchmarks/map_page.py --panels 16 --points 20000
    python benchmarks/map_page.py --points 1000000 --characters 20
    python benchmarks/map_page.py --without-plotly        # ours alone

Made-up layouts: ten groups of points at other places in each panel. Medians of five, hover as the 95th percentile of
300 moves. "ready" is from the start of the navigation to the first picture finished by the renderer; "lasso" from
mouse up to the panels in the window drawn, with half of the points inside; "search" to the found texts, the first one a
second after the page was ready; "search drawn" until they are drawn too.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from semascope.maps.contents import Finding, Labels, MapContents, Panel
from semascope.maps.drawing.page import render

WORDS = (
    "sky",
    "tide",
    "paper",
    "house",
    "red",
    "moves",
    "slow",
    "bright",
    "river",
    "stone",
    "glass",
    "song",
    "the",
    "of",
)
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--hide-scrollbars",
)

READY = """
const done = arguments[0];
(function look() {
  const m = window.semascopeMap;
  if (m && m.drawn() > 0) { m.finish(); done(performance.now()); } else setTimeout(look, 1);
})();"""

LASSO = """
const done = arguments[0], m = window.semascopeMap, plot = m.panels[0].plot, b = plot.getBoundingClientRect();
const send = (kind, x, y) => plot.dispatchEvent(new PointerEvent(kind, {
  clientX: b.left + x, clientY: b.top + y, pointerId: 1, button: 0, bubbles: true, pointerType: "mouse"}));
const xs = Array.from(m.places[0].filter((_, i) => i % 2 === 0)).sort((p, q) => p - q);
const half = m.pure.toScreen(xs[Math.floor(xs.length / 2)], 0, b.width, b.height, m.state.views[0])[0];
const times = [];
function one() {
  send("pointerdown", 1, 1);
  for (let i = 0; i <= 30; i++) send("pointermove", 1 + half * i / 30, 1);
  for (let i = 0; i <= 30; i++) send("pointermove", half, 1 + (b.height - 3) * i / 30);
  for (let i = 0; i <= 30; i++) send("pointermove", half * (1 - i / 30), b.height - 2);
  setTimeout(() => {
    m.finish();
    const start = performance.now();
    send("pointerup", 1, b.height / 2);
    const before = m.drawn();
    (function look() {
      if (m.drawn() === before) return setTimeout(look, 0);
      m.finish();
      times.push(performance.now() - start);
      if (times.length < 5) setTimeout(one, 300);
      else done([times, m.state.selectedItems.length / m.data.n]);
    })();
  }, 100);
}
one();"""

HOVER = """
const done = arguments[0], m = window.semascopeMap, plot = m.panels[1 % m.panels.length].plot, b = plot.getBoundingClientRect();
const times = [];
m.select([], "replace");
(function one() {
  const k = times.length, start = performance.now();
  plot.dispatchEvent(new PointerEvent("pointermove", {
    clientX: b.left + 10 + (k * 37) % (b.width - 20), clientY: b.top + 10 + (k * 23) % (b.height - 20),
    pointerId: 1, bubbles: true, pointerType: "mouse"}));
  m.textOf(Math.max(0, m.state.hovered)).then(() => {
    document.querySelector(".card").getBoundingClientRect();
    times.push(performance.now() - start);
    if (times.length < 300) requestAnimationFrame(one);
    else done(times);
  });
})();"""

SEARCH = """
const done = arguments[1], m = window.semascopeMap, start = performance.now();
m.search(arguments[0]).then(items => {
  const found = performance.now() - start;
  requestAnimationFrame(() => setTimeout(() => { m.finish(); done([found, performance.now() - start, items.length]); }, 0));
});"""


# Drawing is asynchronous: reading a pixel back waits for the renderer.
PLOTLY_FINISH = """
const finish = () => { for (const canvas of document.querySelectorAll("canvas")) {
  const gl = canvas.getContext("webgl") || canvas.getContext("webgl2");
  if (gl) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)); } };
"""
PLOTLY_READY = (
    PLOTLY_FINISH
    + """
const done = arguments[0];
(function look() {
  const plot = document.querySelector(".js-plotly-plot");
  if (!plot || !plot.calcdata || !document.querySelector(".gl-canvas-focus, .gl-canvas")) return setTimeout(look, 5);
  requestAnimationFrame(() => setTimeout(() => { finish(); done(performance.now()); }, 0));
})();"""
)
PLOTLY_SELECT = (
    PLOTLY_FINISH
    + """
const done = arguments[0], plot = document.querySelector(".js-plotly-plot"), times = [];
const half = Array.from({length: Math.floor(plot.data[0].x.length / 2)}, (_, i) => i * 2);
function one() {
  const start = performance.now(), chosen = times.length % 2 ? null : half;
  Plotly.restyle(plot, {selectedpoints: plot.data.map(() => chosen)}).then(() => requestAnimationFrame(() => setTimeout(() => {
    finish();
    if (chosen) times.push(performance.now() - start); else times.push(NaN);
    if (times.length < 6) setTimeout(one, 300); else done(times.filter(t => t === t));
  }, 0)));
}
one();"""
)
PLOTLY_HOVER = """
const done = arguments[0], plot = document.querySelector(".js-plotly-plot"), times = [], trace = plot.data[1 % plot.data.length];
(function one() {
  const k = times.length, start = performance.now(), i = (k * 7919) % trace.x.length;
  Plotly.Fx.hover(plot, {xval: trace.x[i], yval: trace.y[i]}, plot.data.length > 1 ? "x2y2" : "xy");
  document.querySelector(".hoverlayer").getBoundingClientRect();
  times.push(performance.now() - start);
  if (times.length < 300) requestAnimationFrame(one); else done(times);
})();"""


def plotly_page(contents: MapContents) -> str:
    """The same points as plain Plotly draws them, with its library inside."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    columns = min(2, len(contents.panels)) if len(contents.panels) < 9 else 4
    rows = -(-len(contents.panels) // columns)
    figure = make_subplots(rows=rows, cols=columns, subplot_titles=[panel.name for panel in contents.panels])
    codes = contents.colourings[0].codes  # type: ignore[union-attr]
    for place, panel in enumerate(contents.panels):
        trace = go.Scattergl(
            x=panel.coordinates[:, 0].tolist(), y=panel.coordinates[:, 1].tolist(), mode="markers",
            marker={"color": codes.tolist(), "size": 4}, hovertext=list(contents.texts), hoverinfo="text",
        )  # fmt: skip
        figure.add_trace(trace, row=place // columns + 1, col=place % columns + 1)
    figure.update_layout(width=1400, height=max(850, 400 * rows), dragmode="lasso", showlegend=False)
    return str(figure.to_html(include_plotlyjs=True, full_html=True))


def measure_plotly(page: Path) -> dict[str, float]:
    """Milliseconds of plain Plotly."""
    driver = start_browser()
    try:
        ready = []
        for _ in range(3):
            driver.get("about:blank")
            driver.get(page.as_uri())
            ready.append(driver.execute_async_script(PLOTLY_READY))
        chosen = driver.execute_async_script(PLOTLY_SELECT)
        hover = sorted(driver.execute_async_script(PLOTLY_HOVER))
        return {"ready": statistics.median(ready), "lasso": statistics.median(chosen), "hover": hover[285]}
    finally:
        driver.quit()


def make_contents(points: int, panels: int, characters: int) -> MapContents:
    """Ten groups, at other places in each panel."""
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 10, points)
    centres = rng.normal(size=(panels, 10, 2)) * 6
    chosen = rng.integers(0, len(WORDS), (points, max(1, characters // 5)))
    return MapContents(
        title=f"{panels} x {points:,}",
        finding=Finding(first="nothing stands out"),
        texts=[f"{' '.join(WORDS[w] for w in row)} {i}" for i, row in enumerate(chosen)],
        rows=np.arange(points),
        panels=tuple(
            Panel(
                name=f"space {p}", caption="", coordinates=centres[p, groups] + rng.normal(size=(points, 2))
            )
            for p in range(panels)
        ),
        colourings=(Labels(name="group", codes=groups, names=tuple(f"group {g}" for g in range(10))),),
    )


def start_browser() -> Any:
    """Headless Chromium without a GPU."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in ARGUMENTS:
        options.add_argument(argument)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(120)
    size = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    return driver


def measure(page: Path) -> dict[str, float]:
    """Print the figures of one page; milliseconds."""
    driver = start_browser()
    try:
        ready = []
        for _ in range(5):
            driver.get("about:blank")
            driver.get(page.as_uri())
            ready.append(driver.execute_async_script(READY))
        print(f"ready         {statistics.median(ready):7.0f} ms")
        driver.execute_script("document.getElementById('stage').scrollIntoView({behavior: 'instant'})")
        time.sleep(1)
        first = driver.execute_async_script(SEARCH, "tide 99")
        print(f"search        {first[0]:7.0f} ms, drawn {first[1]:.0f} ms, first, {first[2]:,} found")
        later = [
            driver.execute_async_script(SEARCH, query)
            for query in ("river stone song", "glass 4", "sky red 7")
        ]
        found, drawn = (statistics.median(each[i] for each in later) for i in (0, 1))
        print(f"search        {found:7.0f} ms, drawn {drawn:.0f} ms, later ones")
        lasso, share = driver.execute_async_script(LASSO)
        print(f"lasso         {statistics.median(lasso):7.0f} ms, {share:.0%} of the points")
        hover = sorted(driver.execute_async_script(HOVER))
        print(f"hover         {hover[285]:7.1f} ms p95, {hover[150]:.1f} ms median")
        return {"ready": statistics.median(ready), "lasso": statistics.median(lasso), "hover": hover[285]}
    finally:
        driver.quit()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--panels", type=int, default=4)
    parser.add_argument("--characters", type=int, default=60)
    parser.add_argument("--without-plotly", action="store_true", help="measure our page alone")
    given = parser.parse_args()
    print("command: python benchmarks/map_page.py " + " ".join(sys.argv[1:]))
    contents = make_contents(given.points, given.panels, given.characters)
    start = time.perf_counter()
    page = render(contents)
    print(f"made in       {time.perf_counter() - start:7.1f} s")
    texts = len(page[page.index('id="texts">') : page.rindex("<script>")])
    print(f"file          {len(page) / 1e6:7.2f} MB, {(len(page) - texts) / 1e6:.2f} MB without the texts")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.html"
        path.write_text(page, encoding="utf-8")
        ours = measure(path)
        if given.without_plotly:
            return
        other = plotly_page(contents)
        path.write_text(other, encoding="utf-8")
        theirs = measure_plotly(path)
    print(f"plain Plotly  file {len(other) / 1e6:.1f} MB")
    for name, value in theirs.items():
        print(f"  {name:6} {value:9.1f} ms, {value / ours[name]:.1f} times ours")


if __name__ == "__main__":
    main()

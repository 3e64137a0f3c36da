// The panels: where they stand, the canvas under them, and what lies over the points (rings, names, the lasso).

const stage = document.getElementById("stage");
const canvas = document.getElementById("canvas");
const plots = Array.from(document.querySelectorAll(".plot"));
const TALLEST = 8192; // device pixels of the canvas; a taller stage is covered by a window that follows the reader

const panels = plots.map((plot, index) => {
  const over = make("div", "over");
  const names = make("div", "names");
  const lines = drawn("svg", { class: "lines", "aria-hidden": "true" });
  const lasso = drawn("svg", { class: "outline", "aria-hidden": "true" });
  const lassoPath = drawn("path", { d: "" });
  lasso.append(lassoPath);
  const pinRing = make("div", "ring pinned"), ring = make("div", "ring"), nowhere = make("p", "nowhere", "this text has no place here");
  for (const node of [pinRing, ring, nowhere]) node.hidden = true;
  over.append(names, lines, pinRing, ring, nowhere, lasso);
  plot.append(over);
  plot.tabIndex = 0;
  plot.setAttribute("role", "application");
  plot.setAttribute("aria-roledescription", "map");
  plot.setAttribute("aria-label", data.panels[index].name + ", " + plural(data.panels[index].placed, "text") + ". Arrow keys walk from text to text, Enter selects.");
  return { index, plot, names, lines, lassoPath, ring, pinRing, nowhere, places: places[index], grid: null, labels: null, rect: null };
});

function gridIn(panel) {
  if (!panel.grid) panel.grid = gridOf(panel.places);
  return panel.grid;
}

let canvasTop = 0; // CSS pixels below the top of the stage
let ratio = 1;
let renderer = null;
let marks = null;
let stale = { marks: true, states: true, overlays: true };
let frame = 0;
let framesDrawn = 0;

// Says whether anything has moved since the last time.
let measured = "";
function measure() {
  const box = stage.getBoundingClientRect();
  for (const panel of panels) {
    const rect = panel.plot.getBoundingClientRect();
    panel.rect = { panel: panel.index, left: rect.left - box.left, top: rect.top - box.top, width: rect.width, height: rect.height };
  }
  ratio = Math.min(window.devicePixelRatio || 1, 3);
  const most = Math.floor(TALLEST / ratio);
  const height = Math.min(Math.ceil(box.height), Math.max(most, Math.ceil(innerHeight)));
  const width = Math.ceil(box.width);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
  }
  const now = JSON.stringify([ratio, panels.map(panel => panel.rect)]);
  if (now === measured) return false;
  measured = now;
  forgetNames(); // narrow panels get fewer of them
  return true;
}

// Keeps the canvas where the reader is, when the stage is taller than it; says whether it has moved.
function followReader() {
  const height = canvas.height / ratio;
  const box = stage.getBoundingClientRect();
  const spare = Math.max(0, Math.ceil(box.height) - height);
  const seenTop = -box.top, seenBottom = innerHeight - box.top;
  const before = canvasTop;
  if (spare === 0) canvasTop = 0;
  else if (canvasTop > Math.max(0, seenTop) || canvasTop + height < Math.min(box.height, seenBottom))
    canvasTop = Math.round(Math.min(spare, Math.max(0, (seenTop + seenBottom - height) / 2)));
  canvas.style.transform = "translateY(" + canvasTop + "px)";
  return canvasTop !== before;
}

// Panels in the window or close to it: only these are drawn.
const CLOSE = 80; // CSS pixels
let seenLast = "";
function panelsSeen() {
  const top = stage.getBoundingClientRect().top;
  return panels.filter(({ rect }) => top + rect.top < innerHeight + CLOSE && top + rect.top + rect.height > -CLOSE);
}

// Whether the reader has come to look at something that the last drawing did not hold.
function looksElsewhere() {
  const followed = followReader();
  return followed || panelsSeen().map(panel => panel.index).join() !== seenLast;
}

function invalidate(what) {
  if (what) stale[what] = true;
  if (!frame) frame = requestAnimationFrame(redraw);
}
function redraw() {
  frame = 0;
  if (!renderer) return;
  if (stale.marks) marks = marksOf(currentColouring(), theme(), count);
  if (stale.marks || stale.states) renderer.upload(marks);
  stale = { marks: false, states: false, overlays: false };
  const seen = panelsSeen();
  seenLast = seen.map(panel => panel.index).join();
  renderer.draw(seen.map(panel => ({ ...panel.rect, top: panel.rect.top - canvasTop })), ratio);
  panels.forEach(placeOverlays);
  framesDrawn++;
}

function screenPlace(panel, item) {
  const { width, height } = panel.rect;
  return toScreen(panel.places[2 * item], panel.places[2 * item + 1], width, height, state.views[panel.index]);
}
function isIn(panel, [x, y]) {
  return x >= 0 && y >= 0 && x <= panel.rect.width && y <= panel.rect.height;
}
function putAt(node, [x, y]) {
  node.style.transform = "translate(" + x.toFixed(1) + "px," + y.toFixed(1) + "px)";
}

function placeRing(panel, node, item) {
  const at = item < 0 ? null : screenPlace(panel, item);
  node.hidden = !at || !(at[0] === at[0]) || !isIn(panel, at);
  if (!node.hidden) putAt(node, at);
}
function placeOverlays(panel) {
  placeRing(panel, panel.ring, state.hovered);
  placeRing(panel, panel.pinRing, state.pinned);
  const item = state.hovered;
  panel.nowhere.hidden = !(item >= 0 && !(panel.places[2 * item] >= 0));
  placeLines(panel);
  placeNames(panel);
}

// Lines from the pinned text to its neighbours in this space.
function placeLines(panel) {
  const neighbours = state.pinned < 0 ? [] : neighborsIn(panel.index, state.pinned);
  const from = state.pinned < 0 ? [NaN, NaN] : screenPlace(panel, state.pinned);
  const nodes = [];
  if (from[0] === from[0]) {
    for (const other of neighbours) {
      const to = screenPlace(panel, other);
      if (!(to[0] === to[0])) continue;
      nodes.push(drawn("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }));
      nodes.push(drawn("circle", { cx: to[0], cy: to[1], r: panel.rect.width < 260 ? 2.5 : 4 }));
    }
  }
  if (nodes.length || panel.lines.childNodes.length) panel.lines.replaceChildren(...nodes);
}

// Names of labels on the map while it is far out; those that would lie on another are left out.
const MOST_NAMES = 24;
const GATHERED = 0.25; // share of a label's texts that lie where its name stands; below it the name would mislead
const FEWEST_GATHERED = 5; // texts there: of fewer, chance lays as many together
const NAMES_UNTIL = 5; // times enlarged
function placeNames(panel) {
  const colouring = currentColouring();
  const wanted = colouring && colouring.kind === "labels" && state.views[panel.index].zoom < NAMES_UNTIL && state.highlighted === null;
  panel.names.hidden = !wanted;
  if (!wanted) return;
  if (!panel.labels) {
    const shown = colouring.ranked.slice(0, panel.rect.width < 260 ? 6 : MOST_NAMES).filter(code => colouring.sizes[code] >= 3 && !state.hidden.has(code));
    panel.labels = labelPlaces(panel.places, colouring.codes, shown).filter(label => label.share >= GATHERED && label.points >= FEWEST_GATHERED);
    panel.names.replaceChildren(...panel.labels.map(({ code }) => {
      const node = make("bdi", "name", brief(colouring.names[code], panel.rect.width < 260 ? 18 : 28) || "(empty)");
      return node;
    }));
    panel.labels.forEach((label, i) => {
      label.width = panel.names.children[i].offsetWidth;
      label.word = panel.names.children[i].textContent;
    });
  }
  const taken = [];
  const { width, height } = panel.rect;
  panel.labels.forEach((label, i) => {
    const node = panel.names.children[i];
    const [x, y] = toScreen(label.x, label.y, width, height, state.views[panel.index]);
    const half = label.width / 2 + 4;
    const left = Math.min(Math.max(x, half), width - half), top = Math.min(Math.max(y, 10), height - 10);
    const outside = x < 0 || y < 0 || x > width || y > height;
    const overlaps = taken.some(other => Math.abs(other.left - left) < other.half + half && Math.abs(other.top - top) < 17);
    const hide = outside || overlaps || (state.selectedItems.length > 0 && taken.length >= 8);
    node.classList.toggle("off", hide);
    label.at = hide ? null : [left, top];
    if (hide) return;
    taken.push({ left, top, half });
    putAt(node, label.at);
  });
}
function forgetNames() {
  for (const panel of panels) panel.labels = null;
}

function startDrawing() {
  try {
    renderer = rendererOn(canvas);
  } catch (error) {
    renderer = null;
  }
  showLive(renderer ? "" : "This browser does not offer WebGL2, so the maps are still pictures. Search, colours and the list of texts work.");
  if (!renderer) return;
  // A browser takes the drawing away when graphics memory is short or the driver restarts, and may give it back.
  canvas.addEventListener("webglcontextlost", event => {
    event.preventDefault(); // asks for it to be given back
    showLive("The browser has stopped drawing the maps; they are still pictures until it goes on. If it does not, load the page again.");
  });
  canvas.addEventListener("webglcontextrestored", () => {
    renderer.setUp();
    showLive("");
    invalidate("marks");
  });
}
// why: what keeps the maps from being drawn, empty when nothing does.
function showLive(why) {
  const warning = document.getElementById("warning");
  warning.textContent = why;
  warning.hidden = !why;
  document.documentElement.classList.toggle("live", !why);
}

on("hover", () => panels.forEach(panel => {
  placeRing(panel, panel.ring, state.hovered);
  panel.nowhere.hidden = !(state.hovered >= 0 && !(panel.places[2 * state.hovered] >= 0));
}));
on("pin view", () => invalidate("overlays"));
on("selection highlight", () => invalidate("states"));
on("selection", () => stage.classList.toggle("selecting", state.selectedItems.length > 0));
on("hidden", () => {
  forgetNames();
  invalidate("states");
});
on("colouring", () => {
  forgetNames();
  invalidate("marks");
});
on("theme", () => invalidate("marks"));

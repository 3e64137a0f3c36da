// The nearest texts of the pinned one, in each space, side by side.

const packedNeighbors = JSON.parse(document.getElementById("neighbors").textContent);
const openNeighbors = packedNeighbors.map(() => null);
function neighborsIn(panel, item) {
  if (!packedNeighbors[panel]) return [];
  if (!openNeighbors[panel]) openNeighbors[panel] = unpackNeighbors(packedNeighbors[panel], count);
  return openNeighbors[panel](item);
}

const nearest = document.getElementById("nearest");
const NEIGHBOURS_SHOWN = 10;
const WHOLE_TEXT = 1200; // characters of the pinned text shown at first

// How many of the spaces hold each text among the neighbours shown.
function sharedCounts(columns) {
  const counts = new Map();
  for (const column of columns) for (const item of column || []) counts.set(item, (counts.get(item) || 0) + 1);
  return counts;
}

async function showNearest() {
  const item = state.pinned;
  if (item < 0) {
    nearest.hidden = true;
    nearest.replaceChildren();
    return;
  }
  const text = await textOf(item).catch(() => "");
  if (item !== state.pinned) return;
  const head = make("div", "pinned-text");
  const title = make("h2", "", "Row " + grouped(rowOf(item)));
  const close = button("link close", "Close", () => pin(-1), "Close row " + rowOf(item));
  const values = make("p", "meta");
  for (const colouring of colourings) {
    const pair = make("span", "pair");
    pair.append(make("span", "key", brief(colouring.name, 40)), " ", make("bdi", "", brief(wordOf(colouring, item), 400)));
    values.append(pair);
  }
  const words = make("p", "text");
  textInto(words, text, WHOLE_TEXT);
  const titleLine = make("div", "part-head");
  titleLine.append(title, close);
  head.append(titleLine, values, words);
  if (text.length > WHOLE_TEXT) {
    const more = button("link", "Show the whole text", () => {
      textInto(words, text, text.length);
      more.remove();
    });
    head.append(more);
  }
  nearest.replaceChildren(head);
  if (packedNeighbors.some(Boolean)) nearest.append(nearestColumns(item));
  nearest.hidden = false;
}

function nearestColumns(item) {
  const columns = panels.map(panel => (packedNeighbors[panel.index] ? neighborsIn(panel.index, item).slice(0, NEIGHBOURS_SHOWN) : null));
  const counts = sharedCounts(columns);
  const all = columns.filter(Boolean).length;
  const part = make("div", "");
  part.append(make("h3", "", "Nearest in each space"));
  if (all > 1) {
    const lead = make("p", "hint");
    const inAll = Array.from(counts.values()).filter(number => number === all).length;
    lead.textContent = "In full dimension, nearest first. " + (inAll ? plural(inAll, "text") + " near it in every space shown" : "No text is near it in every space") + "; a bar marks texts that are near in this space only.";
    part.append(lead);
  }
  const grid = make("div", "nearest-grid");
  columns.forEach((column, index) => {
    const one = make("div", "nearest-column");
    one.append(make("h4", "", brief(data.panels[index].name, 60)));
    if (!column) one.append(make("p", "hint", "no vectors of this space"));
    else {
      const rows = make("ol", "");
      for (const other of column) rows.append(nearestRow(other, counts.get(other) === 1 && all > 1));
      one.append(rows);
    }
    grid.append(one);
  });
  part.append(grid);
  return part;
}
function nearestRow(item, alone) {
  const row = make("li", alone ? "alone" : "");
  const inner = button("entry-button", "", () => pin(item));
  const meta = make("span", "meta"), text = make("span", "text");
  metaInto(meta, item);
  inner.append(meta, text);
  inner.addEventListener("pointerenter", () => hover(item, -1));
  inner.addEventListener("pointerleave", () => hover(-1, -1));
  inner.addEventListener("focus", () => hover(item, -1));
  row.append(inner);
  textOf(item).then(words => textInto(text, words, 140), () => textInto(text, "", 1));
  return row;
}
on("pin colouring theme", showNearest);

// The picture that a reader takes away: all panels on one sheet, finer than on the screen, with the finding above and
// the legend below.

const SHEET = { margin: 32, gap: 24, head: 42, legendRow: 22, legendColumn: 210, mostLabels: 40, mostPixels: 64e6 };

async function exportPng() {
  const sheet = sheetOf();
  const blob = await new Promise(done => sheet.toBlob(done, "image/png"));
  save(blob, fileName(".png"));
  return { width: sheet.width, height: sheet.height, size: blob.size };
}

function sheetOf() {
  const plan = planSheet();
  const sheet = document.createElement("canvas");
  const scale = Math.min(Math.max(2, ratio), Math.sqrt(SHEET.mostPixels / (plan.width * plan.height)));
  sheet.width = Math.round(plan.width * scale);
  sheet.height = Math.round(plan.height * scale);
  const pen = sheet.getContext("2d");
  pen.scale(scale, scale);
  pen.fillStyle = getComputedStyle(document.body).backgroundColor;
  pen.fillRect(0, 0, plan.width, plan.height);
  plan.opening.forEach(line => write(pen, line, SHEET.margin, line.y));
  drawPanels(pen, plan, scale);
  drawLegend(pen, plan);
  return sheet;
}

// Fonts and colours of the page, as a canvas takes them.
function faces() {
  const style = getComputedStyle(document.documentElement), body = getComputedStyle(document.body);
  const soft = getComputedStyle(document.querySelector(".reading")).color;
  return { serif: style.getPropertyValue("--serif"), sans: style.getPropertyValue("--sans"), ink: body.color, soft };
}

function planSheet() {
  const { margin, gap, head, legendRow } = SHEET;
  const { serif, sans, ink, soft } = faces();
  const columns = Math.max(1, panels.filter(panel => Math.abs(panel.rect.top - panels[0].rect.top) < 4).length);
  const { width: panelWidth, height: panelHeight } = panels[0].rect;
  const rows = Math.ceil(panels.length / columns);
  const width = Math.max(480, 2 * margin + columns * panelWidth + (columns - 1) * gap);
  const inner = width - 2 * margin;
  const opening = [];
  let y = margin + 8;
  const add = (text, font, colour, leading, most) => {
    for (const line of wrapped(text, font, inner, most)) {
      opening.push({ text: line, font, colour, y });
      y += leading;
    }
  };
  add(data.title, "600 14px " + sans, soft, 26, 1);
  add(data.headline, "600 20px " + serif, ink, 27, 5);
  add(data.standfirst, "15px " + serif, ink, 22, 5);
  if (state.selectedItems.length) add(plural(state.selectedItems.length, "text") + " of " + grouped(count) + " selected", "14px " + sans, soft, 22, 1);
  const top = y + 2;
  const entries = legendEntries();
  const perRow = Math.max(1, Math.floor(inner / SHEET.legendColumn));
  const legendTop = top + rows * (head + panelHeight + gap) + 8;
  const legendHeight = !currentColouring() ? 0 : 26 + (entries ? Math.ceil(entries.length / perRow) * legendRow : 40);
  return { width, height: legendTop + legendHeight + margin - 8, opening, top, columns, panelWidth, panelHeight, entries, perRow, legendTop, inner };
}

const ruler = document.createElement("canvas").getContext("2d");
// Lines of at most `width`, at most `most` of them; the last one says with dots that there is more.
function wrapped(text, font, width, most) {
  if (!ruler || !text) return text ? [text] : [];
  ruler.font = font;
  const lines = [];
  let line = "";
  for (const word of brief(text, 2000).split(/[ \t\r\n]+/)) { // a fixed space holds "55 %" together
    const longer = line ? line + " " + word : word;
    if (line && ruler.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  const shown = lines.slice(0, most);
  if (lines.length > most) shown[most - 1] += " …";
  return shown.map(each => fitted(each, width));
}
// One line of at most `width` in the font that the ruler has.
function fitted(text, width) {
  if (ruler.measureText(text).width <= width) return text;
  const letters = Array.from(text);
  while (letters.length > 1 && ruler.measureText(letters.join("") + "…").width > width) letters.pop();
  return letters.join("") + "…";
}
function write(pen, { text, font, colour }, x, y) {
  pen.font = font;
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

function drawPanels(pen, plan, scale) {
  const { margin, gap, head } = SHEET;
  const { sans, ink, soft } = faces();
  const { panelWidth: width, panelHeight: height } = plan;
  const before = { width: canvas.width, height: canvas.height };
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  panels.forEach((panel, place) => {
    const left = margin + (place % plan.columns) * (width + gap), up = plan.top + Math.floor(place / plan.columns) * (height + head + gap);
    const line = (text, font, colour, y) => wrapped(text, font, width, 1).forEach(each => write(pen, { text: each, font, colour }, left, y));
    line(data.panels[panel.index].name, "600 15px " + sans, ink, up + 16);
    line(data.panels[panel.index].caption, "12px " + sans, soft, up + 33);
    pen.fillStyle = theme().paper;
    pen.fillRect(left, up + head, width, height);
    renderer.draw([{ panel: panel.index, left: 0, top: 0, width, height }], scale);
    pen.drawImage(canvas, left, up + head, width, height);
    drawNames(pen, panel, left, up + head);
  });
  canvas.width = before.width;
  canvas.height = before.height;
  invalidate("overlays");
}
// The names on the map, where they stand on the screen.
function drawNames(pen, panel, left, top) {
  placeNames(panel);
  if (panel.names.hidden) return;
  const { sans, ink } = faces();
  pen.save();
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.font = "600 12.5px " + sans;
  pen.lineWidth = 3.5;
  pen.lineJoin = "round";
  for (const label of panel.labels) {
    if (!label.at) continue;
    pen.strokeStyle = theme().paper;
    pen.strokeText(label.word, left + label.at[0], top + label.at[1]);
    pen.fillStyle = ink;
    pen.fillText(label.word, left + label.at[0], top + label.at[1]);
  }
  pen.restore();
}

// Marks and words of the labels that are shown; null where colours are numbers.
function legendEntries() {
  const colouring = currentColouring();
  if (!colouring) return [];
  if (colouring.kind === "numbers") return null;
  const shown = colouring.ranked.filter(code => !state.hidden.has(code));
  const listed = shown.length > SHEET.mostLabels ? shown.slice(0, SHEET.mostLabels - 1) : shown;
  const entries = listed.map(code => ({ mark: markOfRank(colouring.rank[code], theme()), text: colouring.names[code].trim() || "(empty)", size: colouring.sizes[code] }));
  if (listed.length < shown.length) entries.push({ text: plural(shown.length - listed.length, "more label") });
  if (colouring.missing && !state.hidden.has(-1)) entries.push({ mark: markOfRank(-1, theme()), text: "missing", size: colouring.missing });
  return entries;
}

function drawLegend(pen, plan) {
  const colouring = currentColouring();
  if (!colouring) return;
  const { margin } = SHEET;
  const { sans, ink, soft } = faces();
  const title = "600 14px " + sans, words = "13px " + sans;
  wrapped(colouring.name, title, plan.inner, 1).forEach(text => write(pen, { text, font: title, colour: ink }, margin, plan.legendTop + 10));
  if (!plan.entries) {
    drawRamp(pen, colouring, margin, plan.legendTop + 22, words, soft);
    return;
  }
  const column = plan.inner / plan.perRow;
  plan.entries.forEach((entry, i) => {
    const x = margin + (i % plan.perRow) * column, y = plan.legendTop + 32 + Math.floor(i / plan.perRow) * SHEET.legendRow;
    if (entry.mark) drawMark(pen, entry.mark, x, y - 10);
    const size = entry.size === undefined ? "" : "  " + grouped(entry.size);
    ruler.font = words;
    const room = column - 34 - ruler.measureText(size).width;
    const name = fitted(entry.text, room);
    write(pen, { text: name, font: words, colour: ink }, x + 18, y);
    // on its own: after a name that is written from the right it would move to its other side
    write(pen, { text: size, font: words, colour: soft }, x + 18 + ruler.measureText(name).width, y);
  });
}
function drawMark(pen, mark, x, y) {
  pen.save();
  pen.translate(x, y);
  pen.fillStyle = mark.colour;
  pen.fill(new Path2D(SHAPE_PATHS[SHAPES[mark.shape]]));
  pen.restore();
}
function drawRamp(pen, colouring, left, top, font, colour) {
  const ramp = rampOf(colouring, theme()), width = 260, height = 10, steps = 130;
  for (let i = 0; i < steps; i++) {
    pen.fillStyle = "rgb(" + onRamp(ramp, (i + 0.5) / steps).join(",") + ")";
    pen.fillRect(left + (i * width) / steps, top, width / steps + 0.5, height);
  }
  const [low, , high] = endsOfRamp(colouring);
  write(pen, { text: low, font, colour }, left, top + 26);
  pen.save();
  pen.textAlign = "right";
  write(pen, { text: high, font, colour }, left + width, top + 26);
  pen.restore();
  if (colouring.missing) {
    drawMark(pen, missingMark(theme()), left + width + 28, top - 1);
    write(pen, { text: plural(colouring.missing, "text") + " without a value", font, colour }, left + width + 46, top + 10);
  }
}

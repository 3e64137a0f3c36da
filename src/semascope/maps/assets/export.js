// What a reader takes away: the panels as a PNG, the selection as CSV.

function save(blob, name) {
  const link = make("a", "");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
function fileName(ending) {
  const words = data.title.normalize("NFKD").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60).toLowerCase();
  return (words || "map") + ending;
}

// A cell as RFC 4180 has it. A text that a spreadsheet would take for a formula gets a quote before it.
function csvCell(value) {
  const text = String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^-?[0-9.]+(e[-+]?[0-9]+)?$/i.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(harmless) ? '"' + harmless.replace(/"/g, '""') + '"' : harmless;
}
async function csvOfSelection() {
  const lines = [["row", ...colourings.map(each => each.name), "text"].map(csvCell).join(",")];
  for (const item of state.selectedItems) {
    const values = colourings.map(each => {
      if (each.kind === "labels") return each.codes[item] < 0 ? "" : each.names[each.codes[item]];
      return Number.isFinite(each.values[item]) ? Number(each.values[item].toPrecision(7)) : "";
    });
    lines.push([rowOf(item), ...values, await textOf(item)].map(csvCell).join(","));
  }
  return lines.join("\r\n") + "\r\n";
}
async function exportCsv() {
  const written = await csvOfSelection();
  save(new Blob(["\ufeff", written], { type: "text/csv;charset=utf-8" }), fileName("-selection.csv"));
}

// All panels on one sheet, twice as fine as on the screen, with names and the legend.
async function exportPng() {
  const scale = Math.max(2, ratio);
  const columns = Math.max(1, panels.filter(panel => Math.abs(panel.rect.top - panels[0].rect.top) < 4).length);
  const { width, height } = panels[0].rect;
  const gap = 24, head = 30, margin = 32, top = 84;
  const rows = Math.ceil(panels.length / columns);
  const legend = legendLines();
  const sheet = document.createElement("canvas");
  const wide = Math.max(480, 2 * margin + columns * width + (columns - 1) * gap);
  sheet.width = wide * scale;
  sheet.height = (top + rows * (height + head + gap) + margin + legend.length * 20) * scale;
  const pen = sheet.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const paper = getComputedStyle(document.body).backgroundColor, ink = getComputedStyle(document.body).color;
  const serif = style.getPropertyValue("--serif"), sans = style.getPropertyValue("--sans");
  pen.scale(scale, scale);
  pen.fillStyle = paper;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.fillStyle = ink;
  pen.font = "600 22px " + serif;
  pen.fillText(cut(data.title, 90).text, margin, 42, wide - 2 * margin);
  pen.font = "14px " + sans;
  pen.fillText(cut(data.sentence, 220).text, margin, 64, wide - 2 * margin);
  const before = { width: canvas.width, height: canvas.height };
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  panels.forEach((panel, place) => {
    const left = margin + (place % columns) * (width + gap), up = top + Math.floor(place / columns) * (height + head + gap);
    renderer.draw([{ panel: panel.index, left: 0, top: 0, width, height }], scale);
    pen.fillStyle = ink;
    pen.font = "600 15px " + sans;
    pen.fillText(cut(data.panels[panel.index].name, 60).text, left, up + 18, width);
    pen.fillStyle = theme().paper;
    pen.fillRect(left, up + head, width, height);
    pen.drawImage(canvas, left, up + head, width, height);
  });
  canvas.width = before.width;
  canvas.height = before.height;
  invalidate("overlays");
  legend.forEach((line, i) => {
    const y = sheet.height / scale - margin - (legend.length - i - 1) * 20;
    pen.fillStyle = line.colour || ink;
    if (line.colour) pen.fillRect(margin, y - 10, 10, 10);
    pen.fillStyle = ink;
    pen.font = "13px " + sans;
    pen.fillText(line.text, margin + (line.colour ? 18 : 0), y, wide - 2 * margin - 18);
  });
  const blob = await new Promise(done => sheet.toBlob(done, "image/png"));
  save(blob, fileName(".png"));
  return { width: sheet.width, height: sheet.height, size: blob.size };
}
function legendLines() {
  const colouring = currentColouring();
  if (!colouring) return [];
  if (colouring.kind === "numbers")
    return [{ text: colouring.name + ", from " + writtenNumber(colouring.low) + " to " + writtenNumber(colouring.high) }];
  const shown = colouring.ranked.filter(code => !state.hidden.has(code)).slice(0, 20);
  return shown.map(code => ({ colour: markOfRank(colouring.rank[code], theme()).colour, text: cut(colouring.names[code], 60).text + " (" + grouped(colouring.sizes[code]) + ")" }));
}

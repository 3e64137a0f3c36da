// What a reader takes away: a file, and the selection as CSV.

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

// A cell as RFC 4180 has it. A text that a spreadsheet would take for a formula gets a quote before it; its own
// full-width signs count where the keyboard is Chinese, Japanese or Korean.
const NUMBER = /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?$/i;
function csvCell(value) {
  const text = String(value);
  const harmless = /^[=+\-@\t\r\n＝＋－＠]/.test(text) && !NUMBER.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(harmless) ? '"' + harmless.replace(/"/g, '""') + '"' : harmless;
}
function csvValue(colouring, item) {
  if (colouring.kind === "numbers") return Number.isFinite(colouring.values[item]) ? colouring.values[item] : "";
  const code = colouring.codes[item];
  return code < 0 ? "" : colouring.names[code];
}
async function csvOfSelection() {
  const lines = [["row", ...colourings.map(each => each.name), "text"].map(csvCell).join(",")];
  for (const item of state.selectedItems)
    lines.push([rowOf(item), ...colourings.map(each => csvValue(each, item)), await textOf(item)].map(csvCell).join(","));
  return lines.join("\r\n") + "\r\n";
}
async function exportCsv() {
  const written = await csvOfSelection();
  save(new Blob(["\ufeff", written], { type: "text/csv;charset=utf-8" }), fileName("-selection.csv"));
}

// What a reader takes away. Cells as RFC 4180 has them; a text that a spreadsheet would take for a formula gets a quote
// before it.

const NUMBER = /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?$/i;
function csvCell(value) {
  const text = String(value);
  const harmless = /^[=+\-@\t\r\n＝＋－＠]/.test(text) && !NUMBER.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(harmless) ? '"' + harmless.replace(/"/g, '""') + '"' : harmless;
}
function csvOf(rows) {
  return rows.map(row => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
}
function saveAs(text, name) {
  const link = make("a", "");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
// Browsers lend the clipboard to pages of this machine and of https; elsewhere there is the old way.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    const area = Object.assign(make("textarea", "unseen"), { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

// The list of selected texts: only the rows that are seen exist, whatever their number.

const ROW = 92; // CSS pixels of a row; the style sheet has the same
const TALLEST_LIST = 12e6; // CSS pixels: browsers cannot scroll much further
const LIST_CHARACTERS = 180;

const side = document.getElementById("side");
const selectionPart = make("section", "selection");
const selectionHead = make("div", "part-head");
const selectionTitle = make("h2", "", "Selection");
const selectionTools = make("div", "part-tools");
selectionHead.append(selectionTitle, selectionTools);
const selectionEmpty = make("p", "hint");
const selectionUnkept = make("p", "hint unkept", "Too scattered for the address of this page: a link will not bring this selection back. CSV keeps it.");
const breakdown = make("div", "breakdown");
const list = make("div", "list");
list.tabIndex = 0;
list.setAttribute("role", "list");
list.setAttribute("aria-label", "Selected texts");
const listRoom = make("div", "room");
list.append(listRoom);
// The pinned text and its neighbours lie below the maps.
const toNearest = button("link to-nearest", "", () => nearest.scrollIntoView());
toNearest.hidden = true;
selectionPart.append(selectionHead, selectionEmpty, selectionUnkept, toNearest, breakdown, list);

const clearButton = button("link", "Clear", letGo);
const csvButton = button("link", "CSV", () => exportCsv(), "Save the selection as CSV");
selectionTools.append(csvButton, clearButton);

const listRows = new Map(); // place in the selection -> node
function rowsOfList() {
  return Math.min(state.selectedItems.length, Math.floor(TALLEST_LIST / ROW));
}
function showList() {
  const total = state.selectedItems.length;
  selectionTitle.textContent = total ? plural(total, "text") + " selected" : "Selection";
  selectionEmpty.hidden = total > 0;
  selectionUnkept.hidden = fitsAddress();
  selectionEmpty.textContent = state.tool === "move"
    ? "Nothing yet. Click a text, or choose the lasso and draw around some."
    : "Nothing yet. Draw around some texts in any panel, click one, or search.";
  selectionTools.hidden = total === 0;
  breakdown.hidden = list.hidden = total === 0;
  listRows.forEach(node => node.remove());
  listRows.clear();
  list.scrollTop = 0;
  listRoom.style.height = rowsOfList() * ROW + "px";
  showBreakdown();
  fillList();
}
function fillList() {
  const total = rowsOfList();
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 3);
  const last = Math.min(total, Math.ceil((list.scrollTop + (list.clientHeight || 600)) / ROW) + 3);
  for (const [place, node] of listRows) {
    if (place >= first && place < last) continue;
    node.remove();
    listRows.delete(place);
  }
  for (let place = first; place < last; place++) if (!listRows.has(place)) addListRow(place, total);
}
function addListRow(place, total) {
  const item = state.selectedItems[place];
  const node = make("div", "entry");
  node.setAttribute("role", "listitem");
  node.setAttribute("aria-posinset", place + 1);
  node.setAttribute("aria-setsize", total);
  node.style.transform = "translateY(" + place * ROW + "px)";
  node.classList.toggle("pinned", item === state.pinned);
  const inner = button("entry-button", "", () => pin(item));
  const meta = make("span", "meta"), text = make("span", "text");
  metaInto(meta, item);
  inner.append(meta, text);
  inner.addEventListener("pointerenter", () => hover(item, -1));
  inner.addEventListener("pointerleave", () => hover(-1, -1));
  inner.addEventListener("focus", () => hover(item, -1));
  node.append(inner);
  listRows.set(place, node);
  listRoom.append(node);
  textOf(item).then(words => textInto(text, words, LIST_CHARACTERS), () => textInto(text, "", 1));
}
list.addEventListener("scroll", fillList, { passive: true });

// Which labels the selection holds, beside their share of all texts: as one bar.
function showBreakdown() {
  const colouring = currentColouring();
  const total = state.selectedItems.length;
  breakdown.replaceChildren();
  if (!total || !colouring || colouring.kind !== "labels") return;
  const counts = new Map();
  for (const item of state.selectedItems) counts.set(colouring.codes[item], (counts.get(colouring.codes[item]) || 0) + 1);
  const sorted = Array.from(counts).sort((a, b) => b[1] - a[1]);
  const bar = make("div", "bar");
  bar.setAttribute("aria-hidden", "true");
  const nameOf = code => (code < 0 ? "missing" : colouring.names[code]);
  for (const [code, size] of sorted.slice(0, 12)) {
    const part = make("span", "");
    part.style.flexGrow = size;
    part.style.background = markOfRank(code < 0 ? -1 : colouring.rank[code], theme()).colour;
    part.title = nameOf(code) + ": " + grouped(size);
    bar.append(part);
  }
  const words = make("p", "words");
  sorted.slice(0, 3).forEach(([code, size], i) => {
    if (i) words.append(", ");
    words.append(make("b", "", Math.round((100 * size) / total) + "\u00a0%"), " ", make("bdi", "", brief(nameOf(code), 40)));
  });
  if (sorted.length > 3) words.append(" and " + plural(sorted.length - 3, "more label"));
  breakdown.append(bar, words);
}
// On a phone the list lies below the maps: a button leads there while it is out of sight.
const jump = button("jump", "", () => selectionPart.scrollIntoView());
jump.hidden = true;
document.body.append(jump);
let listSeen = false;
function showJump() {
  jump.hidden = listSeen || state.selectedItems.length === 0;
  jump.textContent = plural(state.selectedItems.length, "text") + " selected ↓";
}
new IntersectionObserver(entries => {
  listSeen = entries[entries.length - 1].isIntersecting;
  showJump();
}).observe(selectionPart);

on("selection colouring theme", showList);
on("selection", showJump);
on("selection", () => announce(state.selectedItems.length ? plural(state.selectedItems.length, "text") + " selected" : "Nothing selected"));
on("tool", () => (state.selectedItems.length ? null : showList()));
on("pin", () => {
  toNearest.hidden = state.pinned < 0;
  toNearest.textContent = "Row " + grouped(state.pinned < 0 ? 0 : rowOf(state.pinned)) + (packedNeighbors.some(Boolean) ? " and its nearest in each space ↓" : " in full ↓");
  for (const [place, node] of listRows) node.classList.toggle("pinned", state.selectedItems[place] === state.pinned);
});

// What the reader has done so far. Parts of the page listen for changes by name and redraw themselves.

const FIRST_TOOL = matchMedia("(pointer: coarse)").matches ? "move" : "lasso";

const state = {
  colouring: 0, // place in colourings
  hidden: new Set(), // codes of the colouring, -1 for missing
  selected: new Uint8Array(count),
  selectedItems: [], // ascending
  hovered: -1,
  hoveredIn: -1, // the panel in which the pointer is
  pinned: -1, // whose neighbours are shown
  highlighted: null, // code under the pointer in the legend
  views: places.map(() => ({ ...WHOLE })),
  shared: true,
  tool: FIRST_TOOL,
  how: "replace", // what a selection does to the one before, unless a key says otherwise
  query: "", // the search whose result is the selection
};

const listeners = new Map();
function on(names, listener) {
  for (const name of names.split(" ")) {
    if (!listeners.has(name)) listeners.set(name, []);
    listeners.get(name).push(listener);
  }
}
function emit(name) {
  for (const listener of listeners.get(name) || []) listener();
}

function currentColouring() {
  return colourings[state.colouring] || null;
}
function codeOf(item) {
  const colouring = currentColouring();
  return colouring && colouring.kind === "labels" ? colouring.codes[item] : null;
}
function isShown(item) {
  return state.hidden.size === 0 || !state.hidden.has(codeOf(item));
}

// how: "replace", "add" or "subtract"; query: the search that found the items
function select(items, how, query = "") {
  state.query = query;
  if (how === "replace") state.selected.fill(0);
  const value = how === "subtract" ? 0 : 1;
  for (const item of items) state.selected[item] = value;
  collectSelected();
}
function collectSelected() {
  const items = [];
  for (let i = 0; i < count; i++) if (state.selected[i]) items.push(i);
  state.selectedItems = items;
  emit("selection");
}
function howOf(event) {
  return event.altKey ? "subtract" : event.shiftKey ? "add" : state.how;
}
function setHow(how) {
  state.how = how;
  emit("how");
}

function hover(item, panel) {
  if (item === state.hovered && panel === state.hoveredIn) return;
  state.hovered = item;
  state.hoveredIn = panel;
  emit("hover");
}
function pin(item) {
  if (item === state.pinned) return;
  state.pinned = item;
  emit("pin");
}
function setView(panel, view) {
  if (state.shared) state.views = state.views.map(() => view);
  else state.views[panel] = view;
  emit("view");
}
function setColouring(place) {
  state.colouring = place;
  state.hidden = new Set();
  state.highlighted = null;
  emit("colouring");
}
function setHidden(codes) {
  state.hidden = new Set(codes);
  emit("hidden");
}
function highlight(code) {
  if (code === state.highlighted) return;
  state.highlighted = code;
  emit("highlight");
}
function setTool(tool) {
  state.tool = tool;
  emit("tool");
}
function setShared(shared) {
  state.shared = shared;
  if (shared) state.views = state.views.map(() => state.views[0]);
  emit("view");
}

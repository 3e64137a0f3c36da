// The state in the address, so that a link brings back what was seen: #c=1&h=2.5&v=.5,.5,3&t=box&q=word&p=7

const LONGEST_SELECTION = 4000; // characters of the address that a selection may take

// Runs of items as base-36 numbers: the gap from the last run, then its length when above 1.
function writeItems(items, most = Infinity) {
  const parts = [];
  let last = 0;
  for (let i = 0; i < items.length && 2 * parts.length <= most; ) {
    let j = i;
    while (j + 1 < items.length && items[j + 1] === items[j] + 1) j++;
    parts.push((items[i] - last).toString(36) + (j > i ? "-" + (j - i + 1).toString(36) : ""));
    last = items[j];
    i = j + 1;
  }
  return parts.join(".");
}
function readItems(written, n) {
  const items = [];
  let last = 0;
  for (const part of written.split(".")) {
    const [gap, length] = part.split("-").map(digits => parseInt(digits, 36));
    const start = last + gap, size = length === undefined ? 1 : length;
    if (!(start >= 0 && size >= 1 && start + size <= n)) return items; // what is left makes no sense
    for (let item = start; item < start + size; item++) items.push(item);
    last = start + size - 1;
  }
  return items;
}

function writeState() {
  const parts = [];
  const put = (key, value) => parts.push(key + "=" + encodeURIComponent(value));
  if (state.colouring) put("c", state.colouring);
  if (state.hidden.size) put("h", Array.from(state.hidden).join("."));
  const view = each => [each.x, each.y, each.zoom].map(value => Number(value.toPrecision(6))).join(",");
  if (!state.shared) put("v", state.views.map(view).join(";"));
  else if (state.views[0].zoom > 1) put("v", view(state.views[0]));
  if (!state.shared) put("free", 1);
  if (state.tool !== FIRST_TOOL) put("t", state.tool);
  if (state.query) put("q", state.query); // the words bring the selection back
  else if (state.selectedItems.length && fitsAddress()) put("s", writeItems(state.selectedItems));
  if (state.pinned >= 0) put("p", state.pinned);
  return parts.join("&");
}
// Whether a link brings the selection back.
function fitsAddress() {
  return state.query !== "" || writeItems(state.selectedItems, LONGEST_SELECTION).length <= LONGEST_SELECTION;
}

// What the address does not name is as on a page that was just opened.
function readState(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const place = Number(given.get("c"));
  setColouring(colourings[place] ? place : 0);
  setHidden(readHidden(given.get("h") || ""));
  readViews(given);
  const tool = given.get("t");
  setTool(["lasso", "box", "move"].includes(tool) ? tool : FIRST_TOOL);
  searchInput.value = given.get("q") || "";
  if (given.get("q")) search(given.get("q"));
  else select(readItems(given.get("s") || "", count), "replace");
  const pinned = given.get("p") ? Number(given.get("p")) : -1;
  pin(Number.isInteger(pinned) && pinned >= 0 && pinned < count ? pinned : -1);
}
function readHidden(written) {
  const colouring = currentColouring();
  if (!written || !colouring || colouring.kind !== "labels") return [];
  return written.split(".").map(Number).filter(code => (code === -1 ? colouring.missing > 0 : colouring.sizes[code] > 0));
}
function readViews(given) {
  const views = (given.get("v") || "").split(";").map(each => each.split(",").map(Number)).filter(each => each.length === 3 && each.every(Number.isFinite));
  state.shared = !given.get("free");
  const own = panels.map((_, i) => views[i] || views[0]).map(view => (view ? boundedView({ x: view[0], y: view[1], zoom: view[2] }) : { ...WHOLE }));
  state.views = state.shared ? own.map(() => own[0]) : own;
  emit("view");
}

let writing = 0;
function rememberState() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    try {
      history.replaceState(null, "", "#" + writeState());
    } catch (error) {
      // a framed page may have no address of its own
    }
  }, 300);
}

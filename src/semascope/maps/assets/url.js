// The state in the address, so that a link brings back what was seen: #c=1&h=2.5&v=.5,.5,3&q=word&s=a.1.3&p=7

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
  if (lastQuery && searchInput.value.trim() === lastQuery) put("q", lastQuery);
  if (state.selectedItems.length) {
    const written = writeItems(state.selectedItems, LONGEST_SELECTION);
    if (written.length <= LONGEST_SELECTION) put("s", written);
  }
  if (state.pinned >= 0) put("p", state.pinned);
  return parts.join("&");
}

function readState(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const place = Number(given.get("c"));
  if (given.get("c") && colourings[place]) setColouring(place);
  if (given.get("h")) setHidden(given.get("h").split(".").map(Number).filter(Number.isInteger));
  const views = (given.get("v") || "").split(";").map(each => each.split(",").map(Number)).filter(each => each.length === 3 && each.every(Number.isFinite));
  if (given.get("free")) state.shared = false;
  if (views.length) {
    const [first] = views;
    state.views = panels.map((_, i) => views[i] || first).map(([x, y, zoom]) => boundedView({ x, y, zoom }));
    if (state.shared) state.views = state.views.map(() => state.views[0]);
    emit("view");
  }
  if (given.get("q")) searchInput.value = given.get("q");
  const pinned = Number(given.get("p"));
  if (given.get("s")) {
    select(readItems(given.get("s"), count), "replace");
    if (given.get("q")) {
      lastQuery = searchInput.value.trim();
      showFound(state.selectedItems.length);
    }
  } else if (given.get("q")) search(searchInput.value);
  if (given.get("p") && Number.isInteger(pinned) && pinned >= 0 && pinned < count) pin(pinned);
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

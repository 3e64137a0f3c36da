// The keyboard: arrows walk from text to text in the panel that has the focus.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function walk(panel, direction) {
  const { width, height } = panel.rect;
  const view = state.views[panel.index];
  let item = state.hovered >= 0 && panel.places[2 * state.hovered] >= 0 ? state.hovered : state.pinned;
  if (item < 0 || !(panel.places[2 * item] >= 0)) item = nearestItem(gridIn(panel), panel.places, view.x, view.y, 2, isShown);
  else {
    const next = itemTowards(panel.places, item, direction[0], direction[1], isShown);
    if (next >= 0) item = next;
  }
  if (item < 0) return;
  const at = screenPlace(panel, item);
  if (!isIn(panel, at)) {
    const unit = unitOf(width, height, view);
    setView(panel.index, boundedView({ x: view.x + (at[0] - width / 2) / unit, y: view.y - (at[1] - height / 2) / unit, zoom: view.zoom }));
  }
  hover(item, panel.index);
  textOf(item).then(text => {
    if (state.hovered !== item) return;
    const colouring = currentColouring();
    announce("Row " + rowOf(item) + (colouring ? ", " + brief(wordOf(colouring, item), 60) : "") + ": " + brief(text, 160));
  });
}

function listenToKeys(panel) {
  panel.plot.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey) return;
    const { width, height } = panel.rect;
    const zoomBy = factor => {
      const at = state.hovered >= 0 ? screenPlace(panel, state.hovered) : [NaN, NaN], [x, y] = isIn(panel, at) ? at : [width / 2, height / 2];
      const item = state.hovered;
      setView(panel.index, zoomedView(state.views[panel.index], factor, x, y, width, height));
      if (item >= 0) hover(item, panel.index); // the walk goes on from where it was
    };
    if (ARROWS[event.key]) walk(panel, ARROWS[event.key]);
    else if (event.key === "Enter") {
      if (state.hovered >= 0) clickOn(state.hovered, howOf(event));
    } else if (event.key === "+" || event.key === "=") zoomBy(1.5);
    else if (event.key === "-") zoomBy(1 / 1.5);
    else if (event.key === "0") setView(panel.index, { ...WHOLE });
    else if (event.key.toLowerCase() === "a") selectSeen(panel, howOf(event));
    else if (event.key === "l") setTool("lasso");
    else if (event.key === "b") setTool("box");
    else if (event.key === "m") setTool("move");
    else if (event.key === " ") spaceHeld = true;
    else return;
    event.preventDefault();
  });
  panel.plot.addEventListener("blur", () => hover(-1, -1));
}
addEventListener("keyup", event => {
  if (event.key === " ") spaceHeld = false;
});
addEventListener("keydown", event => {
  if (event.key === "Escape") {
    if (state.hovered >= 0) hover(-1, -1);
    else letGo();
  } else if (event.key === "/" && !event.target.closest("input, select")) {
    event.preventDefault();
    searchInput.focus();
  }
});

// Puts the parts together.

function buildRegions() {
  document.querySelectorAll(".region").forEach((node, place) => {
    const show = () => node.setAttribute("aria-pressed", String(node.dataset.shown === "yes"));
    node.addEventListener("click", () => {
      select(data.regions[place].rows, "replace");
      document.querySelectorAll(".region").forEach(other => (other.dataset.shown = other === node ? "yes" : ""));
      regionShown = state.selectedItems;
      showRegions();
      if (stage.getBoundingClientRect().bottom < 200) stage.scrollIntoView();
    });
    show();
  });
}
let regionShown = null;
function showRegions() {
  for (const node of document.querySelectorAll(".region")) {
    if (regionShown !== state.selectedItems) node.dataset.shown = "";
    node.setAttribute("aria-pressed", String(node.dataset.shown === "yes"));
  }
}
on("selection", showRegions);

function start() {
  startDrawing();
  buildToolbar();
  buildLegend();
  side.append(legendPart, selectionPart);
  buildRegions();
  showList();
  measure();
  followReader();
  for (const panel of panels) {
    listen(panel);
    listenToKeys(panel);
  }
  fitTouch();
  if (location.hash.length > 1) readState(location.hash);
  on("selection pin view hidden colouring tool", rememberState);
  document.addEventListener("themechange", () => emit("theme"));
  addEventListener("hashchange", () => readState(location.hash));
  const remeasure = () => {
    const moved = measure();
    if (looksElsewhere() || moved) invalidate("overlays");
  };
  new ResizeObserver(remeasure).observe(stage);
  addEventListener("resize", remeasure);
  addEventListener("scroll", () => looksElsewhere() && invalidate("overlays"), { passive: true });
  cancelAnimationFrame(frame);
  redraw();
  setTimeout(openAhead, 400);
}
start();

// For tests and for those who are curious: what the page knows, and its pure functions.
window.semascopeMap = {
  state, data, panels, colourings, places, textOf, search, select, pin, hover, setView, csvOfSelection, exportPng, sheetOf, planSheet, writeState, readState, screenPlace,
  waiting: () => frame !== 0,
  finish: () => renderer && renderer.finish(),
  drawn: () => framesDrawn,
  pure: { insidePolygon, insideBox, gridOf, nearestItem, toScreen, toMap, zoomedView, boundedView, writeItems, readItems, csvCell, wordsOf, foundIn, cut, markOfRank, onRamp, unpackCoordinates, unpackNeighbors, labelPlaces, writtenNumber },
};

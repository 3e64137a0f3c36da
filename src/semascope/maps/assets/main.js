// Puts the parts together.

function buildToolbar() {
  const toolbar = document.getElementById("toolbar");
  buildSearch();
  const tools = make("div", "group tools");
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", "What a drag does");
  const icons = {
    lasso: "M8 2.5c-3.6 0-6 1.8-6 4.2s2.4 4 6 4s6-1.6 6-4s-2.4-4.2-6-4.2zM5 10.2c-1.6 .6-1.8 2.6-.4 2.9c1.2 .2 1.2 1.3 .2 1.6",
    box: "M2.5 3.5h11v9h-11z",
    move: "M8 1.5v13M1.5 8h13M6 3.5l2-2l2 2M6 12.5l2 2l2-2M3.5 6l-2 2l2 2M12.5 6l2 2l-2 2",
  };
  for (const [tool, title, label] of [["lasso", "Lasso", "Drag draws a lasso (L)"], ["box", "Box", "Drag draws a box (B)"], ["move", "Move", "Drag moves the map (M)"]]) {
    const choice = button("tool " + tool, "", () => setTool(tool), label);
    const picture = drawn("svg", { viewBox: "0 0 16 16", class: "tool-icon" + (tool === "lasso" || tool === "box" ? " dashed" : ""), "aria-hidden": "true" });
    picture.append(drawn("path", { d: icons[tool] }));
    choice.append(picture, make("span", "tool-name", title));
    const press = () => choice.setAttribute("aria-pressed", String(state.tool === tool));
    on("tool", press);
    press();
    tools.append(choice);
  }
  const views = make("div", "group views");
  if (panels.length > 1) {
    const label = make("label", "check");
    const box = make("input", "");
    box.type = "checkbox";
    box.id = "shared";
    box.checked = state.shared;
    box.addEventListener("change", () => setShared(box.checked));
    on("view", () => (box.checked = state.shared));
    label.append(box, make("span", "", "Zoom together"));
    views.append(label);
  }
  const whole = button("link whole", "Whole map", () => {
    state.views = state.views.map(() => ({ ...WHOLE }));
    emit("view");
  });
  const showWholeButton = () => (whole.disabled = state.views.every(view => view.zoom <= 1));
  on("view", showWholeButton);
  showWholeButton();
  views.append(whole);
  const png = button("link png", "Save PNG", () => exportPng(), "Save the panels as a PNG picture");
  views.append(png);
  png.disabled = !renderer;
  toolbar.append(searchForm, tools, views);
}

function buildTheme() {
  const toggle = button("theme", "", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("semascope-theme", document.documentElement.dataset.theme);
    } catch (error) {
      // storage is closed to this page: the choice lasts until it is closed
    }
    emit("theme");
  });
  const nameToggle = () => {
    toggle.textContent = isDark() ? "Light" : "Dark";
    toggle.setAttribute("aria-label", isDark() ? "Switch to light colours" : "Switch to dark colours");
  };
  on("theme", nameToggle);
  nameToggle();
  document.getElementById("theme-place").append(toggle);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => emit("theme"));
}

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
  buildTheme();
  buildToolbar();
  buildLegend();
  side.append(legendPart, selectionPart);
  buildRegions();
  showList();
  measure();
  for (const panel of panels) {
    listen(panel);
    listenToKeys(panel);
  }
  fitTouch();
  readState(location.hash);
  on("selection pin view hidden colouring", rememberState);
  addEventListener("hashchange", () => readState(location.hash));
  const remeasure = () => measure() && invalidate("overlays");
  new ResizeObserver(remeasure).observe(stage);
  addEventListener("resize", remeasure);
  addEventListener("scroll", () => {
    if (followReader() || panelsSeen().map(panel => panel.index).join() !== seenLast) invalidate("overlays");
  }, { passive: true });
  cancelAnimationFrame(frame);
  redraw();
  setTimeout(openAhead, 400);
}
start();

// For tests and for those who are curious: what the page knows, and its pure functions.
window.semascopeMap = {
  state, data, panels, colourings, places, textOf, search, select, pin, hover, setView, csvOfSelection, exportPng, writeState, screenPlace,
  waiting: () => frame !== 0,
  finish: () => renderer && renderer.finish(),
  drawn: () => framesDrawn,
  pure: { insidePolygon, insideBox, gridOf, nearestItem, toScreen, toMap, zoomedView, boundedView, writeItems, readItems, csvCell, wordsOf, foundIn, cut, markOfRank, onRamp, unpackCoordinates, unpackNeighbors, labelPlaces, spread },
};

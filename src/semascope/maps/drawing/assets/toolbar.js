// The row above the maps.

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
  toolbar.append(searchForm, tools, howGroup(), views);
}

// Fingers have no Shift and no Alt: what a selection does to the one before is chosen here.
function howGroup() {
  const group = make("div", "group tools how");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "What a selection does to the one before");
  for (const [how, word, label] of [["replace", "New", "Select anew"], ["add", "Add", "Add to the selection"], ["subtract", "Less", "Take away from the selection"]]) {
    const choice = button("tool " + how, word, () => setHow(how), label);
    const press = () => choice.setAttribute("aria-pressed", String(state.how === how));
    on("how", press);
    press();
    group.append(choice);
  }
  return group;
}

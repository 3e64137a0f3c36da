// Pointer, wheel and fingers: hover, lasso, box, click, pan, pinch, double click.

const REACH = 14; // CSS pixels around the pointer in which a text is found
const CLICK = 4; // a pointer that moved less has clicked
const WHEEL_PAUSE = 250; // milliseconds: a wheel that scrolls the page goes on doing so until it pauses

function itemAt(panel, px, py) {
  const { width, height } = panel.rect;
  const view = state.views[panel.index];
  const [x, y] = toMap(px, py, width, height, view);
  return nearestItem(gridIn(panel), panel.places, x, y, REACH / unitOf(width, height, view), isShown);
}
function placeIn(panel, event) {
  const box = panel.plot.getBoundingClientRect();
  return [event.clientX - box.left - panel.plot.clientLeft, event.clientY - box.top - panel.plot.clientTop];
}
function pathOf(points) {
  return points.length ? "M" + points.map(point => point[0].toFixed(1) + " " + point[1].toFixed(1)).join("L") + "Z" : "";
}
let beforeClick = { items: [], pinned: -1, time: 0 };
function clickOn(item, how) {
  const now = performance.now();
  if (now - beforeClick.time > 500) beforeClick = { items: state.selectedItems, pinned: state.pinned, time: now };
  if (item < 0) {
    if (how === "replace") letGo();
    return;
  }
  select([item], how);
  if (how !== "subtract") pin(item);
}
// A double click shows the whole map; what its two clicks did to the selection is undone.
function showWhole(panel) {
  select(beforeClick.items, "replace");
  pin(beforeClick.pinned);
  setView(panel.index, { ...WHOLE });
}
function letGo() {
  if (state.selectedItems.length || state.query) select([], "replace");
  pin(-1);
}
function selectCorners(panel, screenCorners, tool, how) {
  const { width, height } = panel.rect;
  const corners = screenCorners.map(([px, py]) => toMap(px, py, width, height, state.views[panel.index]));
  const items = tool === "box" ? insideBox(panel.places, corners[0], corners[1], isShown) : insidePolygon(panel.places, corners, isShown);
  select(items, how);
}
// The texts that are seen in a panel: how the keyboard draws around texts, after walking and zooming to them.
function selectSeen(panel, how) {
  const { width, height } = panel.rect;
  selectCorners(panel, [[0, 0], [width, height]], "box", how);
}

let lastScroll = 0;
let lastWheel = 0;
addEventListener("scroll", () => (lastScroll = performance.now()), { passive: true });

function listen(panel) {
  const { plot } = panel;
  const fingers = new Map();
  let gesture = null; // {kind, start, points, view}
  let lastTap = { time: 0, x: 0, y: 0 };

  function middleOfFingers() {
    const [a, b] = Array.from(fingers.values());
    return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, apart: Math.hypot(a[0] - b[0], a[1] - b[1]) || 1 };
  }
  function end() {
    gesture = null;
    panel.lassoPath.setAttribute("d", "");
    plot.classList.remove("dragging");
  }

  plot.addEventListener("pointerdown", event => {
    if (event.target.closest("button")) return;
    const at = placeIn(panel, event);
    fingers.set(event.pointerId, at);
    try {
      plot.setPointerCapture(event.pointerId);
    } catch (error) {
      // the pointer is gone already
    }
    if (fingers.size === 2) {
      gesture = { kind: "pinch", from: middleOfFingers(), view: state.views[panel.index] };
      panel.lassoPath.setAttribute("d", "");
      return;
    }
    if (event.button > 1) return;
    const kind = event.button === 1 || spaceHeld ? "move" : state.tool;
    gesture = { kind, start: at, points: [at], view: state.views[panel.index], moved: false };
    if (event.button === 1) event.preventDefault();
  });

  plot.addEventListener("pointermove", event => {
    const at = placeIn(panel, event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, at);
    if (!gesture) {
      if (event.pointerType !== "touch") hover(itemAt(panel, at[0], at[1]), panel.index);
      return;
    }
    const { width, height } = panel.rect;
    if (gesture.kind === "pinch") {
      if (fingers.size < 2) return;
      const now = middleOfFingers(), unit = unitOf(width, height, gesture.view);
      const moved = { x: gesture.view.x - (now.x - gesture.from.x) / unit, y: gesture.view.y + (now.y - gesture.from.y) / unit, zoom: gesture.view.zoom };
      setView(panel.index, zoomedView(moved, now.apart / gesture.from.apart, now.x, now.y, width, height));
      return;
    }
    if (!gesture.moved && Math.hypot(at[0] - gesture.start[0], at[1] - gesture.start[1]) < CLICK) return;
    if (!gesture.moved) {
      gesture.moved = true;
      plot.classList.add("dragging");
      hover(-1, -1);
    }
    if (gesture.kind === "move") {
      const unit = unitOf(width, height, gesture.view);
      setView(panel.index, boundedView({ x: gesture.view.x - (at[0] - gesture.start[0]) / unit, y: gesture.view.y + (at[1] - gesture.start[1]) / unit, zoom: gesture.view.zoom }));
    } else if (gesture.kind === "box") {
      gesture.points = [gesture.start, at];
      panel.lassoPath.setAttribute("d", pathOf([gesture.start, [at[0], gesture.start[1]], at, [gesture.start[0], at[1]]]));
    } else {
      for (const each of event.getCoalescedEvents ? event.getCoalescedEvents() : [event]) gesture.points.push(placeIn(panel, each));
      gesture.points.push(at);
      panel.lassoPath.setAttribute("d", pathOf(gesture.points));
    }
  });

  plot.addEventListener("pointerup", event => {
    fingers.delete(event.pointerId);
    const done = gesture;
    if (!done) return;
    end();
    if (done.kind === "pinch") return;
    const at = placeIn(panel, event);
    if (!done.moved) {
      if (event.pointerType === "touch") {
        const again = performance.now() - lastTap.time < 350 && Math.hypot(at[0] - lastTap.x, at[1] - lastTap.y) < 30;
        lastTap = { time: performance.now(), x: at[0], y: at[1] };
        if (again) {
          showWhole(panel);
          return;
        }
      }
      const item = itemAt(panel, at[0], at[1]);
      clickOn(item, howOf(event));
      if (event.pointerType === "touch") hover(item, item < 0 ? -1 : panel.index);
    } else if (done.kind !== "move") {
      selectCorners(panel, done.points, done.kind, howOf(event));
    }
  });
  plot.addEventListener("pointercancel", event => {
    fingers.delete(event.pointerId);
    end();
  });
  plot.addEventListener("pointerleave", event => {
    // a finger leaves when it is lifted: what it tapped stays to be read
    if (!gesture && event.pointerType !== "touch") hover(-1, -1);
  });
  plot.addEventListener("dblclick", () => showWhole(panel));

  plot.addEventListener("wheel", event => {
    const now = performance.now();
    const scrolling = now - lastScroll < WHEEL_PAUSE && now - lastWheel > WHEEL_PAUSE;
    const view = state.views[panel.index];
    if (!event.ctrlKey && (scrolling || (event.deltaY > 0 && view.zoom <= 1))) return; // the page scrolls
    event.preventDefault();
    lastWheel = now;
    const lines = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 400 : 1;
    const factor = Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * (event.ctrlKey ? 0.01 : 0.0022));
    const [px, py] = placeIn(panel, event);
    setView(panel.index, zoomedView(view, factor, px, py, panel.rect.width, panel.rect.height));
  }, { passive: false });
}
let spaceHeld = false;

function fitTouch() {
  // One finger scrolls the page while the whole map is shown and it would only move the map.
  for (const panel of panels) {
    const whole = state.tool === "move" && state.views[panel.index].zoom <= 1;
    panel.plot.classList.toggle("scrolls", whole);
    panel.plot.classList.toggle("moves", state.tool === "move");
  }
}
on("tool view", fitTouch);

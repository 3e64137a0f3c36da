// Elements made by hand: texts only ever enter the page as text.

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  if (tag === "button") node.type = "button";
  return node;
}
function drawn(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
function button(className, text, act, label) {
  const node = make("button", className, text);
  if (label) node.setAttribute("aria-label", label);
  if (label) node.title = label;
  node.addEventListener("click", act);
  return node;
}

const SHAPE_PATHS = {
  circle: "M6 1.2a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 1 1 0-9.6z",
  square: "M1.6 1.6h8.8v8.8h-8.8z",
  triangle: "M6 .8L11.4 10.6H.6z",
  diamond: "M6 .4L11.6 6L6 11.6L.4 6z",
  saltire: "M2.8 .7L6 3.9L9.2 .7L11.3 2.8L8.1 6L11.3 9.2L9.2 11.3L6 8.1L2.8 11.3L.7 9.2L3.9 6L.7 2.8z",
  cross: "M4.2 .8h3.6v3.4h3.4v3.6h-3.4v3.4h-3.6v-3.4h-3.4v-3.6h3.4z",
};
function swatch(mark) {
  const picture = drawn("svg", { viewBox: "0 0 12 12", class: "swatch", "aria-hidden": "true" });
  picture.append(drawn("path", { d: SHAPE_PATHS[SHAPES[mark.shape]], fill: mark.colour }));
  return picture;
}
function itemMark(item) {
  const colouring = currentColouring(), colours = theme();
  if (!colouring) return { colour: colours.plain, shape: 0 };
  if (colouring.kind === "labels") {
    const code = colouring.codes[item];
    return markOfRank(code < 0 ? -1 : colouring.rank[code], colours);
  }
  const value = colouring.values[item];
  if (!Number.isFinite(value)) return missingMark(colours);
  return { colour: "rgb(" + onRamp(rampOf(colouring, colours), shareOf(value, colouring)).join(",") + ")", shape: 0 };
}
const COUNT_TAKES = 24; // characters of "… 123 more characters"
// A text as a paragraph: its direction is its own, its end is cut with a count where that is longer than the count.
function textInto(node, text, limit) {
  const shown = cut(text, text.length <= limit + COUNT_TAKES ? text.length : limit);
  node.dir = "auto";
  node.classList.toggle("empty", text.trim() === "");
  node.textContent = text.trim() === "" ? "(empty text)" : shown.text;
  if (shown.more) node.append("… ", make("span", "more-count", plural(shown.more, "more character")));
}
function announce(words) {
  document.getElementById("announcer").textContent = words;
}

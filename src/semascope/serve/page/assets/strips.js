// A score on the scale of the examples, and bars.

// The scale that holds all of these, with some air; ends that are null or infinite do not count.
function scaleOf(values) {
  const known = values.filter(value => value !== null && Number.isFinite(value));
  const low = Math.min(...known), high = Math.max(...known);
  const air = (high - low || Math.abs(high) || 1) * 0.06;
  return { low: low - air, high: high + air };
}
function share(value, scale) {
  return (100 * (value - scale.low)) / (scale.high - scale.low);
}
// zone: from the lowest to the highest example. span: the interval, null ends reach the edge. given: what somebody said.
function strip({ scale, zone, span, point, given, label, kind = "chosen" }) {
  const picture = drawn("svg", { class: "strip " + kind, role: "img", "aria-label": label, height: 34 });
  const place = value => share(value, scale) + "%";
  if (zone) picture.append(drawn("rect", { class: "zone", x: place(zone[0]), y: 0, height: 34, width: share(zone[1], scale) - share(zone[0], scale) + "%" }));
  if (span) {
    const ends = [span[0] ?? scale.low, span[1] ?? scale.high].map(place);
    picture.append(drawn("line", { class: "span" + (span.includes(null) ? " open" : ""), x1: ends[0], x2: ends[1], y1: 17, y2: 17 }));
  }
  if (given !== undefined) picture.append(drawn("line", { class: "given", x1: place(given), x2: place(given), y1: 4, y2: 30 }));
  picture.append(drawn("circle", { class: "point", cx: place(point), cy: 17, r: 6 }));
  return picture;
}
function ruler(scale, zone, decimals) {
  const picture = drawn("svg", { class: "ruler", height: 18, "aria-hidden": "true" });
  const [low, high] = zone.map(value => share(value, scale));
  const marks = high - low < 14 ? [[(low + high) / 2, "middle", zone[0]]] : [[low, "start", zone[0]], [high, "end", zone[1]]];
  for (const [x, anchor, value] of marks) {
    const words = drawn("text", { x: x + "%", y: 13, "text-anchor": anchor });
    words.textContent = fixed(value, decimals);
    picture.append(words);
  }
  return picture;
}
// A bar from the left, in [0, 1].
function bar(part, className = "") {
  const picture = drawn("svg", { class: "bar " + className, height: 12, "aria-hidden": "true" });
  picture.append(drawn("rect", { class: "fill", height: 12, width: Math.max(0.4, 100 * part) + "%" }));
  return picture;
}
// A bar that leaves the middle, in [-1, 1]: to the right and blue above 0, to the left and red below.
function pullBar(part) {
  const picture = drawn("svg", { class: "bar " + (part < 0 ? "down" : "up"), height: 12, "aria-hidden": "true" });
  const width = Math.max(0.4, 50 * Math.abs(part));
  picture.append(drawn("rect", { class: "fill", height: 12, width: width + "%", x: (part < 0 ? 50 - width : 50) + "%" }));
  picture.append(drawn("line", { class: "middle", x1: "50%", x2: "50%", y1: 0, y2: 12 }));
  return picture;
}

// Colours of the theme that is on, and of every text under the colouring that is on.

const SHAPES = ["circle", "square", "triangle", "diamond", "cross", "saltire"];
const GREY_SHAPES = 4; // those between the circle of the hues and the saltire of what is missing

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
function theme() {
  return data.themes[isDark() ? "dark" : "light"];
}
function rgb(hex) {
  return [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
}

// The most frequent labels get hues, those after them greys and shapes.
function markOfRank(rank, colours) {
  const { hues, greys } = colours;
  if (rank < 0) return missingMark(colours);
  if (rank < hues.length) return { colour: hues[rank], shape: 0 };
  const beyond = rank - hues.length;
  return { colour: greys[Math.floor(beyond / GREY_SHAPES) % greys.length], shape: 1 + (beyond % GREY_SHAPES) };
}

// A text without a label or number: a shape of its own, for some see a hue or the middle of a ramp as grey too.
function missingMark(colours) {
  return { colour: colours.missing, shape: SHAPES.indexOf("saltire") };
}

// The colour at `share` (0 to 1) of a ramp of stops.
function onRamp(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const from = Math.min(Math.floor(at), stops.length - 2);
  const a = stops[from], b = stops[from + 1], part = at - from;
  return [0, 1, 2].map(i => Math.round(a[i] + (b[i] - a[i]) * part));
}

function shareOf(value, colouring) {
  return colouring.high > colouring.low ? (value - colouring.low) / (colouring.high - colouring.low) : 0.5;
}
function rampOf(colouring, colours) {
  return (colouring.diverging ? colours.diverging : colours.sequential).map(rgb);
}

// Four bytes a text: red, green, blue, shape.
function marksOf(colouring, colours, n) {
  const marks = new Uint8Array(4 * n);
  const put = (item, colour, shape) => {
    marks[4 * item] = colour[0];
    marks[4 * item + 1] = colour[1];
    marks[4 * item + 2] = colour[2];
    marks[4 * item + 3] = shape;
  };
  if (!colouring) {
    const plain = rgb(colours.plain);
    for (let i = 0; i < n; i++) put(i, plain, 0);
  } else if (colouring.kind === "labels") {
    const missing = missingMark(colours), grey = rgb(missing.colour);
    const byCode = Array.from(colouring.rank, rank => markOfRank(rank, colours)).map(mark => ({ ...mark, colour: rgb(mark.colour) }));
    for (let i = 0; i < n; i++) {
      const code = colouring.codes[i];
      if (code < 0) put(i, grey, missing.shape);
      else put(i, byCode[code].colour, byCode[code].shape);
    }
  } else {
    const ramp = rampOf(colouring, colours), missing = missingMark(colours), grey = rgb(missing.colour);
    const table = Array.from({ length: 256 }, (_, step) => onRamp(ramp, step / 255));
    for (let i = 0; i < n; i++) {
      const value = colouring.values[i];
      if (!Number.isFinite(value)) put(i, grey, missing.shape);
      else put(i, table[Math.round(255 * Math.min(1, Math.max(0, shareOf(value, colouring))))], 0);
    }
  }
  return marks;
}

// Whole numbers keep every digit, for they may be years, sums or names; others have four that count, or two decimals.
function writtenNumber(value) {
  if (!Number.isFinite(value)) return "missing";
  const size = Math.abs(value);
  let written;
  if (Number.isSafeInteger(value)) written = String(value);
  else if (size < 0.001 || size >= 1e15) written = value.toExponential(2);
  else written = String(Number(size < 100 ? value.toPrecision(4) : value.toFixed(2)));
  return written.replace(/-/g, "−");
}

// What a colouring says about one text, in words.
function wordOf(colouring, item) {
  if (colouring.kind === "labels") {
    const code = colouring.codes[item];
    return code < 0 ? "missing" : colouring.names[code];
  }
  return writtenNumber(colouring.values[item]);
}

// What the page holds: arrays from base64, and texts that are opened on demand.

const data = JSON.parse(document.getElementById("data").textContent);
const count = data.n;

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

// x and y of every text in 0 to 1, NaN where it has no place: 16 upper bits of both, then 4 lower bits of both in one byte.
function unpackCoordinates(base64, n) {
  const bytes = bytesOf(base64);
  const upper = new Uint16Array(bytes.buffer, 0, 2 * n);
  const places = new Float32Array(2 * n);
  const missing = 1048575, steps = 1048574;
  for (let i = 0; i < n; i++) {
    const lower = bytes[4 * n + i];
    const x = upper[2 * i] * 16 + (lower >> 4), y = upper[2 * i + 1] * 16 + (lower & 15);
    const there = x !== missing || y !== missing;
    places[2 * i] = there ? x / steps : NaN;
    places[2 * i + 1] = there ? y / steps : NaN;
  }
  return places;
}

// Place in the names of every text, -1 where missing.
function unpackCodes(packed) {
  const bytes = bytesOf(packed.data);
  const raw = packed.width === 1 ? bytes : new Uint16Array(bytes.buffer);
  return Int32Array.from(raw, code => code - 1);
}

// Wide where narrow ones would lose digits.
function unpackNumbers(packed) {
  const { buffer } = bytesOf(packed.data);
  return packed.width === 4 ? new Float32Array(buffer) : new Float64Array(buffer);
}

function unpackNeighbors(packed, n) {
  const bytes = bytesOf(packed.data);
  const { k, width } = packed;
  const none = 2 ** (8 * width) - 1;
  return function (item) {
    const found = [];
    for (let j = 0; j < k && item < n; j++) {
      const at = (item * k + j) * width;
      const other = bytes[at] + 256 * bytes[at + 1] + (width === 3 ? 65536 * bytes[at + 2] : 0);
      if (other !== none) found.push(other);
    }
    return found;
  };
}

const places = data.panels.map(panel => {
  const unpacked = unpackCoordinates(panel.coordinates, count);
  panel.coordinates = null; // the base64 is not needed twice
  return unpacked;
});

const rowNumbers = data.rows.data ? new Float64Array(bytesOf(data.rows.data).buffer) : null;
function rowOf(item) {
  return rowNumbers ? rowNumbers[item] : data.rows.start + item;
}

const colourings = data.colourings.map(each => {
  if (each.kind === "labels") {
    const codes = unpackCodes(each.codes);
    const sizes = new Uint32Array(each.names.length);
    let missing = 0;
    for (const code of codes) {
      if (code < 0) missing++;
      else sizes[code]++;
    }
    const rank = new Int32Array(each.names.length).fill(-1);
    each.ranked.forEach((code, place) => (rank[code] = place));
    return { ...each, codes, sizes, rank, missing };
  }
  const values = unpackNumbers(each.values);
  return { ...each, values, ...endsOf(values) };
});

// The least and the most of the values, and how many texts have none.
function endsOf(values) {
  let least = Infinity, most = -Infinity, missing = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) missing++;
    else {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return { least, most, missing };
}

// Texts.
const blockStarts = [];
data.blocks.reduce((start, length) => {
  blockStarts.push(start);
  return start + length;
}, 0);
const MOST_KEPT = 128e6; // characters of opened blocks that are kept
const opened = new Map(); // block -> promise of its joined texts
let kept = 0;

async function inflate(block) {
  const source = document.getElementById("texts").firstChild;
  if (!source) return "";
  const base64 = source.substringData(blockStarts[block], data.blocks[block]);
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function openBlock(block) {
  if (!opened.has(block)) {
    const promise = inflate(block);
    opened.set(block, promise);
    promise.then(joined => {
      kept += joined.length;
      for (const [oldest, other] of opened) {
        if (kept <= MOST_KEPT || oldest === block) break;
        opened.delete(oldest);
        other.then(gone => (kept -= gone.length));
      }
    });
  }
  return opened.get(block);
}

// Opens all blocks while nothing else happens, where they are few enough: the first search finds them open.
const OPENED_AHEAD = 40e6; // characters of base64
async function openAhead() {
  if (data.blocks.reduce((sum, length) => sum + length, 0) > OPENED_AHEAD) return;
  const idle = window.requestIdleCallback ? () => new Promise(go => requestIdleCallback(go, { timeout: 1000 })) : () => new Promise(go => setTimeout(go, 5));
  for (let block = 0; block < data.blocks.length; block++) {
    await idle();
    await openBlock(block);
  }
}

const splitBlocks = new Map(); // the few blocks looked at last, split
async function textOf(item) {
  const block = Math.floor(item / data.block);
  let texts = splitBlocks.get(block);
  if (!texts) {
    texts = (await openBlock(block)).split("\0");
    splitBlocks.set(block, texts);
    if (splitBlocks.size > 24) splitBlocks.delete(splitBlocks.keys().next().value);
  }
  return texts[item % data.block];
}

// At most `limit` characters, with a count of the rest; no character is cut in two.
function cut(text, limit) {
  if (text.length <= limit) return { text, more: 0 };
  const end = text.charCodeAt(limit - 1) >= 0xd800 && text.charCodeAt(limit - 1) < 0xdc00 ? limit - 1 : limit;
  return { text: text.slice(0, end), more: text.length - end };
}
// The same in one line, with dots for the rest.
function brief(text, limit) {
  const { text: start, more } = cut(text, limit);
  return more ? start.trimEnd() + "…" : start;
}

function grouped(number) {
  return number.toLocaleString("en-US");
}
function plural(number, word) {
  return grouped(number) + " " + word + (number === 1 ? "" : "s");
}

// Pure geometry: views, lassos, the grid that finds the point under the pointer, places for labels.

const WHOLE = { x: 0.5, y: 0.5, zoom: 1 };
const LARGEST_ZOOM = 1000;
const FILLED = 0.93; // share of a panel's width or height that the whole map takes

// How much of the square's width and height the points of all panels take: the whole map fills a panel of any shape.
function spanOf(all) {
  let x = 0, y = 0;
  for (const each of all) {
    for (let i = 0; i < each.length; i += 2) {
      x = Math.max(x, Math.abs(each[i] - 0.5) || 0); // NaN where a text has no place
      y = Math.max(y, Math.abs(each[i + 1] - 0.5) || 0);
    }
  }
  return { x: Math.max(2 * x, 0.1), y: Math.max(2 * y, 0.1) };
}
const SPAN = spanOf(places);

function unitOf(width, height, view) {
  return Math.min(width / SPAN.x, height / SPAN.y) * FILLED * view.zoom;
}
function toScreen(x, y, width, height, view) {
  const unit = unitOf(width, height, view);
  return [width / 2 + (x - view.x) * unit, height / 2 - (y - view.y) * unit];
}
function toMap(px, py, width, height, view) {
  const unit = unitOf(width, height, view);
  return [view.x + (px - width / 2) / unit, view.y - (py - height / 2) / unit];
}
function boundedView(view) {
  const zoom = Math.min(LARGEST_ZOOM, Math.max(1, view.zoom));
  const reach = 0.5 + 0.1 * (1 - 1 / zoom); // the centre stays on the map, and in the middle of the whole map
  const bound = value => Math.min(0.5 + reach * (1 - 1 / zoom), Math.max(0.5 - reach * (1 - 1 / zoom), value));
  return { x: bound(view.x), y: bound(view.y), zoom };
}
// The view after enlarging by `factor` so that what lies under (px, py) stays there.
function zoomedView(view, factor, px, py, width, height) {
  const zoom = Math.min(LARGEST_ZOOM, Math.max(1, view.zoom * factor));
  const [x, y] = toMap(px, py, width, height, view);
  const unit = unitOf(width, height, { zoom });
  return boundedView({ x: x - (px - width / 2) / unit, y: y + (py - height / 2) / unit, zoom });
}

// Items inside a polygon of [x, y] corners by the even-odd rule. The edges are sorted into bands by y, so that a point
// is held against the few edges beside it.
function insidePolygon(places, corners, allowed) {
  const n = places.length / 2;
  const inside = [];
  if (corners.length < 3) return inside;
  let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
  for (const [x, y] of corners) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  const bandCount = 256, scale = high > low ? bandCount / (high - low) : 0;
  const bandOf = y => Math.min(bandCount - 1, Math.max(0, Math.floor((y - low) * scale)));
  const bands = Array.from({ length: bandCount }, () => []);
  corners.forEach(([x1, y1], i) => {
    const [x2, y2] = corners[(i + 1) % corners.length];
    for (let band = bandOf(Math.min(y1, y2)); band <= bandOf(Math.max(y1, y2)); band++) bands[band].push(x1, y1, x2, y2);
  });
  for (let i = 0; i < n; i++) {
    const x = places[2 * i], y = places[2 * i + 1];
    if (!(x >= left && x <= right && y >= low && y <= high)) continue; // NaN fails too
    if (allowed && !allowed(i)) continue;
    const edges = bands[bandOf(y)];
    let odd = false;
    for (let e = 0; e < edges.length; e += 4) {
      const y1 = edges[e + 1], y2 = edges[e + 3];
      if (y1 > y !== y2 > y && x < edges[e] + ((y - y1) / (y2 - y1)) * (edges[e + 2] - edges[e])) odd = !odd;
    }
    if (odd) inside.push(i);
  }
  return inside;
}

function insideBox(places, a, b, allowed) {
  const left = Math.min(a[0], b[0]), right = Math.max(a[0], b[0]);
  const low = Math.min(a[1], b[1]), high = Math.max(a[1], b[1]);
  const inside = [];
  for (let i = 0; i < places.length / 2; i++) {
    const x = places[2 * i], y = places[2 * i + 1];
    if (x >= left && x <= right && y >= low && y <= high && (!allowed || allowed(i))) inside.push(i);
  }
  return inside;
}

// A grid over the map: which items lie in which cell, so that a look-up touches a few of them.
function gridOf(places) {
  const n = places.length / 2;
  const cells = Math.max(1, Math.min(512, Math.ceil(Math.sqrt(n / 4))));
  const cellOf = value => Math.min(cells - 1, Math.max(0, Math.floor(value * cells)));
  const starts = new Uint32Array(cells * cells + 1);
  for (let i = 0; i < n; i++) if (places[2 * i] >= 0) starts[cellOf(places[2 * i + 1]) * cells + cellOf(places[2 * i]) + 1]++;
  for (let cell = 0; cell < cells * cells; cell++) starts[cell + 1] += starts[cell];
  const next = starts.slice();
  const items = new Uint32Array(starts[cells * cells]);
  for (let i = 0; i < n; i++) if (places[2 * i] >= 0) items[next[cellOf(places[2 * i + 1]) * cells + cellOf(places[2 * i])]++] = i;
  return { cells, cellOf, starts, items };
}

// The nearest allowed item to (x, y) within `radius`, or -1; of equals the one with the smallest number.
function nearestItem(grid, places, x, y, radius, allowed) {
  let best = -1, nearest = radius * radius;
  const { cells, cellOf, starts, items } = grid;
  for (let row = cellOf(y - radius); row <= cellOf(y + radius); row++) {
    for (let at = starts[row * cells + cellOf(x - radius)]; at < starts[row * cells + cellOf(x + radius) + 1]; at++) {
      const item = items[at];
      const dx = places[2 * item] - x, dy = places[2 * item + 1] - y, distance = dx * dx + dy * dy;
      if ((distance < nearest || (distance === nearest && item < best)) && allowed(item)) {
        nearest = distance;
        best = item;
      }
    }
  }
  return best;
}

// The nearest allowed item from `item` towards (dx, dy): within 45 degrees of it, else -1.
function itemTowards(places, item, dx, dy, allowed) {
  const x = places[2 * item], y = places[2 * item + 1];
  let best = -1, nearest = Infinity;
  for (let i = 0; i < places.length / 2; i++) {
    const ex = places[2 * i] - x, ey = places[2 * i + 1] - y;
    const along = ex * dx + ey * dy, across = Math.abs(ex * dy - ey * dx);
    if (!(along > 0) || across > along) continue;
    const distance = along + 2 * across;
    if (distance < nearest && allowed(i)) {
      nearest = distance;
      best = i;
    }
  }
  return best;
}

// Where each label's texts are densest: the middle of the points in the fullest 3 x 3 cells of a coarse grid, and the
// share of its texts that lie there.
function labelPlaces(places, codes, only) {
  const cells = 20;
  const counts = new Map(only.map(code => [code, new Uint32Array(cells * cells)]));
  const cellOf = value => Math.min(cells - 1, Math.floor(value * cells));
  for (let i = 0; i < codes.length; i++) {
    const grid = counts.get(codes[i]);
    if (grid && places[2 * i] >= 0) grid[cellOf(places[2 * i + 1]) * cells + cellOf(places[2 * i])]++;
  }
  const centres = new Map();
  for (const [code, grid] of counts) {
    let best = -1, most = 0;
    for (let row = 0; row < cells; row++) {
      for (let column = 0; column < cells; column++) {
        let sum = grid[row * cells + column];
        for (let r = Math.max(0, row - 1); r <= Math.min(cells - 1, row + 1); r++)
          for (let c = Math.max(0, column - 1); c <= Math.min(cells - 1, column + 1); c++) sum += grid[r * cells + c];
        if (sum > most) {
          most = sum;
          best = row * cells + column;
        }
      }
    }
    if (best >= 0) centres.set(code, { row: Math.floor(best / cells), column: best % cells, x: 0, y: 0, points: 0 });
  }
  for (let i = 0; i < codes.length; i++) {
    const centre = centres.get(codes[i]);
    if (!centre || !(places[2 * i] >= 0)) continue;
    if (Math.abs(cellOf(places[2 * i]) - centre.column) > 1 || Math.abs(cellOf(places[2 * i + 1]) - centre.row) > 1) continue;
    centre.x += places[2 * i];
    centre.y += places[2 * i + 1];
    centre.points++;
  }
  return only.filter(code => centres.has(code)).map(code => {
    const { x, y, points } = centres.get(code);
    let placed = 0;
    for (const number of counts.get(code)) placed += number;
    return { code, x: x / points, y: y / points, points, share: points / placed };
  });
}

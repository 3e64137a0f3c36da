// Colours: which one is on, and its legend. A click hides a label, "only" isolates it; numbers show where they lie.

const PAGE = 12; // labels of one page of the legend
const legendPart = make("section", "colours");
const legendBody = make("div", "legend-body");
let legendPage = 0;

function buildLegend() {
  const head = make("div", "part-head");
  head.append(make("h2", "", "Colour"));
  if (colourings.length > 1) {
    const label = make("label", "unseen", "Colour by");
    const choice = make("select", "choice");
    choice.id = "colour-by";
    label.htmlFor = "colour-by";
    colourings.forEach((each, place) => {
      const option = make("option", "", brief(each.name, 60));
      option.value = place;
      choice.append(option);
    });
    choice.addEventListener("change", () => setColouring(Number(choice.value)));
    on("colouring", () => (choice.value = state.colouring));
    head.append(label, choice);
  } else if (colourings.length === 1) {
    const only = make("bdi", "only-choice", brief(colourings[0].name, 60));
    only.title = brief(colourings[0].name, 400);
    head.append(only);
  }
  legendPart.append(head, legendBody);
  legendPart.hidden = colourings.length === 0;
  showLegend();
}

function showLegend() {
  const colouring = currentColouring();
  legendBody.replaceChildren();
  if (!colouring) return;
  if (colouring.kind === "labels") showLabels(colouring);
  else showNumbers(colouring);
  if (colouring.note) legendBody.append(make("p", "hint", colouring.note));
}

function showLabels(colouring) {
  const codes = colouring.missing ? [...colouring.ranked, -1] : colouring.ranked;
  const pages = Math.max(1, Math.ceil(codes.length / PAGE));
  legendPage = Math.min(legendPage, pages - 1);
  const rows = make("ul", "legend");
  for (const code of codes.slice(legendPage * PAGE, (legendPage + 1) * PAGE)) rows.append(labelRow(colouring, code, codes));
  legendBody.append(rows);
  const foot = make("div", "legend-foot");
  if (pages > 1) {
    const turn = by => () => {
      legendPage = (legendPage + by + pages) % pages;
      showLegend();
      legendBody.querySelector(by < 0 ? ".previous" : ".next").focus();
    };
    foot.append(button("link previous", "‹", turn(-1), "Previous labels"),
      make("span", "", legendPage * PAGE + 1 + "–" + Math.min(codes.length, (legendPage + 1) * PAGE) + " of " + codes.length),
      button("link next", "›", turn(1), "Next labels"));
  }
  if (state.hidden.size) foot.append(button("link all", "Show all", () => setHidden([])));
  if (foot.childNodes.length) legendBody.append(foot);
}

function labelRow(colouring, code, codes) {
  const row = make("li", "");
  const hidden = state.hidden.has(code);
  const name = code < 0 ? "missing" : colouring.names[code];
  const shown = brief(name.trim() === "" ? "(empty)" : name, 60);
  const toggle = button("label", "", () => {
    const next = new Set(state.hidden);
    if (!next.delete(code)) next.add(code);
    setHidden(next);
  });
  toggle.setAttribute("aria-pressed", String(!hidden));
  toggle.title = brief(name, 400);
  const word = make("bdi", "word", shown);
  toggle.append(swatch(markOfRank(code < 0 ? -1 : colouring.rank[code], theme())), word,
    make("span", "size", grouped(code < 0 ? colouring.missing : colouring.sizes[code])));
  toggle.dataset.code = code;
  const alone = !hidden && state.hidden.size === codes.length - 1;
  const only = button("only", alone ? "all" : "only", () => setHidden(alone ? [] : codes.filter(other => other !== code)), (alone ? "Show all labels" : "Show only " + shown));
  only.dataset.code = code;
  row.addEventListener("pointerenter", event => event.pointerType === "mouse" && !hidden && highlight(code));
  row.addEventListener("pointerleave", () => highlight(null));
  toggle.addEventListener("focus", () => toggle.matches(":focus-visible") && !hidden && highlight(code));
  toggle.addEventListener("blur", () => highlight(null));
  row.append(toggle);
  if (codes.length > 1) row.append(only);
  return row;
}

// What the two ends and the middle of the colours stand for.
function endsOfRamp({ low, high, least, most }) {
  return [(least < low ? "≤ " : "") + writtenNumber(low), writtenNumber((low + high) / 2), (most > high ? "≥ " : "") + writtenNumber(high)];
}

const HISTOGRAM_BARS = 36;
function showNumbers(colouring) {
  const ramp = rampOf(colouring, theme());
  const sizes = new Uint32Array(HISTOGRAM_BARS);
  for (const value of colouring.values)
    if (Number.isFinite(value)) sizes[Math.min(HISTOGRAM_BARS - 1, Math.max(0, Math.floor(shareOf(value, colouring) * HISTOGRAM_BARS)))]++;
  if (colouring.missing === count) {
    legendBody.append(make("p", "hint", "No text has a value."));
    return;
  }
  const most = Math.max(1, ...sizes);
  const bars = make("div", "histogram");
  bars.setAttribute("aria-hidden", "true");
  sizes.forEach((size, i) => {
    const bar = make("span", "");
    bar.style.height = (size ? 2 + (98 * size) / most : 0) + "%";
    bar.style.background = "rgb(" + onRamp(ramp, (i + 0.5) / HISTOGRAM_BARS).join(",") + ")";
    bars.append(bar);
  });
  const ends = make("p", "ends");
  ends.append(...endsOfRamp(colouring).map(words => make("span", "", words)));
  legendBody.append(bars, ends);
  if (colouring.missing) {
    const line = make("p", "hint");
    line.append(swatch(missingMark(theme())), " " + plural(colouring.missing, "text") + " without a value");
    legendBody.append(line);
  }
}
on("hidden", () => {
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement : null;
  const again = focused && focused.dataset.code !== undefined && legendPart.contains(focused)
    ? "." + focused.classList[0] + '[data-code="' + focused.dataset.code + '"]' : null;
  showLegend();
  if (again) {
    const node = legendPart.querySelector(again);
    if (node) node.focus({ preventScroll: true });
  }
});
on("colouring", () => {
  legendPage = 0;
  showLegend();
});
on("theme", showLegend);

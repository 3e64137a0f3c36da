// A pasted list in order: sent in parts, put together here by the values that order each part.

const AT_ONCE = 100; // rows shown first, more on demand
const ranking = { rows: [], shown: 0, isShare: false, stop: null };

onSubmit("rank-form", "rank-told", async (model, say) => {
  const pasted = at("rank-texts").value, texts = at("rank-split").value === "line" ? linesOf(pasted) : paragraphsOf(pasted);
  at("rank-answer").hidden = true;
  if (!texts.length) return say("Paste some texts first.", true);
  ranking.stop = new AbortController();
  working(true);
  try {
    const found = await rankedInParts(texts, { model, by: askedBy(model), say, signal: ranking.stop.signal });
    if (isShown(model)) showRanking(found, texts.length, model);
  } finally {
    working(false);
  }
});
function askedBy(model) {
  if (at("rank-by-place").hidden) return {};
  return model.classes?.length ? { class: at("rank-by").value } : { target: at("rank-by").value };
}
async function rankedInParts(texts, { model, by, say, signal }) {
  const rows = [], left = [], parts = [], path = pathOf("rank", model), chunks = chunksOf(texts);
  while (chunks.length) {
    const chunk = chunks.shift();
    at("rank-progress").max = texts.length;
    at("rank-progress").value = chunk.start;
    if (chunk.start) say("Ranked " + group.format(chunk.start) + " of " + count(texts.length, "text") + ".");
    let answer;
    try {
      answer = await askOf(model, path, { texts: chunk.texts, ...by }, { signal, say });
    } catch (error) {
      if (error.status !== 413 || chunk.texts.length === 1) throw error;
      chunks.unshift(...halvesOf(chunk)); // this service takes less at once than others
      continue;
    }
    for (const each of answer.ranking) rows.push({ index: chunk.start + each.index, text: chunk.texts[each.index], score: each.score, value: each.value });
    for (const each of answer.left_out) left.push({ index: chunk.start + each.index, reason: each.reason });
    parts.push({ start: chunk.start, size: chunk.texts.length, ranked: answer.ranking.length, notes: answer.notes || [] });
  }
  rows.sort((a, b) => b.value - a.value || a.index - b.index);
  return { rows, left, notes: [...foreignNotes(model, texts), ...notesOfParts(parts)] };
}
function working(on) {
  at("rank-progress").hidden = !on;
  at("rank-stop").hidden = !on;
  if (on) at("rank-progress").removeAttribute("value");
}
function showRanking({ rows, left, notes }, total, model) {
  Object.assign(ranking, { rows, shown: 0, isShare: model.classes?.length > 0 });
  at("rank-rows").replaceChildren();
  at("rank-answer").hidden = !rows.length;
  moreRows(AT_ONCE);
  const said = [(rows.length < total ? group.format(rows.length) + " of " + count(total, "text") : count(total, "text")) + " ranked."];
  if (left.length) said.push(count(left.length, "text") + " left out, the first, number " + group.format(left[0].index + 1) + ": " + sentence(left[0].reason));
  tell("rank-told", said.join(" "));
  noted("rank-told", notes);
}
function moreRows(many) {
  const { rows, isShare } = ranking, highest = rows[0]?.score, lowest = rows[rows.length - 1]?.score;
  const decimals = decimalsFor(highest - lowest);
  const part = score => (isShare ? score : highest > lowest ? (score - lowest) / (highest - lowest) : 1);
  const next = rows.slice(ranking.shown, ranking.shown + many);
  at("rank-rows").append(...next.map((row, place) => make("tr", "",
    make("td", "num", group.format(ranking.shown + place + 1)), make("td", "num", isShare ? percent(row.score) : fixed(row.score, decimals)),
    make("td", "level", bar(part(row.score))), make("td", "", textNode("p", row.text, 200)))));
  ranking.shown += next.length;
  const left = rows.length - ranking.shown;
  at("rank-more").hidden = left === 0;
  at("rank-more").textContent = "Show " + group.format(Math.min(500, left)) + " more of " + group.format(left);
}
function rankedCsv() {
  return csvOf([["rank", "score", "row", "text"], ...ranking.rows.map((row, place) => [place + 1, row.score, row.index + 1, row.text])]);
}
at("rank-more").addEventListener("click", () => moreRows(500));
at("rank-stop").addEventListener("click", () => {
  ranking.stop.abort();
  tell("rank-told", "Stopped; nothing was ranked.");
});
at("rank-save").addEventListener("click", () => saveAs(rankedCsv(), "ranking.csv"));
at("rank-copy").addEventListener("click", async () => {
  const done = await copied(rankedCsv());
  tell("rank-told", done ? count(ranking.rows.length, "row") + " copied." : "This browser does not let the page copy; save the file instead.", !done);
});
tools.push({
  show(model) {
    ranking.stop?.abort();
    at("rank-answer").hidden = true;
    tell("rank-told", "");
    const by = model.classes?.length ? model.classes : model.targets || [];
    at("rank-by-place").hidden = by.length < 2;
    choices(at("rank-by"), by.map(name => [name, name]));
  },
});

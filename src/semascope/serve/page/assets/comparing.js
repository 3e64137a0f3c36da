// How alike a few texts are to an encoder: their cosines, as a table that is also a picture.

const MOST_COMPARED = 30;

onSubmit("compare-form", "compare-told", async (model, say) => {
  const pasted = linesOf(at("compare-texts").value), texts = pasted.slice(0, MOST_COMPARED), role = at("compare-role-place").hidden ? "" : at("compare-role").value;
  at("compare-answer").hidden = true;
  if (texts.length < 2) return say("Paste two texts or more, one a line.", true);
  const body = { input: texts, model: model.id };
  if (role) body.input_type = role;
  const answer = await askOf(model, "/v1/embeddings", body, { say });
  if (!isShown(model)) return;
  showCosines(texts, cosinesOf(answer.data.map(each => each.embedding)));
  const cut = pasted.length > texts.length ? " Only the first " + MOST_COMPARED + " of " + group.format(pasted.length) + " are compared." : "";
  say(count(texts.length, "text") + ", " + count(answer.usage?.total_tokens ?? 0, "token") + "." + cut);
  noted("compare-told", [...foreignNotes(model, texts), ...(answer.notes || []).map(note => renumbered(note, 0))]);
});
function cosinesOf(rows) {
  const lengths = rows.map(row => Math.hypot(...row) || 1);
  return rows.map((a, i) => rows.map((b, j) => a.reduce((sum, value, k) => sum + value * b[k], 0) / (lengths[i] * lengths[j])));
}
function showCosines(texts, cosines) {
  const pairs = [];
  cosines.forEach((row, i) => row.forEach((value, j) => j > i && pairs.push({ i, j, value })));
  pairs.sort((a, b) => b.value - a.value);
  const [best, least] = [pairs[0], pairs[pairs.length - 1]];
  const words = ({ i, j, value }) => "numbers " + (i + 1) + " and " + (j + 1) + " (" + fixed(value) + ")";
  at("compare-said").textContent = pairs.length > 1 ? "Most alike are " + words(best) + ", least alike " + words(least) + "." : "Their cosine similarity is " + fixed(best.value, 3) + ".";
  at("compare-head").replaceChildren(make("tr", "", make("td", ""), ...texts.map((_, j) => heading("col", String(j + 1)))));
  at("compare-rows").replaceChildren(...texts.map((text, i) => {
    const head = heading("row", ""), name = make("span", "name", cutAt(text, 90));
    name.dir = "auto";
    name.title = cutAt(text, 400);
    head.append(make("span", "n", String(i + 1)), name);
    return make("tr", "", head, ...cosines[i].map((value, j) => make("td", i === j ? "same" : tintOf(value, best.value, least.value), fixed(value).replace("0.", "."))));
  }));
  at("compare-rows").closest("table").classList.toggle("dense", texts.length > 16);
  at("compare-answer").hidden = false;
}
// Ten steps between the least and the most alike pair: differences show, whatever the level of an encoder's cosines.
function tintOf(value, highest, lowest) {
  return "s" + (highest > lowest ? Math.min(9, Math.floor((10 * (value - lowest)) / (highest - lowest))) : 5);
}
function heading(scope, text) {
  return Object.assign(make("th", "", text), { scope });
}
tools.push({
  show(model) {
    at("compare-role-place").hidden = model.tells_roles_apart === false; // then both are read alike
    at("compare-answer").hidden = true;
    tell("compare-told", "");
  },
});

// Scores while somebody types: one request at a time, and behind it one for what stands there by then.

const SETTLED = 150; // milliseconds without a key
const SILENCE = 1000; // until the answer is read out
const trying = { timer: 0, running: false, again: false, stop: null, why: null };

function scores(model) {
  return model?.kind === "scorer" || model?.kind === "learner";
}
function tried() {
  return at("try-text").value;
}
function tryLater() {
  clearTimeout(trying.timer);
  if (!tried().trim()) return nothingTried();
  at("try-answer").classList.add("stale");
  trying.timer = setTimeout(tryNow, SETTLED);
}
function nothingTried() {
  trying.stop?.abort();
  trying.why = null;
  at("try-answer").classList.remove("stale");
  at("try-answer").replaceChildren(make("p", "none", "The answer appears here."));
  tell("try-told", "");
  showReasons(null);
  correctable(null);
}
async function tryNow() {
  clearTimeout(trying.timer);
  trying.again = trying.running;
  if (trying.running || !tried().trim()) return;
  trying.running = true;
  trying.stop = new AbortController();
  try {
    await answerTo(tried(), state.model, trying.stop.signal);
  } catch (error) {
    if (error.name !== "AbortError") tell("try-told", wordsOf(error), true);
  } finally {
    trying.running = false;
  }
  if (trying.again && scores(state.model)) return tryNow();
}
async function answerTo(text, model, signal) {
  const asked = { signal, say: words => tell("try-told", words) };
  const current = () => isShown(model) && tried().trim() !== "";
  const answer = await askOf(model, pathOf("score", model), { texts: [text] }, asked);
  if (!current()) return;
  const result = answer.results[0];
  const scored = answerNode(model, text, answer);
  if (model.kind !== "learner") await sayUncut(scored, model, answer, result, text, asked);
  if (model.kind !== "learner" || result.reason) return current() && showTried(text, scored, null);
  if (trying.again) return;
  const why = await explained(model, text, { coverage: coverageWanted() }, asked);
  if (!current()) return;
  const notes = scored.querySelectorAll(".fineprint");
  const shown = learntNode(why);
  for (const note of notes) if (!shown.textContent.includes(note.textContent)) shown.append(note);
  showTried(text, shown, why);
}
// A scorer may cut its scores to those that were learnt from, or answer the median of examples that it predicts alike; where
// it may have done so, what its head said is said: that ranks.
async function sayUncut(node, model, answer, result, text, asked) {
  for (const target of answer.targets) {
    const value = result.scores?.[target], range = rangeOf(model, target);
    if (!range || !range.includes(value)) continue;
    const head = (await askOf(model, pathOf("rank", model), { texts: [text], target }, asked)).ranking[0]?.value;
    const said = headWords(target, head, value, range);
    if (said) node.append(make("p", "fineprint", said));
  }
}
function headWords(target, head, value, [low, high]) {
  const barely = 1e-6 * (high - low), written = fixed(head, decimalsFor(high - low));
  if (!Number.isFinite(head) || Math.abs(head - value) <= barely) return "";
  if (head < low - barely || head > high + barely) return "Without the cut to the scores that were learnt from, " + target + " would be " + written + ".";
  return "The head itself says " + written + ", and a ranking goes by that; the score is the median of the examples that it predicts alike.";
}
function coverageWanted() {
  return Number(at("try-coverage").value);
}
function explained(model, text, { coverage = 0.9, neighbours = 5 }, asked = {}) {
  return askOf(model, pathOf("explain", model), { text, coverage, neighbours, pulls: 5 }, asked);
}
function showTried(text, node, why) {
  trying.why = why;
  tell("try-told", "");
  at("try-answer").replaceChildren(node);
  at("try-answer").classList.toggle("stale", text !== tried());
  showReasons(why);
  correctable(why);
  const said = [...node.querySelectorAll(".value, .note, .told")].map(each => each.textContent);
  announce(said.filter(Boolean).join(", "), SILENCE);
}
at("try-text").addEventListener("input", tryLater);
at("try-coverage").addEventListener("change", tryNow);
document.addEventListener("backonline", () => scores(state.model) && tryNow());
tools.push({
  show(model) {
    clearTimeout(trying.timer);
    nothingTried();
    if (tried().trim() && scores(model)) tryLater();
  },
});

// One answer about one text: its score on a scale, or the classes with their probabilities.

const MOST_CLASSES = 12;

function figure(value, note = "") {
  return make("p", "figure", make("b", "value", value), note ? make("span", "note", note) : "");
}
function answerNode(model, text, answer) {
  const result = answer.results[0];
  const box = make("div", "");
  if (result.reason) box.append(make("p", "told", sentence("No score: " + result.reason)));
  else if (result.class !== null && result.class !== undefined) box.append(...classNodes(result));
  else box.append(...answer.targets.map(target => scoreNode(model, target, result, answer.targets.length)));
  const notes = [...(answer.notes || [])];
  if (result.truncated && !notes.some(note => note.includes("longer than"))) notes.unshift("The text is longer than the encoder reads: its end was not read.");
  for (const note of [...foreignNotes(model, [text]), ...notes]) box.append(make("p", "fineprint", sentence(note)));
  return box;
}
function scoreNode(model, target, result, targets) {
  const value = result.scores?.[target];
  const range = rangeOf(model, target);
  const node = figure(fixed(value, decimalsFor(range ? range[1] - range[0] : 0)), targets > 1 || model.kind === "scorer" ? target : "");
  if (!range || !Number.isFinite(value)) return node;
  const scale = scaleOf([...range, value]), decimals = decimalsFor(range[1] - range[0]);
  const label = fixed(value, decimals) + " on a scale from " + fixed(range[0], decimals) + " to " + fixed(range[1], decimals);
  return make("div", "", node, strip({ scale, zone: range, point: value, label }), ruler(scale, range, decimals));
}
// The scores that were learnt from, where the service tells them.
function rangeOf(model, target) {
  const range = model.learnt_range || model.ranges?.[target];
  return Array.isArray(range) && range.every(Number.isFinite) ? range : null;
}
function classNodes(result) {
  const sure = result.probabilities?.[result.class];
  const sorted = Object.entries(result.probabilities || {}).sort((a, b) => b[1] - a[1]);
  const rows = sorted.slice(0, MOST_CLASSES).map(([name, part]) =>
    make("li", name === result.class ? "taken" : "", make("span", "name", name), bar(part), make("span", "num", percent(part)))
  );
  const more = sorted.length - rows.length;
  return [
    figure(result.class, sure === undefined ? "" : "probability " + percent(sure)),
    make("ul", "levels", ...rows),
    more > 0 ? make("p", "fineprint", count(more, "less likely class").replace(/classs$/, "classes") + " not shown.") : "",
  ];
}
// What a learner says: the score, where it is expected to lie, and whether any example shows it.
function learntNode(why) {
  const { low, high } = why.interval || { low: null, high: null };
  const decimals = decimalsFor(why.highest - why.lowest);
  const zone = [why.lowest, why.highest], scale = scaleOf([...zone, why.score, low, high]);
  const says = why.interval ? spanWords(why.interval, decimals) : "";
  const box = make("div", "", figure(fixed(why.score, decimals), says));
  const label = "Score " + fixed(why.score, decimals) + (says ? ", " + says : "") + "; examples lie from " + fixed(zone[0], decimals) + " to " + fixed(zone[1], decimals);
  box.append(strip({ scale, zone, span: why.interval && [low, high], point: why.score, label }), ruler(scale, zone, decimals));
  if (why.outside) box.append(make("p", "fineprint", why.outside + " Cut to them it is " + fixed(clipped(why), decimals) + "."));
  for (const said of [why.interval?.sentence, ...(why.notes || [])]) if (said) box.append(make("p", "fineprint", sentence(said)));
  return box;
}
function clipped(why) {
  return Math.min(why.highest, Math.max(why.lowest, why.score));
}
function spanWords(interval, decimals) {
  if (interval.low === null || interval.high === null) return "no interval: too few examples for " + percent(interval.coverage);
  const means = interval.note ? "aimed at " + percent(interval.coverage) + ", not promised: " : percent(interval.coverage) + " of such texts: ";
  return means + fixed(interval.low, decimals) + " to " + fixed(interval.high, decimals);
}

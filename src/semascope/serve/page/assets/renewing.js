// An artifact may be written anew while this page is open: where an answer does not fit what is shown of it, that is asked
// for again.

async function askOf(model, path, body, options) {
  let answer, refusal = null;
  try {
    answer = await ask(path, body, options);
  } catch (error) {
    if (![400, 404].includes(error.status)) throw error;
    refusal = error;
  }
  if ((refusal || !fits(model, answer)) && (await renewed(model))) throw new Refusal(0, model.id + " was replaced meanwhile; what stands here now is of the new one. Send it again.");
  if (refusal) throw refusal;
  return answer;
}
function fits(model, answer) {
  const range = model.learnt_range;
  if (range && "lowest" in answer && (answer.lowest !== range[0] || answer.highest !== range[1])) return false;
  return ["targets", "classes", "documents"].every(fact => !(fact in answer) || String(answer[fact]) === String(model[fact]));
}
// Whether it is another one by now; then it is shown anew.
async function renewed(model) {
  const now = (await ask("/v1/models")).data.find(each => each.id === model.id);
  if (!now) return false;
  const isOther = lastingFacts(now) !== lastingFacts(model);
  for (const fact of Object.keys(model)) delete model[fact];
  Object.assign(model, now);
  if (isShown(model) && isOther) choose(model);
  else if (isShown(model)) at("about").textContent = aboutOf(model);
  return isOther;
}
// What neither learning nor another document changes.
function lastingFacts({ created, examples, learnt_range, documents, ...facts }) {
  return JSON.stringify(facts);
}

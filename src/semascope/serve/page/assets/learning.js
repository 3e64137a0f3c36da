// A score that somebody gives: learnt at once, and what it changed is shown.

const COPIES = 50; // neighbours that are looked through for the same text: copies of it are the nearest ones
const corrections = []; // of this visit: {model, text, score, strange, before, after, state}
let shownMove = null; // the one whose before and after are shown

function correctable(why) {
  const slide = at("correct-slide"), form = at("correct-form");
  form.querySelector("button").disabled = why === null;
  slide.disabled = why === null || why.lowest === why.highest;
  if (why === null || (shownMove && shownMove.text !== why.text)) hideMove();
  if (why === null) {
    at("correct-score").value = "";
    return;
  }
  const decimals = decimalsFor(why.highest - why.lowest);
  Object.assign(slide, { min: why.lowest, max: why.highest });
  if (document.activeElement !== at("correct-score") && document.activeElement !== slide) {
    slide.value = why.score;
    at("correct-score").value = clipped(why).toFixed(decimals);
  }
}
at("correct-slide").addEventListener("input", () => {
  at("correct-score").value = Number(at("correct-slide").value).toFixed(decimalsFor(at("correct-slide").max - at("correct-slide").min));
});
at("correct-score").addEventListener("input", () => (at("correct-slide").value = at("correct-score").value));

// An id by which the service knows a repeat of this very request.
function freshId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}
const NEEDS_TOKEN = {
  learn: { below: "correct-form", left: "Nothing was learnt: that needs the token for learning." },
  forget: { below: "correct-form", left: "Nothing was undone: that needs the token for learning." },
  suggest: { below: "suggest-form", left: "Nothing was suggested: that needs the token for learning, as the texts that are named are kept." },
};
// Sent again with the same id where the answer was lost, so that it is learnt once.
async function changeOnce(model, route, body) {
  const sent = { ...body, request_id: freshId() }, asked = { learning: NEEDS_TOKEN[route], say: sayer("correct-told", model) }, path = pathOf(route, model);
  try {
    return await ask(path, sent, asked);
  } catch (error) {
    if (error.status !== 0) throw error;
    await pause(1000);
    return ask(path, sent, asked);
  }
}
function copiesOf(text, why) {
  return why.neighbours.filter(each => each.text === text);
}
onSubmit("correct-form", "correct-told", async (model, say) => {
  const text = tried(), score = Number(at("correct-score").value), coverage = coverageWanted();
  if (!text.trim()) return say("Type a text first.", true);
  const before = await explained(model, text, { coverage, neighbours: COPIES });
  const known = copiesOf(text, before).length;
  const own = corrections.filter(each => each.model === model.id && each.text === text && each.state === "learnt").length;
  const answer = await changeOnce(model, "learn", { text, score });
  const made = { model: model.id, text, score, strange: Math.max(0, known - own), before, after: before, state: "learnt" };
  corrections.unshift(made);
  model.examples = answer.examples;
  if (!isShown(model)) return say("Learnt.");
  at("about").textContent = aboutOf(model);
  showCorrections(); // it is learnt, whatever becomes of the next question
  made.after = await explained(model, text, { coverage, neighbours: COPIES });
  if (!isShown(model)) return;
  showMove(made);
  showCorrections();
  say(movedWords(made));
  noted("correct-told", answer.notes || []);
  tryNow();
});
function movedWords({ before, after, strange }) {
  const decimals = decimalsFor(after.highest - after.lowest);
  const copies = strange ? " This text was an example before; both scores are kept, and the model learns from both." : "";
  const [from, to] = [fixed(before.score, decimals), fixed(after.score, decimals)];
  return "Learnt: the score of this text " + (from === to ? "stays " + to : "goes from " + from + " to " + to) + "." + copies;
}
function hideMove() {
  shownMove = null;
  at("correct-moved").hidden = true;
  tell("correct-told", "");
}
function showMove(made) {
  const { before, after, score } = made;
  shownMove = made;
  const decimals = decimalsFor(after.highest - after.lowest);
  const ends = why => [why.score, why.interval?.low ?? null, why.interval?.high ?? null];
  const scale = scaleOf([before.lowest, before.highest, after.lowest, after.highest, score, ...ends(before), ...ends(after)]);
  const line = (name, why, kind) => {
    const zone = [why.lowest, why.highest], says = why.interval ? spanWords(why.interval, decimals) : "";
    const label = name + ": " + fixed(why.score, decimals) + (says ? ", " + says : "") + "; you said " + fixed(score, decimals);
    const words = make("p", "facts", make("b", "", name + " " + fixed(why.score, decimals)), " " + says);
    return make("div", "", words, strip({ scale, zone, span: why.interval && ends(why).slice(1), point: why.score, given: score, label, kind }));
  };
  at("correct-moved").replaceChildren(line("Before", before, "plain"), line("After", after, "chosen"), ruler(scale, [after.lowest, after.highest], decimals), make("p", "fineprint", "The upright line is the score that you gave, " + fixed(score, decimals) + "; the grey field is where examples lie."));
  at("correct-moved").hidden = false;
}
tools.push({
  show() {
    endWait("learning", ""); // its form is of what was shown before
    hideMove();
    showCorrections();
  },
});

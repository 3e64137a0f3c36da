// Undoing a correction. Forgetting takes every example of a text, so it is offered only where all of them are of this
// visit: they are forgotten, and those that are not undone are learnt again. An example that was there before could not
// be put back as it was (what was noted beside it is not known here), so then there is no undo.

function siblingsOf(one) {
  return corrections.filter(each => each.model === one.model && each.text === one.text && each.state === "learnt");
}
function showCorrections() {
  const shown = corrections.filter(each => each.model === state.model.id);
  at("correct-none").hidden = shown.length > 0;
  at("correct-list").replaceChildren(...shown.map(correctionRow));
}
function correctionRow(one) {
  const decimals = decimalsFor(one.after.highest - one.after.lowest);
  const facts = "scored " + fixed(one.score, decimals) + " \u00b7 " + fixed(one.before.score, decimals) + " \u2192 " + fixed(one.after.score, decimals);
  const row = make("li", one.state, textNode("p", one.text, 140), make("p", "facts", facts));
  if (one.state === "undone") row.append(make("p", "facts", "undone"));
  else if (siblingsOf(one).some(each => each.strange)) row.append(make("p", "fineprint", "No undo: this text was an example before, and forgetting it would take that one as well."));
  else row.append(button("plain", "Undo", event => undo(one, event.target), "Undo the score of: " + cutAt(one.text, 60)));
  return row;
}
async function undo(one, pressed) {
  const model = state.model, say = sayer("correct-told", model);
  pressed.disabled = true;
  say("");
  try {
    say(await undone(one, model));
  } catch (error) {
    say(wordsOf(error), true);
  }
  if (!isShown(model)) return;
  showCorrections();
  at("correct-title").focus();
  tryNow();
}
async function undone(one, model) {
  const all = siblingsOf(one), others = all.filter(each => each !== one);
  const there = copiesOf(one.text, await explained(model, one.text, { neighbours: COPIES })).length;
  if (there > all.length) return "Not undone: somebody else has scored this text as well, and forgetting it would take that score too.";
  if (there) await changeOnce(model, "forget", { text: one.text });
  one.state = "undone";
  for (const each of others.reverse()) {
    each.state = "undone"; // until it is learnt again
    try {
      await changeOnce(model, "learn", { text: each.text, score: each.score });
    } catch (error) {
      throw new Refusal(error.status, wordsOf(error) + " All scores of this text are forgotten; those you want to keep have to be learnt again.");
    }
    each.state = "learnt";
  }
  if (isShown(model)) hideMove();
  return there ? "Undone: the model is as if it had never learnt that score." : "It was forgotten already.";
}

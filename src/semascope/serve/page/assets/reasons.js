// Why a learner gives a score: what the strongest examples pull, and which are the most alike.

function showReasons(why) {
  at("why-empty").hidden = why !== null;
  at("why-answer").hidden = why === null;
  if (why === null) return;
  const decimals = decimalsFor(why.highest - why.lowest);
  at("why-base").textContent = "From the mean of all examples, " + fixed(why.base, decimals) + ", the strongest ones pull to the right (higher) or to the left (lower)." + (why.others ? " The last row is all others together." : "");
  const strongest = Math.max(...why.pulls.map(each => Math.abs(each.pull)), Math.abs(why.others_pull), 1e-12);
  at("why-pulls").replaceChildren(...why.pulls.map(each =>
    pullRow(each.pull, strongest, decimals, textNode("p", each.text, 140), make("p", "facts", "scored " + fixed(each.score, decimals)))
  ));
  if (why.others) at("why-pulls").append(pullRow(why.others_pull, strongest, decimals, make("p", "facts", "the other " + count(why.others, "example"))));
  at("why-neighbours").replaceChildren(...why.neighbours.map(each =>
    make("li", "", textNode("p", each.text, 180), make("p", "facts", "scored " + fixed(each.score, decimals) + " \u00b7 similarity " + fixed(each.similarity)))
  ));
}
function pullRow(pull, strongest, decimals, ...words) {
  const value = make("b", pull < 0 ? "worse" : "better", signed(pull, decimals));
  return make("li", "", make("div", "pull", value, pullBar(pull / strongest)), ...words);
}

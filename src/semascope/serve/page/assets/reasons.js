// Why a learner gives a score: what the strongest examples pull, and which are the most alike.

function showReasons(why) {
  at("why-empty").hidden = why !== null;
  at("why-answer").hidden = why === null;
  if (why === null) return;
  const decimals = decimalsFor(why.highest - why.lowest);
  const rest = why.others ? " " + count(why.others, "other example") + " add" + (why.others === 1 ? "s" : "") + " " + signed(why.others_pull, decimals) + "." : "";
  at("why-base").textContent = "From the mean of all examples, " + fixed(why.base, decimals) + ", the strongest ones pull to the right (higher) or to the left (lower)." + rest;
  const strongest = Math.max(...why.pulls.map(each => Math.abs(each.pull)), Math.abs(why.others_pull), 1e-12);
  at("why-pulls").replaceChildren(...why.pulls.map(each => pullRow(each, strongest, decimals)));
  at("why-neighbours").replaceChildren(...why.neighbours.map(each =>
    make("li", "", textNode("p", each.text, 180), make("p", "facts", "scored " + fixed(each.score, decimals) + " \u00b7 similarity " + fixed(each.similarity)))
  ));
}
function pullRow(each, strongest, decimals) {
  const words = make("b", each.pull < 0 ? "worse" : "better", signed(each.pull, decimals));
  return make("li", "", make("div", "pull", words, pullBar(each.pull / strongest)), textNode("p", each.text, 140), make("p", "facts", "scored " + fixed(each.score, decimals)));
}

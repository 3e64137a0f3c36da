// Which of the pasted texts would teach most.

const MOST_SUGGESTED_FROM = 2000;

onSubmit("suggest-form", "suggest-told", async (model, say) => {
  const pasted = linesOf(at("suggest-texts").value), texts = pasted.slice(0, MOST_SUGGESTED_FROM);
  at("suggest-list").replaceChildren();
  if (!texts.length) return say("Paste some texts first, one a line.", true);
  const n = Number(at("suggest-count").value);
  const answer = await ask(pathOf("suggest", model), { texts, n }, { learning: NEEDS_TOKEN.suggest, say });
  if (!isShown(model)) return;
  at("suggest-list").replaceChildren(...answer.suggestions.map(each =>
    make("li", "", textNode("p", each.text, 200), button("plain", "Score it", () => scoreNext(each.text), "Score: " + cutAt(each.text, 60)))
  ));
  const cut = pasted.length > texts.length ? " Only the first " + count(texts.length, "text") + " were looked at." : "";
  say((answer.suggestions.length ? count(answer.suggestions.length, "suggestion") + ", the most telling first." : "Nothing to suggest: every text is an example already.") + cut);
  noted("suggest-told", (answer.notes || []).map(note => renumbered(note, 0)));
});
function scoreNext(text) {
  at("try-text").value = text;
  at("try-text").focus();
  at("try").scrollIntoView({ block: "start" });
  tryNow();
}
tools.push({
  show() {
    at("suggest-list").replaceChildren();
    tell("suggest-told", "");
  },
});

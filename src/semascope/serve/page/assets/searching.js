// A query to an index, and what it finds.

onSubmit("search-form", "search-told", async (model, say) => {
  const query = at("search-query").value;
  const body = { query, k: Number(at("search-k").value) }, where = linesOf(at("search-where").value);
  if (where.length) body.where = where;
  at("search-hits").classList.add("stale");
  try {
    const answer = await askOf(model, pathOf("search", model), body, { say });
    if (!isShown(model)) return;
    const hits = answer.results[0] || [];
    at("search-hits").replaceChildren(...hits.map(hitNode));
    say(hits.length ? count(hits.length, "document") + " of " + group.format(answer.documents) + "." : where.length ? "No document meets these conditions." : "Nothing found.");
    noted("search-told", [...foreignNotes(model, [query]), ...(answer.notes || [])]);
  } catch (error) {
    if (isShown(model)) at("search-hits").replaceChildren();
    throw error;
  } finally {
    at("search-hits").classList.remove("stale");
  }
});
function hitNode(hit) {
  const node = make("li", "");
  const name = make("h3", "", hit.title || hit.id);
  name.dir = "auto";
  node.append(name, make("p", "facts", (hit.title ? hit.id + " \u00b7 " : "") + "score " + fixed(hit.score, 3)));
  if (hit.snippet?.text) node.append(marked(hit.snippet.text, hit.snippet.words));
  else if (hit.text) node.append(textNode("p", hit.text));
  if (hit.snippet?.text && hit.text && hit.text.length > hit.snippet.text.length)
    node.append(make("details", "whole", make("summary", "", "The whole text"), textNode("p", hit.text, 20000)));
  const columns = Object.entries(hit.columns || {}).filter(([, value]) => value !== null && value !== "");
  if (columns.length) node.append(make("dl", "cells", ...columns.map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", String(value))))));
  return node;
}
tools.push({
  show() {
    at("search-hits").replaceChildren();
    tell("search-told", "");
  },
});

// Begins: asks what is served, and shows the first of it.

async function begin() {
  try {
    state.models = (await ask("/v1/models", undefined, { say: words => words && (at("about").textContent = words) })).data;
  } catch (error) {
    at("name").textContent = "What is served here cannot be told";
    at("about").textContent = wordsOf(error);
    return;
  }
  if (!state.models.length) {
    at("name").textContent = "Nothing is served here";
    at("about").textContent = "The service runs, but it was given no artifact.";
    return;
  }
  at("chooser").hidden = state.models.length < 2;
  at("chooser").append(...state.models.map(chooserButton));
  choose(state.models[0]);
  if (isFocusOwed) firstField(at("tools"))?.focus();
}
function chooserButton(model) {
  const node = button("option", model.id, () => choose(model));
  node.append(make("span", "kind", model.kind));
  node.dataset.name = model.id;
  return node;
}
document.addEventListener("backonline", () => state.model || begin());
begin();

// What is served, which one is shown, and the tools that go with its kind.

const state = { models: [], model: null };
const tools = []; // each may have `show(model)`: called when another artifact is chosen

// Of the artifact that somebody had before them when they asked: another may be chosen while an answer is on its way.
function pathOf(route, model) {
  return "/v1/" + route + "/" + encodeURIComponent(model.id);
}
function isShown(model) {
  return state.model === model;
}
function choose(model) {
  state.model = model;
  for (const each of at("chooser").querySelectorAll("button")) each.setAttribute("aria-pressed", String(each.dataset.name === model.id));
  at("kind").textContent = model.kind.charAt(0).toUpperCase() + model.kind.slice(1);
  at("name").textContent = model.id;
  at("name").classList.toggle("long", model.id.length > 40);
  at("about").textContent = aboutOf(model);
  showParts(model);
  for (const tool of tools) tool.show?.(model);
}
function showParts(model) {
  const parts = [];
  for (const section of document.querySelectorAll("section[data-for]")) {
    const fits = section.dataset.for.split(" ").includes(model.kind) && (!("learn" in section.dataset) || model.learn === true);
    section.hidden = !fits;
    if (fits) parts.push(section);
  }
  for (const node of document.querySelectorAll(".needs-examples")) node.hidden = model.kind !== "learner";
  at("parts").replaceChildren(...parts.map(section => {
    const link = make("a", "", section.querySelector("h2").textContent);
    link.href = "#" + section.id;
    return make("li", "", link);
  }));
  at("tools").hidden = false;
}
function aboutOf(model) {
  const said = [];
  if (model.classes?.length) said.push("tells " + listed(model.classes, 6) + " apart");
  else if (model.targets?.length) said.push("scores " + (String(model.targets) === "score" ? "texts" : listed(model.targets, 6)));
  if (Number.isFinite(model.examples)) said.push("has learnt from " + count(model.examples, "example"));
  if (Number.isFinite(model.documents)) said.push("finds " + count(model.documents, "document"));
  const readers = model.encoders || [model.encoder].filter(Boolean);
  if (model.reads?.includes("words")) said.push("compares words");
  const madeFor = model.languages?.length ? "made for " + languageWords(model) : "";
  if (readers.length && model.kind !== "encoder") said.push("reads with " + listed(readers, 3) + (madeFor && ", " + madeFor));
  else if (model.dim && model.kind === "encoder") said.push("turns a text into " + count(model.dim, "number"));
  if (model.max_tokens && model.kind === "encoder") said.push("reads " + count(model.max_tokens, "token") + " of it");
  if (madeFor && model.kind === "encoder") said.push("is " + madeFor);
  if (model.learn === true) said.push("learns here");
  return said.length ? sentence("It " + said.join("; ")) : "";
}
function listed(names, most) {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? shown + " and " + (names.length - most) + " more" : shown;
}
// A form whose work runs once at a time, for the artifact that is shown when it is sent; what goes wrong is said below it.
function onSubmit(formId, toldId, work) {
  const form = at(formId), sender = form.querySelector("button[type=submit]");
  form.addEventListener("submit", async event => {
    event.preventDefault();
    if (sender.disabled) return;
    const model = state.model, say = sayer(toldId, model);
    sender.disabled = true;
    tell(toldId, "");
    try {
      await work(model, say);
    } catch (error) {
      if (error.name !== "AbortError") say(wordsOf(error), true);
    } finally {
      sender.disabled = false;
    }
  });
}
// Words about an artifact that is no longer shown begin with its name.
function sayer(toldId, model) {
  return (words, wrong = false) => tell(toldId, !words || isShown(model) ? words : model.id + ": " + words, wrong);
}
function wordsOf(error) {
  if (!(error instanceof Refusal)) console.error(error);
  return error instanceof Refusal ? error.message : "This page made a mistake: " + error.message;
}

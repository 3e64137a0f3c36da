// Elements made by hand: texts only ever enter the page as text.

function at(id) {
  return document.getElementById(id);
}
function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  if (tag === "button") node.type = "button";
  return node;
}
function drawn(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
function button(className, text, act, label) {
  const node = make("button", className, text);
  if (label) node.setAttribute("aria-label", label);
  node.addEventListener("click", act);
  return node;
}
function choices(select, values) {
  select.replaceChildren(...values.map(([value, text]) => Object.assign(make("option", "", text), { value })));
}

// What a tool says of itself: a note, or why it could not. Empty words take the line away, and its notes.
function tell(id, words, wrong = false) {
  const line = at(id);
  line.textContent = words;
  line.hidden = !words;
  line.classList.toggle("wrong", wrong);
  if (words) announce(words);
  else noted(id, []);
}
// For screen readers, once things have settled: what changes while somebody types is not read out letter by letter.
let saying = 0;
function announce(words, after = 0) {
  clearTimeout(saying);
  saying = setTimeout(() => (at("announcer").textContent = words), after);
}

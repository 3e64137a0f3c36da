// Tokens: asked for when the service asks, kept for this tab, sent as a header and nowhere else.

const KINDS = { reading: "semascope-token", learning: "semascope-learn-token" };
const kept = {}; // where the storage is closed to this page
const waitingFor = { reading: null, learning: null };
const typed = { reading: "", learning: "" }; // in its form, and not known to be right yet
let isFocusOwed = false; // to the first field, once there is one

function tokenOf(kind) {
  try {
    return sessionStorage.getItem(KINDS[kind]) || kept[kind] || "";
  } catch (error) {
    return kept[kind] || "";
  }
}
function keepToken(kind, token) {
  kept[kind] = token;
  try {
    if (token) sessionStorage.setItem(KINDS[kind], token);
    else sessionStorage.removeItem(KINDS[kind]);
  } catch (error) {
    // it lasts as long as the page
  }
}
function headerOf(learning) {
  const token = (learning && tokenOf("learning")) || tokenOf("reading") || tokenOf("learning");
  return token ? { Authorization: "Bearer " + token } : {};
}
function bearer(token) {
  return "Bearer " + token;
}
// Resolves when somebody has given another token than was sent; all who wait share one form. The one for learning stands
// below the form that needs it, and says its own words where somebody leaves it: `{ below, left }`.
async function wantToken(kind, sent, learning) {
  const form = at(kind + "-token");
  if (sent === bearer(tokenOf(kind))) keepToken(kind, "");
  const moves = learning && form.previousElementSibling !== at(learning.below);
  if (moves) at(learning.below).after(form);
  form.hidden = false;
  if (typed[kind] && sent === bearer(typed[kind])) tell(kind + "-token-said", "This token is not the right one.", true);
  const before = document.activeElement, isNew = !waitingFor[kind];
  if (isNew) waitingFor[kind] = Object.assign(resolvers(), { before });
  if (isNew || moves) at(kind + "-token-value").focus();
  if (!(await waitingFor[kind].promise)) throw new Refusal(401, learning.left);
}
function resolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
function endWait(kind, given) {
  const waiting = waitingFor[kind], hasFocus = at(kind + "-token").contains(document.activeElement);
  waitingFor[kind] = null;
  typed[kind] = given;
  at(kind + "-token").hidden = true;
  tell(kind + "-token-said", "");
  waiting?.resolve(given !== "");
  if (hasFocus) focusAgain(kind, waiting?.before);
}
// Focus is not lost with the form: it goes to where it was, or to the first field of what the token was for.
function focusAgain(kind, before) {
  const opened = kind === "learning" ? at("learning-token").previousElementSibling : at("tools");
  const isThere = before && before !== document.body && before.checkVisibility() && !before.disabled;
  const next = isThere ? before : firstField(opened);
  next?.focus();
  isFocusOwed = !next;
}
function firstField(place) {
  return [...place.querySelectorAll("textarea, input, select")].find(each => each.checkVisibility() && !each.disabled);
}
for (const kind of Object.keys(KINDS))
  at(kind + "-token").addEventListener("submit", event => {
    event.preventDefault();
    const token = at(kind + "-token-value").value.trim();
    if (/[^\x21-\x7e]/.test(token) || !token) {
      tell(kind + "-token-said", "A token has letters, digits and signs without spaces; this one has others.", true);
      return;
    }
    at(kind + "-token-value").value = "";
    keepToken(kind, token);
    endWait(kind, token);
  });
at("learning-token-leave").addEventListener("click", () => endWait("learning", ""));

// Tokens: asked for when the service asks, kept for this tab, sent as a header and nowhere else.

const KINDS = { reading: "semascope-token", learning: "semascope-learn-token" };
const kept = {}; // where the storage is closed to this page
const waitingFor = { reading: null, learning: null };

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
    sessionStorage.setItem(KINDS[kind], token);
  } catch (error) {
    // it lasts as long as the page
  }
}
function headerOf(learning) {
  const token = (learning && tokenOf("learning")) || tokenOf("reading") || tokenOf("learning");
  return token ? { Authorization: "Bearer " + token } : {};
}
// Resolves when somebody has given another token; all who wait share one form.
function wantToken(kind, refused) {
  const form = at(kind + "-token");
  form.hidden = false;
  tell(kind + "-token-said", refused ? "This token is not the right one." : "", true);
  if (!waitingFor[kind]) {
    at(kind + "-token-value").focus();
    waitingFor[kind] = Promise.withResolvers ? Promise.withResolvers() : resolvers();
  }
  return waitingFor[kind].promise;
}
function resolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
function endWait(kind, error) {
  at(kind + "-token").hidden = true;
  const waiting = waitingFor[kind];
  waitingFor[kind] = null;
  if (waiting && error) waiting.reject(error);
  else if (waiting) waiting.resolve();
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
    endWait(kind);
  });
at("learning-token-leave").addEventListener("click", () => endWait("learning", new Refusal(401, "Nothing was learnt: that needs the token for learning.")));

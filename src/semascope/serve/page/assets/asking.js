// Requests: with a token, again when there is room again, and refused in words.

const ROUNDS = 6; // of waiting for room
const LONGEST = 60; // seconds that are waited for it

class Refusal extends Error {
  constructor(status, message, code = null) {
    super(message);
    Object.assign(this, { status, code });
  }
}
// What the service answers; paths are of its root, wherever a proxy has put that. `say` hears of waits; a signal ends them.
async function ask(path, body, { learning = null, signal, say = () => {} } = {}) {
  for (let round = 0; ; ) {
    const sent = headerOf(learning).Authorization;
    const response = await sendOnce(path, body, learning, signal);
    if (response.ok) {
      typed[learning ? "learning" : "reading"] = "";
      return read(response);
    }
    const refusal = await refusalOf(response), kind = wantedToken(refusal);
    if (kind) {
      // Another request may have been given a token meanwhile: then that one is tried first.
      if (headerOf(learning).Authorization === sent) await wantToken(kind, sent, learning);
      continue;
    }
    const seconds = Number(response.headers.get("retry-after"));
    const hasRoomLater = [429, 503].includes(response.status) && seconds > 0 && seconds <= LONGEST;
    if (!hasRoomLater || ++round >= ROUNDS) throw refusal;
    await countDown(seconds, response.status, say, signal);
  }
}
// The service says where its token for learning is wanted: it may have none, and nobody may be asked for one then.
function wantedToken({ status, code }) {
  if (code === "learning_token_needed") return "learning";
  return status === 401 ? "reading" : "";
}
async function sendOnce(path, body, learning, signal) {
  const headers = headerOf(learning);
  const request = { headers, signal, cache: "no-store", referrerPolicy: "no-referrer" };
  if (body !== undefined) {
    Object.assign(request, { method: "POST", body: JSON.stringify(body) });
    headers["Content-Type"] = "application/json";
  }
  try {
    const response = await fetch("." + path, request);
    online();
    return response;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    offline();
    throw new Refusal(0, "The service does not answer.");
  }
}
async function read(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "The answer broke off; try it again.");
  }
}
async function refusalOf(response) {
  let said = "", code = null;
  try {
    ({ message: said, code } = (await response.json()).error);
  } catch (error) {
    // something between this page and the service has answered in its place
  }
  return new Refusal(response.status, sentence(said || WORDS[response.status] || "The service answered with status " + response.status + "."), code);
}
const WORDS = {
  404: "The service does not know this route.",
  413: "That is too much for one request; send less.",
  429: "The service is full; try it again later.",
  500: "Something is wrong in the service; its log says what.",
  503: "The service is not ready; try it again.",
  504: "The service took too long; send less, or try it again.",
};
function sentence(words) {
  const text = String(words).trim();
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?)]$/.test(text) ? "" : ".");
}
async function countDown(seconds, status, say, signal) {
  const why = status === 429 ? "The service is full" : "The service cannot take it now";
  for (let left = Math.ceil(seconds); left > 0; left--) {
    say(why + "; asking again in " + left + "\u00a0s.");
    await pause(1000, signal);
  }
  say("");
}
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stopped = () => {
      clearTimeout(timer);
      reject(new DOMException("stopped", "AbortError"));
    };
    if (signal?.aborted) return reject(new DOMException("stopped", "AbortError"));
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stopped);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stopped, { once: true });
  });
}

// A service that is gone is asked for until it is back; then whoever has something to do goes on.
let knocking = 0;
function offline() {
  at("offline").hidden = false;
  if (!knocking) knocking = setInterval(() => fetch("./healthz", { cache: "no-store" }).then(online, () => {}), 2000);
}
function online() {
  if (!knocking) return;
  clearInterval(knocking);
  knocking = 0;
  at("offline").hidden = true;
  document.dispatchEvent(new Event("backonline"));
}

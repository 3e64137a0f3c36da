"""Somebody at the page of a service: types, presses, reads; and the wire between, where a test may lay a hand on it."""

import json
import time

from tests.running_service import EXAMPLES

# Answers that a test lays in the way come first; those that it holds back come when it says so. All requests are written down.
WIRE = r"""
const real = window.fetch.bind(window);
window.wire = { asked: [], next: [], held: null, inFlight: 0, most: 0 };
window.fetch = async (from, request = {}) => {
  const path = from.replace(/^\./, "");
  wire.asked.push({ path, body: request.body ?? null, token: request.headers?.Authorization ?? "" });
  wire.most = Math.max(wire.most, ++wire.inFlight);
  try {
    const waits = wire.held?.path === path ? wire.held.promise : null;
    if (waits) await waits;
    const place = wire.next.findIndex(each => each.path === path);
    if (place < 0) return await real(from, request);
    const [laid] = wire.next.splice(place, 1);
    return new Response(JSON.stringify(laid.body), { status: laid.status, headers: laid.headers });
  } finally {
    wire.inFlight--;
  }
};
"""


# Enough of them for an interval that holds nine of ten.
SCORED = EXAMPLES | {f"{place} at hour {hour}": hour / 2 for place in ("quay", "weir") for hour in range(10)}


def shown(value, decimals=2):
    """A number as the page writes it."""
    return f"{value:.{decimals}f}".replace("-", "\u2212")


class Reader:
    def __init__(self, browser):
        self.browser = browser
        self.laid = browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WIRE})

    def leave(self):
        """Take the hand off the wire, and forget the tokens."""
        self.browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", self.laid)
        self.browser.run("sessionStorage.clear()")
        self.browser.driver.get("about:blank")

    def open(self, address, *, ready="document.getElementById('tools').hidden === false", **how):
        self.browser.open(f"{address}/", **how)
        self.wait(ready)
        return self

    def open_with(self, token, address):
        """Open the page of a service that asks for a token, and give it."""
        self.open(address, ready="document.getElementById('reading-token').hidden === false")
        self.fill("reading-token-value", token)
        self.send("reading-token")
        self.wait("document.getElementById('tools').hidden === false")

    def run(self, script, *arguments):
        return self.browser.run(script, *arguments)

    def wait(self, condition, *arguments, seconds=15):
        end = time.monotonic() + seconds
        while not (value := self.run(f"return {condition}", *arguments)):
            assert time.monotonic() < end, (
                f"never: {condition}; the page says {self.run('return document.body.innerText')[:3000]}"
            )
            time.sleep(0.02)
        return value

    def text(self, id_):
        return self.run("return document.getElementById(arguments[0]).innerText", id_)

    def says(self, id_, words):
        self.wait(
            "document.getElementById(arguments[0]).innerText.includes(arguments[1])"
            " && !document.getElementById(arguments[0]).classList.contains('stale')",
            id_,
            words,
        )

    def fill(self, id_, text):
        self.run(
            "const n = document.getElementById(arguments[0]); n.value = arguments[1];"
            "n.dispatchEvent(new Event('input', { bubbles: true })); n.dispatchEvent(new Event('change'))",
            id_,
            text,
        )

    def send(self, form):
        self.run("document.getElementById(arguments[0]).requestSubmit()", form)

    def press(self, selector, text=""):
        self.run(
            "[...document.querySelectorAll(arguments[0])].find(n => n.textContent.includes(arguments[1])).click()",
            selector,
            text,
        )

    def choose(self, name):
        self.press("#chooser button", name)
        self.wait("document.getElementById('name').textContent === arguments[0]", name)

    def asked(self, path):
        """Bodies that were sent there."""
        asked = self.run("return wire.asked.filter(each => each.path === arguments[0])", path)
        return [json.loads(each["body"]) for each in asked]

    def lay(self, path, status, body, **headers):
        """Answer the next request there in the place of the service."""
        self.run(
            "wire.next.push({ path: arguments[0], status: arguments[1], body: arguments[2], headers: arguments[3] })",
            path,
            status,
            body,
            {name.replace("_", "-"): value for name, value in headers.items()},
        )

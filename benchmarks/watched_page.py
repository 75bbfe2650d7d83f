"""A page of the dashboard in a real browser, which itself writes down when a change was sent and when it was drawn.

Inside the page, by `performance.now()`: a change is sent when the page hands the first frame after it to the WebSocket.
The page is redrawn when Streamlit's script has come to rest (`notRunning`), no part of it is marked as stale, and every
chart has told of its end (`plotly_afterplot`). The time that counts is that of the frame after the last of these and of
the last change of the document (any, seen by a MutationObserver) before a rest of QUIET_MS. So what is still being put
together counts until it stands.
"""

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator, Page

QUIET_MS: Final = 350
"""So long nothing may change before a page counts as drawn; the rest is not part of the time."""
PATIENCE_SECONDS: Final = 60.0

SCRIPT: Final = """
(() => {
  const seen = window.__seen = { armed: false, sent: null, last: 0, plots: 0, first: null };
  const drawn = () => {  // a task of its own right after the frame: by then it is on the screen
    const told = new MessageChannel();
    told.port1.onmessage = () => { seen.last = performance.now(); };
    requestAnimationFrame(() => told.port2.postMessage(null));
  };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...frame) {
    if (seen.armed && seen.sent === null) seen.sent = performance.now();
    return send.apply(this, frame);
  };
  const isShown = (what) => { const e = document.querySelector(what); return e && e.getClientRects().length > 0; };
  new MutationObserver((changes) => {
    const counts = (node) => (node.nodeType === 1 ? node : node.parentElement)
      ?.closest("[data-testid=stMain], [data-testid=stSidebar], [data-testid=stApp]");
    if (!changes.some((change) => counts(change.target))) return;
    for (const plot of document.querySelectorAll(".js-plotly-plot:not([data-watched])")) {
      if (!plot.on) continue;
      plot.dataset.watched = "yes";
      plot.on("plotly_afterplot", () => { seen.plots += 1; drawn(); });
    }
    drawn();
    if (seen.first === null && isShown("[data-testid=stMain] h2") && isShown(".js-plotly-plot .main-svg .trace")) {
      seen.first = 0;  // until the frame after
      requestAnimationFrame(() => setTimeout(() => { seen.first = performance.now(); }));
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  window.__rests = (quiet) => {
    const app = document.querySelector("[data-testid=stApp]");
    return app?.dataset.testScriptState === "notRunning" && !document.querySelector("[data-stale=true]")
      && performance.now() - seen.last > quiet && (!seen.armed || (seen.sent !== null && seen.last > seen.sent));
  };
})();
"""


@dataclass(frozen=True)
class Drawn:
    """What one change came to.

    Args:
        seconds: from the change sent to the page redrawn.
        charts: that were redrawn, each as often as it was.
    """

    seconds: float
    charts: int


def at_rest(page: Page) -> None:
    """Wait until the page is drawn and nothing changes any more."""
    page.wait_for_function(f"window.__rests({QUIET_MS})", timeout=1000 * PATIENCE_SECONDS, polling=50)


def first_drawn(page: Page) -> float:
    """Return the seconds from the start of the navigation to the headline and the first chart; waits for them."""
    page.wait_for_function("window.__seen.first > 0", timeout=1000 * PATIENCE_SECONDS, polling=50)
    return float(page.evaluate("window.__seen.first")) / 1000


def changed(page: Page, control: Locator, keys: list[str]) -> Drawn:
    """Press keys on a control, of which the last makes the change, and wait until the page has followed."""
    control.focus()
    for key in keys[:-1]:
        control.press(key)
    at_rest(page)
    page.evaluate("Object.assign(window.__seen, { armed: true, sent: null, plots: 0 })")
    control.press(keys[-1])
    at_rest(page)
    seen = page.evaluate("Object.assign({}, window.__seen, { rest: window.__seen.armed = false })")
    return Drawn((seen["last"] - seen["sent"]) / 1000, seen["plots"])


def errors(page: Page) -> list[str]:
    """Return what the page shows as gone wrong."""
    shown = page.locator("[data-testid=stException], [data-testid=stAlertContentError]")
    return [f"error on the page: {text}" for text in shown.all_inner_texts()]

"""What stands around a page and is Streamlit's and Plotly's own: in the language of the page, and legible.

Neither takes these words as parameters, so a small script replaces each as it appears; it also tells screen readers
and the browser's spelling in which language the page is.
"""

import streamlit as st

from alma_core import language
from alma_core.language import _, mark

WORDS = (
    *(mark("Skip to main content"), mark("Sidebar"), mark("App pages"), mark("Collapse sidebar")),
    *(mark("Expand sidebar"), mark("Link to heading"), mark("Help"), mark("info icon"), mark("Close")),
    *(mark("Open"), mark("Choose an option"), mark("Choose options"), mark("No results"), mark("Select all")),
    *(mark("Clear all"), mark("Clear value"), mark("Selected values"), mark("Decrement"), mark("Increment")),
    *(mark("Number is above the allowed range."), mark("Number is below the allowed range.")),
    *(
        mark("Press Enter to apply"),
        mark("Failed to generate file for download"),
        mark("Upload"),
        mark("Add files"),
        mark("file upload"),
    ),
    *(mark("Drag and drop files here"), mark("Drag and drop a file here"), mark("Scrollable table")),
    *(mark("Download plot as a PNG"), mark("Download plot"), mark("Zoom"), mark("Pan"), mark("Zoom in")),
    *(mark("Zoom out"), mark("Autoscale"), mark("Reset axes"), mark("Fullscreen"), mark("Close fullscreen")),
    *(mark("Taking snapshot - this may take a few seconds"), mark("Snapshot succeeded")),
    *(mark("Show/hide columns"), mark("Download as CSV"), mark("Search"), mark("Type to search")),
    *(mark("Sort ascending"), mark("Sort descending"), mark("Format"), mark("Autosize"), mark("Pin column")),
    *(mark("Unpin column"), mark("Hide column"), mark("Copy column name"), mark("Statistics")),
    *(mark("Choose date"), mark("Previous month"), mark("Next month")),
    *(mark("Running..."), mark("Stop"), mark("Connecting"), mark("Copy to clipboard")),
)
"""What Streamlit and Plotly write, as they write it."""
AROUND_NAMES = (
    *(mark("Help for {}"), mark("Remove {}"), mark("{} per file"), mark("Show/hide columns: {}")),
    *(mark("year, {}"), mark("month, {}"), mark("day, {}"), mark("Choose date, {}")),
    *(mark("Download as CSV: {}"), mark("Search: {}"), mark("Fullscreen: {}"), mark("Close fullscreen: {}")),
)
"""What they write around a name, which stays."""
_SPEAK = """
const NAMED = ["aria-label", "placeholder", "title", "data-title"];
const OWN = ["SkipToContent", "FileUploader", "StatusWidget", "TooltipContent", "DataFrameColumnMenu",
  "DataFrameColumnVisibilityMenu"].map((name) => "[data-testid^=st" + name + "]")
  .concat("[data-testid=InputInstructions]", "[role=listbox]", ".plotly-notifier").join();
let observer;
export default function ({ data }) {
  observer?.disconnect();
  document.documentElement.lang = data.language;
  const words = new Map(data.words);
  const around = data.around.map(([from, to]) => [from.split("{}"), to]);
  const said = (text) => {
    if (words.has(text)) return words.get(text);
    for (const [[before, after], to] of around)
      if (text.startsWith(before) && text.endsWith(after) && text.length > before.length + after.length)
        return to.replace("{}", () => text.slice(before.length, text.length - after.length));
    return text;
  };
  const name = (element) => {
    for (const attribute of NAMED) {
      const text = element.getAttribute(attribute);
      if (text && said(text) !== text) element.setAttribute(attribute, said(text));
    }
  };
  const write = (node) => {
    const text = node.data.trim();
    if (text && said(text) !== text && node.parentElement?.closest(OWN)) node.data = said(text);
  };
  const walk = (root) => {
    if (root.nodeType === Node.TEXT_NODE) write(root);
    if (root.nodeType !== Node.ELEMENT_NODE || root instanceof SVGElement) return;
    name(root);
    root.querySelectorAll(NAMED.map((attribute) => "[" + attribute + "]").join()).forEach(name);
    for (const own of [...(root.closest(OWN) ? [root] : []), ...root.querySelectorAll(OWN)]) {
      const texts = document.createTreeWalker(own, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) write(texts.currentNode);
    }
  };
  observer = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") name(change.target);
      else if (change.type === "characterData") write(change.target);
      else change.addedNodes.forEach(walk);
    }
  });
  walk(document.body);
  const kinds = { childList: true, subtree: true, characterData: true, attributes: true };
  observer.observe(document.body, { ...kinds, attributeFilter: NAMED });
}
"""
_speak = st.components.v2.component("alma_frame", js=_SPEAK, html="<span></span>")


def draw() -> None:
    """Put what surrounds the page into the language in use."""
    spoken = language.current()
    others = [other for other in language.LANGUAGES if other != spoken]  # what stands there may be of another language
    words, around = ([[_in(o, text), _(text)] for o in others for text in given] for given in (WORDS, AROUND_NAMES))
    with st.container(key="frame", height=1, border=False):  # of a fixed height, so that nothing moves once it works
        _speak(key="frame-words", data={"language": spoken, "words": words, "around": around})


def _in(spoken: str, text: str) -> str:
    with language.speaking(spoken):
        return _(text)

"""What is wrong with a page as it stands in the browser: each check returns a sentence for each thing that it finds."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from playwright.sync_api import Page, expect

ICONS = "[data-testid=stIconMaterial], [data-testid=stExpanderIcon], [role=img], template, style, script, noscript"
"""What holds letters that nobody reads as words."""
NOT_ENGLISH = re.compile(
    r"ALMA|English|JPY|USD|EUR|FLOPs|KPI|CSV|TSV|Excel|Parquet|PNG|SVG|HTML|TXT|PDF|PPTX|pptx|XLSX|DOCX|Markdown|MD"
    r"|ZIP|zip|XL|CPU|GPU|PSI|SHA-256|OpenID|Dask|Enter|\b[kKMGT]i?B\b|\.(csv\.gz|csv|tsv|xlsx|parquet|npz|zip)\b",
    re.ASCII,
)
"""Written so in Japanese too: the product, its other language, currencies, units, file types, keys of the keyboard."""
WORD = re.compile(r"[A-Za-z]{2,}(?:[ ,.'-]+[A-Za-z]+)*")
HELD = re.compile(r"[A-Za-z0-9_.-]*[0-9_][A-Za-z0-9_.-]*|%\{[^}]*\}|<[^>]*>")
"""Codes rather than words: hashes, versions and ids hold a digit or a line; so do Plotly's gaps and tags."""

_VISIBLE = """
const visible = (e) => { const r = e.getBoundingClientRect();
  return r.width > 1 && r.height > 1 && r.right > 0 && !e.closest("template")
    && e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }); };
const words = (e) => (e.value ?? e.textContent).trim().slice(0, 60);
"""


def settle(page: Page) -> None:
    """Wait until the page is drawn as a whole: the script has ended, no skeleton is left, every chart is there."""
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=90_000)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=90_000)
    bare = page.locator("[data-testid=stPlotlyChart]:not(:has(.main-svg))")
    expect(bare).to_have_count(0, timeout=90_000)
    page.wait_for_timeout(700)  # Plotly lays its legend out, Streamlit fades in


def broken(page: Page) -> list[str]:
    """Errors that the page shows."""
    kinds = {"stException": "an exception", "stAlertContentError": "an error", "stDialog": "a dialog"}
    return [
        f"shows {what}: {text[:120]}"
        for kind, what in kinds.items()
        for text in page.locator(f"[data-testid={kind}]").all_inner_texts()
    ]


def cut_off(page: Page, may_scroll: bool = False) -> list[str]:
    """What goes beyond its place: the page sideways, text that is clipped, a table that has to be scrolled sideways.

    A list's own field is left out: it holds one line, and the list itself shows its names whole. So is the table
    beside a chart: it holds every figure of the chart, and is scrolled as a whole.
    """
    found = page.evaluate(
        "(mayScroll) => {" + _VISIBLE + """
        const said = [], main = document.querySelector("[data-testid=stMain]");
        if (main.scrollWidth > main.clientWidth)
          said.push("the page is " + (main.scrollWidth - main.clientWidth) + " pixels too wide");
        for (const e of document.querySelectorAll("[data-testid=stApp] *")) {
          if (e instanceof SVGElement || e.scrollWidth <= e.clientWidth + 1 || !e.clientWidth || !visible(e)) continue;
          const style = getComputedStyle(e), clips = ["hidden", "clip"].includes(style.overflowX);
          if (e.matches("[role=combobox], iframe, canvas, [data-testid=stFileUploaderDropzoneInput]")) continue;
          if (e.closest(".js-plotly-plot, [data-testid=stDataFrame], [aria-hidden=true]:empty")) continue;
          const mayNot = !mayScroll && !e.closest("[class*=st-key-chart-]");
          const scrolls = mayNot && ["auto", "scroll"].includes(style.overflowX) && e.querySelector("table");
          const holdsText = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim())
            || e.matches("input, p, label, button") || style.textOverflow === "ellipsis";
          if ((clips && holdsText && words(e)) || scrolls)
            said.push("is cut off by " + (e.scrollWidth - e.clientWidth) + " pixels: " + words(e));
        }
        return said; }""",
        may_scroll,
    )  # fmt: skip
    return [str(sentence) for sentence in dict.fromkeys(found)]


def empty_charts(page: Page) -> list[str]:
    """Charts without a size, without data, or in which nothing is drawn."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid=stPlotlyChart]")].flatMap((holder) => {
        const chart = holder.querySelector(".js-plotly-plot"), name = holder.getAttribute("aria-label") ?? "?";
        const box = holder.getBoundingClientRect();
        if (box.width < 100 || box.height < 100) return ["a chart has no size: " + name];
        if (!chart?._fullData?.some((trace) => trace.visible === true)) return ["a chart has no data: " + name];
        const marks = [...chart.querySelectorAll(".cartesianlayer :is(.points path, .lines path, .fills path, image, "
          + ".textpoint, .heatmaplayer path), .gl-canvas")].filter((e) => e.getBoundingClientRect().width
          + e.getBoundingClientRect().height > 0);
        return marks.length ? [] : ["nothing is drawn in a chart: " + name]; })"""
    )
    return [str(sentence) for sentence in found]


def colliding_texts(page: Page) -> list[str]:
    """Texts of a chart that stand on each other or leave it: ticks, titles of axes, legend, names of marks."""
    found = page.evaluate(
        """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap((chart) => {
        const outer = chart.getBoundingClientRect(), size = chart._fullLayout._size;
        const kinds = { tick: ".xtick text, .ytick text, .y2tick text", title: ".xtitle, .ytitle, .y2title",
          "name of a mark": ".textpoint text", legend: ".legend .bg", "colour bar": ".colorbar .cbtitle text" };
        const texts = Object.entries(kinds).flatMap(([kind, where]) => [...chart.querySelectorAll(where)]
          .map((e) => ({ kind, box: e.getBoundingClientRect(), text: e.textContent || "legend",
            turned: /rotate\\((?!0[,)])/.test(e.getAttribute("transform")) && kind === "tick" }))
          .filter((one) => one.box.width > 1 && one.box.height > 1));
        const left = outer.left + size.l, top = outer.top + size.t;
        const plot = { box: { left, top, right: left + size.w, bottom: top + size.h } };
        const meets = (a, b) => Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 2
          && Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top) > 3;
        const name = chart.closest("[class*=st-key-chart]")?.className.match(/st-key-(chart-[\\w-]+)/)?.[1] ?? "chart";
        const said = [];
        texts.forEach((one, at) => {
          if (one.box.left < outer.left - 2 || one.box.right > outer.right + 2 || one.box.top < outer.top - 2
            || one.box.bottom > outer.bottom + 2) said.push(name + ": leaves the chart: " + one.text);
          for (const other of texts.slice(at + 1))
            if (meets(one, other) && !(one.turned && other.turned))  // their boxes meet, their letters do not
              said.push(`${name}: ${one.kind} “${one.text}” stands on ${other.kind} “${other.text}”`);
          if (one.kind === "legend" && meets(one, plot)) said.push(name + ": the legend stands on the plot");
        });
        return said; })"""
    )
    return [str(sentence) for sentence in dict.fromkeys(found)]


def unnamed_charts(page: Page) -> list[str]:
    """Charts without an alternative text, and ways to take a chart along that have no name."""
    found = {
        "a chart has no alternative text": page.locator("[data-testid=stPlotlyChart]:not([aria-label])"),
        "a button beside a chart has no name": page.locator("button[data-format]:not([aria-label])"),
    }
    return [f"{what}: {text[:60]}" for what, where in found.items() for text in where.all_inner_texts()]


def texts(page: Page) -> list[str]:
    """All that a reader sees or hears on the page: texts, names of controls, hints, and what charts say on hovering."""
    seen = page.evaluate(
        "(icons) => {" + _VISIBLE + """
        const said = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
          const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
          if (text && !e.closest(icons + ", code") && (visible(e) || e.closest("[role=grid]"))) said.push(text);
        }
        for (const name of ["aria-label", "placeholder", "title", "alt", "data-title", "aria-description"])
          for (const e of document.querySelectorAll("[" + name + "]"))
            if (!e.closest("template")) said.push(e.getAttribute(name));
        for (const e of document.querySelectorAll("input:is([type=text], [type=number], :not([type]))"))
          if (visible(e)) said.push(e.value);
        for (const chart of document.querySelectorAll(".js-plotly-plot"))
          for (const trace of chart.data ?? [])
            said.push(trace.name ?? "", [trace.hovertemplate ?? ""].flat().join(" "));
        return said; }""",
        ICONS,
    )  # fmt: skip
    return [str(text) for text in dict.fromkeys(seen) if text]


def left_in_english(said: Iterable[str], names: Iterable[str] = ()) -> list[str]:
    """Return what of a Japanese page is English.

    Args:
        said: all its texts.
        names: given by people or data, such as of columns and files; they stay as they are.

    >>> left_in_english(["費用 JPY", "Choose an option", "2日ごと・L", "4月.csvの温度 (air temp)"], ["air temp"])
    ['is in English: Choose an option']
    """
    kept = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or r"(?!)")
    return list(dict.fromkeys(f"is in English: {words}" for text in said for words in _english(kept.sub(" ", text))))


def _english(text: str) -> Iterator[str]:
    """Yield the English words of a text, those side by side together."""
    if text == "Language / 言語":  # the control that is found in both
        return
    yield from (found[0] for found in WORD.finditer(NOT_ENGLISH.sub("・", HELD.sub("・", text))))


def words_of_analysts(said: Iterable[str], words: Iterable[str]) -> list[str]:
    """Return which words that the glossary keeps for analysts stand on a page for executives.

    >>> words_of_analysts(["ten seeds", "seeding", "Ledger"], ["seeds", "ledger"])
    ['says “seeds”, a word for analysts: ten seeds', 'says “ledger”, a word for analysts: Ledger']
    """
    shaped = {word: re.compile(rf"\b{word}\b" if word.isascii() else word, re.IGNORECASE) for word in words}
    return [
        f"says “{word}”, a word for analysts: {text[:80]}"
        for text in said
        for word, shape in shaped.items()
        if shape.search(text)
    ]


def all_of(page: Page, spoken: str, names: Iterable[str] = (), may_scroll: bool = False) -> list[str]:
    """Return everything that is wrong with the page as it stands.

    Args:
        page: drawn, see `settle`.
        spoken: the language it was asked for in.
        names: see `left_in_english`.
        may_scroll: a table may be wider than its place, as on a phone.
    """
    found = [*broken(page), *cut_off(page, may_scroll), *empty_charts(page), *unnamed_charts(page)]
    found += colliding_texts(page)
    told: Any = page.evaluate("document.documentElement.lang")
    if told != spoken:
        found.append(f"says that it is in the language “{told}”")
    return found + (left_in_english(texts(page), names) if spoken == "ja" else [])

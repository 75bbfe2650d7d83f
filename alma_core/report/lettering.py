"""Text in charts that hold whatever a user calls things: lines that fit, and no sign that a picture cannot hold."""

import re
from typing import Any, Final

from plotly.basedatatypes import BaseFigure

from alma_core.report import terms
from alma_core.report.drawing import Drawing

UP: Final = 46
ACROSS: Final = 90
"""Columns of a line along an axis; more would leave a chart as high, or as wide, as most are."""
# Words with the space behind them, or one Japanese sign with the marks that begin no line.
_PARTS: Final = re.compile(r"[^ \u2e80-\uffef]+ *|[\u2e80-\uffef][、。,.)」』”):;!?%]*| +")


def lines(text: str, most: int) -> list[str]:
    """Return text in lines of so many columns, parted between words; Japanese has no spaces and parts anywhere.

    >>> lines("one two three", 8), lines("費用が高い。", 10)
    (['one two', 'three'], ['費用が高', 'い。'])
    """
    found = [""]
    for part in _PARTS.findall(text):
        if found[-1] and terms.columns((found[-1] + part).rstrip()) > most:
            found.append("")
        found[-1] += part
    return [line.rstrip() for line in found if line.strip()]


def fitted(figure: BaseFigure) -> Drawing:
    """Return a figure whose titles of axes go on in further lines where they are long, without control characters."""
    words = figure.to_dict()
    layout = {name: _titled(name, words) for name, words in words["layout"].items()}
    return Drawing(_clean(words["data"]), _clean(layout))


def _titled(name: str, words: Any) -> Any:
    """Return an axis with its title in lines; all else as it is."""
    title = words.get("title") if name[1:5] == "axis" else None
    if not isinstance(title, dict) or not title.get("text"):
        return words
    text = "<br>".join(lines(title["text"], UP if name[0] == "y" else ACROSS))
    return words | {"title": title | {"text": text}}


def _clean(words: Any) -> Any:
    if isinstance(words, str):
        return terms.clean(words)
    if isinstance(words, dict):
        return {name: _clean(value) for name, value in words.items()}
    return [_clean(value) for value in words] if isinstance(words, list | tuple) else words

"""A figure in Plotly's own words, unchecked: reading each word anew takes Plotly longer than all else on a page."""

import json
from functools import cached_property
from typing import Any
from zlib import crc32

import plotly.graph_objects as go
from plotly.basedatatypes import BaseFigure

Words = dict[str, Any]
"""Something drawn, as Plotly's JSON has it: lists and plain numbers, titles as {"text": ...}."""


class Drawing(BaseFigure):  # type: ignore[misc] # Plotly ships no types
    """A figure that is shown and written as it stands; whoever wants to look into it has it read by Plotly then.

    Args:
        traces: what it shows.
        layout: all else.
    """

    def __init__(self, traces: list[Words], layout: Words) -> None:
        # Streamlit hands each figure to Plotly twice: it is drawn once where the revision of its data stays, and drawn
        # anew, whatever the layout, where it changes.
        revision = crc32(json.dumps(traces, default=lambda array: array.tolist()).encode())
        object.__setattr__(self, "_words", {"data": traces, "layout": layout | {"datarevision": revision}})

    def to_dict(self) -> Words:
        """Return the words, not to be changed."""
        words: Words = self._words
        return words

    @cached_property
    def read(self) -> go.Figure:
        """The same figure, checked by Plotly; raises ValueError where a word is none of Plotly's."""
        return go.Figure(self._words)

    @property
    def data(self) -> Any:
        """What it shows."""
        return self.read.data

    @property
    def layout(self) -> Any:
        """All else."""
        return self.read.layout


def titled(axis: Words) -> Words:
    """Return an axis whose title, given as text, is in Plotly's words."""
    return axis | {"title": {"text": axis["title"]}} if isinstance(axis.get("title"), str) else axis


def upright(x: float, **line: Any) -> Words:
    """Return a line from the bottom to the top of the plot at x."""
    return {"type": "line", "x0": x, "x1": x, "xref": "x", "y0": 0, "y1": 1, "yref": "y domain", "line": line}

"""The curves of a run that is under way: error at the arrivals that are known by now."""

from pathlib import Path
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from alma_core.decide.measure import Measure
from alma_core.language import _
from alma_core.policies import wording
from alma_core.policies.wording import INCUMBENT
from alma_core.report import figures
from alma_core.report.axes import error_axis
from alma_core.writing import PARTIAL

MOST_LINES: Final = 6
KEPT: Final = ("method", "start", "replay", "window", "waiting_time", "first_update", "capacity", "architecture",
               "schedule", "threshold", "k", "grow_every", "grow_after")  # fmt: skip
"""What a policy is named by."""


def partial(folder: Path) -> pd.DataFrame | None:
    """Return the rows of the ledger that a run has left so far; None: none, or it is being replaced."""
    try:
        found = pd.read_parquet(folder / PARTIAL)
    except (OSError, ValueError):
        return None
    return found if {"policy", "seed", "t", "error", *KEPT} <= set(found) and len(found) else None


def rows(ledger: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return the mean error over the seeds that are known, for a few policies spread over those of the run.

    Args:
        ledger: rows of it, as far as they are known.
        unit: the arrival unit.

    Returns:
        `policy` (its name), `place` (1 and up), `t`, `error` (0..1, or in multiples of the scale), `seeds` (how many).
    """
    trained = ledger[ledger["method"] != INCUMBENT]
    codes = list(dict.fromkeys(trained["policy"].astype(str)))
    count = min(MOST_LINES, len(codes))
    chosen = [codes[n * (len(codes) - 1) // max(count - 1, 1)] for n in range(count)]
    parts = []
    for place, code in enumerate(chosen, 1):
        own = trained[trained["policy"].astype(str) == code]
        known = own.groupby("t", observed=True)["error"].agg(["mean", "count"]).reset_index()
        (told,) = own.head(1)[list(KEPT)].to_dict("records")
        name = wording.label({str(column): value for column, value in told.items()}, unit)
        parts.append(
            pd.DataFrame(
                {"policy": name, "place": place, "t": known["t"], "error": known["mean"], "seeds": known["count"]}
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["policy", "place", "t", "error"])


def figure(shown: pd.DataFrame, measure: Measure, last: int, unit: str, theme: str) -> go.Figure:
    """Draw the error of each policy as far as it is known.

    Args:
        shown: as `rows` returns it; at least one row.
        measure: how errors are written.
        last: the last arrival that will be judged.
        unit: the arrival unit.
    """
    drawn = figures.canvas(theme, 330).read
    errors = shown.assign(error=shown["error"] * measure.scale)
    for place in sorted(errors["place"].unique().tolist()):
        own = errors[errors["place"] == place]
        look = figures.style(int(place), figures.lines(str(own["policy"].iloc[0])))
        drawn.add_scatter(
            x=own["t"], y=own["error"], name=look.name, mode="lines+markers",
            line={"color": look.colour, "dash": look.dash, "width": 2.5, "shape": "hv"},
            marker={"symbol": look.marker, "size": 6},
            customdata=[[figures.plain(measure.text(error)), int(n)]
                        for error, n in zip(own["error"], own["seeds"], strict=True)],
            hovertemplate="<b>%{fullData.name}</b><br>%{customdata[0]} (n = %{customdata[1]})<extra></extra>",
        )  # fmt: skip
    low, high = float(errors["error"].min()), float(errors["error"].max())
    title = measure.heading(measure.worded(_("error"), _("prediction error")))
    drawn.update_layout(
        xaxis={"title": wording.time_axis(unit), "range": [0.5, last + 0.5]},
        yaxis={"title": figures.plain(title), **error_axis(low, high, measure)},
    )
    return drawn

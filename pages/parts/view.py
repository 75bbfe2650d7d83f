"""What every page looks at: the run, and the answer to the question that the sidebar asks of it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alma_core import about, library
from alma_core.decide import advise
from alma_core.decide.advise import Answer
from alma_core.decide.measure import Measure
from alma_core.decide.panel import Panel
from alma_core.decide.priced import needed, panel_for
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.decide.record import Record
from alma_core.decide.sheets import Sheet
from alma_core.errors import AlmaError
from alma_core.report import columns, figures, offline
from pages.parts import account, chart


@dataclass(frozen=True, eq=False)
class View:
    """One run and one answer.

    Args:
        run: where the rows come from.
        answer: what it says to the sidebar's question.
        chosen: the price sheet that was chosen, as it is in its file.
        sheet: the prices in use.
        others: the price sheets that suit the run as well.
        words: the place of a page's first words, above its prices where it has them.
    """

    run: library.Run
    answer: Answer
    chosen: Sheet
    sheet: Sheet
    others: list[Sheet]
    words: DeltaGenerator

    def name(self, number: int) -> str:
        """Name a policy as charts and lists do."""
        return self.styles[number].name

    @cached_property
    def styles(self) -> dict[int, figures.Style]:
        """How each policy is drawn."""
        return offline.styles(self.run, self.answer)

    def named(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows with each policy's name instead of its number, the name first, and the unit of the errors."""
        return columns.named(rows, [self.styles[number].name for number in sorted(self.styles)], self.answer.measure)

    @property
    def units(self) -> columns.Units:
        """In what errors and amounts of rows are."""
        return columns.Units(self.answer.measure, self.currency)

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return self.answer.question.prices.currency


def current() -> View:
    """Return what the sidebar has set for this rerun."""
    view: View = st.session_state["_view"]
    return view


def answered(run: library.Run, measure: Measure, question: Question) -> Answer:
    """Return what a run says to a question."""
    return advise.with_shifts(advise.of_panel(rows(run, measure, question.prices), question), run.shift)


def rows(run: library.Run, measure: Measure, prices: Prices) -> Panel:
    """Return the rows of a run with what prices need, arranged once for all that need the same."""
    return _full(run, measure, needed(prices))


@lru_cache(maxsize=16)  # of Python: Streamlit's would take apart every argument at every rerun
def _full(run: library.Run, measure: Measure, needs: Prices) -> Panel:
    return panel_for(record(run, measure), needs)


@lru_cache(maxsize=16)
def record(run: library.Run, measure: Measure) -> Record:
    """Return what a run left, one and the same for all that work on it."""
    return Record(run, measure)


def theme() -> str:
    """Return "light" or "dark", whichever the reader sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


def zone() -> ZoneInfo | None:
    """Return the reader's time zone; None: where the browser does not tell, the server's."""
    try:
        return ZoneInfo(st.context.timezone) if st.context.timezone else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def runs() -> dict[str, library.Run]:
    """Return the runs that the reader may see, by id; the ones that cannot be opened are named on the page."""
    found: dict[str, library.Run] = {}
    who = account.who()
    for path, changed in library.listed():
        if not about.sees(who, path):
            continue
        try:
            found.setdefault(path.name, _opened(path, changed))  # a shipped run keeps its name, as in `library.find`
        except AlmaError as error:
            st.sidebar.warning(chart.plain(str(error)))
    return found


@lru_cache(maxsize=64)
def _opened(path: Path, changed: int) -> library.Run:  # noqa: ARG001 - part of the cache's key
    return library.open_run(path)

"""What stands on the slides of a deck that are not about money alone; its phrases are the words of the notes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd
from pptx.enum.chart import XL_LABEL_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR

from alma_core import language
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import assumptions as assumed
from alma_core.report import cards, costing, offline, statements, terms, told
from alma_core.report.axes import along
from alma_core.report.comparison import Chart
from alma_core.report.deck_axes import error_axis, even, money
from alma_core.report.deck_charts import Series, xy
from alma_core.report.deck_house import Area
from alma_core.report.deck_layout import Board
from alma_core.report.deck_tables import table
from alma_core.report.deck_text import FADED, PAPER, Paragraph, Shade, Words
from alma_core.report.figures import GREY, HUES, INK, MOST_MARKS, PALE, apart
from alma_core.report.paper import EARLY_LATE, OVER_TIME, Paper

LEAD: Final = 34
"""Columns of the first words of a sentence that may be set apart."""


class Slide(NamedTuple):
    """What one slide shows.

    Args:
        title: what it says.
        subject: what it shows.
        draw: puts it there.
    """

    title: str
    subject: str
    draw: Callable[[Board], None]


Charts = Mapping[str, Chart]
Said = Sequence[str]


def led(sentence: str) -> Paragraph:
    """Return a sentence whose first words, up to a colon, are set apart."""
    first, colon, rest = sentence.partition(": ")
    if not colon or terms.columns(first) > LEAD:
        return [Words(sentence)]
    return [Words(first + colon, bold=True), Words(rest)]


def recommendation(paper: Paper, _charts: Charts, _said: Said) -> Slide:
    """Show what to do, its figures beside today's, what it is worth and how sure that is."""
    answer, unit = paper.answer, paper.unit
    found = told.told(answer, unit)

    def draw(board: Board) -> None:
        _tiles(board, board.area.part(0.0, 0.0, 1.0, 0.36), cards.of(answer), answer.recommended == answer.baseline)
        sentences = [[Words(found.worth, bold=True, size=1.1)], *map(led, found.brief)]
        board.body(board.area.part(0.0, 0.43, 1.0, 1.0), sentences, 16, 9)

    subject = offline.subject(paper.run, answer)
    if answer.recommended != answer.adopted:  # the headline names today's, the figures are of another
        subject = _("Of “{policy}”, which looks cheapest:").format(policy=paper.styles[answer.recommended].name)
    return Slide(statements.headline(answer, unit), subject, draw)


def _tiles(board: Board, area: Area, shown: Sequence[cards.Card], is_today: bool) -> None:
    """Draw the figures side by side, each with its change against today's policy, in letters of one size."""
    width, gap = 1.0 / len(shown), 0.006
    places = [
        area.part(n * width + (gap if n else 0), 0, (n + 1) * width - (gap if n + 1 < len(shown) else 0), 1)
        for n in range(len(shown))
    ]
    inner = [place.part(0.07, 0.07, 0.97, 0.95) for place in places]
    for place, card in zip(places, shown, strict=True):
        board.panel(place)
        hue = GREY if is_today else {-1: HUES[2], 0: GREY, 1: HUES[1]}[card.sign]
        board.panel(place.part(0.0, 0.0, 0.018, 1.0), Shade(rgb=hue))
    changes: list[list[Paragraph]] = [] if is_today else [_changed(card) for card in shown]
    kinds: tuple[tuple[Sequence[Sequence[Paragraph]], float, float, float, float], ...] = (
        ([[[Words(card.label, shade=FADED)]] for card in shown], 0.0, 0.23, 12, 7),
        ([[[Words(card.figure, bold=True)]] for card in shown], 0.23, 0.55, 25, 8),
        (changes, 0.57, 1.0, 11.5, 7),
    )
    for texts, top, foot, largest, least in kinds:
        rows = [(place.part(0, top, 1, foot), text) for place, text in zip(inner, texts, strict=False)]
        size = board.alike(rows, largest, least) if rows else largest
        for place, text in rows:
            board.text(place, text, size, least, anchor=MSO_ANCHOR.TOP if top > 0.5 else MSO_ANCHOR.MIDDLE)


def _changed(card: cards.Card) -> list[Paragraph]:
    """Return how a figure differs from today's policy, with its interval where there is one."""
    change = [Words(_("{change} against today's").format(change=card.change))]
    return [change, [Words(card.interval, shade=FADED, size=0.9)]] if card.interval else [change]


def over_time(paper: Paper, charts: Charts, said: Said) -> Slide:
    """Show errors over time with the lowest and highest repeat, and what they have cost so far."""
    answer, chart = paper.answer, charts[OVER_TIME]
    rows, styles = chart.rows, apart(paper.styles, list(dict.fromkeys(chart.rows["number"])))
    last = float(rows["t"].max())
    time = even(wording.time_axis(paper.unit), 0.0, last, "#,##0")._replace(high=last)
    time = time._replace(step=max(1.0, time.step))
    word = answer.measure.worded(_("error"), _("prediction error"))
    up = error_axis(word, float(rows["low"].min()), float(rows["high"].max()), answer.measure)
    cost = money(_("cost so far"), float(rows["cost_so_far"].max()), paper.currency)
    many = rows["t"].nunique() > MOST_MARKS

    def lines(column: str) -> list[Series]:
        return [
            Series(one.name, *_points(rows, number, column), one.colour, one.dash, marker="" if many else one.marker)
            for number, one in styles.items()
        ]

    ends = [
        Series(name.format(policy=one.name), *_points(rows, number, column), one.colour, "solid", 0.6, is_named=False)
        for column, name in (("low", _("{policy}: lowest repeat")), ("high", _("{policy}: highest repeat")))
        for number, one in styles.items()
        if answer.panel.seeds > 1
    ]

    def draw(board: Board) -> None:
        titles = answer.measure.worded(_("Error over time"), _("Prediction error over time"))
        xy(board, board.area.part(0, 0, 0.565, 0.81), titles, [*ends, *lines("error")], (time, up), said[0])
        xy(board, board.area.part(0.585, 0, 1, 0.81), _("Cost so far"), lines("cost_so_far"), (time, cost), said[2])
        bands = _("Thin lines: lowest and highest of the repeats.") if ends else ""
        texts = [[Words(language.joined(said[0], said[2]))], *([[Words(bands, shade=FADED)]] if bands else [])]
        board.body(board.area.part(0, 0.84, 1, 1), texts, 13, 8)

    return Slide(said[1], chart.title, draw)


def _points(rows: pd.DataFrame, number: int, column: str) -> tuple[list[float], list[float]]:
    of = rows[rows["number"] == number]
    return of["t"].tolist(), of[column].tolist()


def early_late(paper: Paper, charts: Charts, said: Said) -> Slide:
    """Show short-term against long-term errors, the recommended policy and today's among all others."""
    answer, rows = paper.answer, charts[EARLY_LATE].rows
    found = answer.disagreement
    title = _("One policy leads both early and late")
    if found.early != found.late:
        title = (
            _("Who leads early does not lead late")
            if found.is_real
            else _("Early and late have other leaders, within chance")
        )
    names = [answer.measure.worded(_("short-term error"), _("short-term prediction error")),
             answer.measure.worded(_("long-term error"), _("long-term prediction error"))]  # fmt: skip
    ends = [
        (float(rows[f"{when}_error"].min()), float(rows[f"{when}_error"].max())) for when in ("short_term", "long_term")
    ]
    axes = (
        error_axis(names[0], *ends[0], answer.measure, from_zero=False),
        error_axis(names[1], *ends[1], answer.measure, from_zero=False),
    )

    def draw(board: Board) -> None:
        series = _marked(paper, rows, ends)
        xy(board, board.area.part(0, 0, 0.51, 1), "", series, axes, said[0])
        shown = _standings(paper, rows)
        drawn = table(board, board.area.part(0.54, 0.0, 1, 0.62), shown, largest=12)
        board.body(board.area.part(0.55, board.under(drawn), 1, 1), [[Words(text)] for text in said[:2]], 14, 8)

    return Slide(title, _("Early against late: lower left is better"), draw)


def _marked(paper: Paper, rows: pd.DataFrame, ends: Sequence[tuple[float, float]]) -> list[Series]:
    """Return the points: all others grey, those that no other beats darker, today's and the recommended one on top."""
    answer, styles = paper.answer, paper.styles
    apart_ = rows["number"].isin([answer.recommended, answer.baseline])

    def points(which: "pd.Series[bool]") -> tuple[list[float], list[float]]:
        return rows.loc[which, "short_term_error"].tolist(), rows.loc[which, "long_term_error"].tolist()

    groups = [
        Series(_("other policies"), *points(~apart_ & ~rows["on_front"]), PALE, "", marker="circle", size=7),
        Series(_("not beaten in early error, late error and cost"), *points(~apart_ & rows["on_front"]), GREY, "",
               marker="diamond", size=9),
    ]  # fmt: skip
    shown = [one for one in groups if one.x]
    numbers = list(dict.fromkeys((answer.baseline, answer.recommended)))
    up = {n: along(float(rows["long_term_error"][n]), *ends[1]) for n in numbers}
    for number in numbers:
        role = _("recommended") if number == answer.recommended else _("today's")
        is_upper = up[number] >= max(up.values())
        beside = XL_LABEL_POSITION.ABOVE if is_upper else XL_LABEL_POSITION.BELOW
        one = styles[number]
        marker = "circle" if number == answer.recommended else "square"
        name = _("{role}: {policy}").format(role=role, policy=one.name)
        shown.append(Series(name, *points(rows["number"] == number), one.colour, "", marker=marker, size=14,
                            is_named=False, label=role, beside=beside))  # fmt: skip
    return shown


def _standings(paper: Paper, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the policies that matter early and late, each with its roles and figures."""
    answer, measure = paper.answer, paper.answer.measure
    roles: dict[int, list[str]] = {}
    for number, role in (
        (answer.recommended, _("recommended")), (answer.baseline, _("today's")), (answer.runner_up, _("runner-up")),
        (answer.disagreement.early, _("best early")), (answer.disagreement.late, _("best late")),
    ):  # fmt: skip
        if number is not None:
            roles.setdefault(number, []).append(role)
    return pd.DataFrame(
        {
            _("policy"): [
                _("{role}: {policy}").format(role=_(", ").join(of), policy=paper.styles[number].name)
                for number, of in roles.items()
            ],
            measure.heading(_("short-term")): [measure.figure(rows["short_term_error"][n]) for n in roles],
            measure.heading(_("long-term")): [measure.figure(rows["long_term_error"][n]) for n in roles],
            _("cost"): [terms.amount(answer, float(rows["cost"][n])) for n in roles],
        }
    )


def plan(paper: Paper, _charts: Charts, said: Said) -> Slide:
    """Show the staged plan, or what a staged start means where the run cannot price one."""
    answer, found = paper.answer, paper.plan
    steps = (
        (_("1 Start small"), _("One small model, few updates, a small first outlay.")),
        (_("2 Find size and frequency"), _("Compare sizes and waiting times on the data that arrives.")),
        (_("3 Invest in stages"), _("Approve a step only when the one before it has paid back.")),
    )
    rows = pd.DataFrame() if found is None else costing.staged(answer, found, paper.unit)

    def draw(board: Board) -> None:
        deep = 0.18 if len(rows) else 0.42
        for n, (name, what) in enumerate(steps):
            _step(board, board.area.part(n / 3 + (0.004 if n else 0), 0, (n + 1) / 3 - 0.004, deep), name, what, n)
        if found is None:
            board.body(board.area.part(0, 0.5, 1, 1), [[Words(text)] for text in said], 17, 10)
            return
        below = deep + 0.06
        if len(rows):
            below = board.under(table(board, board.area.part(0, 0.22, 1, 0.77), rows, left=2))
        text = [costing.plan_in_words(answer, found, paper.unit), said[0]]
        board.body(board.area.part(0, below, 1, 1), [[Words(one)] for one in text], 14, 8)

    return Slide(_("Start small, find the best size and frequency, then invest in stages"), _("Staged plan"), draw)


def _step(board: Board, area: Area, name: str, what: str, place: int) -> None:
    """Draw one step of three as an arrow that points to the next."""
    board.panel(area, Shade(rgb=(INK["dark"].grid, HUES[0], HUES[2])[place]), MSO_SHAPE.PENTAGON)
    texts = [[Words(name, True, PAPER, 1.2)], [Words(what, False, PAPER)]]
    board.text(area.part(0.05, 0.08, 0.88, 0.92), texts, 14, 7, anchor=MSO_ANCHOR.MIDDLE)


def assumptions(paper: Paper, _charts: Charts, said: Said) -> Slide:
    """Show every price in use and what else was set, and what amounts leave out."""

    def draw(board: Board) -> None:
        tables = (
            table(board, board.area.part(0, 0, 0.48, 0.82), _in_two_columns(assumed.prices(paper.answer))),
            table(board, board.area.part(0.52, 0, 1, 0.82), assumed.settings(paper), left=2),
        )
        board.body(
            board.area.part(0, max(map(board.under, tables)), 1, 1),
            [[Words(statements.not_included(paper.answer))]],
            13,
            8,
        )

    return Slide(said[0], _("Assumptions and prices"), draw)


def _in_two_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of prices with their ranges behind them."""
    if rows.shape[1] == 2:
        return rows
    values = [
        _("{value} ({ends})").format(value=value, ends=ends) if ends else value
        for _what, value, ends in rows.itertuples(index=False)
    ]
    return rows.iloc[:, :2].assign(**{str(rows.columns[1]): values})


def method(paper: Paper, _charts: Charts, said: Said) -> Slide:
    """Show what figures rest on, how far they reach, and where they come from."""

    def draw(board: Board) -> None:
        texts = [statements.coverage(paper.answer, paper.unit), said[1], said[2], paper.made_on]
        board.body(board.area.part(0, 0.01, 0.5, 1), [[Words(text)] for text in texts], 15, 8)
        table(board, board.area.part(0.54, 0, 1, 1), assumed.provenance(paper), left=2)

    return Slide(said[0], _("Method, limits and where the figures come from"), draw)

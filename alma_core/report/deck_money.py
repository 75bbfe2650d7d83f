"""What stands on the slides of a deck about money: what policies cost, and where the answer flips."""

from collections.abc import Sequence

import pandas as pd

from alma_core import language
from alma_core.decide import cost_tables
from alma_core.decide import flips as numbers
from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.report import costing, flips, terms
from alma_core.report.cost_figures import OF_CAUSES
from alma_core.report.deck_axes import Axis, even, money
from alma_core.report.deck_charts import Bar, Series, stacked, xy
from alma_core.report.deck_layout import Board
from alma_core.report.deck_slides import Charts, Said, Slide
from alma_core.report.deck_tables import table
from alma_core.report.deck_text import Words
from alma_core.report.figures import GREY, INK, apart
from alma_core.report.paper import BREAK_EVEN, CAUSES, Paper


def causes(paper: Paper, charts: Charts, said: Said) -> Slide:
    """Show what policies cost by cause, the totals beside their names."""
    answer = paper.answer
    if CAUSES not in charts:
        nothing = _("At these prices no policy costs anything.")
        return Slide(
            nothing, _("What policies cost, by cause"), lambda board: board.body(board.area, [[Words(nothing)]])
        )
    rows, title = charts[CAUSES].rows, charts[CAUSES].title

    def draw(board: Board) -> None:
        shown = list(dict.fromkeys(rows["number"]))
        amounts = {str(cause): of.set_index("number")["amount"] for cause, of in rows.groupby("cause", sort=False)}
        bars = [
            Bar(terms.cause(answer, cause), [float(of.get(number, 0.0)) for number in shown], OF_CAUSES[cause])
            for cause, of in amounts.items()
        ]
        totals = [sum(column) for column in zip(*(bar.amounts for bar in bars), strict=True)]
        names = [
            f"{paper.styles[number].name}\n{_with_role(answer, number, terms.amount(answer, total))}"
            for number, total in zip(shown, totals, strict=True)
        ]
        axis = money("", max(totals), paper.currency)
        stacked(board, board.area.part(0, 0, 0.66, 1), "", names, bars, axis, said[0])
        about = (
            [] if answer.recommended != answer.adopted else [[Words(paper.styles[answer.recommended].name, bold=True)]]
        )
        of_money = list(charts[CAUSES].said)
        of_money.pop(0 if about else 1)  # the share of errors, which the title says
        sentences = [[Words(text)] for text in (*of_money, *said[1:])]
        board.body(board.area.part(0.69, 0.03, 1, 1), [*about, *sentences], 15, 8)

    return Slide(said[0], title, draw)


def _with_role(answer: Answer, number: int, total: str) -> str:
    """Write a total, with what the policy is to the answer."""
    roles = {answer.runner_up: _("runner-up"), answer.baseline: _("today's"), answer.recommended: _("recommended")}
    return _("{role}: {total}").format(role=roles[number], total=total) if number in roles else total


def break_even(paper: Paper, charts: Charts, said: Said) -> Slide:
    """Show what policies cost over the number that the first price is, and where each number turns the answer."""
    answer, chart = paper.answer, charts[BREAK_EVEN]
    over = cost_tables.drawable(answer)[0]
    rows, given = chart.rows, numbers.value(answer, over)
    across, top = _axis_of(answer, over, rows), _top(rows)
    up = money(_("total cost"), top, paper.currency)
    drawn_as = apart(paper.styles, list(dict.fromkeys(rows["number"])))

    def draw(board: Board) -> None:
        lines = [
            Series(one.name, *_over(rows[rows["number"] == number]), one.colour, one.dash)
            for number, one in drawn_as.items()
        ]
        now = _("as it is: {value}").format(value=flips.written(answer, over, given))
        marks = [Series(now, [given, given], [0.0, up.high], GREY, "dot", 1.5)]
        turns = rows[rows["turns"]]
        if len(turns):
            x, y = _over(turns)
            marks.append(Series(_("the cheapest changes"), x, y, INK["light"].text, dash="", marker="circle", size=8))
        xy(board, board.area.part(0, 0, 0.42, 1), "", [*lines, *marks], (across, up), said[0])
        shown = costing.break_evens(answer, paper.unit)
        stays = (shown[[_("below this"), _("above this")]] == _("stays")).all(axis=1)
        drawn = table(board, board.area.part(0.44, 0, 1, 0.76), shown[~stays], left=4, largest=11.5)
        kept = _(", ").join(shown.loc[stays, _("assumption")])
        never = _("At any value the answer stays, as far as these go: {names}.").format(names=kept)
        sentences = [said[1], *([never] if kept else [])]
        board.body(board.area.part(0.45, board.under(drawn), 1, 1), [[Words(text)] for text in sentences], 13, 8)

    return Slide(said[0], chart.title, draw)


def _over(rows: pd.DataFrame) -> tuple[Sequence[float], Sequence[float]]:
    return rows["x"].tolist(), rows["cost"].tolist()


def _top(rows: pd.DataFrame) -> float:
    """Return where the axis ends: who is dearer by far at the end may leave the picture, as on the page."""
    order = list(dict.fromkeys(rows["number"]))
    return 1.05 * float(rows.loc[rows["number"].isin([order[0], order[-1]]), "cost"].max()) or 1.0


def _axis_of(answer: Answer, over: str, rows: pd.DataFrame) -> Axis:
    """Return the axis of a number that the answer rests on: a price, a share, or by how much it is multiplied."""
    name, high = flips.named(answer, over), float(rows["x"].max())
    if over in flips.SHARES:
        axis, written = even(name, 0.0, high, ""), "0%" if language.current() == "ja" else '0" "%'
    elif over in numbers.RELATIVE:
        before, _gap, after = _("{times} times").partition("{times}")
        axis, written = even(name, 0.0, high, ""), f'"{before}"0.0"{after}"'
    elif over in flips.NUMBERS:
        axis, written = even(name, 0.0, high, ""), "0.0"
    else:
        currency = terms.currency(answer)
        title = _("{name} ({unit})").format(name=name, unit=currency)
        axis = even(title, 0.0, high, "")
        decimals = 0 if axis.step >= 1 else len(f"{axis.step:.12f}".rstrip("0").partition(".")[2])
        written = "#,##0" + ("." + "0" * decimals if decimals else "")
    return axis._replace(high=high, written=written)

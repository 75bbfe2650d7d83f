"""The answer as an Excel workbook whose prices are live: change one, and costs, savings and ranking follow."""

import io

from alma_core.report import workbook_costs, workbook_prices, workbook_ranking, workbook_rows, workbook_summary
from alma_core.report.moment import dated
from alma_core.report.paper import Paper
from alma_core.report.workbook_book import SHEETS, opened
from alma_core.report.workbook_live import Live


def workbook(paper: Paper) -> bytes:
    """Return the workbook, in the language in use; the same paper gives the same bytes.

    Its costs agree with `decide.costs.costs` at the levels that were chosen at the paper's prices, whatever prices are
    set in it.
    """
    live, into = Live(paper.answer), io.BytesIO()
    keys = [key for key in SHEETS if key != "repeats" or live.has_live_intervals]
    with opened(paper, keys, into) as book:
        quantities = workbook_costs.write(book, live)
        workbook_prices.write(book, live)
        workbook_ranking.ranking(book, live, quantities)
        causes = workbook_ranking.causes(book, live, quantities)
        workbook_rows.curves(book, quantities)
        workbook_rows.ledger(book)
        workbook_rows.provenance(book)
        workbook_summary.write(book, live, causes)
    return dated(into.getvalue(), paper.made)

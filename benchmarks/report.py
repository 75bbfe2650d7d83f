"""How long it takes to make what is taken to the meeting: deck, workbook, page, policy, PDF and pictures of one run.

Everything starts from an answer; the files that need no browser come to a total of their own. The first time, in which
libraries are loaded and the browser opens, stands apart. A PDF has a browser of its own each time, pictures share one.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

from served import said

from alma_core import language, library
from alma_core.decide import advise, record, sheets
from alma_core.decide.question import Question
from alma_core.report import deck, document, memo, pictures, printing, studio, workbook
from alma_core.report.paper import Paper

BAR_SECONDS: Final = 5.0
"""Of the files that need no browser, together, the first time included."""
PICTURE_SECONDS: Final = 0.3
"""Of one picture, once the browser is open."""
MADE: Final = datetime(2026, 11, 30, tzinfo=UTC)
WITHOUT: Final[dict[str, Callable[[Paper], bytes]]] = {
    "deck": deck.deck, "workbook": workbook.workbook, "page": document.document, "policy": memo.docx,
}  # fmt: skip
HEADINGS: Final = f"{'seconds':28}{'n':>4}{'first':>9}{'min':>9}{'median':>9}{'max':>9}"


def paper(name: str) -> Paper:
    """Return a run as it goes to the meeting, at the first of its price sheets; made anew, so that nothing is kept."""
    run = library.find(name)
    known = record.of_run(run)
    sheet = sheets.offered(run.path, known.measure)[0]
    return Paper(run, advise.answer(known, Question(prices=sheet.prices, limits=sheet.limits)), sheet, MADE)


def timed(make: Callable[[], Any], repeats: int, each: int = 1) -> dict[str, float]:
    """Return the time of the first making, and the least, the middle and the most of some after it.

    Args:
        make: what is timed.
        repeats: how often, after the first time.
        each: things made at once; times are of one of them.
    """
    seconds = []
    for _again in range(repeats + 1):
        start = time.perf_counter()
        make()
        seconds.append((time.perf_counter() - start) / each)
    first, *warm = seconds
    return {"n": repeats, "first": first, "min": min(warm), "median": median(warm), "max": max(warm)}


def without_browser(name: str, repeats: int) -> dict[str, dict[str, float]]:
    """Return the times of the files that need no browser, each with all that it makes of the answer."""
    return {kind: timed(lambda make=make: make(paper(name)), repeats) for kind, make in WITHOUT.items()}


def with_browser(name: str, repeats: int) -> dict[str, dict[str, float]]:
    """Return the times of a PDF, and of one picture of each kind."""
    page, charts = document.document(paper(name)), paper(name).charts()
    found = {"PDF": timed(lambda: printing.pdf(page), repeats)}
    for kind in ("png", "svg"):
        found[kind.upper()] = timed(lambda kind=kind: pictures.pictures(charts, kind), repeats, len(charts))
    studio.close()
    return found


def figures_of(seconds: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Return the times with what they come to, and whether the bars are met."""
    first = sum(seconds[kind]["first"] for kind in WITHOUT)
    drawn = [seconds[kind]["median"] for kind in ("PNG", "SVG") if kind in seconds]
    holds = {"without a browser": first <= BAR_SECONDS}
    if drawn:
        holds["a picture"] = max(drawn) <= PICTURE_SECONDS
    return {"seconds": seconds, "total": first, "picture": max(drawn, default=None), "holds": holds}


def main() -> None:
    """Print the table, and with `--json` the same figures on the last line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default="mnist")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--lang", default="en", choices=language.LANGUAGES)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    language.use(options.lang)
    seconds = without_browser(options.run, options.repeats)
    if printing.browser() is not None:
        seconds |= with_browser(options.run, options.repeats)
    figures = {"run": options.run} | figures_of(seconds)
    print(HEADINGS)
    for kind, one in seconds.items():
        times = "".join(f"{one[which]:9.3f}" for which in ("first", "min", "median", "max"))
        print(f"{kind:28}{one['n']:4}{times}")
    print(f"without a browser, in all {figures['total']:.2f} s, at most {BAR_SECONDS}: ", end="")
    print(said(figures["holds"]["without a browser"]))
    if figures["picture"] is None:
        print("no Chromium or Chrome: no PDF and no pictures")
    else:
        print(f"a picture {figures['picture']:.3f} s, at most {PICTURE_SECONDS}: {said(figures['holds']['a picture'])}")
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()

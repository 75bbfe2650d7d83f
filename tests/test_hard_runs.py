"""The pages on runs that leave little to compare, or very much."""

import re
from collections.abc import Callable, Iterable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alma_core import ledger, library, specs, writing
from alma_core.home import home
from alma_core.simulate import costs
from tests.decide import hand
from tests.test_pages import opened, written
from tests.test_pages_kinds import ranked

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
PAGES = ("executive/decide", "executive/compare", "executive/cost", "meeting/report")


def kept(
    blocks: Iterable[pd.DataFrame], policies: Iterable[specs.PolicySpec], arrivals: int, seeds: int
) -> library.Run:
    """Write a run whose ledger is given, as one that was made elsewhere may look."""
    spec = specs.RunSpec(specs.StreamSpec("parts", arrivals, "lot"), tuple(policies), specs.recipe("quick"), seeds)
    confusion = ledger.shaped(pd.DataFrame(columns=list(ledger.CONFUSION)), ledger.CONFUSION)
    path = home() / "runs" / "hard"
    data = {"name": "parts", "sha256": "0" * 64, "target": "", "unit": ""}
    with writing.writing(path, spec, "alma run") as writer:
        writer.finish({"ledger": hand.table(*blocks), "confusion": confusion}, data=data, device="cpu")
    return library.open_run(path)


def block(policy: specs.PolicySpec, errors: list[list[float]], name: str = "") -> pd.DataFrame:
    arrivals = len(errors[0])
    updates = list(range(policy.waiting_time, arrivals + 1, policy.waiting_time))
    return hand.rows(name or specs.fingerprint(policy), errors, updates, **costs.described(policy))


def one_of_everything() -> None:
    policy = specs.PolicySpec()
    kept([hand.incumbent([[0.9]]), block(policy, [[0.3]])], [policy], 1, 1)


def equal_names() -> None:
    """Two policies that no column tells apart: each name stands for either."""
    policy, same = specs.PolicySpec(), [[0.4, 0.3, 0.2, 0.2]] * 3
    better = [[0.4, 0.2, 0.1, 0.1]] * 3
    kept([hand.incumbent([[0.9] * 4] * 3), block(policy, same), block(policy, better, "twin")], [policy], 4, 3)


def all_errors_equal() -> None:
    policies = [specs.PolicySpec(wait, wait) for wait in (1, 2, 3)]
    kept([hand.incumbent([[0.5] * 6] * 3), *(block(one, [[0.5] * 6] * 3) for one in policies)], policies, 6, 3)


def no_errors_at_all() -> None:
    policies = [specs.PolicySpec(wait, wait) for wait in (1, 2)]
    kept([hand.incumbent([[0.0] * 4] * 2), *(block(one, [[0.0] * 4] * 2) for one in policies)], policies, 4, 2)


def two_hundred() -> None:
    sizes = [specs.LearnerSpec("mlp", size) for size in ("S", "M", "L", "XL")]
    policies = [
        specs.PolicySpec(wait, wait, start, replay, learner)
        for learner in sizes
        for start, replay in (("warm", 0.0), ("warm", 1.0), ("scratch", 1.0))
        for wait in range(1, 18)
    ]  # fmt: skip
    assert len(policies) > 200
    curves = {one: [[0.9 / (t + 0.01 * n) for t in range(1, 21)]] * 2 for n, one in enumerate(policies, 1)}
    kept([hand.incumbent([[0.95] * 20] * 2), *(block(*pair) for pair in curves.items())], policies, 20, 2)


def unfinished(app: AppTest) -> list[str]:
    """Return what no reader should see."""
    said = written(app) + " ".join(str(table.value.to_csv()) for table in app.table)
    return re.findall(r"\bnan\b|\bNaN\b|\binf\b|\bNone\b(?! of)|\{\w*\}", said)


@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize(
    "hard", [one_of_everything, equal_names, all_errors_equal, no_errors_at_all, two_hundred], ids=lambda f: f.__name__
)
def test_every_page_stands(hard: Callable[[], None], spoken: str):
    hard()
    app = opened(lang=spoken, run="hard")
    for page in PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, (page, app.exception)
        assert not app.error, (page, app.error[0].value)
        assert not unfinished(app), page


def test_one_seed_is_said_to_be_one():
    one_of_everything()
    app = opened(lang="en", run="hard")
    assert "single repeat" in written(app)


def test_of_two_hundred_all_are_ranked_once_asked_for():
    two_hundred()
    app = opened(lang="en", run="hard")
    assert len(ranked(app)) == 100
    app.toggle(key="listed").set_value(True).run()
    assert len(ranked(app)) > 200
    assert app.query_params["listed"] == "True"

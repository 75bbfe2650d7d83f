"""Every schedule of full retraining in hindsight: what a run's own policies cost, and what none could beat."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alma_core import library
from alma_core.decide import advise, sheets
from alma_core.decide.compare import paired
from alma_core.decide.costs import costs
from alma_core.decide.hindsight import Hindsight, hindsight
from alma_core.decide.late import lateness
from alma_core.decide.limits import Limits
from alma_core.decide.oracle import evaluate
from alma_core.decide.panel import Panel
from alma_core.decide.priced import panel_for
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question, placed
from alma_core.decide.record import Record, of_run
from alma_core.errors import QuestionError
from tests.decide import hand, made

FULL = ("incumbent", "S1", "S2", "S3", "M1", "M2", "M3")
ROWS = 7
MONTH = 365.25 / 12


def run(seed: int, task: str, judged: str, **facts: object) -> Record:
    return made.run(seed, task, judged, rows=ROWS, among=FULL, lags=ROWS, **facts)


def asked(record: Record, question: Question) -> tuple[Hindsight, Panel]:
    found = hindsight(record, question)
    assert found is not None
    return found, placed(panel_for(record, question.prices), question)


def releases(panel: Panel, prices: Prices, policy: str) -> list[tuple[int, int]]:
    """Return when a policy's models go into service, and their place in the ladder S, M."""
    if policy == "incumbent":
        return []
    lag, is_open = lateness(panel, prices)
    rows = [t + int(lag + 1e-9) for t in range(1, panel.horizon + 1) if t % int(policy[1]) == 0]
    return [(row, "SM".index(policy[0])) for row in rows if row <= panel.horizon and is_open[row - 1]]


def check(record: Record, question: Question, policies: tuple[str, ...] = FULL) -> None:
    """Hold what the stakes say of each policy's schedule, row by row, against what the policy costs."""
    found, panel = asked(record, question)
    priced = costs(panel, question.prices)
    for number, policy in enumerate(panel.policies["policy"]):
        if policy in policies:
            rows = priced.rows[number] - priced.of("labels", "upkeep")[number]  # whatever is updated when
            schedule = releases(panel, question.prices, policy)
            assert evaluate(found.stakes, schedule) == pytest.approx(rows.mean(0), rel=1e-4, abs=1e-6), policy


@given(
    st.integers(0, 10**6), st.sampled_from((made.MANY, made.TWO, made.NUMBER)), st.sampled_from(("test", "next")),
    st.booleans(), st.booleans(), st.sampled_from(("month", "lot")),
)  # fmt: skip
@settings(max_examples=20)
def test_the_schedule_of_each_policy_costs_what_the_policy_costs(
    seed: int, task: str, judged: str, late: bool, stated: bool, unit: str
):
    """Every arrival and every two or three, two sizes; late service, discount, second rate, hardware, free nights."""
    prices = dataclasses.replace(made.prices(seed, task, late=late, unit=unit), freeze_months=())
    question = Question(prices=prices, incumbent_error=0.3 if stated else None, horizon=ROWS - seed % 3)
    record = run(seed, task, judged, unit=unit)
    try:
        placed(panel_for(record, prices), question)
    except QuestionError as refused:
        assume("arrivals late at times" not in str(refused))
        raise
    check(record, question)


@pytest.mark.parametrize("judged", ["test", "next"])
@pytest.mark.parametrize("months", [0, 1, 2])
def test_with_months_without_releases(judged: str, months: int):
    """Every arrival: what waits is made needless by the model that is ready as the next open month begins."""
    prices = dataclasses.replace(
        made.prices(4, made.TWO), label_delay=0.0, release_days=months * MONTH, freeze_months=(4,),
        price_per_device_hour=0.0, miss_price=31.0, false_alarm_price=7.0,
    )  # fmt: skip
    check(run(8, made.TWO, judged), Question(prices=prices), ("incumbent", "S1", "M1"))


def test_nothing_that_is_due_beyond_the_horizon_or_in_a_closed_month_is_possible():
    prices = Prices(release_days=2 * MONTH, freeze_months=(5,))
    found, _panel = asked(run(1, made.MANY, "test"), Question(prices=prices))
    assert found.stakes.exists.any(1).tolist() == [False] * 2 + [True] * 5
    assert found.stakes.possible.any(1).tolist() == [False] * 2 + [True, False, True, True, True]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("task", [made.MANY, made.TWO, made.NUMBER])
def test_no_policy_of_its_kind_beats_the_plan(seed: int, task: str):
    prices = made.prices(seed, task)
    question = Question(prices=prices)
    record = run(seed, task, ("test", "next")[seed % 2])
    found, panel = asked(record, question)
    totals = costs(panel, prices).total
    assert found.totals.mean() <= totals.mean(1).min() * (1 + 1e-6)
    best = int(totals.mean(1).argmin())
    assert found.regret(totals[best]) == paired(totals[best], found.totals)
    assert found.regret(totals[best]).mean >= -1e-6 * abs(totals[best].mean())


@pytest.mark.parametrize("judged", ["test", "next"])
def test_each_seed_pays_for_the_same_plan_what_it_would_have_cost_it(judged: str):
    record, question = run(3, made.NUMBER, judged), Question(prices=made.prices(5, made.NUMBER))
    found, _panel = asked(record, question)
    for seed, total in enumerate(found.totals.tolist()):
        tables = {name: getattr(record.tables, name) for name in ("ledger", "judged", "operating")}
        alone = {name: table[table["seed"] == seed] for name, table in tables.items()}
        only, panel = asked(Record(dataclasses.replace(record.tables, **alone), record.measure), question)
        of_learning = costs(panel, question.prices).of("labels", "upkeep")[1].sum() if found.plan.releases else 0.0
        assert evaluate(only.stakes, found.plan.releases).sum() + of_learning == pytest.approx(total, rel=1e-5)


def test_labels_and_upkeep_can_make_no_update_the_best():
    """An update saves 700 errors in a thousand each month; labels for 1,000 a month cost more."""
    table = hand.table(hand.incumbent([[0.9] * 3]), hand.rows("p", [[0.2] * 3], [1, 2, 3], start="scratch", replay=1.0))
    for price, expected in ((0.69, [1]), (0.71, [])):
        prices = Prices(
            price_per_error=1.0, days_per_update=1.0, day_rate=1.0, price_per_device_hour=0.0, price_per_label=price
        )
        found = hindsight(hand.record(table), Question(prices=prices))
        assert found is not None
        assert [row for row, _capacity in found.plan.releases] == expected
        labels = 3000 * price if expected else 0.0
        assert found.totals.tolist() == pytest.approx([601.0 + labels if expected else 2700.0])


def test_a_cap_on_updates_of_a_year_holds_in_hindsight():
    """Months from February on; rows 3 to 7 are one fiscal year."""
    error = [[0.77 - 0.1 * t for t in range(1, 8)]]
    table = hand.table(
        hand.incumbent([[0.9] * 7]), hand.rows("p", error, list(range(1, 8)), start="scratch", replay=1.0)
    ).assign(arrived_on=lambda rows: [made.MONTHS[t - 1] for t in rows["t"]])  # fmt: skip
    prices = Prices(price_per_error=1.0, days_per_update=0.0, price_per_device_hour=0.0)

    def rows(**limits: float) -> list[int]:
        found = hindsight(
            hand.record(table, unit="month"),
            Question(prices=prices, limits=Limits(**limits)),
        )
        assert found is not None
        return [row for row, _capacity in found.plan.releases]

    assert rows() == [1, 2, 3, 4, 5, 6, 7]
    assert rows(updates_per_year=2.9) == [1, 2, 4, 6]
    assert rows(updates_per_year=0.0) == []


@pytest.mark.parametrize("question", [Question(factor=2), Question(capacities=("L",))])
def test_where_there_is_no_hindsight(question: Question):
    assert hindsight(run(1, made.TWO, "test"), question) is None
    assert hindsight(made.run(1, made.TWO, "test", among=("incumbent", "S2", "new", "ens")), Question()) is None


def test_only_the_sizes_asked_for_are_planned():
    record = run(1, made.TWO, "test")
    assert asked(record, Question())[0].capacities == ("S", "M")
    only, _panel = asked(record, Question(capacities=("M",)))
    assert only.capacities == ("M",)


def test_dates_that_go_back_leave_no_plan_only_where_years_count():
    record = run(1, made.TWO, "test")
    dates = ["2024-05-01", "2023-05-01", *made.MONTHS[18:23]]
    ledger = record.ledger.assign(arrived_on=lambda rows: [dates[t - 1] for t in rows["t"]])
    mixed = Record(dataclasses.replace(record.tables, ledger=ledger), record.measure)
    assert hindsight(mixed, Question()) is not None
    assert hindsight(mixed, Question(prices=Prices(updates_included=1, day_rate_beyond=1.0))) is None
    assert hindsight(mixed, Question(limits=Limits(updates_per_year=3.0))) is None


@pytest.mark.parametrize("name", ["monthly-demand", "machine-failure"])
def test_on_a_shipped_run_the_plan_is_no_dearer_than_its_own_full_retraining(name: str):
    found = library.find(name)
    prices = sheets.load(sheets.beside(found.path)[0]).prices
    answer = advise.answer(of_run(found), Question(prices=prices))
    plan = hindsight(of_run(found), Question(prices=prices))
    assert plan is not None
    policies = answer.panel.policies
    full = (policies["start"] == "scratch") & (policies["replay"] == 1) & (policies["method"] == "single")
    assert full.sum() > 4
    for number in np.flatnonzero(full):
        assert plan.regret(answer.costs.total[number]).mean >= 0

"""The advice from the first arrivals only, and beyond the last one."""

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alma_core import library
from alma_core.decide import operating, panel, pilot, record, sheets, value
from alma_core.decide.advise import Answer
from alma_core.decide.compare import SIGMAS, paired
from alma_core.decide.conditions import STRONG
from alma_core.decide.foreseen import MOST_ALIKE, Foreseen, moving
from alma_core.decide.prices import Prices, examples
from alma_core.decide.question import Question
from alma_core.decide.record import Record
from alma_core.errors import QuestionError
from alma_core.report import provisos, reasons, statements, whole
from tests.decide import hand

PRICES = Prices(price_per_error=10, days_per_update=1, day_rate=500, price_per_device_hour=0)
LOTS = {
    "digits": 8, "monthly-demand": 9, "elec2": 18, "machine-failure": 8,
}  # fmt: skip
"""Shipped runs, judged on a test set and on what comes next, of classes and of numbers; arrivals seen of each."""


def asked(run: library.Run) -> Question:
    """Return the usual question about a run, at the prices of its first sheet."""
    own = sheets.beside(run.path)
    return Question(prices=sheets.load(own[0]).prices if own else examples(record.of_run(run).measure))


AMOUNTS = (
    "error loss volume labels_bought train_flops evaluation_flops inference_flops seconds test_size params "
    "examples_arrived error_arriving"
)


def with_other_rows_after(known: Record, rows: int, columns: str = AMOUNTS) -> Record:
    """Return a run as if what it left after its first rows were something else, whether it updated then as well."""
    draws, tables = np.random.default_rng(1), known.tables

    def changed(table: pd.DataFrame, is_later: Any, names: str) -> pd.DataFrame:
        table, is_later = table.copy(), is_later.to_numpy()
        for name in names.split() if len(table) else ():
            values = table[name].to_numpy(np.float64).copy()
            values[is_later] *= draws.uniform(0, 1, is_later.sum())
            table[name] = values.astype(table[name].dtype)
        return table

    ledger, points, shift = tables.ledger, tables.operating, tables.shift
    ledger = changed(ledger, ledger["t"] > rows, columns)
    if columns == AMOUNTS:
        ledger["updated"] = np.where(ledger["t"] > rows, draws.random(len(ledger)) < 0.5, ledger["updated"])
    points = changed(points, (points["t"] > rows) | (points["served_t"] > rows), "a b n_a n_b")
    shift = changed(shift, shift["t"] > rows, "statistic p p_adjusted")
    return Record(hand.Left(ledger, tables.unit, operating=points, shift=shift), known.measure)


def told(found: Answer) -> str:
    return json.dumps(whole.as_json(found, "lot"), allow_nan=False)


@pytest.mark.parametrize("name", LOTS)
def test_what_has_not_happened_does_not_move_the_advice(name: str):
    """Judged on the next mega-batch, the newest arrival is not judged on yet; its row may be anything, too."""
    run, seen = library.find(name), LOTS[name]
    known, question = record.of_run(run), asked(run)
    rows = seen - (known.measure.judged == "next")
    advice = told(pilot.pilot(known, question, seen))
    assert told(pilot.pilot(with_other_rows_after(known, rows), question, seen)) == advice
    assert told(pilot.pilot(with_other_rows_after(known, rows - 1, "error"), question, seen)) != advice
    assert told(pilot.pilot(known, question, seen)) == advice


def falling(t: np.ndarray) -> np.ndarray:
    """The error of a model trained after t arrivals."""
    return 0.05 + 0.4 * t**-0.5


def curve(name: str, wait: int, rows: int, seeds: int = 3, **facts: Any) -> pd.DataFrame:
    """Return a policy whose models err as `falling` says, and by chance; 0.9 before the first."""
    t = np.arange(1, rows + 1)
    draws = np.random.default_rng([wait, rows, len(name)])
    trained = t // wait * wait  # [T]
    error = np.where(trained > 0, falling(np.maximum(trained, 1.0)), 0.9)
    errors = [(error * (1 + 0.01 * draws.standard_normal(rows + 1)[trained])).tolist() for _seed in range(seeds)]
    facts = {"start": "scratch", "replay": 1.0, "waiting_time": wait, "first_update": wait} | facts
    return hand.rows(name, errors, t[t % wait == 0].tolist(), **facts)


def stays(name: str, error: float, rows: int, updates: list[int] = [1], **facts: Any) -> pd.DataFrame:  # noqa: B006
    return hand.rows(name, [[error] * rows] * 3, updates, **{"schedule": "once"} | facts)


def ledger(rows: int = 12, *more: pd.DataFrame) -> pd.DataFrame:
    """Return policies that learn at every arrival and every second one, one that learnt once, and none."""
    none = hand.incumbent([[0.9] * rows] * 3)
    return hand.table(none, curve("one", 1, rows), curve("two", 2, rows), stays("once", 0.3, rows), *more)


def advised(seen: int | None, table: pd.DataFrame | None = None, measure: Any = None, **question: Any) -> Answer:
    return pilot.pilot(
        hand.record(ledger() if table is None else table, measure), Question(**{"prices": PRICES} | question), seen
    )


def of(found: Answer, name: str) -> int:
    return found.panel.number(name)


def test_what_was_seen_costs_nothing_any_more():
    """From row 9 to 12 whoever never updates again pays four times 1,000 x 0.3 x 10, and nobody's past counts."""
    found = advised(8)
    assert (found.panel.horizon, found.panel.sunk, found.panel.counted) == (12, 8, 4)
    assert (found.costs.rows[..., :8] == 0).all()
    assert found.costs.total[of(found, "once")].tolist() == pytest.approx([4 * 3000.0] * 3)
    assert found.costs.of("people")[of(found, "two")].sum(-1).tolist() == [1000.0] * 3  # rows 10 and 12
    assert found.costs.of("people")[of(found, "one")].sum(-1).tolist() == [2000.0] * 3


def test_counts_and_errors_beside_the_amounts_are_of_the_rest_too():
    """Policy `two` updates twice in rows 9 to 12, `one` four times; both had updated before."""
    found = advised(8, baseline="one")
    assert found.panel.policies["policy"][found.recommended] == "two"
    row = whole.row(found, found.recommended)
    assert (row["updates"], row["train_flops"]) == (2, found.panel["train_flops"][found.recommended, 0, [9, 11]].sum())
    assert "2 updates instead of 4" in reasons.reasons(found, "lot")[1]
    errors = found.panel["error"][[of(found, "two"), of(found, "one")], :, 8:].mean((1, 2))
    both = [found.measure.text(error) for error in errors]
    assert f"{both[0]} on average against {both[1]}" in reasons.reasons(found, "lot")[0]
    for policy in range(len(found.panel.policies)):
        parts = value.parts(found, policy)
        assert sum(part.amount for part in parts) == pytest.approx(found.costs.total[policy].mean())
    assert "over 4 lots" in statements.worth(found, "lot")


def test_a_weak_point_in_the_past_is_none():
    """In rows 1 and 2 a first model errs more than the one that learnt once, 0.3; after 8 arrivals that is over."""
    known = hand.answer(ledger(), Question(prices=PRICES, baseline="once"))
    assert known.panel.policies["policy"][known.recommended] == "one"
    assert value.weak_point(known)[::2] == (2, 1)
    found = advised(8, baseline="once")
    assert value.weak_point(found) is None
    assert "none against today's" in statements.weak_point(found, "lot")


def test_the_rest_is_foretold_from_what_was_seen():
    found = advised(8)
    assert found.foreseen.known == 8
    assert np.array_equal(found.panel["error"][..., :8], panel.prefix(found.full, 8)["error"])
    later = found.panel["error"][of(found, "one"), :, 8:].mean(0)
    assert later == pytest.approx(falling(np.arange(9.0, 13)), rel=0.1)
    said = provisos.foreseen(found, "month")
    assert said == (
        "An estimate: only the first 8 months are known, the rest is read off learning curves. Amounts are of the rest "
        "alone."
    )


def test_a_horizon_beyond_the_data_counts_all_that_is_known():
    known = hand.answer(ledger(), Question(prices=PRICES))
    found = advised(None, horizon=20)
    assert (found.panel.horizon, found.panel.sunk, found.foreseen.known) == (20, 0, 12)
    assert found.costs.rows[..., :12] == pytest.approx(known.costs.rows)
    assert (found.costs.rows[..., 12:].sum((1, 2)) > 0).all()
    assert "Amounts are of the rest" not in provisos.foreseen(found, "lot")


def test_the_json_says_that_it_is_an_estimate():
    assert whole.as_json(advised(8), "lot")["foreseen"] == {"known": 8, "sunk": 8, "refused": {}}
    assert whole.as_json(hand.answer(ledger(), Question()), "lot")["foreseen"] is None


@pytest.mark.parametrize(
    ("measure", "seen", "says"),
    [
        (None, 0, "0 arrivals were given as seen, 1 to 12 were expected"),
        (None, 13, "13 arrivals were given as seen, 1 to 12"),
        (dataclasses.replace(hand.RENTALS), 1, "1 arrivals were given as seen, 2 to 12"),
        (None, 12, "A forecast to arrival 12 was asked for, but 12 are known"),
        (None, 3, r"Today's policy cannot be foretold \(its learning curve has fewer than four points so far\)"),
    ],
)
def test_arrivals_that_cannot_be_seen(measure: Any, seen: int, says: str):
    table = hand.numbers(ledger()) if measure else ledger()
    with pytest.raises(QuestionError, match=says):
        advised(seen, table, measure)


def test_policies_that_cannot_be_foretold_are_named():
    rule = curve("rule", 1, 12, schedule="error", threshold=0.1)
    rare = hand.rows("rare", [[0.9] * 5 + [0.2] * 7] * 3, [6, 12], waiting_time=6, first_update=6, window=2)
    found = advised(8, ledger(12, rule, rare))
    assert found.foreseen.refused == {"rule": "looks", "rare": "too_few"}
    assert not {"rule", "rare"} & set(found.panel.policies["policy"])
    said = provisos.foreseen(found, "lot")
    assert "2 policies are left out: its rule looks at what arrives" in said
    assert "fewer than four points" in said
    assert whole.as_json(found, "lot")["foreseen"]["refused"] == {"rule": "looks", "rare": "too_few"}


def test_today_s_policy_must_be_foretold():
    rule = curve("rule", 1, 12, schedule="error", threshold=0.1)
    with pytest.raises(QuestionError, match=r"cannot be foretold \(its rule looks at what arrives"):
        advised(8, ledger(12, rule), baseline="rule")
    with pytest.raises(QuestionError, match="There is no policy nobody"):
        advised(8, baseline="nobody")


LATE = {"release_days": 1.0, "days_per_arrival": 1.0}


@pytest.mark.parametrize(
    ("measure", "prices"),
    [
        (None, {"price_matrix": ((0.0, 1.0), (5.0, 0.0))}),
        (hand.RENTALS, LATE),
        (hand.RENTALS, {"freeze_months": (3,)}),
        (hand.RENTALS, {"label_delay": 3.0, "days_per_arrival": 30.0}),
    ],
)
def test_prices_that_cannot_be_foretold(measure: Any, prices: dict[str, Any]):
    table = hand.numbers(ledger()) if measure else ledger()
    known = hand.record(table, measure)
    full = dataclasses.replace(panel.panel(table, known.measure))
    for seen in (8, None):
        with pytest.raises(QuestionError, match="which cannot be foretold"):
            pilot.of_panel(full, known, Question(prices=Prices(**prices), horizon=20), seen)


def test_an_update_that_is_released_after_the_decision_is_paid_after_it():
    """A lot later; so row 9 pays for the update of row 8, and that of row 12 is never released."""
    found = advised(8, prices=dataclasses.replace(PRICES, **LATE))
    people = found.costs.of("people")
    assert people[of(found, "two"), 0].tolist() == [0] * 8 + [500, 0, 500, 0]
    assert people[of(found, "one"), 0].tolist() == [0] * 8 + [500] * 4
    error = found.panel["error"]
    assert error[of(found, "two"), :, 8].tolist() == pytest.approx(panel.panel(ledger())["error"][2, :, 7].tolist())


def test_mega_batches_made_coarser():
    """Today's policy is looked for among those that exist at that size; four rows of two arrivals are over."""
    four = curve("four", 4, 20)
    found = advised(12, ledger(20, four), factor=2)
    assert found.panel.policies["policy"][found.baseline] == "two"
    assert (found.panel.horizon, found.panel.sunk) == (10, 6)
    assert set(found.panel.policies["policy"]) == {"incumbent", "two", "four"}
    assert (found.costs.rows[..., :6] == 0).all()


def test_models_to_come_have_the_rates_of_today_s_levels():
    run = library.find("machine-failure")
    question = asked(run)
    found = pilot.pilot(record.of_run(run), question, 8)
    rates = found.panel.models["rates"]  # [2, 21, P, S, T, 1]
    assert (rates[:, :, ..., 8:, :] == rates[:, :1, ..., 8:, :]).all()
    assert (found.costs.levels[..., 8:, :] == operating.ONE_HALF).all()
    known = operating.levels(found.full, question.prices)[..., 7, 0]  # [P, S] of the whole run
    keep = found.full.policies["policy"].isin(found.panel.policies["policy"]).to_numpy()
    assert (found.costs.levels[..., 7, 0] == known[keep]).all()
    assert (known != operating.ONE_HALF).any()


def test_a_model_that_goes_on_serving_goes_on_at_its_level():
    """In row 9 nothing is updated but what waits for one or three; on the test set all others do as in row 8."""
    run = library.find("machine-failure")
    question = dataclasses.replace(asked(run), horizon=9)
    found = pilot.pilot(record.of_run(run), question, 8)
    stay = found.panel["updated"][:, 0, 8] == 0  # [P]
    rates = operating.at(found.panel.models["rates"], found.costs.levels)[:, stay, :, :, 0]  # [2, P', S, T]
    half = found.panel.models["rates"][:, operating.ONE_HALF][:, stay, :, :, 0]
    assert stay.sum() > 5
    assert rates[..., 8] == pytest.approx(rates[..., 7])
    assert not np.allclose(half[..., 7], rates[..., 7])


def test_a_shift_that_has_not_been_seen_is_none():
    shift = pd.DataFrame(
        {"t": [5, 5, 10, 10], "column": ["a", "a", "b", "b"], "test": ["psi", "ks"] * 2, "statistic": [STRONG] * 4,
         "p": 0.0, "p_adjusted": 0.0}
    )  # fmt: skip
    left = hand.record(ledger(), shift=shift)
    assert [one.column for one in pilot.pilot(left, Question(prices=PRICES), 8).shifts] == ["a"]


def test_a_sum_of_rows_by_hand():
    """Seen 1, 3, 1, 3: spread 4/3, neighbours correlate by -3/4 + 1/4 < 0, so by 0; two more rows."""
    assert moving(np.array([1.0, 3.0, 1.0, 3.0]), 2) == pytest.approx(2 * math.sqrt(4 / 3 * (1 / 2 + 1 / 4)))
    # 0, 0, 1, 1: spread 1/3, neighbours 1/4 of 1, and 1/4 more for a short series
    assert moving(np.array([0.0, 0.0, 1.0, 1.0]), 4) == pytest.approx(4 * math.sqrt(1 / 3 * 3 * (1 / 4 + 1 / 4)))
    assert moving(np.arange(50.0), 10) == pytest.approx(
        10 * math.sqrt(np.arange(50.0).var(ddof=1) * (1 + MOST_ALIKE) / (1 - MOST_ALIKE) * (1 / 10 + 1 / 50))
    )
    assert moving(np.full(4, 2.0), 3) == 0


@pytest.mark.parametrize(("alike", "least", "most"), [(0.0, 0.87, 0.94), (0.5, 0.74, 0.84)])
def test_sums_to_come_fall_where_they_should(alike: float, least: float, most: float):
    """Series that depend on their own past, 12 rows seen and 12 to come; the docstring says how often it holds."""
    draws = np.random.default_rng(7)
    n, rows = 1500, 12
    series = np.zeros((n, 60 + 2 * rows))
    for t in range(1, series.shape[1]):
        series[:, t] = alike * series[:, t - 1] + draws.standard_normal(n)
    seen, later = 5 + series[:, 60 : 60 + rows], 5 + series[:, 60 + rows :]
    miss = np.abs(later.sum(1) - rows * seen.mean(1))
    held = np.mean(miss <= [SIGMAS * moving(one, rows) for one in seen])
    assert least <= held <= most


def test_a_difference_on_one_curve_and_on_two():
    """On a test set a curve's doubt is shared; on what comes next the difference goes on as it did, or half turns."""
    doubts = {"a": (5.0, 0), "b": (2.0, 0), "c": (12.0, 1)}
    found = Foreseen(4, doubts, {}, {})
    assert (found.of("a", "b"), found.of("a", "c"), found.of("a", "a")) == (3.0, 13.0, 0.0)
    rows = {"a": np.array([3.0, 1, 3, 1, 6, 6]), "b": np.zeros(6), "c": np.array([math.nan, 0, 0, 0, 0, 0])}
    found = Foreseen(4, doubts, rows, {})
    turn = 12 - 2 * 2.0
    assert found.of("a", "b") == pytest.approx(math.hypot(moving(rows["a"][:4], 2), turn / 2))
    assert found.of("a", "a") == 0
    assert found.of("a", "c") == 13.0  # three rows together are too few


def test_what_is_foretold_widens_the_interval():
    found = advised(8)
    names = found.panel.policies["policy"]
    for policy in range(len(names)):
        plain = paired(found.costs.total[found.baseline], found.costs.total[policy])
        doubt = SIGMAS * found.foreseen.of(names[found.baseline], names[policy])
        wide = found.saving(policy)
        assert wide.mean == plain.mean
        assert wide.high - wide.mean == pytest.approx(math.hypot(plain.high - plain.mean, doubt))
    assert found.foreseen.of("two", "once") > 0
    assert found.lead.high - found.lead.mean > 0


def test_a_year_s_discount_is_in_what_is_doubted():
    """Rows that lie a year apart at 100 %: a doubt of the second counts half of that of the first."""
    lots = {"days_per_arrival": 365.25}
    plain, halved = (
        advised(10, prices=dataclasses.replace(PRICES, discount_rate=rate, **lots)).foreseen.doubts for rate in (0, 1)
    )
    assert 0.5 < halved["one"][0] / plain["one"][0] < 1

"""When, on what, and how it is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core import language
from alma_core.policies import wording, replay, schedules
from alma_core.policies.schedules import Seen
from alma_core.specs import PolicySpec


@pytest.mark.parametrize(
    ("policy", "updates"),
    [
        (PolicySpec(1), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (PolicySpec(5), [5, 10]),
        (PolicySpec(5, 1), [1, 5, 10]),
        (PolicySpec(3), [3, 6, 9]),
        (PolicySpec(10, 1), [1, 10]),
    ],
)
def test_updates_fall_due(policy: PolicySpec, updates: list[int]):
    due = schedules.schedule(policy).due
    assert [t for t in range(1, 11) if due(t, Seen((), (), ()))] == updates


@given(st.integers(1, 60), st.integers(1, 200))
def test_no_rule_depends_on_the_horizon(wait: int, t: int):
    assert schedules.every(wait, wait).due(t, Seen((), (), ())) == (t % wait == 0)


@pytest.mark.parametrize(
    ("policy", "seen"),
    [
        (PolicySpec(), (300, 500)),
        (PolicySpec(replay=1.0), (0, 500)),
        (PolicySpec(window=1), (400, 500)),
        (PolicySpec(2, window=3), (200, 500)),
        (PolicySpec(window=9), (0, 500)),
    ],
)
def test_what_an_update_sees(policy: PolicySpec, seen: tuple[int, int]):
    assert replay.seen_by_update(policy, range(0, 700, 100), 300, 5) == seen


ROW = {"method": "single", "capacity": "M", "start": "scratch", "replay": 1, "waiting_time": 5, "first_update": 5}


@pytest.mark.parametrize(
    ("change", "unit", "english", "japanese"),
    [
        ({}, "month", "every 5 months, from scratch, all data, M", "5か月ごと・最初から学習・全データ・M"),
        ({"first_update": 1}, "lot", "every 5 lots, from scratch, all data, M, start at once",
         "5ロットごと・最初から学習・全データ・M・初回はすぐ"),
        ({"waiting_time": 1, "first_update": 1, "start": "warm", "replay": 0}, "day",
         "every day, continue, new data, M", "毎日・継続学習・新データのみ・M"),
        ({"window": 3, "replay": 0}, "month", "every 5 months, from scratch, last 3 months, M",
         "5か月ごと・最初から学習・直近3か月・M"),
        ({"method": "incumbent"}, "week", "no update", "更新しない"),
    ],
)  # fmt: skip
def test_labels(change: dict[str, object], unit: str, english: str, japanese: str):
    assert wording.label(ROW | change, unit) == english
    language.use("ja")
    assert wording.label(ROW | change, unit) == japanese


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "lot"])
@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_every_unit_has_its_words(unit: str, spoken: str):
    language.use(spoken)
    assert "5" in wording.arrivals(5, unit)
    assert wording.every(1, unit) != wording.every(2, unit)
    assert wording.time_axis(unit)


def test_one_month_is_singular():
    assert (wording.arrivals(1, "month"), wording.arrivals(2, "month")) == ("1 month", "2 months")


def test_sentences():
    assert (
        wording.sentence(ROW | {"first_update": 1}, "month")
        == "Collect 5 months, then update: retrain from scratch on all data so far, medium model. "
        "The first update comes with the first arrival."
    )
    language.use("ja")
    assert (
        wording.sentence(ROW, "month")
        == "5か月分ためてから更新し、これまでの全データで最初から学習し直します。モデルの大きさは「中」です。"
    )

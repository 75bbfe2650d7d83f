"""When, on what, and how it is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core import language
from alma_core.commands import run
from alma_core.methods import METHODS
from alma_core.policies import replay, schedules, wording
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


@pytest.mark.parametrize(
    ("change", "english", "japanese"),
    [
        ({"method": "ensemble", "k": 3, "start": "warm", "replay": 0},
         "ensemble of 3, every 5 months, continue, new data, M", "3モデルの併用・5か月ごと・継続学習・新データのみ・M"),
        ({"method": "gmoe", "grow_every": 2}, "busiest expert split every 2 updates, every 5 months, from scratch, "
         "all data, M", "2回の更新ごとに主力の専門モデルを分割・5か月ごと・最初から学習・全データ・M"),
        ({"method": "firefly", "grow_every": 1}, "wider at every update, every 5 months, from scratch, all data, M",
         "更新のたびに幅を拡大・5か月ごと・最初から学習・全データ・M"),
        ({"method": "hybrid", "grow_after": 1}, "growing ensemble after 1 update, every 5 months, from scratch, "
         "all data, M", "1回の更新の後に増設する併用・5か月ごと・最初から学習・全データ・M"),
        ({"start": "shrink_perturb"}, "every 5 months, shrink and perturb, all data, M",
         "5か月ごと・前回を弱めて引き継ぐ学習・全データ・M"),
        ({"architecture": "trees", "capacity": "none"}, "every 5 months, from scratch, all data, boosted trees",
         "5か月ごと・最初から学習・全データ・ブースティング決定木"),
        ({"architecture": "vgg"}, "every 5 months, from scratch, all data, VGG M",
         "5か月ごと・最初から学習・全データ・VGG M"),
        ({"schedule": "once", "threshold": 0.0}, "one update only, after 5 months, M", "5か月後に1回だけ更新・M"),
        ({"schedule": "error", "threshold": 0.02}, "when the error rises by 0.02, checked every 5 months, "
         "from scratch, all data, M", "誤りが0.02増えたら更新・確認は5か月ごと・最初から学習・全データ・M"),
    ],
)  # fmt: skip
def test_labels_of_other_methods(change: dict[str, object], english: str, japanese: str):
    assert wording.label(ROW | change, "month") == english
    language.use("ja")
    assert wording.label(ROW | change, "month") == japanese


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


@pytest.mark.parametrize(
    ("change", "english", "japanese"),
    [
        ({"method": "ensemble", "k": 3},
         "Collect 5 months, then update: retrain from scratch on all data so far, medium model. "
         "3 models are trained apart, and the mean of their answers counts.",
         "5か月分ためてから更新し、これまでの全データで最初から学習し直します。モデルの大きさは「中」です。"
         "3個のモデルを別々に学習し、答えの平均を使います。"),
        ({"start": "shrink_perturb"},
         "Collect 5 months, then update: continue from a weakened copy on all data so far, medium model.",
         "5か月分ためてから更新し、前回のモデルを弱めて引き継ぎ、これまでの全データで学習します。"
         "モデルの大きさは「中」です。"),
        ({"start": "shrink_perturb", "replay": 0, "window": 2},
         "Collect 5 months, then update: continue from a weakened copy on the last 2 months, medium model.",
         "5か月分ためてから更新し、前回のモデルを弱めて引き継ぎ、直近2か月のデータで学習します。"
         "モデルの大きさは「中」です。"),
        ({"architecture": "linear", "capacity": "none"},
         "Collect 5 months, then update: retrain from scratch on all data so far, linear model.",
         "5か月分ためてから更新し、これまでの全データで最初から学習し直します。モデルは線形モデルです。"),
        ({"schedule": "once", "waiting_time": 1, "first_update": 1},
         "Train once, after 1 month, and never again: medium model.",
         "1か月後に一度だけ学習し、その後は更新しません。モデルの大きさは「中」です。"),
        ({"schedule": "shift", "threshold": 0.05, "first_update": 1},
         "Check every 5 months, and update when new data differs from the data before it beyond chance "
         "(5.0 % false alarms): retrain from scratch on all data so far, medium model. "
         "The first update comes with the first arrival.",
         "確認は5か月ごととし、新しいデータの傾向がその前と偶然を超えて異なるとき(誤報は5.0%)に更新し、"
         "これまでの全データで最初から学習し直します。モデルの大きさは「中」です。"
         "最初の更新は、最初のデータが届いた時点で行います。"),
        ({"schedule": "error", "threshold": 0.02, "waiting_time": 1, "first_update": 1},
         "Check every month, and update when the error on new data is 2.0 pt above that after the last update: "
         "retrain from scratch on all data so far, medium model.",
         "確認は毎月とし、新しいデータでの誤りが前回の更新直後より2.0ポイント増えたときに更新し、"
         "これまでの全データで最初から学習し直します。モデルの大きさは「中」です。"),
        ({"schedule": "threshold", "threshold": 0.1, "task": "regression"},
         "Check every 5 months, and update when the error on new data exceeds 0.1 of the usual spread: "
         "retrain from scratch on all data so far, medium model.",
         "確認は5か月ごととし、新しいデータでの誤りが普段のばらつきの0.1倍を超えたときに更新し、"
         "これまでの全データで最初から学習し直します。モデルの大きさは「中」です。"),
    ],
)  # fmt: skip
def test_sentences_of_other_methods(change: dict[str, object], english: str, japanese: str):
    assert wording.sentence(ROW | change, "month").replace(language.NO_BREAK, " ") == english
    language.use("ja")
    assert wording.sentence(ROW | change, "month") == japanese


@pytest.mark.parametrize("method", [name for name in METHODS if name != "single"])
@pytest.mark.parametrize("spoken", language.LANGUAGES)
def test_every_method_has_its_words(method: str, spoken: str):
    language.use(spoken)
    known = ROW | {"method": method, "k": 4, "grow_every": 7, "grow_after": 6}
    number = (
        "4" if METHODS[method].has_members else {"grow_every": "7", "grow_after": "6"}.get(METHODS[method].grows_by)
    )
    for say in (wording.label, wording.sentence):
        said = say(known, "month")
        more = said.replace(say(ROW, "month"), "")
        assert more.strip("、・, ")
        assert "{" not in said
        assert number is None or number in more


@pytest.mark.parametrize(
    ("waits", "rows", "english"),
    [
        ({1, 5, 20}, 20, ""),
        ({7}, 20, "Never trained on: with a wait of 7 the last 6 of 20 arrivals."),
        ({7, 2, 3}, 9, "Never trained on: with a wait of 2 the last 1 of 9 arrivals; "
         "with a wait of 7 the last 2 of 9 arrivals."),
    ],
)  # fmt: skip
def test_waits_that_do_not_divide_the_stream(waits: set[int], rows: int, english: str):
    assert run.never_trained_on(waits, rows) == english

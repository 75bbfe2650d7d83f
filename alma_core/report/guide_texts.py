"""What the Guide says in prose: what ALMA is, what the figures cannot say, and what to read next."""

from typing import Final, NamedTuple

from alma_core.language import mark

WHAT: Final = (
    mark(
        "Labelled data arrives in large deliveries – a month of inspections, a quarter of orders – and each raises the "
        "same question: update the model now, or wait and collect more?"
    ),
    mark(
        "Updating at every delivery is useful sooner; waiting needs fewer updates and can end with less error, as the "
        "picture shows."
    ),
    mark(
        "ALMA (Anytime Learning at Macroscale) asks for a model that is good at every moment: this dashboard replays "
        "your past data under many policies and says in money which to adopt."
    ),
)
"""Three sentences below the picture."""

LIMITS: Final = (
    (
        mark("The past is not the future."),
        mark(
            "Every figure says what would have happened with data you already have. A new product, supplier or sensor "
            "is in none of them: watch the error after the decision, and decide again when it leaves its range."
        ),
    ),
    (
        mark("A simulation is not production."),
        mark(
            "Here each model serves the moment it is trained, unless you state delays. Approvals, failed releases and "
            "people who work around a model are not simulated; a small trial beside today's policy shows them."
        ),
    ),
    (
        mark("One kind of data at a time."),
        mark(
            "The theory behind ALMA takes every delivery to come from the same source. Where data shifts over time, "
            "its findings need not hold; the dashboard looks for shifts, and makes its advice conditional on them."
        ),
    ),
    (
        mark("Only inspected pieces have labels."),
        mark(
            "If a piece is checked only once it was rejected, nobody learns of the defects that passed, and every "
            "error rate looks better than it is. Have a small random share of all pieces inspected, and judge on those."
        ),
    ),
    (
        mark("Example prices are examples."),
        mark(
            "Until you state your own, amounts show the method, not your business. Error and number of updates do not "
            "depend on prices; which policy is the best does."
        ),
    ),
    (
        mark("Intervals cover less than they seem to."),
        mark(
            "They show how far chance in training moves a figure and, for data in order of time, other periods of the "
            "same kind. They cover neither wrong prices nor a change of the business; a narrow one is no promise."
        ),
    ),
)
"""Each in a few words, and what it means for the reader."""


class Work(NamedTuple):
    """Something to read.

    Args:
        title, authors, where: as published.
        about: in a sentence, marked for translation.
    """

    title: str
    authors: str
    where: str
    about: str


READING: Final = (
    Work(
        "On Anytime Learning at Macroscale",
        "L. Caccia, J. Xu, M. Ott, M. Ranzato, L. Denoyer",
        "CoLLAs 2022, arXiv 2106.09563",
        mark("The paper that asks the question of this dashboard: wait or update, how large a model, grow or not."),
    ),
    Work(
        "On Warm-Starting Neural Network Training",
        "J. T. Ash, R. P. Adams",
        "NeurIPS 2020",
        mark("Why a model that goes on from the last one may end worse than a fresh one, and what helps."),
    ),
    Work(
        "Cost-Effective Retraining of Machine Learning Models",
        "A. Mahadevan, M. Mathioudakis",
        "2023/2024",
        mark("Simple rules that weigh the cost of an old model against the cost of an update (CARA)."),
    ),
    Work(
        "When to retrain a machine learning model",
        "F. Regol, L. Schwinn, K. Sprague, M. Coates, T. Markovich",
        "ICML 2025",
        mark("A rule that forecasts how a model will age and updates it when that is likely to pay (UPF)."),
    ),
    Work(
        "RetrainOpt",
        "",
        "PyPI, 2026",
        mark("A program that finds the cheapest plan of updates in hindsight, to hold rules against."),
    ),
    Work(
        "LCDB 1.0: An Extensive Learning Curves Database for Classification Tasks",
        "F. Mohr, T. J. Viering, M. Loog, J. N. van Rijn",
        "ECML PKDD 2022",
        mark("How error falls with more data on many data sets, and how far that can be foretold."),
    ),
)

SEARCH: Final = (
    ("when to retrain machine learning model, retraining frequency", "モデル 再学習 頻度 いつ"),
    ("cost-aware model retraining, maintenance policy", "機械学習 再学習 費用対効果"),
    ("concept drift detection in production", "データドリフト 検知 運用"),
    ("warm start versus training from scratch", "継続学習 最初から学習 比較"),
    ("learning curve extrapolation, how much data is enough", "学習曲線 外挿 必要なデータ量"),
    ("verification bias, selective labels", "検証バイアス 選択的ラベル 検査データ"),
    ("champion challenger test of models", "チャンピオン チャレンジャー モデル 比較 運用"),
)
"""Search words, in English and in Japanese."""

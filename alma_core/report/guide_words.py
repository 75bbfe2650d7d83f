"""The words of the dashboard, each with its meaning in a sentence."""

from typing import Final

from alma_core.language import mark

Words = tuple[tuple[str, str], ...]
"""Each a word and what it means, in English, marked for translation."""

WORDS: Final[dict[str, Words]] = {
    mark("Data and time"): (
        (mark("Mega-batch"), mark("One arrival of labelled data, such as the inspections of a month.")),
        (mark("Stream"), mark("All arrivals in their order, and the data that models are judged on.")),
        (mark("Arrival unit"), mark("How often data arrives: by day, week, month, quarter or lot.")),
        (mark("Horizon"), mark("The arrivals over which policies are judged.")),
    ),
    mark("Updating"): (
        (mark("Waiting time"), mark("How many arrivals are collected before the model is updated with them.")),
        (
            mark("Update every time"),
            mark("The model is updated as soon as data arrives: a waiting time of one arrival."),
        ),
        (
            mark("Wait and batch"),
            mark("Several arrivals are collected, and the model is updated once with all of them."),
        ),
        (
            mark("Policy"),
            mark("A rule that says when to update, with which data, with which model and from what start."),
        ),
        (mark("Today's policy"), mark("The rule in force now, against which every saving is reckoned.")),
        (mark("Update"), mark("One training of the model from start to finish, also called retraining.")),
        (mark("Update frequency"), mark("How often the model is updated, the reverse of the waiting time.")),
        (mark("Warm start"), mark("An update goes on from the model that is in service.")),
        (mark("From scratch"), mark("An update begins anew and forgets the model that is in service.")),
        (mark("Shrink and perturb"), mark("An update goes on from a weakened copy of the model that is in service.")),
        (mark("Replay"), mark("An update sees past data again, not only what has just arrived.")),
        (mark("Window"), mark("An update sees the last few arrivals only, and forgets older data.")),
    ),
    mark("Models"): (
        (
            mark("Capacity S, M, L, XL"),
            mark("The size of the model: larger ones can learn more and cost more to train."),
        ),
        (mark("Parameters"), mark("How many numbers a model adjusts as it learns, the measure of its size.")),
        (mark("Ensemble"), mark("Several models answer together; their mean counts.")),
        (mark("Growing model"), mark("A model to which parts are added as data arrives.")),
        (mark("Fixed architecture"), mark("A model that keeps its size throughout.")),
    ),
    mark("Errors"): (
        (mark("Error rate"), mark("The share of predictions that are wrong.")),
        (
            mark("Prediction error"),
            mark("How far predicted numbers are off on average, in pieces, yen or another unit."),
        ),
        (mark("Missed defect, false alarm"), mark("A bad piece that passes as good, and a good one flagged as bad.")),
        (
            mark("Over-forecast, under-forecast"),
            mark("A prediction above what comes, which leaves stock, and one below it, which leaves a shortage."),
        ),
        (
            mark("Error today"),
            mark("The error of what serves now, before the first update: a model, a rule or people."),
        ),
        (mark("Worst moment"), mark("The largest error at any arrival of the horizon.")),
        (mark("Short-term KPI"), mark("The mean error over the first arrivals: how soon the model is useful.")),
        (mark("Long-term KPI"), mark("The mean error over the last arrivals: how good the model becomes.")),
    ),
    mark("Money and decision"): (
        (
            mark("Total cost"),
            mark("What wrong predictions, people, computing, labels and hardware cost over the horizon."),
        ),
        (mark("Saving"), mark("The cost of today's policy minus that of another, over the horizon or by year.")),
        (mark("Break-even, flips if"), mark("The price or error from which on another policy is the cheapest.")),
        (mark("Regret"), mark("What a policy costs beyond the one that turned out to be the best.")),
        (mark("Oracle"), mark("The best plan as seen afterwards, when every amount is known; nobody can follow it.")),
        (mark("90 % interval"), mark("A range that chance leaves open: nine in ten such ranges hold the true figure.")),
        (
            mark("How sure, probability of being best"),
            mark("How probable it is that the recommended policy is truly the cheapest of all that are compared."),
        ),
        (mark("Staged investment"), mark("Hardware is bought in steps, each once it pays for itself.")),
        (mark("Shift"), mark("Later data differs from earlier data by more than chance.")),
        (
            mark("Example prices"),
            mark("Prices that came with the program, for as long as you have not stated your own."),
        ),
        (mark("Pareto front"), mark("Policies of which none can be improved in one figure without a loss in another.")),
        (mark("Tornado"), mark("Assumptions in the order of how far they move the result.")),
    ),
}

OF_ANALYSTS: Final[Words] = (
    (mark("Seeds"), mark("Repeats with other random draws, which show how far chance moves a figure.")),
    (mark("FLOPs"), mark("A count of arithmetic operations; other pages show it as time and money.")),
    (mark("CER"), mark("The count of wrong predictions, added up over all arrivals.")),
    (mark("Ledger"), mark("The table a simulation leaves, with a row for each policy, seed and arrival.")),
    (mark("Minibatch"), mark("The handful of examples of one step of training, unlike the mega-batch of one arrival.")),
)

"""The tidy tables a run leaves: which columns there are, what each means, and what a missing one stands for."""

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from alma_core.errors import RunError
from alma_core.language import _

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True)
class Column:
    """One column: its dtype, its meaning with unit and range, and its value where an older run lacks it."""

    dtype: str
    meaning: str
    default: Any = None


LEDGER: Final = {
    "policy": Column("category", "fingerprint of the policy"),
    "label": Column("category", "the policy in a few English words"),
    "method": Column("category", "of methods.METHODS, or incumbent: what is in service before the first update"),
    "architecture": Column("category", "of the learner", "mlp"),
    "capacity": Column("category", "rung of the size ladder: S, M, L, XL; none: it has no such ladder"),
    "k": Column("int16", "networks, experts or snapshots that the policy names; 1: none named", 1),
    "members": Column("int16", "networks that predict together in service; 0: the incumbent serves", 1),
    "growth": Column("category", "what the model grows by: none, members, experts or width", "none"),
    "grow_every": Column("int32", "updates from one growth to the next; 0: no such rule", 0),
    "grow_after": Column("int32", "updates before members are added; 0: no such rule", 0),
    "schedule": Column("category", "every: at multiples of w; once; a rule that looks at what arrives; none", "every"),
    "threshold": Column("float64", "of that rule; 0: none", 0.0),
    "waiting_time": Column("int32", "w, in arrivals"),
    "first_update": Column("int32", "arrival of the first update: 1 or w"),
    "start": Column("category", "warm, scratch or shrink_perturb; none: the incumbent"),
    "replay": Column("float32", "share of past examples an update may see again, 0..1"),
    "window": Column("int32", "last mega-batches an update may see; 0: no window", 0),
    "label_noise": Column("float32", "share of labels made wrong on purpose, 0..1", 0.0),
    "missing_share": Column("float32", "share of values blanked on purpose, 0..1", 0.0),
    "labelled_share": Column("float32", "share of examples that get a label, 0..1", 1.0),
    "task": Column("category", "classification, or regression: the target is a number", "classification"),
    "error_scale": Column("float32", "what an error of 1 stands for, in the target's unit", 1.0),
    "compute_basis": Column("category", "flops or seconds: what compute is charged by", "flops"),
    "seed": Column("int32", "0..n-1"),
    "t": Column("int32", "arrival, 1..B"),
    "arrived_on": Column("str", "date of the arrival; empty if unknown", ""),
    "volume": Column("int64", "predictions made between arrivals t and t+1"),
    "examples_arrived": Column("int64", "examples up to t"),
    "updated": Column("bool", "whether an update happened at t"),
    "update_index": Column("int32", "updates so far"),
    "model_t": Column("int32", "arrival of the model in service; 0: the incumbent"),
    "deployed": Column("bool", "whether the update at t went into service"),
    "examples_trained": Column("int64", "distinct examples the update trained on, or drew from"),
    "labels_bought": Column("int64", "labels of arrival t"),
    "epochs": Column("int32", "passes over them, of the member that made most; of snapshots, of a cycle"),
    "train_flops": Column("float64", "forward and backward, a multiply-add is 2"),
    "train_macs_forward": Column("float64", "forward multiply-adds: what the paper's code counts"),
    "evaluation_flops": Column(
        "float64",
        "passes that choose weights, rows, neurons or members, and those of teachers and earlier boosters",
        0.0,
    ),
    "inference_flops": Column("float64", "one prediction"),
    "inference_seconds": Column("float64", "CPU seconds of one prediction, where FLOPs are not counted", 0.0),
    "params": Column("int64", "weights and biases in service; of trees, nodes"),
    "seconds": Column("float64", "the update's share of its stack's wall clock; of what is no network, CPU seconds"),
    "error": Column(
        "float64", "on the rows judged: share of wrong predictions, 0..1; regression: mean absolute error / error_scale"
    ),
    "loss": Column(
        "float64", "mean on the rows judged: cross-entropy, nats; regression: Huber; blank for the incumbent"
    ),
    "test_size": Column("int64", "rows judged"),
    "error_arriving": Column("float64", "the serving model on mega-batch t before it trains on it; blank at first"),
}

CONFUSION: Final = {
    "policy": Column("category", "fingerprint of the policy"),
    "seed": Column("int32", "0..n-1"),
    "served_t": Column("int32", "arrival at which the model serves"),
    "t": Column("int32", "arrival at which it is judged; the table holds until the next t of the same policy and seed"),
    "true": Column("int16", "class number"),
    "predicted": Column("int16", "class number"),
    "count": Column("int32", "rows judged; cells that are absent are 0"),
}
JUDGED: Final = {
    "policy": Column("category", "fingerprint of the policy"),
    "seed": Column("int32", "0..n-1"),
    "served_t": Column("int32", "row at which the model serves"),
    "model_t": Column("int32", "arrival of the model; 0: the incumbent"),
    "t": Column("int32", "row at which it is judged, served_t + 1 .. + 3: on mega-batch t + 1"),
    "error": Column("float64", "as in the ledger"),
    "loss": Column("float64", "as in the ledger"),
    "test_size": Column("int64", "rows judged"),
}
LAGS: Final = 3
"""With "next", a model is judged so many rows beyond those at which it serves: models go into service late."""

OPERATING: Final = {
    "policy": Column("category", "fingerprint of the policy"),
    "seed": Column("int32", "0..n-1"),
    "served_t": Column("int32", "row at which the model serves; validation: the arrival of its update"),
    "t": Column("int32", "row at which it is judged; holds until the next one of the same policy, seed and split"),
    "split": Column("category", "validation: all such rows that had arrived by the update; test: the rows judged"),
    "level": Column("int8", "1..21: how readily it flags, or by which validation residual it is shifted"),
    "a": Column("float32", "two classes: miss rate, 0..1; regression: mean shortfall in the target's unit"),
    "b": Column("float32", "two classes: false-alarm rate, 0..1; regression: mean excess in the target's unit"),
    "n_a": Column("int32", "cases behind a"),
    "n_b": Column("int32", "cases behind b"),
}
LEVELS: Final = 21

SHIFT: Final = {
    "t": Column("int32", "mega-batch that is compared with the one before it"),
    "column": Column("str", "column of the data; empty: all together"),
    "test": Column("category", "ks, chi2, psi or auc"),
    "statistic": Column("float64", "of the test"),
    "p": Column("float64", "0..1; blank for psi"),
    "p_adjusted": Column("float64", "Benjamini and Hochberg's, over the columns of t; blank where there is no p"),
}

CONFUSION_CLASSES: Final = 50
"""No confusion table is kept for more classes than this."""


def shaped(frame: pd.DataFrame, columns: dict[str, Column]) -> pd.DataFrame:
    """Return `frame` with exactly `columns`, in their order and dtypes; missing ones take their stated default.

    Raises:
        RunError: a column without a default is missing.
    """
    missing = [name for name, column in columns.items() if name not in frame and column.default is None]
    if missing:
        raise RunError(
            _("The run's table lacks the columns {missing}, they were expected; make the run again.").format(
                missing=", ".join(missing)
            )
        )
    filled = {name: frame.get(name, column.default) for name, column in columns.items()}
    result = pd.DataFrame(filled, index=frame.index)
    return result.astype({name: column.dtype for name, column in columns.items()})

"""The naive twin of every method: a loop over arrivals, one plain network at a time, by torch's own layers.

It shares with the package what has tests of its own: how a stream is cut, the named draws, fresh weights, growth and
scikit-learn's models. All else is written out anew: who trains from what and on which rows, the loop of minibatches,
SAMME, averages of weights, who is chosen on validation rows, the rules.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core import seeds, sizes, specs
from alma_core.learners import trees
from alma_core.learners.firefly import firefly
from alma_core.learners.growth import split
from alma_core.learners.states import State
from alma_core.shapes import AnyShape, Estimator, Mixture, RankOne, Shape
from alma_core.streams.arrivals import shift_p
from alma_core.streams.source import Source
from alma_core.streams.stream import error_scale
from tests.simulate.training_twin import Rows, Trainer


class Twin(Trainer):
    """One policy on one seed's stream."""

    def __init__(self, spec: specs.RunSpec, source: Source, policy: specs.PolicySpec, seed: int) -> None:
        super().__init__(spec, source, policy, seed)
        self.served: list[tuple[AnyShape, State]] = []  # what predicts together
        self.votes: list[float] = []
        self.number = 0

    def ledger(self) -> pd.DataFrame:
        """Return one row an arrival."""
        rows: list[dict[str, Any]] = []
        updates: list[int] = []
        for t in range(1, len(self.stream) + 1):
            mega_batch = self.stream[t].indices
            arriving = np.nan if t == 1 else self._error(mega_batch, t - 1)
            self.flops, deployed = 0.0, False
            updated = self._due(t, [row["error_arriving"] for row in rows] + [arriving], updates)
            if updated:
                updates.append(t)
                deployed = self._update(t)
            rows.append(
                {"t": t, "error": self._error(self.source.test, t), "loss": self._loss(), "error_arriving": arriving,
                 "updated": updated, "deployed": deployed, "members": self._members(), "train_flops": self.flops}
            )  # fmt: skip
        return pd.DataFrame(rows)

    def _due(self, t: int, errors: list[float], updates: list[int]) -> bool:
        policy = self.policy
        if not updates:
            return t % policy.waiting_time == 0 or t == policy.first_update
        if policy.schedule == "every":
            return t % policy.waiting_time == 0 or t == policy.first_update
        if policy.schedule == "once" or t % policy.waiting_time:
            return False
        last, now = updates[-1], errors[t - 1]
        if policy.schedule == "shift":
            return min(shift_p(self.stream, s) for s in range(last + 1, t + 1)) < policy.threshold
        if policy.schedule == "error":
            return now - errors[last] > policy.threshold
        if policy.schedule == "threshold":
            return now > policy.threshold
        assert policy.schedule == "cumulative"
        return sum(errors[last:t]) > policy.threshold

    def _update(self, t: int) -> bool:
        """Train what the method trains; return whether what serves is another from now on."""
        now, policy = int(self.stream.boundaries[t]), self.policy
        self.first = 0 if policy.replay else self.last
        if policy.window:
            self.first = int(self.stream.boundaries[max(0, t - policy.window)])
        self.last = now
        seen = self.stream.order[self.first : now]
        held_back = seeds.is_validation(seen)
        self.train, self.validation = seen[~held_back], seen[held_back]
        self.number += 1
        return bool(getattr(self, f"_{policy.method}")())

    # what each method trains, and what serves then

    def _single(self) -> bool:
        if isinstance(self.base, Estimator):
            return self._estimator(self.base)
        self.served = [self._trained(0)]
        return True

    def _estimator(self, shape: Estimator) -> bool:
        before = self.lines[0][1] if 0 in self.lines and shape.kind == "sgd" else None
        draw = int(self._draws("order", 0).integers(2**32))
        fitted = trees.fit(
            shape, self.x[self.train], self.y[self.train], before, draw, self.spec.recipe.epochs
        )  # fmt: skip
        self.lines[0] = (shape, fitted.state or {})
        self.predict = fitted.predict
        self.served = [self.lines[0]]
        return True

    def _keep_better(self) -> bool:
        newcomer = self._trained(0)
        if self.served and len(self.validation) and not self._mark(newcomer) < self._mark(self.served[0]):
            return False
        self.served = [newcomer]
        return True

    def _mark(self, network: tuple[AnyShape, State]) -> tuple[float, float]:
        """Return how many validation rows it gets wrong (or by how much), and its loss on them."""
        said, truth = self._said(*network, self.validation), self.y[self.validation]
        wrong = said.argmax(1) != truth if self.source.classes else np.abs(said[:, 0] - truth)
        return float(wrong.sum()), float(self._losses(said, truth).sum())

    def _ema(self) -> bool:
        shape, newest = self._trained(0)
        mean = self.served[0][1] if self.served else newest
        self.served = [(shape, {name: mean[name] + (newest[name] - mean[name]) / 2 for name in mean})]
        return True

    def _ensemble(self) -> bool:
        self.served = [self._trained(member) for member in range(self.policy.members)]
        return True

    def _bagging(self) -> bool:
        n = len(self.train)
        self.served = [
            self._trained(member, self.train[self._draws("bootstrap", member).integers(n, size=n)])
            for member in range(self.policy.members)
        ]
        return True

    def _adaboost(self) -> bool:
        n, n_classes = len(self.train), len(self.source.classes)
        weights = np.full(n, 1 / n)
        self.served, self.votes = [], []
        for member in range(self.policy.members):
            sample = self.train[self._draws("boosting", member).choice(n, size=n, p=weights)]
            booster = self._trained(member, sample)
            wrong = self._said(*booster, self.train).argmax(1) != self.y[self.train]
            error = np.clip(weights[wrong].sum(), 1e-6, 1 - 1e-6)
            alpha = max(0.0, np.log((1 - error) / error) + np.log(n_classes - 1))
            weights = np.where(wrong, weights * np.exp(alpha), weights)
            weights = weights / weights.sum()
            self.served.append(booster)
            self.votes.append(alpha)
        return True

    def _newcomer(self) -> tuple[AnyShape, State]:
        return self._trained(self.number - 1 if self.policy.start == "scratch" else 0, line=0)

    def _gens(self) -> bool:
        self.served = [*self.served, self._newcomer()]
        return True

    def _gens_newest(self) -> bool:
        self.served = [*self.served, self._newcomer()][-self.policy.members :]
        return True

    def _gens_best(self) -> bool:
        before = self.served
        rivals = [*before, self._newcomer()]
        if before:
            newest_first = rivals[::-1]
            best = sorted(newest_first, key=self._mark)[: self.policy.members]  # a stable sort
            rivals = [one for one in rivals if any(one is kept for kept in best)]
        self.served = rivals
        return len(rivals) != len(before) or any(a is not b for a, b in zip(rivals, before, strict=True))

    def _hybrid(self) -> bool:
        if self.number > self.policy.grow_after:
            return self._gens()
        return self._single()

    def _umix(self) -> bool:
        self.served = [self._trained(0, shape=Mixture(self.base, self.policy.members))]
        return True

    def _moe(self) -> bool:
        self.served = [self._trained(0, shape=Mixture(self.base, self.policy.members, gated=True))]
        return True

    def _batch_ensemble(self) -> bool:
        self.served = [self._trained(0, shape=RankOne(self.base, self.policy.members))]
        return True

    def _gmoe(self, at_random: bool = False) -> bool:
        if self.number > 1 and (self.number - 1) % self.policy.grow_every == 0:
            shape, state = self.lines[0]
            draws = self._draws("growth", 0)
            if at_random:
                chosen = int(draws.integers(shape.experts if isinstance(shape, Mixture) else 1))
            else:
                chosen = self._busiest(shape, state)
            grown = Mixture(self.base, shape.experts + 1 if isinstance(shape, Mixture) else 2, gated=True)
            self.lines[0] = grown, split(state, shape, chosen, draws)
        shape = self.lines[0][0] if self.lines else self.base
        self.served = [self._trained(0, shape=shape)]
        return True

    def _gmoe_random(self) -> bool:
        return self._gmoe(at_random=True)

    def _busiest(self, shape: AnyShape, state: State) -> int:
        if not isinstance(shape, Mixture):
            return 0
        used = np.zeros(shape.experts)
        for row in self.x[self.validation].astype(np.float64):
            z = row @ state["gate.weight"] + state["gate.bias"][0]
            for expert, path in enumerate(state["gate.paths"]):
                used[expert] += np.prod([1 / (1 + np.exp(-way * z[j])) for j, way in enumerate(path) if way])
        return int(used.argmax())

    def _firefly(self) -> bool:
        if self.number > 1 and (self.number - 1) % self.policy.grow_every == 0:
            shape, state = self.lines[0]
            assert isinstance(shape, Shape)
            widths = tuple(now + round(0.6 * began) for now, began in zip(shape.hidden, self.base.hidden, strict=True))
            wider = Shape(shape.inputs, widths, shape.outputs)
            draws = self._draws("growth", 0)
            rows = self.train[draws.permutation(len(self.train))[:512]]
            self.lines[0] = wider, firefly(state, shape, wider, self.x[rows], self.y[rows], draws)[0]
        shape = self.lines[0][0] if self.lines else self.base
        self.served = [self._trained(0, shape=shape)]
        return True

    def _snapshot(self) -> bool:
        epochs, k = self.spec.recipe.epochs, self.policy.members
        self.served = []
        for cycle in range(k):
            length = max(1, epochs // k + (cycle < epochs % k))
            self.served.append(self._trained(cycle, line=0, anneals=length, goes_on=cycle > 0))
        return True

    def _distilled(self) -> bool:
        teachers = [self._trained(member) for member in range(self.policy.members)]
        said = np.mean([self._said(*teacher, self.train) for teacher in teachers], 0)  # [n, outputs]
        self.served = [self._trained(self.policy.members, taught=said)]
        return True

    def _together(self, rows: Rows) -> NDArray[np.float64]:
        """Return what all that serve say together."""
        if isinstance(self.base, Estimator):
            said = self.predict(self.x[rows]).astype(np.float64)
            return np.exp(said) if self.source.classes else said
        each = [self._said(*network, rows) for network in self.served]
        if self.policy.method != "adaboost":
            return np.mean(each, 0)
        n_classes = each[0].shape[1]
        scores = sum(vote * np.eye(n_classes)[said.argmax(1)] for vote, said in zip(self.votes, each, strict=True))
        return np.exp(scores) / np.exp(scores).sum(1, keepdims=True)

    def _error(self, rows: Rows, known: int) -> float:
        """Return the error of what serves, or of the default, which knows what had arrived by `known`."""
        if not self.served:
            past = self.source.y[self.stream.order[: self.stream.boundaries[known]]]
            if self.source.classes:
                return float((self.source.y[rows] != np.bincount(past).argmax()).mean())
            return float(np.abs(self.source.y[rows] - np.median(past)).mean() / error_scale(self.stream))
        said = self._together(rows)
        if self.source.classes:
            return float((said.argmax(1) != self.source.y[rows]).mean())
        return float(np.abs(said[:, 0] - self.y[rows]).mean() * self.unit)

    def _loss(self) -> float:
        """Return the mean loss on the test set of what serves."""
        if not self.served:
            return np.nan
        said, truth = self._together(self.source.test), self.y[self.source.test]
        return float(self._losses(said, truth).mean())

    def _losses(self, said: NDArray[np.float64], truth: NDArray[Any]) -> NDArray[np.float64]:
        if not self.source.classes:
            misses = np.abs(said[:, 0] - truth)
            return np.where(misses < 1, misses**2 / 2, misses - 0.5)
        return -np.log(said[np.arange(len(truth)), truth])

    def _members(self) -> int:
        return sum(sizes.networks_in(shape) for shape, _state in self.served)

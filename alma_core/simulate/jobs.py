"""What a worker is asked: to train and judge one update, or to judge one model."""

from collections.abc import Mapping
from dataclasses import dataclass

from alma_core.learners.states import State
from alma_core.simulate.nodes import Node
from alma_core.simulate.results import Place, Range


@dataclass(frozen=True, eq=False)
class Job:
    """One update to train and judge, or one model to judge.

    Args:
        node: the update or model.
        trains: whether the update is trained; else its own state is at hand and only judged.
        start: the weights before, or its own; None: fresh ones.
        others: states of what else it needs: earlier boosters, teachers, the members of a model.
        judge: on what it is judged, and where that stands.
        give_state: whether its weights are wanted.
    """

    node: Node
    trains: bool
    start: State | None
    others: tuple[State, ...]
    judge: Mapping[Range, Place]
    give_state: bool

"""The stacks of a round as they may begin: once what they start from is done, the weightiest first."""

import heapq
from collections import defaultdict
from collections.abc import Sequence

from alma_core.simulate.nodes import Model, Node

Stack = list[Node]


class Queue:
    """Stacks that wait.

    Args:
        stacks: in the order of their weight, the weightiest first.
        trained: keys of the updates that this round trains; a stack begins after those whose weights its members need.
    """

    def __init__(self, stacks: Sequence[Stack], trained: frozenset[str]) -> None:
        def starts(node: Node) -> bool:
            return node.key in trained or isinstance(node, Model)  # a state that is only judged needs its own weights

        self._stacks = stacks
        place = {node.key: number for number, stack in enumerate(stacks) for node in stack if node.key in trained}
        self._waits_for = [
            {place[parent] for node in stack if starts(node) for parent in node.parents if parent in place}
            for stack in stacks
        ]
        self._followers = defaultdict(list)
        for number, before in enumerate(self._waits_for):
            for earlier in before:
                self._followers[earlier].append(number)
        self._number = {id(stack): number for number, stack in enumerate(stacks)}
        self._ready = [number for number, before in enumerate(self._waits_for) if not before]
        self._left = len(stacks)

    def __bool__(self) -> bool:
        """Whether any stack is not done."""
        return self._left > 0

    def next(self) -> Stack | None:
        """Take the weightiest stack that may begin off the queue; None: there is none now."""
        return self._stacks[heapq.heappop(self._ready)] if self._ready else None

    def put_back(self, stack: Stack) -> None:
        """Put a stack back that could not begin."""
        heapq.heappush(self._ready, self._number[id(stack)])

    def done(self, stack: Stack) -> None:
        """Note that a stack is done, and let those that waited for it alone become ready."""
        number = self._number[id(stack)]
        self._left -= 1
        for follower in self._followers[number]:
            self._waits_for[follower].discard(number)
            if not self._waits_for[follower]:
                heapq.heappush(self._ready, follower)

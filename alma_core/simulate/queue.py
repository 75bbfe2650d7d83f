"""The stacks of a round as they may begin: once what they start from is done, the weightiest first."""

import heapq
from collections import defaultdict
from collections.abc import Sequence

from alma_core.simulate.graph import Update

Stack = list[Update]


class Queue:
    """Stacks that wait.

    Args:
        stacks: in the order of their weight, the weightiest first.
        trained: keys of the updates that this round trains; a stack begins after those its members start from.
    """

    def __init__(self, stacks: Sequence[Stack], trained: frozenset[str]) -> None:
        self._stacks = stacks
        place = {update.key: number for number, stack in enumerate(stacks) for update in stack if update.key in trained}
        self._waits_for = [
            {place[u.parent] for u in stack if u.parent in place and u.key in trained} for stack in stacks
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

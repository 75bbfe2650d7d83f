"""Which examples an update may see, as a range of positions in the order of arrival."""


def seen_by_update(replay: float, last_update: int, now: int) -> tuple[int, int]:
    """Return first and last-but-one position: [0, now) with replay, else what came since the last update.

    Args:
        replay: 0 or 1.
        last_update: number of examples that had arrived at the last update (0 before the first).
        now: number of examples that have arrived.
    """
    return (0 if replay == 1.0 else last_update, now)

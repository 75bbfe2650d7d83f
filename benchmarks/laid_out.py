"""Figures as `coverage.py` keeps and prints them: one dictionary for each world and way."""

from collections.abc import Callable
from typing import Any

Figures = list[dict[str, Any]]


def chosen(found: Figures, **world: object) -> Figures:
    """Return the figures of one world."""
    return [one for one in found if all(one[name] == value for name, value in world.items())]


def table(rows: list[str], columns: list[str], cell: Callable[[str, str], str], width: int = 12) -> str:
    """Lay out a table."""
    head = f"{'':32}" + "".join(f"{column:>{width}}" for column in columns)
    return "\n".join([head, *(f"{row:32}" + "".join(f"{cell(row, c):>{width}}" for c in columns) for row in rows)])

"""The figures of the Guide, read off the docstrings of what computes them, so that they cannot go stale.

A docstring gives its first sentence, its lines of formula, unit and range, and its first example, which is a test.
"""

import ast
import doctest
import inspect
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeGuard

import numpy as np

from alma_core import language
from alma_core.decide.backtest import regret
from alma_core.decide.best import probability_best
from alma_core.decide.compare import paired
from alma_core.decide.costs import CAUSES, Costs
from alma_core.decide.kpis import (
    KPIS,
    cumulative_error,
    final_error,
    long_term_error,
    mean_error,
    shape_changes,
    short_term_error,
    spread,
    worst_error,
)
from alma_core.language import _, mark

Source = Callable[..., Any]
"""What computes a figure."""

SHOWN: Final[dict[str, Source]] = {
    KPIS["short_term_error"]: short_term_error,
    KPIS["long_term_error"]: long_term_error,
    KPIS["mean_error"]: mean_error,
    KPIS["final_error"]: final_error,
    KPIS["worst_error"]: worst_error,
    KPIS["cost"]: Costs,
    mark("Saving"): paired,
    mark("Regret"): regret,
    mark("How sure: probability of being best"): probability_best,
}
"""The figures that an executive meets, by name."""
OF_ANALYSTS: Final[dict[str, Source]] = {
    mark("CER"): cumulative_error,
    mark("Spread over seeds"): spread,
    mark("Changes of shape"): shape_changes,
}
"""Those that only the detailed tables show."""

GIVEN: Final = {
    "error": mark("errors"),
    "test_size": mark("predictions judged"),
    "rows": mark("arrivals counted"),
    "figure": mark("a figure by seed"),
    "members": mark("networks"),
    "params": mark("weights"),
    "model_t": mark("arrival of the model in service"),
    "quantities": mark("quantities"),
    "unit_prices": mark("prices"),
    "one": mark("today's cost by repeat"),
    "other": mark("the policy's"),
    "cost": mark("cost"),
    "least": mark("least cost"),
    "costs": mark("three policies' costs by repeat"),
}
"""What the arguments of examples are called; of those that have no name here, an example says nothing."""


class Figure(NamedTuple):
    """One figure as it is read, in the language in use.

    Args:
        name: as on the other pages.
        meaning: in a sentence.
        formula, unit, limits: how it is made, what it counts, where it lies.
        given, result: what goes into an example and what comes out, in numbers.
    """

    name: str
    meaning: str
    formula: str
    unit: str
    limits: str
    given: str
    result: str


def figures(sources: dict[str, Source]) -> list[Figure]:
    """Return how figures are read."""
    return [Figure._make([_(name), *map(_, _said(source)), *_example(source)]) for name, source in sources.items()]


def messages() -> list[str]:
    """Return what the docstrings say in words, to be translated like any other sentence on screen."""
    return [said for source in (SHOWN | OF_ANALYSTS).values() for said in _said(source)]


def _said(source: Source) -> tuple[str, str, str, str]:
    """Return the first sentence of a docstring, and its lines of formula, unit and range."""
    text = inspect.getdoc(source) or ""
    sentence = text.partition("\n")[0].removeprefix("Return ")
    lines = dict(re.findall(r"^(Formula|Unit|Range): (.+)\.$", text, re.MULTILINE))
    return sentence[0].upper() + sentence[1:], lines["Formula"], lines["Unit"], lines["Range"]


def _example(source: Source) -> tuple[str, str]:
    """Write the first example of a docstring as numbers that go in and come out, instead of code."""
    first = doctest.DocTestParser().get_examples(inspect.getdoc(source) or "")[0]
    (call,) = [node for node in ast.walk(ast.parse(first.source)) if _calls(node, source)]
    given = zip(inspect.signature(source).parameters, call.args, strict=False)
    parts = [f"{_(GIVEN[name])}: {_written(_value(node))}" for name, node in given if name in GIVEN]
    return _("; ").join(parts), _written(ast.literal_eval(first.want))


def _calls(node: ast.AST, source: Source) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == source.__name__


def _value(node: ast.expr) -> Any:
    """Return the numbers of an argument: alone, in lists or by name; of an array, those it is made of."""
    if isinstance(node, ast.Dict):
        return {ast.literal_eval(key): _value(value) for key, value in zip(node.keys, node.values, strict=True) if key}
    return _value(node.args[0]) if isinstance(node, ast.Call) else ast.literal_eval(node)


def _written(value: Any) -> str:
    """Write numbers as people do: 0.8, 0.4; rows of them parted by strokes; those with a name after it."""
    if isinstance(value, dict):
        return ", ".join(f"{_(CAUSES[name])} {_written(number)}" for name, number in value.items())
    numbers = np.squeeze(value)
    if numbers.ndim > 1:
        return " | ".join(map(_written, numbers))
    return ", ".join(language.number(one, _decimals(one)) for one in np.atleast_1d(numbers).tolist())


def _decimals(number: float) -> int:
    """Return how many decimals a hand-made number has, at most six."""
    return next((digits for digits in range(6) if round(number, digits) == number), 6)

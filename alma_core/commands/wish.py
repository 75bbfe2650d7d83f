"""What the controls of a form ask for, as the words of `alma run`; and a run that was asked for before, as such."""

from dataclasses import dataclass, replace
from typing import Final

from alma_core.commands.usual import WINDOWS
from alma_core.policies import catalogue
from alma_core.policyspec import LearnerSpec, PolicySpec
from alma_core.specs import Recipe, RunSpec, StreamSpec, recipe

WINDOW: Final = "window"
"""The named policy whose length of window a form sets."""


@dataclass(frozen=True)
class Wish:
    """A grid of named policies on one stream.

    Args:
        data: name of the data set.
        mega_batches: B; None: as the data set is cut.
        arrival_unit: None: as the data set says.
        horizon: only the first so many mega-batches; None: all of them.
        names: of policies in the catalogue.
        waits: in arrivals.
        capacities: of networks.
        firsts: "w" (after the first wait), "1" (at the first arrival), or both.
        window: last mega-batches that the policy "window" sees.
        architecture: "mlp" or "vgg".
        recipe: its name.
        seeds: how many.
        device: "auto", "cpu" or "cuda".
        more: other words, as of a run that is asked for again.
    """

    data: str
    mega_batches: int | None = None
    arrival_unit: str | None = None
    horizon: int | None = None
    names: tuple[str, ...] = ("single", "scratch", WINDOW)
    waits: tuple[int, ...] = (1,)
    capacities: tuple[str, ...] = ("S", "M")
    firsts: tuple[str, ...] = ("w",)
    window: int = catalogue.LATEST
    architecture: str = "mlp"
    recipe: str = "quick"
    seeds: int = 3
    device: str = "auto"
    more: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """Return the words after `alma run`."""
        by_name = [name for name in self.names if name != WINDOW or self.window == catalogue.LATEST]
        grids = [f"--policies {','.join(by_name)}"] if by_name else []
        if len(by_name) < len(self.names):
            grids.append(f"--starts scratch --window {self.window}")
        first, *others = [f"{grid} {self._each()}" for grid in grids] or [self._each()]
        words = ["--data", self.data]
        for option, value in (
            ("--mega-batches", self.mega_batches), ("--arrival-unit", self.arrival_unit), ("--arrived", self.horizon),
        ):  # fmt: skip
            words += [] if value is None else [option, str(value)]
        words += [*first.split(), *(f"--also={grid}" for grid in others)]
        words += ["--seeds", str(self.seeds), "--recipe", self.recipe]
        return [*words, *(["--device", self.device] if self.device != "auto" else []), *self.more]

    def _each(self) -> str:
        """Return the options that every grid has."""
        return (
            f"--waits {','.join(map(str, self.waits))} --capacities {','.join(self.capacities)} "
            f"--first-updates {','.join(self.firsts)} --architecture {self.architecture}"
        )


def window_of(unit: str, rows: int) -> int:
    """Return the length of the window that stands for "only what is recent", in arrivals."""
    return min(WINDOWS[unit], max(1, rows))


def wish_of(spec: RunSpec, device: str, cut_by_number: bool) -> tuple[Wish, int]:
    """Return the wish that comes nearest to a run, and how many of its policies have no name in a form.

    Args:
        device: on which it was asked for.
        cut_by_number: whether the number of mega-batches is asked for; else the data set says it.
    """
    stream = spec.stream
    named = {policy: _name(policy) for policy in spec.policies}
    kept = [policy for policy, name in named.items() if name]
    networks = [policy.learner for policy in kept if policy.learner.is_network]
    repeated = [policy for policy in kept if policy.schedule != "once"]
    windows = [policy.window for policy, name in named.items() if name == WINDOW]
    wish = Wish(
        data=stream.source,
        mega_batches=stream.mega_batches if cut_by_number else None,
        arrival_unit=stream.arrival_unit if cut_by_number else None,
        horizon=stream.arrived,
        names=tuple(dict.fromkeys(name for name in named.values() if name)),
        waits=tuple(sorted({policy.waiting_time for policy in repeated})) or (1,),
        capacities=tuple(dict.fromkeys(learner.capacity for learner in networks)) or ("M",),
        firsts=_firsts(repeated),
        window=windows[0] if windows else catalogue.LATEST,
        architecture=networks[0].architecture if networks else "mlp",
        recipe=spec.recipe.name,
        seeds=spec.seeds,
        device=device,
        more=(*_of_stream(stream), *_of_recipe(spec.recipe)),
    )
    return wish, len(spec.policies) - len(kept)


def _name(policy: PolicySpec) -> str:
    """Return the name under which a policy stands in the catalogue, whatever its wait and size; empty: it has none."""
    plain = replace(
        policy, waiting_time=1, first_update=1, learner=_any_size(policy.learner), window=min(policy.window, 1)
    )
    for one in catalogue.CATALOGUE:
        own = one.policy
        same_window = policy.window == own.window or one.name == WINDOW
        if same_window and replace(own, first_update=1, window=min(own.window, 1)) == plain:
            return one.name
    return ""


def _any_size(learner: LearnerSpec) -> LearnerSpec:
    return LearnerSpec() if learner.is_network else learner


def _firsts(policies: list[PolicySpec]) -> tuple[str, ...]:
    later = any(policy.first_update == policy.waiting_time > 1 for policy in policies)
    at_once = any(policy.first_update < policy.waiting_time for policy in policies)
    return ("w", "1") if later and at_once else ("1",) if at_once else ("w",)


def _of_stream(stream: StreamSpec) -> tuple[str, ...]:
    """Return the options of a stream that a form has no control for."""
    told = {
        "--label-noise": stream.label_noise or None,
        "--missing": stream.missing_share or None,
        "--labelled": stream.labelled_share if stream.labelled_share < 1 else None,
    }
    return tuple(word for option, value in told.items() if value is not None for word in (option, f"{value:g}"))


def _of_recipe(chosen: Recipe) -> tuple[str, ...]:
    """Return the option that another number of passes than the recipe's takes."""
    return () if chosen == recipe(chosen.name) else ("--epochs", str(chosen.epochs))

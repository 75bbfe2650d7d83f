"""`alma policies`: the policies there are by name, what each is, and what its training costs."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from alma_core import language, specs
from alma_core.language import _
from alma_core.policies import catalogue
from alma_core.policies.catalogue import Named
from alma_core.report import text
from alma_core.simulate.plan import Plan
from alma_core.simulate.results import Results
from alma_core.streams.sources import load

DATA: Final = "digits"
MEGA_BATCHES: Final = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give `alma policies` its options."""
    parser.add_argument("name", nargs="?", default="all", metavar="NAME", help="one of them, or quick or paper (all)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    names, _left_out = catalogue.chosen([options.name], "classification")
    costs = relative_costs(names)
    print(_listed(names, costs) if options.name in catalogue.PRESETS else _explained(names[0], costs))
    return 0


def relative_costs(names: Sequence[Named]) -> dict[str, float]:
    """Return the training FLOPs of networks that update at every arrival, in those of "single"; by name.

    On 20 mega-batches of the digits, size M, recipe quick; nothing is trained. Estimators have none, and what a rule
    leaves of the updates is not known ahead: neither is in it.
    """
    single = catalogue.find("single")
    known = [single, *(named for named in names if named.is_network and not named.policy.looks)]
    policies = [policy for named in known for policy in catalogue.expand([named], [1])]
    stream = specs.StreamSpec(DATA, MEGA_BATCHES)
    plan = Plan(specs.RunSpec(stream, tuple(policies), specs.recipe("quick"), seeds=1), load(DATA), "cpu")
    plan.grow(Results())
    flops = [plan.policy_flops(number) for number in range(len(policies))]
    return {named.name: value / flops[0] for named, value in zip(known, flops, strict=True)}


def _cost(named: Named, costs: Mapping[str, float]) -> str:
    """Write what a policy's training costs."""
    if not named.is_network:
        return _("CPU seconds")
    if named.policy.looks:
        return _("up to {times} x").format(times=language.number(costs["single"], 2))
    return _("{times} x").format(times=language.number(costs[named.name], 2))


def _listed(names: Sequence[Named], costs: Mapping[str, float]) -> str:
    """Return a line for each policy, and how to read and use them."""
    rows = [
        {"group": _(catalogue.GROUPS[named.group]), "name": named.name, "meaning": named.told(named.meaning),
         "cost": _cost(named, costs)} for named in names
    ]  # fmt: skip
    presets = [f"{name}: {', '.join(held)}" for name, held in catalogue.PRESETS.items() if name != "all"]
    return "\n".join(
        [text.policies(pd.DataFrame(rows)), "", _measured(), "", _("Presets of --policies, beside all:"), *presets]
    )


def _explained(named: Named, costs: Mapping[str, float]) -> str:
    """Return all that there is to say of a policy."""
    cost = _("Training cost: {cost}.").format(cost=_cost(named, costs))
    title = f"{named.name}: {named.told(named.meaning)}"
    return "\n".join([title, _(catalogue.GROUPS[named.group]), "", named.told(named.about), "", cost, _measured()])


def _measured() -> str:
    return _(
        "Costs are training FLOPs beside those of single, an update at each of {count} mega-batches of {data}, size M; "
        "what is no network is counted in CPU seconds instead."
    ).format(count=MEGA_BATCHES, data=DATA)

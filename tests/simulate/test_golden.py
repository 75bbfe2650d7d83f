"""Guards NUMERICS: if these figures move, results in the stores of all users no longer hold."""

import json
from pathlib import Path

import numpy as np

from alma_core import specs
from alma_core.simulate.graph import NUMERICS
from alma_core.streams.sources import Source
from tests.conftest import few_of, ledger_of

GOLDEN = Path(__file__).with_name("golden.json")


def figures(few: Source) -> dict[str, list[float]]:
    """Return the losses of a small run: of each policy, seed and arrival, in the order of the ledger."""
    found = {}
    for name, epochs in (("quick", 2), ("paper", 3)):
        policies = specs.grid([1, 4], ["S"], ["warm", "scratch"], [0.0, 1.0])
        spec = specs.RunSpec(specs.StreamSpec("few", 4), policies, specs.recipe(name, epochs), 2)
        table = ledger_of(spec, few)[0]
        found[name] = table.loc[table["update_index"] > 0, "loss"].round(6).tolist()
    return found


def test_the_arithmetic_is_the_one_that_numerics_names(few: Source):
    """To make the file again after raising NUMERICS: `python -m tests.simulate.test_golden`."""
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert golden["numerics"] == NUMERICS, "raised: make golden.json again"
    for name, losses in figures(few).items():
        assert np.allclose(losses, golden[name], atol=2e-4), f"{name}: the arithmetic has changed; raise NUMERICS"


if __name__ == "__main__":
    from alma_core.streams import sources

    found = figures(few_of(sources.load("digits")))
    GOLDEN.write_text(json.dumps({"numerics": NUMERICS} | found, indent=1) + "\n", "utf-8")

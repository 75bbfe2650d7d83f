"""What `sweep.py` prints: the conditions, then the figures, laid out for a person."""

from typing import Any

Figures = dict[str, Any]


def heading(run: Figures) -> str:
    """Say what is run, before it is."""
    recipe, workers = run["recipe"], run["workers"]
    libraries = ", ".join(f"{name} {version}" for name, version in run["libraries"].items())
    return f"""\
{run["device"]}, {run["cores"]} cores; {libraries}; revision {run["revision"]}
{run["data"]}: {run["examples"]} examples arrive, {run["tests"]} judge; B = {run["mega_batches"]}, w in {run["waits"]}
{", ".join(run["capacities"])}; {", ".join(run["ways_to_update"])}; {run["seeds"]} seeds; {recipe["epochs"]} epochs, \
minibatch {recipe["minibatch"]}
(a) on {workers["device"]}, {workers["jobs"]} processes of {workers["threads"]} threads.
    A tiny run with the same workers came before the clock; a second one took {run["tiny_run_seconds"]:.1f} s: about
    that much for workers, planning and store is inside every figure of (a)."""


def text(found: Figures) -> str:
    """Say what was found."""
    work, alone = found["work"], found["alone"]
    peak = {which: value / 1e9 for which, value in found["peak_flops_per_second"].items()}
    settings = ("{adam}, {threads}, {ms_of_a_step:.2f} ms".format(**one["b_setting"]) for one in alone.values())
    lines = [
        f"{work['policies']} policies: {work['steps']} optimiser steps, {work['examples']} training examples before",
        "    sharing; the same in (a) and (b) for every policy and seed (asserted)",
        f"sharing alone: {work['updates_asked_for']} updates asked for, {work['updates_distinct']} distinct; "
        f"{work['sharing']:.2f} times less to train",
        "(b)'s Adam, threads, and milliseconds a step in the short pieces they were chosen by: "
        + "; ".join(f"{capacity} {setting}" for capacity, setting in zip(alone, settings, strict=True)),
        "",
        f"{'':46}{'min':>9}{'median':>9}{'max':>9}",
        *(row(f"seconds of {WAYS[way]}", values) for way, values in found["seconds"].items()),
        *(row(f"ms a step of (b), {c}, with judging", one["b_ms_of_a_step"]) for c, one in alone.items()),
        row("b/a", found["b_over_a"]),
        row("c/a", found["c_over_a"]),
        row("c/a, from a TensorDataset", found["c_tensors_over_a"]),
        *(row(f"b/a, {c} alone", one["b_over_a"]) for c, one in alone.items()),
        *(row(f"c/a, {c} alone", one["c_over_a"]) for c, one in alone.items()),
        row("peak of a matrix product, GFLOP/s", peak),
        row("share of it that (a) sustains", found["peak_share"]),
        "",
        f"{'error, a - b, paired':46}{'mean':>9}{'largest':>9}{'sd over seeds':>15}",
    ]
    for name, one in found["errors"].items():
        noise = "one seed" if one["sd_over_seeds"] is None else f"{one['sd_over_seeds']:.5f}"
        lines.append(f"    {name:42}{one['mean_difference']:9.5f}{one['largest_difference']:9.5f}{noise:>15}")
    verdict = {True: "yes", False: "NO", None: "one seed does not tell"}[found["within_seed_noise"]]
    lines.append(f"    mean differences within seed noise: {verdict}")
    return "\n".join([*lines, "", NOTES])


def row(name: str, values: dict[str, float]) -> str:
    """Write one row of the table."""
    return f"{name:46}" + "".join(f"{values[which]:9.3g}" for which in ("min", "median", "max"))


WAYS = {"a": "(a)", "b": "(b)", "c": "(c), scaled up", "c_tensors": "(c) from a TensorDataset, scaled up"}

NOTES = """\
(c) was timed, for each width and repeat, on one epoch over all that arrives and one pass over the test set, and scaled
by the grid's training examples and judged rows, at the better of one thread and one for each core; Adam as torch picks
it, 1000 rows judged at once.
The share of the peak counts training FLOPs of distinct updates only (one example in ten taken as held back), against
the fastest of ten float32 matrix products; judging is left out, so it is a lower bound."""

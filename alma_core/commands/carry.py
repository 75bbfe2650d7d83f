"""Carries a run out in its folder, or says beforehand what that will take."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from alma_core import about, asked, language, ledger, specs, writing
from alma_core.about import ABOUT, About
from alma_core.errors import SpecError
from alma_core.home import home
from alma_core.language import _, mark
from alma_core.learners import devices
from alma_core.simulate.outlook import Outlook, outlook
from alma_core.simulate.store import Store
from alma_core.streams import datasets
from alma_core.streams.source import Source


@dataclass(frozen=True)
class How:
    """How a run is carried out; none of it changes its numbers.

    Args:
        device: "cpu" or "cuda".
        budget: bytes that one stack may take; None: a quarter of the device's memory.
        jobs: processes; None: as many as pay.
        threads: of each.
        scheduler: of a Dask cluster.
    """

    device: str
    budget: int | None
    jobs: int | None
    threads: int
    scheduler: str | None


def how(wanted: About) -> How:
    """Return how a run is carried out, from what was asked.

    Raises:
        SpecError: a number is out of range, or there is no such device here.
        RunError: no cluster answers.
    """
    return How(
        _device(wanted),
        _budget(wanted.stack_memory),
        None if wanted.jobs is None else asked.counted(wanted.jobs, 1024, mark("the number of processes")),
        asked.counted(wanted.threads, 1024, mark("the number of threads")),
        wanted.scheduler,
    )


def _device(wanted: About) -> str:
    """Return the device that does the training: this machine's, or that of a cluster's workers."""
    if wanted.scheduler is None or wanted.device == "cpu":
        return devices.resolved(wanted.device)
    from alma_core.simulate import scheduler

    return scheduler.device_of(wanted.scheduler, wanted.device)


def _budget(gigabytes: float | None) -> int | None:
    if gigabytes is not None and not 0.01 <= gigabytes <= 1e4:
        raise SpecError(
            _("{given} was given for --stack-memory, gigabytes from 0.01 to 10000 were expected; change it.").format(
                given=gigabytes
            )
        )
    return None if gigabytes is None else int(gigabytes * 1e9)


def foreseen(spec: specs.RunSpec, source: Source, wanted: About) -> Outlook:
    """Return what a run will take.

    Raises:
        AlmaError: as `how` and `outlook`.
    """
    here, elsewhere = how(wanted), None
    if wanted.scheduler is not None:
        from alma_core.simulate import scheduler

        elsewhere = sum(worker.threads for worker in scheduler.workers(wanted.scheduler))
    return outlook(spec, source, here.device, here.jobs, here.threads, here.budget, home(), elsewhere)


def out(spec: specs.RunSpec, source: Source, folder: Path, wanted: About, lock: int | None = None) -> str:
    """Simulate a run in its folder, a new or an interrupted one, and return the sentence that says so.

    Args:
        wanted: who asks for it, and how it is to be carried out.
        lock: of the folder, where this process holds it already.

    Raises:
        AlmaError: whatever ends it before it is done; what is finished stays.
    """
    from tqdm import tqdm

    from alma_core.simulate.executor import simulate

    here = how(wanted)
    with (
        writing.writing(folder, spec, wanted.command, lock) as writer,
        Store(home() / "store") as store,
        tqdm(unit=" updates", leave=False, disable=None) as bar,
    ):
        if not (folder / ABOUT).exists():
            about.write(folder, wanted)
        progress = None
        for progress in simulate(
            spec, source, store, here.device, here.jobs, here.threads, here.scheduler, here.budget
        ):
            bar.total = progress.updates
            bar.update(progress.updates_done - bar.n)
            if progress.seconds_left is not None:
                bar.set_postfix_str(_("about {time} left").format(time=language.duration(progress.seconds_left / 3600)))
            writer.progress(progress.facts, progress.partial)
        assert progress is not None
        assert progress.tables is not None
        writer.finish(
            progress.tables._asdict() | {"shift": _shift(source)},
            data=_told(source),
            device=here.device,
            updates={"asked_for": progress.asked_for, "distinct": progress.updates},
        )
    return _("{trained} of {updates} updates trained in {seconds:.1f} s; {folder} is ready for `alma decide`.").format(
        trained=progress.trained, updates=progress.updates, seconds=progress.seconds, folder=folder
    )


def _told(source: Source) -> dict[str, Any]:
    """Return what a run's manifest says of its data."""
    told: dict[str, Any] = {"name": source.name, "sha256": source.digest, "target": source.target, "unit": source.unit}
    dates_labels = source.cut is not None and source.cut.dates_labels
    return told | {"dates_labels": True} if dates_labels else told


def _shift(source: Source) -> pd.DataFrame:
    """Return how the mega-batches of a table differ from those before them; no rows where they stand in no order."""
    if source.cut is None or not source.cut.in_order:
        return ledger.shaped(pd.DataFrame(columns=list(ledger.SHIFT)), ledger.SHIFT)
    found = datasets.load(source.name).shift()
    return ledger.shaped(found, ledger.SHIFT)

"""Which device there is, asked without loading torch where that can be helped."""

import os
import shutil
from pathlib import Path
from typing import Final

from alma_core.asked import one_of
from alma_core.errors import SpecError
from alma_core.language import _, mark

DEVICES: Final = ("auto", "cpu", "cuda")

JUDGED_ROWS: Final = {"cpu": 256, "cuda": 2048}
"""Rows of one product when learners are judged; ragged ones are padded to it."""


def resolved(asked: str) -> str:
    """Return "cpu" or "cuda" for what was asked: "auto" takes CUDA where there is any.

    Raises:
        SpecError: unknown, or there is no CUDA device here.
    """
    one_of(DEVICES, asked, mark("the device"))
    if asked == "cpu" or (asked == "auto" and not may_have_cuda()):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if asked == "auto":
        return "cpu"
    raise SpecError(
        _(
            "cuda was given as the device, but PyTorch finds no CUDA device here; install the driver and PyTorch's "
            "CUDA build, or choose cpu."
        )
    )


def may_have_cuda() -> bool:
    """Whether an NVIDIA driver shows itself; importing torch to be told that there is none takes seconds."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes(device: str) -> int:
    """Return the memory of the device."""
    if device == "cuda":
        import torch

        return int(torch.cuda.get_device_properties(0).total_memory)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

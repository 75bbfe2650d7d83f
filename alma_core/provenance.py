"""What made a run: the source it was started from, and the libraries beneath it."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final

import alma_core

LIBRARIES: Final = ("numpy", "pandas", "torch", "scikit-learn")


def library_versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    return {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()}


def source_revision() -> str:
    """Return the commit of this checkout ("+" where files differ from it), or the version where it is installed."""
    root = Path(__file__).parents[1]
    questions = (
        ("rev-parse", "--show-toplevel"),
        ("rev-parse", "--short=12", "HEAD"),
        ("status", "--porcelain", "--untracked-files=no"),
    )
    try:
        done = [
            subprocess.run(["git", "-C", root, *words], capture_output=True, text=True, check=True).stdout.strip()
            for words in questions
        ]
    except (OSError, subprocess.CalledProcessError):
        return alma_core.__version__
    if Path(done[0]) != root.resolve():  # installed inside somebody else's checkout
        return alma_core.__version__
    return done[1] + ("+" if done[2] else "")

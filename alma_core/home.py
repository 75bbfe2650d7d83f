"""Where the user's own runs and data lie."""

import os
from pathlib import Path

from platformdirs import user_data_path


def home() -> Path:
    """Return the folder of the user's own runs and data: `ALMA_HOME`, or the platform's user data directory."""
    return Path(os.environ.get("ALMA_HOME") or user_data_path("alma-dashboard"))

"""A page as PDF, printed by the Chromium that is there; and where that is, for pictures too."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from choreographer.browsers.chromium import Chromium

from alma_core import language
from alma_core.errors import BrowserError
from alma_core.language import _

SECONDS: Final = 60.0
"""A page that takes longer is given up; one usually takes three."""
GRACE_SECONDS: Final = 10.0
"""For a browser that is ended to be gone."""
LONGEST: Final = 200
"""Of what a browser has said, this many characters are passed on."""
_FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--disable-sync", "--no-first-run",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", "--virtual-time-budget=20000",
)  # fmt: skip
"""Among them: nothing is looked up on the network, and scripts are done before the page is printed."""


def browser() -> Path | None:
    """Return the Chromium or Chrome that draws and prints; None where there is none.

    That is the one BROWSER_PATH names; else what Plotly's own tools find: on the PATH or where it is usually installed.
    """
    found = os.environ.get("BROWSER_PATH") or Chromium.find_browser(skip_local=False)
    return Path(found) if found and Path(found).is_file() and os.access(found, os.X_OK) else None


def needed() -> Path:
    """Return the browser.

    Raises:
        BrowserError: there is none.
    """
    found = browser()
    if found is None:
        raise BrowserError(
            _(
                "A picture or a PDF was asked for, which a Chromium or Chrome draws, and none was found; install one, "
                "or name it in the environment variable BROWSER_PATH."
            )
        )
    return found


def failed(reason: str) -> BrowserError:
    """Return the mistake of a browser that is there and does not work."""
    said = " ".join(reason.split())
    return BrowserError(
        _("The browser {path} failed ({reason}); update it, or name another one in BROWSER_PATH.").format(
            path=browser(), reason=said if len(said) <= LONGEST else said[:LONGEST] + "…"
        )
    )


def late(seconds: float) -> BrowserError:
    """Return the mistake of a browser that does not answer."""
    return failed(_("no answer within {seconds} seconds").format(seconds=language.number(seconds)))


def pdf(page: bytes) -> bytes:
    """Return an offline page as PDF; made anew, its bytes may differ by the time of day that the browser notes.

    Args:
        page: HTML that needs nothing else, with its own size of paper.

    Raises:
        BrowserError: there is no browser, it failed, or it took too long.
    """
    found = needed()
    # An Ubuntu snap sees no other program's temporary files.
    with TemporaryDirectory(dir=Path.home() if "snap" in str(found) else None, ignore_cleanup_errors=True) as folder:
        source, printed, said = (Path(folder) / name for name in ("page.html", "page.pdf", "said.txt"))
        source.write_bytes(page)
        places = (f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", source.as_uri())
        _run([str(found), *_FLAGS, *places], said)
        content = printed.read_bytes() if printed.is_file() else b""
        if not content.startswith(b"%PDF"):
            raise failed(_last_line(said))
    return content


def _run(command: list[str], said: Path) -> None:
    """Run a browser to its end, and end it with all it has started where that does not come."""
    try:
        with said.open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
    except OSError as error:
        raise failed(error.strerror or str(error)) from error
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired as error:
        raise late(SECONDS) from error
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a browser that was started in a session of its own, with all that it has started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)


def _last_line(said: Path) -> str:
    lines = said.read_text("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), _("it said nothing"))

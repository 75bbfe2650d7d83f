"""The browser that draws pictures: opened when the first one is asked for, kept for the next, closed at the end."""

import asyncio
import atexit
import threading
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alma_core.report import printing
from alma_core.report.drawing import Drawing

SECONDS: Final = 60.0
"""A browser that takes longer to open, or to draw a picture, is given up; usual are two, and a fifth."""
GRACE_SECONDS: Final = 10.0
"""To close by itself."""
_alone = threading.Lock()  # sessions have threads of their own, the browser draws one picture after the other


@dataclass(eq=False)
class _Studio:
    """A browser, and the thread in which it is spoken to.

    Args:
        path: of the browser.
        loop: of the thread.
        thread: a daemon.
        drawer: kaleido's own; None until it is open.
    """

    path: Path
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread
    drawer: Any = None

    def wait(self, work: Coroutine[Any, Any, Any], seconds: float) -> Any:
        """Return what work in the thread comes to."""
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self.loop).result(seconds + 1)


_studios: list[_Studio] = []
"""None or one: a browser takes 200 MB, and more than a second to open."""


def drawn(figures: Sequence[Drawing], options: dict[str, Any]) -> list[bytes]:
    """Return figures as pictures; safe with threads.

    Args:
        figures: with a width and a height.
        options: `format`, and `scale`: pixels of the picture for one of the figure.

    Raises:
        BrowserError: there is no browser, it failed, or it took too long.
    """
    path = printing.needed()
    with _alone:
        try:
            studio = _opened(path)
            return [studio.wait(studio.drawer.calc_fig(one, opts=options), SECONDS) for one in figures]
        except TimeoutError as error:
            _close()
            raise printing.late(SECONDS) from error
        except Exception as error:  # whatever a browser, the channel to it or the scripts in it may come up with
            _close()
            raise printing.failed(str(error) or type(error).__name__) from error


def close() -> None:
    """Close the browser, if it is open; the next picture opens one again."""
    with _alone:
        _close()


def _opened(path: Path) -> _Studio:
    if _studios and _studios[0].path != path:
        _close()
    if not _studios:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="studio", daemon=True)
        thread.start()
        _studios.append(_Studio(path, loop, thread))
        _studios[0].drawer = _studios[0].wait(_open(path), SECONDS + 2 * GRACE_SECONDS)
        atexit.register(close)  # once its temporary folders are there, so that it is called before they vanish
    return _studios[0]


async def _open(path: Path) -> Any:
    from kaleido import Kaleido  # starting the app needs none of it

    drawer = Kaleido(path=path, mathjax=False, timeout=SECONDS)  # MathJax would be fetched from the network
    try:
        await asyncio.wait_for(drawer.open(), SECONDS)
    except BaseException:
        await _ended(drawer)
        raise
    # Kaleido loads its page anew after each picture, which takes twice as long as the picture; nothing is left in it.
    drawer._return_kaleido_tab = drawer.tabs_ready.put
    return drawer


async def _ended(drawer: Any) -> None:
    """Have a browser close, and end it where it does not."""
    try:
        with suppress(Exception):
            await asyncio.wait_for(drawer.close(), GRACE_SECONDS)
    finally:
        if hasattr(drawer, "subprocess"):
            printing.end(drawer.subprocess)


def _close() -> None:
    """Close the browser and its thread; one that does not go by itself is left behind, whatever it says to that."""
    while _studios:
        studio = _studios.pop()
        if studio.drawer is not None:
            atexit.unregister(close)
            with suppress(Exception):
                studio.wait(_ended(studio.drawer), 2 * GRACE_SECONDS)
        with suppress(Exception):
            asyncio.run_coroutine_threadsafe(_cancelled(), studio.loop).result(2 * GRACE_SECONDS)
        studio.loop.call_soon_threadsafe(studio.loop.stop)
        studio.thread.join(GRACE_SECONDS)
        if not studio.thread.is_alive():
            studio.loop.close()


async def _cancelled() -> None:
    """Cancel what is still going on in the thread."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=GRACE_SECONDS)

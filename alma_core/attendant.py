"""The process of a launched run: waits for its turn, then carries the run out in its folder. Started by `jobs`.

While it waits it is small: what a simulation needs is loaded only once its turn has come.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from alma_core import language, presence, turns
from alma_core.errors import AlmaError
from alma_core.language import _

NICER: Final = 10
"""A simulation gives way to the pages, and to whatever else the machine is there for."""


def main() -> int:
    """Attend to the run in the folder that is named first, whose lock is the open file of the number named second."""
    folder, lock = Path(sys.argv[1]), int(sys.argv[2])
    os.closerange(3, lock)  # whatever else the launcher had open: who waits for its end must not wait for ours
    os.closerange(lock + 1, os.sysconf("SC_OPEN_MAX"))
    os.set_inheritable(lock, False)  # processes that work for this one must not seem to be it
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the app may have had it ignored
    os.nice(NICER)
    language.use(language.of_the_terminal())
    number = presence.of(lock).number
    try:
        with presence.telling(lock):
            presence.write(lock, replace(presence.of(lock), pid=os.getpid()))
            turns.wait(number)
            presence.write(lock, replace(presence.of(lock), stage=presence.RUNNING))
            return _carry_out(folder, lock)
    except AlmaError as error:
        print("alma:", error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("alma:", _("Stopped before the end; the same command goes on from there."), file=sys.stderr)
        return 130
    finally:
        turns.leave(number)
        os.close(lock)  # the interpreter takes seconds to end; the run has ended


def _carry_out(folder: Path, lock: int) -> int:
    from alma_core.commands import jobs

    print(jobs.go_on(folder, lock))
    return 0


if __name__ == "__main__":
    sys.exit(main())

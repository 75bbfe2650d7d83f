"""Who is alive: a process holds a locked file for as long as it lives, however it ends."""

import os
import uuid
from pathlib import Path

from filelock import FileLock, Timeout


class Holder:
    """This process among those that share a folder.

    Args:
        folder: where each live process holds one locked file.

    The lock is taken before anybody can know the name, so asking whether a holder lives never disturbs one that starts.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.name = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._lock = FileLock(folder / self.name)
        self._lock.acquire(timeout=0)

    def lives(self, name: str) -> bool:
        """Return whether the holder called `name` is a live process, this one included."""
        if name == self.name:
            return True
        path = self.folder / name
        if not path.exists():
            return False
        try:
            with FileLock(path, timeout=0):
                return False
        except Timeout:
            return True

    def sweep(self) -> set[str]:
        """Remove the files that dead holders left; return the names of the others that live."""
        others = {path.name for path in self.folder.iterdir()} - {self.name}
        alive = {name for name in others if self.lives(name)}
        for name in others - alive:
            (self.folder / name).unlink(missing_ok=True)
        return alive

    def release(self) -> None:
        """End being a holder."""
        self._lock.release()
        (self.folder / self.name).unlink(missing_ok=True)

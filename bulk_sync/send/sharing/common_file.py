"""Where is kept what the runs of one key have in common, and who may change it? A file, and a lock beside it.

The lock is the operating system's (flock, LockFileEx): it ends with its process, however that ends. A process that was
stopped while it held the lock is not waited for: after `STUCK` seconds the others go on with the next pair of files,
and it follows when it wakes. The file is replaced as a whole, so nobody ever reads half of one.

Its name is a hash of the base URL and the key, and of the computer: a folder may be on a disk that several share, and
their clocks have nothing in common. Folder and files are for their owner only. The key is in neither.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import lock_descriptor, unlock_descriptor

from bulk_sync.private import make_private

if TYPE_CHECKING:
    from collections.abc import Callable

STUCK = 2.0
"""Seconds. A run holds the lock for milliseconds."""

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)


class Shared(Protocol):
    """The file of the runs of one key: what a run needs of it. Everything may raise OSError."""

    def changed(self) -> bool:
        """Whether somebody else has written since the last `load` or `save`."""
        ...

    def acquire(self) -> bool:
        """Take the lock, or say that somebody else has it."""
        ...

    def load(self) -> str | None:
        """What is in the file."""
        ...

    def save(self, text: str) -> bool:
        """Replace it; False if that came too late."""
        ...

    def release(self) -> None:
        """Give the lock back."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class CommonFile:
    """The file of one kind of requests (`reads`, `writes`) of one key. All methods raise OSError where it fails.

    `clock`: seconds that never go back.
    """

    def __init__(
        self, folder: Path, base_url: str, key: str, kind: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        secret = "\0".join(("bulk-sync", platform.node(), base_url.rstrip("/"), key)).encode()
        self._stem = folder / "budgets" / f"{hashlib.sha256(secret).hexdigest()[:32]}-{kind}"
        self._clock = clock
        self._generation = 0
        self._lock: int | None = None
        self._is_mine = False
        self._since = 0.0
        self._seen = self._busy_with = self._signature(0)
        self._busy_since: float | None = None

    @property
    def path(self) -> Path:
        """The file that counts."""
        return self._file(self._generation)

    def changed(self) -> bool:
        """Whether somebody else has written since the last `load` or `save`. Costs next to nothing."""
        return self._signature(self._generation) != self._seen or self._signature(self._generation + 1) is not None

    def acquire(self) -> bool:
        """Take the lock, or say that somebody else has it."""
        self._follow()
        if self._lock is None:
            make_private(self._stem.parent)
            self._lock = os.open(self._file(self._generation, ".lock"), _FLAGS, 0o600)
        if lock_descriptor(self._lock, blocking=False):
            self._is_mine, self._since, self._busy_since = True, self._clock(), None
            return True
        self._wait()
        return False

    def load(self) -> str | None:
        """What is in the file; None if there is none yet. The lock must be held."""
        for generation in (self._generation, self._generation - 1):
            with contextlib.suppress(FileNotFoundError):
                text = self._file(generation).read_text(encoding="utf-8")
                self._seen = self._signature(self._generation)
                return text
        return None

    def save(self, text: str) -> bool:
        """Replace what is in the file; False if the lock was held so long that others may have gone on without us."""
        if self._clock() - self._since > STUCK / 2:
            return False
        beside = self._file(self._generation, ".new")
        with open(os.open(beside, _FLAGS | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 -- with a mode
            file.write(text)
        if self._clock() - self._since > STUCK / 2:
            return False
        beside.replace(self.path)
        self._seen = self._signature(self._generation)
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._is_mine and self._lock is not None:
            self._is_mine = False
            unlock_descriptor(self._lock)

    def close(self) -> None:
        """Let go of everything."""
        if self._lock is not None:
            self.release()
            os.close(self._lock)
            self._lock = None

    def _follow(self) -> None:
        """Go where the others are."""
        while self._file(self._generation + 1).exists():
            self._next()

    def _next(self) -> None:
        self.close()
        self._generation += 1
        self._busy_since = None

    def _wait(self) -> None:
        """Somebody has the lock: several in turn, or one that does not give it back?"""
        signature = self._signature(self._generation)
        if self._busy_since is None or signature != self._busy_with:
            self._busy_since, self._busy_with = self._clock(), signature
        elif self._clock() - self._busy_since > STUCK:
            self._next()

    def _file(self, generation: int, suffix: str = ".json") -> Path:
        return self._stem.with_name(f"{self._stem.name}-{generation}{suffix}")

    def _signature(self, generation: int) -> tuple[int, int, int] | None:
        try:
            found = os.stat(f"{self._stem}-{generation}.json")  # noqa: PTH116 -- looked at hundreds of times a second
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size


def boot() -> str:
    """What names the time since this computer started, where there is such a name: Linux."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""

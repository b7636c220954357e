"""What is the process beside this one, how does work get there, and what if it dies?

Python itself, started anew with two pipes; what goes through them is pickled. Not `multiprocessing`: that would run the
main module of a program that uses bulk-sync a second time. When this process ends, however it ends, the pipes close,
and the other ends too.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from functools import partial
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

A = TypeVar("A")
B = TypeVar("B")

_BEGIN = (
    "import sys, pickle; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from bulk_sync.abreast.serving import main; main()"
)
WORK, ITEM = "work", "item"
"""What a companion is sent: what to do, and what to do it with."""

_AHEAD = 2
"""Tasks that the companion has at once: one to work on, and the next on its way."""

_MOST_FAILED = 2
"""Tasks that may come back undone before there is no use in more: it met what it cannot know, say."""

_NOTHING_MORE = object()


class Task(Generic[A, B]):
    """An item to work on, and what became of it."""

    def __init__(self, item: A) -> None:
        self.item = item
        self._settled = threading.Event()
        self._results: list[B] = []

    @property
    def is_done(self) -> bool:
        """Whether the result is there."""
        return bool(self._results)

    def do(self, work: Callable[[A], B]) -> None:
        """Do it here."""
        self._results.append(work(self.item))

    def settle(self, *results: B) -> None:
        """It comes back from the companion: with its result, or with nothing."""
        self._results.extend(results)
        self._settled.set()

    def result(self, work: Callable[[A], B]) -> B:
        """The result, waited for; what came back undone is done here."""
        if not self.is_done:
            self._settled.wait()
        if not self.is_done:
            self.do(work)
        return self._results[0]


class Companion:
    """A second process that does the work it has learned last.

    Where it cannot be had, until it is `ready`, and when it has failed a few times at this work, it takes no task.
    `modules` are where works come from: they are loaded there while nobody needs them yet.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self.ready = threading.Event()
        self._lock = threading.Lock()
        self._taken: deque[Task[Any, Any]] = deque()
        self._outbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.lesson: object = None
        self._knows = False
        self._failed = 0
        self._process = _started()
        self._threads: list[threading.Thread] = []
        if self._process is not None:
            self._attend(self._process, modules)

    def _attend(self, process: subprocess.Popen[bytes], modules: Sequence[str]) -> None:
        """Have a thread write to the process and one listen to it; where there are none to be had, do without it."""
        try:
            for does in (partial(self._send, modules), self._receive):
                thread = threading.Thread(target=does, args=(process,), daemon=True)
                thread.start()
                self._threads.append(thread)
        except RuntimeError:
            self.close()

    def learn(self, work: Callable[[Any], Any]) -> object:
        """Learn what to do with the items of tasks. The copy there knows nothing of what changes here from now on.

        Returns what `lesson` is until another work is learned.
        """
        self.lesson = object()
        try:
            learned = pickle.dumps(work)
        except Exception:  # noqa: BLE001  # what cannot travel is done here
            self._knows = False
        else:
            self._outbox.put((WORK, learned))
            self._knows, self._failed = True, 0
        return self.lesson

    def takes(self, task: Task[Any, Any]) -> bool:
        """Whether it does this task; else somebody else must."""
        with self._lock:
            if not (self._knows and self.ready.is_set()) or len(self._taken) >= _AHEAD or self._failed >= _MOST_FAILED:
                return False
            self._taken.append(task)
        self._outbox.put((ITEM, task.item))
        return True

    def close(self) -> None:
        """End the process; what it was working on comes back undone."""
        if self._process is None:
            return
        self._outbox.put(_NOTHING_MORE)
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what is left in a pipe that is broken cannot be written
                cast("IO[bytes]", pipe).close()

    def _send(self, modules: Sequence[str], process: subprocess.Popen[bytes]) -> None:
        pipe = cast("IO[bytes]", process.stdin)
        try:
            for beginning in (sys.path, modules):
                pickle.dump(beginning, pipe)
            pipe.flush()
            while (what := self._outbox.get()) is not _NOTHING_MORE:
                pickle.dump(what, pipe, protocol=pickle.HIGHEST_PROTOCOL)
                pipe.flush()
        except Exception:  # noqa: BLE001  # a broken pipe, or something that cannot be pickled: work is done here then
            process.kill()

    def _receive(self, process: subprocess.Popen[bytes]) -> None:
        pipe = cast("IO[bytes]", process.stdout)
        try:
            pickle.load(pipe)  # noqa: S301  # what our own process says
            self.ready.set()
            while True:
                results = pickle.load(pipe)  # noqa: S301  # the same
                with self._lock:
                    task = self._taken.popleft()
                    self._failed += not results
                task.settle(*results)
        except Exception:  # noqa: BLE001  # it has died, in whatever way: its tasks come back undone
            process.kill()
        with self._lock:
            self.ready.clear()
            undone, self._taken = self._taken, deque()
        for task in undone:
            task.settle()


def _started() -> subprocess.Popen[bytes] | None:
    """Python with our modules; None where it cannot be started.

    An application that is frozen, or has Python built in, is no Python: to start it again would be to run it again.
    """
    name = PurePath(sys.executable or "").stem.lower()
    if getattr(sys, "frozen", False) or not name.startswith(("python", "pypy")):
        return None
    try:
        return subprocess.Popen(  # noqa: S603  # this Python
            [sys.executable, "-P", "-c", _BEGIN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError:
        return None

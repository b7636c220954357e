"""The whole command in this process, in virtual time, over any transport of httpx."""

import asyncio
import contextlib
import contextvars
import io
import time
from types import SimpleNamespace
from unittest.mock import patch

from tests import adapter
from tests.simulation.world import EPOCH
from tests.virtual_time import VirtualTimeLoop

LONGEST = 200_000
"""Turns of the loop after which a command is said to hang."""


class _Loop(VirtualTimeLoop):
    """Work for other threads is done at once, in this one: what a history does must not depend on threads."""

    turns = 0

    def _run_once(self):
        self.turns += 1
        assert self.turns % LONGEST, "the command hangs"
        super()._run_once()

    def run_in_executor(self, executor, function, *arguments):
        done = self.create_future()
        try:
            done.set_result(contextvars.copy_context().run(function, *arguments))
        except Exception as error:  # noqa: BLE001 -- whoever waits for it hears it
            done.set_exception(error)
        return done


class Clock:
    """Seconds that pass while a command runs, and between commands only where somebody lets them (`pass_by`).

    `now` counts from 0; `wall` is the epoch's. While the computer sleeps, `monotonic` stands still: `naps` are the
    moments of `monotonic` at which it falls asleep, and the seconds.
    """

    def __init__(self):
        self._loop, self._reached, self.slept = None, 1_000.0, 0.0
        self.naps = []

    @property
    def monotonic(self):
        return self._reached if self._loop is None else self._loop.time()

    @property
    def now(self):
        return self.monotonic + self.slept

    def wall(self):
        return EPOCH + self.now

    def gettime(self, kind):
        """What stands in for `time.clock_gettime`."""
        return {time.CLOCK_MONOTONIC: self.monotonic, time.CLOCK_BOOTTIME: self.now}.get(kind, self.wall())

    def _nap(self, seconds):
        self.slept += seconds

    def pass_by(self, seconds):
        self._reached += seconds

    def run(self, main, **_):
        """What stands in for `asyncio.run`."""
        self._loop = _Loop(self._reached)
        for moment, seconds in self.naps:
            if moment > self._reached:
                self._loop.call_at(moment, self._nap, seconds)
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                return runner.run(main)
        finally:
            self._reached, self._loop = self._loop.time(), None


@contextlib.contextmanager
def virtual(clock, way):
    """While this lasts, commands of this process live by `clock`, alone on their key, and send over `way()`."""
    with contextlib.ExitStack() as stack:
        ours = [(asyncio, "run", clock.run), (time, "time", clock.wall), (time, "monotonic", lambda: clock.monotonic)]
        if hasattr(time, "CLOCK_BOOTTIME"):
            ours.append((time, "clock_gettime", clock.gettime))
        for thing, name, value in (*ours, *adapter.out_of_this_world(way, lambda: clock.slept)):
            stack.enter_context(patch.object(thing, name, value))
        yield


def command(*arguments):
    """`bulk-sync *arguments` in this process: its exit code, and what it wrote."""
    out, screen = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(screen):
        code = adapter.run_command(*arguments)
    return SimpleNamespace(code=code, out=out.getvalue(), screen=screen.getvalue())

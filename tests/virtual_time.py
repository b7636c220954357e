"""An event loop whose time jumps to the next timer when nobody is busy: hours pass in milliseconds, nobody sleeps."""

import asyncio
import selectors

BREATH = 1e-8
"""Virtual seconds that pass at least when the loop looks around: no clock stands still."""


class _JumpingSelector(selectors.DefaultSelector):
    """Looks whether anything is ready; where nothing is, lets the time pass that it was told to wait."""

    passed = 0.0

    def select(self, timeout=None):
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            woken = super().select(10)  # only the outside world can go on: a thread, a socket
            assert woken, "nobody will ever wake"
            return woken
        self.passed += max(BREATH, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`time()` is virtual, from `start` on. Threads and sockets work, but take no time."""

    def __init__(self, start=1000.0):
        self._start = start
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self):
        return self._start + self._jumping.passed


def run(main):
    """What the coroutine `main` gives, run in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)

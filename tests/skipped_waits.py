"""Time that is skipped where nobody is busy: the command waits a minute for its next window, and no test does.

The command and the API run in this process and talk over real sockets. While the command's event loop waits for a timer
alone, not for an answer, the clocks of this process go ahead to that timer, for the API too.
"""

import selectors
import threading
import time

BREATH = 0.002
"""Real seconds in which a thread, a file or a signal may still have something to say before time is skipped."""


def skip_waits(monkeypatch):
    """Let the event loops of the calling thread skip their waits, as long as `monkeypatch` lasts."""
    here, skipped = threading.get_ident(), 0.0
    real = {"time": time.time, "monotonic": time.monotonic}

    class Skipping(selectors.DefaultSelector):
        def select(self, timeout=None):
            nonlocal skipped
            if threading.get_ident() != here or self._asks_somebody():
                return super().select(timeout)
            ready = super().select(timeout if timeout is None else min(timeout, BREATH))
            if not ready and timeout is not None and timeout > BREATH:
                skipped += timeout - BREATH
            return ready

        def _asks_somebody(self):
            # an event loop always listens to its own end of a socket pair, through which threads and signals wake it
            return len(self.get_map()) > 1

    monkeypatch.setattr(selectors, "DefaultSelector", Skipping)
    monkeypatch.setattr(time, "time", lambda: real["time"]() + skipped)
    monkeypatch.setattr(time, "monotonic", lambda: real["monotonic"]() + skipped)

"""The cancellation of a run from another thread, which ends it as a first Ctrl-C would."""

from __future__ import annotations

import contextlib
import signal
from contextvars import ContextVar
from typing import TYPE_CHECKING

from bulk_sync.errors import Interrupted

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from bulk_sync.errors import Stopped
    from bulk_sync.send.stop_rules import Stop


class Cancellation:
    """What cancels a run: what is in flight may finish, the results are written, the rest is `interrupted`."""

    def __init__(self) -> None:
        self.reason: Stopped | None = None
        self._running: tuple[asyncio.AbstractEventLoop, Stop] | None = None

    def cancel(self, reason: Stopped | None = None, grace: float | None = None) -> None:
        """End the run, from any thread, now or as soon as it sends; more than once is as good as once.

        `reason`: as a first Ctrl-C would, where it is None. After `grace` seconds, what is in flight is cut off.
        """
        self.reason = self.reason or reason or Interrupted(signal.SIGINT)
        if self._running is not None:
            loop, stop = self._running
            if grace is not None:
                stop.hopeless(grace)
            with contextlib.suppress(RuntimeError):  # its loop has just ended
                loop.call_soon_threadsafe(stop.because, self.reason)
                if grace is not None:
                    loop.call_soon_threadsafe(loop.call_later, grace, stop.cut_off)

    @contextlib.contextmanager
    def heeded(self) -> Iterator[None]:
        """While this lasts, what sends in this thread or task can be ended by this."""
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)

    @contextlib.contextmanager
    def running(self, loop: asyncio.AbstractEventLoop, stop: Stop) -> Iterator[None]:
        """While this lasts, `stop` in this loop is what is cancelled."""
        self._running = loop, stop
        if self.reason is not None:
            stop.because(self.reason)
        try:
            yield
        finally:
            self._running = None


_CURRENT: ContextVar[Cancellation | None] = ContextVar("current", default=None)


def current() -> Cancellation:
    """What may cancel what is sent in this thread or task."""
    return _CURRENT.get() or Cancellation()

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

    from bulk_sync.send.stop_rules import Stop


class Cancellation:
    """What cancels a run: what is in flight may finish, the results are written, the rest is `interrupted`."""

    def __init__(self) -> None:
        self._is_cancelled = False
        self._running: tuple[asyncio.AbstractEventLoop, Stop] | None = None

    def cancel(self) -> None:
        """End the run, from any thread, now or as soon as it sends; more than once is as good as once."""
        self._is_cancelled = True
        if self._running is not None:
            loop, stop = self._running
            with contextlib.suppress(RuntimeError):  # its loop has just ended
                loop.call_soon_threadsafe(stop.because, Interrupted(signal.SIGINT))

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
        if self._is_cancelled:
            stop.because(Interrupted(signal.SIGINT))
        try:
            yield
        finally:
            self._running = None


_CURRENT: ContextVar[Cancellation | None] = ContextVar("current", default=None)


def current() -> Cancellation:
    """What may cancel what is sent in this thread or task."""
    return _CURRENT.get() or Cancellation()

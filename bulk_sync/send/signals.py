"""Signals: a person, the system or another thread asks a run to end. Here its event loop begins, too.

The first Ctrl-C (or SIGTERM, or the terminal's end) stops it kindly: what is in flight may finish for `GRACE` seconds,
the results are written. The second cuts off what is in flight, and the results are written all the same. The third
leaves at once; the ledger still knows what was done. A `Cancellation` ends a run from another thread, as a first Ctrl-C
would.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from bulk_sync.errors import Interrupted, ProgramFault
from bulk_sync.interrupts import HEARD, SIGNALS
from bulk_sync.send.stop_rules import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from bulk_sync.errors import Stopped

T = TypeVar("T")

GRACE = 10.0
"""Seconds."""

_STOPPING = (
    f"Stopping: waiting up to {GRACE:.0f} seconds for the updates that were sent already. "
    "Press Ctrl-C again to stop immediately."
)

_SHOW_CURSOR = b"\x1b[?25h"
"""A progress bar hides it."""


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
"""What may cancel what is sent in this thread or task."""


def leave_at_once(exit_code: int) -> None:
    """End the process here and now, with a word of comfort."""
    with contextlib.suppress(OSError):
        cursor = _SHOW_CURSOR if os.isatty(2) else b""
        os.write(2, cursor + b"\nStopped at once, without a results file. What was sent is recorded. ")
        os.write(2, b"The same command, or bulk-sync resume, continues and writes the results.\n")
    os._exit(exit_code)


def run(work: Callable[[Stop], Coroutine[Any, Any, T]], tell: Callable[[str], None] = lambda _: None) -> T:
    """What `work` comes to, in an event loop of its own. Signals, and faults in timers, end it by the stop it is given.

    `tell` hears, in a sentence, that it was asked to end.
    """

    async def main() -> T:
        stop = Stop()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(partial(_unhandled, stop))
        cancellation = _CURRENT.get() or Cancellation()
        with graceful_shutdown(stop, tell), cancellation.running(loop, stop):
            return await work(stop)

    return asyncio.run(main())


def _unhandled(stop: Stop, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A fault in what the event loop calls by itself, a timer's function say: who waits for it would do so for ever."""
    error = context.get("exception")
    if isinstance(error, Exception) and not isinstance(error, OSError):  # a connection that broke is no fault of ours
        stop.because(ProgramFault(error))
    elif error is None:
        loop.default_exception_handler(context)


@contextlib.contextmanager
def graceful_shutdown(stop: Stop, tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """While this lasts, a signal ends the run: the first kindly, the second cuts it off, the third leaves at once.

    `GRACE` seconds after the first it is cut off, too. A signal that was ignored before (as `nohup` does) stays so.
    """
    loop = asyncio.get_running_loop()
    times = 0

    def asked(number: int, times: int) -> None:
        if times == 1:
            tell(_STOPPING)
            stop.because(Interrupted(number))
            loop.call_later(GRACE, stop.cut_off)
        else:
            stop.cut_off()

    def heard(number: int, _: object) -> None:
        nonlocal times
        times += 1
        if times > 2:  # here and not in the loop, which may wait for a database
            leave_at_once(128 + number)
        else:
            stop.hopeless(GRACE if times == 1 else 0.0)
            loop.call_soon_threadsafe(asked, number, times)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: handler for number in SIGNALS if (handler := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in before:
        # loop.add_signal_handler does not exist on Windows; this works everywhere
        signal.signal(number, heard)
    if HEARD:
        heard(HEARD[0], None)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

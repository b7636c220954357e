"""What happens when a person or the system asks a run to end?

The first Ctrl-C (or SIGTERM, or the terminal's end) stops it kindly: what is in flight may finish for `GRACE` seconds,
the results are written. The second leaves at once; the ledger still knows what was done.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING

from bulk_sync.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bulk_sync.send.stopping import Stop

GRACE = 10.0
"""Seconds."""

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP") if hasattr(signal, name))


_SHOW_CURSOR = b"\x1b[?25h"
"""A progress bar hides it."""


def leave_at_once(exit_code: int) -> None:
    """End the process here and now, with a word of comfort."""
    with contextlib.suppress(OSError):
        cursor = _SHOW_CURSOR if os.isatty(2) else b""
        os.write(2, cursor + b"\nLeft at once. What was sent is recorded; the same command goes on with the rest.\n")
    os._exit(exit_code)


@contextlib.contextmanager
def heeding(
    stop: Stop,
    cancel: Callable[[], object],
    leave: Callable[[int], object] = leave_at_once,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[None]:
    """While this lasts, a signal ends the run: kindly, `GRACE` seconds later by `cancel`, a second one by `leave`.

    A signal that was ignored before (as `nohup` does) stays so.
    """
    loop = asyncio.get_running_loop()
    asked_before = False

    def asked(number: int) -> None:
        nonlocal asked_before
        if asked_before:
            leave(128 + number)
        asked_before = True
        tell(f"Interrupted: waiting for the calls in flight, {GRACE:.0f} seconds at most. Once more leaves at once.")
        stop.because(Interrupted(number))
        loop.call_later(GRACE, cancel)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: handler for number in SIGNALS if (handler := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in before:
        # loop.add_signal_handler does not exist on Windows; this works everywhere
        signal.signal(number, lambda number, _: loop.call_soon_threadsafe(asked, number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

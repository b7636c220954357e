"""What happens when a person or the system asks a run to end?

The first Ctrl-C (or SIGTERM) stops it kindly: what is in flight may finish for `GRACE` seconds, the results are
written. The second leaves at once; the ledger still knows what was done.
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

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name))


@contextlib.contextmanager
def heeding(stop: Stop, cancel: Callable[[], object], leave: Callable[[int], object] = os._exit) -> Iterator[None]:
    """While this lasts, a signal ends the run: kindly, `GRACE` seconds later by `cancel`, a second one by `leave`."""
    loop = asyncio.get_running_loop()
    asked_before = False

    def asked(number: int) -> None:
        nonlocal asked_before
        if asked_before:
            leave(128 + number)
        asked_before = True
        stop.because(Interrupted(number))
        loop.call_later(GRACE, cancel)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        # loop.add_signal_handler does not exist on Windows; this works everywhere
        signal.signal(number, lambda number, _: loop.call_soon_threadsafe(asked, number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

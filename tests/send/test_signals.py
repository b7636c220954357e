"""What happens when a person or the system asks a run to end? With real signals, sent to this very process."""

import asyncio
import signal
import threading
from unittest.mock import patch

import pytest

from bulk_sync.errors import Interrupted
from bulk_sync.interrupts import SIGNALS
from bulk_sync.send import signals
from bulk_sync.send.signals import graceful_shutdown
from bulk_sync.send.stop_rules import Stop

pytestmark = pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals reach only the main thread"
)


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


def interrupted(*numbers, before=None):
    """The reason that the signals gave, who was cancelled and how often it was left at once."""
    stop, cancelled, left = Stop(), [], []

    async def main():
        stop.on_cut_off(lambda: cancelled.append(True))
        if before is not None:
            stop.because(before)
        with patch.object(signals, "leave_at_once", left.append), graceful_shutdown(stop):
            for number in numbers:
                signal.raise_signal(number)
                await turns()
            await asyncio.sleep(0.02)

    asyncio.run(main())
    return stop.reason, cancelled, left


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ((signal.SIGINT, signal.SIGINT, signal.SIGINT), 130),
        ((signal.SIGINT, signal.SIGTERM, signal.SIGTERM), 143),
        ((signal.SIGTERM, signal.SIGINT, signal.SIGINT), 130),
    ],
)
def test_the_second_signal_cuts_off_and_the_third_leaves_at_once(numbers, code):
    reason, cancelled, left = interrupted(*numbers[:2])
    assert isinstance(reason, Interrupted)
    assert (cancelled, left) == ([True], [])
    assert interrupted(*numbers)[2] == [code]


def test_what_does_not_end_in_the_time_of_grace_is_cut_off(monkeypatch):
    monkeypatch.setattr(signals, "GRACE", 0.0)
    _, cancelled, left = interrupted(signal.SIGINT)
    assert cancelled == [True]
    assert left == []


def test_a_pause_ends_with_the_signal():
    async def main():
        stop = Stop()
        with graceful_shutdown(stop):
            waiting = asyncio.ensure_future(stop.pause(3600))
            await turns(1)
            signal.raise_signal(signal.SIGINT)
            with pytest.raises(Interrupted):
                await waiting

    asyncio.run(main())


def test_afterwards_signals_mean_what_they_meant_before():
    before = [signal.getsignal(number) for number in SIGNALS]
    interrupted(signal.SIGINT)
    assert [signal.getsignal(number) for number in SIGNALS] == before

    async def failing():
        with graceful_shutdown(Stop()):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(failing())
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_outside_the_main_thread_signals_are_left_alone():
    seen = []

    async def main():
        with graceful_shutdown(Stop()):
            seen.append([signal.getsignal(number) for number in SIGNALS])

    before = [signal.getsignal(number) for number in SIGNALS]
    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join()
    assert seen == [before]

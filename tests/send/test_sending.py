"""How is a plan carried to the API? The whole sending end, against a server that answers what a test says."""

import json
import signal
import threading

import pytest

from bulk_sync.errors import Interrupted, Stopped, Yielded
from bulk_sync.model import Change, Update
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.send import signals
from bulk_sync.send.config import Address, ErrorThreshold, SendConfig
from bulk_sync.send.engine import Sending
from bulk_sync.send.signals import Cancellation
from tests.api.raw_server import response, serving, silence
from tests.api.talking import KEY

ANNA, ANNAS = "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", "+14155550000"
DONE = response(200, json.dumps({"success": True, "contact": {"id": ANNA, "phoneNumber": ANNAS}}).encode())
REFUSED = response(401, b'{"message":"Invalid or missing API key"}')
FAST = Rate(1000, 1.0)


def updates(count):
    return [Update(row, Change("paused"), phone=f"+1415555{row:04d}") for row in range(count)]


class Run:
    """One run of `send`; `recorded` are the outcomes by row."""

    def __init__(self, *answers, count=5, concurrency=1, tolerance=None, to_send=None, react=None):
        self.recorded, self.forecasts, self.react = {}, [], react
        to_send = to_send or updates(count)
        pace = SendConfig(FAST, concurrency, tolerance or ErrorThreshold(share=1.0))
        with serving(*answers, keep_open=True) as self.server:
            self.sent = signals.run(Sending(to_send, Address(self.server.url, KEY), pace, self.record).send)

    def record(self, update, outcome, seconds_left):
        if self.react:
            self.react(update)
        self.recorded[update.row] = outcome
        self.forecasts.append(seconds_left)

    @property
    def codes(self):
        return {row: outcome.code for row, outcome in sorted(self.recorded.items())}


def test_an_outcome_that_cannot_be_recorded_stops_the_run():
    class DiskFull(Stopped):
        pass

    def react(update):
        if update.row == 2:
            raise DiskFull("the disk is full")

    run = Run(DONE, count=50, react=react)
    assert isinstance(run.sent.stopped, DiskFull)
    assert len(run.server.requests) == 3


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_fault_of_the_program_comes_out_as_itself_and_not_in_a_group(concurrency):
    def react(_update):
        raise ZeroDivisionError("bug")

    with pytest.raises(ZeroDivisionError, match="bug"):
        Run(DONE, count=20, concurrency=concurrency, react=react)


on_main_thread = pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals reach only the main thread"
)


@on_main_thread
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_leaves_the_rest_unsent(number, exit_code):
    def react(update):
        if update.row == 2:
            signal.raise_signal(number)

    run = Run(DONE, count=50, react=react)
    assert isinstance(run.sent.stopped, Interrupted)
    assert run.sent.stopped.exit_code == exit_code
    assert 3 <= len(run.recorded) <= 4
    assert len(run.server.requests) == len(run.recorded)


@on_main_thread
def test_after_the_time_of_grace_an_answer_that_does_not_come_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(signals, "GRACE", 0.02)

    def interrupt_and_say_nothing(connection):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        silence(connection)

    run = Run(DONE, interrupt_and_say_nothing, count=50)
    assert isinstance(run.sent.stopped, Interrupted)
    assert sorted(run.recorded) == [0]


@pytest.mark.parametrize("fails", [False, True])
def test_a_limit_that_is_reached_with_the_last_update_has_ended_nothing_once_that_is_recorded(fails):
    cancellation, recorded = Cancellation(), []

    def keep(kept):
        cancellation.cancel(Yielded())
        if fails:
            raise Stopped("the disk is full")

    with serving(DONE, keep_open=True) as server, cancellation.heeded():
        pace = SendConfig(FAST, 1, ErrorThreshold(share=1.0))
        sending = Sending(updates(1), Address(server.url, KEY), pace, lambda *it: recorded.append(it), keep=keep)
        sent = signals.run(sending.send)
    assert (sent.stopped is None, len(recorded)) == ((False, 0) if fails else (True, 1))

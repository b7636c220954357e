"""How is something read from the API? Over real sockets, and with given replies."""

import asyncio
import os
import signal

import pytest

from bulk_sync.errors import ApiAway, Code, Interrupted, KeyRefused, LimitReached, RefusedEveryWindow
from bulk_sync.model import ReadFailed, ReadOk, Unavailable
from bulk_sync.send.circuit import Circuit
from bulk_sync.send.config import Address, Limits, SendConfig, budget_of_reads
from bulk_sync.send.reads import Reader, look_up, reader
from bulk_sync.send.stop_rules import Stop
from bulk_sync.send.tries import MOST_REFUSED_WINDOWS, MOST_TRIES
from tests.api.raw_server import response, serving, silence
from tests.api.talking import JSON, KEY
from tests.virtual_time import run

from .trial import DOWN, HELD, NOTHING, Turns, Wire, reply

PATH = "/contacts?search=%2B14155550123&searchBy=phone"
UNAUTHORISED = reply(401, {"message": "Invalid or missing API key"})


class Trial:
    """A `Reader` whose surroundings can be looked at."""

    def __init__(self, *replies):
        self.wire, self.scheduler, self.pauses = Wire(*replies), Turns(), []
        circuit = Circuit(600.0, Stop(), lambda: 0.0)
        self.reader = Reader(self.wire, self.scheduler, circuit, self._pause, lambda: 0.5)

    async def _pause(self, seconds):
        self.pauses.append(seconds)

    def read(self):
        return asyncio.run(self.reader.read(PATH, 3))


def test_what_is_read_is_json():
    trial = Trial(reply(200, {"contacts": []}))
    assert trial.read() == ReadOk({"contacts": []})
    assert [(call.method, call.path, call.body) for call in trial.wire.calls] == [("GET", PATH, b"")]
    assert trial.scheduler.departures == [3]


@pytest.mark.parametrize(
    ("failure", "code", "status"), [(DOWN, Code.SERVER_ERROR, 503), (NOTHING, Code.NETWORK_ERROR, None)]
)
def test_a_read_is_tried_as_often_as_an_update(failure, code, status):
    trial = Trial(failure)
    found = trial.read()
    assert isinstance(found, ReadFailed)
    assert (found.code, found.http_status, found.attempts) == (code, status, MOST_TRIES)
    assert trial.pauses == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(("answer", "stop"), [(UNAUTHORISED, KeyRefused), (HELD, RefusedEveryWindow)])
def test_what_ends_a_run_ends_it_from_a_read_too(answer, stop):
    trial = Trial(answer)
    with pytest.raises(stop):
        trial.read()
    assert len(trial.wire.calls) in {1, MOST_REFUSED_WINDOWS}


def spaced(count, headers):
    """When so many reads left, in seconds from the first, of an API that answers at once with these headers."""
    moments = []

    async def main():
        loop, stop = asyncio.get_running_loop(), Stop()

        async def wire(_call):
            moments.append(loop.time())
            await asyncio.sleep(0.01)
            return reply(200, [], **headers)

        reads = reader(wire, Circuit(600.0, stop, loop.time), stop, loop.time, budget_of_reads(32))
        await asyncio.gather(*(reads.read(PATH, number) for number in range(count)))

    run(main())
    return [moment - moments[0] for moment in moments]


def test_reads_have_a_budget_of_their_own_of_100_a_minute():
    moments = spaced(101, {})
    assert moments[99] < 60
    assert 60 <= moments[100] < 62


LIST = response(200, b"[1]", JSON)
WEB_PAGE = response(404, b"<html>", "Content-Type: text/html")


async def one_read(read):
    return await read("/contacts/statuses")


def looked_up(*answers, work=one_read, pace=None, **more):
    with serving(*answers, keep_open=True) as server:
        address, pace = Address(server.url, KEY), pace or SendConfig()
        return look_up(address, pace, work, lambda _: None, **more), server


def test_a_lenient_look_leaves_it_to_the_first_call_to_find_the_address_wrong():
    found, _ = looked_up(WEB_PAGE, lenient=True)
    assert isinstance(found, Unavailable)


def test_patience_ends_where_no_answer_comes():
    with pytest.raises(ApiAway, match="could not be reached"):
        looked_up(silence, patience=0.05)


def test_patience_is_for_the_first_answer_only():
    async def two_reads(read):
        first = await read("/one")
        await asyncio.sleep(1.1)
        return first, await read("/two")

    found, _ = looked_up(LIST, work=two_reads, patience=1.0)
    assert found == (ReadOk([1]), ReadOk([1]))


def test_a_deadline_of_the_run_ends_a_look():
    with pytest.raises(LimitReached):
        looked_up(silence, pace=SendConfig(limits=Limits(seconds=0.05)))


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals")
def test_a_signal_breaks_a_look_off_at_once():
    with pytest.raises(Interrupted):
        looked_up(lambda connection: (os.kill(os.getpid(), signal.SIGINT), silence(connection)))

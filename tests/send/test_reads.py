"""How is something read from the API? Over real sockets, and with given replies."""

import asyncio

import pytest

from bulk_sync.errors import Code, KeyRefused, RefusedEveryWindow
from bulk_sync.model import ReadFailed, ReadOk, Unavailable
from bulk_sync.send.circuit import Circuit
from bulk_sync.send.config import budget_of_reads
from bulk_sync.send.reads import Reader, reader
from bulk_sync.send.stop_rules import Stop
from bulk_sync.send.tries import MOST_REFUSED_WINDOWS, MOST_TRIES
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


def test_what_is_not_to_be_had_is_not_tried_again():
    trial = Trial(reply(405, {"message": "Method not allowed"}))
    assert isinstance(trial.read(), Unavailable)
    assert len(trial.wire.calls) == 1


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

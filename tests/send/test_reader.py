"""How is something read from the API? Over real sockets, and with given replies."""

import asyncio

import pytest

from bulk_sync.api.client import Client
from bulk_sync.errors import Code, KeyRefused, RefusedEveryWindow, Stopped
from bulk_sync.model import Change, Outcome, ReadFailed, ReadOk, Unavailable, Update
from bulk_sync.preflight.ordered_check import OrderedCheck
from bulk_sync.release import ReadyUpdate
from bulk_sync.send.circuit import Circuit
from bulk_sync.send.config import Address, SendConfig, seconds_of_reads
from bulk_sync.send.engine import send
from bulk_sync.send.reader import Reader, reader
from bulk_sync.send.stop_rules import Stop
from bulk_sync.send.tries import MOST_REFUSED_WINDOWS, MOST_TRIES
from tests.api.raw_server import response, serving
from tests.api.talking import JSON, KEY
from tests.virtual_time import run

from .trial import DOWN, HELD, NOTHING, Turns, Wire, reply

PATH = "/contacts?search=%2B14155550123&searchBy=phone"
UPDATE = Update(0, Change("active"), phone="+14155550123")
LISTED = response(200, b'{"contacts":[]}', JSON)
DONE = response(200, b'{"success":true}', JSON)
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


def test_a_failure_that_passes_is_forgotten():
    assert Trial(DOWN, NOTHING, HELD, reply(200, [])).read() == ReadOk([])


def test_what_is_not_to_be_had_is_not_tried_again():
    trial = Trial(reply(405, {"message": "Method not allowed"}))
    assert isinstance(trial.read(), Unavailable)
    assert len(trial.wire.calls) == 1


def test_what_is_refused_says_so():
    assert Trial(reply(400, {"message": "No"})).read().code is Code.REJECTED


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

        reads = reader(wire, Circuit(600.0, stop, loop.time), stop, loop.time, most_in_flight=32)
        await asyncio.gather(*(reads.read(PATH, number) for number in range(count)))

    run(main())
    return [moment - moments[0] for moment in moments]


def test_reads_have_a_budget_of_their_own_of_100_a_minute():
    moments = spaced(101, {})
    assert moments[99] < 60
    assert 60 <= moments[100] < 62


def test_the_first_read_goes_alone():
    assert spaced(2, {})[1] >= 0.01


def exchanged(server, *, read_only):
    async def talk():
        stop, clock = Stop(), asyncio.get_running_loop().time
        async with Client(server.url, KEY, connections=4, read_only=read_only) as client:
            reads = reader(client.exchange, Circuit(600.0, stop, clock), stop, clock, most_in_flight=4)
            return await reads.read(PATH)

    return asyncio.run(talk())


@pytest.mark.parametrize("read_only", [True, False])
def test_a_read_arrives_as_it_is_meant_also_in_a_dry_run(read_only):
    with serving(LISTED) as server:
        assert exchanged(server, read_only=read_only) == ReadOk({"contacts": []})
        assert server.line() == f"GET {PATH} HTTP/1.1"
        assert server.head()["x-api-key"] == KEY
        assert "content-type" not in server.head()


async def reads_and_lets_go(update, read):
    await read(PATH)
    return ReadyUpdate(update, "paused", "spring")


def sent(*answers, check, **options):
    recorded = []
    with serving(*answers, keep_open=True) as server:
        ended = send(
            [UPDATE], Address(server.url, KEY), SendConfig(), lambda _, outcome, __: recorded.append(outcome),
            preflight=OrderedCheck(check), **options,
        )  # fmt: skip
        return recorded, [server.line(at).split(" ")[0] for at in range(len(server.requests))], ended


def test_what_stood_there_before_is_in_the_outcome():
    [outcome], methods, _ = sent(LISTED, DONE, check=reads_and_lets_go)
    assert (outcome.code, outcome.previous_status, outcome.previous_campaign) == (Code.UPDATED, "paused", "spring")
    assert methods == ["GET", "POST"]


def test_what_a_check_settles_is_not_sent():
    async def settles(update, read):
        await read(PATH)
        return Outcome(Code.CHANGED_SINCE, "Somebody did.")

    [outcome], methods, _ = sent(LISTED, check=settles)
    assert outcome.code is Code.CHANGED_SINCE
    assert methods == ["GET"]


def test_a_dry_run_reads_and_writes_nothing():
    [outcome], methods, _ = sent(LISTED, check=reads_and_lets_go, dry_run=True)
    assert outcome.code is Code.UPDATED
    assert methods == ["GET"]


def test_a_dry_runs_client_cannot_write(monkeypatch):
    made, client = [], Client

    def noted(*given, **more):
        made.append(more["read_only"])
        return client(*given, **more)

    monkeypatch.setattr("bulk_sync.api.client.Client", noted)
    sent(LISTED, check=reads_and_lets_go, dry_run=True)
    sent(LISTED, DONE, check=reads_and_lets_go)
    assert made == [True, False]


def test_reads_are_forecast_by_the_documented_limit():
    assert [seconds_of_reads(count) for count in (0, 100, 101, 1000)] == [0, 0, 60, 540]


def test_a_key_that_a_read_finds_refused_stops_before_anything_is_sent():
    recorded, methods, ended = sent(
        response(401, b'{"message":"Invalid or missing API key"}', JSON), check=reads_and_lets_go
    )
    assert isinstance(ended.stopped, KeyRefused)
    assert (recorded, methods) == ([], ["GET"])


def test_a_run_that_ends_while_a_read_waits_ends_it():
    async def main():
        stop, clock = Stop(), asyncio.get_running_loop().time
        reads = reader(Wire(HELD), Circuit(600.0, stop, clock), stop, clock, most_in_flight=4)
        waiting = asyncio.ensure_future(reads.read(PATH))
        await asyncio.sleep(1)
        stop.because(Stopped("Enough."))
        with pytest.raises(Stopped, match="Enough"):
            await waiting

    run(main())

"""Is the API there at all? Outages in virtual time."""

import asyncio

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulk_sync.api.responses import Response
from bulk_sync.errors import ApiAway, Code, Result
from bulk_sync.send.circuit import MOST_FAILURES, PATIENCE, Circuit, CircuitOfReads
from bulk_sync.send.stop_rules import Stop
from tests.virtual_time import run

from .sending_line import SendingLine
from .trial import DONE, DOWN, NOTHING, reply

PORTAL = Response(200, {"content-type": "text/html"}, b"<html>Sign in to the hotel's network</html>")


def away(start, end, answer=DOWN):
    return lambda seconds, _row: answer if start <= seconds < end else DONE


@pytest.mark.parametrize("workers", [8, 32])
@pytest.mark.parametrize("answer", [DOWN, NOTHING, PORTAL])
@pytest.mark.parametrize("seconds", [3, 100, 560])
def test_an_outage_costs_no_row(workers, answer, seconds):
    line = SendingLine(away(0.05, seconds, answer), rows=300, workers=workers, latency=0.01)
    assert {outcome.code for outcome in line.outcomes.values()} == {Code.UPDATED}
    assert len(line.outcomes) == 300
    assert line.reason is None
    assert seconds <= line.took <= seconds + 40


@pytest.mark.parametrize("longest", [5.0, 60.0, 600.0])
@pytest.mark.parametrize("answer", [DOWN, NOTHING])
def test_an_api_that_does_not_come_back_stops_the_run(longest, answer):
    line = SendingLine(away(0.2, 10**9, answer), rows=2000, workers=16, outage=longest, rate="100/s")
    assert isinstance(line.reason, ApiAway)
    assert line.reason.exit_code == 3
    assert line.reason.code.result is Result.NOT_SENT
    assert "--max-outage" in str(line.reason)
    assert longest <= line.took <= longest + 3
    assert {outcome.code for outcome in line.outcomes.values()} == {Code.UPDATED}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (DOWN, "it answered 503"),
        (NOTHING, "the API took too long"),
        (PORTAL, "a web page came instead of its answer (200); this network may ask you to sign in"),
        (reply(200, {"success": False}), "it answered 200, but not that it was done"),
    ],
)
def test_a_person_is_told_once_that_it_is_away_why_and_once_that_it_is_back(answer, why):
    line = SendingLine(away(0.0, 90, answer), rows=200)
    went, came = line.told
    assert went.startswith(f"The API is away: 20 tries in a row failed (the last one: {why})")
    assert "10 min" in went
    assert came.startswith("The API is back after 1 min")


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.5, 200), st.floats(0.5, 300)), max_size=4),
    st.integers(1, 32),
    st.integers(1, 60),
    st.sampled_from([DOWN, NOTHING, PORTAL]),
)
@example([(1.0, 90.0), (1.0, 255.0), (1.0, 299.0)], 1, 24, DOWN)
def test_whatever_outages_there_are_every_row_has_a_right_outcome(phases, workers, rows, answer):
    """Up and down in turn: no row is lost, none is sent twice after a success, and the run ends."""
    bounds, at = [], 0.0
    for up, down in phases:
        bounds += [(at + up, at + up + down)]
        at += up + down

    def api(seconds, _row):
        is_up = not any(start <= seconds < end for start, end in bounds)
        return DONE if is_up else answer

    line = SendingLine(api, rows=rows, workers=workers, rate="30/min", latency=0.05)
    assert len(line.outcomes) == rows or isinstance(line.reason, ApiAway)  # it was up too shortly to be seen
    for row, outcome in line.outcomes.items():
        assert outcome.code is Code.UPDATED or outcome.code.retryable
        assert outcome.attempts <= 5
        assert (outcome.code is Code.UPDATED) is (
            api(max(at for at, each in line.calls if each == row) + 0.05, row) is DONE
        )


class Reads:
    """The circuit of reads in virtual time, beside one of writes; `at(seconds, act)` and then `wait()`."""

    def __init__(self, longest=600.0):
        loop = asyncio.get_running_loop()
        self.stop = Stop()
        self.writes = Circuit(longest, self.stop, loop.time)
        self.told = []
        self.reads = CircuitOfReads(self.writes, longest, self.stop, loop.time, self.told.append)
        self.began = loop.time()

    def fail(self, circuit, times=MOST_FAILURES):
        for _ in range(times):
            circuit.failed("it answered 503")

    async def probe_in_vain(self):
        """Seconds until a read that waits is let go although no probe succeeded."""
        while await self.reads.admission():
            self.reads.failed("it answered 503")
        return asyncio.get_running_loop().time() - self.began


def test_reads_that_fail_are_waited_for_a_while_and_then_fail():
    async def main():
        both = Reads()
        both.fail(both.reads)
        assert both.reads.is_away
        assert not both.writes.is_away
        return await both.probe_in_vain(), both.reads.is_away, both.stop.reason

    assert run(main()) == (pytest.approx(PATIENCE, abs=0.1), False, None)


def test_reads_that_fail_as_long_as_the_api_may_be_away_end_the_run():
    async def main():
        both = Reads(longest=150.0)
        with pytest.raises(ApiAway, match="answered no read within 2 min 30 s"):
            while True:
                both.fail(both.reads)
                await both.probe_in_vain()
        return asyncio.get_running_loop().time() - both.began

    assert run(main()) == pytest.approx(180, abs=1)


def test_a_person_is_told_once_that_reads_fail_and_once_that_they_do_not():
    async def main():
        both = Reads()
        for _ in range(2):
            both.fail(both.reads)
            await both.probe_in_vain()
        both.reads.answered()
        both.reads.answered()
        return both.told

    failed, again = run(main())
    assert failed.startswith("The API answers no reads: 20 tries in a row failed (the last one: it answered 503). ")
    assert "10 min" in failed
    assert again.startswith("The API answers reads again, after 2 min")


def test_while_the_writes_fail_as_well_reads_wait_for_the_api():
    async def main():
        both = Reads()
        both.fail(both.writes)
        both.fail(both.reads)
        with pytest.raises(ApiAway, match="did not come back within 10 min"):
            await both.probe_in_vain()

    run(main())

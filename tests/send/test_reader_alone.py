"""How is something looked up apart from sending? Over real sockets."""

import asyncio
import os
import signal
import threading

import pytest

from bulk_sync.errors import ApiAway, Interrupted, KeyRefused, LimitReached, WrongAddress
from bulk_sync.model import ReadOk, Unavailable
from bulk_sync.send.config import Address, Limits, SendConfig, budget_of_reads
from bulk_sync.send.reader import look_up
from tests.api.raw_server import response, serving, silence
from tests.api.talking import JSON, KEY

LIST = response(200, b"[1]", JSON)
HEADERS = ("X-RateLimit-Limit: 100", "X-RateLimit-Remaining: 57", "X-RateLimit-Reset: 60")
WEB_PAGE = response(404, b"<html>", "Content-Type: text/html")


async def one_read(read):
    return await read("/contacts/statuses")


def looked_up(*answers, work=one_read, pace=None, **more):
    with serving(*answers, keep_open=True) as server:
        return look_up(Address(server.url, KEY), pace or SendConfig(), work, lambda _: None, **more), server


def test_what_the_work_makes_of_its_reads_comes_back():
    found, server = looked_up(LIST)
    assert found == ReadOk([1])
    assert server.line().startswith("GET /contacts/statuses ")
    assert server.head()["x-api-key"] == KEY


def test_the_budget_goes_on_with_what_it_learned():
    budget = budget_of_reads(4)
    looked_up(response(200, b"[]", JSON, *HEADERS), budget=budget)
    assert budget.limit == 100
    assert budget.forecast(57) < 1
    assert budget.forecast(58) > 1


@pytest.mark.parametrize(
    ("answer", "stop"),
    [(response(401, b"{}", JSON), KeyRefused), (WEB_PAGE, WrongAddress), (response(302, b""), WrongAddress)],
)
def test_what_ends_a_run_ends_a_look_too(answer, stop):
    with pytest.raises(stop):
        looked_up(answer)


def test_a_lenient_look_leaves_it_to_the_first_call_to_find_the_address_wrong():
    found, _ = looked_up(WEB_PAGE, lenient=True)
    assert isinstance(found, Unavailable)


def test_patience_ends_where_no_answer_comes():
    with pytest.raises(ApiAway, match="could not be reached"):
        looked_up(silence, patience=0.05)


def test_patience_is_for_the_first_answer_only():
    async def two_reads(read):
        first = await read("/one")
        await asyncio.sleep(0.1)
        return first, await read("/two")

    found, _ = looked_up(LIST, work=two_reads, patience=0.05)
    assert found == (ReadOk([1]), ReadOk([1]))


def test_a_deadline_of_the_run_ends_a_look():
    with pytest.raises(LimitReached):
        looked_up(silence, pace=SendConfig(limits=Limits(seconds=0.05)))


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals")
def test_a_signal_breaks_a_look_off_at_once():
    with pytest.raises(Interrupted):
        looked_up(lambda connection: (os.kill(os.getpid(), signal.SIGINT), silence(connection)))


def test_a_fault_of_the_work_is_raised_as_it_is():
    async def fails(read):
        await asyncio.gather(read("/one"), read("/two"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        looked_up(LIST, work=fails)


def test_a_look_works_in_any_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(looked_up(LIST)[0]))
    thread.start()
    thread.join(10)
    assert found == [ReadOk([1])]

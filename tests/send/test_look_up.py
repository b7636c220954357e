"""How is something looked up apart from sending? Over real sockets."""

import asyncio
import os
import signal

import pytest

from bulk_sync.errors import ApiAway, Interrupted, LimitReached
from bulk_sync.model import ReadOk, Unavailable
from bulk_sync.send.config import Address, Limits, SendConfig
from bulk_sync.send.reads import look_up
from tests.api.raw_server import response, serving, silence
from tests.api.talking import JSON, KEY

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

"""Which update leaves next, of those that may?"""

import asyncio

import pytest

from bulk_sync.clearing import Cleared, Creation
from bulk_sync.errors import Code, Interrupted, LimitReached, ProgramFault
from bulk_sync.model import Change, Outcome, Update
from bulk_sync.send.gate import Gate, Straight, carried_out, looking, pretend
from bulk_sync.send.stopping import Stop
from tests.virtual_time import run

UPDATES = [Update(10 * place, Change("paused"), phone=f"+1415555{place:04d}") for place in range(200)]


@pytest.fixture
def gated():
    """Runs a coroutine function of a gate, its stop and what it settled."""

    def trial(test):
        async def main():
            settled, stop = [], Stop()
            gate = Gate(UPDATES, lambda update, outcome: settled.append((update.row, outcome.code)), stop)
            return await asyncio.wait_for(test(gate, stop, settled), 60)

        return run(main())

    return trial


def test_updates_that_need_no_look_leave_in_their_order():
    source = Straight(UPDATES[:2])
    taken = [asyncio.run(source.take()) for _ in range(3)]
    assert taken == [(0, UPDATES[0], Cleared(UPDATES[0])), (1, UPDATES[1], Cleared(UPDATES[1])), None]


def test_of_those_that_may_leave_the_first_of_the_plan_goes_first(gated):
    async def test(gate, stop, settled):
        for place in (7, 3, 5):
            gate.passes(place)
        return [(await gate.take())[0] for _ in range(3)]

    assert gated(test) == [3, 5, 7]


def test_an_update_leaves_as_it_was_cleared(gated):
    cleared = Cleared(Update(30, Change("paused"), contact_id="x"), "active")

    async def test(gate, stop, settled):
        gate.passes(3, cleared)
        gate.passes(4)
        return [await gate.take(), await gate.take()]

    assert gated(test) == [(3, UPDATES[3], cleared), (4, UPDATES[4], Cleared(UPDATES[4]))]


def test_who_waits_is_woken_by_an_update_and_by_the_end(gated):
    async def test(gate, stop, settled):
        waiting = [asyncio.ensure_future(gate.take()) for _ in range(2)]
        await asyncio.sleep(1)
        gate.passes(0)
        await asyncio.sleep(1)
        gate.close()
        return [each and each[0] for each in await asyncio.gather(*waiting)]

    assert sorted(gated(test), key=str) == [0, None]


def test_what_may_leave_still_leaves_after_the_gate_was_closed(gated):
    async def test(gate, stop, settled):
        gate.passes(0)
        gate.close()
        return [await gate.take(), await gate.take()]

    assert gated(test) == [(0, UPDATES[0], Cleared(UPDATES[0])), None]


def test_nothing_leaves_once_the_run_has_ended(gated):
    async def test(gate, stop, settled):
        gate.passes(0)
        stop.because(Interrupted(2))
        return await gate.take()

    assert gated(test) is None


def test_an_update_that_does_not_leave_is_settled(gated):
    async def test(gate, stop, settled):
        gate.settles(4, Outcome(Code.UNCHANGED))
        return settled

    assert gated(test) == [(40, Code.UNCHANGED)]


def test_an_outcome_that_ends_the_run_is_told_to_who_settles(gated):
    async def test(gate, stop, settled):
        stop.because(Interrupted(2))
        with pytest.raises(Interrupted):
            gate.settles(4, Outcome(Code.UNCHANGED))

    gated(test)


def test_who_is_near_its_turn_does_not_wait_and_who_is_far_does(gated):
    async def test(gate, stop, settled):
        gate.passes(10)
        gate.passes(20)
        await gate.nears(74, 64)
        far = asyncio.ensure_future(gate.nears(75, 64))
        await asyncio.sleep(1)
        waited = not far.done()
        await gate.take()
        await far
        return waited

    assert gated(test) is True


def test_nobody_waits_where_nothing_is_left_to_leave_before(gated):
    async def test(gate, stop, settled):
        await gate.nears(199, 1)

    gated(test)


@pytest.mark.parametrize("before", [True, False])
def test_who_is_far_from_its_turn_hears_that_the_run_has_ended(gated, before):
    async def test(gate, stop, settled):
        gate.passes(0)
        if before:
            stop.because(Interrupted(2))
        far = asyncio.ensure_future(gate.nears(100, 64))
        await asyncio.sleep(1)
        stop.because(Interrupted(2))
        with pytest.raises(Interrupted):
            await far

    gated(test)


class _Look:
    def __init__(self, act):
        self.act = act

    async def over(self, updates, read, gate):
        await self.act(gate)


def looked(gated, act):
    async def test(gate, stop, settled):
        await looking(_Look(act), UPDATES, None, gate, stop)
        return stop.reason, await gate.take()

    return gated(test)


def test_when_the_look_is_over_nothing_more_comes(gated):
    async def act(gate):
        """See nothing."""

    assert looked(gated, act) == (None, None)


def test_what_ends_the_look_ends_the_run(gated):
    async def act(gate):
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    async def fail():
        raise LimitReached("Stopped at 06:30 (--until).")

    reason, due = looked(gated, act)
    assert isinstance(reason, LimitReached)
    assert due is None


def test_a_fault_of_ours_in_the_look_is_not_hidden(gated):
    async def act(gate):
        raise KeyError("ours")

    reason, due = looked(gated, act)
    assert isinstance(reason, ProgramFault)
    assert isinstance(reason.cause, KeyError)
    assert due is None


class _Attempts:
    """Gives outcomes in turn, and remembers what was asked."""

    def __init__(self, *codes):
        self.codes, self.asked = list(codes), []

    async def settle(self, update, place):
        self.asked.append(("settle", update, place))
        return Outcome(self.codes.pop(0))

    async def create(self, update, creation, place):
        self.asked.append(("create", update, place))
        return Outcome(Code.CREATED)


CREATION = Creation("+14155550000", "campaign")


def carried(attempts, cleared, creation):
    return asyncio.run(carried_out(attempts, lambda _: creation, cleared, 5))


def test_an_update_is_sent_as_cleared_and_tells_what_it_replaced():
    sent, attempts = UPDATES[1], _Attempts(Code.UPDATED)
    outcome = carried(attempts, Cleared(sent, "active", "old"), None)
    assert (outcome.code, outcome.previous_status, outcome.previous_campaign) == (Code.UPDATED, "active", "old")
    assert attempts.asked == [("settle", sent, 5)]


@pytest.mark.parametrize("creation", [None, CREATION])
def test_a_contact_that_the_api_does_not_know_is_made_where_that_was_asked_for(creation):
    attempts = _Attempts(Code.CONTACT_NOT_FOUND)
    outcome = carried(attempts, Cleared(UPDATES[1]), creation)
    assert outcome.code is (Code.CREATED if creation else Code.CONTACT_NOT_FOUND)
    assert [name for name, *_ in attempts.asked] == (["settle", "create"] if creation else ["settle"])


def test_a_contact_that_was_seen_to_be_missing_is_made_at_once():
    attempts = _Attempts()
    assert carried(attempts, Cleared(UPDATES[1], is_missing=True), CREATION).code is Code.CREATED
    assert [name for name, *_ in attempts.asked] == ["create"]


def test_a_contact_that_is_missing_and_is_not_made_is_left_to_the_api():
    attempts = _Attempts(Code.CONTACT_NOT_FOUND)
    assert carried(attempts, Cleared(UPDATES[1], is_missing=True), None).code is Code.CONTACT_NOT_FOUND
    assert [name for name, *_ in attempts.asked] == ["settle"]


@pytest.mark.parametrize(("is_missing", "code"), [(False, Code.UPDATED), (True, Code.CREATED)])
def test_a_dry_run_says_what_would_become_of_an_update(is_missing, code):
    cleared = Cleared(UPDATES[1], "active", "old", "id", is_missing=is_missing)
    outcome = asyncio.run(pretend(cleared, 5))
    expected = Outcome(code, contact_id="id", previous_status="active", previous_campaign="old")
    assert outcome == expected

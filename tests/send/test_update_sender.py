"""How often is an update tried, and with what pauses? Time, jitter and the wire are given; nothing sleeps."""

import asyncio

import pytest

from bulk_sync.api.responses import FailureReason, Response, TransportFailure
from bulk_sync.errors import Code, KeyRefused, RefusedEveryWindow, WrongAddress
from bulk_sync.model import Change, Outcome, Update
from bulk_sync.release import Creation, ReadyUpdate
from bulk_sync.send.tries import LONGEST_PAUSE, MOST_REFUSED_WINDOWS, MOST_TRIES
from bulk_sync.send.update_sender import Passage, delivered

from .trial import CONTACT_ID, DONE, DOWN, HELD, NOTHING, PAGE, UPDATE, Trial, passage, reply


@pytest.mark.parametrize(
    ("failure", "code", "status"),
    [
        (DOWN, Code.SERVER_ERROR, 503),
        (reply(500), Code.SERVER_ERROR, 500),
        (reply(408), Code.SERVER_ERROR, 408),
        (reply(200, {"success": False}), Code.BAD_REPLY, 200),
        (Response(200, {}, b"<html>"), Code.BAD_REPLY, 200),
        (NOTHING, Code.NETWORK_ERROR, None),
        (TransportFailure(FailureReason.BROKEN_OFF), Code.NETWORK_ERROR, None),
    ],
)
def test_after_five_tries_a_row_has_the_error_of_the_last(failure, code, status):
    trial = Trial(failure)
    outcome = trial.settle()
    assert outcome.code is code
    assert (outcome.http_status, outcome.attempts) == (status, MOST_TRIES)
    assert outcome.error
    assert len(trial.wire.calls) == MOST_TRIES == 5
    assert len(set(trial.wire.calls)) == 1
    assert len(trial.pauses) == 4


@pytest.mark.parametrize(("jitter", "pauses"), [(0.0, [0, 0, 0, 0]), (0.5, [0.5, 1, 2, 4]), (1.0, [1, 2, 4, 8])])
def test_the_pauses_are_a_random_part_of_a_doubling_wait(jitter, pauses):
    trial = Trial(DOWN, jitter=jitter)
    trial.settle()
    assert trial.pauses == pytest.approx(pauses)
    assert max(trial.pauses) <= LONGEST_PAUSE


def test_a_429_is_no_try_and_waits_for_the_budget_and_not_by_itself():
    trial = Trial(HELD, HELD, HELD, HELD, HELD, HELD, DOWN, HELD, DONE)
    outcome = trial.settle()
    assert outcome.code is Code.UPDATED
    assert outcome.attempts == 2
    assert trial.pauses == [0.5]
    assert len(trial.scheduler.departures) == 9


class _Looks:
    """A preflight that finds a look too old from some question on, and then `finds` something else."""

    def __init__(self, holds, finds):
        self.answers, self.finds, self.looks = list(holds), finds, 0

    def holds(self, _ready):
        return self.answers.pop(0) if self.answers else True

    async def again(self, _place):
        self.looks += 1
        return self.finds


def test_what_is_seen_to_be_in_dnc_when_its_turn_comes_does_not_leave():
    trial = Trial(DONE)
    looks = _Looks([True, False, False], Outcome(Code.LEAVES_DNC, "In DNC."))
    assert trial.settle(preflight=looks).code is Code.LEAVES_DNC
    assert trial.wire.calls == []
    assert (trial.scheduler.withdrawals, trial.scheduler.losses, trial.scheduler.arrivals) == ([1.0], [], [])


def test_an_update_is_looked_at_before_each_try_where_the_look_grew_old():
    trial, seen = Trial(DOWN, DONE), ReadyUpdate(Update(0, Change("paused"), contact_id=CONTACT_ID), "active")
    looks = _Looks([True, True, False], seen)
    assert trial.settle(preflight=looks).code is Code.UPDATED
    assert looks.looks == 1
    assert [call.method for call in trial.wire.calls] == ["POST", "PUT"]


def test_where_every_look_is_too_old_when_it_comes_the_update_is_not_sent():
    trial = Trial(DONE)
    assert trial.settle(preflight=_Looks([False] * 9, ReadyUpdate(UPDATE))).code is Code.UNCHECKED
    assert trial.wire.calls == []


def test_updates_at_the_same_time_count_their_own_tries():
    good, bad = Update(1, Change("paused"), phone="+11234567891"), Update(2, Change("paused"), phone="+11234567892")
    failures = {good: iter([DONE]), bad: iter([DOWN, NOTHING, DONE])}
    by_body = {b"67891": good, b"67892": bad}
    trial = Trial(DONE)

    async def wire(call):
        await asyncio.sleep(0)
        return next(failures[next(update for part, update in by_body.items() if part in call.body)])

    trial.sender.exchange = wire

    async def both():
        return await asyncio.gather(*(trial.sender.settle(passage(each)) for each in (bad, good)))

    assert [outcome.attempts for outcome in asyncio.run(both())] == [3, 1]


class _Fates:
    """A sender whose calls come to these codes, in turn."""

    def __init__(self, *codes):
        self.codes, self.asked = list(codes), []

    async def settle(self, _passage):
        self.asked.append("settle")
        return Outcome(self.codes.pop(0))

    async def create(self, _passage, _creation):
        self.asked.append("create")
        return Outcome(Code.CREATED)


UNKNOWN, CREATION = Code.CONTACT_NOT_FOUND, Creation("+14155550000", "campaign")


@pytest.mark.parametrize(
    ("ready", "codes", "creation", "asked", "code"),
    [
        (ReadyUpdate(UPDATE, "active", "old"), [Code.UPDATED], CREATION, ["settle"], Code.UPDATED),
        (ReadyUpdate(UPDATE), [UNKNOWN], CREATION, ["settle", "create"], Code.CREATED),
        (ReadyUpdate(UPDATE), [UNKNOWN], None, ["settle"], UNKNOWN),
        (ReadyUpdate(UPDATE, is_missing=True), [], CREATION, ["create"], Code.CREATED),
        (ReadyUpdate(UPDATE, is_missing=True), [UNKNOWN], None, ["settle"], UNKNOWN),
    ],
)
def test_a_contact_is_made_where_that_was_asked_for_and_the_crm_has_none(ready, codes, creation, asked, code):
    sender = _Fates(*codes)
    outcome = asyncio.run(delivered(sender, lambda _: creation, Passage(5, UPDATE, ready)))
    assert (outcome.code, sender.asked) == (code, asked)
    assert (outcome.previous_status, outcome.previous_campaign) == (ready.previous_status, ready.previous_campaign)


def test_a_contact_that_is_made_takes_a_second_call_for_its_status():
    trial = Trial(reply(201, {"success": True, "data": {"id": CONTACT_ID}}), DONE)
    outcome = asyncio.run(trial.sender.create(passage(), CREATION))
    assert (outcome.code, outcome.attempts) == (Code.CREATED, 2)
    trial = Trial(reply(201, {"success": True, "data": {"id": CONTACT_ID}}), reply(400, {"message": "no"}))
    assert "was created, but its status was not set" in asyncio.run(trial.sender.create(passage(), CREATION)).error


def test_twelve_windows_without_a_success_stop_the_run_as_rate_limited():
    trial = Trial(HELD)
    with pytest.raises(RefusedEveryWindow) as stopped:
        trial.settle()
    assert MOST_REFUSED_WINDOWS == 12
    assert len(trial.wire.calls) == 12
    assert stopped.value.code is Code.RATE_LIMITED
    assert stopped.value.exit_code == 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(401, {"message": "Invalid or missing API key"}), KeyRefused),
        (reply(403), KeyRefused),
        (reply(301), WrongAddress),
        (PAGE, WrongAddress),
        (TransportFailure(FailureReason.CERTIFICATE), WrongAddress),
    ],
)
def test_what_stops_the_run_is_raised_at_once(answer, reason):
    trial = Trial(answer)
    with pytest.raises(reason):
        trial.settle()
    assert len(trial.wire.calls) == 1
    assert trial.pauses == []

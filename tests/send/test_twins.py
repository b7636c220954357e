"""Do two updates mean the same contact, though one names it by phone and the other by ID?"""

import asyncio

import pytest

from bulk_sync.errors import Code, KeyRefused
from bulk_sync.model import DNC, Change, Outcome, Update
from bulk_sync.send.engine import deliver
from bulk_sync.send.gate import Straight
from bulk_sync.send.stopping import Stop
from bulk_sync.send.twins import Twins

SPRING = "d290f1ee-6c54-4b01-90e6-d701748f0851"
ANNA, BORIS = "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", "38b71cb5-fb6e-5d5d-9fe0-6df52775046f"
ANNAS, BORISS = "+14155552671", "+14155552672"
PEOPLE = {ANNA: ANNAS, BORIS: BORISS}
FIRST_ROW = 2

never = Change(DNC)
restart = Change("active")
move = Change(campaign=SPRING)


def by_phone(row, phone, change):
    return Update(row, change, phone=phone)


def by_id(row, contact_id, change):
    return Update(row, change, contact_id=contact_id)


class Crm:
    """Answers each update after as many turns of the loop as `slow` says; knows who has which number and ID."""

    def __init__(self, *, slow=None, fails=()):
        self.slow, self.fails = slow or {}, fails
        self.sent, self.recorded = [], {}

    async def settle(self, cleared, _priority):
        update = cleared.update
        self.sent.append(update.row)
        for _ in range(self.slow.get(update.row, 1)):
            await asyncio.sleep(0)
        if update.row in self.fails:
            return Outcome(Code.SERVER_ERROR, "down", 503, 5)
        contact_id = update.contact_id or next(each for each, phone in PEOPLE.items() if phone == update.phone)
        return Outcome(Code.UPDATED, "", 200, 1, 0.0, contact_id.lower(), PEOPLE[contact_id.lower()])

    async def record(self, update, outcome):
        self.recorded[update.row] = outcome

    def run(self, *updates, workers=4):
        async def main():
            await deliver(
                Straight(updates),
                self.settle,
                self.record,
                workers=workers,
                stop=Stop(),
                twins=Twins(first_row=FIRST_ROW),
            )

        asyncio.run(main())
        return {row: outcome.code for row, outcome in sorted(self.recorded.items())}


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize("slow", [{}, {0: 50}, {1: 50}])
@pytest.mark.parametrize("change", [restart, move, Change("paused"), Change("talk-to-human", SPRING)])
def test_after_a_dnc_by_phone_a_row_by_id_of_the_same_contact_is_not_sent(change, slow, workers):
    crm = Crm(slow=slow)
    codes = crm.run(by_phone(0, ANNAS, never), by_id(1, ANNA, change), workers=workers)
    assert codes == {0: Code.UPDATED, 1: Code.SUPERSEDED}
    assert crm.sent == [0]
    assert crm.recorded[1].error.startswith(f"Row {FIRST_ROW} ")


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize("slow", [{}, {0: 50}])
def test_after_a_dnc_by_id_a_row_by_phone_of_the_same_contact_is_not_sent(slow, workers):
    crm = Crm(slow=slow)
    codes = crm.run(by_id(0, ANNA, never), by_phone(1, ANNAS, restart), workers=workers)
    assert codes == {0: Code.UPDATED, 1: Code.SUPERSEDED}
    assert crm.sent == [0]


def test_an_id_is_the_same_in_any_case():
    codes = Crm().run(by_phone(0, ANNAS, never), by_id(1, ANNA.upper(), restart))
    assert codes[1] is Code.SUPERSEDED


def test_other_contacts_are_sent():
    crm = Crm(slow={0: 20})
    codes = crm.run(by_phone(0, ANNAS, never), by_id(1, BORIS, restart), by_phone(2, BORISS, move))
    assert set(codes.values()) == {Code.UPDATED}


def test_updates_wait_for_every_dnc_that_is_on_its_way():
    crm = Crm(slow={0: 5, 1: 60, 2: 30})
    codes = crm.run(
        by_id(0, BORIS, never),
        by_phone(1, ANNAS, never),
        by_id(3, ANNA, restart),
        by_phone(4, BORISS, restart),
    )
    assert codes == {0: Code.UPDATED, 1: Code.UPDATED, 3: Code.SUPERSEDED, 4: Code.SUPERSEDED}


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_a_dnc_that_also_moves_counts_as_a_dnc(workers):
    """Both had waited for the first DNC, and left together as soon as it was answered."""
    crm = Crm(slow={0: 5, 1: 60})
    codes = crm.run(
        by_id(0, BORIS, never), by_phone(1, ANNAS, Change(DNC, SPRING)), by_id(2, ANNA, restart), workers=workers
    )
    assert codes == {0: Code.UPDATED, 1: Code.UPDATED, 2: Code.SUPERSEDED}


def test_both_names_of_a_contact_may_be_put_on_dnc():
    codes = Crm().run(by_phone(0, ANNAS, never), by_id(1, ANNA, never), by_id(2, ANNA, restart))
    assert codes[0] is Code.UPDATED
    assert codes[2] is Code.SUPERSEDED
    assert codes[1] in {Code.UPDATED, Code.SUPERSEDED}


def test_a_dnc_that_failed_beats_nobody():
    crm = Crm(fails={0})
    codes = crm.run(by_phone(0, ANNAS, never), by_id(1, ANNA, restart))
    assert codes == {0: Code.SERVER_ERROR, 1: Code.UPDATED}


def test_a_reply_that_does_not_say_who_the_contact_is_beats_its_own_name_only():
    async def main():
        twins = Twins(FIRST_ROW)
        update = by_phone(0, ANNAS, never)
        twins.left(update)
        twins.settled(update, Outcome(Code.UPDATED))
        assert await twins.gate(by_phone(1, ANNAS, restart)) is not None
        assert await twins.gate(by_id(2, ANNA, restart)) is None

    asyncio.run(main())


def test_in_the_order_of_the_file_rows_before_the_dnc_go_as_they_stand():
    crm = Crm()
    codes = crm.run(by_id(0, ANNA, restart), by_phone(1, ANNAS, never), by_id(2, BORIS, restart), workers=1)
    assert codes == dict.fromkeys(range(3), Code.UPDATED)
    assert crm.sent == [0, 1, 2]


def test_where_the_run_stops_nobody_waits_for_ever():
    async def main():
        stop = Stop()

        async def settle(_cleared, _priority):
            await asyncio.sleep(0)
            stop.check()
            raise KeyRefused("refused")

        updates = [by_phone(0, ANNAS, never), *(by_id(row, BORIS, restart) for row in range(1, 9))]
        await deliver(
            Straight(updates),
            settle,
            lambda *_: pytest.fail("nothing was settled"),
            workers=4,
            stop=stop,
            twins=Twins(FIRST_ROW),
        )
        assert isinstance(stop.reason, KeyRefused)

    asyncio.run(main())

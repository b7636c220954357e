"""bulk_sync/send/sharing/snapshot.py and handover.py: what is written is what is read, and what of it still holds."""

import json

import pytest

from bulk_sync.send.budget import Budget
from bulk_sync.send.rate import Rate
from bulk_sync.send.sharing import handover, snapshot
from bulk_sync.send.sharing.commons import Ceiling, Commons, Lease, Member
from bulk_sync.send.sharing.handover import Here
from bulk_sync.send.sliding_log import SlidingLog
from tests.simulation.limiters import KINDS
from tests.simulation.world import Server, simulate

HERE = Here(5000.0, 1.79e9, "")


def commons_of(kind="sliding, names the oldest", form="epoch", rows=70):
    budget = Budget(ceiling=None, assumed=Rate(30, 60.0), most_in_flight=32)
    simulate(Server(KINDS[kind](30, 60), form=form), rows, budget=budget)
    commons = Commons(budget)
    commons.join("one", Member(Rate(30, 60.0), Rate(10, 5.0), out=[5.0, 6.0]), 0.0)
    commons.lease = Lease("one", 7.0, 4)
    return commons


def fresh():
    return Commons(Budget(ceiling=None, assumed=Rate(30, 60.0), most_in_flight=32))


@pytest.mark.parametrize("form", ["epoch", "relative", "silent"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_decides_as_what_was_written(kind, form):
    commons, again = commons_of(kind, form), fresh()
    text = snapshot.written(commons, HERE.as_plain())
    assert snapshot.read(text, again) == HERE.as_plain()
    assert snapshot.written(again, HERE.as_plain()) == text
    assert (again.members, again.lease) == (commons.members, commons.lease)
    for now in (5000.0, 5150.0, 5190.0, 9000.0):
        assert again.budget.next_departure(now) == commons.budget.next_departure(now)


def test_attributes_that_came_or_went_with_a_version_do_no_harm():
    data = json.loads(snapshot.written(commons_of(), HERE.as_plain()))
    budget = data["commons"]["items"]["budget"]["items"]
    budget["from the future"] = 1
    del budget["_latency"]
    dict(data["commons"]["items"]["members"]["items"])["one"]["items"]["from the future"] = 1
    again = fresh()
    assert snapshot.read(json.dumps(data), again) is not None
    assert again.budget._latency == 0.0
    assert again.members["one"].out == [5.0, 6.0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version":1,"about":{},"commons":{"class":"os"}}'])
def test_what_cannot_be_read_counts_as_none(text):
    assert snapshot.read(text, fresh()) is None
    assert handover.left_behind(text, HERE, 5000.0, fresh).budget.limit is None


@pytest.mark.parametrize(
    ("then", "now", "passed"),
    [
        (Here(100.0, 1e9, ""), Here(160.0, 1e9 + 60, ""), 60.0),
        (Here(100.0, 1e9, "a"), Here(160.0, 1e9 - 3600, "a"), 60.0),  # the clock was set back
        (Here(100.0, 1e9, ""), Here(105.0, 1e9 - 3600, ""), 5.0),
        (Here(100.0, 1e9, "a"), Here(160.0, 1e9 + 60, "b"), None),  # the computer has restarted
        (Here(100.0, 1e9, ""), Here(50.0, 1e9 + 60, ""), None),
        (Here(100.0, 1e9, ""), Here(160.0, 1e9 + 600, ""), None),
    ],
)
def test_moments_hold_until_the_computer_restarts(then, now, passed):
    assert now.since(then.as_plain()) == passed


@pytest.mark.parametrize(("wall", "waits"), [(20.0, 40.0), (-3600.0, 60.0), (61.0, 0.0)])
def test_after_a_restart_what_was_used_lately_still_counts(wall, waits):
    commons = fresh()
    for _ in range(30):
        commons.budget._log.ended(5000.0)
    text = snapshot.written(commons, Here(5000.0, 1e9, "a").as_plain())
    found = handover.left_behind(text, Here(10.0, 1e9 + wall, "b"), 10.0, fresh)
    opens = found.budget._log.opens(10.0, 0, 30, 60.0)
    assert opens == pytest.approx(10.0 + waits, abs=0.02)


def test_a_ceiling_that_is_new_counts_what_stricter_ones_have_used():
    commons = fresh()
    log = SlidingLog(2)
    log.ended(99.0)
    commons.ceilings = [Ceiling(Rate(2, 60.0), log)]
    commons.join("one", Member(Rate(3, 60.0), Rate(3, 60.0), wants=5, wakes=200.0), 100.0)
    commons.budget.departed(100.0)
    assert commons.ceilings[1].log.ends() == (99.0,)

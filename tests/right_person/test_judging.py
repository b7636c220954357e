"""Does a played history do what commands do, and does its judge see what must not be?"""

import pytest

from tests.histories.player import Event, Fault, History, Kill, Player, Row, Step

ALLOWED = frozenset({"allow-leaving-dnc"})


def played(*steps, people=("active", "DNC", "paused"), deaf=False, **how):
    """The history of these commands; `deaf`: its judge does not hear of the flag."""
    player = Player(History(people, steps, **how))
    if deaf:
        begins = player.judge.begins
        player.judge.begins = lambda do, flags, *more, **named: begins(do, frozenset(), *more, **named)
    return player.play()


def codes(player):
    return [[row["sync_code"] for row in ended.rows or ()] for ended in player.ended]


def test_who_is_in_dnc_stays_there():
    player = played(Step("run", (Row(0, "active"), Row(1, "active"), Row(2, "DNC"), Row(3, "active"))))
    assert codes(player) == [["updated", "leaves_dnc", "updated", "contact_not_found"]]
    assert player.judge.wrongs == []
    assert [each.status for each in player.crm.contacts()] == ["active", "DNC", "DNC"]


@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize("more", [{"status": "active"}, {"status": "paused"}, {"move": True}])
def test_the_judge_sees_who_leaves(by_id, more):
    run = Step("run", (Row(1, by_id=by_id, **more),), ALLOWED)
    assert played(run).judge.wrongs == []
    assert "takes somebody out of DNC" in played(run, deaf=True).judge.wrongs[0]


def test_the_judge_sees_a_dnc_row_that_nobody_did():
    player = Player(History(("active",), (Step("run", (Row(0, "DNC"),)),)))
    said = {"success": True, "contact": player.crm.contacts()[0].single()}
    player.crm.write = lambda *_: (200, said)
    player.judge.applied = lambda *_: None
    assert "nobody was put into DNC" in player.play().judge.wrongs[0]


def test_a_change_while_the_update_travels_is_nobody_s_fault():
    late = Step("run", (Row(0, "active"),), events=(Event(14.0, 0, "DNC"),))
    player = played(late, latency=(8.0,))
    assert codes(player) == [["updated"]]
    assert player.judge.wrongs == []


@pytest.mark.parametrize("moment", ["leaves", "arrives", "returns"])
@pytest.mark.parametrize("arrives", [False, True])
def test_a_killed_run_is_gone_on_with(moment, arrives):
    rows = tuple(Row(number, "DNC") for number in range(3))
    player = played(Step("run", rows, kill=Kill(2, moment, arrives)), Step("resume"), concurrency=1)
    assert codes(player) == [[], ["updated"] * 3]
    assert player.judge.wrongs == []


def test_lost_replies_and_minutes_of_waiting():
    rows = tuple(Row(number, "DNC") for number in range(3))
    faults = (Fault(0.0, 1.0, "writes", "lost"), Fault(1.0, 100.0, "writes", 429))
    player = played(Step("run", rows, faults=faults), writes=2)
    assert codes(player) == [["updated"] * 3]
    assert player.clock.now > 1_100
    assert player.judge.wrongs == []

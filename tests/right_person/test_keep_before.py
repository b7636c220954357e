"""`--keep-before`: contacts are read before their updates, so that these can be undone. No update waits for that."""

from collections import Counter

import pytest

from tests.desk import PHONES
from tests.histories.player import Event, Fault, Row, Step
from tests.right_person.test_dnc_guard import REFUSED, fates, of_run, played

FOREVER = float("inf")
KEEP = ["keep-before"]


def before(player):
    return [row["sync_previous_status"] for row in player.ended[0].rows]


@pytest.mark.parametrize("by_id", [False, True])
def test_what_rows_replace_is_known_of_all_that_are_sent(by_id):
    rows = [Row(0, "DNC", by_id=by_id), Row(1, "won", by_id=by_id), Row(2, "active", by_id=by_id)]
    more = {"people": ("callback", "paused", "won"), "reads_by_id": True}
    assert before(played(of_run(*rows, flags=KEEP), **more)) == ["callback", "paused", "won"]
    assert before(played(of_run(rows[0]), **more)) == [""]  # nothing else needs that


def test_also_where_the_guard_is_off():
    rows = [Row(0, "active"), Row(1, "won")]
    player = played(of_run(*rows, flags=[*KEEP, "allow-leaving-dnc"]), people=("DNC", "paused"))
    assert before(player) == ["DNC", "paused"]


@pytest.mark.parametrize("status", [*REFUSED, 503, "silent", "page"])
def test_nobody_waits_where_contacts_cannot_be_read(status):
    rows = [Row(number, "DNC") for number in range(3)]
    silence = Fault(0.0, FOREVER, "contacts", status)
    player = played(of_run(*rows, flags=KEEP, faults=(silence,)), people=("active",) * 3)
    assert fates(player.ended[0]) == [("success", "updated")] * 3
    assert before(player) == [""] * 3
    assert player.clock.now < 1030


def test_those_whom_a_slow_read_keeps_leave_after_ten_seconds():
    rows, arrived = [Row(number, "DNC") for number in range(3)], []
    for flags in ([], KEEP):
        player = played(of_run(*rows, flags=flags), people=("active",) * 3, latency=(28.0,))
        assert fates(player.ended[0]) == [("success", "updated")] * 3
        arrived.append([when for when, _, _ in player.judge.log][-1])
    assert arrived[1] - arrived[0] == pytest.approx(10, abs=2)


def test_reads_that_are_late_and_refused_in_every_window_are_done_without():
    rows = [Row(0, "DNC"), Row(1, "won")]
    player = played(
        of_run(Row(2, "DNC"), Row(1, "won"), faults=(Fault(0.0, 5.0, "all", "lost"),)),
        of_run(*rows, flags=KEEP, faults=(Fault(0.0, FOREVER, "contacts", 429), Fault(3.0, 65.0, "computer", None))),
        people=("active",) * 3, writes=1,
    )  # fmt: skip
    assert player.ended[1].code == 3  # who is guarded is not sent unseen
    assert fates(player.ended[1])[0] == ("success", "updated")


def test_that_contacts_could_be_read_is_remembered():
    """Where they could be, refusals are an outage later, and nobody who may be in DNC is updated meanwhile."""
    refused = Fault(0.0, FOREVER, "contacts", 404)
    player = played(
        of_run(Row(1, "DNC"), flags=[*KEEP, "allow-leaving-dnc"]),
        of_run(Row(0, "active"), faults=(refused,)),
        people=("DNC", "active"),
    )
    assert fates(player.ended[1]) == [("not_sent", "unchecked")]


def test_updates_do_not_wait_for_reads_that_would_take_longer():
    rows = [Row(number, "DNC") for number in range(3)]
    player = played(of_run(*rows, flags=KEEP), people=("active",) * 3, reads=1)
    assert fates(player.ended[0]) == [("success", "updated")] * 3
    assert player.clock.now < 1060


def test_rows_that_name_a_contact_by_its_other_name_do_not_wait_for_each_other():
    rows = [Row(0, "active"), Row(0, "DNC", by_id=True), *(Row(1, "won", by_id=each) for each in (False, True))]
    player = played(of_run(*rows, flags=[*KEEP, "order=file"]), people=("paused", "active"))
    assert player.crm.contacts()[0].status == "DNC"


def test_an_undo_puts_back_who_was_put_into_dnc():
    rows = [Row(0, "DNC"), Row(1, "won")]
    player = played(
        of_run(*rows, flags=KEEP), Step("undo", flags=frozenset({"allow-leaving-dnc"})), people=("paused", "active")
    )
    assert [each.status for each in player.crm.contacts()] == ["paused", "active"]


def test_the_summary_says_how_many_could_be_undone(at):
    at.sheet([(PHONES[0], "DNC"), (PHONES[1], "paused")])
    done = at("rows.csv", "--keep-before")
    [run] = at.history()
    assert f"2 updates could be undone: bulk-sync undo {run['run']}" in done.screen
    assert at.sent == Counter({PHONES[0]: 1, PHONES[1]: 1})


@pytest.mark.parametrize("seed", range(3))
def test_dnc_leaves_first_however_long_its_reads_take(seed):
    rows = [*(Row(number, "DNC") for number in range(8)), *(Row(number, "active") for number in range(8, 30))]
    run = of_run(*rows, flags=[*KEEP, "max-writes=10"])
    player = played(run, people=("paused",) * 30, latency=(0.05, 0.05, 0.05, 9.0), seed=seed)
    sent = [request.status for _, _, request in player.judge.log if not request.is_read]
    assert sorted(sent) == ["DNC"] * 8 + ["active"] * 2


@pytest.mark.parametrize("how", ["last", "error"])
def test_rows_that_name_a_contact_otherwise_do_not_overtake_its_dnc(how):
    for seed in range(8):
        rows = [Row(0, "DNC"), Row(0, "active", by_id=True), Row(1, "active"), Row(1, "DNC", by_id=True)]
        run = of_run(*rows, flags=[*KEEP, f"on-conflict={how}"])
        player = played(run, people=("paused",) * 2, reads_by_id=True, latency=(0.04, 0.3), seed=seed)
        assert [each.status for each in player.crm.contacts()] == ["DNC", "DNC"]


def test_what_was_read_for_an_undo_is_read_again_when_it_is_old():
    """Somebody puts the person into DNC while the update waits: an undo must not take them out."""
    events, faults = (Event(100.0, 0, "DNC"),), (Fault(0.05, 250.0, "writes", 429),)
    run = of_run(Row(0, "active"), flags=[*KEEP, "allow-leaving-dnc"], events=events, faults=faults)
    player = played(run, Step("undo"), people=("paused",))
    assert before(player) == ["DNC"]
    assert player.crm.contacts()[0].status == "DNC"


def test_many_rows_whose_reads_are_rarer_than_their_writes_all_leave():
    rows = [Row(number, "DNC") for number in range(70)]
    player = played(of_run(*rows, flags=KEEP), people=("active",) * 70, reads=20)
    assert fates(player.ended[0]) == [("success", "updated")] * 70

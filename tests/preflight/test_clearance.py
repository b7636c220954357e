"""Which updates may leave, and which are settled by how their contacts stand already?"""

from collections import Counter

import pytest

from bulk_sync.errors import ApiAway, Interrupted
from bulk_sync.send.config import ErrorThreshold, SendConfig
from tests.simulation.limiters import FixedWindow
from tests.simulation.live_run import LiveRun, planned, row
from tests.simulation.team import Team, person

DOWN = (503, {"message": "down"})
FORBIDDEN = (403, {"message": "Forbidden"})


def team(stands, **more):
    limits = {"reads": FixedWindow(100, 60), "writes": FixedWindow(30, 60)}
    return Team([person(number, status) for number, status in enumerate(stands)], **{**limits, **more})


def sent(api, updates, *, compares=False, **more):
    return LiveRun(api, planned(updates), compares=compares, **more)


def searches(api):
    return sum("search=" in path for _, path in api.asked)


def test_updates_that_need_no_look_do_not_wait_for_those_that_do():
    api = team(["active"] * 40, read_latency=30.0)
    live = sent(api, [row(number, "DNC" if number % 2 else "talk-to-human") for number in range(20)])
    moments = {
        status: [t for t, _, body, _ in api.wrote if body["status"] == status] for status in ("DNC", "talk-to-human")
    }
    assert max(moments["DNC"]) < 1
    assert min(moments["talk-to-human"]) > 30
    assert Counter(live.codes().values()) == {"updated": 20}


@pytest.mark.parametrize(("guarded", "expected"), [(3, 3), (40, 0)])
def test_few_are_searched_for_and_many_are_held_against_the_list_of_who_is_in_dnc(guarded, expected):
    api = team(["DNC", "paused"] * 40)
    live = sent(api, [row(number, "active") for number in range(guarded)])
    assert Counter(live.codes().values()) == {"leaves_dnc": -(-guarded // 2), "updated": guarded // 2}
    assert searches(api) == expected
    assert {before for *_, before in api.wrote} == {"paused"}


@pytest.mark.parametrize("refusal", [FORBIDDEN, (404, {"message": "Cannot GET this"}), (405, {"message": "No"})])
def test_where_searches_are_refused_a_row_that_may_be_created_is_searched_for_once(refusal):
    api = team(["DNC", "paused"], says=lambda path, query: refusal if "search" in query else None)
    live = sent(api, [row(number, "active") for number in range(2)], creates=True)
    assert live.codes() == {0: "leaves_dnc", 1: "updated"}
    assert searches(api) == 2


def test_a_list_that_is_refused_is_not_asked_for_by_each_of_those_who_waited_for_it():
    api = team(["paused"] * 60, says=lambda path, query: FORBIDDEN if path == "/contacts" else None)
    live = sent(api, [row(number, "active") for number in range(40)])
    assert Counter(live.codes().values()) == {"updated": 40}
    assert sum("status=DNC" in path for _, path in api.asked) <= 6


def test_statuses_that_are_never_listed_hold_up_no_row_for_long():
    api = team(["paused", "DNC"], says=lambda path, query: DOWN if path == "/contacts/statuses" else None)
    live = sent(api, [row(number, "active") for number in range(2)])
    assert live.codes() == {0: "updated", 1: "leaves_dnc"}
    assert live.took < 120


def test_who_comes_into_dnc_while_hours_go_by_is_not_taken_out():
    def before(api, path):
        if api.now > 600:
            api.put(399, "DNC")

    api = team(["paused"] * 400, most=1_000, before=before)
    live = sent(api, [row(number, "active") for number in range(400)], compares=True)
    assert live.outcomes[399].code.word == "leaves_dnc"
    assert Counter(live.codes().values())["updated"] == 399


@pytest.mark.parametrize("lists", ["customVariables", "status"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_a_list_does_not_show_is_read_of_the_contact_itself(lists, dry_run):
    def says(path, query):
        if path != "/contacts" or "search" in query:
            return None
        page = api.page(query)
        return 200, {**page, "contacts": [{k: v for k, v in each.items() if k != lists} for each in page["contacts"]]}

    api = team(["paused"] * 40, says=says, reads_by_id=True)
    asked = {"variables": {"a": "b"}} if lists == "customVariables" else {"status": "active"}
    live = sent(api, [row(number, **asked) for number in range(40)], compares=True, dry_run=dry_run)
    assert Counter(live.codes().values()) == {"updated": 40}


def test_a_search_without_variables_is_followed_by_a_read_by_id():
    def people():
        return [{k: v for k, v in person(n).items() if k != "customVariables"} for n in range(3)]

    def says(path, query):
        number = int(path[-12:]) if "-" in path else None
        return (200, {**person(number), "customVariables": {"kept": "old"}}) if number is not None else None

    api = Team(people(), says=says)
    live = sent(api, [row(0, variables={"asked": "yes"})])
    assert live.codes() == {0: "updated"}
    assert api.wrote[0][2]["customVariables"] == {"kept": "old", "asked": "yes"}
    api = Team(people())
    assert sent(api, [row(0, variables={"asked": "yes"})]).codes() == {0: "cannot_merge"}
    assert api.wrote == []


def test_who_is_found_in_dnc_as_one_row_asks_is_not_taken_out_by_the_other():
    api = team(["DNC"] * 60)
    updates = [*(row(number, "DNC") for number in range(60)), row(0, "active", by_id=True)]
    live = sent(api, updates, compares=True, guards=False)
    assert live.codes()[60] == "superseded"
    assert api.wrote == []


def test_reads_that_fail_hold_up_no_write():
    api = team(["active"] * 60, says=lambda path, query: DOWN)
    live = sent(api, [row(number, "DNC" if number < 40 else "talk-to-human") for number in range(60)])
    never = [t for t, _, body, _ in api.wrote if body["status"] == "DNC"]
    assert len(never) == 40
    assert max(never) < 70
    assert {live.codes()[at] for at in range(40)} == {"updated"}
    assert not {body["status"] for _, _, body, _ in api.wrote} - {"DNC"}


def test_where_no_read_succeeds_for_as_long_as_the_api_may_be_away_the_run_stops():
    api = team(["active"] * 400, says=lambda path, query: DOWN)
    live = sent(
        api, [row(number, "talk-to-human") for number in range(400)], pace=SendConfig(tolerance=ErrorThreshold())
    )
    assert isinstance(live.sent.stopped, ApiAway)
    assert 600 <= live.took < 800
    assert api.wrote == []


@pytest.mark.parametrize("seconds", [0.01, 0.06, 0.2, 5.0, 59.0, 61.0, 130.0])
@pytest.mark.parametrize("compares", [False, True])
def test_a_run_that_is_interrupted_ends_soon_and_the_next_one_does_the_rest(seconds, compares):
    api = team(["active", "DNC", "paused"] * 100, most=25)
    updates = planned([row(number, "paused" if number % 2 else "active") for number in range(300)])
    first = LiveRun(api, updates, compares=compares, stop=(seconds, Interrupted(2)))
    assert isinstance(first.sent.stopped, Interrupted)
    assert first.took < seconds + 1
    rest = [each for each in updates if each.row not in first.outcomes]
    second = LiveRun(api, rest, compares=compares)
    assert second.sent.stopped is None
    assert first.outcomes.keys() | second.outcomes.keys() == set(range(300))
    assert not first.outcomes.keys() & second.outcomes.keys()
    assert "DNC" not in {before for _, _, body, before in api.wrote if body["status"] == "active"}

"""How are the contacts of many rows compared with what the rows ask for, at the least cost?"""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.api.responses import FailureReason, TransportFailure
from tests.simulation.limiters import FixedWindow
from tests.simulation.live_run import LiveRun, planned, row
from tests.simulation.team import NO_ROUTE, Crowd, Team, person

pytestmark = pytest.mark.trial

DOWN = (503, {"message": "down"})
FORBIDDEN = (403, {"message": "Forbidden"})


def team(size, *, most=100, stands=lambda number: "paused", **more):
    limits = {"reads": FixedWindow(100, 60), "writes": FixedWindow(30, 60)}
    people = [person(number, stands(number)) for number in range(size)]
    return Team(people, most=most, exact=True, **{**limits, **more})


def compared(api, updates, **more):
    return LiveRun(api, planned(updates), **more)


def kinds(api):
    """How often each kind of read was asked for: a page, a list of some, a search; but who is in DNC, and statuses."""

    def kind(path):
        return "search" if "search=" in path else "filter" if "status=" in path or "campaignId=" in path else "page"

    return Counter(kind(path) for _, path in api.asked if "statuses" not in path and "status=DNC" not in path)


def told(live):
    [sentence] = live.told
    return sentence


def test_pages_are_read_where_they_are_fewer_than_the_rows():
    api = team(2_000, stands=lambda number: "active" if number % 100 == 0 else "paused")
    live = compared(api, [row(number, "paused") for number in range(0, 2_000, 2)])
    assert Counter(live.codes().values()) == {"unchanged": 980, "updated": 20}
    assert kinds(api)["page"] == 20
    assert kinds(api).total() <= 24
    assert told(live) == ("Reading the contacts, 19 reads, takes a moment; sending every row would take about 31 min.")


def test_searches_are_made_where_rows_are_fewer_than_the_pages():
    api = Team(Crowd(1_000_000, "paused"), most=25, reads=FixedWindow(100, 60), writes=FixedWindow(30, 60))
    live = compared(api, [row(5_000 * number, "paused") for number in range(200)])
    assert Counter(live.codes().values()) == {"unchanged": 200}
    assert kinds(api)["search"] == 199
    assert kinds(api).total() <= 202
    assert told(live).startswith("Looking up 199 contacts takes about 2 min;")


def test_short_lists_of_what_the_rows_ask_for_are_read_before_long_ones():
    api = team(20_000, stands=lambda number: "paused" if number < 950 else "active")
    live = compared(api, [row(number, "paused") for number in range(1_000)])
    assert Counter(live.codes().values()) == {"unchanged": 950, "updated": 50}
    assert kinds(api)["page"] == 1
    assert kinds(api)["search"] == 50


@pytest.mark.parametrize("status", ["paused", "DNC"])
@pytest.mark.parametrize("latency", [0.05, 1.0])
def test_a_file_that_leaves_within_one_window_costs_one_read(status, latency):
    updates = [row(1_000 + number, status) for number in range(20)]
    api = team(5_000, stands=lambda number: "active", latency=latency)
    alone = compared(team(5_000, stands=lambda number: "active", latency=latency), updates, compares=False)
    live = compared(api, updates)
    assert kinds(api).total() == 1
    assert live.took <= alone.took + latency + 0.01
    assert "longer than it can save" in told(live)


@pytest.mark.parametrize("size", [60, 1_000])
def test_whom_no_search_finds_is_put_in_dnc_all_the_same_for_the_api_itself_to_say(size):
    api = team(size)
    live = compared(api, [row(5_000 + number, "DNC") for number in range(40)])
    assert Counter(live.codes().values()) == {"contact_not_found": 40}
    assert len(api.wrote) == 40
    assert {outcome.http_status for outcome in live.outcomes.values()} == {404}


@pytest.mark.parametrize(("dnc_rows", "in_dnc"), [(5, 100), (200, 100), (200, 2_000), (600, 3_000)])
def test_every_dnc_row_leaves_before_any_other(dnc_rows, in_dnc):
    api = team(5_000, most=25, stands=lambda number: "DNC" if 100 <= number < 100 + in_dnc else "active")
    updates = [row(number, "DNC" if number < dnc_rows else "paused") for number in range(0, 5_000, 4)]
    compared(api, updates)
    moments = {status: [t for t, _, body, _ in api.wrote if body["status"] == status] for status in ("DNC", "paused")}
    assert 0 < max(moments["DNC"]) <= min(moments["paused"])


def test_a_list_that_is_none_is_called_so():
    api = team(200, says=lambda path, query: (200, {"items": []}) if "search" not in query else None)
    live = compared(api, [row(number, "active") for number in range(60)])
    assert any("list of contacts could not be understood" in sentence for sentence in live.told)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (FORBIDDEN, "paused"), (NO_ROUTE, "paused"), (DOWN, "DNC"), (TransportFailure(FailureReason.TIMED_OUT), "DNC"),
        ((200, b"<html>"), "DNC"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_short", [True, False])
def test_where_nothing_can_be_read_the_file_is_taken_as_it_stands(answer, status, is_short):
    api = team(200, says=lambda path, query: answer)
    rows = 20 if is_short else 100
    live = compared(api, [row(number, status) for number in range(rows)])
    assert Counter(live.codes().values()) == {"updated": rows}
    assert is_short or len(api.asked) < 400
    assert live.sent.stopped is None


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 3_000), st.integers(1, 400), st.integers(0, 100), st.sampled_from([25, 100, 1000]),
    st.sampled_from(["paused", "DNC", "mixed"]), st.integers(0, 9),
)  # fmt: skip
def test_no_plan_reads_more_than_it_can_save(size, rows, differ, most, asked, seed):
    api = team(size, most=most, stands=lambda number: "active" if (number * 37 + seed) % 100 < differ else "paused")
    updates = [
        row(number * 7, "DNC" if asked == "DNC" or (asked == "mixed" and number % 3) else "paused")
        for number in range(rows)
    ]
    live = compared(api, updates, guards=False)
    sending_all = max(0, rows - 1) // 30 * 60.0
    assert len(live.outcomes) == rows
    assert (len(api.asked) - 1) // 100 * 60.0 <= sending_all
    assert live.took <= sending_all * 1.002 + 1.0  # each window is known by a reply, which takes its time

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bulk_sync.model import Change, Kind
from bulk_sync.report.file_notes import file_facts, opened
from bulk_sync.report.summary import Impact, Saving, Summary
from bulk_sync.report.summary_view import MOST, impact_shown


def test_what_is_told_about_the_numbers_of_a_file():
    assert file_facts({"completed": 0}, "US") == []
    assert file_facts({"completed": 1}, "GB") == ["1 number has no country code; treated as a number of GB (--region)."]
    (completed, dropped) = file_facts({"shortened": 2, "completed": 1200, "undecided": 5}, "US")
    assert completed.startswith("1,200 numbers have no country code")
    assert dropped.startswith("2 numbers have an extension")


def summary(**more):
    facts = {
        "run": "20261121-1000-abcd",
        "input": "contacts.csv",
        "results": Path("contacts.results.csv"),
        "dry_run": False,
        "rows": 6,
        "counts": {
            ("success", "updated"): 2,
            ("success", "merged"): 1,
            ("error", "rejected"): 1,
            ("skipped", "blank"): 2,
        },
        "calls": 3,
        "calls_by_kind": {Kind.DNC: 1, Kind.RESTARTS: 2},
        "order": "safest",
        "settled": 3,
        "seconds": 1.23456,
        "exit_code": 1,
        "limit": "30/min",
        "latency": {"p50": 0.01234, "p95": 0.1, "p99": 1.0},
    }
    return Summary(**facts | more)


def test_machines_get_the_same_figures_as_json():
    found = json.loads(json.dumps(summary(stopped="Interrupted.").as_json()))
    assert found == {
        "schema": 1,
        "run": "20261121-1000-abcd",
        "input": "contacts.csv",
        "results": "contacts.results.csv",
        "dry_run": False,
        "exit_code": 1,
        "stopped": "Interrupted.",
        "rows": 6,
        "calls": 3,
        "calls_by_kind": {"DNC": 1, "restart outreach": 2},
        "order": "safest",
        "calls_settled": 3,
        "calls_settled_before": 0,
        "calls_left": 0,
        "began": None,
        "ended": None,
        "seconds": 1.235,
        "seconds_left": 0.0,
        "to_go_on": None,
        "limit": "30/min",
        "undoable": 0,
        "results_by_kind": {"success": 3, "error": 1, "skipped": 2},
        "codes": {"updated": 2, "merged": 1, "rejected": 1, "blank": 2},
        "not_understood": [],
        "finish": None,
        "effects": None,
        "only_changed_saves": None,
        "unchecked": None,
        "two_readings": 0,
        "latency": {"p50": 0.0123, "p95": 0.1, "p99": 1.0},
    }


def test_what_was_found_out_about_a_file_is_one_line():
    assert opened("contacts.csv", ["UTF-8", "commas"]) == "contacts.csv: UTF-8, commas."
    assert opened("-", ["UTF-8"]) == "Standard input: UTF-8."


A, B = "550e8400-e29b-41d4-a716-446655440000", "11111111-2222-4333-8444-555555555555"


def of(*counted):
    effects = Impact(frozenset({"DNC", "paused"}))
    for change, status, campaign in counted:
        effects.add(change, status, campaign)
    return effects


def figures(effects):
    return effects.stops, effects.restarts, effects.rescheduled


@pytest.mark.parametrize(
    ("change", "status", "campaign", "counted"),
    [
        (Change("paused"), "active", None, (1, 0, 0)),
        (Change("paused"), None, None, (1, 0, 0)),
        (Change("paused"), "paused", None, (0, 0, 0)),
        (Change("active"), "paused", None, (0, 1, 0)),
        (Change("our-own"), None, None, (0, 1, 0)),
        (Change(campaign=A), None, B, (0, 0, 1)),
        (Change(campaign=A), None, None, (0, 0, 1)),
        (Change(campaign=A), None, A.upper(), (0, 0, 0)),
        (Change(timezone="Europe/Paris"), None, None, (0, 0, 1)),
        (Change(campaign=A, timezone="Europe/Paris"), None, B, (0, 0, 1)),
        (Change("DNC", campaign=A), "active", B, (1, 0, 1)),
        (Change(name="Anna"), "active", A, (0, 0, 0)),
    ],
)
def test_a_change_stops_restarts_or_reschedules(change, status, campaign, counted):
    assert figures(of((change, status, campaign))) == counted


def test_transitions_and_moves_are_counted_by_before_and_after():
    effects = of(
        (Change("paused"), "active", None), (Change("paused"), "active", None), (Change("DNC"), None, None),
        (Change("paused"), "paused", None), (Change(campaign=A), None, B), (Change(campaign=A), None, A),
    )  # fmt: skip
    assert effects.transitions == {("active", "paused"): 2, (None, "DNC"): 1}
    assert effects.moves == {(B, A): 1}


def test_machines_get_the_same_the_most_frequent_first():
    effects = of((Change("DNC"), None, None), *[(Change("paused"), "active", None)] * 2, (Change(campaign=A), None, B))
    assert effects.as_json() == {
        "stop_outreach": 3,
        "restart_outreach": 0,
        "move_or_reschedule": 1,
        "statuses": [
            {"from": "active", "to": "paused", "contacts": 2},
            {"from": None, "to": "DNC", "contacts": 1},
        ],
        "campaigns": [{"from": B, "to": A, "contacts": 1}],
    }


def shown(effects=None, saving=None):
    """The lines in which a person sees what a run would do to contacts."""
    console = Console(file=io.StringIO(), width=200, color_system=None)
    for each in impact_shown(summary(dry_run=True, effects=effects, saving=saving)):
        console.print(each)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_before_and_after_stand_in_a_table_the_most_frequent_first():
    lines = shown(of((Change("DNC"), None, None), *[(Change("paused"), "active", None)] * 1200))
    assert lines == [
        "contacts status",
        "1,200 active → paused",
        "1 ? → DNC",
        "Outreach would stop for 1,201 contacts.",
    ]


def test_campaigns_have_a_table_of_their_own():
    lines = shown(of((Change(campaign="b"), None, "a")))
    assert lines[:2] == ["contacts campaign", "1 a → b"]
    assert lines[2].endswith("1 contact would move to another campaign or time zone.")


def test_a_long_table_ends_with_the_rest():
    lines = shown(of(*[(Change("paused"), f"s{number:02d}", None) for number in range(MOST + 3)]))
    assert lines[MOST + 1] == "3 3 other changes"


def test_what_could_be_saved_is_told_where_something_can():
    assert shown(saving=Saving(970, 1920.0)) == [
        "970 contacts already have these values. Add --only-changed to skip them (about 32 min less)."
    ]


def test_one_contact_stands_as_asked():
    assert shown(saving=Saving(1, 0.0))[0].startswith("1 contact already has these values")

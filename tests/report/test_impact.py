"""What do updates do to the people they are about?"""

import pytest

from bulk_sync.model import Change
from bulk_sync.report.impact import Impact

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

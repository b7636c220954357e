"""What an update does, for every change of status, campaign and time zone that matters."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bulk_sync.sandbox import rules
from bulk_sync.sandbox.records import CALLS_AND_SMS, EVERY_KIND, Campaign, Contact, Kind, Step, TeamStatus
from bulk_sync.sandbox.rules import Wanted

NOW = 1_800_000_000.0
ACTIVE, PAUSED = TeamStatus("active", "Active", False), TeamStatus("paused", "Paused", True)
CALLBACK, MOVED = TeamStatus("callback", "Callback", False), TeamStatus("moved", "Moved", True)
OLD = Campaign("old", "Old", steps=(Step(Kind.CALL, 1, 9), Step(Kind.TRIGGER, 1, 9)))
NEW = Campaign("new", "New", steps=(Step(Kind.SMS, 2, 12), Step(Kind.WHATSAPP, 2, 12)))


def contact(status="active", campaign="old"):
    return Contact("id", "+12025550101", None, status, campaign, "UTC", {}, 1.0, 2.0)


def kinds(effect):
    return sorted(action.kind.value for action in effect.schedules)


@pytest.mark.parametrize(
    ("was", "wanted", "status", "campaign", "cancels", "schedules"),
    [
        ("active", Wanted(status="paused"), PAUSED, OLD, EVERY_KIND, []),
        ("active", Wanted(status="moved"), MOVED, OLD, EVERY_KIND, []),
        ("active", Wanted(status="active"), ACTIVE, OLD, frozenset(), []),
        ("active", Wanted(status="callback"), CALLBACK, OLD, frozenset(), []),
        ("paused", Wanted(status="active"), ACTIVE, OLD, EVERY_KIND, ["call", "trigger"]),
        ("callback", Wanted(status="active"), ACTIVE, OLD, EVERY_KIND, ["call", "trigger"]),
        ("active", Wanted(campaign="new"), ACTIVE, NEW, EVERY_KIND, ["sms", "whatsapp"]),
        ("callback", Wanted(campaign="new"), CALLBACK, NEW, EVERY_KIND, ["sms", "whatsapp"]),
        ("paused", Wanted(campaign="new"), PAUSED, NEW, EVERY_KIND, []),
        ("active", Wanted(campaign="old"), ACTIVE, OLD, frozenset(), []),
        ("active", Wanted(status="paused", campaign="new"), PAUSED, NEW, EVERY_KIND, []),
        ("paused", Wanted(status="active", campaign="new"), ACTIVE, NEW, EVERY_KIND, ["sms", "whatsapp"]),
        ("active", Wanted(timezone="Asia/Tokyo"), ACTIVE, OLD, CALLS_AND_SMS, ["call"]),
        ("active", Wanted(timezone="UTC"), ACTIVE, OLD, frozenset(), []),
        ("callback", Wanted(timezone="Asia/Tokyo"), CALLBACK, OLD, frozenset(), []),
        ("paused", Wanted(timezone="Asia/Tokyo"), PAUSED, OLD, EVERY_KIND, []),
        ("active", Wanted(name="Jane", variables={"a": "b"}), ACTIVE, OLD, frozenset(), []),
    ],
)
def test_an_update_cancels_and_schedules_what_the_pages_say(was, wanted, status, campaign, cancels, schedules):
    effect = rules.effect(contact(was), wanted, status, campaign, NOW)
    assert effect.cancels == cancels
    assert kinds(effect) == schedules
    assert effect.contact.updated_at == NOW


def test_a_paused_campaign_schedules_nothing():
    effect = rules.effect(contact(), Wanted(campaign="new"), ACTIVE, replace(NEW, paused=True), NOW)
    assert (effect.cancels, effect.schedules) == (EVERY_KIND, ())


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_actions_are_due_at_local_hours_of_the_contact(zone):
    (call, _) = rules.schedule(OLD, zone, NOW)
    local, today = datetime.fromtimestamp(call.due, ZoneInfo(zone)), datetime.fromtimestamp(NOW, ZoneInfo(zone))
    assert (local.hour, local.minute, (local.date() - today.date()).days) == (9, 0, 1)


def test_fulfilled_at_is_set_kept_and_taken_away():
    fulfilled = rules.changed(contact(), Wanted(status="fulfilled"), NOW)
    assert fulfilled.fulfilled_at == NOW
    assert rules.changed(fulfilled, Wanted(name="Jane"), NOW + 1).fulfilled_at == NOW
    assert rules.changed(fulfilled, Wanted(status="active"), NOW + 1).fulfilled_at is None


def test_an_empty_name_is_a_name_and_none_leaves_it():
    named = replace(contact(), name="Jane")
    assert rules.changed(named, Wanted(name=""), NOW).name == ""
    assert rules.changed(named, Wanted(status="paused"), NOW).name == "Jane"

"""One test per behaviour note on outreach of the vendor's page "Update Contact By Phone Number"."""

import pytest

from .conftest import RENEWALS, SPRING

TERMINAL = ("fulfilled", "paused", "DNC", "not-qualifies", "not-interested", "not-answering", "wrong-number")
SPRINGS_OUTREACH = ["call", "call", "sms", "trigger", "whatsapp"]
RENEWALS_OUTREACH = ["call", "sms"]


@pytest.mark.parametrize("status", TERMINAL)
def test_a_terminal_status_cancels_all_scheduled_calls_sms_whatsapp_messages_and_triggers(api, status):
    who = api.someone()
    assert api.standing(who) == SPRINGS_OUTREACH
    api.by_phone(who.phone, status=status)
    assert api.standing(who) == []
    assert sorted(action.kind for action in api.outreach(who)) == SPRINGS_OUTREACH


def test_a_status_that_is_not_terminal_leaves_scheduled_outreach_alone(api):
    who = api.someone()
    api.by_phone(who.phone, status="talk-to-human")
    assert api.standing(who) == SPRINGS_OUTREACH


@pytest.mark.parametrize("status", TERMINAL)
def test_status_back_to_active_reschedules_outreach_based_on_the_contacts_campaign_configuration(api, status):
    who = api.someone(campaign=RENEWALS)
    api.by_phone(who.phone, status=status)
    api.by_phone(who.phone, status="active")
    assert api.standing(who) == RENEWALS_OUTREACH


def test_reactivating_never_schedules_twice(api):
    who = api.someone()
    for status in ("talk-to-human", "active", "active"):
        api.by_phone(who.phone, status=status)
    assert api.standing(who) == SPRINGS_OUTREACH


def test_changing_campaign_id_cancels_scheduled_actions_from_the_old_campaign(api):
    who = api.someone(campaign=SPRING)
    api.by_phone(who.phone, campaignId=RENEWALS)
    assert [action for action in api.outreach(who) if action.cancelled_at is None and action.campaign == SPRING] == []


def test_changing_campaign_id_schedules_new_actions_based_on_the_new_campaigns_configuration(api):
    who = api.someone(campaign=SPRING)
    api.by_phone(who.phone, campaignId=RENEWALS)
    assert api.standing(who) == RENEWALS_OUTREACH
    assert {action.campaign for action in api.outreach(who) if action.cancelled_at is None} == {RENEWALS}


def test_changing_campaign_id_schedules_nothing_for_a_contact_whose_status_is_terminal(api):
    who = api.someone(status="DNC")
    api.by_phone(who.phone, campaignId=RENEWALS)
    assert api.standing(who) == []


def test_moving_and_stopping_in_one_request_leaves_nothing_scheduled(api):
    who = api.someone()
    api.by_phone(who.phone, status="DNC", campaignId=RENEWALS)
    assert api.standing(who) == []

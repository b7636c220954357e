"""Who is made, where, and what comes back: `--create-missing` against an API that does what its vendor documents."""

import pytest

from bulk_sync.sandbox import SandboxContact
from bulk_sync.sandbox.stock import CAMPAIGNS, SPLITTERS
from tests.desk import PHONES, desk

SPRING, RENEWALS, WELCOME = (campaign.id for campaign in CAMPAIGNS[:3])
SPLITTER = SPLITTERS[0].id
NEW = [f"+1415555888{number}" for number in range(4)]


@pytest.fixture
def at(tmp_path, monkeypatch, capsys):
    people = [SandboxContact(phone=PHONES[0], status="DNC"), SandboxContact(phone=PHONES[1], deleted=True)]
    with desk(tmp_path, monkeypatch, capsys, people) as at:
        yield at


def campaigns(at, phones):
    return [at.api.store.by_phone(phone).campaign for phone in phones]


@pytest.mark.parametrize("text", [f"splitter:{SPLITTER}", f" Splitter: {SPLITTER.upper()} "])
def test_a_splitter_deals_new_contacts_to_its_campaigns(at, text):
    at.sheet([(phone, "active") for phone in NEW])
    assert at("rows.csv", "--create-missing", text).code == 0
    assert at.codes() == ["created"] * 4
    assert sorted(campaigns(at, NEW)) == sorted([SPRING, RENEWALS] * 2)
    made = [body for body in at.door.bodies if "phoneNumber" in body]
    assert {body["splitterId"].lower() for body in made} == {SPLITTER}
    assert not any("campaignId" in body for body in made)


def test_a_row_that_names_a_campaign_goes_there(at):
    at.sheet([(NEW[0], "active", WELCOME), (NEW[1], "active", "")], head=("phone", "status", "campaign"))
    assert at("rows.csv", "--create-missing", f"splitter:{SPLITTER}").code == 0
    assert campaigns(at, NEW[:1]) == [WELCOME]
    assert campaigns(at, NEW[1:2])[0] in {SPRING, RENEWALS}
    body = next(body for body in at.door.bodies if body.get("phoneNumber") == NEW[0])
    assert "splitterId" not in body


def test_a_splitter_that_the_crm_does_not_have_is_said_in_its_words_and_makes_nobody(at):
    at.sheet([(NEW[0], "active")])
    assert at("rows.csv", "--create-missing", "splitter:00000000-0000-4000-8000-00000000000f").code == 1
    assert at.codes() == ["rejected"]
    assert "Splitter not found" in at.rows()[0]["sync_error"]


@pytest.mark.parametrize("text", ["splitter:", "splitter:New Leads", "splitter:123"])
def test_what_is_no_splitters_id_is_refused_before_anything_is_sent(at, text):
    at.sheet([(NEW[0], "active")])
    done = at("rows.csv", "--create-missing", text)
    assert done.code == 2
    assert "--create-missing" in done.screen
    assert not at.sent


@pytest.mark.parametrize("status", ["paused", "DNC", "fulfilled"])
def test_a_splitter_makes_nobody_for_a_row_that_stops_outreach(at, status):
    at.sheet([(NEW[0], status)])
    assert at("rows.csv", "--create-missing", f"splitter:{SPLITTER}").code == 1
    assert at.codes() == ["contact_not_found"]


def test_a_deleted_contact_is_missing_and_is_brought_back_only_where_that_was_asked_for(at):
    at.sheet([(PHONES[1], "active")])
    assert at("rows.csv").code == 1
    assert at.codes() == ["contact_not_found"]
    assert at("rows.csv", "--create-missing", SPRING, "--fresh").code == 0
    assert at.codes() == ["created"]
    assert at.api.store.by_phone(PHONES[1]).readded_at is not None


def test_a_preview_and_a_run_taken_up_know_the_splitter(at):
    at.sheet([(phone, "active") for phone in NEW])
    done = at("rows.csv", "--create-missing", f"splitter:{SPLITTER}", "--dry-run")
    assert done.code == 0
    assert not at.sent
    assert at("rows.csv", "--create-missing", f"splitter:{SPLITTER}", "--max-writes", "2").code == 5
    assert at("resume", "--max-writes", "100").code == 0
    assert at.codes() == ["created"] * 4
    assert set(campaigns(at, NEW)) <= {SPRING, RENEWALS}

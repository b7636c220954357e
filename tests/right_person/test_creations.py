"""A contact whose creation got no answer, and is refused as there already: was it this run that made it?"""

import time
from datetime import UTC, datetime

import pytest

from tests.raw_api import desk_at, now, reply, updated

PHONE = "+14155550101"
CAMPAIGN, OTHER = "550e8400-e29b-41d4-a716-446655440000", "660e8400-e29b-41d4-a716-446655440000"
STANDING = {PHONE: "DNC", "+14155550102": "paused"}
TAKEN = {"error": "Conflict", "message": "A contact with this phone number exists"}


def iso(ahead=0.0):
    return datetime.fromtimestamp(time.time() + ahead, UTC).isoformat(timespec="milliseconds")


class Crm:
    """Makes the contact as `makes` says, does not answer, and refuses to make it again. Its clock is `ahead`."""

    def __init__(self, makes, *, ahead=0.0, dated=True, loses=True, refusal=(409, TAKEN)):
        self.makes, self.ahead, self.dated, self.loses, self.refusal = makes, ahead, dated, loses, refusal
        self.contacts, self.tries = [], 0

    def __call__(self, asked):
        date = [now(self.ahead)] if self.dated else []
        if asked.path == "/contacts" and asked.writes:
            self.tries += 1
            if self.tries == 1:
                self.contacts = [{"id": "c1", "phoneNumber": PHONE, **self.makes()}]
                if self.loses:
                    return lambda connection: None
            return reply(self.refusal[0], self.refusal[1], *date)
        if asked.writes:
            return updated(asked) if self.contacts else reply(404, {"message": "Contact not found"}, *date)
        if asked.path == "/contacts":
            page = {"total": len(self.contacts), "page": 1, "limit": 25}
            return reply(200, {"contacts": self.contacts, "pagination": page}, *date)
        return reply(404, {"message": "Not found"}, *date)


@pytest.fixture
def fate(tmp_path, monkeypatch, capsys):
    """`fate(crm, status)`: the row of the results when a contact that `crm` has not is to be made."""

    def told(crm, status="active"):
        with desk_at(crm, tmp_path, monkeypatch, capsys) as desk:
            desk.sheet([(PHONE, status)])
            desk("rows.csv", "--create-missing", CAMPAIGN, "--allow-leaving-dnc")
            [row] = desk.rows()
            return row

    return told


def ours(**but):
    return lambda: {"status": "active", "campaigns": [{"id": CAMPAIGN, "name": "Spring"}], "createdAt": iso(), **but}


@pytest.mark.parametrize("refusal", [(409, TAKEN), (400, TAKEN), (422, {"message": "Phone number is already in use"})])
def test_a_creation_whose_reply_was_lost_is_found_to_have_succeeded(fate, refusal):
    crm = Crm(ours(), refusal=refusal)
    row = fate(crm)
    assert (row["sync_result"], row["sync_code"], row["sync_contact_id"]) == ("success", "created", "c1")
    assert (row["sync_attempts"], row["sync_error"], crm.tries) == ("2", "", 2)


@pytest.mark.parametrize("ahead", [-7_200.0, 7_200.0])
def test_the_clock_that_counts_is_the_servers(fate, ahead):
    def made():
        return ours(createdAt=iso(ahead))()

    assert fate(Crm(made, ahead=ahead))["sync_code"] == "created"


def test_a_contact_that_was_added_again_is_ours_too(fate):
    def made():
        return ours(createdAt="2024-01-01T00:00:00Z", reAddedAt=iso())()

    assert fate(Crm(made))["sync_code"] == "created"


def test_whole_seconds_may_have_been_rounded_down(fate):
    def made():
        return ours(createdAt=datetime.fromtimestamp(int(time.time()), UTC).isoformat())()

    assert fate(Crm(made))["sync_code"] == "created"


@pytest.mark.parametrize(
    "but",
    [
        {"createdAt": "2024-01-01T00:00:00Z"},
        {"createdAt": "2024-01-01T00:00:00Z", "reAddedAt": None},
        {"createdAt": None},
        {"createdAt": "lately"},
        {"createdAt": 17},
        {"campaigns": [{"id": OTHER, "name": "Autumn"}]},
        {"campaigns": []},
        {"campaigns": None},
        {"status": "DNC"},
        {"status": None},
        {"phoneNumber": "+14155550109"},
    ],
)
def test_whoever_else_made_it_or_whatever_became_of_it_is_refused(fate, but):
    row = fate(Crm(ours(**but)))
    assert (row["sync_result"], row["sync_code"], row["sync_retryable"]) == ("error", "rejected", "no")
    assert "exists" in row["sync_error"]
    assert "look in the CRM" in row["sync_error"]


@pytest.mark.parametrize("ahead", [-7_200.0, 7_200.0])
def test_a_contact_made_long_before_by_the_servers_clock_is_not_ours(fate, ahead):
    def made():
        return ours(createdAt=iso(ahead - 60))()

    assert fate(Crm(made, ahead=ahead))["sync_code"] == "rejected"


def test_without_the_servers_clock_nobody_can_tell(fate):
    assert fate(Crm(ours(), dated=False))["sync_code"] == "rejected"


def test_a_first_try_that_is_refused_was_not_lost(fate):
    row = fate(Crm(ours(), loses=False))
    assert (row["sync_code"], row["sync_attempts"]) == ("rejected", "1")
    assert "look in the CRM" not in row["sync_error"]


@pytest.mark.parametrize("spelt", ["14155550101", "+14155550101"])
def test_nobody_is_made_by_a_search_that_does_not_find_those_who_are_there(spelt, tmp_path, monkeypatch, capsys):
    """The API searches for a number in a spelling that no page documents; the contact is in DNC."""
    contact = {"id": "c1", "phoneNumber": PHONE, "status": "DNC", "campaigns": []}

    def answer(asked):
        if asked.path != "/contacts" or asked.writes:
            return updated(asked) if asked.writes else reply(404, {"message": "Not found"})
        found = [contact] if asked.query.get("search", spelt) == spelt else []
        return reply(200, {"contacts": found, "pagination": {"total": len(found), "page": 1, "limit": 25}})

    with desk_at(answer, tmp_path, monkeypatch, capsys) as desk:
        desk.sheet([(PHONE, "active")])
        assert desk("rows.csv", "--create-missing", CAMPAIGN).code == 1
        assert desk.codes() == ["leaves_dnc" if spelt == PHONE else "bad_reply"]
        assert desk.api.writes == []


def test_where_a_search_is_refused_the_list_of_those_in_dnc_still_keeps_them_there(tmp_path, monkeypatch, capsys):
    """It tells nobody who is missing, so nobody is made; whom the API knows is updated."""
    people = {number: {"id": number, "phoneNumber": number, "status": status} for number, status in STANDING.items()}

    def answer(asked):
        if asked.path == "/contacts" and "search" in asked.query:
            return reply(404, {"message": "Not found"})
        if asked.path == "/contacts/statuses":
            return reply(200, [])
        if asked.path == "/contacts" and not asked.writes:
            found = [each for each in people.values() if each["status"] == asked.query["status"]]
            return reply(200, {"contacts": found, "pagination": {"total": len(found), "page": 1, "limit": 25}})
        is_there = asked.writes and asked.json.get("phone") in people
        return updated(asked) if is_there else reply(404, {"message": "Contact not found"})

    with desk_at(answer, tmp_path, monkeypatch, capsys) as desk:
        desk.sheet([(number, "active") for number in (*STANDING, "+14155550103")])
        assert desk("rows.csv", "--create-missing", CAMPAIGN).code == 1
        assert desk.codes() == ["leaves_dnc", "updated", "contact_not_found"]
        assert "campaignId" not in str(desk.api.writes)

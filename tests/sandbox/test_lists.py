"""Reading, creating and fulfilling: the operations that the vendor's other pages document."""

import contextlib
import json

import pytest

from bulk_sync.sandbox import SandboxContact, SandboxOptions, server_module
from bulk_sync.sandbox.contacts_file import read
from bulk_sync.sandbox.records import Campaign, Splitter, id_for
from bulk_sync.sandbox.seed import CAMPAIGNS, SPLITTERS, STATUSES
from bulk_sync.times import iso

from .conftest import RENEWALS, SPRING

pytestmark = pytest.mark.trial

PEOPLE = [
    SandboxContact(phone=f"+1202555010{digit}", name=f"Name {digit}", status=status, campaign=campaign)
    for digit, (status, campaign) in enumerate(
        [("active", SPRING), ("DNC", SPRING), ("active", RENEWALS), ("fulfilled", RENEWALS), ("active", SPRING)]
    )
]


@pytest.fixture
def small(serve):
    return serve(contacts=PEOPLE, limiter="none")


def listed(api, **params):
    answer = api.http.get("/contacts", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def digits(found):
    return [contact["phoneNumber"][-1] for contact in found["contacts"]]


class TestContacts:
    def test_the_newest_come_first_25_to_a_page(self, api):
        found = listed(api)
        assert len(found["contacts"]) == 25
        assert (found["pagination"]["page"], found["pagination"]["limit"]) == (1, 25)
        made = [contact["createdAt"] for contact in found["contacts"]]
        assert made == sorted(made, reverse=True)

    def test_pages_hold_every_contact_once(self, small):
        pages = [digits(listed(small, page=page, limit=2, sortOrder="asc")) for page in (1, 2, 3, 4)]
        assert pages == [["0", "1"], ["2", "3"], ["4"], []]
        assert listed(small, page=4, limit=2)["pagination"] == {"total": 5, "page": 4, "limit": 2}

    def test_a_limit_that_is_too_large_comes_back_as_the_largest(self, small):
        assert listed(small, limit=100_000)["pagination"]["limit"] == 100

    def test_numbers_of_any_size_are_numbers(self, small):
        assert listed(small, limit="1" + "0" * 40, page="9" * 40)["contacts"] == []

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({"status": "DNC"}, "1"),
            ({"status": "nonsense"}, ""),
            ({"status": ""}, "01234"),
            ({"campaignId": RENEWALS}, "23"),
            ({"campaignId": f"{RENEWALS.upper()}, {SPRING}"}, "01234"),
            ({"campaignId": "nonsense"}, ""),
            ({"status": "active", "campaignId": SPRING}, "04"),
            ({"search": "name 3"}, "3"),
            ({"search": "name 3", "searchBy": "phone"}, ""),
            ({"search": "+12025550102", "searchBy": "phone"}, "2"),
            ({"search": "+1 (202) 555-0102", "searchBy": "phone"}, "2"),
            ({"search": "+1202", "searchBy": "phone"}, "01234"),
            ({"search": "+202", "searchBy": "phone"}, ""),
            ({"search": "50104", "searchBy": "phone"}, "4"),
            ({"search": "50104"}, "4"),
            ({"search": "50104", "searchBy": "name"}, ""),
            ({"search": "%"}, ""),
            ({"search": "'; DROP TABLE contacts; --"}, ""),
        ],
    )
    def test_filters_and_search_leave_what_matches(self, small, params, expected):
        found = listed(small, sortOrder="asc", **params)
        assert "".join(digits(found)) == expected
        assert found["pagination"]["total"] == len(expected)

    def test_a_search_for_names_minds_neither_case_nor_accents_in_capitals(self, serve):
        api = serve(
            contacts=[SandboxContact(phone="+12025550101", name="Élise Straße"), SandboxContact(phone="+12025550102")]
        )
        assert digits(listed(api, search="ÉLISE", searchBy="name")) == ["1"]
        assert digits(listed(api, search="STRASSE", searchBy="name")) == ["1"]

    def test_contacts_without_the_time_sorted_by_come_last_either_way(self, small):
        small.by_phone("+12025550100", status="fulfilled")
        assert digits(listed(small, sortBy="fulfilledAt"))[:2] == ["0", "3"]
        assert digits(listed(small, sortBy="fulfilledAt", sortOrder="asc"))[:2] == ["3", "0"]

    @pytest.mark.parametrize(
        "query",
        [
            "page=0",
            "page=-1",
            "page=x",
            "page=",
            "page=1.5",
            "page=٣",
            "limit=0",
            "searchBy=email",
            "sortBy=name",
            "sortOrder=up",
            "page=1&page=2",
            "status=a&status=b",
            "page=" + "9" * 5000,
        ],
    )
    def test_a_parameter_that_is_not_as_documented_is_a_400(self, small, query):
        answer = small.http.get(f"/contacts?{query}")
        assert (answer.status_code, answer.json()["error"]) == (400, "Validation error")

    def test_each_contact_names_its_campaign(self, small):
        found = listed(small, search="+12025550102", searchBy="phone")["contacts"][0]
        assert found["campaigns"] == [{"id": RENEWALS, "name": "Renewals"}]
        assert list(found) == [
            "id",
            "name",
            "phoneNumber",
            "timezone",
            "status",
            "customVariables",
            "createdAt",
            "fulfilledAt",
            "reAddedAt",
            "campaigns",
        ]


class TestStatuses:
    def test_system_statuses_and_the_teams_own_are_listed(self, api):
        found = api.http.get("/contacts/statuses").json()
        assert [each["name"] for each in found] == [status.name for status in STATUSES]
        own = {each["name"]: each["isTerminal"] for each in found if not each["isSystem"]}
        assert own == {"callback-requested": False, "already-customer": True, "paused": True}

    def test_all_but_active_and_talk_to_human_are_terminal_among_the_system_ones(self, api):
        found = api.http.get("/contacts/statuses").json()
        going_on = {each["name"] for each in found[:9] if not each["isTerminal"]}
        assert going_on == {"active", "talk-to-human"}

    def test_a_terminal_status_of_the_team_cancels_outreach_and_another_does_not(self, api):
        who = api.someone()
        api.by_phone(who.phone, status="callback-requested")
        assert len(api.standing(who)) == 5
        api.by_phone(who.phone, status="already-customer")
        assert api.standing(who) == []


class TestCampaigns:
    def test_campaigns_are_listed_ten_to_a_page(self, api):
        found = api.http.get("/campaigns").json()
        assert [each["id"] for each in found["data"]] == [each.id for each in CAMPAIGNS]
        assert found["pagination"] == {"total": 5, "totalPages": 1, "currentPage": 1, "limit": 10}

    def test_pages_status_and_search_narrow_them_down(self, api):
        assert [each["name"] for each in api.http.get("/campaigns?page=2&limit=2").json()["data"]] == [
            "Welcome Calls",
            "Win-back",
        ]
        assert [each["name"] for each in api.http.get("/campaigns?status=paused").json()["data"]] == [
            "Trade Fair Leads"
        ]
        assert [each["name"] for each in api.http.get("/campaigns?search=RENEW").json()["data"]] == ["Renewals"]
        assert api.http.get("/campaigns?search=x").json()["pagination"]["totalPages"] == 0


class TestCreate:
    def test_a_new_number_makes_an_active_contact_with_the_campaigns_outreach(self, small):
        body = {"phoneNumber": "+442079460999", "campaignId": RENEWALS, "name": "Ann", "customVariables": {"a": "b"}}
        answer = small.http.post("/contacts", json=body)
        assert (answer.status_code, answer.json()["success"]) == (201, True)
        made = small.store.by_phone("+442079460999")
        assert answer.json()["data"]["id"] == made.id
        assert (made.status, made.campaign, made.name, made.variables) == ("active", RENEWALS, "Ann", {"a": "b"})
        assert small.standing(made) == ["call", "sms"]

    def test_the_timezone_comes_from_the_number_when_left_out(self, small):
        for phone, zone in (("+442079460999", "Europe/London"), ("+81312345678", "Asia/Tokyo"), ("+80012345678", None)):
            data = small.http.post("/contacts", json={"phoneNumber": phone, "campaignId": SPRING}).json()["data"]
            assert data["timezone"] == zone

    def test_a_timezone_that_is_given_is_taken(self, small):
        body = {"phoneNumber": "+442079460999", "campaignId": SPRING, "timezone": "Asia/Tokyo"}
        assert small.http.post("/contacts", json=body).json()["data"]["timezone"] == "Asia/Tokyo"

    def test_the_active_contact_with_this_number_is_updated(self, small):
        before = small.store.by_phone("+12025550100")
        answer = small.http.post("/contacts", json={"phoneNumber": before.phone, "campaignId": RENEWALS, "name": "New"})
        after = small.store.by_phone(before.phone)
        assert answer.status_code == 200
        assert (after.id, after.name, after.campaign, after.timezone, after.readded_at) == (
            before.id,
            "New",
            RENEWALS,
            None,
            None,
        )
        assert small.standing(after) == ["call", "sms"]

    @pytest.mark.parametrize(("last", "status"), [("1", "DNC"), ("3", "fulfilled")])
    def test_a_contact_that_is_not_active_is_updated_and_stays_as_it_is(self, small, last, status):
        body = {"phoneNumber": f"+1202555010{last}", "campaignId": RENEWALS, "name": "New"}
        data = small.http.post("/contacts", json=body).json()["data"]
        assert (data["status"], data["reAddedAt"], data["name"]) == (status, None, "New")
        assert data["campaigns"][0]["id"] == RENEWALS
        assert small.standing(small.store.by_phone(body["phoneNumber"])) == []

    def test_a_number_given_up_by_one_contact_can_become_another(self, small):
        first = small.store.by_phone("+12025550100")
        small.by_id(first.id, phoneNumber="+12025550199")
        answer = small.http.post("/contacts", json={"phoneNumber": first.phone, "campaignId": SPRING})
        assert answer.status_code == 201
        assert answer.json()["data"]["id"] != first.id

    def test_an_unknown_campaign_is_404_and_makes_nothing(self, small):
        body = {"phoneNumber": "+442079460999", "campaignId": "00000000-0000-4000-8000-000000000000"}
        answer = small.http.post("/contacts", json=body)
        assert (answer.status_code, answer.json()["message"]) == (404, "Campaign not found")
        assert small.store.size() == len(PEOPLE)


class TestDeleted:
    @pytest.fixture
    def gone(self, serve, clock):
        """An API whose contacts were deleted by the team, a day after they were made."""
        api = serve(contacts=PEOPLE, limiter="none", clock=clock)
        for person in api.store.contacts():
            assert api.store.delete(person.id, clock.now)
        clock.now += 86_400
        return api

    def test_it_is_found_by_nobody(self, gone):
        phone = PEOPLE[0].phone
        contact_id = id_for(phone)
        assert listed(gone)["pagination"]["total"] == 0
        assert listed(gone, search=phone, searchBy="phone")["contacts"] == []
        assert listed(gone, status="DNC")["contacts"] == []
        assert gone.by_phone(phone, status="active").json()["message"] == "Contact not found"
        assert gone.by_id(contact_id, status="active").status_code == 404
        assert gone.http.post("/contacts/fulfill", json={"phone": phone}).status_code == 404

    @pytest.mark.parametrize("last", range(5))
    def test_its_number_brings_it_back_active_whatever_it_was_and_it_is_called_again(self, gone, clock, last):
        body = {"phoneNumber": PEOPLE[last].phone, "campaignId": RENEWALS}
        answer = gone.http.post("/contacts", json=body)
        data = answer.json()["data"]
        assert answer.status_code == 200
        assert (data["id"], data["status"], data["fulfilledAt"]) == (id_for(PEOPLE[last].phone), "active", None)
        assert data["reAddedAt"] == iso(clock.now)
        assert data["createdAt"] < data["reAddedAt"]
        assert gone.standing(gone.store.by_phone(body["phoneNumber"])) == ["call", "sms"]
        assert listed(gone)["pagination"]["total"] == 1

    def test_its_number_may_become_another_contacts_and_then_it_does_not_come_back(self, gone):
        made = gone.http.post("/contacts", json={"phoneNumber": "+12025550177", "campaignId": RENEWALS}).json()["data"]
        assert gone.by_id(made["id"], phoneNumber=PEOPLE[1].phone).status_code == 200
        again = gone.http.post("/contacts", json={"phoneNumber": PEOPLE[1].phone, "campaignId": RENEWALS})
        assert again.json()["data"]["id"] == made["id"]

    def test_a_file_of_contacts_may_bring_deleted_ones(self, serve, tmp_path):
        path = tmp_path / "people.csv"
        path.write_text("phone,status,deleted\n+12025550101,DNC,yes\n+12025550102,active,no\n+12025550103,active,\n")
        api = serve(contacts=read(path, STATUSES).contacts, limiter="none")
        assert digits(listed(api, sortOrder="asc")) == ["2", "3"]
        body = {"phoneNumber": "+12025550101", "campaignId": SPRING}
        assert api.http.post("/contacts", json=body).json()["data"]["status"] == "active"


class TestSplitter:
    SPLITTER = Splitter("00000000-0000-4000-8000-000000000005", "Own", (RENEWALS, SPRING))

    @pytest.fixture
    def split(self, small):
        small.store.know(splitters=[self.SPLITTER])
        return small

    def create(self, api, phone, **more):
        return api.http.post("/contacts", json={"phoneNumber": phone, "splitterId": self.SPLITTER.id} | more)

    def test_new_contacts_are_dealt_to_its_campaigns_in_turn(self, split):
        made = [self.create(split, f"+1202555018{number}") for number in range(4)]
        assert [each.status_code for each in made] == [201] * 4
        dealt = [each.json()["data"]["campaigns"][0]["id"] for each in made]
        assert dealt == [RENEWALS, SPRING, RENEWALS, SPRING]

    def test_the_campaign_wins_where_both_are_given(self, split):
        made = self.create(split, "+12025550181", campaignId=SPRING)
        assert made.json()["data"]["campaigns"][0]["id"] == SPRING
        assert self.create(split, "+12025550182").json()["data"]["campaigns"][0]["id"] == RENEWALS

    def test_a_contact_that_there_is_keeps_its_campaign(self, split):
        assert self.create(split, PEOPLE[0].phone).json()["data"]["campaigns"][0]["id"] == SPRING
        assert self.create(split, "+12025550182").json()["data"]["campaigns"][0]["id"] == RENEWALS

    def test_one_that_nobody_has_is_404_and_makes_nothing(self, split):
        answer = self.create(split, "+12025550181", splitterId="00000000-0000-4000-8000-00000000000f")
        assert (answer.status_code, answer.json()["message"]) == (404, "Splitter not found")
        assert split.store.size() == len(PEOPLE)

    def test_neither_campaign_nor_splitter_is_a_400(self, small):
        answer = small.http.post("/contacts", json={"phoneNumber": "+12025550181"})
        assert answer.status_code == 400
        assert "campaignId or splitterId" in answer.json()["message"]

    def test_the_built_in_one_can_be_tried(self, api):
        answer = api.http.post("/contacts", json={"phoneNumber": "+12025550181", "splitterId": SPLITTERS[0].id})
        assert answer.status_code in (200, 201)

    def test_a_file_may_bring_one(self, serve, tmp_path):
        path = tmp_path / "people.json"
        splitter = {"id": self.SPLITTER.id, "campaigns": [RENEWALS]}
        path.write_text(json.dumps({"contacts": [], "splitters": [splitter]}))
        with contextlib.closing(server_module().stocked(SandboxOptions(), path)) as store:
            assert store.splitters[self.SPLITTER.id].campaigns == (RENEWALS,)


def test_a_campaign_with_appointments_wants_an_email(small):
    campaign = Campaign("00000000-0000-4000-8000-000000000006", "Visits", appointments=True)
    small.store.know(campaigns=[campaign])
    body = {"phoneNumber": "+12025550181", "campaignId": campaign.id}
    answer = small.http.post("/contacts", json=body)
    assert answer.status_code == 400
    assert "customVariables.email" in answer.json()["message"]
    assert small.http.post("/contacts", json=body | {"customVariables": {"email": "a@b.c"}}).status_code == 201


class TestUnknownFields:
    def test_a_creation_keeps_them_as_variables(self, small):
        body = {"phoneNumber": "+12025550181", "campaignId": SPRING, "email": "a@b.c", "visits": 3, "tags": ["a"]}
        data = small.http.post("/contacts", json=body | {"customVariables": {"visits": "4"}}).json()["data"]
        assert data["customVariables"] == {"email": "a@b.c", "visits": "4", "tags": '["a"]'}

    def test_an_update_by_id_replaces_the_variables_with_them(self, api):
        who = api.someone(variables={"plan": "pro"})
        assert api.by_id(who.id, name="Jane", emial="a@b.c").json()["contact"]["customVariables"] == {"emial": "a@b.c"}

    def test_an_update_by_phone_adds_them(self, api):
        who = api.someone(variables={"plan": "pro"})
        assert api.by_phone(who.phone, status="paused", emial="a@b.c").status_code == 200
        assert api.now(who).variables == {"plan": "pro", "emial": "a@b.c"}

    def test_they_alone_are_no_update(self, api):
        who = api.someone()
        assert api.by_id(who.id, emial="a@b.c").status_code == 400
        assert api.by_phone(who.phone, emial="a@b.c").status_code == 400


class TestFulfill:
    def test_the_contact_with_this_number_is_marked_as_fulfilled(self, api):
        who = api.someone()
        answer = api.http.post("/contacts/fulfill", json={"phone": who.phone})
        assert (answer.status_code, answer.json()["success"]) == (200, True)
        assert api.now(who).fulfilled_at is not None
        assert api.standing(who) == []

    def test_an_unknown_number_is_404(self, api):
        assert api.http.post("/contacts/fulfill", json={"phone": "+19995550100"}).status_code == 404

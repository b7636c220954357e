"""Reading, creating and fulfilling: the operations that the vendor's other pages document."""

import pytest

from bulk_sync.sandbox import SandboxContact
from bulk_sync.sandbox.stock import CAMPAIGNS, STATUSES

from .conftest import RENEWALS, SPRING

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
        assert own == {"callback-requested": False, "already-customer": True}

    def test_all_but_active_and_talk_to_human_are_terminal_among_the_system_ones(self, api):
        found = api.http.get("/contacts/statuses").json()
        going_on = {each["name"] for each in found if each["isSystem"] and not each["isTerminal"]}
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
        for phone, zone in (("+442079460999", "Europe/London"), ("+81312345678", "Asia/Tokyo"), ("+9999999999", None)):
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

    def test_a_contact_that_was_done_with_is_added_again(self, small):
        data = small.http.post("/contacts", json={"phoneNumber": "+12025550103", "campaignId": RENEWALS}).json()["data"]
        assert (data["status"], data["fulfilledAt"]) == ("active", None)
        assert data["reAddedAt"] is not None
        assert small.standing(small.store.by_phone("+12025550103")) == ["call", "sms"]

    def test_nobody_leaves_dnc_by_being_created_again(self, small):
        data = small.http.post("/contacts", json={"phoneNumber": "+12025550101", "campaignId": RENEWALS}).json()["data"]
        assert (data["status"], data["reAddedAt"]) == ("DNC", None)
        assert small.standing(small.store.by_phone("+12025550101")) == []

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


class TestFulfill:
    def test_the_contact_with_this_number_is_marked_as_fulfilled(self, api):
        who = api.someone()
        answer = api.http.post("/contacts/fulfill", json={"phone": who.phone})
        assert (answer.status_code, answer.json()["success"]) == (200, True)
        assert api.now(who).fulfilled_at is not None
        assert api.standing(who) == []

    def test_an_unknown_number_is_404(self, api):
        assert api.http.post("/contacts/fulfill", json={"phone": "+19995550100"}).status_code == 404

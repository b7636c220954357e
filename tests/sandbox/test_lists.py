"""Reading, creating and fulfilling: the operations that the vendor's other pages document."""

import contextlib
import json

import pytest

from bulk_sync.sandbox import SandboxContact, SandboxOptions, server_module
from bulk_sync.sandbox.rules import Campaign, Splitter, id_for
from bulk_sync.sandbox.seed import CAMPAIGNS, SPLITTERS, STATUSES, read
from bulk_sync.times import iso

from .conftest import RENEWALS, SPRING

pytestmark = pytest.mark.trial

PEOPLE = [
    SandboxContact(phone=f"+1202555010{digit}", name=f"Name {digit}", status=status, campaign=campaign)
    for digit, (status, campaign) in enumerate(
        [("active", SPRING), ("DNC", SPRING), ("active", RENEWALS), ("fulfilled", RENEWALS), ("active", SPRING)]
    )
]
NEW, NOBODY = "+442079460999", "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def small(serve):
    return serve(contacts=PEOPLE, limiter="none")


def listed(api, **params):
    answer = api.http.get("/contacts", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def digits(found):
    return "".join(contact["phoneNumber"][-1] for contact in found["contacts"])


def create(api, phone, **fields):
    return api.http.post("/contacts", json={"phoneNumber": phone} | fields)


class TestContacts:
    def test_the_newest_come_first_25_to_a_page(self, api):
        found = listed(api)
        assert len(found["contacts"]) == 25
        assert (found["pagination"]["page"], found["pagination"]["limit"]) == (1, 25)
        made = [contact["createdAt"] for contact in found["contacts"]]
        assert made == sorted(made, reverse=True)

    def test_pages_hold_every_contact_once(self, small):
        assert [digits(listed(small, page=page, limit=2, sortOrder="asc")) for page in (1, 2, 3, 4)] == [
            "01",
            "23",
            "4",
            "",
        ]
        assert listed(small, page=4, limit=2)["pagination"] == {"total": 5, "page": 4, "limit": 2}

    def test_numbers_of_any_size_are_numbers_and_a_limit_that_is_too_large_is_the_largest(self, small):
        found = listed(small, limit="1" + "0" * 40, page="9" * 40)
        assert (found["contacts"], found["pagination"]["limit"]) == ([], 100)

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
        assert (digits(found), found["pagination"]["total"]) == (expected, len(expected))

    def test_a_search_for_names_minds_neither_case_nor_accents_in_capitals(self, serve):
        people = [SandboxContact(phone="+12025550101", name="Élise Straße"), SandboxContact(phone="+12025550102")]
        api = serve(contacts=people)
        assert [digits(listed(api, search=name, searchBy="name")) for name in ("ÉLISE", "STRASSE")] == ["1", "1"]

    def test_contacts_without_the_time_sorted_by_come_last_either_way(self, small):
        small.by_phone("+12025550100", status="fulfilled")
        assert digits(listed(small, sortBy="fulfilledAt"))[:2] == "03"
        assert digits(listed(small, sortBy="fulfilledAt", sortOrder="asc"))[:2] == "30"

    @pytest.mark.parametrize(
        "query",
        [
            *("page=0", "page=-1", "page=x", "page=", "page=1.5", "page=٣", "page=" + "9" * 5000, "limit=0"),
            *("searchBy=email", "sortBy=name", "sortOrder=up", "page=1&page=2", "status=a&status=b"),
            "&".join(["x=1"] * 1001),
        ],
    )
    def test_a_parameter_that_is_not_as_documented_is_a_400(self, small, query):
        answer = small.http.get(f"/contacts?{query}")
        assert (answer.status_code, answer.json()["error"]) == (400, "Validation error")

    def test_each_contact_has_the_documented_fields_and_names_its_campaign(self, small):
        found = listed(small, search="+12025550102", searchBy="phone")["contacts"][0]
        assert found["campaigns"] == [{"id": RENEWALS, "name": "Renewals"}]
        fields = "id name phoneNumber timezone status customVariables createdAt fulfilledAt reAddedAt campaigns"
        assert list(found) == fields.split()


def test_system_statuses_and_the_teams_own_are_listed(api):
    found = api.http.get("/contacts/statuses").json()
    assert [each["name"] for each in found] == [status.name for status in STATUSES]
    own = {each["name"]: each["isTerminal"] for each in found if not each["isSystem"]}
    assert own == {"callback-requested": False, "already-customer": True, "paused": True}
    assert {each["name"] for each in found[:9] if not each["isTerminal"]} == {"active", "talk-to-human"}


def test_campaigns_are_listed_ten_to_a_page_and_pages_status_and_search_narrow_them_down(api):
    found = api.http.get("/campaigns").json()
    assert [each["id"] for each in found["data"]] == [each.id for each in CAMPAIGNS]
    assert found["pagination"] == {"total": 5, "totalPages": 1, "currentPage": 1, "limit": 10}
    for query, names in {
        "page=2&limit=2": ["Welcome Calls", "Win-back"],
        "status=paused": ["Trade Fair Leads"],
        "search=RENEW": ["Renewals"],
        "search=x": [],
    }.items():
        assert [each["name"] for each in api.http.get(f"/campaigns?{query}").json()["data"]] == names
    assert api.http.get("/campaigns?search=x").json()["pagination"]["totalPages"] == 0


class TestCreate:
    def test_a_new_number_makes_an_active_contact_with_the_campaigns_outreach(self, small):
        answer = create(small, NEW, campaignId=RENEWALS, name="Ann", customVariables={"a": "b"})
        assert (answer.status_code, answer.json()["success"]) == (201, True)
        made = small.store.by_phone(NEW)
        assert answer.json()["data"]["id"] == made.id
        assert (made.status, made.campaign, made.name, made.variables) == ("active", RENEWALS, "Ann", {"a": "b"})
        assert small.standing(made) == ["call", "sms"]

    @pytest.mark.parametrize(
        ("phone", "given", "zone"),
        [
            (NEW, {}, "Europe/London"),
            ("+81312345678", {}, "Asia/Tokyo"),
            ("+80012345678", {}, None),
            (NEW, {"timezone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ],
    )
    def test_the_timezone_comes_from_the_number_when_left_out(self, small, phone, given, zone):
        assert create(small, phone, campaignId=SPRING, **given).json()["data"]["timezone"] == zone

    @pytest.mark.parametrize(("last", "status"), [("0", "active"), ("1", "DNC"), ("3", "fulfilled")])
    def test_the_contact_with_this_number_is_updated_and_keeps_its_status(self, small, last, status):
        before = small.store.by_phone(f"+1202555010{last}")
        answer = create(small, before.phone, campaignId=RENEWALS, name="New")
        data, after = answer.json()["data"], small.store.by_phone(before.phone)
        assert (answer.status_code, data["id"], data["status"]) == (200, before.id, status)
        assert (data["name"], data["reAddedAt"], data["campaigns"][0]["id"]) == ("New", None, RENEWALS)
        assert after.timezone is None
        assert small.standing(after) == (["call", "sms"] if status == "active" else [])

    def test_a_number_given_up_by_one_contact_can_become_another(self, small):
        first = small.store.by_phone("+12025550100")
        small.by_id(first.id, phoneNumber="+12025550199")
        answer = create(small, first.phone, campaignId=SPRING)
        assert answer.status_code == 201
        assert answer.json()["data"]["id"] != first.id

    def test_unknown_fields_are_kept_as_variables(self, small):
        more = {"email": "a@b.c", "visits": 3, "tags": ["a"], "customVariables": {"visits": "4"}}
        data = create(small, NEW, campaignId=SPRING, **more).json()["data"]
        assert data["customVariables"] == {"email": "a@b.c", "visits": "4", "tags": '["a"]'}

    @pytest.mark.parametrize(
        ("fields", "status", "message"),
        [
            ({}, 400, "campaignId or splitterId is required"),
            ({"campaignId": NOBODY}, 404, "Campaign not found"),
            ({"splitterId": NOBODY}, 404, "Splitter not found"),
            (
                {"campaignId": SPRING.replace("d290", "d291")},
                400,
                "customVariables.email is required: this campaign schedules appointments",
            ),
        ],
    )
    def test_what_cannot_be_made_is_refused_and_makes_nothing(self, small, fields, status, message):
        small.store.know(campaigns=[Campaign(SPRING.replace("d290", "d291"), "Visits", appointments=True)])
        answer = create(small, NEW, **fields)
        assert (answer.status_code, answer.json()["message"]) == (status, message)
        assert small.store.size() == len(PEOPLE)
        if "email" in message:
            assert create(small, NEW, customVariables={"email": "a@b.c"}, **fields).status_code == 201


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
        for params in ({}, {"search": phone, "searchBy": "phone"}, {"status": "DNC"}):
            assert listed(gone, **params)["pagination"]["total"] == 0
        assert gone.by_phone(phone, status="active").json()["message"] == "Contact not found"
        assert gone.by_id(id_for(phone), status="active").status_code == 404
        assert gone.http.post("/contacts/fulfill", json={"phone": phone}).status_code == 404

    @pytest.mark.parametrize("last", range(5))
    def test_its_number_brings_it_back_active_whatever_it_was_and_it_is_called_again(self, gone, clock, last):
        phone = PEOPLE[last].phone
        answer = create(gone, phone, campaignId=RENEWALS)
        data = answer.json()["data"]
        assert answer.status_code == 200
        assert (data["id"], data["status"], data["fulfilledAt"]) == (id_for(phone), "active", None)
        assert data["createdAt"] < data["reAddedAt"] == iso(clock.now)
        assert gone.standing(gone.store.by_phone(phone)) == ["call", "sms"]
        assert listed(gone)["pagination"]["total"] == 1

    def test_its_number_may_become_another_contacts_and_then_it_does_not_come_back(self, gone):
        made = create(gone, "+12025550177", campaignId=RENEWALS).json()["data"]
        assert gone.by_id(made["id"], phoneNumber=PEOPLE[1].phone).status_code == 200
        assert create(gone, PEOPLE[1].phone, campaignId=RENEWALS).json()["data"]["id"] == made["id"]

    def test_a_file_of_contacts_may_bring_deleted_ones(self, serve, tmp_path):
        path = tmp_path / "people.csv"
        path.write_text("phone,status,deleted\n+12025550101,DNC,yes\n+12025550102,active,no\n+12025550103,active,\n")
        api = serve(contacts=read(path).contacts, limiter="none")
        assert digits(listed(api, sortOrder="asc")) == "23"
        assert create(api, "+12025550101", campaignId=SPRING).json()["data"]["status"] == "active"


class TestSplitter:
    SPLITTER = Splitter("00000000-0000-4000-8000-000000000005", "Own", (RENEWALS, SPRING))

    def test_new_contacts_are_dealt_in_turn_and_who_has_a_campaign_takes_no_turn(self, small):
        small.store.know(splitters=[self.SPLITTER])

        def dealt(phone, **more):
            return create(small, phone, splitterId=self.SPLITTER.id, **more).json()["data"]["campaigns"][0]["id"]

        assert [dealt(f"+1202555018{number}") for number in range(3)] == [RENEWALS, SPRING, RENEWALS]
        assert dealt(PEOPLE[2].phone) == RENEWALS
        assert dealt("+12025550184", campaignId=RENEWALS) == RENEWALS
        assert dealt("+12025550185") == SPRING

    def test_the_built_in_one_can_be_tried(self, api):
        assert create(api, "+12025550181", splitterId=SPLITTERS[0].id).status_code in (200, 201)

    def test_a_file_may_bring_one(self, tmp_path):
        path = tmp_path / "people.json"
        splitter = {"id": self.SPLITTER.id, "campaigns": [RENEWALS]}
        path.write_text(json.dumps({"contacts": [], "splitters": [splitter]}))
        with contextlib.closing(server_module().stocked(SandboxOptions(), path)) as store:
            assert store.splitters[self.SPLITTER.id].campaigns == (RENEWALS,)


def test_a_number_is_marked_as_fulfilled(api):
    who = api.someone()
    answer = api.http.post("/contacts/fulfill", json={"phone": who.phone})
    assert answer.json() == {"success": True, "message": "Contact marked as fulfilled"}
    assert api.now(who).fulfilled_at is not None
    assert api.standing(who) == []
    assert api.http.post("/contacts/fulfill", json={"phone": "+19995550100"}).status_code == 404

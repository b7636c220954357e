"""What `--contacts FILE` takes, and how it says what it cannot take."""

import json
from dataclasses import replace

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sandbox import SandboxContact
from bulk_sync.sandbox.rules import id_for
from bulk_sync.sandbox.seed import CAMPAIGNS, contacts, from_csv, from_json, read

from .conftest import RENEWALS, SPRING

PHONE = "+12025550101"


def only(text):
    (person,) = from_csv(text, "people.csv")
    return person


@pytest.mark.parametrize("header", ["phone", "Phone Number", "phoneNumber", "PHONE_NUMBER", " phone "])
def test_the_phone_column_goes_by_many_names(header):
    assert only(f"{header}\n{PHONE}\n").phone == PHONE


def test_a_phone_alone_is_a_contact_however_it_is_spaced_and_blank_and_short_rows_are_fine():
    text = "phone,name,status\n\n+1 (202) 555-0101\n,,\n+12025550102,Ann\n"
    first, second = from_csv(text, "people.csv")
    assert (first.phone, first.id, first.status, first.campaign, first.name) == (
        PHONE,
        id_for(PHONE),
        "active",
        "",
        None,
    )
    assert (second.phone, second.name) == ("+12025550102", "Ann")


def test_every_column_is_read():
    header = "id,phone,name,status,campaign id,campaign name,timezone,var.email,customVariables.plan,note"
    person = only(f"{header}\n{RENEWALS},{PHONE},Ann,Do Not Call,{SPRING.upper()},Spring,UTC,a@b.c,pro,x\n")
    expected = SandboxContact(PHONE, RENEWALS, "Ann", "DNC", SPRING, "UTC", {"email": "a@b.c", "plan": "pro"}, "Spring")
    assert person == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no column holds phone numbers"),
        ("name\nAnn\n", "no column holds phone numbers"),
        ("phone\n2025550101\n", "line 2: phone '2025550101' is not in E.164 format"),
        (f"phone,status\n{PHONE},vip\n", "line 2: the status 'vip' is unknown"),
        (f"phone,id\n{PHONE},7\n", "line 2: id '7' is not a UUID"),
        (f"phone,timezone\n{PHONE},EDT\n", "line 2: timezone must be an IANA timezone"),
        (f"phone\n{PHONE}\n\n{PHONE}\n", r"line 4: \+12025550101 stands in line 2 already"),
        (f"phone,id\n{PHONE},{SPRING}\n+12025550102,{SPRING}\n", "line 3: ID .* stands in line 2 already"),
        (f'phone,name\n{PHONE},"{"x" * 200_000}"\n', "not valid CSV"),
    ],
)
def test_a_csv_that_cannot_be_taken_is_refused_in_words_that_name_the_line(text, complaint):
    with pytest.raises(BadInput, match=f"people.csv.*{complaint}"):
        from_csv(text, "people.csv")


def test_json_as_the_api_shows_contacts_is_taken_back(serve):
    shown = serve(limiter="none").http.get("/contacts?limit=100&sortOrder=asc").json()["contacts"]
    found = from_json(json.dumps(shown), "people.json").contacts
    assert [replace(each, campaign_name="") for each in found] == [
        replace(each, campaign_name="") for each in contacts()
    ]


def test_json_may_bring_campaigns_and_statuses_of_its_own(tmp_path):
    campaign = "00000000-0000-4000-8000-000000000001"
    path = tmp_path / "people.json"
    path.write_text(
        json.dumps(
            {
                "contacts": [{"phoneNumber": PHONE, "status": "vip", "campaignId": campaign, "name": None}],
                "campaigns": [{"id": campaign, "name": "Own", "status": "paused"}],
                "statuses": [{"name": "vip", "label": "Very Important", "isTerminal": True}],
            }
        )
    )
    stock = read(path)
    assert stock.contacts[0].status == "vip"
    assert (stock.campaigns[0].name, stock.campaigns[0].paused) == ("Own", True)
    assert (stock.statuses[0].label, stock.statuses[0].terminal) == ("Very Important", True)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "not valid JSON"),
        ('[{"phone": "+12025550101", "name": "\\ud800"}]', "not valid JSON"),
        ("[1]", "contacts must be a list of objects"),
        ('{"contacts": {}}', "contacts must be a list of objects"),
        ("[{}]", "contact 1: phone '' is not in E.164 format"),
        ('{"campaigns": [{"name": "x"}]}', "campaigns: id '' is not a UUID"),
        ('{"statuses": [{}]}', "statuses: each needs a name"),
        ('[{"phone": "+12025550101", "campaigns": "x"}]', "contact 1: campaigns must be a list of objects"),
    ],
)
def test_json_that_cannot_be_taken_is_refused_in_words(text, complaint):
    with pytest.raises(BadInput, match=complaint):
        from_json(text, "people.json")


def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(BadInput, match="No such file"):
        read(tmp_path / "missing.csv")
    (tmp_path / "people.csv").write_bytes(b"phone\n\xff\xfe\n")
    with pytest.raises(BadInput, match="not UTF-8"):
        read(tmp_path / "people.csv")
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path)


def test_a_campaign_that_only_contacts_name_becomes_known_by_its_id_or_its_name_alone(serve):
    campaign = "12345678-0000-4000-8000-000000000001"
    rows = f"{PHONE},{campaign}\n+12025550102,renewals\n+12025550103,Own\n+12025550104,OWN\n"
    api = serve(contacts=from_csv(f"phone,campaign\n{rows}", "x.csv"))
    by_id, renewals, own, same = (contact.campaign for contact in api.store.contacts())
    assert (by_id, renewals, own) == (campaign, RENEWALS, same)
    names = {each["id"]: each["name"] for each in api.http.get("/campaigns").json()["data"]}
    assert set(names) == {campaign, own, *(each.id for each in CAMPAIGNS)}
    assert names[campaign] == "Campaign 12345678"
    assert names[own] in ("Own", "OWN")


def test_the_built_in_contacts_hold_the_pages_contact_and_numbers_that_can_be_called():
    import phonenumbers

    john, *others = contacts()
    assert (john.id, john.phone, john.name, john.campaign) == (RENEWALS, "+11234567890", "John Doe", SPRING)
    assert len(others) >= 45
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(each.phone)) for each in others)
    assert {each.status for each in contacts()} >= {"active", "DNC", "fulfilled", "callback-requested"}

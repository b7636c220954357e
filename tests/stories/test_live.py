"""A person syncs a file with contacts that stand somehow already: what is sent, held, made, asked, foretold?"""

import json
import sys

import pytest

from bulk_sync.report import console
from bulk_sync.sandbox import SandboxContact
from tests.desk import PHONES, desk

UNKNOWN = "+14155559999"
IN_DNC, PAUSED = PHONES[:4], PHONES[4:44]
ACTIVE = PHONES[44:]


def contacts():
    stands = dict.fromkeys(IN_DNC, "DNC") | dict.fromkeys(PAUSED, "paused")
    return [
        SandboxContact(phone=phone, status=stands.get(phone, "active"), variables={"plan": "gold"}, name="Anna")
        for phone in PHONES
    ]


@pytest.fixture
def at(tmp_path, monkeypatch, capsys):
    with desk(tmp_path, monkeypatch, capsys, contacts()) as at:
        yield at


def code_of(at, phone):
    return next(row["sync_code"] for row in at.rows() if row["phone"] == phone)


def test_only_what_differs_is_sent(at):
    at.sheet([(phone, "paused") for phone in [*PAUSED, *ACTIVE[:3], UNKNOWN]])
    done = at("rows.csv", "--only-changed")
    assert done.code == 1  # the unknown number
    assert set(at.sent) == set(ACTIVE[:3])
    assert at.codes() == [*["unchanged"] * 40, *["updated"] * 3, "contact_not_found"]
    row = at.rows()[0]
    assert (row["sync_result"], row["sync_previous_status"], row["sync_http_status"]) == ("skipped", "paused", "")
    assert at.rows()[40]["sync_previous_status"] == "active"


def test_a_retry_looks_again_at_nothing_that_was_settled_for_good(at):
    at.sheet([(phone, "paused") for phone in [*PAUSED, *ACTIVE[:3], UNKNOWN]] + [(IN_DNC[0], "active")])
    at("rows.csv", "--only-changed")
    before = at.codes()
    done = at("retry", "rows.results.csv")
    assert done.code == 1
    assert at.codes() == before
    assert at.sent.total() == 3


@pytest.mark.parametrize("options", [[], ["--only-changed"]])
def test_nobody_leaves_dnc_unless_that_is_meant(at, options):
    others = [*PAUSED[:14], *ACTIVE]
    at.sheet([(phone, "active") for phone in [*IN_DNC, *others]])
    done = at("rows.csv", *options)
    assert done.code == 1
    stand = "unchanged" if options else "updated"
    assert at.codes() == [*["leaves_dnc"] * 4, *["updated"] * 14, *[stand] * 16]
    assert at.statuses(IN_DNC) == {"DNC"}
    assert not set(at.sent) & set(IN_DNC)
    assert "--allow-leaving-dnc" in at.rows()[0]["sync_error"]


def test_who_may_leave_dnc_does(at):
    at.sheet([(phone, "active") for phone in IN_DNC])
    assert at("rows.csv", "--allow-leaving-dnc").code == 0
    assert at.statuses(IN_DNC) == {"active"}


def test_a_move_does_not_schedule_calls_to_who_is_in_dnc(at):
    campaign = at.api.store.by_phone(PHONES[0]).campaign
    at.sheet([(phone, campaign) for phone in PHONES[:6]], head=("phone", "campaign"))
    assert at("rows.csv").code == 1
    assert at.codes() == [*["leaves_dnc"] * 4, "updated", "updated"]


def test_past_a_guard_rail_nothing_is_sent(at):
    at.sheet([(phone, "paused") for phone in ACTIVE[:5]])
    done = at("rows.csv", "--max-stop", 4)
    assert done.code == 3
    assert not at.sent
    assert at.codes() == ["stopped"] * 5
    assert "stop outreach to 5 contacts, and --max-stop allows 4" in " ".join(done.screen.split())
    assert at("rows.csv", "--max-stop", 4, "--yes").code == 0
    assert at.sent.total() == 5


def test_a_guard_rail_counts_what_differs_where_only_that_is_sent(at):
    at.sheet([(phone, "paused") for phone in [*PAUSED, *ACTIVE[:3]]])
    assert at("rows.csv", "--max-stop", 2, "--only-changed").code == 3
    assert not at.sent
    assert at("rows.csv", "--max-stop", 3, "--only-changed").code == 0
    assert set(at.sent) == set(ACTIVE[:3])
    assert at.codes() == [*["unchanged"] * 40, *["updated"] * 3]
    assert {row["sync_previous_status"] for row in at.rows()[40:]} == {"active"}


@pytest.mark.parametrize("options", [[], ["--only-changed"]])
def test_who_has_confirmed_once_is_not_asked_when_the_run_goes_on(at, monkeypatch, options):
    asked = []
    monkeypatch.setattr(console, "at_terminal", lambda question, count: not asked.append(count))
    at.sheet([(phone, "paused") for phone in ACTIVE[:9]])
    assert at("rows.csv", "--max-stop", 4, "--max-writes", 3, *options).code == 5
    assert at("rows.csv", "--max-stop", 4, *options).code == 0
    assert asked == [9]
    assert at.sent.total() == 9


def test_a_retry_counts_what_is_left_to_send(at):
    at.sheet([(phone, "paused") for phone in ACTIVE[:9]])
    assert at("rows.csv", "--max-writes", 6).code == 5
    assert at("retry", "rows.results.csv", "--max-stop", 3).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals")
@pytest.mark.trial
@pytest.mark.parametrize(("typed", "code"), [("5\n", 0), ("4\n", 3), ("\x04", 3), ("\x03", 130)])
def test_a_person_at_a_terminal_types_the_count(at, typed, code):
    at.sheet([(phone, "paused") for phone in ACTIVE[:5]])
    done = at.answered(typed, "rows.csv", "--max-stop", 4, prompt="cancels: ")
    assert done.code == code
    assert "This would send at most 5 updates: 5 stop outreach." in " ".join(done.screen.split())
    assert "[y/N]" not in done.screen
    assert at.sent.total() == (5 if code == 0 else 0)


def test_nobody_is_asked_where_that_was_asked_for(at, monkeypatch):
    monkeypatch.setattr(console, "at_terminal", lambda question, count: pytest.fail("asked"))
    at.sheet([(phone, "paused") for phone in ACTIVE[:5]])
    assert at("rows.csv", "--max-stop", 4, "--no-input").code == 3


@pytest.mark.parametrize("by_id", [False, True])
def test_stored_variables_are_kept_unless_they_are_to_be_replaced(at, by_id):
    name = at.api.store.by_phone(ACTIVE[0]).id if by_id else ACTIVE[0]
    at.sheet([(name, "a@b.c")], head=("id" if by_id else "phone", "var.email"))
    assert at("rows.csv").code == 0
    assert at.api.store.by_phone(ACTIVE[0]).variables == {"plan": "gold", "email": "a@b.c"}
    assert at("rows.csv", "--only-changed").code == 0
    assert at.sent.total() == 2 or at.codes() == ["unchanged"]
    assert at("rows.csv", "--variables", "replace", "--fresh").code == 0
    assert at.api.store.by_phone(ACTIVE[0]).variables == {"email": "a@b.c"}


def test_a_contact_found_by_phone_gets_a_name_and_a_status_in_one_call(at):
    at.sheet([(ACTIVE[0], "paused", "Boris")], head=("phone", "status", "name"))
    assert at("rows.csv", "--map", "name=name").code == 0
    stands = at.api.store.by_phone(ACTIVE[0])
    assert (stands.name, stands.status, at.sent.total()) == ("Boris", "paused", 1)


@pytest.mark.parametrize("options", [[], ["--only-changed"]])
def test_contacts_are_made_where_that_is_asked_for_and_never_for_rows_that_stop_outreach(at, options):
    new = {
        f"+1415555888{number}": status for number, status in enumerate(["active", "", "talk-to-human", "DNC", "paused"])
    }
    campaign = at.api.store.by_phone(PHONES[0]).campaign
    at.sheet([(phone, status, campaign) for phone, status in new.items()], head=("phone", "status", "campaign"))
    done = at("rows.csv", "--create-missing", campaign, *options)
    assert done.code == 1
    assert at.codes() == ["created", "created", "created", "contact_not_found", "contact_not_found"]
    made = [at.api.store.by_phone(phone) for phone in list(new)[:3]]
    assert [each.status for each in made] == ["active", "active", "talk-to-human"]
    assert all(at.api.store.by_phone(phone) is None for phone in list(new)[3:])


def test_a_preview_with_a_key_tells_before_and_after(at):
    at.sheet([(phone, "paused") for phone in [*PAUSED, *ACTIVE[:3], UNKNOWN]] + [(IN_DNC[0], "active")])
    done = at("rows.csv", "--dry-run", "--json")
    told = json.loads(done.out)
    assert done.code == 1
    assert not at.sent
    assert told["effects"]["statuses"] == [{"from": "active", "to": "paused", "contacts": 3}]
    assert told["only_changed_saves"]["calls"] == 40
    assert code_of(at, UNKNOWN) == "contact_not_found"
    assert code_of(at, IN_DNC[0]) == "leaves_dnc"
    rows = at.rows()
    assert {row["sync_result"] for row in rows[:43]} == {"would_send"}
    assert (rows[0]["sync_previous_status"], rows[41]["sync_previous_status"]) == ("paused", "active")
    at("rows.csv", "--dry-run", "--only-changed")
    assert at.codes()[:43] == [*["unchanged"] * 40, *["updated"] * 3]


def test_a_preview_says_that_a_real_run_would_stop_at_a_guard_rail(at):
    at.sheet([(phone, "paused") for phone in ACTIVE[:5]])
    done = at("rows.csv", "--dry-run", "--max-stop", 4)
    assert done.code == 0
    assert "A real run would not begin: this file would stop outreach to 5 contacts" in " ".join(done.screen.split())


@pytest.mark.parametrize("options", [["--offline"], []])
def test_a_preview_without_the_api_goes_by_the_file(at, monkeypatch, options):
    if not options:
        monkeypatch.delenv("BULK_SYNC_API_KEY")
    at.sheet([(phone, "paused") for phone in ACTIVE[:5]] + [(UNKNOWN, "DNC")])
    done = at("rows.csv", "--dry-run", "--json", *options)
    assert done.code == 0
    told = json.loads(done.out)
    assert told["effects"]["stop_outreach"] == 6
    assert at.codes() == ["updated"] * 6


def test_a_preview_whose_key_is_refused_ends_with_4(at, monkeypatch):
    at.sheet([(phone, "paused") for phone in ACTIVE[:5]])
    done = at("rows.csv", "--dry-run", BULK_SYNC_API_KEY="another")
    assert done.code == 4
    assert at.codes() == ["key_refused"] * 5


@pytest.mark.trial
def test_a_preview_whose_api_is_away_says_so_and_goes_by_the_file(at):
    at.sheet([(phone, "paused") for phone in ACTIVE[:5]])
    done = at("rows.csv", "--dry-run", "--max-outage", "1s", BULK_SYNC_BASE_URL="http://127.0.0.1:9")
    assert done.code == 0
    assert at.codes() == ["updated"] * 5
    assert "goes by the file" in " ".join(done.screen.split())

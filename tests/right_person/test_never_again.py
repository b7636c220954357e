"""The life of an entry: no run calls who is in the memory, whatever the CRM says, until somebody takes him out."""

import re

import httpx
import pytest

from bulk_sync.sandbox.rules import Wanted
from bulk_sync.sandbox.seed import CAMPAIGNS
from tests.adapter import dnc_memory
from tests.desk import PHONES
from tests.fake_api import fake_api

ANNA, BEN, CARL, DORA = PHONES[:4]
NOW = 1_800_000_000.0


@pytest.fixture
def never(at):
    """Anna is on the company's own list; the CRM has her active."""
    at.sheet([(ANNA,)], "never.csv", head=("phone",))
    assert at("dnc", "add", "never.csv").code == 0
    return at


def id_of(at, phone):
    return at.api.store.by_phone(phone).id


def told(at, row=0, name="rows.csv"):
    """Why a row was not sent."""
    return at.rows(name.replace(".csv", ".results.csv"))[row]["sync_error"]


def post(at, phone):
    """Add a contact in the CRM itself: one that was deleted comes back, and is active."""
    answer = httpx.post(
        f"{at.api.url}/contacts",
        json={"phoneNumber": phone, "campaignId": CAMPAIGNS[0].id},
        headers={"X-API-Key": at.api.key},
    )
    assert answer.is_success, answer.text


def test_from_a_list_into_the_memory_a_refusal_and_out_again(at):
    at.sheet([(ANNA, "x"), (BEN, "y")], "never.csv", head=("phone", "note"))
    assert at("dnc", "add", "never.csv").code == 0
    at.sheet([(ANNA, "active"), (CARL, "active")])

    assert at("rows.csv").code == 1
    assert at.codes() == ["leaves_dnc", "updated"]
    assert "list never.csv" in told(at)
    assert re.search(r"since 20\d\d-\d\d-\d\d", told(at))
    assert not at.sent[ANNA]

    assert at("dnc", "remove", ANNA, "--reason", "wrote to us on Monday").code == 0
    assert at("rows.csv").code == 0
    assert at.codes() == ["updated", "updated"]
    assert at.sent[ANNA] == 1
    assert {phone for phone, _ in dnc_memory(at.state, at.api.url)} == {BEN}


def test_a_preview_says_what_the_run_will_say(never):
    at = never
    at.sheet([(ANNA, "active"), (BEN, "talk to human"), (CARL, "paused")])
    before = (at.state / "dnc.db").read_bytes()
    preview = at("rows.csv", "--dry-run", "-o", "preview.csv")
    assert preview.code == 1
    assert at.codes("preview.csv") == ["leaves_dnc", "updated", "updated"]
    assert (at.state / "dnc.db").read_bytes() == before
    said = at.rows("preview.csv")[0]["sync_error"]
    assert at("rows.csv").code == 1
    assert at.codes() == ["leaves_dnc", "updated", "updated"]
    assert told(at) == said


def test_whom_a_run_put_into_dnc_stays_there_though_the_crm_forgets(at):
    at.sheet([(ANNA, "DNC"), (BEN, "DNC"), (CARL, "DNC")])
    assert at("rows.csv").code == 0
    run = at.history()[0]["run"]
    at.api.store.update(Wanted(status="active"), NOW, phone=ANNA)  # somebody of the team
    at.api.store.delete(id_of(at, BEN), NOW)
    at.api.store.delete(id_of(at, CARL), NOW)
    post(at, CARL)
    assert at.status(CARL) == "active"

    at.sheet([(ANNA, "active"), (BEN, "active"), (CARL, "active")], "later.csv")
    assert at("later.csv", "--create-missing", CAMPAIGNS[0].id).code == 1
    assert at.codes("later.results.csv") == ["leaves_dnc"] * 3
    assert all(f"run {run}" in told(at, row, "later.csv") for row in range(3))
    assert at.sent == {ANNA: 1, BEN: 1, CARL: 2}, "the one more is what the team sent"
    assert at.api.store.by_phone(BEN) is None


def test_whom_only_the_crm_had_there_is_known_too_when_it_forgets(at):
    at.api.store.update(Wanted(status="DNC"), NOW, phone=ANNA)
    at.sheet([(ANNA, "active")])
    assert at("rows.csv").code == 1
    at.api.store.update(Wanted(status="active"), NOW, phone=ANNA)
    assert at("rows.csv", "--fresh").code == 1
    assert at.codes() == ["leaves_dnc"]
    assert "the CRM showed it in run" in told(at)


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (("phone", "status"), lambda at: (ANNA, "active")),
        (("phone", "campaign"), lambda at: (ANNA, CAMPAIGNS[1].id)),
        (("id", "status"), lambda at: (id_of(at, ANNA), "talk-to-human")),
        (("id", "campaign"), lambda at: (id_of(at, ANNA), CAMPAIGNS[1].id)),
        (("id", "phone"), lambda at: (id_of(at, BEN), ANNA)),
        (("id", "phone", "status"), lambda at: (id_of(at, ANNA), "+14155559999", "active")),
    ],
    ids=["a status", "a move", "a status by ID", "a move by ID", "another's number", "a new number"],
)
def test_nothing_that_could_have_somebody_called_passes(never, head, row):
    at = never
    at.sheet([row(at)], head=head)
    before = at.api.store.by_phone(ANNA), at.api.store.by_phone(BEN)
    for flags in ((), ("--only-changed", "--fresh"), ("--order", "file", "--fresh")):
        assert at("rows.csv", *flags).code == 1, flags
        assert at.codes() == ["leaves_dnc"], flags
    assert (at.api.store.by_phone(ANNA), at.api.store.by_phone(BEN)) == before


def test_what_stops_outreach_passes(never):
    at = never
    at.sheet([(ANNA, "paused")])
    assert at("rows.csv").code == 0
    assert at.status(ANNA) == "paused"
    at.sheet([(ANNA, "DNC")], "dnc.csv")
    assert at("dnc.csv").code == 0
    assert at.status(ANNA) == "DNC"


def test_who_may_leave_dnc_passes_and_is_not_forgotten(never):
    at = never
    at.sheet([(ANNA, "active")])
    assert at("rows.csv", "--allow-leaving-dnc").code == 0
    assert at.codes() == ["updated"]
    assert {phone for phone, _ in dnc_memory(at.state, at.api.url)} == {ANNA}
    assert at("rows.csv", "--fresh").code == 1


def test_an_undo_does_not_have_somebody_called_either(at):
    at.sheet([(ANNA, "paused"), (BEN, "paused")])
    assert at("rows.csv", "--only-changed").code == 0
    run = at.history()[0]["run"]
    at.sheet([(ANNA,)], "never.csv", head=("phone",))
    assert at("dnc", "add", "never.csv").code == 0
    assert at("undo", run).code == 1
    assert at("undo", run, "--yes").code == 1
    assert at.codes(f"undo-{run}.csv") == ["leaves_dnc", "updated"]
    assert (at.status(ANNA), at.status(BEN)) == ("paused", "active")
    assert at("undo", run, "--yes", "--allow-leaving-dnc").code == 0
    assert at.status(ANNA) == "active"
    assert {phone for phone, _ in dnc_memory(at.state, at.api.url)} == {ANNA}, "a list had her, not the run"


def test_where_contacts_cannot_be_read_the_memory_still_holds(never):
    at = never
    at.sheet([(ANNA, "active"), (BEN, "active")])
    with fake_api({}) as api:  # it has no list and no search
        at.sheet([(ANNA,)], "never.csv", head=("phone",))
        assert at("dnc", "add", "never.csv", BULK_SYNC_BASE_URL=api.url).code == 0
        assert at("rows.csv", "--max-outage", "20s", BULK_SYNC_BASE_URL=api.url).code == 1
        assert at.codes() == ["leaves_dnc", "updated"]
        assert [each["phone"] for each in api.sent] == [BEN]


def test_somebody_who_is_added_while_a_run_waits_is_not_called_by_it(at):
    at.sheet([(phone, "paused") for phone in PHONES[10:14]] + [(ANNA, "active")])
    at.shut_after(0)
    with at.started("rows.csv", "--concurrency", 1) as process:
        at.wait_until_shut()
        at.sheet([(ANNA,)], "never.csv", head=("phone",))
        assert at("dnc", "add", "never.csv").code == 0
        at.open()
        assert process.wait(60) == 1
    assert at.codes()[-1] == "leaves_dnc"
    assert not at.sent[ANNA]


@pytest.mark.trial
def test_somebody_who_is_added_while_an_undo_waits_is_not_called_by_it(at):
    at.sheet([(ANNA, "paused"), (BEN, "paused")])
    assert at("rows.csv", "--only-changed").code == 0
    run = at.history()[0]["run"]
    at.sent.clear()
    at.shut_after(0)
    with at.started("undo", run, "--yes", "--concurrency", 1) as process:
        at.wait_until_shut()
        [first] = at.sent
        [other] = {ANNA, BEN} - {first}
        at.sheet([(other,)], "never.csv", head=("phone",))
        assert at("dnc", "add", "never.csv").code == 0
        at.open()
        assert process.wait(60) == 1
    assert (at.status(first), at.status(other)) == ("active", "paused")


# ------------------------------------------------------------------------------------------------------- what is broken


@pytest.mark.parametrize("flags", [(), ("--dry-run",)], ids=["run", "preview"])
@pytest.mark.parametrize("damage", ["garbage", "folder", "cut", "empty"])
def test_nobody_is_called_by_a_run_whose_memory_is_broken(never, damage, flags):
    at = never
    path = at.state / "dnc.db"
    whole = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    else:
        path.write_bytes({"garbage": b"rubbish" * 999, "cut": whole[: 2 * 4096], "empty": b""}[damage])
    at.sheet([(ANNA, "DNC"), (BEN, "paused"), (CARL, "active")])
    done = at("rows.csv", "-o", "results.csv", *flags)
    assert done.code == 4
    assert str(path) in done.screen
    assert at.codes("results.csv") == ["updated", "updated", "unchecked"]
    assert not at.sent[CARL]
    if not flags:
        assert at.statuses([ANNA]) == {"DNC"}
        assert damage != "garbage" or "bulk-sync dnc add FILE" in done.screen
        path.rmdir() if damage == "folder" else path.unlink()
        path.write_bytes(whole)
        assert at("resume").code == 0
        assert at.status(CARL) == "active"

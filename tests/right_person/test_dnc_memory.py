"""Never again, whatever the CRM says: whom does the memory take in, and who stays in it?"""

import signal
import stat
import sys

import pytest

from bulk_sync.sandbox.rules import Wanted
from tests.adapter import dnc_memory, held_dnc_memory
from tests.desk import PHONES

ANNA, BEN, CARL, DORA, EMMA = PHONES[:5]


def remembered(at):
    """Where each number is remembered from."""
    return {phone: sources for (phone, _), sources in dnc_memory(at.state, at.api.url).items()}


def id_of(at, phone):
    return at.api.store.by_phone(phone).id


def the_run(at):
    return f"run {at.history()[0]['run']}"


def put_into(at, status, *phones):
    """What a person does in the CRM itself."""
    for phone in phones:
        at.api.store.update(Wanted(status=status), 1_800_000_000.0, phone=phone)


# ----------------------------------------------------------------------------------------- whom a row asks to put there


def test_whom_a_row_puts_into_dnc_is_remembered_from_then_on(at):
    at.sheet([(ANNA, "DNC"), (BEN, "do not call"), (CARL, "paused"), (DORA, "active")])
    assert at("rows.csv").code == 0
    run = the_run(at)
    assert remembered(at) == {ANNA: [run], BEN: [run]}
    assert stat.S_IMODE((at.state / "dnc.db").stat().st_mode) == 0o600
    assert {path.name for path in at.state.iterdir() if path.name.startswith(("dnc", ".dnc"))} == {"dnc.db"}


def test_one_who_is_named_by_id_is_known_by_the_number_that_the_reply_tells(at):
    at.sheet([(id_of(at, ANNA), "DNC")], head=("id", "status"))
    assert at("rows.csv").code == 0
    assert dnc_memory(at.state, at.api.url) == {(ANNA, id_of(at, ANNA)): [the_run(at)]}


def test_whatever_becomes_of_the_call_the_asking_is_kept(at):
    stranger = "+14155559999"
    at.sheet([(stranger, "DNC")])
    assert at("rows.csv").code == 1
    assert at.codes() == ["contact_not_found"]
    assert remembered(at) == {stranger: [the_run(at)]}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_a_run_that_is_killed_while_its_calls_are_on_their_way_has_remembered_them(at):
    at.sheet([(phone, "DNC") for phone in PHONES[:6]])
    at.shut_after(0)
    with at.started("rows.csv", "--concurrency", 4) as process:
        at.wait_until_shut()
        process.send_signal(signal.SIGKILL)
        process.wait()
        unanswered = set(at.sent)
    assert unanswered
    assert unanswered <= set(remembered(at))
    at.open()
    assert at("resume").code == 0
    assert set(remembered(at)) == set(PHONES[:6])


@pytest.mark.trial
def test_two_runs_at_once_remember_all_of_theirs(at):
    at.sheet([(phone, "DNC") for phone in PHONES[:10]], "one.csv")
    at.sheet([(phone, "DNC") for phone in PHONES[10:20]], "two.csv")
    with at.started("one.csv") as one, at.started("two.csv") as two:
        assert one.wait(60) == 0, one.stderr.read()
        assert two.wait(60) == 0, two.stderr.read()
    assert set(remembered(at)) == set(PHONES[:20])


def test_a_dry_run_remembers_nobody_and_makes_no_file(at):
    put_into(at, "DNC", BEN)
    at.sheet([(ANNA, "DNC"), (BEN, "active")])
    at("rows.csv", "--dry-run")
    assert not at.state.exists() or not [path for path in at.state.iterdir() if "dnc" in path.name]
    at("rows.csv")
    before = (at.state / "dnc.db").read_bytes()
    at.sheet([(CARL, "DNC")], "others.csv")
    at("others.csv", "--dry-run")
    assert (at.state / "dnc.db").read_bytes() == before
    assert {path.name for path in at.state.iterdir() if "dnc" in path.name} == {"dnc.db"}


def test_a_sandbox_remembers_nobody(at):
    at.sheet([(ANNA, "DNC")])
    assert at("rows.csv", "--sandbox").code == 0
    assert not (at.state / "dnc.db").exists()


# --------------------------------------------------------------------------------------------- whom the CRM shows there


def test_whom_the_crm_shows_in_dnc_is_remembered(at):
    put_into(at, "DNC", BEN, CARL)
    at.sheet([(ANNA, "active"), (BEN, "active"), (CARL, "fulfilled")])
    at("rows.csv")
    assert remembered(at)[BEN] == [f"the CRM showed it in {the_run(at)}"]
    assert ANNA not in remembered(at)


def test_whom_a_list_of_the_crm_shows_in_dnc_is_remembered_though_no_row_names_him(at):
    put_into(at, "DNC", EMMA)
    at.sheet([(phone, "active") for phone in PHONES[:4]])
    assert at("rows.csv", "--only-changed").code == 0
    assert (EMMA, id_of(at, EMMA)) in dnc_memory(at.state, at.api.url)


def test_whom_a_reply_shows_in_dnc_is_remembered(at):
    put_into(at, "DNC", ANNA)
    at.sheet([(id_of(at, ANNA), "Anna")], head=("id", "name"))
    assert at("rows.csv").code == 0
    assert dnc_memory(at.state, at.api.url) == {(ANNA, id_of(at, ANNA)): [f"the CRM showed it in {the_run(at)}"]}


def test_who_is_counted_by_a_guard_rail_is_seen_as_well(at):
    put_into(at, "DNC", EMMA)
    at.sheet([(ANNA, "active"), (BEN, "paused")])
    assert at("rows.csv", "--only-changed", "--max-stop", "0", "--no-input").code == 3
    assert set(remembered(at)) == {EMMA}
    assert not at.sent


# --------------------------------------------------------------------------------------------------------- who goes out


def test_an_undo_that_may_leave_dnc_takes_back_what_its_run_remembered_and_no_more(at):
    put_into(at, "active", *PHONES[:5])
    at.sheet([(ANNA, "DNC"), (BEN, "DNC")], "first.csv")
    assert at("first.csv", "--only-changed").code == 0
    at.sheet([(BEN, "DNC")], "second.csv")
    assert at("second.csv").code == 0
    second, first = (f"run {run['run']}" for run in at.history())
    assert remembered(at) == {ANNA: [first], BEN: [first, second]}

    assert at("undo", first.split()[1], "--yes").code == 1
    assert at.statuses([ANNA, BEN]) == {"DNC"}
    assert set(remembered(at)) == {ANNA, BEN}

    done = at("undo", first.split()[1], "--yes", "--allow-leaving-dnc")
    assert done.code == 0
    assert "Taken out of the DNC memory: 1 contact." in done.screen
    assert at.statuses([ANNA, BEN]) == {"active"}
    assert remembered(at) == {BEN: [second]}


def test_an_undo_that_may_not_leave_dnc_takes_nothing_back(at):
    at.sheet([(ANNA, "DNC")])
    assert at("rows.csv", "--only-changed").code == 0
    run = the_run(at)
    put_into(at, "active", ANNA)
    assert at("undo", run.split()[1], "--yes").code == 0
    assert at.codes(f"undo-{run.split()[1]}.csv") == ["unchanged"]
    assert remembered(at) == {ANNA: [run]}


def test_forgetting_old_runs_leaves_the_memory(at):
    at.sheet([(ANNA, "DNC")])
    at("rows.csv")
    run = the_run(at)
    assert at("history", "--prune", "1s").code == 0
    assert remembered(at) == {ANNA: [run]}


# ------------------------------------------------------------------------------------------------------- what is broken


def test_whoever_must_not_be_called_is_put_into_dnc_though_another_program_holds_the_memory(at):
    at.sheet([(ANNA, "DNC")])
    assert at("rows.csv").code == 0
    at.sheet([(BEN, "DNC")], "others.csv")
    with held_dnc_memory(at.state, at.monkeypatch):
        done = at("others.csv")
    assert done.code == 4
    assert "is held by another program" in done.screen
    assert at.codes("others.results.csv") == ["updated"]
    assert at.status(BEN) == "DNC"

"""Nobody leaves DNC by a row: whole commands, in virtual time, against a team that changes while they run."""

from collections import Counter

import pytest

from bulk_sync.ledger.notes import ReadFact
from bulk_sync.toml_files import own_settings
from tests.desk import PHONES
from tests.fake_api import MISSING, fake_api
from tests.histories.crm import phone_of
from tests.histories.player import Event, Fault, History, Player, Row, Step

FOREVER = float("inf")
REFUSED = (403, 404, 405, 501)


def played(*steps, people=("active", "DNC", "paused"), **how):
    player = Player(History(people, steps, **how)).play()
    assert player.judge.wrongs == []
    return player


def fates(ended):
    return [(row["sync_result"], row["sync_code"]) for row in ended.rows]


def of_run(*rows, flags=(), **more):
    return Step("run", rows, frozenset(flags), **more)


# ------------------------------------------------------------------------------------------------- which are guarded


@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize("reads_by_id", [False, True])
@pytest.mark.parametrize("status", ["DNC", "opted-out", "q7"])  # the last means it by its label alone
def test_a_stopping_status_takes_nobody_out_and_is_no_error(status, by_id, reads_by_id):
    player = played(
        of_run(Row(0, "paused", by_id=by_id), Row(1, "won", by_id=by_id)),
        people=(status, "active"),
        reads_by_id=reads_by_id,
    )
    assert fates(player.ended[0]) == [("skipped", "leaves_dnc"), ("success", "updated")]
    assert player.ended[0].code == 0
    assert [each.status for each in player.crm.contacts()] == [status, "won"]


@pytest.mark.parametrize("status", ["DNC", "opted-out", "q7"])
@pytest.mark.parametrize("row", [Row(0, "active"), Row(0, move=True), Row(0, "paused", move=True), Row(0, "callback")])
def test_what_starts_outreach_is_an_error(status, row):
    player = played(of_run(row), people=(status,))
    assert fates(player.ended[0]) == [("error", "leaves_dnc")]
    assert player.ended[0].code == 1
    assert "--allow-leaving-dnc" in player.ended[0].rows[0]["sync_error"]


def test_a_new_number_of_somebody_in_dnc_is_not_given():
    player = played(of_run(Row(0, by_id=True, new=True)), people=("DNC",), reads_by_id=True)
    assert fates(player.ended[0]) == [("error", "leaves_dnc")]


@pytest.mark.parametrize(
    ("stands", "asked", "fate"),
    [
        ("opted-out", "DNC", ("success", "updated")),
        ("opted-out", "opted-out", ("success", "updated")),
        ("DNC", "opted-out", ("skipped", "leaves_dnc")),
        ("q7", "opted-out", ("skipped", "leaves_dnc")),
    ],
)
def test_between_statuses_that_mean_do_not_call_only_the_way_to_dnc_is_open(stands, asked, fate):
    assert fates(played(of_run(Row(0, asked)), people=(stands,)).ended[0]) == [fate]


def test_those_of_the_teams_own_go_first_and_win_and_are_told():
    rows = Row(0, "won"), Row(1, "q7"), Row(2, "active"), Row(2, "opted-out"), Row(1, "DNC")
    player = played(of_run(*rows, flags=["verbose"]))
    sent = [(request.name, request.status) for _, _, request in player.judge.log]
    assert sent == [(phone_of(2), "opted-out"), (phone_of(1), "DNC"), (phone_of(0), "won")] or sent == [
        (phone_of(1), "DNC"),
        (phone_of(2), "opted-out"),
        (phone_of(0), "won"),
    ]
    assert "opted-out and q7 mean do not call" in " ".join(player.ended[0].screen.split())


def test_that_the_teams_own_are_not_known_is_told_where_no_cell_needed_them():
    refused = Fault(0.0, FOREVER, "statuses", 403)
    player = played(of_run(Row(0, "active"), faults=(refused,), flags=["verbose"]), people=("opted-out",))
    assert fates(player.ended[0]) == [("error", "leaves_dnc")]
    assert " ".join(player.ended[0].screen.split()).count("only where its name says so") == 1


def test_of_several_contacts_with_one_number_one_in_dnc_counts():
    player = played(of_run(Row(0, "won"), rest=1.0), of_run(Row(0, "active"), events=(Event(0.0, 0, "again DNC"),)))
    assert [fates(each) for each in player.ended] == [[("success", "updated")], [("error", "leaves_dnc")]]


# --------------------------------------------------------------------------------------------------------- freshness


@pytest.mark.parametrize("status", ["paused", "active"])
def test_200_contacts_put_into_dnc_100_s_after_they_were_first_looked_at(status):
    rows = tuple(Row(number, status) for number in range(200))
    late = tuple(Event(100.0, number, "DNC") for number in range(200))
    player = played(of_run(*rows, events=late), people=("active" if status == "paused" else "paused",) * 200)
    done = Counter(code for _, code in fates(player.ended[0]))
    assert done["leaves_dnc"] > 100
    assert done["updated"] + done["leaves_dnc"] == 200
    assert sum(each.status == "DNC" for each in player.crm.contacts()) == 200


def test_a_try_after_a_long_wait_is_looked_at_again():
    fault = Fault(0.0, 100.0, "writes", 429)
    player = played(of_run(Row(0, "active"), faults=(fault,), events=(Event(20.0, 0, "DNC"),)))
    assert fates(player.ended[0]) == [("error", "leaves_dnc")]
    assert player.judge.log == []


def test_what_was_read_before_the_computer_slept_is_old():
    player = Player(History(("active",), (of_run(Row(0, "active"), faults=(Fault(0.0, 30.0, "writes", 429),)),)))

    def sleeps():
        if player.clock.now > 15 and not player.clock.slept:
            player.clock.slept = 3_600.0
            player.crm.team(0, "DNC", player.clock.now)

    catch_up = player._catch_up
    player._catch_up = lambda: (sleeps(), catch_up())
    player.play()
    assert player.judge.wrongs == []
    assert [each.status for each in player.crm.contacts()] == (["DNC"] if player.clock.slept else ["active"])


# ----------------------------------------------------------------------------------------------- reads that are refused


@pytest.mark.parametrize("kind", REFUSED)
def test_a_read_that_worked_before_and_is_refused_is_an_outage(kind):
    refused = Fault(0.0, 40.0, "contacts", kind)
    player = played(of_run(Row(0, "won")), of_run(Row(1, "active"), Row(2, "DNC"), faults=(refused,)))
    assert fates(player.ended[1]) == [("error", "leaves_dnc"), ("success", "updated")]


@pytest.mark.parametrize("kind", REFUSED)
def test_one_that_does_not_end_leaves_the_rows_unchecked(kind):
    refused = Fault(0.0, FOREVER, "contacts", kind)
    player = played(of_run(Row(0, "won")), of_run(Row(1, "active"), Row(2, "DNC"), faults=(refused,)))
    ended = player.ended[1]
    assert fates(ended) == [("not_sent", "unchecked"), ("success", "updated")]
    assert ended.rows[0]["sync_retryable"] == "yes"
    assert ended.code == 3


def test_where_contacts_were_never_read_the_guard_is_off_after_three_refusals_in_ten_seconds():
    never = Fault(0.0, FOREVER, "contacts", 403)
    player = played(of_run(Row(0, "active"), Row(2, "DNC"), faults=(never,)))
    assert fates(player.ended[0]) == [("success", "updated")] * 2
    moments = {request.status: moment for moment, _, request in player.judge.log}
    assert moments["DNC"] < 1.0 + player.judge.log[0][0]
    assert moments["active"] - moments["DNC"] >= 9.0
    assert "Not checked for 1 row" in " ".join(player.ended[0].summary["unchecked"].split())


def test_it_is_back_at_the_first_success():
    refused = Fault(0.0, 50.0, "contacts", 403)
    rows = tuple(Row(number, "active") for number in range(8))
    late = tuple(Event(20.0, number, "DNC") for number in range(8))
    player = played(of_run(*rows, faults=(refused,), events=late), people=("paused",) * 8, writes=2)
    done = Counter(code for _, code in fates(player.ended[0]))
    assert done["leaves_dnc"] >= 4


def test_what_starts_outreach_can_be_held_back_where_nobody_can_read():
    never = Fault(0.0, FOREVER, "contacts", 404)
    rows = (Row(0, "active"), Row(2, "fulfilled"), Row(1, "DNC"))
    player = played(of_run(*rows, flags=["unchecked=hold"], faults=(never,)))
    ended = player.ended[0]
    assert fates(ended) == [("not_sent", "unchecked"), ("success", "updated"), ("success", "updated")]
    assert ended.code == 1


def test_an_api_with_the_two_update_paths_alone_goes_on_working(at):
    with fake_api({"/contacts": MISSING}) as api:
        at.sheet([(PHONES[0], "active"), (PHONES[1], "DNC")])
        done = at("rows.csv", BULK_SYNC_BASE_URL=api.url)
        assert done.code == 0
        assert at.codes() == ["updated", "updated"]
        assert "whether they take contacts out of DNC" in " ".join(done.screen.split())


def test_an_account_that_may_never_read_has_no_outage_because_another_of_that_api_may(at, tmp_path, monkeypatch):
    with fake_api({"/contacts": MISSING}) as api:
        ReadFact(api.url, None).note()
        ReadFact(api.url, "blue").note()
        monkeypatch.delenv("BULK_SYNC_BASE_URL", raising=False)
        key_file = tmp_path / "red.key"
        key_file.write_text(at.api.key)
        own = own_settings()
        own.parent.mkdir(parents=True)
        own.write_text(f'[profile.red]\nbase_url = "{api.url}"\nkey_file = "{key_file}"\n')
        at.sheet([(PHONES[0], "active"), (PHONES[1], "DNC")])
        done = at("rows.csv", "--profile", "red")
        assert done.code == 0, done.screen
        assert at.codes() == ["updated", "updated"]


# ------------------------------------------------------------------------------------------- one contact, two names


@pytest.mark.parametrize("reads_by_id", [False, True])
@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize("asked", ["active", "paused"])
@pytest.mark.parametrize("flags", [(), ("allow-leaving-dnc",)])
def test_the_row_that_says_dnc_wins_whatever_became_of_its_call(asked, by_id, reads_by_id, flags):
    lost = Fault(0.0, 400.0, "writes", "lost")
    for faults in ((), (lost,)):
        player = played(
            of_run(Row(0, asked, by_id=by_id), Row(0, "DNC", by_id=not by_id), flags=flags, faults=faults),
            reads_by_id=reads_by_id,
        )
        assert fates(player.ended[0])[0] == ("skipped", "superseded")
        assert "Row 3" in player.ended[0].rows[0]["sync_error"]


def test_where_contacts_cannot_be_read_rows_by_number_wait_for_dnc_by_id():
    never = Fault(0.0, FOREVER, "contacts", 405)
    player = played(of_run(Row(0, "active"), Row(1, "active"), Row(0, "DNC", by_id=True), faults=(never,)))
    assert fates(player.ended[0])[0] == ("skipped", "superseded")
    assert "They were sent after those" in player.ended[0].summary["unchecked"]


# ---------------------------------------------------------------------------------------------------------- memory


@pytest.mark.parametrize("to", ["active", "gone"])
@pytest.mark.parametrize("flags", [(), ("only-changed",)])
def test_whom_a_row_put_into_dnc_is_not_called_whatever_the_crm_says(to, flags):
    rows = (Row(0, "active"), Row(2, "fulfilled"))
    player = played(
        of_run(Row(0, "DNC")), Step("preview", rows, frozenset(flags), (Event(0.0, 0, to),)), of_run(flags=flags)
    )
    for ended in player.ended[1:]:
        assert ended.rows[0]["sync_code"] == "leaves_dnc"
        assert "run " in ended.rows[0]["sync_error"]
        assert ended.rows[1]["sync_code"] == "updated"


def test_a_list_is_heeded_also_by_a_row_that_names_an_id():
    rows = (Row(0, "active", by_id=True), Row(0, "won"), Row(2, "active"))
    player = played(Step("add", people=(0,)), of_run(*rows), reads_by_id=True)
    assert [code for _, code in fates(player.ended[-1])] == ["leaves_dnc", "updated", "updated"]


# ---------------------------------------------------------------------------------------------- the settings' own


def test_the_settings_name_further_statuses(at):
    for at_once, status in enumerate(("not-interested", "wrong-number")):
        at.sheet([(PHONES[at_once], status)], "first.csv")
        at("first.csv", "--fresh")
    (at.work / "bulk-sync.toml").write_text('dnc_statuses = ["Wrong Number"]')
    at.sheet([(PHONES[0], "active"), (PHONES[1], "active"), (PHONES[2], "talk-to-human")])
    assert at("rows.csv", BULK_SYNC_DNC_STATUSES="not interested").code == 1
    assert at.codes() == ["leaves_dnc", "leaves_dnc", "updated"]


def test_a_status_whose_contacts_are_called_cannot_mean_dnc(at):
    at.sheet([(PHONES[0], "paused")])
    assert at("rows.csv", BULK_SYNC_DNC_STATUSES="Active").code == 4


# ------------------------------------------------------------------------------------------- found by played histories


@pytest.mark.parametrize("flags", [(), ("only-changed",), ("unchecked=hold",)])
def test_a_row_that_says_dnc_and_names_a_campaign_is_not_held_by_the_memory(flags):
    again = of_run(Row(0, "DNC", move=True), flags=flags, events=(Event(0.0, 0, "active"),))
    player = played(of_run(Row(0, "DNC")), again)
    assert fates(player.ended[1]) == [("success", "updated")]
    assert player.crm.contacts()[0].status == "DNC"


def test_reads_that_are_refused_together_are_one_refusal():
    short = Fault(0.0, 8.0, "contacts", 403)
    player = played(of_run(Row(0, "active", by_id=True), faults=(short,)), people=("opted-out",))
    assert fates(player.ended[0]) == [("error", "leaves_dnc")]


def test_an_undo_knows_the_labels_of_the_team():
    player = played(
        of_run(Row(0, "q7"), flags=["only-changed"]), Step("remove", people=(0,)), Step("undo"), people=("active",)
    )
    assert [each.status for each in player.crm.contacts()] == ["q7"]


# ------------------------------------------------------------------------------------- what a hundred thousand found


def test_a_contact_by_its_id_is_not_called_whose_number_another_one_in_dnc_has():
    """The list of those in DNC does not show it by its ID; a page has shown its number before."""
    run = of_run(Row(2, "callback", by_id=True), flags=["only-changed"], events=(Event(4.5, 2, "again DNC"),))
    player = played(run, latency=(1.0,))
    assert player.judge.wrongs == []
    assert [row["sync_code"] for row in player.ended[0].rows] == ["leaves_dnc"]


def test_a_row_that_says_do_not_call_and_moves_is_not_stopped_by_its_own_note():
    player = played(of_run(Row(2, "opted-out", move=True), Row(0, "q7", move=True, by_id=True)))
    assert [row["sync_code"] for row in player.ended[0].rows] == ["updated", "updated"]


def test_an_outage_at_the_beginning_leaves_no_status_unknown():
    lost = Fault(0.0, 100.0, "all", "lost")
    run = of_run(Row(0, "paused", by_id=True, new=True), flags=["only-changed"], faults=(lost,))
    player = played(run, people=("q7", "active", "active"), reads_by_id=True)
    assert player.judge.wrongs == []
    assert not any(request.status == "paused" for _, _, request in player.judge.log)


def test_an_undo_puts_back_what_stood_when_the_call_left_not_when_it_began_to_wait():
    held = Fault(0.0, 100.0, "writes", 429)
    run = of_run(Row(0, "paused"), flags=["only-changed"], faults=(held,), events=(Event(40.0, 0, "callback"),))
    player = played(run, Step("undo"))
    assert [request.status for _, _, request in player.judge.log] == ["paused", "callback"]


def test_a_read_that_waits_for_a_connection_is_refused_when_it_is_not_when_it_began_to_wait():
    rows = Row(2, "opted-out", by_id=True), Row(0, "DNC"), Row(1, "active", by_id=True), Row(2, "q7")
    refused = Fault(1.0, 100.0, "contacts", 405)
    played(
        of_run(*rows, faults=(refused,)), people=("active", "active", "opted-out"), latency=(0.05, 2.0), concurrency=1
    )


def test_a_look_whether_the_api_is_there_proves_that_contacts_can_be_read():
    nothing_comes, refused = Fault(0.0, 20.0, "all", "lost"), Fault(1.0, FOREVER, "contacts", 404)
    first = of_run(Row(0, "q7", move=True, by_id=True), faults=(nothing_comes,))
    then = of_run(Row(0, "opted-out"), faults=(refused,))
    player = played(first, then, people=("q7",), reads_by_id=True, latency=(0.05, 2.0), seed=7)
    assert fates(player.ended[1]) == [("not_sent", "unchecked")]

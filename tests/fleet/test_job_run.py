"""How does a job end, and what of it is left, when it is carried out in parts, or in vain?"""

import threading
import time
from contextlib import closing, suppress
from datetime import datetime, timedelta
from io import BytesIO
from types import SimpleNamespace

import pandas as pd
import pytest

from bulk_sync import sandbox
from bulk_sync.api.client import Client
from bulk_sync.errors import BadInput, Interrupted, LedgerUnreachable, Yielded
from bulk_sync.fleet import job_run, submission
from bulk_sync.fleet.job_run import carry_out
from bulk_sync.fleet.job_table import JobTable
from bulk_sync.fleet.submission import cancelled, options_of, retried, submitted
from bulk_sync.ledger import Ledger, Runs
from bulk_sync.ledger.leases import Lease
from bulk_sync.send.signals import Cancellation
from bulk_sync.settings import Settings
from tests.postgres import eventually

PHONES = [f"+1415555{number:04d}" for number in range(12)]


@pytest.fixture
def team(shared, tmp_path, monkeypatch):
    """A team's jobs on this computer, whose contacts are in a sandbox."""
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path)
    monkeypatch.setattr(job_run, "AGAIN", 0.1)
    monkeypatch.setattr(job_run, "PAUSE", 0.1)
    people = [sandbox.SandboxContact(phone=phone) for phone in PHONES]
    with (
        sandbox.running(contacts=people, options=sandbox.SandboxOptions(limiter="none")) as api,
        closing(JobTable(shared)) as table,
    ):
        (tmp_path / "key").write_text(api.key)
        (tmp_path / "key").chmod(0o600)
        (tmp_path / "bulk-sync.toml").write_text(
            f'[profile.red]\nbase_url = "{api.url}"\nkey_file = "{tmp_path}/key"\n'
        )

        def submit(**options):
            path = tmp_path / "list.csv"
            path.write_text("phone,status\n" + "".join(f"{phone},paused\n" for phone in PHONES))
            return submitted(shared, "red", path, options_of(Settings(str(path), **options)))

        def part(job, cancellation=None):
            begun, body = table.begin(job)
            return carry_out(shared, begun, body, cancellation or Cancellation(), lambda _: None)

        yield SimpleNamespace(place=shared, table=table, api=api, submit=submit, part=part)


def test_most_updates_are_those_of_all_parts_together(team):
    job = team.submit(max_writes=5)
    assert team.part(job).exit_code == 5
    assert team.table.find(job).settled == 5
    again = team.part(job)  # as if it had been put back
    assert (again.state, again.exit_code) == ("failed", 5)
    assert "--max-writes" in again.reason
    assert team.table.find(job).settled == 5
    team.table.ended(job, again.state, again.exit_code, again.reason)
    assert retried(team.table, job)
    team.part(job)
    assert team.table.find(job).settled == 10, "a person's retry begins anew"


def test_the_time_of_all_parts_together_is_limited(team):
    job = team.submit(max_duration="5h")
    found = team.table.find(job)
    team.table.keep(job, found.options_with(used=5 * 3600.0))
    ending = team.part(job)
    assert ending.exit_code == 5
    assert "--max-duration" in ending.reason
    team.table.keep(job, found.options_with(used=3600.0))
    given, _ = job_run.left(team.table.find(job), 3600.0, 0, time.time())
    assert given["max_duration"] == "14400.000s"


def test_the_time_of_a_part_whose_worker_died_counts_until_its_last_update(team):
    job = team.submit(max_duration="5h", max_writes=3)
    began = time.time()
    team.part(job)
    found = team.table.find(job)
    team.table.keep(job, found.options_with(used=100.0, began=began))
    assert 100.0 < job_run.used(team.table.find(job), team.table) < 100.0 + time.time() - began + 0.1


def test_the_time_of_day_at_which_a_job_stops_is_that_after_it_was_submitted(team):
    at = (datetime.now() - timedelta(minutes=2)).strftime("%H:%M")  # noqa: DTZ005 -- people's own clock
    job = team.submit(until=at)
    found = team.table.find(job)
    ends = found.kept["ends"]
    assert 86_000 < ends - time.time() < 86_400
    assert job_run.left(found, 0.0, 0, time.time())[0]["until"] == at
    team.table.keep(job, found.options_with(ends=time.time() - 1))
    ending = team.part(job)
    assert ending.exit_code == 5
    assert "--until" in ending.reason
    assert team.table.find(job).run is None


def test_a_job_that_has_ended_is_not_gone_on_with_by_whoever_waited_for_it(team):
    job = team.submit()
    ended = []
    with Lease(team.place, f"job {job}"):
        second = threading.Thread(target=lambda: ended.append(team.part(job)))
        second.start()
        time.sleep(1.0)
        team.table.ended(job, "failed", 5, "Stopped.")
    second.join(30)
    assert ended == [None]
    assert team.table.find(job).settled == 0


@pytest.mark.parametrize("reason", [Yielded(), Interrupted(15)])
def test_a_job_that_is_to_make_room_when_nothing_of_it_is_left_is_finished(team, monkeypatch, reason):
    cancellation, heard, exchange = Cancellation(), [], Client.exchange

    async def and_make_room(self, request):
        answer = await exchange(self, request)
        if request.method == "POST":
            heard.append(request)
            if len(heard) == len(PHONES):
                cancellation.cancel(reason)
        return answer

    monkeypatch.setattr(Client, "exchange", and_make_room)
    job = team.submit()
    ending = team.part(job, cancellation)
    assert (ending.state, ending.exit_code, ending.goes_on) == ("finished", 0, False)
    again = team.part(job)  # its worker died before it could note that
    assert (again.state, again.exit_code, again.goes_on) == ("finished", 0, False)
    assert len(heard) == len(PHONES)


def test_what_ended_by_the_clock_with_every_row_settled_has_the_exit_code_of_its_rows(team):
    job = team.submit()
    assert team.part(job).exit_code == 0
    name = team.table.find(job).run
    for errors, code in ((0, 0), (2, 1)):
        with Ledger.open(team.place, name) as ledger:
            ledger.note({"exit_code": 143, "codes": {"leaves_dnc": 2}, "row_errors": errors})
        assert team.part(job).exit_code == code, "leaves_dnc is the word of errors and of what stays in DNC"


def test_trouble_with_the_database_puts_a_job_back_and_many_times_of_it_end_it(team, monkeypatch):
    def away(*_):
        raise LedgerUnreachable("The shared ledger cannot be used.")

    job = team.submit()
    monkeypatch.setattr(job_run.whole, "run", away)
    monkeypatch.setattr(job_run, "MOST_TROUBLES", 2)
    for _ in range(2):
        ending = team.part(job)
        assert ending.goes_on
        team.table.keep(job, ending.options)
    assert not team.part(job).goes_on
    monkeypatch.undo()


def test_a_database_that_is_away_when_a_job_begins_puts_it_back(team, server):
    begun, body = team.table.begin(team.submit())
    with server.away():
        ending = carry_out(team.place, begun, body, Cancellation(), lambda _: None)
    assert ending.goes_on


def test_what_nobody_expected_is_kept_by_its_kind_alone(team, monkeypatch):
    def fails(*_):
        raise ValueError("+14155550000 is somebody's number")

    monkeypatch.setattr(job_run.whole, "run", fails)
    ending = team.part(team.submit())
    assert (ending.state, ending.exit_code) == ("failed", 7)
    assert "ValueError" in ending.reason
    assert "somebody" not in ending.reason


def test_a_worker_without_room_for_the_file_ends_the_job_with_a_reason(team, monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job_run, "scratch_folder", full)
    ending = team.part(team.submit())
    assert ending.state == "failed"
    assert "No space left" in ending.reason


def test_a_retry_sends_the_rows_again_that_all_failed_and_as_often_as_it_is_tried(team):
    job = team.submit(rate="100/s")  # in more than 30 updates
    team.part(job)
    for _ in range(2):
        all_failed(team, job)
        run = team.table.find(job).run
        assert retried(team.table, job)
        assert team.part(job).state == "finished"
        found = results(team, job)
        assert set(found["sync_code"]) == {"updated"}
        assert set(found["sync_run"]) == {team.table.find(job).run}
        assert team.table.find(job).run != run, "they were sent again"


def results(team, job):
    with Ledger.open(team.place, team.table.find(job).run) as ledger:
        return pd.read_csv(BytesIO(ledger.files.results()), dtype=str)


def all_failed(team, job):
    """Make it look as if the API had failed at every update of a job."""
    found, text = results(team, job), BytesIO()
    found.assign(sync_result="error", sync_code="server_error", sync_retryable="yes").to_csv(text, index=False)
    team.table.session.execute("UPDATE file SET body = ? WHERE name = 'results'", (text.getvalue(),))
    team.table.session.execute("UPDATE outcomes SET code = 'server_error'")
    team.table.session.execute("UPDATE job SET state = 'running' WHERE id = ?", (job,))
    team.table.ended(job, "failed", 3, "No update succeeded.")


def test_a_retry_of_what_is_done_and_of_which_no_results_are_kept_is_refused(team):
    job = team.submit()
    team.part(job)
    team.table.ended(job, "failed", 3, "No update succeeded.")
    team.table.session.execute("DELETE FROM file WHERE name = 'results'")
    with pytest.raises(BadInput, match="Submit its file again"):
        retried(team.table, job)


def test_a_job_deletes_nobody_elses_records_and_its_own_after_its_own_time(team):
    with Ledger.create(team.place, "20200101-000000-old1", {"subject": "/other/team.csv", "done": True}) as old:
        old.note({"started": time.time() - 2000 * 86_400, "ended": 1.0})
    jobs = [team.submit(keep_runs=keep) for keep in ("30d", "1000d")]
    for job in jobs:
        team.part(job)
        team.table.ended(job, "finished", 0, None)
    assert Runs(team.place).has("20200101-000000-old1")
    runs = [team.table.find(job).run for job in jobs]
    team.table.session.execute("UPDATE job SET ended = ended - interval '100 days'")
    team.table.forget(90 * 86_400.0)
    assert [Runs(team.place).has(run) for run in runs] == [False, True]
    assert team.table.find(jobs[1]).state == "finished"
    with pytest.raises(BadInput):
        team.table.find(jobs[0])


def test_a_file_that_the_queue_did_not_take_has_its_number_and_is_put_into_it_later(
    team, server, monkeypatch, tmp_path
):
    def put(*given):
        with server.away():
            return submission.put_really(*given)

    monkeypatch.setattr(submission, "put_really", submission.put, raising=False)
    monkeypatch.setattr(submission, "put", put)
    path, said = tmp_path / "list.csv", []
    path.write_text("phone,status\n+14155550000,paused\n")
    job = submitted(team.place, "red", path, options_of(Settings(str(path))), tell=said.append)
    assert f"Job {job} is submitted" in said[0]
    assert "worker" in said[0]
    with suppress(LedgerUnreachable):  # its connection broke
        team.table.session.execute("SELECT 1")
    assert eventually(lambda: [each.id for each in team.table.lost(0.1)]) == [job]


def test_whoever_cancels_a_job_asks_its_worker_first_whatever_its_state_says(team):
    job = team.submit()
    team.table.begin(job, team.table.find(job).number)
    with Lease(team.place, f"job {job}"):
        team.table.session.execute("UPDATE job SET state = 'waiting'")
        assert "ends within seconds" in cancelled(team.table, job)
        assert team.table.find(job).state == "waiting"
        assert team.table.asked_of([job])[0] == {job}


def test_who_has_begun_a_job_under_an_older_number_changes_it_no_more(team):
    job = team.submit()
    first = team.table.find(job).number
    assert team.table.begin(job, first) is not None
    team.table.numbered(job, first + 1)
    assert not team.table.waits(job, first)
    assert not team.table.ended(job, "failed", 3, "Stopped.", first)
    assert team.table.begin(job, first) is None
    team.table.numbered(job, first)
    assert team.table.find(job).number == first + 1
    assert team.table.begin(job, first + 1) is not None
    assert team.table.waits(job, first + 1)

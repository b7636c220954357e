"""A person at a terminal is shown what a run would do. What happens after a yes, a no, and where nobody is asked?"""

import json
import os
import subprocess
import sys
import time

import pytest

from bulk_sync import confirmation
from bulk_sync.ledger.store import LocalFiles
from bulk_sync.plan import planning
from bulk_sync.report import console
from bulk_sync.sandbox import SandboxContact
from tests.desk import PHONES, desk

posix = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals")

IN_DNC, PAUSED, ACTIVE = PHONES[:2], PHONES[2:6], PHONES[6:]
ROWS = [(IN_DNC[0], "active"), (PAUSED[0], "active"), (PAUSED[1], "paused"), (ACTIVE[0], "DNC"), (ACTIVE[1], "paused")]
WRONG = [("555", "paused"), (ACTIVE[1], "paused")]
FIGURES = (
    "This would send at most 5 updates: 1 sets DNC, 2 stop outreach, at most 2 restart outreach. Contacts that are in "
    "DNC stay there; that is checked when each update is sent. "
    "Left out: 2 rows, 1 skipped (duplicate), 1 with an error (invalid_phone). "
    "This takes a few seconds. Send them?"
)


@pytest.fixture
def at(tmp_path, monkeypatch, capsys):
    stands = dict.fromkeys(IN_DNC, "DNC") | dict.fromkeys(PAUSED, "paused")
    contacts = [SandboxContact(phone=phone, status=stands.get(phone, "active")) for phone in PHONES]
    with desk(tmp_path, monkeypatch, capsys, contacts) as at:
        at.sheet(ROWS + WRONG)
        yield at


@pytest.fixture
def asked(monkeypatch):
    """What a person is asked, who sits at the terminal of this very process and says `asked.answer`."""

    class Questions(list):
        answer = True

    questions = Questions()

    def ask(question, count=None):
        questions.append((" ".join(question.split()), count))
        return questions.answer

    monkeypatch.setattr(console, "_has_terminal", lambda: True)
    monkeypatch.setattr(console, "at_terminal", ask)
    monkeypatch.setattr(confirmation, "PATIENCE", 1e9)  # where waits are skipped, time is over at once
    return questions


def test_what_would_be_done_is_said_before_it_is_done(at, asked):
    assert at("rows.csv").code == 1
    assert asked == [(FIGURES, None)]
    assert at.codes() == ["leaves_dnc", *["updated"] * 4, "invalid_phone", "duplicate"]


def test_a_no_sends_nothing_writes_a_preview_and_leaves_no_run_behind(at, asked):
    asked.answer = False
    done = at("rows.csv", "--json-results", "run.json")
    assert done.code == 3
    assert "Cancelled. Nothing was sent." in done.screen
    assert not at.sent
    assert at.history() == []
    said = json.loads((at.work / "run.json").read_text())
    assert (said["exit_code"], said["dry_run"], said["stopped"]) == (3, True, "Cancelled. Nothing was sent.")
    preview = at.rows(said["results"])
    assert [row["sync_result"] for row in preview] == [*["would_send"] * 5, "error", "skipped"]


@pytest.mark.parametrize("options", [(), ("-o", "mine.csv")])
def test_a_preview_takes_no_results_away(at, asked, options):
    name = options[1] if options else "rows.results.csv"
    at("rows.csv", *options)
    before = (at.work / name).read_bytes()
    asked.answer = False
    assert at("rows.csv", *options, "--fresh").code == 3
    assert (at.work / name).read_bytes() == before


def test_a_retry_is_asked_about_what_it_would_send_and_its_file_stays_as_it_is(at, asked):
    at("rows.csv")
    assert at("retry", "rows.results.csv").code == 1
    assert len(asked) == 1  # nothing was left to send
    at.rewrite([row | {"status": row["status"].replace("paused", "fulfilled")} for row in at.rows()])
    before = (at.work / "rows.results.csv").read_bytes()
    asked.answer = False
    assert at("retry", "rows.results.csv").code == 3
    assert (at.work / "rows.results.csv").read_bytes() == before
    left = "This would send at most 2 updates: 2 stop outreach."
    assert asked[1][0].startswith(f"3 updates of 5 already done. {left}")


def test_a_run_that_goes_on_asks_about_what_is_left(at, asked):
    at.sheet([(phone, "DNC") for phone in ACTIVE[:3]])
    at("rows.csv", "--max-writes", 1)
    at("rows.csv")
    run, takes = at.history()[0]["run"], "This takes a few seconds."
    assert [said for said, _ in asked] == [
        f"This would send 3 updates: 3 set DNC. {takes} It stops early at --max-writes 1. Send them?",
        f"Run {run} would continue: 1 update already done. This would send 2 updates: 2 set DNC. {takes} Send them?",
    ]
    assert len(at.history()) == 1


def test_with_only_changed_the_contacts_are_read_first_and_once(at, asked, monkeypatch):
    assert at("rows.csv", "--only-changed").code == 1
    said, _ = asked[0]
    assert said.startswith("This would send 3 updates: 1 sets DNC, 1 stops outreach, 1 restarts outreach. Left out: ")
    assert "2 skipped (1 duplicate, 1 unchanged), 2 with errors (1 invalid_phone, 1 leaves_dnc)" in said
    assert at.codes() == ["leaves_dnc", "updated", "unchanged", "updated", "updated", "invalid_phone", "duplicate"]
    assert {row["sync_previous_status"] for row in at.rows()[:3]} == {"DNC", "paused"}


def test_what_could_not_be_read_in_time_is_said_as_at_most(at, asked, monkeypatch):
    monkeypatch.setattr(confirmation, "PATIENCE", 0.0)
    assert at("rows.csv", "--only-changed").code == 1
    assert asked[0][0].startswith("This would send at most 5 updates: 1 sets DNC, 2 stop outreach, at most 2 restart")
    assert "those that already have these values will be skipped" in asked[0][0]
    assert at.codes() == ["leaves_dnc", "updated", "unchanged", "updated", "updated", "invalid_phone", "duplicate"]


def test_who_answers_after_the_end_of_the_run_is_too_late(at, asked, monkeypatch):
    monkeypatch.setattr(console, "at_terminal", lambda _question, _count=None: late.append(86_400.0) is None)
    late, now = [], time.time
    monkeypatch.setattr(time, "time", lambda: now() + sum(late))
    done = at("rows.csv", "--until", "12:00")
    assert (done.code, at.sent.total()) == (5, 0)
    assert "Nothing was sent: it is past 12:00 (--until)." in done.screen


def test_a_time_of_day_that_passes_while_the_file_is_read_is_not_that_of_tomorrow(at, monkeypatch):
    late, now, decide = [], time.time, planning.decide
    monkeypatch.setattr(time, "time", lambda: now() + sum(late))
    monkeypatch.setattr(planning, "decide", lambda *given: (late.append(86_400.0), decide(*given))[1])
    assert (at("rows.csv", "--until", "12:00").code, at.sent.total()) == (5, 0)


@pytest.mark.parametrize("edit", ["corrected", "deleted"])
def test_a_file_that_was_corrected_while_the_question_waited_is_not_sent_as_it_was(at, asked, monkeypatch, edit):
    """The results would have said of the new rows what was done for the old ones."""

    def correct_and_agree(*_):
        at.sheet([(phone, "DNC") for phone in ACTIVE]) if edit == "corrected" else (at.work / "rows.csv").unlink()
        return True

    monkeypatch.setattr(console, "at_terminal", correct_and_agree)
    done = at("rows.csv")
    assert done.code == 2
    assert ("was changed after it was read" if edit == "corrected" else "cannot be read") in done.screen
    assert (at.sent.total(), at.history(), list(at.work.glob("*.results.*"))) == (0, [], [])


def test_a_file_that_is_saved_as_its_copy_is_made_is_not_sent_as_it_was(at, monkeypatch):
    keep = LocalFiles.keep

    def keep_what_was_just_saved(files, path):
        at.sheet([(phone, "DNC") for phone in ACTIVE])
        return keep(files, path)

    monkeypatch.setattr(LocalFiles, "keep", keep_what_was_just_saved)
    assert at("rows.csv").code == 2
    assert at.sent.total() == 0
    assert "no unfinished run" in at("resume").screen


def test_where_nothing_is_left_to_send_nobody_is_asked(at, asked):
    at.sheet([(phone, "paused") for phone in PAUSED])
    assert at("rows.csv", "--only-changed").code == 0
    assert asked == []
    assert at.codes() == ["unchanged"] * 4


def test_a_guard_rail_asks_in_place_of_the_question(at, asked):
    assert at("rows.csv", "--max-stop", 2, "--no-confirm").code == 1
    assert at("rows.csv", "--max-stop", 3, "--fresh").code == 1
    assert [count for _, count in asked] == [3, None]


@pytest.mark.parametrize("options", [["--yes"], ["--no-confirm"], ["--no-input"], ["--sandbox"], ["--dry-run"]])
def test_some_options_take_the_question_away(at, asked, options):
    assert at("rows.csv", *options).code == 1
    assert asked == []


def test_so_do_the_environment_and_the_users_own_settings(at, asked):
    assert at("rows.csv", BULK_SYNC_CONFIRM="false").code == 1
    own = at.home / "home" / "bulk-sync"
    own.mkdir(parents=True)
    (own / "bulk-sync.toml").write_text("confirm = false\n")
    assert at("rows.csv", "--fresh").code == 1
    assert asked == []
    assert at("rows.csv", "--fresh", "--confirm").code == 1
    assert len(asked) == 1


def test_resume_and_inbox_never_ask(at, asked, monkeypatch):
    monkeypatch.setattr("bulk_sync.inbox.STILL", 0.0)
    at("rows.csv", "--no-confirm", "--max-writes", 1)
    assert at("resume", "--max-writes", 9).code == 1
    at.sheet([(PAUSED[2], "active")], "next.csv")
    (at.work / "rows.results.csv").unlink()
    (at.work / "rows.csv").unlink()
    assert at("inbox", ".", "--once").code == 0
    assert asked == []


@pytest.mark.parametrize("flags", [["-q"], ["-v"], ["--json"], ["--log-format", "json"]])
def test_however_little_is_said_the_question_is_asked(at, asked, flags):
    asked.answer = False
    done = at("rows.csv", *flags)
    assert (done.code, len(asked)) == (3, 1)
    assert not at.sent
    if "--json" in flags:
        assert json.loads(done.out)["exit_code"] == 3


def test_an_undo_is_asked_like_a_run(at, asked):
    at("rows.csv", "--only-changed", "--no-confirm")
    run, results = at.history()[0]["run"], f"undo-{at.history()[0]['run']}.csv"
    before = at.sent.total()
    for flags in (["--dry-run"], ["--no-confirm"], ["--no-input"]):
        assert at("undo", run, *flags).code == 1  # the one in DNC would stay there
    assert (asked, at.sent.total()) == ([], before)
    asked.answer = False
    assert at("undo", run).code == 3
    assert (at.work / results.replace(".csv", ".preview.csv")).exists()
    assert not (at.work / results).exists()
    assert asked[0][0].startswith("This would send at most 3 updates: ")
    assert "left as it is if somebody has changed it since" in asked[0][0]
    assert at.sent.total() == before
    asked.answer = True
    assert at("undo", run).code == 1
    assert [at.status(phone) for phone in (PAUSED[0], ACTIVE[0], ACTIVE[1])] == ["paused", "DNC", "active"]


@posix
@pytest.mark.trial
@pytest.mark.parametrize(
    ("typed", "code"), [("y\n", 1), ("Yes\n", 1), ("\n", 3), ("n\n", 3), ("5\n", 3), ("\x04", 3), ("\x03", 130)]
)
def test_at_a_terminal_only_a_yes_sends(at, typed, code):
    done = at.answered(typed, "rows.csv", "-q")
    assert done.code == code
    said = " ".join(done.screen.split())
    assert said.startswith(f"{FIGURES} [y/N]")
    assert at.sent.total() == (4 if code == 1 else 0)
    if code == 130:
        assert said.endswith("Cancelled. Nothing was sent.")
        assert {each.name for each in at.work.iterdir()} == {"rows.csv"}
    else:
        assert done.screen.count("[y/N]") == 1


def test_what_was_not_understood_is_said_before_the_question(at, asked):
    at.sheet([(ACTIVE[0], "paused"), (ACTIVE[1], "Opt out"), (ACTIVE[2], "Opt out")])
    asked.answer = False
    done = at("rows.csv")
    heard = done.screen.split("Preview of")[0]
    assert '2 rows  Opt out  --value status:"Opt out"=DNC' in heard
    assert len(asked) == 1


@posix
@pytest.mark.trial
def test_the_question_goes_to_standard_error(at):
    done = at.answered("y\n", "rows.csv", "--json", stdout=True)
    assert done.code == 1
    assert json.loads(done.out)["codes"]["updated"] == 4
    assert "[y/N]" in done.screen


@posix
@pytest.mark.trial
@pytest.mark.parametrize("stream", ["stdin", "stderr"])
def test_without_a_terminal_at_either_end_nobody_is_asked(at, stream):
    import pty

    ours, theirs = pty.openpty()
    streams = {"stdin": theirs, "stderr": theirs} | {stream: subprocess.DEVNULL}
    with at.started("rows.csv", "-q", **streams) as process:
        assert process.wait(30) == 1
    os.close(ours)
    os.close(theirs)
    assert at.sent.total() == 4

"""An exception that nobody expected: is what was applied recorded, is the rest sent later, and is nobody named?"""

import socket

import pytest

from tests import adapter
from tests.raw_api import KEY, NOT_OFFERED, reply, updated

pytestmark = pytest.mark.trial

PHONES = [f"+1415555{number:04d}" for number in range(100, 112)]
SECRETS = [*PHONES, "Jane Roe", KEY, "5555"]


@pytest.fixture
def at(raw_desk):
    """`at(answer)`: a desk of rows with names that stop outreach, whose API answers updates so."""

    def begin(answer=updated):
        desk = raw_desk(answer)
        desk.sheet([(phone, "paused", "Jane Roe") for phone in PHONES], head=("phone", "status", "name"))
        return desk

    return begin


def report_of(desk):
    [path] = desk.state.rglob("*report*.txt")
    assert path.stat().st_mode & 0o077 == 0
    text = path.read_text("utf-8")
    assert not [secret for secret in SECRETS if secret in text]
    assert str(desk.home) not in text
    return text


def raises(text):
    raise ZeroDivisionError(f"{text} {PHONES[0]} Jane Roe {KEY}")


@pytest.mark.parametrize("place", adapter.PLACES_OF_FAULTS)
def test_a_fault_anywhere_ends_with_7_what_was_applied_is_known_and_resume_sends_the_rest(at, place):
    accepted = set()

    def answer(asked):
        accepted.add(asked.json["phone"])
        return updated(asked)

    desk = at(answer)
    with adapter.fault(place, after=3, error=lambda: raises("bug")):
        done = desk("rows.csv", "--concurrency", 3)
    assert done.code == 7
    assert "ZeroDivisionError" in done.screen
    assert "Jane" not in done.screen
    assert "ZeroDivisionError" in report_of(desk)
    for row in desk.rows():
        if row["sync_code"] == "updated":
            assert row["phone"] in accepted
        elif row["sync_result"] == "not_sent":
            assert row["sync_code"] == "stopped"
            assert row["phone"] not in accepted
        else:
            assert (row["sync_code"], row["sync_retryable"]) == ("network_error", "yes")
    assert desk("resume").code == 0
    assert desk.codes() == ["updated"] * len(PHONES)


def test_a_fault_while_the_file_is_read_ends_with_7_and_a_report(at):
    desk = at()
    with adapter.fault("planning", after=0, error=lambda: raises("bug")):
        done = desk("rows.csv")
    assert (done.code, len(desk.api.asked)) == (7, 0)
    assert "ZeroDivisionError" in report_of(desk)
    assert desk("rows.csv").code == 0


def test_a_row_whose_request_got_no_answer_before_the_run_ended_is_never_called_not_sent(at):
    def answer(asked):
        if asked.json["phone"] != PHONES[3]:
            return reply(401, {"error": "Unauthorized", "message": "No"}) if lost else updated(asked)
        lost.append(asked)
        return reply(401, {"error": "Unauthorized", "message": "No"}) if len(lost) > 1 else hang_up

    lost, hang_up = [], lambda connection: connection.shutdown(socket.SHUT_RDWR)
    desk = at(answer)
    assert desk("rows.csv", "--concurrency", 1).code == 4
    rows = desk.rows()
    assert [row["sync_code"] for row in rows] == ["updated"] * 3 + ["network_error"] + ["key_refused"] * 8
    assert "may have landed" in rows[3]["sync_error"]
    assert "bulk-sync resume" in rows[3]["sync_error"]
    desk.api.answer = lambda asked: updated(asked) if asked.writes else NOT_OFFERED
    assert desk("resume").code == 0
    assert desk.codes() == ["updated"] * len(PHONES)


def test_what_one_session_may_have_sent_is_not_called_not_sent_by_the_next(at):
    refusal, calls = reply(401, {"error": "Unauthorized", "message": "No"}), []

    def answer(asked):
        calls.append(asked)
        return (lambda connection: connection.shutdown(socket.SHUT_RDWR)) if len(calls) == 1 else refusal

    desk = at(answer)
    desk.sheet([(phone, "DNC") for phone in PHONES[:2]])
    for command in ("rows.csv", "resume"):
        assert desk(command, "--concurrency", 1).code == 4
        assert desk.codes() == ["network_error", "key_refused"]
        assert "may have landed" in desk.rows()[0]["sync_error"]
    desk.api.answer = lambda asked: updated(asked) if asked.writes else NOT_OFFERED
    assert desk("resume").code == 0
    assert desk.codes() == ["updated"] * 2


def test_a_retry_that_ends_early_still_knows_what_may_have_landed(at):
    desk = at(lambda asked: lambda connection: connection.shutdown(socket.SHUT_RDWR))
    desk.sheet([(phone, "DNC") for phone in PHONES[:2]])
    assert desk("rows.csv").code == 3
    assert desk.codes() == ["network_error"] * 2
    desk.api.answer = lambda asked: reply(401, {"error": "Unauthorized", "message": "No"})
    assert desk("retry", "rows.results.csv", "--concurrency", 1).code == 4
    assert desk.codes() == ["network_error"] * 2
    assert all("may have landed" in row["sync_error"] for row in desk.rows())
    desk.api.answer = lambda asked: updated(asked) if asked.writes else NOT_OFFERED
    assert desk("retry", "rows.results.csv").code == 0
    assert desk.codes() == ["updated"] * 2

"""What does a log say of a run?"""

import json

import pytest

from bulk_sync.errors import Code
from bulk_sync.model import Change, Outcome, Update
from bulk_sync.report.log import LOGGER, Log, masked, to_standard_error

PHONE = "+14155552671"
BY_PHONE = Update(0, Change("paused"), phone=PHONE)
BY_ID = Update(1, Change("paused"), contact_id="7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59")


@pytest.fixture(autouse=True)
def as_it_was():
    before = LOGGER.handlers, LOGGER.propagate, LOGGER.level
    yield
    LOGGER.handlers, LOGGER.propagate, LOGGER.level = before
    LOGGER.setLevel(before[2])


@pytest.mark.parametrize(
    ("phone", "shown"),
    [(PHONE, "+1•••••••671"), ("+4930123456", "+4••••••456"), ("+1234567", "+1•••567"), (None, ""), ("", "")],
)
def test_a_number_is_masked(phone, shown):
    assert masked(phone) == shown


def run(capsys, form, *, verbose):
    to_standard_error(form, verbose=verbose)
    log = Log()
    log.message("Columns: phone from A.")
    log.message("")
    log.started(2)
    log.outcome(2, BY_PHONE, Outcome(Code.UPDATED, "", 200, 1), 12.34)
    log.outcome(3, BY_ID, Outcome(Code.REJECTED, "no", 400, 1), 0.0)
    log.ended()
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_verbose_logs_every_call_with_its_number_masked(capsys):
    lines = run(capsys, "text", verbose=True)
    assert len(lines) == 5
    assert lines[2].endswith("INFO row 2 +1•••••••671: updated (200, 1 tries)")
    assert lines[3].endswith("WARNING row 3 by ID: rejected (400, 1 tries)")
    assert PHONE not in "".join(lines)


def test_once_a_minute_the_log_says_how_far_a_run_is_and_what_it_waits_for(capsys):
    now = [0.0]
    to_standard_error("json", verbose=False)
    log = Log(clock=lambda: now[0])
    log.started(240)
    for row in range(240):
        now[0] += 1.0
        log.outcome(row, BY_PHONE, Outcome(Code.UPDATED, "", 200, 1), 240.0 - row)
    log.waiting(38.04, "30/min")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line.get("done")) for line in lines] == [
        ("started", None), ("progress", 60), ("progress", 120), ("progress", 180), ("progress", 240), ("waiting", None),
    ]  # fmt: skip
    assert (lines[-1]["seconds"], lines[-1]["limit"]) == (38.0, "30/min")


def test_json_has_an_object_in_every_line(capsys):
    lines = [json.loads(line) for line in run(capsys, "json", verbose=True)]
    assert [line["level"] for line in lines] == ["info", "info", "info", "warning", "info"]
    assert lines[0]["message"] == "Columns: phone from A."
    assert (lines[1]["event"], lines[1]["updates"]) == ("started", 2)
    call = lines[2]
    assert {name: call[name] for name in ("row", "phone", "code", "http_status", "attempts", "seconds_left")} == {
        "row": 2,
        "phone": "+1•••••••671",
        "code": "updated",
        "http_status": 200,
        "attempts": 1,
        "seconds_left": 12.3,
    }
    assert call["at"].endswith("Z")


def test_a_sentence_with_a_line_break_stays_one_line_of_json(capsys):
    to_standard_error("json", verbose=True)
    Log().message("a\nb")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "a\nb"

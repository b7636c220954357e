"""What ends a run in the middle of an update's tries?"""

import pytest

from bulk_sync.api.responses import FailureReason, Response, TransportFailure
from bulk_sync.errors import Code, KeyRefused, RefusedEveryWindow, WrongAddress
from bulk_sync.send.tries import MOST_REFUSED_WINDOWS

from .trial import DONE, DOWN, HELD, NOTHING, PAGE, Trial, reply


def test_twelve_windows_without_a_success_stop_the_run_as_rate_limited():
    trial = Trial(HELD)
    with pytest.raises(RefusedEveryWindow) as stopped:
        trial.settle()
    assert MOST_REFUSED_WINDOWS == 12
    assert len(trial.wire.calls) == 12
    assert stopped.value.code is Code.RATE_LIMITED
    assert stopped.value.exit_code == 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(401, {"message": "Invalid or missing API key"}), KeyRefused),
        (reply(403), KeyRefused),
        (reply(301), WrongAddress),
        (PAGE, WrongAddress),
        (TransportFailure(FailureReason.CERTIFICATE), WrongAddress),
    ],
)
def test_what_stops_the_run_is_raised_at_once(answer, reason):
    trial = Trial(answer)
    with pytest.raises(reason):
        trial.settle()
    assert len(trial.wire.calls) == 1
    assert trial.pauses == []


@pytest.mark.parametrize("first", [DONE, reply(400, {"message": "no"}), reply(404, {"message": "Contact not found"})])
def test_a_web_page_after_the_api_was_understood_is_a_row_trouble(first):
    trial = Trial(first, PAGE)
    trial.settle()
    assert trial.settle().code is Code.REJECTED


@pytest.mark.parametrize(
    "first",
    [Response(405, {"content-type": "text/html"}, b"<html>"), Response(400, {}, b"<html>no</html>"), NOTHING, DOWN],
)
def test_a_web_sites_refusal_or_a_failure_is_not_the_apis_word(first):
    trial = Trial(first, PAGE)
    with pytest.raises(WrongAddress):
        for _ in range(2):
            trial.settle()

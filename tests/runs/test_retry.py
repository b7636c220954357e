"""Which rows of a results file need not be sent again? What its cells say counts where the record is gone."""

import pytest

from tests.desk import PHONES

pytestmark = pytest.mark.trial

A, B = PHONES[:2]
STOOD = {
    "phone": A,
    "status": "paused",
    "sync_result": "success",
    "sync_code": "updated",
    "sync_retryable": "",
    "sync_phone": A,
    "sync_at": "2026-11-22T01:00:00.000Z",
    "sync_run": "20261122-010000-gone",
}


@pytest.mark.parametrize(
    ("cells", "is_sent"),
    [
        ({}, False),
        ({"sync_phone": A.removeprefix("+")}, False),
        ({"sync_result": "SUCCESS "}, False),
        ({"sync_result": ""}, True),
        ({"sync_result": "not_sent", "sync_code": "deadline", "sync_retryable": "yes"}, True),
        ({"sync_result": "would_send"}, True),
        ({"sync_result": "error", "sync_code": "server_error", "sync_retryable": "yes"}, True),
        ({"sync_result": "error", "sync_code": "rejected", "sync_retryable": "no"}, False),
        ({"sync_result": "error", "sync_code": "rejected", "sync_retryable": "no", "sync_phone": B}, True),
        ({"sync_result": "error", "sync_code": "unknown_status", "sync_retryable": "no", "sync_at": ""}, True),
    ],
)
def test_without_a_record_the_cells_decide(at, cells, is_sent):
    at.rewrite([STOOD | cells])
    at("retry", "rows.results.csv")
    assert at.sent == ({A: 1} if is_sent else {})


def test_what_stands_keeps_its_outcome_and_its_run(at):
    at.rewrite([STOOD | {"sync_http_status": "200.0", "sync_attempts": "2.0"}, {"phone": B, "status": "paused"}])
    at("retry", "rows.results.csv")
    stood, sent = at.rows()
    kept = ("sync_run", "sync_at", "sync_result", "sync_http_status", "sync_attempts")
    assert [stood[name] for name in kept] == [STOOD["sync_run"], STOOD["sync_at"], "success", "200", "2"]
    assert sent["sync_run"] != STOOD["sync_run"]

"""Who goes on with a run goes on with its options: what decides is the run's own, what limits holds now."""

import json

import pytest

from tests.attacks.test_durability import ROWS, killed, sheet
from tests.desk import PHONES

pytestmark = pytest.mark.trial


@pytest.fixture
def stopped(at):
    """A desk with a run that stopped after two of its rows."""
    sheet(at)
    assert at("rows.csv", "--max-writes", "2").code == 5
    return at


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BULK_SYNC_REGION", "GB"),
        ("BULK_SYNC_PHONE_CHECK", "possible"),
        ("BULK_SYNC_MAP", "status=phone"),
        ("BULK_SYNC_VALUE", "status:gone=DNC"),
        ("BULK_SYNC_ON_CONFLICT", "last"),
        ("BULK_SYNC_VARIABLES", "replace"),
        ("BULK_SYNC_CREATE_MISSING", "550e8400-e29b-41d4-a716-446655440000"),
        ("BULK_SYNC_BASE_URL", "http://127.0.0.1:9"),
        ("BULK_SYNC_SANDBOX", "1"),
        ("BULK_SYNC_DELIMITER", ";"),
    ],
)
def test_resume_refuses_another_value_of_what_decides(stopped, name, value):
    sent = stopped.sent.total()
    done = stopped("resume", "--max-writes", "100", **{name: value})
    assert done.code == 2, done.screen
    assert name in done.screen
    assert stopped.sent.total() == sent
    assert stopped("resume", "--max-writes", "100").code == 0
    assert stopped.statuses(ROWS) == {"paused"}


def test_resume_refuses_it_from_a_settings_file_too_and_as_a_flag(stopped):
    (stopped.work / "bulk-sync.toml").write_text('region = "GB"\n')
    assert stopped("resume", "--max-writes", "100").code == 2
    (stopped.work / "bulk-sync.toml").unlink()
    assert stopped("resume", "--region", "GB").code == 2
    assert stopped.sent.total() == 2


def test_the_same_value_is_no_other(stopped):
    assert stopped("resume", "--max-writes", "100", BULK_SYNC_REGION="US").code == 0


def test_what_limits_holds_now_wherever_it_is_given(stopped):
    assert stopped("resume", BULK_SYNC_MAX_WRITES="1").code == 5
    assert stopped.sent.total() == 3
    (stopped.work / "bulk-sync.toml").write_text("max_writes = 2\n")
    assert stopped("resume").code == 5
    assert stopped.sent.total() == 5
    assert stopped("resume", "--max-writes", "100").code == 0


@pytest.mark.parametrize("command", [("resume",), ("retry", "rows.results.csv")])
def test_a_dry_run_is_one_everywhere(stopped, command):
    done = stopped(*command, "--json", BULK_SYNC_DRY_RUN="1")
    assert json.loads(done.out)["dry_run"]
    assert stopped.sent.total() == 2
    assert json.loads(done.out)["codes"].get("updated") == len(ROWS)
    assert stopped("resume", "--max-writes", "100").code == 0
    assert stopped.sent.total() == len(ROWS)


def test_a_dry_run_of_an_undo_puts_nothing_back_whatever_yes_says(stopped):
    assert stopped("resume", "--max-writes", "100").code == 0
    run = stopped.history()[0]["run"]
    sent = stopped.sent.total()
    assert stopped("undo", run, "--yes", BULK_SYNC_DRY_RUN="1").code in {0, 1}
    assert stopped.sent.total() == sent


def test_retry_refuses_another_value_of_what_decides(stopped):
    done = stopped("retry", "rows.results.csv", "--region", "GB")
    assert done.code == 2
    assert "region" in done.screen
    assert stopped.sent.total() == 2
    assert stopped("retry", "rows.results.csv", "--region", "US").code == 0


def test_a_killed_run_goes_on_under_the_limits_of_now(at):
    sheet(at)
    run = killed(at)
    assert at("resume", run, BULK_SYNC_MAX_WRITES="1").code == 5
    assert at("resume", run, "--max-writes", "100").code == 0
    assert at.status(PHONES[5]) == "paused"

"""Undoing a run as a person does it: a look first, then only what still stands as the run left it."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import bulk_sync
from bulk_sync.errors import Code
from bulk_sync.ledger import Ledger
from tests.stories.conftest import Run, sandbox
from tests.stories.test_contacts import results

pytestmark = pytest.mark.trial

ROWS = """phone,status
+12025550101,paused
+12025550114,paused
+14155550123,DNC
+13055550147,active
+19995550100,paused
"""


def statuses(crm: httpx.Client) -> dict[str, str]:
    return {each["phoneNumber"]: each["status"] for each in crm.get("/contacts?limit=100").json()["contacts"]}


def learn(state: Path, run: str, before: dict[str, str]) -> None:
    """Make the record of a run that of one which had read what stood there before."""
    with Ledger.open(state, run) as ledger:
        for record in list(ledger.records()):
            if record.outcome.code is Code.UPDATED:
                phone = record.update.phone or ""
                ledger.record_all([(record.update, replace(record.outcome, previous_status=before[phone]))])


def test_a_run_is_looked_at_and_then_put_back_where_nobody_has_changed_anything_since(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    (run.folder / "wrong.csv").write_text(ROWS)
    with sandbox(tmp_path, "--writes", "1000/s", "--reads", "1000/s") as api:
        crm = httpx.Client(base_url=api.url, headers={"X-API-Key": api.key}, trust_env=False)
        before = statuses(crm)
        wrong = bulk_sync.sync(str(run.folder / "wrong.csv"), base_url=api.url, key=api.key).run
        learn(tmp_path / "state", wrong, before)
        crm.post("/contacts/update", json={"phone": "+12025550114", "status": "not-interested"})
        after = statuses(crm)

        preview = run.anywhere("undo", wrong, api=api)
        looked = {row["phone"]: row["sync_code"] for row in results(run.folder / f"undo-{wrong}.preview.csv")}
        assert statuses(crm) == after
        done = run.anywhere("undo", wrong, "--yes", api=api)
        stands = statuses(crm)
        crm.close()

    assert preview.returncode == 1, preview.stderr.decode()
    said = " ".join(preview.stderr.decode().split())
    assert f"Run {wrong} sent changes for 4 contacts; 4 can be put back." in said
    assert "Would send 2 updates" in said
    assert f"To put this back: bulk-sync undo {wrong} --yes" in said
    assert done.returncode == 1
    rows = {row["phone"]: row for row in results(run.folder / f"undo-{wrong}.csv")}
    codes = {phone: row["sync_code"] for phone, row in rows.items()}
    assert codes == looked
    assert codes == {
        "+12025550101": "updated",
        "+12025550114": "changed_since",
        "+14155550123": "leaves_dnc",
        "+13055550147": "updated",
    }
    assert rows["+12025550101"]["sync_previous_status"] == "paused"
    assert "--allow-leaving-dnc" in rows["+14155550123"]["sync_error"]
    assert stands == before | {"+12025550114": "not-interested", "+14155550123": "DNC"}

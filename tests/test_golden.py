"""What files of many kinds came to when the house was rebuilt: exit codes, codes, numbers, and what was sent.

Sentences are free to become better; these are not. Where a change of them is wanted, this writes them anew, and the
difference is there to be read before it is committed:

    GOLDEN_ANEW=1 pytest -n 0 -m trial tests/test_golden.py
"""

import json
import os
from pathlib import Path

import pytest

import bulk_sync
from bulk_sync import sandbox
from bulk_sync.errors import BulkSyncError
from tests.desk import desk
from tests.golden_cases import PHONES, files

pytestmark = pytest.mark.trial

GOLDEN = Path(__file__).with_name("golden.json")

PLAYS = {
    "a preview, German": {"dry_run": True, "offline": True, "region": "DE"},
    "a preview, strict": {"dry_run": True, "offline": True, "on_conflict": "error", "phone_check": "possible"},
    "a run": {"order": "file", "concurrency": 1},
    "a run of what differs": {"only_changed": True, "concurrency": 1},
}
"""Runs of one file, one after the other, against one API."""


def played(at, name, content):
    """What the plays of a file come to: of each the exit code, each row's code and number, and what was sent."""
    (at.work / name).write_bytes(content)
    found = {}
    for title, options in PLAYS.items():
        at.door.bodies.clear()
        play = bulk_sync.preview if options.get("dry_run") else bulk_sync.sync
        more = {name: value for name, value in options.items() if name != "dry_run"}
        try:
            result = play(str(at.work / name), fresh=True, output="out.csv", **more)
        except BulkSyncError as error:
            found[title] = {"exit": error.exit_code}
            continue
        rows = result.outcomes[["sync_code", "sync_phone"]].to_numpy().tolist()
        found[title] = {
            "exit": result.exit_code,
            "rows": [" ".join(filter(None, row)) for row in rows],
            "sent": sorted(
                json.dumps(body, sort_keys=True) for body in at.door.bodies
            ),  # looks decide which leaves first
        }
    return found


@pytest.mark.parametrize(("name", "content"), [pytest.param(*each, id=each[0]) for each in files()])
def test_files_come_to_what_they_came_to(name, content, tmp_path, monkeypatch, capsys):
    contacts = [
        sandbox.SandboxContact(phone=phone, status="DNC" if number % 9 == 0 else "active")
        for number, phone in enumerate(PHONES)
    ]
    with desk(tmp_path, monkeypatch, capsys, contacts) as at:
        found = played(at, name, content)
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    if os.environ.get("GOLDEN_ANEW"):
        text = json.dumps(golden | {name: found}, indent=1, ensure_ascii=False)
        GOLDEN.write_text(f"{text}\n", encoding="utf-8")
    else:
        assert found == golden[name]

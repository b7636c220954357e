"""Several runs of one key, in processes of their own: they share the limit, and one that is killed harms none."""

import os
import signal
import subprocess
import sys
import time

import pytest

from bulk_sync import sandbox
from bulk_sync.sandbox.limits import Gate
from tests.simulation.several import busiest

pytestmark = pytest.mark.trial

LIMIT, PERIOD, ROWS = 60, 1.0, 60


@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL there")
def test_three_runs_share_a_key_and_the_death_of_a_fourth_breaks_no_limit(tmp_path, monkeypatch):
    passed = []
    admit = Gate.admit

    def watched(gate, method, key, now):
        admission = admit(gate, method, key, now)
        if method != "GET":  # reads, those of the guard, have a limit of their own
            passed.append(now)
        return admission

    monkeypatch.setattr(Gate, "admit", watched)
    phones = [f"+1415555{number:04d}" for number in range(4 * ROWS)]
    options = sandbox.SandboxOptions(limiter="none")
    with sandbox.running(contacts=[sandbox.SandboxContact(phone=phone) for phone in phones], options=options) as api:
        environment = os.environ | {"BULK_SYNC_API_KEY": api.key, "BULK_SYNC_STATE_DIR": str(tmp_path / "state")}
        runs = []
        for number in range(4):
            file = tmp_path / f"{number}.csv"
            rows = phones[number * ROWS : (number + 1) * ROWS]
            file.write_text("phone,status\n" + "".join(f"{phone},paused\n" for phone in rows))
            command = [sys.executable, "-m", "bulk_sync", str(file), "--base-url", api.url, "--rate", f"{LIMIT}/s"]
            runs.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL))
        while len(passed) < LIMIT:
            time.sleep(0.01)
        runs[0].send_signal(signal.SIGKILL)
        said = [run.communicate(timeout=60)[1].decode() for run in runs]
    assert [run.returncode for run in runs[1:]] == [0, 0, 0]
    assert busiest(passed, PERIOD) <= LIMIT
    assert any("Another run uses the same key" in text for text in said[1:])

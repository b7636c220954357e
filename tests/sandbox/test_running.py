"""The embedded server: there when it says so, gone when the block is left, silent all along."""

import os
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sandbox import SandboxContact, SandboxOptions, running


def test_it_accepts_as_soon_as_the_block_begins_and_no_more_once_it_ends():
    with running() as served:
        answer = httpx.get(f"{served.url}/campaigns", headers={"X-API-Key": served.key})
        assert answer.status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{served.url}/campaigns")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_it_stops_however_the_block_is_left(error):
    before = set(threading.enumerate())
    with pytest.raises(error), running() as served:
        raise error
    assert set(threading.enumerate()) <= before
    with pytest.raises(httpx.ConnectError):
        httpx.get(served.url)


def test_a_client_that_hangs_does_not_keep_it_from_stopping():
    with running(options=SandboxOptions(faults={"hang": 1.0})) as served:
        host, port = served.url.removeprefix("http://").split(":")
        waiting = socket.create_connection((host, int(port)), timeout=10)
        waiting.sendall(f"GET /campaigns HTTP/1.1\r\nHost: x\r\nX-API-Key: {served.key}\r\n\r\n".encode())
        # Once the page has been served, the request before it has been read.
        httpx.get(served.url)
    with waiting:
        assert waiting.recv(100) == b""


def test_it_prints_nothing_and_leaves_the_signal_handlers_alone(capfd):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with running() as served:
        httpx.get(f"{served.url}/nowhere")
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert capfd.readouterr() == ("", "")


def test_two_of_them_run_side_by_side_with_keys_of_their_own_which_are_not_printed():
    with running() as one, running() as two:
        assert one.url != two.url
        assert one.key.startswith("gua_")
        assert one.key not in repr(one)
        assert httpx.get(f"{two.url}/campaigns", headers={"X-API-Key": one.key}).status_code == 401


@pytest.mark.parametrize(
    ("people", "complaint"),
    [
        (["5"], r"has no E\.164 number or an unknown status"),
        (["+12025550101 vip"], r"has no E\.164 number or an unknown status"),
        (["+12025550101", "+12025550101"], "the number or the ID of another"),
    ],
)
def test_contacts_that_the_api_could_not_hold_are_refused(people, complaint):
    contacts = [SandboxContact(*person.split()[:1], status=(person.split()[1:] or ["active"])[0]) for person in people]
    with pytest.raises(BadInput, match=complaint), running(contacts=contacts):
        pass


def without_the_extra(*arguments, cwd):
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('uvicorn', 'httptools', 'uvloop', 'yaml')));"
        "from bulk_sync.cli import main; main()"
    )
    env = {**os.environ, "BULK_SYNC_STATE_DIR": str(cwd / "state")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def test_a_run_against_the_sandbox_says_what_to_install_and_a_preview_by_its_contacts_needs_nothing(tmp_path):
    (tmp_path / "rows.csv").write_text("phone,status\n+12025550101,paused\n")
    run = without_the_extra("rows.csv", "--sandbox", "--yes", cwd=tmp_path)
    assert "pip install 'bulk-sync[sandbox]'" in run.stderr
    preview = without_the_extra("rows.csv", "--sandbox", "--offline", "--dry-run", cwd=tmp_path)
    assert preview.returncode == 0, preview.stderr
    assert (tmp_path / "rows.preview.csv").exists()

"""bulk_sync/send/sharing/common_file.py: one writer at a time, for its owner only, and nobody waits for the dead."""

import os
import signal
import stat
import subprocess
import sys

import pytest

from bulk_sync.send.sharing.common_file import STUCK, CommonFile

URL, KEY = "https://api.example.com", "gua_12345678_secret"

HOLDER = f"""
import sys, time
from pathlib import Path
from bulk_sync.send.sharing.common_file import CommonFile
file = CommonFile(Path(sys.argv[1]), {URL!r}, {KEY!r}, "writes")
print(file.acquire() and file.save("left behind"), flush=True)
time.sleep(60)
"""


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened(tmp_path, clock):
    files = []

    def make(url=URL, key=KEY, kind="writes"):
        files.append(CommonFile(tmp_path / "state", url, key, kind, clock))
        return files[-1]

    yield make
    for file in files:
        file.close()


def test_one_at_a_time_holds_the_lock_and_the_next_reads_what_was_written(opened):
    one, other = opened(), opened()
    assert one.acquire()
    assert not other.acquire()
    assert one.load() is None
    assert one.save("text")
    assert not one.changed()
    assert other.changed()
    one.release()
    assert other.acquire()
    assert other.load() == "text"
    assert not other.changed()


def test_another_key_address_or_kind_is_another_file(opened):
    assert opened(url=URL + "/").path == opened().path
    assert len({opened().path, opened(key="other").path, opened(kind="reads").path, opened(url="http://b").path}) == 4


@pytest.mark.skipif(os.name != "posix", reason="permissions are the folder's own there")
def test_files_and_folder_are_for_their_owner_only_and_hold_no_key(opened, tmp_path):
    file = opened()
    file.acquire()
    file.save("text")
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    for path in file.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "secret" not in path.name + path.read_text()
    assert not list(file.path.parent.glob("*.new"))


@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL there")
def test_the_lock_of_a_killed_process_is_free_at_once_and_what_it_wrote_is_whole(opened, tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "state")], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline().strip() == b"True"
        file = opened()
        assert not file.acquire()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert file.acquire()
    assert file.load() == "left behind"


def test_a_lock_that_is_never_given_back_is_left_behind_and_its_owner_follows(opened, clock):
    stopped, one, other = opened(), opened(), opened()
    stopped.acquire()
    stopped.save("before")
    for _ in range(2):
        assert not one.acquire()
        assert not other.acquire()
        clock.now += STUCK + 0.1
    assert one.acquire()
    assert one.load() == "before"
    assert one.save("after")
    one.release()
    assert other.acquire()
    assert other.load() == "after"
    other.release()
    assert not stopped.save("too late")
    stopped.release()
    assert stopped.changed()
    assert stopped.acquire()
    assert stopped.load() == "after"


def test_others_who_take_turns_are_not_mistaken_for_one_that_hangs(opened, clock):
    busy, one = opened(), opened()
    busy.acquire()
    for number in range(8):
        busy.save(str(number))
        assert not one.acquire()
        clock.now += STUCK / 2.5
        busy.release()
        busy.acquire()
    assert one.path == busy.path


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(OSError, match="state"):
        CommonFile(tmp_path / "state", URL, KEY, "writes").acquire()

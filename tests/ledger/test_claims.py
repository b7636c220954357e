"""Who works on a file at this moment?"""

import subprocess
import sys

import pytest
from filelock import FileLock

from bulk_sync.errors import AlreadyRunning
from bulk_sync.ledger import Claim

HOLD = """
import sys
from bulk_sync.ledger import Claim
from pathlib import Path
with Claim(Path(sys.argv[1]), "/data/contacts.csv") as claim:
    claim.by("20261121-aaaa")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_file_that_another_process_syncs_is_refused_with_the_name_of_its_run(holder, tmp_path):
    with pytest.raises(AlreadyRunning) as refused, Claim(tmp_path, "/data/contacts.csv"):
        pass
    assert refused.value.exit_code == 6
    assert "/data/contacts.csv" in str(refused.value)
    assert "20261121-aaaa" in str(refused.value)
    assert str(holder.pid) in str(refused.value)


def test_a_claim_does_not_outlive_its_process_whatever_ends_it(holder, tmp_path):
    assert Claim(tmp_path, "/data/contacts.csv").is_taken
    holder.kill()
    holder.wait()
    assert not Claim(tmp_path, "/data/contacts.csv").is_taken
    with Claim(tmp_path, "/data/contacts.csv") as claim:
        assert claim.last_run == "20261121-aaaa"


def test_a_note_that_is_damaged_is_no_note(tmp_path):
    with Claim(tmp_path, "a") as claim:
        claim.by("one")
    for note in (tmp_path / "claims").glob("*.json"):
        note.write_text("{")
    assert Claim(tmp_path, "a").last_run is None


@pytest.mark.parametrize("trouble", [NotImplementedError, PermissionError])
def test_where_there_are_no_locks_nobody_is_kept_from_working(tmp_path, monkeypatch, trouble):
    def acquire(*_args, **_more):
        raise trouble

    monkeypatch.setattr(FileLock, "acquire", acquire)
    with Claim(tmp_path, "a") as claim:
        assert not claim.is_sure
        assert not claim.is_taken

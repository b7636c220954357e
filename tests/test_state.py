"""The state folder: private folders that last as long as their process; files that are whole, and their owner's."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bulk_sync.state import scratch_folder, write_whole


def test_what_a_killed_process_left_is_removed_by_the_next_and_that_of_a_living_one_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path))
    work = (
        "import sys\nfrom bulk_sync.state import scratch_folder\n"
        "with scratch_folder() as folder:\n    print(folder, flush=True)\n    sys.stdin.read()"
    )
    start = lambda: subprocess.Popen([sys.executable, "-c", work], stdin=-1, stdout=-1, text=True)  # noqa: E731
    with start() as killed, start() as living:
        left, kept = (each.stdout.readline().strip() for each in (killed, living))
        killed.kill()
        killed.wait()
        with scratch_folder():
            pass
        assert not Path(left).exists()
        assert Path(kept).exists()
        living.communicate()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_where_the_state_folder_takes_nothing_it_is_a_temporary_folder(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "file"))
    with scratch_folder() as folder:
        assert folder.is_dir()
        assert tmp_path not in folder.parents
    assert not folder.exists()


def test_a_text_that_cannot_be_written_leaves_nothing_beside_it(tmp_path):
    place = tmp_path / "run.json"
    write_whole(place, "before")
    with pytest.raises(UnicodeEncodeError):
        write_whole(place, "half of it, then \ud800")
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    assert place.read_text() == "before"


@pytest.mark.skipif(os.name != "posix", reason="not everybody may make links there")
def test_a_link_that_somebody_laid_where_it_is_written_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / ".run.json.unfinished").symlink_to(precious)
    write_whole(tmp_path / "run.json", "text")
    assert precious.read_text() == "precious"
    assert not (tmp_path / "run.json").is_symlink()
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="not everybody may make links there")
def test_a_place_that_is_a_link_stays_one(tmp_path):
    """As `/dev/stdout` is: whoever may write there would have taken it from everybody."""
    (tmp_path / "target.json").touch()
    (tmp_path / "link.json").symlink_to("target.json")
    write_whole(tmp_path / "link.json", "text")
    assert (tmp_path / "link.json").readlink() == Path("target.json")
    assert (tmp_path / "target.json").read_text() == "text"

"""bulk_sync/output.py: where the results go, and that they get there."""

import errno
import signal
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from bulk_sync import output
from bulk_sync.errors import BadInput
from bulk_sync.inbox import is_input
from bulk_sync.settings import Settings


def test_results_of_a_folder_that_takes_no_files_go_to_the_working_folder(tmp_path, monkeypatch):
    here, locked = tmp_path / "here", tmp_path / "locked"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(output, "_takes_files", lambda folder: folder == here)
    place, note = output.results_path(Settings(str(locked / "c.csv")), locked / "c.csv")
    assert place == here / "c.results.csv"
    assert str(locked) in note


def test_results_take_the_place_of_none_that_were_written_in_the_same_second(tmp_path):
    file = tmp_path / "c.results.csv"
    names = []
    for _ in range(4):
        names.append(output.free(file).name)
        (tmp_path / names[-1]).touch()
    assert len(set(names)) == 4
    assert not any(map(is_input, names)), "an inbox takes none of them for a list"


@pytest.mark.parametrize("out", ["", "nowhere/out.csv"])
def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_sent(tmp_path, out):
    with pytest.raises(BadInput, match="-o"):
        output.results_path(Settings("c.csv", output=tmp_path / out), tmp_path / "c.csv")


def write(text):
    return lambda place: place.write_text(text) and None


def test_results_are_written_where_they_belong(tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "unused"))
    (tmp_path / "unused").mkdir()
    assert output.deliver(write("results"), out, Path("c.csv")) == (out, "")
    assert list((tmp_path / "unused").iterdir()) == []
    assert out.read_text() == "results"


def test_results_that_cannot_be_written_there_are_written_beside_it(tmp_path):
    out = tmp_path / "out.csv"

    def held_open(place):
        if place == out:
            raise PermissionError(errno.EACCES, "held open by a spreadsheet")
        place.write_text("results")

    place, note = output.deliver(held_open, out, Path("c.csv"))
    assert place.read_text() == "results"
    assert place.parent == tmp_path
    assert str(out) in note
    assert str(place) in note


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that a program works in")
def test_results_of_a_run_whose_folders_are_all_gone_go_to_the_temporary_one(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    place, note = output.deliver(write("results"), gone / "out.csv", Path("c.csv"))
    assert place.read_text() == "results"
    assert str(place) in note


def test_results_that_can_be_written_nowhere_are_told_of(tmp_path):
    def full(place):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(BadInput, match="No space left"):
        output.deliver(full, tmp_path / "out.csv", Path("c.csv"))


def test_results_on_standard_output_are_the_bytes_of_the_file(capfdbinary):
    assert output.deliver(write("a,b\n"), None, Path("standard-input.csv")) == (None, "")
    assert capfdbinary.readouterr().out == b"a,b\n"


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread only"
)
def test_the_first_interruption_while_results_are_written_is_held_back():
    with output.signals_held():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)

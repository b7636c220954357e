"""Is the work that is shared with a second process done as one alone would do it, whatever becomes of the other?"""

import io
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from itertools import count

import pytest

from bulk_sync.abreast import companion as beside
from bulk_sync.abreast import spread as spreading
from bulk_sync.abreast.companion import ITEM, WORK, Companion, Task
from bulk_sync.abreast.serving import serve
from bulk_sync.abreast.spread import engaged, spread

from ..stories.conftest import ROOT, environment
from .labour import DiesAbroad, FailsAbroad, refuse, twice, where

pytestmark = pytest.mark.trial

LONG = 60  # seconds in which a process has started on any machine


def company(work):
    """A companion that has learned its work."""
    companion = Companion(["os"])
    companion.learn(work)
    assert companion.ready.wait(LONG)
    return companion


def until(done):
    """Numbers, until `done` is true."""
    for number in count():
        if done():
            return
        yield number


def test_both_processes_work_and_the_results_come_in_order():
    seen = []
    for result in spread(where, until(lambda: len({process for _, process in seen}) > 1)):
        seen.append(result)  # noqa: PERF402  # the items look at it meanwhile
    assert [number for number, _ in seen] == list(range(len(seen)))
    assert len({process for _, process in seen}) == 2


@pytest.mark.parametrize("work", [DiesAbroad(), FailsAbroad()])
def test_what_the_other_process_does_not_bring_back_is_done_here(work):
    companion = company(work)
    tasks = [Task(number) for number in range(2)]
    assert [companion.takes(task) for task in tasks] == [True, True]
    assert [task.result(work) for task in tasks] == [0, 1]
    companion.close()


def test_it_takes_no_more_than_it_can_do_soon_and_what_it_has_at_the_end_comes_back_undone():
    companion = company(where)
    os.kill(companion._process.pid, getattr(signal, "SIGSTOP", signal.SIGTERM))
    tasks = [Task(number) for number in range(3)]
    taken = [companion.takes(task) for task in tasks]
    companion.close()
    assert not taken[2]
    assert [task.result(where) for task in tasks[:2]] == [(0, os.getpid()), (1, os.getpid())]
    assert not companion.takes(tasks[2])
    with pytest.raises(ProcessLookupError):
        os.kill(companion._process.pid, 0)


def test_what_is_raised_is_raised_here():
    found = spread(refuse, range(20))
    with pytest.raises(ValueError, match="the seventh"):
        list(found)


@pytest.mark.parametrize("items", [range(30), [lambda: None] * 30])
def test_what_cannot_travel_is_done_here(items):
    assert list(spread(lambda item: item, items)) == list(items)


def test_one_that_fails_again_and_again_is_asked_no_more():
    work = FailsAbroad()
    companion = company(work)
    for number in range(2):
        task = Task(number)
        assert companion.takes(task)
        assert task.result(work) == number
    assert not companion.takes(Task(2))
    companion.close()


def test_an_item_that_cannot_travel_ends_the_company_and_not_the_work():
    companion = company(where)
    task = Task(lambda: None)
    assert companion.takes(task)
    assert task.result(lambda item: 5) == 5
    companion.close()


def test_without_a_python_to_start_there_is_no_company(monkeypatch, tmp_path):
    for executable in ("", str(tmp_path / "application"), str(tmp_path / "python3")):
        monkeypatch.setattr(sys, "executable", executable)
        assert beside._started() is None
        assert list(spread(where, range(3))) == [(number, os.getpid()) for number in range(3)]


@pytest.mark.parametrize("had", [0, 1])
def test_without_threads_to_attend_to_it_there_is_no_company(monkeypatch, had):
    processes, started = [], []
    start_process, start_thread = beside._started, threading.Thread.start

    def start(thread):
        if len(started) == had:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start_thread(thread)

    monkeypatch.setattr(beside, "_started", lambda: processes.append(start_process()) or processes[-1])
    monkeypatch.setattr(threading.Thread, "start", start)
    assert list(spread(where, range(3))) == [(number, os.getpid()) for number in range(3)]
    assert [process.returncode is not None for process in processes] == [True]
    assert not any(thread.is_alive() for thread in started)


def test_a_frozen_application_is_not_started_again(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert beside._started() is None


def test_results_wait_for_an_earlier_one_only_so_long(monkeypatch):
    drawn, asked = [], []

    class Hangs(Companion):
        def takes(self, task):
            return task.item == 1

    class Slow(Task):
        def result(self, work):
            if not self.is_done:
                asked.append(len(drawn))
                self.settle()
            return super().result(work)

    monkeypatch.setattr(beside, "_started", lambda: None)
    monkeypatch.setattr("bulk_sync.abreast.spread.Companion", Hangs)
    monkeypatch.setattr("bulk_sync.abreast.spread.Task", Slow)
    found = spread(where, (drawn.append(number) or number for number in range(30)))
    assert [number for number, _ in found] == list(range(30))
    assert asked == [10]


@pytest.mark.parametrize("module", ["os", "no.such.module"])
def test_the_other_process_answers_each_task_and_ends_with_its_input(module):
    said = io.BytesIO()
    numbers = [(ITEM, number) for number in (1, 7, 3)]
    tasks = [(ITEM, 1), (WORK, b"?"), (ITEM, 2), (WORK, pickle.dumps(refuse)), *numbers]
    serve(io.BytesIO(b"".join(map(pickle.dumps, ([module], *tasks)))), said)
    said.seek(0)
    assert [pickle.load(said) for _ in range(6)] == [True, (), (), (1,), (), (3,)]
    assert not said.read()


def test_one_companion_does_one_work_after_another():
    with engaged(["os"]):
        processes = set()
        for _ in range(2):
            seen = []
            for result in spread(where, until(lambda seen=seen: len({process for _, process in seen}) > 1)):
                seen.append(result)  # noqa: PERF402  # the items look at it meanwhile
            assert [number for number, _ in seen] == list(range(len(seen)))
            processes |= {process for _, process in seen}
        assert list(spread(refuse, range(5))) == list(range(5))
    assert len(processes) == 2
    with pytest.raises(ProcessLookupError):
        os.kill((processes - {os.getpid()}).pop(), 0)


def test_of_two_works_at_once_the_companion_does_the_one_it_learned_last():
    with engaged(["os"]):
        assert spreading._engaged.get().ready.wait(LONG)
        first, second = spread(where, count()), spread(twice, count())
        for number in range(100):
            assert next(first)[0] == number
            assert next(second) == 2 * number


def test_a_work_that_failed_abroad_or_cannot_travel_does_not_stand_in_the_way_of_the_next():
    companion = company(FailsAbroad())
    for number in range(2):
        task = Task(number)
        assert companion.takes(task)
        assert task.result(FailsAbroad()) == number
    companion.learn(lambda number: number)
    assert not companion.takes(Task(0))
    companion.learn(where)
    task = Task(4)
    assert companion.takes(task)
    assert task.result(where) == (4, companion._process.pid)
    companion.close()


ALONE = """
import os, sys, signal
from bulk_sync.abreast.companion import Companion
companion = Companion(['os'])
companion.learn(len)
companion.ready.wait()
print(companion._process.pid, flush=True)
signal.pause()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="there is no way to wait for a process of another")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_behind_when_this_process_is_killed(tmp_path, how):
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    other = os.pidfd_open(int(process.stdout.readline()))
    process.send_signal(how)
    process.communicate(timeout=LONG)
    assert select.select([other], [], [], LONG)[0], "it still runs"
    os.close(other)


UNGUARDED = """
from bulk_sync.abreast import companion
print("once", flush=True)
beside = companion.Companion(['os'])
beside.learn(len)
assert beside.ready.wait(60)
beside.close()
"""


def test_a_program_that_does_not_guard_its_main_module_is_not_run_twice(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED)
    run = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env={**environment(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (run.stdout, run.stderr) == ("once\n", "")

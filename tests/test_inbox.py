"""bulk_sync/inbox.py: a folder in virtual time, with a stand-in for the run."""

import contextlib
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bulk_sync import inbox
from bulk_sync.errors import AlreadyRunning, ApiAway, BadInput, KeyRefused, PastGuardRail, TooManyErrors
from bulk_sync.inbox import Inbox
from bulk_sync.ledger import Unrecorded
from bulk_sync.notices import Ending
from bulk_sync.runs.latest import Latest

DAY = 1_795_780_800.0  # 2026-11-27, noon in UTC


@dataclass
class World:
    """A folder, a clock that goes on when somebody sleeps, and what happens at which second of it.

    `endings`: how the runs of a file end, in turn (the last one again and again); at first with 0.
    """

    folder: Path
    owner: str = "here"
    time: float = 0.0
    events: list = field(default_factory=list)
    endings: dict = field(default_factory=dict)
    over: dict = field(default_factory=dict)
    synced: Counter = field(default_factory=Counter)
    at: dict = field(default_factory=dict)
    reported: list = field(default_factory=list)
    told: list = field(default_factory=list)
    held: set = field(default_factory=set)

    def put(self, name, text="phone,status\n", changed=0.0):
        path = self.folder / name
        path.write_text(text)
        os.utime(path, (DAY + changed, DAY + changed))
        return path

    def grow(self, name):
        with (self.folder / name).open("a") as file:
            file.write("+14155550100,DNC\n")

    def sleep(self, seconds):
        self.time += seconds
        for event in [each for each in self.events if each[0] <= self.time]:
            self.events.remove(event)
            event[1]()
        if self.time > 3600:
            raise KeyboardInterrupt

    def sync(self, path):
        self.synced[path.name] += 1
        self.at.setdefault(path.name, self.time)
        endings = self.endings.get(path.name, [0])
        found = endings.pop(0) if len(endings) > 1 else endings[0]
        if isinstance(found, BaseException):
            raise found
        code, stop = found if isinstance(found, tuple) else (found, None)
        if code != 2:
            path.with_name(f"{path.stem}.results{path.suffix}").write_text("results")
        return Ending(path.name, code, stop, summary=Results(path) if code != 2 else None)

    @contextlib.contextmanager
    def hold(self, path):
        if path.name in self.held:
            raise AlreadyRunning
        yield

    def inbox(self, **more):
        return Inbox(
            self.folder, self.owner, self.sync, lambda path, ending: self.reported.append((path.name, ending)),
            self.told.append, latest=lambda path: self.over.get(path.name), hold=self.hold,
            note_place=lambda run, place: None, now=lambda: self.time, clock=lambda: DAY + self.time, sleep=self.sleep,
            **more,
        )  # fmt: skip

    def once(self, **more):
        return self.inbox(**more).run(once=True)

    def watch(self, **more):
        try:
            return self.inbox(**more).run(once=False)
        except KeyboardInterrupt:
            return "an hour"

    def files(self, where="."):
        return sorted(path.name for path in (self.folder / where).glob("*") if path.is_file())

    @property
    def done(self):
        return self.files("done/2026-11-27")

    @property
    def failed(self):
        return self.files("failed/2026-11-27")

    @property
    def claims(self):
        return sorted(path.name for path in (self.folder / ".bulk-sync").glob("*"))


class Results:
    run = "20261127-120000-abcd"

    def __init__(self, path):
        self.results = path.with_name(f"{path.stem}.results{path.suffix}")


@pytest.fixture
def world(tmp_path):
    (tmp_path / "in").mkdir()
    return World(tmp_path / "in")


@pytest.mark.parametrize(
    "name",
    [
        ".a.csv", "~$a.xlsx", ".~lock.a.ods#", "a.csv.part", "a.tmp", "a.csv.crdownload", "a.pdf", "a", "a.docx",
        "a.results.csv", "a.results-101500.csv", "a.preview.xlsx", "a.not_sent.csv", "undo-20261127-120000-k3fx.csv",
    ],
)  # fmt: skip
def test_hidden_and_temporary_files_and_our_own_results_are_left_alone(world, name):
    world.put(name)
    assert world.once() == 0
    assert not world.synced
    assert world.files() == [name]


def test_files_are_taken_one_after_another_the_one_changed_longest_ago_first(world):
    for name, changed in [("a.csv", -1), ("b.csv", -3), ("c.csv", -2)]:
        world.put(name, changed=changed)
    world.once()
    assert list(world.at) == ["b.csv", "c.csv", "a.csv"]


def test_a_file_that_grows_is_waited_for(world):
    world.put("slow.csv")
    world.events = [(second, lambda: world.grow("slow.csv")) for second in range(1, 9)]
    assert world.once() == 0
    assert world.at["slow.csv"] == 10.0


def test_once_leaves_a_file_that_still_grows_after_30_seconds_and_says_so(world):
    world.put("slow.csv")
    world.put("ready.csv")
    world.events = [(second, lambda: world.grow("slow.csv")) for second in range(1, 90)]
    assert world.once() == 5
    assert 30 <= world.time < 33
    assert world.synced == {"ready.csv": 1}
    assert world.files() == ["slow.csv"]
    assert "still growing" in dict(world.reported)["slow.csv"].what


def test_a_file_that_changes_at_the_last_moment_is_not_taken(world, monkeypatch):
    world.put("a.csv")
    put = inbox._put

    def put_and_grow(place, note):
        if not world.events:
            world.events.append((9, lambda: None))
            world.grow("a.csv")
        return put(place, note)

    monkeypatch.setattr(inbox, "_put", put_and_grow)
    world.once()
    assert world.synced == {"a.csv": 1}
    assert world.at["a.csv"] == 4.0
    assert world.claims == []


@pytest.mark.parametrize(
    ("ending", "folder"),
    [
        (0, "done"), (1, "done"), (2, "failed"), (7, "failed"),
        ((3, TooManyErrors), "failed"), ((3, PastGuardRail), "failed"),
    ],
)  # fmt: skip
def test_what_is_the_fault_of_one_file_moves_that_file_and_the_next_one_goes_on(world, ending, folder):
    world.put("a.csv", changed=-1)
    world.put("b.csv")
    world.endings["a.csv"] = [ending]
    assert world.once() == (ending[0] if isinstance(ending, tuple) else ending)
    assert "a.csv" in world.files(f"{folder}/2026-11-27")
    assert "b.csv" in world.done
    assert world.claims == []


@pytest.mark.parametrize("ending", [(4, KeyRefused), 5, 129, 130, 143, 149, (3, ApiAway), 3, (7, Unrecorded)])
def test_what_concerns_every_file_ends_the_inbox_and_moves_none(world, ending):
    world.put("a.csv", changed=-1)
    world.put("b.csv")
    world.endings["a.csv"] = [ending]
    assert world.once() == (ending[0] if isinstance(ending, tuple) else ending)
    assert world.synced == {"a.csv": 1}
    assert world.files() == ["a.csv", "a.results.csv", "b.csv"]
    assert "stays in the inbox" in world.reported[0][1].where
    world.endings.clear()
    assert world.once() == 0
    assert world.synced == {"a.csv": 2, "b.csv": 1}
    assert len(world.done) == 4


def test_a_watch_outlives_an_api_that_is_away_and_tells_of_it_once(world):
    world.put("a.csv", changed=-1)
    world.put("b.csv")
    world.endings["a.csv"] = [(3, ApiAway), (3, ApiAway), 0]
    assert world.watch() == "an hour"
    assert world.synced == {"a.csv": 3, "b.csv": 1}
    assert world.at["b.csv"] > 600
    assert [(name, ending.exit_code) for name, ending in world.reported] == [("a.csv", 3), ("a.csv", 0), ("b.csv", 0)]
    assert len(world.done) == 4


def test_a_watch_ends_where_the_key_is_refused(world):
    world.put("a.csv")
    world.endings["a.csv"] = [(4, KeyRefused)]
    assert world.watch() == 4


def test_a_file_that_another_run_is_at_stays_and_others_go_on(world):
    world.put("a.csv", changed=-1)
    world.put("b.csv")
    world.endings["a.csv"] = [6]
    assert world.once() == 6
    assert world.synced == {"a.csv": 1, "b.csv": 1}
    assert "a.csv" in world.files()
    world.endings["a.csv"] = [6, 0]
    assert world.watch() == "an hour"
    assert "a.csv" in world.done


def test_a_watch_takes_what_comes(world):
    world.events = [(100, lambda: world.put("a.csv")), (200, lambda: world.put("b.csv"))]
    assert world.watch() == "an hour"
    assert world.synced == {"a.csv": 1, "b.csv": 1}
    assert 102 <= world.at["a.csv"] <= 103


def test_names_are_never_overwritten(world):
    for number in range(3):
        world.put("a.csv", f"{number}")
        world.once()
    assert world.done == [
        "a-2.csv", "a-2.results.csv", "a-3.csv", "a-3.results.csv", "a.csv", "a.results.csv",
    ]  # fmt: skip
    day = world.folder / "done" / "2026-11-27"
    assert [(day / name).read_text() for name in ("a.csv", "a-2.csv", "a-3.csv")] == ["0", "1", "2"]


def killed_at(world, name="a.csv"):
    """A watcher that dies while it syncs a file."""
    world.endings[name] = [KeyboardInterrupt(), 0]
    with pytest.raises(KeyboardInterrupt):
        world.once()
    assert name in world.files()


def test_what_a_watcher_left_that_died_is_gone_on_with(world):
    world.put("a.csv")
    killed_at(world)
    assert world.once() == 0
    assert world.synced == {"a.csv": 2}  # the run itself knows what it sent: the same file, the same ledger
    assert (world.done, world.claims) == (["a.csv", "a.results.csv"], [])


def test_a_file_whose_run_was_over_when_its_watcher_died_is_moved_and_not_synced_again(world):
    """Also where a person has brought the run to its end since, with `resume`."""
    world.put("a.csv")
    results = world.put("a.results.csv")
    killed_at(world)
    world.over["a.csv"] = Latest("today", 1, results)
    assert world.once() == 1
    assert world.synced == {"a.csv": 1}
    assert world.done == ["a.csv", "a.results.csv"]


def test_the_run_of_yesterday_does_not_stand_for_a_new_file_with_the_same_content(world):
    world.over["a.csv"] = Latest("yesterday", 0, None)
    world.put("a.csv")
    killed_at(world)
    assert world.once() == 0
    assert world.synced == {"a.csv": 2}
    world.put("a.csv")
    assert world.once() == 0
    assert world.synced == {"a.csv": 3}


def test_a_file_that_replaced_the_one_left_behind_is_a_new_one(world):
    world.put("a.csv")
    killed_at(world)
    world.over["a.csv"] = Latest("today", 0, None)
    world.put("a.csv", "phone,status\n+14155550100,DNC\n")
    world.over["a.csv"] = Latest("today", 0, None)
    world.once()
    assert world.synced == {"a.csv": 2}


def test_another_computer_leaves_a_claimed_file_alone_and_says_how_to_free_it(world):
    world.put("a.csv")
    killed_at(world)
    world.owner = "elsewhere"
    assert world.once() == 0
    assert world.synced == {"a.csv": 1}
    [said] = [each for each in world.told if "another computer" in each]
    assert str(world.folder / ".bulk-sync" / "a.csv.claim") in said
    world.watch()
    assert sum("another computer" in each for each in world.told) == 2


def test_a_claim_whose_file_is_gone_does_not_stay(world):
    world.put("a.csv")
    killed_at(world)
    (world.folder / "a.csv").unlink()
    assert world.once() == 0
    assert world.claims == []


def test_a_file_that_another_watcher_of_this_computer_holds_is_left_to_it(world):
    world.put("a.csv")
    world.held.add("a.csv")
    assert world.once() == 0
    assert not world.synced
    assert world.claims == []


def test_of_two_who_claim_a_file_at_the_same_moment_one_gets_it(world, monkeypatch):
    world.put("a.csv")
    latest = world.inbox()
    rival = {"owner": "elsewhere", "stamp": [0, 0]}
    latest.latest = lambda path: inbox._put(world.folder / ".bulk-sync" / "a.csv.claim", rival) and None
    assert latest.run(once=True) == 0
    assert not world.synced
    claim = world.folder / ".bulk-sync" / "a.csv.claim" / "claim.json"
    assert json.loads(claim.read_text())["owner"] == "elsewhere"
    assert world.claims == ["a.csv.claim"]


def test_a_file_that_is_taken_away_while_it_is_synced_is_no_trouble(world):
    path = world.put("a.csv")
    world.sync, sync = lambda each: (sync(each), path.unlink())[0], world.sync
    assert world.once() == 0
    assert world.done == ["a.results.csv"]
    assert world.claims == []


def test_a_file_that_is_changed_while_it_is_synced_is_synced_again(world):
    world.put("a.csv", "old")
    world.endings["a.csv"] = [1, 0]
    sync = world.sync

    def change(path):
        ending = sync(path)
        if ending.exit_code:
            world.put("a.csv", "newer")
        return ending

    world.sync = change
    assert world.once() == 1
    assert world.synced == {"a.csv": 2}
    assert world.done == ["a-2.csv", "a-2.results.csv", "a.results.csv"]
    assert (world.folder / "done" / "2026-11-27" / "a-2.csv").read_text() == "newer"
    assert "was changed meanwhile" in world.reported[0][1].where
    assert world.claims == []


def test_what_cannot_be_moved_is_said_and_never_synced_again(world, monkeypatch):
    world.put("a.csv")
    move = inbox.shutil.move

    def refuse(file, place):
        if file.name == "a.csv":
            raise PermissionError(13, "in use")
        move(file, place)

    def no_links(*_):
        raise PermissionError(1, "no links here")

    monkeypatch.setattr("bulk_sync.inbox.os.link", no_links)
    monkeypatch.setattr("bulk_sync.inbox.shutil.move", refuse)
    sync = world.sync

    def synced(path):
        ending = sync(path)
        world.over["a.csv"] = Latest("today", 0, ending.summary.results)
        return ending

    world.sync = synced
    assert world.once() == 7
    assert world.done == ["a.results.csv"]
    assert "could not be moved" in world.reported[0][1].what
    monkeypatch.undo()
    assert world.once() == 0
    assert world.synced == {"a.csv": 1}
    assert world.done == ["a.csv", "a.results.csv"]


def test_a_file_that_appears_in_the_place_of_another_at_the_last_moment_costs_neither(world, monkeypatch):
    world.put("a.csv", "mine")
    free = inbox._free

    def taken(folder, files, stem):
        places = free(folder, files, stem)
        places[-1].write_text("somebody else's")
        return places

    monkeypatch.setattr("bulk_sync.inbox._free", taken)
    assert world.once() == 7
    assert (world.folder / "a.csv").read_text() == "mine"
    assert (world.folder / "done" / "2026-11-27" / "a.csv").read_text() == "somebody else's"


@pytest.mark.parametrize("once", [True, False])
def test_until_ends_the_inbox_and_what_is_left_stays(world, once):
    world.put("a.csv", changed=-1)
    world.put("b.csv")
    assert world.inbox(until=DAY + 1.0).run(once=once) == 5
    assert not world.synced
    assert world.files() == ["a.csv", "b.csv"]


def test_a_folder_that_cannot_be_watched_is_a_sentence(world):
    with pytest.raises(BadInput, match="is not a folder"):
        Inbox(world.folder / "none", "here", world.sync, print, print).run(once=True)
    (world.folder / "done").write_text("a file")
    with pytest.raises(BadInput, match="cannot be watched"):
        world.once()


def test_a_folder_that_goes_away_is_a_sentence(world):
    def go_away():
        for each in world.folder.iterdir():
            each.rmdir()
        world.folder.rmdir()

    world.events = [(5, go_away)]
    with pytest.raises(BadInput, match="cannot be watched"):
        world.inbox().run(once=False)

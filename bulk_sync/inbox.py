"""The inbox: each new file of a folder is synced once, and moved with its results to done/ or failed/.

A file stays where it is while it is synced. That nobody syncs it twice, whatever happens, rests on three things:

- A claim: a folder in `.bulk-sync/`, renamed into its place whole, so that of several watchers, also on several
  computers, one gets it. It says which state folder (where the ledgers are) the watcher has, and which file it took, by
  size and time. It goes when the file has been moved.
- A lock, which ends with its process: a claim of this state folder without it was left by a watcher that died. The
  next one goes on with that file; no other computer does, since it has not the ledger.
- The ledger: a claimed file whose run is over, whoever brought it to its end, is moved and not synced again.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import AlreadyRunning, BadConfiguration, BadInput, PastGuardRail, TooManyErrors
from bulk_sync.ledger import Unrecorded
from bulk_sync.notices import Ending
from bulk_sync.runs import latest as runs
from bulk_sync.state import make_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

READABLE = frozenset([".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".ods"])
_OURS = re.compile(r"\.(results|preview|not_sent)(-\d{6}(-\d+)?)?$|^undo-\d{8}-\d{6}-\w{4}$", re.IGNORECASE)
HIDDEN = ".bulk-sync"

STILL = 2.0
"""Seconds for which size and time of a file must not change before it is taken."""
PATIENCE = 30.0
"""Seconds for which `--once` waits for that."""
POLL = 0.5
AGAIN = 300.0
"""Seconds until a file is looked at again that could not be synced or moved for now."""

_AWAY, _WRONG, _LIMIT, _BUSY, _FAULT, _SIGNALS = 3, 4, 5, 6, 7, 128
"""Exit codes; those of signals lie above the last."""
_FROM_BAD_TO_WORSE = (0, 1, _BUSY, _LIMIT, 2, _AWAY, _WRONG, _FAULT)

Stamp = tuple[int, int]
"""Size in bytes, and time of the last change in nanoseconds."""


def is_input(name: str) -> bool:
    """Whether a file of this name is one to sync: a list, not hidden or temporary, and no results of ours."""
    path = Path(name)
    return path.suffix.lower() in READABLE and not name.startswith((".", "~$")) and not _OURS.search(path.stem)


@dataclass(slots=True)
class Inbox:
    """A folder that is watched. `sync` syncs a file and never raises but to end the program.

    `report` hears what became of a file, with the ending's `where` in words; `tell` hears the rest. `owner` names this
    computer's state folder. `until`: the second of the epoch at which the inbox ends. `now` is a clock that is never
    set, `clock` the one of the wall.
    """

    folder: Path
    owner: str
    sync: Callable[[Path], Ending]
    report: Callable[[Path, Ending], None]
    tell: Callable[[str], None]
    until: float = math.inf
    latest: Callable[[Path], runs.Latest | None] = runs.latest
    hold: Callable[[Path], AbstractContextManager[None]] = runs.hold
    note_place: Callable[[str, Path], None] = runs.note_place
    now: Callable[[], float] = time.monotonic
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _once: bool = True
    _ends: bool = False
    _code: int = 0
    _paused: float = -math.inf
    _seen: dict[str, tuple[Stamp, float]] = field(default_factory=dict)
    _later: dict[str, float] = field(default_factory=dict)
    _said: dict[str, object] = field(default_factory=dict)
    _taken: Stamp | None = None

    def run(self, *, once: bool) -> int:
        """Sync what comes, or `once` what is there; the exit code. Raises BadInput where it is no folder to watch."""
        self._once = once
        self._prepare()
        waited = 0.0
        while not self._ends:
            ready, growing = self._look()
            if self.clock() >= self.until:
                self._leave(growing + ([ready[0]] if ready else []), "Not synced: it is past --until.")
            elif ready is not None:
                self._take(*ready)
            elif once and (not growing or waited >= PATIENCE):
                self._leave(growing, f"The file was still growing after {PATIENCE:.0f} seconds, so it was not synced.")
            else:
                self.sleep(POLL)
                waited += POLL
        return self._code

    def _prepare(self) -> None:
        with self._watchable():
            if not self.folder.is_dir():
                raise BadInput(f"{self.folder} is not a folder. Make it, or name another one.")
            for name in (HIDDEN, "done", "failed"):
                (self.folder / name).mkdir(exist_ok=True)
            for claim in (self.folder / HIDDEN).glob("*.claim"):
                if _read(claim).get("owner") == self.owner and not (self.folder / claim.stem).exists():
                    with contextlib.suppress(AlreadyRunning), self.hold(self.folder / claim.stem):
                        shutil.rmtree(claim, ignore_errors=True)

    @contextlib.contextmanager
    def _watchable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BadInput(f"The folder {self.folder} cannot be watched: {error.strerror or error}.") from None

    def _look(self) -> tuple[tuple[Path, Stamp] | None, list[Path]]:
        """The file whose turn it is, the one changed longest ago, and those that do not stand still yet."""
        now = self.now()
        if now < self._paused:
            return None, []
        with self._watchable():
            stamps = {
                path: stamp
                for path in self.folder.iterdir()
                if is_input(path.name) and self._later.get(path.name, now) <= now and (stamp := _stamp(path))
            }
        before, self._seen = self._seen, {}
        still: list[Path] = []
        growing: list[Path] = []
        for path, stamp in sorted(stamps.items(), key=lambda each: (each[1][1], each[0].name)):
            known, since = before.get(path.name, (None, now))
            self._seen[path.name] = (stamp, since if stamp == known else now)
            is_still = now - self._seen[path.name][1] >= STILL
            (still if is_still else growing).append(path)
        return ((still[0], stamps[still[0]]) if still else None), growing

    def _leave(self, left: list[Path], why: str) -> None:
        """End, and report each file that is left for this reason."""
        self._code = self._code if self._once else 0
        for path in left:
            self._report(path, Ending(path.name, _LIMIT, what=why, where="It stays in the inbox."))
        self._ends = True

    def _take(self, path: Path, stamp: Stamp) -> None:
        """Sync a file that stands still, and move it, unless another watcher has it or it is changed after all."""
        self._later[path.name] = self.now() + AGAIN
        try:
            with self.hold(path):
                with self._watchable():
                    claim = self._claimed(path, stamp)
                if claim is None:
                    return
                self._taken, last = stamp, self.latest(path)
                if last is not None and last.run != claim.get("before"):
                    self.tell(f"{path.name} is synced already (run {last.run}).")
                    self._move_away(path, Ending(path.name, last.exit_code), last.results, last.run)
                    return
                self.tell(f"Syncing {path.name}.")
                self._put_away(path, self.sync(path))
        except AlreadyRunning:
            self._tell_once(path, f"{path.name} is being synced by another watcher.")

    def _claimed(self, path: Path, stamp: Stamp) -> Mapping[str, Any] | None:
        """The claim to a file, made now or left by a watcher of this computer; None where it is not ours to sync."""
        place = self._claim(path)
        found = _read(place)
        is_own = found.get("owner") == self.owner
        if is_own and tuple(found.get("stamp", ())) == stamp:
            return found
        if is_own:  # the file that it was made for is gone
            shutil.rmtree(place, ignore_errors=True)
        before = self.latest(path)
        made = {"owner": self.owner, "stamp": stamp, "before": before and before.run}
        if not _put(place, made):
            gone = f"If that computer is gone for good, delete {place}."
            self._tell_once(path, f"{path.name} is claimed by another computer. {gone}")
            return None
        if _stamp(path) != stamp:
            shutil.rmtree(place, ignore_errors=True)
            self._later.pop(path.name)
            return None
        return made

    def _claim(self, path: Path) -> Path:
        return self.folder / HIDDEN / f"{path.name}.claim"

    def _put_away(self, path: Path, ending: Ending) -> None:
        """Move a file that is done with, well or not; leave one that is to be gone on with, and perhaps end."""
        is_full = ending.stop is Unrecorded  # the disk, most likely: the run goes on when there is space
        is_away = is_full or (ending.exit_code == _AWAY and ending.stop not in {TooManyErrors, PastGuardRail})
        if ending.exit_code in {_WRONG, _LIMIT} or ending.exit_code > _SIGNALS or (is_away and self._once):
            self._ends = True
            self._report(path, replace(ending, where="The file stays in the inbox; the next start continues with it."))
        elif is_away or ending.exit_code == _BUSY:
            self._paused = self.now() + AGAIN if is_away else self._paused
            where = f"The file stays in the inbox; it is tried again every {AGAIN / 60:.0f} minutes."
            self._report(path, replace(ending, where=where))
        else:
            summary = ending.summary
            self._move_away(path, ending, *((summary.results, summary.run) if summary else (None, "")))

    def _move_away(self, path: Path, ending: Ending, results: Path | None, run: str) -> None:
        try:
            where = self._move(path, ending.exit_code, results, run)
            shutil.rmtree(self._claim(path), ignore_errors=True)
            self._later.pop(path.name, None)
        except OSError as error:
            where = f"It stays in the inbox and is not synced again: {error.strerror or error}."
            ending = replace(ending, exit_code=_FAULT, what="The file was synced, but it could not be moved.")
        self._report(path, replace(ending, where=where))

    def _move(self, path: Path, code: int, results: Path | None, run: str) -> str:
        """Move a file to the folder of the day, its results first; where it is then, in words. Raises OSError."""
        today = datetime.fromtimestamp(self.clock()).strftime("%Y-%m-%d")  # noqa: DTZ006 -- the day of the people here
        day = f"{'done' if code in {0, 1} else 'failed'}/{today}"
        folder = self.folder / day
        folder.mkdir(parents=True, exist_ok=True)
        beside = results if results and results.parent.resolve() == self.folder.resolve() else None
        is_same = _stamp(path) == self._taken  # else somebody has changed it since: then it is a new file
        files = [each for each in (beside, path if is_same else None) if each is not None and each.is_file()]
        places = _free(folder, files, path.stem)
        for file, place in zip(files, places, strict=True):
            _move_file(file, place)
            if file == beside and run:
                self.note_place(run, place)
        changed = f" {path.name} was changed meanwhile, so it is synced again." if not is_same and path.exists() else ""
        return f"Moved to {day}: {', '.join(each.name for each in reversed(places)) or 'nothing'}.{changed}"

    def _report(self, path: Path, ending: Ending) -> None:
        """Report an ending, unless it is the one that was reported of this file before."""
        self._code = max(self._code, ending.exit_code, key=_how_bad) if self._once else ending.exit_code
        said = (ending.exit_code, ending.stop, ending.where)
        if self._said.pop(path.name, None) != said:
            self.report(path, ending)
        if path.exists():
            self._said[path.name] = said

    def _tell_once(self, path: Path, sentence: str) -> None:
        if self._said.get(path.name) != sentence:
            self.tell(sentence)
        self._said[path.name] = sentence


def _how_bad(code: int) -> int:
    return _FROM_BAD_TO_WORSE.index(code) if code in _FROM_BAD_TO_WORSE else code


def _stamp(path: Path) -> Stamp | None:
    """Size and time of a file; None where there is none, or (Windows) it is hidden or another program writes to it."""
    try:
        found = path.stat()
        if os.name == "nt":
            with path.open("rb"):
                pass
    except OSError:
        return None
    is_hidden = getattr(found, "st_file_attributes", 0) & 2
    return (found.st_size, found.st_mtime_ns) if path.is_file() and not is_hidden else None


def _free(folder: Path, files: list[Path], stem: str) -> list[Path]:
    """Names for files in a folder, none of them taken; where one would be, all get a number behind the `stem`."""
    for more in itertools.chain([""], (f"-{number}" for number in itertools.count(2))):
        ends = [len(stem) if file.name.startswith(stem) else len(file.stem) for file in files]
        named = [
            (file, folder / f"{file.name[:end]}{more}{file.name[end:]}") for file, end in zip(files, ends, strict=True)
        ]
        if not any(place.exists() and not place.samefile(file) for file, place in named):
            break
    return [place for _, place in named]


def _move_file(file: Path, place: Path) -> None:
    """Move a file to where none is; one that has got a second name there, when somebody died, loses the first."""
    if not (place.exists() and place.samefile(file)):
        try:
            os.link(file, place)  # unlike a rename, it never takes the place of another file
        except FileExistsError:
            raise
        except OSError:  # not every file system has links
            shutil.move(file, place)
            return
    file.unlink()


def owner(state: Path) -> str:
    """The name of a state folder, made when it is first asked for. Raises BadConfiguration where it cannot be read."""
    place = state / "inbox"
    make_private(state)
    if not place.is_dir():
        _put(place, {"owner": secrets.token_hex(8)})
    found = _read(place).get("owner")
    if not found:
        raise BadConfiguration(f"{place} cannot be read or is damaged. Delete it, unless an inbox is being watched.")
    return str(found)


_NOTE = "claim.json"


def _put(place: Path, note: Mapping[str, object]) -> bool:
    """Make a folder that holds a note, the two together or not at all; false where it is there already."""
    made = place.with_name(f".{secrets.token_hex(8)}")
    made.mkdir()
    (made / _NOTE).write_text(json.dumps(note), "utf-8")
    try:
        made.rename(place)  # over a folder that is not empty no system does it
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        return False
    return True


def _read(place: Path) -> dict[str, Any]:
    """The note that a folder holds; an empty one where there is none that can be read."""
    try:
        found = json.loads((place / _NOTE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

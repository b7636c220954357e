"""The runs that there are, and how they ended."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.ledger.ledger import Ledger
from bulk_sync.ledger.store import UNREADABLE, store_at
from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from bulk_sync.fence import Fence
    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.ledger.place import Place
    from bulk_sync.ledger.store import Look


_SAYS_WHEN = re.compile(r"[0-9]{8}-[0-9]{6}-")


@dataclass(frozen=True, slots=True)
class Run:
    """A run, as its ledger knows it. `facts` is all that was noted, `settled` how many updates have an outcome.

    `has_input`: whether the copy of its input is there, without which it cannot go on. `trouble` says why the ledger
    cannot be read, and then nothing else is known but the name.
    """

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    settled: int = 0
    is_running: bool = False
    has_input: bool = False
    trouble: str = ""

    @property
    def started(self) -> float:
        """Seconds since the epoch; 0 where it is not known."""
        return float(self.facts.get("started", 0.0))

    @property
    def is_unfinished(self) -> bool:
        """Whether rows are left that could still be sent: `resume` goes on with it."""
        return self.state == "unfinished" and self.has_input and not self.facts.get("sandbox")

    @property
    def is_of_a_job(self) -> bool:
        """Whether a fleet goes on with it by itself: its subject is a job, and no file of a computer."""
        return str(self.facts.get("subject", "")).startswith("job ")

    @property
    def lacks_results(self) -> bool:
        """Whether it ended before its results were written, and they can be written from its record."""
        place = self.facts.get("results")
        return self.is_unfinished and self.facts.get("input") != "-" and not (place and Path(place).exists())

    @property
    def state(self) -> str:
        """running, finished, overtaken (a later run took over what it left), unfinished or unreadable, in one word."""
        if self.trouble:
            return "unreadable"
        if self.is_running:
            return "running"
        if self.facts.get("done"):
            return "finished"
        return "overtaken" if self.facts.get("overtaken") else "unfinished"

    def check_readable(self) -> None:
        """Raise BadConfiguration where its record cannot be read."""
        if self.trouble:
            raise BadConfiguration(f"The record of run {self.name} cannot be read: {self.trouble}. Nothing was sent.")

    def as_json(self) -> dict[str, Any]:
        """The same for machines; `history --json` prints it. Moments are UTC, in ISO 8601. Names are stable."""
        facts = self.facts
        return {
            "run": self.name,
            "state": self.state,
            "input": facts.get("input"),
            "results": facts.get("results"),
            "began": iso(self.started) if self.started else None,
            "ended": iso(facts["ended"]) if facts.get("ended") else None,
            "exit_code": facts.get("exit_code"),
            "rows": facts.get("rows"),
            "calls": facts.get("calls"),
            "calls_settled": self.settled,
            "codes": facts.get("codes"),
            "base_url": facts.get("base_url"),
            "sandbox": facts.get("sandbox"),
            "version": facts.get("version"),
            "options": facts.get("options", {}),
            "to_go_on": how_to_go_on(self.name) if self.is_unfinished else None,
            "trouble": self.trouble,
        }


class Runs:
    """The runs that a store knows. Each look at one lets go of a copy of its input that nobody needs any more."""

    def __init__(self, place: Place) -> None:
        self.place, self._store = place, store_at(place)

    def claim(self, subject: str) -> AnyClaim:
        """The right to sync an input."""
        return self._store.claim(subject)

    def sending(self, base_url: str, fingerprint: str, claim: AnyClaim) -> AbstractContextManager[Fence]:
        """The right to send with a key, for the run that has this claim; what must hold for a write to leave.

        Raises AlreadyRunning where a run of another computer has it.
        """
        return self._store.sending(base_url, fingerprint, claim)

    def all(self) -> list[Run]:
        """Every run, the newest first."""
        found = (self._run(name, look) for name, look in self._store.looks())
        return sorted(found, key=lambda run: (run.started, run.name), reverse=True)

    def newest_unfinished(self) -> Run:
        """The run that `resume` goes on with where none is named, and none of a job. Raises BadInput."""
        runs = self.all()
        for run in runs:
            if run.is_unfinished and not run.is_of_a_job:
                return run
        unreadable = [run.name for run in runs if run.trouble]
        also = f" The record of {', '.join(unreadable)} cannot be read." if unreadable else ""
        raise BadInput(f"There is no unfinished run to continue.{also} See: bulk-sync history")

    def find(self, name: str) -> Run:
        """A run by its name, or by as much of its beginning or end as no other has. Raises BadInput."""
        if (run := self.get(name)) is not None:
            return run
        found = [each for each in self._store.names() if each.startswith(name) or each.endswith(name)]
        if len(found) == 1:
            return self._look(found[0])
        if found:
            raise BadInput(f"Several runs are called {name}: {', '.join(sorted(found)[:5])}. Give more of the name.")
        raise BadInput(f"There is no run {name}. See: bulk-sync history")

    def has(self, name: str) -> bool:
        """Whether there is a ledger of that name."""
        return self._store.has(name)

    def get(self, name: str) -> Run | None:
        """The run of exactly that name; None where there is none."""
        return self._look(name) if self.has(name) else None

    def open(self, name: str) -> Ledger | None:
        """The ledger of a run; None where there is none. Raises BadConfiguration where it cannot be read."""
        return Ledger.open(self.place, name) if self.has(name) else None

    def prune(self, before: float, but: str = "") -> list[str]:
        """Forget the runs that began before that second of the epoch; their names. Those that run now stay, and `but`.

        Of most, the name says when they began, so that the young ones need not be opened.
        """
        latest = f"{datetime.fromtimestamp(before, UTC):%Y%m%d-%H%M%S}~"
        names = [name for name in self._store.names() if name != but and (name <= latest or not _SAYS_WHEN.match(name))]
        runs = [self._look(name) for name in names]
        forgotten = [run for run in runs if run.started < before and not run.is_running and not run.trouble]
        for run in forgotten:
            self._store.forget(run.name)
        return [run.name for run in forgotten]

    def overtake(self, name: str, by: str) -> None:
        """Note that what a run left is another run's business now; no copy of its input is kept. Raises as `open`."""
        with Ledger.open(self.place, name) as ledger:
            ledger.note({"overtaken": by})
        self._store.drop_input(name)

    def clear(self, subject: str, by: str) -> None:
        """Overtake the other runs of an input, which is claimed, and let go of copies that no run will ever need.

        Also a run that died before it was the last to have claimed it.
        """
        for name, facts in self._store.with_input():
            if name == by:
                continue
            if is_over(facts):
                self._store.drop_input(name)
            elif facts.get("subject") == subject:
                with contextlib.suppress(*UNREADABLE, OSError):
                    self.overtake(name, by)

    def _look(self, name: str) -> Run:
        try:
            return self._run(name, self._store.look(name))
        except UNREADABLE as error:
            return Run(name, trouble=str(error))

    def _run(self, name: str, look: Look | Exception) -> Run:
        if isinstance(look, Exception):
            return Run(name, trouble=str(look))
        if look.has_input and is_over(look.facts):  # it was killed before it let go of the copy
            with contextlib.suppress(BadConfiguration):
                self._store.drop_input(name)
        return Run(name, look.facts, look.settled, look.is_running, look.has_input)


def is_over(facts: Mapping[str, Any]) -> bool:
    """Whether nothing of a run is left to go on with, so that nobody needs a copy of its input."""
    return bool(facts.get("done") or facts.get("overtaken"))


def how_to_go_on(run: str) -> str:
    """What to do about what a run has left to be sent."""
    return f"To continue: bulk-sync resume {run}"

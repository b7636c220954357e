"""The runs that there are, and how they ended."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.ledger.ledger import Ledger
from bulk_sync.ledger.place import SharedLedger, ledger_place
from bulk_sync.ledger.store import UNREADABLE, is_over, store_at

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from bulk_sync.fence import Fence
    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.ledger.place import Place
    from bulk_sync.ledger.store import Run


_SAYS_WHEN = re.compile(r"[0-9]{8}-[0-9]{6}-")


class Runs:
    """The runs that are known in a place, by default where ledgers are.

    Each look at one lets go of a copy of its input that nobody needs any more.
    """

    def __init__(self, place: Place | None = None) -> None:
        self.place = place or ledger_place()
        self._store = store_at(self.place)

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
        return sorted(map(self._tidied, self._store.looks()), key=lambda run: (run.started, run.name), reverse=True)

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
            return self._tidied(self._store.look(found[0]))
        if found:
            raise BadInput(f"Several runs are called {name}: {', '.join(sorted(found)[:5])}. Give more of the name.")
        known = ", ".join(sorted(self._store.names(), reverse=True)[:5])
        newest = f" The newest runs: {known}." if known else ""
        raise BadInput(f"There is no run {name}.{newest} See: bulk-sync history")

    def has(self, name: str) -> bool:
        """Whether there is a ledger of that name."""
        return self._store.has(name)

    def get(self, name: str) -> Run | None:
        """The run of exactly that name; None where there is none."""
        return self._tidied(self._store.look(name)) if self.has(name) else None

    def last(self, subject: str) -> Run | None:
        """The run that was the last to claim an input; None where there is none."""
        name = self.claim(subject).last_run
        return self.get(name) if name else None

    def open(self, name: str) -> Ledger | None:
        """The ledger of a run; None where there is none. Raises BadConfiguration where it cannot be read."""
        return Ledger.open(self.place, name) if self.has(name) else None

    def prune(self, before: float, by: Ledger | None = None) -> list[str]:
        """Forget the runs that began before that second of the epoch; their names. Those that run now stay.

        `by`: the run that does so by its own `--keep-runs`. In a shared ledger it forgets runs of its key, and none of
        a job. Of most, the name says when they began, so that the young ones need not be opened.
        """
        latest = f"{datetime.fromtimestamp(before, UTC):%Y%m%d-%H%M%S}~"
        names = [name for name in self._store.names() if name <= latest or not _SAYS_WHEN.match(name)]
        runs = [run for run in map(self._store.look, names) if not (by and run.name == by.run)]
        if by is not None and isinstance(self.place, SharedLedger):
            key = by.facts()["key"]
            own = (run for run in runs if run.facts.get("key") == key or run.facts.get("sandbox"))
            runs = [run for run in own if not run.is_of_a_job]
        forgotten = [run for run in runs if run.started < before and not run.is_running and not run.trouble]
        for run in forgotten:
            self._store.forget(run.name)
        return [run.name for run in forgotten]

    def overtake(self, name: str, by: str) -> None:
        """Note that what a run left is another run's business now; no copy of its input is kept. Raises as `open`."""
        with Ledger.open(self.place, name) as ledger:
            ledger.note({"overtaken": by})
        self._store.drop_input(name)

    def undoing(self, name: str, by: str) -> None:
        """Note that another run puts back what a run did; what it left is not sent any more. Raises as `open`."""
        run = self.get(name)
        if run is None:
            return
        with Ledger.open(self.place, name) as ledger:
            ledger.note({"undone": by})
        if run.state != "finished":
            self.overtake(name, by)

    def undone(self, name: str) -> str | None:
        """The run that has put back what a run did, and was not undone itself; None where that stands."""
        run = self.get(name)
        by = run.facts.get("undone") if run is not None else None
        return None if by is None or self.undone(by) else str(by)

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

    def _tidied(self, run: Run) -> Run:
        """The same run; a copy of its input goes that its process was killed before it let go of."""
        if run.has_input and is_over(run.facts):
            with contextlib.suppress(BadConfiguration):
                self._store.drop_input(run.name)
        return run

"""A run, as its ledger knows it: what it was, and how it ended or how it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadConfiguration
from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Run:
    """A run, as its ledger knows it. `facts` is all that was noted, `settled` how many updates have an outcome.

    `has_input`: whether the copy of its input is there, without which it cannot go on; `is_running`: it has not ended,
    and somebody has its input at this moment. `trouble` says why the ledger cannot be read, and then nothing else is
    known but the name.
    """

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    settled: int = 0
    has_input: bool = False
    is_running: bool = False
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


def is_over(facts: Mapping[str, Any]) -> bool:
    """Whether nothing of a run is left to go on with, so that nobody needs a copy of its input."""
    return bool(facts.get("done") or facts.get("overtaken"))


def how_to_go_on(run: str) -> str:
    """What to do about what a run has left to be sent."""
    return f"To continue: bulk-sync resume {run}"

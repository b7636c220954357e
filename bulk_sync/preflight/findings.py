"""What a check of contacts found: how they stand, and what could not be found out, in figures and in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.errors import Code, DncMemoryFault
from bulk_sync.model import Outcome
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.errors import Stopped


@dataclass(slots=True)
class Findings:
    """What could not be found out, by the places of the updates.

    `unchecked`: they left, or would leave, though contacts can never be read; `waited`: those of them that left only
    when all rows that say DNC and name their contacts otherwise had their answer. `withheld`: they did not leave for
    that reason, as was asked for; `unread`: nor did these, since their contacts could not be read in time;
    `unrecalled`: nor these, since the memory cannot be used, as `fault` says. `why`: why contacts cannot be read, in a
    sentence.
    """

    unchecked: set[int] = field(default_factory=set)
    waited: set[int] = field(default_factory=set)
    withheld: set[int] = field(default_factory=set)
    unread: set[int] = field(default_factory=set)
    unrecalled: set[int] = field(default_factory=set)
    why: str = ""
    fault: DncMemoryFault | None = None

    def could_not_read(self, place: int, why: str) -> Outcome:
        """What becomes of an update whose contact could not be read in time; `why`, in a sentence."""
        self.unread.add(place)
        return Outcome(Code.UNCHECKED, f"Not sent: the contact could not be checked for DNC. {why}")

    def could_not_recall(self, place: int, fault: DncMemoryFault) -> Outcome:
        """What becomes of an update that starts outreach while the memory cannot be used."""
        self.unrecalled.add(place)
        self.fault = fault
        return not_recalled(fault)

    def was_checked(self, place: int) -> None:
        """An update was looked at after all."""
        for places in (self.unchecked, self.waited):
            places.discard(place)

    def exit_code_of(self, *, dry_run: bool) -> int:
        """What a run, or a preview, ends with that comes to its end; 0: nothing of this stands in its way."""
        if self.unrecalled:
            return 4
        return 3 if self.unread and not dry_run else int(bool(self.unread or self.withheld))

    @property
    def in_words(self) -> str | None:
        """The same for a person; None: everything was found out."""
        return " ".join(self._sentences()) or None

    def _sentences(self) -> list[str]:
        found = []
        if self.unchecked:
            rows = _rows(len(self.unchecked))
            found.append(f"Not checked for {rows}: whether they take contacts out of DNC. {self.why}")
        if self.waited:
            found.append(
                f"{_rows(len(self.waited))} could be about contacts that other rows put into DNC by their ID or "
                "number. They were sent after those."
            )
        if self.withheld:
            found.append(
                f"{_rows(len(self.withheld))} not sent (--unchecked hold), as they start outreach and it cannot be "
                f"checked whether their contacts are in DNC. {self.why}"
            )
        if self.unread:
            found.append(
                f"{_rows(len(self.unread))} not sent: their contacts could not be checked for DNC."
                + (f" {self.why}" if self.why else "")
            )
        if self.fault is not None:
            found.append(f"{_rows(len(self.unrecalled))} not sent, as they start outreach. {self.fault}")
        return found


@dataclass(slots=True)
class CheckResult:
    """What a check of all contacts showed, by the row of their update.

    `settled`: updates that would not be sent; `would_send`: those that would, with what stood there before. `stopped`:
    why the check ended early; `findings`: what it could not find out; `seconds_of_looks`: what it takes to look at so
    many contacts before their updates leave.
    """

    settled: dict[int, Outcome] = field(default_factory=dict)
    would_send: dict[int, Outcome] = field(default_factory=dict)
    stopped: Stopped | None = None
    findings: Findings = field(default_factory=Findings)
    seconds_of_looks: Callable[[int], float] = lambda _: 0.0


def not_recalled(fault: DncMemoryFault) -> Outcome:
    """What becomes of an update that starts outreach where the memory cannot be asked."""
    return Outcome(Code.UNCHECKED, f"Not sent: whether this person must never be called is not known. {fault}")


def slower_sentence(looks: float, writes: float) -> str:
    """That looking takes longer than sending, if it does, and that can be felt; both in seconds."""
    if looks <= writes or looks < 1:
        return ""
    return (
        f"Checking whether contacts are in DNC takes up to {duration(looks)}, longer than sending "
        f"({duration(writes)}). Updates wait for it."
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"

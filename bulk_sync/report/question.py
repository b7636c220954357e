"""The question before a run: what it would send and leave out, and how long that takes, in plain sentences. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import Result
from bulk_sync.model import Kind
from bulk_sync.report.summary import plural
from bulk_sync.times import clock, duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.errors import Code

_DO = {
    Kind.DNC: ("sets DNC", "set DNC"),
    Kind.STOPS: ("stops outreach", "stop outreach"),
    Kind.RESTARTS: ("restarts outreach", "restart outreach"),
}
_OTHER = ("makes another change", "make other changes")
"""What one update does, and what several do."""

_LEFT_OUT = {
    Result.SKIPPED: ("skipped", "skipped"),
    Result.ERROR: ("with an error", "with errors"),
    Result.NOT_SENT: ("not checked", "not checked"),
}
"""What is said of one row that is left out, and of several."""

FEW_SECONDS = 10.0

MOST = 4
"""Codes that are named."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a run would do, in figures, for whoever decides whether it may.

    `kinds`: its updates by kind; `moves`: how many of the kind `REST` move their contact, `also_move`: how many of the
    others do, and `zones` whether some change their time zone. `open`: why there may be fewer, in a sentence; "" where
    the counts are final. `before`: what an earlier run has done, in a sentence. `left_out`: rows by code. `seconds`:
    what sending takes, at a `rate`, in words; `now`: seconds since the epoch; `limits`: what else ends it, in words.
    """

    kinds: Mapping[Kind, int]
    moves: int
    also_move: int
    zones: bool
    open: str
    before: str
    left_out: Mapping[Code, int]
    seconds: float
    rate: str
    now: float
    limits: str

    def text(self) -> str:
        """The question; it can be answered by yes or no."""
        updates = sum(self.kinds.values())
        lines = [self.before, self._updates(updates), self._rows(), self._time()]
        return "\n".join([*filter(None, lines), "Send it?" if updates == 1 else "Send them?"])

    def _updates(self, updates: int) -> str:
        most = "at most " if self.open else ""
        rest = self.kinds.get(Kind.REST, 0) - self.moves
        to = "to another campaign or time zone" if self.zones else "to another campaign"
        counts = [
            *((each, self.kinds.get(kind, 0), kind is Kind.RESTARTS) for kind, each in _DO.items()),
            ((f"moves {to}", f"move {to}"), self.moves, True),
            (_OTHER, rest, False),
        ]
        parts = [
            f"{most if starts else ''}{count:,} {one if count == 1 else many}"
            for (one, many), count, starts in counts
            if count
        ]
        also, verb = self.also_move, "moves" if self.also_move == 1 else "move"
        more = f" {most.capitalize()}{also:,} of these also {verb} {to}." if also else ""
        why = f" {self.open}" if self.open else ""
        return f"This would send {most}{plural(updates, 'update')}: {', '.join(parts)}.{more}{why}"

    def _rows(self) -> str:
        groups: dict[Result, Counter[str]] = {}
        for code, rows in self.left_out.items():
            groups.setdefault(code.result, Counter())[code.word] += rows
        parts = [
            (found.total(), f"{one if found.total() == 1 else many} ({_listed(found)})")
            for result, (one, many) in _LEFT_OUT.items()
            if (found := groups.get(result))
        ]
        if len(parts) < 2:
            return "".join(f"Left out: {plural(count, 'row')} {what}." for count, what in parts)
        total = plural(sum(count for count, _ in parts), "row")
        return f"Left out: {total}, {', '.join(f'{count:,} {what}' for count, what in parts)}."

    def _time(self) -> str:
        if self.seconds < FEW_SECONDS:
            return f"This takes a few seconds.{self.limits}"
        end, today = clock(self.now + self.seconds), clock(self.now)[:10]
        finish = end.removeprefix(today).strip()
        return (
            f"About {duration(self.seconds)} at {self.rate}; if started now, it finishes about {finish}.{self.limits}"
        )


def _listed(codes: Counter[str]) -> str:
    if len(codes) == 1:
        return next(iter(codes))
    first = codes.most_common(MOST)
    others = codes.total() - sum(count for _, count in first)
    shown = [f"{count:,} {code}" for code, count in first] + ([f"{others:,} more"] if others else [])
    return ", ".join(shown)

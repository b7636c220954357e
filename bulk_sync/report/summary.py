"""The summary of a run, and its impact on the people it is about: in figures, as JSON, in sentences. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.errors import Result
from bulk_sync.fields import TEXTS
from bulk_sync.model import Kind
from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bulk_sync.errors import Stopped
    from bulk_sync.model import Change
    from bulk_sync.value_mapping import NotUnderstood


_RESCHEDULES = tuple(name for name, field in TEXTS.items() if field.reschedules)

Step = tuple[str | None, str]
"""From (None: nobody knows) and to."""

NEW = "new"
"""From where a contact comes that is made."""


@dataclass(slots=True)
class Impact:
    """What some updates do. `stopping`: the statuses that stop outreach.

    `transitions` and `moves` count contacts by status and by campaign before and after; `stops` and `restarts` those
    whose status changes to one that stops outreach, or to one that does not; `rescheduled` those that change campaign
    or time zone. `campaigns`: names by ID in lower case, as far as they are known.
    """

    stopping: frozenset[str]
    transitions: Counter[Step] = field(default_factory=Counter)
    moves: Counter[Step] = field(default_factory=Counter)
    stops: int = 0
    restarts: int = 0
    rescheduled: int = 0
    campaigns: Mapping[str, str] = field(default_factory=dict)

    def add(self, change: Change, status: str | None, campaign: str | None, times: int = 1) -> None:
        """Count an update (or several); `status` and `campaign` stood there before, None where nobody knows."""
        if change.status is not None and change.status != status:
            self.transitions[status, change.status] += times
            if change.status in self.stopping:
                self.stops += times
            else:
                self.restarts += times
        moves = change.campaign is not None and change.campaign.casefold() != (campaign or "").casefold()
        if change.campaign is not None and moves:
            self.moves[campaign, change.campaign] += times
        self.rescheduled += times * (moves or any(name in change.said for name in _RESCHEDULES))

    def as_json(self) -> dict[str, object]:
        """The same for machines."""
        return {
            "stop_outreach": self.stops,
            "restart_outreach": self.restarts,
            "move_or_reschedule": self.rescheduled,
            "statuses": _steps(self.transitions),
            "campaigns": _steps(self.moves),
        }

    def named(self, campaign: str | None) -> str | None:
        """A campaign's name, as far as it is known; a status is itself."""
        return None if campaign is None else self.campaigns.get(campaign.casefold(), campaign)


def by_count(counted: Mapping[Step, int]) -> list[tuple[Step, int]]:
    """Changes and how many contacts they are of, the most first."""
    return sorted(counted.items(), key=lambda item: (-item[1], item[0][1], item[0][0] or ""))


def _steps(counted: Mapping[Step, int]) -> list[dict[str, object]]:
    return [{"from": before, "to": after, "contacts": count} for (before, after), count in by_count(counted)]


@dataclass(frozen=True, slots=True)
class Saving:
    """What `--only-changed` would save: calls to contacts that stand as asked, and the seconds that they take."""

    calls: int
    seconds: float

    def as_json(self) -> dict[str, object]:
        """The same for machines."""
        return {"calls": self.calls, "seconds": round(self.seconds, 3)}


@dataclass(frozen=True, slots=True)
class Summary:
    """A finished run, or a preview.

    `rows`: of the input; `counts`: rows by (result, code); `calls`: planned, by kind, and in which `order`; `settled`:
    those with an outcome; `seconds`: spent sending, or, in a preview, what sending would take; `seconds_left`: what the
    calls without an outcome will take. `settled_before`: those of `settled` that were settled before the run was taken
    up; `began` and `ended`: this session, in seconds since the epoch; `to_go_on`: what to do about the calls that are
    left. `limit`: the API's, in words, where it said. `examples`: the first errors. `stopped`: why the run ended
    early, `stop`: of which kind that was.
    `two_readings`: numbers that are two numbers, and were not sent for that reason.
    `unchecked`: what nobody could check, in words. `latency`: the seconds within which a part of the replies came, by
    p50, p95 and p99. `left_open`: calls that left and have no outcome. In a preview: the `effects` of the calls, a
    possible `saving`, and the first rows in error (`errors`), by column of the results file. `not_understood`: the
    texts of columns that are no known values, by column, those in the most rows first. `correctable`: the results in
    which rows with errors can be corrected and sent again. `undoable`: updates of which is known what stood there
    before.
    """

    run: str
    input: str
    results: Path | None
    dry_run: bool
    rows: int
    counts: Mapping[tuple[str, str], int]
    calls: int
    calls_by_kind: Mapping[Kind, int]
    order: str
    settled: int
    seconds: float
    exit_code: int
    seconds_left: float = 0.0
    settled_before: int = 0
    began: float | None = None
    ended: float | None = None
    to_go_on: str | None = None
    limit: str | None = None
    stopped: str | None = None
    examples: tuple[str, ...] = ()
    effects: Impact | None = None
    saving: Saving | None = None
    unchecked: str | None = None
    two_readings: int = 0
    latency: Mapping[str, float] = field(default_factory=dict)
    left_open: int = 0
    errors: Sequence[Mapping[str, str]] = ()
    stop: type[Stopped] | None = None
    not_understood: Sequence[NotUnderstood] = ()
    undoable: int = 0
    correctable: Path | None = None

    def result(self, name: str) -> int:
        """How many rows have this `sync_result`."""
        return sum(count for (result, _), count in self.counts.items() if result == name)

    @property
    def codes(self) -> dict[str, int]:
        """How many rows have each code, whatever their result: in a preview some are sent already, others would be."""
        found: Counter[str] = Counter()
        for (_, code), count in self.counts.items():
            found[code] += count
        return dict(found)

    @property
    def calls_left(self) -> int:
        """How many calls have no outcome."""
        return self.calls - self.settled

    @property
    def row_errors(self) -> int:
        """How many rows are in error."""
        return self.result(Result.ERROR.value)

    @property
    def rows_left(self) -> int:
        """How many rows could still be sent; there may be some although no call is planned for them yet."""
        return self.result(Result.NOT_SENT.value) + self.left_open

    def as_json(self) -> dict[str, object]:
        """The same for machines: `--json` prints it. Names are stable; seconds are rounded to milliseconds."""
        return {
            "schema": 1,
            "run": self.run,
            "input": self.input,
            "results": None if self.results is None else str(self.results),
            "dry_run": self.dry_run,
            "exit_code": self.exit_code,
            "stopped": self.stopped,
            "rows": self.rows,
            "calls": self.calls,
            "calls_by_kind": {KINDS[kind]: count for kind, count in self.calls_by_kind.items()},
            "order": self.order,
            "calls_settled": self.settled,
            "calls_settled_before": self.settled_before,
            "calls_left": self.calls_left,
            "began": None if self.began is None else iso(self.began),
            "ended": None if self.ended is None else iso(self.ended),
            "seconds": round(self.seconds, 3),
            "seconds_left": round(self.seconds_left, 3),
            "to_go_on": self.to_go_on,
            "limit": self.limit,
            "undoable": self.undoable,
            "results_by_kind": {name: self.result(name) for name in dict.fromkeys(result for result, _ in self.counts)},
            "codes": self.codes,
            "not_understood": [each.as_json() for each in self.not_understood],
            "finish": iso(self.ended + self.seconds) if self.dry_run and self.ended is not None else None,
            "effects": None if self.effects is None else self.effects.as_json(),
            "only_changed_saves": None if self.saving is None else self.saving.as_json(),
            "unchecked": self.unchecked,
            "two_readings": self.two_readings,
            "latency": {name: round(seconds, 4) for name, seconds in self.latency.items()} or None,
        }


_IN_ORDER = (Result.SUCCESS, Result.WOULD_SEND, Result.ERROR, Result.NOT_SENT, Result.SKIPPED)


def in_order(counts: Mapping[tuple[str, str], int]) -> list[tuple[Result, str, int]]:
    """Rows by result and code as people are told of them: those sent first, and of each result the most first."""
    found = [(Result(result), code, count) for (result, code), count in counts.items()]
    return sorted(found, key=lambda each: (_IN_ORDER.index(each[0]), -each[2]))


def one_line(summary: Summary) -> str:
    """What a person has to know of a run that did not go well, who wants to know no more."""
    wrong = summary.row_errors
    kinds = ", ".join(f"{code} {n:,}" for result, code, n in in_order(summary.counts) if result is Result.ERROR)
    has = "has an error" if wrong == 1 else "have errors"
    rows = f"{plural(wrong, 'row')} of {summary.rows:,} {has} ({kinds})." if kinds else ""
    name = "Standard input" if summary.input == "-" else summary.input
    results = f"Results: {summary.results}" if summary.results else ""
    return " ".join(filter(None, (f"{name}:", summary.stopped, rows, summary.to_go_on, results)))


KINDS = {Kind.DNC: "DNC", Kind.STOPS: "stop outreach", Kind.REST: "other changes", Kind.RESTARTS: "restart outreach"}
"""What calls do, in the order of sending."""


def plural(count: int, one: str, many: str = "") -> str:
    """`1 row`, `2,000 rows`; `many`: the plural where that is not the singular with an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

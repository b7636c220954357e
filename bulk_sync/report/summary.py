"""The summary of a run, in figures, as JSON, and in the sentences that go with it. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.errors import Result
from bulk_sync.model import Kind
from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from bulk_sync.errors import Stopped
    from bulk_sync.report.impact import Impact
    from bulk_sync.value_mapping import MappedValue, NotUnderstood


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


def one_line(summary: Summary) -> str:
    """What a person has to know of a run that did not go well, who wants to know no more."""
    errors = {code: count for (result, code), count in summary.counts.items() if result == Result.ERROR.value}
    kinds = ", ".join(f"{code} {count:,}" for code, count in sorted(errors.items(), key=lambda each: -each[1]))
    has = "has an error" if sum(errors.values()) == 1 else "have errors"
    rows = f"{plural(sum(errors.values()), 'row')} of {summary.rows:,} {has} ({kinds})." if errors else ""
    name = "Standard input" if summary.input == "-" else summary.input
    results = f"Results: {summary.results}" if summary.results else ""
    return " ".join(filter(None, (f"{name}:", summary.stopped, rows, summary.to_go_on, results)))


KINDS = {Kind.DNC: "DNC", Kind.STOPS: "stop outreach", Kind.REST: "other changes", Kind.RESTARTS: "restart outreach"}
"""What calls do, in the order of sending."""


def opened(name: str, notes: Sequence[str]) -> str:
    """What was found out about a file, in one line."""
    title = "Standard input" if name == "-" else name
    return f"{title}: {', '.join(notes) or 'a workbook of one sheet'}."


MOST_MAPPED = 12
"""Mappings that are told one by one."""


def read_as(mapped: Mapping[MappedValue, int], given: Iterable[MappedValue]) -> list[str]:
    """Which mappings gave how many cells their meaning, and which flags of those `given` gave none."""
    told = [
        f'{each.field} "{each.text}" is {each.value or "blank"} ({plural(count, "row")})'
        for each, count in sorted(mapped.items(), key=lambda item: (-item[1], item[0]))
    ]
    rest = f", and {len(told) - MOST_MAPPED:,} more" if len(told) > MOST_MAPPED else ""
    unused = [f'{each.field} "{each.text}"' for each in given if each.place == "--value" and each not in mapped]
    return [
        *([f"Read as: {', '.join(told[:MOST_MAPPED])}{rest}."] if told else []),
        *([f"No cell of this file says what --value names: {', '.join(unused)}."] if unused else []),
    ]


_FACTS = {
    "completed": (
        "has no country code; treated as a number of {} (--region)",
        "have no country code; treated as {} numbers (--region)",
    ),
    "coded": ("is completed with the code in its code column", "are completed with the code in their code column"),
    "contradicted": (
        "has another country code than its row names; used as written",
        "have another country code than their row names; used as written",
    ),
    "labelled": (
        "has a word like mobile beside it; the word is ignored",
        "have a word like mobile beside them; the word is ignored",
    ),
    "shortened": (
        "has an extension; the API calls only the number before it",
        "have an extension; the API calls only the number before it",
    ),
}
"""What is said of one number, and of several."""


def file_facts(counts: Mapping[str, int], region: str, remarks: int = 0) -> list[str]:
    """What a person should know about the file: its comments, and its numbers, of which `counts` are as in `Facts`."""
    comments = [f"{plural(remarks, 'row')} beginning with # left out as comments."] if remarks else []
    return comments + [
        f"{plural(count, 'number')} {(one if count == 1 else many).format(region)}."
        for name, (one, many) in _FACTS.items()
        if (count := counts.get(name, 0))
    ]


def hidden_rows(count: int, *, visible_only: bool) -> list[str]:
    """What a person should know who does not see all rows of the sheet."""
    if not count:
        return []
    verb = "is" if count == 1 else "are"
    said = f"{plural(count, 'row')} {verb} hidden in the sheet, by a filter or by hand,"
    return [
        f"{said} and skipped (--visible-only)."
        if visible_only
        else f"{said} and read like the others. To skip hidden rows, add --visible-only."
    ]


def plural(count: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"

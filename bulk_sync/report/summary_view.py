"""The summary as a person sees it when a run is over: what became of the rows, and of the contacts. (rich)"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from bulk_sync.errors import Result, code_of
from bulk_sync.report.screen import bare_table
from bulk_sync.report.summary import KINDS, Summary, plural
from bulk_sync.times import clock, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType
    from rich.table import Table

    from bulk_sync.report.impact import Impact, Step

COLOURS = {
    Result.SUCCESS.value: "green",
    Result.ERROR.value: "red",
    Result.SKIPPED.value: "bright_black",
    Result.NOT_SENT.value: "yellow",
    Result.WOULD_SEND.value: "blue",
}

ENOUGH = 100
"""Calls before it says anything that one in a hundred took longer."""

_PARTS = {"p50": "half", "p95": "95 %", "p99": "99 %"}

MOST = 12
"""Lines of a table of changes."""

_SHOWN = (Result.SUCCESS, Result.WOULD_SEND, Result.ERROR, Result.NOT_SENT, Result.SKIPPED)
"""The order of the summary's lines."""


def show(summary: Summary, console: Console) -> None:
    """Print the summary."""

    def say(sentence: str | None, style: str) -> None:
        if sentence:
            console.print(sentence, style=style, markup=False, emoji=False)

    for line in _headline(summary):
        console.print(line)
    console.print(_codes(summary))
    for shown in impact_shown(summary):
        console.print(shown)
    say(summary.unchecked, "yellow")
    say(_two_readings(summary), "yellow")
    if summary.examples:
        console.print("The first error of each kind:", style="red")
        for example in summary.examples:
            console.print(f"  {example}", markup=False, emoji=False)
    say(summary.stopped, "bold yellow")
    say(_what_is_left(summary), "")
    say(summary.to_go_on, "bold")
    say("" if summary.results is None else f"Results: {summary.results}", "bold")


def _two_readings(summary: Summary) -> str:
    """What to do about numbers that are two numbers."""
    if not summary.two_readings:
        return ""
    count = plural(summary.two_readings, "number")
    said = f"{count} could be two different numbers, so nothing was sent there. If only the + is missing: "
    if summary.dry_run:
        return f"{said}add --plus-missing to this command. If they are national numbers: --no-plus-missing."
    again = f"bulk-sync retry {summary.results or 'RESULTS'}"
    return f"{said}{again} --plus-missing. If they are national numbers: --no-plus-missing."


def _what_is_left(summary: Summary) -> str:
    """How many calls have no outcome, and when they would have."""
    if not summary.calls_left or summary.dry_run:
        return ""
    done = "" if summary.ended is None else f", done at {clock(summary.ended + summary.seconds_left)}"
    took = f"{_about(summary.seconds_left)} at this rate{done} if they went on now"
    return f"{plural(summary.calls_left, 'call')} left: {took}."


def _headline(summary: Summary) -> list[str]:
    rows = f"[bold]{plural(summary.rows, 'row')}[/bold]"
    calls = plural(summary.calls, "call")
    kinds = ", ".join(f"{count:,} {KINDS[kind]}" for kind, count in summary.calls_by_kind.items())
    order = "in this order" if summary.order == "safest" else "in the file's order"
    order = f" ({kinds}; {order})" if len(summary.calls_by_kind) > 1 else f" ({kinds})" if kinds else ""
    if summary.dry_run:
        if summary.settled:
            calls = f"{summary.calls_left:,} of {calls}"
        done = f" Begun now, it would be done at {clock(summary.ended + summary.seconds)}." if summary.ended else ""
        return [
            f"{rows}; [bold]dry run[/bold]: nothing was sent.",
            f"A real run would make {calls}{order}, and take {_about(summary.seconds)}.{done}",
        ]
    if summary.settled_before:
        order += f", {summary.settled_before:,} of them before,"
    limit = f"; the API allows {summary.limit}" if summary.limit else ""
    headline = f"{rows}; {summary.settled:,} of {calls}{order} in {duration(summary.seconds)}{limit}."
    parts = [f"{_PARTS[name]} within {_briefly(seconds)}" for name, seconds in summary.latency.items()]
    has_enough = summary.settled - summary.settled_before >= ENOUGH
    return [headline, f"Replies came: {', '.join(parts)}."] if parts and has_enough else [headline]


def _briefly(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _about(seconds: float) -> str:
    return duration(seconds) if seconds < 1 else f"about {duration(seconds)}"


def _codes(summary: Summary) -> Table:
    table = bare_table()
    for header in ("rows", "result", "code", "meaning"):
        table.add_column(header, justify="right" if header == "rows" else "left", header_style="dim")
    order = {result.value: place for place, result in enumerate(_SHOWN)}
    for (result, code), count in sorted(summary.counts.items(), key=lambda item: (order[item[0][0]], -item[1])):
        style = COLOURS[result]
        known = code_of(code, result)
        meaning = Text(known.meaning if known else "")
        table.add_row(f"{count:,}", Text(result, style=style), Text(code, style=style), meaning)
    return table


def impact_shown(summary: Summary) -> Iterator[RenderableType]:
    """What a preview says of the contacts: transitions, moves, how many stop or restart, what could be saved."""
    impact = summary.effects
    if impact is not None:
        for name, steps in (("status", impact.transitions), ("campaign", impact.moves)):
            if steps:
                yield _steps(name, sorted(steps.items(), key=_by_count), impact)
        if impact.stops or impact.restarts or impact.rescheduled:
            yield Text(
                f"Outreach stops for {plural(impact.stops, 'contact')} and restarts for {impact.restarts:,}; "
                f"{impact.rescheduled:,} move to another campaign or time zone."
            )
    if summary.saving is not None:
        calls, seconds = summary.saving.calls, summary.saving.seconds
        stand = "1 contact stands" if calls == 1 else f"{calls:,} contacts stand"
        saves = f", which saves {duration(seconds)}" if seconds >= 1 else ""
        yield Text(f"{stand} as asked already; --only-changed leaves such contacts alone{saves}.", style="green")


def _by_count(step: tuple[Step, int]) -> tuple[int, str, str]:
    (before, after), count = step
    return -count, after, before or ""


def _steps(name: str, steps: list[tuple[Step, int]], impact: Impact) -> Table:
    table = bare_table()
    for header in ("contacts", name, "", ""):
        table.add_column(header, justify="right" if header == "contacts" else "left", header_style="dim")
    for (before, after), count in steps[:MOST]:
        style = "" if name == "campaign" else "yellow" if after in impact.stopping else "blue"
        shown = [impact.campaigns.get(each.casefold(), each) for each in (before or "?", after)]
        table.add_row(f"{count:,}", Text(shown[0], style="dim"), "\u2192", Text(shown[1], style=style))
    if len(steps) > MOST:
        rest = sum(count for _, count in steps[MOST:])
        table.add_row(f"{rest:,}", Text(f"{len(steps) - MOST:,} other changes", style="dim"), "", "")
    return table

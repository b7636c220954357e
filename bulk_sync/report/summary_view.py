"""The summary as a person sees it: of a preview what would happen, of a run what did, in four lines, and what next.

(rich)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from bulk_sync.errors import Code, Declined, Result, code_of, meaning_of
from bulk_sync.model import Kind
from bulk_sync.printable import for_shell
from bulk_sync.report.file_notes import not_understood
from bulk_sync.report.screen import bare_table
from bulk_sync.report.summary import KINDS, by_count, in_order, plural
from bulk_sync.times import clock, duration
from bulk_sync.toml_files import own_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType
    from rich.table import Table

    from bulk_sync.report.summary import Impact, Step, Summary

MOST = 12
"""Lines of a table of changes."""

_DO = KINDS | {Kind.DNC: "set DNC"}
"""What updates do, in the order of sending."""

RESULTS = {
    Result.SUCCESS: ("sent", "green"),
    Result.WOULD_SEND: ("to be sent", "blue"),
    Result.ERROR: ("with errors", "red"),
    Result.NOT_SENT: ("not sent", "yellow"),
    Result.SKIPPED: ("skipped", "bright_black"),
}
"""What is said of rows, and the colour in which it is said; in the order of the summary."""


def show(summary: Summary, console: Console) -> None:
    """Print the summary."""

    def say(sentence: str | None, style: str = "", *, is_to_copy: bool = False) -> None:
        if sentence:  # what is to be copied stays one line, as all does in a file
            console.print(Text(sentence, style), soft_wrap=is_to_copy or None)

    if summary.stopped == str(Declined()):  # what it would have done was shown with the question
        say(summary.stopped, "bold yellow")
        say(f"What it would have done: {summary.results}", "bold")
        return
    for line in not_understood(summary.not_understood, own_settings(), dry_run=summary.dry_run):
        say(line, "" if line.startswith(" ") else "yellow", is_to_copy=line.startswith(" "))
    for line in _preview(summary) if summary.dry_run else [_done(summary)]:
        console.print(line)
    console.print(_codes(summary) if summary.dry_run else _rows(summary))
    for shown in impact_shown(summary):
        console.print(shown)
    say(summary.unchecked, "yellow")
    say(_two_readings(summary), "yellow")
    say("The first error of each kind:" if summary.examples else "", "red")
    for example in summary.examples:
        say(f"  {example}")
    say(summary.stopped, "bold yellow")
    say("" if summary.results is None else f"Results: {summary.results}", "bold")
    say(_what_is_left(summary))
    say(_what_next(summary), "bold", is_to_copy=True)
    say(_what_can_be_undone(summary))


def _two_readings(summary: Summary) -> str:
    """What to do about numbers that are two numbers."""
    if not summary.two_readings:
        return ""
    count, was = plural(summary.two_readings, "number"), "was" if summary.two_readings == 1 else "were"
    said = f"{count} can be read as two different numbers and {was} not sent. If only the + is missing: "
    if summary.dry_run:
        return f"{said}add --plus-missing to this command. If they are national numbers: --no-plus-missing."
    again = f"bulk-sync retry {for_shell(summary.results) if summary.results else 'RESULTS'}"
    return f"{said}{again} --plus-missing. If they are national numbers: --no-plus-missing."


def _what_next(summary: Summary) -> str:
    """The next command, where there is something to do: for rows that were not sent, else for those with errors."""
    errors = [code_of(code, result) for result, code in summary.counts if result == Result.ERROR.value]
    again = [each for each in errors if each not in {None, Code.LEAVES_DNC}]  # who is in DNC stays there
    if summary.to_go_on or summary.dry_run or summary.correctable is None or not again:
        return summary.to_go_on or ""
    correct = ", correct them in the results file, then" if any(not each.retryable for each in again if each) else ""
    return f"To send the rows with errors again{correct}: bulk-sync retry {for_shell(summary.correctable)}"


def _what_can_be_undone(summary: Summary) -> str:
    """How many updates could be put back, and how; a sandbox is gone."""
    if summary.dry_run or not summary.undoable:
        return ""
    return f"{plural(summary.undoable, 'update')} could be undone: bulk-sync undo {summary.run}"


def _what_is_left(summary: Summary) -> str:
    """How many updates have no outcome, and when they would have."""
    if not summary.calls_left or summary.dry_run:
        return ""
    done = (
        "" if summary.ended is None else f". If continued now, it finishes about {_at(summary.seconds_left, summary)}"
    )
    return f"{plural(summary.calls_left, 'update')} left, {_about(summary.seconds_left)}{done}."


def _preview(summary: Summary) -> list[str]:
    """What would happen."""
    kinds, updates = _kinds(summary), plural(summary.calls_left, "update")
    skipped = f" {plural(summary.settled, 'update')} already done, or not needed." if summary.settled else ""
    finish = f" If started now, it finishes about {_at(summary.seconds, summary)}." if summary.ended else ""
    return [
        f"[bold]Preview[/bold] of [bold]{plural(summary.rows, 'row')}[/bold]. Nothing was sent.",
        f"Would send {updates}{f': {kinds}' if kinds else ''}.{skipped}",
        *([f"Would take {_about(summary.seconds)}.{finish}"] if summary.calls_left else []),
    ]


def _done(summary: Summary) -> str:
    """What a run did, and how long that took."""
    kinds = _kinds(summary)
    before = f", {summary.settled_before:,} of them before" if summary.settled_before else ""
    limit = f" The API allows {summary.limit}." if summary.limit else ""
    did = f"{summary.settled:,} of {plural(summary.calls, 'update')}{before}{f' ({kinds})' if kinds else ''}"
    how = "Done" if summary.stopped is None else "Ended early"
    return f"[bold]{how}[/bold]: {did} in {duration(summary.seconds)}.{limit}"


def _kinds(summary: Summary) -> str:
    """What the updates do."""
    kinds = [f"{count:,} {_DO[kind]}" for kind, count in summary.calls_by_kind.items() if count]
    order = " in the order of the file" if summary.order == "file" and len(kinds) > 1 else ""
    return f"{', '.join(kinds)}{order}"


def _rows(summary: Summary) -> Text:
    """What became of the rows, by result and by code, in one line."""
    line = Text.assemble((plural(summary.rows, "row"), "bold"), ": " if summary.rows else ".")
    shown = []
    for result, (words, colour) in RESULTS.items():
        codes = sorted((-count, code) for (each, code), count in summary.counts.items() if each == result.value)
        if codes:
            kinds = ", ".join(f"{-count:,} {code}" if len(codes) > 1 else code for count, code in codes)
            shown.append(Text(f"{summary.result(result.value):,} {words} ({kinds})", colour))
    return line + Text("; ").join(shown)


def _at(seconds: float, summary: Summary) -> str:
    """The time of day, so long after the summary was made."""
    return clock((summary.ended or 0.0) + seconds)


def _about(seconds: float) -> str:
    return duration(seconds) if seconds < 1 else f"about {duration(seconds)}"


def _codes(summary: Summary) -> Table:
    table = bare_table("rows", "result", "code", "meaning", right=("rows",))
    for result, code, count in in_order(summary.counts):
        _, colour = RESULTS[result]
        meaning = Text(meaning_of(code, result.value))
        table.add_row(f"{count:,}", Text(result.value, style=colour), Text(code, style=colour), meaning)
    return table


def impact_shown(summary: Summary) -> Iterator[RenderableType]:
    """What a preview says of the contacts: transitions, moves, how many stop or restart, what could be saved."""
    impact = summary.effects
    if impact is not None:
        for name, steps in (("status", impact.transitions), ("campaign", impact.moves)):
            if steps:
                yield _steps(name, by_count(steps), impact)
        if impact.stops or impact.restarts or impact.rescheduled:
            stops = f"stop for {plural(impact.stops, 'contact')}" if impact.stops else ""
            restarts = f"restart for {plural(impact.restarts, 'contact')}" if impact.restarts else ""
            outreach = " and ".join(filter(None, (stops, restarts)))
            moves = f"{plural(impact.rescheduled, 'contact')} would move to another campaign or time zone."
            yield Text(f"Outreach would {outreach}. " * bool(outreach) + moves * bool(impact.rescheduled))
    if summary.saving is not None:
        calls, seconds = summary.saving.calls, summary.saving.seconds
        have = "1 contact already has these values" if calls == 1 else f"{calls:,} contacts already have these values"
        saves = f" ({_about(seconds)} less)" if seconds >= 1 else ""
        it = "it" if calls == 1 else "them"
        yield Text(f"{have}. Add --only-changed to skip {it}{saves}.", style="green")


def _steps(name: str, steps: list[tuple[Step, int]], impact: Impact) -> Table:
    table = bare_table("contacts", name, "", "", right=("contacts",))
    for (before, after), count in steps[:MOST]:
        style = "" if name == "campaign" else "yellow" if after in impact.stopping else "blue"
        shown = [impact.named(each) or "" for each in (before or "?", after)]
        table.add_row(f"{count:,}", Text(shown[0], style="dim"), "\u2192", Text(shown[1], style=style))
    if len(steps) > MOST:
        rest = sum(count for _, count in steps[MOST:])
        table.add_row(f"{rest:,}", Text(f"{len(steps) - MOST:,} other changes", style="dim"), "", "")
    return table

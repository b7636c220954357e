"""What does a person at a terminal see of a run? (rich, on standard error)"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from bulk_sync.errors import CODES, Result
from bulk_sync.report.asking import nobody
from bulk_sync.report.changes import effects_shown
from bulk_sync.report.summary import KINDS, Summary, plural
from bulk_sync.times import clock, duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from bulk_sync.model import Outcome, Update
    from bulk_sync.report.asking import Ask

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

DRAWN = 5.0
"""So often a second the bar is drawn."""

_SHOWN = (Result.SUCCESS, Result.WOULD_SEND, Result.ERROR, Result.NOT_SENT, Result.SKIPPED)
"""The order of the summary's lines."""


class _TimeLeft(ProgressColumn):
    """What the budget forecasts, not what the last seconds suggest: the allowance of a window leaves at once."""

    def render(self, task: Task) -> Text:
        return Text(f"{duration(task.fields['left'])} left" if task.fields["left"] >= 1 else "", style="cyan")


class _Bar(Progress):
    """Looks at its figures when it is drawn, some times a second, not for each of thousands of outcomes."""

    settled = failed = 0
    seconds_left = 0.0

    def get_renderables(self) -> Iterable[RenderableType]:
        """See Progress."""
        text = plural(self.failed, "error") if self.failed else ""
        for task in self.task_ids:
            self.update(task, completed=self.settled, left=self.seconds_left, failed=text)
        return super().get_renderables()


class Terminal:
    """Shows a run: sentences, a progress bar, the summary. `quiet` leaves only what went wrong, and what is asked."""

    def __init__(self, *, quiet: bool = False, console: Console | None = None, ask: Ask = nobody) -> None:
        self._quiet = quiet
        self.ask = ask
        # a terminal gets its lines wrapped between words, a file gets a sentence a line
        wraps = not sys.stderr.isatty()
        self._console = console or Console(file=sys.stderr, highlight=False, soft_wrap=wraps, emoji=False)
        self._progress: _Bar | None = None

    def tell(self, sentence: str) -> None:
        """Print a sentence."""
        if sentence and not self._quiet:
            self._console.print(sentence, markup=False, emoji=False)

    def begin(self, calls: int) -> None:
        """Start the progress bar."""
        if self._quiet or not calls:
            return
        self._progress = _Bar(
            SpinnerColumn(finished_text=" "),
            TextColumn("Sending"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("[red]{task.fields[failed]}"),
            _TimeLeft(),
            console=self._console,
            auto_refresh=self._console.is_terminal,  # a file gets the bar as it stands in the end
            refresh_per_second=DRAWN,
        )
        self._progress.add_task("Sending", total=calls, failed="", left=0.0)
        self._progress.start()

    def settled(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:  # noqa: ARG002 -- a log needs them
        """Move the bar."""
        if self._progress is None:
            return
        self._progress.settled += 1
        self._progress.failed += outcome.code.result is Result.ERROR
        self._progress.seconds_left = seconds_left

    def end(self) -> None:
        """Leave the bar as it stands."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def show(self, summary: Summary) -> None:
        """Print the summary."""
        if self._quiet and not summary.exit_code:
            return
        for line in _headline(summary):
            self._console.print(line)
        self._console.print(_codes(summary))
        for shown in effects_shown(summary):
            self._console.print(shown)
        self._say(summary.unchecked, "yellow")
        if summary.examples:
            self._console.print("The first error of each kind:", style="red")
            for example in summary.examples:
                self._console.print(f"  {example}", markup=False, emoji=False)
        self._say(summary.stopped, "bold yellow")
        self._say(_what_is_left(summary), "")
        self._say(summary.to_go_on, "bold")
        self._say("" if summary.results is None else f"Results: {summary.results}", "bold")

    def _say(self, sentence: str | None, style: str) -> None:
        if sentence:
            self._console.print(sentence, style=style, markup=False, emoji=False)


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
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for header in ("rows", "result", "code", "meaning"):
        table.add_column(header, justify="right" if header == "rows" else "left", header_style="dim")
    order = {result.value: place for place, result in enumerate(_SHOWN)}
    for (result, code), count in sorted(summary.counts.items(), key=lambda item: (order[item[0][0]], -item[1])):
        style = COLOURS[result]
        table.add_row(f"{count:,}", Text(result, style=style), Text(code, style=style), Text(CODES[code].meaning))
    return table

"""Who is told how a run goes; at a terminal a person, who sees how far it is, and is asked. (rich, on standard error)

The parts of rich are loaded when there is something to show: they take as long as Python itself takes to start, and in
a quiet run there is nothing.
"""

from __future__ import annotations

import re
import shutil
import signal
import sys
import textwrap
import time
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from bulk_sync.errors import Cancelled, Result
from bulk_sync.printable import printable
from bulk_sync.report.summary import one_line, plural
from bulk_sync.times import clock, duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.live import Live

    from bulk_sync.model import Outcome, Update
    from bulk_sync.report.summary import Summary


A_MINUTE = 60.0
"""Seconds between two lines about how far a run is."""

DRAWN = 5.0
"""So often a second the screen is drawn."""

_SHORT = 10.0
"""Seconds before which a rate says nothing: the allowance of a window leaves at once."""

_KINDS = 4
"""Kinds of errors that have room in a line."""


class Observer(Protocol):
    """Hears what a run finds out and does, and answers for the person who runs it."""

    def message(self, sentence: str) -> None:
        """Hear something found out or decided; "" is nothing to say."""

    def warning(self, sentence: str) -> None:
        """Hear of something that went wrong beside the run: who wants quiet hears it too."""

    def started(self, calls: int) -> None:
        """Hear that sending begins."""

    def outcome(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:
        """Hear an update's outcome; `row` is the number that a spreadsheet shows, `seconds_left` a forecast."""

    def waiting(self, seconds: float, limit: str | None) -> None:
        """Hear that nothing may leave for some seconds; `limit`: what the API allows, in words, where it is known."""

    def ended(self) -> None:
        """Hear that sending is over."""

    @property
    def is_attended(self) -> bool:
        """Whether a person is there who can be asked."""

    def confirm(self, question: str, count: int | None = None) -> bool:
        """Whether a person says yes, or types the count that is given; False where nobody is there to ask."""


class State:
    """How far a run is: `settled` and `failed` updates of `total`, and the seconds that the rest takes.

    `errors` counts them by code. Until `waits_until`, in monotonic seconds, nothing leaves, because of `limit`.
    """

    def __init__(self, total: int, now: Callable[[], float] = time.monotonic) -> None:
        self.total, self.now = total, now
        self.began = self._said = now()
        self.settled = 0
        self.seconds_left = 0.0
        self.errors: Counter[str] = Counter()
        self.waits_until = 0.0
        self.limit: str | None = None
        self.is_over = False

    def add(self, outcome: Outcome, seconds_left: float) -> None:
        """Count an update's outcome."""
        self.settled += 1
        self.seconds_left = seconds_left
        if outcome.code.result is Result.ERROR:
            self.errors[outcome.code.word] += 1

    def is_due(self) -> bool:
        """Whether a minute has passed since this was last so: time for another line."""
        if self.now() - self._said < A_MINUTE:
            return False
        self._said = self.now()
        return True

    def line(self) -> str:
        """The same as a sentence, for where there is no terminal."""
        errors = f", {plural(self.failed, 'error')}" if self.failed else ""
        left = f"; {self.left()}" if self.left() else ""
        return f"{self.settled:,} of {plural(self.total, 'update')} done{errors}{left}."

    @property
    def failed(self) -> int:
        """Updates that failed."""
        return self.errors.total()

    def left(self) -> str:
        """How long the rest takes, and when it is done, as the budget forecasts it: the last seconds may mislead."""
        if self.seconds_left < 1 or self.settled >= self.total:
            return ""
        return f"{duration(self.seconds_left)} left, done {clock(time.time() + self.seconds_left)[-5:]}"

    def rate(self) -> str:
        """Updates a minute, since the run began."""
        seconds = self.now() - self.began
        return f"{self.settled * 60 / seconds:,.0f}/min" if seconds >= _SHORT and self.settled else ""

    def wait(self) -> str:
        """What is waited for."""
        seconds = round(self.waits_until - self.now())
        limit = f", {self.limit.replace('/min', ' a minute').replace('/s', ' a second')}" if self.limit else ""
        return f"Waiting {seconds} s for the API's limit{limit}." if seconds >= 1 else ""

    def kinds(self) -> str:
        """The errors by code, the most frequent first."""
        found = [f"{code} {count:,}" for code, count in self.errors.most_common(_KINDS)]
        return f"Errors: {', '.join([*found, *['…'] * (len(self.errors) > _KINDS)])}" if found else ""


def bar(state: State, console: Console) -> Live:
    """The screen of a run. It looks at the state when it is drawn, not for each of thousands of outcomes."""
    from rich.console import Group  # noqa: PLC0415  # who sends nothing, or wants quiet, waits for none of this
    from rich.live import Live  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn  # noqa: PLC0415
    from rich.table import Column  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    progress = Progress(
        SpinnerColumn(finished_text=" "),
        TextColumn("Sending"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("[red]{task.fields[failed]}", table_column=Column(no_wrap=True)),
        TextColumn("[cyan]{task.fields[left]}", table_column=Column(no_wrap=True)),
        console=console,
    )
    sending = progress.add_task("Sending", total=state.total, failed="", left="")

    def drawn() -> Group:
        failed = plural(state.failed, "error") if state.failed else ""
        left = "  ".join(filter(None, (state.rate(), state.left())))
        progress.update(sending, completed=state.settled, failed=failed, left=left)
        below = () if state.is_over else filter(None, (state.wait(), state.kinds()))
        return Group(progress, *(Text(f"  {line}", style="dim") for line in below))

    return Live(console=console, get_renderable=drawn, auto_refresh=console.is_terminal, refresh_per_second=DRAWN)


class Ask(Protocol):
    """Asks a question that is answered by typing a count, or, without one, by yes or no; whether it was confirmed."""

    def __call__(self, question: str, count: int | None = None) -> bool:
        """Ask. Raises Cancelled at Ctrl-C."""


def at_terminal(question: str, count: int | None = None) -> bool:
    """Ask on standard error, and read from standard input; False where either is no terminal."""
    if not _has_terminal():
        return False
    width = shutil.get_terminal_size().columns
    shown = [textwrap.fill(line, width) for line in printable(question, lines=True).splitlines()]
    answer = " [y/N] " if count is None else f"\nTo continue, type {count}. Anything else cancels: "
    try:
        sys.stderr.write("\n".join(shown) + answer)
        sys.stderr.flush()
        typed = sys.stdin.readline()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise Cancelled(signal.SIGINT) from None
    if not typed.endswith("\n"):  # Ctrl-D leaves the cursor where it is
        sys.stderr.write("\n")
    if count is None:
        return typed.strip().casefold() in {"y", "yes"}
    return re.sub(r"[\s.,'_]", "", typed) == str(count)


def nobody(question: str, count: int | None = None) -> bool:  # noqa: ARG001 -- an Ask
    """Ask nobody."""
    return False


class Prompted:
    """Who hears how a run goes, and answers for the person who runs it by `ask`."""

    def __init__(self, ask: Ask) -> None:
        self.confirm = ask

    @property
    def is_attended(self) -> bool:
        """Whether a person is there who can be asked."""
        return self.confirm is not nobody and _has_terminal()


def _has_terminal() -> bool:
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


class Terminal(Prompted):
    """Shows a run: sentences, a progress bar, the summary. `quiet` leaves only what went wrong, and what is asked.

    Without a terminal that can be drawn on, a line a minute says how far it is. `clock` gives monotonic seconds.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        console: Console | None = None,
        ask: Ask = nobody,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(ask)
        self._quiet, self._given, self._clock = quiet, console, clock
        self._state: State | None = None
        self._bar: Live | None = None

    @cached_property
    def _console(self) -> Console:
        if self._given is not None:
            return self._given
        from bulk_sync.report.screen import Screen  # noqa: PLC0415  # see above

        # a terminal gets its lines wrapped between words, a file gets a sentence a line
        return Screen(file=sys.stderr, soft_wrap=not sys.stderr.isatty())

    def message(self, sentence: str) -> None:
        """Print a sentence."""
        if sentence and not self._quiet:
            self._console.print(sentence, markup=False, emoji=False)

    def warning(self, sentence: str) -> None:
        """Print a sentence, also where a person wants quiet."""
        self._console.print(sentence, markup=False, emoji=False, style="yellow")

    def started(self, calls: int) -> None:
        """Start the progress bar."""
        if self._quiet or not calls:
            return
        self._state = State(calls, self._clock)
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._bar = bar(self._state, self._console)
            self._bar.start(refresh=True)

    def outcome(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:  # noqa: ARG002 -- a log needs them
        """Move the bar, or say once a minute how far the run is."""
        if self._state is None:
            return
        self._state.add(outcome, seconds_left)
        if self._bar is None and self._state.is_due():
            self.message(self._state.line())

    def waiting(self, seconds: float, limit: str | None) -> None:
        """Show a wait while it lasts."""
        if self._state is not None:
            self._state.waits_until, self._state.limit = self._clock() + seconds, limit

    def ended(self) -> None:
        """Leave the bar as it stands."""
        if self._state is not None and self._bar is not None:
            self._state.is_over = True
            self._bar.stop()
        self._bar = self._state = None

    def show(self, summary: Summary) -> None:
        """Print the summary."""
        if self._quiet:
            if summary.exit_code:
                self._console.print(one_line(summary), markup=False, emoji=False, soft_wrap=True)
            return
        from bulk_sync.report.summary_view import show  # noqa: PLC0415  # see above

        show(summary, self._console)

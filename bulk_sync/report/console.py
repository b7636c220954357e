"""The console: what a person at a terminal sees of a run, and is asked. (rich, on standard error)

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
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from bulk_sync.errors import Cancelled
from bulk_sync.printable import printable
from bulk_sync.report.progress import State, bar
from bulk_sync.report.summary import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.live import Live

    from bulk_sync.model import Outcome, Update
    from bulk_sync.report.summary import Summary


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

"""The console: what a person at a terminal sees of a run. (rich, on standard error)

The parts of rich are loaded when there is something to show: they take as long as Python itself takes to start, and in
a quiet run there is nothing.
"""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

from bulk_sync.errors import Result
from bulk_sync.report.prompt import is_attended, nobody

if TYPE_CHECKING:
    from rich.console import Console

    from bulk_sync.model import Outcome, Update
    from bulk_sync.report.progress import ProgressBar
    from bulk_sync.report.prompt import Ask
    from bulk_sync.report.summary import Summary


class Terminal:
    """Shows a run: sentences, a progress bar, the summary. `quiet` leaves only what went wrong, and what is asked."""

    def __init__(self, *, quiet: bool = False, console: Console | None = None, ask: Ask = nobody) -> None:
        self._quiet = quiet
        self._given = console
        self.confirm = ask
        self._bar: ProgressBar | None = None

    @cached_property
    def _console(self) -> Console:
        if self._given is not None:
            return self._given
        from bulk_sync.report.screen import Screen  # noqa: PLC0415  # see above

        # a terminal gets its lines wrapped between words, a file gets a sentence a line
        return Screen(file=sys.stderr, soft_wrap=not sys.stderr.isatty())

    @property
    def is_attended(self) -> bool:
        """Whether a person can be asked."""
        return is_attended(self.confirm)

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
        from bulk_sync.report.progress import ProgressBar  # noqa: PLC0415  # see above

        self._bar = ProgressBar(calls, self._console)
        self._bar.start()

    def outcome(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:  # noqa: ARG002 -- a log needs them
        """Move the bar."""
        if self._bar is None:
            return
        self._bar.settled += 1
        self._bar.failed += outcome.code.result is Result.ERROR
        self._bar.seconds_left = seconds_left

    def ended(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def show(self, summary: Summary) -> None:
        """Print the summary."""
        if self._quiet and not summary.exit_code:
            return
        from bulk_sync.report.summary_view import show  # noqa: PLC0415  # see above

        show(summary, self._console)

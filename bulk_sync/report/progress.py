"""How far a run is: what it waits for, what went wrong, when it will be done, and the screen that shows it. (rich)"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from bulk_sync.errors import Result
from bulk_sync.report.summary import plural
from bulk_sync.times import clock, duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.live import Live

    from bulk_sync.model import Outcome

A_MINUTE = 60.0
"""Seconds between two lines about how far a run is."""

DRAWN = 5.0
"""So often a second the screen is drawn."""

_SHORT = 10.0
"""Seconds before which a rate says nothing: the allowance of a window leaves at once."""

_KINDS = 4
"""Kinds of errors that have room in a line."""


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

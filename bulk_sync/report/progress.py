"""The screen of a run that sends: how far it is, what it waits for, what went wrong, when it will be done. (rich)"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from bulk_sync.report.summary import plural
from bulk_sync.times import clock, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console, RenderableType

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
        self.total, self.now, self.began = total, now, now()
        self.settled = 0
        self.seconds_left = 0.0
        self.errors: Counter[str] = Counter()
        self.waits_until = 0.0
        self.limit: str | None = None

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


class _Left(ProgressColumn):
    def __init__(self, state: State) -> None:
        super().__init__(table_column=Column(no_wrap=True))
        self._state = state

    def render(self, task: Task) -> Text:  # noqa: ARG002 -- rich's signature
        return Text("  ".join(filter(None, (self._state.rate(), self._state.left()))), style="cyan")


class ProgressBar(Progress):
    """Looks at the state when it is drawn, some times a second, not for each of thousands of outcomes."""

    def __init__(self, state: State, console: Console) -> None:
        self.state, self.is_over = state, False
        super().__init__(
            SpinnerColumn(finished_text=" "),
            TextColumn("Sending"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("[red]{task.fields[failed]}", table_column=Column(no_wrap=True)),
            _Left(state),
            console=console,
            auto_refresh=console.is_terminal,
            refresh_per_second=DRAWN,
        )
        self.add_task("Sending", total=state.total, failed="")

    def get_renderables(self) -> Iterable[RenderableType]:
        """See Progress."""
        text = plural(self.state.failed, "error") if self.state.failed else ""
        for task in self.task_ids:
            self.update(task, completed=self.state.settled, failed=text)
        yield from super().get_renderables()
        if not self.is_over:
            yield from (Text(f"  {line}", style="dim") for line in (self.state.wait(), self.state.kinds()) if line)

"""The progress bar of a run that sends. (rich)"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

from bulk_sync.report.summary import plural
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, RenderableType

DRAWN = 5.0
"""So often a second the bar is drawn."""


class _TimeLeft(ProgressColumn):
    """What the budget forecasts, not what the last seconds suggest: the allowance of a window leaves at once."""

    def render(self, task: Task) -> Text:
        return Text(f"{duration(task.fields['left'])} left" if task.fields["left"] >= 1 else "", style="cyan")


class ProgressBar(Progress):
    """Looks at its figures when it is drawn, some times a second, not for each of thousands of outcomes."""

    settled = failed = 0
    seconds_left = 0.0

    def __init__(self, calls: int, console: Console) -> None:
        super().__init__(
            SpinnerColumn(finished_text=" "),
            TextColumn("Sending"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("[red]{task.fields[failed]}"),
            _TimeLeft(),
            console=console,
            auto_refresh=console.is_terminal,  # a file gets the bar as it stands in the end
            refresh_per_second=DRAWN,
        )
        self.add_task("Sending", total=calls, failed="", left=0.0)

    def get_renderables(self) -> Iterable[RenderableType]:
        """See Progress."""
        text = plural(self.failed, "error") if self.failed else ""
        for task in self.task_ids:
            self.update(task, completed=self.settled, left=self.seconds_left, failed=text)
        return super().get_renderables()

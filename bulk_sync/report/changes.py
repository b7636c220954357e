"""How does a person see what a run would do to contacts? Before and after, as tables. (rich)"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bulk_sync.report.summary import plural
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from bulk_sync.report.impact import Impact, Step
    from bulk_sync.report.summary import Summary

MOST = 12
"""Lines of a table."""


def effects_shown(summary: Summary) -> Iterator[RenderableType]:
    """What a preview says of the contacts: transitions, moves, how many stop or restart, what could be saved."""
    effects = summary.effects
    if effects is not None:
        for name, steps in (("status", effects.transitions), ("campaign", effects.moves)):
            if steps:
                yield _table(name, sorted(steps.items(), key=_by_count), effects)
        if effects.stops or effects.restarts or effects.rescheduled:
            yield Text(
                f"Outreach stops for {plural(effects.stops, 'contact')} and restarts for {effects.restarts:,}; "
                f"{effects.rescheduled:,} move to another campaign or time zone."
            )
    if summary.saving is not None:
        calls, seconds = summary.saving.calls, summary.saving.seconds
        stand = "1 contact stands" if calls == 1 else f"{calls:,} contacts stand"
        saves = f", which saves {duration(seconds)}" if seconds >= 1 else ""
        yield Text(f"{stand} as asked already; --only-changed leaves such contacts alone{saves}.", style="green")


def _by_count(step: tuple[Step, int]) -> tuple[int, str, str]:
    (before, after), count = step
    return -count, after, before or ""


def _table(name: str, steps: list[tuple[Step, int]], effects: Impact) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for header in ("contacts", name, "", ""):
        table.add_column(header, justify="right" if header == "contacts" else "left", header_style="dim")
    for (before, after), count in steps[:MOST]:
        style = "" if name == "campaign" else "yellow" if after in effects.stopping else "blue"
        shown = [effects.campaigns.get(each.casefold(), each) for each in (before or "?", after)]
        table.add_row(f"{count:,}", Text(shown[0], style="dim"), "\u2192", Text(shown[1], style=style))
    if len(steps) > MOST:
        rest = sum(count for _, count in steps[MOST:])
        table.add_row(f"{rest:,}", Text(f"{len(steps) - MOST:,} other changes", style="dim"), "", "")
    return table

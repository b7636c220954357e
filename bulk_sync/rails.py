"""May so many contacts be stopped, restarted or moved at once? (`--max-stop`, `--max-restart`, `--max-move`)"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bulk_sync.errors import PastGuardRail
from bulk_sync.report.summary import plural
from bulk_sync.settings import parse_tolerance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bulk_sync.report.effects import Effects
    from bulk_sync.settings import Settings

TINY = 1e-6
"""Of a row: 29 % of 100 rows are 29, whatever a computer makes of 0.29."""


def are_set(settings: Settings) -> bool:
    """Whether anything has to be counted before the first write."""
    return any(limit is not None for limit in (settings.max_stop, settings.max_restart, settings.max_move))


def check(settings: Settings, effects: Effects, rows: int, ask: Callable[[str, str, int], bool]) -> None:
    """Let a run of `rows` rows go on within its guard rails, or past them where a person says so.

    `ask(option, question, count)`: whether somebody has confirmed it by typing the count. Raises PastGuardRail.
    """
    if settings.yes:
        return
    for option, count, limit, what in _passed(settings, effects, rows):
        contacts = plural(count, "contact")
        if not ask(option, f"This file would {what.format(contacts)}, and {option} allows {limit:,}.", count):
            raise PastGuardRail(
                f"Nothing was sent: this file would {what.format(contacts)}, and {option} allows {limit:,}. Look at it "
                f"with --dry-run. If it is meant, add --yes, or {option} {count}."
            )


def _passed(settings: Settings, effects: Effects, rows: int) -> Iterator[tuple[str, int, int, str]]:
    """The guard rails that were passed: the option, the count, what it allows, and what the contacts would be."""
    held = (
        ("--max-stop", settings.max_stop, effects.stops, "stop outreach to {}"),
        ("--max-restart", settings.max_restart, effects.restarts, "restart outreach to {}"),
        ("--max-move", settings.max_move, effects.rescheduled, "move {} to another campaign or time zone"),
    )
    for option, given, count, what in held:
        if given is None:
            continue
        number, share = parse_tolerance(given)
        limit = number if number is not None else math.floor((share or 0.0) * rows + TINY)
        if count > limit:
            yield option, count, limit, what

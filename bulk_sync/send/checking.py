"""What must be known of a contact before its update may leave?

A check reads how the contact stands, just before the update's turn, and says what that means for it. So what is decided
is as fresh as can be, and reading goes on while writes wait for their budget.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import Outcome

if TYPE_CHECKING:
    from bulk_sync.model import Answer, Read, Update
    from bulk_sync.send.engine import Settle

    ReadInTurn = Callable[[str, int], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Standing:
    """The update may leave; this is what it will replace. None: not known, or in several campaigns."""

    status: str | None = None
    campaign: str | None = None


Check = Callable[["Update", "Read"], Awaitable["Outcome | Standing"]]
"""An outcome: the update is settled by what was read, and not sent. Raises Stopped where the run ends first."""


def looking_first(settle: Settle, read: ReadInTurn, check: Check) -> Settle:
    """Settle an update by `settle` only after `check` has let it; what stood there before is in its outcome."""

    async def look_and_settle(update: Update, priority: int) -> Outcome:
        found = await check(update, partial(_read, read, priority))
        if isinstance(found, Outcome):
            return found
        outcome = await settle(update, priority)
        return replace(outcome, previous_status=found.status, previous_campaign=found.campaign)

    return look_and_settle


async def pretend(update: Update, priority: int) -> Outcome:  # noqa: ARG001 -- a Settle
    """Send nothing: in a dry run, this is what becomes of an update that would be sent."""
    return Outcome(Code.UPDATED)


async def _read(read: ReadInTurn, priority: int, path: str) -> Answer:
    return await read(path, priority)

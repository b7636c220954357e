"""Delivery: what becomes of an update that was released? It is sent, or its contact is made, and then sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import Outcome
from bulk_sync.send.passage import SettledError, ThereNowError

if TYPE_CHECKING:
    from bulk_sync.model import Update
    from bulk_sync.release import Creation, ReadyUpdate
    from bulk_sync.send.attempts import Attempts
    from bulk_sync.send.passage import Passage
    from bulk_sync.send.release_queue import Due

Create = Callable[["Update"], "Creation | None"]
"""The contact to be made for an update whose own the CRM does not have; None: none is."""


async def delivered(attempts: Attempts, create: Create, passage: Passage) -> Outcome:
    """Settle an update that was released; what it replaced is in its outcome. Raises Stopped where the run ends first.

    A contact is made only where a fresh look shows none, or nobody looks: one that was deleted while it was in DNC
    would be called again.
    """
    try:
        outcome = await _delivered(attempts, create, passage)
    except SettledError as settled:
        return replace(settled.outcome, attempts=passage.tries)
    before = passage.ready
    if before.previous_status is None and before.previous_campaign is None:
        return outcome
    return replace(outcome, previous_status=before.previous_status, previous_campaign=before.previous_campaign)


async def _delivered(attempts: Attempts, create: Create, passage: Passage) -> Outcome:
    outcome = None if passage.ready.is_missing else await attempts.settle(passage)
    if outcome is not None and outcome.code is not Code.CONTACT_NOT_FOUND:
        return outcome
    creation = create(passage.planned)
    if creation is not None:
        if outcome is not None and passage.is_looked_at:
            await passage.look_again()
        if passage.may_be_made:
            try:
                return await attempts.create(passage, creation)
            except ThereNowError:
                passage.carries(passage.planned.change)
    return outcome or await attempts.settle(passage)


async def dry_send(due: Due) -> Outcome:
    """Send nothing: in a dry run, this is what becomes of an update that would be sent."""
    return would_be(due[2])


def would_be(ready: ReadyUpdate) -> Outcome:
    """What becomes of an update that may leave, if all goes well, with what it replaces."""
    return Outcome(
        Code.CREATED if ready.is_missing else Code.UPDATED,
        contact_id=ready.contact_id,
        previous_status=ready.previous_status,
        previous_campaign=ready.previous_campaign,
    )

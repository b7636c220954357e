"""What does a run ask of contacts before it sends? The same for a preview, also for one that goes by the file alone."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bulk_sync.model import DNC, Outcome
from bulk_sync.preflight.lookup import Outside
from bulk_sync.preflight.policy import Policy, Rival

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulk_sync.dnc_record import DncRecord
    from bulk_sync.model import Update
    from bulk_sync.naming import Known
    from bulk_sync.plan import Plan
    from bulk_sync.plan.plan import Updates
    from bulk_sync.seen import Seen
    from bulk_sync.settings import Settings


def policy(settings: Settings, plan: Plan, names: Known, *, compares: bool) -> Policy:
    """What a run asks of contacts before it sends: the same for a preview."""
    return Policy(
        compares=compares,
        guards=not settings.allow_leaving_dnc,
        merges=settings.variables == "merge",
        creates=lambda update: plan.creation(update) is not None,
        stopping=plan.stopping,
        dnc=names.dnc,
        holds_unchecked=settings.unchecked == "hold",
        rivals=_rivals(settings, plan),
    )


def _rivals(settings: Settings, plan: Plan) -> dict[str, Rival]:
    """The rows that put contacts into DNC, by the number or the ID that they name, where others may name them else."""
    found: dict[str, Rival] = {}
    if settings.on_conflict != "safest" or not plan.names_contacts_both_ways:
        return found
    for update in plan.updates():
        name = (update.phone or update.contact_id or "").casefold()
        if update.change.status in plan.dnc:
            rival = Rival(0 if update.change.status == DNC else 1, update.row + plan.first_row)
            found[name] = min(rival, found.get(name, rival))
    return found


def remember(plan: Plan, rules: Policy, never: DncRecord, updates: Updates, seen: Seen) -> None:
    """Settle those of the updates of whom nothing was seen, and whom the memory knows by the file's own words."""
    if not rules.guards:
        return
    recall = never.recall()
    for update in _in_question(plan, never, updates):
        if update.row in seen.settled or update.row in seen.would_send or not rules.starts_outreach(update):
            continue
        known = recall.find((update.phone, update.contact_id), (update.change.phone, None))
        if recall.fault is not None:
            seen.settled[update.row] = seen.findings.could_not_recall(update.row, recall.fault)
        elif isinstance(verdict := rules.judge(update, Outside(), rules.need_of(update), known), Outcome):
            seen.settled[update.row] = replace(verdict, at=time.time())


def _in_question(plan: Plan, never: DncRecord, updates: Updates) -> Iterable[Update]:
    """The updates that the memory may know; all of them where it cannot be used."""
    numbers = never.numbers()
    if never.fault is not None:
        return updates
    return map(plan.update, plan.known_by(updates.places, numbers))

"""What would a run do? (`--dry-run`) As far as the file tells and, with a key, as the contacts stand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync import placing, preparing, rails, reporting
from bulk_sync.again import taking_up
from bulk_sync.errors import Code, Interrupted
from bulk_sync.ledger import has_memory
from bulk_sync.private import is_private
from bulk_sync.report.summary import Saving
from bulk_sync.results import Results, Unsent
from bulk_sync.seen import Seen, effects_of, is_refusal, slower_in_words
from bulk_sync.send.config import SendReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bulk_sync.errors import Stopped
    from bulk_sync.job import Watch
    from bulk_sync.model import Outcome, Table, Update
    from bulk_sync.naming import Known
    from bulk_sync.plan import Plan
    from bulk_sync.plan.plan import Updates
    from bulk_sync.report.summary import Summary
    from bulk_sync.settings import Settings

    Tell = Callable[[str], None]


def preview(
    settings: Settings,
    watch: Watch,
    plan: Plan,
    table: Table,
    out: Path | None,
    *,
    names: Known,
    resumed: str | None = None,
) -> Summary:
    """Say what would be sent; nothing is, for there is no client, or one that only reads.

    `resumed`: the run that would go on, where it was named.
    """
    stands = _standing(settings, plan, table, watch.tell, resumed)
    updates = plan.updates(but=stands)
    seen = _look(settings, plan, updates, names, watch.tell)
    _remember(settings, plan, updates, names, seen)
    settled, would_send = _parted(settings, seen)
    ends = seen.stopped if is_refusal(seen.stopped) or isinstance(seen.stopped, Interrupted) else None
    unsent = Unsent(ends.code, str(ends)) if ends and is_refusal(ends) else None
    results = Results(plan, placing.new_run(), _between(stands | settled), unsent, seen=_between(would_send))
    place = reporting.write(results, table, out, watch.tell, private=is_private(table.path))
    left = plan.updates(but=stands.keys() | settled.keys())
    forecast = _forecast(settings, seen, len(left), watch.tell)
    sent = SendReport(forecast(len(left)), None, ends, forecast(len(left)))
    effects = effects_of(plan, left.places, would_send)
    if effects.moves and settings.known_key() and not names.stopped:
        effects.campaigns = names.of_campaigns()
    same = sum(outcome.code is Code.UNCHANGED for outcome in would_send.values())
    done = {"settled": len(stands) + len(settled), "before": len(stands)}
    summary = replace(
        reporting.summary(settings, plan, results, place, sent, seen.findings, **done),
        effects=effects,
        saving=Saving(same, forecast(len(left)) - forecast(len(left) - same)) if same else None,
        calls_by_kind=plan.by_kind(left.places),
    )
    watch.tell(_rails_in_words(settings, plan, summary))
    watch.tell(reporting.write_asked(summary, settings.json_results))
    return summary


def preview_of_undo(
    settings: Settings,
    watch: Watch,
    plan: Plan,
    table: Table,
    out: Path | None,
    *,
    names: Known,  # noqa: ARG001 -- a Carry
) -> Summary:
    """Say what an undo would put back; for that, every contact is looked at."""
    from bulk_sync.again import undoing  # noqa: PLC0415  # with all that reads and sends

    plan, stopped = undoing.looked_at(settings, plan, table, watch.tell)
    unsent = Unsent(stopped.code, str(stopped)) if stopped else None
    results = Results(plan, placing.new_run(), _between({}), unsent)
    place = reporting.write(results, table, out, watch.tell, private=is_private(table.path))
    seconds = preparing.pace(settings).forecast(len(plan.sequence))
    summary = reporting.summary(settings, plan, results, place, SendReport(seconds, None, stopped, seconds))
    if summary.calls_left and not stopped:
        summary = replace(summary, to_go_on=undoing.to_do_it(settings))
    watch.tell(reporting.write_asked(summary, settings.json_results))
    return summary


def _standing(
    settings: Settings, plan: Plan, table: Table, tell: Tell, resumed: str | None = None
) -> dict[int, Outcome]:
    """What a real run would not send again, since an earlier one has."""
    if settings.retry and resumed is None:
        from bulk_sync.again import earlier  # noqa: PLC0415  # few previews are of a retry

        found = earlier.standing(plan, table, settings)
        tell(found.sentence)
        return {record.update.row: record.outcome for record in found.records}
    ledger = taking_up.unfinished(settings, table.path, resumed)
    if ledger is None:
        return {}
    with ledger:
        records = {record.update.row: record for record in ledger.records()}
        stands = {row: record.outcome for row, record in records.items() if plan.update(row) == record.update}
        tell(f"A real run would go on with run {ledger.run}: {len(stands):,} calls are settled already.")
    return stands


def _look(settings: Settings, plan: Plan, updates: Sequence[Update], names: Known, tell: Tell) -> Seen:
    """How the contacts stand, where there is a key to ask with."""
    if names.stopped or names.is_away or not updates or not preparing.can_read(settings):
        return Seen(stopped=names.stopped)
    from bulk_sync import looking  # noqa: PLC0415  # with all that reads and sends
    from bulk_sync.dnc_record import recorded  # noqa: PLC0415

    with preparing.api(settings, plan, tell) as address:
        away = looking.is_away(address, settings, names.reads, tell)
        if away is not None:
            return Seen(stopped=away) if is_refusal(away) else _by_the_file(away, tell)
        with recorded(settings, "", names.means_dnc) as never:
            seen = looking.Looks(settings, plan, names, never, tell).at_all(updates, address)
    if seen.stopped and not is_refusal(seen.stopped):
        tell(f"{seen.stopped} What was not read by then goes by the file alone.")
    return seen


def _remember(settings: Settings, plan: Plan, updates: Updates, names: Known, seen: Seen) -> None:
    """Settle what the memory of this computer knows of those of whom nothing was seen."""
    if settings.sandbox or not has_memory():
        return
    from bulk_sync.dnc_policy import policy, remember  # noqa: PLC0415  # most have no memory, or all was seen
    from bulk_sync.dnc_record import recorded  # noqa: PLC0415

    with recorded(settings, "", names.means_dnc) as never:
        remember(plan, policy(settings, plan, names, compares=False), never, updates, seen)


def _by_the_file(away: Stopped, tell: Tell) -> Seen:
    tell(f"{away} So this preview goes by the file alone.")
    return Seen()


def _parted(settings: Settings, seen: Seen) -> tuple[dict[int, Outcome], dict[int, Outcome]]:
    """What would be settled unsent, and what would be sent: without `--only-changed`, also what stands as asked."""
    if settings.only_changed:
        return seen.settled, seen.would_send
    same = {row: outcome for row, outcome in seen.settled.items() if outcome.code is Code.UNCHANGED}
    others = {row: outcome for row, outcome in seen.settled.items() if row not in same}
    return others, seen.would_send | same


def _forecast(settings: Settings, seen: Seen, updates: int, tell: Tell) -> Callable[[int], float]:
    """The seconds that so many updates take; says so where looking at their contacts takes longer than sending."""
    writes, looks = preparing.pace(settings).forecast, seen.seconds_of_looks
    tell(slower_in_words(looks(updates), writes(updates)))
    return lambda calls: max(writes(calls), looks(calls))


def _rails_in_words(settings: Settings, plan: Plan, summary: Summary) -> str:
    """That a real run would stop at a guard rail, if it would."""
    if summary.effects is None:
        return ""
    first = next(rails.passed(settings, summary.effects, len(plan)), None)
    return f"A real run would not begin: this file {first.what}. {first.advice}" if first else ""


def _between(outcomes: Mapping[int, Outcome]) -> Callable[[int, int], Mapping[int, Outcome]]:
    return partial(_some, outcomes)


def _some(outcomes: Mapping[int, Outcome], start: int, stop: int) -> Mapping[int, Outcome]:
    return {row: outcomes[row] for row in range(start, stop) if row in outcomes} if outcomes else {}

"""How is what is left of a plan carried to the API, and each outcome into the ledger?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync import dnc_record, preparing, rails
from bulk_sync.again import taking_up, undoing
from bulk_sync.api.creations import made_since
from bulk_sync.errors import ApiAway, BulkSyncError, ProgramFault, Result, Stopped
from bulk_sync.looking import Looks
from bulk_sync.preflight.findings import Findings
from bulk_sync.report.summary import plural
from bulk_sync.seen import effects_of
from bulk_sync.send.config import SendReport
from bulk_sync.send.engine import send

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bulk_sync.dnc_record import DncRecord
    from bulk_sync.job import Watch
    from bulk_sync.ledger import Ledger
    from bulk_sync.model import Outcome, Table, Update
    from bulk_sync.naming import Known
    from bulk_sync.plan import Plan
    from bulk_sync.preflight.clearance import Clearance
    from bulk_sync.send.config import Address
    from bulk_sync.send.recording import Keep
    from bulk_sync.settings import Settings


@dataclass(frozen=True, slots=True)
class Carried:
    """How it went, and what could not be found out of the contacts."""

    sent: SendReport
    findings: Findings = field(default_factory=Findings)


def carry(
    settings: Settings, watch: Watch, plan: Plan, table: Table, *, address: Address, ledger: Ledger, names: Known
) -> Carried:
    """Send what has no outcome yet, after a look where that is needed."""
    with dnc_record.recorded(settings, ledger.run, names.means_dnc) as never:
        carried = _carry(settings, watch, plan, table, address=address, ledger=ledger, names=names, never=never)
        if settings.undo and settings.allow_leaving_dnc:
            out = never.put_back(settings.undo, ledger)
            watch.tell(f"Taken out of the DNC memory: {plural(out, 'contact')}." if out else "")
        if never.fault is None or carried.sent.stopped is not None:
            return carried
        return replace(carried, sent=replace(carried.sent, stopped=never.fault))


def _carry(
    settings: Settings,
    watch: Watch,
    plan: Plan,
    table: Table,
    *,
    address: Address,
    ledger: Ledger,
    names: Known,
    never: DncRecord,
) -> Carried:
    known: dict[int, Outcome] = {}
    updates, pace = taking_up.what_is_left(plan, ledger), preparing.pace(settings)
    if (unsent := names.sent(len(updates), pace)) is not None:
        return Carried(unsent)
    if rails.are_set(settings) and not settings.undo and not settings.yes:
        try:
            known = _within_rails(settings, watch, plan, address=address, ledger=ledger, names=names, never=never)
        except Stopped as reason:
            return Carried(SendReport(0.0, None, reason, pace.forecast(len(updates))))
        updates = taking_up.what_is_left(plan, ledger)
        settings = replace(settings, only_changed=False)  # who differs is known

    def record(update: Update, outcome: Outcome, seconds_left: float) -> None:
        watch.settled(update.row + plan.first_row, update, outcome, seconds_left)

    clearance = None if settings.undo else Looks(settings, plan, names, never, watch.tell).preflight(updates)
    _tell_what_is_settled(plan, ledger, clearance)
    watch.begin(len(updates))
    sending = partial(
        send, updates, address, pace, record, keep=_kept(known, ledger, never), reads=names.reads,
        sharing=preparing.sharing(settings, watch.tell), create=plan.creation, ahead=(never.concerns, never.asked),
        departing=ledger.departing, left_open=ledger.left_open, confirm=partial(made_since, names.means_dnc),
        preflight=undoing.look_at(settings, table, never) if settings.undo else clearance,
    )  # fmt: skip
    try:
        sent = _in_the_net(sending, pace.forecast(len(updates)))
    finally:
        watch.end()
    return Carried(_if_alive(sent, ledger), clearance.findings if clearance else Findings())


def _in_the_net(sending: Callable[[], SendReport], seconds: float) -> SendReport:
    """How sending went; `seconds`: what it would take. After a fault, what is known is written down all the same."""
    try:
        return sending()
    except BulkSyncError:
        raise
    except Exception as error:  # noqa: BLE001 -- the last net
        return SendReport(0.0, None, ProgramFault(error), seconds)


_DEAD = "No update succeeded: the API failed at every try, or could not be reached. Send the rows again later."


def _if_alive(sent: SendReport, ledger: Ledger) -> SendReport:
    """How it went: to its end against an API that did nothing but fail is no way for a run to end well."""
    is_dead = sent.stopped is None and ledger.has_only_failures()
    return replace(sent, stopped=ApiAway(_DEAD)) if is_dead else sent


def _tell_what_is_settled(plan: Plan, ledger: Ledger, clearance: Clearance | None) -> None:
    """Where rows name contacts both ways: let the preflight hear whom the run has put into DNC before."""
    if clearance is not None and plan.names_contacts_both_ways:
        for record in ledger.records():
            clearance.heard(record.update, record.outcome)


def _kept(known: Mapping[int, Outcome], ledger: Ledger, never: DncRecord) -> Keep:
    """What writes outcomes down, with what was `known` of the contacts before."""

    def keep(settled: Sequence[tuple[Update, Outcome]]) -> None:
        if known:
            settled = [(each, _with_what_was_known(outcome, known.get(each.row))) for each, outcome in settled]
        ledger.record_all(settled)
        never.settled(settled)

    return keep


def _within_rails(
    settings: Settings,
    watch: Watch,
    plan: Plan,
    *,
    address: Address,
    ledger: Ledger,
    names: Known,
    never: DncRecord,
) -> dict[int, Outcome]:
    """Count what the run would do, and let it go on within its guard rails; what was seen of those to be sent.

    With `--only-changed`, all contacts are read for that, and those that stand as asked are settled. What a person has
    confirmed is noted, so that nobody is asked again when the run is taken up. Raises Stopped.
    """
    updates = taking_up.what_is_left(plan, ledger)
    known: dict[int, Outcome] = {}
    if settings.only_changed:
        seen = Looks(settings, plan, names, never, watch.tell).at_all(updates, address)
        if seen.stopped is not None:
            raise seen.stopped
        settled = [(each, outcome) for each in updates if (outcome := _for_good(seen.settled.get(each.row)))]
        ledger.record_all(settled)
        never.settled(settled)
        updates, known = taking_up.what_is_left(plan, ledger), seen.would_send
    effects = effects_of(plan, updates.places, known)
    confirmed: dict[str, int] = ledger.facts().get("confirmed", {})

    def ask(option: str, question: str, count: int) -> bool:
        if confirmed.get(option, -1) >= count:
            return True
        if watch.ask(question, count):
            confirmed[option] = count
            ledger.note({"confirmed": confirmed})
            return True
        return False

    rails.check(settings, effects, len(plan), ask)
    return known


def _for_good(outcome: Outcome | None) -> Outcome | None:
    """An outcome that the run keeps; what was not found out is looked at again."""
    return outcome if outcome is not None and outcome.code.result is not Result.NOT_SENT else None


def _with_what_was_known(outcome: Outcome, known: Outcome | None) -> Outcome:
    if known is None or outcome.previous_status is not None or outcome.previous_campaign is not None:
        return outcome
    return replace(outcome, previous_status=known.previous_status, previous_campaign=known.previous_campaign)

"""The undo of a run (`bulk-sync undo`): what it changed, put back where it still stands as the run left it.

The run that is undone becomes a table, a row per contact that it changed, which is then carried like any other:
planned, sent, recorded, written down, resumed. Before each call, the contact is looked at: it must stand as the run
left it.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync import sources, wiring
from bulk_sync.age import FRESH, AgeClock
from bulk_sync.api.contact import Contact
from bulk_sync.dnc_record import recorded
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import BadConfiguration, BadInput, Code
from bulk_sync.input_table import OF_AN_UNDO
from bulk_sync.ledger import Ledger, Runs
from bulk_sync.model import Change, Outcome, ReadFailed, Unavailable
from bulk_sync.plan.restoration import Restoration, plan_of, restorations, starts_outreach, without
from bulk_sync.preflight.dnc_list import TeamStatuses
from bulk_sync.preflight.findings import not_recalled
from bulk_sync.preflight.lookup import Finder, Missing, Several, shown
from bulk_sync.preflight.policy import hindrance, left_alone, remembered
from bulk_sync.release import ReadyUpdate, in_turn
from bulk_sync.report.summary import plural
from bulk_sync.results import instead_of
from bulk_sync.runs.manifest import ANEW, check_own, fingerprint, is_same_account, settings_of
from bulk_sync.send.config import ASSUMED_READS
from bulk_sync.send.engine import Sending
from bulk_sync.send.signals import run as run_to_end
from bulk_sync.settings import Settings
from bulk_sync.state import scratch_folder
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bulk_sync.errors import Stopped
    from bulk_sync.ledger import Run
    from bulk_sync.model import Table, Update
    from bulk_sync.plan import Plan
    from bulk_sync.preflight.lookup import Found
    from bulk_sync.release import Memory, ReadInTurn
    from bulk_sync.send.release_queue import ReleaseQueue
    from bulk_sync.wiring import PlannedRun

MOST_AHEAD = 8
"""Contacts in work at once, unless told otherwise: what was read of one is as old as so many writes take, no older."""

_PACE = ("rate", "max_errors", "max_outage")
"""Options of the run that hold for its undoing, too, unless they are given anew."""


@contextlib.contextmanager
def asked(name: str, given: Mapping[str, Any], *, yes: bool) -> Iterator[tuple[Settings, Path]]:
    """The settings for undoing a run, and its table, for as long as this lasts. Without `yes` it is a dry run.

    `given` are settings that were given for this. Raises BadInput, BadConfiguration, and AlreadyRunning where the same
    input is being synced at this moment.
    """
    runs = Runs()
    run = runs.find(name)
    run.check_readable()
    if run.facts.get("sandbox"):
        raise BadInput(f"Run {run.name} was against a sandbox, which is gone: there is nothing to put back.")
    with runs.claim(str(run.facts["subject"])), Ledger.open(runs.place, run.name) as ledger:
        records = {record.update.row: record for record in (*ledger.records(), *ledger.departures())}
    settled = [(record.update, record.outcome) for _, record in sorted(records.items())]
    rows = restorations(settled, run.facts.get("first_row", 2))
    if not rows:
        earlier = sorted({outcome.run for _, outcome in settled if outcome.run})
        rest = f" Its results show what {', '.join(earlier)} sent: undo that run." if earlier else ""
        raise BadInput(f"Run {run.name} changed no contact itself, so there is nothing to put back.{rest}")
    has_work = any(row.back for row in rows)
    settings = _settings(run, given, dry_run=not (yes and has_work))
    if has_work:
        _check_account(run, settings)
    with scratch_folder() as folder:
        path = folder / f"undo-{run.name}.csv"
        _write(rows, path)
        yield settings, path


def _write(rows: Sequence[Restoration], path: Path) -> None:
    """Write the table of an undo, a row per contact, for people and for `resume`: as CSV in UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(OF_AN_UNDO)
        for row in rows:
            numbers = ", ".join(map(str, row.rows))
            values = (row.back.status, row.back.campaign, row.wrote.status, row.wrote.campaign)
            lines.writerow([numbers, row.phone, row.contact_id, *values, row.note])


def _rows_of(table: Table) -> list[Restoration]:
    """What `_write` wrote."""
    found = []
    for chunk in table.chunks():
        for numbers, *values, note in chunk.cells.itertuples(index=False, name=None):
            phone, contact_id, status, campaign, wrote_status, wrote_campaign = (value or None for value in values)
            rows = tuple(int(number) for number in numbers.split(","))
            wrote, back = Change(wrote_status, wrote_campaign), Change(status, campaign)
            found.append(Restoration(rows, phone, contact_id, wrote, back, note))
    return found


def planned(path: Path, settings: Settings) -> tuple[Table, Plan, list[str]]:
    """The table of an undo, its plan, and sentences about it."""
    table = sources.open_table(path, encoding="utf-8", delimiter=",")
    plan = plan_of(_rows_of(table), table.first_row)
    run, back = settings.undo, len(plan.sequence)
    if not back:
        return table, plan, [_nothing_known(plan, str(run))]
    left = f"; for the other {len(plan) - back:,}, sync_error says why not" if back < len(plan) else ""
    sentence = f"Run {run} sent changes for {plural(len(plan), 'contact')}; {back:,} can be put back{left}."
    return table, plan, [sentence, "Each is read first, and left alone unless it is still as the run left it."]


def looked_at(run: PlannedRun) -> tuple[Plan, Stopped | None]:
    """The plan of a dry run after a look at every contact: what must not be sent says why. Nothing is written.

    Also why looking ended early, where it did.
    """
    plan, tell = run.plan, run.observer.message
    if not len(plan.sequence):
        return plan, None
    settled: dict[int, tuple[Code, str]] = {}

    def record(update: Update, outcome: Outcome, seconds_left: float) -> None:  # noqa: ARG001 -- a Record
        if outcome.code is not Code.UPDATED:
            settled[update.row] = (outcome.code, outcome.error)

    seconds = ASSUMED_READS.seconds_of(len(plan.sequence))
    if seconds > 0:
        tell(f"Reading {plural(len(plan.sequence), 'contact')} takes about {duration(seconds)}.")
    with wiring.api(run) as address, recorded(run) as memory:
        check = UndoCheck(run, memory)
        sending = Sending(plan.updates(), address, run.pace, record, tell=tell, preflight=check, dry_run=True)
        looked = run_to_end(sending.send, tell)
    settled |= {row: (outcome.code, outcome.error) for row, outcome in looked.held.items()}
    return without(plan, settled), looked.stopped


def to_do_it(settings: Settings) -> str:
    """What to do after a preview."""
    dnc = " --allow-leaving-dnc" if settings.allow_leaving_dnc else ""
    return f"To put this back: bulk-sync undo {settings.undo} --yes{dnc}"


def _settings(run: Run, given: Mapping[str, Any], *, dry_run: bool) -> Settings:
    before = settings_of(run.facts["options"])
    options: dict[str, Any] = {name: getattr(before, name) for name in _PACE}
    check_own(before, given, run.name, ("base_url", "sandbox"))
    held = {name: value for name, value in given.items() if name in ANEW | {"allow_leaving_dnc", "fresh", "confirm"}}
    dry_run = bool(held.pop("dry_run", dry_run)) or dry_run
    output = Path(f"undo-{run.name}.csv")
    options |= {
        "output": instead_of(output, "preview") if dry_run else output,
        "concurrency": min(MOST_AHEAD, before.concurrency),
    }
    return Settings(
        **{**options, **held},
        input=f"undo of {run.name}",
        base_url=str(run.facts["base_url"]),
        dry_run=dry_run,
        undo=run.name,
    )


def _check_account(run: Run, settings: Settings) -> None:
    """Contacts of another account may have the same numbers. Raises BadConfiguration."""
    if not is_same_account(run.facts, settings.base_url, fingerprint(settings.find_key()), new_key=settings.new_key):
        raise BadConfiguration(
            f"Run {run.name} was made with another key, so nothing was read or sent. Use that one; or, if the key was "
            "replaced and belongs to the same account, add --new-key."
        )


def _nothing_known(plan: Plan, run: str) -> str:
    codes = {plan.code(place) for place in range(len(plan))}
    if codes == {Code.UNCHANGED}:
        return f"Run {run} left every contact as it was, so there is nothing to put back."
    return f"Run {run} did not read the previous values, so nothing can be put back."


AT_ONCE = 16
"""Contacts that are looked at together."""


class UndoCheck:
    """A Preflight that looks at every contact of an undo's table. `memory`: that of DNC."""

    def __init__(self, run: PlannedRun, memory: Memory) -> None:
        also, self._leaving_dnc = run.settings.dnc_statuses, run.settings.allow_leaving_dnc
        self._rows, self._memory = _rows_of(run.table), memory
        self._finder = Finder(DncStatuses(also))
        self._statuses = TeamStatuses(lambda listed: DncStatuses(also, listed.entries if listed else ()))

    async def over(self, updates: Sequence[Update], read: ReadInTurn, queue: ReleaseQueue) -> None:
        """Release or settle each of the updates."""
        self._updates, self._read = updates, self._memory.witness(read)
        self._clock = AgeClock(asyncio.get_running_loop().time)
        self._finder.dnc = await self._statuses.read(self._read)
        places = iter(range(len(updates)))

        async def some() -> None:
            for place in places:
                await queue.room(place)
                queue.decide(place, await self.again(place))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(updates))):
                group.create_task(some())

    async def again(self, place: int) -> Outcome | ReadyUpdate:
        """Look at one of them: whether what stood there before may be put back."""
        update = self._updates[place]
        row = self._rows[update.row]
        read = in_turn(self._read, place)
        seen = await self._finder.find(read, phone=row.phone, contact_id=row.contact_id)
        verdict = self._judged(update, row, seen.found)
        if isinstance(verdict, Outcome):
            return replace(verdict, at=time.time())
        kept = self._kept_in_dnc(row, *((each.phone, each.id) for each in shown(seen.found)))
        return kept or replace(verdict, seen_at=seen.left)

    def holds(self, ready: ReadyUpdate) -> bool:
        """Whether the look is fresh, and the memory says nothing by now that it did not show."""
        is_fresh = ready.seen_at is None or self._clock() - ready.seen_at <= FRESH
        return is_fresh and self._kept_in_dnc(self._rows[ready.update.row]) is None

    def heard(self, update: Update, outcome: Outcome) -> None:
        """Nothing follows from it for others."""

    def seconds_left(self) -> float:
        """Reading goes beside sending, and is quicker."""
        return 0.0

    def _judged(self, update: Update, row: Restoration, found: Found) -> Outcome | ReadyUpdate:
        match found:
            case Missing():
                why = "The CRM has no contact with this number or ID any more."
                return Outcome(Code.CONTACT_NOT_FOUND, why, attempts=1)
            case ReadFailed():
                return Outcome(found.code, found.why, found.http_status, found.attempts)
            case Unavailable():
                return Outcome(Code.CANNOT_MERGE, f"The contact cannot be read, so it is left as it is. {found.why}")
            case Several():
                why = "The CRM has several contacts with this number, so it is not clear which one the run had changed."
                return Outcome(Code.CANNOT_MERGE, why)
            case Contact():
                against = hindrance(
                    found, row.wrote, row.back, phone=row.phone, contact_id=row.contact_id,
                    leaving_dnc=self._leaving_dnc, dnc=self._finder.dnc,
                )  # fmt: skip
                return left_alone(found, *against) if against else ReadyUpdate(update, found.status, found.campaign)
        raise TypeError("each contact is asked for by itself")

    def _kept_in_dnc(self, row: Restoration, *names: tuple[str | None, str | None]) -> Outcome | None:
        """Why the memory does not let a contact be called again that goes by these names; None: it does."""
        if self._leaving_dnc or not starts_outreach(row.back, self._finder.dnc):
            return None
        known, fault = self._memory.find((row.phone, row.contact_id), *names), self._memory.fault
        if fault is not None:
            return not_recalled(fault)
        return None if known is None else Outcome(Code.LEAVES_DNC, remembered(known), at=time.time())

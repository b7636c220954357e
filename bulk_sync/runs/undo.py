"""The undo of a run (`bulk-sync undo`): what it changed, put back where it still stands as the run left it.

The run that is undone becomes a table, a row per contact that it changed, which is then carried like any other:
planned, sent, recorded, written down, resumed. Before each call, the contact is looked at: it must stand as the run
left it.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync import sources, wiring
from bulk_sync.api.contact import Contact
from bulk_sync.dnc_record import recorded
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import BadConfiguration, BadInput, Code
from bulk_sync.ledger import Claim, Ledger, Runs, state_folder
from bulk_sync.model import NotHad, Outcome, Unread
from bulk_sync.plan.undo import plan_of, restorations, starts_outreach, without
from bulk_sync.preflight.clearance import TeamStatuses
from bulk_sync.preflight.drift import hindrance
from bulk_sync.preflight.lookup import Finder, Missing, Outside, Several
from bulk_sync.preflight.ordered_check import OrderedCheck
from bulk_sync.preflight.policy import remembered
from bulk_sync.release import ReadyUpdate
from bulk_sync.report.summary import plural
from bulk_sync.runs import undo_table
from bulk_sync.runs.manifest import ANEW, check_own, fingerprint, is_same_account, settings_of
from bulk_sync.send.config import Sharing, seconds_of_reads
from bulk_sync.send.engine import send
from bulk_sync.settings import Settings
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bulk_sync.dnc_record import DncRecord
    from bulk_sync.errors import Stopped
    from bulk_sync.ledger import Run
    from bulk_sync.model import Read, Table, Update
    from bulk_sync.plan import Plan
    from bulk_sync.plan.undo import Restoration
    from bulk_sync.preflight.lookup import Found
    from bulk_sync.preflight.recall import Names, Recall
    from bulk_sync.release import ReadInTurn
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
    runs = Runs(state_folder())
    run = runs.find(name)
    run.check_readable()
    if run.facts.get("sandbox"):
        raise BadInput(f"Run {run.name} was against a sandbox, which is gone: there is nothing to put back.")
    with Claim(runs.folder, str(run.facts["subject"])), Ledger.open(runs.folder, run.name) as ledger:
        records = {record.update.row: record for record in (*ledger.records(), *ledger.departures())}
    settled = [(record.update, record.outcome) for _, record in sorted(records.items())]
    rows = restorations(settled, run.facts.get("first_row", 2))
    if not rows:
        earlier = sorted({outcome.run for _, outcome in settled if outcome.run})
        rest = f" What its results show was sent by {', '.join(earlier)}: undo that." if earlier else ""
        raise BadInput(f"Run {run.name} changed no contact itself, so there is nothing to put back.{rest}")
    has_work = any(row.back for row in rows)
    settings = _settings(run, given, dry_run=not (yes and has_work))
    if has_work:
        _check_account(run, settings)
    with tempfile.TemporaryDirectory(prefix="bulk-sync-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"undo-{run.name}.csv"
        undo_table.write(rows, path)
        yield settings, path


def planned(path: Path, settings: Settings) -> tuple[Table, Plan, list[str]]:
    """The table of an undo, its plan, and sentences about it."""
    table = sources.open_table(path, encoding="utf-8", delimiter=",")
    plan = plan_of(undo_table.read(table), table.first_row)
    run, back = settings.undo, len(plan.sequence)
    if not back:
        return table, plan, [_nothing_known(plan, str(run))]
    left = f"; for the other {len(plan) - back:,}, sync_error says why not" if back < len(plan) else ""
    sentence = f"Run {run} sent changes for {plural(len(plan), 'contact')}; {back:,} can be put back{left}."
    return table, plan, [sentence, "Each is read first, and left alone unless it stands as the run left it."]


def looked_at(run: PlannedRun) -> tuple[Plan, Stopped | None]:
    """The plan of a dry run after a look at every contact: what must not be sent says why. Nothing is written.

    Also why looking ended early, where it did.
    """
    settings, plan, tell = run.settings, run.plan, run.observer.message
    if not len(plan.sequence):
        return plan, None
    settled: dict[int, tuple[Code, str]] = {}

    def record(update: Update, outcome: Outcome, seconds_left: float) -> None:  # noqa: ARG001 -- a Record
        if outcome.code is not Code.UPDATED:
            settled[update.row] = (outcome.code, outcome.error)

    seconds = seconds_of_reads(len(plan.sequence))
    if seconds > 0:
        tell(f"Reading {plural(len(plan.sequence), 'contact')} takes about {duration(seconds)}.")
    with wiring.api(settings, plan, tell) as address:
        pace, alone = wiring.pace(settings), Sharing(tell=tell)
        with recorded(settings, "") as memory:
            check = look_at(settings, run.table, memory)
            looked = send(plan.updates(), address, pace, record, sharing=alone, preflight=check, dry_run=True)
        settled |= {row: (outcome.code, outcome.error) for row, outcome in looked.held.items()}
    return without(plan, settled), looked.stopped


def look_at(settings: Settings, table: Table, memory: DncRecord) -> OrderedCheck:
    """What looks at each contact before its call leaves, and says why it must not, where it must not."""
    rows, dnc, recall = undo_table.read(table), DncStatuses(settings.dnc_statuses), memory.recall()
    finder = Finder(dnc)
    statuses = TeamStatuses(lambda listed: DncStatuses(settings.dnc_statuses, listed.entries if listed else ()))

    async def learn_statuses(read: ReadInTurn) -> None:
        nonlocal dnc
        dnc = finder.dnc = await statuses.read(read)

    async def check(update: Update, read: Read) -> Outcome | ReadyUpdate:
        row = rows[update.row]
        seen = await finder.find(read, phone=row.phone, contact_id=row.contact_id)
        verdict = _judged(update, row, seen.found, leaving_dnc=settings.allow_leaving_dnc, dnc=dnc)
        if isinstance(verdict, ReadyUpdate):
            ready = replace(verdict, seen_at=seen.left)
            names = [(seen.found.phone, seen.found.id)] if isinstance(seen.found, Contact) else []
            return kept_in_dnc(ready, *names) or ready
        return verdict

    def kept_in_dnc(ready: ReadyUpdate, *names: Names) -> Outcome | None:
        row = rows[ready.update.row]
        is_free = settings.allow_leaving_dnc or not starts_outreach(row.back, dnc)
        return None if is_free else _kept_in_dnc(recall, (row.phone, row.contact_id), *names)

    return OrderedCheck(check, recall, learn_statuses, lambda ready: kept_in_dnc(ready) is None)


def _kept_in_dnc(recall: Recall, *names: Names) -> Outcome | None:
    """Why the memory does not let a contact be called again that goes by these names; None: it does."""
    known = recall.find(*names)
    if recall.fault is not None:
        why = f"Not sent: whether this person must never be called is not known. {recall.fault}"
        return Outcome(Code.UNCHECKED, why)
    return None if known is None else Outcome(Code.LEAVES_DNC, remembered(known), at=time.time())


def to_do_it(settings: Settings) -> str:
    """What to do after a preview."""
    dnc = " --allow-leaving-dnc" if settings.allow_leaving_dnc else ""
    return f"To put this back: bulk-sync undo {settings.undo} --yes{dnc}"


def _judged(
    update: Update, row: Restoration, found: Found, *, leaving_dnc: bool, dnc: DncStatuses
) -> Outcome | ReadyUpdate:
    """Whether what stood there before may be put back."""
    if isinstance(found, Missing):
        why = "The CRM has no contact with this number or ID any more."
        return Outcome(Code.CONTACT_NOT_FOUND, why, attempts=1, at=time.time())
    if isinstance(found, Unread):
        return Outcome(found.code, found.why, found.http_status, found.attempts, time.time())
    if isinstance(found, NotHad):
        why = f"How the contact stands cannot be read, so it stays. {found.why}"
        return Outcome(Code.CANNOT_MERGE, why, at=time.time())
    if isinstance(found, Several):
        why = "The CRM has several contacts with this number, so it is not clear which one the run had changed."
        return Outcome(Code.CANNOT_MERGE, why, at=time.time())
    if isinstance(found, Outside):
        raise TypeError("the DNC list was not asked")
    against = hindrance(
        found, row.wrote, row.back, phone=row.phone, contact_id=row.contact_id, leaving_dnc=leaving_dnc, dnc=dnc
    )  # fmt: skip
    return ReadyUpdate(update, found.status, found.campaign) if against is None else _left_alone(found, *against)


def _left_alone(contact: Contact, code: Code, why: str) -> Outcome:
    return Outcome(
        code,
        why,
        at=time.time(),
        contact_id=contact.id,
        phone=contact.phone,
        previous_status=contact.status,
        previous_campaign=contact.campaign,
    )


def _settings(run: Run, given: Mapping[str, Any], *, dry_run: bool) -> Settings:
    before = settings_of(run.facts["options"])
    options: dict[str, Any] = {name: getattr(before, name) for name in _PACE}
    check_own(before, given, run.name, ("base_url", "sandbox"))
    held = {name: value for name, value in given.items() if name in ANEW | {"allow_leaving_dnc", "fresh"}}
    held.pop("dry_run", None)
    options |= {"output": Path(f"undo-{run.name}.csv"), "concurrency": min(MOST_AHEAD, before.concurrency)}
    return Settings(
        **{**options, **held},
        input=f"undo of {run.name}",
        base_url=str(run.facts["base_url"]),
        dry_run=dry_run or bool(given.get("dry_run")),
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
    return f"Run {run} did not read what stood there before, so nothing can be put back."

"""The one place where tests take from the program what is not its interface."""

import asyncio
import contextlib
import sqlite3
import sys
from unittest.mock import patch

from bulk_sync.ledger import dnc_file
from bulk_sync.ledger.dnc_memory import DncMemory
from bulk_sync.results import writers


def longest_sheet_in_place(monkeypatch, rows):
    """Write the results of sheets with more rows than this as a new workbook, as those of very long ones are."""
    monkeypatch.setattr(writers, "MOST_ROWS_IN_PLACE", rows)


def dnc_memory(state, base_url):
    """Who is in the DNC memory of a state folder, as (number, ID) → where from; read without writing anything."""
    with DncMemory.open(base_url, read_only=True, folder=state) as memory:
        return {(entry.phone, entry.contact_id): list(entry.sources) for entry in memory.entries()}


@contextlib.contextmanager
def held_dnc_memory(state, monkeypatch):
    """While this lasts, another program writes to the DNC memory and does not let go of it; nobody waits long."""
    monkeypatch.setattr(dnc_file, "PATIENCE", 0.1)
    with contextlib.closing(sqlite3.connect(state / dnc_file.NAME, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield


def written_by_a_newer_version(path):
    """What a DNC memory is after a later version of bulk-sync has used it."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version={dnc_file.VERSION + 1}")


def run_command(*arguments):
    """`bulk-sync *arguments` in this process: its exit code."""
    from bulk_sync.cli.root import run_root

    with patch.object(sys, "argv", ["bulk-sync", *map(str, arguments)]):
        try:
            run_root()
        except SystemExit as end:
            return end.code or 0
    return 0


def out_of_this_world(way, slept=lambda: 0.0):
    """What a command takes from outside but files: (module, name, stand-in) for a network that is `way()`, a transport
    of httpx; no other runs of the key; and the seconds that the computer has slept."""
    from bulk_sync import age, wiring
    from bulk_sync.api import client

    return (
        (client, "way_to", lambda *_: way()),
        (wiring, "shared_in", lambda *_: None),
        (age, "asleep", slept),
    )


def retry_at_once(monkeypatch):
    """Let no time pass between two tries of a call, but for what the API asks for."""
    monkeypatch.setattr("bulk_sync.send.tries.FIRST_PAUSE", 0.0)


def assume_a_period(monkeypatch, seconds):
    """Let the documented limit of writes be of so many seconds: nobody waits a minute where an API says nothing."""
    from bulk_sync.ratelimit.rate import Rate
    from bulk_sync.send import config

    monkeypatch.setattr(config, "ASSUMED", Rate(30, seconds))


def waits_are_noted(monkeypatch):
    """Let pauses before another try take no time; the list of what they would have taken, in seconds."""
    waits = []

    async def pause(self, seconds):
        waits.append(seconds)

    monkeypatch.setattr("bulk_sync.send.stop_rules.Stop.pause", pause)
    return waits


_FAULTS = {
    "verdict": "bulk_sync.send.update_sender.classify",
    "request": "bulk_sync.send.update_sender.request_for",
    "budget": "bulk_sync.ratelimit.budget.Budget.arrived",
    "departure": "bulk_sync.ratelimit.budget.Budget.next_departure",
    "wire": "bulk_sync.api.client.Client.exchange",
    "ledger": "bulk_sync.ledger.ledger.Ledger.record_all",
    "display": "bulk_sync.report.console.Terminal.outcome",
    "planning": "bulk_sync.plan.planning.decide",
}

PLACES_OF_FAULTS = [place for place in _FAULTS if place != "planning"]
"""Where a run may meet an exception that nobody expected, once it sends."""


@contextlib.contextmanager
def fault(place, *, after, error):
    """While this lasts, one part of the program raises once it was used `after` times, then and ever after."""
    import importlib

    module, _, name = _FAULTS[place].rpartition(".")
    try:
        owner = importlib.import_module(module)
    except ModuleNotFoundError:
        module, _, kind = module.rpartition(".")
        owner = getattr(importlib.import_module(module), kind)
    real, used = getattr(owner, name), 0

    def failing(*args, **more):
        nonlocal used
        used += 1
        if used > after:
            error()
        return real(*args, **more)

    with patch.object(owner, name, failing):
        yield


def short_patience():
    """Wait for answers some seconds, in this process from now on: a fuzzer cannot wait half a minute for each."""
    from bulk_sync.api import client

    client.READ_SECONDS, client.WHOLE_SECONDS = 4.0, 8.0


def load_everything():
    """Import what a run needs, so that processes that are forked from this one begin at once."""
    from bulk_sync import apply, job
    from bulk_sync.api import client
    from bulk_sync.cli import root, run

    return apply, job, run, root, client


def weakened(description):
    """A context in which the program is as `tests/right_person/mutants.py` describes it."""
    stack = contextlib.ExitStack()
    for target, name, value in _weaknesses()[description]:
        stack.enter_context(patch.object(target, name, value))
    return stack


def _without(name):
    """Which changes are guarded, by a guard that does not see one of their fields."""
    fields = {"status", "campaign", "phone"} - {name}
    return lambda change: change.status != "DNC" and any(getattr(change, each) for each in fields)


def _stops_are_free(change):
    return change.status not in {"DNC", "paused", "won"} and any((change.status, change.campaign, change.phone))


def _weaknesses():
    """(owner, name, what stands there instead), by description."""
    from dataclasses import replace

    from bulk_sync import age, dnc_record, do_not_call
    from bulk_sync.do_not_call import DncStatuses
    from bulk_sync.ledger import dnc_memory
    from bulk_sync.model import ReadFailed, Unavailable
    from bulk_sync.preflight import access, clearance, dnc_list, lookup, policy
    from bulk_sync.preflight.policy import Policy
    from bulk_sync.runs import undo
    from bulk_sync.send.update_sender import Passage

    by_phone, by_id, listed, statuses = (
        lookup.Finder.by_phone,
        lookup.Finder.by_id,
        lookup.DncGuard._listed,
        DncStatuses.__init__,
    )
    may_leave, starts, judge, find = Passage.may_leave, Policy.starts_outreach, Policy.judge, dnc_record.DncRecord.find
    missing, hindrance, begun = Policy._judge_missing, undo.hindrance, access.ReadAccess.__init__

    def now():
        return age.AgeClock(asyncio.get_running_loop().time)()

    def seen_at_the_reply(real):
        async def look(self, *args, **more):
            return (await real(self, *args, **more))._replace(left=now())

        return look

    def calm(real, kind):
        async def look(self, *args, **more):
            began, seen = now(), await real(self, *args, **more)
            return lookup.Sighting(lookup.Outside(), began) if isinstance(seen.found, kind) else seen

        return look

    async def fresh_list(self, *args):
        seen = await listed(self, *args)
        return seen and seen._replace(left=now())

    return {
        "a look never grows old": [(clearance, "FRESH", 1e9), (undo, "FRESH", 1e9)],
        "ages stand still while the computer sleeps": [(age.AgeClock, "__call__", lambda self: self._ticks())],
        "the age of a look counts from its reply": [
            (lookup.Finder, "by_phone", seen_at_the_reply(by_phone)),
            (lookup.Finder, "by_id", seen_at_the_reply(by_id)),
        ],
        "the age of a look is checked at the first try alone": [
            (Passage, "may_leave", lambda self: self.tries > 0 or may_leave(self))
        ],
        "a list of those in DNC counts as fresh whenever it is asked": [
            (lookup.DncGuard, "_listed", fresh_list),
            (dnc_list, "RENEWED", 1e9),
        ],
        "a list that changed while it was read counts": [(dnc_list, "_is_one_page", lambda _: True)],
        "the first refusal of a read turns the guard off": [(access, "TIMES", 1), (access, "LEAST", 0.0)],
        "refusals turn the guard off although contacts were read before": [
            (access.ReadAccess, "__init__", lambda self, *, ever, **more: begun(self, ever=False, **more)),
            (access.ReadAccess, "was_seen", lambda self: None),
        ],
        "a read that is refused counts as one that shows nobody in DNC": [
            (lookup.Finder, "by_phone", calm(by_phone, Unavailable)),
            (lookup.Finder, "by_id", calm(by_id, Unavailable)),
        ],
        "a read that fails counts as one that shows nobody in DNC": [
            (lookup.Finder, "by_phone", calm(by_phone, ReadFailed)),
            (lookup.Finder, "by_id", calm(by_id, ReadFailed)),
        ],
        "what must be held where nothing can be read is sent": [
            (Policy, "judge", lambda self, *args: judge(replace(self, holds_unchecked=False), *args))
        ],
        "statuses of the team's own do not mean do-not-call": [(do_not_call, "MEANINGS", frozenset({"dnc"}))],
        "the labels of statuses do not mean do-not-call": [
            (DncStatuses, "__init__", lambda self, also=(), listed=(): statuses(self, also))
        ],
        "from one do-not-call status to another every way is open": [
            (DncStatuses, "leaves", lambda self, before, after: before in self and after not in self)
        ],
        "a status that stops outreach is not guarded": [
            (policy, "is_guarded", _stops_are_free),
            (clearance, "is_guarded", _stops_are_free),
        ],
        "a move is not guarded": [(module, "is_guarded", _without("campaign")) for module in (policy, clearance)],
        "a new number is not guarded": [(module, "is_guarded", _without("phone")) for module in (policy, clearance)],
        "the first of several contacts with a number counts": [
            (Policy, "_judge_several", lambda self, update, found, *args: self._judge_contact(update, found[0], *args))
        ],
        "DNC does not win between two rows of one contact": [(Policy, "_beaten", lambda *_: None)],
        "the memory is not asked": [(dnc_record.DncRecord, "find", lambda *_: None)],
        "the memory is asked by the name of the row alone": [
            (dnc_record.DncRecord, "find", lambda self, *names: find(self, *names[:1])),
            (dnc_memory.DncMemory, "linked", lambda *_: None),
        ],
        "the memory is not asked before a contact is made": [
            (Policy, "starts_outreach", lambda self, update: not self.creates(update) and starts(self, update)),
            (Policy, "_judge_missing", lambda self, update, need, known: missing(self, update, need, None)),
        ],
        "the memory does not keep what rows ask for": [
            (dnc_record.DncRecord, "asked", lambda *_: None),
            (dnc_record.DncRecord, "settled", lambda *_: None),
        ],
        "the memory keeps what rows ask for when the reply comes, not before": [
            (dnc_record.DncRecord, "concerns", lambda *_: False),
            (dnc_record.DncRecord, "asked", lambda *_: None),
        ],
        "the memory does not keep what the CRM shows": [(dnc_record.DncRecord, "witness", lambda self, read: read)],
        "an undo takes people out of DNC": [
            (undo, "hindrance", lambda *args, **more: hindrance(*args, **{**more, "leaving_dnc": True})),
            (undo.UndoCheck, "_kept_in_dnc", lambda *_: None),
        ],
        "an undo does not ask the memory": [(undo.UndoCheck, "_kept_in_dnc", lambda *_: None)],
    }

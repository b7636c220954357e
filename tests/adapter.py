"""The one place where tests take from the program what is not its interface."""

import contextlib
import errno
import sqlite3
from unittest.mock import patch

from bulk_sync.ledger import dnc_file
from bulk_sync.ledger.dnc_memory import DncMemory
from bulk_sync.tables import in_place


def longest_sheet_in_place(monkeypatch, rows):
    """Write the results of sheets with more rows than this as a new workbook, as those of very long ones are."""
    monkeypatch.setattr(in_place, "MOST_ROWS", rows)


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


def run_command():
    """The command in this process, by sys.argv; raises SystemExit with its exit code."""
    from bulk_sync.cli.root import run_root

    run_root()


def out_of_this_world(way, slept=lambda: 0.0):
    """What a command takes from outside but files: (module, name, stand-in) for a network that is `way()`, a transport
    of httpx; a recording without a thread; no other runs of the key; and the seconds that the computer has slept."""
    from bulk_sync import age, preparing
    from bulk_sync.send import client, recording
    from bulk_sync.send.terms import ALONE

    class AtOnce:
        def __init__(self, act):
            self.do = act

        def begin(self):
            """There is nothing to start."""

        end = begin

    return (
        (client, "way_to", lambda *_: way()),
        (recording, "LedgerThread", AtOnce),
        (preparing, "sharing", lambda *_: ALONE),
        (age, "asleep", slept),
    )


def retry_at_once(monkeypatch):
    """Let no time pass between two tries of a call, but for what the API asks for."""
    monkeypatch.setattr("bulk_sync.send.attempts.FIRST_PAUSE", 0.0)


def assume_a_period(monkeypatch, seconds):
    """Let the documented limit of writes be of so many seconds: nobody waits a minute where an API says nothing."""
    from bulk_sync.send import terms
    from bulk_sync.send.rate import Rate

    monkeypatch.setattr(terms, "ASSUMED", Rate(30, seconds))


def waits_are_noted(monkeypatch):
    """Let pauses before another try take no time; the list of what they would have taken, in seconds."""
    waits = []

    async def pause(self, seconds):
        waits.append(seconds)

    monkeypatch.setattr("bulk_sync.send.stopping.Stop.pause", pause)
    return waits


_FAULTS = {
    "verdict": "bulk_sync.send.attempts.judge",
    "request": "bulk_sync.send.passage.call_for",
    "budget": "bulk_sync.send.budget.Budget.arrived",
    "departure": "bulk_sync.send.budget.Budget.next_departure",
    "wire": "bulk_sync.send.client.Client.exchange",
    "ledger": "bulk_sync.ledger.records.Ledger.record_all",
    "display": "bulk_sync.report.console.Terminal.settled",
    "planning": "bulk_sync.abreast.make_plan",
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


@contextlib.contextmanager
def no_place_for_results():
    """While this lasts, no disk takes a results file."""

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with patch("bulk_sync.tables.write_results", full):
        yield


def short_patience():
    """Wait for answers some seconds, in this process from now on: a fuzzer cannot wait half a minute for each."""
    from bulk_sync.send import client

    client.READ_SECONDS, client.WHOLE_SECONDS = 4.0, 8.0


def load_everything():
    """Import what a run needs, so that processes that are forked from this one begin at once."""
    from bulk_sync import carrying, job
    from bulk_sync.cli import root, run
    from bulk_sync.send import client

    return carrying, job, run, root, client

"""The one place where tests take from the program what is not its interface."""

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


def written_by_a_newer_version(path):
    """What a DNC memory is after a later version of bulk-sync has used it."""
    import contextlib
    import sqlite3

    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version={dnc_file.VERSION + 1}")


def run_command():
    """The command in this process, by sys.argv; raises SystemExit with its exit code."""
    from bulk_sync.cli.root import run_root

    run_root()


def out_of_this_world(way):
    """What a command takes from outside but files: (module, name, stand-in) for a network that is `way()`, a transport
    of httpx; a recording without a thread; and no other runs of the key."""
    from bulk_sync import preparing
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
    )

"""The one place where tests take from the program what is not its interface."""

from bulk_sync.ledger import dnc_file
from bulk_sync.ledger.dnc_memory import DncMemory


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

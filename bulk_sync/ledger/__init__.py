"""The ledger: what happened to each update of each run, known also after a crash. In SQLite, or in PostgreSQL.

`ledger` is one run's, `runs` all that there are, `claims` and `leases` who works on which file at this moment, `store`
and `shared_store` where they are, and what they say at a glance.
"""

from bulk_sync.ledger.claims import Claim
from bulk_sync.ledger.ledger import Ledger, Unrecorded
from bulk_sync.ledger.place import SharedLedger, ledger_place, ledgers_at, shared_place
from bulk_sync.ledger.runs import Runs
from bulk_sync.ledger.schema import Record
from bulk_sync.ledger.store import Run, how_to_go_on
from bulk_sync.state import state_folder

__all__ = [
    "Claim",
    "Ledger",
    "Record",
    "Run",
    "Runs",
    "SharedLedger",
    "Unrecorded",
    "how_to_go_on",
    "ledger_place",
    "ledgers_at",
    "shared_place",
    "state_folder",
]

"""The ledger: what happened to each update of each run, known also after a crash. Runs and outcomes in SQLite.

`ledger` is one run's, `runs` what there is of them, `claims` who works on which file at this moment.
"""

from bulk_sync.ledger.claims import Claim
from bulk_sync.ledger.ledger import Ledger, Unrecorded
from bulk_sync.ledger.runs import Run, Runs, has_memory, how_to_go_on
from bulk_sync.ledger.schema import Record
from bulk_sync.state import state_folder

__all__ = ["Claim", "Ledger", "Record", "Run", "Runs", "Unrecorded", "has_memory", "how_to_go_on", "state_folder"]

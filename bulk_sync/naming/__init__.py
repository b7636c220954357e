"""By which names of statuses and campaigns does a run go, and where are they from?

`known` is what a run asks; `live` reads the API, `kept` keeps what was read.
"""

from bulk_sync.naming.known import Known
from bulk_sync.naming.sources import known

__all__ = ["Known", "known"]

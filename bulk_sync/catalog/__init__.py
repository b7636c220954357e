"""By which names of statuses and campaigns does a run go, and where are they from?

`known` is what a run asks; `live` reads the API, `kept` keeps what was read.
"""

from bulk_sync.catalog.catalog import Catalog
from bulk_sync.catalog.sources import catalog_for

__all__ = ["Catalog", "catalog_for"]

"""The team's statuses and campaigns, by which a run reads its rows.

`catalog` is what a run asks; `sources` says where that is from, `reader` reads the API, `listings` keeps what was read.
"""

from bulk_sync.catalog.catalog import Catalog
from bulk_sync.catalog.sources import catalog_for

__all__ = ["Catalog", "catalog_for"]

"""The team's statuses and campaigns, by which a run reads its rows: read, or remembered, before rows are decided."""

from bulk_sync.catalog.catalog import Catalog

__all__ = ["Catalog"]

"""bulk-sync carries a spreadsheet of phone, status and campaign rows into an outbound-calling CRM.

    from bulk_sync import preview, sync
    summary = preview("contacts.csv", region="GB")
    summary = sync("contacts.csv", key="gua_…")

Both take the options of the command line as keywords (the fields of `Settings`) and give a `Summary`; what stops them
is a `BulkSyncError`.
"""

from __future__ import annotations

from bulk_sync.version import __version__

TYPE_CHECKING = False  # a type checker takes it for True; importing typing would cost every start

if TYPE_CHECKING:
    from typing import Any

    from bulk_sync.errors import BulkSyncError
    from bulk_sync.report.summary import Summary
    from bulk_sync.settings import Settings

__all__ = ["BulkSyncError", "Settings", "Summary", "__version__", "preview", "sync"]

_ELSEWHERE = {
    "BulkSyncError": "bulk_sync.errors",
    "Settings": "bulk_sync.settings",
    "Summary": "bulk_sync.report.summary",
}


def sync(file: str, **options: Any) -> Summary:  # noqa: ANN401 -- the fields of Settings, which checks them
    """Sync a file, and write its results file.

    Raises BadInput and BadConfiguration where nothing could begin; how a run ended that began is in the summary.
    """
    from bulk_sync.job import run  # noqa: PLC0415  # pandas and httpx only when a run begins
    from bulk_sync.report.log import Log  # noqa: PLC0415
    from bulk_sync.settings import Settings  # noqa: PLC0415

    return run(Settings(input=str(file), **options), Log())


def preview(file: str, **options: Any) -> Summary:  # noqa: ANN401 -- as above
    """Say what syncing a file would do, and write that into its results file; nothing is sent."""
    return sync(file, **{**options, "dry_run": True})


def __getattr__(name: str) -> object:
    """Import the rest of the public names when they are asked for."""
    if name in _ELSEWHERE:
        import importlib  # noqa: PLC0415

        return getattr(importlib.import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""bulk-sync updates the contacts of an outbound-calling CRM from a spreadsheet.

    from bulk_sync import preview, sync
    result = preview("contacts.csv", region="GB")
    result = sync("contacts.csv", region="GB")
    print(result.exit_code, result.outcomes)

Both take a path or a DataFrame, and the options of the command line as keywords; what stops them is a `BulkSyncError`.
"""

from __future__ import annotations

from bulk_sync.version import __version__

TYPE_CHECKING = False  # a type checker takes it for True; importing typing would cost every start

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bulk_sync.errors import BulkSyncError
    from bulk_sync.library import Input, Progress, SyncResult
    from bulk_sync.report.summary import Summary
    from bulk_sync.send.signals import Cancellation
    from bulk_sync.settings import Settings

__all__ = [
    "BulkSyncError", "Cancellation", "Progress", "Settings", "Summary", "SyncResult", "__version__", "preview", "sync",
    "sync_async",
]  # fmt: skip

_ELSEWHERE = {
    "BulkSyncError": "bulk_sync.errors",
    "Cancellation": "bulk_sync.send.signals",
    "Progress": "bulk_sync.library",
    "Settings": "bulk_sync.settings",
    "Summary": "bulk_sync.report.summary",
    "SyncResult": "bulk_sync.library",
}


def sync(
    source: Input,
    *,
    on_progress: Callable[[Progress], object] = lambda _: None,
    cancellation: Cancellation | None = None,
    **options: Any,  # noqa: ANN401 -- the options of the command line
) -> SyncResult:
    """Sync a file, given by its path, or a DataFrame, and write the results file (of a DataFrame only with `output`).

    `options` have the names of the flags, with underscores (`only_changed=True`, `map={"phone": "Mobile"}`); `key` is
    the API key. Without `key`, `base_url` and `profile`, these are those of the environment, as on the command line.
    `on_progress` hears of each outcome, in the thread that sends; `cancellation.cancel()` ends the run as Ctrl-C does.

    Raises BadInput and BadConfiguration where nothing could begin; how a run ended that began is in the result.
    """
    from bulk_sync import library  # noqa: PLC0415  # pandas and httpx only when a run begins

    return library.sync(source, on_progress=on_progress, cancellation=cancellation, **options)


def preview(source: Input, **options: Any) -> SyncResult:  # noqa: ANN401 -- as above
    """Say what syncing would do, and write that into the results file; nothing is sent."""
    return sync(source, **{**options, "dry_run": True})


async def sync_async(source: Input, **options: Any) -> SyncResult:  # noqa: ANN401 -- as above
    """The same beside a running event loop: the run has a thread of its own.

    Cancelling the task ends the run as Ctrl-C does; the results are written before CancelledError is raised.
    """
    from bulk_sync import library  # noqa: PLC0415  # as above

    return await library.sync_async(source, **options)


def __getattr__(name: str) -> object:
    """Import the rest of the public names when they are asked for."""
    if name in _ELSEWHERE:
        import importlib  # noqa: PLC0415

        return getattr(importlib.import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

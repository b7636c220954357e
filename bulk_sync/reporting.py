"""What is kept of how a run went, for programs and for the next run? The ledger's last word, and run_results.json."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bulk_sync.again.noting import digest_of
from bulk_sync.private import write_whole
from bulk_sync.report.summary import json_text

if TYPE_CHECKING:
    from pathlib import Path

    from bulk_sync.ledger import Ledger
    from bulk_sync.report.summary import Summary

NAME = "run_results.json"


def keep(summary: Summary, ledger: Ledger, *, is_sandbox: bool) -> None:
    """Note how the run ended; a copy of the summary stays in its folder."""
    with contextlib.suppress(OSError):  # only the copy is lost by that
        _write(summary, ledger.path.with_name(NAME))
    facts = {
        "exit_code": summary.exit_code,
        "calls": summary.calls,
        "rows": summary.rows,
        "codes": {code: count for (_, code), count in summary.counts.items()},
        "results": None if summary.results is None else str(summary.results.absolute()),
        "results_sha256": None if summary.results is None else digest_of(summary.results),
    }
    ledger.finish(facts, is_done=is_sandbox or not summary.rows_left)


def write_asked(summary: Summary, path: Path | None) -> str:
    """Write the summary where `--json-results` wants it; a sentence if that fails."""
    if path is None:
        return ""
    try:
        _write(summary, path)
    except OSError as error:
        return f"{path} (--json-results) could not be written: {error.strerror}."
    return ""


def _write(summary: Summary, path: Path) -> None:
    write_whole(path, json_text(summary.as_json()) + "\n")

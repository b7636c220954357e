"""The gathering of a run's report: from its record, from what its end left beside that, or from a preview's summary.

Of the rows only the first in error are kept when a run ends; its record is read row by row, and counted as it comes.
However many rows a run has, a report takes the same memory.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadInput, Code, Result
from bulk_sync.ledger import Ledger, Run, Runs, how_to_go_on, ledger_place
from bulk_sync.printable import json_text
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.report.chart import Timeline
from bulk_sync.report.html import MOST_ROWS, RunFacts, page
from bulk_sync.report.summary import NEW, Impact
from bulk_sync.state import write_whole
from bulk_sync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bulk_sync.model import Outcome, Update
    from bulk_sync.report.console import Observer
    from bulk_sync.report.summary import Summary
    from bulk_sync.settings import Settings

NAME = "report.json"
"""What the end of a run leaves beside its record: what that does not know."""

_NOT_WHOLE = "Rows that were wrong before sending are not in this report: the run has not ended, or not as it should."
_SANDBOX = "a sandbox on this computer"


def keep(
    ledger: Ledger,
    counts: Mapping[tuple[str, str], int],
    errors: Sequence[Mapping[str, str]],
    stopping: Iterable[str],
    summary: Summary | None = None,
) -> None:
    """Leave beside a run's record what its report will need: rows by (result, code), the first in error, how it ended.

    `stopping`: the statuses that stop outreach. Where it cannot be written, a report is poorer by that.
    """
    facts: dict[str, object] = {
        "counts": [[*pair, count] for pair, count in counts.items()],
        "errors": list(errors),
        "stopping": sorted(stopping),
    }
    if summary is not None:
        facts |= {
            "seconds": summary.seconds,
            "limit": summary.limit,
            "stopped": summary.stopped,
            "to_go_on": summary.to_go_on,
            "notes": _notes(summary),
        }
    with contextlib.suppress(OSError):
        ledger.files.write(NAME, json_text(facts))


def write_asked(summary: Summary, settings: Settings, observer: Observer) -> None:
    """Write the report of a run, or of a preview, where `--report` wants it, if anywhere, and say so."""
    if (path := settings.report) is None:
        return
    try:
        if summary.dry_run:
            _write(path, page(_of_preview(summary, settings)))
        else:
            write(summary.run, path)
    except Exception as error:  # noqa: BLE001 -- the run is over, and its own exit code stands
        advice = "" if summary.dry_run else f" To try again: bulk-sync report {summary.run}"
        observer.warning(f"The report could not be written: {error}{advice}")
    else:
        observer.message(f"Report: {path}")


def write(name: str, path: Path, *, show_phones: bool = False) -> str:
    """Write the report of a run; its full name. Raises BadInput and BadConfiguration."""
    run = Runs().find(name)
    run.check_readable()
    with Ledger.open(ledger_place(), run.name) as ledger:
        facts = _of_run(run, ledger, _kept(ledger.files.read(NAME)))
    _write(path, page(facts, show_phones=show_phones))
    return run.name


def _write(path: Path, html: str) -> None:
    """Put a page into its place, readable by its owner only. Raises BadInput; what is no page of ours stays."""
    try:
        if path.exists() and not path.read_bytes()[:15].lower().startswith(b"<!doctype html>"):
            raise BadInput(f"{path} exists and is not a report, so it stays as it is. Give the report another name.")
        write_whole(path, html)
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}).") from None


def _kept(text: str | None) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        found = json.loads(text or "{}")
        return found if isinstance(found, dict) else {}
    return {}


@dataclass
class _Record:
    """What the record of a run says of its updates, counted one by one."""

    effects: Impact
    first_row: int
    timeline: Timeline = field(default_factory=Timeline)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: list[dict[str, str]] = field(default_factory=list)

    def add(self, update: Update, outcome: Outcome) -> None:
        """Count an update; what an earlier run had sent took no time in this one."""
        code = outcome.code
        self.counts[code.result.value, code.word] += 1
        if outcome.at is not None and outcome.run is None:
            self.timeline.add(outcome.at)
        if code is Code.CREATED:
            self.effects.add(update.change, NEW, NEW)
        elif code is Code.UPDATED:
            self.effects.add(update.change, outcome.previous_status, outcome.previous_campaign)
        elif code.result is Result.ERROR and len(self.errors) < MOST_ROWS:
            self.errors.append(
                {
                    "sync_row": str(update.row + self.first_row),
                    "sync_code": code.word,
                    "sync_error": outcome.error,
                    "sync_phone": update.phone or "",
                    "sync_contact_id": update.contact_id or "",
                }
            )


def _of_run(run: Run, ledger: Ledger, kept: Mapping[str, Any]) -> RunFacts:
    facts, options = run.facts, run.facts.get("options", {})
    listed = (facts.get("names") or {}).get("campaigns") or {}
    campaigns = {str(each[0]).casefold(): str(each[1]) for each in listed.get("entries", ())}
    record = _Record(Impact(frozenset(kept.get("stopping", ())), campaigns=campaigns), facts.get("first_row", 2))
    for each in ledger.records():
        record.add(each.update, each.outcome)
    is_whole = bool(kept) and facts.get("ended") is not None
    counts = {(result, code): count for result, code, count in kept["counts"]} if is_whole else record.counts
    limit = kept.get("limit") or ""
    return RunFacts(
        run=run.name,
        kind=facts.get("kind", "run"),
        of=options.get("undo") or "",
        state=run.state,
        newer=facts.get("overtaken") or "",
        input=_name(facts.get("input")),
        results=_name(facts.get("results")),
        account=_SANDBOX if facts.get("sandbox") else str(facts.get("base_url", "")),
        version=__version__,
        counts=counts,
        began=run.started or None,
        ended=facts.get("ended"),
        seconds=kept.get("seconds"),
        exit_code=facts.get("exit_code"),
        stopped=(kept.get("stopped") or "") if is_whole else "",
        to_go_on=(kept.get("to_go_on") or "") if is_whole else how_to_go_on(run.name) if run.is_unfinished else "",
        limit=limit,
        allowance=_allowance(limit) or _allowance(options.get("rate") or ""),
        updates=max(facts.get("calls") or 0, run.settled),
        settled=run.settled,
        progress=record.timeline.points(),
        resumed=facts.get("resumed", ()),
        effects=record.effects,
        errors=kept["errors"] if is_whole else record.errors,
        notes=[*kept.get("notes", ())] if is_whole else [_NOT_WHOLE],
    )


def _of_preview(summary: Summary, settings: Settings) -> RunFacts:
    return RunFacts(
        run=summary.run,
        kind="undo" if settings.undo else "retry" if settings.retry else "run",
        of=settings.undo or "",
        state="preview",
        input="standard input" if settings.is_stream else _name(summary.input),
        results=_name(summary.results),
        account=_SANDBOX if settings.sandbox else settings.base_url,
        version=__version__,
        counts=summary.counts,
        began=summary.ended or time.time(),
        seconds=summary.seconds,
        exit_code=summary.exit_code,
        stopped=summary.stopped or "",
        to_go_on=summary.to_go_on or "",
        updates=summary.calls_left,
        effects=summary.effects,
        errors=summary.errors,
        notes=_notes(summary),
    )


def _name(path: object) -> str:
    """The name of a file, without the folders above it: a report goes to people whom they do not concern."""
    return "standard input" if path == "-" else PurePath(str(path)).name if path else ""


def _notes(summary: Summary) -> list[str]:
    return [summary.unchecked] if summary.unchecked else []


def _allowance(words: str) -> tuple[int, float] | None:
    """Updates, and the seconds in which so many may leave, of a limit in words; None where they do not say."""
    try:
        rate = Rate.parse(words)
    except ValueError:
        return None
    return rate.limit, rate.period

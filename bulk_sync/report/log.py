"""The log of a run: an event a line, as text or JSON, with phone numbers masked."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Literal

from bulk_sync.errors import Result
from bulk_sync.printable import printable
from bulk_sync.report.console import Prompted, State, nobody
from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.model import Outcome, Update
    from bulk_sync.report.console import Ask

LOGGER, DETAILS = logging.getLogger("bulk_sync"), logging.getLogger("bulk_sync.details")
"""What a person hears who looks after a run, and what one hears who wants to know all of it."""

_DETAILED = ("bulk_sync.details", "bulk_sync.send")


def masked(phone: str | None) -> str:
    """A number that can be recognised by who knows it, and by nobody else: +1•••••••671."""
    return f"{phone[:2]}{'•' * (len(phone) - 5)}{phone[-3:]}" if phone else ""


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        return json.dumps(
            {"at": iso(record.created), "level": record.levelname.lower(), "message": record.getMessage(), **fields}
        )


class _AsText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def to_standard_error(form: Literal["text", "json"], *, verbose: bool) -> None:
    """Send log lines to standard error: events as they come, and with `verbose` each update and what is found out."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson() if form == "json" else _AsText("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.INFO)
    for name in _DETAILED:
        logging.getLogger(name).setLevel(logging.INFO if verbose else logging.WARNING)


class Log(Prompted):
    """Tells the log how a run goes; `ask` asks the person who runs it. `clock` gives monotonic seconds."""

    def __init__(self, ask: Ask = nobody, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(ask)
        self._clock, self.state = clock, State(0, clock)

    def message(self, sentence: str) -> None:
        """Log a sentence."""
        if sentence:
            _write(DETAILS.info, "message", "%s", sentence)

    def warning(self, sentence: str) -> None:
        """Log a sentence as a warning."""
        _write(LOGGER.warning, "warning", "%s", sentence)

    def started(self, calls: int) -> None:
        """Log that sending begins."""
        self.state = State(calls, self._clock)
        _write(LOGGER.info, "started", "sending %d updates", calls, updates=calls)

    def outcome(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:
        """Log an update's outcome, and once a minute how far the run is."""
        code, phone = outcome.code, masked(update.phone)
        how, event = (LOGGER.warning, "row_error") if code.result is Result.ERROR else (DETAILS.info, "row")
        line = "row %d %s: %s (%s, %d tries)"
        values = (row, phone or "by ID", code.word, outcome.http_status, outcome.attempts)
        fields = {"row": row, "phone": phone, "code": code.word, "http_status": outcome.http_status}
        _write(how, event, line, *values, **fields, attempts=outcome.attempts, seconds_left=round(seconds_left, 1))
        self.state.add(outcome, seconds_left)
        if self.state.is_due():
            self._progress()

    def waiting(self, seconds: float, limit: str | None) -> None:
        """Log a wait."""
        line = "waiting %.0f s for the API's limit (%s)"
        _write(LOGGER.info, "waiting", line, seconds, limit, seconds=round(seconds, 1), limit=limit)

    def ended(self) -> None:
        """Log how far the run came."""
        self._progress()

    def _progress(self) -> None:
        state = self.state
        counts = {"done": state.settled, "total": state.total, "failed": state.failed}
        line = "%d of %d updates done"
        left = round(state.seconds_left, 1)
        _write(LOGGER.info, "progress", line, state.settled, state.total, **counts, seconds_left=left)


def _write(how: Callable[..., None], event: str, line: str, *values: object, **fields: object) -> None:
    """Write a line into the log; as JSON it has the event and the fields beside it."""
    how(line, *values, extra={"fields": {"event": event, **fields}})

"""The log of a run: an event a line, as text or JSON, with phone numbers masked."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Literal

from bulk_sync.errors import Result
from bulk_sync.printable import printable
from bulk_sync.report.console import Prompted, nobody
from bulk_sync.report.progress import State
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
            DETAILS.info("%s", sentence, extra={"fields": {"event": "message"}})

    def warning(self, sentence: str) -> None:
        """Log a sentence as a warning."""
        LOGGER.warning("%s", sentence, extra={"fields": {"event": "warning"}})

    def started(self, calls: int) -> None:
        """Log that sending begins."""
        self.state = State(calls, self._clock)
        LOGGER.info("sending %d updates", calls, extra={"fields": {"event": "started", "updates": calls}})

    def outcome(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:
        """Log an update's outcome, and once a minute how far the run is."""
        is_error = outcome.code.result is Result.ERROR
        fields = {
            "event": "row_error" if is_error else "row",
            "row": row,
            "phone": masked(update.phone),
            "code": outcome.code.word,
            "http_status": outcome.http_status,
            "attempts": outcome.attempts,
            "seconds_left": round(seconds_left, 1),
        }
        line = "row %d %s: %s (%s, %d tries)"
        values = (row, masked(update.phone) or "by ID", outcome.code.word, outcome.http_status, outcome.attempts)
        if is_error:
            LOGGER.warning(line, *values, extra={"fields": fields})
        else:
            DETAILS.info(line, *values, extra={"fields": fields})
        self.state.add(outcome, seconds_left)
        if self.state.is_due():
            self._progress()

    def waiting(self, seconds: float, limit: str | None) -> None:
        """Log a wait."""
        fields = {"event": "waiting", "seconds": round(seconds, 1), "limit": limit}
        LOGGER.info("waiting %.0f s for the API's limit (%s)", seconds, limit, extra={"fields": fields})

    def ended(self) -> None:
        """Log how far the run came."""
        self._progress()

    def _progress(self) -> None:
        state = self.state
        fields = {
            "event": "progress", "done": state.settled, "total": state.total, "failed": state.failed,
            "seconds_left": round(state.seconds_left, 1),
        }  # fmt: skip
        LOGGER.info("%d of %d updates done", state.settled, state.total, extra={"fields": fields})

"""The log of a run: one line per call, as text or JSON, with phone numbers masked."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from bulk_sync.errors import Result
from bulk_sync.printable import printable
from bulk_sync.report.prompt import is_attended, nobody

if TYPE_CHECKING:
    from bulk_sync.model import Outcome, Update
    from bulk_sync.report.prompt import Ask

LOGGER = logging.getLogger("bulk_sync")


def masked(phone: str | None) -> str:
    """A number that can be recognised by who knows it, and by nobody else: +1•••••••671."""
    return f"{phone[:2]}{'•' * (len(phone) - 5)}{phone[-3:]}" if phone else ""


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields = getattr(record, "fields", {})
        return json.dumps({"at": at, "level": record.levelname.lower(), "message": record.getMessage(), **fields})


class _AsText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def to_standard_error(form: Literal["text", "json"], *, verbose: bool) -> None:
    """Send log lines to standard error: each call with `verbose`, else only what went wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson() if form == "json" else _AsText("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.INFO if verbose else logging.WARNING)


class Log:
    """Tells the log how a run goes; `ask` asks the person who runs it."""

    def __init__(self, ask: Ask = nobody) -> None:
        self.confirm = ask

    @property
    def is_attended(self) -> bool:
        """Whether a person can be asked."""
        return is_attended(self.confirm)

    def message(self, sentence: str) -> None:
        """Log a sentence."""
        if sentence:
            LOGGER.info("%s", sentence)

    def warning(self, sentence: str) -> None:
        """Log a sentence as a warning."""
        LOGGER.warning("%s", sentence)

    def started(self, calls: int) -> None:
        """Log that sending begins."""
        LOGGER.info("sending %d calls", calls, extra={"fields": {"calls": calls}})

    def outcome(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:
        """Log a call's outcome."""
        fields = {
            "row": row,
            "phone": masked(update.phone),
            "code": outcome.code.word,
            "http_status": outcome.http_status,
            "attempts": outcome.attempts,
            "seconds_left": round(seconds_left, 1),
        }
        level = logging.WARNING if outcome.code.result is Result.ERROR else logging.INFO
        line = "row %d %s: %s (%s, %d tries)"
        values = (row, masked(update.phone) or "by ID", outcome.code.word, outcome.http_status, outcome.attempts)
        LOGGER.log(level, line, *values, extra={"fields": fields})

    def ended(self) -> None:
        """Log that sending is over."""
        LOGGER.info("sending is over")

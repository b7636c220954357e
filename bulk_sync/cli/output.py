"""What a command says outside of rich's console: sentences and JSON, and how it ends."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bulk_sync.cli import WHAT_NOW
from bulk_sync.errors import BulkSyncError
from bulk_sync.interrupts import HEARD
from bulk_sync.printable import json_text, printable
from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class _Lasting(io.FileIO):
    """A stream that a person hears a run by, or a log. What cannot be written to it goes nowhere, and is no error.

    `errors`: the numbers of the errors that it is about; None: of all.
    """

    def __init__(self, stream: io.TextIOWrapper, errors: Collection[int] | None) -> None:
        super().__init__(stream.fileno(), "w", closefd=False)
        self._errors = errors

    def write(self, data: Any, /) -> int:
        """Write, if anybody is there."""
        try:
            return super().write(data)
        except OSError as error:
            if self._errors is not None and error.errno not in self._errors:
                raise
            return len(data)


def outlive_the_listeners() -> None:
    """Go on where nobody hears a run any more: what it has still to write down matters more than what it says.

    The terminal was closed, nobody reads the pipe any more, the disk of the log is full, or there was nothing from the
    start. Standard output that is no terminal may be the results: that those cannot be written is an error.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # whoever started this has closed it. Reading gives nothing, and writing an OSError
            setattr(sys, name, open(os.devnull, "w" if name == "stderr" else "r", encoding="utf-8"))  # noqa: PTH123, SIM115 -- as long as the process
        elif name != "stdin" and os.name == "posix" and stream is getattr(sys, f"__{name}__"):
            is_told = name == "stderr"
            if is_told or stream.isatty():
                lasting = io.BufferedWriter(_Lasting(stream, None if is_told else {errno.EIO}))
                text = io.TextIOWrapper(lasting, stream.encoding, stream.errors, line_buffering=True)
                setattr(sys, name, text)


_LOG = {"json": False, "answered": False}
"""Whether standard error holds one JSON record a line, and nothing else; whether `--json` has its answer."""


def begin() -> None:
    """A command begins: where several run in one process, each says how it wants its log, and has its own answer."""
    _LOG.update(json=False, answered=False)
    HEARD.clear()


def say(text: str, *, err: bool = False) -> None:
    """Print text as a person may safely read it."""
    click.echo(printable(text, lines=True), err=err)


def tell(sentence: str) -> None:
    """Tell a person a sentence, on standard error."""
    say(sentence, err=True)


def problem(sentence: str) -> None:
    """Say what went wrong, on standard error; in JSON where that was asked for. "" is nothing to say."""
    if sentence and _wants_json():
        _say_as_json({"event": "problem", "message": printable(sentence)})
    elif sentence:
        tell(sentence)


def _say_as_json(fields: Mapping[str, object]) -> None:
    click.echo(json.dumps({"at": iso(time.time()), **fields}), err=True)


def answer(value: object) -> None:
    """Print what `--json` asks for, on standard output."""
    _LOG["answered"] = True
    say(json_text(value))


def answer_of_a_run(value: object) -> None:
    """The same of a run that has ended: its exit code stands, whether anybody reads its summary or not."""
    try:
        answer(value)
    except OSError as error:
        problem(f"The summary could not be written to standard output: {error.strerror or error}.")
        with contextlib.suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 -- a name of the system's
            os.dup2(nowhere.fileno(), sys.stdout.fileno())  # Python tries once more when the process ends


def log_as_json(*, wanted: bool) -> None:
    """From now on standard error holds one JSON record a line, or, unless `wanted`, text."""
    _LOG.update(json=wanted)


def end(exit_code: int, reason: str | None, counts: Mapping[str, int] | None = None, *, lead: str = "") -> NoReturn:
    """End the process. `reason`: a sentence, None where all went well; `counts`: rows by code, where any are known.

    With `--log-format json` a last record says all three, on every way out; else the sentence is printed behind `lead`.
    With `--json`, what ended without an answer has one that says why.
    """
    if _wants_json():
        said = {"exit_code": exit_code, "reason": reason and printable(reason), "counts": dict(counts or {})}
        _say_as_json({"event": "finished", **said})
    elif reason:
        tell(lead + reason)
    if exit_code and not _LOG["answered"] and _has_been_asked():
        say(json.dumps({"exit_code": exit_code, "stopped": reason and printable(reason)}))
    sys.exit(exit_code)


def exit_code_of(error: BaseException) -> int:
    """The exit code of a command that this exception ends."""
    if isinstance(error, BulkSyncError):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, KeyboardInterrupt):
        return 130
    return 2 if isinstance(error, OSError) else 7


def reason_of(error: Exception) -> str:
    """Why a run ended, as a sentence; of an exception that nobody expected a report is written."""
    if isinstance(error, BulkSyncError):
        return str(error)
    if isinstance(error, FileNotFoundError) and error.filename is None:  # how Python says it of the working folder
        return f"The folder in which this was started is gone. Change to another one and try again. {WHAT_NOW}"
    if isinstance(error, OSError):
        return f"{error}. {WHAT_NOW}"
    from bulk_sync import fault_report  # noqa: PLC0415  # nobody hopes to need it
    from bulk_sync.ledger import state_folder  # noqa: PLC0415

    return f"{fault_report.reported(error, state_folder())} {WHAT_NOW}"


def end_by(error: click.ClickException) -> NoReturn:
    """End the process as click would for this error."""
    if _wants_json():
        end(error.exit_code, _without_addresses(error.format_message()))
    shown = io.StringIO()
    error.show(shown)
    end(error.exit_code, _without_addresses(shown.getvalue().rstrip("\n")))


def _without_addresses(message: str) -> str:
    """A message about a command line without what stands in its addresses: those for notices hold passwords."""
    return re.sub(r"\b([a-z][a-z0-9+.-]*://)[^\s)]+", r"\1…", message, flags=re.IGNORECASE)


def _has_been_asked() -> bool:
    """Whether `--json` stands in the command line or the environment, also where it could not be understood."""
    return "--json" in sys.argv[1:] or os.environ.get("BULK_SYNC_JSON", "").lower() in {"1", "true", "yes", "on"}


def _wants_json() -> bool:
    """Whether JSON records were asked for, also where the command line could not be understood."""
    words = sys.argv[1:]
    asked = "--log-format=json" in words or ("--log-format", "json") in pairwise(words)
    return _LOG["json"] or asked or os.environ.get("BULK_SYNC_LOG_FORMAT") == "json"

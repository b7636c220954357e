"""The beginning of `bulk-sync`: the help at once, all else when it is asked for.

The help is asked for most and must answer at once. Importing click alone takes three times as long as starting Python,
so the main help stands written out beside this file; a test holds it equal to what click prints.
"""

import atexit
import gc
import os
import signal
import sys

from bulk_sync.interrupts import HEARD, SIGNALS

OBJECTS_BETWEEN_LOOKS = 250_000
"""Objects made before Python looks for reference cycles among them (700 if left to itself)."""

COMPLETION = "_BULK_SYNC_COMPLETE"
"""The variable by which a shell asks what a line could go on with (click's name for it)."""

FIRST = """\
bulk-sync updates the contacts of your calling CRM from a spreadsheet: one row, one contact.

Examples:
  bulk-sync contacts.csv --sandbox     Try it on this computer: no key, nobody is called.
  bulk-sync contacts.csv --dry-run     Preview: see what would be updated. Nothing is sent.
  bulk-sync contacts.csv               Update the contacts. Results go to contacts.results.csv.

The file is CSV, TSV, XLSX, XLS or ODS, with a column of phone numbers (or contact IDs) and a
column of statuses or campaigns.

If a run stops early:  bulk-sync resume          If some rows failed:  bulk-sync retry RESULTS
All options:           bulk-sync --help          Is all well?          bulk-sync check
"""
"""What is printed where nothing was asked for."""

WHAT_NOW = "What was sent before, if anything, is recorded; the same command continues with the rest."
"""What is said wherever a command ends before it could say more."""

HELP = os.path.join(os.path.dirname(__file__), "help.txt")  # noqa: PTH118, PTH120 -- pathlib costs as much as Python itself


def main() -> None:
    """Run the command line; the exit code says how it went (see the README)."""
    if not sys.argv[1:] and COMPLETION not in os.environ:
        sys.stderr.write(FIRST)
        sys.exit(2)  # a scheduler whose variable for the file is empty must not take this for a success
    if sys.argv[1:] in (["--help"], ["-h"]):
        with open(HELP, encoding="utf-8") as text:  # noqa: PTH123 -- see above
            sys.stdout.write(text.read())
        sys.exit(0)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        try:
            _start_lightly()
            from bulk_sync.cli.root import run_root  # noqa: PLC0415  # see above

            run_root()
        finally:
            _hear_no_more()
    except KeyboardInterrupt:
        sys.exit(130)


def _interrupt(number: int, _frame: object) -> None:
    """Ctrl-C while no run heeds it: the first is Python's own, the next leaves while that one is being answered.

    Left to Python, it would end the process by the signal in place of the exit code that is due.
    """
    HEARD.append(number)
    if len(HEARD) == 1:
        raise KeyboardInterrupt
    cursor = b"\x1b[?25h" if os.isatty(2) else b""
    try:
        os.write(2, cursor + f"\nStopped at once. {WHAT_NOW}\n".encode())
    finally:
        os._exit(130)


def _hear_no_more() -> None:
    """All that is left is to leave, with the exit code that is due."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _start_lightly() -> None:
    """Spare a command what Python and httpx do for longer-lived programs."""
    # What is imported stays: looking through it for reference cycles, as often as Python does by itself, takes a tenth
    # of a short run, and once more at the end, before everything goes anyway, as long again.
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    atexit.register(gc.freeze)
    # Where rich is installed, httpx imports its own command line with it, which takes half of its time. It does without
    # where that is not to be had, and None is how the import system says so.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # typeshed knows modules only

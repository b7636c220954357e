"""Where do the results go, and how is it made sure that they get there?"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync import tables
from bulk_sync.errors import BadInput
from bulk_sync.settings import STANDARD_INPUT, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def new_run() -> str:
    """An ID for a run: when it began (UTC), and four random letters, like 20261121-081500-k3fx."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{letters}"


@contextlib.contextmanager
def the_input(settings: Settings) -> Iterator[Path]:
    """The file to read; standard input is kept in a file of its own while this lasts, since it is read twice."""
    if settings.input != STANDARD_INPUT:
        yield Path(settings.input)
        return
    with tempfile.TemporaryDirectory(prefix="bulk-sync-", ignore_cleanup_errors=True) as folder:
        kept = Path(folder) / "standard-input.csv"
        with kept.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield kept


def place_for_results(settings: Settings, path: Path) -> tuple[Path | None, str]:
    """Where the results will be, checked before anything is sent, and a note if that is not beside the input.

    None: standard output. Raises BadInput where no folder takes them.
    """
    if settings.output is not None:
        _check(settings.output)
        return settings.output, ""
    if settings.retry:
        _check(path)
        return path, ""
    if settings.input == STANDARD_INPUT:
        return None, ""
    beside = tables.default_output(path)
    if _takes_files(beside.parent):
        return beside, ""
    here = Path.cwd() / beside.name
    _check(here)
    return here, f"The folder {beside.parent} cannot be written to, so the results are in the working folder."


def _check(out: Path) -> None:
    if out.is_dir():
        raise BadInput(f"{out} is a folder. Name a file for the results with -o.")
    if not out.parent.is_dir():
        raise BadInput(f"The folder {out.parent} does not exist. Make it, or name another with -o.")
    if not _takes_files(out.parent):
        raise BadInput(f"The results cannot be written to {out.parent}. Name another place with -o.")


def _takes_files(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """While the results are written, the first Ctrl-C or SIGTERM is held back; a second one ends the program."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}

    def hold(number: int, _: object) -> None:
        signal.signal(number, before[signal.Signals(number)])

    for number in numbers:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def deliver(write: Callable[[Path], None], out: Path | None, path: Path) -> tuple[Path | None, str]:
    """Write the results with `write`, and say where they are.

    None is standard output, in the input's own format. Where `out` fails at the last moment (a full disk, a file that a
    spreadsheet holds open), the working folder and the temporary folder are tried: what is known must not be lost.
    """
    if out is None:
        with tempfile.TemporaryDirectory(prefix="bulk-sync-") as folder:
            copy = Path(folder) / tables.default_output(path).name
            write(copy)
            with copy.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return None, ""
    for place in (out, other_name(out), Path.cwd() / out.name, Path(tempfile.gettempdir()) / out.name):
        try:
            write(place)
        except OSError as error:
            failed = error
            continue
        return place, "" if place == out else f"{out} could not be written, so the results are in {place}."
    raise BadInput(f"The results could not be written anywhere ({failed}). Free some space, or close the file.")


def other_name(out: Path) -> Path:
    """Beside `out`, for when somebody holds it open."""
    return out.with_name(f"{out.stem}-{datetime.now(UTC):%H%M%S}{out.suffix}")

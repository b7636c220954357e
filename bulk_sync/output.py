"""Where a run reads from and writes to: the input, a place for the results, and how they get there whatever happens."""

from __future__ import annotations

import contextlib
import itertools
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.interrupts import SIGNALS
from bulk_sync.ledger import Ledger, Runs
from bulk_sync.results import default_output, instead_of, is_text_format
from bulk_sync.runs.manifest import digest_of
from bulk_sync.settings import STANDARD_INPUT, Settings, same_file
from bulk_sync.state import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bulk_sync.ledger import Run


def new_run() -> str:
    """An ID for a run: when it began (UTC), and four random letters, like 20261121-081500-k3fx."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{letters}"


@contextlib.contextmanager
def input_file(settings: Settings) -> Iterator[Path]:
    """The file to read; standard input, or a pipe, is kept in a file while this lasts, since it is read twice.

    Raises BadInput for a device, which may never end, and for links that lead to themselves.
    """
    path = Path(settings.input)
    try:
        is_stream = settings.is_stream
        path.resolve()
        is_device = not is_stream and (path.is_char_device() or path.is_block_device())
    except (OSError, RuntimeError) as error:  # the second, up to Python 3.12
        raise BadInput(f"{settings.input} cannot be opened ({error}). Name the file itself.") from None
    if is_device:
        raise BadInput(f"{settings.input} is a device, not a file. Name a file, or - for standard input.")
    if not is_stream:
        yield path
        return
    with scratch_folder() as folder:
        kept = folder / "standard-input.csv"
        kept.touch(mode=0o600)
        is_standard_input = settings.input == STANDARD_INPUT
        stream = contextlib.nullcontext(sys.stdin.buffer) if is_standard_input else path.open("rb")
        with kept.open("wb") as file, stream as source:
            shutil.copyfileobj(source, file)
        yield kept


def results_path(settings: Settings, path: Path) -> tuple[Path | None, str]:
    """Where the results will be, checked before anything is sent, and a note if that is not beside the input.

    None: standard output. Raises BadInput where no folder takes them, and where the summary would replace the input or
    the results.
    """
    out, note = _place(settings, path)
    given = None if settings.is_stream else Path(settings.input)
    taken = [("the input file", given), ("the results", out)]
    for name in ("errors_only", "json_results", "report"):
        option, wanted = f"--{name.replace('_', '-')}", getattr(settings, name)
        if wanted is None:
            continue
        for what, other in taken:
            if other is not None and same_file(wanted, other):
                raise BadInput(f"{option} names {what}, which would be overwritten. Give it another name.")
        if name != "report":
            _check(wanted)
        taken.append((f"the file of {option}", wanted))
    return out, note


def _place(settings: Settings, path: Path) -> tuple[Path | None, str]:
    if settings.output is not None:
        _check(settings.output)
        return settings.output, ""
    if settings.is_stream:
        return None, ""
    beside = path if settings.retry else default_output(path)
    if settings.dry_run:
        beside = instead_of(beside, "preview")
    elif settings.retry:
        _check(path)
        return path, ""
    if _takes_files(beside.parent):
        return beside, ""
    here = free(Path.cwd() / beside.name)
    _check(here)
    return here, f"The folder {beside.parent} cannot be written to, so the results are in the working folder."


def _check(out: Path) -> None:
    if out.is_dir():
        raise BadInput(f"{out} is a folder. Name a file for the results with -o.")
    if out.exists() and not out.is_file():
        raise BadInput(f"{out} is not a file. Name a file for the results with -o.")
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
def signals_held() -> Iterator[None]:
    """While the results are written, the first signal that asks for an end is held back; another ends the program.

    That a terminal is closed is held back as often as it is said: its shell says it, and the system does. A signal that
    was ignored before (as `nohup` does) stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    found = {number: signal.getsignal(number) for number in SIGNALS}
    before = {number: handler for number, handler in found.items() if handler is not signal.SIG_IGN}

    def hold(number: int, _frame: object) -> None:
        if number == getattr(signal, "SIGHUP", None):
            return
        for each, handler in before.items():
            signal.signal(each, handler)

    for number in before:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def deliver(write: Callable[[Path], None], out: Path | None, path: Path) -> tuple[Path | None, str]:
    """Write the results with `write`, and say where they are.

    None is standard output, in the input's own format. Where `out` fails at the last moment (a full disk, a file that a
    spreadsheet holds open), other names beside it, in the working folder and in the temporary folder are tried, none of
    which replaces a file that is there: what is known must not be lost.
    """
    failed: OSError | None = None
    wanted = "The results" if out is None else out
    for place in _places(out, path):
        try:
            if place is None:
                _to_standard_output(write, default_output(path).name)
            else:
                write(place)
        except OSError as error:
            failed = error
            continue
        except Exception as error:
            if isinstance(error, BadInput) or place is None or is_text_format(place):
                raise
            return _as_csv(write, place, error)
        return place, "" if place == out else f"{wanted} could not be written, so the results are in {place}."
    raise BadInput(
        f"The results could not be written anywhere ({failed}). Free some space, or close the file; then the same "
        "command, or bulk-sync resume, writes them: what was sent is recorded."
    )


def _as_csv(write: Callable[[Path], None], wanted: Path, error: Exception) -> tuple[Path | None, str]:
    """Results of which no workbook could be made, whatever the reason: a text file holds them beside it."""
    place, why = deliver(write, free(wanted.with_suffix(".csv")), wanted)
    return place, f"{why} No workbook could be made of the results ({error}), so they are in {place}.".strip()


def _places(out: Path | None, path: Path) -> Iterator[Path | None]:
    """Where results may be written, the best place first. The last is a new folder, made when it comes to that."""
    yield out
    if out:
        yield free(out, always=True)
    name = out.name if out else default_output(path).name
    with contextlib.suppress(OSError):  # the working folder may be gone
        yield free(Path.cwd() / name, always=out is not None)
    yield Path(tempfile.mkdtemp(prefix="bulk-sync-")) / name


def _to_standard_output(write: Callable[[Path], None], name: str) -> None:
    with scratch_folder() as folder:
        copy = folder / name
        write(copy)
        with copy.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def free(path: Path, *, always: bool = False) -> Path:
    """The same name, or where it is taken (or `always`), one with the time in it: what is there is somebody's."""
    if not always and not path.exists():
        return path
    timed = path.with_name(f"{path.stem}-{datetime.now(UTC):%H%M%S}{path.suffix}")
    more = (timed.with_stem(f"{timed.stem}-{number}") for number in itertools.count(2))
    return next(each for each in itertools.chain([timed], more) if not each.exists())


def place_for(out: Path | None, ledger: Ledger, tell: Callable[[str], None]) -> Path | None:
    """Where the results of a run go that are wanted in `out`; what stands there may not be lost. None: standard output.

    What somebody has written into them since the run last did stays, and so do the results of a run that sent updates
    where this one did not, or only to a sandbox.
    """
    for beside in (_beside_edits, _beside_better):
        if out is not None and out.is_file():
            out, why = beside(out, ledger)
            tell(why)
    return out


def _beside_edits(out: Path, ledger: Ledger) -> tuple[Path, str]:
    facts = ledger.facts()
    if facts.get("results") not in {None, str(out.absolute())}:  # what stands there is not of this run
        return out, ""
    ours = {facts.get("results_sha256"), facts.get("results_coming_sha256")}
    ours = (ours | ({facts["sha256"]} if facts["options"]["retry"] else set())) - {None}
    if not ours or digest_of(out) in ours:
        return out, ""
    other = free(out)
    return other, f"{out.name} was edited since this run wrote it and stays as it is; the results go to {other.name}."


def _beside_better(out: Path, ledger: Ledger) -> tuple[Path, str]:
    """What no run is known of any more may be anybody's results."""
    facts = ledger.facts()
    is_sandbox = bool(facts.get("sandbox"))
    is_its_own = facts["subject"] == str(out.resolve())  # a retry's, which keeps what it does not send again
    if is_its_own or facts.get("results") == str(out.absolute()) or (ledger.has_answers() and not is_sandbox):
        return out, ""
    if not _may_count(out, ledger):
        return out, ""
    other = instead_of(out, "sandbox" if is_sandbox else "not_sent")
    what = "This was a sandbox" if is_sandbox else "Nothing was sent"
    return other, f"{what}. {out.name} has the results of an earlier run and stays as it is; see {other.name}."


def _may_count(out: Path, ledger: Ledger) -> bool:
    """Whether results that stand there may be worth more than this run's: whoever cannot know that keeps them."""
    runs, place = Runs(), str(out.absolute())
    try:
        found = runs.all()
    except BadConfiguration:
        return True
    writer = next((run for run in found if run.facts.get("results") == place and run.name != ledger.run), None)
    return writer is None or _counts(runs, writer)


def _counts(runs: Runs, writer: Run) -> bool:
    """Whether the results of this run are worth more than those of one that sent nothing, or of a sandbox."""
    if writer.facts.get("sandbox"):
        return False
    with contextlib.suppress(BadConfiguration), Ledger.open(runs.place, writer.name) as ledger:
        return ledger.has_answers()
    return True

"""The latest run of a file: whether it is over and how it ended, for whoever has to know before the file is synced."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.errors import BadConfiguration, BadInput, Code, Result
from bulk_sync.ledger import Ledger, Runs, ledger_place
from bulk_sync.runs.manifest import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator


_SUCCESSES = {code.word for code in Code if code.result is Result.SUCCESS}


@dataclass(frozen=True, slots=True)
class Latest:
    """A run that is over: nothing of it is left to be sent, or another run has taken that over (`exit_code` 0)."""

    run: str
    exit_code: int
    results: Path | None


def latest(path: Path) -> Latest | None:
    """The latest run of a file as it stands; None where there is none, or where rows of it can still be sent."""
    run = Runs().last(str(path.resolve()))
    try:
        if run is None or run.facts.get("sha256") != digest_of(path):
            return None
    except BadInput:  # it is gone, or cannot be read
        return None
    results = Path(run.facts["results"]) if run.facts.get("results") else None
    if run.state == "overtaken" and not run.facts.get("undone"):
        return Latest(run.name, 0, results)
    exit_code, codes = run.facts.get("exit_code"), set(run.facts.get("codes") or ())
    # where an API that was away has failed every row, nothing is left to be sent either, and yet that is no end
    is_over = run.state == "finished" and (exit_code in {0, 1} or _SUCCESSES & codes)
    return Latest(run.name, int(exit_code != 0), results) if is_over else None


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Keep other watchers of this ledger from a file, and from those of its name with another suffix.

    The results of a.xls and a.xlsx have one name. Raises AlreadyRunning; without locks, BadConfiguration.
    """
    with Runs().claim(f"inbox file {path.resolve().with_suffix('')}") as claim:
        if not claim.is_sure:
            raise BadConfiguration(
                f"Files in {ledger_place()} cannot be locked, so two watchers could sync a file twice. Nothing was "
                "sent. Set BULK_SYNC_STATE_DIR to a folder on this computer's own disk."
            )
        yield


def note_place(run: str, results: Path) -> None:
    """Note where the results of a run have been moved to: whoever goes on with the run writes them there."""
    with contextlib.suppress(BadConfiguration, OSError), Ledger.open(ledger_place(), run) as ledger:
        place = str(results.absolute())
        ledger.note({"results": place, "options": {**ledger.facts()["options"], "output": place}})

"""Results that stand where a run would write its own: what they must not lose, and where the new ones go then."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bulk_sync import output
from bulk_sync.errors import BadConfiguration
from bulk_sync.ledger import Ledger, Runs
from bulk_sync.results import instead_of
from bulk_sync.runs.manifest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bulk_sync.ledger import Run


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
    other = output.free(out)
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

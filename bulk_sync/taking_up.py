"""Does a run begin anew, or does it go on where another ended? And what has settled already?"""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync import __version__, placing
from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.ledger import Claim, Ledger, Runs, state_folder
from bulk_sync.report.summary import plural
from bulk_sync.send.rate import Rate
from bulk_sync.send.twins import Twins
from bulk_sync.settings import STANDARD_INPUT, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bulk_sync.model import Update
    from bulk_sync.plan import Plan
    from bulk_sync.send.sending import Address

PLANNED_BY = ("region", "phone_check", "columns", "sheet", "encoding", "delimiter", "on_conflict", "variables", "retry")
"""The options that decide what is sent. A run under others is another run."""

_NOT_NOTED = frozenset({"key", "fresh", "new_key"})


@dataclass(frozen=True, slots=True)
class Work:
    """An input that is claimed. `resumed` is the run to go on with, where one was named."""

    path: Path
    claim: Claim
    subject: str
    digest: str
    resumed: str | None = None


@contextlib.contextmanager
def claimed(settings: Settings, path: Path) -> Iterator[Work]:
    """Claim an input for a run. Raises AlreadyRunning, and BadInput where it cannot be read."""
    digest = digest_of(path)
    subject = f"standard input ({digest[:12]})" if settings.input == STANDARD_INPUT else str(path.resolve())
    with Claim(state_folder(), subject) as claim:
        yield Work(path, claim, subject, digest)


@contextlib.contextmanager
def resumed(name: str | None, given: Mapping[str, Any]) -> Iterator[tuple[Settings, Work]]:
    """The settings and the input of a run that was interrupted; `given` are settings that were given anew.

    It goes on with the file as it was, whatever has become of it since. Raises BadInput, BadConfiguration and
    AlreadyRunning.
    """
    runs = Runs(state_folder())
    run = runs.find(name) if name else runs.newest_unfinished()
    if run.trouble:
        raise BadConfiguration(f"The record of run {run.name} cannot be read: {run.trouble}. Nothing was sent.")
    if run.facts.get("sandbox"):
        raise BadInput(f"Run {run.name} was against a sandbox, which is gone. Run the same command again.")
    with Claim(runs.folder, str(run.facts["subject"])) as claim:
        with Ledger.open(runs.folder, run.name) as ledger:
            kept = ledger.kept
        if kept is None:
            raise BadInput(f"Run {run.name} is finished: nothing is left to send. See: bulk-sync history {run.name}")
        settings = replace(settings_of(run.facts["options"]), **given)
        yield settings, Work(kept, claim, str(run.facts["subject"]), str(run.facts["sha256"]), run.name)


@contextlib.contextmanager
def ledger_for(
    work: Work, settings: Settings, address: Address, out: Path | None, tell: Callable[[str], None]
) -> Iterator[Ledger]:
    """The ledger of the run to go on with, else of a new one. Raises BadConfiguration."""
    facts = _facts(work, settings, address, out)
    ledger = _taken_up(work, settings, facts, tell)
    if ledger is None:
        run = placing.new_run()
        ledger = Ledger.create(state_folder(), run, facts)
    work.claim.by(ledger.run)
    with ledger:
        yield ledger


def what_is_left(plan: Plan, ledger: Ledger) -> tuple[Iterator[Update], int]:
    """The updates that have no outcome yet, in the order of sending, and how many they are."""
    if not ledger.settled():
        return plan.updates(), len(plan.sequence)
    left = sum(not ledger.settles(update) for update in plan.updates())
    return (update for update in plan.updates() if not ledger.settles(update)), left


def twins_of(plan: Plan, ledger: Ledger) -> Twins | None:
    """The memory of who was put on DNC, also before the run was interrupted; None: the plan needs none."""
    if not plan.names_contacts_both_ways:
        return None
    twins = Twins(plan.first_row)
    for record in ledger.records():
        twins.left(record.update)
        twins.settled(record.update, record.outcome)
    return twins


def beside_edits(out: Path | None, ledger: Ledger) -> tuple[Path | None, str]:
    """Where the results go, and a note: what somebody has written into them since the run last did is not lost."""
    if out is None or not out.is_file():
        return out, ""
    facts = ledger.facts()
    if "results_sha256" not in facts or digest_of(out) in {facts["results_sha256"], facts["sha256"]}:
        return out, ""
    other = placing.other_name(out)
    return other, f"{out.name} was edited since this run wrote it and stays as it is; the results go to {other.name}."


def to_go_on(settings: Settings, run: str) -> str:
    """What to do about the rows that a run did not send."""
    return "To go on: the same command again." if settings.sandbox else f"To go on: bulk-sync resume {run}"


def settings_of(options: Mapping[str, Any]) -> Settings:
    """The settings that a ledger has noted."""
    known = {field.name for field in fields(Settings)}
    kept = {name: value for name, value in options.items() if name in known}
    for name in ("output", "json_results"):
        if kept.get(name):
            kept[name] = Path(kept[name])
    if kept.get("rate"):
        kept["rate"] = Rate.parse(kept["rate"])
    return Settings(**kept)


def _taken_up(work: Work, settings: Settings, facts: Mapping[str, Any], tell: Callable[[str], None]) -> Ledger | None:
    """The ledger of the unfinished run to go on with: the one that was named, or the last one of the same input."""
    name = work.resumed or work.claim.last_run
    if name is None or settings.fresh or settings.sandbox:
        return None
    if work.resumed is None and not Runs(state_folder()).has(name):
        return None
    ledger = Ledger.open(state_folder(), name)
    before = ledger.facts()
    if work.resumed is None and (before.get("done") or not _is_same(before, facts)):
        ledger.close()
        if not before.get("done"):
            tell(
                f"The unfinished run {name} of this file was begun with other contents, options or another key; this "
                f"is a new run. To go on with that one: bulk-sync resume {name}"
            )
        return None
    if before["base_url"] != facts["base_url"] or (before["key"] != facts["key"] and not settings.new_key):
        ledger.close()
        raise BadConfiguration(
            f"Run {name} was begun with another key or address, so nothing was sent. Use those; or, if the key was "
            "replaced and belongs to the same account, add --new-key."
        )
    tell(
        f"Going on with run {name}: {plural(ledger.settled(), 'call')} of it settled already. "
        f"{'' if work.resumed else 'To start over, add --fresh.'}".rstrip()
    )
    ledger.note({"key": facts["key"], "resumed": [*before.get("resumed", []), time.time()]})
    return ledger


def _is_same(before: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether two runs would send the same, to the same account."""
    same_plan = all(before["options"].get(name) == facts["options"].get(name) for name in PLANNED_BY)
    return same_plan and all(before.get(name) == facts[name] for name in ("sha256", "base_url", "key"))


def _facts(work: Work, settings: Settings, address: Address, out: Path | None) -> dict[str, Any]:
    """What the ledger notes of a run, so that it can be taken up again; of the key only a fingerprint."""
    options = {field.name: getattr(settings, field.name) for field in fields(settings) if field.name not in _NOT_NOTED}
    options |= {
        "output": out and str(out.absolute()),
        "rate": settings.rate and str(settings.rate),
        "columns": dict(settings.columns),
        "json_results": settings.json_results and str(settings.json_results.absolute()),
    }
    return {
        "version": __version__,
        "input": settings.input,
        "subject": work.subject,
        "sha256": work.digest,
        "options": options,
        "base_url": address.base_url,
        "key": hashlib.sha256(address.key.encode()).hexdigest()[:16],
        "sandbox": settings.sandbox,
    }


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises BadInput where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None

"""A run that goes on where it was interrupted: its input claimed, its ledger opened again, what is settled left out."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync import output
from bulk_sync.errors import BadConfiguration, BadInput, PastGuardRail
from bulk_sync.fence import ALWAYS_OPEN
from bulk_sync.ledger import Ledger, Run, Runs, how_to_go_on
from bulk_sync.ledger.store import is_over
from bulk_sync.report.summary import plural
from bulk_sync.runs.manifest import (
    digest_of,
    facts_of,
    fingerprint,
    given_now,
    is_same,
    is_same_account,
    noted,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bulk_sync.errors import Stopped
    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.plan import Plan
    from bulk_sync.plan.plan import Updates
    from bulk_sync.report.console import Observer
    from bulk_sync.send.config import Address
    from bulk_sync.settings import Settings


@dataclass(frozen=True, slots=True)
class ClaimedInput:
    """An input that is claimed. `resumed` is the run to go on with, where one was named.

    `names`: those of statuses and campaigns that the run to go on with has noted.
    """

    path: Path
    claim: AnyClaim
    subject: str
    digest: str
    resumed: str | None = None
    names: Mapping[str, Any] | None = None


@contextlib.contextmanager
def claimed(settings: Settings, path: Path) -> Iterator[ClaimedInput]:
    """Claim an input for a run. Raises AlreadyRunning, and BadInput where it cannot be read."""
    digest = digest_of(path)
    with Runs().claim(subject := _subject(settings, path, digest)) as claim:
        yield ClaimedInput(path, claim, subject, digest, names=_names(claim.last_run, settings, digest))


def _subject(settings: Settings, path: Path, digest: str) -> str:
    """What is claimed, in words."""
    if settings.job:
        return f"job {settings.job}"
    if settings.undo:
        return undo_of(settings.undo)
    return f"standard input ({digest[:12]})" if settings.is_stream else str(path.resolve())


def undo_of(run: str) -> str:
    """What the undo of a run claims, in words."""
    return f"the undo of run {run}"


@contextlib.contextmanager
def resumed(name: str | None, given: Mapping[str, Any]) -> Iterator[tuple[Settings, ClaimedInput]]:
    """The settings and the input of a run that was interrupted; `given` are settings that were given anew.

    It goes on with the file as it was, whatever has become of it since. Raises BadInput, BadConfiguration and
    AlreadyRunning.
    """
    runs = Runs()
    run = runs.find(name) if name else runs.newest_unfinished()
    _check_resumable(run)
    with runs.claim(str(run.facts["subject"])) as claim, Ledger.open(runs.place, run.name) as ledger:
        names, kept = ledger.facts().get("names"), _as_it_was(ledger.kept, run)
        own = settings_of(run.facts["options"])
        settings = replace(own, **given_now(own, given, run.name))
        yield settings, ClaimedInput(kept, claim, str(run.facts["subject"]), str(run.facts["sha256"]), run.name, names)


def _as_it_was(kept: Path | None, run: Run) -> Path:
    """The input of a run as it was: the copy that was kept, or the file itself. Raises BadInput if neither is that."""
    wanted, itself = run.facts.get("sha256"), Path(str(run.facts.get("input")))
    for path in (kept, itself):
        if path is not None and path.is_file() and digest_of(path) == wanted:
            return path
    what = "gone" if kept is None else "damaged"
    raise BadInput(
        f"The copy of the input of run {run.name} is {what}, and {itself.name} is not what it was then, so nothing was "
        f"sent: rows could go to other people. Put the file back as it was, and run: bulk-sync resume {run.name}"
    )


def _check_resumable(run: Run) -> None:
    run.check_readable()
    if run.facts.get("sandbox"):
        raise BadInput(f"Run {run.name} was against a sandbox, which is gone. Run the same command again.")
    if run.facts.get("undone") and run.state == "overtaken":
        raise BadInput(
            f"Run {run.name} was undone by run {run.facts['overtaken']}, so nothing more of it is sent. To sync its "
            "file after all, run the first command again."
        )
    if run.state == "overtaken":
        raise BadInput(
            f"Run {run.name} was replaced by run {run.facts['overtaken']}, which synced the same file later: sending "
            "the old rows now could undo that. Nothing was sent."
        )
    if run.state == "finished":
        raise BadInput(f"Run {run.name} is finished: nothing is left to send. See: bulk-sync history {run.name}")


@contextlib.contextmanager
def held(names: Iterable[str], besides: str) -> Iterator[None]:
    """Keep the unfinished ones of these runs, and their undos, from going on; `besides` is to be claimed by itself.

    Raises AlreadyRunning where one goes on at this moment.
    """
    runs = Runs()
    found = [run for name in names if (run := runs.get(name)) is not None]
    subjects = {str(run.facts["subject"]) for run in found if run.state in {"running", "unfinished"}}
    subjects |= {undo_of(run.name) for run in found if runs.last(undo_of(run.name))}
    with contextlib.ExitStack() as stack:
        for subject in sorted(subjects - {besides}):
            claim = runs.claim(subject)
            stack.enter_context(claim)
            if (last := claim.last_run) is not None:
                claim.by(last)  # in this process now
        yield


def overtake(names: Iterable[str], by: str) -> None:
    """Note that what these runs left to be sent is another run's business now, and that they are not to be undone."""
    runs = Runs()
    for name in names:
        runs.clear(undo_of(name), by)
        run = runs.get(name)
        if run is not None and name != by and run.state not in {"finished", "unreadable"}:
            runs.overtake(name, by)


@contextlib.contextmanager
def ledger_for(
    claimed: ClaimedInput, settings: Settings, address: Address, out: Path | None, observer: Observer
) -> Iterator[Ledger]:
    """The ledger of the run to go on with, else of a new one, with a copy of the input.

    Raises BadConfiguration, and BadInput where the input is not what was planned any more: somebody may have corrected
    it while a question waited for an answer, and its results would say of the new rows what was done for the old ones.
    """
    _check_unchanged(claimed.path, claimed)
    facts = facts_of(claimed.subject, claimed.digest, settings, address, out)
    runs = Runs()
    with contextlib.ExitStack() as stack:
        own = contextlib.nullcontext(ALWAYS_OPEN)  # nobody else sends to a sandbox
        sending = own if settings.sandbox else runs.sending(address.base_url, facts["key"], claimed.claim)
        fence = stack.enter_context(sending)
        before = _taken_up(claimed, settings, facts, observer)
        ledger = stack.enter_context(before or Ledger.create(runs.place, output.new_run(), facts))
        if before is not None and runs.last(undo_of(before.run)):  # it put nothing back, and is not meant now
            stack.enter_context(runs.claim(undo_of(before.run)))
            runs.clear(undo_of(before.run), by=before.run)
        ledger.hold(claimed.claim, fence)
        if ledger.kept is None:
            _keep_unchanged(claimed, ledger)
        if not settings.sandbox:  # what was done there takes the place of nothing
            runs.clear(claimed.subject, by=ledger.run)
            claimed.claim.by(ledger.run)
        yield ledger


def _check_unchanged(path: Path, claimed: ClaimedInput) -> None:
    """Do nothing where a file is as the input was when it was claimed, before it was planned. Raises BadInput."""
    if digest_of(path) != claimed.digest:
        raise BadInput(
            f"{claimed.path.name} was changed after it was read, so nothing was sent. Run the command again: it reads "
            "the file as it is now."
        )


def _keep_unchanged(claimed: ClaimedInput, ledger: Ledger) -> None:
    """Keep a copy of the input as it was when it was claimed. Raises as `ledger_for` does, and then there is none."""
    try:
        _check_unchanged(ledger.keep(claimed.path), claimed)
    except BadInput:
        ledger.files.drop_input()
        raise


def what_is_left(plan: Plan, ledger: Ledger) -> Updates:
    """The updates that have no outcome yet, in the order of sending."""
    if not ledger.settled():
        return plan.updates()
    return plan.updates(but=ledger.settled_of(plan.updates()))


def to_go_on(settings: Settings, run: str, stopped: Stopped | None = None) -> str:
    """What to do about the rows that a run did not send; `stopped`: why it ended early."""
    yes = ", with --yes if it is meant" if isinstance(stopped, PastGuardRail) else ""
    return f"To continue: the same command again{yes}." if settings.sandbox else f"{how_to_go_on(run)}{yes}"


def unfinished(
    settings: Settings, path: Path, tell: Callable[[str], None], resumed: str | None = None
) -> Ledger | None:
    """The ledger of the run that a real run of these settings would go on with; for a preview, which claims nothing.

    `resumed`: the run, where it was named. `tell` hears of one that would be replaced.
    """
    runs = Runs()
    if resumed is not None:
        return runs.open(resumed)
    if settings.fresh or settings.sandbox or settings.is_stream:
        return None
    run = runs.last(str(path.resolve()))
    if run is None or not run.is_unfinished:
        return None
    if not is_same(run.facts, digest_of(path), noted(settings), None):
        tell(f"{_differs(run.name)}, so a run now is a new one, and what that one left is not sent.")
        return None
    return runs.open(run.name)


def names_of(settings: Settings, path: Path) -> Mapping[str, Any] | None:
    """The names that the run has noted that a real run of these settings would go on with; for a preview."""
    if settings.is_stream or settings.undo:
        return None
    run = Runs().claim(str(path.resolve())).last_run
    return _names(run, settings, digest_of(path)) if run else None


def _names(run: str | None, settings: Settings, digest: str) -> Mapping[str, Any] | None:
    """The names that a run has noted, where it is the one to go on with: of this input, address, key and options."""
    if run is None or settings.fresh or settings.sandbox or (ledger := Runs().open(run)) is None:
        return None
    with ledger:
        before = ledger.facts()
    key = settings.known_key()
    is_same_run = not _is_over(before) and is_same(before, digest, noted(settings), key and fingerprint(key))
    return before.get("names") or None if is_same_run else None


def _is_over(facts: Mapping[str, Any]) -> bool:
    """Whether nothing of a run is left to go on with."""
    return is_over(facts) or bool(facts.get("sandbox"))


def _taken_up(claimed: ClaimedInput, settings: Settings, facts: Mapping[str, Any], observer: Observer) -> Ledger | None:
    """The ledger of the unfinished run to go on with: the one that was named, or the last one of the same input."""
    name = claimed.resumed or claimed.claim.last_run
    if name is None or settings.fresh or settings.sandbox or (ledger := Runs().open(name)) is None:
        return None
    with contextlib.ExitStack() as unless_taken_up:
        unless_taken_up.enter_context(ledger)
        before = ledger.facts()
        if claimed.resumed is None and not _goes_on(before, facts, name, observer):
            return None
        _check_account(name, before, facts, settings)
        hint = "" if claimed.resumed else " To start over, add --fresh."
        observer.message(f"Continuing run {name}: {plural(ledger.settled(), 'update')} already done.{hint}")
        ledger.note({"key": facts["key"], "ended": None, "resumed": [*before.get("resumed", []), time.time()]})
        unless_taken_up.pop_all()
        return ledger


def _check_account(name: str, before: Mapping[str, Any], facts: Mapping[str, Any], settings: Settings) -> None:
    if not is_same_account(before, facts["base_url"], facts["key"], new_key=settings.new_key):
        raise BadConfiguration(
            f"Run {name} was started with another key or address, so nothing was sent. Use those; or, if the key was "
            "replaced and belongs to the same account, add --new-key."
        )


def _goes_on(before: Mapping[str, Any], facts: Mapping[str, Any], name: str, observer: Observer) -> bool:
    """Whether the same command means to go on with the last run of its input; says why it does not."""
    if _is_over(before):
        return False
    if is_same(before, facts["sha256"], facts["options"], facts["key"]):
        return True
    # who wants quiet would never hear that rows are not sent
    observer.warning(f"{_differs(name)}, so this is a new run; what that one left is not sent.")
    return False


def _differs(run: str) -> str:
    return f"The unfinished run {run} of this file had other contents, options or another key"

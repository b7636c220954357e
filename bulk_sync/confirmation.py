"""The confirmation of a run: a person at a terminal is shown what it would send, and says whether it may.

Nothing is read for it but what the run goes by anyway: with `--only-changed`, how the contacts stand, for a few seconds
at most. What is not known then may still be left out when its turn comes, and the question says "at most".
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bulk_sync import dry_run, finalize, guardrails, output, wiring
from bulk_sync.errors import Cancelled, Declined, Interrupted, LimitReached, Result
from bulk_sync.model import Kind
from bulk_sync.preflight.findings import CheckResult
from bulk_sync.report.file_notes import not_understood
from bulk_sync.report.summary import plural
from bulk_sync.results import instead_of
from bulk_sync.times import clock, duration
from bulk_sync.toml_files import own_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bulk_sync.dry_run import Outlook
    from bulk_sync.errors import Code, Stopped
    from bulk_sync.plan.plan import Updates
    from bulk_sync.report.console import Observer
    from bulk_sync.report.summary import Summary
    from bulk_sync.settings import Settings
    from bulk_sync.wiring import PlannedRun

PATIENCE = 8.0
"""Seconds for which contacts are read before a person is asked; the names of campaigns have had 2 before that."""


_DO = {
    Kind.DNC: ("sets DNC", "set DNC"),
    Kind.STOPS: ("stops outreach", "stop outreach"),
    Kind.RESTARTS: ("restarts outreach", "restart outreach"),
}
_OTHER = ("makes another change", "make other changes")
"""What one update does, and what several do."""

_LEFT_OUT = {
    Result.SKIPPED: ("skipped", "skipped"),
    Result.ERROR: ("with an error", "with errors"),
    Result.NOT_SENT: ("not checked", "not checked"),
}
"""What is said of one row that is left out, and of several."""

FEW_SECONDS = 10.0

MOST = 4
"""Codes that are named."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking. `declined`: the preview, where it may not send; `found`: what was read of contacts."""

    declined: Summary | None = None
    found: CheckResult | None = None


def undo_is_asked(given: Mapping[str, Any], observer: Observer, *, yes: bool) -> bool:
    """Whether an undo with these settings is confirmed by a person."""
    return observer.is_attended and bool(given.get("confirm", True)) and not yes


def ask(run: PlannedRun) -> Answer:
    """Ask whether a run may send, where that is to be asked. Raises Cancelled."""
    if not _is_asked(run.settings, run.observer) or run.catalog.stopped:
        return Answer()
    settings, (stands, before) = run.settings, dry_run.standing(run)
    updates = run.plan.updates(but=stands)
    found = _read(run, updates) if settings.only_changed and updates else None
    outlook = dry_run.outlook_of(run, stands, found or CheckResult())
    stopped = outlook.found.stopped
    if not outlook.left or not (stopped is None or isinstance(stopped, LimitReached)):
        return Answer(found=found)
    for line in not_understood(run.plan.not_understood, own_settings(), dry_run=True):
        run.observer.message(line)
    text = _question(run, outlook, before).text()
    if not (stopped or settings.undo) and any(guardrails.exceeded(settings, outlook.impact, len(run.plan))):
        run.observer.message(text.rpartition("\n")[0])  # its guard rail will ask, for more than a yes
    elif not run.observer.confirm(text):
        return Answer(_preview(run, outlook, Declined()))
    elif time.time() >= run.pace.limits.until:
        return Answer(_preview(run, outlook, LimitReached(f"Nothing was sent: it is past {settings.until} (--until).")))
    return Answer(found=found)


def _is_asked(settings: Settings, observer: Observer) -> bool:
    is_elsewhere = settings.sandbox or settings.is_stream
    return observer.is_attended and settings.confirm and not settings.yes and not is_elsewhere


def _read(run: PlannedRun, updates: Updates) -> CheckResult:
    """How the contacts stand, as far as that can be read in time. Raises Cancelled."""
    from bulk_sync.contact_check import ContactCheck  # noqa: PLC0415  # with all that reads and sends
    from bulk_sync.dnc_record import recorded  # noqa: PLC0415

    with wiring.api(run) as address, recorded(run) as memory:
        found = ContactCheck(run, memory).of_all(updates, address, PATIENCE)
    if isinstance(found.stopped, Interrupted):
        raise Cancelled(found.stopped.exit_code - 128)
    return found


@dataclass(frozen=True, slots=True)
class Question:
    """What a run would do, in figures, for whoever decides whether it may.

    `kinds`: its updates by kind; `moves`: how many of the kind `REST` move their contact, `also_move`: how many of the
    others do, and `zones` whether some change their time zone. `open`: why there may be fewer, in a sentence; "" where
    the counts are final. `before`: what an earlier run has done, in a sentence. `left_out`: rows by code. `seconds`:
    what sending takes, at a `rate`, in words; `now`: seconds since the epoch; `limits`: what else ends it, in words.
    """

    kinds: Mapping[Kind, int]
    moves: int
    also_move: int
    zones: bool
    open: str
    before: str
    left_out: Mapping[Code, int]
    seconds: float
    rate: str
    now: float
    limits: str

    def text(self) -> str:
        """The question; it can be answered by yes or no."""
        updates = sum(self.kinds.values())
        lines = [self.before, self._updates(updates), self._rows(), self._time()]
        return "\n".join([*filter(None, lines), "Send it?" if updates == 1 else "Send them?"])

    def _updates(self, updates: int) -> str:
        most = "at most " if self.open else ""
        rest = self.kinds.get(Kind.REST, 0) - self.moves
        to = "to another campaign or time zone" if self.zones else "to another campaign"
        counts = [
            *((each, self.kinds.get(kind, 0), kind is Kind.RESTARTS) for kind, each in _DO.items()),
            ((f"moves {to}", f"move {to}"), self.moves, True),
            (_OTHER, rest, False),
        ]
        parts = [f"{most if starts else ''}{plural(count, *words)}" for words, count, starts in counts if count]
        also, verb = self.also_move, "moves" if self.also_move == 1 else "move"
        more = f" {most.capitalize()}{also:,} of these also {verb} {to}." if also else ""
        why = f" {self.open}" if self.open else ""
        return f"This would send {most}{plural(updates, 'update')}: {', '.join(parts)}.{more}{why}"

    def _rows(self) -> str:
        groups: dict[Result, Counter[str]] = {}
        for code, rows in self.left_out.items():
            groups.setdefault(code.result, Counter())[code.word] += rows
        parts = [
            (found.total(), f"{one if found.total() == 1 else many} ({_listed(found)})")
            for result, (one, many) in _LEFT_OUT.items()
            if (found := groups.get(result))
        ]
        if len(parts) < 2:
            return "".join(f"Left out: {plural(count, 'row')} {what}." for count, what in parts)
        total = plural(sum(count for count, _ in parts), "row")
        return f"Left out: {total}, {', '.join(f'{count:,} {what}' for count, what in parts)}."

    def _time(self) -> str:
        if self.seconds < FEW_SECONDS:
            return f"This takes a few seconds.{self.limits}"
        end, today = clock(self.now + self.seconds), clock(self.now)[:10]
        finish = end.removeprefix(today).strip()
        return (
            f"About {duration(self.seconds)} at {self.rate}; if started now, it finishes about {finish}.{self.limits}"
        )


def _listed(codes: Counter[str]) -> str:
    if len(codes) == 1:
        return next(iter(codes))
    first = codes.most_common(MOST)
    others = codes.total() - sum(count for _, count in first)
    shown = [f"{count:,} {code}" for code, count in first] + ([f"{others:,} more"] if others else [])
    return ", ".join(shown)


def _question(run: PlannedRun, outlook: Outlook, before: str) -> Question:
    settings, plan, pace = run.settings, run.plan, run.pace
    places, impact = outlook.left.places, outlook.impact
    kinds = plan.by_kind(places)
    moves = guardrails.impact_of(plan, plan.of_kind(Kind.REST, places), outlook.would_send).rescheduled
    ends = {"--until": settings.until, "--max-duration": settings.max_duration, "--max-writes": settings.max_writes}
    limits = " and ".join(f"{option} {value}" for option, value in ends.items() if value is not None)
    return Question(
        kinds=kinds,
        moves=moves,
        also_move=impact.rescheduled - moves,
        zones=impact.rescheduled > impact.moves.total(),
        open=_why_open(settings, outlook, kinds),
        before=before,
        left_out=plan.left_out(outlook.settled),
        seconds=dry_run.forecast_of(run, outlook.found)(len(places)),
        rate=f"{pace.ceiling} (--rate)" if pace.ceiling else f"the API's {pace.assumed.limit} updates a minute",
        now=time.time(),
        limits=f" It stops early at {limits}." if limits else "",
    )


def _why_open(settings: Settings, outlook: Outlook, kinds: Mapping[Kind, int]) -> str:
    """Why fewer updates may leave than are counted."""
    if settings.undo:
        return "Each contact is read first, and left as it is if somebody has changed it since."
    if settings.only_changed:
        some = "Not all contacts could be read at once; those that already have these values will be skipped."
        return some if outlook.found.stopped else ""
    if settings.allow_leaving_dnc or set(kinds) == {Kind.DNC}:
        return ""
    return "Contacts that are in DNC stay there; that is checked when each update is sent."


def _preview(run: PlannedRun, outlook: Outlook, why: Stopped) -> Summary:
    """Write the preview of a run that may not send. Nothing is read for it."""
    as_preview, out = replace(run.settings, dry_run=True), run.settings.output
    # beside the input whatever -o names: results of a run are not replaced by a preview
    own = instead_of(out, "preview") if run.settings.undo and out is not None else None
    place, elsewhere = output.results_path(replace(as_preview, output=own), run.table.path)
    run.observer.message(elsewhere)
    if not run.settings.undo:
        dry_run.recall(run, outlook.left, outlook.found)
    outlook = dry_run.outlook_of(run, outlook.stands, outlook.found)
    outlook.impact.campaigns = run.catalog.of_campaigns(by_now=True)
    preview = replace(run, settings=as_preview, out=place)
    summary = dry_run.written(preview, outlook, why)
    finalize.write_asked(summary, preview)
    return summary

"""The catalog: the statuses and campaigns that a run knows, and what a person should know of that.

They are learned when a cell first needs them: a file whose every status is a system's and whose every campaign is an ID
costs no read. A run goes by what it learned until it is done, however often it is taken up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bulk_sync.catalog.listings import CAMPAIGNS, STATUSES, Listings
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.model import Listing
from bulk_sync.plan.campaigns import Campaigns
from bulk_sync.plan.statuses import SYSTEM_STATUSES, Statuses
from bulk_sync.report.summary import plural
from bulk_sync.send.config import SendReport, budget_of_reads

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bulk_sync.catalog.sources import Source
    from bulk_sync.errors import Stopped
    from bulk_sync.model import Campaign, Columns, Status
    from bulk_sync.plan import Plan
    from bulk_sync.ratelimit.budget import Budget
    from bulk_sync.send.config import SendConfig

_KINDS = {STATUSES: "status", CAMPAIGNS: "campaign"}
"""Which column needs which names."""

_UNNAMED = frozenset({Code.UNKNOWN_STATUS, Code.UNKNOWN_CAMPAIGN})

_MOST_NAMED = 3


class Catalog:
    """The statuses and campaigns of a run. `source` is where they are from; `noted` is what the run has noted.

    `dnc`: the statuses that mean do-not-call by the settings, by name or label.
    `plus_missing`: how the CRM's contacts say that digits are to be read that are two numbers; None: they did not.
    `stopped`: what ended the run while names were read, if anything did;
    `is_away`: a preview goes on without an API that could not be reached.
    """

    def __init__(
        self, source: Source, reads: int, noted: Mapping[str, Any] | None = None, dnc: Collection[str] = ()
    ) -> None:
        self.statuses, self.campaigns = Statuses(self._its_statuses, dnc), Campaigns(self._its_campaigns)
        self.stopped: Stopped | None = None
        self.is_away = False
        self.heard: list[str] = []
        self._source, self._most = source, reads
        self._reads: Budget | None = None
        self._listings = Listings.from_json(noted) if noted else Listings()
        self._dnc = tuple(dnc)
        self._dnc_by: tuple[Listing[Status] | None, DncStatuses] | None = None
        self.plus_missing: bool | None = (noted or {}).get("plus_missing")
        self._wanted: frozenset[str] = frozenset()

    @property
    def reads(self) -> Budget:
        """The budget of reads of this run."""
        if self._reads is None:
            self._reads = budget_of_reads(self._most)
        return self._reads

    def used_by(self, columns: Columns) -> Catalog:
        """The same, told which columns there are: what they may need is learned together."""
        self._wanted = frozenset(kind for kind, field in _KINDS.items() if field in columns.fields)
        return self

    def complete(self, plan: Plan) -> Plan:
        """The plan; where the run ended before names were read, rows with names are not sent for that reason.

        For a plan that moves contacts by campaigns' IDs alone, it is looked which of those are paused.
        """
        if plan.moved_rows() and self._listings.campaigns is None and not (self.stopped or self.is_away):
            self._listings = self._listings.joined(self._source.glance(frozenset({CAMPAIGNS}), self))
        if self.stopped is None:
            return plan
        from bulk_sync.plan.undo import without  # noqa: PLC0415  # few runs end so early

        fate = self.stopped.code, f"{self.stopped} What its status and campaign mean was not found out any more."
        return without(plan, {row: fate for row in range(len(plan)) if plan.code(row) in _UNNAMED})

    def facts(self) -> dict[str, Any]:
        """What a ledger notes, so that the run can be taken up with the same names."""
        names = self._listings.as_json()
        if self.plus_missing is not None:
            names["plus_missing"] = self.plus_missing
        return {"names": names} if names and self.stopped is None else {}

    def of_campaigns(self) -> dict[str, str]:
        """The names of the campaigns, by their IDs in lower case; found out if they were not yet."""
        return {each.id.casefold(): each.name for each in self._its_campaigns().entries}

    def unsent(self, calls: int, pace: SendConfig) -> SendReport | None:
        """How sending went where it cannot begin, since the run was stopped; None: it can."""
        return None if self.stopped is None else SendReport(0.0, None, self.stopped, pace.forecast(calls))

    def broken_off(self, ends_the_run: Stopped | None, *, is_away: bool = False) -> None:
        """Reading was broken off: what was in flight then is not counted any more."""
        self.stopped, self.is_away = ends_the_run, is_away
        self._reads = None

    def sentences(self, plan: Plan) -> list[str]:
        """What a person should know: which names could not be learned, paused campaigns, statuses of unknown effect."""
        known = [dnc_sentence(self.dnc)] if self.lists_statuses else []
        return [*dict.fromkeys(self.heard), *known, *self._of_unknown_effect(plan), *self._into_paused(plan)]

    def _of_unknown_effect(self, plan: Plan) -> list[str]:
        names = [each.name for each in self.statuses_learned if each.terminal is None and each.name in plan.statuses]
        if not names:
            return []
        which = f"the status {_listing(names, 'or')} stops outreach"
        return [f"The API does not say whether {which}: it is sent early, as if it did, and guarded as if it did not."]

    def _into_paused(self, plan: Plan) -> list[str]:
        listed = self._listings.campaigns.entries if self._listings.campaigns else ()
        moved = plan.moved_rows()
        rows = {f'"{each.name}"': count for each in listed if each.paused and (count := moved.get(each.id.casefold()))}
        if not rows:
            return []
        names, count = sorted(rows, key=lambda name: -rows[name]), sum(rows.values())
        which = f"the campaign {names[0]}, which is" if len(rows) == 1 else f"{_listing(names, 'and')}, which are"
        verb = "moves a contact" if count == 1 else "move contacts"
        return [f"{plural(count, 'row')} {verb} into {which} paused: nobody is called there until it is resumed."]

    @property
    def lists_statuses(self) -> bool:
        """Whether it is known by now which statuses the API lists."""
        return self._listings.statuses is not None and not self._listings.statuses.why_not

    @property
    def dnc(self) -> DncStatuses:
        """Which statuses mean do-not-call, by what is known by now."""
        if self._dnc_by is None or self._dnc_by[0] is not self._listings.statuses:
            known = DncStatuses(self._dnc, (*SYSTEM_STATUSES, *self.statuses_learned))
            self._dnc_by = self._listings.statuses, known
        return self._dnc_by[1]

    def means_dnc(self, status: str | None) -> bool:
        """Whether a status means do-not-call, by what is known by now."""
        return status in self.dnc

    def learn_statuses(self, listed: Listing[Status]) -> bool:
        """Take in which statuses the API lists, read by somebody else; whether that was not known before."""
        if self.lists_statuses:
            return False
        self._listings = replace(self._listings, statuses=listed)
        return True

    @property
    def statuses_learned(self) -> tuple[Status, ...]:
        """What the API lists, as far as it was asked."""
        return self._listings.statuses.entries if self._listings.statuses else ()

    def _need(self, kind: str) -> None:
        if self._listings.lacking({kind}):
            self._listings = self._listings.joined(
                self._source.read(self._listings.lacking(self._wanted | {kind}), self)
            )

    def listings_of(self, kinds: Iterable[str]) -> Listings:
        """What is known of these kinds, learned now where it was not needed yet."""
        self._wanted |= frozenset(kinds)
        for kind in kinds:
            self._need(kind)
        return self._listings

    def _its_statuses(self) -> Listing[Status]:
        self._need(STATUSES)
        return self._listings.statuses or Listing()

    def _its_campaigns(self) -> Listing[Campaign]:
        self._need(CAMPAIGNS)
        return self._listings.campaigns or Listing()


def dnc_sentence(dnc: DncStatuses) -> str:
    """Which statuses of the team's own count as DNC; nothing where none does."""
    if not dnc.own:
        return ""
    verb = "means" if len(dnc.own) == 1 else "mean"
    return f"{' and '.join(dnc.own)} {verb} do not call here, like DNC: nobody is taken out of it."


def _listing(names: list[str], word: str) -> str:
    shown = names[:_MOST_NAMED]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(shown)} {word} {len(names) - _MOST_NAMED:,} more"
    return f" {word} ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))

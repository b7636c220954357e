"""The catalog: the statuses and campaigns that a run knows, and what a person should know of that.

They are learned before rows are decided, where a cell needs them: a file whose every status is a system's and whose
every campaign is an ID costs no read. A run goes by what it learned until it is done, however often it is taken up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bulk_sync.catalog import sources
from bulk_sync.catalog.sources import as_json, from_json
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.model import CAMPAIGNS, STATUSES, Listings
from bulk_sync.plan.campaign import Campaigns
from bulk_sync.plan.status import SYSTEM_STATUSES, Statuses
from bulk_sync.report.summary import plural
from bulk_sync.send.config import budget_of_reads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bulk_sync.errors import Code, Stopped
    from bulk_sync.model import Columns, Listing, Status
    from bulk_sync.plan import Plan
    from bulk_sync.ratelimit.budget import Budget
    from bulk_sync.send.config import SendConfig
    from bulk_sync.settings import Settings

_COLUMNS = {"status": STATUSES, "campaign": CAMPAIGNS}
"""Which column may need which kind of names."""

_MOST_NAMED = 3


class Catalog:
    """What a run of some settings goes by. `noted`: the names in the ledger of the run that it goes on with.

    `dnc`: which statuses mean do-not-call, by what is known by now; `plus_missing`: how the CRM's contacts say that
    digits are to be read that are two numbers, None: they did not. `heard`: what a person should know of the reads.
    What ends the run meanwhile is not raised, but in `stopped`: its results are still to be written. `is_away`: a
    preview goes on without an API that could not be reached.
    """

    def __init__(
        self,
        settings: Settings,
        pace: SendConfig,
        tell: Callable[[str], None],
        noted: Mapping[str, Any] | None = None,
    ) -> None:
        self.settings, self.pace, self.tell = settings, pace, tell
        self.stopped: Stopped | None = None
        self.is_away = False
        self.heard: list[str] = []
        self.plus_missing: bool | None = (noted or {}).get("plus_missing")
        self._reads: Budget | None = None
        self._know(from_json(noted) if noted else Listings())

    def _know(self, listings: Listings) -> None:
        self.listings = listings
        self.dnc = DncStatuses(self.settings.dnc_statuses, (*SYSTEM_STATUSES, *self.statuses_learned))

    @property
    def reads(self) -> Budget:
        """The budget of reads of this run."""
        if self._reads is None:
            self._reads = budget_of_reads(self.pace.concurrency)
        return self._reads

    def learn(self, needed: Iterable[str], columns: Columns | None = None) -> None:
        """Find out what the API lists of the kinds that are needed, and at once of what other `columns` may need."""
        if not self.listings.lacking(needed):
            return
        may_need = {kind for name, kind in _COLUMNS.items() if columns and name in columns.fields}
        self._know(self.listings.joined(sources.read(self, self.listings.lacking({*needed, *may_need}))))

    def glance(self) -> None:
        """Learn which campaigns there are, if they can be had at once: for a run that does well without."""
        if self.listings.campaigns is None and not (self.stopped or self.is_away):
            self._know(self.listings.joined(sources.glance(self, frozenset({CAMPAIGNS}))))

    @property
    def statuses(self) -> Statuses:
        """The statuses that a row may name, by what is known by now."""
        return Statuses(self.listings.statuses, self.settings.dnc_statuses)

    @property
    def campaigns(self) -> Campaigns:
        """The campaigns that a row may name, by what is known by now."""
        return Campaigns(self.listings.campaigns)

    @property
    def unlearned(self) -> tuple[Code, str] | None:
        """What becomes of rows with unknown names, since the run ended before names were read; None: it did not."""
        if self.stopped is None:
            return None
        return self.stopped.code, f"{self.stopped} Its status and campaign were not checked."

    def facts(self) -> dict[str, Any]:
        """What a ledger notes, so that the run can be taken up with the same names."""
        names = as_json(self.listings)
        if self.plus_missing is not None:
            names["plus_missing"] = self.plus_missing
        return {"names": names} if names and self.stopped is None else {}

    def of_campaigns(self, *, by_now: bool = False) -> dict[str, str]:
        """The names of the campaigns, by their IDs in lower case; found out if they were not yet, unless `by_now`."""
        if not by_now:
            self.learn({CAMPAIGNS})
        listed = self.listings.campaigns
        return {each.id.casefold(): each.name for each in listed.entries} if listed else {}

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
        return [f"The API does not say whether {which}. It is sent early, and its contacts are checked for DNC."]

    def _into_paused(self, plan: Plan) -> list[str]:
        listed = self.listings.campaigns.entries if self.listings.campaigns else ()
        moved = plan.moved_rows()
        rows = {f'"{each.name}"': count for each in listed if each.paused and (count := moved.get(each.id.casefold()))}
        if not rows:
            return []
        names, count = sorted(rows, key=lambda name: -rows[name]), sum(rows.values())
        which = f"the campaign {names[0]}, which is" if len(rows) == 1 else f"{_listing(names, 'and')}, which are"
        verb = "moves a contact" if count == 1 else "move contacts"
        return [
            f"{plural(count, 'row')} {verb} into {which} paused: contacts there are not called until it is resumed."
        ]

    @property
    def lists_statuses(self) -> bool:
        """Whether it is known by now which statuses the API lists."""
        return self.listings.statuses is not None and not self.listings.statuses.why_not

    @property
    def lists_campaigns(self) -> bool:
        """Whether it is known by now which campaigns the API lists."""
        return self.listings.campaigns is not None and not self.listings.campaigns.why_not

    def means_dnc(self, status: str | None) -> bool:
        """Whether a status means do-not-call, by what is known by now."""
        return status in self.dnc

    def learn_statuses(self, listed: Listing[Status]) -> bool:
        """Take in which statuses the API lists, read by somebody else; whether that was not known before."""
        if self.lists_statuses:
            return False
        self._know(replace(self.listings, statuses=listed))
        return True

    @property
    def statuses_learned(self) -> tuple[Status, ...]:
        """What the API lists, as far as it was asked."""
        return self.listings.statuses.entries if self.listings.statuses else ()


def dnc_sentence(dnc: DncStatuses) -> str:
    """Which statuses of the team's own count as DNC; nothing where none does."""
    if not dnc.own:
        return ""
    verb = "means" if len(dnc.own) == 1 else "mean"
    return f"{' and '.join(dnc.own)} {verb} do not call here, like DNC: no contact is taken out of it."


def _listing(names: list[str], word: str) -> str:
    shown = names[:_MOST_NAMED]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(shown)} {word} {len(names) - _MOST_NAMED:,} more"
    return f" {word} ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))

"""Clearance: which updates may leave, and which are settled by how their contacts stand already.

What a run asks of its contacts, what it knows before it begins, and what it could not find out in the end. `desk` does
the work.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bulk_sync.age import AgeClock
from bulk_sync.api import listings
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import AWAY, Code
from bulk_sync.model import Listing, ReadFailed
from bulk_sync.preflight.desk import Desk
from bulk_sync.preflight.dnc_guard import FIRST
from bulk_sync.preflight.findings import Findings
from bulk_sync.preflight.policy import Need, Rival
from bulk_sync.preflight.recall import Recall

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.model import Outcome, Status, Update
    from bulk_sync.preflight.cost import Costs
    from bulk_sync.preflight.policy import Policy
    from bulk_sync.release import ReadInTurn, ReadyUpdate, ReleaseQueue

ROUNDS = 5
"""So often the team's statuses are asked for where this read alone fails; then names alone tell what means DNC.

Enough for an API that is away altogether to be known as such by then.
"""


class TeamStatuses:
    """Which statuses mean do-not-call. `learn` makes that of what the API lists, None where it lists nothing.

    `known`: the same, where it was listed before; it stays None where the API does not list them.
    """

    def __init__(
        self,
        learn: Callable[[Listing[Status] | None], DncStatuses] = lambda listed: DncStatuses(
            (), listed.entries if listed else ()
        ),
        known: DncStatuses | None = None,
    ) -> None:
        self._learn, self.known = learn, known

    async def read(self, read: ReadInTurn) -> DncStatuses:
        """Ask the API, unless that is known already. Raises Stopped where the run ends first."""
        failed = 0
        while self.known is None and failed < ROUNDS:
            answer = await listings.statuses(lambda path: read(path, FIRST))
            if isinstance(answer, Listing):
                self.known = self._learn(answer)
            elif not isinstance(answer, ReadFailed) or answer.code not in AWAY:
                break
            else:
                failed += not answer.is_outage  # an outage is waited out, as long as the run waits for one
        return self._learn(None) if self.known is None else self.known


class Clearance:
    """How one run looks at its contacts.

    `policy`: what it asks of them; `costs`: what requests take, without writes in a dry run; `tell` hears sentences;
    `wall`: seconds since the epoch; `recall`: the DNC memory; `statuses`: which of them mean do-not-call. `ever`:
    whether a run has ever read contacts here, and `note` is called when this one does; `patience`: seconds for which
    reads that are refused are waited for. Afterwards `findings` has what could not be found out.
    """

    def __init__(
        self,
        policy: Policy,
        costs: Costs,
        tell: Callable[[str], None],
        wall: Callable[[], float],
        *,
        recall: Recall | None = None,
        statuses: TeamStatuses | None = None,
        ever: bool = False,
        note: Callable[[], None] = lambda: None,
        patience: float = 600.0,
    ) -> None:
        self.policy, self.costs, self.tell, self.wall = policy, costs, tell, wall
        self.recall, self.statuses = recall or Recall(), statuses or TeamStatuses()
        self.ever, self.note, self.patience = ever, note, patience
        self.findings = Findings()
        self.rivals: dict[str, Rival] = dict(policy.rivals)
        self._put: dict[str, int] = {}
        self._desk: Desk | None = None

    @property
    def is_dry(self) -> bool:
        """Whether nothing will leave."""
        return self.costs.writes is None

    async def over(self, updates: Sequence[Update], read: ReadInTurn, queue: ReleaseQueue) -> None:
        """Release or settle every update. Raises Stopped where the run ends first."""
        self._desk = Desk(self, updates, read, queue, AgeClock(asyncio.get_running_loop().time))
        await self._desk.clear()

    def holds(self, ready: ReadyUpdate) -> bool:
        """See Preflight."""
        if ready.seen_at is None and not ready.is_unchecked:
            return True
        if self._desk is None or not self._desk.holds(ready):
            return False
        return not self._was_overtaken(ready) and not self._is_remembered(ready)

    def _is_remembered(self, ready: ReadyUpdate) -> bool:
        """Whether the DNC memory speaks against an update by now, or cannot be asked: others may have added a list."""
        update = ready.update
        if not self.policy.guards or not self.policy.starts_outreach(update):
            return False
        names = (update.phone or ready.phone, ready.contact_id or update.contact_id)
        return self.recall.find(names, (update.change.phone, None)) is not None or self.recall.fault is not None

    def _was_overtaken(self, ready: ReadyUpdate) -> bool:
        """Whether this run itself has put the contact into DNC by now: what was seen before does not count."""
        rank, update = self.policy.rank(ready.update.change), ready.update
        names = (update.phone, update.contact_id, ready.contact_id)
        return any(self._put[name.casefold()] < rank for name in names if name and name.casefold() in self._put)

    async def again(self, place: int) -> Outcome | ReadyUpdate:
        """See Preflight."""
        assert self._desk is not None  # noqa: S101 -- it has released the update
        return await self._desk.look(place)

    def heard(self, update: Update, outcome: Outcome) -> None:
        """Learn from a reply by which other name a contact is known that was put into DNC."""
        rank = self.policy.rank(update.change)
        if rank == 2:
            return
        phone, contact_id = outcome.phone or update.phone, outcome.contact_id or update.contact_id
        if outcome.code in {Code.UPDATED, Code.UNCHANGED}:
            self._put |= {name.casefold(): rank for name in (phone, contact_id) if name}
            rival = next((self.rivals[name] for name in _names(update) if name in self.rivals), None)
            for name in (phone, contact_id):
                if name and rival is not None:
                    self.rivals.setdefault(name.casefold(), Rival(rank, rival.row))
        if self._desk is not None:
            self._desk.settled(update)

    def seconds_left(self) -> float:
        """See Preflight."""
        return 0.0 if self._desk is None else self._desk.seconds_left()

    def seconds_of_looks(self, rows: int) -> float:
        """What looking at so many contacts takes before their updates leave, by what is known afterwards."""
        never_read = bool(self.findings.unchecked) or not self.policy.guards
        by_list = self._desk is not None and self._desk.looks_by_list
        return 0.0 if never_read or by_list else self.costs.reads(rows)

    def need_of(self, update: Update) -> Need:
        """What must be known before an update may leave."""
        return self.policy.need_of(update)


def _names(update: Update) -> list[str]:
    return [name.casefold() for name in (update.phone, update.contact_id) if name]

"""A run that looks at contacts while it sends, in virtual time: the real look, gate, workers and budgets."""

import asyncio
from types import SimpleNamespace
from unittest.mock import patch

from bulk_sync.dnc_record import DncRecord
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.model import Change, Update
from bulk_sync.plan.status import Statuses
from bulk_sync.preflight.clearance import Clearance
from bulk_sync.preflight.dnc_list import TeamStatuses
from bulk_sync.preflight.policy import Policy, Rival
from bulk_sync.preflight.scan import Costs
from bulk_sync.release import Creation
from bulk_sync.send.config import Address, SendConfig, budget_of_reads
from bulk_sync.send.engine import Sending
from bulk_sync.send.stop_rules import Stop
from tests.simulation.team import CAMPAIGN, person
from tests.simulation.world import EPOCH
from tests.virtual_time import run

WALL = 1_800_000_000.0
STOPPING = frozenset({"DNC", "paused", "fulfilled", "not-interested"})


def row(number, status=None, *, by_id=False, at=0, **more):
    """An update of the contact with this number in the team."""
    known = person(number)
    name = {"contact_id": known["id"]} if by_id else {"phone": known["phoneNumber"]}
    return Update(at, Change(status, **more), **name)


def planned(updates):
    """Updates with the numbers of their rows, in the order of sending."""
    numbered = [Update(at, each.change, each.phone, each.contact_id) for at, each in enumerate(updates)]
    return sorted(numbered, key=lambda each: Statuses().kind_of(each.change.status))


def creation(update):
    """What `--create-missing` makes."""
    change = update.change
    if update.phone is None or change.status not in {None, "active", "talk-to-human"}:
        return None
    return Creation(update.phone, change.campaign or CAMPAIGN, change.texts, change.variables)


def rivals(updates):
    """The rows that say DNC, where rows name contacts both ways."""
    if len({each.phone is None for each in updates}) < 2:
        return {}
    return {
        (each.phone or each.contact_id).casefold(): Rival(0, each.row + 2)
        for each in updates
        if each.change.status == "DNC"
    }


async def _at_once(function, *arguments):
    """A thread that takes no time."""
    return function(*arguments)


class LiveRun:
    """Sends `updates` to a `Team`, as a run does that compares, guards and merges.

    `stop`: (seconds, why) that end it from outside. Afterwards: `outcomes` by row, `recorded` the rows in the order of
    their outcomes, `sent`, `took`, `told` and `looking`.
    """

    def __init__(
        self, team, updates, *, compares=True, guards=True, merges=True, creates=False, dry_run=False, pace=None,
        stop=None,
    ):  # fmt: skip
        self.team, self.outcomes, self.recorded, self.told = team, {}, [], []
        self.updates, self.pace = updates, pace or SendConfig()
        create = creation if creates else (lambda _: None)
        self.reads = budget_of_reads(self.pace.concurrency)
        costs = Costs(self.reads.forecast, None if dry_run else self.pace.budget().forecast)
        terms = Policy(
            compares, guards, merges, create, STOPPING, rivals=rivals(updates)
        )  # fmt: skip
        self.looking = Clearance(
            policy=terms, costs=costs, tell=self.told.append, wall=lambda: WALL,
            memory=DncRecord("", None, None, lambda _: False),
            statuses=TeamStatuses(lambda listed: DncStatuses((), listed.entries if listed else ())),
            both_ways=False, ever=False, note=lambda: None, patience=600.0,
        )  # fmt: skip
        self._sending = Sending(
            updates, Address("http://x", "key"), self.pace, self._record, reads=self.reads, create=create,
            preflight=self.looking, dry_run=dry_run,
        )  # fmt: skip
        with (
            patch("bulk_sync.api.client.Client", team.client),
            patch("bulk_sync.send.recording.asyncio.to_thread", _at_once),
            patch("bulk_sync.ratelimit.scheduler.time", SimpleNamespace(time=lambda: EPOCH + team.now)),
        ):
            self.sent = run(self._main(stop))
        self.took = self.sent.seconds
        self.outcomes |= self.sent.held

    async def _main(self, stop):
        outside = Stop()
        if stop is not None:
            asyncio.get_running_loop().call_later(stop[0], outside.because, stop[1])
        sent = await self._sending.send(outside)
        await asyncio.sleep(0)
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
        return sent

    def _record(self, update, outcome, _seconds_left):
        assert update.row not in self.outcomes, "two fates"
        self.outcomes[update.row] = outcome
        self.recorded.append(update.row)

    def codes(self):
        """The words of the outcomes, by row."""
        return {at: outcome.code.word for at, outcome in sorted(self.outcomes.items())}

"""The update sender: what becomes of an update that was released. It is sent, or its contact is made, and then sent.

At every try it leaves only while what was seen of its contact is fresh.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote

from bulk_sync.api.contact import creation_request, read_page, request_for
from bulk_sync.api.responses import Accepted, Rejected, Response, Retry, classify
from bulk_sync.errors import Code
from bulk_sync.fence import ALWAYS_OPEN
from bulk_sync.http_semantics import epoch
from bulk_sync.model import Change, Outcome, ReadOk
from bulk_sync.send.tries import Outgoing, RetryingCaller, Tried

if TYPE_CHECKING:
    from bulk_sync.api.contact import Request
    from bulk_sync.api.responses import TransportFailure, Verdict
    from bulk_sync.fence import Fence
    from bulk_sync.model import Read, Update
    from bulk_sync.release import Creation, ReadyUpdate
    from bulk_sync.send.release_queue import Due, Preflight

ACTIVE = "active"
"""The status of a contact that was just made."""

Create = Callable[["Update"], "Creation | None"]
"""The contact to be made for an update whose own the CRM does not have; None: none is."""


MOST_LOOKS = 3
"""Looks in a row that are too old when their answer comes: an API that takes a minute for each cannot be waited for."""

_TOO_SLOW = (
    "Not sent: the API takes so long to show a contact that what it shows is too old to go by. Try again when it is "
    "quicker."
)


class SettledError(Exception):
    """An update does not leave (any more): it is settled by how its contact stands."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


class ThereNowError(Exception):
    """A contact was to be made, and by now there is one."""


LOOKS_APART = 0.1
"""Seconds between two looks whether a fence has opened."""


@dataclass(slots=True)
class Passage(Outgoing):
    """An update that was released, in the hands of a worker: `planned`, and as it was `ready` to leave.

    `preflight`: who looks again; None: no look is needed. `left` is called whenever a request leaves. `note` writes
    down how its contact stands, after each look, before anything leaves. Writes leave where the `fence` is open;
    `pause` sleeps until the next look at it, and raises when the run stops. `creation`: the contact that is to be made,
    while none is there.
    """

    place: int
    planned: Update
    ready: ReadyUpdate
    preflight: Preflight | None = None
    left: Callable[[int], None] = lambda _: None
    note: Callable[[Update, ReadyUpdate], Awaitable[None]] | None = None
    fence: Fence = ALWAYS_OPEN
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    tries: int = field(default=0, init=False)
    creation: Creation | None = field(default=None, init=False)
    _change: Change | None = field(default=None, init=False)

    @property
    def request(self) -> Request:
        """The request, as it may leave by what was seen last."""
        update = self.ready.update
        if self.creation is not None:
            request = creation_request(self.creation)
        else:
            request = request_for(update if self._change is None else replace(update, change=self._change))
        is_asked = self.is_looked_at or self.fence is not ALWAYS_OPEN
        return replace(request, may_leave=self.may_leave) if is_asked else request

    @property
    def is_looked_at(self) -> bool:
        """Whether its contact is looked at before it leaves, where that can be done."""
        return self.preflight is not None and (self.ready.seen_at is not None or self.ready.is_unchecked)

    @property
    def may_be_made(self) -> bool:
        """Whether its contact may be made: the CRM shows none, or nobody looks."""
        return not self.is_looked_at or self.ready.is_missing or self.ready.is_unchecked

    async def be_ready(self) -> None:
        """Wait until writes may leave, and look again, if what was seen has grown old.

        Raises SettledError where the update must not leave, and ThereNowError where its contact needs not be made.
        """
        while not self.fence.is_open():
            self.fence.check()
            await self.pause(LOOKS_APART)
        for _ in range(MOST_LOOKS):
            if self._is_fresh():
                return
            await self.look_again()
        if not self._is_fresh():
            raise SettledError(Outcome(Code.UNCHECKED, _TOO_SLOW))

    async def look_again(self) -> None:
        """Look at the contact. Raises as `be_ready` does."""
        if self.preflight is None:
            return
        found = await self.preflight.again(self.place)
        if isinstance(found, Outcome):
            raise SettledError(found)
        self.ready = found
        if self.note is not None:
            await self.note(self.planned, found)
        if self.creation is not None and not self.tries and not self.may_be_made:
            raise ThereNowError

    def may_leave(self) -> bool:
        """Whether writes may leave at this moment, and what was seen is fresh."""
        return self.fence.is_open() and self._is_fresh()

    def _is_fresh(self) -> bool:
        return self.preflight is None or self.preflight.holds(self.ready)

    def leaves(self) -> None:
        """A request leaves."""
        self.tries += 1
        self.left(self.place)

    def creates(self, creation: Creation) -> None:
        """From now on, the contact is to be made."""
        self.creation, self.tries = creation, 0

    def carries(self, change: Change) -> None:
        """From now on, the contact is there, and this is to be changed."""
        self.creation, self._change = None, change


@dataclass(slots=True)
class UpdateSender(RetryingCaller[Accepted | Rejected]):
    """Sends an update until its fate is known.

    `clock`: seconds since the epoch, for the outcome's time. `left_open` hears what is known of an update that left and
    whose fate the run did not live to learn. `confirm` is `made_since`, where contacts are made.
    """

    clock: Callable[[], float]
    left_open: Callable[[Update, Outcome], None] = field(default=lambda _update, _outcome: None, kw_only=True)
    confirm: Callable[[Creation, float], Awaitable[Outcome | None]] | None = field(default=None, kw_only=True)
    _behind: float | None = field(default=None, init=False)

    def classify(self, response: Response | TransportFailure) -> Verdict:
        """What a reply to a write means."""
        if isinstance(response, Response) and (date := epoch(response.headers.get("date", ""))) is not None:
            self._behind = self.clock() - date
        return classify(response, understood=self.understood)

    async def settle(self, passage: Passage) -> Outcome:
        """The outcome of what is on its way. Raises Stopped where the run ends before it has one."""
        creation, tried = passage.creation, Tried(clock=self.clock)
        try:
            verdict = await self.verdict(passage, passage.place, tried)
            if creation and isinstance(verdict, Rejected) and verdict.is_duplicate and tried.may_have_landed:
                made = await self._made(creation, tried)
                if made is not None:
                    return replace(made, http_status=verdict.status, attempts=tried.tries, at=self.clock())
                verdict = replace(verdict, why=f"{verdict.why} {_MAY_BE_MADE}")
        except SettledError as settled:
            return replace(settled.outcome, attempts=passage.tries)
        except BaseException:
            if tried.is_out or tried.failure is not None:
                self.left_open(passage.planned, self._so_far(tried))
            raise
        return self._outcome(verdict, tried, Code.CREATED if creation else Code.UPDATED)

    async def create(self, passage: Passage, creation: Creation) -> Outcome:
        """The outcome of making an update's contact, which the CRM does not have.

        A contact that is made is active, so a row that asks for another status takes a second call. Raises as `settle`
        does, and ThereNowError where there is such a contact by now.
        """
        status = passage.planned.change.status
        passage.creates(creation)
        made = await self.settle(passage)
        if made.code is not Code.CREATED or status in {None, ACTIVE}:
            return made
        passage.carries(Change(status=status))
        try:
            outcome = await self.settle(passage)
        except BaseException:
            self.left_open(passage.planned, replace(made, code=Code.NETWORK_ERROR, error=_ONLY_MADE))
            raise
        tries = made.attempts + outcome.attempts
        if outcome.code is Code.UPDATED:
            return replace(outcome, code=Code.CREATED, attempts=tries)
        return replace(
            outcome, error=f"The contact was created, but its status was not set. {outcome.error}", attempts=tries
        )

    def _outcome(self, verdict: Accepted | Rejected | Retry, tried: Tried, success: Code) -> Outcome:
        at, tries = self.clock(), tried.tries
        match verdict:
            case Accepted(contact_id=contact_id, phone=phone, contact_status=status):
                return Outcome(success, "", verdict.status, tries, at, contact_id, phone, status=status)
            case Retry(code=Code.NETWORK_ERROR, why=why):
                landed = f" {_MAY_HAVE_LANDED}" if tried.may_have_landed else ""
                return Outcome(verdict.code, f"{why}{landed} Send the row again.", None, tries, at)
            case Rejected(code=code, why=why) | Retry(code=code, why=why):
                return Outcome(code, why, verdict.status, tries, at)
            case _:
                assert_never(verdict)

    def _so_far(self, tried: Tried) -> Outcome:
        """What is known of an update whose last try the run's end cut short."""
        failure = tried.failure
        if failure is None or tried.is_out:
            why = f"The run ended before its answer was known. {_MAY_HAVE_LANDED}"
            return Outcome(Code.NETWORK_ERROR, why, None, tried.tries, self.clock())
        return self._outcome(failure, tried, Code.UPDATED)

    async def _made(self, creation: Creation, tried: Tried) -> Outcome | None:
        """The outcome of a creation that is refused as there already, if an earlier try of our own made it."""
        if self.confirm is None or tried.began is None or self._behind is None:
            return None
        return await self.confirm(creation, tried.began - self._behind)


async def made_since(
    means_dnc: Callable[[str | None], bool], read: Read, creation: Creation, since: float
) -> Outcome | None:
    """The outcome of a creation that is refused as there already: a success where an earlier try of ours made it.

    That one's reply was lost. The contact is ours if it is in the campaign that was asked for, was made or added again
    not before `since` (our first try, by the API's own clock), and if nobody has put it on a do-not-call status since.
    None: it is not, or who knows. Raises Stopped where the run ends first.
    """
    answer = await read(f"/contacts?search={quote(creation.phone, safe='')}&searchBy=phone&page=1&limit=25")
    page = read_page(answer.value) if isinstance(answer, ReadOk) else None
    found = [contact for contact in page.items if contact.phone == creation.phone] if page else []
    if len(found) != 1:
        return None
    [contact] = found
    campaigns = {each.casefold() for each in contact.campaigns or ()}
    is_there = creation.campaign.casefold() in campaigns if creation.campaign else bool(campaigns)
    is_callable = contact.status is not None and not means_dnc(contact.status)
    moments = [at for at in map(epoch, contact.made) if at is not None]
    # one in whole seconds may have been rounded down
    is_new = any(at >= (math.floor(since) if at.is_integer() else since) for at in moments)
    return (
        Outcome(Code.CREATED, contact_id=contact.id, phone=contact.phone)
        if is_there and is_callable and is_new
        else None
    )


_MAY_HAVE_LANDED = "The change may have landed."
_MAY_BE_MADE = "An earlier try got no answer, and may have created the contact: look in the CRM."
_ONLY_MADE = "The contact was created, but the run ended before its status was set."


async def delivered(sender: UpdateSender, create: Create, passage: Passage) -> Outcome:
    """Settle an update that was released; what it replaced is in its outcome. Raises Stopped where the run ends first.

    A contact is made only where a fresh look shows none, or nobody looks: one that was deleted while it was in DNC
    would be called again.
    """
    try:
        outcome = await _delivered(sender, create, passage)
    except SettledError as settled:
        return replace(settled.outcome, attempts=passage.tries)
    before = passage.ready
    if before.previous_status is None and before.previous_campaign is None:
        return outcome
    return replace(outcome, previous_status=before.previous_status, previous_campaign=before.previous_campaign)


async def _delivered(sender: UpdateSender, create: Create, passage: Passage) -> Outcome:
    outcome = None if passage.ready.is_missing else await sender.settle(passage)
    if outcome is not None and outcome.code is not Code.CONTACT_NOT_FOUND:
        return outcome
    creation = create(passage.planned)
    if creation is not None:
        if outcome is not None and passage.is_looked_at:
            await passage.look_again()
        if passage.may_be_made:
            try:
                return await sender.create(passage, creation)
            except ThereNowError:
                passage.carries(passage.planned.change)
    return outcome or await sender.settle(passage)


async def dry_send(due: Due) -> Outcome:
    """Send nothing: in a dry run, this is what becomes of an update that would be sent."""
    return would_be(due[2])


def would_be(ready: ReadyUpdate) -> Outcome:
    """What becomes of an update that may leave, if all goes well, with what it replaces."""
    return Outcome(
        Code.CREATED if ready.is_missing else Code.UPDATED,
        contact_id=ready.contact_id,
        previous_status=ready.previous_status,
        previous_campaign=ready.previous_campaign,
    )

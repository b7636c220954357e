"""Passage: one update on its way out. At every try it leaves only while what was seen of its contact is fresh."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bulk_sync.api.requests import creation_request, request_for
from bulk_sync.errors import Code
from bulk_sync.model import Outcome
from bulk_sync.send.tries import Outgoing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bulk_sync.api.requests import Request
    from bulk_sync.model import Change, Update
    from bulk_sync.release import Creation, Preflight, ReadyUpdate

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


class Passage(Outgoing):
    """An update that was released, in the hands of a worker: `planned`, and as it was `ready` to leave.

    `preflight`: who looks again; None: no look is needed. `left` is called whenever a request leaves. `note` writes
    down how its contact stands, after each look, before anything leaves.
    """

    def __init__(
        self,
        place: int,
        planned: Update,
        ready: ReadyUpdate,
        preflight: Preflight | None = None,
        left: Callable[[int], None] = lambda _: None,
        note: Callable[[Update, ReadyUpdate], Awaitable[None]] | None = None,
    ) -> None:
        self.place, self.planned, self.ready, self._preflight, self._left = place, planned, ready, preflight, left
        self.tries = 0
        self._note = note
        self._creation: Creation | None = None
        self._change: Change | None = None

    @property
    def request(self) -> Request:
        """The request, as it may leave by what was seen last."""
        update = self.ready.update
        if self._creation is not None:
            request = creation_request(self._creation)
        else:
            request = request_for(update if self._change is None else replace(update, change=self._change))
        return replace(request, may_leave=self.may_leave) if self.is_looked_at else request

    @property
    def is_looked_at(self) -> bool:
        """Whether its contact is looked at before it leaves, where that can be done."""
        return self._preflight is not None and (self.ready.seen_at is not None or self.ready.is_unchecked)

    @property
    def may_be_made(self) -> bool:
        """Whether its contact may be made: the CRM shows none, or nobody looks."""
        return not self.is_looked_at or self.ready.is_missing or self.ready.is_unchecked

    async def be_ready(self) -> None:
        """Look again, if what was seen has grown old.

        Raises SettledError where the update must not leave, and ThereNowError where its contact needs not be made.
        """
        for _ in range(MOST_LOOKS):
            if self.may_leave():
                return
            await self.look_again()
        if not self.may_leave():
            raise SettledError(Outcome(Code.UNCHECKED, _TOO_SLOW))

    async def look_again(self) -> None:
        """Look at the contact. Raises as `be_ready` does."""
        if self._preflight is None:
            return
        found = await self._preflight.again(self.place)
        if isinstance(found, Outcome):
            raise SettledError(found)
        self.ready = found
        if self._note is not None:
            await self._note(self.planned, found)
        if self._creation is not None and not self.tries and not self.may_be_made:
            raise ThereNowError

    def may_leave(self) -> bool:
        """Whether what was seen is fresh at this moment."""
        return self._preflight is None or self._preflight.holds(self.ready)

    def leaves(self) -> None:
        """A request leaves."""
        self.tries += 1
        self._left(self.place)

    def creates(self, creation: Creation) -> None:
        """From now on, the contact is to be made."""
        self._creation, self.tries = creation, 0

    def carries(self, change: Change) -> None:
        """From now on, the contact is there, and this is to be changed."""
        self._creation, self._change = None, change

"""What must be known of a contact before its update may leave, and what follows from how it stands? Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Flag
from typing import TYPE_CHECKING

from bulk_sync.clearing import Cleared
from bulk_sync.errors import Code
from bulk_sync.live.contacts import Contact
from bulk_sync.live.finding import Missing
from bulk_sync.model import DNC, Change, NotHad, Outcome, Unread

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.live.finding import Found
    from bulk_sync.model import Update


class Need(Flag):
    """Why a contact must be known: to leave it alone where it stands as asked; to keep it in DNC; to write it whole."""

    NOTHING = 0
    COMPARE = 1
    GUARD = 2
    WHOLE = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run asks of contacts before it sends.

    `compares`: those that stand as asked are left alone. `guards`: nobody leaves DNC. `merges`: stored custom variables
    that a row does not name are kept. `creates`: whether an update's contact is made where it is missing. `stopping`:
    the statuses of the run that stop outreach.
    """

    compares: bool = False
    guards: bool = True
    merges: bool = True
    creates: Callable[[Update], bool] = lambda _: False
    stopping: frozenset[str] = frozenset()

    def need_of(self, update: Update) -> Need:
        """What must be known before this update may leave."""
        need = Need.COMPARE if self.compares else Need.NOTHING
        if self.guards and self._schedules(update.change):
            need |= Need.GUARD
        return need | Need.WHOLE if self._must_be_read(update) else need

    def _schedules(self, change: Change) -> bool:
        """Whether a change schedules outreach: a status that does not stop it, or a move."""
        if change.status == DNC:
            return False
        return change.campaign is not None or (change.status is not None and change.status not in self.stopping)

    def _must_be_read(self, update: Update) -> bool:
        """Whether the call needs what only a read can tell: the contact's ID, or its stored variables."""
        change = update.change
        is_more = change.name is not None or change.timezone is not None or change.variables is not None
        return (update.phone is not None and is_more) or (self.merges and change.variables is not None)

    def judge(self, update: Update, found: Found, need: Need) -> Outcome | Cleared:
        """What becomes of an update whose contact was `found` so: it is settled unsent, or may leave."""
        match found:
            case Contact():
                return self._judge_contact(update, found, need)
            case Missing():
                return self._judge_missing(update)
            case Unread() if need & (Need.GUARD | Need.WHOLE):
                return Outcome(found.code, found.why, found.http_status, found.attempts)
            case NotHad() if need & Need.WHOLE:
                why = f"The contact's present values cannot be read, so nothing was sent. {found.why}"
                return Outcome(Code.CANNOT_MERGE, why)
            case _:
                return Cleared(update)

    def _judge_missing(self, update: Update) -> Outcome | Cleared:
        if self.creates(update):
            return Cleared(update, is_missing=True)
        if update.change.status == DNC and not self._must_be_read(update):
            return Cleared(update)  # a call is cheap, and a search may lag behind: the API itself is to say so
        by = "number" if update.phone is not None else "ID"
        why = f"The CRM has no contact with this {by}. Add it there, or leave the row out."
        return Outcome(Code.CONTACT_NOT_FOUND, why)

    def _judge_contact(self, update: Update, contact: Contact, need: Need) -> Outcome | Cleared:
        change = update.change
        if need & Need.GUARD and contact.status is None:
            why = "The API does not show the contact's status, which could be DNC. Try again later."
            return _left_alone(contact, Code.BAD_REPLY, why)
        if self.guards and _leaves_dnc(change, contact):
            return _left_alone(contact, Code.LEAVES_DNC, _LEAVES)
        if need & Need.COMPARE and self.stands(change, contact):
            return _left_alone(contact, Code.UNCHANGED, "The contact stands so already.")
        if need & Need.WHOLE and self.merges and change.variables is not None:
            if contact.variables is None:
                why = "The API does not show the contact's stored variables, so nothing can be merged and nothing was "
                return _left_alone(contact, Code.CANNOT_MERGE, f"{why}sent. To replace them: --variables replace.")
            change = replace(change, variables={**contact.variables, **change.variables})
        if need & Need.WHOLE:
            update = replace(update, change=change, phone=None, contact_id=contact.id)
        return Cleared(update, contact.status, contact.campaign, contact.id)

    def stands(self, change: Change, contact: Contact) -> bool:
        """Whether nothing of a change would change anything. What the API does not show counts as different."""
        alone = {"status", "phone", "name", "timezone"}
        if any((value := getattr(change, name)) is not None and getattr(contact, name) != value for name in alone):
            return False
        if change.campaign is not None and (contact.campaign or "").casefold() != change.campaign.casefold():
            return False
        return change.variables is None or self._holds(contact, change)

    def _holds(self, contact: Contact, change: Change) -> bool:
        if contact.variables is None or change.variables is None:
            return False
        if not self.merges:
            return dict(contact.variables) == dict(change.variables)
        return all(contact.variables.get(name) == value for name, value in change.variables.items())


_LEAVES = (
    "The contact is in DNC, and this row would take it out or schedule new outreach. If that person may be called "
    "again, add --allow-leaving-dnc."
)


def _leaves_dnc(change: Change, contact: Contact) -> bool:
    is_in = contact.status is not None and contact.status.casefold() == DNC.casefold()
    return is_in and change.status != DNC and (change.status is not None or change.campaign is not None)


def _left_alone(contact: Contact, code: Code, why: str) -> Outcome:
    return Outcome(
        code,
        why,
        contact_id=contact.id,
        phone=contact.phone,
        previous_status=contact.status,
        previous_campaign=contact.campaign,
    )

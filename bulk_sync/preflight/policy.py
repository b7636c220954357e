"""Policy: what must be known of a contact before its update may leave, and what follows from how it stands. Pure.

One `Policy` decides for a preview as for a run. DNC is stronger than whatever a row asks for, whether the CRM shows it
or the memory of this computer knows of it. What an undo puts back must besides stand as the run left it (`hindrance`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Flag
from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.api.contact import Contact
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.fields import TEXTS
from bulk_sync.model import DNC, Change, Outcome, ReadFailed, Unavailable
from bulk_sync.preflight.lookup import Missing, NeverRead, Outside, Several
from bulk_sync.release import ReadyUpdate
from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bulk_sync.do_not_call import Remembered
    from bulk_sync.model import Update
    from bulk_sync.preflight.lookup import Found
    from bulk_sync.release import Creation


class Need(Flag):
    """Why a contact must be known: to leave it alone where it stands as asked; to keep it in DNC; to write it whole."""

    NOTHING = 0
    COMPARE = 1
    GUARD = 2
    WHOLE = 4


class Rival(NamedTuple):
    """A row of this file that puts a contact into DNC: its rank (see `Policy.rank`), and its number for people."""

    rank: int
    row: int


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run asks of contacts before it sends.

    `compares`: those that stand as asked are left alone. `guards`: nobody leaves DNC. `merges`: stored custom variables
    that a row does not name are kept. `creates`: what is made of an update's contact where it is missing. `stopping`:
    the statuses of the run that stop outreach; `dnc`: those that mean do-not-call. `holds_unchecked`: what starts
    outreach does not leave where contacts can never be read. `keeps_before`: what contacts are before their updates is
    wanted for an undo, where that can be read. `rivals`: rows that put contacts into DNC, by the names (numbers, IDs in
    lower case) of those, where rows name contacts both ways.
    """

    compares: bool = False
    guards: bool = True
    merges: bool = True
    creates: Callable[[Update], Creation | None] = lambda _: None
    stopping: frozenset[str] = frozenset()
    dnc: DncStatuses = field(default_factory=DncStatuses)
    holds_unchecked: bool = False
    keeps_before: bool = False
    rivals: Mapping[str, Rival] = field(default_factory=dict)

    def need_of(self, update: Update) -> Need:
        """What must be known before this update may leave."""
        need = Need.COMPARE if self.compares else Need.NOTHING
        is_guard = is_guarded(update.change)
        if (is_guard and (self.guards or self.rivals)) or (self.guards and self.creates(update)):
            need |= Need.GUARD
        return need | Need.WHOLE if self._must_be_read(update) else need

    def starts_outreach(self, update: Update) -> bool:
        """Whether an update could have somebody called: what the memory and `--unchecked hold` keep back.

        What asks for DNC does not, or for what means the same, even where it names a campaign as well: it is never
        lost, and a run that has noted in the memory what it asks for must not be stopped by that.
        """
        change = update.change
        if change.status in self.dnc:
            return False
        if change.status is not None and not self._stops(change.status):
            return True
        return change.campaign is not None or change.phone is not None or self.creates(update) is not None

    def rank(self, change: Change) -> int:
        """How strongly a change says "do not call": 0 is DNC, 1 means the same, 2 is all else."""
        return 0 if change.status == DNC else 1 if change.status in self.dnc else 2

    def judge(self, update: Update, found: Found, need: Need, known: Remembered | None = None) -> Outcome | ReadyUpdate:
        """What becomes of an update whose contact was `found` so: it is settled unsent, or may leave.

        `known`: what the memory has against that, by any name of the contact.
        """
        match found:
            case Contact():
                return self._judge_contact(update, found, need, known)
            case Several(contacts=contacts):
                return self._judge_several(update, contacts, need, known)
            case Missing():
                return self._judge_missing(update, need, known)
            case NeverRead():
                return self._judge_unread(update, found.why, need, known)
            case Outside() if known is not None:
                return Outcome(Code.LEAVES_DNC, remembered(known, "The CRM does not list the contact in DNC now."))
            case ReadFailed() if need & (Need.GUARD | Need.WHOLE):
                return Outcome(found.code, found.why, found.http_status, found.attempts)
            case Unavailable() if need & Need.WHOLE:
                why = f"The contact's present values cannot be read, so nothing was sent. {found.why}"
                return Outcome(Code.CANNOT_MERGE, why)
            case _:
                return ReadyUpdate(update)

    def _judge_unread(self, update: Update, why: str, need: Need, known: Remembered | None) -> Outcome | ReadyUpdate:
        beaten = self._beaten(update, update.phone, update.contact_id)
        if beaten is not None:
            return beaten
        if need & Need.WHOLE:
            return self.judge(update, Unavailable(why), need)
        if known is not None:
            return Outcome(Code.LEAVES_DNC, remembered(known))
        if self.holds_unchecked and self.guards and self.starts_outreach(update):
            return Outcome(Code.UNCHECKED, f"{HELD_BACK} {why}")
        return ReadyUpdate(update, is_unchecked=True)

    def _judge_missing(self, update: Update, need: Need, known: Remembered | None) -> Outcome | ReadyUpdate:
        if known is not None:
            return Outcome(Code.LEAVES_DNC, remembered(known, "The CRM has no such contact any more."))
        if self.creates(update):
            return ReadyUpdate(update, is_missing=True)
        if not self._must_be_read(update) and (
            update.change.status == DNC or (not need & Need.COMPARE and self._only_stops(update.change))
        ):
            return ReadyUpdate(update)  # a call is cheap, and a search may lag behind: the API itself is to say so
        by = "number" if update.phone is not None else "ID"
        why = f"The CRM has no contact with this {by}. Add it there, or leave the row out."
        return Outcome(Code.CONTACT_NOT_FOUND, why)

    def _judge_several(
        self, update: Update, contacts: Sequence[Contact], need: Need, known: Remembered | None
    ) -> Outcome | ReadyUpdate:
        """Several contacts have the number: one of them in DNC counts for all, and nobody guesses which is meant."""
        verdicts = [self._judge_contact(update, each, need & Need.GUARD, known) for each in contacts]
        against = next((each for each in verdicts if isinstance(each, Outcome)), None)
        if against is not None:
            return against
        if not need & Need.WHOLE and (not need or update.change.status == DNC or self._only_stops(update.change)):
            return ReadyUpdate(update)
        why = "The CRM has several contacts with this number, so it is not clear which is meant. Merge them there."
        return Outcome(Code.CANNOT_MERGE, why)

    def _judge_contact(
        self, update: Update, contact: Contact, need: Need, known: Remembered | None
    ) -> Outcome | ReadyUpdate:
        change = update.change
        against = self._against(update, contact, need, known)
        if against is not None:
            return against
        if need & Need.COMPARE and self.stands(change, contact):
            return left_alone(contact, Code.UNCHANGED, "The contact already has these values.")
        if need & Need.WHOLE and self.merges and change.variables is not None:
            if contact.variables is None:
                why = "The API does not show the contact's stored variables, so nothing can be merged and nothing was "
                return left_alone(contact, Code.CANNOT_MERGE, f"{why}sent. To replace them: --variables replace.")
            change = Change(**{**change.said, "variables": {**contact.variables, **change.variables}})
        if need & Need.WHOLE:
            update = replace(update, change=change, phone=None, contact_id=contact.id)
        return ReadyUpdate(update, contact.status, contact.campaign, contact.id, phone=contact.phone)

    def _against(self, update: Update, contact: Contact, need: Need, known: Remembered | None) -> Outcome | None:
        """Why an update must not reach this contact; None: it may."""
        change = update.change
        beaten = self._beaten(update, update.phone, update.contact_id, contact.phone, contact.id)
        if beaten is not None:
            return replace(beaten, contact_id=contact.id, phone=contact.phone)
        if self.guards and need & Need.GUARD and contact.status is None:
            why = "The API does not show the contact's status, which could be DNC. Try again later."
            return left_alone(contact, Code.BAD_REPLY, why)
        if self.guards and self._leaves_dnc(change, contact):
            if self._only_stops(change):
                return left_alone(contact, Code.STAYS_IN_DNC, f"The contact is in {contact.status} already. {_STAYS}")
            return left_alone(contact, Code.LEAVES_DNC, f"The contact is in {contact.status}, {_LEAVES}")
        if known is not None:
            shows = f"The CRM shows the contact as {contact.status} now."
            return left_alone(contact, Code.LEAVES_DNC, remembered(known, shows))
        return None

    def _beaten(self, update: Update, *names: str | None) -> Outcome | None:
        """That another row puts the contact of an update into DNC by another name; None: none does, or not more so."""
        if not self.rivals or not is_guarded(update.change):
            return None
        found = [rival for name in names if name and (rival := self.rivals.get(name.casefold())) is not None]
        if not found or min(found).rank >= self.rank(update.change):
            return None
        why = f"Row {min(found).row} puts this contact into DNC by its other name, and was used instead."
        return Outcome(Code.SUPERSEDED, why)

    def _leaves_dnc(self, change: Change, contact: Contact) -> bool:
        """Whether a change would take a contact that is in DNC out of it, or schedule outreach to it."""
        if contact.status not in self.dnc or not is_guarded(change):
            return False
        if change.campaign is not None or change.phone is not None:
            return True
        return change.status is not None and self.dnc.leaves(contact.status, change.status)

    def _stops(self, status: str) -> bool:
        return status in self.stopping or status in self.dnc

    def _only_stops(self, change: Change) -> bool:
        """Whether a change asks for a status that stops outreach, and for nothing else."""
        return change.status is not None and self._stops(change.status) and change == Change(status=change.status)

    def _must_be_read(self, update: Update) -> bool:
        """Whether the call needs what only a read can tell: the contact's ID, or its stored variables."""
        change = update.change
        is_more = change.said.keys() - {"status", "campaign", "phone"}
        return (update.phone is not None and bool(is_more)) or (self.merges and change.variables is not None)

    def stands(self, change: Change, contact: Contact) -> bool:
        """Whether nothing of a change would change anything. What the API does not show counts as different."""
        shown = {"status": contact.status, "phone": contact.phone, **dict.fromkeys(TEXTS), **contact.texts}
        if any(name in shown and shown[name] != value for name, value in change.said.items()):
            return False
        if change.campaign is not None and (contact.campaign or "").casefold() != change.campaign.casefold():
            return False
        if change.variables is None or contact.variables is None:
            return change.variables is None
        if not self.merges:
            return dict(contact.variables) == dict(change.variables)
        return all(contact.variables.get(name) == value for name, value in change.variables.items())


HELD_BACK = "Not sent (--unchecked hold): whether the contact is in DNC cannot be read."
_STAYS = "That stops outreach for good, so this row is not needed."
_LEAVES = (
    "and this row would take it out or start new outreach. If that person may be called again, add --allow-leaving-dnc."
)


def is_guarded(change: Change) -> bool:
    """Whether a change could reach somebody who is in DNC: any status but DNC itself, a move, or another number."""
    if change.status == DNC:
        return False
    return change.status is not None or change.campaign is not None or change.phone is not None


def remembered(known: Remembered, shows: str = "") -> str:
    """That the memory keeps somebody in DNC, since when and where that is from; `shows`: what the CRM says now."""
    return (
        f"This person must not be called: in DNC since {iso(known.since)[:10]} ({known.source}), as remembered on this "
        f"computer. {shows} If they may be called again, add --allow-leaving-dnc, or use: bulk-sync dnc remove"
    ).replace("  ", " ")


def left_alone(contact: Contact, code: Code, why: str) -> Outcome:
    """What becomes of an update whose contact is left as it stands."""
    return Outcome(
        code,
        why,
        contact_id=contact.id,
        phone=contact.phone,
        previous_status=contact.status,
        previous_campaign=contact.campaign,
    )


_UNREAD = "The API does not show the contact's {}, so it is not known whether it is still as the run left it."
_PUTS_BACK = (
    "The contact is in DNC, and putting this back would take it out. If that person may be called, "
    "add --allow-leaving-dnc."
)


def hindrance(
    contact: Contact, wrote: Change, back: Change, *, phone: str | None, contact_id: str | None, leaving_dnc: bool,
    dnc: DncStatuses,
) -> tuple[Code, str] | None:  # fmt: skip
    """Why `back` must not be sent to undo what a run `wrote`, as a code and a sentence; None: it may be.

    `phone` and `contact_id` are what the run knew the contact by, None where it did not know. `leaving_dnc`: contacts
    may be taken out of DNC; `dnc`: the statuses that mean it.
    """
    if contact_id is not None and contact.id.casefold() != contact_id.casefold():
        return Code.CHANGED_SINCE, "This number now belongs to another contact, which stays as it is."
    if phone is not None and contact.phone is not None and contact.phone != phone:
        return Code.CHANGED_SINCE, "The contact now has another number: somebody has changed it since."
    shown = {"status": None if contact.status is None else (contact.status,), "campaign": contact.campaigns}
    unread = [name for name in shown if shown[name] is None and back.said.get(name)]
    if phone is not None and contact.phone is None:
        unread.append("number")
    if unread:
        return Code.CANNOT_MERGE, _UNREAD.format(" and ".join(unread))
    if all(_is_just(shown[name], back.said[name]) for name in shown if back.said.get(name)):
        return Code.UNCHANGED, "The contact is as it was before the run."
    for name, stands in shown.items():
        written = wrote.said.get(name)
        if stands is not None and written and not _is_just(stands, written):
            there = " and ".join(stands) or "none"
            why = f"The {name} is now {there}, and the run had set {written}: somebody has changed it since."
            return Code.CHANGED_SINCE, why
    if contact.status is None:
        return Code.CANNOT_MERGE, _UNREAD.format("status")  # it could be DNC
    leaves = dnc.leaves(contact.status, back.status) if back.status is not None else back.campaign is not None
    return (Code.LEAVES_DNC, _PUTS_BACK) if contact.status in dnc and not leaving_dnc and leaves else None


def _is_just(stands: tuple[str, ...] | None, value: str) -> bool:
    """Whether a field stands at this value alone; the letters of a campaign's ID may have either case."""
    return stands is not None and [each.casefold() for each in stands] == [value.casefold()]

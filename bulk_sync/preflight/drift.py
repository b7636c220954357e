"""Drift: whether a contact still stands as a run left it, so that what stood before may be put back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code

if TYPE_CHECKING:
    from bulk_sync.api.contact import Contact
    from bulk_sync.model import Change

BY_NAME = DncStatuses()
"""The statuses that mean do-not-call by their names alone."""

_UNREAD = "The API does not show the contact's {}, so it is not known whether it is still as the run left it."
_LEAVES = (
    "The contact is in DNC, and putting this back would take it out. If that person may be called, "
    "add --allow-leaving-dnc."
)


def hindrance(
    contact: Contact,
    wrote: Change,
    back: Change,
    *,
    phone: str | None,
    contact_id: str | None,
    leaving_dnc: bool,
    dnc: DncStatuses = BY_NAME,
) -> tuple[Code, str] | None:
    """Why `back` must not be sent, as a code and a sentence; None: it may be.

    `wrote` is what the run wrote; `phone` and `contact_id` are what the run knew the contact by, None where it did not
    know. `leaving_dnc`: contacts may be taken out of DNC; `dnc`: the statuses that mean it.
    """
    other = _another(contact, phone, contact_id)
    if other is not None:
        return Code.CHANGED_SINCE, other
    fields = _fields(contact, wrote, back)
    unread = [each.name for each in fields if each.stands is None and each.before]
    if phone is not None and contact.phone is None:
        unread.append("number")
    if unread:
        return Code.CANNOT_MERGE, _UNREAD.format(" and ".join(unread))
    if all(_is(each.stands, each.before) for each in fields if each.before):
        return Code.UNCHANGED, "The contact is as it was before the run."
    for each in fields:
        if each.stands is not None and each.written and not _is(each.stands, each.written):
            there = " and ".join(each.stands) or "none"
            why = f"The {each.name} is now {there}, and the run had set {each.written}: somebody has changed it since."
            return Code.CHANGED_SINCE, why
    if contact.status is None:
        return Code.CANNOT_MERGE, _UNREAD.format("status")  # it could be DNC
    leaves = dnc.leaves(contact.status, back.status) if back.status is not None else back.campaign is not None
    if contact.status in dnc and not leaving_dnc and leaves:
        return Code.LEAVES_DNC, _LEAVES
    return None


class _Field(NamedTuple):
    """One field: what stands there (None: not shown), what the run wrote, and what stood before and is to be back."""

    name: str
    stands: tuple[str, ...] | None
    written: str | None
    before: str | None


def _fields(contact: Contact, wrote: Change, back: Change) -> tuple[_Field, ...]:
    status = None if contact.status is None else (contact.status,)
    return (
        _Field("status", status, wrote.status, back.status),
        _Field("campaign", contact.campaigns, wrote.campaign, back.campaign),
    )


def _is(stands: tuple[str, ...] | None, value: str) -> bool:
    """Whether a field stands at just this value; the letters of a campaign's ID may have either case."""
    return stands is not None and [each.casefold() for each in stands] == [value.casefold()]


def _another(contact: Contact, phone: str | None, contact_id: str | None) -> str | None:
    """That the contact found is not the one that the run changed, or goes by another number now."""
    if contact_id is not None and contact.id.casefold() != contact_id.casefold():
        return "This number now belongs to another contact, which stays as it is."
    if phone is not None and contact.phone is not None and contact.phone != phone:
        return "The contact now has another number: somebody has changed it since."
    return None

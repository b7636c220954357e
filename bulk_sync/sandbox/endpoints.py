"""What does each operation of the API do? One function per operation: the call in, the answer out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.sandbox import bodies, queries, replies
from bulk_sync.sandbox.numbers import zone_of
from bulk_sync.sandbox.records import Contact
from bulk_sync.sandbox.rules import ACTIVE, FULFILLED, Wanted
from bulk_sync.sandbox.store import Trouble

if TYPE_CHECKING:
    from bulk_sync.sandbox.replies import Reply
    from bulk_sync.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in. `contact_id` is the `{id}` of the path, `now` in seconds since the epoch."""

    body: bytes
    query: bytes
    contact_id: str
    now: float


def update_by_phone(store: Store, call: Call) -> Reply:
    """`POST /contacts/update`."""
    asked = bodies.UPDATE_BY_PHONE.read(call.body)
    wanted = Wanted(
        status=asked.get("status"),
        campaign=asked.get("campaignId"),
        added_variables=asked.get(bodies.VARIABLES, {}),
    )
    found = store.update(wanted, call.now, phone=asked["phone"])
    return replies.refused(found) if isinstance(found, Trouble) else replies.updated(found, by_id=False)


def update_by_id(store: Store, call: Call) -> Reply:
    """`PUT /contacts/{id}`."""
    if bodies.UUID.fullmatch(call.contact_id) is None:
        raise bodies.Invalid("id must be a UUID")
    asked = bodies.UPDATE_BY_ID.read(call.body)
    wanted = Wanted(
        status=asked.get("status"),
        campaign=asked.get("campaignId"),
        phone=asked.get("phoneNumber"),
        name=asked.get("name"),
        timezone=asked.get("timezone"),
        variables=asked.get(bodies.VARIABLES),
    )
    found = store.update(wanted, call.now, contact_id=call.contact_id)
    return replies.refused(found) if isinstance(found, Trouble) else replies.updated(found, by_id=True)


def fulfill(store: Store, call: Call) -> Reply:
    """`POST /contacts/fulfill`."""
    asked = bodies.FULFILL.read(call.body)
    wanted = Wanted(status=FULFILLED, added_variables=asked.get(bodies.VARIABLES, {}))
    found = store.update(wanted, call.now, phone=asked["phone"])
    if isinstance(found, Trouble):
        return replies.refused(found)
    return replies.in_json({"success": True, "message": "Contact marked as fulfilled"})


def create(store: Store, call: Call) -> Reply:
    """`POST /contacts`: 201 for a new contact, 200 for one whose number was known.

    A new contact's time zone comes from its number where the request names none.
    """
    asked = bodies.CREATE.read(call.body)
    phone = asked["phoneNumber"]
    fresh = Contact(
        id=str(uuid.uuid4()),
        phone=phone,
        name=asked.get("name"),
        status=ACTIVE,
        campaign=asked.get("campaignId", ""),
        timezone=asked.get("timezone") or (None if store.by_phone(phone) else zone_of(phone)),
        variables=asked.get(bodies.VARIABLES, {}),
        created_at=call.now,
        updated_at=call.now,
    )
    found = store.create(fresh, call.now, asked.get("splitterId", ""))
    if isinstance(found, Trouble):
        return replies.refused(found)
    contact, is_new = found
    return replies.in_json({"success": True, "data": replies.listed(contact, store.campaigns)}, 201 if is_new else 200)


def list_statuses(store: Store, call: Call) -> Reply:  # noqa: ARG001 -- every operation takes a call
    """`GET /contacts/statuses`: system ones first, then the team's own."""
    return replies.in_json([replies.status(each, order) for order, each in enumerate(store.statuses.values())])


def list_contacts(store: Store, call: Call) -> Reply:
    """`GET /contacts`."""
    asked = queries.read(queries.CONTACT_PARAMETERS, call.query)
    contacts, total = queries.page_of_contacts(store, asked)
    shown = [replies.listed(contact, store.campaigns) for contact in contacts]
    pagination = {"total": total, "page": asked["page"], "limit": asked["limit"]}
    return replies.in_json({"contacts": shown, "pagination": pagination})


def list_campaigns(store: Store, call: Call) -> Reply:
    """`GET /campaigns`."""
    asked = queries.read(queries.CAMPAIGN_PARAMETERS, call.query)
    campaigns, total = queries.page_of_campaigns(store, asked)
    pagination = {
        "total": total,
        "totalPages": -(-total // asked["limit"]),
        "currentPage": asked["page"],
        "limit": asked["limit"],
    }
    return replies.in_json({"data": [replies.campaign(each) for each in campaigns], "pagination": pagination})

"""Routes: the operations of the API, each a function from what was asked for to the answer.

What stands beside a function (its path, what it reads, what it shows) is what requests are routed and read by, and what
the OpenAPI document is made from; the first sentence of its docstring is its summary there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync.sandbox import listings, requests, responses
from bulk_sync.sandbox.records import Contact
from bulk_sync.sandbox.requests import VARIABLES
from bulk_sync.sandbox.rules import ACTIVE, FULFILLED, Refused, Wanted

if TYPE_CHECKING:
    from bulk_sync.sandbox.requests import Body, Field
    from bulk_sync.sandbox.responses import Response
    from bulk_sync.sandbox.store import Store

Asked = Mapping[str, Any]
Answer = Callable[["Store", Asked, float], "Response"]
"""From the store, what was asked for by name, and the time in seconds since the epoch. Raises Refused."""

BY_ID = "/contacts/{id}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `shows`: the schema of what it answers, with one of the statuses `succeeds`."""

    method: str
    path: str
    name: str
    shows: str
    answer: Answer
    succeeds: tuple[int, ...]
    body: Body | None
    parameters: Mapping[str, Field]

    @property
    def summary(self) -> str:
        """What it does, in words."""
        return (self.answer.__doc__ or "").partition("\n")[0].rstrip(".")

    def read(self, contact_id: str, query: bytes, body: bytes) -> Asked:
        """What a request asks for, checked. Raises Refused."""
        if self.path == BY_ID and requests.UUID.fullmatch(contact_id) is None:
            raise Refused("id must be a UUID")
        if self.body is not None:
            return {**self.body.read(body), "id": contact_id}
        return requests.read_query(self.parameters, query) if self.parameters else {}


_ROUTES: dict[str, dict[str, Operation]] = {}


def _operation(
    method: str,
    path: str,
    name: str,
    shows: str,
    *,
    succeeds: tuple[int, ...] = (200,),
    body: Body | None = None,
    parameters: Mapping[str, Field] | None = None,
) -> Callable[[Answer], Answer]:
    """What makes a function the answer of an operation (see there)."""

    def added(answer: Answer) -> Answer:
        operation = Operation(method, path, name, shows, answer, succeeds, body, parameters or {})
        _ROUTES.setdefault(path, {})[method] = operation
        return answer

    return added


def operations() -> list[Operation]:
    """Every operation, in the order of the document."""
    return [each for methods in _ROUTES.values() for each in methods.values()]


def route(path: str) -> tuple[Mapping[str, Operation], str]:
    """The operations of this path by method, none for a path to nothing, and the `{id}` in it.

    A literal path wins over `/contacts/{id}`, as OpenAPI says.
    """
    head, _, contact_id = path.rpartition("/")
    if path not in _ROUTES and head == "/contacts" and contact_id:
        return _ROUTES[BY_ID], contact_id
    return _ROUTES.get(path, {}), ""


@_operation("POST", "/contacts/update", "updateContactByPhone", "Updated", body=requests.UPDATE_BY_PHONE)
def _update_by_phone(store: Store, asked: Asked, now: float) -> Response:
    """Change the status or campaign of the contact with this phone number."""
    wanted = Wanted(asked.get("status"), asked.get("campaignId"), added_variables=asked.get(VARIABLES, {}))
    return responses.updated(store.update(wanted, now, phone=asked["phone"]), by_id=False)


@_operation("PUT", BY_ID, "updateContactById", "Updated", body=requests.UPDATE_BY_ID)
def _update_by_id(store: Store, asked: Asked, now: float) -> Response:
    """Change any field of the contact with this ID."""
    wanted = Wanted(
        status=asked.get("status"),
        campaign=asked.get("campaignId"),
        phone=asked.get("phoneNumber"),
        name=asked.get("name"),
        timezone=asked.get("timezone"),
        variables=asked.get(VARIABLES),
    )
    return responses.updated(store.update(wanted, now, contact_id=asked["id"]), by_id=True)


@_operation("GET", "/contacts/statuses", "listStatuses", "Statuses")
def _list_statuses(store: Store, asked: Asked, now: float) -> Response:  # noqa: ARG001 -- every answer takes them
    """All contact statuses of the team, custom ones included."""
    shown = [responses.shown(responses.STATUS, each) for each in store.statuses.values()]
    return responses.in_json([{**each, "displayOrder": order} for order, each in enumerate(shown)])


@_operation("GET", "/contacts", "listContacts", "ContactPage", parameters=requests.CONTACT_PARAMETERS)
def _list_contacts(store: Store, asked: Asked, now: float) -> Response:  # noqa: ARG001 -- as above
    """One page of the team's contacts."""
    contacts, total = listings.page_of_contacts(store, asked)
    shown = [responses.listed(contact, store.campaigns) for contact in contacts]
    pagination = {"total": total, "page": asked["page"], "limit": asked["limit"]}
    return responses.in_json({"contacts": shown, "pagination": pagination})


@_operation("POST", "/contacts", "createContact", "Created", succeeds=(200, 201), body=requests.CREATE)
def _create(store: Store, asked: Asked, now: float) -> Response:
    """Create a contact in a campaign, or update the active contact that already has this phone number.

    201 for a new contact, 200 for one whose number was known. A new contact's time zone comes from its number where the
    request names none.
    """
    phone = asked["phoneNumber"]
    fresh = Contact(
        id=str(uuid.uuid4()),
        phone=phone,
        name=asked.get("name"),
        status=ACTIVE,
        campaign=asked.get("campaignId", ""),
        timezone=asked.get("timezone") or (None if store.by_phone(phone) else requests.zone_of(phone)),
        variables=asked.get(VARIABLES, {}),
        created_at=now,
        updated_at=now,
    )
    contact, is_new = store.create(fresh, now, asked.get("splitterId", ""))
    shown = {"success": True, "data": responses.listed(contact, store.campaigns)}
    return responses.in_json(shown, 201 if is_new else 200)


@_operation("POST", "/contacts/fulfill", "fulfillContact", "Fulfilled", body=requests.FULFILL)
def _fulfill(store: Store, asked: Asked, now: float) -> Response:
    """Mark the contact with this phone number as fulfilled."""
    store.update(Wanted(FULFILLED, added_variables=asked.get(VARIABLES, {})), now, phone=asked["phone"])
    return responses.in_json({"success": True, "message": "Contact marked as fulfilled"})


@_operation("GET", "/campaigns", "listCampaigns", "CampaignPage", parameters=requests.CAMPAIGN_PARAMETERS)
def _list_campaigns(store: Store, asked: Asked, now: float) -> Response:  # noqa: ARG001 -- as above
    """One page of the team's campaigns."""
    campaigns, total = listings.page_of_campaigns(store, asked)
    page, limit = asked["page"], asked["limit"]
    pagination = {"total": total, "totalPages": -(-total // limit), "currentPage": page, "limit": limit}
    shown = [responses.shown(responses.CAMPAIGN, each) for each in campaigns]
    return responses.in_json({"data": shown, "pagination": pagination})

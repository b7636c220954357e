"""Operations: what is done for each request of the API, and what its answer shows.

Fields and their order are those of the vendor's two pages: the answer to an update by phone shows no custom variables,
the one to an update by ID does.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from bulk_sync.sandbox.requests import VARIABLES, body_schema, checked, document, read_body, read_query, zone_of
from bulk_sync.sandbox.responses import JSON_TYPE, Response, failure, in_json, wrong_method
from bulk_sync.sandbox.rules import ACTIVE, FULFILLED, Campaign, Contact, Refused, Wanted
from bulk_sync.times import iso

if TYPE_CHECKING:
    from bulk_sync.sandbox.requests import Described, Request
    from bulk_sync.sandbox.store import Store

Asked = Mapping[str, Any]


@cache
def _routes() -> Mapping[str, Mapping[str, Described]]:
    """The document's operations by path and method."""
    return {
        path: {method.upper(): operation for method, operation in methods.items()}
        for path, methods in document()["paths"].items()
    }


def answer(store: Store, request: Request) -> Response:
    """Carry out a request that was let in. A literal path wins over `/contacts/{id}`, as OpenAPI says."""
    path = request.path
    head, _, contact_id = path.rpartition("/")
    if path not in _routes() and head == "/contacts" and contact_id:
        path = "/contacts/{id}"
    if path not in _routes():
        return failure(404, "There is nothing at this path")
    operation = _routes()[path].get(request.method)
    if operation is None:
        return wrong_method(*_routes()[path])
    if "requestBody" in operation and not _says_json(request.headers):
        return failure(400, "Send the body as JSON, with Content-Type: application/json")
    try:
        asked = _read(operation, contact_id, request)
        return _ANSWERS[operation["operationId"]](store, asked, request.at)
    except Refused as why:
        return failure(why.status, str(why))


def _says_json(headers: Mapping[bytes, bytes]) -> bool:
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == JSON_TYPE.encode()


def _read(operation: Described, contact_id: str, request: Request) -> Asked:
    """What a request asks for, by name, checked. Raises Refused."""
    parameters = operation.get("parameters", ())
    in_path = {each["name"]: checked("id", contact_id, each["schema"]) for each in parameters if each["in"] == "path"}
    schema = body_schema(operation)
    if schema is not None:
        return read_body(schema, request.body) | in_path
    return read_query(parameters, request.query) if parameters else {}


_AFTER_UPDATE_BY_PHONE = ("id", "phoneNumber", "name", "campaignId", "status", "fulfilledAt", "updatedAt")
_AFTER_UPDATE_BY_ID = (
    "id", "phoneNumber", "name", "status", "campaignId", "customVariables", "fulfilledAt", "updatedAt",
)  # fmt: skip
_LISTED = (
    "id", "name", "phoneNumber", "timezone", "status", "customVariables", "createdAt", "fulfilledAt", "reAddedAt",
)  # fmt: skip


def _shown(contact: Contact, names: Sequence[str]) -> dict[str, Any]:
    """Fields of a contact, in this order."""
    fields = {
        "id": contact.id,
        "phoneNumber": contact.phone,
        "name": contact.name,
        "status": contact.status,
        "campaignId": contact.campaign,
        "timezone": contact.timezone,
        "customVariables": contact.variables,
        "createdAt": iso(contact.created_at),
        "updatedAt": iso(contact.updated_at),
        "fulfilledAt": None if contact.fulfilled_at is None else iso(contact.fulfilled_at),
        "reAddedAt": None if contact.readded_at is None else iso(contact.readded_at),
    }
    return {name: fields[name] for name in names}


def _listed(contact: Contact, campaigns: Mapping[str, Campaign]) -> dict[str, Any]:
    campaign = {"id": contact.campaign, "name": campaigns[contact.campaign].name}
    return _shown(contact, _LISTED) | {"campaigns": [campaign]}


def _updated(contact: Contact, names: Sequence[str]) -> Response:
    """Where the contact is not fulfilled, the answer to an update does not say when it was."""
    shown = _shown(contact, [name for name in names if name != "fulfilledAt" or contact.fulfilled_at is not None])
    return in_json({"success": True, "message": "Contact updated successfully", "contact": shown})


def _update_by_phone(store: Store, asked: Asked, now: float) -> Response:
    wanted = Wanted(asked.get("status"), asked.get("campaignId"), added_variables=asked.get(VARIABLES, {}))
    return _updated(store.update(wanted, now, phone=asked["phone"]), _AFTER_UPDATE_BY_PHONE)


def _update_by_id(store: Store, asked: Asked, now: float) -> Response:
    wanted = Wanted(
        status=asked.get("status"),
        campaign=asked.get("campaignId"),
        phone=asked.get("phoneNumber"),
        name=asked.get("name"),
        timezone=asked.get("timezone"),
        variables=asked.get(VARIABLES),
    )
    return _updated(store.update(wanted, now, contact_id=asked["id"]), _AFTER_UPDATE_BY_ID)


def _create(store: Store, asked: Asked, now: float) -> Response:
    """A new contact's time zone comes from its number where the request names none."""
    phone = asked["phoneNumber"]
    fresh = Contact(
        id=str(uuid.uuid4()),
        phone=phone,
        name=asked.get("name"),
        status=ACTIVE,
        campaign=asked.get("campaignId", ""),
        timezone=asked.get("timezone") or (None if store.by_phone(phone) else zone_of(phone)),
        variables=asked.get(VARIABLES, {}),
        created_at=now,
        updated_at=now,
    )
    contact, is_new = store.create(fresh, now, asked.get("splitterId", ""))
    return in_json({"success": True, "data": _listed(contact, store.campaigns)}, 201 if is_new else 200)


def _fulfill(store: Store, asked: Asked, now: float) -> Response:
    store.update(Wanted(FULFILLED, added_variables=asked.get(VARIABLES, {})), now, phone=asked["phone"])
    return in_json({"success": True, "message": "Contact marked as fulfilled"})


def _list_contacts(store: Store, asked: Asked, now: float) -> Response:  # noqa: ARG001 -- every answer takes them
    contacts, total = store.page(asked)
    shown = [_listed(contact, store.campaigns) for contact in contacts]
    return in_json({"contacts": shown, "pagination": {"total": total, "page": asked["page"], "limit": asked["limit"]}})


def _list_statuses(store: Store, asked: Asked, now: float) -> Response:  # noqa: ARG001 -- as above
    shown = [
        {
            "id": status.id,
            "name": status.name,
            "label": status.label,
            "description": status.description,
            "color": status.color,
            "isTerminal": status.terminal,
            "isSystem": status.system,
            "excludeFromStats": False,
            "displayOrder": order,
        }
        for order, status in enumerate(store.statuses.values())
    ]
    return in_json(shown)


def _list_campaigns(store: Store, asked: Asked, now: float) -> Response:  # noqa: ARG001 -- as above
    """Campaigns come in the order of their making."""
    part, page, limit = asked["search"].casefold(), asked["page"], asked["limit"]
    listed = [
        {"id": each.id, "name": each.name, "status": "paused" if each.paused else "active"}
        for each in store.campaigns.values()
        if part in each.name.casefold()
    ]
    matching = [each for each in listed if asked["status"] in ("", each["status"])]
    total = len(matching)
    pagination = {"total": total, "totalPages": -(-total // limit), "currentPage": page, "limit": limit}
    return in_json({"data": matching[(page - 1) * limit : page * limit], "pagination": pagination})


_ANSWERS: Mapping[str, Callable[[Store, Asked, float], Response]] = {
    "updateContactByPhone": _update_by_phone,
    "updateContactById": _update_by_id,
    "listStatuses": _list_statuses,
    "listContacts": _list_contacts,
    "createContact": _create,
    "fulfillContact": _fulfill,
    "listCampaigns": _list_campaigns,
}
"""What answers each operation: from the store, what was asked for, and the time. Raises Refused."""

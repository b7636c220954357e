"""Which operations does the API have? The table that requests are routed by and the OpenAPI document is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.sandbox import bodies, endpoints, queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.sandbox.bodies import Body
    from bulk_sync.sandbox.endpoints import Call
    from bulk_sync.sandbox.queries import Parameter
    from bulk_sync.sandbox.replies import Reply
    from bulk_sync.sandbox.store import Store

BY_ID = "/contacts/{id}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `succeeds` maps the statuses of success to the name of what they carry."""

    method: str
    path: str
    name: str
    summary: str
    answer: Callable[[Store, Call], Reply]
    succeeds: tuple[tuple[int, str], ...]
    body: Body | None = None
    parameters: tuple[Parameter, ...] = ()
    may_be_invalid: bool = True
    may_not_be_found: bool = False


OPERATIONS = (
    Operation(
        "POST",
        "/contacts/update",
        "updateContactByPhone",
        "Change the status or campaign of the contact with this phone number",
        endpoints.update_by_phone,
        ((200, "Updated"),),
        body=bodies.UPDATE_BY_PHONE,
        may_not_be_found=True,
    ),
    Operation(
        "PUT",
        BY_ID,
        "updateContactById",
        "Change any field of the contact with this ID",
        endpoints.update_by_id,
        ((200, "Updated"),),
        body=bodies.UPDATE_BY_ID,
        may_not_be_found=True,
    ),
    Operation(
        "GET",
        "/contacts/statuses",
        "listStatuses",
        "All contact statuses of the team, custom ones included",
        endpoints.list_statuses,
        ((200, "Statuses"),),
        may_be_invalid=False,
    ),
    Operation(
        "GET",
        "/contacts",
        "listContacts",
        "One page of the team's contacts",
        endpoints.list_contacts,
        ((200, "ContactPage"),),
        parameters=queries.CONTACT_PARAMETERS,
    ),
    Operation(
        "POST",
        "/contacts",
        "createContact",
        "Create a contact in a campaign, or update the active contact that already has this phone number",
        endpoints.create,
        ((200, "Created"), (201, "Created")),
        body=bodies.CREATE,
        may_not_be_found=True,
    ),
    Operation(
        "POST",
        "/contacts/fulfill",
        "fulfillContact",
        "Mark the contact with this phone number as fulfilled",
        endpoints.fulfill,
        ((200, "Fulfilled"),),
        body=bodies.FULFILL,
        may_not_be_found=True,
    ),
    Operation(
        "GET",
        "/campaigns",
        "listCampaigns",
        "One page of the team's campaigns",
        endpoints.list_campaigns,
        ((200, "CampaignPage"),),
        parameters=queries.CAMPAIGN_PARAMETERS,
    ),
)


class Route(NamedTuple):
    """Where a path leads: the operations by method, and the `{id}` in it."""

    operations: dict[str, Operation]
    contact_id: str = ""

    @property
    def methods(self) -> tuple[str, ...]:
        """What `Allow` says."""
        return tuple(sorted(self.operations))


_BY_PATH: dict[str, dict[str, Operation]] = {}
for _operation in OPERATIONS:
    _BY_PATH.setdefault(_operation.path, {})[_operation.method] = _operation
_ROUTES = {path: Route(operations) for path, operations in _BY_PATH.items() if path != BY_ID}


def route(path: str) -> Route | None:
    """Where this path leads; None for nowhere. A literal path wins over `/contacts/{id}`, as OpenAPI says."""
    found = _ROUTES.get(path)
    if found is None and path.startswith("/contacts/"):
        contact_id = path.removeprefix("/contacts/")
        if contact_id and "/" not in contact_id:
            return Route(_BY_PATH[BY_ID], contact_id)
    return found

"""A contact in the API's words: as it is shown, by itself or on a page of a list, and as it is asked for. Pure.

The vendor's pages differ in form: a contact read by itself or given back by an update names one `campaignId`, one in a
list all its `campaigns`. What is missing or has another type than documented counts as not said; nothing is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeGuard, TypeVar
from urllib.parse import quote

from bulk_sync.errors import AWAY
from bulk_sync.fields import FIELDS, TEXTS, VARIABLE
from bulk_sync.model import E164, Change, ReadFailed

if TYPE_CHECKING:
    from bulk_sync.model import Update
    from bulk_sync.release import Creation

T = TypeVar("T")

MOST = 10**15
"""Entries of a list: what is far more makes a fraction too large for a float, and is no count."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it stands. None: the API did not say; `campaigns` are IDs, empty where it is in none.

    `phone` is E.164. `texts` are its fields that are text and no more, by our names; `variables` its custom variables,
    with values as the API has them; `made`: when it was made and added again, as the API writes moments.
    """

    id: str
    phone: str | None = None
    status: str | None = None
    campaigns: tuple[str, ...] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, object] | None = None
    made: tuple[str, ...] = field(default=(), compare=False)

    @property
    def campaign(self) -> str | None:
        """The campaign, where it is in exactly one."""
        return self.campaigns[0] if self.campaigns is not None and len(self.campaigns) == 1 else None


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """A page of a list: how many entries it has, those that could be read, and what it says of the whole list.

    `total` (entries), `limit` (the most of them on a page) and `pages` are None where the API did not say.
    """

    entries: int
    items: tuple[T, ...]
    total: int | None
    limit: int | None
    pages: int | None = None


Page = ListPage[Contact]
"""A page of contacts."""


def read_contact(value: object) -> Contact | None:
    """The contact in what the API gave: by itself, or as the `contact` or `data` of an object; None: there is none."""
    if not isinstance(value, Mapping):
        return None
    if "id" not in value:
        inner = next((value[name] for name in ("contact", "data") if isinstance(value.get(name), Mapping)), None)
        return read_contact(inner) if inner is not None and "id" in inner else None
    contact_id, phone = _text(value["id"]), _number(value.get("phoneNumber"))
    if contact_id is None:
        return None
    return Contact(
        contact_id,
        phone,
        _text(value.get("status")),
        _campaigns(value),
        {name: text for name, known in TEXTS.items() if (text := _text(value.get(known.api_name or "")))},
        _variables(value),
        tuple(text for name in ("createdAt", "reAddedAt") if (text := _text(value.get(name)))),
    )


def read_page(value: object) -> Page | None:
    """A page of contacts; None where it is none."""
    entries = value.get("contacts") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(entries, list):
        return None
    total, limit = pagination(value, "total", "limit")
    contacts = tuple(contact for entry in entries if (contact := read_contact(entry)) is not None)
    return ListPage(len(entries), contacts, total, limit)


def _campaigns(value: Mapping[str, object]) -> tuple[str, ...] | None:
    """Every campaign's ID; None where one cannot be told."""
    listed = value.get("campaigns")
    if isinstance(listed, list):
        found = [_text(each.get("id")) if isinstance(each, Mapping) else None for each in listed]
        known = tuple(each for each in found if each is not None)
        return known if len(known) == len(found) else None
    one = _text(value.get("campaignId"))
    return None if one is None else (one,)


def _variables(value: Mapping[str, object]) -> Mapping[str, object] | None:
    """The custom variables; none where the API says that there are none, None where it says nothing of them."""
    stored = value.get("customVariables")
    if stored is None and "customVariables" in value:
        return {}
    return stored if isinstance(stored, Mapping) else None


def _number(value: object) -> str | None:
    """A number in E.164, also where it is written with spaces, dots, dashes or brackets.

    A zero in brackets (+49 (0)170 …) is for calls from home and no digit of it: there it counts as not said.
    """
    spelt = re.sub(r"[\s.-]", "", value) if isinstance(value, str) else ""
    bare = "" if "(0)" in spelt else re.sub(r"[()]", "", spelt)
    return bare if E164.fullmatch(bare) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def pagination(value: object, *names: str) -> Iterator[int | None]:
    """What a page says of the whole list under these names, None where it does not: whole numbers below `MOST`.

    Some servers give as text what they took from the query.
    """
    said = value.get("pagination") if isinstance(value, Mapping) else None
    for name in names:
        count = said.get(name) if isinstance(said, Mapping) else None
        if isinstance(count, str) and count.isascii() and count.isdigit() and len(count) < len(str(MOST)):
            count = int(count)
        yield count if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < MOST else None


PING = "/contacts?status=active&page=1&limit=1"
"""A read that tells whether the API is there at all, and shows nobody whom the DNC memory must keep."""


def is_away(answer: object) -> TypeGuard[ReadFailed]:
    """Whether an answer to a read shows that the API may be away altogether."""
    return isinstance(answer, ReadFailed) and answer.code in AWAY


@dataclass(frozen=True, slots=True)
class Request:
    """A request to come: `path` is below the base URL, `body` is JSON in UTF-8.

    `may_leave` is asked once more when a connection is there for it, which may take its time.
    """

    method: str
    path: str
    body: bytes = b""
    may_leave: Callable[[], bool] | None = field(default=None, compare=False, repr=False)


def request_for(update: Update) -> Request:
    """The request: `POST /contacts/update` for a contact known by phone, `PUT /contacts/{id}` for one known by ID."""
    change = update.change
    if update.contact_id is not None:
        return Request("PUT", f"/contacts/{quote(update.contact_id, safe='')}", _json(_body(change)))
    asked = {"phone": update.phone} | _body(Change(change.status, change.campaign))
    return Request("POST", "/contacts/update", _json(asked))


def creation_request(creation: Creation) -> Request:
    """The request that makes a contact: `POST /contacts` (the vendor's public pages)."""
    made = Change(campaign=creation.campaign, phone=creation.phone, variables=creation.variables or None)
    splitter = {"splitterId": creation.splitter} if creation.splitter is not None else {}
    return Request("POST", "/contacts", _json(_body(made) | _named(creation.texts) | splitter))


def _body(change: Change) -> dict[str, object]:
    """What a change sets; a field that is left out stays as it is, and null would clear it."""
    variables = {} if change.variables is None else {str(VARIABLE.api_name): dict(change.variables)}
    return _named({name: value for name, value in change.said.items() if name in FIELDS}) | variables


def _named(said: Mapping[str, object]) -> dict[str, object]:
    """Values by the names that the API has for their fields."""
    return {str(FIELDS[name].api_name): value for name, value in said.items()}


def _json(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()

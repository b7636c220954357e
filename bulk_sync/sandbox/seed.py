"""The seed: what a sandbox holds before anybody has sent it anything, built in or from `--contacts FILE`.

Built in are the system statuses of the vendor's page, two of a team's own, five campaigns, and the contacts of
`contacts.csv`, which match the project's samples. Their numbers are reserved for fiction where a country has such ones.

A file is CSV with a header, or JSON: a list of contacts as the API shows them, or an object with `contacts` and, if
wanted, `campaigns`, `statuses` and `splitters`. Columns and fields go by the same forgiving names; a campaign by its ID
or its name. A contact whose `deleted` says yes was deleted by the team.
"""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from bulk_sync.errors import BadInput
from bulk_sync.model import E164
from bulk_sync.sandbox.outreach_log import IN_APP, Tally
from bulk_sync.sandbox.requests import UUID, checked
from bulk_sync.sandbox.rules import (
    FULFILLED,
    NAMESPACE,
    Campaign,
    Contact,
    Refused,
    SandboxContact,
    Splitter,
    Step,
    TeamStatus,
    id_for,
    id_of_campaign,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bulk_sync.sandbox.store import Store

_T = TypeVar("_T")

STATUSES = (
    *(
        # the vendor's own example shows `paused` so, whatever that means
        TeamStatus(name, label, terminal, system=name != "paused", description=description, color=color)
        for name, label, terminal, description, color in (
            ("active", "Active", False, "Outreach is scheduled", "#16a34a"),
            ("paused", "Paused", True, "Outreach is on hold", "#ca8a04"),
            ("fulfilled", "Fulfilled", True, "The goal of the campaign is reached", "#2563eb"),
            ("DNC", "Do Not Call", True, "Asked never to be called again", "#dc2626"),
            ("not-qualifies", "Not Qualifies", True, None, "#9333ea"),
            ("not-interested", "Not Interested", True, None, "#ea580c"),
            ("not-answering", "Not Answering", True, None, "#64748b"),
            ("wrong-number", "Wrong Number", True, None, "#be123c"),
            ("talk-to-human", "Talk To Human", False, "Wants to talk to a person", "#0891b2"),
        )
    ),
    TeamStatus("callback-requested", "Callback Requested", terminal=False, description="Asked to be called back"),
    TeamStatus("already-customer", "Already Customer", terminal=True, description="Bought by another way"),
)


def _id(what: str) -> str:
    return str(uuid.uuid5(NAMESPACE, what))


CAMPAIGNS = (
    Campaign("d290f1ee-6c54-4b01-90e6-d701748f0851", "Spring Outreach"),
    Campaign("550e8400-e29b-41d4-a716-446655440000", "Renewals", steps=(Step("call", 1, 9), Step("sms", 2, 12))),
    Campaign(
        _id("campaign Welcome Calls"),
        "Welcome Calls",
        steps=(Step("sms", 0, 18), Step("call", 1, 11), Step("trigger", 3, 9)),
    ),
    Campaign(
        _id("campaign Win-back"),
        "Win-back",
        steps=(Step("whatsapp", 1, 10), Step("call", 2, 17), Step("call", 5, 17)),
    ),
    Campaign(_id("campaign Trade Fair Leads"), "Trade Fair Leads", paused=True),
)
"""The first one is where contacts go that name no campaign."""

SPLITTERS = (Splitter(_id("splitter New Leads"), "New Leads", tuple(campaign.id for campaign in CAMPAIGNS[:2])),)

_BEFORE = Tally(updates=61, status_changes=48, campaign_moves=9, creations=46)
"""What the team did in the app before: numbers that a sync must leave alone."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What is brought: contacts, and the campaigns, statuses and splitters that join the built-in ones."""

    contacts: tuple[SandboxContact, ...]
    campaigns: tuple[Campaign, ...] = ()
    statuses: tuple[TeamStatus, ...] = ()
    splitters: tuple[Splitter, ...] = ()


@cache
def contacts() -> tuple[SandboxContact, ...]:
    """The built-in contacts."""
    text = files("bulk_sync.sandbox").joinpath("contacts.csv").read_text("utf-8")
    return tuple(from_csv(text, "the built-in contacts"))


def fill(store: Store, brought: Stock, now: float) -> None:
    """Put the built-in statuses, campaigns and splitter, and what was brought, into a new store.

    A campaign that only contacts name becomes known. Raises BadInput.
    """
    _check(brought)
    store.know((*STATUSES, *brought.statuses), (*CAMPAIGNS, *brought.campaigns), (*SPLITTERS, *brought.splitters))
    named = {id_of_campaign(each.name): each.id for each in store.campaigns.values()}
    people = [replace(each, campaign=named.get(each.campaign, each.campaign).lower()) for each in brought.contacts]
    names = {each.campaign: each.campaign_name for each in people if each.campaign}
    store.know(campaigns=[Campaign(each, name or f"Campaign {each[:8]}") for each, name in names.items()])
    with store.transaction():
        planned = store.load([_made(person, now - 86_400) for person in people], now)
        store.log.count(IN_APP, _BEFORE._replace(planned=planned))


def _check(brought: Stock) -> None:
    """Before anything is written: a database that is half filled would count as filled."""
    statuses = {status.name for status in (*STATUSES, *brought.statuses)}
    seen: set[str] = set()
    for person in brought.contacts:
        if E164.fullmatch(person.phone) is None or person.status not in statuses:
            raise BadInput(f"The contact {person.phone!r} has no E.164 number or an unknown status: {person.status!r}.")
        if not seen.isdisjoint({person.phone, person.id or id_for(person.phone)}):
            raise BadInput(f"The contact {person.phone!r} has the number or the ID of another; give each its own.")
        seen |= {person.phone, person.id or id_for(person.phone)}


def _made(person: SandboxContact, created_at: float) -> Contact:
    return Contact(
        id=(person.id or id_for(person.phone)).lower(),
        phone=person.phone,
        name=person.name,
        status=person.status,
        campaign=person.campaign or CAMPAIGNS[0].id,
        timezone=person.timezone,
        variables=dict(person.variables),
        created_at=created_at,
        updated_at=created_at,
        fulfilled_at=created_at if person.status == FULFILLED else None,
        deleted_at=created_at if person.deleted else None,
    )


def read(path: Path) -> Stock:
    """Read a file of contacts. Raises BadInput naming the row."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"{path}: the contacts cannot be read: {reason}.") from error
    if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("[", "{"):
        return from_json(text, str(path))
    return Stock(tuple(from_csv(text, str(path))))


def from_csv(text: str, source: str) -> list[SandboxContact]:
    """The contacts of a CSV text, one per row under the header; blank rows are passed over. Raises BadInput."""
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = next(rows, [])
        numbered = [
            (f"line {rows.line_num}", dict(zip(header, row, strict=False))) for row in rows if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise BadInput(f"{source}, line {rows.line_num}: this is not valid CSV ({error}).") from error
    if "phone" not in {_field(name) for name in header}:
        raise BadInput(f"{source}: no column holds phone numbers; call one of them phone.")
    return _contacts(numbered, source, STATUSES)


def from_json(text: str, source: str) -> Stock:
    """The contacts of a JSON text, and the campaigns and statuses that stand beside them. Raises BadInput."""
    try:
        found = json.loads(text)
        # Half of a surrogate pair can be written in JSON (\ud800) and stored nowhere.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{source}: this is not valid JSON ({error}).") from error
    whole = found if isinstance(found, dict) else {"contacts": found}

    def each_of(name: str, read: Callable[[dict[str, Any]], _T]) -> tuple[_T, ...]:
        with _at(source):
            listed = _objects(name, whole.get(name, []))
        with _at(f"{source}, {name}"):
            return tuple(map(read, listed))

    statuses, campaigns = each_of("statuses", _status), each_of("campaigns", _campaign)
    splitters = each_of("splitters", _splitter)
    numbered = [(f"contact {place}", person) for place, person in enumerate(each_of("contacts", dict), start=1)]
    return Stock(tuple(_contacts(numbered, source, (*STATUSES, *statuses))), campaigns, statuses, splitters)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Say of what is refused inside where it stands."""
    try:
        yield
    except Refused as why:
        raise BadInput(f"{place}: {why}.") from why


def _objects(name: str, listed: object) -> list[dict[str, Any]]:
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Refused(f"{name} must be a list of objects")
    return listed


_NAMES = {name: name for name in ("phone", "id", "name", "status", "campaign", "timezone", "deleted")} | {
    "phonenumber": "phone",
    "contactid": "id",
    "campaignid": "campaign",
    "campaignname": "campaign name",
}
"""The field that a header means, which is read without spaces, hyphens, underscores and case."""

_YES, _NO = frozenset({"yes", "true", "1", "x"}), frozenset({"", "no", "false", "0"})


def _field(header: object) -> str | None:
    return _NAMES.get(re.sub(r"[\s_-]", "", str(header)).lower())


def _contacts(
    rows: Iterable[tuple[str, Mapping[str, Any]]], source: str, statuses: Sequence[TeamStatus]
) -> list[SandboxContact]:
    spellings = {spelling.casefold(): status.name for status in statuses for spelling in (status.label, status.name)}
    found: list[SandboxContact] = []
    seen: dict[str, str] = {}
    for place, row in rows:
        with _at(f"{source}, {place}"):
            person = _contact(row, spellings)
            for key in (person.phone, f"ID {person.id}"):
                if key in seen:
                    raise Refused(f"{key} stands in {seen[key]} already; give each contact one row")
                seen[key] = place
        found.append(person)
    return found


def _contact(row: Mapping[str, Any], spellings: Mapping[str, str]) -> SandboxContact:
    plain = {field: str(value).strip() for name, value in row.items() if (field := _field(name)) and value is not None}
    phone = re.sub(r"[\s().-]", "", plain.get("phone", ""))
    if E164.fullmatch(phone) is None:
        raise Refused(f"phone {plain.get('phone', '')!r} is not in E.164 format; write it like +12025550123")
    status = spellings.get(plain.get("status", "").casefold() or "active")
    if status is None:
        raise Refused(f"the status {plain['status']!r} is unknown; use one of {', '.join(spellings.values())}")
    listed = _objects("campaigns", row.get("campaigns") or [{}])
    deleted = plain.get("deleted", "").lower()
    if deleted not in _YES | _NO:
        raise Refused(f"deleted {plain['deleted']!r} is neither yes nor no")
    campaign = plain.get("campaign") or str(listed[0].get("id", ""))
    by_name = "" if UUID.fullmatch(campaign) else campaign
    return SandboxContact(
        phone=phone,
        id=_uuid(plain.get("id") or id_for(phone)),
        name=plain.get("name") or None,
        status=status,
        campaign=id_of_campaign(by_name) if by_name else campaign.lower(),
        timezone=checked("timezone", plain["timezone"], {"type": "string"}) if plain.get("timezone") else None,
        variables=dict(_variables(row)),
        campaign_name=by_name or plain.get("campaign name") or str(listed[0].get("name", "")),
        deleted=deleted in _YES,
    )


def _variables(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    whole = row.get("customVariables")
    if isinstance(whole, dict):
        yield from ((str(name), str(value)) for name, value in whole.items())
    for name, value in row.items():
        head, dot, rest = str(name).strip().partition(".")
        if dot and rest and head.lower() in ("var", "customvariables") and value not in ("", None):
            yield rest, str(value)


def _campaign(given: Mapping[str, Any]) -> Campaign:
    found = _uuid(given.get("id", ""))
    name, paused = str(given.get("name") or f"Campaign {found[:8]}"), given.get("status") == "paused"
    return Campaign(found, name, paused, appointments=bool(given.get("appointments")))


def _splitter(given: Mapping[str, Any]) -> Splitter:
    found, campaigns = _uuid(given.get("id", "")), given.get("campaigns")
    if not isinstance(campaigns, list) or not campaigns or not all(UUID.fullmatch(str(each)) for each in campaigns):
        raise Refused("campaigns must be a list of UUIDs")
    return Splitter(found, str(given.get("name") or f"Splitter {found[:8]}"), tuple(str(e).lower() for e in campaigns))


def _status(given: Mapping[str, Any]) -> TeamStatus:
    name = given.get("name")
    if not isinstance(name, str) or not name:
        raise Refused("each needs a name")
    return TeamStatus(name, str(given.get("label") or name), bool(given.get("isTerminal", False)))


def _uuid(value: object) -> str:
    if UUID.fullmatch(str(value)) is None:
        raise Refused(f"id {str(value)!r} is not a UUID")
    return str(value).lower()

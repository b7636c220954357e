"""Contacts of a file, for `bulk-sync sandbox --contacts FILE`.

CSV with a header, or JSON: a list of contacts as the API shows them, or an object with `contacts` and, if wanted,
`campaigns`, `statuses` and `splitters`. Columns and fields go by the same forgiving names; a campaign by its ID or its
name. A contact whose `deleted` says yes was deleted by the team.
"""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bulk_sync.errors import BadInput
from bulk_sync.model import E164
from bulk_sync.sandbox.records import Campaign, SandboxContact, Splitter, TeamStatus, id_for, id_of_campaign
from bulk_sync.sandbox.requests import UUID, ZONE
from bulk_sync.sandbox.rules import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_T = TypeVar("_T")

_NAMES = {name: name for name in ("phone", "id", "name", "status", "campaign", "timezone", "deleted")} | {
    "phonenumber": "phone",
    "contactid": "id",
    "campaignid": "campaign",
    "campaignname": "campaign name",
}
"""The field that a header means, which is read without spaces, hyphens, underscores and case."""

_YES, _NO = frozenset({"yes", "true", "1", "x"}), frozenset({"", "no", "false", "0"})


@dataclass(frozen=True, slots=True)
class Stock:
    """What a file brings: contacts, and the campaigns, statuses and splitters that it adds to the built-in ones."""

    contacts: tuple[SandboxContact, ...]
    campaigns: tuple[Campaign, ...] = ()
    statuses: tuple[TeamStatus, ...] = ()
    splitters: tuple[Splitter, ...] = ()


def read(path: Path, statuses: Sequence[TeamStatus]) -> Stock:
    """Read a file of contacts. `statuses` are those known already. Raises BadInput naming the row."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"{path}: the contacts cannot be read: {reason}.") from error
    if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("[", "{"):
        return from_json(text, str(path), statuses)
    return Stock(tuple(from_csv(text, str(path), statuses)))


def from_csv(text: str, source: str, statuses: Sequence[TeamStatus]) -> list[SandboxContact]:
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
    return _contacts(numbered, source, statuses)


def from_json(text: str, source: str, statuses: Sequence[TeamStatus]) -> Stock:
    """The contacts of a JSON text, and the campaigns and statuses that stand beside them. Raises BadInput."""
    try:
        found = json.loads(text)
        # Half of a surrogate pair can be written in JSON (\ud800) and stored nowhere.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{source}: this is not valid JSON ({error}).") from error
    whole = found if isinstance(found, dict) else {"contacts": found}

    def each_of(name: str, read: Callable[[dict[str, Any]], _T]) -> tuple[_T, ...]:
        listed = whole.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise BadInput(f"{source}: {name} must be a list of objects.")
        with _at(f"{source}, {name}"):
            return tuple(map(read, listed))

    own, campaigns, splitters = (
        each_of("statuses", _status),
        each_of("campaigns", _campaign),
        each_of("splitters", _splitter),
    )
    numbered = ((f"contact {place}", person) for place, person in enumerate(each_of("contacts", dict), start=1))
    return Stock(tuple(_contacts(numbered, source, (*statuses, *own))), campaigns, own, splitters)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Say of what is refused inside where it stands."""
    try:
        yield
    except Refused as why:
        raise BadInput(f"{place}: {why}.") from why


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
    listed = row.get("campaigns") or [{}]
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Refused("campaigns must be a list of objects")
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
        timezone=ZONE.read("timezone", plain["timezone"]) if plain.get("timezone") else None,
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


def _field(header: object) -> str | None:
    return _NAMES.get(re.sub(r"[\s_-]", "", str(header)).lower())

"""What may be asked of a list, and what does one page of it hold?

Parameters are tables like those of `bodies`: what is checked and what the OpenAPI document says come from one place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bulk_sync.sandbox import rows
from bulk_sync.sandbox.bodies import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.sandbox.records import Campaign, Contact
    from bulk_sync.sandbox.store import Store

LARGEST_PAGE = 100
"""A larger `limit` is answered with this many; the contract leaves the number open, `pagination.limit` tells it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter. `choices` where only some values are allowed; a number where `default` is one."""

    name: str
    default: int | str = ""
    choices: tuple[str, ...] = ()
    description: str = ""

    def read(self, text: str) -> int | str:
        """The value to use. Raises Invalid."""
        if isinstance(self.default, int):
            # int() takes 4,300 digits and no more.
            if re.fullmatch(r"[0-9]{1,4000}", text) is None or int(text) < 1:
                raise Invalid(f"{self.name} must be a whole number from 1 on")
            return int(text)
        if self.choices and text not in self.choices:
            raise Invalid(f"{self.name} must be one of {', '.join(self.choices)}")
        return text

    def schema(self) -> dict[str, Any]:
        """The value in JSON Schema."""
        if isinstance(self.default, int):
            return {"type": "integer", "minimum": 1, "default": self.default}
        described: dict[str, Any] = {"type": "string"}
        if self.choices:
            described["enum"] = list(self.choices)
        if self.default:
            described["default"] = self.default
        return described


CONTACT_PARAMETERS = (
    Parameter("page", 1),
    Parameter("limit", 25, description=f"At most {LARGEST_PAGE} come back; pagination.limit says how many"),
    Parameter("status"),
    Parameter("campaignId", description="One UUID or several, comma-separated"),
    Parameter("search"),
    Parameter("searchBy", choices=("name", "phone"), description="Where to search; both where left out"),
    Parameter("sortBy", "createdAt", ("createdAt", "fulfilledAt", "reAddedAt")),
    Parameter("sortOrder", "desc", ("asc", "desc")),
)
CAMPAIGN_PARAMETERS = (
    Parameter("page", 1),
    Parameter("limit", 10, description=f"At most {LARGEST_PAGE} come back; pagination.limit says how many"),
    Parameter("status", choices=("active", "paused")),
    Parameter("search", description="Case-insensitive part of the name"),
)


def read(parameters: tuple[Parameter, ...], query: bytes) -> dict[str, Any]:
    """The value of every parameter, given or by default; others are ignored. Raises Invalid."""
    known = {parameter.name: parameter for parameter in parameters}
    found: dict[str, Any] = {parameter.name: parameter.default for parameter in parameters}
    given = set()
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise Invalid("The query has too many parameters") from error
    for name, text in pairs:
        if name not in known:
            continue
        if name in given:
            raise Invalid(f"{name} is given twice")
        given.add(name)
        found[name] = known[name].read(text)
    found["limit"] = min(found["limit"], LARGEST_PAGE)
    return found


_COLUMNS = {"createdAt": "created_at", "fulfilledAt": "fulfilled_at", "reAddedAt": "readded_at"}


def page_of_contacts(store: Store, asked: Mapping[str, Any]) -> tuple[list[Contact], int]:
    """One page of the contacts that match, and how many match in all. Contacts without the time sorted by come last."""
    where, values = _conditions(asked)
    skipped = (asked["page"] - 1) * asked["limit"]
    with store.lock:
        total = store.db.execute(f"SELECT count(*) FROM present{where}", values).fetchone()[0]  # noqa: S608 -- only constants
        if skipped >= total:
            return [], total
        sql = f"{rows.SELECT}{where} ORDER BY {_order(asked)} LIMIT ? OFFSET ?"
        found = store.db.execute(sql, (*values, asked["limit"], skipped)).fetchall()
    return [rows.contact(row) for row in found], total


def _order(asked: Mapping[str, Any]) -> str:
    column, order = _COLUMNS[asked["sortBy"]], asked["sortOrder"]
    last = "" if column == "created_at" else f"{column} IS NULL, "
    return f"{last}{column} {order}, seq {order}"


def _conditions(asked: Mapping[str, Any]) -> tuple[str, list[str]]:
    found: list[str] = []
    values: list[str] = []
    if asked["status"]:
        found.append("status = ?")
        values.append(asked["status"])
    campaigns = [each.strip().lower() for each in asked["campaignId"].split(",") if each.strip()]
    if campaigns:
        found.append(f"campaign IN ({','.join('?' * len(campaigns))})")
        values.extend(campaigns)
    if asked["search"]:
        condition, sought = _search(asked["search"], asked["searchBy"])
        found.append(condition)
        values.extend(sought)
    return (" WHERE " + " AND ".join(found) if found else ""), values


def _search(text: str, where: str) -> tuple[str, list[str]]:
    digits = re.sub(r"[\s().-]", "", text)
    by_name, by_phone = "instr(casefold(name), casefold(?)) > 0", "instr(phone, ?) > 0"
    if where == "name":
        return by_name, [text]
    if where != "phone":
        return f"({by_name} OR {by_phone})", [text, digits or text]
    if digits.startswith("+"):
        # Only at its beginning has a number a plus, so this finds the same by the index; ":" follows "9".
        return "phone >= ? AND phone < ?", [digits, digits + ":"]
    return by_phone, [digits or text]


def page_of_campaigns(store: Store, asked: Mapping[str, Any]) -> tuple[list[Campaign], int]:
    """One page of the campaigns that match, in the order of their making, and how many match in all."""
    part = asked["search"].casefold()
    matching = [
        each
        for each in store.campaigns.values()
        if part in each.name.casefold() and asked["status"] in ("", "paused" if each.paused else "active")
    ]
    skipped = (asked["page"] - 1) * asked["limit"]
    return matching[skipped : skipped + asked["limit"]], len(matching)

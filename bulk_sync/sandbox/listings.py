"""Listings: one page of the contacts, or of the campaigns, that match a query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bulk_sync.sandbox import sql
from bulk_sync.sandbox.records import Contact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.sandbox.records import Campaign
    from bulk_sync.sandbox.store import Store

_COLUMNS = {"createdAt": "created_at", "fulfilledAt": "fulfilled_at", "reAddedAt": "readded_at"}


def page_of_contacts(store: Store, asked: Mapping[str, Any]) -> tuple[list[Contact], int]:
    """One page of the contacts that match, and how many match in all. Contacts without the time sorted by come last."""
    where, values = _conditions(asked)
    skipped = (asked["page"] - 1) * asked["limit"]
    with store.lock:
        total = store.count(f"present{where}", *values)
        if skipped >= total:
            return [], total
        query = f"{sql.PRESENT}{where} ORDER BY {_order(asked)} LIMIT ? OFFSET ?"
        return store.records(query, Contact, *values, asked["limit"], skipped), total


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

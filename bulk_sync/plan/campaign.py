"""The campaigns that a cell may name: by ID, which is sent as it is, or by the name that the API lists."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import Campaign, Listing
from bulk_sync.plan.spelling import named, nearest, spelling
from bulk_sync.plan.values import Rejection, UnknownValue, is_uuid, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_NAMED = 8
"""Campaigns that a message names."""

_MOST_COMPARED = 2_000
"""Campaigns up to which it is looked whether a cell names several of them."""

_LONGEST_NAME = 120
"""Characters of a name that a message shows: it is to be copied from there."""

_LIKE = "550e8400-e29b-41d4-a716-446655440000"


class Campaigns:
    """The campaigns that a row may name: any ID, and those that the API has `listed`."""

    def __init__(self, listed: Listing[Campaign] | None = None) -> None:
        self._listed = listed or Listing()

    def read(self, text: str) -> str | Rejection:
        """The ID of the campaign that `text` names: a UUID as it stands; else by name, exactly or spelled alike."""
        if is_uuid(text):
            return text
        if self._listed.why_not:
            return UnknownValue(
                Code.UNKNOWN_CAMPAIGN,
                f"{quoted(text)} is not a campaign ID, and names of campaigns cannot be looked up: "
                f"{self._listed.why_not}. Enter the campaign's ID, like {_LIKE}.",
                text,
            )
        found = self._found(text)
        if len(found) == 1:
            return found[0].id
        if found:
            return UnknownValue(
                Code.AMBIGUOUS_CAMPAIGN,
                f"{quoted(text)} could be any of {len(found)} campaigns: {_told(found)}. Enter the ID of the one that "
                "is meant.",
                text,
            )
        near, advice = self._advice(text)
        return UnknownValue(Code.UNKNOWN_CAMPAIGN, f"{quoted(text)} is not a known campaign. {advice}", text, near)

    def meant(self, text: str) -> frozenset[str]:
        """The IDs, in lower case, of the campaigns that `text` may name."""
        return frozenset({text.casefold()} if is_uuid(text) else (each.id.casefold() for each in self._found(text)))

    def _found(self, text: str) -> list[Campaign]:
        return self._exact.get(text) or self._alike.get(spelling(text)) or self._with_id(text)

    @cached_property
    def _exact(self) -> dict[str, list[Campaign]]:
        return _indexed((campaign.name.strip(), campaign) for campaign in self._listed.entries)

    @cached_property
    def _alike(self) -> dict[str, list[Campaign]]:
        return _indexed((spelling(campaign.name), campaign) for campaign in self._listed.entries)

    def _with_id(self, text: str) -> list[Campaign]:
        """The campaign of that ID, for an API whose IDs are no UUIDs."""
        return [campaign for campaign in self._listed.entries if campaign.id.casefold() == text.casefold()]

    def _advice(self, text: str) -> tuple[str | None, str]:
        """Which campaign was perhaps meant, and what to do."""
        names = {alike: found[0].name for alike, found in self._alike.items()}
        several = named(text, {name: name for name in names.values()}) if len(names) <= _MOST_COMPARED else []
        near = nearest(text, names.values()) if len(several) < 2 else None
        suggested = f"Did you mean {_named(near)}? " if near else ""
        if not names:
            return None, f"The API lists no campaign. Enter a campaign's ID, like {_LIKE}."
        if len(names) <= _MOST_NAMED:
            return near, f"{suggested}Campaigns: {', '.join(map(_named, names.values()))}."
        return near, f"{suggested}bulk-sync campaigns shows all {len(names):,}."


def _named(name: str) -> str:
    return quoted(name, _LONGEST_NAME)


def _told(found: list[Campaign]) -> str:
    """The candidates and their IDs."""
    shown = "; ".join(
        f"{_named(campaign.name)} (ID {campaign.id}{', paused' if campaign.paused else ''})"
        for campaign in found[:_MOST_NAMED]
    )
    rest = len(found) - _MOST_NAMED
    return f"{shown}; and {rest:,} more" if rest > 0 else shown


def _indexed(pairs: Iterable[tuple[str, Campaign]]) -> dict[str, list[Campaign]]:
    """Each text with the campaigns that go by it, in the API's order."""
    found: defaultdict[str, list[Campaign]] = defaultdict(list)
    for text, campaign in pairs:
        found[text].append(campaign)
    return dict(found)

"""Is this request body what the API documents, and what does it ask for?

One table per body says which fields there are, how each is checked, and how it is described in the OpenAPI document:
the two cannot drift apart. Fields that no table names become custom variables, as the contract says: a misspelt field
is not refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from bulk_sync.sandbox.numbers import is_possible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST = 1_000_000
"""The most bytes that a body may have."""

VARIABLES = "customVariables"

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Invalid(ValueError):
    """The request cannot be understood: a 400, with this sentence as its message."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body: `check` returns the value to use or raises Invalid, `schema` describes it in JSON Schema."""

    name: str
    schema: Mapping[str, Any]
    check: Callable[[str, object], Any]


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a body: those `required`, or else at least one of those in `any_of` (`if_none` says so)."""

    title: str
    fields: tuple[Field, ...]
    required: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    if_none: str = ""

    def read(self, raw: bytes) -> dict[str, Any]:
        """The fields that the body gives, checked, by name; unknown ones among `customVariables`. Raises Invalid."""
        given = _object(raw)
        for name in self.required:
            if name not in given:
                raise Invalid(f"{name} is required")
        found = {field.name: field.check(field.name, given[field.name]) for field in self.fields if field.name in given}
        if self.any_of and found.keys().isdisjoint(self.any_of):
            raise Invalid(self.if_none)
        unknown = given.keys() - {field.name for field in self.fields}
        if unknown:
            nested = {_text("A field's name", name): _as_text(name, given[name]) for name in given if name in unknown}
            found[VARIABLES] = nested | found.get(VARIABLES, {})
        return found

    def schema(self) -> dict[str, Any]:
        """The body in JSON Schema."""
        described: dict[str, Any] = {
            "type": "object",
            "properties": {field.name: dict(field.schema) for field in self.fields},
        }
        if self.required:
            described["required"] = list(self.required)
        if self.any_of:
            described["anyOf"] = [{"required": [name]} for name in self.any_of]
        return described


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Invalid("The body names a field twice")
    return found


def _no_number(name: str) -> None:
    raise Invalid(f"The body is not valid JSON: {name}")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)


def _object(raw: bytes) -> dict[str, Any]:
    """The JSON object that `raw` holds. Raises Invalid for anything else, whatever the bytes."""
    if len(raw) > LARGEST:
        raise Invalid(f"The body is larger than {LARGEST:,} bytes")
    try:
        found = _DECODER.decode(raw.decode())
    except Invalid:
        raise
    except (ValueError, RecursionError):
        raise Invalid("The body is not valid JSON") from None
    if not isinstance(found, dict):
        raise Invalid("The body must be a JSON object")
    return found


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{name} must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid(f"{name} is not valid Unicode text") from None
    return value


def _as_text(name: str, value: object) -> str:
    """The value of a field that nobody knows, as a custom variable holds it."""
    return _text(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _phone(name: str, value: object) -> str:
    text = _text(name, value)
    if E164.fullmatch(text) is None:
        raise Invalid(f"{name} must be in E.164 format (e.g., +11234567890)")
    if not is_possible(text):
        raise Invalid(f"{name} is not a possible phone number")
    return text


def _status(name: str, value: object) -> str:
    text = _text(name, value)
    if not text:
        raise Invalid(f"{name} must not be empty")
    return text


def _uuid(name: str, value: object) -> str:
    text = _text(name, value)
    if UUID.fullmatch(text) is None:
        raise Invalid(f"{name} must be a UUID")
    return text.lower()


def _name(name: str, value: object) -> str:
    text = _text(name, value)
    if len(text) > 255:
        raise Invalid(f"{name} must have at most 255 characters")
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_timezone(name: str, value: object) -> str:
    """An IANA name, spelled as IANA spells it. Raises Invalid."""
    text = _text(name, value)
    if text not in _zones():
        raise Invalid(f"{name} must be an IANA timezone (e.g., America/New_York)")
    return text


def _variables(name: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise Invalid(f"{name} must be an object")
    return {_text(f"A key of {name}", key): _text(f"{name}.{key}", each) for key, each in value.items()}


_E164_SCHEMA = {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$", "examples": ["+11234567890"]}
_PHONE = Field("phone", _E164_SCHEMA, _phone)
_PHONE_NUMBER = Field("phoneNumber", _E164_SCHEMA, _phone)
_STATUS = Field("status", {"type": "string", "minLength": 1}, _status)
_CAMPAIGN = Field("campaignId", {"type": "string", "format": "uuid"}, _uuid)
_NAME = Field("name", {"type": "string", "maxLength": 255}, _name)
_ZONE = Field(
    "timezone", {"type": "string", "description": "IANA name", "examples": ["America/New_York"]}, known_timezone
)
_SPLITTER = Field(
    "splitterId",
    {"type": "string", "format": "uuid", "description": "Distributes new contacts over campaigns; campaignId wins"},
    _uuid,
)
_VARIABLES = Field(
    VARIABLES,
    {
        "type": "object",
        "description": "Replaces the whole stored object. Values are strings.",
        "additionalProperties": {"type": "string"},
    },
    _variables,
)

UPDATE_BY_PHONE = Body(
    "UpdateByPhone",
    (_PHONE, _STATUS, _CAMPAIGN),
    required=("phone",),
    any_of=("status", "campaignId"),
    if_none="At least one of status or campaignId must be provided",
)
UPDATE_BY_ID = Body(
    "UpdateById",
    (_NAME, _PHONE_NUMBER, _ZONE, _STATUS, _CAMPAIGN, _VARIABLES),
    any_of=("name", "phoneNumber", "timezone", "status", "campaignId", VARIABLES),
    if_none="At least one field must be provided",
)
CREATE = Body(
    "CreateContact",
    (_PHONE_NUMBER, _CAMPAIGN, _SPLITTER, _NAME, _ZONE, _VARIABLES),
    required=("phoneNumber",),
    any_of=("campaignId", "splitterId"),
    if_none="campaignId or splitterId is required",
)
FULFILL = Body("FulfillContact", (_PHONE,), required=("phone",))

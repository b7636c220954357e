"""Requests: the fields of each body and the parameters of each query, how each is checked, and its JSON Schema.

The same tables check requests and describe them in the OpenAPI document: the two cannot drift apart. Fields that no
table names become custom variables, as the contract says: a misspelt field is not refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import available_timezones

from bulk_sync.model import E164
from bulk_sync.sandbox.rules import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST = 1_000_000
"""The most bytes that a body may have."""

LARGEST_PAGE = 100
"""A larger `limit` is answered with this many; the contract leaves the number open, `pagination.limit` tells it."""

VARIABLES = "customVariables"
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Schema = dict[str, Any]


@lru_cache(maxsize=10_000)  # an update asks for it, and so does the next one about the same contact
def is_possible(phone: str) -> bool:
    """Whether this number (E.164) could exist, by its country's lengths; the pages' own +11234567890 could."""
    # The tables are large, and only a request with a number needs them.
    import phonenumbers  # noqa: PLC0415 -- see above

    try:
        reason = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return False
    return bool(reason == phonenumbers.ValidationResult.IS_POSSIBLE)


def zone_of(phone: str) -> str | None:
    """The first time zone that libphonenumber lists for this number (E.164); None where it lists none."""
    from phonenumbers import parse  # noqa: PLC0415 -- see above
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415 -- see above

    zone = str(time_zones_for_number(parse(phone))[0])
    return zone if zone in zones() else None


@cache
def zones() -> frozenset[str]:
    """The names of IANA's time zones."""
    return frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Field:
    """A text in a body or a query: its JSON Schema, what must hold of it and what is wrong where it does not.

    `to` makes the value to use of the text. `default`, in a query, is the value where nothing is given.
    """

    schema: Schema
    rules: tuple[tuple[Callable[[str], object], str], ...] = ()
    to: Callable[[str], Any] = str
    default: int | str = ""
    description: str = ""

    def read(self, name: str, value: object) -> Any:  # noqa: ANN401 -- whatever `to` makes of it
        """The value to use. Raises Refused."""
        text = _text(name, value)
        for holds, wrong in self.rules:
            if not holds(text):
                raise Refused(f"{name} {wrong}")
        return self.to(text)


class Variables(Field):
    """Custom variables: an object of texts."""

    def read(self, name: str, value: object) -> dict[str, str]:
        """The variables. Raises Refused."""
        if not isinstance(value, dict):
            raise Refused(f"{name} must be an object")
        return {_text(f"A key of {name}", key): _text(f"{name}.{key}", each) for key, each in value.items()}


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise Refused(f"{name} must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused(f"{name} is not valid Unicode text") from None
    return value


def _as_text(name: str, value: object) -> str:
    """The value of a field that nobody knows, as a custom variable holds it."""
    return _text(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


PHONE = Field(
    {"type": "string", "pattern": f"^{E164.pattern}$", "examples": ["+11234567890"]},
    (
        (E164.fullmatch, "must be in E.164 format (e.g., +11234567890)"),
        (is_possible, "is not a possible phone number"),
    ),
)
STATUS = Field({"type": "string", "minLength": 1}, ((bool, "must not be empty"),))
ID = Field({"type": "string", "format": "uuid"}, ((UUID.fullmatch, "must be a UUID"),), str.lower)
SPLITTER = Field(
    ID.schema | {"description": "Distributes new contacts over campaigns; campaignId wins"}, ID.rules, ID.to
)
NAME = Field(
    {"type": "string", "maxLength": 255}, ((lambda text: len(text) <= 255, "must have at most 255 characters"),)
)
ZONE = Field(
    {"type": "string", "description": "IANA name", "examples": ["America/New_York"]},
    ((lambda text: text in zones(), "must be an IANA timezone (e.g., America/New_York)"),),
)
VARIABLES_FIELD = Variables(
    {
        "type": "object",
        "description": "Replaces the whole stored object. Values are strings.",
        "additionalProperties": {"type": "string"},
    }
)


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a body: those `required`, or else at least one of those in `any_of` (`if_none` says so)."""

    title: str
    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    if_none: str = ""

    def read(self, raw: bytes) -> dict[str, Any]:
        """The fields that the body gives, checked, by name; unknown ones among `customVariables`. Raises Refused."""
        given = _object(raw)
        for name in self.required:
            if name not in given:
                raise Refused(f"{name} is required")
        found = {name: field.read(name, given[name]) for name, field in self.fields.items() if name in given}
        if self.any_of and found.keys().isdisjoint(self.any_of):
            raise Refused(self.if_none)
        more = {_text("A field's name", name): _as_text(name, given[name]) for name in given if name not in self.fields}
        if more:
            found[VARIABLES] = more | found.get(VARIABLES, {})
        return found

    def schema(self) -> Schema:
        """The body in JSON Schema."""
        described: Schema = {
            "type": "object",
            "properties": {name: field.schema for name, field in self.fields.items()},
        }
        if self.required:
            described["required"] = list(self.required)
        if self.any_of:
            described["anyOf"] = [{"required": [name]} for name in self.any_of]
        return described


UPDATE_BY_PHONE = Body(
    "UpdateByPhone",
    {"phone": PHONE, "status": STATUS, "campaignId": ID},
    required=("phone",),
    any_of=("status", "campaignId"),
    if_none="At least one of status or campaignId must be provided",
)
_BY_ID = {
    "name": NAME,
    "phoneNumber": PHONE,
    "timezone": ZONE,
    "status": STATUS,
    "campaignId": ID,
    VARIABLES: VARIABLES_FIELD,
}
UPDATE_BY_ID = Body("UpdateById", _BY_ID, any_of=tuple(_BY_ID), if_none="At least one field must be provided")
CREATE = Body(
    "CreateContact",
    {
        "phoneNumber": PHONE,
        "campaignId": ID,
        "splitterId": SPLITTER,
        "name": NAME,
        "timezone": ZONE,
        VARIABLES: VARIABLES_FIELD,
    },
    required=("phoneNumber",),
    any_of=("campaignId", "splitterId"),
    if_none="campaignId or splitterId is required",
)
FULFILL = Body("FulfillContact", {"phone": PHONE}, required=("phone",))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("The body names a field twice")
    return found


def _no_number(name: str) -> None:
    raise Refused(f"The body is not valid JSON: {name}")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)


def _object(raw: bytes) -> dict[str, Any]:
    """The JSON object that `raw` holds. Raises Refused for anything else, whatever the bytes."""
    if len(raw) > LARGEST:
        raise Refused(f"The body is larger than {LARGEST:,} bytes")
    try:
        found = _DECODER.decode(raw.decode())
    except (ValueError, RecursionError):
        raise Refused("The body is not valid JSON") from None
    if not isinstance(found, dict):
        raise Refused("The body must be a JSON object")
    return found


def _whole(default: int, description: str = "") -> Field:
    """A whole number from 1 on; int() takes 4,300 digits and no more."""

    def is_whole(text: str) -> bool:
        return re.fullmatch(r"[0-9]{1,4000}", text) is not None and int(text) >= 1

    schema = {"type": "integer", "minimum": 1, "default": default}
    return Field(schema, ((is_whole, "must be a whole number from 1 on"),), int, default, description)


def _choice(*choices: str, default: str = "", description: str = "") -> Field:
    schema: Schema = {"type": "string", "enum": list(choices)}
    if default:
        schema["default"] = default
    wrong = f"must be one of {', '.join(choices)}"
    return Field(schema, ((choices.__contains__, wrong),), str, default, description)


def _any(description: str = "") -> Field:
    return Field({"type": "string"}, description=description)


_LIMIT = f"At most {LARGEST_PAGE} come back; pagination.limit says how many"

CONTACT_PARAMETERS: Mapping[str, Field] = {
    "page": _whole(1),
    "limit": _whole(25, _LIMIT),
    "status": _any(),
    "campaignId": _any("One UUID or several, comma-separated"),
    "search": _any(),
    "searchBy": _choice("name", "phone", description="Where to search; both where left out"),
    "sortBy": _choice("createdAt", "fulfilledAt", "reAddedAt", default="createdAt"),
    "sortOrder": _choice("asc", "desc", default="desc"),
}
CAMPAIGN_PARAMETERS: Mapping[str, Field] = {
    "page": _whole(1),
    "limit": _whole(10, _LIMIT),
    "status": _choice("active", "paused"),
    "search": _any("Case-insensitive part of the name"),
}


def read_query(parameters: Mapping[str, Field], query: bytes) -> dict[str, Any]:
    """The value of every parameter, given or by default; others are ignored. Raises Refused."""
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise Refused("The query has too many parameters") from error
    given: dict[str, Any] = {}
    for name, text in pairs:
        if name in given:
            raise Refused(f"{name} is given twice")
        if name in parameters:
            given[name] = parameters[name].read(name, text)
    found = {name: field.default for name, field in parameters.items()} | given
    return found | {"limit": min(found["limit"], LARGEST_PAGE)}

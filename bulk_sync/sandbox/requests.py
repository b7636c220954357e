"""Requests: what a body and a query say, checked by the API's own document (`openapi.yaml`).

Fields that the document does not name become custom variables, as the contract says: a misspelt field is not refused.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl
from zoneinfo import available_timezones

from bulk_sync.sandbox.rules import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LARGEST = 1_000_000
"""The most bytes that a body may have."""

LARGEST_PAGE = 100
"""A larger `limit` is answered with this many; the contract leaves the number open, `pagination.limit` tells it."""

VARIABLES = "customVariables"
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Described = dict[str, Any]
"""A part of the document: an operation, a parameter, a schema."""


class Request(NamedTuple):
    """One request as it came in; `at` is the server's time of its arrival. Header names are in lower case."""

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes
    at: float


@cache
def document() -> Described:
    """The whole OpenAPI document."""
    import yaml  # noqa: PLC0415  # of the extra `sandbox`: a preview by the sandbox's contacts does without

    text = files("bulk_sync.sandbox").joinpath("openapi.yaml").read_text("utf-8")
    found: Described = yaml.safe_load(text)
    return found


def resolved(part: Described) -> Described:
    """The part of the document that this one refers to, if it does; else itself."""
    if "$ref" not in part:
        return part
    kind, name = part["$ref"].rsplit("/", 2)[1:]
    found: Described = document()["components"][kind][name]
    return found


def body_schema(operation: Described) -> Described | None:
    """The schema of the body that this operation takes."""
    if "requestBody" not in operation:
        return None
    return resolved(operation["requestBody"]["content"]["application/json"]["schema"])


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


def _is_at_least(text: str, least: int) -> bool:
    """Whether it is a whole number from `least` on; int() takes 4,300 digits and no more."""
    return re.fullmatch(r"[0-9]{1,4000}", text) is not None and int(text) >= least


_RULES: Mapping[str, tuple[Callable[[str, Any], object], str]] = {
    "minLength": (lambda text, least: len(text) >= least, "must not be empty"),
    "maxLength": (lambda text, most: len(text) <= most, "must have at most {} characters"),
    "pattern": (lambda text, pattern: re.fullmatch(pattern, text), "must be in E.164 format (e.g., +11234567890)"),
    "format": (lambda text, _: UUID.fullmatch(text), "must be a UUID"),
    "enum": (lambda text, choices: text in choices, "must be one of {}"),
    "minimum": (_is_at_least, "must be a whole number from {} on"),
}
"""What must hold of a text by a keyword of its schema, and what is wrong where it does not."""

_MEANING: Mapping[str, tuple[Callable[[str], bool], str]] = {
    **dict.fromkeys(("phone", "phoneNumber"), (is_possible, "is not a possible phone number")),
    "timezone": (lambda text: text in zones(), "must be an IANA timezone (e.g., America/New_York)"),
}
"""What must hold of a field beyond its schema."""


def checked(name: str, value: object, schema: Described) -> Any:  # noqa: ANN401 -- a text, a number or an object
    """The value to use of a field or a parameter. Raises Refused."""
    if schema["type"] == "object":
        if not isinstance(value, dict):
            raise Refused(f"{name} must be an object")
        return {_text(f"A key of {name}", key): _text(f"{name}.{key}", each) for key, each in value.items()}
    text = _text(name, value)
    for keyword, (holds, wrong) in _RULES.items():
        if keyword in schema and not holds(text, schema[keyword]):
            wanted = schema[keyword]
            raise Refused(f"{name} {wrong.format(', '.join(wanted) if isinstance(wanted, list) else wanted)}")
    if name in _MEANING and not _MEANING[name][0](text):
        raise Refused(f"{name} {_MEANING[name][1]}")
    if schema["type"] == "integer":
        return int(text)
    return text.lower() if schema.get("format") == "uuid" else text


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise Refused(f"{name} must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused(f"{name} is not valid Unicode text") from None
    return value


_NEITHER = {
    frozenset({"status", "campaignId"}): "At least one of status or campaignId must be provided",
    frozenset({"campaignId", "splitterId"}): "campaignId or splitterId is required",
}
"""What is said where a body names none of these fields; of another choice, any field will do."""


def read_body(schema: Described, raw: bytes) -> dict[str, Any]:
    """The fields that the body gives, checked, by name; unknown ones among `customVariables`. Raises Refused."""
    given, fields = _object(raw), schema["properties"]
    for name in schema.get("required", ()):
        if name not in given:
            raise Refused(f"{name} is required")
    found = {name: checked(name, given[name], field) for name, field in fields.items() if name in given}
    choice = frozenset(name for each in schema.get("anyOf", ()) for name in each["required"])
    if choice and choice.isdisjoint(found):
        raise Refused(_NEITHER.get(choice, "At least one field must be provided"))
    more = {_text("A field's name", name): _as_text(name, given[name]) for name in given if name not in fields}
    if more:
        found[VARIABLES] = more | found.get(VARIABLES, {})
    return found


def _as_text(name: str, value: object) -> str:
    """The value of a field that nobody knows, as a custom variable holds it."""
    return _text(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _object(raw: bytes) -> dict[str, Any]:
    """The JSON object that `raw` holds. Raises Refused for anything else, whatever the bytes."""
    if len(raw) > LARGEST:
        raise Refused(f"The body is larger than {LARGEST:,} bytes")
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused("The body is not valid JSON") from None
    if not isinstance(found, dict):
        raise Refused("The body must be a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("The body names a field twice")
    return found


def _no_number(name: str) -> None:
    raise Refused(f"The body is not valid JSON: {name}")


def read_query(parameters: Iterable[Described], query: bytes) -> dict[str, Any]:
    """The value of every parameter, given or by default; others are ignored. Raises Refused."""
    schemas = {each["name"]: each["schema"] for each in parameters}
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise Refused("The query has too many parameters") from error
    given: dict[str, Any] = {}
    for name, text in pairs:
        if name in given:
            raise Refused(f"{name} is given twice")
        if name in schemas:
            given[name] = checked(name, text, schemas[name])
    found = {name: schema.get("default", "") for name, schema in schemas.items()} | given
    return found | {"limit": min(found["limit"], LARGEST_PAGE)}

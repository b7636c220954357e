"""What libphonenumber says of a phone number: whether it is possible, and its time zone."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones


@lru_cache(maxsize=10_000)  # an update asks for it, and so does the next one about the same contact
def is_possible(phone: str) -> bool:
    """Whether this number (E.164) could exist, by its country's lengths; the pages' own +11234567890 could."""
    # The tables are large, and only a request with a number needs them.
    from phonenumbers import (  # noqa: PLC0415 -- see above
        NumberParseException,
        ValidationResult,
        is_possible_number_with_reason,
        parse,
    )

    try:
        return is_possible_number_with_reason(parse(phone)) == ValidationResult.IS_POSSIBLE
    except NumberParseException:
        return False


def zone_of(phone: str) -> str | None:
    """The first time zone that libphonenumber lists for this number (E.164); None where it lists none."""
    from phonenumbers import parse  # noqa: PLC0415 -- see above
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415 -- see above

    zone = time_zones_for_number(parse(phone))[0]
    return zone if zone in available_timezones() else None

"""In which time zone is a phone number at home?"""

from __future__ import annotations

from bulk_sync.sandbox.bodies import Invalid, known_timezone


def zone_of(phone: str) -> str | None:
    """The first time zone that libphonenumber lists for this number (E.164); None where it lists none."""
    # The tables are large, and only creating a contact needs them.
    from phonenumbers import NumberParseException, parse  # noqa: PLC0415 -- see above
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415 -- see above

    try:
        return known_timezone("timezone", time_zones_for_number(parse(phone))[0])
    except (NumberParseException, Invalid):
        return None

"""What the contract cannot say and the sandbox knows: which statuses, campaigns, contacts and time zones there are.

Loaded by Schemathesis (`SCHEMATHESIS_HOOKS`). Well-formed requests get known values most of the time and unknown ones
the rest. A value that the schema allows and the team does not have makes a request an invalid one, so it is marked as
such: then the check for rejected requests holds it, instead of the one for accepted requests.
"""

import itertools
import json
import os
import zlib
from pathlib import Path

import schemathesis
from schemathesis.generation import GenerationMode

from bulk_sync.sandbox.requests import is_possible
from bulk_sync.sandbox.seed import CAMPAIGNS, SPLITTERS, STATUSES, contacts

TAKEN, *PEOPLE = contacts()
"""No request here changes the first contact's number, so nobody else can ever have it."""

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland", "UTC")
_fresh = itertools.count(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    content = case.body if isinstance(case.body, dict) else {}
    chance = zlib.crc32(json.dumps([case.path_parameters, content], sort_keys=True, default=str).encode())
    if "id" in (case.path_parameters or {}) and chance % 4:
        case.path_parameters["id"] = PEOPLE[chance % len(PEOPLE)].id
    if content:
        case.body = content | _known(content, chance // 4, case.method)
        if _asks_for_what_nobody_has(case.body) or _takes_a_number(case):
            case.meta.generation.mode = GenerationMode.NEGATIVE


def _known(content, chance, method):
    known = {}
    if "phone" in content and chance % 5:
        known["phone"] = PEOPLE[chance % len(PEOPLE)].phone
    if "campaignId" in content and chance % 3:
        known["campaignId"] = CAMPAIGNS[chance % len(CAMPAIGNS)].id
    if "status" in content and chance % 7:
        known["status"] = STATUSES[chance % len(STATUSES)].name
    if "timezone" in content and chance % 11:
        known["timezone"] = ZONES[chance % len(ZONES)]
    if "splitterId" in content and chance % 3:
        known["splitterId"] = SPLITTERS[0].id
    if "phoneNumber" in content and method == "PUT":
        known["phoneNumber"] = f"+1900{next(_fresh):07d}" if chance % 9 else TAKEN.phone
    elif "phoneNumber" in content and chance % 5:
        known["phoneNumber"] = f"+1900{chance % 10_000_000:07d}"
    return known


def _asks_for_what_nobody_has(content):
    """An unknown status or time zone, or a number of the right form and an impossible length."""
    return (
        content.get("status", "active") not in {status.name for status in STATUSES}
        or content.get("timezone", "UTC") not in ZONES
        or not all(is_possible(content[name]) for name in ("phone", "phoneNumber") if name in content)
    )


def _takes_a_number(case):
    return case.method == "PUT" and case.body.get("phoneNumber") == TAKEN.phone


@schemathesis.hook
def after_call(context, case, response):
    """Keep a tally, so that the test can see that no operation was only ever refused, or only ever accepted."""
    with Path(os.environ["TALLY"]).open("a", encoding="utf-8") as tally:
        tally.write(f"{case.operation.label} {response.status_code // 100}\n")

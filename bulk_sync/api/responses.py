"""What does a reply mean for the row that asked? Pure.

2xx, success: true        accepted
2xx, success: false       refused, where its words call the contact or the campaign missing, or a field wrong
2xx, anything else        again, then bad_reply
3xx                       stop: the key follows no redirect
401, 403                  stop: the key is refused
403 that is a web page    again, then server_error: a firewall, or a proxy on the way
404                       contact or campaign not found, by its words; else rejected
404 that is a web page    stop, if nothing was understood before: the address is wrong
408, 425, 5xx             again, then server_error
429                       when the budget allows; not a try
other 4xx                 refused, with the API's own words
no reply                  again, then network_error; a certificate that fails stops
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.api.error_text import (
    body_of,
    is_denial,
    is_web_page,
    missing,
    named_missing,
    names_duplicate,
    names_wrong_field,
    said,
    sentence,
    words,
)
from bulk_sync.api.exchange import NoReply, Reply, Silence
from bulk_sync.errors import Code, KeyRefused, Stopped, WrongAddress
from bulk_sync.http_semantics import LONGEST_BY_DATE, asked_wait, is_failure

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Accepted:
    """The change stands. What the API says of the contact, where it does: its ID, its number (E.164), its status."""

    status: int
    contact_id: str | None = None
    phone: str | None = None
    contact_status: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Worth another try; `code` and `why` are the row's fate when the tries are used up. `after`: not before, seconds.

    `status`: HTTP's, None where no reply came. `may_have_landed`: the request may have reached the API all the same.
    """

    code: Code
    why: str
    status: int | None = None
    after: float = 0.0
    may_have_landed: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Refused for its time, not for what it says (429)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The API will not do it. `is_duplicate`: it says that what was to be made is there already."""

    code: Code
    why: str
    status: int
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Halt:
    """Nothing further may be sent."""

    reason: Stopped


Verdict = Accepted | Again | Held | Refused | Halt


def judge(reply: Reply | NoReply, *, understood: bool) -> Verdict:
    """What `reply` to a write means. `understood`: the API has given an answer before that was its own."""
    if isinstance(reply, NoReply):
        return silent(reply)
    match reply.status:
        case 403 if is_firewall(reply):
            return _walled_off(reply)
        case 401 | 403:
            return Halt(KeyRefused(_key_refused(reply)))
        case 429:
            return Held()
        case 404:
            return _not_found(reply, understood=understood)
        case status if is_failure(status):
            return _failed(reply)
        case status if 200 <= status < 300:
            return _accepted(reply)
        case status if 300 <= status < 400:
            return Halt(WrongAddress(_moved(reply)))
        case status if 400 <= status < 500:
            return _rejected(reply)
        case status:
            why = f"The API answered with the status {status}, which HTTP does not know."
            return Again(Code.BAD_REPLY, why, status, may_have_landed=True)


def silent(reply: NoReply) -> Again | Halt:
    """What it means that no answer came to a write."""
    if reply.silence is Silence.CERTIFICATE:
        said_why = sentence(reply.silence.value)
        return Halt(WrongAddress(f"{said_why} Check --base-url and this computer's clock; the key was not sent."))
    why = f"No answer came: {reply.silence.value}."
    return Again(Code.NETWORK_ERROR, why, may_have_landed=reply.silence is not Silence.UNREACHABLE)


def is_firewall(reply: Reply) -> bool:
    """Whether a 403 is not the API's own: a web page in its place, from a firewall or a proxy on the way."""
    return reply.status == 403 and is_web_page(reply) and not body_of(reply)


def headers_with_wait(reply: Reply) -> Mapping[str, str]:
    """The headers of a reply. What only the body of a 429 says of the wait (`retryAfter`, seconds) is among them."""
    if reply.status != 429 or "retry-after" in reply.headers:
        return reply.headers
    seconds = body_of(reply).get("retryAfter")
    return reply.headers if seconds is None else {**reply.headers, "retry-after": str(seconds)}


def _accepted(reply: Reply) -> Accepted | Again | Refused:
    body = body_of(reply)
    if body.get("success") is not True:
        return _unaccepted(reply, is_denied=is_denial(body))
    contact = next((shown for name in ("contact", "data") if isinstance(shown := body.get(name), dict)), {})
    status = contact.get("status")
    known = status if isinstance(status, str) else None
    return Accepted(reply.status, _id(contact.get("id")), _number(contact.get("phoneNumber")), known)


def _unaccepted(reply: Reply, *, is_denied: bool) -> Refused | Again:
    """What it means that a 2xx does not say `success: true`; `is_denied`: it says the opposite."""
    text = said(reply)
    if is_denied and (named := named_missing(text)):
        return _missing(named, reply)
    if is_denied and names_wrong_field(text):
        return _rejected(reply)
    its_words = f" It said: {text}" if text else ""
    why = f"The API answered {reply.status}, but not that the change was made.{its_words} Send the row again."
    return Again(Code.BAD_REPLY, why, reply.status, may_have_landed=True)


def _not_found(reply: Reply, *, understood: bool) -> Refused | Halt:
    if is_web_page(reply) and not understood:
        return Halt(WrongAddress("What answers there is a web site, not the contacts API. Check --base-url."))
    return _missing(missing(words(reply)), reply)


def _missing(named: str | None, reply: Reply) -> Refused:
    match named:
        case "contact":
            why = "The CRM has no contact with this number or ID. Add it there, or leave the row out."
            return Refused(Code.CONTACT_NOT_FOUND, why, reply.status)
        case "campaign":
            why = "The CRM has no campaign with this ID. Correct the campaign."
            return Refused(Code.CAMPAIGN_NOT_FOUND, why, reply.status)
        case _:
            return _rejected(reply)


def _rejected(reply: Reply) -> Refused:
    why = f"The API refused it ({reply.status}): {words(reply)} Correct the row and send it again."
    return Refused(Code.REJECTED, why, reply.status, is_duplicate=reply.status == 409 or names_duplicate(words(reply)))


def _key_refused(reply: Reply) -> str:
    return f"The API refused the key ({reply.status}): {words(reply)} Check the key."


def _moved(reply: Reply) -> str:
    return (
        f"The API's address redirects elsewhere ({reply.status}), and the key is not sent after a redirect. "
        "Check --base-url (https, no trailing path)."
    )


def _failed(reply: Reply) -> Again:
    why = f"The API failed ({reply.status}) at every try: {words(reply)} Send the row again later."
    return Again(Code.SERVER_ERROR, why, reply.status, after=_retry_after(reply), may_have_landed=True)


def _walled_off(reply: Reply) -> Again:
    why = (
        "A web page came instead of the API's answer (403): a firewall or a proxy on the way blocks this computer. "
        "Ask whoever runs the network, then send the row again."
    )
    return Again(Code.SERVER_ERROR, why, reply.status, after=_retry_after(reply))


def _retry_after(reply: Reply) -> float:
    """The seconds that the API asks for before the next try, in reason; a date counts from the reply's own Date."""
    asked = asked_wait(reply.headers, wall=None)
    return min(LONGEST_BY_DATE, max(0.0, asked.seconds)) if asked else 0.0


_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def _id(value: object) -> str | None:
    """An ID as the API gives it; what could be none is not passed on."""
    if not isinstance(value, str) or not value.isprintable() or "\ufffd" in value:
        return None
    return value if 0 < len(value) <= 64 else None


def _number(value: object) -> str | None:
    return value if isinstance(value, str) and _E164.fullmatch(value) else None

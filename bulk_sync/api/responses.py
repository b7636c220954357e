"""Responses: what each means for the row that asked, or for who wanted to read. Pure.

What a status means stands in one table, `_TABLE`; a web page in the API's place means something else. Where no answer
came, it is tried again, and then a network_error; a certificate that fails stops the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bulk_sync.api.error_text import (
    NOT_JSON,
    body_of,
    is_denial,
    is_web_page,
    missing,
    named_missing,
    names_duplicate,
    names_wrong_field,
    parsed,
    said,
    sentence,
    words,
)
from bulk_sync.errors import Code, KeyRefused, Stopped, WrongAddress
from bulk_sync.http_semantics import LONGEST_BY_DATE, asked_wait
from bulk_sync.model import E164, ReadOk, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: header names in lower case. `flaw`: why its body cannot be read, as a clause; then that is empty."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    flaw: str = ""


class FailureReason(Enum):
    """Why no answer came, as the end of "no answer came: …"."""

    UNREACHABLE = "the API could not be reached"
    PROXY = "the proxy of this network (HTTPS_PROXY) refused the connection"
    TIMED_OUT = "the API took too long"
    BROKEN_OFF = "the connection broke off"
    GARBLED = "what came back was not HTTP"
    HELD_BACK = "it was not sent, since it had waited too long for a connection"
    CERTIFICATE = "the certificate of the API could not be verified"


NEVER_LEFT = frozenset({FailureReason.UNREACHABLE, FailureReason.PROXY})
"""Where no byte of a request has reached the API."""


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """No whole answer came; the update may have landed all the same. `words` are the network's own."""

    reason: FailureReason
    words: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The change stands. What the API says of the contact, where it does: its ID, its number (E.164), its status."""

    status: int
    contact_id: str | None = None
    phone: str | None = None
    contact_status: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Worth another try; `code` and `why` are the row's fate when the tries are used up. `after`: not before, seconds.

    `status`: HTTP's, None where no reply came. `may_have_landed`: the request may have reached the API all the same.
    """

    code: Code
    why: str
    status: int | None = None
    after: float = 0.0
    may_have_landed: bool = False


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Refused for its time, not for what it says (429)."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The API will not do it. `is_duplicate`: it says that what was to be made is there already."""

    code: Code
    why: str
    status: int
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Abort:
    """Nothing further may be sent."""

    reason: Stopped


Verdict = Accepted | Retry | RateLimited | Rejected | Abort
ReadVerdict = ReadOk | Unavailable | Retry | RateLimited | Rejected | Abort


def classify(response: Response | TransportFailure, *, understood: bool) -> Verdict:
    """What `response` to a write means. `understood`: the API has given an answer before that was its own."""
    if isinstance(response, TransportFailure):
        return silent(response)
    meaning = next((write for statuses, write, _ in _TABLE if response.status in statuses), _unknown)
    return meaning(response, understood)


def classify_read(response: Response | TransportFailure, *, understood: bool) -> ReadVerdict:
    """What `response` to a read means. `understood`: the API has given an answer before that was its own."""
    if not isinstance(response, TransportFailure):
        meaning = next((read for statuses, _, read in _TABLE if response.status in statuses), _unknown)
        return meaning(response, understood)
    verdict = silent(response)
    if isinstance(verdict, Abort):
        return verdict
    return Retry(verdict.code, f"No answer came to a read: {response.reason.value}. Nothing was sent for this row.")


UNVERIFIED = (
    "Check --base-url and this computer's clock. In a company's network, ask whoever runs it for its certificates, and "
    "set SSL_CERT_FILE. The key was not sent."
)


def silent(response: TransportFailure) -> Retry | Abort:
    """What it means that no answer came to a write."""
    if response.reason is FailureReason.CERTIFICATE:
        return Abort(WrongAddress(f"{sentence(response.reason.value)} {UNVERIFIED}"))
    why = f"No answer came: {response.reason.value}."
    return Retry(Code.NETWORK_ERROR, why, may_have_landed=response.reason not in NEVER_LEFT)


def is_firewall(response: Response) -> bool:
    """Whether a 403 is not the API's own: a web page in its place, from a firewall or a proxy on the way."""
    return response.status == 403 and is_web_page(response)


def headers_with_wait(response: Response) -> Mapping[str, str]:
    """The headers of a reply. What only the body of a 429 says of the wait (`retryAfter`, seconds) is among them."""
    if response.status != 429 or "retry-after" in response.headers:
        return response.headers
    seconds = body_of(response).get("retryAfter")
    return response.headers if seconds is None else {**response.headers, "retry-after": str(seconds)}


def _accepted(response: Response, _: bool) -> Accepted | Retry | Rejected:
    """Accepted, where it says `success: true`."""
    body = body_of(response)
    if body.get("success") is not True:
        return _unaccepted(response, is_denied=is_denial(body))
    contact = next((shown for name in ("contact", "data") if isinstance(shown := body.get(name), dict)), {})
    status = contact.get("status")
    known = status if isinstance(status, str) else None
    return Accepted(response.status, _id(contact.get("id")), _number(contact.get("phoneNumber")), known)


def _unaccepted(response: Response, *, is_denied: bool) -> Rejected | Retry:
    """What it means that a 2xx does not say `success: true`; `is_denied`: it says the opposite."""
    text = said(response)
    if is_denied and (named := named_missing(text)):
        return _missing(named, response)
    if is_denied and names_wrong_field(text):
        return _rejected(response)
    its_words = f" It said: {text}" if text else ""
    if is_web_page(response):
        its_words = " A web page came instead: check --base-url, and whether this network asks you to sign in."
    why = f"The API answered {response.status}, but not that the change was made.{its_words} Send the row again."
    return Retry(Code.BAD_REPLY, why, response.status, may_have_landed=True)


NOT_THE_API = "What answers there is a web site, not the contacts API. Check --base-url."


def _elsewhere() -> Abort:
    return Abort(WrongAddress(NOT_THE_API))


def _not_found(response: Response, understood: bool) -> Rejected | Abort:
    """By its words, a contact or a campaign that is not there."""
    if is_web_page(response) and not understood:
        return _elsewhere()
    return _missing(missing(words(response)), response)


def _missing(named: str | None, response: Response) -> Rejected:
    match named:
        case "contact":
            why = "The CRM has no contact with this number or ID. Add it there, or leave the row out."
            return Rejected(Code.CONTACT_NOT_FOUND, why, response.status)
        case "campaign":
            why = "The CRM has no campaign with this ID. Correct the campaign."
            return Rejected(Code.CAMPAIGN_NOT_FOUND, why, response.status)
        case _:
            return _rejected(response)


def _rejected(response: Response, _: bool = True) -> Rejected:
    """Refused, with the API's own words. A route that is not there may be a wrong address, and no fault of the row."""
    what = "the row, or --base-url," if response.status in {404, 405} else "the row"
    why = f"The API refused it ({response.status}): {words(response)} Correct {what} and send it again."
    return Rejected(
        Code.REJECTED, why, response.status, is_duplicate=response.status == 409 or names_duplicate(words(response))
    )


def _key_refused(response: Response, _: bool) -> Abort:
    return Abort(KeyRefused(f"The API refused the key ({response.status}): {words(response)} Check the key."))


def _forbidden(response: Response, understood: bool) -> Abort | Retry:
    """The key is refused, unless a firewall or a proxy on the way says so."""
    return _walled_off(response) if is_firewall(response) else _key_refused(response, understood)


def _moved(response: Response, _: bool) -> Abort:
    """The key follows no redirect."""
    why = f"The API's address redirects elsewhere ({response.status}), and the key is not sent after a redirect."
    return Abort(WrongAddress(f"{why} Check --base-url (https, no trailing path)."))


def _failed(response: Response, _: bool) -> Retry:
    """It may not fail the next time."""
    why = f"The API failed ({response.status}) at every try: {words(response)} Send the row again later."
    return Retry(Code.SERVER_ERROR, why, response.status, after=_retry_after(response), may_have_landed=True)


def _walled_off(response: Response) -> Retry:
    why = (
        "A web page came instead of the API's answer (403): a firewall or a proxy on the way blocks this computer. "
        "Ask whoever runs the network, then send the row again."
    )
    return Retry(Code.SERVER_ERROR, why, response.status, after=_retry_after(response))


def _unknown(response: Response, _: bool) -> Retry:
    why = f"The API answered with the status {response.status}, which is not an HTTP status."
    return Retry(Code.BAD_REPLY, why, response.status, may_have_landed=True)


def _retry_after(response: Response) -> float:
    """The seconds that the API asks for before the next try, in reason; a date counts from the reply's own Date."""
    asked = asked_wait(response.headers, wall=None)
    return min(LONGEST_BY_DATE, max(0.0, asked.seconds)) if asked else 0.0


def _id(value: object) -> str | None:
    """An ID as the API gives it; what could be none is not passed on."""
    if not isinstance(value, str) or not value.isprintable() or "\ufffd" in value:
        return None
    return value if 0 < len(value) <= 64 else None


def _number(value: object) -> str | None:
    return value if isinstance(value, str) and E164.fullmatch(value) else None


def _not_had(response: Response, understood: bool) -> Unavailable | Abort | Retry:
    """Not offered, or not to this key; a 404 may say that a contact or a campaign is missing."""
    if is_firewall(response):
        return _walled_off(response)
    if response.status == 404 and is_web_page(response) and not understood:
        return _elsewhere()
    text = words(response)
    gone = missing(text) if response.status == 404 else None
    why = f"The API does not let this be read ({response.status}): {text}"
    return Unavailable(why, gone, http_status=response.status)


def _refused_read(response: Response, _: bool = True) -> Rejected:
    why = f"The API refused a read ({response.status}): {words(response)} Nothing was sent for this row."
    return Rejected(Code.REJECTED, why, response.status)


def _given(response: Response, _: bool) -> ReadOk | Unavailable | Rejected | Retry:
    """What was read, where it is JSON and no denial."""
    value, text = parsed(response.body), said(response) if response.flaw else ""
    if isinstance(value, dict) and is_denial(value):
        text = said(response)
        if named := named_missing(text):
            return Unavailable(f"The API does not have this ({response.status}): {text}", named)
        if names_wrong_field(text):
            return _refused_read(response)
    elif value is not NOT_JSON:
        return ReadOk(value)
    its_words = f" It said: {text}" if text else ""
    why = f"The API answered a read with {response.status}, but not with what can be understood.{its_words} Try again."
    return Retry(Code.BAD_REPLY, why, response.status)


_TABLE: tuple[
    tuple[Collection[int], Callable[[Response, bool], Verdict], Callable[[Response, bool], ReadVerdict]], ...
] = (
    # status, a write, a read; of several rows the first
    (range(200, 300), _accepted, _given),
    (range(300, 400), _moved, _moved),
    ({401}, _key_refused, _key_refused),
    ({403}, _forbidden, _not_had),
    ({404}, _not_found, _not_had),
    ({405}, _rejected, _not_had),
    ({501}, _failed, _not_had),
    ({429}, lambda *_: RateLimited(), lambda *_: RateLimited()),  # when the budget allows; not a try
    ({408, 425, *range(500, 600)}, _failed, _failed),
    (range(400, 500), _rejected, _refused_read),
)

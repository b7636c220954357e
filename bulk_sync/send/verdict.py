"""What does a reply mean for the row that asked? Pure.

2xx, success: true        accepted
2xx, anything else        again, then bad_reply
3xx                       stop: the key follows no redirect
401, 403                  stop: the key is refused
404                       contact or campaign not found, by its words; else rejected
404 that is a web page    stop, if nothing was understood before: the address is wrong
408, 425, 5xx             again, then server_error
429                       when the budget allows; not a try
other 4xx                 refused, with the API's own words
no reply                  again, then network_error; a certificate that fails stops
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from bulk_sync.errors import Code, KeyRefused, Stopped, WrongAddress
from bulk_sync.send.exchange import NoReply, Reply, Silence


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

    `status`: HTTP's, None where no reply came.
    """

    code: Code
    why: str
    status: int | None = None
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """Refused for its time, not for what it says (429)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The API will not do it."""

    code: Code
    why: str
    status: int


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
        case 401 | 403:
            return Halt(KeyRefused(_key_refused(reply)))
        case 429:
            return Held()
        case 404:
            return _not_found(reply, understood=understood)
        case 408 | 425:
            return _failed(reply)
        case status if 200 <= status < 300:
            return _accepted(reply)
        case status if 300 <= status < 400:
            return Halt(WrongAddress(_moved(reply)))
        case status if 400 <= status < 500:
            return _rejected(reply)
        case status if 500 <= status < 600:
            return _failed(reply)
        case status:
            return Again(
                Code.BAD_REPLY, f"The API answered with the status {status}, which HTTP does not know.", status
            )


def silent(reply: NoReply) -> Again | Halt:
    """What it means that no answer came to a write."""
    if reply.silence is Silence.CERTIFICATE:
        said = _sentence(reply.silence.value)
        return Halt(WrongAddress(f"{said} Check --base-url and this computer's clock; the key was not sent."))
    why = f"No answer came: {reply.silence.value}. The change may have landed; send the row again."
    return Again(Code.NETWORK_ERROR, why)


def _accepted(reply: Reply) -> Accepted | Again:
    body = _object(reply)
    if body.get("success") is not True:
        why = f"The API answered {reply.status}, but not that the change stands. Send the row again."
        return Again(Code.BAD_REPLY, why, reply.status)
    contact = next((shown for name in ("contact", "data") if isinstance(shown := body.get(name), dict)), {})
    status = contact.get("status")
    known = status if isinstance(status, str) else None
    return Accepted(reply.status, _id(contact.get("id")), _number(contact.get("phoneNumber")), known)


def _not_found(reply: Reply, *, understood: bool) -> Refused | Halt:
    if is_web_page(reply) and not understood:
        return Halt(WrongAddress("What answers there is a web site, not the contacts API. Check --base-url."))
    match missing(words(reply)):
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
    return Refused(Code.REJECTED, why, reply.status)


def missing(said: str) -> str | None:
    """Which noun a 404 is about: the subject of "not found" and its like, else the first that is named.

    What holds a slash is the address of a request, and says nothing of a contact ("Route /contacts/update not found").
    """
    bare = re.sub(r"\S*/\S*", "", said)
    clauses = [clause for clause in re.split(r"[:;.]", bare) if _VERB.search(clause)]
    nouns = _NOUN.findall(clauses[0] if clauses and _NOUN.search(clauses[0]) else bare)
    return nouns[0].lower() if nouns else None


_VERB = re.compile(r"not (?:be )?found|does(?:n[\'’]t| not) exist|unknown|missing|no such", re.IGNORECASE)
_NOUN = re.compile(r"\b(contact|campaign)(?![\'’]s)", re.IGNORECASE)


def _key_refused(reply: Reply) -> str:
    return f"The API refused the key ({reply.status}): {words(reply)} Check the key."


def _moved(reply: Reply) -> str:
    return (
        f"The API's address redirects elsewhere ({reply.status}), and the key is not sent after a redirect. "
        "Check --base-url (https, no trailing path)."
    )


def _failed(reply: Reply) -> Again:
    why = f"The API failed ({reply.status}) at every try: {words(reply)} Send the row again later."
    return Again(Code.SERVER_ERROR, why, reply.status, after=_retry_after(reply))


def _retry_after(reply: Reply, most: float = 120.0) -> float:
    """The seconds that the API asks for before the next try, up to `most`; a date counts from the reply's own Date."""
    text = reply.headers.get("retry-after", "").strip()
    try:
        asked = float(text) if re.fullmatch(r"[0-9.]+", text) else _seconds_until(text, reply.headers.get("date", ""))
    except ValueError:
        return 0.0
    return min(most, max(0.0, asked))


def _seconds_until(then: str, now: str) -> float:
    return (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds()


def words(reply: Reply, most: int = 300) -> str:
    """The API's own words as one printable sentence, at most `most` characters."""
    body = _object(reply)
    said = next(filter(None, (_said(body.get(name)) for name in ("message", "error", "detail", "title", "errors"))), "")
    if not said and _parsed(reply) is _NOT_JSON and not is_web_page(reply):
        said = reply.body[:most].decode(errors="replace")
    flat = " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())
    return _sentence(flat[:most]) if flat else "it gave no reason."


def _said(value: object) -> str:
    """The text in a field of an error: itself, or that of its items, or of its own message."""
    match value:
        case str():
            return value.strip()
        case list():
            return "; ".join(filter(None, map(_said, value[:5])))
        case {"message": inner} if isinstance(inner, str | list):
            return _said(inner)
        case _:
            return ""


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


_NOT_JSON = object()


def _parsed(reply: Reply) -> object:
    """The body as JSON says it, or `_NOT_JSON`."""
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _object(reply: Reply) -> dict[str, object]:
    body = _parsed(reply)
    return body if isinstance(body, dict) else {}


def is_web_page(reply: Reply) -> bool:
    """Whether a reply is HTML: a proxy's or a web site's word, not the API's."""
    return "html" in reply.headers.get("content-type", "").lower() or reply.body.lstrip()[:1] == b"<"


_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def _id(value: object) -> str | None:
    """An ID as the API gives it; what could be none is not passed on."""
    return value if isinstance(value, str) and value.isprintable() and 0 < len(value) <= 64 else None


def _number(value: object) -> str | None:
    return value if isinstance(value, str) and _E164.fullmatch(value) else None

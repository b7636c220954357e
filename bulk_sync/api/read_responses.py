"""What does a reply mean for who wanted to read? Pure.

2xx, JSON                 what was read
2xx, success: false       as for a write: not to be had, refused, or again
2xx, anything else        again, then bad_reply
3xx, 401, a certificate   stop, as for a write
403 that is a web page    again, then server_error: a firewall, or a proxy on the way
403, 404, 405, 501        not to be had; a 404 may say that a contact or a campaign is missing
404 that is a web page    stop, if nothing was understood before: the address is wrong
408, 425, 5xx, no reply   again, then server_error or network_error
429                       when the budget allows; not a try
other 4xx                 refused, with the API's own words
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_sync.api.error_text import (
    NOT_JSON,
    is_denial,
    is_web_page,
    missing,
    named_missing,
    names_wrong_field,
    parsed,
    said,
    words,
)
from bulk_sync.api.exchange import NoReply
from bulk_sync.api.responses import Accepted, Again, Halt, Held, Refused, is_firewall, judge, silent
from bulk_sync.errors import Code
from bulk_sync.model import Content, NotHad

if TYPE_CHECKING:
    from bulk_sync.api.exchange import Reply

_NOT_HAD = frozenset({403, 404, 405, 501})


def judge_read(reply: Reply | NoReply, *, understood: bool) -> Content | NotHad | Refused | Again | Held | Halt:
    """What `reply` to a read means. `understood`: the API has given an answer before that was its own."""
    if isinstance(reply, NoReply):
        return _silent(reply)
    is_elsewhere = reply.status == 404 and is_web_page(reply) and not understood
    if reply.status in _NOT_HAD and not is_elsewhere and not is_firewall(reply):
        return _not_had(reply)
    if 200 <= reply.status < 300:
        return _given(reply)
    match judge(reply, understood=understood):
        case Refused():
            return _refused(reply)
        case Accepted():
            return _given(reply)
        case verdict:
            return verdict


def _silent(reply: NoReply) -> Again | Halt:
    verdict = silent(reply)
    if isinstance(verdict, Halt):
        return verdict
    return Again(verdict.code, f"No answer came to a read: {reply.silence.value}. Nothing was sent for this row.")


def _not_had(reply: Reply) -> NotHad:
    text = words(reply)
    gone = missing(text) if reply.status == 404 else None
    return NotHad(f"The API does not let this be read ({reply.status}): {text}", gone)


def _refused(reply: Reply) -> Refused:
    why = f"The API refused a read ({reply.status}): {words(reply)} Nothing was sent for this row."
    return Refused(Code.REJECTED, why, reply.status)


def _given(reply: Reply) -> Content | NotHad | Refused | Again:
    value, text = parsed(reply.body), said(reply) if reply.flaw else ""
    if isinstance(value, dict) and is_denial(value):
        text = said(reply)
        if named := named_missing(text):
            return NotHad(f"The API does not have this ({reply.status}): {text}", named)
        if names_wrong_field(text):
            return _refused(reply)
    elif value is not NOT_JSON:
        return Content(value)
    its_words = f" It said: {text}" if text else ""
    why = f"The API answered a read with {reply.status}, but not with what can be understood.{its_words} Try again."
    return Again(Code.BAD_REPLY, why, reply.status)

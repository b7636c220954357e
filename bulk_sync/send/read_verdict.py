"""What does a reply mean for who wanted to read? Pure.

2xx, JSON                 what was read
2xx, anything else        again, then bad_reply
3xx, 401, a certificate   stop, as for a write
403, 404, 405, 501        not to be had; a 404 may say that a contact or a campaign is missing
404 that is a web page    stop, if nothing was understood before: the address is wrong
408, 425, 5xx, no reply   again, then server_error or network_error
429                       when the budget allows; not a try
other 4xx                 refused, with the API's own words
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import Content, NotHad
from bulk_sync.send.exchange import NoReply
from bulk_sync.send.verdict import Accepted, Again, Halt, Held, Refused, is_web_page, judge, missing, silent, words

if TYPE_CHECKING:
    from bulk_sync.send.exchange import Reply

_NOT_HAD = frozenset({403, 404, 405, 501})


def judge_read(reply: Reply | NoReply, *, understood: bool) -> Content | NotHad | Refused | Again | Held | Halt:
    """What `reply` to a read means. `understood`: the API has given an answer before that was its own."""
    if isinstance(reply, NoReply):
        return _silent(reply)
    is_elsewhere = reply.status == 404 and is_web_page(reply) and not understood
    if reply.status in _NOT_HAD and not is_elsewhere:
        return _not_had(reply)
    verdict = judge(reply, understood=understood)
    if isinstance(verdict, Refused):
        why = f"The API refused a read ({reply.status}): {words(reply)} Nothing was sent for this row."
        return Refused(verdict.code, why, reply.status)
    return _given(reply) if isinstance(verdict, Accepted) or 200 <= reply.status < 300 else verdict


def _silent(reply: NoReply) -> Again | Halt:
    verdict = silent(reply)
    if isinstance(verdict, Halt):
        return verdict
    return Again(verdict.code, f"No answer came to a read: {reply.silence.value}. Nothing was sent for this row.")


def _not_had(reply: Reply) -> NotHad:
    said = words(reply)
    gone = missing(said) if reply.status == 404 else None
    return NotHad(f"The API does not let this be read ({reply.status}): {said}", gone)


def _given(reply: Reply) -> Content | Again:
    try:
        return Content(json.loads(reply.body))
    except (ValueError, RecursionError):
        why = f"The API answered a read with {reply.status}, but not with what can be understood. Try again."
        return Again(Code.BAD_REPLY, why, reply.status)

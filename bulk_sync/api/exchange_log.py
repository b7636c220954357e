"""What does a log say of requests? Each read, and each try of a write that failed; numbers are masked, bodies left out.

What became of an update in the end has a line of its own (`report.log`).
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from bulk_sync.api.responses import Response, TransportFailure

if TYPE_CHECKING:
    from bulk_sync.api.requests import Request

LOGGER = logging.getLogger("bulk_sync.send")

_NUMBER = re.compile(r"(?:%2B|\+)\d{7,15}")


def heard(call: Request, response: Response | TransportFailure, *, failed: bool) -> None:
    """Log what came back to a request, at level INFO. `failed`: it is to be tried again, or was the last try."""
    if not (failed or call.method == "GET") or not LOGGER.isEnabledFor(logging.INFO):
        return
    path = _NUMBER.sub(lambda found: f"…{found[0][-3:]}", call.path)
    status = response.status if isinstance(response, Response) else None
    how = "no reply" if isinstance(response, TransportFailure) else str(status)
    fields = {"method": call.method, "path": path, "http_status": status, "failed": failed}
    LOGGER.info("%s %s: %s%s", call.method, path, how, ", failed" if failed else "", extra={"fields": fields})

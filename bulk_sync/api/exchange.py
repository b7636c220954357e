"""What goes over the wire, and what comes back? Pure: times are given in monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Call:
    """A request to come: `path` is below the base URL, `body` is JSON in UTF-8.

    `may_leave` is asked once more when a connection is there for it, which may take its time.
    """

    method: str
    path: str
    body: bytes = b""
    may_leave: Callable[[], bool] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: header names in lower case. `flaw`: why its body cannot be read, as a clause; then that is empty."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    flaw: str = ""


class Silence(Enum):
    """Why no answer came, as the end of "no answer came: …"."""

    UNREACHABLE = "the API could not be reached"
    TIMED_OUT = "the API took too long"
    BROKEN_OFF = "the connection broke off"
    GARBLED = "what came back was not HTTP"
    HELD_BACK = "it was not sent, since it had waited too long for a connection"
    CERTIFICATE = "the certificate of the API could not be verified"


@dataclass(frozen=True, slots=True)
class NoReply:
    """No whole answer came; the update may have landed all the same. `words` are the network's own."""

    silence: Silence
    words: str = ""

"""An update's tries, whose surroundings are given: nothing sleeps, and no wire is there."""

import asyncio
import json
from dataclasses import dataclass, field

from bulk_sync.api.responses import FailureReason, Response, TransportFailure
from bulk_sync.model import Change, Update
from bulk_sync.release import ReadyUpdate
from bulk_sync.send.circuit import Circuit
from bulk_sync.send.stop_rules import Stop
from bulk_sync.send.update_sender import Passage, UpdateSender

UPDATE = Update(0, Change("paused"), phone="+11234567890")
CONTACT_ID = "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59"


def reply(status, body=None, **headers):
    return Response(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode()
    )


DONE = reply(200, {"success": True, "contact": {"id": CONTACT_ID, "phoneNumber": "+11234567890"}})
DOWN = reply(503, {"message": "down"})
HELD = reply(429, {"message": "Too many requests"})
NOTHING = TransportFailure(FailureReason.TIMED_OUT)
PAGE = Response(404, {"content-type": "text/html"}, b"<html>")


def passage(update=UPDATE, priority=7, preflight=None):
    """An update that was released."""
    return Passage(priority, update, ReadyUpdate(update), preflight)


@dataclass
class Turns:
    """A budget that lets everybody go, and counts a window as refused with each 429."""

    refused_windows: int = 0
    departures: list = field(default_factory=list)
    arrivals: list = field(default_factory=list)
    losses: list = field(default_factory=list)
    withdrawals: list = field(default_factory=list)

    async def departure(self, priority, method):
        self.departures.append(priority)
        await asyncio.sleep(0)
        return float(len(self.departures))

    def arrived(self, sent, status, headers):
        self.arrivals.append((sent, status))
        self.refused_windows = self.refused_windows + 1 if status == 429 else 0

    def lost(self, sent):
        self.losses.append(sent)

    def withdrawn(self, sent):
        self.withdrawals.append(sent)


class Wire:
    """Gives the replies in turn, the last one again and again."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.calls = []

    async def __call__(self, call):
        self.calls.append(call)
        await asyncio.sleep(0)
        return self.replies[min(len(self.calls), len(self.replies)) - 1]


class Trial:
    """An `UpdateSender` whose surroundings can be looked at."""

    def __init__(self, *replies, jitter=0.5, **more):
        self.wire, self.scheduler, self.pauses = Wire(*replies), Turns(), []
        circuit = Circuit(600.0, Stop(), lambda: 0.0)
        clock = lambda: 1_800_000_000.5  # noqa: E731
        self.sender = UpdateSender(self.wire, self.scheduler, circuit, self._pause, lambda: jitter, clock, **more)

    async def _pause(self, seconds):
        self.pauses.append(seconds)

    def settle(self, update=UPDATE, priority=7, preflight=None):
        return asyncio.run(self.sender.settle(passage(update, priority, preflight)))

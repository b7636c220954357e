"""A whole sending end in virtual time, without a wire: an API is a function of the moment, hours take milliseconds."""

import asyncio

from bulk_sync.model import Change, Update
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.ratelimit.scheduler import Scheduler
from bulk_sync.send.circuit import Circuit
from bulk_sync.send.config import ErrorThreshold, Limits, SendConfig
from bulk_sync.send.engine import deliver
from bulk_sync.send.release_queue import ReleaseQueue
from bulk_sync.send.stop_rules import ErrorCount, Stop, deadline
from bulk_sync.send.update_sender import Passage, UpdateSender, delivered
from tests.virtual_time import run

from .trial import DONE

WALL = 1_800_000_000.0
NONE, ANY = Limits(), ErrorThreshold()


def nobody(_update):
    """Make no contact."""


class SendingLine:
    """Sends `rows` updates; `api(seconds, phone)` gives the reply, where seconds count from the start.

    Afterwards: `outcomes` by row, `calls` as (seconds, row), `told`, `reason`, and `took` in seconds.
    """

    def __init__(
        self, api=lambda _seconds, _row: DONE, *, rows=100, workers=32, rate="1000/s", latency=0.02, outage=600.0,
        limits=NONE, tolerance=ANY, wall_jumps=(),
    ):  # fmt: skip
        self.api, self.latency, self.wall_jumps = api, latency, wall_jumps
        self.outcomes, self.calls, self.told = {}, [], []
        self.pace = SendConfig(Rate.parse(rate), workers, tolerance, limits, outage)
        run(self._main(rows))

    async def _main(self, rows):
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        stop = Stop()
        errors = ErrorCount(self.pace.tolerance, stop)
        scheduler = Scheduler(self.pace.budget(), self._loop.time, self.pace.limits.writes, stop.because)
        stop.tell(scheduler.close)
        circuit = Circuit(self.pace.outage, stop, self._loop.time, self.told.append)
        sender = UpdateSender(self._exchange, scheduler, circuit, stop.pause, lambda: 0.5, self._wall)
        in_time = asyncio.create_task(deadline(self.pace.limits, stop, self._wall))

        async def record(update, outcome):
            assert update.row not in self.outcomes
            self.outcomes[update.row] = outcome
            errors.count(outcome)

        updates = [Update(row, Change("paused"), phone=f"+1415555{row:04d}") for row in range(rows)]

        async def settle(due):
            return await delivered(sender, nobody, Passage(*due))

        queue = ReleaseQueue(updates, lambda *_: None, stop)
        queue.release_all()
        await deliver(queue, settle, record, workers=self.pace.concurrency, stop=stop)
        in_time.cancel()
        self.reason, self.took = stop.reason, self._seconds()
        await asyncio.sleep(0)
        assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    def _seconds(self):
        return self._loop.time() - self._began

    def _wall(self):
        """The clock on the wall, which may be set while the run goes on: (from that second on, by so many seconds)."""
        return WALL + self._seconds() + sum(by for at, by in self.wall_jumps if self._seconds() >= at)

    async def _exchange(self, call):
        row = int(call.body.split(b"+1415555")[1][:4])
        self.calls.append((self._seconds(), row))
        await asyncio.sleep(self.latency)
        return self.api(self._seconds(), row)

"""Who else uses the key? Consumers that take their share without asking us, each as programs that wait and request.

A program is a generator: it yields the moment of its next request, and is sent whether that was allowed, and when the
window ends that it fell into (None where there are no windows).
"""

from itertools import count


class Smooth:
    """Requests at random moments, `share` of the limit on average; what is refused is given up."""

    def __init__(self, share=0.4):
        self.share = share

    def programs(self, limiter, begin, random):
        yield self._requests(self.share * limiter.limit / limiter.period, begin, random)

    def _requests(self, rate, now, random):
        while True:
            now += random.expovariate(rate)
            yield now


class Bursty(Smooth):
    """The whole share of a window at its start, within `within` seconds; `late` so many seconds after it."""

    def __init__(self, share=0.4, within=0.05, late=0.0, begin=0.0):
        self.share, self.within, self.late, self.begin = share, within, late, begin

    def programs(self, limiter, begin, random):
        yield self._bursts(limiter, begin + self.begin, random)

    def _bursts(self, limiter, start, random):
        while True:
            following = start + limiter.period
            for _ in range(round(self.share * limiter.limit)):
                allowed, end = yield start + self.late + random.uniform(0, self.within)
                following = following if end is None else end
                if not allowed:
                    break
            start = following + 1e-6


class Crowd:
    """Another tool with `workers` that fight for a file that fills so many `windows`.

    Each takes what it gets, and after a refusal tries again, `patience` seconds later at first, then twice as long, at
    most ten.
    """

    def __init__(self, workers=25, patience=0.5, each=0.05, windows=6, begin=0.0):
        self.workers, self.patience, self.each, self.windows, self.begin = workers, patience, each, windows, begin

    def programs(self, limiter, begin, random):
        rows = iter(range(self.windows * limiter.limit))
        for _ in range(self.workers):
            yield self._worker(begin + self.begin + random.uniform(0, 0.01), rows, random)

    def _worker(self, now, rows, random):
        for _ in rows:
            wait = self.patience
            while not (yield now)[0]:
                now += random.uniform(0.5, 1.5) * wait
                wait = min(10.0, 2 * wait)
            now += random.uniform(0.5, 1.5) * self.each


class ComingAndGoing(Smooth):
    """Smooth for so many periods, away for as many."""

    def __init__(self, share=0.4, periods=4.0, begin=1.5):
        self.share, self.periods, self.begin = share, periods, begin

    def programs(self, limiter, begin, random):
        yield self._visits(limiter, begin + self.begin * limiter.period, random)

    def _visits(self, limiter, now, random):
        rate, length = self.share * limiter.limit / limiter.period, self.periods * limiter.period
        for visit in count():
            arrival = now + 2 * visit * length
            for moment in self._requests(rate, arrival, random):
                if moment > arrival + length:
                    break
                yield moment


RIVALS = {
    "takes 40 % at random moments": Smooth(),
    "takes 40 % at each window's start": Bursty(),
    "takes 40 % for four windows of eight": ComingAndGoing(),
    "a tool with 25 workers that fight": Crowd(),
}

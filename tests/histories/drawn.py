"""Which histories are there? Few people, and much that befalls them: kinds of histories, each dense in one danger.

Drawn by a true random, evenly: a strategy of many choices prefers the plain ones, and there every guard holds. What
fails is made small by `smaller`.
"""

from dataclasses import replace

from hypothesis import strategies as st

from tests.histories.crm import SPRING
from tests.histories.player import Event, Fault, History, Kill, Row, Step

PEOPLE = 3
"""So many persons the team has at first; the next number is nobody's."""

CREATE, HOLD, LEAVE = f"create-missing={SPRING}", "unchecked=hold", "allow-leaving-dnc"
KEEP = "keep-before"
ANY = ("active", "active", "active", "DNC", "DNC", "opted-out", "q7", "paused", "callback", None)
MOST_ACTIVE = ("active", "active", "active", "paused", "DNC", "q7")
ASKED = ("active", "active", "active", "DNC", "DNC", "DNC", "", "", "paused", "opted-out", "q7", "callback", "won")
STARTING = ("active", "active", "active", "", "callback", "paused", "DNC")
BACK = ("paused", "won", "q7", "opted-out", "active", "", "DNC")
SOON, LATER = (0.0, 0.3, 1.0, 5.0, 16.0, 20.0), (45.0, 59.0, 62.0, 75.0, 100.0, 130.0, 200.0, 400.0)
TURNS = ("DNC", "DNC", "DNC", "active", "active", "opted-out", "q7", "gone", "again", "again DNC")
HARM = ("DNC", "DNC", "DNC", "q7", "again DNC")
FLAGS = ((), (), (), ("only-changed",), (CREATE,), ("only-changed", CREATE), (LEAVE,), (HOLD,))
CREATING = ((), (CREATE,), (CREATE,), ("only-changed", CREATE))
QUICK = ((0.05,), (0.05,), (0.05, 2.0), (0.5, 8.0))
SLOW = ((0.05,), (0.05,), (28.0,), (0.05, 28.0))
LENGTHS = (2.0, 8.0, 12.0, 40.0, 100.0, 300.0, float("inf"))


class Dice:
    """Draws the parts of histories. `random` is a Random."""

    def __init__(self, random):
        self.random, self.of = random, random.choice

    def few(self, least, most, each):
        """So many of what `each()` draws."""
        return tuple(each() for _ in range(self.random.randint(least, most)))

    def is_so(self, chance):
        return self.random.random() < chance

    def who(self):
        return self.random.randint(0, PEOPLE)

    def row(self, asked, who=None):
        status, extra = self.of(asked), self.of(("", "", "", "", "", "", "move", "new"))
        return Row(
            self.who() if who is None else who,
            status,
            move=extra == "move" or not (status or extra),
            by_id=extra == "new" or self.is_so(0.5),
            new=extra == "new",
        )

    def sheet(self, asked=ASKED, most=5):
        return tuple(dict.fromkeys(self.few(1, most, lambda: self.row(asked))))

    def both_ways(self):
        """Rows most of which are about one person."""
        asked = ("DNC", "DNC", "active", "active", "paused", "q7", "")
        return tuple(dict.fromkeys(self.few(2, 4, lambda: self.row(asked, self.of((0, 0, 0, 1))))))

    def event(self, moments=SOON + LATER, turns=TURNS):
        return Event(self.of(moments), self.who(), self.of(turns))

    def events(self):
        return self.few(0, 4, self.event)

    def harm(self):
        return self.few(1, 4, lambda: self.event(SOON + SOON + LATER, HARM))

    def refusal(self):
        begin = self.of((0.0, 0.0, 0.0, 1.0, 30.0, 61.0))
        return Fault(begin, self.of(LENGTHS), "contacts", self.of((403, 404, 405, 501)))

    def no_contacts(self):
        return Fault(
            self.of((0.0, 1.0, 30.0)), self.of(LENGTHS), "contacts", self.of((503, 429, "silent", "page", "lost"))
        )

    def no_writes(self):
        begin, length = self.of((0.0, 0.0, 0.3, 5.0, 61.0)), self.of((1.0, 5.0, 20.0, 65.0, 100.0, 300.0))
        kinds = (503, 503, 429, 429, "silent", "lost", "lost")
        return Fault(begin, length, self.of(("writes", "writes", "all")), self.of(kinds))

    def nap(self):
        return Fault(self.of((0.02, 0.1, 3.0, 61.0)), self.of((65.0, 4000.0)), "computer", None)

    def fault(self):
        return self.of((self.refusal, self.no_contacts, self.no_writes, self.nap))()

    def faults(self):
        return self.few(0, 2, self.fault)

    def kill(self):
        return Kill(self.of((1, 1, 2, 3)), self.of(("leaves", "arrives", "returns")), self.is_so(0.5))

    def run(self, rows, flags=FLAGS, **weather):
        """A run; no `rows`: of the same sheet again."""
        return Step("run", rows, frozenset(self.of(flags)), **self._weather(weather))

    def command(self, *names, flags=((),), **weather):
        return Step(self.of(names), flags=frozenset(self.of(flags)), **self._weather(weather))

    def _weather(self, given):
        return {"events": self.events(), "faults": self.faults(), "rest": self.of((1.0, 1.0, 70.0, 4000.0)), **given}

    def undo(self, **weather):
        return self.command("undo", flags=((), (), (LEAVE,)), **weather)

    def list(self):
        return Step(self.of(("add", "add", "add", "remove")), people=tuple(dict.fromkeys(self.few(1, 2, self.who))))

    def history(self, people, steps, latency=QUICK, writes=(30, 30, 2, 1)):
        """These commands, those that are none left out, in a team and with a server of some kind."""
        return History(
            self.few(PEOPLE, PEOPLE, lambda: self.of(people)),
            tuple(step for step in steps if step is not None),
            self.of(writes),
            self.of((100, 100, 100, 4)),
            self.of((100, 100, 2, 1)),
            self.is_so(0.5),
            self.of(latency),
            self.of((8, 8, 1, 32)),
            self.random.randrange(1000),
        )

    # kinds of histories

    def anything(self):
        first = self.run(self.sheet(), kill=self.kill() if self.is_so(0.2) else None)
        then = self.of((lambda: None, lambda: self.run(()), self.undo, lambda: self.run(self.sheet()), self.list))()
        return self.history(ANY, [self.list() if self.is_so(0.2) else None, first, then])

    def late(self):
        """Updates that must wait at a bad moment, while the team goes on."""
        waits = self.few(1, 2, self.of((self.no_writes, self.no_writes, self.nap)))
        return self.history(MOST_ACTIVE, [self.run(self.sheet(STARTING, 4), events=self.harm(), faults=waits)], SLOW)

    def unread(self):
        """Contacts that cannot be read: at first, later, for a while, for ever."""
        before = self.run(self.sheet(STARTING, 2), events=(), faults=()) if self.is_so(0.4) else None
        refused = self.few(1, 2, self.refusal)
        return self.history(ANY, [before, self.run(self.sheet(STARTING, 4), faults=refused)], SLOW, (30, 1, 1))

    def remembered(self):
        """People of whom only the memory knows that nobody calls them."""
        lost = self.few(0, 1, self.no_writes)
        first = self.of((self.list, lambda: self.run(self.sheet(("DNC",), 2), faults=lost)))()
        second = self.list() if self.is_so(0.3) else None
        return self.history(ANY, [first, second, self.run(self.sheet(STARTING, 4), CREATING)])

    def undone(self):
        first = self.run(self.sheet(BACK), faults=(), kill=self.kill() if self.is_so(0.2) else None)
        second = self.of((None, self.command("resume"), self.list()))
        last = self.undo(kill=self.kill() if self.is_so(0.2) else None)
        return self.history(MOST_ACTIVE, [first, second, last, self.command("resume") if last.kill else None])

    def killed(self):
        first, more = self.run(self.sheet(), kill=self.kill()), self.command("resume", "resume", "run")
        last = self.command("retry") if self.is_so(0.4) else None
        return self.history(ANY, [self.list() if self.is_so(0.5) else None, first, more, last])

    def twice(self):
        """One contact in several rows, by number and by ID."""
        faults = self.few(0, 2, self.of((self.no_writes, self.no_writes, self.refusal)))
        return self.history(MOST_ACTIVE, [self.run(self.both_ways(), faults=faults)])

    def listed(self):
        """Contacts that only lists show, which change from page to page."""
        moments = tuple(step / 2 for step in range(30))
        events = self.few(1, 6, lambda: self.event(moments, ("active", "active", "DNC", "gone", "again", "again DNC")))
        rows = dict.fromkeys(Row(self.who(), self.of(STARTING) or "won", by_id=True) for _ in range(4))
        wait = self.few(0, 1, self.no_writes)
        people = ("DNC", "DNC", "DNC", "active", "opted-out")
        history = self.history(people, [self.run(tuple(rows), events=events, faults=wait)], ((0.5,), (1.0,), (2.0,)))
        return replace(history, most=self.of((1, 1, 2)), reads=100, reads_by_id=False)

    def kept(self):
        """Runs that read every contact before its update, whether that is needed or not."""
        history = self.of((self.anything, self.late, self.unread, self.twice, self.listed))()
        flags = {KEEP, *self.of(((), (), ("order=file",)))}
        steps = (replace(each, flags=each.flags | flags) if each.do == "run" else each for each in history.steps)
        return replace(history, steps=tuple(steps))

    def any_history(self):
        often = self.anything, self.late, self.twice, self.listed
        return self.of((*often, self.late, self.unread, self.remembered, self.undone, self.killed, self.kept))()

    def calm(self):
        """A run or none, what the team does after it, then a preview and its run, beside which nothing happens."""
        before = Step("run", self.sheet(), frozenset(self.of(FLAGS)), self.events(), rest=500.0)
        rows, flags = self.sheet(), frozenset(self.of(FLAGS))
        steps = (*((before,) if self.is_so(0.6) else ()), Step("preview", rows, flags), Step("run", flags=flags))
        return History(
            self.few(PEOPLE, PEOPLE, lambda: self.of(ANY)), steps, most=self.of((100, 2)), reads_by_id=self.is_so(0.5)
        )


def histories():
    """Histories of one to four commands."""
    return st.randoms(use_true_random=True).map(lambda random: Dice(random).any_history())


def calm():
    """Histories that end with a preview and its run, beside which nothing happens."""
    return st.randoms(use_true_random=True).map(lambda random: Dice(random).calm())

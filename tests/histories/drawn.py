"""Which histories are there? Strategies, weighted towards what can go wrong."""

from hypothesis import strategies as st

from tests.histories.crm import SPRING
from tests.histories.player import Event, Fault, History, Kill, Row, Step

NOBODY = 6
"""The number of a person whom no team has at first."""

FOREVER = float("inf")
statuses = st.sampled_from(["active"] * 4 + ["DNC"] * 3 + ["paused", "opted-out", "q7", "callback", None])
asked = st.sampled_from(
    ["active"] * 5 + ["DNC"] * 4 + ["paused", "fulfilled", "opted-out", "q7", "callback", "won", "talk-to-human", ""]
)
who = st.integers(0, 5) | st.just(NOBODY)
rows = st.builds(
    lambda who, status, move, by_id, new: Row(who, status, move or not status, by_id or new, new),
    who, asked, st.sampled_from([False, False, False, True]), st.booleans(), st.sampled_from([False] * 11 + [True]),
)  # fmt: skip
sheets = st.lists(rows, min_size=1, max_size=6, unique_by=lambda row: (row.who, row.by_id, row.status, row.move)).map(
    tuple
)
moments = st.sampled_from([0.0, 0.3, 1.0, 5.0, 20.0, 45.0, 59.0, 62.0, 75.0, 100.0, 130.0, 200.0, 400.0])
events = st.lists(
    st.builds(
        Event, moments, who, st.sampled_from(["DNC"] * 4 + ["active"] * 2 + ["opted-out", "gone", "again", "again DNC"])
    ),
    max_size=4,
).map(tuple)
lengths = st.sampled_from([2.0, 12.0, 40.0, 100.0, 300.0, FOREVER])
on_contacts = st.builds(
    Fault, st.sampled_from([0.0, 0.0, 0.0, 1.0, 30.0]), lengths, st.just("contacts"),
    st.sampled_from([403, 404, 405, 501, 503, 429, "silent", "page", "lost"]),
)  # fmt: skip
on_writes = st.builds(
    Fault, st.sampled_from([0.0, 0.0, 0.3, 5.0, 61.0]), st.sampled_from([1.0, 5.0, 40.0, 100.0, 300.0]),
    st.sampled_from(["writes", "writes", "all"]), st.sampled_from([503, 429, 429, "silent", "lost", "lost"]),
)  # fmt: skip
faults = st.lists(on_contacts | on_writes, max_size=2).map(tuple)
no_kill = st.none()
kills = st.builds(Kill, st.integers(1, 4), st.sampled_from(["leaves", "arrives", "returns"]), st.booleans())
CREATE = f"create-missing={SPRING}"
flags = st.sampled_from(
    [()] * 6 + [("only-changed",)] * 2 + [(CREATE,)] * 2 + [("allow-leaving-dnc",), ("only-changed", CREATE)]
).map(frozenset)
rests = st.sampled_from([1.0, 1.0, 70.0, 4000.0])


def runs(rows=sheets, kill=no_kill | kills):
    """A run of a sheet."""
    return st.builds(Step, st.just("run"), rows, flags, events, faults, kill, rest=rests)


def command(*names):
    """One of these commands, which need no sheet."""
    few = st.sampled_from([()] * 4 + [("allow-leaving-dnc",)]).map(frozenset)
    return st.builds(Step, st.sampled_from(names), st.just(()), few, events, faults, no_kill, rest=rests)


afterwards = st.lists(runs() | command("undo") | command("resume", "retry") | runs(st.just(())), max_size=2)


@st.composite
def histories(draw):
    """A history of one to four commands."""
    first = draw(runs())
    more = ([draw(command("resume", "run"))] if first.kill else []) + draw(afterwards)
    return History(
        people=tuple(draw(st.lists(statuses, min_size=6, max_size=6))),
        steps=(first, *more),
        writes=draw(st.sampled_from([30, 30, 2, 1])),
        reads=draw(st.sampled_from([100, 100, 4])),
        most=draw(st.sampled_from([100, 100, 2, 1])),
        reads_by_id=draw(st.booleans()),
        latency=draw(st.sampled_from([(0.05,), (0.05,), (0.05, 2.0), (0.5, 8.0)])),
        concurrency=draw(st.sampled_from([8, 8, 1, 32])),
        seed=draw(st.integers(0, 9)),
    )


@st.composite
def calm(draw):
    """A run or none, what the team does after it, then a preview and its run, beside which nothing happens."""
    before = draw(st.lists(st.builds(Step, st.just("run"), sheets, flags, events, rest=st.just(500.0)), max_size=1))
    rows, given = draw(sheets), draw(flags)
    return History(
        people=tuple(draw(st.lists(statuses, min_size=6, max_size=6))),
        steps=(*before, Step("preview", rows, given), Step("run", flags=given)),
        most=draw(st.sampled_from([100, 2])),
        reads_by_id=draw(st.booleans()),
        concurrency=draw(st.sampled_from([8, 1])),
    )

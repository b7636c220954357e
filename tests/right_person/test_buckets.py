"""POST and PUT, one bucket or two, which the vendor does not say: no refusal, and two are used where there are two.

Simulated in virtual time against whole limiters; and the command against a sandbox that counts either way.
"""

import pytest

from bulk_sync.ratelimit.rate import Rate
from bulk_sync.sandbox import Rate as SandboxRate
from bulk_sync.sandbox import SandboxContact
from bulk_sync.sandbox.rules import id_for
from tests.desk import PHONES, desk
from tests.simulation.limiters import KINDS
from tests.simulation.rivals import RIVALS
from tests.simulation.several import busiest
from tests.simulation.world import Line, Server, ideal_finish, simulate

QUICK = Line((0.0025, 0.025), (0.0025, 0.025))
ALTERNATELY, TWO_TO_ONE, IN_RUNS = ("POST", "PUT"), ("POST", "POST", "PUT"), ("POST",) * 45 + ("PUT",) * 45
MIXED = pytest.mark.parametrize("methods", [ALTERNATELY, TWO_TO_ONE, IN_RUNS], ids=["alternately", "2:1", "in runs"])
ROWS = 300


def server(kind, *, own, rounding="up"):
    return Server(KINDS[kind](30, 60), rounding, skew=-77.3, of_puts=KINDS[kind](30, 60) if own else None)


def finish_of_one(kind, rows=ROWS):
    return ideal_finish(KINDS[kind](30, 60), rows, skew=-77.3)


@pytest.mark.parametrize("kind", KINDS)
@MIXED
def test_one_bucket_is_used_as_by_one_method_and_refuses_nothing(kind, methods):
    story = simulate(server(kind, own=False), ROWS, line=QUICK, methods=methods)
    assert story.refused == []
    assert finish_of_one(kind) / story.finish >= 0.95


@pytest.mark.parametrize("kind", KINDS)
@MIXED
def test_two_buckets_refuse_nothing_either_and_take_less_time_than_one_could(kind, methods):
    story = simulate(server(kind, own=True), ROWS, line=QUICK, methods=methods)
    assert story.refused == []
    assert finish_of_one(kind) / story.finish >= {ALTERNATELY: 1.6, TWO_TO_ONE: 1.25}.get(methods, 1.0)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_rate_bounds_both_together(kind, own):
    story = simulate(server(kind, own=own), 80, line=QUICK, methods=ALTERNATELY, ceiling=Rate(7, 20.0))
    assert story.refused == []
    assert busiest(story.left, 20.0) <= 7
    assert story.finish <= 20.0 * (80 / 7 + 1)


@pytest.mark.parametrize("rival", RIVALS)
def test_beside_a_rival_nobody_takes_one_bucket_for_two(rival):
    kind = "fixed, from the first request"
    story = simulate(server(kind, own=False), ROWS, line=QUICK, methods=ALTERNATELY, rival=RIVALS[rival])
    assert len(story.refused) <= 3 * story.finish / 60


@pytest.mark.parametrize("form", ["relative", "silent"])
def test_resets_that_count_from_now_and_silence_prove_nothing_wrong(form):
    for own in (False, True):
        limiter = server("sliding, names the oldest", own=own)
        limiter.form = form
        story = simulate(limiter, 120, line=QUICK, methods=ALTERNATELY)
        assert story.refused == []


@pytest.mark.parametrize("bucket", ["shared", "own"])
def test_the_command_sends_rows_by_phone_and_by_id_without_a_refusal(tmp_path, monkeypatch, capsys, bucket):
    options = {"limiter": "fixed", "writes": SandboxRate(20, 2.0), "put_bucket": bucket}
    people = [SandboxContact(phone=phone) for phone in PHONES]
    with desk(tmp_path, monkeypatch, capsys, people, **options) as at:
        rows = [(phone, "", "paused") for phone in PHONES[:24]]
        rows += [("", id_for(phone), "paused") for phone in PHONES[24:48]]
        at.sheet(rows, head=("phone", "id", "status"))
        done = at("rows.csv")
        assert done.code == 0
        assert at.codes() == ["updated"] * 48
        assert at.statuses(PHONES[:48]) == {"paused"}
        assert at.sent.total() == 48

"""Nobody who said "never" is called, whatever happens. Histories of whole commands in virtual time, against a team that
changes while it is read; `benchmarks/histories.py` plays as many as one likes and makes those that go wrong small."""

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests import adapter
from tests.histories.drawn import Dice, calm, histories
from tests.histories.player import Player

from .mutants import MUTANTS

pytestmark = pytest.mark.trial

SHARDS, EACH = 10, 60
"""600 histories, in parts that run beside each other; `benchmarks/histories.py` plays as many as one has time for."""

MOST = 1_500
"""Histories within which a weakened guard must be seen."""


def many(number, start):
    """So many examples, always the same for one `start`; they are made small elsewhere."""
    draw = settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: seed(start)(draw(test))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_nobody_is_taken_out_of_dnc_and_no_dnc_row_is_lost(shard):
    @many(EACH, shard)
    @given(histories())
    def play(history):
        wrongs = Player(history).play().judge.wrongs
        assert not wrongs, f"{wrongs[0]}\n{history!r}"

    play()


OF_THE_API = {("updated", "contact_not_found"), ("created", "contact_not_found")}
"""What a preview does not ask, since the API says it when the call comes: whether a contact is there."""

NOTHING_LEAVES = {"unchanged", "leaves_dnc"}


@pytest.mark.parametrize("shard", range(4))
def test_a_preview_says_what_its_run_does(shard):
    @many(40, shard)
    @given(calm())
    def play(history):
        player = Player(history).play()
        preview, run = player.ended[-2:]
        phones = [contact.phone for contact in player.crm.contacts()]
        if len(set(phones)) < len(phones):
            return  # which of two contacts with one number is seen first is chance
        for line, expected, said, done in zip(preview.lines, preview.expected, preview.rows, run.rows, strict=True):
            pair = said["sync_code"], done["sync_code"]
            if expected is None or line.row.status == "DNC" or set(pair) <= NOTHING_LEAVES:
                continue  # another row has the same contact, or a call that changes nothing is cheaper than a read
            assert pair[0] == pair[1] or pair in OF_THE_API, (line, said["sync_error"], done["sync_error"])

    play()


@pytest.mark.parametrize("description", MUTANTS)
def test_a_weakened_guard_is_seen(description):
    kinds, seen_by = MUTANTS[description]
    dice = Dice(Random(description))
    drawn = [getattr(dice, kinds[number % len(kinds)])() for number in range(MOST)]
    with adapter.weakened(description):
        for number in [seen_by, *range(MOST)]:
            if Player(drawn[number]).play().judge.wrongs:
                return
    pytest.fail(f"{MOST} histories, and nobody noticed that {description}")

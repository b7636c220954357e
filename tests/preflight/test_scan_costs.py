"""Which is the cheapest way to find out how contacts stand, and is it worth its time?"""

import pytest

from bulk_sync.preflight.findings import slower_sentence
from bulk_sync.preflight.scan import Costs, Way, asks_filters, cheapest

COSTS = Costs(lambda reads: 0.6 * reads, lambda writes: 2.0 * writes)


@pytest.mark.parametrize(
    ("rows", "pages", "filtered", "way"),
    [
        (10_000, 500, None, (Way.PAGES, 500)),
        (200, 40_000, None, (Way.SEARCHES, 200)),
        (200, None, None, (Way.SEARCHES, 200)),
        (1_000, 2_000, [3, 7], (Way.FILTERS, 110)),
        (1_000, 2_000, [900, 100], (Way.SEARCHES, 1_000)),
        (1_000, 109, [3, 7], (Way.PAGES, 109)),
        (0, 100, None, (Way.NOT, 0)),
    ],
)
def test_the_fewest_reads_win(rows, pages, filtered, way):
    assert cheapest(rows, pages, filtered, COSTS) == way


@pytest.mark.parametrize(
    ("rows", "pages", "filters", "asked"),
    [(1_000, 500, 2, True), (1_000, 20, 2, False), (20, 500, 2, False), (1_000, None, 2, True), (1_000, 500, 0, False),
     (1_000, 500, 12, True), (1_000, 500, 13, False)],
)  # fmt: skip
def test_how_long_a_list_is_costs_a_read(rows, pages, filters, asked):
    assert asks_filters(rows, pages, filters) is asked


@pytest.mark.parametrize(
    ("looks", "writes", "says"),
    [(0.03, 0.0, ""), (0.9, 0.2, ""), (90.0, 100.0, ""), (90.0, 0.0, "up to 1 min 30 s, longer than sending (under a")],
)
def test_that_looking_takes_longer_is_said_where_it_is_felt(looks, writes, says):
    assert says in (said := slower_sentence(looks, writes))
    assert bool(says) is bool(said)

"""Who is in DNC? By the list of them."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from bulk_sync.api.paginator import Lists
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.model import ReadFailed, ReadOk, Status, Unavailable
from bulk_sync.preflight.dnc_list import READINGS, RENEWED, DncList
from tests.simulation.team import Team, person
from tests.virtual_time import run


class Api:
    """A team of `size`, the first of them in DNC; `before(api, page)` is called at each read, `says` answers."""

    def __init__(self, in_dnc, size=60, most=10, before=None, says=None):
        self.team = Team([person(n, "DNC" if n < in_dnc else "active") for n in range(size)], most=most)
        self.before, self.says, self.reads, self.now = before, says, 0, 0.0

    async def read(self, path, priority):
        self.reads += 1
        query = dict(parse_qsl(urlsplit(path).query))
        if self.before:
            self.before(self, int(query["page"]))
        page = json.loads(json.dumps(self.team.page(query)))
        return (self.says and self.says(page)) or ReadOk(page)

    def list(self, dnc=None, **more):
        return DncList(Lists(self.read), dnc or DncStatuses(), lambda: self.now, lambda reads: 0.0, **more)

    def snapshot(self, worth=100.0, dnc=None):
        """Who is in DNC."""
        return run(self.list(dnc).snapshot(worth))


def shown(snapshot, number):
    """The contact with this number in DNC; by its ID it is the same."""
    known = person(number)
    found = snapshot.find(known["phoneNumber"], None)
    assert found == snapshot.find(None, known["id"].upper())
    return found


def test_who_moves_between_two_pages_while_another_comes_is_seen_all_the_same():
    def before(api, page):
        if page == 2 and api.reads == 2:
            api.team.put(0, "active")  # so number 10 comes to the page that was read
            api.team.put(30, "DNC")  # and the numbers agree

    api = Api(in_dnc=25, before=before)
    found = api.snapshot()
    assert shown(found, 10) is not None
    assert shown(found, 0) is None
    assert api.reads == 9


def test_a_list_that_never_stands_still_tells_nothing():
    def before(api, page):
        if page == 2:
            api.team.put(30 + api.reads % 25, "DNC")

    api = Api(in_dnc=25, before=before)
    assert api.snapshot() is None
    assert api.reads >= 2 * READINGS


def test_statuses_of_the_teams_own_have_lists_of_their_own():
    own = DncStatuses((), [Status("out", ("Opted out",), terminal=True), Status("vip", ("VIP",), terminal=True)])
    api = Api(in_dnc=5)
    api.team.put(50, "out")
    found = api.snapshot(dnc=own)
    assert (shown(found, 3).status, shown(found, 50).status) == ("DNC", "out")
    assert api.reads == 4  # two lists do not show one moment: each is read twice


@pytest.mark.parametrize(("in_dnc", "total"), [(25, 10), (20, 10), (25, 20)])
def test_a_total_that_counts_too_few_hides_nobody(in_dnc, total):
    """It counts a page, or was counted once. The last page by it is full, so the next one is asked for."""
    assert Api(in_dnc, says=lambda page: says_total(page, total)).snapshot() is None


def test_a_last_page_that_is_full_costs_one_read_more():
    api = Api(in_dnc=10)
    assert shown(api.snapshot(), 9) is not None
    assert api.reads == 2


def test_an_api_that_shows_its_last_page_for_those_behind_it_shows_all():
    def says(page):
        return ReadOk({"contacts": [person(n, "DNC") for n in range(10)], "pagination": page["pagination"]})

    assert shown(Api(in_dnc=10, says=says).snapshot(), 9) is not None


@pytest.mark.parametrize(
    "refusal",
    [Unavailable("Invalid page.", http_status=404), Unavailable("No contacts found.", "contact", http_status=404),
     ReadFailed(Code.REJECTED, "Out of range.", 400, 1), ReadFailed(Code.REJECTED, "No such page.", 422, 1)],
)  # fmt: skip
def test_an_api_that_refuses_pages_behind_the_last_shows_all(refusal):
    def says(page):
        return ReadOk(page) if page["contacts"] else refusal

    api = Api(in_dnc=20, says=says)
    assert shown(api.snapshot(), 19) is not None
    assert api.reads == 6  # each time its two pages, and the one behind them


@pytest.mark.parametrize(
    ("in_dnc", "refusal"),
    [(1_000, ReadFailed(Code.REJECTED, "The result window is too large.", 400, 1)),
     (20, Unavailable("Forbidden.", http_status=403)), (20, ReadFailed(Code.SERVER_ERROR, "It failed.", 503, 5))],
)  # fmt: skip
def test_a_page_behind_the_last_may_be_refused_for_another_reason(in_dnc, refusal):
    """A round total may be the most that the API counts, and lets be read."""

    def says(page):
        return ReadOk(page) if page["contacts"] else refusal

    assert Api(in_dnc, size=in_dnc, most=in_dnc // 2, says=says).snapshot() is None


def says_total(page, total):
    return ReadOk({**page, "pagination": {**page["pagination"], "total": total}})


def test_an_api_that_ignores_the_filter_shows_everybody():
    def says(page):
        page["contacts"] = [{**person(3), "status": "DNC"}, person(4), {**person(5), "status": " dnc"}]
        page["pagination"]["total"] = 3

    found = Api(in_dnc=0, says=says).snapshot()
    assert (shown(found, 3).status, shown(found, 4), shown(found, 5).status) == ("DNC", None, " dnc")


def test_numbers_that_cannot_be_read_leave_it_open_who_they_are():
    def says(page):
        page["contacts"][2]["phoneNumber"] = "415 555"

    assert not Api(in_dnc=5, says=says).snapshot().is_legible


@pytest.mark.parametrize("answer", [Unavailable("Forbidden."), ReadFailed(Code.SERVER_ERROR, "It failed.", 503, 5)])
def test_where_the_list_is_not_to_be_had_it_says_so(answer):
    api = Api(in_dnc=5, says=lambda page: answer)
    found = api.list()
    assert run(found.snapshot(100.0)) is None
    assert found.hindrance == answer


def test_a_list_that_is_not_worth_its_reads_is_not_read_and_not_asked_for_soon_again():
    api = Api(in_dnc=25)

    async def main():
        dnc = api.list()
        first = await dnc.snapshot(5.0), api.reads
        again = await dnc.snapshot(5.0), api.reads
        worth = await dnc.snapshot(6.0)
        return first, again, worth is not None

    assert run(main()) == ((None, 1), (None, 1), True)


@pytest.mark.parametrize(("forever", "reads"), [(False, 2), (True, 1)])
def test_after_a_while_the_list_is_read_again_but_in_a_preview(forever, reads):
    api = Api(in_dnc=1)

    async def main():
        dnc = api.list(forever=forever)
        await dnc.snapshot(9.0)
        api.team.put(7, "DNC")
        api.now = RENEWED
        soon = await dnc.snapshot(9.0)
        api.now = RENEWED + 1
        return shown(soon, 7), shown(await dnc.snapshot(9.0), 7)

    soon, later = run(main())
    assert soon is None
    assert (later is None) is forever
    assert api.reads == reads

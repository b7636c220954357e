"""How are many contacts read at once?"""

import asyncio
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from bulk_sync.api.paginator import CONTACTS, FIRST, Lists, Reading
from bulk_sync.errors import Code
from bulk_sync.model import ReadFailed, ReadOk, Unavailable
from tests.simulation.team import Team, person
from tests.virtual_time import run

FAILED = ReadFailed(Code.SERVER_ERROR, "It failed.", 503, 5)
FORBIDDEN = Unavailable("The API does not let this be read (403): No.")


class Api:
    """Lists so many contacts, `most` on a page; `says(number)` may answer a page in another way."""

    def __init__(self, size, most=10, says=lambda number, page: None):
        self.team, self.says = Team([person(number) for number in range(size)], most=most), says
        self.asked, self.flying, self.most_flying = [], 0, 0

    async def read(self, path, priority):
        assert priority == FIRST
        query = dict(parse_qsl(urlsplit(path).query))
        self.asked.append(query)
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        await asyncio.sleep(1)
        self.flying -= 1
        page = json.loads(json.dumps(self.team.page(query)))
        return self.says(int(query["page"]), page) or ReadOk(page)

    @property
    def numbers(self):
        return [int(query["page"]) for query in self.asked]


def read(api, pays=lambda _: True, query=None):
    """The reading, once it has gone on to its end, and the numbers of those who were seen after the first page."""
    seen = []

    async def main():
        lists = Lists(api.read)
        reading = await lists.begin(query)
        if isinstance(reading, Reading):
            await lists.go_on(reading, lambda page: seen.extend(int(each.id[-12:]) for each in page.items), pays)
        return reading

    return run(main()), sorted(seen)


def test_every_page_is_read_once_several_at_a_time():
    api = Api(495)
    reading, seen = read(api)
    assert seen == list(range(10, 495))
    assert sorted(api.numbers) == list(range(1, 51))
    assert api.most_flying == CONTACTS.at_once
    assert (reading.size, reading.pages, reading.is_whole) == (10, 50, True)


def test_the_oldest_come_first_and_as_many_as_the_api_gives():
    api = Api(3)
    read(api, query={"status": "DNC"})
    assert api.asked == [
        {"status": "DNC", "page": "1", "limit": str(CONTACTS.sizes[0]), "sortBy": "createdAt", "sortOrder": "asc"}
    ]


@pytest.mark.parametrize("refusal", [ReadFailed(Code.REJECTED, "limit must be at most 100", 400, 1), FAILED])
def test_a_smaller_page_is_asked_for_where_a_large_one_is_refused_or_fails(refusal):
    api = Api(30)
    api.says = lambda number, page: refusal if len(api.asked) <= 1 or api.asked[-1]["limit"] == "1000" else None
    _reading, seen = read(api)
    assert [query["limit"] for query in api.asked] == ["1000", "100", "100", "100"]
    assert len(seen) == 20


def test_what_is_no_page_is_no_list():
    found, _ = read(Api(3, says=lambda number, page: ReadOk({"items": []})))
    assert found.code is Code.BAD_REPLY


def test_a_page_that_fails_is_left_out_and_the_list_is_not_whole():
    reading, seen = read(Api(100, says=lambda number, page: FAILED if number == 3 else None))
    assert seen == [*range(10, 20), *range(30, 100)]
    assert not reading.is_whole


def test_a_list_that_fails_again_and_again_is_given_up():
    api = Api(5_000, says=lambda number, page: FAILED if number > 20 else None)
    assert not read(api)[0].is_whole
    assert max(api.numbers) <= 20 + 2 * CONTACTS.at_once + CONTACTS.most_failed


def test_a_list_that_is_refused_after_some_pages_is_given_up_at_once():
    api = Api(5_000, says=lambda number, page: FORBIDDEN if number > 20 else None)
    assert not read(api)[0].is_whole
    assert max(api.numbers) <= 20 + 2 * CONTACTS.at_once


def with_total(change):
    def says(number, page):
        page["pagination"]["total"] = change(page["pagination"]["total"], number)

    return says


def test_a_list_that_ends_before_its_time_is_not_read_on():
    api = Api(100, says=with_total(lambda total, _: 50_000))
    reading, seen = read(api)
    assert seen == list(range(10, 100))
    assert not reading.is_whole
    assert len(api.asked) < 60


def test_a_list_that_shows_the_same_page_again_and_again_is_not_read_on():
    api = Api(5_000)
    api.says = lambda number, page: ReadOk(api.team.page({"page": 1, "limit": 10}) | {"pagination": page["pagination"]})
    assert not read(api)[0].is_whole
    assert len(api.asked) < 60


@pytest.mark.parametrize("change", [lambda total, _: total - 1, lambda total, number: total + (number == 4)])
def test_a_list_whose_numbers_do_not_agree_is_not_whole(change):
    assert not read(Api(100, says=with_total(change)))[0].is_whole


def test_a_list_with_an_entry_that_cannot_be_read_is_not_whole():
    def says(number, page):
        if number == 2:
            page["contacts"][3] = {"name": "?"}

    assert not read(Api(100, says=says))[0].is_whole


def test_where_the_api_does_not_say_how_many_there_are_pages_are_read_until_nobody_is_new():
    def says(number, page):
        del page["pagination"]["total"]

    api = Api(35, says=says)
    reading, seen = read(api)
    assert seen == list(range(10, 35))
    assert api.numbers == [1, 2, 3, 4, 5]
    assert (reading.pages, reading.is_whole) == (None, False)


def test_where_the_api_does_not_say_how_many_there_are_a_failure_ends_it():
    def says(number, page):
        del page["pagination"]["total"]
        return FAILED if number == 3 else None

    api = Api(500, says=says)
    assert len(read(api)[1]) == 10
    assert api.numbers == [1, 2, 3]


def test_what_is_not_worth_its_time_any_more_is_not_read():
    api, left = Api(5_000), []
    _, seen = read(api, pays=lambda pages: not left.append(pages) and pages > 400)
    assert left[0] == 498
    assert len(seen) < 1_400


def test_a_list_goes_on_in_pages_of_the_size_that_it_began_with_although_another_needs_smaller_ones():
    api, seen = Api(1500, most=1000), []

    async def main():
        lists = Lists(api.read)
        reading = await lists.begin()
        api.says = lambda number, page: FAILED if api.asked[-1]["limit"] == "1000" else None
        await lists.begin({"status": "DNC"})
        api.says = lambda number, page: None
        await lists.go_on(reading, lambda page: seen.extend(page.items))
        return reading

    assert run(main()).is_whole
    assert [query["limit"] for query in api.asked] == ["1000", "1000", "100", "1000"]
    assert len(seen) == 500

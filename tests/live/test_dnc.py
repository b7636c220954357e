"""Who is in DNC? By the list of them."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from bulk_sync.errors import Code
from bulk_sync.live.dnc import OLD, PART, TRIES, DncList, Outside
from bulk_sync.live.pages import Lists
from bulk_sync.model import Content, NotHad, Unread
from tests.simulation.live_run import row
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
        return (self.says and self.says(page)) or Content(page)

    def found(self, *updates):
        """What the list says of the contacts of these updates."""

        async def main():
            dnc = DncList(Lists(self.read), lambda: self.now)
            return [await dnc.find(update) for update in updates]

        return run(main())


def test_who_is_in_dnc_is_known_by_number_and_by_id():
    api = Api(in_dnc=5)
    inside, by_id, outside, nowhere = api.found(row(3), row(3, by_id=True), row(7), row(99))
    assert inside == by_id
    assert (inside.id, inside.status) == (person(3)["id"], "DNC")
    assert [outside, nowhere] == [Outside(), Outside()]
    assert api.reads == 1


def test_a_list_of_several_pages_is_read_twice():
    api = Api(in_dnc=25)
    assert api.found(row(24))[0].id == person(24)["id"]
    assert api.reads == 6


def test_who_moves_between_two_pages_while_another_comes_is_seen_all_the_same():
    def before(api, page):
        if page == 2 and api.reads == 2:
            api.team.put(0, "active")  # so number 10 comes to the page that was read
            api.team.put(30, "DNC")  # and the numbers agree

    api = Api(in_dnc=25, before=before)
    assert api.found(row(10))[0] != Outside()


def test_a_list_that_changes_is_read_again():
    def before(api, page):
        if page == 2 and api.reads == 2:
            api.team.put(40, "DNC")

    api = Api(in_dnc=25, before=before)
    assert api.found(row(50)) == [Outside()]
    assert api.found(row(40))[0] != Outside()


def test_a_list_that_never_stands_still_cannot_tell_who_is_outside():
    def before(api, page):
        if page == 2:
            api.team.put(30 + api.reads % 25, "DNC")

    api = Api(in_dnc=25, before=before)
    outside, inside = api.found(row(59), row(3))
    assert isinstance(outside, NotHad)
    assert inside.status == "DNC"
    assert api.reads >= 2 * TRIES


def test_an_api_that_ignores_the_filter_shows_everybody():
    def says(page):
        page["contacts"] = [{**person(3), "status": "DNC"}, person(4), {**person(5), "status": "dnc"}]
        page["pagination"]["total"] = 3

    inside, outside, also = Api(in_dnc=0, says=says).found(row(3), row(4), row(5))
    assert (inside.status, outside, also.status) == ("DNC", Outside(), "dnc")


def test_who_is_on_the_list_without_a_status_is_not_known_to_be_outside():
    def says(page):
        del page["contacts"][2]["status"]

    assert Api(in_dnc=5, says=says).found(row(2))[0].status is None


def test_numbers_that_cannot_be_read_leave_it_open_who_they_are():
    def says(page):
        page["contacts"][2]["phoneNumber"] = "415 555"

    by_phone, by_id, inside = Api(in_dnc=5, says=says).found(row(9), row(9, by_id=True), row(3))
    assert isinstance(by_phone, NotHad)
    assert by_id == Outside()
    assert inside.status == "DNC"


@pytest.mark.parametrize("answer", [NotHad("Forbidden."), Unread(Code.SERVER_ERROR, "It failed.", 503, 5)])
def test_where_the_list_is_not_to_be_had_it_says_so(answer):
    assert Api(in_dnc=5, says=lambda page: answer).found(row(3), row(4)) == [answer, answer]


def test_an_answer_that_fails_when_the_list_is_read_again_counts():
    api = Api(in_dnc=25, says=lambda page: NotHad("Forbidden.") if api.reads > 3 else None)
    assert isinstance(api.found(row(59))[0], NotHad)


def test_after_a_while_the_list_is_read_again():
    api = Api(in_dnc=1)

    async def main():
        dnc = DncList(Lists(api.read), lambda: api.now)
        before = await dnc.find(row(7))
        api.team.put(7, "DNC")
        api.now = OLD - 1
        soon = await dnc.find(row(7))
        api.now = OLD
        return before, soon, await dnc.find(row(7))

    before, soon, later = run(main())
    assert before == soon == Outside()
    assert later.status == "DNC"


def test_a_list_that_takes_long_is_read_again_the_later():
    def before(api, page):
        api.now += 10.0

    api = Api(in_dnc=25, before=before)

    async def main():
        dnc = DncList(Lists(api.read), lambda: api.now)
        await dnc.find(row(7))
        read, took = api.reads, api.now
        api.now += PART * took - 1
        await dnc.find(row(7))
        soon = api.reads
        api.now += 1
        await dnc.find(row(7))
        return read, soon, api.reads

    assert run(main()) == (6, 6, 12)

"""Which names does the API know? The reads are given."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from bulk_sync.api.listings import ASKED, MOST_PAGES, campaigns, read_campaign_page, read_statuses, statuses
from bulk_sync.errors import Code
from bulk_sync.model import Campaign, ReadFailed, ReadOk, Status, Unavailable

FORBIDDEN = Unavailable("The API does not let this be read (403): No.")
VIP = {"name": "vip", "label": "Very Important", "isTerminal": False, "isSystem": False}


def entry(number, **more):
    return {"id": f"{number:08d}-0000-0000-0000-000000000000", "name": f"Campaign {number}", "status": "active", **more}


@pytest.mark.parametrize("wrapped", [lambda it: it, lambda it: {"data": it}, lambda it: {"statuses": it}])
def test_statuses_are_read_whatever_they_are_wrapped_in(wrapped):
    assert read_statuses(wrapped([VIP])) == (Status("vip", ("Very Important",), terminal=False),)
    assert read_statuses({"success": True, "data": {"statuses": [VIP]}}) == read_statuses([VIP])


@pytest.mark.parametrize("terminal", [None, "true", 1, "no", []])
def test_what_is_no_boolean_does_not_say_whether_a_status_is_terminal(terminal):
    [status] = read_statuses([{"name": "vip", "isTerminal": terminal}])
    assert status == Status("vip", (), terminal=None)


def test_entries_that_cannot_be_sent_are_left_out():
    odd = [VIP, {"label": "No name"}, {"name": ""}, {"name": " "}, {"name": 5}, None, "active", {"name": "a\x00b"}]
    assert [status.name for status in read_statuses(odd)] == ["vip"]


@pytest.mark.parametrize("value", [None, {}, "active", 7, {"data": None}, {"error": "x"}, [{"label": "x"}], [1, 2]])
def test_what_is_no_list_of_statuses_is_none(value):
    assert read_statuses(value) is None
    assert read_campaign_page(value) is None


@pytest.mark.parametrize(("status", "paused"), [("paused", True), ("Paused", True), ("active", False), (None, False)])
def test_a_campaign_is_paused_where_the_api_says_so(status, paused):
    [campaign] = read_campaign_page([entry(1, status=status)]).items
    assert campaign == Campaign(entry(1)["id"], "Campaign 1", paused=paused)


class Api:
    """Lists `count` campaigns, `limit` on a page at most; `says` replaces what its pagination says."""

    def __init__(self, count, limit=25, says=None, same_page=False, refuses_above=None):
        self.entries = [entry(number) for number in range(count)]
        self.limit, self.says, self.same_page, self.refuses_above = limit, says, same_page, refuses_above
        self.asked = []

    async def read(self, path):
        self.asked.append(path)
        query = {name: int(values[0]) for name, values in parse_qs(urlsplit(path).query).items()}
        if self.refuses_above is not None and query.get("limit", 10) > self.refuses_above:
            return ReadFailed(Code.REJECTED, "The API refused a read (400): limit.", 400, 1)
        limit = min(self.limit, query.get("limit", 10))
        page = 1 if self.same_page else query["page"]
        shown = self.entries[(page - 1) * limit : page * limit]
        total = len(self.entries)
        told = {"total": total, "totalPages": -(-total // limit), "currentPage": page, "limit": limit}
        return ReadOk({"data": shown, "pagination": told if self.says is None else self.says})


def read(api):
    return asyncio.run(campaigns(api.read))


@pytest.mark.parametrize("count", [0, 1, 24, 25, 26, 50, 51, 130])
def test_every_page_is_read_in_its_order_and_one_behind_a_last_page_that_is_full(count):
    api = Api(count)
    assert [each.id for each in read(api).entries] == [entry(number)["id"] for number in range(count)]
    pages = count // 25 + 1
    assert api.asked == [f"/campaigns?page={number}&limit={ASKED}" for number in range(1, pages + 1)]


@pytest.mark.parametrize(
    "says", [{}, None, {"total": 60}, {"totalPages": 3}, {"limit": 25}, {"total": "60", "limit": None}, "nonsense"]
)
def test_what_the_pagination_does_not_say_is_found_out(says):
    api = Api(60, says={} if says is None else says)
    assert len(read(api).entries) == 60


@pytest.mark.parametrize("behind", [None, FORBIDDEN, ReadFailed(Code.REJECTED, "No such page.", 400, 1)])
@pytest.mark.parametrize("count", [60, 50])
def test_a_total_that_counts_one_page_does_not_end_the_list(count, behind):
    api = Api(count, says={"total": 25, "totalPages": 1, "currentPage": 1, "limit": 25})

    async def ending(path):
        is_behind = int(parse_qs(urlsplit(path).query)["page"][0]) > -(-count // 25)
        return behind if is_behind and behind is not None else await api.read(path)

    found = asyncio.run(campaigns(ending))
    assert found == behind if behind is FORBIDDEN else len(found.entries) == count


@pytest.mark.parametrize("says", [{"total": 10**9}, {"totalPages": 10**9, "total": 10**9}, {"limit": 1}, {}])
def test_a_server_that_gives_the_same_page_for_ever_is_asked_no_longer_than_it_gives_something_new(says):
    api = Api(60, says=says, same_page=True)
    assert len(read(api).entries) == 25
    assert len(api.asked) <= 2


def test_an_empty_list_that_says_nothing_of_itself_is_read_once():
    api = Api(0, says={})
    assert (read(api).entries, len(api.asked)) == ((), 1)


def test_a_server_without_end_is_not_followed_for_ever():
    asked = []

    async def endless(path):
        asked.append(path)
        return ReadOk({"data": [entry(len(asked))], "pagination": {}})

    found = asyncio.run(campaigns(endless))
    assert isinstance(found, Unavailable)
    assert "does not end" in found.why
    assert len(asked) == MOST_PAGES


def test_a_list_of_as_many_pages_as_are_followed_is_whole():
    found = read(Api(25 * MOST_PAGES))
    assert len(found.entries) == 25 * MOST_PAGES


def test_a_page_that_fails_is_no_list():
    api = Api(60)

    async def failing(path):
        return FORBIDDEN if "page=2" in path else await api.read(path)

    assert asyncio.run(campaigns(failing)) == FORBIDDEN


def test_that_fewer_are_listed_than_there_are_is_told():
    found = read(Api(60, says={"total": 61}))
    assert len(found.entries) == 60
    assert "61 campaigns and lists 60" in found.note
    assert read(Api(60)).note == ""


def test_a_server_that_refuses_a_large_page_is_asked_for_its_own():
    api = Api(25, limit=10, refuses_above=50)
    assert len(read(api).entries) == 25
    assert api.asked[1:] == ["/campaigns?page=1", "/campaigns?page=2", "/campaigns?page=3"]


@pytest.mark.parametrize("answer", [FORBIDDEN, ReadFailed(Code.SERVER_ERROR, "Down.", 503, 5)])
def test_what_cannot_be_read_is_passed_on(answer):
    async def none(path):
        return answer

    assert asyncio.run(statuses(none)) == answer
    assert asyncio.run(campaigns(none)) == answer

"""Which contact is meant, and how does it stand? The reads are given."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from bulk_sync.api.contact import Contact
from bulk_sync.errors import Code
from bulk_sync.model import ReadFailed, ReadOk, Unavailable
from bulk_sync.preflight.lookup import MOST_PAGES, Finder, Missing

ANNA, BORIS = "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", "38b71cb5-fb6e-5d5d-9fe0-6df52775046f"
PHONE = "+14155550123"
FORBIDDEN = Unavailable("The API does not let this be read (403): No.")
NO_ROUTE = Unavailable("The API does not let this be read (405): Method not allowed.")
GONE = Unavailable("The API does not let this be read (404): Contact not found.", "contact")


def listed(contact_id, phone, **more):
    return {"id": contact_id, "phoneNumber": phone, "status": "active", **more}


class Api:
    """Lists `contacts`, `limit` on a page; `by_id` and `search` replace what the reads give, `total` what it says."""

    def __init__(self, *contacts, limit=25, by_id=NO_ROUTE, search=None, total=None):
        self.contacts, self.limit, self.by_id, self.search, self.total = contacts, limit, by_id, search, total
        self.asked = []

    async def read(self, path):
        self.asked.append(path)
        parts = urlsplit(path)
        if parts.path != "/contacts":
            return self.by_id
        if self.search is not None:
            return self.search
        query = {"search": "", **{name: values[0] for name, values in parse_qs(parts.query).items()}}
        start = (int(query["page"]) - 1) * self.limit
        found = [each for each in self.contacts if query["search"][-7:] in (each["phoneNumber"] or "")]
        page = found[start : start + self.limit]
        total = len(found) if self.total is None else self.total(page)
        pagination = {"total": total, "page": int(query["page"]), "limit": self.limit}
        return ReadOk({"contacts": page, "pagination": pagination})


def found(api, phone=PHONE, contact_id=None, finder=None):
    return asyncio.run((finder or Finder()).find(api.read, phone=phone, contact_id=contact_id)).found


def test_a_total_that_counts_the_page_ends_no_search():
    others = [listed(str(number), f"+4{number}4155550123") for number in range(5)]
    api = Api(*others, listed(ANNA, PHONE), limit=2, total=len)
    assert found(api).id == ANNA


def test_a_page_that_comes_again_ends_a_search():
    again = {"contacts": [listed(ANNA, PHONE), listed(BORIS, "+14155550199")], "pagination": {"total": 2, "limit": 2}}
    api = Api(search=ReadOk(again))
    assert found(api).id == ANNA
    assert len(api.asked) == 2


@pytest.mark.parametrize(("total", "nobody"), [(0, True), (None, True), (1, False), (500, False)])
def test_a_total_of_more_than_was_shown_is_no_proof_that_nobody_is_there(total, nobody):
    """Pages may be counted from 0, or the first one come out empty; a search for one that is there is not in doubt."""
    api = Api(search=ReadOk({"contacts": [], "pagination": {"total": total, "page": 1, "limit": 25}}))
    assert (found(api) == Missing()) is nobody
    assert nobody or found(api).code is Code.BAD_REPLY
    assert found(Api(listed(ANNA, PHONE), total=lambda _: 500)).id == ANNA


def test_a_search_to_test_it_does_not_make_a_refusal_of_the_next_404():
    class Api404(Api):
        async def read(self, path):
            answer = await super().read(path)
            return answer if answer.value["contacts"] else Unavailable("Contact not found.", "contact")

    async def searched():
        assert await finder.finds(api.read)
        return (await finder.by_phone(api.read, "+14155550777")).found

    api, finder = Api404(listed(ANNA, PHONE)), Finder()
    assert asyncio.run(searched()) == Missing()


def test_a_total_that_counts_everybody_whoever_is_searched_for_says_nothing():
    class CountsAll(Api):
        async def read(self, path):
            answer = await super().read(path)
            return ReadOk({**answer.value, "pagination": {"total": len(self.contacts), "page": 1, "limit": 25}})

    async def searched():
        return [(await finder.by_phone(api.read, phone)).found for phone in ("+14155550777", "+14155550888", PHONE)]

    api, finder = CountsAll(listed(ANNA, PHONE), listed(BORIS, "+14155550199")), Finder()
    assert asyncio.run(searched()) == [Missing(), Missing(), Contact(ANNA, PHONE, "active")]
    from_0 = Api(listed(ANNA, PHONE), total=lambda _: 1, limit=0)  # its first page shows nobody
    assert found(from_0).code is Code.BAD_REPLY


@pytest.mark.parametrize(
    ("shown", "finds", "reads"),
    [
        ([listed(ANNA, PHONE)], True, 3),
        ([listed(ANNA, "+1 415 555 0123")], False, 3),  # a search that goes by how a number is spelt
        ([listed(ANNA, None)], True, 2),
        ([], True, 2),
    ],
)
def test_a_search_that_finds_nobody_whom_the_list_shows_is_blind(shown, finds, reads):
    api, finder = Api(*shown), Finder()
    assert found(api, "+14155550199", finder=finder) == Missing()

    async def twice():
        return [await finder.finds(api.read) for _ in range(2)]

    assert asyncio.run(twice()) == [finds, finds]
    assert len(api.asked) == reads


@pytest.mark.parametrize(
    "refusal", [Unavailable("Page not found.", http_status=404), ReadFailed(Code.REJECTED, "No such page.", 422, 1)]
)
def test_a_search_ends_where_the_next_page_is_refused(refusal):
    """A page is full where a limit is the number of those who are shown, too."""

    class Refusing(Api):
        async def read(self, path):
            answer = await super().read(path)
            return answer if answer.value["contacts"] else refusal

    assert found(Refusing(listed(ANNA, PHONE), listed(BORIS, f"+4{PHONE[1:]}"), limit=2)).id == ANNA


def test_a_limit_that_is_the_number_of_those_shown_costs_no_second_read():
    api = Api(listed(ANNA, PHONE), limit=1)
    assert found(api).id == ANNA
    assert len(api.asked) == 1


def test_nobody_guesses_between_two_contacts_with_one_number():
    several = found(Api(listed(ANNA, PHONE), listed(BORIS, PHONE)), contact_id=ANNA)
    assert [each.id for each in several.contacts] == [ANNA, BORIS]


def test_one_whose_number_cannot_be_compared_counts_where_it_may_be_in_dnc():
    assert found(Api(listed(ANNA, PHONE), listed(BORIS, "(415) 555-0123", status="paused"))).id == ANNA
    unread = found(Api(search=ReadOk({"contacts": [listed(ANNA, PHONE), listed(BORIS, "?", status=" dnc")]})))
    assert unread.code is Code.BAD_REPLY


def test_a_404_to_a_search_that_had_given_lists_before_is_a_refusal():
    api, finder = Api(listed(ANNA, PHONE)), Finder()
    assert found(api, finder=finder).id == ANNA
    api.search = GONE
    refused = found(api, finder=finder)
    assert isinstance(refused, Unavailable)
    assert refused.is_refusal


def test_a_search_that_finds_everything_is_none_and_is_not_asked_again():
    api = Api(*[listed(str(number), f"+1{number}5550123") for number in range(1000)], limit=25)
    finder = Finder()
    assert isinstance(found(api, finder=finder), Unavailable)
    assert isinstance(found(api, finder=finder), Unavailable)
    assert len(api.asked) == MOST_PAGES


@pytest.mark.parametrize(
    "value", [None, {}, [], {"contacts": [{"name": "?"}]}, {"contacts": [listed(ANNA, PHONE), "x"]}]
)
def test_a_page_that_cannot_be_understood_is_no_proof_that_nobody_is_there(value):
    assert found(Api(search=ReadOk(value))).code is Code.BAD_REPLY


def test_a_read_that_failed_says_what_the_row_says():
    failed = ReadFailed(Code.SERVER_ERROR, "The API failed.", 503, 5)
    api = Api(search=failed)
    assert found(api, contact_id=ANNA) is failed
    assert len(api.asked) == 1


def test_a_contact_whose_number_was_changed_is_found_by_its_id():
    assert found(Api(by_id=ReadOk(listed(ANNA, "+14155550199"))), PHONE, ANNA).phone == "+14155550199"


def test_a_read_by_id_that_is_not_to_be_had_is_asked_for_once_and_a_search_each_time():
    api, finder = Api(search=FORBIDDEN), Finder()
    for _ in range(3):
        assert found(api, PHONE, ANNA, finder) == FORBIDDEN
    assert len(api.asked) == 4
    assert not finder.reads_by_id


def test_a_read_by_id_that_worked_and_is_refused_is_asked_for_again():
    api, finder = Api(by_id=ReadOk(listed(ANNA, PHONE))), Finder()
    assert found(api, None, ANNA, finder).id == ANNA
    api.by_id = FORBIDDEN
    assert found(api, None, ANNA, finder) == FORBIDDEN
    assert finder.reads_by_id

"""How do contacts stand that are known by their ID alone, where no read by ID is to be had?"""

import json
from urllib.parse import parse_qsl, urlsplit

from bulk_sync.api.paginator import Lists
from bulk_sync.model import ReadOk, Unavailable
from bulk_sync.preflight import full_scan
from bulk_sync.preflight.full_scan import OLD, FullScan
from bulk_sync.preflight.lookup import Missing
from tests.simulation.team import Team, person
from tests.virtual_time import run


class Api:
    def __init__(self, size=60, says=None):
        self.team, self.says = Team([person(n) for n in range(size)], most=10), says
        self.reads, self.now = 0, 0.0

    async def read(self, path, priority):
        self.reads += 1
        page = json.loads(json.dumps(self.team.page(dict(parse_qsl(urlsplit(path).query)))))
        return (self.says and self.says(page)) or ReadOk(page)

    def found(self, *numbers, wanted=range(100), later=0.0):
        async def main():
            known = FullScan(Lists(self.read), lambda: [person(n)["id"].upper() for n in wanted], lambda: self.now)
            found = []
            for number in numbers:
                found.append((await known.find(person(number)["id"].upper(), anew=later > 0)).found)
                self.now += later
            return found

        return run(main())


def test_contacts_are_found_on_any_page_of_one_reading():
    api = Api()
    assert [each.id for each in api.found(3, 59)] == [person(3)["id"], person(59)["id"]]
    assert api.reads == 6


def test_whom_no_page_of_a_whole_list_shows_is_missing():
    assert Api().found(77) == [Missing()]


def test_what_was_read_is_not_believed_for_ever():
    api = Api()
    api.found(3, 4, later=OLD)
    assert api.reads == 6
    api.found(3, 4, later=OLD + 1)
    assert api.reads == 18


def test_a_list_that_changes_or_is_not_to_be_had_or_is_too_long_says_so(monkeypatch):
    def changing(page):
        page["pagination"]["total"] += page["pagination"]["page"]

    assert "changes" in Api(says=changing).found(77)[0].why
    forbidden = Unavailable("Forbidden.")
    assert Api(says=lambda page: forbidden).found(3) == [forbidden]
    monkeypatch.setattr(full_scan, "MOST_PAGES", 5)
    api = Api()
    assert "too long" in api.found(3)[0].why
    assert api.reads == 1

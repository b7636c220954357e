"""Whatever the team looks like, however it changes or lies while it is read: what must never happen to anybody."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.api.responses import FailureReason, TransportFailure
from bulk_sync.errors import Interrupted
from tests.simulation.limiters import FixedWindow
from tests.simulation.live_run import STOPPING, LiveRun, planned, row
from tests.simulation.team import CAMPAIGN, Team, person

OTHER = "11111111-2222-4333-8444-555555555555"
PAGE = (200, b"<html>Maintenance</html>")
FAULTS = {
    "down": (503, {"message": "down"}),
    "refused": (400, {"message": "limit must be at most 25"}),
    "forbidden": (403, {"message": "Forbidden"}),
    "no route": (405, {"message": "Method not allowed"}),
    "web page": PAGE,
    "silent": TransportFailure(FailureReason.TIMED_OUT),
    "another form": (200, {"items": []}),
}
people = st.lists(
    st.builds(
        dict,
        status=st.sampled_from(["active", "active", "paused", "DNC", "DNC", "fulfilled", "PAUSED", "dnc", None]),
        campaigns=st.sampled_from([[], [{"id": CAMPAIGN}], [{"id": CAMPAIGN}, {"id": OTHER}], None]),
        customVariables=st.sampled_from([{}, {"kept": "old"}, None, {"asked": "yes", "kept": "old"}]),
        lacks=st.sets(st.sampled_from(["status", "campaigns", "customVariables", "phoneNumber"]), max_size=1),
    ),
    max_size=30,
)
changes = st.builds(
    dict,
    status=st.sampled_from([None, "active", "paused", "DNC", "talk-to-human"]),
    campaign=st.sampled_from([None, None, CAMPAIGN, OTHER]),
    variables=st.sampled_from([None, None, None, {"asked": "yes"}]),
).filter(lambda change: any(change.values()))
asked = st.lists(
    st.tuples(st.integers(0, 45), st.booleans(), changes), min_size=1, max_size=60, unique_by=lambda each: each[:2]
)


class Chaos:
    """A team that changes while it is read, and an API that fails or lies; remembers how everybody has ever stood."""

    def __init__(self, known, seed, faults, lies, unrest, **options):
        self.random, self.faults, self.lies, self.unrest = Random(seed), faults, lies, unrest
        crew = [
            {name: value for name, value in person(number, **each).items() if name not in {"lacks", *each["lacks"]}}
            for number, each in enumerate(known)
        ]
        self.team = Team(crew, before=self.change, says=self.says, **options)
        self.stood = {}
        self.searched = {}
        self._note()

    def _note(self):
        for contact_id in {person(number)["id"] for number in range(60)} | set(self.team.people):
            contact = self.team.people.get(contact_id)
            self.stood.setdefault(contact_id, []).append(None if contact is None else dict(contact))

    def change(self, team, path):
        self._note()
        if self.random.random() < self.unrest:
            number = self.random.randrange(46)
            known = person(number)["id"] in team.people
            match self.random.randrange(3) if known else 3:
                case 0:
                    team.remove(person(number)["id"])
                case 1 | 2:
                    team.put(number, self.random.choice(["active", "paused", "DNC"]))
                case 3:
                    team.add(person(number, self.random.choice(["active", "DNC"])))
        self._note()

    def says(self, path, query):
        is_list = path == "/contacts" and "search" not in query
        chance = self.faults.get("list" if is_list else "search" if "search" in query else "id")
        if chance and self.random.random() < chance[1]:
            return FAULTS[chance[0]]
        if path != "/contacts":
            return None
        return 200, self.lied(query, is_list)

    def lied(self, query, is_list):
        lies = self.lies
        query = dict(query)
        if is_list and "ignores filters" in lies:
            query.pop("status", None)
            query.pop("campaignId", None)
        if is_list and "ignores the page" in lies:
            query["page"] = 1
        page = self.team.page(query)
        if is_list and "total too high" in lies:
            page["pagination"]["total"] += 40
        if is_list and "total too low" in lies:
            page["pagination"]["total"] //= 2
        if is_list and "totals vary" in lies:
            page["pagination"]["total"] += self.random.randrange(3)
        if "no total" in lies:
            del page["pagination"]["total"]
        return page


LIES = ["ignores filters", "ignores the page", "no total", "total too high", "total too low", "totals vary"]


@settings(deadline=None, max_examples=60)
@given(
    people, asked, st.integers(0, 9999), st.sampled_from([0, 0, 0.05, 0.5]),
    st.dictionaries(
        st.sampled_from(["list", "search", "id"]),
        st.tuples(st.sampled_from(sorted(FAULTS)), st.sampled_from([0.05, 0.5, 1.0])), max_size=2,
    ),
    st.sets(st.sampled_from(LIES), max_size=2),
    st.sampled_from([1, 2, 5, 25, 1000]), st.booleans(), st.booleans(), st.booleans(),
    st.sampled_from([0.05, 1.0, 20.0]),
    st.sampled_from([None, None, 0.3, 5.0, 70.0]),
)  # fmt: skip
def test_nothing_goes_wrong(  # noqa: PLR0917 -- hypothesis gives them
    known, asked, seed, unrest, faults, lies, most, by_id, compares, slow_writes, latency, stop
):
    chaos = Chaos(
        known, seed, faults, lies, unrest, most=most, reads_by_id=by_id, read_latency=latency,
        reads=FixedWindow(100, 60), writes=FixedWindow(3 if slow_writes else 30, 60),
    )  # fmt: skip
    updates = planned([row(number, by_id=is_id, **change) for number, is_id, change in asked])
    live = LiveRun(chaos.team, updates, compares=compares, stop=(stop, Interrupted(2)) if stop else None)
    chaos._note()
    check(chaos, live, updates)


def check(chaos, live, updates):
    by_row = {each.row: each for each in updates}
    for at, outcome in live.outcomes.items():
        update = by_row[at]
        ever = chaos.stood[contact_id_of(update)]
        if outcome.code.word == "unchanged":
            assert any(stands(each, update) for each in ever), (update, ever)
        if outcome.code.word == "contact_not_found":
            assert None in ever or any("phoneNumber" not in each for each in ever), (update, ever)
    for _moment, contact_id, body, before in chaos.team.wrote:
        if contact_id is None:
            continue
        schedules = ("campaignId" in body and body.get("status") != "DNC") or body.get(
            "status", "paused"
        ) not in STOPPING
        if schedules and not live.looking.findings.unchecked:
            ever = chaos.stood[contact_id]
            assert any(each is not None and str(each.get("status")).upper() != "DNC" for each in ever), (body, before)
        if "customVariables" in body:
            assert any(
                each is not None
                and {**(each.get("customVariables") or {}), **body["customVariables"]} == body["customVariables"]
                for each in chaos.stood[contact_id]
            )
    sent = Counter(str(body) for _, _, body, _ in chaos.team.wrote)
    assert len(chaos.team.wrote) <= len(updates)
    assert all(count == 1 for body, count in sent.items() if "'phone'" in body), "sent twice"
    if live.sent.stopped is None:
        assert set(live.outcomes) == set(by_row)


def contact_id_of(update):
    if update.contact_id:
        return update.contact_id
    return f"00000000-0000-4000-8000-{int(update.phone[5:]):012d}"


def stands(contact, update):
    change = update.change
    if contact is None:
        return False
    if change.status is not None and contact.get("status") != change.status:
        return False
    if change.campaign is not None and [each["id"] for each in contact.get("campaigns") or []] != [change.campaign]:
        return False
    return change.variables is None or change.variables.items() <= (contact.get("customVariables") or {}).items()

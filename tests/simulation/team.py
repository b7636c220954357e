"""A contacts API in virtual time: a team's contacts, limiters, and whatever a test makes it do or say wrongly."""

import asyncio
import json
from urllib.parse import parse_qsl, unquote, urlsplit

from bulk_sync.api.responses import Response, TransportFailure
from tests.simulation.limiters import Unlimited
from tests.simulation.world import Server

GONE = (404, {"error": "Not found", "message": "Contact not found"})
NO_ROUTE = (404, {"error": "Not found", "message": "Cannot GET this"})
CAMPAIGN = "550e8400-e29b-41d4-a716-446655440000"


def status(name, label=None, *, terminal=True):
    """A status as the API lists it."""
    return {"id": name, "name": name, "label": label or name.title(), "isTerminal": terminal, "isSystem": False}


STATUSES = [status("active", terminal=False), status("paused"), status("DNC", "Do Not Request")]


def person(number, status="active", **more):
    """A contact as a list shows it."""
    known = {"id": f"00000000-0000-4000-8000-{number:012d}", "phoneNumber": f"+1415{number:07d}", "status": status}
    return {**known, "campaigns": [{"id": CAMPAIGN, "name": "Winter"}], "customVariables": {}, **more}


def listed(contacts):
    """The contacts, by ID, in the order in which they were created."""
    return {contact["id"]: contact for contact in contacts}


class Team:
    """The API of a team with these `people`; afterwards `asked` holds its reads, `wrote` its writes, with the moments.

    `most`: contacts on a page; `latency`: seconds there and back; `before(team, path)` is called when a read is being
    answered; `says(path, query)` may answer it: a status and a value, a silence, or None. `writes_by_id` and
    `reads_by_id`: whether contacts are known by their IDs.
    """

    def __init__(
        self, people=(), *, most=100, latency=0.05, read_latency=None, reads=None, writes=None, says=None, before=None,
        form="relative", reads_by_id=False, exact=False, statuses=None,
    ):  # fmt: skip
        self.people = people if isinstance(people, Crowd) else listed(people)
        self.most, self.latency, self.says, self.before = most, latency, says, before
        self.read_latency = latency if read_latency is None else read_latency
        self.limiters = {True: Server(reads or Unlimited(), form=form), False: Server(writes or Unlimited(), form=form)}
        self.reads_by_id, self.exact = reads_by_id, exact
        self.statuses = STATUSES if statuses is None else statuses
        self.asked, self.wrote, self.refused = [], [], 0
        self.changed = self.joined = 0
        self._filtered, self._numbers = {}, (None, {})

    def client(self, *_, read_only=False, **__):
        """What stands in for the client of a run."""
        self.read_only = read_only
        return self

    async def __aenter__(self):
        self._began = asyncio.get_running_loop().time()
        return self

    async def __aexit__(self, *_):
        """Nothing is held."""

    @property
    def now(self):
        return asyncio.get_running_loop().time() - self._began

    async def exchange(self, call):
        is_read = call.method == "GET"
        latency = self.read_latency if is_read else self.latency
        await asyncio.sleep(latency / 2)
        server = self.limiters[is_read]
        ruling = server.take(self.now)
        if ruling.allowed:
            said = self._read(call) if is_read else self._write(call)
        else:
            self.refused += 1
            said = (429, {"message": "Too many requests"})
        headers = server.headers(ruling, self.now)
        await asyncio.sleep(latency / 2)
        if isinstance(said, TransportFailure):
            return said
        status, value = said
        if isinstance(value, bytes):
            return Response(status, {**headers, "content-type": "text/html"}, value)
        return Response(status, {**headers, "content-type": "application/json"}, json.dumps(value).encode())

    def _read(self, call):
        self.asked.append((self.now, call.path))
        if self.before is not None:
            self.before(self, call.path)
        parts = urlsplit(call.path)
        query = dict(parse_qsl(parts.query))
        said = self.says(parts.path, query) if self.says is not None else None
        if said is not None:
            return said
        if parts.path == "/contacts":
            return 200, self.page(query)
        if parts.path == "/contacts/statuses" and self.statuses:
            return 200, self.statuses
        if not self.reads_by_id:
            return NO_ROUTE
        return self._by_id(unquote(parts.path.rpartition("/")[2]))

    def _by_id(self, contact_id):
        contact = self.people.get(contact_id)
        return GONE if contact is None else (200, contact)

    def page(self, query):
        """One page of the list."""
        limit, number = min(self.most, int(query.get("limit", 25))), int(query.get("page", 1))
        found = self._found({name: query[name] for name in ("search", "status", "campaignId") if name in query})
        start = (number - 1) * limit
        pagination = {"total": len(found), "page": number, "limit": limit}
        return {"contacts": list(found[start : start + limit]), "pagination": pagination}

    def _found(self, query):
        if "search" in query:
            if isinstance(self.people, Crowd):
                return self.people.searched(query["search"])
            if self.exact:
                return [self.by_phone[query["search"]]] if query["search"] in self.by_phone else []
            wanted = query["search"].lstrip("+")
            return [each for each in self.people.values() if wanted in (each.get("phoneNumber") or "")]
        return self._everyone(tuple(query.items()))

    def _everyone(self, query):
        if isinstance(self.people, Crowd):
            return self.people
        as_of = (self.changed if query else 0, self.joined)
        if self._filtered.get(query, (None,))[0] != as_of:
            self._filtered[query] = as_of, [each for each in self.people.values() if _passes(each, dict(query))]
        return self._filtered[query][1]

    def _write(self, call):
        assert not self.read_only, "a dry run writes"
        body = json.loads(call.body)
        contact = self._meant(call, body)
        before = None if contact is None else contact.get("status")
        self.wrote.append((self.now, contact["id"] if contact else None, body, before))
        if call.path == "/contacts":
            contact = person(9_000_000 + len(self.wrote), phoneNumber=body["phoneNumber"])
            self.add(contact)
        elif contact is None:
            return GONE
        self.change(contact, body)
        return 200, {"success": True, "message": "Done", "contact": contact}

    def _meant(self, call, body):
        if call.path == "/contacts":
            return None
        if call.method == "PUT":
            return self.people.get(unquote(call.path.rpartition("/")[2]))
        if isinstance(self.people, Crowd):
            return next(iter(self.people.searched(body["phone"])), None)
        return self.by_phone.get(body["phone"])

    @property
    def by_phone(self):
        if self._numbers[0] != self.joined:
            self._numbers = self.joined, {each.get("phoneNumber"): each for each in reversed(self.people.values())}
        return self._numbers[1]

    def change(self, contact, body):
        """What an update does to a contact."""
        kept = {
            name: body[name]
            for name in ("status", "name", "timezone", "phoneNumber", "customVariables")
            if name in body
        }
        contact.update(kept)
        if "campaignId" in body:
            contact["campaigns"] = [{"id": body["campaignId"], "name": "?"}]
        self.changed += 1
        self.joined += "phoneNumber" in kept

    def add(self, contact):
        """Somebody joins the team; the list shows newcomers last."""
        self.people[contact["id"]] = contact
        self._moved()

    def remove(self, contact_id):
        """Somebody leaves it."""
        self.people.pop(contact_id, None)
        self._moved()

    def _moved(self):
        self.changed, self.joined = self.changed + 1, self.joined + 1

    def put(self, number, status):
        """Somebody else changes a status."""
        self.people[person(number)["id"]]["status"] = status
        self.changed += 1


def _passes(contact, query):
    if "status" in query and query["status"].casefold() != (contact.get("status") or "").casefold():
        return False
    return query.get("campaignId") in {None, *(each["id"] for each in contact.get("campaigns") or [])}


class Crowd:
    """Very many contacts, each made when it is looked at; they don't change."""

    def __init__(self, size, status="active"):
        self._size, self._status = size, status

    def __len__(self):
        return self._size

    def __getitem__(self, numbers):
        return [person(number, self._status) for number in range(*numbers.indices(self._size))]

    def searched(self, phone):
        """The contact with this number."""
        number = int(phone[5:])
        return [person(number, self._status)] if number < self._size else []

"""A team's CRM, as the contract has it: contacts that change hands, come, go and come back, and how each ever stood."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tests.simulation.world import EPOCH

SPRING, WINTER = "550e8400-e29b-41d4-a716-446655440000", "11111111-2222-4333-8444-555555555555"
CAMPAIGNS = {"Spring": SPRING, "Winter": WINTER}

OWN = {"opted-out": "Opted out", "q7": "Do not call", "callback": "Call back", "won": "Won"}
"""Statuses of the team's own, with their labels. The first by its name and the second by its label mean do-not-call."""

NEVER = frozenset({"DNC", "opted-out", "q7"})
STOPPING = NEVER | {"paused", "fulfilled", "not-interested", "won"}
SYSTEM = ("active", "paused", "fulfilled", "DNC", "not-interested", "talk-to-human")

GONE = (404, {"error": "Not found", "message": "Contact not found"})
NO_ROUTE = (404, {"error": "Not found", "message": "Cannot GET this"})


def phone_of(number):
    """The number of the person with this number."""
    return f"+1415{2_000_100 + number}"


@dataclass(frozen=True)
class Contact:
    """A contact as it stands; `is_there` false: deleted."""

    id: str
    phone: str
    status: str = "active"
    campaigns: tuple = (SPRING,)
    variables: dict = field(default_factory=dict)
    is_there: bool = True
    created: float = 0.0
    readded: float | None = None

    def listed(self):
        return {
            "id": self.id,
            "name": None,
            "phoneNumber": self.phone,
            "timezone": None,
            "status": self.status,
            "customVariables": self.variables,
            "createdAt": _date(self.created),
            "reAddedAt": None if self.readded is None else _date(self.readded),
            "campaigns": [{"id": each, "name": "?"} for each in self.campaigns],
        }

    def single(self):
        shown = self.listed()
        del shown["campaigns"], shown["createdAt"], shown["reAddedAt"]
        return {**shown, "campaignId": (*self.campaigns, SPRING)[0], "updatedAt": _date(0.0)}


def _date(moment):
    return f"{datetime.fromtimestamp(EPOCH + moment, UTC):%Y-%m-%dT%H:%M:%S.000Z}"


@dataclass(frozen=True)
class Stood:
    """That a contact stood so from `since` on; `by_us`: we put it into do-not-call then."""

    since: float
    contact: Contact
    by_us: bool = False


class Crm:
    """The contacts by ID, in the order in which they came; `stood` has how each ever was, the oldest first."""

    def __init__(self, *, most=100, reads_by_id=False):
        self.stood, self.most, self.reads_by_id = {}, most, reads_by_id
        self._there, self._by_phone, self._changes, self._lists = {}, {}, 0, {}

    def contacts(self):
        """Those that are there."""
        return list(self._there.values())

    def by_id(self, contact_id):
        return self._there.get(contact_id.lower())

    def by_phone(self, phone):
        known = (self._there.get(each) for each in sorted(self.ever(phone)))
        return [each for each in known if each is not None and each.phone == phone]

    def ever(self, phone):
        """The IDs of all who ever had this number."""
        return self._by_phone.get(phone, set())

    def put(self, contact, now, *, by_us=False):
        """Let a contact stand so from now on."""
        self.stood.setdefault(contact.id, []).append(Stood(now, contact, by_us))
        self._by_phone.setdefault(contact.phone, set()).add(contact.id)
        self._changes += 1
        if contact.is_there:
            self._there[contact.id] = contact
        else:
            self._there.pop(contact.id, None)
        return contact

    def join(self, phone, now, **more):
        """Somebody new."""
        contact_id = f"00000000-0000-4000-8000-{len(self.stood):012d}"
        return self.put(Contact(contact_id, phone, created=now, **more), now)

    # reads

    def read(self, path, query):
        if path == "/contacts/statuses":
            return 200, [_status(name) for name in (*SYSTEM, *OWN)]
        if path == "/campaigns":
            found = [
                {"id": SPRING, "name": "Spring", "status": "active"},
                {"id": WINTER, "name": "Winter", "status": "active"},
            ]
            pages = {"total": 2, "totalPages": 1, "currentPage": int(query.get("page", 1)), "limit": 10}
            return 200, {"data": found if pages["currentPage"] == 1 else [], "pagination": pages}
        if path == "/contacts":
            return 200, self.page(query)
        if not self.reads_by_id:
            return NO_ROUTE
        contact = self.by_id(path.rpartition("/")[2])
        return GONE if contact is None else (200, contact.single())

    def page(self, query):
        limit, number = min(self.most, int(query.get("limit", 25))), int(query.get("page", 1))
        found = self._list({name: query[name] for name in ("search", "status", "campaignId") if name in query})
        pagination = {"total": len(found), "page": number, "limit": limit}
        shown = found[(number - 1) * limit : number * limit]
        return {"contacts": [each.listed() for each in shown], "pagination": pagination}

    def _list(self, query):
        """Who is on a list, the newest first. Numbers are all of one length, so that only a whole one finds anybody."""
        if "search" in query:
            return self.by_phone(query["search"])[::-1]
        kept = self._lists.get(tuple(query.items()))
        if kept is None or kept[0] != self._changes:
            there = sorted(self._there.values(), key=lambda each: each.id, reverse=True)
            kept = self._lists[tuple(query.items())] = self._changes, [each for each in there if _passes(each, query)]
        return kept[1]

    # writes

    def target(self, method, path, body):
        """Whom a write means: the contacts with this number, or this ID, that are there."""
        if method == "PUT":
            found = self.by_id(path.rpartition("/")[2])
            return [] if found is None else [found]
        return self.by_phone(body.get("phone") or body.get("phoneNumber"))

    def write(self, method, path, body, now):
        """Do what one of our requests asks for."""
        if body.get("status", "active") not in {*SYSTEM, *OWN}:
            return 400, {"error": "Validation error", "message": "Unknown status"}
        found = self.target(method, path, body)
        if path == "/contacts":
            return self._create(found, body, now)
        if not found:
            return GONE
        contact = self.put(_changed(found[0], body), now, by_us=body.get("status") in NEVER)
        return 200, {"success": True, "message": "Contact updated successfully", "contact": contact.single()}

    def _create(self, found, body, now):
        phone, more = body["phoneNumber"], {"campaigns": (body["campaignId"],), "status": "active"}
        known = [self.stood[each][-1].contact for each in sorted(self.ever(phone))]
        gone = [each for each in known if each.phone == phone]
        if found:
            contact = self.put(replace(found[0], **more), now)
        elif gone:
            contact = self.put(replace(gone[-1], is_there=True, readded=now, **more), now)
        else:
            contact = self.join(phone, now, **more)
        return 201, {"success": True, "data": contact.listed()}

    # the team

    def team(self, number, to, now):
        """Somebody of the team does something to the person with this number."""
        found = self.by_phone(phone_of(number))
        match to:
            case "gone":
                for each in found:
                    self.put(replace(each, is_there=False), now)
            case "again" | "again DNC":
                self.join(phone_of(number), now, status="DNC" if to == "again DNC" else "active")
            case _ if found:
                self.put(replace(found[-1], status=to), now)


def _status(name):
    return {
        "id": "0", "name": name, "label": OWN.get(name, name.title()), "isTerminal": name in STOPPING,
        "isSystem": name in SYSTEM,
    }  # fmt: skip


def _passes(contact, query):
    if query.get("status", contact.status).casefold() != contact.status.casefold():
        return False
    return "campaignId" not in query or bool(set(query["campaignId"].split(",")) & set(contact.campaigns))


def _changed(contact, body):
    more = {}
    if "status" in body:
        more["status"] = body["status"]
    if "campaignId" in body:
        more["campaigns"] = (body["campaignId"],)
    if "phoneNumber" in body:
        more["phone"] = body["phoneNumber"]
    if "customVariables" in body:
        more["variables"] = body["customVariables"]
    return replace(contact, **more)

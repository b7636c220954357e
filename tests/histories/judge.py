"""What must never happen to anybody, judged where it happens: at the server, when an update arrives.

The judge knows what the program could know: what it read, when that left and came back, what it asked for, who was on
the list. It knows nothing of how the program keeps or decides anything.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass, field

from tests.histories.crm import NEVER, STOPPING

FRESH = 60.0
LAG = 0.02
"""Seconds that the program may take to heed what just came in."""

TRIED_AGAIN = 180.0
"""Seconds in which contacts must be read again that could never be: one a minute, where a reply may take half of it."""

EXPECTED = {(2, "undo"), (2, "resume"), (2, "retry")}
"""Codes of commands that may have nothing to do: what was undone is not retried."""

REFUSALS = {403, 404, 405, 501}


@dataclass(eq=False)
class Request:
    """A request of ours; `left` when it did."""

    method: str
    path: str
    query: dict
    body: dict
    left: float

    @property
    def is_read(self):
        return self.method == "GET"

    @property
    def is_of_contacts(self):
        return self.is_read and self.path == "/contacts"

    @property
    def name(self):
        """What it names its contact by: a number, or an ID."""
        if self.method == "PUT":
            return self.path.rpartition("/")[2].lower()
        return self.body.get("phone") or self.body.get("phoneNumber")

    @property
    def status(self):
        return self.body.get("status")

    @property
    def creates(self):
        return self.method == "POST" and self.path == "/contacts"

    @property
    def moves(self):
        """Whether it changes who is called, and by which campaign."""
        return self.creates or "campaignId" in self.body or "phoneNumber" in self.body

    def meets(self, on):
        """Whether a fault of this kind befalls it."""
        if on == "contacts":
            return self.is_read and self.path not in {"/contacts/statuses", "/campaigns"}
        if on == "statuses":
            return self.is_read and self.path == "/contacts/statuses"
        return on == "all" or (on == "writes" and not self.is_read)

    def takes_out(self, status):
        """Whether a contact in this status would leave do-not-call by it, or go on being moved about in it."""
        if status not in NEVER or self.status in {"DNC", status}:
            return False
        return self.moves or self.status is not None


@dataclass
class _Read:
    left: float
    came: float
    status: int


@dataclass
class Judge:
    """Judges one history. `wrongs` are sentences."""

    crm: object
    wrongs: list = field(default_factory=list)
    asked: dict = field(default_factory=dict)  # names that must be remembered, and since when
    shown: dict = field(default_factory=dict)  # the same, of those whom only the CRM has shown in DNC
    asked_own: set = field(default_factory=set)  # names that a row put into a do-not-call status of the team's own
    reads: list = field(default_factory=list)  # of contacts, by this command
    ever_read: bool = False  # whether contacts were, by any run
    links: dict = field(default_factory=dict)  # who was seen to be the same, in this command
    log: list = field(default_factory=list)  # the same in its order: (moment, command, request)
    written: set = field(default_factory=set)  # what the server did for us: (name, status)
    flag: bool = False
    command: int = 0

    def begins(self, do, flags, lines, now, *, resumes=False):
        self.do, self.flags, self.lines, self.began = do, flags, lines, now
        self.named = Counter(line.name for line in lines)
        self.never = {line.name for line in lines if line.row.status == "DNC"}
        self.command += 1
        self.reads, self.links = [], {}
        given = "allow-leaving-dnc" in flags
        self.flag = given or (self.flag and (do == "retry" or resumes))
        self.is_dry = do == "preview"

    def expected(self):
        """Which code each line of the sheet must get where nothing changes; None: that depends on other lines."""
        return [self._expected(line) for line in self.lines]

    def _expected(self, line):
        row, name = line
        request = row.request(name)
        found = self.crm.target(request.method, request.path, request.body)
        names = {name, request.body.get("phoneNumber"), *(each.id for each in found), *(each.phone for each in found)}
        if sum(self.named[each] for each in names) > 1 or self._was_in_one_of_its_own(names):
            return None
        if request.moves and any(row.status == each.status for each in found if each.status in NEVER - {"DNC"}):
            return None  # it stays where it is, and is moved there
        starts = request.moves or row.status not in STOPPING
        if (
            not self.flag
            and row.status != "DNC"
            and (
                any(request.takes_out(each.status) for each in found)
                or (starts and names & (self.asked.keys() | self.shown.keys()))
            )
        ):
            return "leaves_dnc"
        if not found:
            makes = any(each.startswith("create") for each in self.flags) and row.status not in STOPPING
            return "created" if makes and not row.by_id else "contact_not_found"
        same = found[0].status == (row.status or found[0].status) and not row.new
        same = same and (not row.move or found[0].campaigns == (request.body["campaignId"],))
        return "unchanged" if same and "only-changed" in self.flags else "updated"

    def _was_in_one_of_its_own(self, names):
        """Whether a contact was, or was to be, in a do-not-call status of the team's own: it may be remembered."""
        own = NEVER - {"DNC"}
        return bool(names & self.asked_own) or any(
            stood.contact.status in own and states[-1].contact.status != stood.contact.status
            for states in self._states_of(*names)
            for stood in states
        )

    # on the way

    def leaves(self, request):
        if request.is_read:
            return
        if self.is_dry:
            self.wrongs.append(f"a preview writes: {request}")
        if request.status == "DNC":
            self.asked.setdefault(request.name, request.left)
        elif request.status in NEVER:
            self.asked_own.add(request.name)

    def returns(self, request, now, status, value):
        """A reply is in the hands of the program."""
        if request.is_of_contacts:
            self.reads.append(_Read(request.left, now, status))
            self.ever_read |= status == 200 and not self.is_dry
        if status >= 300 or not isinstance(value, dict):
            return
        for shown in value.get("contacts") or [value.get("contact") or value.get("data") or value]:
            if isinstance(shown, dict) and "phoneNumber" in shown:
                self._saw(shown, now)

    def _saw(self, shown, now):
        names = shown["id"].lower(), shown["phoneNumber"]
        for one, other in (names, names[::-1]):
            self.links.setdefault(one, {}).setdefault(other, now)
        if shown["status"] == "DNC" and not self.is_dry:
            for name in names:
                self.shown.setdefault(name, now)

    def listed(self, names, now):
        """People were put on the list of whom nobody calls."""
        for name in names:
            self.asked.setdefault(name, now)

    def forgotten(self, names):
        """People may be called again."""
        for name in names:
            for each in {name, *self.crm.ever(name)} | {stood.contact.phone for stood in self.crm.stood.get(name, ())}:
                self.asked.pop(each, None)
                self.shown.pop(each, None)

    def _known_since(self, name):
        return min(self.asked.get(name, math.inf), self.shown.get(name, math.inf))

    def remembers(self, names, now):
        """Whether the memory of the program has whom it must have; what it was shown just now, it may be writing."""
        lost = (self.asked.keys() | {name for name, since in self.shown.items() if since < now - LAG}) - names
        if lost:
            self.wrongs.append(f"after command {self.command}: the memory does not know {sorted(lost)}")

    def died(self, now):
        """The process is dead, and what came in just before may be noted nowhere."""
        self.shown = {name: since for name, since in self.shown.items() if since < now - LAG}

    # at the server

    def applied(self, request, now, status):
        if status < 300:
            self.written.add((request.name, request.status))
            self.log.append((now, self.command, request))
            if self.do == "undo" and self.flag and request.status not in {None, *NEVER}:
                self.forgotten([request.name])

    def arrives(self, request, now):
        """An update is about to be done."""
        for found in (self._leaves_dnc(request, now), self._passes_the_memory(request), self._beats_dnc(request, now)):
            if found:
                self.wrongs.append(f"{now:.1f} s, command {self.command}: {found}: {request}")

    def _leaves_dnc(self, request, now):
        if self.flag or self._is_blind(request):
            return None
        touched = self.crm.target(request.method, request.path, request.body)
        if not any(request.takes_out(each.status) for each in touched):
            return None
        begin = now - FRESH - (now - request.left)
        held = [self._held_since(each.id, request) for each in touched]
        began = min(since for since in held if since is not None)
        return f"takes somebody out of DNC who was there for {now - began:.1f} s" if began <= begin else None

    def _held_since(self, contact_id, request):
        """Since when a look at this contact would have shown that it must not go; None: it would not now.

        What we did ourselves, we need not look for: that counts as for ever. But of two rows that put a contact into
        do-not-call statuses of the team's own, either may be the last.
        """
        since = None
        for stood in reversed(self.crm.stood[contact_id]):
            if not stood.contact.is_there or not request.takes_out(stood.contact.status):
                break
            since = stood.since
            if stood.by_us and (stood.contact.status == "DNC" or request.status not in NEVER):
                return -math.inf
        return since

    def _passes_the_memory(self, request):
        starts = request.moves or (request.status is not None and request.status not in STOPPING)
        if self.flag or not starts or request.status in NEVER:
            return None
        names = {request.name, request.body.get("phoneNumber")} - {None}
        for name in list(names):
            names |= {other for other, since in self.links.get(name, {}).items() if since < request.left - LAG}
        known = [name for name in names if self._known_since(name) < request.left - LAG]
        return f"passes the memory, which knows {known}" if known else None

    def _beats_dnc(self, request, now):
        """Whether the contact's other row, which says DNC, is beaten by this one."""
        if request.status == "DNC" or not (request.moves or request.status) or self._is_blind(request):
            return None
        if self.do == "undo":
            return None
        for contact in self.crm.target(request.method, request.path, request.body)[:1]:
            if self.crm.stood[contact.id][0].since > now - 2 * FRESH and self.crm.stood[contact.id][0].since > 0:
                continue  # somebody new by that number: whoever was looked at may have been another
            if ({contact.id, contact.phone} - {request.name}) & self.never:
                return "goes although another row says DNC of the same contact"
        return None

    def _is_blind(self, request):
        """Whether the program may go by nothing: it never read a contact, and was refused for long enough."""
        refused = sorted(each.left for each in self.reads if each.status in REFUSALS and each.came < request.left)
        starts = request.status not in NEVER and (request.moves or request.status not in STOPPING)
        if self.ever_read or (starts and "unchecked=hold" in self.flags) or len(refused) < 3:
            return False
        return refused[-1] - refused[0] >= 10.0 - LAG and request.left - refused[-1] < TRIED_AGAIN

    # in the results

    def ends(self, ended):
        if ended.code is not None and "Traceback" in ended.screen:
            self.wrongs.append(f"command {self.command} failed: {ended.screen}")
        if ended.code not in {None, 0, 1, 3, 5} and (ended.code, self.do) not in EXPECTED:
            self.wrongs.append(f"command {self.command} ended with {ended.code}: {ended.screen}")
        if self.do == "undo" and self.flag:
            back = [row for row in ended.rows or () if row["sync_code"] in {"updated", "unchanged"}]
            self.forgotten([row[name] for row in back for name in ("sync_phone", "sync_contact_id") if row[name]])
        if ended.rows is None or self.do == "undo":
            return
        if [row["note"] for row in ended.rows] != [f"row {at}" for at in range(len(self.lines))]:
            self.wrongs.append(f"command {self.command}: rows in are not rows out: {[r['note'] for r in ended.rows]}")
            return
        for at, (line, result) in enumerate(zip(self.lines, ended.rows, strict=True)):
            wrong = self._fate(line, result)
            if wrong:
                shown = {name: value for name, value in result.items() if name.startswith("sync_") and value}
                self.wrongs.append(f"command {self.command}, row {at} ({line.row}): {wrong}: {shown}")

    def _fate(self, line, result):
        code, kind = result["sync_code"], result["sync_result"]
        if kind not in {"success", "error", "skipped", "not_sent", "would_send"}:
            return "has no fate"
        if kind in {"error", "not_sent"} and not result["sync_error"]:
            return "does not say why"
        if line.row.status != "DNC" or self.is_dry:
            return None
        if code == "superseded" and not self._another_says_dnc(line, result):
            return "a DNC row is beaten by one that says less"
        if code in {"blank", "nothing_to_change", "hidden"}:
            return "a DNC row is not sent"
        if code == "leaves_dnc" and not self._needed_no_dnc(line.name):
            return "a DNC row is not sent, whose contact can be called"
        if kind == "success" and not self._stood_in_dnc(line.name, wrote=code == "updated"):
            return "a DNC row succeeded, and nobody was put into DNC"
        if code == "unchanged" and not self._stood_in_dnc(line.name, wrote=False):
            return "a DNC row is called unchanged, and nobody stood in DNC"
        return None

    def _another_says_dnc(self, line, result):
        found = re.search(r"[Rr]ow (\d+)", result["sync_error"])
        other = self.lines[int(found[1]) - 2] if found and int(found[1]) - 2 < len(self.lines) else None
        return other is not None and other.row.status == "DNC" and other != line

    def _stood_in_dnc(self, name, *, wrote):
        if wrote:
            return (name, "DNC") in self.written
        return any(stood.contact.status == "DNC" for states in self._states_of(name) for stood in states)

    def _needed_no_dnc(self, name):
        """Whether nobody by this name could be called, at some moment of this command."""
        states = self._states_of(name)
        moments = {self.began, *(stood.since for each in states for stood in each if stood.since > self.began)}
        at = ([stood for stood in each if stood.since <= moment][-1:] for moment in moments for each in states)
        return not states or any(
            not stood.contact.is_there or stood.contact.status in NEVER for each in at for stood in each
        )

    def _states_of(self, *names):
        """How those stood, all along, who ever went by these names."""
        found = {each for name in names if name for each in {name} | self.crm.ever(name)}
        return [self.crm.stood[each] for each in sorted(found) if each in self.crm.stood]

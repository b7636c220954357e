"""A fuzzer of whole runs: the command against an API that says anything, over a real socket; what must hold after it.

    python -m tests.attacks.fuzz [--runs 10000] [--seed 1] [--at-once 16] [--seconds 100000]

Each run has a seed of its own: it decides the file, the options, and what the API does to each request, reads and
writes alike (status, headers, body, timing, cut and reset connections). `--only SEED` runs one of them and shows it.
What was not as it must be is printed with its seed; the exit code is 1 then.
"""

import argparse
import contextlib
import csv
import gzip
import io
import json
import os
import random
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

from tests import adapter
from tests.raw_api import KEY, raw_api

DOCUMENTED = {0, 1, 2, 3, 4, 5}
"""The exit codes that an API can bring about; 7 is a fault of the program."""

SLOWEST = 60
"""Seconds after which a run counts as one that hangs: its own limit is 6."""

CAMPAIGN = "550e8400-e29b-41d4-a716-446655440000"
STATUSES = ("DNC", "paused", "fulfilled", "active", "talk-to-human", "not-interested")


@dataclass
class Contact:
    phone: str
    id: str
    status: str = "active"
    exists: bool = True

    def shown(self):
        known = {"id": self.id, "phoneNumber": self.phone, "status": self.status}
        return {**known, "name": "Jane Roe", "customVariables": {}}

    def listed(self):
        campaigns = [{"id": CAMPAIGN, "name": "Spring"}]
        return {**self.shown(), "createdAt": "2026-01-01T00:00:00.000Z", "campaigns": campaigns}


@dataclass
class Written:
    """A request that writes: whether the API did what it says, and whether what it said could be, or was, success."""

    contact: Contact
    applied: bool = False
    may_be_success: bool = False
    is_success: bool = False
    is_all: bool = True
    """Whether it does all that a row asks: one that creates a contact leaves its status to another."""


@dataclass
class Reply:
    """A reply to be, and what is done to it on its way."""

    status: int
    body: bytes
    headers: list = field(default_factory=list)
    kind: bytes = b"application/json"
    tricks: set = field(default_factory=set)


class Api:
    """Says what the lots of one seed make it say."""

    def __init__(self, lots, contacts, mood):
        self.lots, self.mood, self.writes = lots, mood, []
        self.by_phone = {each.phone: each for each in contacts}
        self.by_id = {each.id: each for each in contacts}
        self.left = lots.choice([1, 3, 30, 1000])

    def __call__(self, asked):
        is_odd = self.lots.random() < (self.mood.writes if asked.writes else self.mood.reads)
        return self.written(asked, is_odd) if asked.writes else self.read(asked, is_odd)

    def written(self, asked, is_odd):
        body = asked.json
        contact = self.by_phone.get(body.get("phone") or body.get("phoneNumber")) or self.by_id.get(
            asked.path.rpartition("/")[2]
        )
        note = Written(contact, is_all=asked.path != "/contacts")
        self.writes.append(note)
        if contact is None:  # an ID that only an odd reply has
            return self.sent(said(404, {"error": "Not found", "message": "Contact not found"}), note)
        if not contact.exists and asked.path != "/contacts":
            reply = said(404, {"error": "Not found", "message": "Contact not found"})
            return self.sent(odd_way(self.lots, reply) if is_odd else reply, note)
        refusal = is_odd and self.lots.random() < 0.5 and odd_reply(self.lots)
        if refusal:
            return self.sent(odd_way(self.lots, refusal) if self.lots.random() < 0.5 else refusal, note)
        note.applied, contact.exists = True, True
        contact.status = body.get("status", contact.status)
        key = "data" if asked.path == "/contacts" else "contact"
        reply = said(200, {"success": True, "message": "Done", key: contact.shown()})
        note.may_be_success, note.is_success = True, not is_odd
        return self.sent(odd_way(self.lots, reply, note) if is_odd else reply, note)

    def read(self, asked, is_odd):
        if is_odd and self.lots.random() < 0.6:
            return self.sent(odd_way(self.lots, odd_reply(self.lots)))
        reply = self.shown(asked)
        return self.sent(odd_way(self.lots, reply) if is_odd else reply)

    def shown(self, asked):
        if asked.path == "/contacts/statuses":
            names = [*STATUSES, "wrong-number"]
            return said(
                200, [{"id": name, "name": name, "label": name, "isTerminal": name != "active"} for name in names]
            )
        if asked.path == "/campaigns":
            page = {"total": 1, "totalPages": 1, "currentPage": 1, "limit": 10}
            return said(200, {"data": [{"id": CAMPAIGN, "name": "Spring", "status": "active"}], "pagination": page})
        if asked.path == "/contacts":
            wanted = asked.query
            found = [each for each in self.by_phone.values() if each.exists]
            if "search" in wanted:
                found = [each for each in found if each.phone == wanted["search"]]
            if "status" in wanted:
                found = [each for each in found if each.status == wanted["status"]]
            page = {"total": len(found), "page": int(wanted.get("page", 1)), "limit": 100}
            shown = [each.listed() for each in found] if page["page"] == 1 else []
            return said(200, {"contacts": shown, "pagination": page})
        contact = self.by_id.get(asked.path.rpartition("/")[2])
        if contact is None or not contact.exists:
            return said(404, {"error": "Not found", "message": "Contact not found"})
        return said(200, contact.shown())

    def sent(self, reply, note=None):
        """The bytes of a reply, or what sends them as oddly as it is to be."""
        self.left = self.left - 1 if self.left > 0 else self.lots.choice([0, 5, 30])
        if self.mood.has_limits:
            reset = int(time.time() + self.lots.choice([60, 60, 1, 0, -5, -86_400, 10**9]))
            reply.headers += [
                b"X-RateLimit-Limit: 30",
                b"X-RateLimit-Remaining: %d" % max(0, self.left),
                b"X-RateLimit-Reset: %d" % reset,
            ]
        if self.lots.random() < 0.7:
            reply.headers.append(b"Date: " + formatdate(time.time() + self.mood.clock, usegmt=True).encode())
        return as_bytes(reply, self.lots)


def said(status, value):
    return Reply(status, json.dumps(value).encode())


WORDS = (
    "Contact not found", "Campaign not found", "Phone is not valid", "Try again later", "Too many requests", "\ud83d",
    "Unknown error", "", "x" * 5000, f"Key {KEY} is unknown", "<b>no</b>", "\x1b[31mred\u202e", "Number already exists",
)  # fmt: skip
STATUS_CODES = (
    200, 200, 200, 201, 202, 204, 206, 301, 302, 307, 400, 401, 402, 403, 403, 404, 404, 405, 408, 409, 410, 413, 415,
    422, 425, 429, 429, 429, 431, 451, 500, 500, 501, 502, 503, 503, 504, 520, 599, 600, 999, 100, 101, 0,
)  # fmt: skip
WAITS = (
    "0", "1", "-1", "2", "1e400", "9" * 400, "Sat, 21 Nov 99999 10:00:30 GMT", "Sat, 21 Nov 2026 10:00:30 -0000",
    "soon", "Sun Nov  6 08:49:37 1994", "2026-11-21T10:00:30Z", "\u0661", "0, 1",
)  # fmt: skip
HEADERS = (
    b"RateLimit: \"d\";r=0;t=0", b"RateLimit: limit=0, remaining=0, reset=0", b"RateLimit: ,;=",
    b"Content-Encoding: gzip",
    b"RateLimit: \"d\";r=3;t=1, \"b\";r=1;t=9", b"RateLimit-Policy: \"d\";q=30;w=1, \"b\";q=9;qu=\"content-bytes\"",
    b"X-RateLimit-Remaining: 0", b"X-RateLimit-Limit: 0", b"X-RateLimit-Reset: 99999999999999999999",
    b"X-Odd: \xff\xed\xa0\x80",
    b"X-RateLimit-Reset: -1", b"Date: Thu, 01 Jan 1970 00:00:00 -0000", b"Date: yesterday", b"Set-Cookie: a=b; Path=/",
    b"Content-Encoding: gzip, gzip", b"Content-Encoding: br", b"Connection: close", b"Location: http://127.0.0.1:9/",
    b"Transfer-Encoding: identity", b"Content-Type: text/html", b"WWW-Authenticate: Basic", b"X-Long: " + b"y" * 70_000,
)  # fmt: skip


def odd_reply(lots):
    """A reply that grants nothing."""
    status = lots.choice(STATUS_CODES)
    text = lots.choice(WORDS)
    bodies = (
        lambda: json.dumps({"error": text, "message": text}).encode(),
        lambda: json.dumps({"success": False, "message": text}).encode(),
        lambda: json.dumps({"success": lots.choice(["true", 1, None, [], {}])}).encode(),
        lambda: json.dumps({"detail": [{"loc": ["body", "phone"], "msg": text}]}).encode(),
        lambda: json.dumps({"errors": {text or "x": [text, None, 7, {"message": text}]}}).encode(),
        lambda: json.dumps({"title": text, "detail": text, "status": status}).encode(),
        lambda: json.dumps({"contacts": [text, None, {"id": text, "phoneNumber": text}], "pagination": text}).encode(),
        lambda: json.dumps({"contacts": [], "pagination": {"total": -1, "page": 10**30, "limit": 0}}).encode(),
        lambda: b"<html><h1>" + text.encode("utf-8", "replace") + b"</h1></html>",
        lambda: b"[" * lots.choice([10, 2_000, 200_000]),
        lambda: b'{"message":"' + bytes(lots.choices(range(256), k=40)) + b'"}',
        lambda: bytes(lots.choices(range(256), k=200)),
        lambda: b"", lambda: b"null", lambda: b"17", lambda: b"[]", lambda: b"{}", lambda: b'"text"', lambda: b"NaN",
        lambda: b'{"message": ' + b"9" * 6_000 + b"}",
        lambda: json.dumps({"error": text}).encode("utf-16"),
        lambda: b"\\" * 100_000,
    )  # fmt: skip
    reply = Reply(status, lots.choice(bodies)())
    reply.kind = lots.choice([b"application/json", b"application/json", b"text/html", b"text/plain; charset=\xff", b""])
    if status in {408, 425, 429, 503} or lots.random() < 0.1:
        reply.headers.append(b"Retry-After: " + lots.choice(WAITS).encode())
    return reply


def odd_way(lots, reply, note=None):
    """The same reply on a way that does something to it; `note` hears whether it can still be taken for success."""
    tricks = [
        "headers",
        "cut",
        "reset",
        "silent",
        "slow",
        "chunked",
        "longer",
        "shorter",
        "behind",
        "packed",
        "bomb",
        "big",
        "garbled",
        "bare",
    ]
    reply.tricks = set(lots.choices(tricks, k=lots.choice([1, 1, 2])))
    if "headers" in reply.tricks:
        reply.headers += lots.choices(HEADERS, k=lots.randint(1, 4))
    if "packed" in reply.tricks:
        reply.body = gzip.compress(reply.body)
        reply.headers.append(
            lots.choice([b"Content-Encoding: gzip", b"Content-Encoding: gzip, gzip", b"Content-Encoding: deflate"])
        )
    if "bomb" in reply.tricks:
        reply.body, once = gzip.compress(b" " * (20 << 20)), lots.random() < 0.5
        reply.headers.append(b"Content-Encoding: gzip" if once else b"Content-Encoding: gzip, gzip")
    if "big" in reply.tricks:
        reply.body += b" " * lots.choice([100_000, 2_000_000, 17_000_000])
    if note is not None and reply.tricks & {"bomb", "silent"}:  # what is reset may have been read before that
        note.may_be_success = False
    return reply


def as_bytes(reply, lots):
    """The bytes of a reply, or what sends them as its tricks want."""
    length = len(reply.body) + ("longer" in reply.tricks) * 500 - ("shorter" in reply.tricks) * min(9, len(reply.body))
    lines = [b"HTTP/1.1 %d Odd" % reply.status, *reply.headers]
    if reply.kind:
        lines.insert(1, b"Content-Type: " + reply.kind)
    body = reply.body
    if "chunked" in reply.tricks:
        lines.append(b"Transfer-Encoding: chunked")
        body = (
            b"%x\r\n%b\r\n%b\r\n\r\n" % (len(body), body, lots.choice([b"0", b"0", b"ZZ", b"ffffffff"]))
            if body
            else b"0\r\n\r\n"
        )
    else:
        lines.append(b"Content-Length: %d" % length)
    end = b"\n" if "bare" in reply.tricks else b"\r\n"
    whole = end.join(lines) + end + end + body
    if "behind" in reply.tricks:
        whole += lots.choice([b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"success":true}', b"junk", b"\r\n"])
    if "garbled" in reply.tricks:
        at = lots.randrange(min(len(whole), 300))
        whole = whole[:at] + bytes(lots.choices(range(256), k=lots.randint(1, 3))) + whole[at + lots.randint(0, 3) :]
    if not reply.tricks:
        return whole
    return lambda connection: send_oddly(connection, whole, reply.tricks, random.Random(lots.random()))


def send_oddly(connection, whole, tricks, lots):
    if "silent" in tricks:
        time.sleep(lots.choice([0, 0, 0.2, 4]))
        return
    if "cut" in tricks:
        whole = whole[: lots.randrange(len(whole) or 1)]
    if "slow" in tricks:
        at = lots.randrange(min(len(whole), 400) + 1)
        connection.sendall(whole[:at])
        time.sleep(lots.choice([0.01, 0.2, 1, 4]))
        whole = whole[at:]
    connection.sendall(whole)
    if "reset" in tricks:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return
    with contextlib.suppress(OSError):  # what is still under way must arrive
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(5)
        while connection.recv(65_536):
            pass


@dataclass(frozen=True)
class Mood:
    """How often the API is odd, to reads and to writes; whether it tells of limits; how far ahead its clock is."""

    reads: float
    writes: float
    has_limits: bool
    clock: float


class Run:
    """One run in a process of its own, and what was wrong with it."""

    def __init__(self, seed, folder):
        self.lots, self.folder, self.wrong = random.Random(seed), folder, []
        lots = self.lots
        self.contacts = [
            Contact(f"+1415555{1000 + at}", f"00000000-0000-4000-8000-{at:012}", exists=lots.random() < 0.9)
            for at in range(lots.choice([1, 2, 5, 12]))
        ]
        odd = lots.choice([0.1, 0.3, 0.6, 1.0])
        self.mood = Mood(
            lots.choice([0, odd]), lots.choice([odd, odd, 0]), lots.random() < 0.5, lots.choice([0, 0, 3600, -3600])
        )
        self.api = Api(lots, self.contacts, self.mood)
        self.rows = [
            (each.id if lots.random() < 0.3 else each.phone, lots.choice(STATUSES), *self._more())
            for each in self.contacts
        ]

    def _more(self):
        return (self.lots.choice(["", "", CAMPAIGN, "Spring"]), self.lots.choice(["", "", "x"]))

    def options(self):
        chosen = ["--max-outage", "2s", "--max-duration", "6s", "--no-input"]
        chosen += ["--concurrency", self.lots.choice([1, 2, 8, 32])]
        for option in (
            "--only-changed", f"--create-missing {CAMPAIGN}", "-v", "--json", "--log-format json", "--rate 100/s",
            "--max-errors 3",
        ):  # fmt: skip
            chosen += option.split() if self.lots.random() < 0.25 else []
        return chosen

    def __call__(self):
        """Run the command, and then again against an API that has become good."""
        work = self.folder / "work"
        work.mkdir()
        os.chdir(work)
        with (work / "rows.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("phone", "id", "status", "campaign", "var.note"))
            writer.writerows(("" if "-" in who else who, who if "-" in who else "", *rest) for who, *rest in self.rows)
        with raw_api(self.api) as server:
            os.environ.update(
                HOME=str(self.folder), XDG_CONFIG_HOME=str(self.folder), XDG_STATE_HOME=str(self.folder),
                BULK_SYNC_STATE_DIR=str(self.folder / "state"), BULK_SYNC_API_KEY=KEY, BULK_SYNC_BASE_URL=server.url,
            )  # fmt: skip
            self.command = ["rows.csv", *self.options()]
            self.code = self.run(*self.command)
            self.check_results()
            if not self.wrong and self.lots.random() < 0.3:
                self.api.mood = Mood(0, 0, False, 0)
                self.api.left = 1000
                self.recover()
        return self.code

    def run(self, *arguments):
        out = io.StringIO()
        code = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                code = adapter.run_command(*arguments)
            except BaseException as error:  # noqa: BLE001 -- whatever gets out is wrong
                self.wrong.append(f"{type(error).__name__} got out")
        self.screen = out.getvalue()
        self.expect(code in DOCUMENTED, f"{arguments[0]}: exit code {code}")
        self.expect("Traceback" not in self.screen, "a traceback")
        self.expect(KEY not in self.screen, "the key on the screen")
        return code

    def expect(self, holds, otherwise):
        if not holds:
            self.wrong.append(otherwise)

    def check_results(self):
        names = sorted(path.name for path in Path().iterdir())
        self.expect(set(names) <= {"rows.csv", "rows.results.csv"}, f"left behind: {names}")
        if "rows.results.csv" not in names:
            self.expect(self.code in {2, 4} and not self.api.writes, f"no results, exit {self.code}")
            return
        text = Path("rows.results.csv").read_text("utf-8-sig")
        self.expect(KEY not in text, "the key in the results")
        self.results = list(csv.DictReader(io.StringIO(text, newline="")))
        self.expect(len(self.results) == len(self.rows), f"{len(self.results)} rows of {len(self.rows)}")
        for contact, row in zip(self.contacts, self.results, strict=False):
            self.check_fate(contact, row)

    def check_fate(self, contact, row):
        writes = [each for each in self.api.writes if each.contact is contact]
        what = f"{row['sync_row']} {row['sync_result']}/{row['sync_code']}: {row['sync_error'][:90]}"
        self.expect((row["phone"] or row["id"]) in {contact.phone, contact.id}, f"another row's cells: {what}")
        if row["sync_result"] == "success":
            self.expect(any(each.applied and each.may_be_success for each in writes), f"never accepted: {what}")
        if row["sync_result"] == "not_sent":
            self.expect(not any(each.applied for each in writes), f"was accepted: {what}")
        if row["sync_code"] == "unchanged":  # or a call of before was done, whose reply nobody heard
            self.expect(not writes or any(each.applied for each in writes), f"was sent and not done: {what}")
        if len(writes) == 1 and writes[0].is_success and writes[0].is_all:
            self.expect(row["sync_result"] == "success", f"was accepted at once: {what}")

    def recover(self):
        """What is left must be sent by `resume` and `retry`, and every DNC row of a contact that exists must arrive."""
        for command in (["resume"], ["retry", "rows.results.csv"], ["retry", "rows.results.csv"]):
            self.code = self.run(*command, "--max-duration", "6s")  # what it was told of limits may still hold it
        self.expect(self.code in {0, 1, 5}, f"retry ended with {self.code}: {self.screen[-300:]}")
        self.check_results()
        for contact, (_, status, *_), row in zip(self.contacts, self.rows, self.results, strict=True):
            if (
                status == "DNC"
                and contact.exists
                and row["sync_result"] != "not_sent"
                and (self.code != 5 or row["sync_result"] == "success")  # its own time was up before this row
                and row["sync_code"] not in {"rejected", "contact_not_found", "campaign_not_found"}
            ):
                self.expect(
                    contact.status == "DNC", f"not in DNC at the end: {row['sync_code']} {row['sync_error'][:90]}"
                )


def one(seed, *, shown=False):
    """Run one seed in this process: a line of JSON of how it went."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    began = time.monotonic()
    run = Run(seed, folder)
    adapter.short_patience()
    try:
        run()
    finally:
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)
    if shown:
        print(run.command, run.mood, run.screen, json.dumps(getattr(run, "results", None), indent=1), sep="\n")
    codes = Counter(row["sync_code"] for row in getattr(run, "results", ()))
    return {
        "seed": seed, "code": run.code, "codes": codes, "wrong": run.wrong, "requests": len(run.api.writes),
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def start(seed):
    """Run a seed in a child that has everything loaded already; its process, and where it tells how that went."""
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    os.close(reader)
    signal.alarm(SLOWEST)  # which ends it where it hangs
    try:
        told = json.dumps(one(seed))
    except BaseException as error:  # noqa: BLE001 -- a fault of the fuzzer is one, too
        told = json.dumps(failed(seed, f"fuzzer: {error!r}"))
    os.write(writer, told.encode())
    os._exit(0)


def ended(seed, process, reader):
    told = b""
    while piece := os.read(reader, 65_536):
        told += piece
    os.close(reader)
    _, status = os.waitpid(process, 0)
    return json.loads(told) if told else failed(seed, f"it hung, or died ({status})")


def failed(seed, why):
    """What is told of a run of which nothing else is known."""
    return {"seed": seed, "code": None, "codes": {}, "wrong": [why], "requests": 0, "seconds": SLOWEST}


def fuzz(seed, runs, at_once, seconds):
    """So many runs from `seed` on, as far as `seconds` allow; how each went."""
    import selectors

    adapter.load_everything()
    end, waiting, found = time.monotonic() + seconds, iter(range(seed, seed + runs)), []
    with selectors.DefaultSelector() as under_way:
        while True:
            while (
                len(under_way.get_map()) < at_once
                and time.monotonic() < end
                and (next_one := next(waiting, None)) is not None
            ):
                process, reader = start(next_one)
                under_way.register(reader, selectors.EVENT_READ, (next_one, process))
            if not under_way.get_map():
                return found
            for key, _ in under_way.select():
                under_way.unregister(key.fileobj)
                found.append(ended(*key.data, key.fileobj))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=1e5)
    parser.add_argument("--only", type=int)
    given = parser.parse_args()
    if given.only is not None:
        print(one(given.only, shown=True))
        return
    began = time.monotonic()
    found = fuzz(given.seed, given.runs, given.at_once, given.seconds)
    for each in found:
        if each["wrong"]:
            print(each["seed"], each["code"], *each["wrong"], sep=" | ")
    codes = sum((Counter(each["codes"]) for each in found), Counter())
    print(
        f"seed {given.seed}: {len(found)} runs in {time.monotonic() - began:.0f} s, the longest took "
        f"{max(each['seconds'] for each in found)} s; {sum(each['requests'] for each in found)} writes; exit codes "
        f"{dict(sorted(Counter(str(each['code']) for each in found).items()))}; rows {dict(codes.most_common())}; "
        f"{sum(bool(each['wrong']) for each in found)} wrong"
    )
    sys.exit(any(each["wrong"] for each in found))


if __name__ == "__main__":
    main()

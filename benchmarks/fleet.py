"""Does a fleet lose a row, send one twice, or pass a limit? 40 jobs of 12 keys over three workers.

    python benchmarks/fleet.py jobs [rounds]        with urgent ones between them; nothing goes wrong
    python benchmarks/fleet.py deaths [rounds]      the same, while workers are killed (kill -9) and put to sleep
    python benchmarks/fleet.py outages [rounds]     the same, while the database is away, for 0.2 to 60 seconds
    python benchmarks/fleet.py same [rows]          12 files through one process and through three workers

It needs PostgreSQL on this computer (Debian's package) and Linux. Each round takes one to three minutes.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bulk_sync.errors import BadConfiguration
from bulk_sync.fleet.queue import bring_up_to_date
from bulk_sync.fleet.submission import options_of, submitted
from bulk_sync.ledger import SharedLedger
from bulk_sync.ledger.shared_schema import migrate
from bulk_sync.sandbox import Rate
from bulk_sync.settings import Settings
from tests import postgres
from tests.fleet.computers import made

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS, JOBS, ROWS, WORKERS, IN_FLIGHT = 12, 40, 40, 3, 4
LIMIT = Rate(10, 2.0)
"""Writes of a key in any window."""

SECONDS = 600.0
"""Until all must be done."""

ON_ITS_WAY = 0.25
"""Seconds that a write may have been on its way when it comes."""

Befall = Callable[[Any, Any, random.Random, threading.Event], None]


@contextlib.contextmanager
def fleet_of(keys: int, contacts: int, **options: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    """A server, and a fleet of so many teams."""
    with postgres.running() as server, tempfile.TemporaryDirectory() as home:
        address = server.database("fleet")
        migrate(SharedLedger.parse(address), bring_up_to_date)
        names = [f"team-{number:02d}" for number in range(keys)]
        with made(Path(home), address, names, contacts, **options) as fleet:
            yield server, fleet


_LOG = """
    CREATE TABLE lease_log (at double precision, name text, process bigint);
    CREATE FUNCTION log_lease() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'INSERT' OR NEW.fence <> OLD.fence OR NEW.holder IS DISTINCT FROM OLD.holder THEN
            INSERT INTO bulk_sync.lease_log VALUES (extract(epoch FROM clock_timestamp()), NEW.name,
                CASE WHEN NEW.holder IS NOT NULL THEN NEW.process END);
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER log_lease AFTER INSERT OR UPDATE ON lease FOR EACH ROW EXECUTE FUNCTION log_lease();
"""


def owners(pids: list[int]) -> dict[tuple[int, int], int]:
    """Which process each connection on this computer belongs to, by its local and its remote port."""
    connections = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        connections[fields[9]] = tuple(int(fields[end].rpartition(":")[2], 16) for end in (1, 2))
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for link in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    name = str(link.readlink())
                    if name.startswith("socket:[") and (ports := connections.get(name[8:-1])):
                        found[ports] = pid
    return found


class Senders:
    """Which worker had which connection, and when, seen 50 times a second."""

    def __init__(self, fleet: Any) -> None:  # noqa: ANN401
        self._fleet, self._over = fleet, threading.Event()
        self._seen: dict[tuple[int, int], list[tuple[float, int | None]]] = defaultdict(list)
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Senders:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        before: dict[tuple[int, int], int] = {}
        while not self._over.wait(0.02):
            found, now = owners([worker.pid for worker in self._fleet.workers if worker.poll() is None]), time.time()
            for ports in {*found, *before}:  # those of one that is closed may be another's next
                if found.get(ports) != before.get(ports):
                    self._seen[ports].append((now, found.get(ports)))
            before = found

    def of(self, ports: tuple[int, int], at: float) -> int | None:
        """Who sent what came over this connection then; None where that was not seen for sure."""
        near = [pid for seen, pid in self._seen[ports] if seen <= at][-1:]
        near += [pid for seen, pid in self._seen[ports] if at < seen <= at + 0.1]
        return near[0] if len(set(near)) == 1 else near[1] if near[:1] == [None] and len(near) == 2 else None


def submit_all(fleet: Any, chance: random.Random) -> tuple[list[int], dict[int, tuple[str, float]]]:  # noqa: ANN401
    """Submit the jobs: files of each key's own contacts. Some are urgent, and come while others run."""
    jobs, urgent, used = [], {}, Counter[str]()
    for number in range(JOBS):
        team = fleet.teams[f"team-{number % KEYS:02d}"]
        phones = team.phones[used[team.name] : used[team.name] + ROWS]
        used[team.name] += ROWS
        is_urgent = number >= JOBS - 6
        if is_urgent:
            time.sleep(chance.uniform(0.5, 1.5))
        path = fleet.sheet(f"job-{number}.csv", phones)
        options, began = options_of(Settings(input=str(path), concurrency=IN_FLIGHT)), time.time()
        place = SharedLedger.parse(fleet.address)
        while True:
            with contextlib.suppress(BadConfiguration):  # the database is away
                job = submitted(place, team.name, path, options, urgent=is_urgent)
                break
            time.sleep(0.5)
        jobs.append(job)
        if is_urgent:
            urgent[job] = phones[0], began
    return jobs, urgent


def without_lease(fleet: Any, senders: Senders, log: list[tuple[float, str, int | None]]) -> tuple[int, int]:  # noqa: ANN401
    """Writes whose sender did not have the lease of its key when they came, and writes whose sender is known."""
    wrong, known = 0, 0
    for team in fleet.teams.values():
        held = [(at, process) for at, name, process in log if name.endswith(f" of {team.api.url}")]
        port = int(team.api.url.rpartition(":")[2])
        for write in team.writes:
            if (sender := senders.of((write.port, port), write.at)) is None:
                continue
            known += 1
            before = [process for at, process in held if at <= write.at - ON_ITS_WAY]
            since = {process for at, process in held if write.at - ON_ITS_WAY < at <= write.at}
            if sender not in {*before[-1:], *since}:
                wrong += 1
                print(f"without the lease: {write}, sender {sender}, holders {before[-3:]} {since}, {held[-4:]}")
    return wrong, known


def busiest(times: list[float]) -> int:
    """The most in any window of the limit."""
    times = sorted(times)
    return max((sum(t < began + LIMIT.period for t in times[at:]) for at, began in enumerate(times)), default=0)


def round_of(befall: Befall, chance: random.Random) -> dict[str, float]:
    """One round: all jobs, and what befalls their workers meanwhile."""
    with fleet_of(KEYS, ROWS * (JOBS // KEYS + 1), limiter="sliding", writes=LIMIT, latency=0.02) as (server, fleet):
        import psycopg  # noqa: PLC0415

        address = fleet.address
        with psycopg.connect(address, autocommit=True, options="-c search_path=bulk_sync") as db:
            db.execute(_LOG)
        over = threading.Event()
        for _ in range(WORKERS):
            fleet.work("--concurrency", KEYS)
        trouble = threading.Thread(target=befall, args=(server, fleet, chance, over))
        began = time.monotonic()
        with Senders(fleet) as senders:
            trouble.start()
            try:
                jobs, urgent = submit_all(fleet, chance)
                fleet.finished(*jobs, seconds=SECONDS)
            finally:
                over.set()
                trouble.join()
            seconds = time.monotonic() - began
        with psycopg.connect(address, options="-c search_path=bulk_sync") as db:
            log = db.execute("SELECT at, name, process FROM lease_log ORDER BY at").fetchall()
        wrong, known = without_lease(fleet, senders, log)
        writes = [write for team in fleet.teams.values() for write in team.writes]
        taken = [write for write in writes if write.status == 200]
        first = [min(each.at for each in writes if each.phone == phone) - at for phone, at in urgent.values()]
        return {
            "seconds": seconds,
            "rows not updated": sum(
                ROWS - [row["sync_code"] for row in fleet.results(job)].count("updated") for job in jobs
            ),
            "writes": len(taken),
            "sent twice": sum(count - 1 for count in Counter(write.phone for write in taken).values()),
            "without the lease": wrong,
            "of so many whose sender is known": known,
            f"most of a key in {LIMIT.period:g} s": max(
                busiest([write.at for write in team.writes if write.status == 200]) for team in fleet.teams.values()
            ),
            "killed or put to sleep": len(fleet.befallen),
            "refused (429)": sum(write.status == 429 for write in writes),
            "urgent: longest to its first write": max(first),
        }


def nothing(server: Any, fleet: Any, chance: random.Random, over: threading.Event) -> None:  # noqa: ANN401
    """Nothing goes wrong."""


def deaths(server: Any, fleet: Any, chance: random.Random, over: threading.Event) -> None:  # noqa: ANN401, ARG001
    """Workers are killed, and others take their place; or they are put to sleep for 5 to 45 seconds."""
    asleep: list[tuple[float, Any]] = []
    while not over.wait(chance.uniform(2.0, 10.0)):
        for until, worker in [each for each in asleep if each[0] <= time.monotonic()]:
            worker.send_signal(signal.SIGCONT)
            asleep.remove((until, worker))
        awake = [w for w in fleet.workers if w.poll() is None and w not in [each for _, each in asleep]]
        worker = chance.choice(awake)
        if chance.random() < 1 / 2:
            worker.kill()
            fleet.befallen.append("killed")
            fleet.work("--concurrency", KEYS)
        elif len(awake) > 1:
            worker.send_signal(signal.SIGSTOP)
            fleet.befallen.append("slept")
            asleep.append((time.monotonic() + chance.uniform(5.0, 45.0), worker))
    for _, worker in asleep:
        worker.send_signal(signal.SIGCONT)


def outages(server: Any, fleet: Any, chance: random.Random, over: threading.Event) -> None:  # noqa: ANN401, ARG001
    """The database is away, for 0.2 to 60 seconds."""
    for seconds in (0.2, 0.2 * 300 ** chance.random(), 60.0):
        if over.wait(chance.uniform(2.0, 6.0)):
            return
        with server.away():
            time.sleep(seconds)


def same(rows: int) -> None:
    """The same files through one process and through three workers."""
    of_one, calls = rows // KEYS, 100
    digests = {}
    for how in ("one process", "three workers"):
        with fleet_of(KEYS, calls, limiter="none") as (_, fleet):
            files = {
                name: fleet.sheet(f"{name}.csv", (team.phones * (of_one // calls + 1))[:of_one])
                for name, team in fleet.teams.items()
            }
            began = time.monotonic()
            if how == "one process":
                digests[how] = {name: digest(alone(fleet, name, path)) for name, path in files.items()}
            else:
                for _ in range(WORKERS):
                    fleet.work("--concurrency", KEYS // WORKERS)
                jobs = {
                    name: int(fleet("submit", path, "--profile", name, "--rate", "500/s"))
                    for name, path in files.items()
                }
                fleet.finished(*jobs.values(), seconds=3600.0)
                digests[how] = {name: digest(fleet.results(job)) for name, job in jobs.items()}
            seconds = time.monotonic() - began
            print(f"{how}: {rows:,} rows in {KEYS} files, {seconds:.0f} s")
    print("identical" if digests["one process"] == digests["three workers"] else f"DIFFERENT: {digests}")


def alone(fleet: Any, name: str, path: Path) -> list[dict[str, str]]:  # noqa: ANN401
    """The results of a file that one process syncs, with a ledger of its own."""
    variables = {k: v for k, v in fleet.environment("alone").items() if k != "BULK_SYNC_LEDGER"}
    command = [sys.executable, "-m", "bulk_sync", str(path), "--profile", name, "--rate", "500/s"]
    subprocess.run(
        command, env=variables, cwd=fleet.home, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with path.with_name(f"{name}.results.csv").open(newline="", encoding="utf-8-sig") as text:
        return list(csv.DictReader(text))


def digest(rows: list[dict[str, str]]) -> str:
    """What results say, but for when, in which run, and at which try."""
    apart = {"sync_at", "sync_run", "sync_attempts"}
    kept = [[cell for name, cell in row.items() if name not in apart] for row in rows]
    return hashlib.sha256(repr(kept).encode()).hexdigest()[:12]


def main() -> None:
    what, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    if what == "same":
        same(count or 3_000_000)
        return
    befall = {"jobs": nothing, "deaths": deaths, "outages": outages}[what]
    for number in range(count or 1):
        found = round_of(befall, random.Random(number))
        print(f"round {number + 1}: " + ", ".join(f"{name} {value:.4g}" for name, value in found.items()), flush=True)


if __name__ == "__main__":
    main()

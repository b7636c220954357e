"""How fast are updates sent, beside the script that a user would write instead? Real requests over real sockets.

    python benchmarks/sending.py [--rows 20000] [--times 5] [--server fast|sandbox]

The peer (`naive_peer.py`, 50 in flight) and bulk-sync (as it stands, with its ledger durable) send the same rows in
turns to a server in a process of its own; where the system can pin processes, each client has one core and the server
another. Times are of whole commands, reading and results included; each figure is a median. `fast` is `fast_api.py`,
`sandbox` is `bulk-sync sandbox --limiter none`, which is slower than a fast client. The ceiling is what that server
gives to a client that only writes and counts bytes, over as many connections.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fast_api import KEY
from speed import OURS, PEER, Cost, cost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
CONNECTIONS = 32
STATUSES = ("paused", "fulfilled", "not-interested", "not-answering")


def on_core(command: Sequence[str], core: int) -> list[str]:
    """The command on one core only, where that can be asked for: the first is 0, the last -1."""
    if len(CORES) < 2:
        return list(command)
    pinned = f"import os, sys; os.sched_setaffinity(0, {{{CORES[core]}}}); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", pinned, *command]


def phones(rows: int) -> list[str]:
    return [f"+1415{2_000_000 + 7 * row}" for row in range(rows)]


def make(path: Path, rows: int) -> None:
    """A file of so many contacts, and what to set them to; a sandbox takes the same file for its contacts."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("phone", "status", "campaign"))
        writer.writerows((phone, STATUSES[row % len(STATUSES)], "") for row, phone in enumerate(phones(rows)))


@contextlib.contextmanager
def serving(kind: str, contacts: Path) -> Iterator[str]:
    """The server in a process of its own; its URL."""
    fast = [sys.executable, str(Path(__file__).with_name("fast_api.py")), "0"]
    sandbox = [*OURS, "sandbox", "--port", "0", "--key", KEY, "--limiter", "none", "--contacts", str(contacts)]
    command = on_core(fast if kind == "fast" else sandbox, -1)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


async def ceiling(url: str, rows: int) -> float:
    """Requests a second that the server answers to a client that does next to nothing."""
    where, waiting = urlsplit(url), iter(phones(rows))

    async def talk() -> None:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        for phone in waiting:
            body = json.dumps({"phone": phone, "status": "paused"}).encode()
            head = f"POST /contacts/update HTTP/1.1\r\nHost: {where.netloc}\r\nX-API-Key: {KEY}\r\n"
            more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write((head + more).encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert answer.startswith(b"http/1.1 200"), answer
            await reader.readexactly(int(answer.split(b"content-length:")[1].split(b"\r\n")[0]))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(talk() for _ in range(CONNECTIONS)))
    return rows / (time.perf_counter() - began)


def line(name: str, costs: Sequence[Cost], rows: int, replies: str) -> str:
    wall, cpu = median(each.wall for each in costs), median(each.cpu for each in costs)
    return f"| {name} | {wall:.1f} | {rows / wall:,.0f} | {1e6 * cpu / rows:,.0f} | {replies} |"


def taking_turns(url: str, file: Path, rows: int, times: int, more: Sequence[str]) -> Iterator[str]:
    """The lines of the table, from so many rounds."""
    summary = file.with_name("summary.json")
    peer = [*PEER, str(file), "--base-url", url, "--out", str(file.with_name("peer.csv"))]
    ours = [*OURS, str(file), "--base-url", url, "--fresh", "--quiet", "--json-results", str(summary), *more]
    peers, us, found = [], [], []
    for _ in range(times):
        peers.append(cost(on_core(peer, 0)))
        us.append(cost(on_core([*ours, "--output", str(file.with_name("ours.csv"))], 0)))
        found.append(json.loads(summary.read_text(encoding="utf-8")))
        if found[-1]["codes"] != {"updated": rows}:
            raise RuntimeError(f"not every row was updated: {found[-1]['codes']}")
    replies = " / ".join(
        f"{1000 * median(each['latency'][name] for each in found):.1f}" for name in found[0]["latency"]
    )
    yield line("the peer", peers, rows, "")
    yield line("bulk-sync", us, rows, replies)
    seconds = median(each["seconds"] for each in found)
    yield f"\nWhile sending: {rows / seconds:,.0f} requests/s, {1e6 * seconds / rows:,.0f} µs each."
    pairs = list(zip(peers, us, strict=True))
    wall, cpu = (
        median(one.wall / other.wall for one, other in pairs),
        median(one.cpu / other.cpu for one, other in pairs),
    )
    yield f"bulk-sync takes the time of the peer **{wall:.1f}×** less, its processor {cpu:.1f}× less."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--server", choices=("fast", "sandbox"), default="fast")
    given = parser.parse_args()
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores{load}; medians of {given.times}.")
    with tempfile.TemporaryDirectory(prefix="bulk-sync-sending-") as name:
        file = Path(name) / "rows.csv"
        make(file, given.rows)
        os.environ |= {"BULK_SYNC_STATE_DIR": str(Path(name) / "state"), "BULK_SYNC_API_KEY": KEY}
        with serving(given.server, file) as url:
            most = asyncio.run(ceiling(url, given.rows))
            print(f"The server's ceiling: {most:,.0f} requests/s at {CONNECTIONS} connections.\n", flush=True)
            # the script looks at no contact, and the fast server shows none; the sandbox is told to name no limit
            more = ["--allow-leaving-dnc", *([] if given.server == "fast" else ["--rate", "100000/s"])]
            print(f"| {given.rows:,} updates | s | requests/s | CPU, µs each | p50 / p95 / p99, ms |")
            print("|---|---|---|---|---|")
            for each in taking_turns(url, file, given.rows, given.times, more):
                print(each, flush=True)


if __name__ == "__main__":
    main()

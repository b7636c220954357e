"""Would HTTP/2 be faster? The same updates through three transports, to a server that speaks both versions.

    pip install h2 hypercorn
    python benchmarks/http2.py [--requests 2000] [--times 3]

In turns: httpx's own HTTP/2 (the library h2, one connection), httpx's own pool of HTTP/1.1 connections, and a transport
of httpx for each request under way, as bulk-sync has; 32 requests in flight, hypercorn in a process of its own. What
processor time a request: the server's, which is the slower part here, is the same for all or better for HTTP/1.1.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from pathlib import Path
from socket import create_server
from statistics import median
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

IN_FLIGHT = 32
keep_alive_max_requests = 10**9  # hypercorn's settings are read from this module
BODY = {"phone": "+14155552671", "status": "paused"}


async def app(scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    """Answer every request alike; for hypercorn."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b'{"success":true}'})


class OneEach(httpx.AsyncBaseTransport):
    """A transport of one connection for each request under way."""

    def __init__(self) -> None:
        one = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        self._all = [httpx.AsyncHTTPTransport(limits=one) for _ in range(IN_FLIGHT)]
        self._free = list(self._all)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over the next one that is free, and read the whole reply."""
        line = self._free.pop()
        try:
            response = await line.handle_async_request(request)
            await response.aread()
        finally:
            self._free.append(line)
        return response

    async def aclose(self) -> None:
        """Close all of them."""
        for line in self._all:
            await line.aclose()


def transports() -> dict[str, Callable[[], httpx.AsyncBaseTransport]]:
    limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    return {
        "httpx, HTTP/2": lambda: httpx.AsyncHTTPTransport(http1=False, http2=True, limits=limits),
        "httpx, HTTP/1.1": lambda: httpx.AsyncHTTPTransport(limits=limits),
        "httpx, HTTP/1.1, one transport each": OneEach,
    }


async def sent(transport: httpx.AsyncBaseTransport, url: httpx.URL, requests: int) -> None:
    left = iter(range(requests))

    async def worker() -> None:
        for _ in left:
            timeout = dict.fromkeys(("connect", "read", "write", "pool"), 30.0)
            request = httpx.Request("POST", url, json=BODY, extensions={"timeout": timeout})
            response = await transport.handle_async_request(request)
            await response.aread()
            if response.status_code != 200:
                raise RuntimeError(f"{response.status_code} {response.extensions}")

    async with transport:
        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))


def microseconds(make: Callable[[], httpx.AsyncBaseTransport], url: httpx.URL, requests: int) -> tuple[float, float]:
    """Of the processor and of the clock, a request."""
    used, began = time.process_time(), time.perf_counter()
    asyncio.run(sent(make(), url, requests))
    return 1e6 * (time.process_time() - used) / requests, 1e6 * (time.perf_counter() - began) / requests


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = httpx.URL(f"http://127.0.0.1:{port}/contacts/update")
    here = Path(__file__)
    serve = [sys.executable, "-m", "hypercorn", f"{here.stem}:app", "--config", f"python:{here.stem}"]
    command = [*serve, "--bind", f"127.0.0.1:{port}", "--log-level", "CRITICAL"]
    server = subprocess.Popen(command, cwd=here.parent)
    try:
        while server.poll() is None:
            try:
                httpx.get(url)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                break
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in transports()}
        for _ in range(options.times):
            for name, make in transports().items():
                found[name].append(microseconds(make, url, options.requests))
    finally:
        server.terminate()
        server.wait()
    print("| transport | CPU of the client, µs a request | by the clock, µs a request |\n|---|---|---|")
    for name, figures in found.items():
        cpu, wall = (median(column) for column in zip(*figures, strict=True))
        print(f"| {name} | {cpu:,.0f} | {wall:,.0f} |")


if __name__ == "__main__":
    main()

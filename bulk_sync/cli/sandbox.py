"""`bulk-sync sandbox`: serve the local contacts API until told to stop."""

from __future__ import annotations

import contextlib
import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulk_sync.cli.options import Parsed
from bulk_sync.cli.output import say
from bulk_sync.errors import BulkSyncError
from bulk_sync.sandbox import DEMO_READS, DEMO_WRITES, REAL_READS, REAL_WRITES, Rate, SandboxOptions, server_module
from bulk_sync.sandbox.limits import LIMITERS, seconds
from bulk_sync.sandbox.responses import FAULTS, shares

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from bulk_sync.sandbox.store import Store


class CannotServe(click.ClickException):
    """The sandbox cannot be served as asked; the message says what to do."""

    exit_code = 2


def _key(text: str) -> str:
    if not text or not all("!" <= each <= "~" for each in text):
        raise ValueError("a key is made of visible ASCII characters, without spaces")
    return text


def _latency(text: str) -> float:
    if (found := seconds(text)) < 0:
        raise ValueError(f"{text!r} is less than no time; write it like 200ms")
    return found


RATE = Parsed("rate", Rate.parse)
FAULT_NAMES = "\n".join(f"  {name + ':':<15}{fault.meaning}" for name, fault in FAULTS.items())


@click.command(
    "sandbox",
    short_help="Serve a contacts API on this computer, for tests.",
    epilog=f"\b\nThe faults:\n{FAULT_NAMES}",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0: a free one.")
@click.option("--key", type=Parsed("text", _key), help="API key to accept.  [default: a new one each time]")
@click.option("--contacts", type=click.Path(path_type=Path), help="CSV or JSON file of contacts to start with.")
@click.option("--db", type=click.Path(path_type=Path), help="File that keeps the state across restarts.")
@click.option(
    "--limiter", type=click.Choice(LIMITERS), default="fixed", show_default=True, help="How requests are counted."
)
@click.option("--writes", type=RATE, default=str(DEMO_WRITES), show_default=True, help=f"The real API: {REAL_WRITES}.")
@click.option("--reads", type=RATE, default=str(DEMO_READS), show_default=True, help=f"The real API: {REAL_READS}.")
@click.option(
    "--put-bucket",
    type=click.Choice(("shared", "own")),
    default="shared",
    show_default=True,
    help="Whether PUT counts with the other writes or has as many of its own.",
)
@click.option(
    "--retry-after",
    type=click.Choice(("both", "header", "body", "none")),
    default="both",
    show_default=True,
    help="Where a 429 says how long to wait.",
)
@click.option(
    "--reset-skew",
    type=Parsed("time", seconds),
    default="0s",
    help="How far the clock of the limit's reset is ahead of its Date, such as 20s or -20s.",
)
@click.option("--faults", type=Parsed("name:n%,...", shares), default="", help='Such as "500:5%,reset:2%"; see below.')
@click.option("--latency", type=Parsed("time", _latency), default="0ms", help="Added to each answer, such as 200ms.")
@click.option("--revoke-after", type=click.IntRange(0), metavar="N", help="Refuse the key after N requests.")
@click.option("--down-after", type=click.IntRange(0), metavar="N", help="Answer nothing but 503 after N requests.")
@click.option(
    "--clock-skew", type=Parsed("time", seconds), default="0s", help="How far its clock is fast, such as 90s."
)
@click.option("--seed", type=int, help="Makes the faults repeatable.")
def command(host: str, port: int, contacts: Path | None, db: Path | None, **given: Any) -> None:
    """Serve a local contacts API that behaves as the documented one does.

    The first line on standard output is its URL, the second the key to use. Open the URL in a browser to see the
    contacts, and /docs for the operations. Ctrl-C stops it.
    """
    try:
        server = server_module()
        options = SandboxOptions(db=str(db) if db else None, **given)
        key = options.key or server.new_key()
        with contextlib.closing(server.stocked(options, contacts)) as store, server.listen(host, port) as listener:

            def announce() -> None:
                say(server.address(listener))
                say(key)
                if contacts and not store.is_new:
                    say(f"{contacts} was not read: {db} holds the contacts of an earlier start.", err=True)
                for line in _banner(options, listener, store):
                    say(line, err=True)

            server.serve(store, key, options, listener, announce)
    except BulkSyncError as error:
        raise CannotServe(str(error)) from error


def _banner(options: SandboxOptions, listener: socket.socket, store: Store) -> Iterator[str]:
    yield f"Serving {store.size()} contacts. Open the address above in a browser to see them; Ctrl-C stops."
    if options.limiter == "none":
        yield "No limit, and no rate headers."
    else:
        yield f"Limits: {options.writes} writes and {options.reads} reads ({options.limiter})."
    if (options.writes, options.reads) != (REAL_WRITES, REAL_READS) or options.limiter == "none":
        real = f"--writes {REAL_WRITES} --reads {REAL_READS}"
        yield f"The real API allows {REAL_WRITES} writes and {REAL_READS} reads; {real} has the same limits."
    if options.faults:
        yield f"Faults: {', '.join(f'{name} {share * 100:g}%' for name, share in options.faults.items())}."
    if not ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback:
        yield "Warning: other machines can reach this sandbox; use no real contacts and no real key."

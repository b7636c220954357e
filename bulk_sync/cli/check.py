"""`bulk-sync check`: whether a run would work from here."""

from __future__ import annotations

import sys

import click

from bulk_sync.cli.options import asking_options
from bulk_sync.cli.output import say
from bulk_sync.cli.run import Configured
from bulk_sync.printable import json_text


@click.command("check", cls=Configured)
@asking_options("base_url", "profile", "as_json", "quiet")
def command(base_url: str, profile: str | None, *, as_json: bool, quiet: bool) -> None:
    """Check the key, the API, its limits and this computer's clock. Nothing is changed.

    The exit code is 0 if a run would work, 4 if the key or the address is wrong, 3 if the API cannot be reached.
    """
    import asyncio  # noqa: PLC0415

    from bulk_sync.keys import find_key, key_place  # noqa: PLC0415
    from bulk_sync.report.tables import show_findings  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.send.config import Address  # noqa: PLC0415
    from bulk_sync.send.health import health_of, probe  # noqa: PLC0415

    place = key_place(base_url, profile)
    address = Address(base_url, find_key(base_url, profile))
    health = health_of(asyncio.run(probe(address)))
    findings = [
        (each.what, each.is_well, f"From {place}. {each.says}" if each.what == "key" else each.says)
        for each in health.findings
    ]
    if as_json:
        say(
            json_text(
                {
                    "schema": 1,
                    "base_url": base_url,
                    "exit_code": health.exit_code,
                    "key_from": place,
                    "findings": [{"what": what, "ok": is_well, "says": says} for what, is_well, says in findings],
                    "seconds": health.seconds,
                    "clock_ahead_seconds": health.ahead,
                    "reads": health.limits or None,
                }
            )
        )
    elif not quiet or health.exit_code:
        show_findings([("address", True, base_url), *findings])
    sys.exit(health.exit_code)

"""`bulk-sync login`, `logout` and `check`: the key of an account, and whether a run would work with it from here."""

from __future__ import annotations

import sys

import click

from bulk_sync.cli.configured import Configured
from bulk_sync.cli.options import asking_options
from bulk_sync.cli.output import answer, tell


@click.command("login", short_help="Keep the API key in this computer's keyring.", cls=Configured)
@asking_options("base_url", "profile")
def login(base_url: str, profile: str | None) -> None:
    """Keep the API key in this computer's keyring, where every run finds it.

    The key is asked for and not shown. Without a terminal it is read from standard input, never from the command line,
    which others can see.
    """
    from bulk_sync.keys import keep_key  # noqa: PLC0415  # keeps --help quick

    typed = click.prompt("API key", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    place = keep_key(base_url, profile, typed)
    again = f"bulk-sync check --profile {profile}" if profile else "bulk-sync check"
    tell(f"The key for {place} is kept in this computer's keyring. To test it: {again}")


@click.command("logout", cls=Configured)
@asking_options("base_url", "profile")
def logout(base_url: str, profile: str | None) -> None:
    """Remove the API key from this computer's keyring. Keys in variables and files stay where they are."""
    from bulk_sync.keys import forget_key  # noqa: PLC0415  # keeps --help quick

    place = forget_key(base_url, profile)
    tell(f"The key for {place} is no longer in this computer's keyring.")


@click.command("check", cls=Configured)
@asking_options("base_url", "profile", "as_json", "quiet")
def check(base_url: str, profile: str | None, *, as_json: bool, quiet: bool) -> None:
    """Check the key, the API, its limits and this computer's clock. Nothing is changed.

    The exit code is 0 if a run would work, 4 if the key or the address is wrong, 3 if the API cannot be reached.
    """
    import asyncio  # noqa: PLC0415

    from bulk_sync.keys import find_key  # noqa: PLC0415
    from bulk_sync.report.tables import show_findings  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.send.config import Address  # noqa: PLC0415
    from bulk_sync.send.health import health_of, probe  # noqa: PLC0415

    key, place = find_key(base_url, profile)
    health = health_of(asyncio.run(probe(Address(base_url, key))))
    findings = [
        (each.what, each.is_well, f"From {place}. {each.says}" if each.what == "key" else each.says)
        for each in health.findings
    ]
    if as_json:
        found = {
            "schema": 1,
            "base_url": base_url,
            "exit_code": health.exit_code,
            "key_from": place,
            "findings": [{"what": what, "ok": is_well, "says": says} for what, is_well, says in findings],
            "seconds": health.seconds,
            "clock_ahead_seconds": health.ahead,
            "reads": health.limits or None,
        }
        answer(found)
    elif not quiet or health.exit_code:
        show_findings([("address", True, base_url), *findings])
    sys.exit(health.exit_code)

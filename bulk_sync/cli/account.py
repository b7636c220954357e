"""The commands about an account: its key, whether a run would work with it, and the words that its rows may say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_sync.cli.configured import Configured
from bulk_sync.cli.display import told_unless
from bulk_sync.cli.options import asking_options
from bulk_sync.cli.output import answer, tell
from bulk_sync.errors import BadConfiguration

if TYPE_CHECKING:
    from bulk_sync.catalog.query import CatalogAnswer
    from bulk_sync.results.template import Words

_HELP = (
    "One row for each contact to change, on the sheet Contacts. Delete the grey example row.",
    "Phone: with + and its country code, like +14155552671; without it, Country says which country is meant.",
    "The columns are formatted as text, so that no digit gets lost. Keep them so when you paste.",
    "Status and Campaign: choose from the list. A blank cell changes nothing.",
    "A status that stops outreach cancels the contact's calls and messages; DNC means never to call again.",
    "Then look first, nothing is sent: bulk-sync FILE --dry-run",
    "Then do it: bulk-sync FILE. A file beside it shows what happened to each row.",
)
"""What stands on the help sheet of a template."""


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
    from bulk_sync.report.screen import show_findings  # noqa: PLC0415  # keeps --help quick
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


@click.command("statuses", short_help="Show the statuses that rows may use.", cls=Configured)
@asking_options("base_url", "profile", "offline", "as_json", "quiet")
def statuses(base_url: str, profile: str | None, *, offline: bool, as_json: bool, quiet: bool) -> None:
    """Show the statuses that rows may name: the system's, and the team's own.

    Rows may name them by status or label, in any case, with any spaces, hyphens and accents.
    """
    from bulk_sync.catalog.query import ask, is_system  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.report.screen import show_statuses  # noqa: PLC0415

    say = told_unless(quiet=quiet)
    asked = ask(base_url, profile, {"statuses"}, say, offline=offline)
    for sentence in asked.sentences:
        say(sentence)
    if not as_json:
        show_statuses(asked.statuses, is_system)
        return
    entries = [
        {"name": each.name, "labels": list(each.labels), "terminal": each.terminal, "system": is_system(each)}
        for each in asked.statuses
    ]
    answer(entries)


@click.command("campaigns", short_help="Show the campaigns that rows may use, with their IDs.", cls=Configured)
@asking_options("base_url", "profile", "offline", "as_json", "quiet")
def campaigns(base_url: str, profile: str | None, *, offline: bool, as_json: bool, quiet: bool) -> None:
    """Show the campaigns that rows may name, with their IDs.

    Rows may name them by ID, or by name in any case, with any spaces, hyphens and accents.
    """
    from bulk_sync.catalog.query import ask  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.report.screen import show_campaigns  # noqa: PLC0415

    say = told_unless(quiet=quiet)
    asked = ask(base_url, profile, {"campaigns"}, say, offline=offline)
    if asked.campaigns is None:
        raise BadConfiguration(" ".join(asked.sentences))
    for sentence in asked.sentences:
        say(sentence)
    if as_json:
        entries = [{"id": each.id, "name": each.name, "paused": each.paused} for each in asked.campaigns]
        answer(entries)
    else:
        show_campaigns(asked.campaigns)


@click.command("template", short_help="Write an empty workbook to fill in.", cls=Configured)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
@asking_options("base_url", "profile", "offline", "as_json", "quiet")
def template(
    out: Path, base_url: str, profile: str | None, *, force: bool, offline: bool, as_json: bool, quiet: bool
) -> None:
    """Write a workbook to fill in, with drop-downs for the team's statuses and campaigns.

    OUT ends with .xlsx. Without a key, or where the API does not list them, it offers the system statuses only.
    """
    from bulk_sync.catalog.query import ask  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.results.template import check_template, write_template  # noqa: PLC0415

    check_template(out, force=force)
    say = told_unless(quiet=quiet)
    asked = ask(base_url, profile, {"statuses", "campaigns"}, say, offline=offline, key_needed=False)
    words = _words(asked)
    write_template(out, words)
    for sentence in asked.sentences:
        say(sentence)
    offers = f"{len(words.statuses)} statuses" + (f" and {len(words.campaigns):,} campaigns" if words.campaigns else "")
    say(f"{out}: a template that offers {offers}.")
    if as_json:
        listed = None if asked.campaigns is None else len(words.campaigns)
        answer({"template": str(out), "statuses": len(words.statuses), "campaigns": listed})


def _words(asked: CatalogAnswer) -> Words:
    from bulk_sync.report.screen import EFFECTS  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.results.template import Words  # noqa: PLC0415

    names = [(each.name, f"{', '.join(each.labels)}: {EFFECTS[each.terminal]}") for each in asked.statuses]
    moves = [(each.name, f"ID {each.id}{', paused' if each.paused else ''}") for each in asked.campaigns or ()]
    meanings = [("STATUS", "NAME, AND EFFECT ON OUTREACH"), *names]
    if moves:
        meanings += [("", ""), ("CAMPAIGN", "ID, WHICH CAN BE USED INSTEAD OF THE NAME"), *moves]
    return Words(
        [each.name for each in asked.statuses], asked.words_for_campaigns(), (*_HELP, *asked.sentences), meanings
    )

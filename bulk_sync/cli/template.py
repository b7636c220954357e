"""`bulk-sync template OUT.xlsx`: an empty sheet to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_sync.cli.display import told_unless
from bulk_sync.cli.options import asking_options
from bulk_sync.cli.output import answer
from bulk_sync.cli.run import Configured
from bulk_sync.printable import json_text

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


@click.command(
    "template",
    short_help="Write an empty workbook to fill in.",
    cls=Configured,
)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
@asking_options("base_url", "profile", "offline", "as_json", "quiet")
def command(
    out: Path, base_url: str, profile: str | None, *, force: bool, offline: bool, as_json: bool, quiet: bool
) -> None:
    """Write a workbook to fill in, with drop-downs for the team's statuses and campaigns.

    OUT ends with .xlsx. Without a key, or where the API does not list them, it offers the system statuses only.
    """
    from bulk_sync.catalog.query import ask  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.results.template import check_template, write_template  # noqa: PLC0415

    check_template(out, force=force)
    tell = told_unless(quiet=quiet)
    asked = ask(base_url, profile, {"statuses", "campaigns"}, tell, offline=offline, key_needed=False)
    words = _words(asked)
    write_template(out, words)
    for sentence in asked.sentences:
        tell(sentence)
    offers = f"{len(words.statuses)} statuses" + (f" and {len(words.campaigns):,} campaigns" if words.campaigns else "")
    tell(f"{out}: a template that offers {offers}.")
    if as_json:
        campaigns = None if asked.campaigns is None else len(words.campaigns)
        answer(json_text({"template": str(out), "statuses": len(words.statuses), "campaigns": campaigns}))


def _words(asked: CatalogAnswer) -> Words:
    from bulk_sync.report.tables import EFFECTS  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.results.template import Words  # noqa: PLC0415

    statuses = [(each.name, f"{', '.join(each.labels)}: {EFFECTS[each.terminal]}") for each in asked.statuses]
    campaigns = [(each.name, f"ID {each.id}{', paused' if each.paused else ''}") for each in asked.campaigns or ()]
    meanings = [("STATUS", "NAME, AND EFFECT ON OUTREACH"), *statuses]
    if campaigns:
        meanings += [("", ""), ("CAMPAIGN", "ID, WHICH CAN BE USED INSTEAD OF THE NAME"), *campaigns]
    return Words(
        [each.name for each in asked.statuses], asked.words_for_campaigns(), (*_HELP, *asked.sentences), meanings
    )

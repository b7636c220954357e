"""`bulk-sync dnc`: the people who must never be called again, as this computer remembers them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulk_sync.cli.configured import Configured
from bulk_sync.cli.display import told_unless
from bulk_sync.cli.options import asking_options, list_options
from bulk_sync.cli.output import answer, end, say, tell
from bulk_sync.cli.run import check_file
from bulk_sync.errors import BadInput
from bulk_sync.report.summary import plural
from bulk_sync.settings import STANDARD_INPUT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bulk_sync.ledger.dnc_memory import DncMemory
    from bulk_sync.people_list import PeopleList
    from bulk_sync.report.screen import Line

MOST_SHOWN = 20
"""Rows that were not understood; --json shows them all."""


@click.group("dnc")
def command() -> None:
    """Keep the list of people who must never be called again.

    This computer remembers everybody whom a run put into DNC or saw there, and everybody on the lists that you add. No
    run calls them again, whatever the CRM says by then. The list is in one file of this computer: another computer, or
    a container without a lasting folder, does not know it.
    """


@command.command("add", cls=Configured)
@click.argument("file", type=click.Path(readable=False))
@list_options
def add(file: str, **options: Any) -> None:
    """Add the people in FILE: a company's own list of numbers that must never be called.

    FILE is read as a run reads it (CSV, TSV, XLSX, XLS or ODS), its phone numbers and contact IDs alone. Nothing is
    sent. Rows that cannot be read are named, and end the command with exit code 1.
    """
    found = _read(file, options)
    people, base_url = _different(found), options["base_url"]
    with _memory(base_url, read_only=not people) as memory:
        added = memory.listed(found.name, people) if people else 0
    known = len(people) - added
    sentence = (
        f"Added {plural(added, 'person', 'people')} to the DNC memory of {base_url}; {known:,} were in it already."
    )
    _say_what_came_of_it(found, options, {"list": found.name, "added": added, "known": known}, [sentence])
    end(1 if found.refused else 0, None)


@command.command("check", cls=Configured)
@click.argument("file", type=click.Path(readable=False))
@list_options
def check(file: str, **options: Any) -> None:
    """Show who in FILE must never be called. Exit code 1 if anybody, or if rows cannot be read."""
    from bulk_sync.report.screen import Line, show_lines  # noqa: PLC0415  # keeps --help quick

    found = _read(file, options)
    lines = []
    with _memory(options["base_url"]) as memory:
        names = memory.find_all(name for _, contact in found.people for name in contact if name)
    for row, contact in found.people:
        known = min((names[name] for name in contact if name in names), default=None)
        if known is not None:
            lines.append(Line(*contact, *known, row=row))
    if not options["as_json"]:
        show_lines(lines, show_phones=False)
    people = [line.as_json(show_phones=False) for line in lines]
    rows = "row names" if len(lines) == 1 else "rows name"
    sentence = f"{len(lines):,} of {len(found.people):,} {rows} somebody who must never be called."
    answered = {"list": found.name, "checked": len(found.people), "found": people}
    _say_what_came_of_it(found, options, answered, [sentence])
    end(1 if lines or found.refused else 0, None)


@command.command("list", cls=Configured)
@click.option("--show-phones", is_flag=True, help="Show whole phone numbers.")
@asking_options("base_url", "profile", "as_json", "quiet")
def show(base_url: str, *, show_phones: bool, as_json: bool, quiet: bool, **_: object) -> None:
    """Show everybody who must never be called, since when, and from which run or list. Numbers are masked."""
    from bulk_sync.report.screen import show_lines, show_removals  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.times import iso  # noqa: PLC0415

    with _memory(base_url) as memory:
        lines, removals, place = list(_lines(memory)), memory.removals(), memory.path
    if as_json:
        people = [line.as_json(show_phones=show_phones) for line in lines]
        removed = [{"at": iso(at), "reason": reason, "people": count} for at, reason, count in removals]
        answer({"base_url": base_url, "file": str(place), "people": people, "removed": removed})
        return
    show_lines(lines, show_phones=show_phones)
    show_removals(removals)
    told_unless(quiet=quiet)(f"{plural(len(lines), 'person', 'people')} in the DNC memory of {base_url} ({place}).")


@command.command("export", cls=Configured)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, for its owner only.  [default: standard output]",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@asking_options("base_url", "profile", "quiet")
def export(output: Path | None, base_url: str, *, force: bool, quiet: bool, **_: object) -> None:
    """Write everybody as CSV, with whole phone numbers. `bulk-sync dnc add` reads it again, also elsewhere."""
    from bulk_sync.report.screen import as_csv  # noqa: PLC0415
    from bulk_sync.state import write_whole  # noqa: PLC0415  # keeps --help quick

    if output is not None and output.exists() and not force:
        raise BadInput(f"{output} exists already. Give another name, or add --force to replace it.")
    with _memory(base_url) as memory:
        lines = list(_lines(memory))
    if output is None:
        say(as_csv(lines).rstrip("\n"))
        return
    write_whole(output, f"\ufeff{as_csv(lines)}")  # the mark by which spreadsheets know UTF-8
    told_unless(quiet=quiet)(
        f"{output}: {plural(len(lines), 'person', 'people')}. It holds phone numbers: keep it safe."
    )


@command.command("remove", cls=Configured)
@click.argument("who", metavar="NUMBER|FILE")
@click.option(
    "--reason",
    metavar="TEXT",
    required=True,
    help="Why these people may be called again. It is kept, with the date and the count; the numbers are not.",
)
@list_options
def remove(who: str, reason: str, **options: Any) -> None:
    """Remove a number, or the people in a file, for good: they may be called again.

    This changes nothing in the CRM. Whom the CRM itself has in DNC, a run keeps there, and remembers again.
    """
    found = _read_or_number(who, options)
    people, base_url = _different(found), options["base_url"]
    _check_reason(reason, people)
    with _memory(base_url, read_only=not people) as memory:
        removed = memory.removed(people, reason.strip()) if people else 0
    left = len(people) - removed
    sentences = [f"Removed {plural(removed, 'person', 'people')} of {len(people):,} from the DNC memory of {base_url}."]
    if left:
        sentences.append(f"{plural(left, 'was', 'were')} not in it.")
    _say_what_came_of_it(found, options, {"removed": removed, "not_in_it": left}, sentences)
    end(0 if removed and not found.refused else 1, None)


def _read(file: str, options: Mapping[str, Any]) -> PeopleList:
    from bulk_sync.people_list import read_list  # noqa: PLC0415  # keeps --help quick

    check_file(file)
    found = read_list(_settings(file, options))
    for sentence in found.sentences:
        told_unless(quiet=options["quiet"])(sentence)
    return found


def _read_or_number(who: str, options: Mapping[str, Any]) -> PeopleList:
    """The people in a file of that name, else the one with that number."""
    from bulk_sync.people_list import PeopleList, read_number  # noqa: PLC0415  # keeps --help quick

    if who == STANDARD_INPUT or Path(who).exists():
        return _read(who, options)
    return PeopleList(who, ((1, (read_number(who, _settings(who, options)), None)),), (), ())


def _settings(file: str, options: Mapping[str, Any]) -> Settings:
    how = {name: value for name, value in options.items() if name not in {"as_json", "quiet"}}
    return Settings(input=file, **how | {"columns": dict(options["columns"])})


def _different(found: PeopleList) -> list[tuple[str | None, str | None]]:
    return list(dict.fromkeys(contact for _, contact in found.people))


def _memory(base_url: str, *, read_only: bool = True) -> DncMemory:
    from bulk_sync.api.client import checked_base_url  # noqa: PLC0415
    from bulk_sync.ledger.dnc_memory import DncMemory  # noqa: PLC0415  # keeps --help quick

    checked_base_url(base_url)
    return DncMemory.open(base_url, read_only=read_only)


def _lines(memory: DncMemory) -> Iterable[Line]:
    from bulk_sync.report.screen import Line  # noqa: PLC0415  # keeps --help quick

    for entry in memory.entries():
        yield Line(entry.phone, entry.contact_id, entry.since, "; ".join(entry.sources))


def _check_reason(reason: str, people: Iterable[tuple[str | None, str | None]]) -> None:
    """The reason is kept, and the number is not to be. Raises BadInput."""
    if not reason.strip():
        raise BadInput("Say why these people may be called again: --reason TEXT.")
    digits = "".join(letter for letter in reason if letter.isdigit())
    if any(phone and phone[-7:] in digits for phone, _ in people):
        raise BadInput("The reason holds the phone number and would be kept. Leave the number out of --reason.")


def _say_what_came_of_it(
    found: PeopleList, options: Mapping[str, Any], answered: Mapping[str, object], sentences: Sequence[str]
) -> None:
    """As JSON or in sentences. Rows that were not understood are named also where a person wants quiet."""
    if options["as_json"]:
        refused = [{"row": row, "error": why} for row, why in found.refused]
        answer({"base_url": options["base_url"], **answered, "not_understood": refused})
        return
    for sentence in sentences:
        told_unless(quiet=options["quiet"])(sentence)
    if found.refused:
        rows = plural(len(found.refused), "row")
        tell(f"Not understood, so nothing was done for {rows}. Correct and give the file again:")
    for _, why in found.refused[:MOST_SHOWN]:
        tell(f"  {why}")
    more = len(found.refused) - MOST_SHOWN
    if more > 0:
        tell(f"  and {more:,} more rows that cannot be read; --json shows them all.")

"""The report of a run as one HTML page that needs nothing else, to share and to print. (jinja2)

The page loads nothing: styles, charts and the script of its filter are in it, and its own policy forbids the network.
What strangers wrote is cleaned (`printable`) and escaped wherever the template prints it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bulk_sync.errors import Result, meaning_of
from bulk_sync.printable import for_shell, printable
from bulk_sync.report.chart import briefly, chart
from bulk_sync.report.log import masked
from bulk_sync.report.summary import by_count, in_order, plural
from bulk_sync.times import clock, duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from bulk_sync.report.summary import Impact, Step

MOST_ROWS = 1_000
"""Rows with errors that the page shows."""

_EXAMPLES, _STEPS = 3, 20
"""Most examples of an error, and most lines of a table of changes."""

ADVICE = {
    "missing_phone": "Enter the phone number, or leave the row out.",
    "invalid_phone": "Correct the number. With its country code, like +14155552671, it is always understood.",
    "unknown_country": "Write the country's name, ISO code or calling code, or write the number with + and its code.",
    "ambiguous_phone": "Keep one number, or give each number a row of its own.",
    "mangled_phone": "Format the column as text and enter the number again from its source.",
    "invalid_id": "Copy the contact's ID from the CRM.",
    "unknown_status": "Correct the status. `bulk-sync statuses` lists those that are known.",
    "unknown_campaign": "Correct the campaign. `bulk-sync campaigns` lists those that are known.",
    "ambiguous_campaign": "Enter the ID of the campaign instead of its name. `bulk-sync campaigns` lists the IDs.",
    "nothing_to_change": "Enter a status or a campaign, or leave the row out.",
    "invalid_timezone": "Write the time zone like America/New_York.",
    "name_too_long": "Shorten the name to 255 characters.",
    "invalid_variables": "Correct the cell that the sentence names.",
    "conflict": "Correct the row that the sentence names, or choose with --on-conflict which row is used.",
    "leaves_dnc": "Leave it so. Add --allow-leaving-dnc only if the person asked to be called again.",
    "unreadable_row": "Put the cell that holds a separator or a quotation mark in quotation marks.",
    "contact_not_found": "Add the contact in the CRM, or leave the row out.",
    "campaign_not_found": "Correct the campaign. `bulk-sync campaigns` lists those that are known.",
    "rejected": "Follow the API's message, then send the row again with `bulk-sync retry`.",
    "server_error": "Send the rows again later with `bulk-sync retry`.",
    "network_error": "Check the connection, then send the rows again with `bulk-sync retry`. That does no harm.",
    "bad_reply": "Send the rows again later with `bulk-sync retry`.",
    "cannot_merge": "Add --variables replace, or leave the columns of variables out.",
}
"""What a person can do about rows with an error, by code."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a report says. Moments are seconds since the epoch; None is not known.

    `kind`: run, retry or undo, and `of`: the run that an undo puts back. `state`: as `history` names it, or preview;
    `newer`: the run that replaced it. `limit`: the API's, in words. `resumed`: when it was gone on with. `counts`: rows
    by (result, code). `errors`: the first rows in error by column of the results file, then some examples of the codes
    that have none among them. `notes`: what else a person must know, in sentences.
    """

    run: str
    kind: Literal["run", "retry", "undo"]
    state: str
    input: str
    account: str
    version: str
    counts: Mapping[tuple[str, str], int]
    of: str = ""
    newer: str = ""
    results: str = ""
    began: float | None = None
    ended: float | None = None
    seconds: float | None = None
    exit_code: int | None = None
    stopped: str = ""
    to_go_on: str = ""
    limit: str = ""
    allowance: tuple[int, float] | None = None
    updates: int = 0
    settled: int = 0
    progress: Sequence[tuple[float, int]] = ()
    resumed: Sequence[float] = ()
    effects: Impact | None = None
    errors: Sequence[Mapping[str, str]] = ()
    notes: Sequence[str] = field(default=())

    @property
    def is_preview(self) -> bool:
        """Whether nothing was sent, so that all is said in the conditional."""
        return self.state == "preview"

    def rows(self, result: Result | None = None) -> int:
        """How many rows have a result; all of them, where none is named."""
        return sum(count for (name, _), count in self.counts.items() if result is None or name == result.value)


def page(facts: RunFacts, *, show_phones: bool = False) -> str:
    """The page. Phone numbers are masked, in sentences too, unless they are to be shown."""
    changes = _changes(facts.effects)
    source = Path(__file__).with_name("report.html").read_text(encoding="utf-8")
    template = _environment(show_phones=show_phones).from_string(source)
    return template.render(
        facts=facts,
        title=_title(facts),
        headline=_headline(facts),
        next_steps=_next_steps(facts),
        tiles=[(tile, count) for result, tile in _TILES.items() if (count := facts.rows(result))],
        codes=[
            (_TILES[result], count, code, meaning_of(code, result.value))
            for result, code, count in in_order(facts.counts)
        ],
        chart=_chart(facts),
        limit=_limit(facts),
        changes=changes,
        is_unread=any(before is None for _, steps in changes for (before, _), _ in steps[:_STEPS]),
        most_steps=_STEPS,
        advice=ADVICE,
        examples=partial(_examples, facts.errors),
        shown=facts.errors[:MOST_ROWS],
        wrong=facts.rows(Result.ERROR),
        shows_phones=show_phones,
        **{f"{name}_hash": _hash_of(source, name) for name in ("style", "script")},
    )


def _environment(*, show_phones: bool) -> Environment:
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  # only who wants a report waits for it

    hide = (lambda text: text) if show_phones else without_numbers
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_printed, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        plural=plural,
        clock=clock,
        duration=duration,
        hide=hide,
        phone=(hide if show_phones else masked),
        without_row=_without_row,
    )
    return environment


def _printed(value: object) -> object:
    """What an expression of the template prints: text as a person may safely read it, and counts with their commas."""
    if isinstance(value, str):
        return printable(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


def _hash_of(source: str, element: str) -> str:
    """The hash by which the page's policy knows its own style or script. Nothing is filled in there."""
    content = source.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


_OURS = r"\+14155552671\b|\brows? [0-9]{1,7}\b|\([A-Z]{1,3}[0-9]{1,7}\)|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
_NUMBERS = re.compile(rf"(?P<ours>{_OURS})|\+?\d(?:[^\w,;/:'\"+]{{0,3}}\d){{4,}}", re.IGNORECASE)
"""In a sentence: our own example, the names of rows and cells, and IDs, which stay; and what may be a phone number."""


def without_numbers(sentence: str) -> str:
    """A sentence whose phone numbers are masked: those with their country code as elsewhere, the others but for 3."""

    def hidden(found: re.Match[str]) -> str:
        if found["ours"]:
            return found[0]
        digits = re.sub(r"\D", "", found[0])
        return masked(f"+{digits}") if found[0].startswith("+") else f"{'•' * (len(digits) - 3)}{digits[-3:]}"

    return _NUMBERS.sub(hidden, sentence)


_KINDS = {"run": "Run of {0.input}", "retry": "Retry of {0.input}", "undo": "Undo of run {0.of}"}


def _title(facts: RunFacts) -> str:
    what = _KINDS[facts.kind].format(facts)
    return f"Preview: {what[0].lower()}{what[1:]}" if facts.is_preview else what


def _headline(facts: RunFacts) -> str:
    wrong = facts.rows(Result.ERROR)
    have = f"{plural(wrong, 'row')} {'has' if wrong == 1 else 'have'}"
    match facts.state:
        case "preview":
            would = facts.rows(Result.WOULD_SEND)
            takes = "" if not facts.seconds else f" Sending would take about {duration(facts.seconds)}."
            return f"Nothing was sent. {plural(would, 'row')} would be sent; {have} errors.{takes}"
        case "running":
            return "This run is still going on. The report shows what is recorded so far."
        case "overtaken":
            return f"This run was replaced by a newer run ({facts.newer}) before it was finished."
        case "unfinished":
            left = facts.updates - facts.settled
            return f"This run is not finished: {plural(left, 'update') if left > 0 else 'some rows'} left to send."
    if unsent := facts.rows(Result.NOT_SENT):
        return f"This run ended early: {plural(unsent, 'row')} {'was' if unsent == 1 else 'were'} not sent."
    return f"Finished. {have} errors." if wrong else "Finished. Every row succeeded or needed nothing."


def _next_steps(facts: RunFacts) -> list[tuple[str, str]]:
    """What to do now: sentences, each with a command or none."""
    going_on, resume, which = facts.to_go_on.partition("bulk-sync resume ")
    steps = [(going_on, resume + which)] if facts.to_go_on else []
    if facts.state == "running":
        steps.append(("When it has ended, make the report again:", f"bulk-sync report {facts.run}"))
    if facts.state == "overtaken":
        steps.append(("See the newer run:", f"bulk-sync report {facts.newer}"))
    if facts.rows(Result.ERROR) and facts.kind != "undo" and facts.state not in {"running", "overtaken"}:
        rows = "the row with errors" if facts.rows(Result.ERROR) == 1 else "the rows with errors"
        if facts.is_preview or not facts.results:
            steps.append((f"Correct {rows} in {facts.input}, then run the command again.", ""))
        else:
            again = f"bulk-sync retry {for_shell(Path(facts.results))}"
            steps.append((f"Correct {rows} in {facts.results}, then:", again))
    return steps


class Tile(NamedTuple):
    """A result in words, by a sign, and by its colour in the template."""

    label: str
    sign: str
    colour: str


_TILES = {
    Result.SUCCESS: Tile("Done", "✓", "done"),
    Result.WOULD_SEND: Tile("Would be sent", "→", "would"),
    Result.ERROR: Tile("With errors", "✕", "error"),
    Result.NOT_SENT: Tile("Not sent", "‖", "held"),
    Result.SKIPPED: Tile("Skipped", "○", "skipped"),
}
"""In the order of the page."""


def _examples(errors: Sequence[Mapping[str, str]], code: str) -> list[str]:
    """The first sentences of rows of a code that differ in more than figures."""
    found: dict[str, str] = {}
    for row in errors:
        if row["sync_code"] == code:
            found.setdefault(re.sub(r"\d+", "", row["sync_error"]), _placed(row))
    return list(found.values())[:_EXAMPLES]


def _placed(row: Mapping[str, str]) -> str:
    """What is wrong with a row, and which row it is."""
    sentence = row["sync_error"]
    return sentence if sentence.startswith("Row ") else f"Row {row['sync_row']}: {sentence}"


def _without_row(row: Mapping[str, str]) -> str:
    """What is wrong with a row, where a table says already which row it is."""
    return re.sub(r"^Row [0-9]+(?:, |: )", "", row["sync_error"])


def _changes(effects: Impact | None) -> list[tuple[str, list[tuple[Step, int]]]]:
    """The changes of status and of campaign, where there are any, the most first."""
    counted = () if effects is None else (("status", effects.transitions), ("campaign", effects.moves))
    return [(of, by_count(steps)) for of, steps in counted if steps]


def _limit(facts: RunFacts) -> str:
    """The limit in words, as exactly as it is known."""
    if facts.allowance is None:
        return facts.limit
    count, period = facts.allowance
    each = {1.0: "a second", 60.0: "a minute", 3600.0: "an hour"}.get(period, f"every {briefly(period)}")
    return f"{plural(count, 'update')} {each}{'' if facts.limit else ' (--rate)'}"


def _chart(facts: RunFacts) -> dict[str, Any] | None:
    """The chart of progress; None where nothing was sent."""
    if not facts.progress:
        return None
    left = max(0, facts.updates - facts.settled)
    return chart(facts.progress, began=facts.began, to_come=left, resumed=facts.resumed, allowance=facts.allowance)

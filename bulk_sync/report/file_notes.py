"""What was found out about a file, in sentences: how it was read, its numbers, and what was not understood. Pure.

Texts that were not understood come from strangers, and the lines that say what they mean are for people to copy into a
shell: one that a shell could read as more than a text is offered for the settings file only.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from bulk_sync.printable import printable
from bulk_sync.report.summary import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bulk_sync.value_mapping import MappedValue, NotUnderstood

MOST_TEXTS = 100
"""Texts of a column that are shown; the others stand in the results file."""

_LONGEST = 60
"""Characters of a text that are shown, and up to which it is taken for a word that somebody means something by."""

_OPEN = "\N{HORIZONTAL ELLIPSIS}"
"""What stands for a value that a person must find."""

_HARMLESS = frozenset(" -_.,:;=+()&/#*?@'")
"""Signs that no shell reads within quotation marks."""

_WHERE = {"status": " (bulk-sync statuses lists them)", "campaign": " (bulk-sync campaigns lists them)"}


def opened(name: str, notes: Sequence[str]) -> str:
    """What was found out about a file, in one line."""
    title = "Standard input" if name == "-" else name
    return f"{title}: {', '.join(notes) or 'a workbook of one sheet'}."


MOST_MAPPED = 12
"""Mappings that are told one by one."""


def read_as(mapped: Mapping[MappedValue, int], given: Iterable[MappedValue]) -> list[str]:
    """Which mappings gave how many cells their meaning, and which flags of those `given` gave none."""
    told = [
        f'{each.field} "{each.text}" is {each.value or "blank"} ({plural(count, "row")})'
        for each, count in sorted(mapped.items(), key=lambda item: (-item[1], item[0]))
    ]
    rest = f", and {len(told) - MOST_MAPPED:,} more" if len(told) > MOST_MAPPED else ""
    unused = [f'{each.field} "{each.text}"' for each in given if each.place == "--value" and each not in mapped]
    return [
        *([f"Read as: {', '.join(told[:MOST_MAPPED])}{rest}."] if told else []),
        *([f"No cell of this file says what --value names: {', '.join(unused)}."] if unused else []),
    ]


_FACTS = {
    "completed": (
        "has no country code; treated as a number of {} (--region)",
        "have no country code; treated as {} numbers (--region)",
    ),
    "coded": ("is completed with the code in its code column", "are completed with the code in their code column"),
    "contradicted": (
        "has another country code than its row names; used as written",
        "have another country code than their row names; used as written",
    ),
    "labelled": (
        "has a word like mobile beside it; the word is ignored",
        "have a word like mobile beside them; the word is ignored",
    ),
    "shortened": (
        "has an extension; the API calls only the number before it",
        "have an extension; the API calls only the number before it",
    ),
}
"""What is said of one number, and of several."""


def file_facts(counts: Mapping[str, int], region: str, remarks: int = 0) -> list[str]:
    """What a person should know about the file: its comments, and its numbers, of which `counts` are as in `Facts`."""
    comments = [f"{plural(remarks, 'row')} beginning with # left out as comments."] if remarks else []
    return comments + [
        f"{plural(count, 'number')} {(one if count == 1 else many).format(region)}."
        for name, (one, many) in _FACTS.items()
        if (count := counts.get(name, 0))
    ]


def hidden_rows(count: int, *, visible_only: bool) -> list[str]:
    """What a person should know who does not see all rows of the sheet."""
    if not count:
        return []
    verb = "is" if count == 1 else "are"
    said = f"{plural(count, 'row')} {verb} hidden in the sheet, by a filter or by hand,"
    return [
        f"{said} and skipped (--visible-only)."
        if visible_only
        else f"{said} and read like the others. To skip hidden rows, add --visible-only."
    ]


def not_understood(found: Sequence[NotUnderstood], settings: object, *, dry_run: bool) -> Iterator[str]:
    """The list as a person sees it, by column, those in the most rows first; nothing where all was understood.

    `settings`: the file of the user's own settings.
    """
    by_field = {field: list(texts) for field, texts in groupby(found, lambda each: each.field)}
    for field, texts in by_field.items():
        yield from _column(field, texts, "would not be sent" if dry_run else "not sent")
    if by_field:
        tables = " or ".join(f"[values.{field}]" for field in by_field)
        yield (
            "To use such a cell, add the text after it to the command. To use it in every run, write "
            f'"text" = "value" under {tables} in {settings}. Leave the part after = empty to change nothing.'
        )


def _column(field: str, texts: Sequence[NotUnderstood], fate: str) -> Iterator[str]:
    different = plural(len(texts), "value", "different values")
    yield f"Not understood in {field}: {different} in {plural(sum(each.rows for each in texts), 'row')}, {fate}."
    shown, rest = texts[:MOST_TEXTS], texts[MOST_TEXTS:]
    counts, cells = [plural(each.rows, "row") for each in shown], [_shown(each.text) for each in shown]
    broad, wide = max(map(len, counts)), max(map(len, cells))
    for each, count, cell in zip(shown, counts, cells, strict=True):
        yield f"  {count:>{broad}}  {cell:<{wide}}  {_line(each)}".rstrip()
    if rest:
        rows = plural(sum(each.rows for each in rest), "row")
        yield f"  and {len(rest):,} more in {rows}. All of them: sync_error in the results file, and --json."
    if any(each.suggested is None for each in shown):
        yield f"  For {_OPEN} put a known {field}{_WHERE.get(field, '')}."


def _line(each: NotUnderstood) -> str:
    """The line to add; a setting where a shell would not take it as it stands, nothing for what is no word."""
    text, value = " ".join(each.text.split()), each.suggested or _OPEN
    if len(text) > _LONGEST or not text.isprintable():
        return ""
    if _is_harmless(text) and _is_harmless(value) and "=" not in value:
        return f"--value {each.field}:{_quoted(text)}={_quoted(value)}"
    return f"in [values.{each.field}]: {_in_toml(text)} = {_in_toml(value)}"


def _is_harmless(text: str) -> bool:
    return text[0] != "'" and all(sign.isalnum() or sign in _HARMLESS for sign in text.replace(_OPEN, ""))


def _quoted(text: str) -> str:
    return text if text == _OPEN or (text.isascii() and text.replace("-", "").isalnum()) else f'"{text}"'


def _in_toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _shown(text: str) -> str:
    flat = printable(" ".join(text.split()))
    return f"{flat[: _LONGEST - 1]}{_OPEN}" if len(flat) > _LONGEST else flat

"""What was not understood: every text of a column that is no known value, and the line that says what it means. Pure.

The texts come from strangers, and the lines are for people to copy into a shell: one that a shell could read as more
than a text is offered for the settings file only.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from bulk_sync.printable import printable
from bulk_sync.report.summary import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bulk_sync.value_mapping import NotUnderstood

MOST = 100
"""Texts of a column that are shown; the others stand in the results file."""

_LONGEST = 60
"""Characters of a text that are shown, and up to which it is taken for a word that somebody means something by."""

_OPEN = "\N{HORIZONTAL ELLIPSIS}"
"""What stands for a value that a person must find."""

_HARMLESS = frozenset(" -_.,:;=+()&/#*?@'")
"""Signs that no shell reads within quotation marks."""

_WHERE = {"status": " (bulk-sync statuses lists them)", "campaign": " (bulk-sync campaigns lists them)"}


def lines(found: Sequence[NotUnderstood], settings: object, *, dry_run: bool) -> Iterator[str]:
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
    different = "1 value" if len(texts) == 1 else f"{len(texts):,} different values"
    yield f"Not understood in {field}: {different} in {plural(sum(each.rows for each in texts), 'row')}, {fate}."
    shown, rest = texts[:MOST], texts[MOST:]
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

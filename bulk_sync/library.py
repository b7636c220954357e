"""The public functions: a run from Python, of a file or a DataFrame, with its outcomes as a DataFrame."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from bulk_sync import sources
from bulk_sync.errors import BadInput
from bulk_sync.job import run
from bulk_sync.ledger import ledgers_at
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.report.log import Log
from bulk_sync.report.summary import Summary
from bulk_sync.send.signals import Cancellation
from bulk_sync.settings import BASE_URL, OPTIONS, Kind, Settings
from bulk_sync.state import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bulk_sync.model import Outcome, Update

    Input = str | os.PathLike[str] | pd.DataFrame


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: updates `done` of `total`, those of them that `failed`, and the seconds that the rest takes."""

    done: int
    total: int
    failed: int
    seconds_left: float


@dataclass(frozen=True)
class SyncResult(Summary):
    """How a run went: a `Summary`, and what became of each row."""

    table: pd.DataFrame | None = None

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """The `sync_…` columns of the results, all of text, a row for each row of the input, in its order.

        Of a DataFrame they have its index. Raises BadInput where the results went to standard output, or are gone.
        """
        if self.table is not None:
            return self.table
        if self.results is None:
            raise BadInput("The results went to standard output. Name a file for them: output=…")
        return _outcomes(self.results)


class _Observer(Log):
    """A log that also counts, for whoever wants to know how far the run is."""

    def __init__(self, on_progress: Callable[[Progress], object]) -> None:
        super().__init__()
        self._on_progress = on_progress

    def started(self, calls: int) -> None:
        super().started(calls)
        self._on_progress(Progress(0, calls, 0, 0.0))

    def outcome(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:
        super().outcome(row, update, outcome, seconds_left)
        self._on_progress(Progress(self.state.settled, self.state.total, self.state.failed, seconds_left))


def sync(
    source: Input,
    *,
    on_progress: Callable[[Progress], object] = lambda _: None,
    cancellation: Cancellation | None = None,
    **options: Any,  # noqa: ANN401 -- the options of the command line, which Settings checks
) -> SyncResult:
    """Sync a file or a DataFrame; see `bulk_sync.sync`."""
    with ExitStack() as stack:
        is_file = isinstance(source, str | os.PathLike)
        path = source if is_file else _written(source, stack.enter_context(scratch_folder()))
        settings = _settings(str(path), options)
        stack.enter_context(ledgers_at(settings.ledger))
        stack.enter_context((cancellation or Cancellation()).heeded())
        summary = run(settings, _Observer(on_progress))
        result = SyncResult(**{each.name: getattr(summary, each.name) for each in fields(summary)})
        if is_file or result.results is None:
            return result
        table = result.outcomes
        table.index = cast("pd.DataFrame", source).index
        return replace(result, input="a DataFrame", results=result.results if settings.output else None, table=table)


async def sync_async(source: Input, **options: Any) -> SyncResult:  # noqa: ANN401 -- as above
    """The same beside a running event loop; see `bulk_sync.sync_async`."""
    cancellation = Cancellation()
    work = asyncio.ensure_future(asyncio.to_thread(sync, source, cancellation=cancellation, **options))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        cancellation.cancel()
        await asyncio.wait([work])
        raise


def _settings(path: str, options: dict[str, Any]) -> Settings:
    """The settings of these options, by the names of their fields or of their flags (`map`).

    Where neither a key, nor an address, nor a profile is given, all are those of the environment, as on a command line.
    """
    names = {option.spelled: name for name, option in OPTIONS.items() if option.spelled}
    given = {names.get(name, name): value for name, value in options.items()}
    if not {"key", "base_url", "profile"} & set(given):
        given["base_url"] = os.environ.get("BULK_SYNC_BASE_URL") or BASE_URL
        given["profile"] = os.environ.get("BULK_SYNC_PROFILE") or None
    if unknown := set(given) - {each.name for each in fields(Settings)}:
        raise BadInput(f"{', '.join(sorted(unknown))}: no such option. Options are those of the command line.")
    return Settings(input=path, **{name: _as_kept(name, value) for name, value in given.items()})


def _as_kept(name: str, value: Any) -> Any:  # noqa: ANN401 -- as above
    """The value of an option as `Settings` keeps it, where a caller may write it as a flag is written."""
    kind = OPTIONS[name].kind if name in OPTIONS else None
    if kind is Kind.RATE and isinstance(value, str):
        try:
            return Rate.parse(value)
        except ValueError as error:
            raise BadInput(f"{name}: {error}") from None
    if kind is Kind.TOLERANCE and isinstance(value, int):
        return str(value)
    return tuple(value) if kind is Kind.STATUSES else value


def _written(table: Any, folder: Path) -> Path:  # noqa: ANN401 -- a DataFrame
    """A DataFrame as a file of text in a folder. Raises BadInput for anything else."""
    if not hasattr(table, "to_csv"):
        raise BadInput(f"A {type(table).__name__} cannot be synced. Give a path or a pandas DataFrame.")
    path = folder / "dataframe.csv"
    path.touch(mode=0o600)
    table.to_csv(path, index=False, encoding="utf-8")
    return path


def _outcomes(path: Path) -> pd.DataFrame:
    table = sources.open_table(path)
    at = {name: place for place, name in enumerate(table.headers) if name.startswith("sync_")}
    chunks = [pd.DataFrame({name: chunk.cells[place] for name, place in at.items()}) for chunk in table.chunks()]
    return pd.concat(chunks, ignore_index=True) if chunks else pd.DataFrame(columns=list(at))

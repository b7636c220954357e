"""`bulk-sync fleet`: many teams' files on several computers, which share a ledger."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulk_sync.cli.configured import OfARun, mapped_here
from bulk_sync.cli.options import fleet_options, ledger_option
from bulk_sync.cli.output import answer, end, say, tell
from bulk_sync.cli.run import check_file
from bulk_sync.errors import BadConfiguration, BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.fleet.job_table import JobTable
    from bulk_sync.fleet.schedule import Entry
    from bulk_sync.settings import Settings

MOST_SHOWN = 200
"""Jobs that a status shows."""


@click.group("fleet")
def command() -> None:
    """Sync the files of many teams on several computers, with one PostgreSQL database for all.

    Its address is that of the shared ledger: --ledger, BULK_SYNC_LEDGER, or ledger in your own settings. It needs
    pip install 'bulk-sync[fleet]'.
    """


def _jobs() -> closing[JobTable]:
    from bulk_sync.fleet.job_table import JobTable  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.ledger import shared_place  # noqa: PLC0415

    return closing(JobTable(shared_place()))


@command.command("submit", cls=OfARun)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(readable=False))
@click.option("--profile", "team", metavar="NAME", required=True, help="Profile that workers sync the file with.")
@click.option("--urgent", is_flag=True, help="Go before other files of the profile, also those being synced.")
@fleet_options
@click.pass_context
def submit(
    context: click.Context, /, files: tuple[str, ...], team: str, columns: Any, *, urgent: bool, **options: Any
) -> None:
    """Put files into the queue; a worker that has the profile syncs each. Prints the number of each job.

    The file is kept in the database, with the options given here. The key is not: it stays on the workers.
    """
    from bulk_sync.fleet.submission import options_of, submitted  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.ledger import shared_place  # noqa: PLC0415

    for file in files:
        check_file(file)
        settings = _settings(context, file, columns, options)
        number = submitted(shared_place(), team, Path(file), options_of(settings), urgent=urgent, tell=tell)
        say(f"{number}")
        tell(f"{file}: job {number} of {team}.")


def _settings(context: click.Context, file: str, columns: Any, options: Mapping[str, Any]) -> Settings:
    """The settings with which a file is submitted, of what the flags, the environment and the files say."""
    from bulk_sync.settings import Settings  # noqa: PLC0415  # keeps --help quick

    return Settings(input=file, columns=dict(columns), columns_from=mapped_here(context), **options)


def _scheduled_settings(entry: Entry, path: Path) -> Settings:
    """The settings with which a file would be submitted by hand now. Raises BadConfiguration."""
    try:
        words = [f"--profile={entry.profile}", "--", str(path)]
        with submit.make_context("submit", words) as context:
            options = dict(context.params)
            for name in ("files", "team", "urgent"):
                options.pop(name)
            return _settings(context, str(path), options.pop("columns"), options)
    except click.ClickException as error:
        raise BadConfiguration(error.format_message()) from None


@command.command("worker")
@click.option("--concurrency", type=click.IntRange(1, 1000), default=8, show_default=True, help="Most files at once.")
@ledger_option
def worker(concurrency: int) -> None:
    """Sync files of the queue until this is stopped, with the profiles in this computer's own settings.

    After Ctrl-C or SIGTERM, what is not done goes back into the queue within 20 seconds.
    """
    import asyncio  # noqa: PLC0415  # keeps --help quick

    from bulk_sync.fleet.worker import Worker  # noqa: PLC0415
    from bulk_sync.keys import profile_names  # noqa: PLC0415
    from bulk_sync.ledger import shared_place  # noqa: PLC0415

    if not (profiles := profile_names()):
        raise BadConfiguration(
            "This computer has no profiles, so it can sync no files. Put a [profile.NAME] for each team into your own "
            "settings, with base_url and key_file."
        )

    async def work() -> None:
        await Worker(shared_place(), profiles, concurrency, tell).work()

    asyncio.run(work())


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ledger_option
def status(*, as_json: bool) -> None:
    """Show the jobs that wait and run, and the last of those that are over."""
    from bulk_sync.report.screen import show_jobs  # noqa: PLC0415  # keeps --help quick

    with _jobs() as table:
        jobs = [job.as_json() for job in table.all(MOST_SHOWN)]
        counts = table.counts()
    answer(jobs) if as_json else show_jobs(jobs)
    if left := sum(counts.values()) - len(jobs):
        waiting, running = counts.get("waiting", 0), counts.get("running", 0)
        tell(f"{left:,} more jobs are not shown. Of all {left + len(jobs):,}, {waiting:,} wait and {running:,} run.")


@command.command("results")
@click.argument("job", type=int)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write.  [default: NAME.results.EXT]")
@ledger_option
def results(job: int, output: Path | None) -> None:
    """Write the results of JOB into the working folder: those so far, if it is not over. Exit code as the run's."""
    from bulk_sync.fleet.submission import results_of  # noqa: PLC0415  # keeps --help quick

    with _jobs() as table:
        found = table.find(job)
        place = results_of(table.session.place, found, output)
    tell(f"Results: {place}")
    end(found.exit_code or 0, found.reason)


@command.command("cancel")
@click.argument("job", type=int)
@ledger_option
def cancel(job: int) -> None:
    """Take JOB out of the queue, or end its run: what was sent stays, the rest is not sent."""
    from bulk_sync.fleet.submission import cancelled  # noqa: PLC0415  # keeps --help quick

    with _jobs() as table:
        tell(cancelled(table, job))


@command.command("retry")
@click.argument("job", type=int)
@ledger_option
def retry(job: int) -> None:
    """Put JOB into the queue again, if it failed or was cancelled. What got through is not sent again."""
    from bulk_sync.fleet.submission import retried  # noqa: PLC0415  # keeps --help quick

    with _jobs() as table:
        if not retried(table, job):
            raise BadInput(
                f"Job {job} is {table.find(job).state}. Only one that failed or was cancelled can be retried."
            )
    tell(f"Job {job} is in the queue again.")


@command.command("schedule")
@click.option("--once", is_flag=True, help="Submit all of them now, whatever the time, then end.")
@ledger_option
def schedule(*, once: bool) -> None:
    """Submit files each day at the times that [[schedule]] in your own settings says, until this is stopped.

    A file that is as it was when it was submitted last is left alone, also where several computers do this.
    """
    from bulk_sync.fleet import schedule as scheduled  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.ledger import shared_place  # noqa: PLC0415

    place, entries = shared_place(), scheduled.schedule()
    if once:
        scheduled.submit_due(place, entries, _scheduled_settings, tell)
    else:
        scheduled.submit_all_day(place, scheduled.due_from_now_on(entries), _scheduled_settings, tell)


@command.command("migrate")
@ledger_option
def migrate() -> None:
    """Set up the shared ledger's tables, or bring them up to date. Run it once with each new version."""
    from bulk_sync.fleet.queue import bring_up_to_date  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.ledger import shared_place  # noqa: PLC0415
    from bulk_sync.ledger.shared_schema import migrate as give_tables  # noqa: PLC0415

    tell(give_tables(shared_place(), bring_up_to_date))

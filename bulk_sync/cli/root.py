"""The commands: `bulk-sync FILE …`, those beside it, and how each of them ends."""

from __future__ import annotations

import importlib
import os
import signal
from typing import TYPE_CHECKING

import click

from bulk_sync.cli import COMPLETION, WHAT_NOW
from bulk_sync.cli.output import begin, end, end_by, exit_code_of, outlive_the_listeners, reason_of
from bulk_sync.errors import Cancelled
from bulk_sync.interrupts import HEARD, SIGNALS
from bulk_sync.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_COMMANDS = {
    "run": "run:command",
    "retry": "run:retry",
    "resume": "run:resume",
    "undo": "run:undo",
    "inbox": "inbox:command",
    "history": "history:history",
    "report": "history:report",
    "dnc": "dnc:command",
    "statuses": "account:statuses",
    "campaigns": "account:campaigns",
    "check": "account:check",
    "template": "account:template",
    "login": "account:login",
    "logout": "account:logout",
    "completion": "completion:command",
    "fleet": "fleet:command",
    "sandbox": "sandbox:command",
}
"""Where each is in this package: the module and its name there. Only the one that is asked for is loaded."""

_HELP = frozenset({"-h", "--help"})


def _load(name: str) -> click.Command:
    module, _, attribute = _COMMANDS[name].partition(":")
    command: click.Command = getattr(importlib.import_module(f"bulk_sync.cli.{module}"), attribute)
    return command


class _Commands(click.Group):
    """`bulk-sync FILE …` is `bulk-sync run FILE …`; the help shows the options of both."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        return _load(cmd_name) if cmd_name in _COMMANDS else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*_COMMANDS, "--help", "-h", "--version"}:
            if not args[0].startswith("--") and not ctx.resilient_parsing and not _HELP & set(args):
                from bulk_sync.cli.run import check_first_word  # noqa: PLC0415  # a command of its own needs none of it

                check_first_word(args, [*_COMMANDS, "--help", "--version"])
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem as Item  # noqa: PLC0415  # only a shell asks

        return super().shell_complete(ctx, incomplete) or [Item(incomplete, type="file")]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "FILE [OPTIONS]")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _load("run").format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="bulk-sync")
def root() -> None:
    """Update the contacts of your calling CRM from a spreadsheet of phone numbers, statuses and campaigns.

    FILE is a CSV, TSV, XLSX, XLS or ODS file, or - for CSV on standard input. Results go to NAME.results.EXT beside it,
    which shows what happened to each row. Preview first with --dry-run. Try it without a key with --sandbox.
    """


_INTERRUPTED = f"Interrupted. {WHAT_NOW}"


def _terminated(number: int, _: object) -> None:
    HEARD.append(number)
    end(128 + number, _INTERRUPTED)


def run_root() -> None:
    """Run what the command line asks for, and end the process with its exit code."""
    # NumPy's linear algebra starts a thread for each core, and there is none to do here
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    outlive_the_listeners()
    for number in SIGNALS:  # until a run heeds them in its own way
        if number != signal.SIGINT and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _terminated)
    if COMPLETION in os.environ:
        importlib.import_module("bulk_sync.cli.completion")  # click does not know every shell that it does
    begin()
    try:
        root.main(prog_name="bulk-sync", standalone_mode=False)
    except click.ClickException as error:
        end_by(error)
    except (KeyboardInterrupt, click.Abort):
        end(130, _INTERRUPTED)
    except Cancelled as error:
        end(error.exit_code, str(error))
    except Exception as error:  # noqa: BLE001 -- the last net
        end(exit_code_of(error), reason_of(error), lead="Error: ")

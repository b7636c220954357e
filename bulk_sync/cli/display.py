"""The display of a run: what it says while it lasts and when it is over, and the exit code it ends with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self

from bulk_sync.cli.output import answer_of_a_run, end, exit_code_of, log_as_json, problem, tell
from bulk_sync.errors import Cancelled, Declined
from bulk_sync.settings import BASE_URL, Kind, option, options_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.notices import Ending
    from bulk_sync.report.console import Ask, Observer, Terminal
    from bulk_sync.report.summary import Summary

LogFormat = Literal["text", "json"]
NotifyOn = Literal["problems", "always"]


def told_unless(*, quiet: bool) -> Callable[[str], None]:
    """What tells a person a sentence on standard error; when they want quiet, nothing."""
    return (lambda _: None) if quiet else tell


@dataclass(frozen=True, slots=True)
class Display:
    """What was asked for: JSON on standard output, less or more on standard error."""

    as_json: bool = option(Kind.FLAG, False, "Print the summary as JSON on standard output.", spelled="json")
    quiet: bool = option(Kind.FLAG, False, "Print only what went wrong.", short="-q")
    verbose: bool = option(Kind.FLAG, False, "Log every update, with phone numbers masked.", short="-v")
    log_format: LogFormat = option(Kind.CHOICE, "text", "Format of log lines.", choices=LogFormat)  # noqa: RUF009 -- a field
    no_input: bool = option(Kind.FLAG, False, "Never ask. Past a guard rail, stop instead.")
    ok_with_row_errors: bool = option(Kind.FLAG, False, "Exit with 0 instead of 1 where only rows have errors.")
    notify: tuple[str, ...] = option(
        Kind.ADDRESSES,
        (),
        "Send a notice to this Apprise address after a problem, and when it is well again. Repeatable.",
        is_secret=True,
    )
    notify_on: NotifyOn = option(Kind.CHOICE, "problems", "Which runs to send notices about.", choices=NotifyOn)  # noqa: RUF009 -- a field

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> tuple[Self, dict[str, Any]]:
        """The display that the options of a command ask for, and the other options."""
        shown = {name: options[name] for name in options_of(cls) if name in options}
        return cls(**shown), {name: value for name, value in options.items() if name not in shown}

    def show(
        self, go: Callable[[Observer], Summary], first: str = "", *, about: str, given: Mapping[str, Any]
    ) -> NoReturn:
        """Carry out a run and show it, after the sentence `first`; ends the process with its exit code.

        `about`: the file, or what else it is about; `given`: settings that say whose account it is about.
        """
        observer, terminal = self.observers()
        observer.message(first)
        try:
            summary = go(observer)
        except BaseException as error:
            self.notify_of(self.failed(about, error), about, given)
            raise
        ending = self.shown(about, summary, terminal)
        self.notify_of(ending, summary.input, given)
        end(ending.exit_code, summary.stopped if self.log_format == "json" else None, summary.codes)

    def observers(self, *, never_ask: bool = False) -> tuple[Observer, Terminal]:
        """Who hears how a run goes, and the terminal that shows its summary."""
        from bulk_sync.report.console import Terminal, at_terminal, nobody  # noqa: PLC0415  # keeps --help quick

        ask = nobody if self.no_input or never_ask else at_terminal
        terminal = Terminal(quiet=self.quiet, ask=ask)
        return (self._log(ask) if self.verbose or self.log_format == "json" else terminal), terminal

    def shown(self, about: str, summary: Summary, terminal: Terminal) -> Ending:
        """Show a summary; how its run ended."""
        from bulk_sync.notices import Ending  # noqa: PLC0415  # keeps --help quick

        summary = replace(summary, exit_code=self.exit_code(summary.exit_code))
        if self.log_format != "json":
            terminal.show(summary)
        if self.as_json:
            answer_of_a_run(summary.as_json())
        return Ending(about, summary.exit_code, summary.stop, summary)

    def exit_code(self, code: int) -> int:
        """What the process ends with where a run has ended with a code."""
        return 0 if code == 1 and self.ok_with_row_errors else code

    def failed(self, about: str, error: BaseException) -> Ending:
        """How a run ended that an exception has ended."""
        from bulk_sync.notices import Ending  # noqa: PLC0415  # keeps --help quick

        return Ending(about, exit_code_of(error), type(error))

    def notify_of(self, ending: Ending, subject: str, given: Mapping[str, Any]) -> None:
        """Give the notice of an ending, if one is asked for; `subject` is the input that it is about."""
        is_known = ending.stop is not None and issubclass(ending.stop, Declined | Cancelled)  # to who was asked
        if not self.notify or is_known:
            return
        from bulk_sync.ledger import state_folder  # noqa: PLC0415  # keeps --help quick
        from bulk_sync.notices import give  # noqa: PLC0415

        account = "sandbox" if given.get("sandbox") else given.get("base_url") or BASE_URL
        preview = "preview" if given.get("dry_run") else "run"
        about = "\n".join((str(Path(subject).absolute()), account, preview))
        problem(give(ending, about, self.notify, state_folder(), always=self.notify_on == "always"))

    def _log(self, ask: Ask) -> Observer:
        from bulk_sync.report.log import Log, to_standard_error  # noqa: PLC0415  # only who wants lines waits for them

        log_as_json(wanted=self.log_format == "json")
        to_standard_error(self.log_format, verbose=self.verbose)
        return Log(ask)

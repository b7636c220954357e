"""The display of a run: what it says while it lasts and when it is over, and the exit code it ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self

from bulk_sync.cli.output import end, log_as_json, say
from bulk_sync.printable import json_text
from bulk_sync.settings import Kind, option, options_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.observer import Observer
    from bulk_sync.report.prompt import Ask
    from bulk_sync.report.summary import Summary

LogFormat = Literal["text", "json"]


def told_unless(*, quiet: bool) -> Callable[[str], None]:
    """What tells a person a sentence on standard error; when they want quiet, nothing."""
    return (lambda _: None) if quiet else (lambda sentence: say(sentence, err=True))


@dataclass(frozen=True, slots=True)
class Display:
    """What was asked for: JSON on standard output, less or more on standard error."""

    as_json: bool = option(Kind.FLAG, False, "Print the summary as JSON on standard output.", spelled="json")
    quiet: bool = option(Kind.FLAG, False, "Print only what went wrong.", short="-q")
    verbose: bool = option(Kind.FLAG, False, "Log every update, with phone numbers masked.", short="-v")
    log_format: LogFormat = option(Kind.CHOICE, "text", "Format of log lines.", choices=LogFormat)  # noqa: RUF009 -- a field
    no_input: bool = option(Kind.FLAG, False, "Never ask. A question stops the run instead.")

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> tuple[Self, dict[str, Any]]:
        """The display that the options of a command ask for, and the other options."""
        shown = {name: options[name] for name in options_of(cls) if name in options}
        return cls(**shown), {name: value for name, value in options.items() if name not in shown}

    def show(self, go: Callable[[Observer], Summary], first: str = "") -> NoReturn:
        """Carry out a run and show it, after the sentence `first`; ends the process with its exit code."""
        from bulk_sync.report.console import Terminal  # noqa: PLC0415
        from bulk_sync.report.prompt import at_terminal, nobody  # noqa: PLC0415  # keeps --help quick

        ask = nobody if self.no_input else at_terminal
        terminal = Terminal(quiet=self.quiet, ask=ask)
        observer = self._log(ask) if self.verbose or self.log_format == "json" else terminal
        observer.message(first)
        summary = go(observer)
        if self.log_format != "json":
            terminal.show(summary)
        if self.as_json:
            say(json_text(summary.as_json()))
        end(summary.exit_code, summary.stopped if self.log_format == "json" else None, summary.codes)

    def _log(self, ask: Ask) -> Observer:
        from bulk_sync.report.log import Log, to_standard_error  # noqa: PLC0415  # only who wants lines waits for them

        log_as_json(wanted=self.log_format == "json")
        to_standard_error(self.log_format, verbose=self.verbose)
        return Log(ask)

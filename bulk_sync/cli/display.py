"""How is a run shown while it lasts and when it is over, and with which exit code does the command end?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Self

from bulk_sync.cli.output import end, log_as_json, say
from bulk_sync.printable import json_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.observer import Observer
    from bulk_sync.report.prompt import Ask
    from bulk_sync.report.summary import Summary


def told_unless(*, quiet: bool) -> Callable[[str], None]:
    """What tells a person a sentence on standard error; when they want quiet, nothing."""
    return (lambda _: None) if quiet else (lambda sentence: say(sentence, err=True))


@dataclass(frozen=True, slots=True)
class Display:
    """What was asked for: JSON on standard output, less or more on standard error."""

    json: bool
    quiet: bool
    verbose: bool
    log_format: str
    no_input: bool = False

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> tuple[Self, dict[str, Any]]:
        """The display that the options of a command ask for, and the other options."""
        names = [name for name in ("json_", "quiet", "verbose", "log_format", "no_input") if name in options]
        rest = {name: value for name, value in options.items() if name not in names}
        return cls(*(options[name] for name in names)), rest

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
        if self.json:
            say(json_text(summary.as_json()))
        end(summary.exit_code, summary.stopped if self.log_format == "json" else None, summary.codes)

    def _log(self, ask: Ask) -> Observer:
        from bulk_sync.report.log import Log, to_standard_error  # noqa: PLC0415  # only who wants lines waits for them

        log_as_json(wanted=self.log_format == "json")
        to_standard_error("json" if self.log_format == "json" else "text", verbose=self.verbose)
        return Log(ask)

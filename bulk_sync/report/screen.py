"""The one console of the program: whatever is shown on it is printable, whoever wrote it. (rich)"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment
from rich.table import Table

from bulk_sync.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from rich.console import ConsoleOptions, JustifyMethod, OverflowMethod, RenderableType


NARROWEST = 20
"""Columns of a screen on which anything can be read."""


class Screen(Console):
    """rich's console without highlighting and emoji: text that it renders is cleaned, its own controls are left."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 -- rich's options
        super().__init__(highlight=False, emoji=False, **options)
        self.width = max(self.width, NARROWEST)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """See `Console.render`."""
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or (text.isascii() and text.isprintable()):
                yield segment
            else:
                yield Segment(printable(text, lines=True), segment.style)


def bare_table(
    *headers: str, right: Collection[str] = (), whole: Collection[str] = (), overflow: OverflowMethod = "ellipsis"
) -> Table:
    """A table without lines. `right`: columns of figures; `whole`: those whose cells are never broken into lines."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for header in headers:
        justify: JustifyMethod = "right" if header in right else "left"
        table.add_column(header, justify=justify, no_wrap=header in whole, overflow=overflow)
    return table

"""Options that are addresses: of whoever hears notices, and of a shared ledger. They may hold passwords."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from bulk_sync.errors import BadConfiguration


class Address(click.ParamType[str]):
    """Where notices go. In the environment several are separated by blanks. One that is wrong is never repeated."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002 -- click's signature
        """Check it. Raises BadConfiguration."""
        from bulk_sync.notices import check  # noqa: PLC0415  # half a second, and only for who wants notices

        check(str(value))
        return str(value)


class LedgerAddress(click.ParamType[str]):
    """The address of a shared ledger. One that is wrong is never repeated."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002 -- click's signature
        """Check it. Raises BadConfiguration."""
        from bulk_sync.ledger.place import SharedLedger  # noqa: PLC0415  # only for who shares one

        return SharedLedger.parse(str(value)).address


def use_ledger(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Go by this ledger as long as the command lasts. Raises BadConfiguration for a password that others can see."""
    if value is None or ctx.resilient_parsing:
        return value
    from bulk_sync.ledger.place import SharedLedger, ledgers_at  # noqa: PLC0415  # as above

    if SharedLedger(value).has_password and ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE:
        raise BadConfiguration(
            "Nothing was sent: others can see a command line, and a password stands there. Put the address into your "
            "own settings (ledger = …) or into the environment variable BULK_SYNC_LEDGER."
        )
    ctx.with_resource(ledgers_at(value))
    return value
